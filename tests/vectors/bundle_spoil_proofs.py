"""Bundles whose proofs, notes or keys are spoiled. Each function yields what bundle_spoil_files does."""

import json

from bundle_make import lines_of, timestamp
from bundle_spoil_entries import flip_hex, relined
from bundle_spoil_files import (
    BUNDLE,
    CONSISTENCY,
    COSIGNATURES,
    E1,
    E2,
    E3,
    KEYS,
    NOTE,
    PREVIOUS,
    SEAL,
    SIGNATURE,
    TAGS,
    TIMESTAMP,
    at,
    changed,
    with_member,
)
from bundle_world import DAY, ORIGIN, Y2026, Log, Signer, note


def proofs(bag, world, fresh):
    globex, other = fresh["globex"], fresh["globex-subject"]
    yield "another tenant's seal", changed(bag, **{SEAL: globex.files[SEAL]}).sign(), at("proof", SEAL), ("count",)
    mixed = changed(bag, **{path: globex.files[path] for path in (E1, E2, E3)}).sign()
    yield "another tenant's entries", mixed, at("altered", E1, 1) + at("altered", E2, 10), ("proof", "link", "count")
    whole = with_member(globex, BUNDLE, chain=world.acme.id, organization=world.acme.id).sign()
    yield "another tenant's bundle under this one's name", whole, at("altered", E1, 1) + at("proof", SEAL), (
        "altered",
        "proof",
    )
    named = changed(bag, **{BUNDLE: globex.files[BUNDLE]}).sign()
    yield "this one's bundle under another tenant's name", named, at("altered", E1, 1) + at("proof", SEAL), ("count",)

    def foreign(lines):
        lines[1] = lines_of(other.files)[1]

    subject = relined(fresh["gdpr-subject"], foreign).sign()
    yield "another tenant's entry with its true proof", subject, at("altered", "data/events/%020d.ndjson" % 5, 8), (
        "proof",
    )
    old = changed(bag, **{NOTE: bag.files[PREVIOUS]}).sign()
    yield "an older checkpoint", old, at("proof", SEAL) + at("count", BUNDLE), ("proof", "signature")
    adjusted = with_member(with_member(old, BUNDLE, log_size=2), SEAL, log_size=2)
    yield "an older checkpoint, sizes fixed", adjusted.sign(), at("proof", SEAL), ("proof", "signature")
    log = world.log
    text = log.text(len(log.records))
    for what, spoiled in (
        ("signed by another key", note(text, world.other_log_key)),
        ("signed by the key before", note(text, world.log_keys[0])),
        ("of another root", log.checkpoint(6).replace(text.split("\n")[2], "A" * 43 + "=")),
        ("with another name", note(text.replace(ORIGIN, "x.example/log"), world.log_keys[1])),
        ("without a signature", text),
        ("with a line more", note(text + "x\n", world.log_keys[1])),
        ("with CRLF", log.checkpoint(6).replace("\n", "\r\n")),
    ):
        yield "a checkpoint " + what, changed(bag, **{NOTE: spoiled.encode()}).sign(), at("signature", NOTE), (
            "signature",
        )
    seal = json.loads(bag.files[SEAL])
    for what, name, value in (
        ("another record", "record", seal["record"][:-1] + ("1" if seal["record"][-1] == "0" else "0")),
        ("another index", "log_index", seal["log_index"] + 1),
        ("another size", "log_size", 5),
        ("an index past the log", "log_index", 6),
        ("no proof", "inclusion", []),
        ("a record of an entry", "record", world.acme.entries[22].record.hex()),
        ("a proof that is no list", "inclusion", "x"),
    ):
        yield "a seal with " + what, with_member(bag, SEAL, **{name: value}).sign(), at("proof", SEAL), ("proof", "count")
    yield "an older seal of the chain", changed(bag, **{SEAL: fresh["older-seal"].files[SEAL]}).sign(), at(
        "count", BUNDLE
    ), ("proof",)
    path = json.loads(bag.files[CONSISTENCY])["path"]
    for what, value in (
        ("with another hash", [flip_hex(path[0])] + path[1:]),
        ("too short", path[:-1]),
        ("too long", path + [path[0]]),
        ("that is empty", []),
    ):
        yield "a consistency proof " + what, with_member(bag, CONSISTENCY, path=value).sign(), at(
            "proof", CONSISTENCY
        ), ()
    yield "a consistency proof of no time", with_member(bag, CONSISTENCY, old_sealed_at_us="1").sign(), at(
        "proof", CONSISTENCY
    ), ()
    yield "a consistency proof of other sizes", with_member(bag, CONSISTENCY, old_size=1).sign(), at(
        "proof", CONSISTENCY
    ), ()
    forked = "%s\n2\n%s\n" % (ORIGIN, "A" * 43 + "=")
    yield "an earlier checkpoint of another log", changed(
        bag, **{PREVIOUS: note(forked, world.log_keys[0]).encode()}
    ).sign(), at("proof", CONSISTENCY), ()
    yield "an earlier checkpoint of nobody", changed(
        bag, **{PREVIOUS: note(log.text(2), world.other_log_key).encode()}
    ).sign(), at("signature", PREVIOUS), ()
    for one, two in ((PREVIOUS, CONSISTENCY), (CONSISTENCY, PREVIOUS)):
        yield "%s without %s" % (one, two), changed(bag, **{two: None}).sign(), at("file-missing", two), ()


