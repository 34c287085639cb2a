#!/usr/bin/env python3
"""Read messages of RFC 5424, one a line on standard input, by the grammar of its section 6; print a JSON object each.

What the grammar does not allow is an error. Structured data comes as an object of objects, unescaped.
"""
import json
import re
import sys

HEADER = re.compile(
    rb'<(0|[1-9][0-9]{0,2})>([1-9][0-9]{0,2}) '
    rb'(-|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})) '
    rb'([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) ')
NAME = re.compile(rb'[!#-<>-\\^-~]{1,32}')  # printable but = ] and "
VALUE = re.compile(rb'"((?:[^"\\\]]|\\.)*)"', re.DOTALL)
MARK = b'\xef\xbb\xbf'


class Malformed(Exception):
    pass


def match(pattern, line, at):
    found = pattern.match(line, at)
    if not found:
        raise Malformed(f'at byte {at}: {line[at:at + 40]!r}')
    return found


def element(line, at):
    """Of a byte after [ to the byte after ]: the name, the parameters, where it ends."""
    name = match(NAME, line, at)
    at, params = name.end(), {}
    while line[at:at + 1] == b' ':
        key = match(NAME, line, at + 1)
        if line[key.end():key.end() + 1] != b'=':
            raise Malformed(f'no value at byte {key.end()}')
        value = match(VALUE, line, key.end() + 1)
        params[key[0].decode()] = re.sub(rb'\\(["\\\]])', rb'\1', value[1]).decode()
        at = value.end()
    if line[at:at + 1] != b']':
        raise Malformed(f'no ] at byte {at}')
    return name[0].decode(), params, at + 1


def parse(line):
    head = match(HEADER, line, 0)
    if int(head[1]) > 191:
        raise Malformed(f'priority {int(head[1])}')
    at, data = head.end(), {}
    if line[at:at + 1] == b'-':
        at += 1
    while line[at:at + 1] == b'[':
        name, params, at = element(line, at + 1)
        if name in data:
            raise Malformed(f'{name} twice')
        data[name] = params
    rest = line[at:]
    if rest and not rest.startswith(b' '):
        raise Malformed(f'{rest[:40]!r} after the structured data')
    marked = rest[1:].startswith(MARK)
    return {'facility': int(head[1]) // 8, 'severity': int(head[1]) % 8, 'time': head[3].decode(), 'host': head[4].decode(),
            'app': head[5].decode(), 'msgid': head[7].decode(), 'data': data, 'marked': marked,
            'message': rest[1:].removeprefix(MARK).decode()}


def main():
    for line in sys.stdin.buffer:
        if not line.endswith(b'\n'):
            raise Malformed('the last line has no end')
        print(json.dumps(parse(line[:-1]), ensure_ascii=False))


main()
