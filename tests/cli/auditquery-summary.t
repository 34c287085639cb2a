#!/usr/bin/perl
# auditquery summary, top, rare and first-seen: counts of known entries, whose they are, and how an answer is printed and drawn.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8);
use JSON::PP;
use Test::More;

my $a = '00000000-0000-4000-8000-00000000000a';
my $b = '00000000-0000-4000-8000-00000000000b';
my ($ada, $eve, $bob) = map { "00000000-0000-4000-8000-0000000000$_" } qw(a1 a2 b1);
my $nil = '00000000-0000-0000-0000-000000000000';

my $c = AuditTest->cluster;
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
# Of a: 60 entries, one a day at 09:00 until 2026-03-01, by Ada, and at the end three by Eve; some odd. Of b: 10 in one hour.
$c->psql('t', <<"END");
INSERT INTO organizations (id, name) VALUES ('$a', 'a'), ('$b', 'b');
INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@a.example'), ('$eve', 'eve\@a.example'), ('$bob', 'bob\@b.example');
INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$a', 'ada\@a.example'), ('$eve', '$a', 'eve\@a.example'), ('$bob', '$b', 'bob\@b.example');
CREATE ROLE inspector LOGIN IN ROLE auditproof_auditor;
CREATE ROLE member LOGIN IN ROLE authenticated;
ALTER ROLE member SET request.jwt.claim.sub = '$ada';
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, risk_level, ip_address, session_id, created_at)
SELECT '$a', '$ada', 'ada\@a.example', CASE WHEN i % 3 = 0 THEN 'auth.login' ELSE 'message.sent' END, 'thing',
       CASE WHEN i % 10 = 0 THEN 'medium' ELSE 'low' END, '10.0.0.1', 's' || i % 2, '2026-03-01 09:00Z'::timestamptz - i * interval '1 day'
  FROM generate_series(0, 59) i;
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, risk_level, ip_address, user_agent, created_at) VALUES
    ('$a', '$eve', 'eve\@a.example', 'message.sent', 'thing', 'low', '10.0.0.1', NULL, '2026-02-27 10:00Z'),
    ('$a', '$eve', 'eve\@a.example', 'DATA_EXPORT', 'export', 'high', '203.0.113.0/24', E'evil \\x1b[31m \\u202e <b>&漢字', '2026-02-28 23:00Z'),
    ('$a', NULL, NULL, '=1+1', 'odd', 'critical', NULL, NULL, '2026-02-28 23:30Z'),
    ('$a', NULL, NULL, 'undated', 'odd', NULL, NULL, NULL, NULL),
    ('$a', NULL, NULL, 'undated', 'odd', NULL, NULL, NULL, 'infinity');
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, created_at)
SELECT '$b', '$bob', 'bob\@b.example', 'auth.login', 'secret', '2026-03-01 12:00Z'::timestamptz + i * interval '1 minute' FROM generate_series(0, 9) i;
END

