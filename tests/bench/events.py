#!/usr/bin/env python3
"""The CloudTrail events under a directory, one a line without white space, as a log pipeline delivers them."""
import glob
import json
import os
import sys


def main():
    paths = sorted(glob.glob(os.path.join(glob.escape(sys.argv[1]), "**", "*.json"), recursive=True))
    for path in paths:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        for event in document["Records"] if isinstance(document, dict) else document:
            print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


main()
