"""make bench-incremental: what one run of a series costs, beside one that reads everything.

BENCH_SCALE entries of 20 tenants and a state of them; then, in turn, BENCH_NEW new entries, an incremental run with the default
cycle, and a full one. A run reads what is new and a thirtieth of the old, so it should cost little more than that share,
and what looking up single rows takes more than reading them all. Guards cost both the same, and are left out.
"""
import json
import os
import shutil
import sys
import tempfile

import lab
from lab import Figure, psql, run, say

SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
SCALE = int(os.environ.get("BENCH_SCALE", "300000"))
NEW = int(os.environ.get("BENCH_NEW", "1000"))
ROUNDS = max(int(os.environ.get("BENCH_ROUNDS", "5")), 1)
# Entries of a month ago, at first: rows that are younger than the run before, less a day, are looked at once more.
ADD = ("INSERT INTO public.audit_logs (organization_id, action, resource_type, risk_level, metadata, created_at) "
       "SELECT ('00000000-0000-4000-8000-' || lpad((n %% 20)::text, 12, '0'))::uuid, 'team.member.role_updated', "
       "'profile', 'low', jsonb_build_object('request', n), now() - interval '%s' FROM generate_series(1, %d) AS n")


def prepare():
    say("%d entries" % SCALE)
    run(["createdb", "series"])
    run(["auditmigrate", "install", "-q"], "series")
    psql("series", "INSERT INTO public.organizations (id, name) SELECT ('00000000-0000-4000-8000-' || "
                   "lpad(n::text, 12, '0'))::uuid, 'Tenant ' || n FROM generate_series(0, 19) AS n")
    for _ in range(max(SCALE // 100000, 1)):
        psql("series", ADD % ("30 days", min(SCALE, 100000)))
    psql("series", "VACUUM ANALYZE")


def cost(argv):
    """Seconds of the server's and the verifier's processors; the report."""
    times = os.times()
    out, server = lab.with_cpu(lambda: run(argv + ["--format=json"], "series"))
    after = os.times()
    return server + after.children_user + after.children_system - times.children_user - times.children_system, json.loads(out)


def measure(state):
    prepare()
    series = ["auditverify", "--no-guards", "--incremental=" + state]
    first, _ = cost(series)
    ratio = Figure("processor time of an incremental run, to a full one", "<=", 0.50)
    spent = Figure("of an incremental run", unit=" s")
    full = Figure("of a full run", unit=" s")
    read = Figure("entries that it read of the old", "<=", SCALE / 15)
    memory = Figure("its memory", "<=", 32, " MiB")
    for i in range(ROUNDS):
        say("round %d" % (i + 1))
        psql("series", ADD % ("0", NEW))
        lab.settle()
        (part, report), (whole, _) = lab.alternate(i, lambda: cost(series), lambda: cost(["auditverify", "--no-guards"]))
        if int(report["incremental"]["new_entries"]) != NEW:
            raise lab.BenchFailed("%s entries were new, not %d" % (report["incremental"]["new_entries"], NEW))
        ratio.add(part / whole)
        spent.add(part)
        full.add(whole)
        read.add(int(report["incremental"]["old_entries_read"]))
    psql("series", ADD % ("0", NEW))
    memory.add(lab.peak_mib(series, "series"))
    print("%d entries, %d new, cycle %s; the first run of the series: %.2f s" % (SCALE, NEW, report["incremental"]["cycle"], first))
    lab.table([ratio, spent, full, read, memory])


def inside():
    work = tempfile.mkdtemp(prefix="auditproof-bench-")
    try:
        measure(os.path.join(work, "state"))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    sys.exit(lab.serve(__file__, SETTINGS, inside))
