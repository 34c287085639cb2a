#!/usr/bin/perl
# Reports that were made, held against the entries that tell of them and the files: what differs is named.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode ();
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my ($ada, $eve) = map { "aaaaaaaa-0000-4000-8000-00000000000$_" } 1 .. 2;
my $dir = AuditTest::tempdir();
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id) VALUES ('$ada'), ('$eve');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$one', 'ada\@example.org'), ('$eve', '$two', 'eve\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE scheduler LOGIN IN ROLE auditproof_scheduler;
    INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, next_run_at, scheduling)
    VALUES ('$one', '$ada', 'audit_summary', '2026-01-01', '2026-01-31', date_trunc('day', now()) - interval '4 days', '{"frequency":"daily"}'),
           ('$two', '$eve', 'audit_summary', '2026-01-01', '2026-01-31', now(), '{"frequency":"once"}')});

sub as { my ($role, @args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => $role}) }
sub verify { my $r = as('runs', 'history', '--verify', '--format', 'json', @_); return ($r->{status}, $r->{out} ne '' ? decode_json($r->{out})->{runs} : $r->{err}) }

is as('runs', 'run', '-q', '--output', $dir)->{status}, 0, 'made';
my ($status, $runs) = verify();
is $status, 0, 'all is as recorded';
is scalar(@$runs), 6, 'each of them';
is_deeply [grep { $_->{verdict} ne 'as recorded' || defined $_->{differences} || defined $_->{unknown} } @$runs], [], 'said of each';
is scalar @{(verify('--org', $two))[1]}, 1, 'of one organization';
is scalar @{(verify('-n', 2))[1]}, 2, 'or the latest';

# Break one thing, expect that difference in that run alone, and mend it.
my @of_one = grep { $_->{organization_id} eq $one } @$runs;
sub differs {
    my ($what, $run, $says) = @_;
    my ($status, $now) = verify();
    is $status, 1, $what;
    my @different = grep { $_->{verdict} eq 'different' } @$now;
    is_deeply [map { $_->{scheduled_for} . $_->{report_id} } @different], [$run->{scheduled_for} . $run->{report_id}], 'that one alone';
    like $different[0]{differences}, $says, 'named';
    return;
}

sub tampered {
    my ($what, $run, $break, $mend, $says) = @_;
    my $quiet = sub { $c->psql('app', "SET session_replication_role = replica; ALTER TABLE auditproof.report_run DISABLE TRIGGER auditproof_guard;
        ALTER TABLE audit_logs DISABLE TRIGGER ALL; $_[0]; ALTER TABLE audit_logs ENABLE TRIGGER ALL; ALTER TABLE auditproof.report_run ENABLE ALWAYS TRIGGER auditproof_guard") };
    $quiet->($break);
    differs($what, $run, $says);
    $quiet->($mend);
    is((verify())[0], 0, 'mended');
    return;
}

my $path = $of_one[0]{output_url} =~ s{^file://}{}r;
my $was = slurp($path);
spew($path, $was . ' ');
differs('a file that was changed', $of_one[0], qr/^its file has another SHA-256; [0-9a-f]{64}$/);
rename $path, "$path.away" or die $!;
differs('a file that is gone', $of_one[0], qr/cannot read \Q$path\E: No such file/);
mkdir $path or die $!;
differs('a directory in its place', $of_one[0], qr/cannot read \Q$path\E: Is a directory/);
rmdir $path or die $!;
spew($path, $was);
is((verify())[0], 0, 'mended');

my $run = $of_one[1];
my $where = "report_id = '$run->{report_id}' AND scheduled_for = '$run->{scheduled_for}'";
my ($told, $hash) = split /\|/, $c->psql('app', "SELECT told_by, encode(sha256, 'hex') FROM auditproof.report_run WHERE $where");
my $other = $c->psql('app', "SELECT told_by FROM auditproof.report_run WHERE report_id = '$run->{report_id}' AND NOT ($where) LIMIT 1");
tampered('a record of another digest', $run, "UPDATE auditproof.report_run SET sha256 = sha256('x') WHERE $where",
    "UPDATE auditproof.report_run SET sha256 = '\\x$hash' WHERE $where", qr/^the entry that tells of it has another SHA-256; its file has another/);
tampered('a record of a bundle', $run, "UPDATE auditproof.report_run SET bundle_sha256 = sha256('x') WHERE $where",
    "UPDATE auditproof.report_run SET bundle_sha256 = NULL WHERE $where", qr/another SHA-256 of the bundle; cannot read .*\.tar\.gz: No such file/);
tampered('a record that names another entry', $run, "UPDATE auditproof.report_run SET told_by = '$other' WHERE $where",
    "UPDATE auditproof.report_run SET told_by = '$told' WHERE $where", qr/^the entry that is to tell of it is of something else$/);
tampered('a record that names none', $run, "UPDATE auditproof.report_run SET told_by = gen_random_uuid() WHERE $where",
    "UPDATE auditproof.report_run SET told_by = '$told' WHERE $where", qr/^no entry of the chain tells of it$/);
tampered('an entry that was changed', $run, "UPDATE audit_logs SET metadata = metadata || '{\"verdict\":\"findings\"}' WHERE id = '$told'",
    "UPDATE audit_logs SET metadata = metadata || '{\"verdict\":\"complete\"}' WHERE id = '$told'", qr/^the entry that tells of it was changed$/);
tampered('an entry that is gone', $run, "CREATE TABLE kept AS SELECT * FROM audit_logs WHERE id = '$told'; DELETE FROM audit_logs WHERE id = '$told'",
    'INSERT INTO audit_logs SELECT * FROM kept; DROP TABLE kept', qr/^the entry that tells of it is gone$/);

$c->psql('app', "UPDATE scheduled_reports SET next_run_at = now() - interval '1 hour' WHERE organization_id = '$two'");
is as('runs', 'run', '-q', '--output', $dir, '--url', 'https://app.example.org')->{status}, 0, 'made for a web server';
($status, $runs) = verify('--org', $two);
is $status, 0, 'what is elsewhere is no difference';
is_deeply [map { [@{$_}{qw(verdict unknown)}] } @$runs], [['as recorded', undef], ['in part unknown', 'its output is no file here']], 'but said';
my @where = ('--output', $dir, '--url', 'https://app.example.org');
($status, $runs) = verify('--org', $two, @where);
is_deeply [$status, map { $_->{verdict} } @$runs], [0, 'as recorded', 'as recorded'], 'unless one says where';
$path = $runs->[1]{output_url} =~ s{^https://app\.example\.org}{$dir}r;
spew($path, 'changed');
is((verify('--org', $two, @where))[0], 1, 'then it is compared');
is((verify('--org', $two, '--output', $dir, '--url', 'https://app.example.or'))[0], 0, 'not by half a name');
is as('runs', 'history', @$_)->{status}, 2, "not @$_" for ['--verify', @where[0, 1]], ['--verify', @where[2, 3]], \@where;
like as('runs', 'history', '--verify', '--report', $one)->{err}, qr/warning: nothing was compared/, 'nothing is not all';
is as('scheduler', 'history', '--verify')->{status}, 3, 'who does not see the entries cannot tell';
like as('scheduler', 'history', '--verify')->{err}, qr/auditproof_auditor|permission denied/, 'and is told what is missing';
my $r = $c->run(['auditschedule', 'history', '--verify', '--format', 'table'], db => 'app', env => {PGUSER => 'runs', COLUMNS => 80});
is_deeply [grep { length > 80 } split /\n/, Encode::decode('UTF-8', $r->{out})], [], 'in 80 columns';

done_testing;
