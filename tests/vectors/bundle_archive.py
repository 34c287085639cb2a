"""Reads the archive of an evidence bundle: gzip and ustar, as strictly as audit-bundle(5) has them.

A general reader accepts what two readers may understand differently; this one refuses it. It holds one chunk at a time,
and the names of the members.
"""

import re
import zlib

CHUNK = 1 << 16
BLOCK = 512
MEMBERS_MAX = 100_000

PATH = re.compile(rb"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)+")
OCTAL = re.compile(rb"([0-7]+)[ \0]{1,2}")


class Unreadable(Exception):
    """No bundle at all."""


class Damaged(Exception):
    """A bundle's archive that is not as it must be; what follows cannot be read."""

    def __init__(self, detail, path=None):
        super().__init__(detail)
        self.path = path


class Gzip:
    """The bytes within one gzip member that is the whole file."""

    def __init__(self, file):
        self.file = file
        header = file.read(10)
        if header[:2] != b"\x1f\x8b":
            raise Unreadable("it is not a gzip file")
        if len(header) < 10:
            raise Damaged("the archive is cut")
        if header[2:8] != b"\x08\0\0\0\0\0" or header[8] not in (0, 2, 4) or header[9] != 0xFF:
            raise Damaged("the gzip header has a name, a time or something else that a bundle's has not")
        self.inflate = zlib.decompressobj(-15)
        self.pending = b""
        self.crc = 0
        self.length = 0
        self.ended = False

    def _more(self):
        while not self.ended:
            data = self.inflate.unconsumed_tail or self.file.read(CHUNK)
            try:
                out = self.inflate.decompress(data, CHUNK)
            except zlib.error as error:
                raise Damaged("the compressed data is damaged: %s" % error) from None
            self.crc = zlib.crc32(out, self.crc)
            self.length += len(out)
            if self.inflate.eof:
                self._end()
            elif not data and not out:
                raise Damaged("the archive is cut")
            if out:
                return out
        return b""

    def _end(self):
        self.ended = True
        trailer = self.inflate.unused_data + self.file.read(8)
        if len(trailer) < 8:
            raise Damaged("the archive is cut")
        if trailer[:8] != self.crc.to_bytes(4, "little") + (self.length & 0xFFFFFFFF).to_bytes(4, "little"):
            raise Damaged("gzip's checksum or length is wrong")
        if len(trailer) > 8 or self.file.read(1):
            raise Damaged("bytes follow the end of the gzip stream")

    def read(self, most):
        """At most so many bytes; none at the end."""
        data = self.pending or self._more()
        self.pending = data[most:]
        return data[:most]

    def exactly(self, length):
        out = b""
        while len(out) < length:
            part = self.read(length - len(out))
            if not part:
                raise Damaged("the archive is cut")
            out += part
        return out


def octal(field, what):
    match = OCTAL.fullmatch(field)
    if not match:
        raise Damaged("a tar header's %s is not a number as it must be written" % what)
    return int(match.group(1), 8)


def shown(name):
    """A member's path for a finding: without the bundle's directory, and only when it is safe to print."""
    if not name or any(byte < 0x20 or byte > 0x7E for byte in name):
        return None
    return name.decode()


class Member:
    """One file of the archive, whose bytes are to be read before the next is asked for."""

    def __init__(self, stream, path, size):
        self.stream, self.path, self.size = stream, path, size

    def chunks(self):
        left = self.size
        while left > 0:
            part = self.stream.read(min(left, CHUNK))
            if not part:
                raise Damaged("the archive is cut", self.path)
            left -= len(part)
            yield part
        if any(self.stream.exactly(-self.size % BLOCK)):
            raise Damaged("the padding after a member is not zero", self.path)


class Tar:
    def __init__(self, file):
        self.stream = Gzip(file)
        self.top = None  # the bundle's name with its slash
        self.last = b""
        self.mtime = None
        self.lower = set()  # members' names in lower case
        self.directories = {}  # directories' names in lower case, to their spelling

    def members(self):
        count = 0
        while any(block := self.stream.exactly(BLOCK)):
            name = block[:100].rstrip(b"\0")
            try:
                size = self._header(block, name)
                count += 1
                if count > MEMBERS_MAX:
                    raise Damaged("it has more than %d members" % MEMBERS_MAX)
            except Damaged as error:
                relative = name[len(self.top) :] if self.top and name.startswith(self.top) else name
                error.path = shown(relative)
                raise
            yield Member(self.stream, name[len(self.top) :].decode(), size)
        if count == 0:
            raise Damaged("it is empty")
        if any(self.stream.exactly(BLOCK)):
            raise Damaged("one block of zeros is followed by something else")
        if self.stream.read(1):
            raise Damaged("something follows the two blocks of zeros that end a tar archive")

    def _header(self, block, name):
        if octal(block[148:156], "checksum") != sum(block) - sum(block[148:156]) + 8 * 0x20:
            raise Damaged("a tar header's checksum is wrong")
        if block[257:265] != b"ustar\x0000":
            raise Damaged("a tar header is not of the format ustar")
        if block[156:157] != b"0":
            raise Damaged("a member is a link, a directory, a device or an extended header")
        self._name(name)
        if any(block[157:257]) or any(block[265:329]) or any(block[345:512]):
            raise Damaged("a tar header has a link's name, an owner's name, a prefix or something after it")
        for field, what in ((block[329:337], "device number"), (block[337:345], "device number")):
            if any(field) and octal(field, what) != 0:
                raise Damaged("a tar header has a device number")
        mode = octal(block[100:108], "mode")
        if octal(block[108:116], "user") or octal(block[116:124], "group"):
            raise Damaged("a member has an owner")
        if mode != 0o644 and not (mode == 0o755 and name[len(self.top) :] == b"verify.sh"):
            raise Damaged("a member's mode is neither 0644 nor, for verify.sh, 0755")
        mtime = octal(block[136:148], "time")
        if self.mtime not in (None, mtime):
            raise Damaged("members have different times")
        self.mtime = mtime
        return octal(block[124:136], "size")

    def _name(self, name):
        if not PATH.fullmatch(name) or any(part in (b".", b"..") for part in name.split(b"/")):
            raise Damaged("a member's path is not one that a bundle may have")
        top = name[: name.index(b"/") + 1]
        if self.top is None:
            if not re.fullmatch(rb"[a-z0-9-]{1,50}/", top):
                raise Damaged("the bundle's directory has a name that it may not have")
            self.top = top
        if top != self.top:
            raise Damaged("members are in more than one directory")
        if name <= self.last:
            raise Damaged("members are not in order, or one comes twice")
        self.last = name
        self._twins(name)

    def _twins(self, name):
        """A file system may not tell cases apart, and none has a file that is a directory too."""
        lower = name.lower()
        if lower in self.lower or lower in self.directories:
            raise Damaged("two members' paths differ in case only, or one is the other's directory")
        self.lower.add(lower)
        end = name.find(b"/")
        while end >= 0:
            if lower[:end] in self.lower or self.directories.setdefault(lower[:end], name[:end]) != name[:end]:
                raise Damaged("two members' paths differ in case only, or one is the other's directory")
            end = name.find(b"/", end + 1)
