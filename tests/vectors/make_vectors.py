#!/usr/bin/env python3
"""Write the test vectors of auditproof/1 into the directory named on the command line (default: this one).

Deterministic: the same bytes at every run, so that a test can regenerate and compare.
"""

import hashlib
import ipaddress
import json
import os
import sys

import auditproof_format as f

ORG_A = "5a1f0c9e-1111-4aaa-8bbb-0123456789ab"
ORG_B = "f0e1d2c3-2222-4ccc-9ddd-ba9876543210"
COLUMNS = (
    "id organization_id actor_id actor_email actor_role action resource_type resource_id old_values new_values "
    "risk_level ip_address user_agent metadata session_id created_at"
).split()
# Of an INSERT of ours; a case names only what differs.
USUAL = {
    "organization_id": ORG_A,
    "actor_id": "0c0ffee0-3333-4eee-8fff-00112233aabb",
    "actor_email": "ada@example.com",
    "actor_role": "owner",
    "action": "team.member.role_updated",
    "resource_type": "team_member",
    "resource_id": "deadbeef-4444-4123-8456-789abcdef012",
    "old_values": '{"role": "agent"}',
    "new_values": '{"role": "admin"}',
    "risk_level": "medium",
    "ip_address": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "metadata": "{}",
    "session_id": "sess_01",
    "created_at": "2026-11-22 15:46:14.123456+00",
}
NULLABLE = [name for name in USUAL if name not in ("action", "resource_type")]
ESCAPES = "\"\\/\b\f\n\r\t\x01\x1b\x1f\x7f\u0080\u2028\u2029\u00e9\u4e2d\U0001f600\ufeff\ufffd"


def derived(label, length):
    """Bytes that look random and follow from a label."""
    out = b""
    while len(out) < length:
        out += hashlib.sha256(("%s/%d" % (label, len(out))).encode()).digest()
    return out[:length]


def uuid_from(label):
    h = derived(label, 16).hex()
    return "%s-%s-4%s-8%s-%s" % (h[:8], h[8:12], h[13:16], h[17:20], h[20:])


def case(name, why, erased=(), insertable=True, salt=None, **changes):
    """One entry. Erased groups have NULL fields, a zeroed salt, and the commitment of what was there before."""
    columns = dict(USUAL, **changes)
    columns["id"] = changes.get("id", uuid_from("id of " + name))
    columns = {column: columns[column] for column in COLUMNS}
    salt = derived("salt of " + name, 48) if salt is None else salt
    before = f.commitments(columns, salt)
    kept = {group: before[group] for group in erased}
    fields = {
        "account": ["actor_id"],
        "actor": ["actor_email", "ip_address", "user_agent", "session_id"],
        "content": ["resource_id", "old_values", "new_values", "metadata"],
    }
    for group in erased:
        at = 16 * f.GROUPS.index(group)
        salt = salt[:at] + bytes(16) + salt[at + 16 :]
        for column in fields[group]:
            columns[column] = None
    created = f.time_us(columns["created_at"])
    commitments = f.commitments(columns, salt, kept)
    text = f.entry_text(columns, created, commitments)
    texts = f.group_texts(columns)
    return {
        "name": name,
        "why": why,
        "insertable": insertable and not erased,
        "columns": columns,
        # A string, since the last years that PostgreSQL can hold do not fit 64 bits counted from 1970.
        "created_at_us": None if created is None else str(created),
        "salt": salt.hex(),
        "kept": {group: value.hex() for group, value in kept.items()},
        "account_text": texts["account"],
        "actor_text": texts["actor"],
        "content_text": texts["content"],
        "account_commitment": commitments["account"].hex(),
        "actor_commitment": commitments["actor"].hex(),
        "content_commitment": commitments["content"].hex(),
        "entry_text": text,
        "content_hash": f.content_hash(text).hex(),
    }


