"""Checks the seals of a database from the specification's text alone (audit-format(5), RFC 9162 section 2.1, C2SP).

Reads one JSON document: {"entries": [[chain, entry hash in hex], ...] in the order of seq, "seals": [[chain, size, root,
entry hash, time in microseconds], ...] in the order of the log, "notes": [base64, ...], "proofs": [text, ...], "vkey":
"..."}, the first key of the log; notes in "history" lead from it to others. Recomputes every root, walks every proof, and verifies every note's signature with openssl. Prints what it checked,
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

from bundle_proof import check_consistency


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


def split_notes(text):
    """Notes that follow each other: a note ends where signature lines do."""
    notes, current, signed = [], [], False
    for line in text.splitlines(keepends=True):
        if signed and not line.startswith("\u2014 "):
            notes.append("".join(current))
            current, signed = [], False
        current.append(line)
        signed = line.startswith("\u2014 ")
    return notes + ["".join(current)] if current else notes


def signed_by(note, vkey):
    name, key_id, public = key_of(vkey)
    text, signatures = note.encode().rsplit(b"\n\n", 1)
    for line in signatures.decode().splitlines():
        _, signer, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if signer == name and raw[:4] == key_id:
            return verifies(public, text + b"\n", raw[4:])
    return False


def keys_of(history, vkey):
    """(verifier key, from which size on) over time, each change signed by both; every restore by the key before it."""
    keys = [(vkey, 0)]
    notes = [(note, note.split("\n")) for note in split_notes(history)]
    for note, lines in notes:
        if lines[0] == "auditproof/log-key@v1":
            _, before, after, number, size = lines[:5]
            assert before == keys[-1][0] and int(number) == len(keys)
            assert int(size) >= keys[-1][1] or key_of(after)[0] != key_of(before)[0]
            assert signed_by(note, before) and signed_by(note, after)
            keys.append((after, int(size)))
    for note, lines in notes:
        if lines[0] == "auditproof/epoch@v1":
            _, before, after, _, size = lines[:5]
            renames = [i for i in range(1, len(keys)) if (key_of(keys[i - 1][0])[0], key_of(keys[i][0])[0], keys[i][1])
                       == (before, after, int(size))]
            assert renames and signed_by(note, keys[renames[0] - 1][0])
        else:
            assert lines[0] == "auditproof/log-key@v1"
    return keys


def key_at(keys, note):
    """The last key of the checkpoint's name from fewer seals than it has."""
    origin, size = note.split("\n")[:2]
    return [vkey for vkey, since in keys if key_of(vkey)[0] == origin and (since < int(size) or since == 0)][-1]


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


def check_changes(history, proofs, size, log_root):
    """The log at each change of its key is the beginning of this one, unless a later restore left less."""
    changes = [note.split("\n") for note in split_notes(history) if note.startswith("auditproof/log-key@v1\n")]
    sizes = [int(lines[4]) for lines in changes]
    assert len(proofs) == len(changes)
    for number, (lines, path) in enumerate(zip(changes, proofs)):
        if all(sizes[number] <= later for later in sizes[number:]):
            check_consistency(sizes[number], base64.b64decode(lines[5]), size, log_root, path)
        else:
            assert not path


def check_proof(text, vkey):
    body, mark, rest = text.partition("c2sp.org/tlog-proof@v1\n")
    lines = body.split("\n")
    assert mark and lines.pop(0) == "auditproof/entry-proof@v1"
    entry = base64.b64decode(lines.pop(0).removeprefix("entry "), validate=True)
    record = base64.b64decode(lines.pop(0).removeprefix("record "), validate=True)
    history = ""
    if lines[0].startswith("history "):
        history = base64.b64decode(lines.pop(0).removeprefix("history "), validate=True).decode()
    proofs = []
    while lines[0] == "consistency":
        del lines[0]
        proofs.append([])
        while lines[0] != "consistency" and not lines[0].startswith("index "):
            proofs[-1].append(base64.b64decode(lines.pop(0), validate=True))
    index, path = take_inclusion(lines)
    assert len(record) == 100 and record[:4] == b"AP1E" and int.from_bytes(record[20:28], "big") == index + 1
    assert hashlib.sha256(entry).digest() == record[68:]
    lines = rest.split("\n")
    seal = base64.b64decode(lines.pop(0).removeprefix("extra "), validate=True)
    seal_index, seal_path = take_inclusion(lines)
    assert len(seal) == 100 and seal[:4] == b"AP1S" and seal[4:20] == record[4:20]
    included(hashlib.sha256(b"\x00" + record).digest(), index, int.from_bytes(seal[20:28], "big"), path, seal[28:60])
    note = "\n".join(lines)
    size, log_root = check_note(note.encode(), key_at(keys_of(history, vkey), note))
    check_changes(history, proofs, size, log_root)
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
        note = base64.b64decode(encoded).decode()
        size, note_root = check_note(note.encode(), key_at(keys_of(data.get("history", ""), data["vkey"]), note))
        assert note_root == root(leaves[:size]), size
    for proof in data["proofs"]:
        check_proof(proof, data["vkey"])
    print(f"{len(data['seals'])} seals of {len(chains)} chains, {len(data['notes'])} checkpoints, {len(data['proofs'])} proofs")


check(json.load(sys.stdin))
