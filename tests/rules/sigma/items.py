"""One detection item: a field, its modifiers and its values, held against an event."""
import base64
import functools
import ipaddress
import itertools
import re

from . import events
from .documents import Refused, Scalar
from .events import EMPTY, Object

ONE, RUN = object(), object()  # the wildcards ? and *


@functools.lru_cache(maxsize=100000)
def fold(string):
    """Unicode simple case folding."""
    out = []
    for c in string:
        full = c.casefold()
        out.append(full if len(full) == 1 else (c.lower() if len(c.lower()) == 1 else c))
    return ''.join(out)


def pattern(text):
    """A rule's string as characters and wildcards."""
    return list(_pattern(text))


@functools.lru_cache(maxsize=100000)
def _pattern(text):
    out, at = [], 0
    while at < len(text):
        c = text[at]
        if c == '\\' and text[at + 1:at + 2] in ('*', '?', '\\') and at + 1 < len(text):
            out.append(text[at + 1])
            at += 1
        else:
            out.append({'*': RUN, '?': ONE}.get(c, c))
        at += 1
    return tuple(out)


def like(tokens, text, cased):
    """Does the pattern match the whole text?"""
    return bool(_expression(tuple(tokens), cased).fullmatch(text if cased else fold(text)))


@functools.lru_cache(maxsize=100000)
def _expression(tokens, cased):
    words = [re.escape(t if cased else fold(t)) if isinstance(t, str) else {ONE: '.', RUN: '.*'}[t] for t in tokens]
    return re.compile(''.join(words), re.S)


def strings(value, deep):
    """The texts that a string test may hold a value to; those inside an object only if it looks for a part."""
    if isinstance(value, Object):
        return [events.as_text(leaf) for leaf in events.leaves(value)] + [events.compact(value)] if deep else []
    text = None if value is EMPTY else events.as_text(value)
    return [] if text is None else [text]


# Values on their way through the modifiers: a Scalar, a pattern (list), bytes, or ('re' | 'cidr' | …, …). An
# expansion is a tuple ('any', [values]).

def _each(value, change):
    return ('any', [_each(v, change) for v in value[1]]) if isinstance(value, tuple) and value[0] == 'any' \
        else change(value)


def _tokens(value):
    if isinstance(value, Scalar):
        return pattern(value.text)
    if isinstance(value, bytes):
        return list(value.decode('utf-8', 'replace'))
    if isinstance(value, list):
        return value
    raise Refused('a modifier does not fit its value')


def _bytes(value):
    if isinstance(value, bytes):
        return value
    tokens = _tokens(value)
    if ONE in tokens or RUN in tokens:
        raise Refused('wildcards cannot be encoded')
    return ''.join(tokens).encode()


def _ends(value, before, after):
    if isinstance(value, tuple) and value[0] in ('re', 'ref'):
        return value + (before, after) if value[0] == 'ref' else value
    tokens = list(_tokens(value))
    if before and tokens[:1] != [RUN]:
        tokens.insert(0, RUN)
    if after and tokens[-1:] != [RUN]:
        tokens.append(RUN)
    return tokens


def _offsets(value):
    raw = _bytes(value)
    return ('any', [list(base64.b64encode(b' ' * i + raw)[(0, 2, 3)[i]:(None, -3, -2)[(len(raw) + i) % 3]].decode())
                    for i in range(3)])


def _dashes(value):
    tokens = _tokens(value)
    text = ''.join(t if isinstance(t, str) else '\0' for t in tokens)  # a wildcard ends a stretch of text
    spots = [m.start() for m in re.finditer(r'\B[-/]\b', text)]
    if len(spots) > 8:
        raise Refused('more than 8 dashes')
    out = []
    for choice in itertools.product('-/–—―', repeat=len(spots)):
        made = list(tokens)
        for spot, dash in zip(spots, choice):
            made[spot] = dash
        out.append(made)
    return ('any', out)


