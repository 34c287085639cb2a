"""An event as rules see it."""
import datetime
import json
import re


class Number(str):
    """A JSON number, as it was written."""


class Object(list):
    """The members of a JSON object, in order; one that occurs twice is there twice."""

    def __init__(self, members=()):
        super().__init__(members)
        self.known = {}  # what was looked up already


def _bad(constant):
    raise ValueError('%s is not JSON' % constant)


def parse(line):
    return json.loads(line, object_pairs_hook=Object, parse_int=Number, parse_float=Number, parse_constant=_bad)


def visible(event):
    return Object((key, value) for key, value in event if key != '_auditproof')


EMPTY = object()  # an array without elements


def _elements(value):
    if isinstance(value, Object) or not isinstance(value, list):
        return [value]
    if not value:
        return [EMPTY]
    return [inner for element in value for inner in _elements(element)]


def _members(event, name):
    return [value for key, value in event if key == name or key.replace(' ', '') == name]


def values(event, field):
    """Every value of a field: a member of that very name, or else what its path leads to."""
    if field not in event.known:
        event.known[field] = _values(event, field)
    return event.known[field]


def _values(event, field):
    found = _members(event, field)
    if not found and '.' in field:
        here = [event]
        for part in field.split('.'):
            found = [value for at in here for value in _members(at, part)]
            here = [inner for value in found for inner in _elements(value) if isinstance(inner, Object)]
    return [inner for value in found for inner in _elements(value)]


def leaves(value):
    """Every string, number and Boolean beneath a value."""
    if isinstance(value, Object):
        if leaves not in value.known:
            value.known[leaves] = [leaf for _, inner in value for leaf in leaves(inner)]
        return value.known[leaves]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [] if value is None else [value]


_SHORT = {'"': '\\"', '\\': '\\\\', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t'}


def _quoted(string):
    return '"' + ''.join(_SHORT.get(c) or ('\\u%04x' % ord(c) if c < ' ' else c) for c in string) + '"'


def compact(value):
    if isinstance(value, Object):
        return '{' + ','.join(_quoted(key) + ':' + compact(inner) for key, inner in value) + '}'
    if isinstance(value, list):
        return '[' + ','.join(compact(inner) for inner in value) + ']'
    if value is None or isinstance(value, bool):
        return {None: 'null', True: 'true', False: 'false'}[value]
    return str(value) if isinstance(value, Number) else _quoted(value)


def as_text(value):
    """What a string test sees of a value; None where it sees nothing."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    return str(value) if isinstance(value, str) else None


_NUMBER = re.compile(r'-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z')


def number(value):
    """An int where it is one and fits 64 bits, else a float; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, str) or not _NUMBER.match(value):
        return None
    real = float(value)
    if re.fullmatch(r'-?[0-9]+', value) and -2**63 <= int(value) < 2**63:
        return int(value)
    return int(real) if real.is_integer() and abs(real) < 2**53 else real


_TIME = re.compile(r'(\d{4})-(\d\d)-(\d\d)(?:[T t](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?)?\Z')
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def time(value):
    """A time as UTC, or None."""
    found = number(value)
    if found is not None:  # seconds, milliseconds or microseconds since 1970, from 1973 on
        unit = [unit for start, unit in ((1e8, 1), (1e11, 1000), (1e14, 1000000)) if start <= found < start * 1000]
        return _EPOCH + datetime.timedelta(seconds=found / unit[0]) if unit else None
    match = _TIME.match(value) if isinstance(value, str) else None
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = 0
    if zone and zone not in 'Zz':
        digits = zone[1:].replace(':', '')
        offset = (int(digits[:2]) * 60 + int(digits[2:] or 0)) * (-1 if zone[0] == '-' else 1)
    try:
        base = datetime.datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
                                 tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    return base + datetime.timedelta(microseconds=int(((fraction or '.0')[1:] + '000000')[:6])) \
        - datetime.timedelta(minutes=offset)
