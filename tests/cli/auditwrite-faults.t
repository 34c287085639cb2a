#!/usr/bin/perl
# Whatever breaks while auditwrite runs: what it acknowledged is there, nothing is there twice, and in the end everything
# is there or kept.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use IO::Socket::UNIX;
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep time);
use WriteTest;

my $c = AuditTest->cluster(durable => 1);
my $new = write_db($c);
my $dir = tempdir();

sub lines { my ($n) = @_; return join '', map { entry(organization_id => org(1 + $_ % 3), action => sprintf 'n%05d', $_) } 1 .. $n }

# Each of the lines is stored once, and all that was acknowledged is.
sub all_there {
    my ($db, $n, $out) = @_;
    is $c->psql($db, q{SELECT count(*) || ' ' || count(DISTINCT action) FROM audit_logs}), "$n $n", 'each line once';
    ok chained($c, $db), 'chained';
    return if !defined $out;
    my @acks = receipts($out);
    is scalar(@acks), $n, 'each line acknowledged once';
    my %is = map { split /\|/ } split /\n/, $c->psql($db, q{SELECT log_id || '|' || seq || encode(entry_hash, 'hex') FROM auditproof.chain_entry});
    is scalar(grep { ($is{$_->{id}} // '') ne "$_->{seq}$_->{entry_hash}" } @acks), 0, 'each receipt is true';
    return;
}

sub backends { return $c->psql('postgres', q{SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE application_name = 'auditwrite'}) }

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
        all_there($db, 2000, $r->{out});
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
    all_there($db, $n, $r->{out});
};

# Between the tool and the server: forwards, and hangs up instead of passing on a COMMIT's success, $times times.
sub deaf_proxy {
    my ($times) = @_;
    my $path = "$dir/.s.PGSQL.5432";
    unlink $path;
    my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 5) or die "$path: $!";
    chmod 0777, $path;
    my $pid = fork // die;
    return $pid if $pid;
    my $left = $times;
    while (my $client = $listen->accept) {
        my $server = IO::Socket::UNIX->new(Peer => $c->socket_dir . '/.s.PGSQL.5432') or next;
        my $select = IO::Select->new($client, $server);
        CONNECTION: while (my @ready = $select->can_read) {
            for my $from (@ready) {
                sysread($from, my $data, 1 << 16) or last CONNECTION;
                last CONNECTION if $from == $server && $data =~ /INSERT 0 \d/ && $left-- > 0;
                my $to = $from == $server ? $client : $server;
                while (length $data) { my $w = syswrite($to, $data) // last CONNECTION; substr $data, 0, $w, '' }
            }
        }
        close $_ for $client, $server;
    }
    require POSIX;
    POSIX::_exit(0);
}

subtest 'committed, and the answer lost' => sub {
    for my $mode ('fail', 'skip') {
        my $db = $new->();
        my $pid = deaf_proxy(5);
        my $r = $c->run(['auditwrite', '--ack', '--batch-rows=100', "--on-conflict=$mode"], db => $db, stdin => lines(800), env => {PGHOST => $dir});
        kill 'KILL', $pid;
        waitpid $pid, 0;
        is $r->{status}, 0 or diag $r->{err};
        like $r->{err}, qr/800 read, 800 written, 0 skipped, 0 rejected/;
        all_there($db, 800, $r->{out});
    }
};

subtest 'the server stays away' => sub {
    my $db = $new->();
    # Less than a pipe holds and one read takes: what is still in the pipe when the tool ends is nobody's.
    my $n = 500;
    pipe my $read, my $write or die;
    my $job = $c->spawn(['auditwrite', '--batch-rows=5', '--retry-for=1', '--reject', "$dir/left"], db => $db, stdin => $read);
    close $read;
    syswrite $write, lines($n - 1);
    wait_until { $c->psql($db, 'SELECT count(*) FROM audit_logs') > 20 } 20, 'a beginning';
    $c->kill9;
    # However fast it was, there is something left to do.
    syswrite $write, entry(organization_id => org(1), action => 'last');
    my $r = $job->wait(30);
    close $write;
    is $r->{status}, 3;
    like $r->{err}, qr/error: cannot connect/;
    like $r->{err}, qr/lines were read and not stored/;
    $c->start;
    $r = $c->run(['auditwrite', '--on-conflict=skip', "$dir/left"], db => $db);
    is $r->{status}, 0 or diag $r->{err};
    all_there($db, $n);
};

subtest 'signals' => sub {
    for my $signal ('TERM', 'INT') {
        my $db = $new->();
        pipe my $read, my $write or die;
        my $job = $c->spawn(['auditwrite', '--batch-age=60000', '--ack'], db => $db, stdin => $read);
        close $read;
        syswrite $write, lines(10);
        wait_until { (backends() // '') ne '' } 10, 'a connection';
        # Reading is done when it waits again: the pipe is then empty.
        wait_until { slurp("/proc/$job->{pid}/wchan") =~ /poll/ } 10, 'the tool to wait';
        $job->kill($signal);
        my $r = $job->wait(10);
        is $r->{status}, 0, "$signal: what was read is stored" or diag $r->{err};
        all_there($db, 10, $r->{out});
    }
    my $db = $new->();
    pipe my $read, my $write or die;
    my $job = $c->spawn(['auditwrite', '--reject', "$dir/half"], db => $db, stdin => $read);
    close $read;
    syswrite $write, entry(action => 'whole') . '{"action":"half"';
    wait_until { $c->psql($db, 'SELECT count(*) FROM audit_logs') == 1 } 10, 'the whole line';
    $job->kill('TERM');
    my $r = $job->wait(10);
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:2: stopped by a signal in the middle/;
    is slurp("$dir/half"), "{\"action\":\"half\"\n";
};

subtest 'time-outs, locks and other writers' => sub {
    my $db = $new->();
    $c->psql($db, q{ALTER ROLE postgres SET statement_timeout = '20ms'; ALTER ROLE postgres SET lock_timeout = '5ms'});
    is $c->run(['auditwrite'], db => $db, stdin => lines(3000))->{status}, 0, 'limits meant for web requests do not cut a batch short';
    $c->psql($db, q{ALTER ROLE postgres RESET ALL});
    all_there($db, 3000);
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
