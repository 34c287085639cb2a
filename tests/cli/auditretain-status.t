#!/usr/bin/perl
# What may leave, what must not and why: by days that C, SQL and Python's calendar agree on.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use MetricsTest;
use Test::More;

my $build = $ENV{B} // 'build';
my ($one, $two, $nil) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222',
    '00000000-0000-0000-0000-000000000000');
sub id { return sprintf 'eeeeeeee-0000-4000-8000-%012d', $_[0] }

# A server whose clock stands eight years back, and goes on.
my $c = do {
    local %ENV = (%ENV, %{AuditTest::clock(-2922 * 86400)});
    AuditTest->cluster;
};
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my $entries = sub {
    my ($from, $to) = @_;
    $c->psql('app', qq{INSERT INTO audit_logs (id, organization_id, actor_email, action, resource_type)
        SELECT ('eeeeeeee-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('{$one,$two}'::uuid[])[1 + n % 2], n % 3 || '\@x.org', 'a', 'r'
          FROM generate_series($from, $to) n});
};
$c->psql('app', qq{INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    CREATE ROLE keeper LOGIN IN ROLE auditproof_retainer; CREATE ROLE approves LOGIN IN ROLE auditproof_approver});
$entries->(1, 20);
$c->psql('app', qq{INSERT INTO performance_analytics (organization_id, type) SELECT '$one', 'LCP' FROM generate_series(1, 3)});

subtest 'dates' => sub {
    # From 1 BC on, and past the end of Python's calendar; every day around the ends of February, and some zones' midnights.
    my $cases = $c->psql('app', q{
        SELECT setseed(0.25); SET TimeZone = 'Pacific/Auckland';
        WITH times AS (
            SELECT timestamptz '0001-01-01 00:00:00+00' + random() * interval '3652000 days' AS at FROM generate_series(1, 3000)
            UNION ALL SELECT timestamptz '-infinity' UNION ALL SELECT 'infinity'
            UNION ALL SELECT timestamptz '4000-01-01 00:00:00+00 BC' + random() * interval '106000000 days' FROM generate_series(1, 500)
            UNION ALL SELECT timestamptz '294200-01-01 00:00:00+00' + random() * interval '17000 days' FROM generate_series(1, 100)
            UNION ALL SELECT (make_date(y, 2, 26) + d)::timestamp AT TIME ZONE z + e * interval '1 microsecond'
              FROM unnest('{1600,1696,1700,1796,1800,1896,1900,1904,1999,2000,2004,2013,2016,2017,2020,2093,2096,2097,2100,2104,2393,2400}'::int[]) y,
                   generate_series(0, 5) d, unnest('{UTC,America/St_Johns,Pacific/Kiritimati,Europe/Amsterdam}'::text[]) z, generate_series(-1, 0) e
        ), cases AS (
            SELECT CASE WHEN n % 5 <> 0 THEN t.at END AS created, CASE WHEN n % 7 <> 0 OR n % 5 = 0 THEN t.at - (n % 3) * interval '400 days' END AS recorded,
                   (ARRAY[7, 7, 7, 8, 10, 12, 30, 100])[1 + n % 8] AS years
            FROM (SELECT at, row_number() OVER () AS n FROM times) t WHERE at < '294240-01-01' OR at = 'infinity'
        )
        SELECT CASE WHEN isfinite(created) THEN (extract(epoch FROM created) * 1000000)::int8::text ELSE created::text END,
               CASE WHEN isfinite(recorded) THEN (extract(epoch FROM recorded) * 1000000)::int8::text ELSE recorded::text END, years,
               CASE WHEN isfinite(u) THEN (u - date '1970-01-01')::text ELSE u::text END
        FROM cases, auditproof.retention_until(created, recorded, years) u}) =~ s/\A\n//r;
    my $r = AuditTest::run(['python3', 'tests/vectors/retention_dates.py', "$build/libauditproof.so"], stdin => "$cases\n");
    is $r->{status}, 0, 'compared' or diag $r->{err};
    like $r->{out}, qr/\A(\d+) cases, (\d+) by the calendar, 0 wrong\n/, 'the library, the database and the calendar agree';
    my ($all, $by_python) = $r->{out} =~ /(\d+)/g;
    cmp_ok $by_python, '>', 3500, 'in thousands of cases';
    cmp_ok $all, '>', $by_python, '... and where the calendar ends';
};

sub status {
    my (@args) = @_;
    my $r = $c->run(['auditretain', 'status', '--format=json', '-U', 'keeper', @args], db => 'app');
    return ($r->{status}, $r->{status} < 2 ? decode_json $r->{out} : diag $r->{err});
}

my ($exit, $s) = status();
is $exit, 0, 'nothing is due yet';
is_deeply [@$s{qw(due held overdue)}], [0, 0, 0], '... nothing at all';
my $day = $c->psql('app', 'SELECT auditproof.retention_until(min(recorded_at), NULL, 7) FROM auditproof.chain_entry');
is $s->{next}, $day, 'and the next day is seven years from the first';
my $why = $c->run(['auditretain', 'why', id(1), '-U', 'approves'], db => 'app');
is $why->{status}, 0, 'why' or diag $why->{err};
like $why->{out}, qr/^Chain $two, entry 1\n.*^  Sealed:    not yet: no checkpoint covers it\n  Window:    it is kept until $day, UTC\n.*^  Years:     7, by the least there is$/ms, 'by its window';

$c->stop;
$c->start;
$entries->(21, 24);
$c->psql('app', qq{INSERT INTO audit_logs (id, organization_id, action, resource_type, created_at)
    VALUES ('@{[id(25)]}', '$one', 'a', 'r', now() - interval '9 years'), ('@{[id(26)]}', '$one', 'a', 'r', 'infinity')});

subtest 'eight years later' => sub {
    ($exit, $s) = status();
    is $exit, 1, 'what is overdue is a finding';
    is_deeply [@$s{qw(due held overdue holds)}], [20, 0, 20, 0], 'all of the old ones, and nothing that only claims to be';
    ($exit, $s) = status('--grace', 36500);
    is_deeply [$exit, @$s{qw(due overdue)}], [0, 20, 0], 'unless it may take a hundred years';
    like $s->{next}, qr/^\d{4}-\d\d-\d\d$/, 'the next day';
    is $s->{next}, $c->psql('app', qq{SELECT auditproof.retention_until(now(), NULL, 7)}), '... is seven years from today';
    my ($audit) = grep { $_->{table} eq 'public.audit_logs' } @{$s->{tables}};
    is $audit->{month_rows}, 5, 'and what a month adds is told';
    $c->psql('app', qq{INSERT INTO performance_analytics (organization_id, type, "timestamp") VALUES ('$two', 'LCP', now()), ('$one', 'LCP', now() - interval '95 days'), ('$one', 'LCP', '2000-01-01Z')});
    $c->psql('app', q{UPDATE performance_analytics SET created_at = "timestamp" WHERE "timestamp" > '2001-01-01Z'});
    my $again = sub { (undef, my $s) = status(@_); return [map { join ' ', map { $_ // '-' } @$_{qw(organization days due held overdue due_since next)} } @{$s->{performance_analytics}}] };
    my $at = sub { return $c->psql('app', "SELECT (now() AT TIME ZONE 'UTC')::date + $_[0]") };
    my $since = $c->psql('app', qq{SELECT (min("timestamp") AT TIME ZONE 'UTC')::date + 91 FROM performance_analytics WHERE "timestamp" > '2001-01-01Z'});
    is_deeply $again->(), ["$one 90 4 0 3 $since " . $at->(91), "$two 90 0 0 0 - " . $at->(91)],
        'rows of performance_analytics, by the later of their two times';
    is_deeply $again->('--org', $two), ["$two 90 0 0 0 - " . $at->(91)], '... of one organization';
    my ($metrics) = grep { $_->{table} eq 'public.performance_analytics' } @{$s->{tables}};
    is $metrics->{month_rows}, 0, 'what a month added to it before';
    (undef, $s) = status();
    ($metrics) = grep { $_->{table} eq 'public.performance_analytics' } @{$s->{tables}};
    is $metrics->{month_rows}, 2, '... and does now';
    cmp_ok $metrics->{month_bytes}, '>', 0, '... in bytes';
    my $r = $c->run(['auditretain', 'status', '-U', 'approves'], db => 'app');
    like $r->{out}, qr/^Of performance_analytics, 4 rows may leave, 3 of them for more than 31 days \(OVERDUE\); next due: /m, 'as text, for an approver';
    $r = $c->run(['auditretain', 'why', id(1), '-U', 'keeper'], db => 'app');
    like $r->{out}, qr/^  Window:    over since $day, UTC: a purge may take it$/m, 'why: a purge may take it';
    $r = $c->run(['auditretain', 'why', id(26), '-U', 'keeper'], db => 'app');
    like $r->{out}, qr/it is kept for ever/, 'or nothing ever';
};

subtest 'holds and policies' => sub {
    my @why = ('--matter', 'Doe v. One', '--custodian', 'legal', '--reason', 'letter', '--review', '2099-01-01');
    my $id = $c->run(['auditretain', 'hold', 'add', '-q', '-U', 'keeper', '--actor', '1@x.org', @why], db => 'app')->{out} =~ s/\n//r;
    ($exit, $s) = status();
    is_deeply [@$s{qw(due held overdue holds)}], [13, 7, 13, 1], 'what a hold covers is not due';
    my $file = AuditTest::tempdir() . '/m.prom';
    is $c->run(['auditretain', 'status', '--metrics', $file, '-U', 'keeper'], db => 'app')->{status}, 1, 'with metrics';
    my $m = metrics(AuditTest::slurp($file));
    is_deeply [map { $m->{"auditproof_retain_$_"}{''} } qw(due_entries held_entries overdue_entries holds reviews_overdue clock_behind)],
        [13, 7, 13, 1, 0, 0], '... which say the same';
    my $r = $c->run(['auditretain', 'why', id(1), '--format=json', '-U', 'approves'], db => 'app');
    my $why = decode_json $r->{out};
    is_deeply [map { "$_->{hold} $_->{matter}" } @{$why->{holds}}], ["$id Doe v. One"], 'why: by a hold';
    is $why->{entry}{until}, $day, '... after its window';
    is_deeply decode_json($c->run(['auditretain', 'why', id(2), '--format=json', '-U', 'keeper'], db => 'app')->{out})->{holds}, [],
        'and another is not held';
    $c->psql('app', "SELECT auditproof.policy_set('$two', 'audit_logs', 'c', 12, 'years', 1, 'b', 'j', 'The Board')");
    ($exit, $s) = status('--org', $two);
    is_deeply [$exit, @$s{qw(due held overdue)}], [0, 0, 0, 0], 'a longer policy makes nothing due, held or overdue';
    my ($chain) = @{$s->{chains}};
    is_deeply [@$chain{qw(organization years)}], [$two, 12], '... and is shown';
    $r = $c->run(['auditretain', 'why', id(1), '-U', 'keeper'], db => 'app');
    like $r->{out}, qr/^  Years:     12, by the organization's policy, version 1, approved by The Board$/m, 'why: by that policy';
    like $r->{out}, qr/^  Held:      by $id \(Doe v\. One\), custodian legal/m, '... and the hold';
};

subtest 'gone' => sub {
    my @why = ('auditretain', 'why', '-U', 'keeper');
    is $c->run([@why, id(99)], db => 'app')->{status}, 2, 'an entry that never was';
    is $c->run([@why, 'x'], db => 'app')->{status}, 2, 'no id at all';
    $c->psql('app', "SET session_replication_role = replica; ALTER TABLE audit_logs DISABLE TRIGGER auditproof_chain;
        INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES ('@{[id(98)]}', '$two', 'a', 'r'); ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_chain");
    my $beside = $c->run([@why, id(98)], db => 'app');
    is $beside->{status}, 1, 'an entry in no chain';
    like $beside->{err}, qr/in audit_logs, and in no chain/, '... is a finding, too';
    $c->psql('app', 'ALTER TABLE audit_logs DISABLE TRIGGER USER; DELETE FROM audit_logs WHERE id = ' . "'" . id(2)
        . "'; ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_guard, ENABLE ALWAYS TRIGGER auditproof_chain, "
        . 'ENABLE ALWAYS TRIGGER auditproof_purge, ENABLE ALWAYS TRIGGER auditproof_account, ENABLE ALWAYS TRIGGER auditproof_truncate');
    my $r = $c->run([@why, id(2)], db => 'app');
    is $r->{status}, 1, 'an entry that is gone without a record is a finding';
    like $r->{out}, qr/GONE, with no purge on record/, '... said so';
    $c->psql('app', "INSERT INTO audit_logs (action, resource_type) VALUES ('a', 'r')");
    $c->createdb('left', template => 'app');
    $c->psql('left', "ALTER TABLE audit_logs DISABLE TRIGGER USER; DELETE FROM audit_logs WHERE organization_id = '$one' AND id >= '@{[id(21)]}';
        ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_guard, ENABLE ALWAYS TRIGGER auditproof_chain, ENABLE ALWAYS TRIGGER auditproof_purge,
        ENABLE ALWAYS TRIGGER auditproof_account, ENABLE ALWAYS TRIGGER auditproof_truncate");
    for my $who ('keeper', 'approves') {
        $c->run(['auditretain', 'hold', 'release', $_->{hold}, '--reason', 'x', '-U', $who], db => 'left')
            for @{decode_json $c->run(['auditretain', 'hold', 'list', '--format=json'], db => 'left')->{out}};
    }
    $c->psql('left', "DELETE FROM organizations WHERE id = '$one'");
    $r = $c->run([@why, id(4)], db => 'left');
    is $r->{status}, 0, 'one that left with its organization' or diag $r->{err};
    like $r->{out}, qr/^  Purged:    \S+Z, purge \S+ \(organization deleted\), with entries 2 to 10\n  Told by:   entry \S+ of the system chain$/m, '... has its purge on record';
};

done_testing;
