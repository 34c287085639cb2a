#!/usr/bin/env python3
"""What the tables of a SOC 2 bundle must hold, worked out beside the tools.

  soc2_tables.py sql MAPPING...        SQL that counts each population's entries, from the mappings alone
  soc2_tables.py compare DIR           each table holds what its NDJSON holds, safely written; prints path and rows
  soc2_tables.py exceptions DIR RULES  each exception has its number in every table of its criteria, and changes without
                                       an approval (change_unapproved.yml) are those of data/events; prints their rows
"""
import csv
import fnmatch
import glob
import json
import os
import re
import sys

import yaml

FORMULA = ('=', '+', '-', '@', '\t', '\r', '\n', '\uff1d', '\uff0b', '\uff0d', '\uff20')


def populations(paths):
    """{criterion: {name: {actions, resource_types, risk_levels, except}}} of the mappings one after the other."""
    out = {}
    for path in paths:
        with open(path, encoding='utf-8') as f:
            for criterion in yaml.safe_load(f)['criteria']:
                of = out.setdefault(criterion['id'], {})
                for is_ in criterion.get('populations') or []:
                    new = {k: list(is_.get(k) or []) for k in ('actions', 'resource_types', 'risk_levels', 'except')}
                    if is_['name'] in of and not is_.get('replace'):
                        for key, old in of[is_['name']].items():
                            old += new[key]
                    else:
                        of[is_['name']] = new
    return out


def regex(patterns):
    parts = [''.join('.*' if c == '*' else '.' if c == '?' else re.escape(c) for c in p) for p in patterns]
    return "'^(" + '|'.join(parts).replace("'", "''") + ")$'"


def condition(is_):
    any_of = []
    if is_['actions']:
        any_of.append('action ~* ' + regex(is_['actions']))
    if is_['resource_types']:
        any_of.append('resource_type ~* ' + regex(is_['resource_types']))
    if is_['risk_levels']:
        any_of.append('risk_level IN (' + ','.join(f"'{r}'" for r in is_['risk_levels']) + ')')
    where = '(' + ' OR '.join(any_of) + ')'
    if is_['except']:
        where += ' AND NOT action ~* ' + regex(is_['except'])
    return where


def sql(paths):
    queries, every = [], []
    for criterion, of in populations(paths).items():
        for name, is_ in of.items():
            every.append(condition(is_))
            queries.append(f"SELECT 'data/population/{criterion}-{name}' AS path,"
                           f' count(*) FILTER (WHERE {condition(is_)}) AS entries FROM period')
    queries.append("SELECT 'data/unmapped', count(*) FILTER (WHERE NOT coalesce(" + ' OR '.join(every) + ', false))'
                   ' FROM period')
    return '\nUNION ALL '.join(queries)


def cell(value):
    """How a value stands in a table."""
    if value is None:
        return ''
    text = value if isinstance(value, str) else str(value)
    return "'" + text if text.startswith(FORMULA) else text


def same(field, row, line, raw):
    if field in ('withheld', 'erased'):
        return row[field] == ' '.join(line[field])
    if field in ('old_values', 'new_values', 'metadata'):
        if line.get(field) is None:
            return row[field] == ''
        return json.loads(row[field].removeprefix("'")) == line[field]
    return row[field] == cell(line.get(field))


def compare(directory):
    for path in sorted(glob.glob(os.path.join(directory, 'data/population/*.csv'))):
        with open(path, 'rb') as f:
            text = f.read()
        assert text.endswith(b'\r\n'), path
        with open(path, encoding='utf-8', newline='') as f:
            rows = list(csv.DictReader(f, strict=True))
        with open(path.removesuffix('.csv') + '.ndjson', encoding='utf-8', newline='\n') as f:
            raw = f.read().split('\n')[:-1]
        lines = [json.loads(line) for line in raw]
        assert len(rows) == len(lines), path
        for row, line, text in zip(rows, lines, raw):
            assert None not in row and None not in row.values(), (path, row)
            for field in row:
                assert same(field, row, line, text), (path, field, row[field], line.get(field))
                assert not row[field].startswith(FORMULA), (path, field)
        assert [r['seq'] for r in rows] == sorted((r['seq'] for r in rows), key=int), path
        print(path.removeprefix(directory + '/').removesuffix('.csv'), len(rows))
    with open(os.path.join(directory, 'data/unmapped.csv'), encoding='utf-8', newline='') as f:
        print('data/unmapped', sum(int(row['entries']) for row in csv.DictReader(f, strict=True)))


