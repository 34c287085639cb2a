#!/usr/bin/env python3
"""Hold events, a JSON object a line on standard input, against OCSF's own schema: ocsf_check.py DIRECTORY.

The directory is as github.com/ocsf/ocsf-schema has it: classes, objects and profiles that extend and include each other,
over a dictionary of attributes. What they come to for a class, and for the profiles that an event names, is made into a
JSON schema, which python3-jsonschema then holds the event against. Nothing passes that the schema does not name; an
object that the directory lacks matches nothing. Prints what is wrong, a line each, and at the end a line with how many
events there were of each class.
"""
import collections
import functools
import json
import pathlib
import sys

import jsonschema

ROOT = pathlib.Path(sys.argv[1])
DICTIONARY = json.loads((ROOT / 'dictionary.json').read_text())
CATEGORIES = json.loads((ROOT / 'categories.json').read_text())['attributes']
VERSION = json.loads((ROOT / 'version.json').read_text())['version']
EVENTS = {e['name']: e for e in (json.loads(p.read_text()) for p in sorted(ROOT.glob('events/**/*.json')))}
OBJECTS = {p.stem: json.loads(p.read_text()) for p in sorted(ROOT.glob('objects/*.json'))}
BASE_TYPES = {'boolean_t': 'boolean', 'integer_t': 'integer', 'long_t': 'integer', 'float_t': 'number', 'string_t': 'string'}


def merge(below, above):
    """Attributes of `above` over those of `below`, enumerations being put together."""
    out = {name: dict(what) for name, what in below.items()}
    for name, what in above.items():
        old = out.setdefault(name, {})
        enum = {**old.get('enum', {}), **what.get('enum', {})}
        old.update({k: v for k, v in what.items() if v is not None or k == 'profile'})
        if enum:
            old['enum'] = enum
    return out


def included(path):
    """Attributes of a profile, which are there for those events that name it."""
    profile = json.loads((ROOT / path).read_text())
    return {name: {**what, 'profile': profile['name']} for name, what in profile['attributes'].items()}


def attributes(table, name):
    """All attributes and constraints of a class or object, with what it extends and includes."""
    item = table[name]
    below, constraints = attributes(table, item['extends']) if 'extends' in item else ({}, {})
    own = dict(item['attributes'])
    for path in own.pop('$include', []):
        below = merge(included(path), below)
    return merge(below, own), item.get('constraints', constraints)


def type_schema(name):
    """Of a type in the dictionary that is no object."""
    if name == 'json_t':
        return {}
    if name in BASE_TYPES and name != 'string_t':
        return {'type': BASE_TYPES[name]}
    kind = DICTIONARY['types']['attributes'][name]
    schema = {'type': BASE_TYPES[kind.get('type', name)]}
    if 'regex' in kind:
        schema['pattern'] = kind['regex']
    if 'max_len' in kind:
        schema['maxLength'] = kind['max_len']
    if 'range' in kind:
        schema['minimum'], schema['maximum'] = kind['range']
    return schema


def attribute_schema(name, what, profiles):
    said = {**DICTIONARY['attributes'][name], **what}
    enum = {**DICTIONARY['attributes'][name].get('enum', {}), **what.get('enum', {})}
    kind = said['type']
    if '@deprecated' in said:
        schema = {'not': {}}
    elif kind in DICTIONARY['types']['attributes']:
        schema = type_schema(kind)
    else:
        schema = object_schema(kind, profiles)
    if enum:
        integers = schema.get('type') == 'integer'
        schema = {**schema, 'enum': [int(e) if integers else e for e in enum]}
    return {'type': 'array', 'items': schema} if said.get('is_array') else schema


def shape(table, name, profiles):
    all_attributes, constraints = attributes(table, name)
    known = {k: v for k, v in all_attributes.items() if v.get('profile') is None or v['profile'] in profiles}
    schema = {
        'type': 'object',
        'properties': {k: attribute_schema(k, v, profiles) for k, v in known.items()},
        'required': sorted(k for k, v in known.items() if v.get('requirement') == 'required'),
        'additionalProperties': False,
    }
    if 'at_least_one' in constraints:
        schema['anyOf'] = [{'required': [k]} for k in constraints['at_least_one']]
    if 'just_one' in constraints:
        schema['oneOf'] = [{'required': [k]} for k in constraints['just_one']]
    return schema


def object_schema(name, profiles, _open=[]):
    if name == 'object':
        return {'type': 'object'}
    if name not in OBJECTS or name in _open:
        return {'not': {}}
    _open.append(name)
    schema = shape(OBJECTS, name, profiles)
    _open.pop()
    return schema


@functools.lru_cache(maxsize=None)
def class_schema(class_uid, profiles):
    for name, event in EVENTS.items():
        category = CATEGORIES.get(attributes_category(name), {}).get('uid', 0)
        if 'uid' in event and category * 1000 + event['uid'] == class_uid:
            schema = shape(EVENTS, name, profiles)
            schema['properties']['category_uid'] = {'const': category}
            schema['properties']['class_uid'] = {'const': class_uid}
            schema['properties']['class_name'] = {'const': event['caption']}
            schema['properties']['category_name'] = {'const': CATEGORIES[attributes_category(name)]['caption']}
            jsonschema.Draft202012Validator.check_schema(schema)
            return jsonschema.Draft202012Validator(schema)
    raise LookupError(f'class {class_uid} is not in {ROOT}')


def attributes_category(name):
    event = EVENTS[name]
    return event.get('category') or attributes_category(event['extends'])


def captions(event):
    """An enumeration's caption stands beside its number, unless that is 99 (other)."""
    name = next(n for n, e in EVENTS.items() if e.get('caption') == event['class_name'])
    known, _ = attributes(EVENTS, name)
    for number, caption in (('activity_id', 'activity_name'), ('severity_id', 'severity'), ('risk_level_id', 'risk_level')):
        enum = {**DICTIONARY['attributes'][number].get('enum', {}), **known.get(number, {}).get('enum', {})}
        if number in event and event[number] != 99 and event.get(caption) != enum.get(str(event[number]), {}).get('caption'):
            yield f'{caption} {event.get(caption)!r} is not that of {number} {event[number]}'


def problems(event):
    profiles = frozenset(event['metadata'].get('profiles', []))
    for error in class_schema(event['class_uid'], profiles).iter_errors(event):
        yield f'{"/".join(str(p) for p in error.absolute_path)}: {error.message[:300]}'
    if event['type_uid'] != event['class_uid'] * 100 + event['activity_id']:
        yield f'type_uid {event["type_uid"]}'
    if event['metadata']['version'] != VERSION:
        yield f'version {event["metadata"]["version"]}'
    yield from captions(event)


def main():
    counts, bad = collections.Counter(), False
    for number, line in enumerate(sys.stdin, 1):
        event = json.loads(line)
        counts[event['class_uid']] += 1
        for problem in problems(event):
            bad = True
            print(f'line {number}: {problem}')
    print(' '.join(f'{uid}={n}' for uid, n in sorted(counts.items())))
    return bad


sys.exit(main())
