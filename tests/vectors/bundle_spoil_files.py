"""Bundles whose files, manifests or signature are spoiled, by somebody without the bundle's key or with it.

Each function yields (name, bag, must, may[, pins]); pins are names: "bundle", "log", "other"."""

import json

from bundle_make import dump

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


def with_member(bag, path, /, **members):
    out = json.loads(bag.files[path])
    out.update(members)
    return changed(bag, **{path: dump(out).encode() + b"\n"})


def files(bag, others):
    for path in sorted(bag.files):
        if path == TAGS:
            must, may = [SIGNED], ("manifest", "file-altered", "file-missing", "file-unlisted")
        elif path == SIGNATURE:
            must, may = [SIGNED], ()
        else:
            may = (
                ANY
                if path in (PAYLOAD, BUNDLE, COMPLETENESS, "bagit.txt", "bag-info.txt") or "/e" in path
                else ("proof",)
            )
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
    yield "swap two files of entries", swapped, at("file-altered", E1) + at("file-altered", E2) + at(
        "gap", E1, 10
    ), ENTRIES
    renamed = changed(bag, **{"data/custody2.csv": bag.files[one], one: None})
    yield "rename a file", renamed, at("file-missing", one) + at("file-unlisted", "data/custody2.csv"), ()
    later = E3.replace("22.", "23.")
    renamed = changed(bag, **{later: bag.files[E3], E3: None})
    yield "rename a file of entries", renamed, at("file-missing", E3) + at("file-unlisted", later) + at(
        "gap", later, 22
    ), ()
    yield "fetch.txt", changed(bag, **{"fetch.txt": b"http://192.0.2.1/x 1 data/x\n"}).sign(), at(
        "manifest", "fetch.txt"
    ), ()


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
            ("with CRLF", data.replace(b"\n", b"\r\n")),
            ("with a byte order mark", b"\xef\xbb\xbf" + data),
            ("with upper case", data.replace(first, first[:64].upper() + first[64:])),
            ("without its last line end", data[:-1]),
            ("with one space", data.replace(b"  ", b" ", 1)),
            ("with a star", data.replace(b"  ", b" *", 1)),
            ("not in order", b"\n".join([second, first] + rest[1:] + [b""])),
            ("with a line twice", first + b"\n" + data),
            ("with an empty line", b"\n" + data),
            ("with a path outside", inside + b"../../etc/passwd\n" + data),
            ("with an absolute path", inside + b"/etc/passwd\n" + data),
            ("with a path with .", inside + b"data/./x\n" + data),
            ("with a comment", b"# x\n" + data),
            ("with another digest", b"0" * 128 + b"  data/x\n" + data),
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
    for what, spoiled in (
        ("with a byte order mark", b"\xef\xbb\xbf" + bagit),
        ("of BagIt 0.97", bagit.replace(b"1.0", b"0.97")),
        ("in Latin 1", bagit.replace(b"UTF-8", b"ISO-8859-1")),
        ("with CRLF", bagit.replace(b"\n", b"\r\n")),
    ):
        yield "bagit.txt " + what, signed("bagit.txt", spoiled), at("manifest", "bagit.txt"), ()
    oxum = info[info.index(b"Payload-Oxum") :]
    for what, spoiled in (
        ("with a wrong Payload-Oxum", info[:-2] + b"1\n" if info[-2:] != b"1\n" else info[:-2] + b"2\n"),
        ("without Payload-Oxum", info.replace(oxum, b"")),
        ("with Payload-Oxum twice", info + oxum),
        ("with a folded line", info + b" x\n"),
        ("with CRLF", info.replace(b"\n", b"\r\n")),
        ("without its identifier", info.replace(b"External-Identifier", b"X")),
    ):
        yield "bag-info.txt " + what, signed("bag-info.txt", spoiled), at("manifest", "bag-info.txt"), ()
