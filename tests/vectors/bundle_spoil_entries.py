"""Bundles whose entries or counts are spoiled, most of them by the owner of the bundle's key. Each function yields what
bundle_spoil_files does."""

import json

import auditproof_format as fmt
from bundle_make import counts, dump, events_files, lines_of
from bundle_spoil_files import BUNDLE, COMPLETENESS, E1, E2, E3, SIGNED, WHOSE, at, changed, replaced, with_member
from bundle_world import DAY, Y2026, hexes, inclusion


def relined(bag, change, recount=True):
    """A copy whose entries were changed, with names, counts and manifests that agree; not yet signed."""
    out, lines = bag.copy(), lines_of(bag.files)
    new = change(lines)
    lines = lines if new is None else new
    out.files = {path: data for path, data in out.files.items() if not path.startswith("data/events/")}
    out.files.update(events_files(lines))
    if recount:
        for path in (BUNDLE, COMPLETENESS):
            said = json.loads(out.files[path])
            said.update({name: value for name, value in counts(lines).items() if name in said})
            out.files[path] = dump(said).encode() + b"\n"
    return out


def numbered(lines, seq):
    return next(line for line in lines if line["seq"] == seq)


def dropped(bag, world):
    """A row left out, by more and more knowledge and keys."""

    def without(*seqs):
        return lambda lines: [line for line in lines if line["seq"] not in seqs]

    found = at("gap", E2.replace("10.", "11."), 10) + at("link", E2.replace("10.", "11."), 11) + at("proof", E1, 9)
    raw = changed(bag, **{E2: bag.files[E2].partition(b"\n")[2]})
    yield "drop a row", raw, at("file-altered", E2) + at("gap", E2, 10) + at("link", E2, 11) + at("count", BUNDLE), (
        "proof",
        "manifest",
    )
    fixed = relined(bag, without(10))
    yield "drop a row, fix counts", fixed, found, WHOSE
    manifest = fixed.copy()
    manifest.write_manifests()
    yield "drop a row, fix counts and manifests", manifest, found + [SIGNED], ()
    yield "drop a row, signed by another key", fixed.copy().sign(world.other_key), found + [SIGNED], (), ["bundle"]
    yield "drop a row, signed by another key, no key pinned", fixed.copy().sign(world.other_key), found, (), []
    yield "drop a row, signed by the same key", fixed.copy().sign(), found, ()
    counted = relined(bag, without(10), recount=False).sign()
    yield "drop a row, signed by the same key, counts kept", counted, found + at("count", BUNDLE) + at(
        "count", COMPLETENESS
    ), ()

    def proven(*seqs):
        """With everything that a segment needs, as only the log's owner can give it."""

        def change(lines):
            lines = without(*seqs)(lines)
            have = {line["seq"] for line in lines}
            return [rebuilt(world.acme, line, have) for line in lines]

        return relined(bag, change).sign()

    yield "drop a row, with true proofs", proven(10), at("gap", None, 10), ()
    yield "drop the last row of the period, with true proofs", proven(16), at("gap", None, 16), ()
    yield "drop the row after the period, with true proofs", proven(17), at("gap", None, 17), ()
    yield "drop the end, with true proofs", proven(15, 16, 17, 20, 22), at("gap", None, 15), ()
    yield "drop the row before the period, with true proofs", proven(1), at("gap", None, 1), ()
    yield "drop a purged row, with true proofs", proven(3), at("gap", None, 3), ()
    yield "drop all rows", proven(*range(1, 24)), at("gap", None, 1), ()


def rebuilt(chain, line, have):
    """A line that begins or ends a segment where its neighbours are not there any more."""
    seq, out = line["seq"], {}
    for name, value in line.items():
        if name == "recorded_at_us" and seq - 1 not in have:
            out["prev"] = chain.entries[seq - 1].prev.hex()
        if name not in ("prev", "size", "inclusion"):
            out[name] = value
    if seq + 1 not in have:
        size = len(chain.entries)
        out.update(size=size, inclusion=hexes(inclusion(seq - 1, chain.leaves(size))))
    return out


