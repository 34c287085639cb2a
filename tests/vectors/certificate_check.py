"""Checks a certificate of destruction, written from audit-certificate(5) alone: certificate_check.py FILE [VKEY].

Prints what is wrong and exits 1, or exits 0. With a verifier key, it is the one that must have signed.
"""

import re
import sys

from bundle_form import is_count, is_hex, is_text, is_uuid, json_value, members
from bundle_proof import Key, Note, Wrong

TITLE = "auditproof certificate of destruction v1"
FAILURES = ("missing", "altered", "not reached")


def is_time(value):
    return is_text(value) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", value) is not None


def optional(fits):
    return lambda value: value is None or fits(value)


def is_list(value):
    return isinstance(value, list)


def ranges(value):
    """How many entries they hold."""
    count, last = 0, -1
    for item in value:
        if not (is_list(item) and len(item) == 2 and all(map(is_count, item)) and 1 <= item[0] <= item[1]):
            raise Wrong("a range is not a pair of numbers")
        if item[0] <= last + 1:
            raise Wrong("ranges are not in order, with something between them")
        last = item[1]
        count += item[1] - item[0] + 1
    return count


def check_end(value, seq):
    members(value, seq=lambda v: v == seq, entry_hash=lambda v: is_hex(v, 32))


def check_chain(part):
    members(part, chain=is_uuid, years=is_count, planned=is_count, destroyed=is_count, ids_sha256=lambda v: is_hex(v, 32),
            ranges=is_list, kept=is_list)
    if ranges(part["ranges"]) != part["destroyed"]:
        raise Wrong("ranges do not hold what was destroyed")
    if part["ranges"]:
        check_end(part.get("first"), part["ranges"][0][0])
        check_end(part.get("last"), part["ranges"][-1][1])
    kept = 0
    for item in part["kept"]:
        members(item, why=is_text, entries=is_count, ranges=is_list)
        if ranges(item["ranges"]) != item["entries"]:
            raise Wrong("ranges do not hold what was kept")
        kept += item["entries"]
    if part["destroyed"] + kept != part["planned"]:
        raise Wrong("what was destroyed and kept is not what was planned")


def check_rows(part):
    members(part, chain=is_uuid, days=is_count, planned=is_count, destroyed=is_count)


def check_sums(value):
    """Of all, and in order of the chains."""
    parts = value["chains"]
    if [part["chain"] for part in parts] != sorted({part["chain"] for part in parts}):
        raise Wrong("chains are not in order")
    for name in ("planned", "destroyed"):
        if sum(part[name] for part in parts) != value[name]:
            raise Wrong("chains do not add up to what is %s" % name)
    if value["chained"] and value["destroyed"] + value.get("kept", -1) != value["planned"]:
        raise Wrong("what was destroyed and kept is not what was planned")


def check(data, pinned=None):
    """Raises ValueError or Wrong."""
    note = Note(data)
    title, text = note.lines(2)
    if title != TITLE:
        raise Wrong("it has another title")
    value = members(
        json_value(text.encode()),
        certificate=lambda v: v == "auditproof/certificate/1",
        series=lambda v: v in ("audit_logs", "performance_analytics"),
        creator=is_text,
        method=is_text,
        plan=lambda v: is_hex(v, 32),
        purge_id=is_uuid,
        requested_by=is_text,
        approved_by=is_text,
        executed_by=is_text,
        requested_at=is_time,
        approved_at=is_time,
        started_at=is_time,
        certified_at=is_time,
        planned=is_count,
        destroyed=is_count,
        chains=is_list,
        key=is_text,
        backups_expire=optional(is_text),
    )
    if value.get("chained") is not (value["series"] == "audit_logs"):
        raise Wrong("whether a chain stands behind the rows is not so")
    if value["requested_by"] == value["approved_by"]:
        raise Wrong("one login asked and approved")
    times = [value[name] for name in ("requested_at", "approved_at", "started_at", "certified_at")]
    if times != sorted(times):
        raise Wrong("times do not follow each other")
    for part in value["chains"]:
        (check_chain if value["chained"] else check_rows)(part)
    check_sums(value)
    if not note.signed_by(Key(value["key"])) or pinned not in (None, value["key"]):
        raise Wrong("it is not signed by its key")
    return value


def main(path, pinned=None):
    with open(path, "rb") as file:
        data = file.read()
    try:
        check(data, pinned)
    except (ValueError, Wrong) as wrong:
        print("%s: %s" % (path, wrong))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
