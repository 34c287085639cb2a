#!/usr/bin/env python3
"""Makes evidence bundles from the text of audit-bundle(5), the same bytes each time.

    bundle_make.py DIR              good bundles of every kind, and cases.json, which says what to find in them
    bundle_make.py --negatives DIR  bundles with one thing wrong, and a cases.json of those

A case is {"name", "file", "pins": [verifier keys], "verdict", "exit", "must": [{"kind", "path", "seq"}], "may": [kind]}:
each of `must` is to be reported (null: whatever it is), and no kind that is in neither. Some have a "policy", which a
checker is given too, and of those some have "keys": all that are to be trusted, for one that takes keys only, all of
which must have signed. Needs openssl.
"""

import csv
import hashlib
import io
import json
import os
import sys
import zlib

import auditproof_format as fmt
from bundle_world import DAY, HOSTILE, Y2018, Y2026, World, consistency, hexes, inclusion

FILE_LINES = 9  # far fewer than a file may hold, so that segments go over from one to the next
FROM, TO = Y2018 + 31 * DAY, Y2026 + 16 * DAY + DAY // 2


def dump(value):
    """JSON as data/events has it."""
    if isinstance(value, dict):
        return "{" + ",".join(fmt.json_string(key) + ":" + dump(item) for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dump, value)) + "]"
    if isinstance(value, str):
        return fmt.json_string(value)
    return json.dumps(value)


def csv_bytes(rows):
    """RFC 4180, every field quoted, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        writer.writerow(["'" + field if field[:1] in tuple("=+-@\t\r\n＝＋－＠") else field for field in row])
    return out.getvalue().encode()


def tlv(tag, content):
    length = bytes([len(content)]) if len(content) < 128 else b"\x82" + len(content).to_bytes(2, "big")
    return bytes([tag]) + length + content


def timestamp(message):
    """A granted RFC 3161 reply over a message, by nobody: it has no signature."""
    sha256 = tlv(0x30, bytes.fromhex("0609608648016503040201") + b"\5\0")
    imprint = tlv(0x30, sha256 + tlv(4, hashlib.sha256(message).digest()))
    info = tlv(0x30, b"\2\1\1" + bytes.fromhex("06042a030401") + imprint + b"\2\1\7" + tlv(0x18, b"20260126000000Z"))
    content = bytes.fromhex("060b2a864886f70d0109100104") + tlv(0xA0, tlv(4, info))
    signed = tlv(0x30, b"\2\1\3" + tlv(0x31, sha256) + tlv(0x30, content) + tlv(0x31, b""))
    return tlv(0x30, tlv(0x30, b"\2\1\0") + tlv(0x30, bytes.fromhex("06092a864886f70d010702") + tlv(0xA0, signed)))


def header(name, size, mtime, mode=0o644, typeflag=b"0", linkname=b"", prefix=b"", owner=b"\0" * 64, raw_size=None):
    def octal(value, digits):
        return b"%0*o\0" % (digits, value)

    block = name.ljust(100, b"\0") + octal(mode, 7) + octal(0, 7) + octal(0, 7)
    block += (raw_size or octal(size, 11)) + octal(mtime, 11) + b" " * 8 + typeflag + linkname.ljust(100, b"\0")
    block += b"ustar\x0000" + owner + octal(0, 7) + octal(0, 7) + prefix.ljust(155, b"\0") + bytes(12)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def member(name, data, mtime, **fields):
    mode = fields.pop("mode", 0o755 if name.endswith(b"/verify.sh") else 0o644)
    return header(name, len(data), mtime, mode=mode, **fields) + data + bytes(-len(data) % 512)


GZIP_HEADER = bytes.fromhex("1f8b08000000000000ff")


def gzip(data, level=6):
    deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    return GZIP_HEADER + body + zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")


class Bag:
    """A bundle's files, and what has to be made anew when one of them changes."""

    def __init__(self, name, files, key):
        self.name, self.files, self.key, self.mtime = name, files, key, TO // 1_000_000

    def copy(self):
        return Bag(self.name, dict(self.files), self.key)

    def write_manifests(self, oxum=True):
        payload = [path for path in sorted(self.files) if path.startswith("data/")]
        if oxum:
            label = b"Payload-Oxum: "
            lines = [line for line in self.files["bag-info.txt"].split(b"\n") if not line.startswith(label)]
            size = sum(len(self.files[path]) for path in payload)
            self.files["bag-info.txt"] = b"\n".join(lines[:-1] + [label + b"%d.%d" % (size, len(payload)), b""])
        self.files["manifest-sha256.txt"] = self.manifest(payload)
        self.write_tag_manifest()

    def write_tag_manifest(self):
        unlisted = ("tagmanifest-sha256.txt", "tagmanifest.sig")
        tags = [path for path in sorted(self.files) if not path.startswith("data/") and path not in unlisted]
        self.files["tagmanifest-sha256.txt"] = self.manifest(tags)

    def manifest(self, paths):
        return b"".join(
            b"%s  %s\n" % (hashlib.sha256(self.files[path]).hexdigest().encode(), path.encode()) for path in paths
        )

    def sign(self, key=None):
        """Everything as whoever has a key can make it."""
        self.key = key or self.key
        self.files["proof/pubkeys.pem"] = self.key.pem().encode()
        keys = json.loads(self.files["proof/keys.json"])
        keys["bundle"] = {"vkey": self.key.vkey, "fingerprint": self.key.fingerprint}
        self.files["proof/keys.json"] = dump(keys).encode() + b"\n"
        self.write_manifests()
        self.files["tagmanifest.sig"] = self.key.sign(self.files["tagmanifest-sha256.txt"])
        return self

    def members(self):
        return [(self.name + "/" + path).encode() for path in sorted(self.files)]

    def tar(self):
        parts = [member(name, self.files[name.decode().partition("/")[2]], self.mtime) for name in self.members()]
        return b"".join(parts) + bytes(1024)