def rows(bag, world):
    """Entries changed by the bundle key's owner, so that only hashes can tell."""

    def edit(seq, **members):
        def change(lines):
            line = numbered(lines, seq)
            for name, value in members.items():
                line[name] = value(line[name]) if callable(value) else value

        return relined(bag, change).sign()

    def disclose(seq, group, **members):
        def change(lines):
            numbered(lines, seq)["disclosed"].setdefault(group, {"salt": "0" * 32, "text": "[null]"}).update(members)

        return relined(bag, change).sign()

    text = lambda old, new: lambda value: value.replace(old, new, 1)
    yield "an entry's text changed", edit(
        12, text=text("admin", "guest") if world.acme.entries[11].columns["actor_role"] else text("null", '"guest"')
    ), at("altered", E2, 12), ()
    yield "an entry's time changed", edit(12, recorded_at_us=lambda value: value + 1), at("altered", E2, 12), ()
    yield "an entry's hash changed", edit(12, entry_hash=lambda value: flip_hex(value)), at("altered", E2, 12), (
        "altered",
    )
    yield "a purged entry's hash changed", edit(3, content_hash=flip_hex), at("altered", E1, 3), ()
    hidden = lambda lines: [
        line
        if line["seq"] != 12
        else {name: line[name] for name in ("seq", "recorded_at_us", "entry_hash")}
        | {"content_hash": fmt.content_hash(world.acme.entries[11].text).hex(), "purged": True}
        for line in lines
    ]
    yield "a text left out as purged before its time", relined(bag, hidden).sign(), at("early-purge", E2, 12), ()
    yield "a segment's prev changed", edit(20, prev=flip_hex), at("altered", E2, 20), ()
    yield "the first entry's prev changed", edit(1, prev=flip_hex), at("link", E1, 1), ("altered",)
    yield "a disclosed value changed", disclose(12, "actor", text='["x@acme.example", null, null, null]'), at(
        "altered", E2, 12
    ), ()
    yield "a disclosed value changed with its salt", disclose(
        12, "actor", salt="1" * 32, text='["x@acme.example", null, null, null]'
    ), at("altered", E2, 12), ()
    yield "a disclosed salt changed", disclose(12, "content", salt=flip_hex(fmt.sha256(b"").hex()[:32])), at(
        "altered", E2, 12
    ), ()
    yield "an erased group disclosed", disclose(7, "actor"), at("altered", E1, 7), ()
    yield "a salt of zeros", disclose(12, "account", salt="0" * 32), at("altered", E2, 12), ()
    yield "a group that there is not", disclose(12, "actors"), at("altered", E2, 12), ()
    swapped = relined(bag, swap_groups).sign()
    yield "two groups disclosed for each other", swapped, at("altered", E2, 12), ()
    yield "an unknown version", rehashed(bag, world, 12, ('["auditproof/1"', '["auditproof/2"')), at(
        "altered", E2, 12
    ), ("altered",)
    yield "a row hashed anew", rehashed(bag, world, 12, ("admin", "guest"), ("null", '"guest"')), at(
        "altered", E2, 13
    ), ()
    yield "all rows from one on hashed anew", rewritten(bag, world, 12), at("proof", E2, 17), ("altered",)
    said = with_member(bag, BUNDLE, withheld=["actor"]).sign()
    yield "a withheld group disclosed", said, at("count", E1, 5), ()


def flip_hex(text):
    return ("1" if text[0] == "0" else "0") + text[1:]


def swap_groups(lines):
    disclosed = numbered(lines, 12)["disclosed"]
    disclosed["account"], disclosed["actor"] = disclosed["actor"], disclosed["account"]


def rehash(chain_id, line, prev):
    record = fmt.record(chain_id, line["seq"], line["recorded_at_us"], prev, fmt.content_hash(line["text"]))
    line["entry_hash"] = fmt.entry_hash(record).hex()


def rehashed(bag, world, seq, *texts):
    """The row's own hash is right; the next row's is not."""

    def change(lines):
        line = numbered(lines, seq)
        for old, new in texts:
            line["text"] = line["text"].replace(old, new, 1)
        rehash(world.acme.id, line, bytes.fromhex(numbered(lines, seq - 1)["entry_hash"]))

    return relined(bag, change).sign()


def rewritten(bag, world, seq):
    """So is every row's after it, up to the end of the segment, which the seal knows otherwise."""

    def change(lines):
        for line in lines:
            if line["seq"] == seq:
                line["text"] = line["text"].replace('"low"', '"medium"').replace('"critical"', '"low"')
            if seq <= line["seq"] <= 17:
                rehash(world.acme.id, line, bytes.fromhex(numbered(lines, line["seq"] - 1)["entry_hash"]))

    return relined(bag, change).sign()


