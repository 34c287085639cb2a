"""The tamper table of the bundle format: good bundles with one thing wrong, and what must be said of them."""

import bundle_spoil_archive as archives
import bundle_spoil_entries as entries
import bundle_spoil_files as files
import bundle_spoil_proofs as proofs
from bundle_make import FROM, TO, good, gzip, make, write


SEQS = (*range(1, 18), 20, 22)


def bundles(world):
    """What the spoiling functions take from, besides the good bundles."""
    out = good(world)
    within = lambda entry: FROM <= entry.created_at < TO
    name = out["soc2"].name
    out["globex"] = make(world, "soc2", world.globex, SEQS, name, in_period=within, previous=2, extras=True)
    out["globex-subject"] = make(world, "gdpr-subject", world.globex, [5, 8, 11, 14], name)
    out["older-seal"] = make(world, "sample", world.acme, [1, 6], name, size=6)
    return out


def tampered(world):
    """(name, bag, must, may[, pins[, policy, keys]])"""
    fresh = bundles(world)
    bag = fresh["soc2"]
    for function in (
        files.files,
        files.csv_edited,
        files.manifests,
        entries.dropped,
        entries.rows,
        entries.forms,
        entries.said,
        proofs.keys,
    ):
        yield from function(bag, world)
    yield from proofs.proofs(bag, world, fresh)
    yield from proofs.restored(fresh["restored"], world)
    made = lambda chain, log: make(world, "soc2", chain, SEQS, bag.name, log=log)
    yield from proofs.changes(bag, world, fresh["restored-behind"], made)
    yield from proofs.policies(bag, world)
    yield from proofs.forged(bag, world, made)


def write_negatives(directory, world):
    pins = {"bundle": world.bundle_key.vkey, "log": world.log_keys[0].vkey, "other": world.other_key.vkey}
    cases, seen = [], set()

    def case(number, name, must, may, verdict, pinned=("bundle", "log")):
        if name in seen:
            raise ValueError("two cases are named " + name)
        seen.add(name)
        cases.append(
            {
                "name": name,
                "file": "%03d.tar.gz" % number,
                "pins": [pins[pin] for pin in pinned],
                "verdict": verdict,
                "exit": {"findings": 1, "unreadable": 3}.get(verdict, 0),
                "may": list(may),
                "must": [dict(zip(("kind", "path", "seq"), item)) for item in must or []],
            }
        )
        return cases[-1]["file"]

    def contents():
        number, bag = 0, good(world)["soc2"]
        for name, out, must, may, *pinned in tampered(world):
            number += 1
            whose, *policy = pinned or [("bundle", "log")]
            verdict = "findings" if must else ("trusted" if policy or whose == ("bundle", "log") else "intact")
            yield case(number, name, must, may, verdict, whose), gzip(out.tar())
            cases[-1].update((key, value) for key, value in zip(("policy", "keys"), policy) if value)
        for name, data, must, may in archives.spoiled(bag):
            number += 1
            yield case(number, name, must, may, "findings" if must else "unreadable"), data

    write(directory, cases, contents())
