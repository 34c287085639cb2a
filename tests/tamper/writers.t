#!/usr/bin/perl
# Many writers at once, and writers that are cut off: chains never fork, what was acknowledged is there and chained once.
# AUDIT_SECONDS is how long each load lasts.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Cwd qw(getcwd);
use TamperTest;
use Test::More;
use Time::HiRes qw(sleep time);

my $root = getcwd();
my $seconds = $ENV{AUDIT_SECONDS} // 4;
my $c = AuditTest->cluster(durable => 1, conf => {max_connections => 60, deadlock_timeout => '100ms'});
entries($c, 'intact');

sub agreed {
    my ($name, $db, $on) = @_;
    $on //= $c;
    my $v = verify($on, $db, '-j2');
    is_deeply [$v->{status}, $v->{findings}], [0, []], "$name: intact" or diag explain $v->{findings}, $v->{err};
    my $r = $on->run(['python3', "$root/tests/vectors/check_database.py"], db => $db, timeout => 300);
    is $r->{status}, 0, "$name: an independent implementation agrees" or diag $r->{out}, $r->{err};
    is $on->psql($db, 'SELECT count(*) FROM auditproof.chain_entry e WHERE NOT EXISTS (SELECT FROM audit_logs l '
        . 'WHERE l.id = e.log_id) OR (SELECT count(*) FROM auditproof.chain_entry o WHERE o.chain_id = e.chain_id '
        . 'AND o.seq = e.seq) <> 1') + 0, 0, "$name: no forks" if $on->psql($db, 'SELECT count(*) FROM audit_logs') < 5000;
    return;
}

sub load {
    my ($db, $clients, $sql, %o) = @_;
    my $script = tempdir() . '/load.sql';
    spew($script, $sql);
    return $c->spawn(['pgbench', '-n', '-c', $clients, '-j', 2, '-T', $o{seconds} // $seconds,
        ($o{tries} ? ('--max-tries=0') : ()), '-f', $script], db => $db, env => $o{env} // {});
}

sub transactions {
    my ($job) = @_;
    my $r = $job->wait($seconds + 120);
    my ($n) = $r->{out} =~ /number of transactions actually processed: (\d+)/;
    my ($failed) = $r->{out} =~ /number of failed transactions: (\d+)/;
    diag $r->{err} if $r->{status};
    return ($n // 0, $failed // 0);
}

# Loads, one after the other, until there were so many entries and refusals: the machine may have other things to do.
sub loads {
    my ($entries, $refusals, @load) = @_;
    my ($n, $failed, $ends) = (0, 0, time + 120);
    do {
        my @some = transactions(load(@load));
        ($n, $failed) = ($n + $some[0], $failed + $some[1]);
    } while (($n <= $entries || $failed < $refusals) && time < $ends);
    return ($n, $failed);
}

my $one = 'INSERT INTO audit_logs (organization_id, action, resource_type, metadata) '
    . q{VALUES (t(1), 'load', 'r', '{"x": 1}');};

subtest '16 writers on one tenant' => sub {
    my $db = copy_of($c, 'intact');
    my ($n) = loads(100, 0, $db, 16, $one);
    cmp_ok $n, '>', 100, "$n entries";
    is $c->psql($db, "SELECT count(*) FROM audit_logs WHERE action = 'load'"), $n, 'each acknowledged one is there, once';
    is $c->psql($db, 'SELECT count(*) = max(seq) FROM auditproof.chain_entry WHERE chain_id = t(1)'), 't', 'no gaps';
    agreed('16 writers', $db);
};

subtest 'a login that holds the lock of the queue keeps nobody out' => sub {
    my $db = copy_of($c, 'intact');
    my $holder = $c->spawn(['psql', '-Xq', '-c', 'SELECT pg_advisory_lock(uuid_hash_extended(t(1), 1095774533)), pg_sleep(600)'], db => $db);
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted}) > 0 } 20, 'the lock';
    my ($n) = loads(20, 0, $db, 8, $one);
    cmp_ok $n, '>', 20, "$n entries";
    ok $holder->running, 'all the while';
    $holder->kill('TERM');
    $holder->wait;
    agreed('under a lock', $db);
};

