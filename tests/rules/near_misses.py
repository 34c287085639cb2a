#!/usr/bin/python3
"""Events that rules match, and events that differ from those in one thing.

    near_misses.py [--each N] [--seed N] [--pipeline FILE]... RULES... >events.ndjson

For each rule: an event made of the rule's own values, and N variants of such events, in each of which one field has
another case, one character more or less, a wildcard, another type, or is gone. Which of them match is for others to
say; the same arguments give the same events. With a pipeline, of the rules that it is for, and with the names that it
makes of theirs.
"""
import argparse
import json
import random
import sys

import reference
from sigma.documents import Scalar
from sigma.items import ONE, Item, pattern
from sigma.rules import Raw
from sigma.stream import Stream


class Json(str):
    """JSON text that goes into an event as it is."""


SEARCHED = ['Aws:assumed-role/aws:x', 'abbc', 'ABC', 'xX12y', 'b\nxd', 'a foo', 'bar', 'foo\n', 'Needle', '']
TIMES = ['2026-11-02T19:30:00Z', '2025-12-29 23:59:59.5+00', '2026-01-01T00:30:00+05:30', '2026-03-02T18:59:59-01:00',
         '2024-12-30T00:00:00Z', Json('1793606400'), Json('1793606400123'), '2026-11-02', 'yesterday']


def text_of(tokens, chance):
    """A text that the pattern matches."""
    return ''.join(t if isinstance(t, str) else chance.choice('abZ') if t is ONE else chance.choice(['', 'x', ' y\n'])
                   for t in tokens)


def value_for(item, value, chance):
    """A value that satisfies the item, mostly; None where that is to be absent."""
    if isinstance(value, tuple) and value[0] == 'any':
        return value_for(item, chance.choice(value[1]), chance)
    if isinstance(value, tuple):
        return {'re': lambda: chance.choice(SEARCHED), 'cidr': lambda: str(value[1][0]),
                'exists': lambda: 'there' if value[1] else None, 'ref': lambda: 'same'}[value[0]]()
    if item.part:
        return chance.choice(TIMES)
    if isinstance(value, Scalar) and item.compare:
        return Json(str(int(float(value.text)) + chance.choice([-1, 0, 1])))
    if isinstance(value, Scalar) and value.kind in ('int', 'float', 'bool'):
        return Json(value.text.lower())
    if isinstance(value, Scalar):
        return None if value.kind == 'null' else text_of(pattern(value.text), chance)
    return text_of(value, chance)


def want(tree, yes, fields, words, chance):
    """Collect the fields (name -> [values]) and keywords that make the tree hold, or not hold."""
    if isinstance(tree, Raw):
        item = Item(tree.key, tree.values)
        if not yes or item.negated:
            if chance.random() < .2 and item.field:
                fields.setdefault(item.field, []).append('other')
            return
        chosen = item.values if item.all else [chance.choice(item.values)]
        made = [value_for(item, value, chance) for value in chosen]
        if item.field is None:
            words.extend(made)
        elif made != [None]:
            fields.setdefault(item.field, []).append(
                made[0] if len(made) == 1 else Json(json.dumps(chance.choice(['', '-']).join(made))))
        if any(isinstance(value, tuple) and value[0] == 'ref' for value in chosen):
            fields.setdefault(chosen[0][1], []).append('same')
        return
    parts = tree.parts
    if tree.how == 'not':
        want(parts[0], not yes, fields, words, chance)
        return
    for part in parts if (tree.how == 'and') == yes else [chance.choice(parts)]:
        want(part, yes, fields, words, chance)


def written(value):
    return value if isinstance(value, Json) else json.dumps(value, ensure_ascii=bool(len(value) % 2))


def swapped(value):
    """One character replaced by one that folds, or looks, like it."""
    for plain, other in (('k', '\u212a'), ('s', '\u017f'), ('i', '\u0131'), ('i', '\u0130'), ('a', '\u0430'), ('.', '\u3002')):
        if plain in value.lower():
            at = value.lower().index(plain)
            return value[:at] + other + value[at + 1:]
    return value + '\u00df'


