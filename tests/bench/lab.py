"""Processes, timed and measured, against the private server that auditlocal has started."""
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
B = os.path.join(ROOT, os.environ.get("B", "build"), "bin")
# Debian's psql in PATH is a wrapper that takes longer to start than some of what is measured here.
SERVER_BIN = max(glob.glob("/usr/lib/postgresql/*/bin"), default="")
COLUMNS = ("organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, old_values, "
           "new_values, risk_level, ip_address, user_agent, metadata, session_id")


class BenchFailed(Exception):
    pass


def program(name):
    for directory in (B, SERVER_BIN):
        if os.access(os.path.join(directory, name), os.X_OK):
            return os.path.join(directory, name)
    return name


def start(argv, db, role=None, out=subprocess.DEVNULL, stdin=subprocess.DEVNULL):
    env = dict(os.environ, PGDATABASE=db)
    if role:
        env["PGOPTIONS"] = "-c role=" + role
    return subprocess.Popen([program(argv[0])] + argv[1:], env=env, stdin=stdin, stdout=out, stderr=subprocess.PIPE)


def finish(process, argv, statuses=(0,)):
    out, err = process.communicate()
    if process.returncode not in statuses:
        raise BenchFailed("%s ended with %d: %s" % (" ".join(argv), process.returncode, err.decode().strip()))
    return (out or b"").decode()


def run(argv, db="postgres", **how):
    return finish(start(argv, db, out=subprocess.PIPE, **how), argv)


def seconds(argv, db, **how):
    began = time.monotonic()
    finish(start(argv, db, **how), argv)
    return time.monotonic() - began


def peak_mib(argv, db, **how):
    """The most memory that argv's process held. ru_maxrss will not do: it counts what Python held before exec."""
    process, peak = start(argv, db, **how), 0
    while process.poll() is None:
        try:
            with open("/proc/%d/status" % process.pid) as status:
                peak = max([peak] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.005)
    finish(process, argv)
    return peak / 1024


def psql(db, *statements, **how):
    argv = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"]
    for statement in statements:
        argv += ["-c", statement]
    return run(argv, db, **how).strip()


def settle():
    """What one run leaves to be written out is not the next one's to pay for."""
    psql("postgres", "CHECKPOINT")


def server_cpu():
    """Seconds of processor time of all connections that have ended: on a busy machine, steadier than the clock."""
    while psql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") != "1":
        time.sleep(0.01)
    time.sleep(0.1)  # the last to leave is no longer listed, and may not have been waited for yet
    postmaster = psql("postgres", "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
    with open("/proc/%s/stat" % postmaster) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def with_cpu(measure):
    """(what measure returns, seconds of processor time that the server took meanwhile)"""
    before = server_cpu()
    result = measure()
    return result, max(server_cpu() - before, 0.01)


class Appender:
    """pgbench at work; tps() waits for its end."""

    def __init__(self, db, clients, tenants, duration, script=None):
        self.argv = ["pgbench", "-n", "-M", "prepared", "-f", script or os.path.join(HERE, "single.sql"), "-c", str(clients),
                     "-j", str(min(clients, 2)), "-T", str(duration), "-D", "tenants=%d" % tenants, db]
        self.process = start(self.argv, db, role="service_role", out=subprocess.PIPE)

    def tps(self):
        for line in finish(self.process, self.argv).splitlines():
            if line.startswith("tps = "):
                return float(line.split()[2])
        raise BenchFailed("pgbench printed no tps")


def tps(db, clients, tenants, duration, script=None):
    return Appender(db, clients, tenants, duration, script).tps()


def alternate(round_number, *measures):
    """Each measure once, in turn from the front and from the back, so that none always has the warmer cache."""
    results = [None] * len(measures)
    order = range(len(measures)) if round_number % 2 == 0 else reversed(range(len(measures)))
    for i in order:
        results[i] = measures[i]()
    return results


def say(message):
    if sys.stderr.isatty() or os.environ.get("BENCH_TALK"):
        print("bench: " + message, file=sys.stderr, flush=True)


class Figure:
    """One line of the table: a ratio or an amount measured some times, and what it should be."""

    def __init__(self, name, relation=None, target=None, unit=""):
        self.name, self.relation, self.target, self.unit, self.values = name, relation, target, unit, []

    def add(self, value):
        self.values.append(value)

    def median(self):
        return statistics.median(self.values)

    def row(self):
        spread = "(%.2f-%.2f)" % (min(self.values), max(self.values)) if len(self.values) > 1 else ""
        measured = "%.2f%s" % (self.median(), self.unit)
        if self.target is None:
            return [self.name, "", measured, spread, ""]
        reached = self.median() >= self.target if self.relation == ">=" else self.median() <= self.target
        return [self.name, "%s %.2f%s" % (self.relation, self.target, self.unit), measured, spread,
                "reached" if reached else "NOT REACHED"]


def table(figures):
    rows = [["figure", "target", "median", "(min-max)", ""]] + [f.row() for f in figures if f.values]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def serve(script, settings, inside):
    """What a benchmark's file runs: itself once more, within a private server with these settings; there, inside()."""
    if os.environ.get("BENCH_INSIDE"):
        try:
            inside()
        except BenchFailed as failure:
            sys.exit("bench: %s" % failure)
        return 0
    # Below the user's own directory for temporary files, on whatever storage that is: commits wait for it.
    top = tempfile.mkdtemp(prefix="auditproof-bench-")
    os.chmod(top, 0o711)
    argv = [program("auditlocal"), "-q", "-D", os.path.join(top, "db")]
    for setting in settings.items():
        argv += ["-c", "%s=%s" % setting]
    argv += [sys.executable, os.path.abspath(script)]
    try:
        return subprocess.call(argv, env=dict(os.environ, BENCH_INSIDE="1"))
    finally:
        shutil.rmtree(top, ignore_errors=True)