subtest 'verification while 8 writers append' => sub {
    my $db = copy_of($c, 'intact');
    my $eight = '\set n random(0, 3)' . "\n" . $one =~ s/t\(1\)/t(:n)/r;
    my $job = load($db, 8, $eight);
    my ($runs, $grew, $rows) = (0, 0, 0);
    my $ends = time + 120;
    while ($job->running || $grew < 2 && time < $ends) {
        $job = load($db, 8, $eight) if !$job->running;
        my $v = verify($c, $db, @{([], ['-j2', '--split=always'])[$runs++ % 2]});
        is_deeply [$v->{status}, $v->{findings}], [0, []], "run $runs" or diag explain $v->{findings}, $v->{err};
        my $now = $v->{verdict}{extent}{rows};
        is $now, $v->{verdict}{extent}{entries}, "run $runs: as many entries as rows";
        $grew++ if $now > $rows;
        $rows = $now;
    }
    cmp_ok $grew, '>', 1, "$runs runs, and the table grew between them";
    transactions($job);
    agreed('afterwards', $db);
};

for my $level ('repeatable read', 'serializable') {
    subtest "writers at $level" => sub {
        my $db = copy_of($c, 'intact');
        my %o = (env => {PGOPTIONS => '-c default_transaction_isolation=' . $level =~ s/ /\\ /r});
        my ($n, $failed) = loads(10, 1, $db, 8, $one, %o, seconds => $seconds / 2);
        cmp_ok $n, '>', 10, "$n entries, $failed refused";
        cmp_ok $failed, '>', 0, 'some were refused';
        is $c->psql($db, "SELECT count(*) FROM audit_logs WHERE action = 'load'"), $n, 'and none of these is there';
        # The SQLSTATE that clients know to try again on, by two transactions that are sure to meet.
        my $begin = "BEGIN ISOLATION LEVEL \U$level\E; SELECT count(*) FROM audit_logs;";
        $c->psql($db, 'CREATE EXTENSION IF NOT EXISTS dblink');
        my $elsewhere = 'host=' . $c->socket_dir . " dbname=$db user=" . $c->psql($db, 'SELECT current_user');
        my ($state) = $c->psql_error($db, qq{SELECT 1; $begin SELECT dblink_exec('$elsewhere', \$\$$one\$\$); $one COMMIT});
        is $state, '40001', 'refused with 40001';
        agreed($level, $db);
    };
}

# Each client notes an id once its COMMIT was acknowledged, and then nothing may take it away.
sub acknowledged {
    my ($job) = @_;
    return $job->out =~ /^ack ([0-9a-f-]{36})$/mg;
}

