#!/usr/bin/env python3
"""Runs bundle_check over the cases of a directory that bundle_make.py wrote, and prints TAP: bundle_cases.py DIR..."""

import json
import os
import sys

from bundle_check import check
from bundle_policy import Policy
from bundle_proof import Key


def difference(case, verdict, findings):
    """What the verifier and the case disagree about; nothing when they agree."""
    out = []
    if verdict != case["verdict"]:
        out.append("the verdict is %s and not %s" % (verdict, case["verdict"]))
    for must in case["must"]:
        if not any(
            item["kind"] == must["kind"] and must["path"] in (None, item["path"]) and must["seq"] in (None, item["seq"])
            for item in findings
        ):
            out.append("not found: %(kind)s %(path)s %(seq)s" % must)
    allowed = {must["kind"] for must in case["must"]} | set(case["may"])
    for item in findings:
        if item["kind"] not in allowed:
            out.append("found: %(kind)s %(path)s %(seq)s %(detail)s" % item)
    return out


def main():
    number = failed = 0
    for directory in sys.argv[1:]:
        with open(os.path.join(directory, "cases.json"), encoding="utf-8") as file:
            cases = json.load(file)
        for case in cases:
            number += 1
            policy = Policy(case["policy"]) if "policy" in case else None
            verdict, findings, _ = check(os.path.join(directory, case["file"]), tuple(map(Key, case["pins"])), policy)
            wrong = difference(case, verdict, findings)
            failed += bool(wrong)
            print("%s %d - %s" % ("not ok" if wrong else "ok", number, case["name"]))
            for line in wrong:
                print("#   " + ascii(line))
    print("1..%d" % number)
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main())
