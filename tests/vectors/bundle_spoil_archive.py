"""Archives that are not as a bundle's must be. Each function yields (name, file's bytes, must, may)."""

import zlib

from bundle_make import GZIP_HEADER, gzip, header, member

TAR = 1024  # the blocks of zeros that end a tar archive


def archive(path=None):
    return [("archive", path, None)]


def cuts(bag):
    whole = gzip(bag.tar())
    for length in (0, 1):
        yield "cut after %d bytes" % length, whole[:length], None, ()
    places = [2, 9, 10, 11, *range(len(whole) // 12, len(whole) - 9, len(whole) // 12)]
    for length in places + [len(whole) - 9, len(whole) - 8, len(whole) - 4, len(whole) - 1]:
        yield "cut after %d bytes" % length, whole[:length], archive(), ()
    tar = bag.tar()
    for what, end in (
        ("within a header", 700),
        ("within a member", 512 * 40 + 9),
        ("before its end", len(tar) - TAR),
        ("before its last block", len(tar) - TAR // 2),
        ("one byte before its end", len(tar) - 1),
    ):
        yield "tar cut " + what, gzip(tar[:end]), archive(), ()


def gzips(bag):
    tar = bag.tar()
    whole = gzip(tar)
    yield "not a gzip file", tar, None, ()
    yield "a byte after the gzip stream", whole + b"\0", archive(), ()
    yield "a second gzip member, empty", whole + gzip(b""), archive(), ()
    yield "a second gzip member, the same", whole + whole, archive(), ()
    half = len(tar) // 2
    yield "two gzip members that are one tar", gzip(tar[:half]) + gzip(tar[half:]), archive(), ()
    for what, index, value in (
        ("with another method", 2, 7),
        ("with a name", 3, 8),
        ("with extra fields", 3, 4),
        ("with a time", 5, 1),
        ("of another system", 9, 3),
        ("with odd flags", 8, 3),
    ):
        yield "a gzip header " + what, whole[:index] + bytes([value]) + whole[index + 1 :], archive(), ()
    for what, index in (("checksum", -8), ("length", -4)):
        spoiled = bytearray(whole)
        spoiled[index] ^= 1
        yield "a wrong gzip " + what, bytes(spoiled), archive(), ()
    for index in range(40, len(whole) - 8, len(whole) // 8):
        spoiled = bytearray(whole)
        spoiled[index] ^= 0x10
        yield "byte %d of the compressed stream flipped" % index, bytes(spoiled), archive(), ("altered", "gap", "count")
    stored = b"\1\0\0\xff\xff" + zlib.crc32(b"").to_bytes(4, "little") + bytes(4)
    yield "an empty stream", GZIP_HEADER + stored, archive(), ()
    yield "an empty tar", gzip(bytes(TAR)), archive(), ()
    yield "one block of zeros more", gzip(tar + bytes(512)), archive(), ()
    yield "a member after the end", gzip(tar + bag.tar()), archive(), ()
    yield "one block of zeros within", gzip(tar[:512] + bytes(512) + tar[512:]), archive(), ("count", "file-altered")


class Members:
    """The members of a good archive, to be changed."""

    def __init__(self, bag):
        self.bag, self.top = bag, bag.name.encode() + b"/"
        self.parts = {name: bag.files[name[len(self.top) :].decode()] for name in bag.members()}

    def build(self, name, block, size=0, order=True):
        """With one member more, made of a header and bytes as they are given, in its place among the others."""
        names = list(self.parts)
        place = next((i for i, other in enumerate(names) if other > name), len(names)) if order else len(names)
        made = [member(other, data, self.bag.mtime) for other, data in self.parts.items()]
        made.insert(place, block + bytes(-size % 512))
        return gzip(b"".join(made) + bytes(TAR))

    def replaced(self, path, **fields):
        """With a member whose header has other fields."""
        time, made = fields.pop("mtime", self.bag.mtime), []
        for name, data in self.parts.items():
            changed = name == self.top + path
            made.append(member(name, data, time, **fields) if changed else member(name, data, self.bag.mtime))
        return gzip(b"".join(made) + bytes(TAR))


def names(bag):
    members = Members(bag)
    top, time = members.top, bag.mtime
    for what, name, path in (
        ("an absolute path", b"/etc/passwd", "/etc/passwd"),
        ("a path that leaves the bundle", top + b"../x", None),
        ("a path that leaves and comes back", top + b"data/../../" + top + b"x", "data/../../" + bag.name + "/x"),
        ("a path with .", top + b"./x", None),
        ("a path with an empty part", top + b"data//x", "data//x"),
        ("a path that ends in a slash", top + b"data/x/", "data/x/"),
        ("a path with a backslash", top + b"data\\x", "data\\x"),
        ("a path with a colon", top + b"C:x", None),
        ("a path with a space", top + b"data/a b", "data/a b"),
        ("a path with an escape", top + b"data/\x1b[2J", None),
        ("a path that is not ASCII", top + "data/é".encode(), None),
        ("another directory", b"zzz/x", "zzz/x"),
        ("no directory", b"x", "x"),
        ("a twin in another case", top + b"DATA/bundle.json", None),
        ("a directory in another case", top + b"Data/x", None),
        ("a file that is a directory", top + b"data/custody.csv/x", "data/custody.csv/x"),
        ("a name with bytes after its end", top + b"x\0y", None),
        ("no name", b"", None),
    ):
        yield what, members.build(name, member(name, b"", time)), archive(path), ()
    yield "a member twice", members.build(top + b"README.txt", member(top + b"README.txt", b"", time)), archive(
        "README.txt"
    ), ()
    last = member(top + b"data/late.csv", b"x", time)
    yield "members out of order", members.build(b"", last, order=False), archive("data/late.csv"), ()
    other = bag.copy()
    other.name = "Auditproof_SOC2"
    yield "a directory of another form", gzip(other.tar()), archive(), ()
    longer = bag.copy()
    longer.name = "a" * 51
    yield "a directory of a name that is too long", gzip(longer.tar()), archive(), ()
    prefixed = member(b"x", b"", time, prefix=top.rstrip(b"/") + b"/data")
    yield "a path in two fields", members.build(top + b"data/x", prefixed), archive(), ()


def types(bag):
    members = Members(bag)
    time, name = bag.mtime, members.top + b"data/x"
    for what, flag, link in (
        ("a hard link", b"1", members.top + b"README.txt"),
        ("a symbolic link", b"2", b"/etc/passwd"),
        ("a character device", b"3", b""),
        ("a block device", b"4", b""),
        ("a directory", b"5", b""),
        ("a pipe", b"6", b""),
        ("a contiguous file", b"7", b""),
        ("an old file", b"\0", b""),
        ("a sparse file", b"S", b""),
        ("an unknown type", b"Z", b""),
    ):
        yield what, members.build(name, member(name, b"", time, typeflag=flag, linkname=link)), archive("data/x"), ()
    for what, flag, data in (
        ("a pax header", b"x", b"19 path=/etc/passwd\n"),
        ("a global pax header", b"g", b"10 size=1\n"),
        ("a GNU long name", b"L", b"/etc/passwd\0"),
        ("a GNU long link", b"K", b"/etc/passwd\0"),
    ):
        block = member(name, data, time, typeflag=flag)
        yield what, members.build(name, block), archive("data/x"), ()


def fields(bag):
    members = Members(bag)
    time, name = bag.mtime, members.top + b"data/x"
    for what, size in (
        ("negative", b"-0000000001\0"),
        ("in base 256", b"\x80" + bytes(10) + b"\1"),
        ("negative in base 256", b"\xff" * 12),
        ("with letters", b"0000000zzz1\0"),
        ("of nothing", bytes(12)),
        ("of spaces", b" " * 12),
        ("of an 8", b"00000000008\0"),
    ):
        block = header(name, 0, time, raw_size=size)
        yield "a size that is " + what, members.build(name, block), archive("data/x"), ()
    for what, size in (("longer than the archive", 1 << 20), ("of 8 GiB", (1 << 33) - 1)):
        yield "a size " + what, members.build(name, header(name, size, time)), archive("data/x"), ()
    block = bytearray(member(name, b"", time))
    block[150] ^= 1
    yield "a wrong checksum", members.build(name, bytes(block)), archive("data/x"), ()
    for what, changes, path in (
        ("mode 0777", {"mode": 0o777}, b"data/custody.csv"),
        ("mode 04755", {"mode": 0o4755}, b"verify.sh"),
        ("an executable file", {"mode": 0o755}, b"verify.ps1"),
        ("an owner's name", {"owner": b"root".ljust(64, b"\0")}, b"data/custody.csv"),
        ("another time", {"mtime": bag.mtime + 1}, b"data/custody.csv"),
        ("a link's name", {"linkname": b"x"}, b"data/custody.csv"),
    ):
        yield what, members.replaced(path, **changes), archive(path.decode()), ()
    for what, index, old, new in (
        ("GNU's magic", 257, b"ustar\x0000", b"ustar  \0"),
        ("an owner", 108, b"0000000", b"0000001"),
        ("a device number", 329, b"0000000", b"0000001"),
        ("bytes after the prefix", 500, b"\0", b"x"),
    ):
        block = bytearray(header(name, 0, time))
        if block[index : index + len(old)] != old:
            raise ValueError(what)
        block[index : index + len(new)] = new
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
        yield what, members.build(name, bytes(block)), archive("data/x"), ()
    yield "padding that is not zero", members.build(name, header(name, 1, time) + b"x" + b"y" * 511), archive(
        "data/x"
    ), ()


def zeros(count):
    """Raw deflate of so many MiB of zeros, made in no time: the same block over and over."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)) * count


def with_zeros(bag, path, mebibytes):
    """With a member of that many MiB of zeros. The checksum is made of them as the bytes are."""
    name, first, second = (bag.name + "/" + path).encode(), b"", b""
    for other in bag.members():
        if other == name:
            continue
        part = member(other, bag.files[other.decode().partition("/")[2]], bag.mtime)
        first, second = (first + part, second) if other < name else (first, second + part)
    first += header(name, mebibytes << 20, bag.mtime)
    second += bytes(TAR)
    crc = zlib.crc32(first)
    for _ in range(mebibytes):
        crc = zlib.crc32(bytes(1 << 20), crc)
    crc = zlib.crc32(second, crc)
    out = [GZIP_HEADER]
    for data in (first, second):
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        out.append(deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH if data is first else zlib.Z_FINISH))
        out.append(zeros(mebibytes) if data is first else b"")
    length = len(first) + (mebibytes << 20) + len(second)
    return b"".join(out) + crc.to_bytes(4, "little") + (length & 0xFFFFFFFF).to_bytes(4, "little")


def bombs(bag):
    yield "1 GiB of zeros", with_zeros(bag, "data/zeros.bin", 1024), [("file-unlisted", "data/zeros.bin", None)], (
        "manifest",
    )
    last = max(path for path in bag.files if path.startswith("data/events/"))
    path = last.replace("22.", "99.")
    yield "a line of 65 MiB", with_zeros(bag, path, 65), [("altered", path, None), ("file-unlisted", path, None)], (
        "manifest",
        "gap",
        "count",
    )
    yield "a bundle.json of 17 MiB", with_zeros(bag, "data/bundle.json", 17), [
        ("count", "data/bundle.json", None),
        ("file-altered", "data/bundle.json", None),
    ], ("manifest",)
    yield "100,001 members", gzip(tiny(bag, 100_001), 1), archive("a/100000"), ()


def tiny(bag, count):
    """Empty members, whose headers differ in six digits and the checksum."""
    name = bag.name.encode() + b"/a/"
    block = header(name + b"000000", 0, bag.mtime)
    middle, rest = block[len(name) + 6 : 148], block[156:]
    check, made = int(block[148:154], 8) - 6 * ord("0"), []
    for index in range(count):
        digits = b"%06d" % index
        made += (name, digits, middle, b"%06o\0 " % (check + sum(digits)), rest)
    return b"".join(made) + bytes(TAR)


def spoiled(bag):
    for function in (cuts, gzips, names, types, fields, bombs):
        yield from function(bag)
