#!/usr/bin/env python3
"""What the indexes that searches need cost who writes, as ratios within one run: `make bench-indexes`.

Two databases with BENCH_SCALE entries of a hundred tenants (300000), one of which lacks auditproof's own indexes on audit_logs:
single inserts as the application makes them, single inserts of every column, and COPY of every column; in turns, BENCH_ROUNDS
times (5). The server's processor time is what to compare on a machine that is not idle.
"""
import os
import shutil
import sys
import tempfile

import lab
from lab import Figure, psql, say

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
SCALE = int(os.environ.get("BENCH_SCALE", "300000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = 3
COPIED = 20000
OWN = ("auditproof_search", "auditproof_session_id", "auditproof_actor_email")
FULL = os.path.join(lab.HERE, "single_full.sql")


def create():
    lab.run(["createdb", "with"])
    lab.run(["auditmigrate", "install", "-q"], "with")
    lab.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(lab.HERE, "fixture.sql")], "with")
    psql("with", "INSERT INTO public.audit_logs (%s, created_at) SELECT %s, now() - (%d - n) * interval '1 minute' FROM "
         "public.bench_rows(1, %d) WITH ORDINALITY AS r (%s, n)" % (lab.COLUMNS, lab.COLUMNS, SCALE, SCALE, lab.COLUMNS), "VACUUM ANALYZE")
    lab.run(["createdb", "-T", "with", "without"])
    psql("without", *["DROP INDEX public." + index for index in OWN])


def rates(measure, round_number):
    """(with, without) by the clock, and by the server's processor time an entry; measure(db) returns entries a second."""
    def once(db):
        rate, cpu = lab.with_cpu(lambda: measure(db))
        return rate, cpu
    return lab.alternate(round_number, lambda: once("with"), lambda: once("without"))


def measure(work):
    rows = os.path.join(work, "rows.tsv")
    figures = []

    def copy(db):
        return COPIED / lab.seconds(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", r"\copy public.audit_logs (%s) FROM '%s'"
                                     % (lab.COLUMNS, rows)], db, role="service_role")

    psql("with", r"\copy (SELECT * FROM public.bench_rows(%d, %d)) TO '%s'" % (SCALE + 1, SCALE + COPIED, rows))
    for name, run, entries in (
            ("single inserts of the application, 1 client", lambda db: lab.tps(db, 1, 100, SECONDS), SECONDS),
            ("single inserts of the application, 8 clients", lambda db: lab.tps(db, 8, 100, SECONDS), SECONDS),
            ("single inserts of every column, 1 client", lambda db: lab.tps(db, 1, 100, SECONDS, script=FULL), SECONDS),
            ("single inserts of every column, 8 clients", lambda db: lab.tps(db, 8, 100, SECONDS, script=FULL), SECONDS),
            ("COPY of every column", copy, None)):
        speed, cpu = Figure(name + ": with / without, speed"), Figure("  ... processor time an entry")
        for i in range(ROUNDS):
            say("%s, round %d" % (name, i + 1))
            (rate, busy), (rate_without, busy_without) = rates(run, i)
            speed.add(rate / rate_without)
            cpu.add(busy / busy_without if entries is None else (busy / rate) / (busy_without / rate_without))
        figures += [speed, cpu]
    for index in OWN:
        figures.append(Figure("bytes an entry in " + index))
        figures[-1].add(float(psql("with", "SELECT pg_relation_size('public.%s') / count(*)::float8 FROM public.audit_logs" % index)))
    lab.table(figures)


def inside():
    work = tempfile.mkdtemp(prefix="auditproof-bench-")
    os.chmod(work, 0o711)
    try:
        create()
        lab.settle()
        measure(work)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(lab.serve(__file__, SETTINGS, inside))
