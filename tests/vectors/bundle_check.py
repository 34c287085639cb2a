#!/usr/bin/env python3
"""Checks an evidence bundle from the text of audit-bundle(5) alone.

    bundle_check.py FILE.tar.gz [--pin KEY]... [--policy FILE] [--json]

Shares nothing with auditverify. Python's standard library, and openssl for Ed25519. KEY is a verifier key, a file that
holds one, or the 64 digits of a key's fingerprint. Exit status: 0 nothing found, 1 findings, 2 usage, 3 no bundle.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import uuid

from bundle_archive import PATH, Damaged, Tar, Unreadable
from bundle_events import Events
from bundle_form import bundle_of, is_count, is_hashes, is_hex, is_time, json_value, members
from bundle_keys import Keys
from bundle_policy import Policy
from bundle_proof import (
    SPKI,
    Checkpoint,
    Key,
    Wrong,
    check_consistency,
    check_cosignatures,
    check_timestamp,
    fingerprint,
    inclusion_root,
    sha256,
    verifies,
)

PAYLOAD, TAGS, SIGNATURE = "manifest-sha256.txt", "tagmanifest-sha256.txt", "tagmanifest.sig"
BUNDLE, COMPLETENESS = "data/bundle.json", "data/completeness.json"
NOTE, SEAL, KEYS, PEM = "proof/checkpoint.note", "proof/seal.json", "proof/keys.json", "proof/pubkeys.pem"
PREVIOUS, CONSISTENCY = "proof/previous.note", "proof/consistency.json"
COSIGNATURES, TIMESTAMP = "proof/cosignatures.txt", "proof/timestamp.tsr"
REQUIRED = ("bagit.txt", "bag-info.txt", PAYLOAD, TAGS, SIGNATURE, BUNDLE, COMPLETENESS, NOTE, SEAL, KEYS, PEM)

# What is read whole, and what is the matter when it is too long.
HELD = {
    PAYLOAD: "manifest",
    TAGS: "manifest",
    "bagit.txt": "manifest",
    "bag-info.txt": "manifest",
    SIGNATURE: "signature",
    BUNDLE: "count",
    COMPLETENESS: "count",
    NOTE: "signature",
    PREVIOUS: "signature",
    SEAL: "proof",
    CONSISTENCY: "proof",
    KEYS: "signature",
    PEM: "signature",
    COSIGNATURES: "signature",
    TIMESTAMP: "signature",
}
MANIFEST_MAX, HELD_MAX = 32 << 20, 16 << 20
FINDINGS_MAX = 10_000
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def manifest_of(data, payload):
    """{path: digest} of a manifest. Raises ValueError."""
    out, last = {}, b""
    if not data.endswith(b"\n") and data:
        raise ValueError("its last line has no end")
    for line in data.split(b"\n")[:-1]:
        match = re.fullmatch(rb"([0-9a-f]{64})  (\S+)", line)
        path = match[2] if match else b""
        if not PATH.fullmatch(b"x/" + path) or any(part in (b".", b"..") for part in path.split(b"/")):
            raise ValueError("it has a line that is no digest and path")
        if path.startswith(b"data/") != payload or path in (TAGS.encode(), SIGNATURE.encode()):
            raise ValueError("it lists a file that it must not list")
        if path <= last:
            raise ValueError("its lines are not in order, or one comes twice")
        last = path
        out[path.decode()] = match[1].decode()
    return out


class Check:
    def __init__(self, pins=(), policy=None):
        self.pins, self.policy = pins, policy
        self.findings, self.more = [], 0
        self.files, self.held = {}, {}
        self.bundle = self.events = self.keys = self.checkpoint = None
        self.note = ""

    def report(self, kind, path, seq, detail):
        if len(self.findings) >= FINDINGS_MAX:
            self.more += 1
            return
        self.findings.append({"kind": kind, "path": path, "seq": seq, "detail": detail})

    def run(self, file):
        try:
            for member in Tar(file).members():
                self._member(member)
        except Damaged as error:
            self.report("archive", error.path, None, str(error))
            return "findings"
        if self.events:
            self.events.end()
        for path in REQUIRED:
            if path not in self.files:
                self.report("file-missing", path, None, "a bundle must have this file")
        self._manifests()
        self._keys()
        self._checkpoints()
        self._seal()
        self._counts()
        return "findings" if self.findings else self._verdict()

    # ---- what is there

    def _member(self, member):
        path, digest = member.path, hashlib.sha256()
        limit = MANIFEST_MAX if path in (PAYLOAD, TAGS) else HELD_MAX
        hold = path in HELD and member.size <= limit
        chunks, kept = member.chunks(), []
        if path in HELD and not hold:
            self.report(HELD[path], path, None, "it is longer than %d bytes" % limit)
        if path.startswith("data/events/") and self.bundle:
            chunks = self.events.file(path, chunks)
        for chunk in chunks:
            digest.update(chunk)
            if hold:
                kept.append(chunk)
        self.files[path] = (digest.hexdigest(), member.size)
        if hold:
            self.held[path] = b"".join(kept)
        if path == BUNDLE:
            self._bundle()

    def _bundle(self):
        if BUNDLE not in self.held:
            return
        try:
            self.bundle = bundle_of(self.held[BUNDLE])
            self.events = Events(self.bundle, self.report)
        except ValueError as error:
            self.report("count", BUNDLE, None, str(error))

    # ---- files

    def _manifests(self):
        for name, payload in ((PAYLOAD, True), (TAGS, False)):
            if name not in self.held:
                continue
            try:
                listed = manifest_of(self.held[name], payload)
            except ValueError as error:
                self.report("manifest", name, None, str(error))
                continue
            there = {path for path in self.files if path.startswith("data/") == payload} - {TAGS, SIGNATURE}
            for path in sorted(there | set(listed)):
                if path not in listed:
                    self.report("file-unlisted", path, None, "no manifest lists it")
                elif path not in there:
                    if path not in REQUIRED:
                        self.report("file-missing", path, None, "%s lists it" % name)
                elif listed[path] != self.files[path][0]:
                    self.report("file-altered", path, None, "it is not as %s says" % name)
        if "fetch.txt" in self.files:
            self.report("manifest", "fetch.txt", None, "a bundle holds all of its files, and fetches none")
        if self.held.get("bagit.txt", BAGIT) != BAGIT:
            self.report("manifest", "bagit.txt", None, "it is not that of a BagIt 1.0 bag in UTF-8")
        if "bag-info.txt" in self.held:
            self._bag_info(self.held["bag-info.txt"])

    def _bag_info(self, data):
        payload = [size for path, (_, size) in self.files.items() if path.startswith("data/")]
        oxum = "%d.%d" % (sum(payload), len(payload))
        try:
            lines = data.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            lines = ["", ""]
        values = [match.groups() for line in lines[:-1] if (match := re.fullmatch("([A-Za-z-]+): ([^\r]+)", line))]
        labels = [label for label, _ in values]
        wanted = ("Bagging-Date", "External-Identifier", "Bag-Software-Agent")
        if lines[-1] or len(values) != len(lines) - 1 or any(labels.count(label) != 1 for label in wanted):
            self.report("manifest", "bag-info.txt", None, "it is not well-formed, or lacks what it must say")
        elif [value for label, value in values if label == "Payload-Oxum"] != [oxum]:
            self.report("manifest", "bag-info.txt", None, "its Payload-Oxum is not %s" % oxum)

    # ---- keys and signatures

    def _keys(self):
        if KEYS not in self.held:
            return
        try:
            self.keys = Keys(self.held[KEYS])
        except (Wrong, ValueError) as error:
            self.report("signature", KEYS, None, str(error))
            return
        public = self.keys.bundle.public
        pem = "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % base64.b64encode(SPKI + public).decode()
        if self.held.get(PEM, pem.encode()) != pem.encode():
            self.report("signature", PEM, None, "it is not the bundle's key")
        if TAGS in self.held and SIGNATURE in self.held:
            if not verifies(public, self.held[TAGS], self.held[SIGNATURE]):
                self.report("signature", SIGNATURE, None, "it is not the bundle key's signature of %s" % TAGS)
            elif self.pins and not self._pinned(self.keys.bundle, by_name=False):
                self.report("signature", SIGNATURE, None, "it is by a key that is not pinned")

    def _pinned(self, key, by_name=True, pins=None):
        for pin in self._trusted() if pins is None else pins:
            if isinstance(pin, str):
                if pin == fingerprint(key.public):
                    return True
            elif pin.public == key.public and (pin.name == key.name or not by_name):
                return True
        return False

    def _trusted(self):
        return (*self.pins, *(self.policy.logs if self.policy else ()))

    def _log_is_pinned(self):
        """A pin of the bundle's own key is one of the log only where the reader gave no other, and no policy's log."""
        own = self.keys.bundle.public
        logs = self.policy.logs if self.policy else ()
        known = (fingerprint(own), own)
        others = logs or any((pin if isinstance(pin, str) else pin.public) not in known for pin in self.pins)
        return any(self._pinned(key, pins=logs if others and key.public == own else None) for _, key in self.keys.log)

    def _names_the_log(self):
        """A policy that names logs speaks of all; else somebody pinned a key for a log of this name, or of one that it had.

        The bundle's own key is no such pin.
        """
        if self.policy and self.policy.logs:
            return True
        names = [key.name for _, key in self.keys.log]
        pins = [pin for pin in self.pins if not isinstance(pin, str) and pin.public != self.keys.bundle.public]
        return any(pin.name in names for pin in pins)

    def _note(self, path):
        """A checkpoint that the log's key of its time signed, or None."""
        if path not in self.held or not self.keys:
            return None
        try:
            checkpoint = Checkpoint(self.held[path])
            key = self.keys.log_key(checkpoint.size)
            if checkpoint.origin != key.name or not checkpoint.signed_by(key):
                raise Wrong("it is not signed by the log's key of its time")
            if self._names_the_log() and not self._log_is_pinned():
                raise Wrong("it is not signed by the key that is pinned for this log")
        except Wrong as error:
            self.report("signature", path, None, str(error))
            return None
        return checkpoint

    def _checkpoints(self):
        self.checkpoint = self._note(NOTE)
        previous = self._note(PREVIOUS)
        for path, other in ((PREVIOUS, CONSISTENCY), (CONSISTENCY, PREVIOUS)):
            if path in self.files and other not in self.files:
                self.report("file-missing", other, None, "%s says nothing without it" % path)
        if self.checkpoint and previous and CONSISTENCY in self.held:
            try:
                value = members(
                    json_value(self.held[CONSISTENCY]),
                    old_size=is_count,
                    old_sealed_at_us=is_time,
                    size=is_count,
                    path=is_hashes,
                )
                if (value["old_size"], value["size"]) != (previous.size, self.checkpoint.size):
                    raise Wrong("its sizes are not those of the checkpoints")
                path = [bytes.fromhex(item) for item in value["path"]]
                check_consistency(previous.size, previous.root, self.checkpoint.size, self.checkpoint.root, path)
            except (Wrong, ValueError) as error:
                self.report("proof", CONSISTENCY, None, str(error))
        try:
            if self.checkpoint:
                self.keys.check_extended(self.checkpoint)
        except Wrong as error:
            self.report("proof", KEYS, None, str(error))
        try:
            if self.checkpoint:
                self._cosignatures()
        except Wrong as error:
            self.report("signature", COSIGNATURES, None, str(error))
        try:
            if NOTE in self.held and TIMESTAMP in self.held:
                check_timestamp(self.held[TIMESTAMP], self.held[NOTE])
        except Wrong as error:
            self.report("signature", TIMESTAMP, None, str(error))

    def _cosignatures(self):
        """The witnesses that the bundle names vouch for nothing; those of the policy make its quorum."""
        known = {key.vkey: key for key in self.keys.witnesses}
        if self.policy:
            known.update((key.vkey, key) for key in self.policy.witnesses.values())
        by = []
        if COSIGNATURES in self.held:
            by = check_cosignatures(self.held[COSIGNATURES], self.checkpoint, list(known.values()))
        if self.policy and not self.policy.met(by):
            raise Wrong("those who cosigned the checkpoint are not whom the policy asks for")

    # ---- proofs and counts

    def _seal(self):
        self.sealed = self.sealed_at = None
        if SEAL not in self.held:
            return
        try:
            value = members(
                json_value(self.held[SEAL]),
                log_index=is_count,
                log_size=is_count,
                record=lambda v: is_hex(v, 100),
                inclusion=is_hashes,
            )
            record = bytes.fromhex(value["record"])
            if record[:4] != b"AP1S":
                raise Wrong("its record is not a seal's")
            self.sealed = int.from_bytes(record[20:28], "big")
            self.sealed_at = int.from_bytes(record[92:100], "big")
            if self.bundle and record[4:20] != uuid.UUID(self.bundle["chain"]).bytes:
                raise Wrong("it is the seal of another chain")
            path = [bytes.fromhex(item) for item in value["inclusion"]]
            root = inclusion_root(sha256(b"\0" + record), value["log_index"], value["log_size"], path)
            if self.checkpoint and (value["log_size"], root) != (self.checkpoint.size, self.checkpoint.root):
                raise Wrong("it does not lead to the checkpoint")
        except (Wrong, ValueError) as error:
            self.report("proof", SEAL, None, str(error))
            return
        if self.events:
            self._segments(record)

    def _segments(self, record):
        for (size, root), (path, seq) in self.events.roots.items():
            if (size, root) != (self.sealed, record[28:60]):
                self.report("proof", path, seq, "its inclusion proof does not lead to the seal")
        before = self.events.before
        if before and before[1]["seq"] == self.sealed and bytes.fromhex(before[1]["entry_hash"]) != record[60:92]:
            self.report("proof", SEAL, None, "the seal has another hash for the last entry")

    def _counts(self):
        if not self.bundle:
            return
        events = self.events
        there = {
            "entries": events.entries,
            "first_seq": events.first,
            "last_seq": events.last,
            "segments": events.segments,
            "purged": events.purged,
        }
        self._count(COMPLETENESS, there)
        there["erased_groups"] = events.erased
        if self.sealed is not None:
            there["chain_size"] = self.sealed
            there["as_of_us"] = self.sealed_at
        if self.checkpoint:
            there["log_size"] = self.checkpoint.size
        self._count(BUNDLE, there)

    def _count(self, path, there):
        if path not in self.held:
            return
        try:
            said = members(json_value(self.held[path]))
        except ValueError as error:
            self.report("count", path, None, str(error))
            return
        wrong = [
            name
            for name, value in there.items()
            if said.get(name, "missing") != value or isinstance(said[name], (bool, float))
        ]
        if wrong:
            self.report("count", path, None, "it is wrong about %s" % ", ".join(wrong))

    def _verdict(self):
        """All agrees: whose word it is."""
        if not self._pinned(self.keys.bundle, by_name=False):
            self.note = "the keys are vouched for by the bundle alone: pin the bundle's, %s" % self.keys.bundle.vkey
            return "intact"
        if not self._log_is_pinned():
            self.note = "the log's key is not pinned: %s" % self.keys.log_key(self.checkpoint.size).vkey
            return "intact"
        return "trusted"