def segment_lines(world, chain, size, seqs, disclose, purged=(), erased=()):
    """The lines of data/events. `disclose` gives an entry's groups."""
    chosen, lines = set(seqs), []
    for seq in sorted(chosen):
        entry = chain.entries[seq - 1]
        line = {"seq": seq}
        if seq - 1 not in chosen:
            line["prev"] = entry.prev.hex()
        line["recorded_at_us"] = entry.recorded_at
        line["entry_hash"] = entry.hash.hex()
        if seq in purged:
            line.update(content_hash=fmt.content_hash(entry.text).hex(), purged=True)
        else:
            line["text"] = entry.text
            gone = dict(erased).get(seq, ())
            disclosed = entry.disclosed([group for group in disclose(entry) if group not in gone])
            if disclosed:
                line["disclosed"] = disclosed
            if gone:
                line["erased"] = list(gone)
        if seq + 1 not in chosen:
            line["size"] = size
            line["inclusion"] = hexes(inclusion(seq - 1, chain.leaves(size)))
        lines.append(line)
    return lines


def events_files(lines):
    """Lines are objects, or bytes that a test spoiled."""
    out = {}
    for start in range(0, len(lines), FILE_LINES):
        part = lines[start : start + FILE_LINES]
        out["data/events/%020d.ndjson" % part[0]["seq"]] = "".join(dump(line) + "\n" for line in part).encode()
    return out


def lines_of(files):
    return [
        json.loads(line)
        for path in sorted(files)
        if path.startswith("data/events/")
        for line in files[path].decode().split("\n")[:-1]
    ]


def counts(lines):
    return {
        "entries": len(lines),
        "first_seq": lines[0]["seq"] if lines else None,
        "last_seq": lines[-1]["seq"] if lines else None,
        "segments": sum(index == 0 or line["seq"] != lines[index - 1]["seq"] + 1 for index, line in enumerate(lines)),
        "purged": sum("purged" in line for line in lines),
        "erased_groups": sum(len(line.get("erased", ())) for line in lines),
    }


def payload(files, bundle, lines):
    """What data/ says of the entries."""
    completeness = counts(lines)
    del completeness["erased_groups"]
    rows = [["time", "actor", "action", "note"]] + [
        [str(index), "system", text, text] for index, text in enumerate(HOSTILE)
    ]
    files.update(events_files(lines))
    files["data/bundle.json"] = dump(bundle).encode() + b"\n"
    files["data/completeness.json"] = dump(completeness).encode() + b"\n"
    files["data/query.json"] = b'{"queries":[]}\n'
    files["data/custody.csv"] = csv_bytes(rows)
    files["data/report.html"] = b"<!doctype html><title>Report</title><p>&lt;script&gt;\n"
    files["data/index.html"] = b"<!doctype html><title>Files</title>\n"


def proofs(world, log, chain, seal_size, log_size, previous=None, extras=False):
    index = max(i for i, (of, size, _) in enumerate(log.seals[:log_size]) if (of, size) == (chain.id, seal_size))
    text = log.text(log_size)
    keys = {
        "bundle": {},
        "log": [log.key_of_json(number, log_size) for number in range(len(log.keys))],
        "notes": log.notes,
    }
    files = {
        "proof/checkpoint.note": log.checkpoint(log_size).encode(),
        "proof/seal.json": dump(
            {
                "log_index": index,
                "log_size": log_size,
                "record": log.records[index].hex(),
                "inclusion": hexes(inclusion(index, log.leaves(log_size))),
            }
        ).encode()
        + b"\n",
    }
    if previous:
        path = hexes(consistency(previous, log.leaves(log_size)))
        files["proof/previous.note"] = log.checkpoint(previous).encode()
        at = log.seals[previous - 1][2]
        is_so = {"old_size": previous, "old_sealed_at_us": at, "size": log_size, "path": path}
        files["proof/consistency.json"] = dump(is_so).encode() + b"\n"
    if extras:
        keys["witnesses"] = [world.witness.vkey]
        both = [witness.cosignature(text, 1_769_385_600) for witness in world.witnesses[:2]]
        files["proof/cosignatures.txt"] = "".join(both).encode()
        files["proof/timestamp.tsr"] = timestamp(files["proof/checkpoint.note"])
    files["proof/keys.json"] = dump(keys).encode() + b"\n"
    return files