def text_cases():
    yield case("usual", "every column set")
    yield case("least", "only what the table insists on", **{name: None for name in NULLABLE})
    yield case("system-wide", "no organization: null in the text, the nil chain", organization_id=None)
    yield case("nil-organization", "the nil UUID as organization shares the nil chain, not the text",
               organization_id=f.NIL_UUID)
    yield case("application", "what the application's partial INSERT leaves", actor_email=None, actor_role=None,
               old_values=None, new_values=None, ip_address=None, user_agent=None, session_id=None)
    for name in NULLABLE:
        yield case("null-" + name.replace("_", "-"), name + " is NULL", **{name: None})
    for name in ("actor_email", "actor_role", "action", "resource_type", "user_agent", "session_id"):
        yield case("empty-" + name.replace("_", "-"), name + " is the empty string, which is not NULL", **{name: ""})
    for name in ("actor_email", "actor_role", "action", "resource_type", "user_agent", "session_id"):
        yield case("escapes-" + name.replace("_", "-"), "every escape, DEL, U+2028, beyond the BMP, in " + name,
                   **{name: ESCAPES})
    yield case("null-word", "the word null is not NULL", actor_email="null", session_id="null")
    yield case("controls", "all 31 control characters that text can hold",
               user_agent="".join(chr(c) for c in range(1, 32)))
    yield case("looks-like-json", "text that looks like the array around it", user_agent='", null, "', session_id="]")
    yield case("long-text", "longer than any small buffer", user_agent="x" * 5000 + '"' * 5000 + "\u4e2d" * 5000)
    yield case("moved-byte-1", "with moved-byte-2: a byte on either side of a field boundary", actor_role="owner",
               action="xlogin")
    yield case("moved-byte-2", "see moved-byte-1", actor_role="ownerx", action="login")
    yield case("null-action", "the database forbids it, a tampered one may have it", insertable=False, action=None)
    yield case("null-resource-type", "the same", insertable=False, resource_type=None)
    yield case("unknown-risk", "the database's check forbids it, a tampered one may have it", insertable=False,
               risk_level="none")


def json_cases():
    values = [
        ("null", "null", "a JSON null prints as SQL NULL does: the fifth element tells them apart"),
        ("true", "true", "a bare boolean"),
        ("string", '"a \\"quoted\\" \\\\ \\n \\u0001 \u2028 \U0001f600"', "jsonb escapes as it prints them"),
        ("empty-object", "{}", "an empty object"),
        ("empty-array", "[]", "an empty array"),
        ("empty-string", '""', "an empty JSON string"),
        ("one-0", "1.0", "scale is kept: 1.0 = 1.00 but the texts differ"),
        ("one-00", "1.00", "see json-one-0"),
        ("one", "1", "see json-one-0"),
        ("huge", "1" + "0" * 400, "1e400, as jsonb prints it"),
        ("tiny", "0." + "0" * 399 + "1", "1e-400, as jsonb prints it"),
        ("negative", "-0.5", "a negative fraction"),
        ("nested",
         '{"a": {"": "empty key", "b": [1, 2.50, {"c": null, "d": [[], {}, ""]}]}, "z": false, "long key": "\u00e9"}',
         "nested, keys in jsonb's own order"),
        ("deep", "[" * 200 + "]" * 200, "200 levels"),
        ("wide", "[" + ", ".join(str(n) for n in range(2000)) + "]", "2,000 elements"),
    ]
    for name, text, why in values:
        yield case("json-" + name, why, old_values=text, new_values=text, metadata=text)
    for at, name in enumerate(("old_values", "new_values", "metadata")):
        yield case("json-null-" + name.replace("_", "-"), "a JSON null in %s alone: fifth element %d" % (name, 1 << at),
                   **{"old_values": None, "new_values": None, "metadata": None, name: "null"})
    yield case("json-each", "the three jsonb columns in their order", old_values='{"o": 1}', new_values='{"n": 2}',
               metadata='{"m": 3}')