sub client {
    my ($db, $tenant, $settings) = @_;
    my $script = join '', map {
        my $id = sprintf '%08x-%04x-4000-8000-%012x', $$, $tenant, $_;
        "INSERT INTO audit_logs (id, organization_id, action, resource_type) "
            . "VALUES ('$id', t(@{[$tenant % 4]}), 'load', 'r');\n\\if :ERROR\n\\else\n\\echo ack $id\n\\endif\n"
    } 1 .. 3000;
    return $c->spawn(['psql', '-Xq', '-f', '-'], db => $db, stdin => ($settings // '') . $script);
}

# Has work begun?
sub some {
    my (@jobs) = @_;
    return 20 < grep { 1 } map { acknowledged($_) } @jobs;
}

sub nothing_lost {
    my ($name, $db, @jobs) = @_;
    my @ids = map { acknowledged($_) } @jobs;
    cmp_ok scalar @ids, '>', 0, "$name: " . @ids . ' were acknowledged';
    my $list = join ',', map { "'$_'" } @ids;
    is $c->psql($db, "SELECT count(DISTINCT log_id) FROM auditproof.chain_entry JOIN audit_logs ON id = log_id "
        . "WHERE id = ANY (ARRAY[$list]::uuid[])"), scalar @ids, "$name: each is there, and chained";
    is $c->psql($db, 'SELECT count(*) FROM audit_logs') + 0, $c->psql($db, 'SELECT count(*) FROM auditproof.chain_entry'),
        "$name: nothing is there twice";
    agreed($name, $db);
    return;
}

subtest 'time-outs' => sub {
    my $db = copy_of($c, 'intact');
    # Some of these cut off nearly every statement of the four, however fast the machine, and some nearly none.
    my @jobs = map { client($db, $_->[0], "SET statement_timeout = '$_->[1]ms'; SET lock_timeout = '1ms';\n") }
        [1, 1], [5, 2], [9, 10], [13, 500];
    my $ends = time + $seconds;
    wait_until { time >= $ends && some(@jobs) || !grep { $_->running } @jobs } 60, 'some entries';
    $_->kill('KILL') for @jobs;
    $_->wait for @jobs;
    nothing_lost('time-outs', $db, @jobs);
};

subtest 'pg_terminate_backend' => sub {
    my $db = copy_of($c, 'intact');
    my @jobs = map { client($db, $_) } 1, 5, 6, 7;
    wait_until { some(@jobs) } 30, 'some entries';
    my $ends = time + $seconds;
    while (time < $ends && grep { $_->running } @jobs) {
        $c->psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$db' "
            . "AND application_name = 'psql' ORDER BY random() LIMIT 1");
    }
    $_->wait for @jobs;
    nothing_lost('pg_terminate_backend', $db, @jobs);
};

subtest 'the server killed' => sub {
    my $db = copy_of($c, 'intact');
    my @jobs = map { client($db, $_) } 1, 5, 6, 7;
    wait_until { some(@jobs) } 30, 'some entries';
    $c->kill9;
    $_->wait for @jobs;
    $c->start;
    nothing_lost('kill -9', $db, @jobs);
};

# A mounted file system goes when the test ends, however it ends.
sub Mounted::DESTROY {
    my ($self) = @_;
    local $?;
    system 'umount', '-l', $self->{dir};
    return;
}

subtest 'a full disk' => sub {
    plan skip_all => 'needs root, to mount a small file system' if $> != 0;
    my $dir = tempdir();
    my $mounted = AuditTest::run(['mount', '-t', 'tmpfs', '-o', 'size=160m,mode=0711', 'none', $dir]);
    plan skip_all => "cannot mount a file system: $mounted->{err}" if $mounted->{status};
    my $guard = bless {dir => $dir}, 'Mounted';
    my $small = eval { local $ENV{TMPDIR} = $dir; AuditTest->cluster(durable => 1,
        conf => {max_wal_size => '48MB', min_wal_size => '32MB'}) };
    ok $small, 'a server on a small disk' or diag $@;
    entries($small, 'full');
    spew("$dir/filler", 'x' x 1024);
    my $r = $small->run(['psql', '-Xq', '-f', '-'], db => 'full', timeout => 120, stdin => join '', map {
        "INSERT INTO audit_logs (organization_id, action, resource_type, metadata) SELECT t($_ % 4), 'load', 'r', "
        . "to_jsonb(repeat(md5(random()::text), 20)) FROM generate_series(1, 2000);\n\\if :ERROR\n\\else\n\\echo ack\n\\endif\n"
    } 1 .. 60);
    # Where it was the log that did not fit, the server breaks down and only its own log tells.
    like $r->{err} . $small->log, qr{No space left on device|Check free disk space}, 'the disk was full';
    my $acks = () = $r->{out} =~ /^ack$/mg;
    unlink "$dir/filler";
    my $resized = AuditTest::run(['mount', '-o', 'remount,size=400m', $dir]);
    is $resized->{status}, 0, 'room again';
    # It may have ended, or be about to: recovery without room fails.
    wait_until { $small->run(['psql', '-Xc', 'SELECT 1'])->{status} == 0 || do { $small->pid || eval { $small->start }; 0 } }
        60, 'recovery';
    is $small->psql('full', "SELECT count(*) FROM audit_logs WHERE action = 'load'") % 2000, 0, 'statements are whole';
    cmp_ok $small->psql('full', "SELECT count(*) FROM audit_logs WHERE action = 'load'"), '>=', 2000 * $acks,
        "the $acks acknowledged are there";
    agreed('a full disk', 'full', $small);
    $small->stop('immediate');
    $small->_let_go;
};

done_testing;
