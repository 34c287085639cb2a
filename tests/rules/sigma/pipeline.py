"""Processing pipelines: the part of pySigma's that the engine takes, and its own `events`."""

from .documents import Refused, Scalar, documents, listed, text
from .rules import Every, Raw, items

OURS = {'time': 'created_at', 'partition': 'organization_id', 'actor': 'actor_id', 'address': 'ip_address',
        'agent': 'user_agent', 'id': 'id', 'work_hours': '07:00-19:00'}
LOGSOURCE = [{'product': 'auditproof', 'service': 'audit'}]
DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']


class Pipelines:
    def __init__(self, sources=()):
        given = [document for _, source in sources for document in documents(source)]
        given.sort(key=lambda one: int(text(one.get('priority'), '0')))
        self.profile = dict(OURS, unwrap=None, work_days=DAYS[:5], logsource=LOGSOURCE)
        self.steps, self.vars = [], {}
        for one in given:
            for key, value in one.get('events', {}).items():
                if key == 'logsource':
                    self.profile[key] = [{k: text(v) for k, v in source.items()} for source in listed(value)]
                else:
                    self.profile[key] = [text(v) for v in value] if isinstance(value, list) else text(value)
            self.steps += one.get('transformations', [])
            self.vars.update({key: listed(value) for key, value in one.get('vars', {}).items()})

    def takes(self, rule):
        return any(all(source.get(k) == v for k, v in rule.logsource.items()) for source in self.profile['logsource'])

    def work(self, rule):
        logsource = rule.logsource
        for step in self.steps:
            if rule.correlation is None and all(condition(c, rule) for c in listed(step.get('rule_conditions', []))):
                STEPS[text(step['type'])](step, rule, self)
        rule.stream_logsource, rule.logsource = rule.logsource, logsource


def condition(given, rule):
    kind = text(given['type'])
    if kind == 'logsource':
        return all(rule.logsource.get(k) == text(v) for k, v in given.items() if k != 'type')
    if kind == 'tag':
        return text(given['tag']) in [text(tag) for tag in rule.given.get('tags', [])]
    if kind == 'rule_attribute':
        return text(rule.given.get(text(given['attribute']))) == text(given['value'])
    raise Refused('rule condition %s' % kind)


def wanted(step, field):
    for given in listed(step.get('field_name_conditions', [])):
        among = field in [text(name) for name in listed(given['fields'])]
        if among != (text(given['type']) == 'include_fields'):
            return False
    return True


def rebuild(tree, change):
    """The tree with each item replaced by what change makes of it (None: dropped)."""
    if isinstance(tree, Raw):
        return change(tree)
    parts = [part for part in (rebuild(part, change) for part in tree.parts) if part is not None]
    return Every(tree.how, parts) if parts else None


def renamed(item, names):
    made = [Raw('|'.join([name] + item.key.split('|')[1:]), item.values) for name in names]
    return made[0] if len(made) == 1 else Every('or', made)


def field_name_mapping(step, rule, _):
    names = {key: [text(v) for v in listed(value)] for key, value in step['mapping'].items()}
    rule.names.append(lambda field: names[field][0] if field in names and wanted(step, field) else field)

    def change(item):
        if 'fieldref' in item.key.split('|')[1:]:
            item.values = [Scalar('str', names.get(v.text, [v.text])[0]) for v in listed(item.values)]
        return renamed(item, names[item.field]) if item.field in names and wanted(step, item.field) else item
    rule.tree = rebuild(rule.tree, change)


def field_name_prefix_mapping(step, rule, _):
    def change(item):
        for prefix, others in step['mapping'].items():
            if item.field.startswith(prefix) and wanted(step, item.field):
                return renamed(item, [text(other) + item.field[len(prefix):] for other in listed(others)])
        return item
    rule.tree = rebuild(rule.tree, change)


def map_string(step, rule, _):
    def change(item):
        if wanted(step, item.field):
            item.values = [Scalar('str', text(other)) for value in listed(item.values)
                           for other in (listed(step['mapping'][value.text])
                                         if isinstance(value, Scalar) and value.text in step['mapping'] else [value])]
        return item
    rule.tree = rebuild(rule.tree, change)


def add_condition(step, rule, _):
    added = Every('and', [Raw(key, value) for key, value in step['conditions'].items()])
    if text(step.get('negated')) == 'true':
        added = Every('not', [added])
    rule.tree = Every('and', [added, rule.tree])


def drop_detection_item(step, rule, _):
    rule.tree = rebuild(rule.tree, lambda item: None if wanted(step, item.field) else item)


def change_logsource(step, rule, _):
    rule.logsource = {k: text(step[k]) for k in ('category', 'product', 'service') if k in step}


def value_placeholders(step, rule, pipelines):
    for item in items(rule.tree):
        if 'expand' in item.key.split('|'):
            item.values = [Scalar('str', other.text) for value in listed(item.values)
                           for other in pipelines.vars.get(value.text.strip('%'), [value])]


STEPS = {f.__name__: f for f in (field_name_mapping, field_name_prefix_mapping, map_string, add_condition,
                                 drop_detection_item, change_logsource, value_placeholders)}
STEPS['set_state'] = lambda *_: None


def prepare(rules, pipelines, every):
    """Work the pipelines into the rules; which of them are for the stream."""
    for rule in rules:
        rule.applies = every or pipelines.takes(rule)
        rule.names = []  # what fields of group-by are called in its events
        pipelines.work(rule)
