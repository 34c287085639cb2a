"""Correlations, by looking at every event of the stream again each time."""
import datetime
import re
import statistics

from . import events
from .documents import Refused, listed, text
from .events import EMPTY, Number, Object
from .rules import Condition

UNIT = {'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800, 'M': 2629746, 'y': 31556952}
ORDER = {'gt': lambda a, b: a > b, 'gte': lambda a, b: a >= b, 'lt': lambda a, b: a < b, 'lte': lambda a, b: a <= b,
         'eq': lambda a, b: a == b, 'neq': lambda a, b: a != b}
AT_END = ('lt', 'lte', 'eq', 'neq')
TYPES = ('event_count', 'value_count', 'value_sum', 'value_avg', 'value_median', 'value_percentile', 'temporal',
         'temporal_ordered')


def percentile(numbers, rank):
    numbers = sorted(numbers)
    place = (len(numbers) - 1) * rank / 100
    low = int(place)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


class Seen:
    """One event (or hit) that a rule of a correlation matched."""

    def __init__(self, at, rule, value):
        self.at, self.rule, self.value = at, rule, value


class Said:
    """A rule of a temporal condition in words, held against the rules that were seen."""

    def __init__(self, rule):
        self.rule = rule

    def holds(self, seen):
        return self.rule in seen


class Correlation:
    def __init__(self, rule, rules):
        given = rule.correlation
        self.rule, self.type = rule, text(given['type'])
        self.rules = [self._find(text(word), rules) for word in listed(given['rules'])]
        length, unit = re.fullmatch(r'(\d+)([smhdwMy])', text(given['timespan'])).groups()
        self.span = datetime.timedelta(seconds=int(length) * UNIT[unit])
        self.aliases = {name: {self._find(word, rules).id: text(field) for word, field in where.items()}
                        for name, where in given.get('aliases', {}).items()}
        self.group_by = [text(name) for name in listed(given.get('group-by', []))]
        self.bounds, self.words, self.fields = {}, None, []
        self._conditions(given.get('condition', {}))
        self.seen, self.firing = {}, set()  # by group
        if text(given.get('generate')).lower() != 'true':
            for one in self.rules:
                one.reports = False

    @staticmethod
    def _find(word, rules):
        for rule in rules:
            if rule.called(word):
                return rule
        raise Refused('no rule %r' % word)

    def _conditions(self, given):
        if not isinstance(given, dict):
            self.words = Condition(text(given), {one.name or one.id: Said(one.id) for one in self.rules}).tree
            return
        self.bounds = {key: float(text(value)) for key, value in given.items() if key in ORDER}
        self.fields = [text(name) for name in listed(given['field'])] if 'field' in given else []
        self.rank = float(text(given['percentile'])) if 'percentile' in given else None
        if not self.bounds and self.type.startswith('temporal'):
            self.bounds = {'gte': float(len(self.rules))}

    def _field(self, name, rule, event):
        field = self.aliases.get(name, {}).get(rule.id, name)
        for rename in rule.names:
            field = rename(field)
        for value in events.values(event, field):
            if value is not EMPTY and value is not None and not isinstance(value, Object):
                return value
        return None

    def feed(self, rule, event, at, partition):
        """The groups of whose events this one completes the correlation: [(group values)]."""
        group = (partition,) + tuple(events.as_text(self._field(name, rule, event)) for name in self.group_by)
        value = None
        if self.fields:
            found = [self._field(name, rule, event) for name in self.fields]
            if None in found:
                return []
            value = tuple(events.as_text(v) for v in found)
            if self.type != 'value_count':
                value = events.number(Number(value[0]))
                if value is None:
                    return []
        seen = self.seen.setdefault(group, [])
        if any(key in AT_END for key in self.bounds):
            seen.append(Seen(at, rule.id, value))
            return []
        if not self._holds(self._window(seen, at)):  # it has ceased to hold by the time of this event
            self.firing.discard(group)
        seen.append(Seen(at, rule.id, value))
        if not self._holds(self._window(seen, at)):
            self.firing.discard(group)
            return []
        new = group not in self.firing
        self.firing.add(group)
        return [group] if new else []

    def _window(self, seen, at):
        return [one for one in seen if at - self.span < one.at <= at]

    def _holds(self, window):
        if not window:
            return False
        if self.words is not None:
            return self.words.holds({one.rule for one in window})
        if self.type == 'temporal_ordered' and not self._in_order(window):
            return False
        measured = self.measure(window)
        return all(ORDER[key](measured, bound) for key, bound in self.bounds.items())

    def _in_order(self, window):
        at = None
        for rule in self.rules:
            later = [one.at for one in window if one.rule == rule.id and (at is None or one.at >= at)]
            if not later:
                return False
            at = min(later)
        return True

    def measure(self, window):
        numbers = [one.value for one in window]
        return {'event_count': lambda: len(window),
                'value_count': lambda: len(set(numbers)),
                'value_sum': lambda: sum(numbers),
                'value_avg': lambda: sum(numbers) / len(numbers),
                'value_median': lambda: statistics.median(numbers),
                'value_percentile': lambda: percentile(numbers, self.rank),
                'temporal': lambda: len({one.rule for one in window}),
                'temporal_ordered': lambda: len({one.rule for one in window})}[self.type]()

    def closed(self):
        """Groups whose windows ended as the condition says, the stream being over; windows follow each other."""
        if not any(key in AT_END for key in self.bounds):
            return
        for group, seen in self.seen.items():
            seen = sorted(seen, key=lambda one: one.at)
            while seen:
                end = seen[0].at + self.span
                window = [one for one in seen if one.at < end]
                seen = seen[len(window):]
                if self._holds(window):
                    yield group, window[-1].at
