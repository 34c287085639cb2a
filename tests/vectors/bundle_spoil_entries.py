"""Bundles whose files, entries, counts, proofs or signatures are spoiled, by somebody without the bundle's key or with
it. Each function yields (name, bag, must, may[, pins]); pins are names: "bundle", "log"."""

import json

import auditproof_format as fmt
from bundle_make import counts, dump, events_files, lines_of, timestamp
from bundle_world import DAY, ORIGIN, Y2026, Chain, Log, Signer, hexes, inclusion, note

E1, E2, E3 = ("data/events/%020d.ndjson" % seq for seq in (1, 10, 22))
BUNDLE, COMPLETENESS = "data/bundle.json", "data/completeness.json"
NOTE, SEAL, KEYS = "proof/checkpoint.note", "proof/seal.json", "proof/keys.json"
PREVIOUS, CONSISTENCY = "proof/previous.note", "proof/consistency.json"
COSIGNATURES, TIMESTAMP = "proof/cosignatures.txt", "proof/timestamp.tsr"
PAYLOAD, TAGS, SIGNATURE = "manifest-sha256.txt", "tagmanifest-sha256.txt", "tagmanifest.sig"
SIGNED = ("signature", SIGNATURE, None)
WHOSE = ("file-altered", "file-missing", "file-unlisted", "manifest")
ENTRIES = ("altered", "link", "gap", "proof", "count")
ANY = WHOSE + ENTRIES + ("signature",)


def at(kind, path, seq=None):
    return [(kind, path, seq)]


