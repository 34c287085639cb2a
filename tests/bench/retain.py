"""make bench-retain: what a purge of a month's entries costs, and what is left for who appends meanwhile.

BENCH_SCALE entries of a hundred tenants are written by a server whose clock stands eight years back; a twelfth of them is of
that month, the others say that they are of later ones. Then, by the right clock: appends alone, for BENCH_SECONDS; and plan,
approve, execute, while as many append; of rows, and of a copy that was moved to partitions. There, the plan verifies the
month, which row by row is done when it is executed: both are also compared with their plans.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import lab
from lab import Figure, psql, run, say, seconds

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
SCALE = int(os.environ.get("BENCH_SCALE", "1000000"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "20"))
YEARS_BACK = 8 * 365.25 * 86400
DB = "retain"
MONTHS = "retain_by_month"


def load():
    run(["createdb", DB])
    run(["auditmigrate", "install", "-q"], DB)
    run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(lab.HERE, "fixture.sql")], DB)
    step = max(SCALE // 12, 1)
    for first in range(1, SCALE + 1, step):
        say("loading from %d" % first)
        last = min(first + step - 1, SCALE)
        psql(DB, "INSERT INTO public.audit_logs (%s, created_at) SELECT r.*, now() + CASE WHEN %d <= %d THEN interval '0' "
                 "ELSE interval '3 years' + interval '1 month' * %d END FROM public.bench_rows(%d, %d) AS r"
             % (lab.COLUMNS, first, SCALE // 12, first * 12 // SCALE, first, last))
    psql(DB, "VACUUM ANALYZE")


def move():
    """The same database by month; how long that took."""
    psql("postgres", "CREATE DATABASE %s TEMPLATE %s" % (MONTHS, DB))
    took = seconds(["auditmigrate", "partition", "-q", "--table=audit_logs"], MONTHS)
    psql(MONTHS, "VACUUM ANALYZE")
    return took


def plan(db):
    """Digest, rows and seconds of a plan that is approved."""
    took = lab.time.monotonic()
    out = run(["auditretain", "plan", "-U", "ann"], db)
    took = lab.time.monotonic() - took
    digest, rows = re.search(r"^Plan (\w+)\s+(\d+) rows", out).groups()
    run(["auditretain", "approve", digest, "-U", "bob"], db)
    return digest, int(rows), took


def purge(db, key):
    """Rows that left, seconds that it took, appends beside it by those alone, seconds of the plan."""
    before = lab.tps(db, 4, 100, SECONDS)
    lab.settle()
    digest, rows, planning = plan(db)
    argv = ["auditretain", "execute", "-U", "ann", "--plan", digest, "--key", key]
    appender = lab.Appender(db, 4, 100, SECONDS)
    took = seconds(argv, db)
    meanwhile = appender.tps()
    if run(["auditverify", "-q"], db) is None:
        raise lab.BenchFailed("auditverify")
    return rows, took, meanwhile / before, planning


def measure(key):
    psql(DB, "CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN; GRANT auditproof_retainer TO ann; GRANT auditproof_approver TO bob")
    moving = move()
    rows, by_row, beside_rows, planning = purge(DB, key)
    vacuuming = seconds(["psql", "-Xqc", "VACUUM public.audit_logs"], DB)
    dropped, by_month, beside_months, verifying = purge(MONTHS, key)
    if dropped != rows:
        raise lab.BenchFailed("%d entries left by rows, and %d by month" % (rows, dropped))
    figures = []
    for name, value, relation, target, unit in (
            ("planning %d of %d entries" % (rows, SCALE), planning, None, None, " s"),
            ("purging them row by row, beside an appender", by_row, None, None, " s"),
            ("appends beside that, of those alone", beside_rows, ">=", 0.5, ""),
            ("VACUUM, which frees the room that they had", vacuuming, None, None, " s"),
            ("moving the table to partitions", moving, None, None, " s"),
            ("planning there, and verifying the month", verifying, None, None, " s"),
            ("purging the month's partition, beside an appender", by_month, None, None, " s"),
            ("appends beside that, of those alone", beside_months, ">=", 0.5, ""),
            ("plan and purge by month, of those by row: times as fast",
             (planning + by_row) / (verifying + by_month), None, None, ""),
            ("by month, of by row: times as fast", by_row / by_month, ">=", 50, "")):
        figures.append(Figure(name, relation, target, unit))
        figures[-1].add(value)
    lab.table(figures)


def inside():
    if os.environ["BENCH_INSIDE"] == "load":
        load()
        return
    work = tempfile.mkdtemp(prefix="auditproof-bench-")
    key = os.path.join(work, "seal.pem")
    try:
        run(["auditseal", "keygen", key, "--origin", "bench.example.com/seals"])
        measure(key)
    finally:
        shutil.rmtree(work)


def main():
    if os.environ.get("BENCH_INSIDE"):
        return lab.serve(__file__, SETTINGS, inside)
    top = tempfile.mkdtemp(prefix="auditproof-bench-")
    os.chmod(top, 0o711)
    argv = [lab.program("auditlocal"), "-q", "-D", os.path.join(top, "db")]
    for setting in SETTINGS.items():
        argv += ["-c", "%s=%s" % setting]
    argv += [sys.executable, os.path.abspath(__file__)]
    clock = os.path.join(os.path.dirname(lab.B), "preload", "clock.so")
    past = {"LD_PRELOAD": clock, "CLOCK_SHIFT": "-%d" % YEARS_BACK}
    try:
        for phase, how in (("load", past), ("measure", {})):
            status = subprocess.call(argv, env=dict(os.environ, BENCH_INSIDE=phase, **how))
            if status != 0:
                return status
        return 0
    finally:
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
