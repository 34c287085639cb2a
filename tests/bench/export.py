"""make bench-export: what exporting a tenant's chain costs, next to COPY through gzip and pigz of the same entries.

BENCH_SMALL and BENCH_SCALE events of five tenants, each in a database of its own, sealed; the largest tenant's are
exported, which are 52 of 100: 10 thousand, and 156 thousand, or with BENCH_FULL=1 a million. Speeds are of bytes before
compression, since an archive holds more of them than COPY's text: salts, hashes and what proves them. Memory is to be
the same for both, but for blocks of members that fill up. BENCH_ROUNDS: how often.
"""
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import time

import lab
from lab import Figure, program, psql, run, say

SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min", "fsync": "off"}
FULL = os.environ.get("BENCH_FULL") == "1"
SMALL = int(os.environ.get("BENCH_SMALL", "19200"))
SCALE = int(os.environ.get("BENCH_SCALE", "1920000" if FULL else "300000"))
ROUNDS = max(int(os.environ.get("BENCH_ROUNDS", "2" if FULL else "5")), 1)
TENANT = "00000001-0001-4000-8000-000000000000"
END_S = 1795300000


def prepare(db, count, work, key):
    say("%s: %d events" % (db, count))
    demo = os.path.join(lab.ROOT, "share", "demo")
    path = os.path.join(work, db + ".ndjson")
    with open(path, "wb") as out:
        awk = subprocess.Popen(["awk", "-v", "n=%d" % count, "-v", "end=%d" % END_S, "-f", os.path.join(demo, "events.awk")],
                               stdout=subprocess.PIPE)
        order = subprocess.Popen(["sort", "-n"], stdin=awk.stdout, stdout=subprocess.PIPE, env=dict(os.environ, LC_ALL="C"))
        if subprocess.call(["cut", "-f2-"], stdin=order.stdout, stdout=out) or awk.wait() or order.wait():
            raise lab.BenchFailed("making events")
    run(["createdb", db])
    run(["auditmigrate", "install", "-q"], db)
    run(["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(demo, "tenants.sql")], db)
    run(["auditwrite", "-q", path], db)
    os.unlink(path)
    psql(db, "VACUUM ANALYZE")
    run(["auditseal", "seal", "--key", key], db)
    return int(psql(db, "SELECT count(*) FROM public.audit_logs WHERE organization_id = '%s'" % TENANT))


def export_argv(key, path):
    return ["auditexport", "soc2", "--org", TENANT, "--from", "2026-01-01", "--to", "2027-01-01", "--key", key, "-f", "-o", path]


def export(db, key, path):
    """Seconds, and bytes of the archive before compression."""
    took = lab.seconds(export_argv(key, path), db)
    size = 0
    with gzip.open(path) as archive:
        while piece := archive.read(1 << 20):
            size += len(piece)
    return took, size


def pipeline(db, compress, path):
    """The same of COPY's text through a compressor."""
    copy = [program("psql"), "-XqAt", "-c", "COPY (SELECT * FROM public.audit_logs WHERE organization_id = '%s') TO STDOUT" % TENANT]
    began = time.monotonic()
    with open(path, "wb") as out:
        source = subprocess.Popen(copy, env=dict(os.environ, PGDATABASE=db), stdout=subprocess.PIPE)
        failed = subprocess.call([compress, "-6"], stdin=source.stdout, stdout=out)
        if source.wait() or failed:
            raise lab.BenchFailed("COPY through %s" % compress)
    took = time.monotonic() - began
    with gzip.open(path) as text:
        size = sum(len(line) for line in text)
    return took, size


def measure_memory(work, key, entries):
    """Of exporting, and of verifying what was: the figures of each size, and how many times that of few that of many is."""
    figures = []
    for tool, most, argv in (("export", 1.25, lambda path: export_argv(key, path)),
                             ("auditverify", 1.1, lambda path: ["auditverify", "--quiet", path])):
        sizes = [Figure("peak memory, %d entries: %s" % (entries[db], tool), "<=", 64, " MiB") for db in ("small", "large")]
        for db, figure in zip(("small", "large"), sizes):
            figure.add(lab.peak_mib(argv(os.path.join(work, db + ".tar.gz")), db))
        ratio = Figure("  of %d / of %d" % (entries["large"], entries["small"]), "<=", most)
        ratio.add(sizes[1].median() / sizes[0].median())
        figures += sizes + [ratio]
    return figures


def measure(work, key):
    entries = {db: prepare(db, count, work, key) for db, count in (("small", SMALL), ("large", SCALE))}
    path = os.path.join(work, "large.tar.gz")
    over = {name: Figure("export, time a byte / COPY | %s" % name, "<=", target) for name, target in (("pigz", 1.5), ("gzip", None))}
    rates = {name: (Figure("%s: entries a second" % name), Figure("  and MB a second", unit=" MB/s")) for name in ("export", "pigz", "gzip")}
    verify = Figure("verifying the bundle / writing it, time", "<=", 1.0)
    for i in range(ROUNDS):
        say("round %d" % (i + 1))
        lab.settle()
        made, pigz, gz = lab.alternate(i, lambda: export("large", key, path), lambda: pipeline("large", "pigz", os.path.join(work, "p")),
                                       lambda: pipeline("large", "gzip", os.path.join(work, "g")))
        for name, (took, size) in (("export", made), ("pigz", pigz), ("gzip", gz)):
            rates[name][0].add(entries["large"] / took)
            rates[name][1].add(size / took / 1e6)
            if name in over:
                over[name].add(made[0] / made[1] / (took / size))
        verify.add(lab.seconds(["auditverify", "--quiet", path], "large") / made[0])
    memory = measure_memory(work, key, entries)
    print("%d entries, %d bytes of archive before compression, %d after" % (entries["large"], made[1], os.path.getsize(path)))
    lab.table([over["pigz"], over["gzip"]] + [f for pair in rates.values() for f in pair] + [verify] + memory)


def inside():
    work = tempfile.mkdtemp(prefix="auditproof-bench-")
    key = os.path.join(work, "seal.pem")
    try:
        run(["auditseal", "keygen", key, "--origin", "bench.example.com/seals"])
        measure(work, key)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(lab.serve(__file__, SETTINGS, inside))