INETS = [
    "203.0.113.7", "203.0.113.7/31", "2001:db8::/64",
    "1.2.3.4", "1.2.3.4/24", "1.2.3.4/32", "0.0.0.0", "0.0.0.0/0", "255.255.255.255", "10.0.0.0/8", "10.1.2.3/31",
    "::", "::1", "::2", "::/0", "::1/127", "::1.2.3.4", "::1.2.3.4/120", "::ffff:1.2.3.4", "::ffff:1.2.3.4/96",
    "::ffff:0.0.0.0", "::0.1.0.0", "::abcd:0:0", "::1:2:3", "::ffff:0:1:2",
    "2001:db8::", "2001:db8::/32", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "2001:db8:0:0:1:0:0:1", "1:0:0:2:0:0:0:3",
    "1:0:0:0:2:0:0:0", "1:0:0:0:2:0:0:3", "0:0:1:0:0:2:0:0", "0:0:1::", "1:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8",
    "1::", "1:2:3:4:5:6::", "1:2:3:4:5:6:7:8", "fe80::1/64", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "ABCD:EF01:2345:6789:abcd:ef01:2345:6789/128", "64:ff9b::192.0.2.33",
]


def inet_parts(text):
    address, _, bits = text.partition("/")
    ip = ipaddress.ip_address(address)
    return ip.version, int(bits) if bits else ip.max_prefixlen, ip.packed


def inet_cases():
    for text in INETS:
        family, bits, address = inet_parts(text)
        # PostgreSQL's binary format: family (2, or 3 for IPv6), prefix length, whether a cidr, length, address.
        binary = bytes([2 if family == 4 else 3, bits, 0, len(address)]) + address
        yield {"input": text, "binary": binary.hex(), "text": f.inet_text(family, bits, address)}


def inet_entries():
    for text in ("1.2.3.4/24", "1.2.3.4/32", "::1", "::/0", "2001:db8::/64", "::ffff:1.2.3.4", "::1.2.3.4",
                 "1:0:0:2:0:0:0:3", "2001:db8:0:0:1:0:0:1"):
        yield case("inet-" + text.replace(":", "_").replace("/", "-"), "ip_address " + text,
                   ip_address=f.inet_text(*inet_parts(text)))


def time_cases():
    times = [
        ("epoch", "1970-01-01 00:00:00+00"),
        ("before-epoch", "1969-12-31 23:59:59.999999+00"),
        ("after-epoch", "1970-01-01 00:00:00.000001+00"),
        ("postgres-epoch", "2000-01-01 00:00:00+00"),
        ("tenth", "2026-01-02 03:04:05.1+00"),
        ("microsecond", "2026-01-02 03:04:05.000001+00"),
        ("last-microsecond", "2026-12-31 23:59:59.999999+00"),
        ("leap-day", "2024-02-29 12:00:00+00"),
        ("leap-century", "2000-02-29 00:00:00+00"),
        ("1900", "1900-03-01 00:00:00+00"),
        ("year-1", "0001-01-01 00:00:00+00"),
        ("1-bc", "0001-12-31 23:59:59.999999+00 BC"),
        ("leap-day-1-bc", "0001-02-29 00:00:00+00 BC"),
        ("first", "4714-11-24 00:00:00+00 BC"),
        ("year-9999", "9999-12-31 23:59:59.999999+00"),
        ("year-10000", "10000-01-01 00:00:00+00"),
        ("int64-last", "294247-01-10 04:00:54.775806+00"),
        ("int64-edge", "294247-01-10 04:00:54.775807+00"),
        ("past-int64", "294247-01-10 04:00:54.775808+00"),
        ("last", "294276-12-31 23:59:59.999999+00"),
        ("infinity", "infinity"),
        ("minus-infinity", "-infinity"),
    ]
    for name, text in times:
        yield case("time-" + name, "created_at " + text, created_at=text)