sub ask {
    my ($argv, %o) = @_;
    my $r = $c->run(['auditquery', @$argv], db => 't', env => {$o{user} ? (PGUSER => $o{user}) : (), %{$o{env} // {}}});
    return $r if $o{raw};
    is $r->{status}, 0, "@$argv" or diag $r->{err};
    return decode_json $r->{out};
}

sub pairs { my ($rows, @of) = @_; return [map { my $row = $_; [@{$row}{@of}] } @$rows] }

subtest 'summary' => sub {
    my $s = ask(['summary', '--org', $a, '--since', '2025-12-01', '--until', '2026-03-02']);
    my $t = $s->{totals};
    is_deeply [@{$t}{qw(entries first last actions actors addresses resource_types organizations undated by)}],
        [63, '2026-01-01T09:00:00Z', '2026-03-01T09:00:00Z', 4, 2, 2, 3, 1, 0, 'week'], 'totals';
    is $s->{organization_id}, $a, 'whose';
    is_deeply $s->{filters}, {org => $a, since => '2025-12-01T00:00:00Z', until => '2026-03-02T00:00:00Z'}, 'and what was asked';
    is_deeply pairs($s->{risk}, qw(risk count percent)), [['critical', 1, 1.6], ['high', 1, 1.6], ['medium', 6, 9.5], ['low', 55, 87.3]], 'risk';
    is_deeply pairs($s->{actions}, qw(action count)), [['message.sent', 41], ['auth.login', 20], ['=1+1', 1], ['DATA_EXPORT', 1]], 'actions';
    is_deeply pairs($s->{actors}, qw(who actor email count)),
        [['ada@a.example', $ada, 'ada@a.example', 60], ['eve@a.example', $eve, 'eve@a.example', 2], [undef, undef, undef, 1]], 'actors';
    is_deeply pairs($s->{addresses}, qw(address count)), [['10.0.0.1', 61], ['203.0.113.0/24', 1], [undef, 1]], 'addresses';
    is_deeply [map { $_->{count} } grep { $_->{count} } @{$s->{hours}}], [60, 1, 2], 'hours of the day';
    is $s->{hours}[9]{count}, 60, 'at nine';
    is_deeply [scalar(@{$s->{times}}), $s->{times}[0]{time}, $s->{times}[-1]{time}], [13, '2025-12-01T00:00:00Z', '2026-02-23T00:00:00Z'], 'weeks begin on Mondays, empty ones too';
    is_deeply [map { $_->{count} } @{$s->{times}}], $t->{over_time}, 'the same over time';
    is_deeply [$t->{over_time}[3], $t->{over_time}[4], $t->{over_time}[12]], [0, 4, 10], 'weeks';
    is_deeply $t->{by_weekday}, [map { $_->{count} } @{$s->{weekdays}}], 'days of the week';
    ok !exists $s->{organizations}, 'of one organization none are told apart';
    is_deeply ask(['summary', '--org', $a, '--since', '2026-02-28', '--until', '2026-03-01', '--by', 'hour'])->{totals}{over_time},
        [(0) x 9, 1, (0) x 13, 2], 'by hour';
    is scalar @{ask(['summary', '--since', '2025-12-15', '--until', '2026-03-02', '--by', 'month'])->{times}}, 4, 'by month';
    my $table = ask(['summary', '--org', $a, '--since', '2025-12-01', '--until', '2026-03-02', '--by', 'hour', '--format', 'table'], raw => 1)->{out};
    unlike $table, qr/^Entries by hour$/m, 'a table is no list of hundreds of hours,';
    like $table, qr/^the counts over time are by hour: auditquery's --part times lists all 800$/m, 'which it says';
};

subtest 'everything' => sub {
    my $s = ask(['summary', '-n1']);
    is_deeply [@{$s->{totals}}{qw(entries undated organizations)}], [75, 2, 2], 'all, also without a time';
    is_deeply pairs($s->{organizations}, qw(org count)), [[$a, 65]], 'organizations, the first';
    is_deeply [sort grep { /others?/ } @{$s->{remarks}}],
        ['actions: 4 others have 34 entries', 'actors: 3 others have 15 entries', 'addresses: 2 others have 14 entries',
         'organizations: 1 other has 10 entries', 'resource_types: 3 others have 14 entries'], 'how many others';
    ok +(grep { $_ eq '2 entries have no time' } @{$s->{remarks}}), 'and those without a time';
    my $none = ask(['summary', '--action', 'nothing']);
    is_deeply [$none->{totals}{entries}, $none->{actions}], [0, undef], 'nothing';
    is ask(['top', 'action', '--action', 'nothing', '--format', 'table'], raw => 1)->{out}, "Most frequent actions\nno entry fits\n", 'said in a table';
};

subtest 'top and rare' => sub {
    my $t = ask(['top', 'action', '--org', $a, '-n2', '--until', '2026-03-02'])->{top};
    is_deeply pairs($t, qw(action count percent first last)),
        [['message.sent', 41, '65.1', '2026-01-01T09:00:00Z', '2026-02-28T09:00:00Z'], ['auth.login', 20, '31.7', '2026-01-03T09:00:00Z', '2026-03-01T09:00:00Z']], 'top';
    is $t->[1]{entry}, $c->psql('t', "SELECT id FROM audit_logs WHERE action = 'auth.login' AND created_at = '2026-03-01 09:00Z'"), 'its last entry';
    is_deeply [eval { my $n = 0; $n += $_ for @{$t->[0]{over_time}}; $n }], [41], 'over time';
    my $r = ask(['rare', 'action', '--org', $a, '-n2', '--until', '2026-03-02']);
    is_deeply pairs($r->{rare}, qw(action count last)), [['=1+1', 1, '2026-02-28T23:30:00Z'], ['DATA_EXPORT', 1, '2026-02-28T23:00:00Z']], 'rare';
    is $r->{rare}[1]{entry}, $c->psql('t', "SELECT id FROM audit_logs WHERE action = 'DATA_EXPORT'"), 'to look at';
    ok +(grep { $_ eq '2 others have 61 entries' } @{$r->{remarks}}), 'how many others';
    my %want = (
        actor => $ada, email => 'ada@a.example', role => undef, address => '10.0.0.1', agent => undef, session => 's0',
        resource => 'thing', resource_type => 'thing', risk => 'low', org => $a, hour => '09', weekday => undef
    );
    for my $field (sort keys %want) {
        my $top = ask(['top', $field, '--org', $a, '-n3'])->{top};
        my $value = $field eq 'session' ? 's1' : $want{$field};
        ok +(grep { ($_->{$field} // '') eq ($value // $_->{$field} // '') } @$top), "top $field";
    }
    is_deeply pairs(ask(['top', 'actor+action', '--org', $a, '-n1'])->{top}, qw(who actor action count)), [['ada@a.example', $ada, 'message.sent', 40]], 'a pair';
    is_deeply pairs(ask(['top', 'actor+hour', '-n2'])->{top}, qw(email hour count)), [['ada@a.example', '09', 60], ['bob@b.example', 12, 10]], 'another';
    is_deeply ask(['top', 'rule'])->{top}, [], 'no rule found anything';
};

subtest 'what rules found' => sub {
    $c->psql('t', <<"END");
        SET session_replication_role = replica;
        INSERT INTO auditproof.risk_finding
        SELECT e.chain_id, sha256(s), e.seq, r, e.log_id, l, 'Title of ' || r, closed, NULL, NULL, now()
          FROM audit_logs a JOIN auditproof.chain_entry e ON e.log_id = a.id,
               (VALUES ('r1', 'high', false), ('r2', 'critical', false), ('r3', 'critical', true)) v (r, l, closed), (VALUES ('x'::bytea), ('y')) s (s)
         WHERE a.action = 'auth.login' AND a.organization_id = '$a' AND a.created_at >= '2026-02-26'
           AND (r <> 'r2' OR a.created_at >= '2026-03-01');
END
    is_deeply pairs(ask(['top', 'rule'])->{top}, qw(rule title count)), [['r1', 'Title of r1', 2], ['r2', 'Title of r2', 1]], 'by rule, of whatever version, what is closed left out';
    is_deeply pairs(ask(['session', 's0', '--org', $a])->{rules}, qw(rule entries)), [['r2', 1], ['r1', 1]], 'in a session, too';
    is_deeply pairs(ask(['summary', '--org', $a])->{risk}, qw(risk count)), [['critical', 2], ['high', 2], ['medium', 5], ['low', 56]], 'risk is the higher of both';
    is_deeply pairs(ask(['top', 'risk'])->{top}, qw(risk count)), [['low', 66], ['medium', 5], ['critical', 2], ['high', 2]], 'of all organizations';
    is_deeply pairs(ask(['summary'], user => 'member')->{risk}, qw(risk count)), [['critical', 1], ['high', 1], ['medium', 6], ['low', 57]],
        'for whom may not read them it is what entries say';
    is_deeply pairs(ask(['top', 'action', '--risk', 'high+', '--org', $a])->{top}, qw(action count)), [['auth.login', 2], ['=1+1', 1], ['DATA_EXPORT', 1]], 'and a filter';
};

subtest 'first seen' => sub {
    my @since = ('--org', $a, '--since', '2026-02-27', '--until', '2026-03-02');
    my $f = ask(['first-seen', 'action', @since]);
    is_deeply pairs($f->{new}, qw(action first count)), [['=1+1', '2026-02-28T23:30:00Z', 1], ['DATA_EXPORT', '2026-02-28T23:00:00Z', 1]], 'actions, the newest first';
    is_deeply $f->{baseline}, {since => '2026-02-27T00:00:00Z', baseline_from => '2026-01-01T09:00:00Z', baseline => 56 * 86400 + 15 * 3600, new => 2}, 'baseline';
    is $f->{new}[1]{entry}, $c->psql('t', "SELECT id FROM audit_logs WHERE action = 'DATA_EXPORT'"), 'to look at';
    is_deeply [grep { /baseline/ } @{$f->{remarks}}], [], 'which is long enough';
    is_deeply pairs(ask(['first-seen', 'address', @since])->{new}, 'address'), [['203.0.113.0/24']], 'addresses';
    is_deeply pairs(ask(['first-seen', 'actor', @since])->{new}, 'who'), [['eve@a.example']], 'actors';
    is_deeply pairs(ask(['first-seen', 'actor+action', @since])->{new}, 'who', 'action'), [['eve@a.example', 'DATA_EXPORT'], ['eve@a.example', 'message.sent']], 'actions of actors';
    is_deeply pairs(ask(['first-seen', 'actor+address', @since, '--actor', $ada])->{new}, 'who'), [], 'nothing new of her';
    my $short = ask(['first-seen', 'action', '--org', $a, '--since', '2026-01-20', '-n1']);
    ok +(grep { /shorter than 30 days/ } @{$short->{remarks}}), 'a short baseline is told';
    ok +(grep { /everything is new/ } @{ask(['first-seen', 'action', '--org', $b, '--since', '2020-01-01'])->{remarks}}), 'and none at all';
    ok +(grep { /others? (are|is) new too/ } @{ask(['first-seen', 'action', '--org', $a, '--since', '2026-02-27', '-n1'])->{remarks}}), 'and that there are more';
};

subtest 'whose' => sub {
    for my $command (['summary'], ['top', 'actor'], ['rare', 'org'], ['first-seen', 'resource_type', '--since', '2026-02-27']) {
        my $r = ask([@$command], user => 'member', raw => 1);
        is $r->{status}, 0, "@$command as a tenant's user";
        like $r->{err}, qr/row level security applies to member: it sees entries of organization $a only/, 'which says so';
        unlike $r->{out}, qr/$b|bob|secret/, 'and sees nothing of another';
        is decode_json($r->{out})->{organization_id}, $a, 'of this organization';
    }
    my $s = ask(['summary'], user => 'member');
    is $s->{totals}{entries}, 65, 'all of its own';
    ok +(grep { /may not read what rules found/ } @{$s->{remarks}}), 'but not the findings';
    my $r = ask(['top', 'rule'], user => 'member', raw => 1);
    is $r->{status}, 3, 'nor by rule';
    like $r->{err}, qr/member may not read what rules found/, 'said';
    is decode_json(ask(['summary', '--org', $b], user => 'member', raw => 1)->{out})->{totals}{entries}, 0, 'nor another organization when asked';
    for my $command (['summary'], ['top', 'action'], ['rare', 'action'], ['first-seen', 'action', '--since', '2026-02-27']) {
        ask([@$command, '--org', $a], user => 'inspector');
        is $c->psql('t', "SELECT metadata ->> 'command' FROM audit_logs WHERE action = 'audit.queried' ORDER BY created_at DESC LIMIT 1"), join(' ', grep { $_ } @{$command}[0, 1]) =~ s/ --.*//r, "an auditor's $command->[0] is recorded";
    }
};

subtest 'formats' => sub {
    my @top = ('top', 'agent', '--org', $a, '--since', '2026-02-01', '--until', '2026-03-02');
    my $dir = AuditTest::tempdir();
    my $python = <<'END';
import csv, json, sys
rows = list(csv.DictReader(sys.stdin, strict=True))
print(json.dumps([[r["agent"], int(r["count"]), r["first"]] for r in rows]))
END
    my $csv = ask([@top, '--format', 'csv', '-q'], raw => 1)->{out};
    is_deeply decode_json($c->run(['python3', '-c', $python], stdin => $csv)->{out}),
        [['', 31, '2026-02-01T09:00:00Z'], ["evil \x1b[31m \x{202e} <b>&\x{6f22}\x{5b57}", 1, '2026-02-28T23:00:00Z']], 'CSV as Python reads it';
    like ask(['rare', 'action', '-n1', '--org', $a, '--format', 'csv', '-q'], raw => 1)->{out}, qr/\r\n"'=1\+1",/, 'no formula';
    my $json = ask([@top], raw => 1)->{out};
    is $c->run(['python3', '-c', 'import json, sys; print(json.load(sys.stdin)["top"][1]["count"])'], stdin => $json)->{out}, "1\n", 'JSON too';
    my @lines = map { decode_json $_ } split /\n/, ask(['summary', '--format', 'ndjson', '-q'], raw => 1)->{out};
    ok +(grep { $_->{part} eq 'totals' && $_->{entries} > 0 } @lines), 'NDJSON';
    is ask(['summary', '--format', 'csv'], raw => 1)->{status}, 2, 'CSV is of one part';
    my $table = decode_utf8 ask([@top, '--format', 'table', '-q'], raw => 1, env => {COLUMNS => 80})->{out};
    is $table, decode_utf8(<<'END'), 'a table of 80 columns';
Most frequent agents
AGENT                        %  COUNT  FIRST       LAST        OVER TIME
-                         96.9     31  2026-02-01  2026-03-01  ▆▆▆▆▆▆▆▆█▆
evil \x1b[31m \u202e       3.1      1  2026-02-28  2026-02-28  ·········█
<b>&漢字

auditquery search --agent AGENT lists the entries of one
END
    for my $command (['summary'], [@top], ['rare', 'agent'], ['first-seen', 'agent', '--since', '2026-02-27']) {
        my $r = ask([@$command, '--chart', "$dir/chart.svg", '-q'], raw => 1);
        is $r->{status}, 0, "$command->[0] is drawn" or diag $r->{err};
        my $parsed = $c->run(['python3', '-c', <<'END', "$dir/chart.svg"]);
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
ns = "{http://www.w3.org/2000/svg}"
assert root.tag == ns + "svg" and root.find(ns + "title") is not None and root.find(ns + "desc") is not None
assert all(e.tag[len(ns):] in "svg title desc style rect g text line".split() for e in root.iter())
assert not any("\x1b" in t or "\u202e" in t for t in root.itertext())
# No name, value or mark of a scale lies over its neighbour on the line.
lines = {}
for box in root.iter(ns + "svg"):
    if box is not root:
        lines.setdefault(box.get("y"), []).append((float(box.get("x")), float(box.get("width"))))
for boxes in lines.values():
    boxes.sort()
    assert all(a[0] + a[1] <= b[0] for a, b in zip(boxes, boxes[1:])), boxes
    assert all(x >= 0 and x + width <= 760 for x, width in boxes)
print(len(root.findall(ns + "g")))
END
        like $parsed->{out}, qr/^[1-9]/, 'and is XML' or diag $parsed->{err};
    }
    is ask(['summary', '--org', $a, '--since', '2026-02-01', '--until', '2026-03-01', '--by', 'hour', '--part', 'times', '--chart', "$dir/chart.svg", '-q'], raw => 1)->{status}, 0, 'hours';
    unlike do { local (@ARGV, $/) = "$dir/chart.svg"; <> }, qr/class="tick"[^<]*&#x2026;/, 'are named in full';
    is ask(['summary', '--chart', "$dir/none/chart.svg"], raw => 1)->{status}, 3, 'a chart that cannot be written';
    is_deeply [glob "$dir/*"], ["$dir/chart.svg"], 'leaves nothing behind';
};

subtest 'wrong' => sub {
    for (['top'], ['top', 'nothing'], ['top', 'action|actor'], ['top', ''], ['summary', '-n0'], ['summary', '-n1001'], ['summary', '--by', 'year'],
         ['first-seen', 'action'], ['summary', '--part', 'x'], ['top', 'action', '--proof'], ['summary', '--format', 'ocsf'], ['top', 'action', 'actor'])
    {
        my $r = ask($_, raw => 1);
        is $r->{status}, 2, "@$_ is refused";
        is $r->{out}, '', 'with nothing else';
    }
    is $c->run(['sh', '-c', '"$0" summary > /dev/full', AuditTest::bin('auditquery')], db => 't')->{status}, 3, 'a full disk is told';
};

subtest 'what is read' => sub {
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, user_agent)
        SELECT '$b', 'bulk', 'x', (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 50) j) FROM generate_series(1, 6000) i; ANALYZE audit_logs");
    for ([['summary'], ' (--org or --since makes it less)'], [['top', 'action', '--since', '2000-01-01'], ' (--org makes it less)'], [['rare', 'session', '--org', $b], ' (--since makes it less)'],
         [['summary', '--org', $b, '--since', '2000-01-01'], ''], [['first-seen', 'address', '--since', '2026-01-01'], ' (--org makes it less)']) {
        like ask($_->[0], raw => 1)->{err}, qr/the table is read from end to end\Q$_->[1]\E$/m, "@{$_->[0]} says that it reads everything";
    }
    unlike ask(['summary', '--resource', "/$nil"], raw => 1)->{err}, qr/from end to end/, 'what an index leads to is not said';
};

# Of another tenant each, so that what was counted before has not changed.
subtest 'far and odd' => sub {
    my ($far, $odd) = map { "00000000-0000-4000-8000-00000000000$_" } qw(c d);
    $c->psql('t', <<"END");
INSERT INTO organizations (id, name) VALUES ('$far', 'far'), ('$odd', 'odd');
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, ip_address, created_at)
SELECT '$far', '$eve', NULL, 'far', 'x', '192.0.2.99', t FROM unnest('{294276-12-31 23:59:59.999999Z, 294247-01-01Z, 4713-01-01 BC, 1969-12-31 23:00Z, 1969-12-31 22:59:59.999999Z}'::timestamptz[]) t;
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, created_at)
SELECT '$odd', CASE WHEN i < 4 THEN '$ada'::uuid END, CASE i WHEN 1 THEN 'ADA\@a.example' WHEN 2 THEN NULL ELSE 'ada\@a.example' END, 'x', 'x', '2026-03-01Z' FROM generate_series(1, 4) i;
END
    my $s = ask(['summary', '--org', $far, '--by', 'month']);
    is_deeply [@{$s->{totals}}{qw(entries undated first last)}], [5, 2, '-4712-01-01T00:00:00Z', '1969-12-31T23:00:00Z'], 'the end of time and its beginning';
    is_deeply [map { $_ ? $_ : () } @{$s->{totals}{by_hour}}], [1, 1, 1], 'before 1970, too, hours begin with their minute 0';
    is_deeply [@{$s->{totals}{by_hour}}[0, 22, 23]], [1, 1, 1], 'and end with their last microsecond';
    is_deeply pairs(ask(['top', 'action', '--org', $far])->{top}, qw(action count first last)), [['far', 5, '-4712-01-01T00:00:00Z', '1969-12-31T23:00:00Z']], 'counted';
    is_deeply pairs(ask(['first-seen', $_->[0], '--since', '1900-01-01', '--org', $far])->{new}, $_->[0], 'count'), $_->[1], "first-seen $_->[0]" for ['action', []], ['address', []], ['hour', [['23', 2], ['22', 1]]];
    is ask([$_->[0], @{$_->[1]}, '--org', $far], raw => 1)->{status}, 0, $_->[0] for ['rare', ['hour']], ['pivot', ['--ip', '192.0.2.99']];
    $s = ask(['summary', '--org', $odd]);
    is_deeply [$s->{totals}{actors}, pairs($s->{actors}, qw(actor email count))], [2, [[$ada, 'ada@a.example', 3], [undef, 'ada@a.example', 1]]], 'an account is one, whatever it is called';
    is_deeply pairs(ask(['top', 'actor', '--org', $odd])->{top}, qw(actor email count)), [[$ada, 'ada@a.example', 3], ['ada@a.example', 'ada@a.example', 1]], 'as top has it';
};

done_testing;
