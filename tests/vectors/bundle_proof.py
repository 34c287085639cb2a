"""What proves an evidence bundle: RFC 6962 trees, C2SP notes, keys and time-stamps, from the specifications' texts.

Every function returns what it found or raises Wrong. Ed25519 is openssl's.
"""

import base64
import binascii
import functools
import hashlib
import os
import re
import struct
import subprocess
import tempfile

SPKI = bytes.fromhex("302a300506032b6570032100")  # Ed25519's SubjectPublicKeyInfo up to the key, RFC 8410
NOTE_KEY, COSIGNATURE_KEY = 1, 4


class Wrong(Exception):
    pass


def sha256(data):
    return hashlib.sha256(data).digest()


def base64_bytes(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("base64 is not well-formed") from None
    if base64.b64encode(data).decode() != text:
        raise Wrong("base64 is not well-formed")
    return data


def decimal(text):
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text):
        raise Wrong("a number is not well-formed")
    return int(text)


# ---- Merkle trees, RFC 9162 section 2.1.3 and 2.1.4


def node(left, right):
    return sha256(b"\x01" + left + right)


def inclusion_root(leaf, index, size, path):
    """The root that an inclusion path leads to."""
    if not 0 <= index < size:
        raise Wrong("the index is not below the tree's size")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            raise Wrong("the inclusion path is too long")
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Wrong("the inclusion path is too short")
    return r


def check_consistency(old_size, old_root, size, root, path):
    if old_size > size:
        raise Wrong("the earlier checkpoint has more seals")
    if old_size in (0, size):
        if path or (old_size == size and old_root != root) or (old_size == 0 and old_root != sha256(b"")):
            raise Wrong("the checkpoints are not of one log")
        return
    if old_size & (old_size - 1) == 0:
        path = [old_root] + path
    if not path:
        raise Wrong("the consistency path is empty")
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Wrong("the consistency path is too long")
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != old_root or sr != root:
        raise Wrong("the checkpoints are not of one log")


# ---- Keys and signatures


@functools.lru_cache(maxsize=4096)
def verifies(public, message, signature):
    if len(signature) != 64:
        return False
    with tempfile.TemporaryDirectory() as directory:
        paths = [os.path.join(directory, name) for name in ("key", "message", "signature")]
        for path, content in zip(paths, (SPKI + public, message, signature)):
            with open(path, "wb") as file:
                file.write(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths[0], "-rawin"]
        done = subprocess.run(command + ["-in", paths[1], "-sigfile", paths[2]], capture_output=True, check=False)
    return done.returncode == 0


def fingerprint(public):
    return sha256(SPKI + public).hex()


class Key:
    """A verifier key NAME+ID+BASE64."""

    def __init__(self, vkey, kind=NOTE_KEY):
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not parts[0] or re.search(r"\s", parts[0]):
            raise Wrong("a verifier key is not well-formed")
        self.vkey, self.name = vkey, parts[0]
        raw = base64_bytes(parts[2])
        if len(raw) != 33 or raw[0] != kind:
            raise Wrong("a verifier key is not an Ed25519 key of the type that it must be")
        self.id = sha256(self.name.encode() + b"\n" + raw)[:4]
        if parts[1] != self.id.hex():
            raise Wrong("a verifier key's id is not that of its key")
        self.public = raw[1:]


def signature_lines(data):
    """(name, key id, signature) of each line."""
    out = []
    if not data.endswith("\n"):
        raise Wrong("a signature line has no end")
    for line in data[:-1].split("\n"):
        match = re.fullmatch("\u2014 ([^\\s+]+) (\\S+)", line)
        if not match:
            raise Wrong("a signature line is not well-formed")
        raw = base64_bytes(match.group(2))
        if len(raw) < 5:
            raise Wrong("a signature line is not well-formed")
        out.append((match.group(1), raw[:4], raw[4:]))
    if len(out) > 64:
        raise Wrong("there are too many signatures")
    return out