def flipped(data, index=None):
    out = bytearray(data)
    out[len(out) // 2 if index is None else index] ^= 1
    return bytes(out)


def changed(bag, /, **files):
    """A copy with files as they are given; None takes one away. Nothing else is made anew."""
    out = bag.copy()
    for path, data in files.items():
        if data is None:
            del out.files[path]
        else:
            out.files[path] = data
    return out


def replaced(bag, path, old, new):
    """A copy signed anew, with one text for another, which stands there once, or the first of them."""
    old, new = (text.encode() if isinstance(text, str) else text for text in (old, new))
    if old not in bag.files[path]:
        raise ValueError("%s has no %s" % (path, old))
    return changed(bag, **{path: bag.files[path].replace(old, new, 1)}).sign()


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


def with_member(bag, path, /, **members):
    out = json.loads(bag.files[path])
    out.update(members)
    return changed(bag, **{path: dump(out).encode() + b"\n"})


# ---- Files


def files(bag, others):
    for path in sorted(bag.files):
        if path == TAGS:
            must, may = [SIGNED], ("manifest", "file-altered", "file-missing", "file-unlisted")
        elif path == SIGNATURE:
            must, may = [SIGNED], ()
        else:
            may = ANY if path in (PAYLOAD, BUNDLE, COMPLETENESS, "bagit.txt", "bag-info.txt") or "/e" in path else ("proof",)
            must = at("file-altered", path)
            may = ANY if path.startswith("proof/") else may
        yield "flip a byte of " + path, changed(bag, **{path: flipped(bag.files[path])}), must, may
        gone = changed(bag, **{path: None})
        may = ANY if path in (BUNDLE, PAYLOAD) or "/e" in path or path.startswith("proof/") else ("manifest",)
        yield "drop " + path, gone, at("file-missing", path), may
    for path in ("data/extra.csv", "data/zzz/extra.csv", "proof/extra.pem", "extra", "zzz.sh"):
        yield "add " + path, changed(bag, **{path: b"x"}), at("file-unlisted", path), ("manifest",)
    one, two = "data/custody.csv", "data/query.json"
    swapped = changed(bag, **{one: bag.files[two], two: bag.files[one]})
    yield "swap two files", swapped, at("file-altered", one) + at("file-altered", two), ()
    swapped = changed(bag, **{E1: bag.files[E2], E2: bag.files[E1]})
    yield "swap two files of entries", swapped, at("file-altered", E1) + at("file-altered", E2) + at("gap", E1, 10), ENTRIES
    renamed = changed(bag, **{"data/custody2.csv": bag.files[one], one: None})
    yield "rename a file", renamed, at("file-missing", one) + at("file-unlisted", "data/custody2.csv"), ()
    later = E3.replace("22.", "23.")
    renamed = changed(bag, **{later: bag.files[E3], E3: None})
    yield "rename a file of entries", renamed, at("file-missing", E3) + at("file-unlisted", later) + at("gap", later, 22), ()
    yield "fetch.txt", changed(bag, **{"fetch.txt": b"http://192.0.2.1/x 1 data/x\n"}).sign(), at("manifest", "fetch.txt"), ()


def csv_edited(bag, world):
    path = "data/custody.csv"
    edited = changed(bag, **{path: bag.files[path].replace(b"system", b"nobody", 1)})
    yield "a CSV edited", edited, at("file-altered", path), ()
    listed = edited.copy()
    listed.files[PAYLOAD] = edited.manifest(sorted(p for p in edited.files if p.startswith("data/")))
    yield "a CSV edited, its manifest too", listed, at("file-altered", PAYLOAD), ()
    listed = listed.copy()
    listed.write_manifests()
    yield "a CSV edited, both manifests too", listed, [SIGNED], ()
    listed = listed.copy().sign(world.other_key)
    yield "a CSV edited, signed by another key, a key pinned", listed, [SIGNED], (), ["bundle"]
    yield "a CSV edited, signed by another key, its own pinned", listed, [], (), ["other"]
    yield "a CSV edited, signed by another key, no key pinned", listed, [], (), []
    mixed = changed(listed, **{KEYS: bag.files[KEYS], "proof/pubkeys.pem": bag.files["proof/pubkeys.pem"]})
    mixed.write_tag_manifest()
    mixed.files[SIGNATURE] = world.other_key.sign(mixed.files[TAGS])
    yield "signed by another key than it says", mixed, [SIGNED], ()
    pem = changed(listed, **{"proof/pubkeys.pem": bag.files["proof/pubkeys.pem"]})
    pem.write_tag_manifest()
    pem.files[SIGNATURE] = world.other_key.sign(pem.files[TAGS])
    yield "another key for openssl", pem, at("signature", "proof/pubkeys.pem"), ()
    yield "a signature too short", changed(bag, **{SIGNATURE: bag.files[SIGNATURE][:-1]}), [SIGNED], ()
    yield "a signature too long", changed(bag, **{SIGNATURE: bag.files[SIGNATURE] + b"\n"}), [SIGNED], ()


def manifests(bag, others):
    def signed(path, data):
        """The key's owner signs manifests that are not well-formed."""
        out = changed(bag, **{path: data})
        if path != TAGS:
            out.write_tag_manifest()
        out.files[SIGNATURE] = out.key.sign(out.files[TAGS])
        return out

    for name in (PAYLOAD, TAGS):
        data = bag.files[name]
        first, *rest = data.split(b"\n")[:-1]
        second = rest[0]
        inside = b"0" * 64 + b"  "
        for what, spoiled in (
            ("with CRLF", data.replace(b"\n", b"\r\n")), ("with a byte order mark", b"\xef\xbb\xbf" + data),
            ("with upper case", data.replace(first, first[:64].upper() + first[64:])), ("without its last line end", data[:-1]),
            ("with one space", data.replace(b"  ", b" ", 1)), ("with a star", data.replace(b"  ", b" *", 1)),
            ("not in order", b"\n".join([second, first] + rest[1:] + [b""])), ("with a line twice", first + b"\n" + data),
            ("with an empty line", b"\n" + data), ("with a path outside", inside + b"../../etc/passwd\n" + data),
            ("with an absolute path", inside + b"/etc/passwd\n" + data), ("with a path with .", inside + b"data/./x\n" + data),
            ("with a comment", b"# x\n" + data), ("with another digest", b"0" * 128 + b"  data/x\n" + data),
        ):
            yield name + " " + what, signed(name, spoiled), at("manifest", name), ()
        path = first[66:].decode()
        yield name + " without a line", signed(name, data[len(first) + 1 :]), at("file-unlisted", path), ()
        more = data + inside + (b"data/zzz" if name == PAYLOAD else b"zzz") + b"\n"
        missing = "data/zzz" if name == PAYLOAD else "zzz"
        yield name + " with a file that is not there", signed(name, more), at("file-missing", missing), ()
        wrong = data.replace(second, b"0" * 64 + second[64:])
        yield name + " with a wrong digest", signed(name, wrong), at("file-altered", second[66:].decode()), ()
    crossed = bag.files[TAGS] + b"%s  data/x\n" % (b"0" * 64)
    yield "a tag manifest that lists data", signed(TAGS, crossed), at("manifest", TAGS), ()
    yield "a manifest of nothing", signed(PAYLOAD, b""), at("file-unlisted", BUNDLE), ()
    bagit, info = bag.files["bagit.txt"], bag.files["bag-info.txt"]
    for what, spoiled in (("with a byte order mark", b"\xef\xbb\xbf" + bagit), ("of BagIt 0.97", bagit.replace(b"1.0", b"0.97")),
                          ("in Latin 1", bagit.replace(b"UTF-8", b"ISO-8859-1")), ("with CRLF", bagit.replace(b"\n", b"\r\n"))):
        yield "bagit.txt " + what, signed("bagit.txt", spoiled), at("manifest", "bagit.txt"), ()
    oxum = info[info.index(b"Payload-Oxum") :]
    for what, spoiled in (("with a wrong Payload-Oxum", info[:-2] + b"1\n" if info[-2:] != b"1\n" else info[:-2] + b"2\n"),
                          ("without Payload-Oxum", info.replace(oxum, b"")), ("with Payload-Oxum twice", info + oxum),
                          ("with a folded line", info + b" x\n"), ("with CRLF", info.replace(b"\n", b"\r\n")),
                          ("without its identifier", info.replace(b"External-Identifier", b"X"))):
        yield "bag-info.txt " + what, signed("bag-info.txt", spoiled), at("manifest", "bag-info.txt"), ()


# ---- Entries


def dropped(bag, world):
    """A row left out, by more and more knowledge and keys."""
    def without(*seqs):
        return lambda lines: [line for line in lines if line["seq"] not in seqs]

    found = at("gap", E2.replace("10.", "11."), 10) + at("link", E2.replace("10.", "11."), 11) + at("proof", E1, 9)
    raw = changed(bag, **{E2: bag.files[E2].partition(b"\n")[2]})
    yield "drop a row", raw, at("file-altered", E2) + at("gap", E2, 10) + at("link", E2, 11) + at("count", BUNDLE), (
        "proof", "manifest")
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
        "count", COMPLETENESS), ()

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
    yield "an entry's text changed", edit(12, text=text("admin", "guest") if world.acme.entries[11].columns["actor_role"]
                                              else text("null", '"guest"')), at("altered", E2, 12), ()
    yield "an entry's time changed", edit(12, recorded_at_us=lambda value: value + 1), at("altered", E2, 12), ()
    yield "an entry's hash changed", edit(12, entry_hash=lambda value: flip_hex(value)), at("altered", E2, 12), ("altered",)
    yield "a purged entry's hash changed", edit(3, content_hash=flip_hex), at("altered", E1, 3), ()
    yield "a segment's prev changed", edit(20, prev=flip_hex), at("altered", E2, 20), ()
    yield "the first entry's prev changed", edit(1, prev=flip_hex), at("link", E1, 1), ("altered",)
    yield "a disclosed value changed", disclose(12, "actor", text='["x@acme.example", null, null, null]'), at("altered", E2, 12), ()
    yield "a disclosed value changed with its salt", disclose(12, "actor", salt="1" * 32, text='["x@acme.example", null, null, null]'), at(
        "altered", E2, 12), ()
    yield "a disclosed salt changed", disclose(12, "content", salt=flip_hex(fmt.sha256(b"").hex()[:32])), at("altered", E2, 12), ()
    yield "an erased group disclosed", disclose(7, "actor"), at("altered", E1, 7), ()
    yield "a salt of zeros", disclose(12, "account", salt="0" * 32), at("altered", E2, 12), ()
    yield "a group that there is not", disclose(12, "actors"), at("altered", E2, 12), ()
    swapped = relined(bag, swap_groups).sign()
    yield "two groups disclosed for each other", swapped, at("altered", E2, 12), ()
    yield "an unknown version", rehashed(bag, world, 12, ('["auditproof/1"', '["auditproof/2"')), at("altered", E2, 12), (
        "altered",)
    yield "a row hashed anew", rehashed(bag, world, 12, ("admin", "guest"), ("null", '"guest"')), at("altered", E2, 13), ()
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
                line["text"] = line["text"].replace("\"low\"", "\"medium\"").replace("\"critical\"", "\"low\"")
            if seq <= line["seq"] <= 17:
                rehash(world.acme.id, line, bytes.fromhex(numbered(lines, line["seq"] - 1)["entry_hash"]))
    return relined(bag, change).sign()