def salt_cases():
    yield case("zero-salt", "a salt of zeros alone does not make a group erased", salt=bytes(48), insertable=False)
    yield case("ff-salt", "the other extreme", salt=b"\xff" * 48)
    for group in f.GROUPS:
        yield case("erased-" + group, "group %s erased: NULL, salt zeroed, commitment kept" % group, erased=(group,))
    yield case("erased-all", "all three erased", erased=f.GROUPS)


def entry_cases():
    entries = []
    for make in (text_cases, json_cases, inet_entries, time_cases, salt_cases):
        entries.extend(make())
    names = [entry["name"] for entry in entries]
    assert len(names) == len(set(names)), "two cases of one name"
    return entries


def link(chain_id, seq, recorded_at_us, prev, content):
    rec = f.record(chain_id, seq, recorded_at_us, prev, content)
    return {
        "chain_id": chain_id,
        "seq": seq,
        "recorded_at_us": recorded_at_us,
        "prev": prev.hex(),
        "content_hash": content.hex(),
        "record": rec.hex(),
        "entry_hash": f.entry_hash(rec).hex(),
    }


def chain(name, chain_id, entries, start_us, step_us):
    links, prev = [], f.GENESIS_PREV
    for index, entry in enumerate(entries):
        links.append(
            dict(link(chain_id, index + 1, start_us + index * step_us, prev, bytes.fromhex(entry["content_hash"])),
                 entry=entry["name"])
        )
        prev = bytes.fromhex(links[-1]["entry_hash"])
    return {"name": name, "chain_id": chain_id, "links": links}


def chain_cases(entries):
    by_chain = {}
    for entry in entries:
        by_chain.setdefault(f.chain_id_of(entry["columns"]["organization_id"]), []).append(entry)
    yield chain("tenant", ORG_A, by_chain[ORG_A], 1795362374123456, 1000)
    yield chain("system-wide", f.NIL_UUID, by_chain[f.NIL_UUID], -1, 1)
    yield chain("one-entry", ORG_B, by_chain[ORG_A][:1], 0, 0)


def lone_links():
    """Records at the edges of their integers; their predecessors are only named."""
    prev, content = derived("prev", 32), derived("content", 32)
    for seq in (1, 2, 255, 256, 2**32, 2**63 - 1):
        yield link(ORG_A, seq, 1795362374123456, f.GENESIS_PREV if seq == 1 else prev, content)
    for time in (-(2**63), -210866803200000000, -1, 0, 2**63 - 1):
        yield link(ORG_A, 7, time, prev, content)
    yield link("ffffffff-ffff-ffff-ffff-ffffffffffff", 7, 0, b"\xff" * 32, b"\xff" * 32)


