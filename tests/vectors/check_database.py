#!/usr/bin/env python3
"""Compute every content hash and every chain of a live database again, and compare.

Usage: check_database.py            (the database is named by PGHOST, PGDATABASE, PGSERVICE …)

Reads through psql in one snapshot. Prints "ok" with what was compared and exits 0, or prints the mismatches (ten at
most) and exits 1; exits 3 when the database cannot be read. An empty database is a mismatch. It shares nothing with the
library or the SQL functions, and is an oracle for the tests.
"""

import os
import subprocess
import sys

import auditproof_format as f

COLUMNS = (
    "id organization_id actor_id actor_email actor_role action resource_type resource_id old_values new_values "
    "risk_level ip_address user_agent metadata session_id created_at chain_salt"
).split()
FIELDS = {
    "account": ["actor_id"],
    "actor": ["actor_email", "ip_address", "user_agent", "session_id"],
    "content": ["resource_id", "old_values", "new_values", "metadata"],
}
MISMATCHES_SHOWN = 10

# The first field of each row says which of the four it is from.
SCRIPT = """
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
COPY (SELECT 'erasure', chain_id, log_id, "group", commitment FROM auditproof.erasure) TO STDOUT;
COPY (SELECT 'row', %s FROM public.audit_logs) TO STDOUT;
COPY (SELECT 'link', chain_id, seq, log_id, recorded_at, content_hash, entry_hash
      FROM auditproof.chain_entry ORDER BY chain_id, seq) TO STDOUT;
COPY (SELECT 'chain', chain_id FROM auditproof.chain) TO STDOUT;
COMMIT;
""" % ", ".join(COLUMNS)

COPY_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def copy_value(field):
    """One field of COPY's text format."""
    if field == "\\N":
        return None
    if "\\" not in field:
        return field
    out, at = [], 0
    while at < len(field):
        if field[at] == "\\":
            at += 1
            out.append(COPY_ESCAPES.get(field[at], field[at]))
        else:
            out.append(field[at])
        at += 1
    return "".join(out)


def bytea(text):
    if text is None:
        return b""
    if not text.startswith("\\x"):
        raise ValueError("not a bytea in hex format: %s" % text)
    return bytes.fromhex(text[2:])


def rows_of_database():
    options = (
        "-c row_security=off -c search_path= -c timezone=UTC -c datestyle=ISO -c bytea_output=hex "
        "-c client_encoding=UTF8 -c extra_float_digits=1"
    )
    env = dict(os.environ, PGOPTIONS=os.environ.get("PGOPTIONS", "") + " " + options, PGCLIENTENCODING="UTF8")
    psql = subprocess.Popen(
        ["psql", "-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env,
    )
    psql.stdin.write(SCRIPT.encode())
    psql.stdin.close()
    for line in psql.stdout:
        yield [copy_value(field) for field in line.decode("utf-8").rstrip("\n").split("\t")]
    if psql.wait() != 0:
        raise OSError("psql ended with %d" % psql.returncode)


class Check:
    def __init__(self):
        self.mismatches = []
        self.kept = {}  # (chain, log id) -> {group: commitment}
        self.hashes = {}  # (chain, log id) -> content hash of the row
        self.chains = {}  # chain -> (last seq, last entry hash)
        self.registered = set()
        self.links = 0

    def mismatch(self, message):
        self.mismatches.append(message)

    def erasure(self, chain, log_id, group, commitment):
        self.kept.setdefault((chain, log_id), {})[group] = bytea(commitment)

    def row(self, *values):
        columns = dict(zip(COLUMNS, values))
        key = (f.chain_id_of(columns["organization_id"]), columns["id"])
        salt = bytea(columns["chain_salt"])
        kept = self.kept.get(key, {})
        if len(salt) != 48:
            self.mismatch("row %s of chain %s: chain_salt has %d bytes" % (key[1], key[0], len(salt)))
            return
        for index, group in enumerate(f.GROUPS):
            if group not in kept:
                continue
            if salt[16 * index : 16 * index + 16] != bytes(16):
                self.mismatch("row %s of chain %s: group %s is erased and has a salt" % (key[1], key[0], group))
            if any(columns[name] is not None for name in FIELDS[group]):
                self.mismatch("row %s of chain %s: group %s is erased and has values" % (key[1], key[0], group))
        if key in self.hashes:
            self.mismatch("row %s of chain %s is there twice" % (key[1], key[0]))
        text = f.entry_text(columns, f.time_us(columns["created_at"]), f.commitments(columns, salt, kept))
        self.hashes[key] = f.content_hash(text)

    def link(self, chain, seq, log_id, recorded_at, content_hash, entry_hash):
        self.links += 1
        seq = int(seq)
        where = "seq %d of chain %s (entry %s)" % (seq, chain, log_id)
        last_seq, prev = self.chains.get(chain, (0, f.GENESIS_PREV))
        if seq != last_seq + 1:
            self.mismatch("%s follows seq %d" % (where, last_seq))
        content, entry = bytea(content_hash), bytea(entry_hash)
        computed = f.entry_hash(f.record(chain, seq, f.time_us(recorded_at), prev, content))
        if computed != entry:
            self.mismatch("%s: entry hash is %s, computed %s" % (where, entry.hex(), computed.hex()))
        row = self.hashes.pop((chain, log_id), None)
        if row is None:
            self.mismatch("%s: there is no such row, or it was chained before" % where)
        elif row != content:
            self.mismatch("%s: content hash is %s, computed %s" % (where, content.hex(), row.hex()))
        self.chains[chain] = (seq, entry)

    def chain(self, chain):
        self.registered.add(chain)

    def end(self):
        for chain, log_id in sorted(self.hashes):
            self.mismatch("row %s of chain %s is not chained" % (log_id, chain))
        for chain in sorted(self.registered ^ set(self.chains)):
            self.mismatch("chain %s: the register and the entries disagree that it exists" % chain)
        if self.links == 0:
            self.mismatch("there is nothing to compare")


def main():
    check = Check()
    take = {"erasure": check.erasure, "row": check.row, "link": check.link, "chain": check.chain}
    try:
        for kind, *values in rows_of_database():
            take[kind](*values)
    except (OSError, ValueError) as problem:
        print("check_database: %s" % problem, file=sys.stderr)
        return 3
    check.end()
    for message in check.mismatches[:MISMATCHES_SHOWN]:
        print(message)
    if check.mismatches:
        print("%d mismatches" % len(check.mismatches))
        return 1
    print("ok: %d entries in %d chains" % (check.links, len(check.chains)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