def forms(bag, world):
    """Lines that are JSON, or nearly, and not as a line is written."""
    line = bag.files[E2].split(b"\n")[2]
    for what, old, new in (
        ("with a space", b'{"seq":12,', b'{"seq": 12,'), ("with a number as a text", b'"seq":12,', b'"seq":"12",'),
        ("with a fraction", b'"seq":12,', b'"seq":12.0,'), ("with a number in two ways", b'"seq":12,', b'"seq":12,"seq":12,'),
        ("with a leading zero", b'"seq":12,', b'"seq":012,'), ("with a member more", b'"seq":12,', b'"seq":12,"x":1,'),
        ("with a needless escape", b"auditproof/1", b"auditproof\\/1"), ("that is not UTF-8", b"@acme.example", b"@acme\xff.exampl"),
        ("with members in another order", b'{"seq":12,', b'{'), ("that is no object", line, b"[" + line + b"]"),
        ("with something after it", line, line + b"{}"), ("with CR", line, line + b"\r"), ("that is empty", line, b""),
        ("with a byte order mark", line, b"\xef\xbb\xbf" + line), ("with upper case", b'"entry_hash":"', b'"entry_hash":"A'),
        ("with both a text and a hash", b'"text":', b'"content_hash":"' + b"0" * 64 + b'","text":'),
        ("with half a surrogate pair", b"auditproof/1", b"auditproof\\ud800"), ("with a number past 64 bits", b'"seq":12,',
                                                                                b'"seq":99999999999999999999,'),
        ("nested deep", line, b"[" * 100_000), ("that ends early", line, line[:-1]),
    ):
        if old not in line:
            raise ValueError(what)
        spoiled = changed(bag, **{E2: bag.files[E2].replace(line, line.replace(old, new, 1))}).sign()
        yield "a line " + what, spoiled, at("altered", E2), ("link", "gap", "proof", "count")
    data = bag.files[E3]
    yield "no end of the last line", changed(bag, **{E3: data[:-1]}).sign(), at("altered", E3), ("count", "proof", "gap")
    yield "an empty file of entries", changed(bag, **{E3.replace("22.", "23."): b""}).sign(), at("gap", E3.replace("22.", "23.")), ()
    lines = bag.files[E2].split(b"\n")
    swapped = b"\n".join(lines[:2] + [lines[3], lines[2]] + lines[4:])
    yield "two rows swapped", changed(bag, **{E2: swapped}).sign(), at("gap", E2, 12), ("link", "proof", "count")
    twice = b"\n".join(lines[:3] + lines[2:])
    yield "a row twice", changed(bag, **{E2: twice}).sign(), at("gap", E2, 12), ("link", "proof", "count")
    named = E2.replace("10.", "09.")
    yield "a file named after another row", changed(bag, **{named: bag.files[E2], E2: None}).sign(), at("gap", named, 10), ()

    def segment(what, seq, change, must):
        def edit(rows):
            row = numbered(rows, seq)
            change(row)
            ordered = {name: row[name] for name in ("seq", "prev", "recorded_at_us", "entry_hash", "text", "content_hash", "purged",
                                                    "disclosed", "erased", "size", "inclusion") if name in row}
            row.clear()
            row.update(ordered)
        return "a segment " + what, relined(bag, edit).sign(), must, ()

    def gone(*members):
        return lambda row: [row.pop(member) for member in members]

    yield segment("without its prev", 20, gone("prev"), at("link", E2, 20))
    yield segment("without its proof", 20, gone("size", "inclusion"), at("proof", E2, 20))
    yield segment("with a prev within", 12, lambda row: row.update(prev=world.acme.entries[10].hash.hex()), at("link", E2, 12))
    proof = inclusion(11, world.acme.leaves(23))
    yield segment("with a proof within", 12, lambda row: row.update(size=23, inclusion=hexes(proof)), at("proof", E2, 12))
    yield segment("with another size", 20, lambda row: row.update(size=22), at("proof", E2, 20))
    yield segment("with a proof too short", 20, lambda row: row["inclusion"].pop(), at("proof", E2, 20))
    yield segment("with a proof too long", 20, lambda row: row["inclusion"].append("0" * 64), at("proof", E2, 20))
    yield segment("with another proof", 20, lambda row: row.update(inclusion=[flip_hex(row["inclusion"][0])] + row["inclusion"][1:]),
                  at("proof", E2, 20))
    older = hexes(inclusion(19, world.acme.leaves(20)))
    yield segment("with a true proof of another size", 20, lambda row: row.update(size=20, inclusion=older), at("proof", E2, 20))


