#!/usr/bin/python3
"""A stream of entries for correlations and enrichment: few people, addresses and sessions, many of the actions that
the rules name, times that go on by seconds or hours.

    streams.py [--events N] [--seed N] RULES... >events.ndjson
"""
import argparse
import datetime
import json
import random
import sys

import reference
from sigma.documents import Scalar
from sigma.rules import items, load

START = datetime.datetime(2026, 11, 2, tzinfo=datetime.timezone.utc)


def actions(rules):
    """Groups of actions that belong together: those of one rule."""
    groups = []
    for rule in rules:
        if rule.tree is not None:
            found = [value.text for item in items(rule.tree) if item.key == 'action'
                     for value in (item.values if isinstance(item.values, list) else [item.values])
                     if isinstance(value, Scalar)]
            groups += [found] if found else []
    return groups


def event(chance, action, at):
    actor = chance.randrange(4)
    made = {'organization_id': chance.choice(['o1', 'o1', 'o1', 'o2', None]), 'action': action,
            'created_at': (START + datetime.timedelta(seconds=at)).isoformat(),
            'actor_id': 'a%d' % actor, 'actor_email': 'a%d@example.com' % actor,
            'ip_address': '203.0.113.%d' % chance.randrange(actor + 1, actor + 4),
            'user_agent': 'agent/%d' % (actor if chance.random() < .97 else 9),
            'user': 'u%d' % chance.randrange(3), 'host': chance.choice(['u0', 'u1', 'h2', 'h3', 'h4']),
            'size': chance.choice([1, 2, 3.5, '7', 10, 'many']), 'session_id': 's%d' % actor, 'resource_id': 'a%d' % chance.randrange(4),
            'metadata': {'email': 'typed%d@example.com' % chance.randrange(40), 'count': chance.randrange(400),
                         'record_count': chance.randrange(20000), 'country': chance.choice(['NL', 'NL', 'NL', 'BE'])}}
    for name in ('actor_id', 'actor_email', 'ip_address', 'session_id', 'resource_id', 'organization_id',
                 'user', 'host', 'size'):
        if chance.random() < .15:
            made[name] = None
        elif chance.random() < .1:
            del made[name]
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--events', type=int, default=1500)
    parser.add_argument('--seed', type=int, default=20261122)
    parser.add_argument('rules', nargs='+')
    given = parser.parse_args()
    chance = random.Random(given.seed)
    rules, _ = load(reference.sources(given.rules))
    groups, at, group = actions(rules), 0, []
    for _ in range(given.events):
        if not group or chance.random() < .05:
            group = chance.choice(groups) + chance.choice(groups)
            at += chance.choice([0, 60, 3600, 30000])
        at += chance.choice([0, 1, 5, 20, 60])
        print(json.dumps(event(chance, chance.choice(group), at)))


if __name__ == '__main__':
    sys.exit(main())
