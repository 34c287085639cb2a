"""A stream of events, a rule set, and who matches whom."""
from . import events
from .correlate import TYPES, Correlation
from .documents import Refused
from .events import EMPTY, Object
from .pipeline import DAYS, Pipelines, prepare
from .rules import load


class Stream:
    def __init__(self, rule_sources, pipeline_sources=(), every=False):
        self.pipelines = Pipelines(pipeline_sources)
        self.profile = self.pipelines.profile
        self.rules, self.refused = load(rule_sources)
        prepare(self.rules, self.pipelines, every)
        self.correlations = []
        for rule in self.rules:
            if rule.correlation is not None:
                self._correlation(rule)
        self.history = {}  # (partition, actor) -> {'ip': set, 'agent': set}
        self.number = 0

    def _correlation(self, rule):
        try:
            one = Correlation(rule, self.rules)
            if one.type not in TYPES:
                raise Refused('no correlation type %s' % one.type)
            self.correlations.append(one)
        except (Refused, KeyError) as why:
            self.refused.append('%s: %s' % (rule.title, why))

    def events(self, line):
        given = events.parse(line)
        if not isinstance(given, Object):
            raise ValueError('not an object')
        inner = [value for key, value in given if key == self.profile['unwrap']]
        return inner[0] if inner and isinstance(inner[0], list) and not isinstance(inner[0], Object) else [given]

    def _first(self, event, name):
        for value in events.values(event, self.profile[name]):
            if value is not EMPTY and value is not None and not isinstance(value, Object):
                return value
        return None

    def enrich(self, event):
        """The event with its enrich.* members; remembers it."""
        partition, actor = events.as_text(self._first(event, 'partition')), events.as_text(self._first(event, 'actor'))
        added = Object()
        if actor is not None:
            known = (partition, actor) in self.history
            past = self.history.setdefault((partition, actor), {'address': set(), 'agent': set()})
            added.append(('enrich.first_seen_actor', not known))
            for name, member in (('address', 'ip'), ('agent', 'user_agent')):
                value = events.as_text(self._first(event, name))
                if value is not None:
                    added.append(('enrich.first_seen_' + member, known and value not in past[name]))
                    past[name].add(value)
        at = events.time(self._first(event, 'time'))
        if at is not None:
            start, end = (int(part[:2]) * 60 + int(part[3:]) for part in self.profile['work_hours'].split('-'))
            inside = start <= at.hour * 60 + at.minute < end and DAYS[at.weekday()] in self.profile['work_days']
            added.append(('enrich.off_hours', not inside))
        return Object(event + added)

    def feed(self, event):
        """Rules that match the event, those that only feed correlations too; correlations that it completes."""
        event = events.visible(event)
        whole = self.enrich(event)
        matched = [rule for rule in self.rules if rule.applies and rule.tree is not None and _matches(rule, event, whole)]
        at, partition = events.time(self._first(event, 'time')), events.as_text(self._first(event, 'partition'))
        hits, todo = [], [(rule, event) for rule in matched]
        while todo:
            rule, source = todo.pop(0)
            for one in self.correlations:
                if rule not in one.rules or at is None:
                    continue
                for group in one.feed(rule, source, at, partition):
                    hits.append(one.rule)
                    todo.append((one.rule, Object(zip(one.group_by, group[1:]))))
        return matched, hits

    def end(self):
        return [one.rule for one in self.correlations for _ in one.closed()]


def _matches(rule, event, whole):
    """Keywords look at what the event itself has; fields, also at what enrichment gave it."""
    return rule.matches(whole if uses_enrichment(rule.tree) else event)


def uses_enrichment(tree):
    if hasattr(tree, 'parts'):
        return any(uses_enrichment(part) for part in tree.parts)
    return tree.field.startswith('enrich.')