def make(
    world,
    kind,
    chain,
    seqs,
    name,
    size=None,
    log_size=None,
    withheld=(),
    purged=(),
    erased=(),
    previous=None,
    extras=False,
    in_period=lambda entry: True,
    log=None,
):
    log = log or world.log
    size, log_size = size or len(chain.entries), log_size or len(log.records)
    groups = [group for group in fmt.GROUPS if group not in withheld]
    lines = segment_lines(world, chain, size, seqs, lambda e: groups if in_period(e) else (), purged, erased)
    count = counts(lines)
    bundle = {
        "format": "auditproof-bundle/1",
        "kind": kind,
        "chain": chain.id,
        "organization": None if chain.id == fmt.NIL_UUID else chain.id,
        "from_us": FROM,
        "to_us": TO,
        "as_of_us": max(at for of, entries, at in log.seals[:log_size] if (of, entries) == (chain.id, size)),
        "log_size": log_size,
        "chain_size": size,
        "segments": count["segments"],
        "entries": count["entries"],
        "first_seq": count["first_seq"],
        "last_seq": count["last_seq"],
        "purged": count["purged"],
        "erased_groups": count["erased_groups"],
        "withheld": list(withheld),
        "status": "complete",
        "tool": "auditproof 1.0",
    }
    files = proofs(world, log, chain, size, log_size, previous, extras)
    files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    files["bag-info.txt"] = (
        "Source-Organization: Zoë & <Söhne>\nBagging-Date: 2026-01-26\nExternal-Identifier: %s\n"
        "Bag-Software-Agent: auditproof 1.0\nPayload-Oxum: 0.0\n" % name
    ).encode()
    files["README.txt"] = b"A bundle made for tests.\n"
    for path in ("verify.sh", "verify.ps1", "verify.html"):
        files[path] = b"This stands for %s.\n" % path.encode()
    payload(files, bundle, lines)
    out = Bag(name, files, world.bundle_key).sign()
    out.log_keys = [key.vkey for _, key in log.keys]
    return out


def good(world):
    """The bundles by name."""
    acme, period = world.acme, list(range(1, 18)) + [20, 22]
    within = lambda entry: FROM <= entry.created_at < TO
    name = "auditproof-soc2-%s-20180201-20260117" % acme.id[:8]
    soc2 = dict(in_period=within, purged=(2, 3, 4), erased=[(7, ["actor"]), (9, ["account", "content"])])
    return {
        "soc2": make(world, "soc2", acme, period, name, previous=2, extras=True, **soc2),
        "soc2-withheld": make(world, "soc2", acme, period, name, withheld=["actor", "content"], **soc2),
        "soc2-whole-chain": make(world, "soc2", acme, range(1, 24), name, in_period=within),
        "gdpr-subject": make(world, "gdpr-subject", acme, [5, 8, 11, 14], "auditproof-gdpr-subject", previous=2),
        "gdpr-subject-of-nobody": make(world, "gdpr-subject", acme, [], "auditproof-gdpr-subject"),
        "gdpr-breach": make(
            world, "gdpr-breach", acme, [12, 13, 14, 20], "auditproof-gdpr-breach", withheld=["account"]
        ),
        "sample": make(world, "sample", acme, [3, 7, 8, 15, 23], "auditproof-sample", purged=(3,)),
        "sample-older-checkpoint": make(world, "sample", acme, [1, 6], "auditproof-sample", size=6, log_size=2),
        "restored": make(world, "sample", acme, [2, 9], "auditproof-sample", previous=2, log=world.restored),
        "restored-behind": make(world, "sample", acme, [2, 9], "auditproof-sample", log=world.restored_behind),
        "case": make(world, "case", acme, [4, 5, 20], "auditproof-case"),
        "system": make(world, "sample", world.system, [1], "auditproof-sample"),
    }


def write(directory, cases, contents):
    """Contents: (name of a file, its bytes), as many as there are files."""
    os.makedirs(directory, exist_ok=True)
    for name, content in contents:
        with open(os.path.join(directory, name), "wb") as file:
            file.write(content)
    with open(os.path.join(directory, "cases.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file, indent=1, sort_keys=True)
        file.write("\n")


def write_good(directory, world):
    bundle = world.bundle_key.vkey
    cases, bags = [], good(world)
    for name, bag in bags.items():
        log = bag.log_keys
        for pins, suffix, verdict in (
            ([], "", "intact"),
            ([bundle], ", bundle's key", "intact"),
            ([bundle, log[0]], ", log's first key", "trusted"),
            ([bundle, log[-1]], ", log's last key", "trusted"),
        ):
            cases.append(
                {
                    "name": name + suffix,
                    "file": name + ".tar.gz",
                    "pins": pins,
                    "verdict": verdict,
                    "exit": 0,
                    "must": [],
                    "may": [],
                }
            )
    write(directory, cases, ((name + ".tar.gz", gzip(bag.tar())) for name, bag in bags.items()))


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 2 and arguments[0] == "--negatives":
        from bundle_negatives import write_negatives

        write_negatives(arguments[1], World())
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        write_good(arguments[0], World())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