TRANSFORM = {
    'contains': lambda v: _ends(v, True, True),
    'startswith': lambda v: _ends(v, False, True),
    'endswith': lambda v: _ends(v, True, False),
    'base64': lambda v: list(base64.b64encode(_bytes(v)).decode()),
    'base64offset': _offsets,
    'wide': lambda v: _bytes(v).decode().encode('utf-16-le'),
    'utf16le': lambda v: _bytes(v).decode().encode('utf-16-le'),
    'utf16be': lambda v: _bytes(v).decode().encode('utf-16-be'),
    'utf16': lambda v: b'\xff\xfe' + _bytes(v).decode().encode('utf-16-le'),
    'windash': _dashes,
    're': lambda v: ('re', v.text),
    'cidr': lambda v: ('cidr', ipaddress.ip_network(v.text)),
    'fieldref': lambda v: ('ref', v.text),
    'exists': lambda v: ('exists', v.text.lower() == 'true'),
}
FLAGS = {'i': re.I, 'ignorecase': re.I, 'm': re.M, 'multiline': re.M, 's': re.S, 'dotall': re.S}
ORDER = {'lt': lambda a, b: a < b, 'lte': lambda a, b: a <= b, 'gt': lambda a, b: a > b, 'gte': lambda a, b: a >= b}
PART = {'minute': lambda t: t.minute, 'hour': lambda t: t.hour, 'day': lambda t: t.day, 'month': lambda t: t.month,
        'year': lambda t: t.year, 'week': lambda t: t.isocalendar()[1]}


class Item:
    def __init__(self, key, given):
        field, *modifiers = key.split('|')
        self.field = field or None
        self.all = 'all' in modifiers
        self.cased = 'cased' in modifiers
        self.negated = 'neq' in modifiers
        self.flags = 0
        self.compare = self.part = None
        made = given if isinstance(given, list) and given else [Scalar('null', 'null')] if given == [] else [given]
        for modifier in modifiers:
            if modifier in FLAGS:
                self.flags |= FLAGS[modifier]
            elif modifier in ORDER:
                self.compare = ORDER[modifier]
            elif modifier in PART:
                self.part = PART[modifier]
            elif modifier in TRANSFORM:
                made = [_each(value, TRANSFORM[modifier]) for value in made]
            elif modifier not in ('all', 'cased', 'neq', 'expand'):
                raise Refused('no modifier %s' % modifier)
        self.values = made

    def holds(self, event):
        answers = [self._one(value, event) for value in self.values]
        return (all(answers) if self.all else any(answers)) != self.negated

    def _one(self, value, event):
        if isinstance(value, tuple) and value[0] == 'any':
            return any(self._one(inner, event) for inner in value[1])
        if self.field is None:
            return self._keyword(value, events.leaves(event))
        found = events.values(event, self.field)
        if isinstance(value, tuple):
            if value[0] == 'exists':
                return bool(found) == value[1]
            if value[0] == 'ref':
                return self._refers(value, found, event)
        if isinstance(value, Scalar) and value.kind == 'null':
            return not found or any(v is None for v in found)
        return any(self._value(value, v) for v in found)

    def _keyword(self, value, leaves):
        if isinstance(value, tuple):
            return any(re.search(value[1], s, self.flags) for leaf in leaves for s in strings(leaf, False))
        tokens = _ends(value, True, True)
        return any(like(tokens, s, self.cased) for leaf in leaves for s in strings(leaf, False))

    def _refers(self, value, found, event):
        before, after = value[2:] if len(value) > 2 else (False, False)
        others = [s for v in events.values(event, value[1]) for s in strings(v, False)]
        return any(like([RUN] * before + list(o) + [RUN] * after, s, self.cased)
                   for v in found for s in strings(v, False) for o in others)

    def _value(self, value, v):
        if self.part or self.compare:
            return self._compared(value, v)
        if isinstance(value, tuple) and value[0] == 're':
            return any(re.search(value[1], s, self.flags) for s in strings(v, True))
        if isinstance(value, tuple):
            try:
                return v is not EMPTY and isinstance(v, str) and ipaddress.ip_address(v) in value[1]
            except ValueError:
                return False
        if isinstance(value, Scalar) and value.kind in ('int', 'float'):
            return v == value.text if isinstance(v, str) and not isinstance(v, events.Number) else \
                isinstance(v, events.Number) and events.number(v) == value.number
        if isinstance(value, Scalar) and value.kind == 'bool':
            return v is (value.text.lower() == 'true') or \
                isinstance(v, str) and not isinstance(v, events.Number) and v.lower() == value.text.lower()
        tokens = _tokens(value)
        part = len(tokens) > 0 and tokens[0] is RUN and tokens[-1] is RUN
        return any(like(tokens, s, self.cased) for s in strings(v, part))

    def _compared(self, value, v):
        if v is EMPTY or isinstance(v, Object) or v is None:
            return False
        if self.part:
            at = events.time(v)
            number = None if at is None else self.part(at)
        else:
            number = events.number(v)
        bound = value.number
        return number is not None and (self.compare or (lambda a, b: a == b))(number, bound)
