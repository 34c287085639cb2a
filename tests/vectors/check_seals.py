"""Checks the seals of a database from the specification's text alone (audit-format(5), RFC 9162 section 2.1, C2SP).

Reads one JSON document: {"entries": [[chain, entry hash in hex], ...] in the order of seq, "seals": [[chain, size, root,
entry hash, time in microseconds], ...] in the order of the log, "notes": [base64, ...], "proofs": [text, ...], "vkey":
"..."}. Recomputes every root, walks every proof, and verifies every note's signature with openssl. Prints what it checked,
or fails.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import uuid


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves):
    """MTH of RFC 9162 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node(root(leaves[:k]), root(leaves[k:]))


def key_of(vkey):
    name, key_id, key = vkey.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    assert raw[0] == 1 and len(raw) == 33
    assert hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
    return name, bytes.fromhex(key_id), raw[1:]


def verifies(public, message, signature):
    """An Ed25519 public key as SubjectPublicKeyInfo has this prefix (RFC 8410)."""
    der = bytes.fromhex("302a300506032b6570032100") + public
    with tempfile.TemporaryDirectory() as directory:
        paths = []
        for content in (der, message, signature):
            paths.append(os.path.join(directory, str(len(paths))))
            with open(paths[-1], "wb") as file:
                file.write(content)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin",
                               "-in", paths[1], "-sigfile", paths[2]], capture_output=True, check=False)
    return done.returncode == 0


def check_note(note, vkey):
    """The size and root that a checkpoint signed by this key names."""
    name, key_id, public = key_of(vkey)
    text, signatures = note.rsplit(b"\n\n", 1)
    text += b"\n"
    origin, size, note_root = text.decode().splitlines()
    assert origin == name
    dash, signer, signature = signatures.decode().split(" ")
    raw = base64.b64decode(signature.strip(), validate=True)
    assert dash == "\u2014" and signer == name and raw[:4] == key_id
    assert verifies(public, text, raw[4:]), size
    assert not verifies(public, text + b"x", raw[4:])
    return int(size), base64.b64decode(note_root, validate=True)


def included(leaf, index, size, path, expected):
    """RFC 9162, section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    assert index < size
    for p in path:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0 and r == expected


def take_inclusion(lines):
    """"index N", hashes, an empty line."""
    word, index = lines.pop(0).split(" ")
    assert word == "index"
    path = []
    while (line := lines.pop(0)) != "":
        path.append(base64.b64decode(line, validate=True))
    return int(index), path


def check_proof(text, vkey):
    body, mark, rest = text.partition("c2sp.org/tlog-proof@v1\n")
    lines = body.split("\n")
    assert mark and lines.pop(0) == "auditproof/entry-proof@v1"
    entry = base64.b64decode(lines.pop(0).removeprefix("entry "), validate=True)
    record = base64.b64decode(lines.pop(0).removeprefix("record "), validate=True)
    index, path = take_inclusion(lines)
    assert len(record) == 100 and record[:4] == b"AP1E" and int.from_bytes(record[20:28], "big") == index + 1
    assert hashlib.sha256(entry).digest() == record[68:]
    lines = rest.split("\n")
    seal = base64.b64decode(lines.pop(0).removeprefix("extra "), validate=True)
    seal_index, seal_path = take_inclusion(lines)
    assert len(seal) == 100 and seal[:4] == b"AP1S" and seal[4:20] == record[4:20]
    included(hashlib.sha256(b"\x00" + record).digest(), index, int.from_bytes(seal[20:28], "big"), path, seal[28:60])
    size, log_root = check_note("\n".join(lines).encode(), vkey)
    included(hashlib.sha256(b"\x00" + seal).digest(), seal_index, size, seal_path, log_root)


def check(data):
    chains = {}
    for chain, entry_hash in data["entries"]:
        chains.setdefault(chain, []).append(bytes.fromhex(entry_hash))
    leaves = []
    for chain, size, seal_root, entry_hash, at in data["seals"]:
        records = chains[chain][:size]
        assert len(records) == size and records[-1].hex() == entry_hash, (chain, size)
        assert root(records).hex() == seal_root, (chain, size)
        record = (b"AP1S" + uuid.UUID(chain).bytes + size.to_bytes(8, "big") + bytes.fromhex(seal_root)
                  + bytes.fromhex(entry_hash) + at.to_bytes(8, "big", signed=True))
        assert len(record) == 100
        leaves.append(hashlib.sha256(b"\x00" + record).digest())
    for encoded in data["notes"]:
        size, note_root = check_note(base64.b64decode(encoded), data["vkey"])
        assert note_root == root(leaves[:size]), size
    for proof in data["proofs"]:
        check_proof(proof, data["vkey"])
    print(f"{len(data['seals'])} seals of {len(chains)} chains, {len(data['notes'])} checkpoints, {len(data['proofs'])} proofs")


check(json.load(sys.stdin))
