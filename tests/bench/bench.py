#!/usr/bin/env python3
"""What the chain costs, as ratios within one run: `make bench`.

Absolute times say more about the machine than about the program, so every figure is one time over another, of runs
that alternate; the table gives medians. BENCH_SCALE is how many entries (300000), BENCH_ROUNDS how many rounds (5 at
least, for single inserts and verification), BENCH_ONLY a comma-separated choice of load, write, verify, single.
"""
import os
import platform
import shutil
import sys
import tempfile

import lab
from lab import Figure, psql, say

LOADS = 10  # the table grows to its size in so many steps, each of them measured
SINGLE_SECONDS = 2
SETTINGS = {"shared_buffers": "1GB", "min_wal_size": "4GB", "max_wal_size": "16GB", "checkpoint_timeout": "1h", "fsync": "on",
            "synchronous_commit": "on", "autovacuum": "off"}


def create_databases():
    """plain is the platform's own table; chained is the same with auditproof installed."""
    say("creating the databases")
    for name in ("plain", "chained"):
        lab.run(["createdb", name])
    platform_dir = os.path.join(lab.ROOT, "sql", "platform")
    for name in sorted(os.listdir(platform_dir)):
        lab.run(["psql", "-Xq", "-1", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(platform_dir, name)], "plain")
    lab.run(["auditmigrate", "install", "-q"], "chained")
    for name in ("plain", "chained"):
        lab.run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(lab.HERE, "fixture.sql")], name)
        # Plans are then made for empty tables, as on a new installation: the least favourable ones.
        psql(name, "VACUUM ANALYZE")
    for name in ("copied_plain", "copied", "written"):
        lab.run(["createdb", "-T", "plain" if name == "copied_plain" else "chained", name])


def insert_select(db, first, last):
    return lab.seconds(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", "INSERT INTO public.audit_logs (%s) SELECT * FROM "
                        "public.bench_rows(%d, %d)" % (lab.COLUMNS, first, last)], db, role="service_role")


def copy_in(db, path):
    return lab.seconds(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-c", r"\copy public.audit_logs (%s) FROM '%s'"
                        % (lab.COLUMNS, path)], db, role="service_role")


def write_in(db, path):
    return lab.seconds(["auditwrite", "-q", path], db)


def make_input(work, first, last):
    """The same rows as COPY's text and as NDJSON."""
    tsv, ndjson = os.path.join(work, "rows.tsv"), os.path.join(work, "rows.ndjson")
    rows = "public.bench_rows(%d, %d) AS r" % (first, last)
    psql("plain", r"\copy (SELECT * FROM %s) TO '%s'" % (rows, tsv),
         # CSV with a quote and delimiter that do not occur writes the JSON as it is.
         r"\copy (SELECT json_strip_nulls(row_to_json(r)) FROM %s) TO '%s' (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"
         % (rows, ndjson))
    return tsv, ndjson