def check(path, pins=(), policy=None):
    """(verdict, findings, note) of a bundle. Pins are Keys or fingerprints."""
    state = Check(pins, policy)
    try:
        with open(path, "rb") as file:
            verdict = state.run(file)
    except (OSError, Unreadable) as error:
        return "unreadable", [], str(error)
    note = "and %d more findings" % state.more if state.more else state.note
    return verdict, state.findings, note


def pin(text):
    if re.fullmatch("[0-9a-f]{64}", text):
        return text
    try:
        if text.count("+") < 2:
            with open(text, encoding="utf-8") as file:
                text = file.read().strip()
        return Key(text)
    except (OSError, UnicodeDecodeError, Wrong) as error:
        raise argparse.ArgumentTypeError("%s: %s" % (text, error)) from None


def policy_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            return Policy(file.read())
    except (OSError, ValueError, IndexError, Wrong) as error:
        raise argparse.ArgumentTypeError("%s: %s" % (path, error)) from None


def main():
    parser = argparse.ArgumentParser(description="Checks an evidence bundle.")
    parser.add_argument("file")
    parser.add_argument("--pin", action="append", default=[], type=pin, metavar="KEY")
    parser.add_argument("--policy", type=policy_of, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    verdict, findings, note = check(options.file, tuple(options.pin), options.policy)
    if options.json:
        print(json.dumps({"verdict": verdict, "findings": findings, "note": note}))
    else:
        for item in findings:
            print("%(kind)s\t%(path)s\t%(seq)s\t%(detail)s" % item)
        print(verdict + (": " + note if note else ""))
    return {"intact": 0, "trusted": 0, "findings": 1}.get(verdict, 3)


if __name__ == "__main__":
    sys.exit(main())