def keys(bag, world):
    cosigned = bag.files[COSIGNATURES]
    later = world.witness.cosignature(world.log.text(2), 1_769_385_600).encode()
    unknown = Signer("unknown", "w2.example", kind=4).cosignature("x\n", 1).encode()
    for what, spoiled in (
        ("of another checkpoint", later),
        ("without an end", cosigned[:-1]),
        ("that is none", b"x\n"),
    ):
        yield "a cosignature " + what, changed(bag, **{COSIGNATURES: spoiled}).sign(), at("signature", COSIGNATURES), ()
    yield "a cosignature by a witness that is not known", changed(
        bag, **{COSIGNATURES: cosigned + unknown}
    ).sign(), [], ()
    stamp = bag.files[TIMESTAMP]
    refused = stamp.replace(b"\2\1\0", b"\2\1\2", 1)
    for what, spoiled in (
        ("of something else", timestamp(b"x")),
        ("that is cut", stamp[:-9]),
        ("that was refused", refused),
        ("that is none", b"x"),
        ("that is empty", b""),
        ("with bytes after it", stamp + b"\0\0"),
    ):
        yield "a time-stamp " + what, changed(bag, **{TIMESTAMP: spoiled}).sign(), at("signature", TIMESTAMP), ()
    told = json.loads(bag.files[KEYS])
    log, notes = told["log"], told["notes"]
    (first,) = notes
    text = first.partition("\n\n")[0] + "\n"
    half = note(text, world.log_keys[1])
    second = dict(log[1], from_size=3)
    for what, members in (
        ("without the note of a change", {"notes": []}),
        ("with a change that one key signed", {"notes": [half]}),
        ("with a change told twice", {"notes": notes * 2}),
        ("with a key later than its change", {"log": [log[0], second]}),
        ("without the key before", {"log": [dict(log[1], from_size=0)]}),
        ("with keys in another order", {"log": log[::-1]}),
        ("with a key that is none", {"log": [{"vkey": "x", "from_size": 0}]}),
        ("with no key", {"log": []}),
        ("with a note that is none", {"notes": ["x"]}),
        ("with a checkpoint for a note", {"notes": notes + [world.log.checkpoint(2)]}),
        ("with a witness that is none", {"witnesses": ["x"]}),
        (
            "with another id",
            {"log": [dict(log[0], vkey=log[0]["vkey"].replace(world.log_keys[0].id.hex(), "00000000")), log[1]]},
        ),
    ):
        yield "keys.json " + what, with_member(bag, KEYS, **members).sign(), at("signature", KEYS), ("signature",)
    for what, spoiled in (
        ("that is no JSON", b"{"),
        ("that is no object", b"[]"),
        ("with another fingerprint", bag.files[KEYS].replace(bag.key.fingerprint.encode(), b"0" * 64)),
    ):
        out = changed(bag, **{KEYS: spoiled})
        out.write_tag_manifest()
        out.files[SIGNATURE] = out.key.sign(out.files[TAGS])
        yield "keys.json " + what, out, at("signature", KEYS), ("signature",)


