"""Certificates of destruction, good and spoiled, made by hand: certificate_cases.py DIRECTORY.

Writes each to DIRECTORY/NAME.note, and key.pub. What is good begins with "good"; the others are to be found wrong.
"""

import copy
import json
import os
import sys

from bundle_world import Signer, note
from certificate_check import TITLE

CHAINS = ["%d%d%d%d%d%d%d%d-0000-4000-8000-000000000000" % ((n,) * 8) for n in (0, 1)]


def at(second):
    return "2026-11-23T02:14:%02d.000000Z" % second


def end(seq):
    return {"seq": seq, "entry_hash": "%064x" % seq}


def chain(name, ranges, kept):
    destroyed = sum(last - first + 1 for first, last in ranges)
    stays = sum(item["entries"] for item in kept)
    return {
        "chain": name, "years": 7, "policy": {"platform": 1, "tenant": None}, "planned": destroyed + stays,
        "destroyed": destroyed, "ids_sha256": "ab" * 32, "recorded_from": at(1), "recorded_to": at(2),
        "first": end(ranges[0][0]) if ranges else None, "last": end(ranges[-1][1]) if ranges else None,
        "ranges": ranges, "kept": kept, "held_when_planned": [], "seal": None,
    }


def kept(why, first, last):
    return {"why": why, "holds": [], "entries": last - first + 1, "ranges": [[first, last]]}


def base(key):
    return {
        "certificate": "auditproof/certificate/1", "creator": "Exämple \"Ltd\"", "database": "app", "series": "audit_logs",
        "plan": "cd" * 32, "purge_id": "0b0c2d1e-8d3a-4f4b-9c7e-000000000001", "schedule": None, "as_of": "2026-11-23",
        "requested_by": "ann", "requested_at": at(10), "approved_by": "bob", "approved_at": at(11), "executed_by": "ann",
        "started_at": at(12), "destroyed_from": at(13), "destroyed_to": at(14), "certified_at": at(15), "method": "DELETE",
        "holds": {"checked_at": at(15), "in_force": []}, "created_from": at(1), "created_to": at(2), "recorded_from": at(1),
        "recorded_to": at(2), "planned": 15, "destroyed": 12, "kept": 3, "chained": True,
        "chains": [chain(CHAINS[0], [[1, 4], [8, 10]], [kept("altered", 5, 6), kept("held", 7, 7)]),
                   chain(CHAINS[1], [[1, 5]], [])],
        "checkpoint": None, "archives": [], "backups_expire": None, "key": key,
    }


def rows(value):
    value.update(series="performance_analytics", chained=False, planned=3, destroyed=4, kept=-1)
    value["chains"] = [{"chain": CHAINS[0], "days": 90, "planned": 3, "destroyed": 4}]


def put(path, **changes):
    """A change of members of what a path of names and places leads to."""
    def change(value):
        for step in path:
            value = value[step]
        value.update(changes)
    return change


def nothing(value):
    value.update(destroyed=0, kept=0, planned=0, chains=[])


def empty_chain(value):
    value["chains"][1] = chain(CHAINS[1], [], [kept("not reached", 1, 5)])
    value.update(destroyed=7, kept=8)