def entry_negatives(entries):
    """Content hashes that the columns beside them must not give."""
    named = {entry["name"]: entry for entry in entries}
    usual = named["usual"]

    def negative(name, why, changes=None, salt=None, content_hash=None, kept=None):
        columns = dict(usual["columns"], **(changes or {}))
        return {
            "name": name,
            "why": why,
            "columns": columns,
            "created_at_us": None if columns["created_at"] is None else str(f.time_us(columns["created_at"])),
            "salt": salt or usual["salt"],
            "kept": kept or {},
            "content_hash": content_hash or usual["content_hash"],
        }

    def flip(hex_text, at):
        data = bytearray(bytes.fromhex(hex_text))
        data[at] ^= 1
        return data.hex()

    columns = usual["columns"]
    for name in COLUMNS:
        value = columns[name]
        if name == "created_at":
            changed = "2026-11-22 15:46:14.123457+00"
        elif name in ("id", "organization_id", "actor_id", "resource_id"):
            changed = value[:-1] + ("0" if value[-1] != "0" else "1")
        elif name in ("old_values", "new_values", "metadata"):
            changed = value[:-1] + ('"x": 0}' if value == "{}" else ', "x": 0}')
        elif name == "ip_address":
            changed = value + "/31"
        else:
            changed = value[:-1] + chr(ord(value[-1]) ^ 1)
        yield negative("changed-" + name.replace("_", "-"), "%s is not what was chained" % name, {name: changed})
        if name in NULLABLE:
            yield negative("nulled-" + name.replace("_", "-"), "%s was set to NULL" % name, {name: None})
        if name in ("old_values", "new_values", "metadata"):
            yield negative("json-nulled-" + name.replace("_", "-"), "%s was set to JSON's null" % name, {name: "null"})
    for one, other in (("actor_email", "user_agent"), ("actor_role", "action"), ("action", "resource_type"),
                       ("old_values", "new_values"), ("user_agent", "session_id")):
        yield negative("swapped-%s-%s" % (one.replace("_", "-"), other.replace("_", "-")), "two fields exchanged",
                       {one: columns[other], other: columns[one]})
    yield negative("other-tenant", "the same entry under another organization", {"organization_id": ORG_B})
    for group in range(3):
        yield negative("salt-flipped-" + f.GROUPS[group], "one bit of a salt", salt=flip(usual["salt"], 16 * group))
    yield negative("salts-rotated", "the groups' salts in another order", salt=usual["salt"][32:] + usual["salt"][:32])
    for at in (0, 31):
        yield negative("hash-flipped-%d" % at, "one bit of the content hash",
                       content_hash=flip(usual["content_hash"], at))

    def with_commitments(change):
        salt = bytes.fromhex(usual["salt"])
        made = {}
        for index, (group, text) in enumerate(f.group_texts(columns).items()):
            made[group] = change(salt[16 * index : 16 * index + 16], text.encode())
        return f.content_hash(f.entry_text(columns, usual["created_at_us"], made)).hex()

    for domain in (0, 1, 3):
        wrong = with_commitments(lambda salt, text, d=domain: f.sha256(bytes([d]) + salt + text))
        yield negative("commitment-domain-%d" % domain, "commitments made under domain byte %d" % domain,
                       content_hash=wrong)
    yield negative("commitment-no-domain", "commitments made without a domain byte",
                   content_hash=with_commitments(lambda salt, text: f.sha256(salt + text)))
    yield negative("commitment-salt-last", "commitments with the salt after the text",
                   content_hash=with_commitments(lambda salt, text: f.sha256(b"\x02" + text + salt)))
    for version in ("auditproof/0", "auditproof/2", "auditproof/1 "):
        text = usual["entry_text"].replace("auditproof/1", version, 1)
        yield negative("version-" + version.replace("/", "-").replace(" ", "-space"), "another version's name",
                       content_hash=f.content_hash(text).hex())
    yield negative("compact-json", "no space after the commas",
                   content_hash=f.content_hash(usual["entry_text"].replace(", ", ",")).hex())
    yield negative("upper-case-commitments", "commitments in upper-case hexadecimal",
                   content_hash=f.content_hash(
                       usual["entry_text"].replace(usual["actor_commitment"], usual["actor_commitment"].upper())).hex())
    erased = named["erased-actor"]
    yield {"name": "erased-wrong-commitment", "why": "an erased group whose kept commitment is not the one chained",
           "columns": erased["columns"], "created_at_us": erased["created_at_us"], "salt": erased["salt"],
           "kept": {"actor": flip(erased["kept"]["actor"], 5)}, "content_hash": erased["content_hash"]}
    yield {"name": "erased-without-record", "why": "fields and salt wiped with no commitment kept",
           "columns": erased["columns"], "created_at_us": erased["created_at_us"], "salt": erased["salt"],
           "kept": {}, "content_hash": erased["content_hash"]}
    for one, other in (("json-one-0", "json-one-00"), ("moved-byte-1", "moved-byte-2"), ("usual", "empty-user-agent")):
        right = named[one]
        columns_of_other = dict(named[other]["columns"], id=right["columns"]["id"])
        yield {"name": "%s-is-not-%s" % (one, other), "why": "columns of %s, hash of %s" % (other, one),
               "columns": columns_of_other, "created_at_us": right["created_at_us"], "salt": right["salt"], "kept": {},
               "content_hash": right["content_hash"]}


