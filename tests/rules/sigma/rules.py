"""Rules, their conditions, and filters."""
import fnmatch
import re

from .documents import Refused, Scalar, documents, listed, text
from .items import Item


class Every:
    """AND, OR and NOT over parts."""

    def __init__(self, how, parts):
        self.how, self.parts = how, parts

    def holds(self, event):
        answers = [part.holds(event) for part in self.parts]
        return {'and': all, 'or': any, 'not': lambda a: not a[0]}[self.how](answers)


def detection(given):
    """A selection: a map is AND, a list of maps OR, scalars are keywords."""
    if isinstance(given, dict):
        return Every('and', [raw_item(key, value) for key, value in given.items()])
    if isinstance(given, list):
        words = [value for value in given if isinstance(value, Scalar)]
        return Every('or', ([Raw('', words)] if words else [])
                     + [detection(value) for value in given if not isinstance(value, Scalar)])
    return Raw('', [given])


class Raw:
    """An item as the file has it: a pipeline may still change it."""

    def __init__(self, key, values):
        self.key, self.values, self.item = key, values, None

    @property
    def field(self):
        return self.key.split('|')[0]

    def holds(self, event):
        if self.item is None:
            self.item = Item(self.key, self.values)
        return self.item.holds(event)


def raw_item(key, value):
    if isinstance(value, dict):
        raise Refused('a map as the value of %s' % key)
    return Raw(key, value)


def items(tree):
    if isinstance(tree, Raw):
        return [tree]
    return [item for part in tree.parts for item in items(part)]


class Condition:
    """or := and ('or' and)*; and := not ('and' not)*; not := 'not' not | prim."""

    def __init__(self, source, selections):
        self.words = re.findall(r'[()]|[A-Za-z0-9_*-]+|\S', source)
        self.selections = selections
        self.tree = self._level(0)
        if self.words:
            raise Refused('%r is left over in the condition' % ' '.join(self.words))

    def _take(self, *wanted):
        if self.words and self.words[0] in wanted:
            return self.words.pop(0)
        return None

    def _level(self, level):
        word = ('or', 'and')[level]
        parts = [self._level(1) if level == 0 else self._not()]
        while self._take(word):
            parts.append(self._level(1) if level == 0 else self._not())
        return parts[0] if len(parts) == 1 else Every(word, parts)

    def _not(self):
        return Every('not', [self._not()]) if self._take('not') else self._primary()

    def _primary(self):
        if self._take('('):
            inner = self._level(0)
            if not self._take(')'):
                raise Refused('a parenthesis is open')
            return inner
        if not self.words:
            raise Refused('the condition ends early')
        word = self.words.pop(0)
        if word in ('1', 'any', 'all') and self._take('of'):
            return self._of(word)
        if word not in self.selections:
            raise Refused('no selection %r' % word)
        return self.selections[word]

    def _of(self, word):
        which = self.words.pop(0) if self.words else ''
        names = [name for name in self.selections
                 if (which == 'them' or fnmatch.fnmatchcase(name, which))
                 and (not name.startswith('_') or which.startswith('_'))]
        if not names:
            raise Refused('no selection is like %r' % which)
        return Every('and' if word == 'all' else 'or', [self.selections[name] for name in names])


class Rule:
    def __init__(self, given):
        self.given = given
        self.id, self.name, self.title = (text(given.get(key)) for key in ('id', 'name', 'title'))
        self.logsource = {key: text(value) for key, value in (given.get('logsource') or {}).items()
                          if key in ('category', 'product', 'service')}
        self.correlation = given.get('correlation')
        self.reports = True
        self.tree = None
        if self.correlation is None:
            self.tree = self._read(given['detection'])

    @staticmethod
    def _read(given):
        selections = {name: detection(value) for name, value in given.items() if name != 'condition'}
        return Every('or', [Condition(text(source), selections).tree for source in listed(given['condition'])])

    def called(self, what):
        return what in (self.id, self.name) and bool(what)

    def matches(self, event):
        return self.tree.holds(event)


def apply_filter(given, rules):
    part = given['filter']
    source = text(part['condition'])
    logsource = {key: text(value) for key, value in given['logsource'].items()
                 if key in ('category', 'product', 'service')}
    wanted = [text(word) for word in listed(part.get('rules', Scalar('str', 'any')))]
    for rule in rules:
        if rule.correlation is not None or any(rule.logsource.get(k) != v for k, v in logsource.items()):
            continue
        if wanted != ['any'] and not any(rule.called(word) for word in wanted):
            continue
        selections = {name: detection(value) for name, value in part.items() if name not in ('rules', 'condition')}
        tree = Condition(source, selections).tree
        is_not = isinstance(tree, Every) and tree.how == 'not'
        rule.tree = Every('and', [rule.tree, tree if is_not else Every('not', [tree])])


def load(sources):
    """(rules, what was refused) of files' texts."""
    rules, filters, refused = [], [], []
    for name, source in sources:
        try:
            for given in documents(source):
                if 'filter' in given and 'detection' not in given:
                    filters.append(given)
                else:
                    rules.append(Rule(given))
        except (Refused, KeyError, ValueError) as why:
            refused.append('%s: %s' % (name, why))
    for given in filters:
        apply_filter(given, rules)
    return rules, refused
