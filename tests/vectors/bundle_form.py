"""JSON that somebody else wrote, and what its members may be."""

import json
import re

GROUPS = ("account", "actor", "content")
KINDS = ("soc2", "gdpr-subject", "gdpr-breach", "sample", "case")
NIL = "00000000-0000-0000-0000-000000000000"


def unique(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a member comes twice")
    return out


def refuse(text):
    raise ValueError("%s is not JSON" % text)


def json_value(data):
    """A JSON value, of bytes that somebody else wrote. Raises ValueError."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def is_integer(value, least, most):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_hex(value, length):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * length), value) is not None


def is_uuid(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None


def members(value, **kinds):
    """An object's members, each of a kind given by a function. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    for name, fits in kinds.items():
        if not fits(value.get(name)):
            raise ValueError("its member %s is missing, or not as it must be" % name)
    return value


def is_count(value):
    return is_integer(value, 0, 2**63 - 1)


def is_time(value):
    return is_integer(value, -(2**63), 2**63 - 1)


def is_hashes(value):
    return isinstance(value, list) and len(value) <= 64 and all(is_hex(item, 32) for item in value)


def is_text(value):
    return isinstance(value, str)


def bundle_of(data):
    """data/bundle.json. Raises ValueError."""
    value = members(
        json_value(data),
        format=lambda v: v == "auditproof-bundle/1",
        kind=lambda v: v in KINDS,
        chain=is_uuid,
        organization=lambda v: v is None or is_uuid(v),
        as_of_us=is_time,
        log_size=is_count,
        chain_size=is_count,
        segments=is_count,
        entries=is_count,
        purged=is_count,
        erased_groups=is_count,
        tool=is_text,
        first_seq=lambda v: v is None or is_count(v),
        last_seq=lambda v: v is None or is_count(v),
        withheld=lambda v: isinstance(v, list) and all(group in GROUPS for group in v),
        status=lambda v: v in ("complete", "incomplete"),
    )
    for name in ("from_us", "to_us"):
        if not is_time(value.get(name)) and (value["kind"] == "soc2" or value.get(name) is not None):
            raise ValueError("its member %s is not a time" % name)
    if value.get("organization", "missing") != (None if value["chain"] == NIL else value["chain"]):
        raise ValueError("its organization is not the chain's")
    return value
