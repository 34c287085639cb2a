#!/usr/bin/env python3
"""Draws a sample from the bundle of a period, from the text of audit-bundle(5) (SAMPLES) alone:

bundle_draw.py PERIOD.tar.gz N SEED [--like SAMPLE.tar.gz] [--action PATTERN]...

prints what data/sample.csv would hold. --like: of the period, and as far along the chain, as that sample's bundle.
It verifies nothing; bundle_check.py does.
"""

import argparse
import hashlib
import hmac
import json
import sys
import tarfile
from fnmatch import fnmatchcase


def members(path):
    with tarfile.open(path, "r:gz") as tar:
        for member in tar:
            yield member.name.split("/", 1)[1], tar.extractfile(member).read()


def period_of(path):
    about = next(json.loads(data) for name, data in members(path) if name == "data/bundle.json")
    return about["from_us"], about["to_us"], about["chain_size"]


def population(path, reach, patterns):
    start, end, last = reach
    for name, data in members(path):
        if not name.startswith("data/events/"):
            continue
        for line in data.splitlines():
            entry = json.loads(line)
            if entry["seq"] > last or "text" not in entry:
                continue
            text = json.loads(entry["text"])
            when = entry["recorded_at_us"] if text[3] is None else text[3]
            if isinstance(when, str) or not start <= when < end:
                continue
            if patterns and not any(text[5] is not None and fnmatchcase(text[5], p) for p in patterns):
                continue
            yield entry["seq"], bytes.fromhex(entry["entry_hash"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("period")
    parser.add_argument("n", type=int)
    parser.add_argument("seed")
    parser.add_argument("--like")
    parser.add_argument("--action", action="append", default=[])
    is_ = parser.parse_args()
    found = population(is_.period, period_of(is_.like or is_.period), is_.action)
    seed = is_.seed.encode()
    ranks = sorted((hmac.new(seed, entry_hash, hashlib.sha256).hexdigest(), seq) for seq, entry_hash in found)
    rows = [("rank", "seq", "hmac_sha256")] + [(i + 1, seq, rank) for i, (rank, seq) in enumerate(ranks[: is_.n])]
    sys.stdout.write("".join(",".join('"%s"' % value for value in row) + "\r\n" for row in rows))


if __name__ == "__main__":
    main()