def changes(bag, world, behind, make_soc2):
    """What the log was when its key changed is not, or not shown to be, the beginning of what it is."""

    def of(out, path, number=1):
        log = json.loads(out.files[KEYS])["log"]
        log[number] = {name: value for name, value in log[number].items() if name != "consistency"}
        if path is not None:
            log[number]["consistency"] = path
        return with_member(out, KEYS, log=log).sign()

    path = json.loads(bag.files[KEYS])["log"][1]["consistency"]
    for what, value in (
        ("without a proof", None),
        ("with another hash", [flip_hex(path[0])] + path[1:]),
        ("with a proof too short", path[:-1]),
        ("with a proof too long", path + [path[0]]),
        ("with an empty proof", []),
        ("with a proof that is no list", path[0]),
    ):
        yield "a change of the key " + what, of(bag, value), at("proof", KEYS), ()
    yield "a change of the key that a restore undid, with a proof", of(behind, path), at("proof", KEYS), ()
    yield "the restore itself, without a proof", of(behind, [], 2), at("proof", KEYS), ()
    # Whoever stole the newer key has the true note of the change, and a log of their own.
    thief = Log(*world.log_keys)
    thief.round(Y2026 + 8 * DAY, (world.acme, 7), (world.globex, 6))
    thief.change_key(Y2026 + 9 * DAY)
    thief.notes = world.log.notes
    thief.round(Y2026 + 24 * DAY, (world.acme, 23), (world.globex, 23), (world.system, 1))
    thief.round(Y2026 + 25 * DAY, (world.globex, 23))
    stolen = make_soc2(world.acme, thief)
    yield "a new log behind a true change of the key", stolen, at("proof", KEYS), ()
    yield "a new log, with the true log's proof", of(stolen, path), at("proof", KEYS), ()


def policies(bag, world):
    """Who cosigned is for the reader to judge: (…, pins, policy, keys)."""
    log, one, (first, second, third) = world.log_keys[0].vkey, world.witness, world.witnesses

    def asked(least, *witnesses, more=""):
        lines = ["witness w%d %s" % (i, witness.vkey) for i, witness in enumerate(witnesses, 1)]
        names = " ".join("w%d" % i for i in range(1, len(witnesses) + 1))
        text = "log %s\n%s\ngroup g %s %s\n%squorum %s\n" % (
            log,
            "\n".join(lines),
            least,
            names,
            more,
            "h" if more else "g",
        )
        all_of_them = [bag.key.vkey, log] + [witness.vkey for witness in witnesses]
        return ["bundle"], text, all_of_them if least == "all" else None

    yield "two of three witnesses cosigned", bag, [], (), *asked(2, *world.witnesses)
    yield "both witnesses cosigned", bag, [], (), *asked("all", first, second)
    nested = asked("all", first, second, more="witness w3 %s\ngroup h any g w3\n" % third.vkey)
    yield "a witness, or both others, cosigned", bag, [], (), *nested[:2], None
    short = at("signature", COSIGNATURES)
    yield "one of three witnesses did not cosign", bag, short, (), *asked("all", *world.witnesses)
    yield "none cosigned", changed(bag, **{COSIGNATURES: None}).sign(), short, (), *asked("all", one)
    own = Signer("own", "witness.example/own", kind=4)
    text = world.log.text(len(world.log.records))
    theirs = changed(bag, **{COSIGNATURES: own.cosignature(text, 1_769_385_600).encode()})
    theirs = with_member(theirs, KEYS, witnesses=[own.vkey]).sign()
    yield "a witness that only the bundle names", theirs, short, (), *asked("all", one)
    older = bag.files[COSIGNATURES] + third.cosignature(world.log.text(2), 1_769_385_600).encode()
    elsewhere = changed(bag, **{COSIGNATURES: older}).sign()
    yield "the policy's witness cosigned something else", elsewhere, short, (), *asked("all", third)


def restored(bag, world):
    """A log that goes on under another name."""
    change, restore = json.loads(bag.files[KEYS])["notes"]
    text = restore.partition("\n\n")[0] + "\n"
    old = world.log_keys[0]
    for what, notes in (
        ("without its declaration", [change]),
        ("without the change of the key", [restore]),
        ("declared twice", [change, restore, restore]),
        ("declared by another", [change, note(text, world.other_log_key)]),
        ("declared at another size", [change, note(text.replace("\n2\n", "\n1\n", 1), old)]),
        ("declared under another name", [change, note(text.replace("/since-", "/after-", 1), old)]),
        ("without a reason", [change, note(text[:-1].rpartition("\n")[0] + "\n", old)]),
    ):
        yield "a restore " + what, with_member(bag, KEYS, notes=notes).sign(), at("signature", KEYS), ()


def forged(bag, world, make_soc2):
    """The bundle key's owner makes a log of their own, which agrees with itself."""
    log = Log(world.other_log_key)
    log.round(Y2026 + 24 * DAY, (world.acme, 23))
    out = make_soc2(world.acme, log)
    yield "a log of somebody else, no key pinned", out, [], (), []
    yield "a log of somebody else, the bundle's key pinned", out, [], (), ["bundle"]
    yield "a log of somebody else, both keys pinned", out, at("signature", NOTE), (), ["bundle", "log"]
    own = Log(bag.key)
    own.round(Y2026 + 24 * DAY, (world.acme, 23))
    yield "a log by the bundle's own key, both keys pinned", make_soc2(world.acme, own), [], (), ["bundle", "log"]