def link_negatives(chains):
    """Entry hashes that the record's fields beside them must not give."""
    tenant = chains[0]["links"]
    other = chains[1]["links"]
    second = tenant[1]

    def negative(name, why, **changes):
        keys = ("chain_id", "seq", "recorded_at_us", "prev", "content_hash", "entry_hash")
        fields = {key: second[key] for key in keys}
        fields.update(changes)
        return dict({"name": name, "why": why}, **fields)

    yield negative("other-chain", "the record moved to another chain", chain_id=ORG_B)
    yield negative("nil-chain", "the record moved to the system-wide chain", chain_id=f.NIL_UUID)
    yield negative("seq-after", "renumbered upwards", seq=3)
    yield negative("seq-before", "renumbered to the first", seq=1)
    yield negative("time-earlier", "recorded a microsecond earlier", recorded_at_us=second["recorded_at_us"] - 1)
    yield negative("prev-zero", "a later entry posing as the first", prev=f.GENESIS_PREV.hex())
    yield negative("prev-other", "following another entry", prev=tenant[2]["entry_hash"])
    yield negative("prev-and-content-swapped", "two fields of one length exchanged", prev=second["content_hash"],
                   content_hash=second["prev"])
    yield negative("other-content", "another entry's content", content_hash=tenant[2]["content_hash"])
    yield negative("other-tenants-content", "content of an entry of another tenant",
                   content_hash=other[0]["content_hash"])
    rec = bytes.fromhex(second["record"])
    for at in (0, 3, 4, 19, 20, 27, 28, 35, 36, 67, 68, 99):
        flipped = bytearray(rec)
        flipped[at] ^= 1
        yield negative("record-flipped-%d" % at, "hash of a record with one bit changed in byte %d" % at,
                       entry_hash=f.entry_hash(bytes(flipped)).hex())
    for domain in (1, 2):
        yield negative("domain-%d" % domain, "hashed under domain byte %d" % domain,
                       entry_hash=f.sha256(bytes([domain]) + rec).hex())
    yield negative("no-domain", "hashed without a domain byte", entry_hash=f.sha256(rec).hex())
    yield negative("seal-magic", "hashed as a seal record", entry_hash=f.entry_hash(b"AP1S" + rec[4:]).hex())
    little = rec[:20] + rec[20:28][::-1] + rec[28:36][::-1] + rec[36:]
    yield negative("little-endian", "integers in the other byte order", entry_hash=f.entry_hash(little).hex())
    content = bytes.fromhex(second["content_hash"])
    unlinked = f.record(second["chain_id"], 2, second["recorded_at_us"], f.GENESIS_PREV, content)
    yield negative("unlinked", "hashed without its predecessor", entry_hash=f.entry_hash(unlinked).hex())


def write(directory, name, values):
    """One case a line, so that a difference shows as the case it is in."""
    with open(os.path.join(directory, name), "w", encoding="utf-8", newline="\n") as out:
        out.write("[\n")
        out.write(",\n".join(json.dumps(value, ensure_ascii=True) for value in values))
        out.write("\n]\n")


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    entries = entry_cases()
    chains = list(chain_cases(entries))
    write(directory, "entries.json", entries)
    write(directory, "inet.json", list(inet_cases()))
    write(directory, "chains.json", chains)
    write(directory, "links.json", list(lone_links()))
    write(directory, "entry_negatives.json", list(entry_negatives(entries)))
    write(directory, "link_negatives.json", list(link_negatives(chains)))


if __name__ == "__main__":
    main()
