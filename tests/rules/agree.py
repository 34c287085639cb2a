#!/usr/bin/python3
"""Hold auditclassify to the plain matcher (reference.py): the same matches for every event and rule.

    agree.py [--pipeline FILE]... [--no-pipeline] [--tool auditclassify] RULES... <events.ndjson

Prints each pair that only one of them has, then a line "N events, M rules, K matches, D differences".
"""
import argparse
import collections
import io
import json
import subprocess
import sys

import reference
from sigma.stream import Stream


def from_tool(given, text):
    """How often each (event number, rule id) is there; correlations that came true at a window's end have number 0."""
    command = [given.tool, '--quiet', '--format-in=ndjson'] + ['--rules=' + path for path in given.rules]
    command += ['--pipeline=' + name for name in given.pipeline] + (['--no-pipeline'] if given.no_pipeline else [])
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        sys.exit('auditclassify ended with %d' % done.returncode)
    out, number = collections.Counter(), 0
    for line in done.stdout.decode().splitlines():
        event = json.loads(line)
        matches = event['_auditproof']['matches']
        at_end = len(event) == 1 and any('correlation' in match for match in matches)  # or an event {}
        number += not at_end
        out.update((0 if at_end else number, match['id']) for match in matches)
    return out, number


def from_reference(stream, text):
    lines = io.StringIO()
    reference.match(stream, text.split('\n')[:-1], lines)
    pairs = (line.split('\t') for line in lines.getvalue().splitlines())
    return collections.Counter((int(number), rule) for number, rule in pairs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--pipeline', action='append', default=[])
    parser.add_argument('--no-pipeline', action='store_true')
    parser.add_argument('--tool', default='auditclassify')
    parser.add_argument('rules', nargs='+')
    given = parser.parse_args()
    text = sys.stdin.buffer.read().decode()
    stream = Stream(reference.sources(given.rules), reference.sources(given.pipeline), given.no_pipeline)
    for why in stream.refused:
        print(why)
    plain = from_reference(stream, text)
    tool, events = from_tool(given, text)
    titles = {rule.id: rule.title for rule in stream.rules}
    lines = text.split('\n')
    differ = (plain - tool) + (tool - plain)
    for number, rule in sorted(differ):
        print('%s has: %s (%s)\n    %.600s' % ('reference' if (number, rule) in plain - tool else 'auditclassify',
                                              titles.get(rule), rule, lines[number - 1] if number else 'at the end'))
    print('%d events, %d rules, %d matches, %d differences'
          % (events, len(stream.rules), plain.total(), differ.total()))
    return 1 if differ or stream.refused else 0


if __name__ == '__main__':
    sys.exit(main())
