"""The bytes of auditproof/1, written from the specification alone (audit-format(5)).

This shares nothing with the C library or the SQL functions: it exists so that the three can be compared. Python's
standard library only. Where the platform's Python has a ready answer that might differ in detail from the
specification (json.dumps, ipaddress), the rule is spelled out here instead.
"""

import hashlib
import struct

VERSION = "auditproof/1"
NIL_UUID = "00000000-0000-0000-0000-000000000000"
GROUPS = ("account", "actor", "content")
GENESIS_PREV = bytes(32)

ENTRY_DOMAIN = b"\x00"  # RFC 6962's leaf prefix: the chain link is the tree's leaf hash
COMMITMENT_DOMAIN = b"\x02"

SHORT_ESCAPES = {
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    '"': '\\"',
    "\\": "\\\\",
}


def sha256(data):
    return hashlib.sha256(data).digest()


def json_string(text):
    """A JSON string escaped as PostgreSQL's to_json(text) does: only what JSON requires, nothing above U+001F."""
    out = ['"']
    for c in text:
        if c in SHORT_ESCAPES:
            out.append(SHORT_ESCAPES[c])
        elif c < " ":
            out.append("\\u%04x" % ord(c))
        else:
            out.append(c)
    out.append('"')
    return "".join(out)


def json_text(value):
    """A text, uuid or inet column."""
    return "null" if value is None else json_string(value)


def json_raw(value):
    """A jsonb column, given as jsonb::text."""
    return "null" if value is None else value


def json_time(time_us):
    """A time: an integer, "infinity", "-infinity" or None."""
    if time_us is None:
        return "null"
    if time_us in ("infinity", "-infinity"):
        return json_string(time_us)
    return str(int(time_us))


def json_array(elements):
    return "[" + ", ".join(elements) + "]"


def group_texts(columns):
    """The JSON text of each group that enters the entry text as a commitment."""
    documents = [columns[name] for name in ("old_values", "new_values", "metadata")]
    # SQL's NULL and JSON's null print alike: a fifth element tells where the latter stands.
    json_nulls = sum(1 << i for i, document in enumerate(documents) if document == "null")
    return {
        "account": json_array([json_text(columns["actor_id"])]),
        "actor": json_array(
            [json_text(columns[name]) for name in ("actor_email", "ip_address", "user_agent", "session_id")]
        ),
        "content": json_array(
            [json_text(columns["resource_id"])]
            + [json_raw(document) for document in documents]
            + ([str(json_nulls)] if json_nulls else [])
        ),
    }


def commitment(salt, text):
    if len(salt) != 16:
        raise ValueError("a group's salt is 16 bytes, not %d" % len(salt))
    return sha256(COMMITMENT_DOMAIN + salt + text.encode("utf-8"))


def commitments(columns, chain_salt, kept=None):
    """The three commitments. `kept` maps an erased group to the commitment that its erasure kept."""
    if len(chain_salt) != 48:
        raise ValueError("chain_salt is 48 bytes, not %d" % len(chain_salt))
    texts = group_texts(columns)
    out = {}
    for index, group in enumerate(GROUPS):
        if kept and group in kept:
            out[group] = kept[group]
        else:
            out[group] = commitment(chain_salt[16 * index : 16 * index + 16], texts[group])
    return out


def entry_text(columns, created_at_us, group_commitments):
    return json_array(
        [
            json_string(VERSION),
            json_text(columns["id"]),
            json_text(columns["organization_id"]),
            json_time(created_at_us),
            json_text(columns["actor_role"]),
            json_text(columns["action"]),
            json_text(columns["resource_type"]),
            json_text(columns["risk_level"]),
        ]
        + [json_string(group_commitments[group].hex()) for group in GROUPS]
    )


def content_hash(text):
    return sha256(text.encode("utf-8"))


def chain_id_of(organization_id):
    return NIL_UUID if organization_id is None else organization_id


def uuid_bytes(text):
    data = bytes.fromhex(text.replace("-", ""))
    if len(data) != 16:
        raise ValueError("not a uuid: %s" % text)
    return data


def record(chain_id, seq, recorded_at_us, prev, content):
    out = b"AP1E" + uuid_bytes(chain_id) + struct.pack(">Qq", seq, recorded_at_us) + prev + content
    if len(out) != 100:
        raise ValueError("a record is 100 bytes, not %d" % len(out))
    return out


def entry_hash(rec):
    return sha256(ENTRY_DOMAIN + rec)


def days_from_civil(year, month, day):
    """Days since 1970-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC. Counted year by year in closed form,
    because datetime ends at the years 1 and 9999 and PostgreSQL does not."""
    before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    y = year - 1
    days = 365 * y + y // 4 - y // 100 + y // 400  # days before 1 January of `year`, counted from 0001-01-01
    days += before[month - 1] + (1 if leap and month > 2 else 0) + day - 1
    return days - 719162  # 1970-01-01 is that many days after 0001-01-01


def time_us(text):
    """A timestamptz as PostgreSQL prints it with DateStyle ISO and TimeZone UTC, in microseconds since 1970."""
    if text is None or text in ("infinity", "-infinity"):
        return text
    era = 1
    if text.endswith(" BC"):
        era, text = -1, text[:-3]
    if not text.endswith("+00"):
        raise ValueError("not a time in UTC: %s" % text)
    date, clock = text[:-3].split(" ")
    year, month, day = (int(part) for part in date.split("-"))
    if era < 0:
        year = 1 - year
    hour, minute, second = clock.split(":")
    second, _, part = second.partition(".")
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    return (days_from_civil(year, month, day) * 86400 + seconds) * 1000000 + int((part + "000000")[:6])


def inet_text(family, bits, address):
    """An inet as its output function prints it: family 4 or 6, the prefix length shown unless it is the whole address.

    IPv6: the longest run of two or more zero words becomes "::", the first of equally long ones. When that run is
    the first six words and no more, or the first five followed by ffff, the last two are printed in dotted decimal:
    ::1.2.3.4 and ::0.1.0.0, but ::2.
    """
    if family == 4:
        text = ".".join(str(b) for b in address)
        return text if bits == 32 else "%s/%d" % (text, bits)
    words = list(struct.unpack(">8H", address))
    best_start, best_len = -1, 0
    start = 0
    while start < 8:
        end = start
        while end < 8 and words[end] == 0:
            end += 1
        if end - start > best_len and end - start >= 2:
            best_start, best_len = start, end - start
        start = max(end, start + 1)
    dotted = best_start == 0 and (best_len == 6 or (best_len == 5 and words[5] == 0xFFFF))
    tail = [".".join(str(b) for b in address[12:])] if dotted else ["%x" % w for w in words[6:]]
    parts = ["%x" % w for w in words[:6]] + tail
    if best_len > 0:
        end = best_start + best_len
        text = ":".join(parts[:best_start]) + "::" + ":".join(parts[end:])
    else:
        text = ":".join(parts)
    return text if bits == 128 else "%s/%d" % (text, bits)