def said(bag, others):
    """bundle.json and completeness.json that do not say what is there."""
    numbers = ("entries", "first_seq", "last_seq", "segments", "purged")
    for path, members in ((BUNDLE, numbers + ("erased_groups", "chain_size", "log_size")), (COMPLETENESS, numbers)):
        for name in members:
            value = json.loads(bag.files[path])[name]
            may = ("gap",) if name == "chain_size" else ()
            yield "%s with another %s" % (path, name), with_member(bag, path, **{name: value + 1}).sign(), at("count", path), may
        yield path + " that is no JSON", changed(bag, **{path: b"{"}).sign(), at("count", path), ()
        yield path + " that is no object", changed(bag, **{path: b"[]\n"}).sign(), at("count", path), ()
        yield path + " with a member twice", replaced(bag, path, '"entries":', '"entries":0,"entries":'), at("count", path), ()
        yield path + " with a number as a text", with_member(bag, path, entries="19").sign(), at("count", path), ()
    for name, value in (("format", "auditproof-bundle/2"), ("kind", "soc3"), ("organization", None), ("status", "ok"),
                        ("withheld", ["x"]), ("from_us", None), ("tool", None), ("chain", "x")):
        yield "%s with %s %s" % (BUNDLE, name, value), with_member(bag, BUNDLE, **{name: value}).sign(), at("count", BUNDLE), ()
    wider = with_member(bag, BUNDLE, to_us=Y2026 + 18 * DAY).sign()
    yield "a period said to be longer", wider, at("gap", None, 18), ()


