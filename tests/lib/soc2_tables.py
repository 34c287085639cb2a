#!/usr/bin/env python3
"""What the tables of a SOC 2 bundle must hold, worked out beside the tools.

  soc2_tables.py sql MAPPING...        SQL that counts each population's entries, from the mappings alone
  soc2_tables.py compare DIR           each table holds what its NDJSON holds, safely written; prints path and rows
"""
import csv
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


if __name__ == '__main__':
    if sys.argv[1] == 'sql':
        print(sql(sys.argv[2:]))
    else:
        compare(sys.argv[2])
