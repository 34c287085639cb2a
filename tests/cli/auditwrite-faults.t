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

# Terminates or cancels whatever auditwrite has the server do, at random moments, until auditwrite is gone, 20 times at most. How often.
$c->psql('postgres', q{
    CREATE FUNCTION disturb(kind text, most float8) RETURNS int LANGUAGE plpgsql AS $$
    DECLARE
        hits int := 0;
        victim record;
        gone int := 0;
    BEGIN
        WHILE gone < 100 AND hits < 20 LOOP
            PERFORM pg_stat_clear_snapshot();
            gone := gone + 1;
            FOR victim IN SELECT pid, state FROM pg_stat_activity WHERE application_name = 'auditwrite' LOOP
                gone := 0;
                hits := hits + CASE WHEN kind = 'terminate' THEN pg_terminate_backend(victim.pid)
                                    WHEN victim.state = 'active' THEN pg_cancel_backend(victim.pid)
                                    ELSE false END::int;
            END LOOP;
            PERFORM pg_sleep(CASE WHEN gone > 0 THEN 0.01 ELSE random() * most END);
        END LOOP;
        RETURN hits;
    END $$});

for my $kind ('terminate', 'cancel') {
    subtest "$kind at many moments" => sub {
        my $db = $new->();
        my $job = $c->spawn(['auditwrite', '--ack', '--batch-rows=50'], db => $db, stdin => lines(2000));
        my $hits = $c->psql('postgres', "SELECT disturb('$kind', 0.1)");
        my $r = $job->wait(30);
        is $r->{status}, 0 or diag $r->{err};
        cmp_ok $hits, '>', 3, "$hits times";
        all_there($c, $db, 2000, $r->{out});
    };
}

subtest 'kill -9 of the server, and a restart' => sub {
    my $db = $new->();
    my $n = 4000;
    my $job = $c->spawn(['auditwrite', '--ack', '--batch-rows=100'], db => $db, stdin => lines($n));
    for my $part (1, 2) {
        wait_until { ($job->out =~ tr/\n//) > $part * 700 || !$job->running } 20, 'some receipts';
        my $before = $job->out;
        $c->kill9;
        $c->start;
        my %there = map { $_ => 1 } split /\n/, $c->psql($db, 'SELECT id FROM audit_logs');
        is scalar(grep { !$there{$_->{id}} } receipts($before =~ s/[^\n]*\z//r)), 0, 'what was acknowledged survived';
    }
    my $r = $job->wait(60);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/connected again/;
    all_there($c, $db, $n, $r->{out});
};

subtest 'time-outs, locks and other writers' => sub {
    my $db = $new->();
    $c->psql($db, q{ALTER ROLE postgres SET statement_timeout = '20ms'; ALTER ROLE postgres SET lock_timeout = '5ms'});
    is $c->run(['auditwrite'], db => $db, stdin => lines(3000))->{status}, 0, 'limits meant for web requests do not cut a batch short';
    $c->psql($db, q{ALTER ROLE postgres RESET ALL});
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