# ---- Proofs


def proofs(bag, world, fresh):
    globex, other = fresh["globex"], fresh["globex-subject"]
    yield "another tenant's seal", changed(bag, **{SEAL: globex.files[SEAL]}).sign(), at("proof", SEAL), ()
    mixed = changed(bag, **{path: globex.files[path] for path in (E1, E2, E3)}).sign()
    yield "another tenant's entries", mixed, at("altered", E1, 1) + at("altered", E2, 10), ("proof", "link", "count")
    whole = with_member(globex, BUNDLE, chain=world.acme.id, organization=world.acme.id).sign()
    yield "another tenant's bundle under this one's name", whole, at("altered", E1, 1) + at("proof", SEAL), ("altered", "proof")
    named = changed(bag, **{BUNDLE: globex.files[BUNDLE]}).sign()
    yield "this one's bundle under another tenant's name", named, at("altered", E1, 1) + at("proof", SEAL), ("count",)

    def foreign(lines):
        lines[1] = lines_of(other.files)[1]
    subject = relined(fresh["gdpr-subject"], foreign).sign()
    yield "another tenant's entry with its true proof", subject, at("altered", "data/events/%020d.ndjson" % 5, 8), ("proof",)
    old = changed(bag, **{NOTE: bag.files[PREVIOUS]}).sign()
    yield "an older checkpoint", old, at("proof", SEAL) + at("count", BUNDLE), ("proof", "signature")
    adjusted = with_member(with_member(old, BUNDLE, log_size=2), SEAL, log_size=2)
    yield "an older checkpoint, sizes fixed", adjusted.sign(), at("proof", SEAL), ("proof", "signature")
    log = world.log
    text = log.text(len(log.records))
    for what, spoiled in (("signed by another key", note(text, world.other_log_key)), ("signed by the key before", note(
            text, world.log_keys[0])), ("of another root", log.checkpoint(6).replace(text.split("\n")[2], "A" * 43 + "=")),
            ("with another name", note(text.replace(ORIGIN, "x.example/log"), world.log_keys[1])),
            ("without a signature", text), ("with a line more", note(text + "x\n", world.log_keys[1])),
            ("with CRLF", log.checkpoint(6).replace("\n", "\r\n"))):
        yield "a checkpoint " + what, changed(bag, **{NOTE: spoiled.encode()}).sign(), at("signature", NOTE), ("signature",)
    seal = json.loads(bag.files[SEAL])
    for what, name, value in (("another record", "record", seal["record"][:-1] + ("1" if seal["record"][-1] == "0" else "0")),
                              ("another index", "log_index", seal["log_index"] + 1), ("another size", "log_size", 5),
                              ("an index past the log", "log_index", 6), ("no proof", "inclusion", []), ("a record of an entry",
                              "record", world.acme.entries[22].record.hex()), ("a proof that is no list", "inclusion", "x")):
        yield "a seal with " + what, with_member(bag, SEAL, **{name: value}).sign(), at("proof", SEAL), ("proof",)
    yield "an older seal of the chain", changed(bag, **{SEAL: fresh["older-seal"].files[SEAL]}).sign(), at("count", BUNDLE), ("proof",)
    path = json.loads(bag.files[CONSISTENCY])["path"]
    for what, value in (("with another hash", [flip_hex(path[0])] + path[1:]), ("too short", path[:-1]),
                        ("too long", path + [path[0]]), ("that is empty", [])):
        yield "a consistency proof " + what, with_member(bag, CONSISTENCY, path=value).sign(), at("proof", CONSISTENCY), ()
    yield "a consistency proof of other sizes", with_member(bag, CONSISTENCY, old_size=1).sign(), at("proof", CONSISTENCY), ()
    forked = "%s\n2\n%s\n" % (ORIGIN, "A" * 43 + "=")
    yield "an earlier checkpoint of another log", changed(bag, **{PREVIOUS: note(forked, world.log_keys[0]).encode()}).sign(), at(
        "proof", CONSISTENCY), ()
    yield "an earlier checkpoint of nobody", changed(bag, **{PREVIOUS: note(log.text(2), world.other_log_key).encode()}).sign(), at(
        "signature", PREVIOUS), ()
    for one, two in ((PREVIOUS, CONSISTENCY), (CONSISTENCY, PREVIOUS)):
        yield "%s without %s" % (one, two), changed(bag, **{two: None}).sign(), at("file-missing", two), ()


