"""YAML as Sigma needs it: scalars that remember how they were spelled."""
import functools
from dataclasses import dataclass

import yaml


class Refused(Exception):
    """A document that must not load."""


@dataclass(frozen=True)
class Scalar:
    kind: str  # str int float bool null
    text: str

    def __str__(self):
        return self.text


def _value(node):
    if isinstance(node, yaml.ScalarNode):
        tag = node.tag.rsplit(':', 1)[-1]
        kind = tag if tag in ('int', 'float', 'bool', 'null') else 'str'
        if kind == 'bool' and node.value.lower() not in ('true', 'false'):
            kind = 'str'  # YAML 1.2: yes, no, on and off are words
        if kind in ('int', 'float') and not plain_number(node.value):
            kind = 'str'
        return Scalar(kind, node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    out = {}
    for key, value in node.value:
        if key.value in out:
            raise Refused('duplicate key %r, line %d' % (key.value, key.start_mark.line + 1))
        out[key.value] = _value(value)
    return out


def plain_number(text):
    body = text[1:] if text[:1] in '+-' else text
    whole, _, rest = body.partition('.')
    rest, _, power = rest.lower().partition('e') if '.' in body else ('', '', '')
    if 'e' in whole.lower():
        whole, _, power = whole.lower().partition('e')
    power = power[1:] if power[:1] in '+-' else power
    return whole.isdigit() and (not rest or rest.isdigit()) and (not power or power.isdigit())


@functools.lru_cache(maxsize=None)
def documents(text):
    return [_value(node) for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]


def text(value, default=''):
    return value.text if isinstance(value, Scalar) and value.kind != 'null' else default


def listed(value):
    return value if isinstance(value, list) else [value]