FIRST = ("chains", 0)
CASES = {
    "good": lambda value: None,
    "good-rows": rows,
    "good-nothing": nothing,
    "good-empty-chain": empty_chain,
    "good-further-member": put((), further={"a": [1]}),
    "good-backups": put((), backups_expire="2027-01-01"),
    "version": put((), certificate="auditproof/certificate/2"),
    "series": put((), series="invoices"),
    "chained-not-so": put((), chained=False),
    "same-login": put((), approved_by="ann"),
    "approved-too-late": put((), approved_at=at(13)),
    "certified-too-early": put((), certified_at=at(9)),
    "time-without-fraction": put((), started_at="2026-11-23T02:14:12Z"),
    "plan-short": put((), plan="cd" * 31),
    "plan-upper-case": put((), plan="CD" * 32),
    "purge-id": put((), purge_id="0b0c2d1e8d3a4f4b9c7e000000000001"),
    "destroyed-more": put((), destroyed=13),
    "planned-more": put((), planned=16),
    "kept-other": put((), kept=2),
    "destroyed-text": put((), destroyed="12"),
    "destroyed-fraction": put((), destroyed=12.0),
    "no-key": put((), key=None),
    "no-method": put((), method=None),
    "chain-destroyed-more": put(FIRST, destroyed=8),
    "chain-planned-more": put(FIRST, planned=11),
    "ranges-overlap": put(FIRST, ranges=[[1, 4], [4, 6]]),
    "ranges-touch": put(FIRST, ranges=[[1, 4], [5, 7]]),
    "ranges-back": put(FIRST, ranges=[[8, 10], [1, 4]]),
    "range-zero": put(FIRST, ranges=[[0, 3], [8, 10]]),
    "range-reversed": put(FIRST, ranges=[[4, 1], [8, 10]]),
    "range-of-three": put(FIRST, ranges=[[1, 4, 4], [8, 10]]),
    "first-elsewhere": put(FIRST, first=end(2)),
    "last-absent": put(FIRST, last=None),
    "ids-absent": put(FIRST, ids_sha256=None),
    "chain-id": put(FIRST, chain="0"),
    "kept-entries": put(FIRST + ("kept", 0), entries=1),
    "kept-wraps": put(FIRST, kept=[kept("held", 1, 2**63 - 1), kept("held", 1, 2**63 - 1), kept("held", 1, 5)]),
    "planned-wraps": lambda value: value.update(series="performance_analytics", chained=False, planned=4, destroyed=4, chains=[
        {"chain": "%08d-0000-4000-8000-000000000000" % n, "days": 90, "planned": count, "destroyed": 1}
        for n, count in enumerate((2**63 - 1, 2**63 - 1, 5, 1))]),
    "kept-ranges": put(FIRST + ("kept", 0), ranges=[[5, 5]]),
    "chains-out-of-order": lambda value: value["chains"].reverse(),
    "chain-twice": put(("chains", 1), chain=CHAINS[0]),
    "chain-left-out": lambda value: value["chains"].pop(),
}

SIGNED = {
    "title": lambda text: text.replace("v1\n", "v2\n", 1),
    "member-twice": lambda text: text.replace('"kept": 3,', '"kept": 3, "kept": 3,', 1),
    "two-lines": lambda text: text.replace(', "planned"', ',\n"planned"', 1),
    "no-json": lambda text: text.replace("{", "", 1),
}

SPOILED = {
    "altered": lambda data: data.replace(b'"creator": "Ex', b'"creator": "Ey', 1),
    "no-signature": lambda data: data[:data.rindex(b"\n\n") + 2],
    "cut": lambda data: data[:200],
    "title-alone": lambda data: data[:41],
    "not-utf-8": lambda data: data.replace(b"\xc3", b"\xff", 1),
}


def main(directory):
    signer, other = (Signer(name, "example.org/" + name) for name in ("certificates", "others"))
    key = signer.vkey
    made = {}
    for name, change in CASES.items():
        value = copy.deepcopy(base(key))
        change(value)
        made[name] = note("%s\n%s\n" % (TITLE, json.dumps(value, ensure_ascii=False)), signer).encode()
    text = "%s\n%s\n" % (TITLE, json.dumps(base(key), ensure_ascii=False))
    made["other-signer"] = note(text, other).encode()
    for name, change in SIGNED.items():
        made[name] = note(change(text), signer).encode()
    for name, change in SPOILED.items():
        made[name] = change(made["good"])
    for name, data in made.items():
        with open(os.path.join(directory, name + ".note"), "wb") as file:
            file.write(data)
    with open(os.path.join(directory, "key.pub"), "w", encoding="utf-8") as file:
        file.write(key + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
