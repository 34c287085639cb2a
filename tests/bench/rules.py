#!/usr/bin/env python3
"""What matching rules costs: `make bench-rules`.

One process loads the rule sets of a table and runs through the same events with each by turns, with the JSON reader
alone and with matching; figures are medians of BENCH_ROUNDS rounds (5) of BENCH_LINES events (20000), in processor
time of one core. Memory is that of a process of its own for each rule set. auditclassify is measured whole: from
starting it to the last line written, with correlations and enrichment.
"""
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import rules_input

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
B = os.path.join(ROOT, os.environ.get('B', 'build'))
BENCH = os.path.join(B, 'bench', 'rules')
CLASSIFY = os.path.join(B, 'bin', 'auditclassify')
EVENTS = int(os.environ.get('BENCH_LINES', '20000'))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '5'))
SAAS = os.path.join(ROOT, 'tests', 'rules', 'sigma-saas')
DEFAULT = os.path.join(ROOT, 'rules', 'auditproof')

# What others publish of themselves, on other machines and with other rules: an order of magnitude, no comparison.
PEERS = [
    ('rsigma', '3,132 SigmaHQ rules, one core of an M4 Pro', '19,000 to 66,000 events/s; 30,000 to 106,000 with rules '
     'chosen by logsource', 'https://timescale.github.io/rsigma/benchmarks/'),
    ('Hayabusa', '3,891 rules, 4 cores of a Xeon of 2018', '3 GB of EVTX in 9 min', 'Yamato Security, 2023, https://github.com/Yamato-Security/hayabusa'),
    ('Zircolite', '765 rules, an i9', '587,286 events in 4 min: 2,400 events/s', '2021, https://github.com/wagga40/Zircolite'),
    ('go-sigma-rule-engine', 'one rule on one event', '1.4 us', 'https://github.com/markuskont/go-sigma-rule-engine'),
]


def run(events, rounds, *sets):
    argv = [BENCH, events, str(rounds)]
    for name, paths in sets:
        argv += ['--set', name] + paths
    out = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split('\t') for line in out.splitlines()]


def classify(events, *argv):
    """Seconds of processor time, the median of the rounds, and the most memory in MiB."""
    took, peak = [], 0
    for _ in range(ROUNDS):
        with open(events, 'rb') as given, open(os.devnull, 'wb') as nowhere:
            process = subprocess.Popen([CLASSIFY, '-q'] + list(argv), stdin=given, stdout=nowhere)
            _, status, used = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit('auditclassify %s ended with %d' % (' '.join(argv), os.waitstatus_to_exitcode(status)))
        took.append(used.ru_utime + used.ru_stime)
        peak = max(peak, used.ru_maxrss / 1024)
    return statistics.median(took), peak


class Measured:
    """One rule set's figures out of a run's output."""

    def __init__(self, lines, name):
        mine = [line[1:] for line in lines if line[0] == name]
        loaded = next(line for line in mine if line[0] == 'loaded')
        stats = next(line for line in mine if line[0] == 'stats')
        self.rules, self.problems, self.load_s = int(loaded[1]), int(loaded[2]), float(loaded[3])
        self.events, self.bytes = next((int(line[3]), int(line[4])) for line in mine if line[0] == 'read')
        self.read = statistics.median(float(line[2]) for line in mine if line[0] == 'read')
        self.match = statistics.median(float(line[2]) for line in mine if line[0] == 'match')
        self.candidates = int(stats[3]) / int(stats[1])
        self.hits = int(stats[4]) / int(stats[1])
        self.searches = int(stats[5]) / int(stats[1])
        self.peak_mib = 0

    def rate(self, seconds):
        return '%9s events/s %7.1f MB/s' % ('{:,}'.format(round(self.events / seconds)), self.bytes / seconds / 1e6)

    def print(self, title, tool=None):
        print('%s: %d rules' % (title, self.rules))
        print('  JSON reader alone     %s' % self.rate(self.read))
        print('  reader and rules      %s   %.2f of the reader\'s time' % (self.rate(self.match), self.match / self.read))
        if tool:
            print('  auditclassify, whole  %s   peak memory %.1f MiB' % (self.rate(tool[0]), tool[1]))
        print('  an event of %d bytes meets %.2f rules, matches %.2f, takes %.3f searches by regular expression'
              % (self.bytes / self.events, self.candidates, self.hits, self.searches))
        print('  loaded in %.0f ms; peak memory %.1f MiB beside the events'
              % (self.load_s * 1000, self.peak_mib))


def measured(events, rounds, *sets):
    lines = run(events, rounds, *sets)
    out = []
    for name, paths in sets:
        one = Measured(lines, name)
        alone = run(events, 1, (name, paths))
        held = int(next(line[-1] for line in alone if line[1] == 'peak').split()[0]) / 1024
        one.peak_mib = held - one.bytes / 2**20
        out.append(one)
    return out


def main():
    print('%s, Python %s; %d events, medians of %d rounds, one core'
          % (platform.machine(), platform.python_version(), EVENTS, ROUNDS))
    with tempfile.TemporaryDirectory() as work:
        cloudtrail, own = os.path.join(work, 'cloudtrail.ndjson'), os.path.join(work, 'own.ndjson')
        copies, none = os.path.join(work, 'copies'), os.path.join(work, 'none')
        os.mkdir(copies)
        os.mkdir(none)
        rules_input.write_events(rules_input.real_events(os.path.join(ROOT, 'tests', 'rules', 'events')), EVENTS, cloudtrail)
        rules_input.write_events(rules_input.entries(DEFAULT), EVENTS, own)
        rules_input.write_copies(SAAS, 10, copies)
        empty, saas, tenfold = measured(cloudtrail, ROUNDS, ('none', [none]), ('saas', [SAAS]), ('tenfold', [copies]))
        default, = measured(own, ROUNDS, ('default', [DEFAULT]))
        tools = [classify(cloudtrail, '--no-pipeline', '--rules', SAAS), classify(own, '--rules', DEFAULT)]
        print('No rules, CloudTrail events')
        print('  JSON reader alone     %s' % empty.rate(empty.read))
        saas.print('Public rules for cloud services, CloudTrail events', tools[0])
        tenfold.print('Ten times as many')
        default.print('Default rules, our own entries', tools[1])
    least = min(200000, saas.events / saas.read)
    rate, ratio = saas.events / saas.match, tenfold.match / saas.match
    print('public rules: %.0f events/s a core, to reach %.0f (200,000 or the reader alone): %s'
          % (rate, least, 'reached' if rate >= least else 'missed'))
    print('ten times the rules: %.2f times the time, to reach 1.50: %s' % (ratio, 'reached' if ratio <= 1.5 else 'missed'))
    print('What others publish, each on its own machine, rules and events:')
    for name, setting, figure, source in PEERS:
        print('  %s: %s; %s (%s)' % (name, figure, setting, source))
    return 0


if __name__ == '__main__':
    sys.exit(main())
