#!/usr/bin/env python3
"""Hold a JSON document against a JSON schema of draft 7, as far as OSCAL's use it: oscal_check.py SCHEMA DOCUMENT.

Prints what is wrong, a line each. A keyword that it does not know is an error, so that nothing passes unlooked at.
"""
import json
import re
import sys

SAID = {'$schema', '$id', '$comment', 'title', 'description', 'format', 'contentEncoding', 'definitions', 'default'}
TYPES = {'object': dict, 'array': list, 'string': str, 'boolean': bool, 'null': type(None)}


def pattern(text):
    """ECMA's classes of characters as Python has them."""
    return text.replace(r'\p{L}', r'[^\W\d_]').replace(r'\p{N}', r'\d').replace('$', r'\Z')


class Checker:
    def __init__(self, schema):
        self.root = schema

    def resolve(self, schema):
        while '$ref' in schema:
            ref = schema['$ref']
            node = self.root
            if not ref.startswith('#/'):  # by its $id
                node = next(d for d in self.root['definitions'].values() if d.get('$id') == ref)
            else:
                for part in ref[2:].split('/'):
                    node = node[part]
            schema = node
        return schema

    def check(self, schema, value, path):
        schema = self.resolve(schema)
        for key, what in schema.items():
            if key in SAID:
                continue
            if not hasattr(self, 'is_' + key):
                raise SystemExit(f'this checker does not know {key}')
            yield from getattr(self, 'is_' + key)(schema, what, value, path)

    def is_type(self, schema, what, value, path):
        good = isinstance(value, TYPES[what]) if what in TYPES else (
            isinstance(value, int if what == 'integer' else (int, float)) and not isinstance(value, bool))
        if not good:
            yield f'{path}: not of type {what}'

    def is_properties(self, schema, what, value, path):
        for name in what if isinstance(value, dict) else ():
            if name in value:
                yield from self.check(what[name], value[name], f'{path}/{name}')

    def is_required(self, schema, what, value, path):
        for name in what if isinstance(value, dict) else ():
            if name not in value:
                yield f'{path}: without {name}'

    def is_additionalProperties(self, schema, what, value, path):
        for name in value if isinstance(value, dict) and what is False else ():
            if name not in schema.get('properties', {}):
                yield f'{path}: {name} has no place here'

    def is_items(self, schema, what, value, path):
        for i, item in enumerate(value if isinstance(value, list) else ()):
            yield from self.check(what, item, f'{path}/{i}')

    def is_minItems(self, schema, what, value, path):
        if isinstance(value, list) and len(value) < what:
            yield f'{path}: fewer than {what}'

    def is_minimum(self, schema, what, value, path):
        if isinstance(value, (int, float)) and value < what:
            yield f'{path}: less than {what}'

    def is_pattern(self, schema, what, value, path):
        if isinstance(value, str) and not re.search(pattern(what), value):
            yield f'{path}: {value!r} is not {what}'

    def is_enum(self, schema, what, value, path):
        if value not in what:
            yield f'{path}: {value!r} is none of {what}'

    def is_allOf(self, schema, what, value, path):
        for one in what:
            yield from self.check(one, value, path)

    def is_anyOf(self, schema, what, value, path):
        tries = [list(self.check(one, value, path)) for one in what]
        if all(tries):
            yield from min(tries, key=len)


if __name__ == '__main__':
    with open(sys.argv[1], encoding='utf-8') as f:
        CHECKER = Checker(json.load(f))
    with open(sys.argv[2], encoding='utf-8') as f:
        DOCUMENT = json.load(f)
    WRONG = list(CHECKER.check(CHECKER.root, DOCUMENT, ''))
    print('\n'.join(WRONG))
    sys.exit(1 if WRONG else 0)