class Note:
    """A signed note: its text, with the newline that ends it, and its signatures."""

    def __init__(self, data):
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong("a note is not UTF-8") from None
        if any(c < " " and c != "\n" for c in whole) or "\n\n" not in whole:
            raise Wrong("a note is not well-formed")
        text, signatures = whole.rsplit("\n\n", 1)
        self.text = text + "\n"
        self.signatures = signature_lines(signatures)

    def signed_by(self, key):
        lines = [signature for name, key_id, signature in self.signatures if name == key.name and key_id == key.id]
        return bool(lines) and all(verifies(key.public, self.text.encode(), signature) for signature in lines)

    def lines(self, count):
        lines = self.text[:-1].split("\n")
        if len(lines) != count:
            raise Wrong("a note has not as many lines as it must")
        return lines


class Checkpoint(Note):
    def __init__(self, data):
        super().__init__(data)
        self.origin, size, root = self.lines(3)
        self.size, self.root = decimal(size), base64_bytes(root)
        if len(self.root) != 32:
            raise Wrong("a checkpoint's root is not a hash")


def check_cosignatures(data, checkpoint, witnesses):
    """The witnesses that cosigned. Lines by keys that are not known are ignored, as signed-note says."""
    good = []
    try:
        lines = signature_lines(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise Wrong("a signature line is not UTF-8") from None
    for name, key_id, signature in lines:
        for key in witnesses:
            if (key.name, key.id) != (name, key_id):
                continue
            if len(signature) != 72:
                raise Wrong("a cosignature is not as long as it must be")
            (time,) = struct.unpack(">Q", signature[:8])
            message = "cosignature/v1\ntime %d\n" % time + checkpoint.text
            if not verifies(key.public, message.encode(), signature[8:]):
                raise Wrong("a witness's cosignature does not verify")
            good.append(key)
    return good


# ---- Time-stamps, RFC 3161


def der(data):
    """The elements of DER: (tag, content)."""
    out = []
    while data:
        if len(data) < 2:
            raise Wrong("the time-stamp is not well-formed")
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        if start + length > len(data):
            raise Wrong("the time-stamp is not well-formed")
        out.append((tag, data[start : start + length]))
        data = data[start + length :]
    return out


def only(elements, tag):
    if not elements or elements[0][0] != tag:
        raise Wrong("the time-stamp is not well-formed")
    return elements[0][1]


def check_timestamp(data, message):
    """TimeStampResp { status, ContentInfo { SignedData { …, EncapsulatedContentInfo { type, TSTInfo } } } }: that it is
    granted, and of this message. Whose signature it is, only the authority's certificate can say."""
    SEQUENCE, INTEGER, OCTETS, OID, EXPLICIT = 0x30, 0x02, 0x04, 0x06, 0xA0
    outer = der(data)
    reply = der(only(outer, SEQUENCE))
    status = only(der(only(reply, SEQUENCE)), INTEGER)
    if len(outer) != 1 or status not in (b"\0", b"\1"):
        raise Wrong("the time-stamp was not granted")
    content = der(only(reply[1:], SEQUENCE))
    signed = der(only(der(only(content[1:], EXPLICIT)), SEQUENCE))
    encapsulated = der(only(signed[2:], SEQUENCE))
    if only(encapsulated, OID) != bytes.fromhex("2a864886f70d0109100104"):
        raise Wrong("the time-stamp holds something else")
    info = der(only(der(only(der(only(encapsulated[1:], EXPLICIT)), OCTETS)), SEQUENCE))
    imprint = der(only(info[2:], SEQUENCE))
    algorithm = only(der(only(imprint, SEQUENCE)), OID)
    if algorithm != bytes.fromhex("608648016503040201") or only(imprint[1:], OCTETS) != sha256(message):
        raise Wrong("the time-stamp is of something else")
