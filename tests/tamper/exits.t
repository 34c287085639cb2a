#!/usr/bin/perl
# "Could not tell" is said whenever the answer, or the way to it, was cut short, in every format.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;
use Time::HiRes qw(sleep);

my $c = AuditTest->cluster;
entries($c, 'intact');
my $forged = copy_of($c, 'intact');
forge($c, $forged, q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)});

for my $format (qw(text json ndjson)) {
    my @tool = ('auditverify', "--format=$format");
    is $c->run([@tool], db => 'intact')->{status}, 0, "$format: intact";
    is $c->run([@tool], db => $forged)->{status}, 1, "$format: findings";
    is $c->run([@tool, '--jobs=x'], db => 'intact')->{status}, 2, "$format: usage";
    is $c->run([@tool], db => 'nowhere')->{status}, 3, "$format: no such database";
    my $r = $c->run([@tool], env => {PGHOST => '/nonexistent'});
    is $r->{status}, 3, "$format: no server";
    like $r->{err}, qr/cannot connect to the database: .*nonexistent/s, "$format: says which";

    for my $db ('intact', $forged) {
        open my $full, '>', '/dev/full' or die "/dev/full: $!";
        $r = $c->spawn([@tool], db => $db, stdout => $full)->wait;
        is $r->{status}, 3, "$format: a full disk on standard output";
        like $r->{err}, qr/No space left/, "$format: says so";
        pipe my $read, my $write or die "pipe: $!";
        close $read;
        $r = $c->spawn([@tool], db => $db, stdout => $write)->wait;
        ok $r->{status} == 3 || $r->{signal} == 13, "$format: a closed pipe" or diag explain $r;
    }
    $r = $c->run(['sh', '-c', AuditTest::bin('auditverify') . " --format=$format >&-"], db => 'intact');
    is $r->{status}, 3, "$format: no standard output at all" or diag $r->{err};
}

{
    my $r = $c->run(['auditverify', '--progress'], db => 'intact');
    like $r->{err}, qr{^(?:\d+ read, \d+/s(?:, \d+ %, about \d+ s left)?\n)*2000 read, \d+/s\n\z}, '--progress: up to the last of all'
        or diag $r->{err};
    is $c->run(['auditverify'], db => 'intact')->{err}, '', 'nothing of it by default where there is no terminal';
    is $c->run(['auditverify', '--progress', '-q'], db => 'intact')->{err}, '', 'nor with -q';
}

# A verification that waits: somebody holds the table.
our %waits_with;
sub while_locked {
    my ($what, @options) = @_;
    my $holder = $c->spawn(['psql', '-XAtq', '-c', 'BEGIN; LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE; '
        . 'SELECT pg_sleep(600)'], db => 'intact');
    wait_until { $c->psql('intact', q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
        AND relation = 'audit_logs'::regclass}) } 10, 'the lock';
    my $job = $c->spawn(['auditverify', '--format=json', @options], db => 'intact', %waits_with);
    wait_until { $c->psql('intact', q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditverify'
        AND wait_event_type = 'Lock'}) } 10, 'the wait';
    $what->($job, $holder);
    my $r = $job->wait(20);
    $r->{before_the_lock_went} = $holder->running;
    $c->psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'});
    $holder->wait;
    return $r;
}

for my $options ([], ['-j2', '--split=always']) {
    my $r = while_locked(sub { $c->psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE 'BEGIN; LOCK%'}) }, @$options);
    is $r->{status}, 0, "@$options: lock contention is waited out" or diag $r->{err};
    $r = while_locked(sub { $c->psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'auditverify' AND wait_event_type = 'Lock'}) }, @$options);
    is $r->{status}, 3, "@$options: a connection terminated";
    like $r->{err}, qr/terminating connection|closed the connection/, "@$options: says why";
    like $r->{out}, qr/"verdict":"unknown"/, "@$options: in the data too";
    for my $signal (qw(INT TERM)) {
        $r = while_locked(sub { $_[0]->kill($signal) }, @$options);
        ok $r->{status} == 3 || $r->{signal} > 0, "@$options: stopped by SIG$signal" or diag explain $r;
        ok $r->{before_the_lock_went}, "@$options: at once";
        unlike $r->{out}, qr/intact/, "@$options: nothing is claimed";
    }
    # As if the machine's clock had been set back while it looks again and again whether it is to end.
    local %waits_with = (env => AuditTest::clock(86400));
    $r = while_locked(sub { $_[0]->kill('INT') }, @$options);
    ok $r->{status} == 3 && $r->{before_the_lock_went}, "@$options: at once, whatever the clock says" or diag explain $r;
}

subtest 'the server killed' => sub {
    my $holder = $c->spawn(['psql', '-XAtq', '-c', 'BEGIN; LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE; '
        . 'SELECT pg_sleep(600)'], db => 'intact');
    wait_until { $c->psql('intact', q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
        AND relation = 'audit_logs'::regclass}) } 10, 'the lock';
    my $job = $c->spawn(['auditverify', '-j2'], db => 'intact');
    wait_until { $c->psql('intact', q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditverify'
        AND wait_event_type = 'Lock'}) } 10, 'the wait';
    $c->kill9;
    my $r = $job->wait(20);
    $holder->wait;
    is $r->{status}, 3, 'could not tell';
    like $r->{err}, qr/server closed the connection|terminating/, 'says why';
    $c->start;
    is verify($c, 'intact')->{status}, 0, 'and after recovery all is intact';
};

subtest 'limits of the role are lifted' => sub {
    $c->psql('postgres', q{ALTER ROLE postgres SET statement_timeout = '500ms'; ALTER ROLE postgres SET
        idle_in_transaction_session_timeout = '500ms'; ALTER ROLE postgres SET lock_timeout = '500ms'});
    my $holder = $c->spawn(['psql', '-XAtq', '-c', 'SET statement_timeout = 0; BEGIN; '
        . 'LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)'], db => 'intact');
    wait_until { $c->psql('intact', q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
        AND relation = 'audit_logs'::regclass}) } 10, 'the lock';
    my $job = $c->spawn(['auditverify'], db => 'intact');
    wait_until { $c->psql('intact', q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditverify'
        AND wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1 second'}) } 20, 'a wait past every limit';
    $c->psql('intact', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)'
        AND pid <> pg_backend_pid()});
    is $job->wait(20)->{status}, 0, 'intact';
    $holder->wait;
};

done_testing;
