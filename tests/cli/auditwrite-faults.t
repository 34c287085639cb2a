#!/usr/bin/perl
# Whatever breaks while auditwrite runs: what it acknowledged is there, nothing is there twice, and in the end everything
# is there or kept.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;
use WriteTest;

my $c = AuditTest->cluster(durable => 1);
my $new = write_db($c);

# Terminates or cancels whatever auditwrite has the server do, at random moments, until that has hit it often enough.
$c->psql('postgres', q{
    CREATE FUNCTION disturb(kind text, enough int, most float8) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        hits int := 0;
        victim record;
    BEGIN
        WHILE hits < enough LOOP
            PERFORM pg_stat_clear_snapshot();
            FOR victim IN SELECT pid, state FROM pg_stat_activity WHERE application_name = 'auditwrite' LOOP
                hits := hits + CASE WHEN kind = 'terminate' THEN pg_terminate_backend(victim.pid)
                                    WHEN victim.state = 'active' THEN pg_cancel_backend(victim.pid)
                                    ELSE false END::int;
            END LOOP;
            PERFORM pg_sleep(random() * most);
        END LOOP;
    END $$});

# auditwrite, and what keeps it from ever running out of lines.
sub fed {
    my ($option, $db) = @_;
    pipe my $read, my $write or die "pipe: $!";
    return ($c->spawn(['auditwrite', '--ack', $option], db => $db, stdin => $read), WriteTest::Feed->new($write));
}

for my $kind ('terminate', 'cancel') {
    subtest "$kind at many moments" => sub {
        my $db = $new->();
        my ($job, $feed) = fed('--batch-rows=50', $db);
        # Who cannot even begin says so and ends.
        wait_until { $feed->more; $job->out ne '' || !$job->running } 20, 'the first receipts';
        my $disturber = $c->spawn(['psql', '-XAtqc', "SELECT disturb('$kind', 10, 0.1)"]);
        wait_until { $feed->more; !$disturber->running || !$job->running } 60, 'enough hits';
        ok $job->running, 'hit ten times, and still at work' or diag $job->err;
        is $disturber->wait->{status}, 0;
        my $n = $feed->end;
        my $r = $job->wait(60);
        is $r->{status}, 0 or diag $r->{err};
        all_there($c, $db, $n, $r->{out});
    };
}

subtest 'kill -9 of the server, and a restart' => sub {
    my $db = $new->();
    my ($job, $feed) = fed('--batch-rows=100', $db);
    for my $part (1, 2) {
        wait_until { $feed->more; ($job->out =~ tr/\n//) > $part * 700 || !$job->running } 20, 'some receipts';
        my $before = $job->out;
        $c->kill9;
        $c->start;
        my %there = map { $_ => 1 } split /\n/, $c->psql($db, 'SELECT id FROM audit_logs');
        is scalar(grep { !$there{$_->{id}} } receipts($before =~ s/[^\n]*\z//r)), 0, 'what was acknowledged survived';
    }
    my $n = $feed->end;
    my $r = $job->wait(60);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/connected again/;
    all_there($c, $db, $n, $r->{out});
};

subtest 'time-outs, locks and other writers' => sub {
    my $db = $new->();
    $c->psql($db, q{ALTER ROLE postgres SET statement_timeout = '20ms'; ALTER ROLE postgres SET lock_timeout = '5ms'});
    is $c->run(['auditwrite'], db => $db, stdin => lines(3000))->{status}, 0, 'limits meant for web requests do not cut a batch short';
    $c->psql($db, q{ALTER ROLE postgres RESET ALL}, env => {PGOPTIONS => '-c statement_timeout=0 -c lock_timeout=0'});
    all_there($c, $db, 3000);
    # Others that take the tenants in another order: whoever the server breaks off, nothing of ours is lost.
    $db = $new->();
    my @jobs = map { my $j = $_; $c->spawn(['auditwrite', '--batch-rows=20'], db => $db, stdin => lines(500) =~ s/"n/"j$j-/gr) } 1 .. 3;
    my ($broken, $n) = (0, 0);
    while ($jobs[0]->running) {
        my $sql = join '', map { sprintf "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('%s', 'x', 'r'); SET CONSTRAINTS ALL IMMEDIATE;", org($_) } 3, 2, 1;
        $broken++ unless eval { $c->psql($db, "BEGIN; $sql COMMIT"); $n += 3 };
    }
    note "$broken of the others' transactions were broken off";
    is $_->wait(60)->{status}, 0 or diag $_->err for @jobs;
    is $c->psql($db, q{SELECT count(*) FROM audit_logs WHERE action LIKE 'j%'}), 1500;
    ok chained($c, $db);
};

done_testing;
