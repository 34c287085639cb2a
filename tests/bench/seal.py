"""make bench-seal: what sealing costs on a small and on a large chain, and what a proof reads.

One chain of BENCH_SMALL entries, one of BENCH_LARGE, each in a database of its own, sealed. Then, in turn: BENCH_NEW entries
are added to each and sealed, with fresh statistics on both; and one entry of each is proven.
"""
import json
import os
import re
import shutil
import sys
import tempfile

import lab
from lab import Figure, finish, psql, run, say, seconds, start

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
SMALL = int(os.environ.get("BENCH_SMALL", "10000"))
LARGE = int(os.environ.get("BENCH_LARGE", "1000000"))
NEW = int(os.environ.get("BENCH_NEW", "1000"))
ROUNDS = max(int(os.environ.get("BENCH_ROUNDS", "7")), 1)
TENANT = "00000000-0000-4000-8000-000000000001"


def add(db, count):
    """Entries of one tenant, in one COPY a 10,000: loading is not what is measured."""
    lines = "".join('{"action":"team.member.role_updated","resource_type":"profile","organization_id":"%s",'
                    '"risk_level":"low","metadata":{"request":%d}}\n' % (TENANT, i) for i in range(min(count, 100000)))
    for first in range(0, count, 100000):
        part = lines if count - first >= 100000 else "".join(lines.splitlines(True)[:count - first])
        argv = ["auditwrite", "-q"]
        process = start(argv, db, stdin=lab.subprocess.PIPE)
        process.stdin.write(part.encode())
        process.stdin.close()
        process.stdin = None
        finish(process, argv)


def prepare(db, count, key):
    say("%s: %d entries" % (db, count))
    run(["createdb", db])
    run(["auditmigrate", "install", "-q"], db)
    psql(db, "INSERT INTO public.organizations (id, name) VALUES ('%s', 'Tenant')" % TENANT)
    add(db, count)
    psql(db, "VACUUM ANALYZE")
    return seconds(["auditseal", "seal", "--key", key], db)


def seal(db, key):
    """Seconds, as the clock has them, and of the server's and the sealer's processors."""
    argv = ["auditseal", "seal", "--key", key, "--format", "json"]
    times = os.times()
    began = lab.time.monotonic()
    out, server = lab.with_cpu(lambda: run(argv, db))
    after = os.times()
    took = lab.time.monotonic() - began
    if json.loads(out)["entries"] != NEW:
        raise lab.BenchFailed("sealed %s entries, not %d" % (json.loads(out)["entries"], NEW))
    return took, server + after.children_user + after.children_system - times.children_user - times.children_system


def prove(db, seq):
    argv = ["auditseal", "prove", "--chain", TENANT, "--seq", str(seq), "--cost"]
    process = start(argv, db, out=lab.subprocess.DEVNULL)
    began = lab.time.monotonic()
    _, err = process.communicate()
    took = lab.time.monotonic() - began
    rows = re.search(rb"(\d+) rows were read", err)
    if process.returncode != 0 or rows is None:
        raise lab.BenchFailed("prove: " + err.decode().strip())
    return took * 1000, int(rows.group(1))


def measure(key):
    sizes = {"small": SMALL, "large": LARGE}
    first = {db: prepare(db, count, key) for db, count in sizes.items()}
    cpu = Figure("processor time of sealing %d on %d, to on %d" % (NEW, LARGE, SMALL), "<=", 1.25)
    clock = Figure("and by the clock")
    proofs = Figure("a proof at %d entries, with its start" % LARGE, "<=", 250, " ms")
    small_proofs = Figure("a proof at %d entries, with its start" % SMALL, unit=" ms")
    rows = Figure("rows read for it at %d" % LARGE, "<=", 16)
    small_rows = Figure("rows read for it at %d" % SMALL)
    spent = {db: Figure("sealing %d on %d" % (NEW, count), unit=" s of processors") for db, count in sizes.items()}
    for i in range(ROUNDS):
        say("round %d" % (i + 1))
        for db in sizes:
            add(db, NEW)
            psql(db, "ANALYZE")
        lab.settle()
        (small_s, small_cpu), (large_s, large_cpu) = lab.alternate(i, lambda: seal("small", key), lambda: seal("large", key))
        cpu.add(large_cpu / small_cpu)
        clock.add(large_s / small_s)
        spent["small"].add(small_cpu)
        spent["large"].add(large_cpu)
        for db, times, count in (("small", small_proofs, small_rows), ("large", proofs, rows)):
            took, read = prove(db, sizes[db] * (i + 1) // (ROUNDS + 1) + 1)
            times.add(took)
            count.add(read)
    print("first seal of %d entries: %.1f s" % (LARGE, first["large"]))
    lab.table([cpu, clock, spent["small"], spent["large"], small_proofs, proofs, small_rows, rows])


def inside():
    work = tempfile.mkdtemp(prefix="auditproof-bench-")
    key = os.path.join(work, "seal.pem")
    try:
        run(["auditseal", "keygen", key, "--origin", "bench.example.com/seals"])
        measure(key)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(lab.serve(__file__, SETTINGS, inside))
