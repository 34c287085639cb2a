"""Rules and events for the benchmark of the rules: real ones, and more like them."""
import copy
import glob
import json
import os
import random
import re
import uuid

import yaml

UUID = re.compile(r'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
ADDRESS = re.compile(r'^\d+\.\d+\.\d+\.\d+$')


def real_events(directory):
    """The CloudTrail events below a directory, one by one."""
    out = []
    for name in sorted(glob.glob(os.path.join(directory, '**', '*.json'), recursive=True)):
        with open(name, encoding='utf-8') as file:
            held = json.load(file)
        out += held['Records'] if isinstance(held, dict) else held
    return out


def varied(value, rng):
    """The value with other identifiers and addresses in it, as another event of the kind has."""
    if isinstance(value, dict):
        return {key: varied(inner, rng) for key, inner in value.items()}
    if isinstance(value, list):
        return [varied(inner, rng) for inner in value]
    if isinstance(value, str) and UUID.match(value):
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    if isinstance(value, str) and ADDRESS.match(value):
        return '.'.join(str(rng.randrange(1, 255)) for _ in range(4))
    return value


def write_events(events, count, path):
    rng = random.Random(1)
    with open(path, 'w', encoding='utf-8') as out:
        for _ in range(count):
            out.write(json.dumps(varied(rng.choice(events), rng), separators=(',', ':'), ensure_ascii=False) + '\n')


def rule_files(directory):
    names = glob.glob(os.path.join(directory, '**', '*.yml'), recursive=True)
    return sorted(name for name in names if not name.endswith('.test.yml'))


def changed(value, number):
    """Strings with something added; the service, which many rules have in common, and mere wildcards stay."""
    if isinstance(value, dict):
        return {key: changed(inner, number) if key != 'condition' else inner for key, inner in value.items()}
    if isinstance(value, list):
        return [changed(inner, number) for inner in value]
    if not isinstance(value, str) or value.endswith('.amazonaws.com') or value.strip('*?') == '':
        return value
    return '%s%d' % (value, number)


def write_copies(directory, times, to):
    """Every rule of the directory, and times - 1 copies of each that ask for other values."""
    for place, name in enumerate(rule_files(directory)):
        with open(name, encoding='utf-8') as file:
            rules = [rule for rule in yaml.safe_load_all(file) if rule]
        with open(os.path.join(to, '%04d.yml' % place), 'w', encoding='utf-8') as out:
            yaml.safe_dump_all([copied(rule, n) for n in range(times) for rule in rules], out, sort_keys=False)


def copied(rule, number):
    rule = json.loads(json.dumps(copy.deepcopy(rule), default=str))
    if number > 0:
        rule['id'] = str(uuid.uuid5(uuid.NAMESPACE_OID, '%s %d' % (rule.get('id'), number)))
        rule['title'] = '%s %d' % (rule['title'][:200], number)
        rule.pop('name', None)
        rule['detection'] = changed(rule['detection'], number)
    return rule


def entries(directory):
    """The events of the default rules' own tests, filled up to whole audit entries of the platform."""
    rng = random.Random(2)
    out = []
    for name in sorted(glob.glob(os.path.join(directory, '*.test.yml'))):
        with open(name, encoding='utf-8') as file:
            for test in yaml.safe_load(file)['tests']:
                for event in test.get('events') or [test['event']]:
                    out.append(filled(json.loads(json.dumps(event, default=str)), rng))
    return out


def filled(event, rng):
    def some():
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))

    organization, actor, resource = some(), some(), some()
    whole = {
        'id': some(), 'organization_id': organization, 'actor_id': actor, 'actor_email': 'someone@customer.example',
        'actor_role': 'member', 'action': 'document.updated', 'resource_type': 'document', 'resource_id': resource,
        'old_values': {'title': 'Quarterly plan', 'status': 'draft', 'owner_id': actor, 'tags': ['finance', 'internal']},
        'new_values': {'title': 'Quarterly plan', 'status': 'shared', 'owner_id': actor, 'tags': ['finance']},
        'ip_address': '203.0.113.7', 'session_id': some(), 'risk_level': 'low', 'created_at': '2026-03-02T10:11:12.345Z',
        'user_agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
        'metadata': {'request_id': some(), 'route': '/v1/documents/%s' % resource, 'latency_ms': 31, 'region': 'eu-west-1'},
    }
    whole.update(event)
    return whole