def numbered(directory):
    """{number: row} of all tables of exceptions, each of which stands in those of its criteria and in no other."""
    rows, where = {}, {}
    for path in sorted(glob.glob(os.path.join(directory, 'data/exceptions/*.csv'))):
        with open(path, encoding='utf-8', newline='') as f:
            table = list(csv.DictReader(f, strict=True))
        numbers = [int(row['exception']) for row in table]
        assert numbers == sorted(set(numbers)), path
        for number, row in zip(numbers, table):
            assert rows.setdefault(number, row) == row, (path, number)
            where.setdefault(number, []).append(os.path.basename(path).removesuffix('.csv'))
    assert sorted(rows) == list(range(1, len(rows) + 1)), 'numbers from 1 on'
    for number, row in rows.items():
        assert sorted(row['criteria'].split()) == sorted(where[number]), (number, where[number])
    with open(os.path.join(directory, 'data/controls.csv'), encoding='utf-8', newline='') as f:
        for control in csv.DictReader(f, strict=True):
            if control['title'] == 'Exceptions':
                assert int(control['rows']) == len(rows), control
            elif control['holds'] == 'exceptions':
                assert int(control['rows']) == sum(control['control'] in of for of in where.values()), control
    return rows


def changes(directory, rules):
    """Of data/events, the numbers of changes that name an approval, and of those that do not."""
    with open(rules, encoding='utf-8') as f:
        looking = next(rule for rule in yaml.safe_load_all(f) if 'soc2.cc8.1' in rule.get('tags', []))
    action = re.compile('|'.join(fnmatch.translate(name.lower()) for name in looking['detection']['change']['action']))
    named = [field.split('.')[1] for test in looking['detection']['approved'] for field in test]
    with open(os.path.join(directory, 'data/bundle.json'), encoding='utf-8') as f:
        bundle = json.load(f)
    with_one, without = [], []
    for path in sorted(glob.glob(os.path.join(directory, 'data/events/*.ndjson'))):
        with open(path, encoding='utf-8', newline='\n') as f:
            lines = f.read().split('\n')[:-1]
        for line in map(json.loads, lines):
            text = json.loads(line['text'])
            time = text[3] if text[3] is not None else line['recorded_at_us']
            if not bundle['from_us'] <= time < bundle['to_us'] or not action.fullmatch(text[5].lower()):
                continue
            metadata = json.loads(line['disclosed']['content']['text'])[3]
            named_one = isinstance(metadata, dict) and any(metadata.get(name) is not None for name in named)
            (with_one if named_one else without).append(line['seq'])
    return with_one, without


def exceptions(directory, rules):
    with_one, without = changes(directory, rules)
    rows = [row for row in numbered(directory).values() if row['rule'] == 'Change without an approval']
    if with_one or len(without) < 2:
        assert [(int(row['seq']), row['entries'], row['note']) for row in rows] == [(n, '1', '') for n in without], rows
    else:
        assert [(row['seq'], int(row['entries'])) for row in rows] == [('', len(without))], rows
        assert '"Change that names its approval"' in rows[0]['note'] and f' {len(without)} ' in rows[0]['note'], rows
    for row in rows:
        print(row['criteria'] + ':', row['seq'] or row['entries'] + ' in one')


if __name__ == '__main__':
    if sys.argv[1] == 'sql':
        print(sql(sys.argv[2:]))
    elif sys.argv[1] == 'compare':
        compare(sys.argv[2])
    else:
        exceptions(sys.argv[2], sys.argv[3])