STRING = [str.upper, str.lower, str.swapcase, str.title, swapped,
          lambda v: v + 'x', lambda v: 'x' + v, lambda v: v[:-1], lambda v: v[1:], lambda v: v[:len(v) // 2] + v[len(v) // 2 + 1:],
          lambda v: v[:len(v) // 2] + '?' + v[len(v) // 2 + 1:], lambda v: v[:len(v) // 2] + '*', lambda v: '*', lambda v: v + ' ',
          lambda v: ' ' + v, lambda v: v + '\n', lambda v: 'before\n' + v + '\nafter', lambda v: v.replace('.', '\\'),
          lambda v: v[::-1], lambda v: '', lambda v: v + '\u0000', lambda v: v * 2, lambda v: 'caf\u00e9 ' + v]
WHOLE = ['null', '[]', '{}', 'true', 'false', '0', '-1', '1e2', '[null]', '[[]]', '[{}]', '"true"', '"TRUE"', '"False"', '"null"']


def around(text):
    """The value in other surroundings, as JSON texts."""
    yield from ('[%s]' % text, '["other",%s]' % text, '[[%s]]' % text, '{"inside":%s}' % text, '{"a":{"b":[%s]}}' % text,
                '[{"Name":"n","Value":%s}]' % text, '[%s,null]' % text, '{"k":"v","n":[1,%s,true]}' % text)


def number_forms(text):
    yield from (text + '.0', text + 'e0', '"%s"' % text, '"%s.0"' % text, '"0%s"' % text, '" %s"' % text, text + '1',
                '-' + text, text + '.5', '%s0e-1' % text)


def change(fields, chance):
    """The event's fields with one thing changed."""
    out = dict(fields)
    name = chance.choice(sorted(out))
    value = out[name]
    kind = chance.random()
    if kind < .1:
        del out[name]
    elif kind < .15:
        out[chance.choice([name.upper(), name + ' ', ' '.join(name.partition('.')), name + '.x', name[1:] or 'x'])] = out.pop(name)
    elif kind < .3:
        out[name] = Json(chance.choice(WHOLE))
    elif kind < .5:
        out[name] = Json(chance.choice(list(around(written(value)))))
    elif isinstance(value, Json) and value.isdigit():
        out[name] = Json(chance.choice([form for form in number_forms(value) if not form.startswith(('00', '-0'))] + ['"%s"' % value]))
    elif isinstance(value, Json):
        out[name] = Json(chance.choice(['"%s"' % value, json.dumps(value.upper()), '1', '0'])) if value in ('true', 'false') else value
    else:
        out[name] = chance.choice(STRING)(value)
    return out


def nested(fields, chance):
    """The event as JSON: a dotted name as a member of that very name, or as a path."""
    tree = {}
    for name, value in fields.items():
        parts = name.split('.') if chance.random() < .8 else [name]
        at = tree
        while len(parts) > 1 and isinstance(at.setdefault(parts[0], {}), dict):
            at = at[parts.pop(0)]
        at['.'.join(parts)] = written(value)
    return dump(tree, chance)


def dump(tree, chance):
    if not isinstance(tree, dict):
        return tree
    inner = ','.join(json.dumps(key) + ':' + dump(value, chance) for key, value in tree.items())
    inner = '{' + inner + '}'
    return '[%s]' % inner if chance.random() < .03 else inner


def events(rule, each, chance):
    for turn in range(each + 1):
        fields, words = {}, []
        want(rule.tree, True, fields, words, chance)
        made = {name: values[-1] for name, values in fields.items()}
        for number, word in enumerate(words):
            made['message%d' % number] = 'before %s after' % word
        if turn and made:
            made = change(made, chance)
        event = nested(made, chance)
        event = event if event.startswith('{') else '{"outer":%s}' % event
        if is_json(event):  # a digit before a zero is no number any more
            yield event


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--each', type=int, default=3)
    parser.add_argument('--seed', type=int, default=20261122)
    parser.add_argument('--pipeline', action='append', default=[])
    parser.add_argument('rules', nargs='+')
    given = parser.parse_args()
    stream = Stream(reference.sources(given.rules), reference.sources(given.pipeline), not given.pipeline)
    for rule in stream.rules:
        if rule.tree is not None and rule.applies:
            for event in events(rule, given.each, random.Random('%d %s' % (given.seed, rule.id))):
                print(event.replace('\n', ' '))


if __name__ == '__main__':
    sys.exit(main())
