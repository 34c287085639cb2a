"""Reads a static log from the text of C2SP tlog-tiles, tlog-checkpoint and signed-note alone: read_tiles.py DIR VKEY.

Fetches the checkpoint, then every tile and entry bundle that it names, in their full or partial form; recomputes every
hash from the entries; verifies the signature with openssl. Prints what it read, or fails.
"""
import base64
import hashlib
import os
import subprocess
import sys
import tempfile


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tile_path(level, index, width):
    """"x001/x234/067", ".p/W" when it is not full."""
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "tile/%s/%s%s" % (level, "/".join(groups), "" if width == 256 else ".p/%d" % width)


def read(directory, name):
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


def widths(count):
    return [256] * (count // 256) + ([count % 256] if count % 256 else [])


def records(directory, size):
    for index, width in enumerate(widths(size)):
        bundle = read(directory, tile_path("entries", index, width))
        for _ in range(width):
            length = int.from_bytes(bundle[:2], "big")
            assert len(bundle) >= 2 + length
            yield bundle[2:2 + length]
            bundle = bundle[2 + length:]
        assert bundle == b"", "a bundle has more than its entries"


def subtree(hashes):
    """The root of a full subtree."""
    while len(hashes) > 1:
        hashes = [node(a, b) for a, b in zip(hashes[::2], hashes[1::2])]
    return hashes[0]


def mth(leaves):
    if len(leaves) <= 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node(mth(leaves[:k]), mth(leaves[k:]))


def verify(text, signatures, vkey):
    name, key_id, key = vkey.split("+", 2)
    raw = base64.b64decode(key, validate=True)
    assert raw[0] == 1 and hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
    line = [s for s in signatures.decode().splitlines() if s.split(" ")[1] == name]
    signature = base64.b64decode(line[0].split(" ")[2], validate=True)
    assert signature[:4].hex() == key_id
    with tempfile.TemporaryDirectory() as directory:
        parts = {"key": bytes.fromhex("302a300506032b6570032100") + raw[1:], "text": text, "signature": signature[4:]}
        for part, content in parts.items():
            with open(os.path.join(directory, part), "wb") as file:
                file.write(content)
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin", "-in",
                        "text", "-sigfile", "signature"], cwd=directory, check=True, stdout=subprocess.DEVNULL)
    return name


def main(directory, vkey):
    text, signatures = read(directory, "checkpoint").split(b"\n\n", 1)
    text += b"\n"
    origin, size, root = text.decode().splitlines()
    assert verify(text, signatures, vkey) == origin
    leaves = [hashlib.sha256(b"\x00" + record).digest() for record in records(directory, int(size))]
    assert len(leaves) == int(size) and mth(leaves) == base64.b64decode(root, validate=True), "the root is another"
    level, hashes, files = 0, leaves, 0
    while hashes:
        for index, width in enumerate(widths(len(hashes))):
            want = b"".join(hashes[256 * index:256 * index + width])
            assert read(directory, tile_path(level, index, width)) == want, (level, index)
            files += 1
        hashes = [subtree(hashes[i:i + 256]) for i in range(0, len(hashes) // 256 * 256, 256)]
        level += 1
    print(f"{size} entries, {files} tiles of {level} levels")


main(sys.argv[1], sys.argv[2])