def keys(bag, world):
    cosigned = bag.files[COSIGNATURES]
    later = world.witness.cosignature(world.log.text(2), 1_769_385_600).encode()
    unknown = Signer("unknown", "w2.example", kind=4).cosignature("x\n", 1).encode()
    for what, spoiled in (("of another checkpoint", later), ("without an end", cosigned[:-1]), ("that is none", b"x\n")):
        yield "a cosignature " + what, changed(bag, **{COSIGNATURES: spoiled}).sign(), at("signature", COSIGNATURES), ()
    yield "a cosignature by a witness that is not known", changed(bag, **{COSIGNATURES: cosigned + unknown}).sign(), [], ()
    stamp = bag.files[TIMESTAMP]
    refused = stamp.replace(b"\2\1\0", b"\2\1\2", 1)
    for what, spoiled in (("of something else", timestamp(b"x")), ("that is cut", stamp[:-9]), ("that was refused", refused),
                          ("that is none", b"x"), ("that is empty", b""), ("with bytes after it", stamp + b"\0\0")):
        yield "a time-stamp " + what, changed(bag, **{TIMESTAMP: spoiled}).sign(), at("signature", TIMESTAMP), ()
    told = json.loads(bag.files[KEYS])
    log, notes = told["log"], told["notes"]
    (first,) = notes
    text = first.partition("\n\n")[0] + "\n"
    half = note(text, world.log_keys[1])
    second = dict(log[1], from_size=3)
    for what, members in (
        ("without the note of a change", {"notes": []}), ("with a change that one key signed", {"notes": [half]}),
        ("with a change told twice", {"notes": notes * 2}), ("with a key later than its change", {"log": [log[0], second]}),
        ("without the key before", {"log": [dict(log[1], from_size=0)]}), ("with keys in another order", {"log": log[::-1]}),
        ("with a key that is none", {"log": [{"vkey": "x", "from_size": 0}]}), ("with no key", {"log": []}),
        ("with a note that is none", {"notes": ["x"]}), ("with a checkpoint for a note", {"notes": notes + [world.log.checkpoint(2)]}),
        ("with a witness that is none", {"witnesses": ["x"]}), ("with another id", {"log": [dict(log[0], vkey=log[0]["vkey"].replace(
            world.log_keys[0].id.hex(), "00000000")), log[1]]}),
    ):
        yield "keys.json " + what, with_member(bag, KEYS, **members).sign(), at("signature", KEYS), ("signature",)
    for what, spoiled in (("that is no JSON", b"{"), ("that is no object", b"[]"), ("with another fingerprint", bag.files[KEYS].replace(
            bag.key.fingerprint.encode(), b"0" * 64))):
        out = changed(bag, **{KEYS: spoiled})
        out.write_tag_manifest()
        out.files[SIGNATURE] = out.key.sign(out.files[TAGS])
        yield "keys.json " + what, out, at("signature", KEYS), ("signature",)


def forged(bag, world, make_soc2):
    """The bundle key's owner makes a log of their own, which agrees with itself."""
    key = world.other_log_key
    real, chain = world.log, world.acme
    world.log = Log(key)
    world.log.round(Y2026 + 24 * DAY, (chain, 23))
    lie = Chain("acme", chain.id, [(entry.recorded_at, entry.created_at) for entry in chain.entries])
    out = make_soc2(world, lie)
    world.log = real
    yield "a log of somebody else, no key pinned", out, [], (), []
    yield "a log of somebody else, the bundle's key pinned", out, [], (), ["bundle"]
    yield "a log of somebody else, both keys pinned", out, at("signature", NOTE), (), ["bundle", "log"]
