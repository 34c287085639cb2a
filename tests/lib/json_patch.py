#!/usr/bin/env python3
"""Apply RFC 6902 patches: each line of the file is [before, after, patch]. Exit 1 where one does not give `after`."""

import json
import sys


def loads(text):
    """1.0 and 1.00 are two numbers here, as they are two values of jsonb."""
    return json.loads(text, parse_float=lambda s: ("number", s), parse_int=lambda s: ("number", s))


def resolve(document, pointer):
    """The container and the last token of a pointer (RFC 6901)."""
    if not pointer.startswith("/"):
        raise ValueError(f"no pointer: {pointer!r}")
    tokens = [t.replace("~1", "/").replace("~0", "~") for t in pointer[1:].split("/")]
    for token in tokens[:-1]:
        document = document[index(token, len(document)) if isinstance(document, list) else token]
    return document, tokens[-1]


def index(token, length):
    """An index without leading zeros, of an element that is there."""
    number = int(token)
    if str(number) != token or not 0 <= number < length:
        raise ValueError(f"no index: {token!r}")
    return number


def apply_one(document, op):
    """One operation; returns the document."""
    if op["path"] == "":
        if op["op"] != "replace":
            raise ValueError("only a replacement is of the whole")
        return op["value"]
    parent, token = resolve(document, op["path"])
    if isinstance(parent, list):
        at = index(token, len(parent) + (op["op"] == "add"))
        if op["op"] == "add":
            parent.insert(at, op["value"])
        elif op["op"] == "replace":
            parent[at] = op["value"]
        else:
            del parent[at]
        return document
    if (token in parent) != (op["op"] != "add"):
        raise ValueError(f"{op['op']} of {op['path']!r}")
    if op["op"] == "remove":
        del parent[token]
    else:
        parent[token] = op["value"]
    return document


def main():
    """Check each line of the file."""
    count = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            document, after, patch = loads(line)
            for op in patch:
                document = apply_one(document, op)
            if document != after:
                sys.exit(f"line {count + 1}: {line}gives {document!r}")
            count += 1
    print(count)


if __name__ == "__main__":
    main()
