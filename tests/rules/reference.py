#!/usr/bin/python3
"""Which rules match which events, worked out the slow and plain way (tests/rules/sigma).

    reference.py [--pipeline FILE]... [--no-pipeline] RULES... <events.ndjson     a line a match: number, tab, rule's id
    reference.py --tests RULES...                                                  run the rule tests beside the rules

Event numbers count from 1; a correlation is told at the event that completes it, or at 0 when the stream's end does.
Rules that do not report are left out.
"""
import argparse
import json
import os
import sys

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sigma.events import Object, parse  # noqa: E402
from sigma.stream import Stream  # noqa: E402


def files(paths):
    for path in paths:
        inside = [os.path.join(at, name) for at, _, names in os.walk(path) for name in names] or [path]
        yield from sorted(name for name in inside if name.endswith(('.yml', '.yaml')) and not is_test(name))


def is_test(name):
    return name.endswith(('.test.yml', '.test.yaml'))


def sources(paths):
    out = []
    for name in files(paths):
        with open(name, encoding='utf-8') as file:
            out.append((name, file.read()))
    return out


def match(stream, lines, out):
    number = 0
    for line in lines:
        try:
            given = stream.events(line)
        except ValueError as why:
            print('%s: %.60s' % (why, line), file=sys.stderr)
            continue
        for event in given:
            number += 1
            if isinstance(event, Object):
                matched, hits = stream.feed(event)
                for rule in sorted([r for r in matched + hits if r.reports], key=lambda r: r.id):
                    out.write('%d\t%s\n' % (number, rule.id))
    for rule in [r for r in stream.end() if r.reports]:
        out.write('0\t%s\n' % rule.id)


def run_test(rules, one, only):
    stream = Stream(rules)
    wanted = one.get('rule', only)
    last = []
    seen = []
    for event in one.get('events') or [one['event']]:
        matched, hits = stream.feed(parse(json.dumps(event, default=str)))
        last = [rule.id for rule in matched]
        seen += [rule.id for rule in hits]
    seen += [rule.id for rule in stream.end()]
    return wanted in last or wanted in seen


def tests(paths):
    rules = sources(paths)
    bad = 0
    ran = {}
    for name, text in rules:
        beside = os.path.splitext(name)[0] + '.test.yml'
        ids = [one['id'] for one in yaml.safe_load_all(text)]
        if not os.path.exists(beside):
            print('%s: no tests' % name)
            bad += 1
            continue
        with open(beside, encoding='utf-8') as file:
            cases = yaml.safe_load(file)['tests']
        for one in cases:
            ran.setdefault(one.get('rule', ids[0]), set()).add(one['expect'])
            if run_test(rules, one, ids[0]) != (one['expect'] == 'match'):
                print('%s: %s: not a %s' % (beside, one['name'], one['expect']))
                bad += 1
        for missing in [i for i in ids if ran.get(i) != {'match', 'miss'}]:
            print('%s: rule %s has no match or no miss' % (name, missing))
            bad += 1
    return bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--pipeline', action='append', default=[])
    parser.add_argument('--no-pipeline', action='store_true')
    parser.add_argument('--tests', action='store_true')
    parser.add_argument('rules', nargs='+')
    given = parser.parse_args()
    if given.tests:
        return 1 if tests(given.rules) else 0
    stream = Stream(sources(given.rules), sources(given.pipeline), given.no_pipeline)
    for why in stream.refused:
        print(why, file=sys.stderr)
    match(stream, sys.stdin, sys.stdout)
    return 1 if stream.refused else 0


if __name__ == '__main__':
    sys.exit(main())