def forms(bag, world):
    """Lines that are JSON, or nearly, and not as a line is written."""
    line = bag.files[E2].split(b"\n")[2]
    for what, old, new in (
        ("with a space", b'{"seq":12,', b'{"seq": 12,'),
        ("with a number as a text", b'"seq":12,', b'"seq":"12",'),
        ("with a fraction", b'"seq":12,', b'"seq":12.0,'),
        ("with a number in two ways", b'"seq":12,', b'"seq":12,"seq":12,'),
        ("with a leading zero", b'"seq":12,', b'"seq":012,'),
        ("with a member more", b'"seq":12,', b'"seq":12,"x":1,'),
        ("with a needless escape", b"auditproof/1", b"auditproof\\/1"),
        ("that is not UTF-8", b"@acme.example", b"@acme\xff.exampl"),
        ("with members in another order", b'{"seq":12,', b"{"),
        ("that is no object", line, b"[" + line + b"]"),
        ("with something after it", line, line + b"{}"),
        ("with CR", line, line + b"\r"),
        ("that is empty", line, b""),
        ("with a byte order mark", line, b"\xef\xbb\xbf" + line),
        ("with upper case", b'"entry_hash":"', b'"entry_hash":"A'),
        ("with both a text and a hash", b'"text":', b'"content_hash":"' + b"0" * 64 + b'","text":'),
        ("with half a surrogate pair", b"auditproof/1", b"auditproof\\ud800"),
        ("with a number past 64 bits", b'"seq":12,', b'"seq":99999999999999999999,'),
        ("nested deep", line, b"[" * 100_000),
        ("that ends early", line, line[:-1]),
    ):
        if old not in line:
            raise ValueError(what)
        spoiled = changed(bag, **{E2: bag.files[E2].replace(line, line.replace(old, new, 1))}).sign()
        yield "a line " + what, spoiled, at("altered", E2), ("link", "gap", "proof", "count")
    data = bag.files[E3]
    yield "no end of the last line", changed(bag, **{E3: data[:-1]}).sign(), at("altered", E3), (
        "count",
        "proof",
        "gap",
    )
    yield "an empty file of entries", changed(bag, **{E3.replace("22.", "23."): b""}).sign(), at(
        "gap", E3.replace("22.", "23.")
    ), ()
    lines = bag.files[E2].split(b"\n")
    swapped = b"\n".join(lines[:2] + [lines[3], lines[2]] + lines[4:])
    yield "two rows swapped", changed(bag, **{E2: swapped}).sign(), at("gap", E2, 12), ("link", "proof", "count")
    twice = b"\n".join(lines[:3] + lines[2:])
    yield "a row twice", changed(bag, **{E2: twice}).sign(), at("gap", E2, 12), ("link", "proof", "count")
    named = E2.replace("10.", "09.")
    yield "a file named after another row", changed(bag, **{named: bag.files[E2], E2: None}).sign(), at(
        "gap", named, 10
    ), ()

    def segment(what, seq, change, must):
        def edit(rows):
            row = numbered(rows, seq)
            change(row)
            ordered = {
                name: row[name]
                for name in (
                    "seq",
                    "prev",
                    "recorded_at_us",
                    "entry_hash",
                    "text",
                    "content_hash",
                    "purged",
                    "disclosed",
                    "erased",
                    "size",
                    "inclusion",
                )
                if name in row
            }
            row.clear()
            row.update(ordered)

        return "a segment " + what, relined(bag, edit).sign(), must, ()

    def gone(*members):
        return lambda row: [row.pop(member) for member in members]

    yield segment("without its prev", 20, gone("prev"), at("link", E2, 20))
    yield segment("without its proof", 20, gone("size", "inclusion"), at("proof", E2, 20))
    yield segment(
        "with a prev within", 12, lambda row: row.update(prev=world.acme.entries[10].hash.hex()), at("link", E2, 12)
    )
    proof = inclusion(11, world.acme.leaves(23))
    yield segment(
        "with a proof within", 12, lambda row: row.update(size=23, inclusion=hexes(proof)), at("proof", E2, 12)
    )
    yield segment("with another size", 20, lambda row: row.update(size=22), at("proof", E2, 20))
    yield segment("with a proof too short", 20, lambda row: row["inclusion"].pop(), at("proof", E2, 20))
    yield segment("with a proof too long", 20, lambda row: row["inclusion"].append("0" * 64), at("proof", E2, 20))
    yield segment(
        "with another proof",
        20,
        lambda row: row.update(inclusion=[flip_hex(row["inclusion"][0])] + row["inclusion"][1:]),
        at("proof", E2, 20),
    )
    older = hexes(inclusion(19, world.acme.leaves(20)))
    yield segment(
        "with a true proof of another size", 20, lambda row: row.update(size=20, inclusion=older), at("proof", E2, 20)
    )


def said(bag, others):
    """bundle.json and completeness.json that do not say what is there."""
    numbers = ("entries", "first_seq", "last_seq", "segments", "purged")
    for path, members in ((BUNDLE, numbers + ("erased_groups", "chain_size", "log_size", "as_of_us")), (COMPLETENESS, numbers)):
        for name in members:
            value = json.loads(bag.files[path])[name]
            may = ("gap",) if name == "chain_size" else ()
            yield "%s with another %s" % (path, name), with_member(bag, path, **{name: value + 1}).sign(), at(
                "count", path
            ), may
        yield path + " that is no JSON", changed(bag, **{path: b"{"}).sign(), at("count", path), ()
        yield path + " that is no object", changed(bag, **{path: b"[]\n"}).sign(), at("count", path), ()
        yield path + " with a member twice", replaced(bag, path, '"entries":', '"entries":0,"entries":'), at(
            "count", path
        ), ()
        yield path + " with a number as a text", with_member(bag, path, entries="19").sign(), at("count", path), ()
    for name, value in (
        ("format", "auditproof-bundle/2"),
        ("kind", "soc3"),
        ("organization", None),
        ("status", "ok"),
        ("withheld", ["x"]),
        ("from_us", None),
        ("tool", None),
        ("chain", "x"),
    ):
        yield "%s with %s %s" % (BUNDLE, name, value), with_member(bag, BUNDLE, **{name: value}).sign(), at(
            "count", BUNDLE
        ), ()
    wider = with_member(bag, BUNDLE, to_us=Y2026 + 18 * DAY).sign()
    yield "a period said to be longer", wider, at("gap", None, 18), ()
