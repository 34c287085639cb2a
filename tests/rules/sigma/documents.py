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
    number: float = None  # YAML 1.1 has octal and more

    def __str__(self):
        return self.text


def _value(node):
    if isinstance(node, yaml.ScalarNode):
        tag = node.tag.rsplit(':', 1)[-1]
        kind = tag if tag in ('int', 'float', 'bool', 'null') else 'str'
        if kind == 'bool':
            return Scalar(kind, 'true' if yaml.SafeLoader.bool_values[node.value.lower()] else 'false')
        if kind in ('int', 'float'):
            return Scalar(kind, node.value, yaml.safe_load(node.value))
        return Scalar(kind, node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    out = {}
    for key, value in node.value:
        if key.value in out:
            raise Refused('duplicate key %r, line %d' % (key.value, key.start_mark.line + 1))
        out[key.value] = _value(value)
    return out


@functools.lru_cache(maxsize=None)
def documents(text):
    return [_value(node) for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]


def text(value, default=''):
    return value.text if isinstance(value, Scalar) and value.kind != 'null' else default


def listed(value):
    return value if isinstance(value, list) else [value]