class Bench:
    def __init__(self, scale, rounds, work):
        self.scale, self.rounds, self.work, self.figures = scale, rounds, work, []

    def figure(self, *args, **kwargs):
        self.figures.append(Figure(*args, **kwargs))
        return self.figures[-1]

    def load(self, writes):
        """Grow the tables in LOADS steps, each way in of its own pair of databases."""
        inserts = self.figure("bulk INSERT ... SELECT: chained / plain, speed", ">=", 0.60)
        inserts_cpu = self.figure("  ... by the server's processor time")
        copies = self.figure("COPY: chained / plain, speed", ">=", 0.60)
        writer = self.figure("auditwrite / psql \\copy into the same chained table, speed", ">=", 0.95)
        step, times = self.scale // LOADS, []
        for i in range(LOADS):
            first, last = i * step + 1, (i + 1) * step
            say("loading rows %d to %d" % (first, last))
            (plain, plain_cpu), (chained, chained_cpu) = lab.alternate(
                i, lambda: lab.with_cpu(lambda: insert_select("plain", first, last)),
                lambda: lab.with_cpu(lambda: insert_select("chained", first, last)))
            inserts.add(plain / chained)
            inserts_cpu.add(plain_cpu / chained_cpu)
            times.append(chained / plain)
            if i == 0:
                self.verify_at(step)
            if not writes:
                continue
            tsv, ndjson = make_input(self.work, first, last)
            plain, copied, written = lab.alternate(i, lambda: copy_in("copied_plain", tsv),
                                                   lambda: copy_in("copied", tsv), lambda: write_in("written", ndjson))
            copies.add(plain / copied)
            writer.add(copied / written)
        # Over plain, whose own indexes grow too.
        growth = self.figure("growth: chained / plain INSERT's time, last fifth of the load / first", "<=", 1.50)
        growth.add((times[-1] + times[-2]) / (times[0] + times[1]))
        if writes:
            self.figure("auditwrite: peak memory", "<=", 32, unit=" MiB").add(
                lab.peak_mib(["auditwrite", "-q", ndjson], "written"))

    def verify_at(self, size):
        """Verification and the raw read that it is held against, at one size."""
        label = "auditverify at %d entries" % size
        # The targets are for the whole size: at a tenth, connecting and comparing the guards weigh more than reading.
        whole = size == self.scale
        one = self.figure(label + ", 1 connection / raw read", "<=", 1.00 if whole else None)
        two = self.figure(label + ", -j2 / raw read", "<=", 0.65 if whole else None)
        raw = ["psql", "-Xq"]
        for name in ("public.audit_logs", "auditproof.chain_entry"):
            raw += ["-c", "COPY %s TO STDOUT (FORMAT binary)" % name]
        psql("chained", "VACUUM ANALYZE public.audit_logs", "VACUUM ANALYZE auditproof.chain_entry")
        lab.settle()
        lab.seconds(raw, "chained")
        base = None
        for i in range(self.rounds):
            say("verifying %d entries, round %d" % (size, i + 1))
            base, alone, both = lab.alternate(i, lambda: lab.seconds(raw, "chained"),
                                              lambda: lab.seconds(["auditverify", "-q"], "chained"),
                                              lambda: lab.seconds(["auditverify", "-q", "-j2"], "chained"))
            one.add(alone / base)
            two.add(both / base)
            self.verify_seconds.setdefault(size, []).append(alone / size * 1e6)
        for jobs in ("-j1", "-j2"):
            self.figure("%s, %s: peak memory" % (label, jobs), "<=", 32, unit=" MiB").add(
                lab.peak_mib(["auditverify", "-q", jobs], "chained"))

    verify_seconds = {}

    def verify_growth(self):
        sizes = sorted(self.verify_seconds)
        growth = self.figure("growth: auditverify's time an entry, at %d / at %d" % (sizes[-1], sizes[0]), "<=", 1.10)
        for small, large in zip(self.verify_seconds[sizes[0]], self.verify_seconds[sizes[-1]]):
            growth.add(large / small)

    def single(self):
        """Autocommitted single inserts, as the application makes them, into the tables that have their size."""
        # Once, and not before each run: for some time after a checkpoint, writing whole pages is most of the cost.
        lab.settle()
        for db in ("plain", "chained"):
            lab.tps(db, 8, 100, 3 * SINGLE_SECONDS)
        for clients, tenants, target in ((1, 1, 0.85), (1, 100, 0.85), (8, 100, 0.75), (8, 1, None)):
            what = "single inserts, %d client%s, %d tenant%s" % (clients, "s"[:clients > 1], tenants, "s"[:tenants > 1])
            figure = self.figure(what + ": chained / plain, speed", target and ">=", target)
            cpu = self.figure("  ... by the server's processor time")
            rate = self.figure("  ... chained, a second")
            for i in range(self.rounds):
                say("%s, round %d" % (what, i + 1))
                (plain, plain_cpu), (chained, chained_cpu) = lab.alternate(
                    i, lambda: lab.with_cpu(lambda: lab.tps("plain", clients, tenants, SINGLE_SECONDS)),
                    lambda: lab.with_cpu(lambda: lab.tps("chained", clients, tenants, SINGLE_SECONDS)))
                figure.add(chained / plain)
                cpu.add((plain_cpu / plain) / (chained_cpu / chained))
                rate.add(chained)

    def run(self, only):
        create_databases()
        self.load(writes="write" in only)
        if "verify" in only:
            self.verify_at(self.scale)
            self.verify_growth()
        if "single" in only:
            self.single()


def describe(scale):
    print("%d entries, 100 tenants; %s, %d CPUs, PostgreSQL %s; %s" % (
        scale, platform.machine(), os.cpu_count(), psql("postgres", "SHOW server_version").split()[0],
        ", ".join("%s=%s" % setting for setting in SETTINGS.items())))


def inside():
    work = tempfile.mkdtemp(prefix="auditproof-bench-")
    bench = Bench(max(int(os.environ.get("BENCH_SCALE", "300000")), 10000),
                  max(int(os.environ.get("BENCH_ROUNDS", "5")), 1), work)
    try:
        bench.run(os.environ.get("BENCH_ONLY", "load,write,verify,single").split(","))
    finally:
        shutil.rmtree(work)
    describe(bench.scale)
    lab.table(bench.figures)


if __name__ == "__main__":
    sys.exit(lab.serve(__file__, SETTINGS, inside))
