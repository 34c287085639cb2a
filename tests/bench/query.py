#!/usr/bin/env python3
"""make bench-query: what searches take among BENCH_ROWS (10,000,000) entries of a thousand tenants, as a tenant's user.

BENCH_DIR keeps a server with three databases, which are loaded when they are not there: `plain` and `months` have the entries,
and as many rows of performance_analytics, in the two layouts; `others` has the other tables of which the platform expects
something. How the rows are spread is told in tests/bench/query/*.sql. The entries come before auditproof is installed, or with
its triggers disabled: what a tenant's user reads is the same, and chaining them all would take longer than all else.

Of each layout, for the largest tenant, one with the mean number of entries and the one in the middle: every filter with
values that are frequent, rare and absent, every pair of filters and BENCH_TRIPLES (60) of three, in either order, first page
and second; next to the same SQL as one would write it by hand. BENCH_ROUNDS (5) times each, in the library that auditquery
uses; then some by auditquery itself, connecting included. BENCH_ONLY: a choice of load, plain, months, platform, tool;
BENCH_TENANTS: of largest, mean, middle.
"""
import itertools
import os
import random
import statistics
import subprocess
import sys
import time

import lab
from lab import psql, run

ROWS = int(os.environ.get("BENCH_ROWS", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
TRIPLES = int(os.environ.get("BENCH_TRIPLES", "60"))
ONLY = os.environ.get("BENCH_ONLY", "load,plain,months,platform,tool").split(",")
SETTINGS = {"shared_buffers": "2GB", "maintenance_work_mem": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "1h",
            "fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
TENANTS = [(called, rank) for called, rank in (("largest", 1), ("mean", 209), ("middle", 500))
           if called in os.environ.get("BENCH_TENANTS", "largest,mean,middle").split(",")]
LIMIT_MS = 100
HAND_MS = 5000  # what is written by hand may take so long
HERE = os.path.join(lab.HERE, "query")
PLATFORM = os.path.join(lab.ROOT, "sql", "platform")
QUICKLY = "-c session_replication_role=replica -c synchronous_commit=off"
LAYOUTS = ("plain", "months")


# --- loading

def script(db, name, options="", **variables):
    argv = ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-f", name]
    for variable in variables.items():
        argv += ["-v", "%s=%s" % variable]
    env = dict(os.environ, PGDATABASE=db, PGOPTIONS=options)
    subprocess.run([lab.program("psql")] + argv[1:], env=env, check=True, stdout=subprocess.DEVNULL)


def platform(db, *parts):
    for name in sorted(os.listdir(PLATFORM)):
        if any(name.startswith(part) for part in parts):
            script(db, os.path.join(PLATFORM, name))


def rows(db, *names):
    """Entries and the like, by four so that none is one enormous transaction."""
    for name in names:
        lab.say("loading %s into %s" % (name, db))
        if name == "entries":
            for i in range(4):
                script(db, os.path.join(HERE, "entries.sql"), QUICKLY, seed="0.%d" % (i + 1), total=ROWS,
                       first=ROWS * i // 4 + 1, last=ROWS * (i + 1) // 4)
        else:
            script(db, os.path.join(HERE, name + ".sql"), QUICKLY, rows=ROWS)


def load_plain():
    platform("plain", "01", "02")
    script("plain", os.path.join(HERE, "tenants.sql"))
    rows("plain", "entries", "performance")
    run(["auditmigrate", "install", "-q"], "plain")


def load_months():
    run(["auditmigrate", "install", "-q", "--partitioned"], "months")
    script("months", os.path.join(HERE, "tenants.sql"))
    for table, days in (("audit_logs", 2557), ("performance_analytics", 91)):
        psql("months", "SELECT count(auditproof.partition_make('%s', m)) FROM generate_series(date_trunc('month', now() - "
             "interval '%d days'), date_trunc('month', now()) - interval '1 month', interval '1 month') AS m" % (table, days))
    psql("months", "ALTER TABLE public.audit_logs DISABLE TRIGGER USER")
    rows("months", "entries", "performance")
    run(["auditmigrate", "install", "-q"], "months")  # enables them again


def load_others():
    platform("others", "01", "02")
    script("others", os.path.join(HERE, "tenants.sql"))
    rows("others", "others")
    platform("others", "03", "04")


def load():
    for db, how in (("plain", load_plain), ("months", load_months), ("others", load_others)):
        is_there = psql("postgres", "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '%s'" % db)
        if is_there == "%d rows" % ROWS:
            continue
        psql("postgres", "DROP DATABASE IF EXISTS %s" % db)
        run(["createdb", db])
        began = time.monotonic()
        how()
        psql(db, "VACUUM ANALYZE")
        psql("postgres", "COMMENT ON DATABASE %s IS '%d rows'" % (db, ROWS), "CHECKPOINT")
        print("%s: loaded in %d s" % (db, time.monotonic() - began), flush=True)


# --- what is asked

def as_user(rank):
    return "-c role=authenticated -c request.jwt.claim.sub=00000000-0000-4000-9%03x-000000000001" % rank


def org(rank):
    return "00000000-0000-4000-8000-%012x" % rank


def person(rank, number):
    return "00000000-0000-4000-9%03x-%012x" % (rank, number)


def micros(days):
    return int((time.time() - days * 86400) * 1e6)


def values(db, rank):
    """Of each filter: (how often, what is asked, the same in SQL)."""
    session, resource = psql(db, "SELECT session_id, resource_id FROM public.audit_logs WHERE organization_id = '%s' AND "
                             "created_at < now() - interval '100 days' AND session_id IS NOT NULL AND resource_type = 'message' "
                             "ORDER BY created_at DESC LIMIT 1" % org(rank)).split("|")
    last = 5 + 2000 // rank

    def same(column, value):
        return "%s = '%s'" % (column, value)

    def when(days):
        return "to_timestamp(%d / 1e6)" % micros(days)

    text = ("action, resource_type, actor_email, actor_role, user_agent, session_id, id::text, resource_id::text, actor_id::text, "
            "ip_address::text, new_values::text, old_values::text, metadata::text").split(", ")

    def word(w):
        return "(%s)" % " OR ".join("%s ILIKE '%%%s%%'" % (column, w) for column in text)

    return {
        "actor": [("frequent", person(rank, 1), same("actor_id", person(rank, 1))),
                  ("rare", person(rank, last), same("actor_id", person(rank, last))),
                  ("absent", person(rank, 0xffff), same("actor_id", person(rank, 0xffff)))],
        "email": [("frequent", "Person1@tenant%d.example" % rank, "actor_email ILIKE 'Person1@tenant%d.example'" % rank),
                  ("rare", "guess%d@elsewhere.example" % last, "actor_email ILIKE 'guess%d@elsewhere.example'" % last),
                  ("absent", "nobody@example.com", "actor_email ILIKE 'nobody@example.com'"),
                  ("pattern", "guess*", "actor_email ILIKE 'guess%'"), ("absent pattern", "zz*", "actor_email ILIKE 'zz%'")],
        "action": [("frequent", "auth.login", same("action", "auth.login")),
                   ("rare", "security.unauthorized_access_attempt", same("action", "security.unauthorized_access_attempt")),
                   ("absent", "nix", same("action", "nix")), ("pattern", "team.*", "action LIKE 'team.%'"),
                   ("rare pattern", "security.*", "action LIKE 'security.%'"), ("absent pattern", "zz*", "action LIKE 'zz%'")],
        "resource": [("frequent", "session", same("resource_type", "session")),
                     ("rare", "subscription", same("resource_type", "subscription")),
                     ("absent", "nix", same("resource_type", "nix")),
                     ("one", "message/" + resource, "resource_type = 'message' AND resource_id = '%s'" % resource)],
        "risk": [("frequent", "medium+", "risk_level IN ('medium', 'high', 'critical')"),
                 ("rare", "high+", "risk_level IN ('high', 'critical')"), ("rarer", "critical", same("risk_level", "critical"))],
        "ip": [("frequent", "10.0.0.0/8", "ip_address <<= '10.0.0.0/8'"), ("rare", "2001:db8::/32", "ip_address <<= '2001:db8::/32'"),
               ("absent", "192.0.2.1", "ip_address <<= '192.0.2.1'")],
        "session": [("rare", session, same("session_id", session)), ("absent", "nix", same("session_id", "nix"))],
        "since": [("frequent", micros(365), "created_at >= " + when(365)), ("rare", micros(0.1), "created_at >= " + when(0.1))],
        "until": [("frequent", micros(365), "created_at < " + when(365)), ("rare", micros(2550), "created_at < " + when(2550))],
        "text": [("frequent", "firefox", word("firefox")), ("rare", "unauthorized", word("unauthorized")), ("absent", "zzqq", word("zzqq"))],
        "where": [("frequent", "metadata.source=api", "metadata ->> 'source' = 'api'"),
                  ("rare", "new.role=admin", "new_values ->> 'role' = 'admin'"), ("absent", "new.role=nix", "new_values ->> 'role' = 'nix'")],
    }


def case(chosen, *more):
    """Name, line for the driver, condition of SQL; chosen: {filter: (how often, value, condition)}."""
    name = ", ".join(["%s %s" % (f, v[0]) for f, v in chosen.items()] + list(more)) or "all"
    return name, "\t".join([name] + ["%s=%s" % (f, v[1]) for f, v in chosen.items()] + list(more)), [v[2] for v in chosen.values()]


def cases(db, rank):
    """(singles, combined)"""
    known = values(db, rank)
    singles = [case({})] + [case({f: v}) for f in known for v in known[f]]
    more = [case({}, "reverse"), case({}, "second"), case({}, "reverse", "second")]
    for f in known:
        more += [case({f: known[f][0]}, "reverse"), case({f: known[f][0]}, "second"), case({f: known[f][-1]}, "reverse")]
    for f, g in itertools.combinations(known, 2):
        more += [case({f: v, g: w}) for v in (known[f][0], known[f][-1]) for w in (known[g][0], known[g][-1])]
    chance = random.Random(7)
    for i in range(TRIPLES):
        more.append(case({f: chance.choice(known[f]) for f in chance.sample(sorted(known), 3)}))
    return singles, more


# --- asking

class Result:
    def __init__(self, line):
        self.name, rows_, self.reads, self.indexes, ms, plan_ms, self.why = line.split("\t")
        self.rows, self.ms, self.plan_ms = int(rows_), [float(m) for m in ms.split()], float(plan_ms)

    def p50(self):
        return statistics.median(self.ms) if self.ms else float("inf")

    def most(self):
        return max(self.ms) if self.ms else float("inf")


def ask(db, rank, lines, options="", rounds=ROUNDS):
    env = dict(os.environ, PGDATABASE=db, PGOPTIONS=as_user(rank) + options)
    driver = os.path.join(os.path.dirname(lab.B), "bench", "query")
    out = subprocess.run([driver, str(rounds)], input="\n".join(lines) + "\n", env=env, stdout=subprocess.PIPE, check=True, text=True)
    return [Result(line) for line in out.stdout.splitlines()]


def quantile(numbers, q):
    ordered = sorted(numbers)
    return ordered[min(int(q * len(ordered)), len(ordered) - 1)]


def hand(db, rank, conditions):
    """Written by hand, of an organization, the newest first: milliseconds, or that it took too long."""
    where = " AND ".join(["organization_id = '%s'" % org(rank)] + conditions)
    sql = "hand\tsql=SELECT * FROM public.audit_logs WHERE %s ORDER BY created_at DESC LIMIT 100" % where
    result = ask(db, rank, [sql], " -c statement_timeout=%d" % HAND_MS)[0]
    return "> %d" % HAND_MS if not result.ms else "%.1f" % result.p50()


def measure(db, called, rank):
    singles, more = cases(db, rank)
    known = int(psql(db, "SELECT count(*) FROM public.audit_logs WHERE organization_id = '%s'" % org(rank)))
    print("\n%s, the %s tenant: %d entries" % (db, called, known))
    ask(db, rank, [line for _, line, _ in singles], rounds=1)  # what was never read comes from the disk, once
    results = ask(db, rank, [line for _, line, _ in singles])
    print("  %-30s %6s %9s %9s %9s %9s  %s" % ("filter", "rows", "p50 ms", "p95 ms", "plan ms", "by hand", "index"))
    for result, (_, _, conditions) in zip(results, singles):
        print("  %-30s %6d %9.1f %9.1f %9.1f %9s  %s%s%s" % (
            result.name, result.rows, result.p50(), quantile(result.ms, 0.95), result.plan_ms, hand(db, rank, conditions),
            result.indexes, ", told" if result.reads.endswith("!") else "", "" if not result.why else ": " + result.why))
        sys.stdout.flush()
    ask(db, rank, [line for _, line, _ in more], rounds=1)
    combined = ask(db, rank, [line for _, line, _ in more])
    everything = [ms for result in results + combined for ms in result.ms]
    print("  %d single filters, %d combined: p50 %.1f ms, p95 %.1f ms, at most %.1f ms" % (
        len(results), len(combined), quantile(everything, 0.5), quantile(everything, 0.95), max(everything)))
    over = [result for result in results + combined if result.p50() > LIMIT_MS]
    print("  over %d ms: %s" % (LIMIT_MS, "none" if not over else "%d of %d" % (len(over), len(results) + len(combined))))
    for result in over:
        print("    %-50s %7.1f ms%s  %s" % (result.name, result.p50(), ", told" if result.reads.endswith("!") else ", NOT TOLD",
                                          result.indexes))
    sys.stdout.flush()


# --- what the platform expects

def expectations(rank):
    own = "organization_id = '%s'" % org(rank)
    yield ("audit_logs", LAYOUTS, "an organization's entries of an action, newest first", 100,
           "SELECT * FROM public.audit_logs WHERE %s AND action = 'auth.login' ORDER BY created_at DESC LIMIT 100" % own)
    yield ("audit_logs", LAYOUTS, "an organization's entries, newest first", 100,
           "SELECT * FROM public.audit_logs WHERE %s ORDER BY created_at DESC LIMIT 100" % own)
    yield ("performance_analytics", LAYOUTS, "24 h of an organization and type, newest first", 50,
           "SELECT * FROM public.performance_analytics WHERE %s AND type = 'LCP' AND timestamp >= (SELECT now() - interval '24 hours') "
           "ORDER BY timestamp DESC" % own)
    yield ("scheduled_reports", ("others",), "due runs", 20,
           "SELECT * FROM public.scheduled_reports WHERE status = 'pending' AND next_run_at <= now() ORDER BY next_run_at")
    yield ("invoices", ("others",), "by customer", 30,
           "SELECT * FROM public.invoices WHERE stripe_customer_id = 'cus_%d' ORDER BY created_at DESC" % (rank - 1))
    yield ("usage_tracking", ("others",), "sum by date and resource of an organization, a month", 80,
           "SELECT usage_date, resource_type, sum(quantity) FROM public.usage_tracking WHERE %s AND usage_date >= current_date - 30 "
           "GROUP BY 1, 2" % own)
    yield ("usage_tracking", ("others",), "the same, a year", 80,
           "SELECT usage_date, resource_type, sum(quantity) FROM public.usage_tracking WHERE %s AND usage_date >= current_date - 365 "
           "GROUP BY 1, 2" % own)
    yield ("message_templates", ("others",), "active ones of an organization", 15,
           "SELECT * FROM public.message_templates WHERE %s AND is_active" % own)


def measure_platform():
    print("\nWhat the platform expects, of 20 tenants, as a user of each")
    print("  %-22s %-50s %-7s %6s %8s %8s %8s" % ("table", "operation", "layout", "rows", "within", "p50 ms", "p95 ms"))
    ranks = [rank for _, rank in TENANTS] + random.Random(7).sample(range(2, 1000), 17)
    by_rank = {rank: list(expectations(rank)) for rank in ranks}
    for i, (table, layouts, what, within, _) in enumerate(by_rank[ranks[0]]):
        for db in layouts:
            results = []
            for rank in ranks:
                line = "x\tsql=" + by_rank[rank][i][4]
                ask(db, rank, [line], rounds=1)
                results += ask(db, rank, [line])
            all_ms = [ms for result in results for ms in result.ms]
            p95 = quantile(all_ms, 0.95)
            print("  %-22s %-50s %-7s %6d %8d %8.1f %8.1f  %s" % (
                table, what, db, max(result.rows for result in results), within, quantile(all_ms, 0.5), p95,
                "within" if p95 <= within else "OVER"), flush=True)


def measure_tool():
    print("\nauditquery itself, from its start to its end (p50 and most of %d)" % ROUNDS)
    for db in LAYOUTS:
        for called, rank in TENANTS:
            for argv in ([], ["--action", "auth.login"], ["--session", "nix"], ["--ip", "192.0.2.1"], ["--risk", "high+", "--since", "30d"]):
                took = []
                for _ in range(ROUNDS + 1):
                    env = dict(os.environ, PGDATABASE=db, PGOPTIONS=as_user(rank))
                    began = time.monotonic()
                    subprocess.run([lab.program("auditquery"), "search", "-q", "--format=ndjson"] + argv, env=env, check=True,
                                   stdout=subprocess.DEVNULL)
                    took.append((time.monotonic() - began) * 1000)
                print("  %-7s %-8s %-35s %8.1f %8.1f" % (db, called, " ".join(argv), statistics.median(took[1:]), max(took[1:])),
                      flush=True)


def inside():
    if "load" in ONLY:
        load()
    print("%d rows; %d CPUs, PostgreSQL %s; %s" % (ROWS, os.cpu_count(), psql("postgres", "SHOW server_version").split()[0],
                                               ", ".join("%s=%s" % setting for setting in SETTINGS.items())))
    if "platform" in ONLY:
        measure_platform()
    for db in LAYOUTS:
        for called, rank in TENANTS:
            if db in ONLY:
                measure(db, called, rank)
    if "tool" in ONLY:
        measure_tool()


def main():
    if os.environ.get("BENCH_INSIDE"):
        return lab.serve(__file__, SETTINGS, inside)
    top = os.environ["BENCH_DIR"]
    os.makedirs(top, exist_ok=True)
    os.chmod(top, 0o711)
    argv = [lab.program("auditlocal"), "-q", "-D", os.path.join(top, "db")]
    for setting in SETTINGS.items():
        argv += ["-c", "%s=%s" % setting]
    return subprocess.call(argv + [sys.executable, os.path.abspath(__file__)], env=dict(os.environ, BENCH_INSIDE="1"))


if __name__ == "__main__":
    sys.exit(main())
