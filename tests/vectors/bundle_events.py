"""The entries of an evidence bundle: every line against its hash, its neighbours and the chain's tree."""

import datetime
import hashlib
import re
import struct
import time
import uuid

from bundle_form import GROUPS, NIL, is_hex, is_integer, json_value
from bundle_proof import Wrong, inclusion_root, sha256

RETENTION_YEARS = 7
LINE_MAX = 64 << 20
FILE_LINES_MAX = 100_000
ROOTS_MAX = 64
MEMBERS = (
    "seq",
    "prev",
    "recorded_at_us",
    "entry_hash",
    "text",
    "content_hash",
    "purged",
    "disclosed",
    "erased",
    "size",
    "inclusion",
)
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def canonical(value):
    """A value written as a line of data/events is: no spaces, strings escaped as PostgreSQL does."""
    if isinstance(value, dict):
        return "{" + ",".join(canonical(key) + ":" + canonical(item) for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return '"' + re.sub(r'[\x00-\x1f"\\]', lambda m: SHORT.get(m[0], "\\u%04x" % ord(m[0])), value) + '"'
    if value is True:
        return "true"
    if isinstance(value, int):
        return str(value)
    raise ValueError("a value has a type that none has")


def is_disclosure(value):
    """{group: {"salt", "text"}}"""
    return isinstance(value, dict) and all(
        group in GROUPS
        and isinstance(item, dict)
        and list(item) == ["salt", "text"]
        and is_hex(item["salt"], 16)
        and isinstance(item["text"], str)
        for group, item in value.items()
    )


def line_of(data):
    """The line's object when it is exactly of the form; raises ValueError."""
    line = json_value(data)
    if not isinstance(line, dict) or canonical(line).encode("utf-8") != data:
        raise ValueError("it is not written as a line must be")
    if [name for name in MEMBERS if name in line] != list(line):
        raise ValueError("its members are not those of a line, in their order")
    good = (
        is_integer(line.get("seq"), 1, 2**63 - 1)
        and is_integer(line.get("recorded_at_us"), -(2**63), 2**63 - 1)
        and is_hex(line.get("entry_hash"), 32)
        and ("prev" not in line or is_hex(line["prev"], 32))
        and ("size" in line) == ("inclusion" in line)
    )
    if "text" in line:
        good = good and isinstance(line["text"], str) and not {"content_hash", "purged"} & set(line)
    else:
        good = good and is_hex(line.get("content_hash"), 32) and line.get("purged") is True and "disclosed" not in line
    if "size" in line:
        path = line["inclusion"]
        good = good and is_integer(line["size"], 1, 2**62) and isinstance(path, list) and len(path) <= 63
        good = good and all(is_hex(item, 32) for item in path)
    if "erased" in line:
        erased = line["erased"]
        good = good and isinstance(erased, list) and all(group in GROUPS for group in erased)
        good = good and len(set(erased)) == len(erased)
    if "disclosed" in line:
        good = good and is_disclosure(line["disclosed"])
    if not good:
        raise ValueError("a member of it is missing, or not as it must be")
    return line


def check_text(line, chain):
    """The entry text is of this chain, and what is disclosed is what it commits to. Raises ValueError."""
    text = json_value(line["text"].encode("utf-8"))
    if not isinstance(text, list) or len(text) != 11 or text[0] != "auditproof/1":
        raise ValueError("its text is not an entry text of auditproof/1")
    if text[2] != (None if chain == NIL else chain):
        raise ValueError("its text is of another organization")
    for group, value in line.get("disclosed", {}).items():
        if group in line.get("erased", ()):
            raise ValueError("it discloses a group that was erased")
        if value["salt"] == "0" * 32:
            raise ValueError("a disclosed group's salt is none")
        commitment = sha256(b"\x02" + bytes.fromhex(value["salt"]) + value["text"].encode("utf-8"))
        if text[8 + GROUPS.index(group)] != commitment.hex():
            raise ValueError("the group %s does not give the commitment in its text" % group)


class Events:
    """Fed with the files of data/events in order. `report(kind, path, seq, detail)` gets the findings."""

    def __init__(self, bundle, report):
        self.bundle, self.report = bundle, report
        self.chain = bundle["chain"]
        self.entries = self.purged = self.erased = self.segments = 0
        self.first = self.last = None
        self.roots = {}  # (size, root): (path, seq) of the first segment that leads there
        self.before = None  # (path, line) of the line before, None where there is none or it was not readable

    def file(self, path, chunks):
        """Gives what it was given, so that the caller can hash it."""
        buffer, lines, skipping = b"", 0, False
        self.start = True
        self.path = path
        for chunk in chunks:
            yield chunk
            if skipping:
                continue
            parts = (buffer + chunk).split(b"\n") if b"\n" in chunk else None
            if parts is None:
                buffer = bytearray(buffer) if isinstance(buffer, bytes) else buffer
                buffer += chunk
            else:
                buffer = parts.pop()
                for data in parts:
                    lines += 1
                    self._line(bytes(data))
            if len(buffer) > LINE_MAX:
                self.report("altered", path, None, "a line is longer than %d bytes" % LINE_MAX)
                skipping, buffer = True, b""
                self._lost()
        if buffer:
            self.report("altered", path, None, "its last line has no end")
            self._lost()
        elif lines == 0 and not skipping:
            self.report("gap", path, None, "it holds no entry")
        if lines > FILE_LINES_MAX:
            self.report("count", path, None, "it holds more than %d entries" % FILE_LINES_MAX)

    def _lost(self):
        self.before = None
        self.lost = True

    lost = False  # a line could not be read: what follows cannot be held against it

    def _line(self, data):
        self.entries += 1
        try:
            line = line_of(data)
        except ValueError as error:
            match = re.match(rb'\{"seq":([1-9][0-9]{0,18})[,}]', data)
            self.report("altered", self.path, int(match[1]) if match else None, "line %d: %s" % (self.entries, error))
            self.start = False
            self._lost()
            return
        seq = line["seq"]
        if self.start and self.path != "data/events/%020d.ndjson" % seq:
            self.report("gap", self.path, seq, "the file's name is not its first entry's number")
        self.start = False
        self._counts(line)
        prev = self._neighbour(line)
        self._hashes(line, prev)
        self.before = (self.path, line)
        self.lost = False

    def _purged(self, line):
        """A row may be gone the day after its window has ended: 29 February is followed by 1 March."""
        try:
            day = datetime.date(1970, 1, 1) + datetime.timedelta(days=line["recorded_at_us"] // 86_400_000_000)
            months = (day.year + RETENTION_YEARS, day.month)
            last = datetime.date(*months, 1) + datetime.timedelta(days=day.day - 1)
            end_s = (last + datetime.timedelta(days=1) - datetime.date(1970, 1, 1)).days * 86400
        except (OverflowError, ValueError):
            end_s = None if line["recorded_at_us"] > 0 else 0
        if end_s is None or end_s > time.time():
            self.report("early-purge", self.path, line["seq"], "its text is left out as purged before its time")

    def _counts(self, line):
        if "purged" in line:
            self._purged(line)
        self.purged += "purged" in line
        self.erased += len(line.get("erased", ()))
        self.first = line["seq"] if self.first is None else self.first
        self.last = line["seq"]
        withheld = set(line.get("disclosed", ())) & set(self.bundle["withheld"])
        if withheld:
            self.report("count", self.path, line["seq"], "it discloses a group that is said to be withheld")

    def _neighbour(self, line):
        """The hash of the entry before, None where it is not known."""
        seq = line["seq"]
        if self.before and seq == self.before[1]["seq"] + 1:
            if "prev" in line:
                self.report("link", self.path, seq, "it names the hash before it within a segment")
            if "size" in self.before[1]:
                self.report("proof", self.before[0], seq - 1, "an inclusion proof stands within a segment")
            return self.before[1]["entry_hash"]
        if self.before and seq <= self.before[1]["seq"]:
            self.report("gap", self.path, seq, "entries are not in order")
        if self.before:
            self._segment_ends()
        if not self.lost:
            self._missing(line)
            self.segments += 1
        elif "prev" in line:
            self.segments += 1
        else:
            return None
        if "prev" not in line:
            self.report("link", self.path, seq, "a segment begins without the hash of the entry before it")
        elif seq == 1 and line["prev"] != "0" * 64:
            self.report("link", self.path, seq, "the first entry names one before it")
        return line.get("prev")

    def _segment_ends(self):
        path, line = self.before
        if "size" not in line:
            self.report("proof", path, line["seq"], "a segment ends without an inclusion proof")
            return
        try:
            inclusion = [bytes.fromhex(item) for item in line["inclusion"]]
            root = inclusion_root(bytes.fromhex(line["entry_hash"]), line["seq"] - 1, line["size"], inclusion)
        except Wrong as error:
            self.report("proof", path, line["seq"], str(error))
            return
        if len(self.roots) < ROOTS_MAX:
            self.roots.setdefault((line["size"], root), (path, line["seq"]))
        elif (line["size"], root) not in self.roots:
            self.report("proof", path, line["seq"], "its inclusion proof leads to another root")

    def _missing(self, line):
        """In a bundle of a period, what is missing before this line must lie outside of the period: recorded_at does
        not go back along a chain. `line` is None at the end."""
        if self.bundle["kind"] != "soc2":
            return
        begin, end = self.bundle["from_us"], self.bundle["to_us"]
        before = self.before[1] if self.before else None
        first = before["seq"] + 1 if before else 1
        last = line["seq"] - 1 if line else self.bundle["chain_size"]
        if first > last or (line and line["recorded_at_us"] < begin) or (before and before["recorded_at_us"] >= end):
            return
        detail = "entries %d to %d are not shown to lie outside of the period" % (first, last)
        self.report("gap", self.path if line or before else None, first, detail)

    def _hashes(self, line, prev):
        if "text" in line:
            content = hashlib.sha256(line["text"].encode("utf-8")).digest()
        else:
            content = bytes.fromhex(line["content_hash"])
        if prev is not None:
            record = b"AP1E" + uuid.UUID(self.chain).bytes + struct.pack(">Qq", line["seq"], line["recorded_at_us"])
            if sha256(b"\0" + record + bytes.fromhex(prev) + content).hex() != line["entry_hash"]:
                detail = "its text, time and the hash before it do not give its hash"
                self.report("altered", self.path, line["seq"], detail)
                return
        try:
            if "text" in line:
                check_text(line, self.chain)
        except ValueError as error:
            self.report("altered", self.path, line["seq"], str(error))

    def end(self):
        """After the last file."""
        if self.before:
            self._segment_ends()
        if not self.lost:
            self._missing(None)
