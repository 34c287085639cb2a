#!/usr/bin/perl
# Runners that are away for random times, an hour to weeks: of evidence each time is made, of a digest the latest of each
# absence, none twice and none at another time, and each period begins where the one before ends. Against `auditschedule next`,
# which auditschedule-zones.t holds against zoneinfo. DOWNTIME_SEED repeats one, DOWNTIMES says how many absences.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $seed = $ENV{DOWNTIME_SEED} // int rand 1e9;
my $absences = $ENV{DOWNTIMES} // 7;
srand $seed;
diag "DOWNTIME_SEED=$seed";

# The server's clock, which alone decides: it is started anew by another one.
my $shift = -int rand(3 * 365 * 86400) - 300 * 86400;
my $c = do { local %ENV = (%ENV, %{AuditTest::clock($shift)}); AuditTest->cluster };
my ($one, $who) = ('11111111-1111-4111-8111-111111111111', 'aaaaaaaa-0000-4000-8000-000000000001');
my $dir = tempdir();
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app', env => AuditTest::clock($shift))->{status}, 0, 'installed' or BAIL_OUT('no database');
$c->psql('app', qq{
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    INSERT INTO organizations (id, name) VALUES ('$one', 'One');
    INSERT INTO auth.users (id, email) VALUES ('$who', 'ada\@example.org');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$who', '$one', 'ada\@example.org')});

my @zones = qw(Australia/Lord_Howe Africa/Casablanca America/New_York Europe/Berlin Asia/Kathmandu UTC);
my @reports;
for my $type (qw(audit_summary retention_status usage_summary risk_digest billing_summary)) {
    my %schedule = (frequency => (qw(daily weekly monthly))[rand 3], dayOfWeek => int rand 7, dayOfMonth => 1 + int rand 31,
        time => sprintf('%02d:%02d', rand 24, rand 60), timezone => $zones[rand @zones]);
    my $json = JSON::PP->new->canonical->encode(\%schedule);
    my ($id, $created) = split /\|/, (split /\n/, $c->psql('app', qq{INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, scheduling)
        VALUES ('$one', '$who', '$type', '2020-01-01', '2020-01-02', '$json')
        RETURNING id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')}))[0];
    push @reports, {id => $id, type => $type, schedule => $json, created => $created};
}

my @rounds;
for (1 .. $absences) {
    $shift += 3600 + int rand((45 * 86400) ** (0.75 + rand 0.25));
    my $clock = AuditTest::clock($shift);
    { local %ENV = (%ENV, %$clock); $c->restart('fast') }
    my $r = $c->run(['auditschedule', 'run', '-q', '--output', $dir], db => 'app', env => {PGUSER => 'runs', %$clock}, timeout => 120);
    is $r->{status}, 0, 'back after an absence' or diag $r->{err};
    push @rounds, $c->psql('app', q{SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')});
}

my %digests = map { $_ => 1 } split /\n/, $c->psql('app', 'SELECT unnest(auditproof.report_digests())');
my $total = 0;
for my $report (@reports) {
    my $next = AuditTest::run(['auditschedule', 'next', '--schedule', $report->{schedule}, '--from', $report->{created}, '-n', 3000, '--format', 'ndjson']);
    my @want = grep { $_->{scheduled_for} lt $rounds[-1] } map { my $at = decode_json $_; +{map { $_ => $at->{$_} } qw(scheduled_for from until)} } split /\n/, $next->{out};
    my @left = @rounds;
    for my $i (0 .. $#want) {
        shift @left while $left[0] lt $want[$i]{scheduled_for};
        my $last = $i == $#want || $want[$i + 1]{scheduled_for} gt $left[0];
        $want[$i]{state} = !$digests{$report->{type}} || $last ? 'succeeded' : 'skipped';
    }
    my $got = decode_json $c->psql('app', qq{SELECT coalesce(json_agg(json_build_object('scheduled_for', auditproof.time_text(scheduled_for), 'from', auditproof.time_text(from_at),
        'until', auditproof.time_text(until_at), 'state', state) ORDER BY scheduled_for), '[]') FROM auditproof.report_run WHERE report_id = '$report->{id}'});
    # One writes whole seconds without a fraction.
    for my $time (map { my $run = $_; map { \$run->{$_} } qw(scheduled_for from until) } @$got, @want) { $$time =~ s/\.0+Z$/Z/ }
    is_deeply $got, \@want, "$report->{type} $report->{schedule}: " . @want;
    is_deeply [grep { $got->[$_]{from} ne $got->[$_ - 1]{until} } 1 .. $#$got], [], 'no time between them, and none twice';
    $total += @want;
}
cmp_ok $total, '>', $absences, "$total times";
is $c->psql('app', q{SELECT count(*) FROM audit_logs WHERE action LIKE 'report.%'}), $c->psql('app', q{SELECT count(*) FROM auditproof.report_run WHERE state = 'succeeded'}),
    'the chain tells of what was made, once';
is scalar(() = glob "$dir/$one/*"), $c->psql('app', q{SELECT count(*) FROM auditproof.report_run WHERE state = 'succeeded'}), 'and so many files are there';
done_testing;
