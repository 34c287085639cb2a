#!/usr/bin/perl
# A sealer that is killed anywhere leaves the state from before or the one after, and the next round goes on from there;
# anchors that fail for a while get what they lack; of two sealers one waits for the other.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my $tool = AuditTest::bin('auditseal');
my $made = 0;

sub seal { my ($db, @args) = @_; return $c->run(['auditseal', 'seal', '--key', $key, @args], db => $db) }
sub said { return eval { JSON::PP::decode_json($_[0]{out}) } // {} }
sub more { my ($db) = @_; return $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t(n % 4), 'a', 'r' FROM generate_series(1, 40) AS n}) }
sub worm { my $worm = "$dir/worm" . ++$made; mkdir $worm or die; return $worm }
sub notes { return scalar(() = glob "$_[0]/*/*.note") }
sub state { return $c->psql($_[0], q{SELECT md5(string_agg(t, ',' ORDER BY t)) FROM (SELECT s::text FROM auditproof.seal AS s
    UNION ALL SELECT c::text FROM auditproof.checkpoint AS c UNION ALL SELECT i::text FROM auditproof.tile AS i) AS x (t)}) }
sub busy { return $c->psql($_[0], q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditseal' AND datname = current_database()}) }
sub healthy {
    my ($name, $db, $worm) = @_;
    my $r = seal($db, '--anchor', "dir:$worm");
    is $r->{status}, 0, "$name: the next round goes on" or diag $r->{out} . $r->{err};
    my $v = verify($c, $db, '--key', "$key.pub", '--anchors', $worm);
    return is_deeply [$v->{status}, $v->{findings}, @{$v->{verdict}}{'verdict'}, $v->{verdict}{seals}{uncovered_entries}], [0, [], 'trusted', 0],
        "$name: all is sealed and verifies" || diag explain $v;
}

entries($c, 'intact');
is $c->run(['auditseal', 'keygen', $key, '--origin', 'example.org/log'], db => 'intact')->{status}, 0;
is seal('intact')->{status}, 0;
more('intact');
# Where it stops until the lock is free.
my $hang = q{CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(17); RETURN NEW; END $$;};
my %points = (
    'before its first tile' => ['old', "$hang CREATE TRIGGER hang BEFORE INSERT OR UPDATE ON auditproof.tile FOR EACH ROW EXECUTE FUNCTION hang()"],
    'before its seals' => ['old', "$hang CREATE TRIGGER hang BEFORE INSERT ON auditproof.seal FOR EACH ROW EXECUTE FUNCTION hang()"],
    'after its seals' => ['old', "$hang CREATE TRIGGER hang AFTER INSERT ON auditproof.seal FOR EACH ROW EXECUTE FUNCTION hang()"],
    'at the tiles of the log' => ['old', "$hang CREATE TRIGGER hang BEFORE INSERT OR UPDATE ON auditproof.tile FOR EACH ROW WHEN (NEW.tree = 'ffffffff-ffff-ffff-ffff-ffffffffffff') EXECUTE FUNCTION hang()"],
    'at its checkpoint' => ['old', "$hang CREATE TRIGGER hang BEFORE INSERT ON auditproof.checkpoint FOR EACH ROW EXECUTE FUNCTION hang()"],
    'while it commits' => ['new', "$hang CREATE CONSTRAINT TRIGGER hang AFTER INSERT ON auditproof.checkpoint DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hang()"],
    'while an anchor is noted' => ['new', "$hang CREATE TRIGGER hang BEFORE INSERT ON auditproof.attestation FOR EACH ROW EXECUTE FUNCTION hang()"],
);
for my $name (sort keys %points) {
    subtest "killed $name" => sub {
        my ($becomes, $sql) = @{$points{$name}};
        my $db = copy_of($c, 'intact');
        my $worm = worm();
        my $before = state($db);
        $c->psql($db, $sql);
        my $holder = $c->spawn(['psql', '-Xq', '-c', 'SELECT pg_advisory_lock(17)', '-c', 'SELECT pg_sleep(600)'], db => $db);
        my $waits = q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 17 AND };
        wait_until { $c->psql($db, $waits . 'granted') == 1 } 20, 'the lock';
        my $job = $c->spawn([$tool, 'seal', '-q', '--key', $key, '--anchor', "dir:$worm"], db => $db);
        wait_until { $c->psql($db, $waits . 'NOT granted') == 1 } 20, 'the sealer';
        $job->kill('KILL');
        $job->wait;
        $holder->kill('KILL');
        $c->psql($db, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()});
        wait_until { busy($db) == 0 } 20, 'the server to notice';
        my $after = state($db);
        is $after eq $before ? 'old' : 'new', $becomes, "the $becomes state";
        is $c->psql($db, 'SELECT (SELECT max(size) FROM auditproof.checkpoint) = (SELECT max(log_index) + 1 FROM auditproof.seal)'), 't',
            'never a seal without its checkpoint';
        $c->psql($db, 'DROP FUNCTION hang CASCADE');
        healthy($name, $db, $worm);
    };
}

subtest 'killed while an anchor is written' => sub {
    my $db = copy_of($c, 'intact');
    my $worm = worm();
    # The limit makes the kernel kill it at the first byte of a file.
    my $r = $c->run(['sh', '-c', '(ulimit -f 0; exec "$@") | cat', 'sh', $tool, 'seal', '-q', '--key', $key, '--anchor', "dir:$worm"], db => $db);
    is notes($worm), 0, 'nothing half is there by that name';
    my @left = glob "$worm/*/.*.tmp";
    is @left, 1, 'though it had begun';
    healthy('killed', $db, $worm);
    is notes($worm), 2;
};

subtest 'a full disk, one that is read only, and one that is back' => sub {
    my $db = copy_of($c, 'intact');
    my ($full, $good) = (worm(), worm());
    my $readonly = $> ? worm() : '/sys';
    chmod 0555, $readonly if $>;
    my @limited = ('sh', '-c', q{trap '' XFSZ; (ulimit -f 0; "$@"; echo "status $?") | cat}, 'sh', $tool);
    my $r = $c->run([@limited, 'seal', '--key', $key, '--anchor', "dir:$full"], db => $db);
    like $r->{out}, qr/^status 3$/m, 'no room';
    like $r->{out}, qr/LACKS IT: cannot write \S+: File too large/, 'which is said';
    is scalar(() = glob "$full/*/* $full/*/.*.tmp"), 0, 'and leaves nothing there';
    more($db);
    $r = seal($db, '--anchor', "dir:$readonly", '--anchor', "dir:$good", '--anchor', "dir:$full");
    is $r->{status}, 3, 'read only';
    like $r->{out}, qr/^Anchor dir:\Q$readonly\E: LACKS IT: cannot make /m;
    like $r->{out}, qr/^Anchor dir:\Q$good\E: has it/m, 'the others get it all the same';
    is_deeply [notes($good), notes($full)], [3, 3], 'also what was lacking';
    my @three = ('--anchor', "dir:$readonly", '--anchor', "dir:$good", '--anchor', "dir:$full");
    is seal($db, @three, '--require', 2)->{status}, 0, 'two of three will do';
    is seal($db, @three, '--require', 3)->{status}, 3, 'when three must, they do not';
    is seal($db, @three, '--require', 4)->{status}, 2, 'and four there are not';
    healthy('after it', $db, $good);
};

subtest 'what killed sealers left in a directory' => sub {
    my $db = copy_of($c, 'intact');
    my $worm = worm();
    is seal($db, '--anchor', "dir:$worm")->{status}, 0;
    my ($log) = glob "$worm/*";
    my @files = map { "$log/$_" } qw(.aB3xYz.tmp .written.tmp .aB3xYz.tmp2 abcdef.tmp .ab_def.tmp .fresh1.tmp);
    spew($_, 'half') for @files;
    utime time - 7200, time - 7200, @files[0 .. 4] or die;
    is seal($db, '--anchor', "dir:$worm")->{status}, 0, 'nothing to hand over';
    is scalar(grep { -e } @files), 6, 'all of it is there';
    more($db);
    is seal($db, '--anchor', "dir:$worm")->{status}, 0;
    is_deeply [grep { -e } @files], [@files[1 .. 5]], 'then what is old, and named as ours, is removed';
    healthy('with it', $db, $worm);
};

subtest 'a command that is away for some rounds' => sub {
    my $db = copy_of($c, 'intact');
    my $command = qq{exec:test -e $dir/mounted && cat >>$dir/kept};
    for (1 .. 3) {
        is seal($db, '--anchor', $command)->{status}, 3, 'away';
        more($db);
    }
    spew("$dir/mounted", '');
    is seal($db, '--anchor', $command)->{status}, 0, 'back';
    is scalar(() = slurp("$dir/kept") =~ /^example\.org\/log$/mg), $c->psql($db, 'SELECT count(*) FROM auditproof.checkpoint'), 'it gets each once';
    is seal($db, '--anchor', $command)->{status}, 0;
    is scalar(() = slurp("$dir/kept") =~ /^example\.org\/log$/mg), $c->psql($db, 'SELECT count(*) FROM auditproof.checkpoint'), 'and not again';
};

subtest 'two at once, with many chains' => sub {
    my $db = copy_of($c, 'intact');
    my $worm = worm();
    $c->psql($db, q{INSERT INTO organizations (id, name) SELECT ('44444444-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, n FROM generate_series(1, 150) AS n;
        INSERT INTO audit_logs (organization_id, action, resource_type) SELECT ('44444444-0000-4000-8000-' || lpad((1 + n % 150)::text, 12, '0'))::uuid, 'a', 'r'
        FROM generate_series(1, 450) AS n});
    my $holder = $c->spawn(['psql', '-Xq', '-c', 'BEGIN; LOCK auditproof.checkpoint IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(600)'], db => $db);
    my $waiting = q{SELECT count(*) FROM pg_locks WHERE relation = 'auditproof.checkpoint'::regclass AND mode = 'ShareRowExclusiveLock' AND };
    wait_until { $c->psql($db, $waiting . 'granted') == 1 } 20, 'the lock';
    my @both = map { $c->spawn([$tool, 'seal', '--format=json', '--key', $key, '--anchor', "dir:$worm"], db => $db) } 1, 2;
    wait_until { $c->psql($db, $waiting . 'NOT granted') == 2 } 20, 'both';
    $c->psql($db, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()});
    my @done = map { $_->wait } @both;
    $holder->wait;
    is_deeply [map { $_->{status} } @done], [0, 0], 'both are done' or diag map { $_->{err} } @done;
    is_deeply [sort map { said($_)->{chains} } @done], [0, 154], 'one sealed all of it, the other nothing';
    is_deeply [map { said($_)->{size} } @done], [158, 158], 'and both tell of the same log';
    is notes($worm), 2;
    healthy('afterwards', $db, $worm);
};

# A sealer that hangs, or was left behind by a host that is gone, keeps the lock.
subtest 'somebody else seals, and does not end' => sub {
    my $db = copy_of($c, 'intact');
    my $worm = worm();
    more($db);
    my @seal = ($tool, 'seal', '--key', $key, '--anchor', "dir:$worm");
    my $begin = 'BEGIN; LOCK auditproof.checkpoint IN SHARE ROW EXCLUSIVE MODE';
    pipe my $read, my $write or die;
    my $holder = $c->spawn(['psql', '-Xq'], db => $db, env => {PGAPPNAME => 'stuck sealer'}, stdin => $read);
    close $read;
    syswrite $write, "$begin;\n";
    my $held = q{SELECT pid FROM pg_locks WHERE relation = 'auditproof.checkpoint'::regclass AND mode = 'ShareRowExclusiveLock' AND granted};
    wait_until { $c->psql($db, $held) } 20, 'the lock';
    my $pid = $c->psql($db, $held);
    my $job = $c->spawn(\@seal, db => $db);
    wait_until { $job->err =~ /waiting for/ } 20, 'what it says';
    like $job->err, qr/waiting for process $pid of the server \(role \S+, application "stuck sealer"\), whose transaction is open since \d{4}-\S+Z, idle in transaction since \S+Z$/m,
        'it says for whom it waits';

    my $r = seal($db, '--anchor', "dir:$worm", '--wait', 1);
    is $r->{status}, 3, 'nor does it wait for longer than it is to';
    like $r->{err}, qr/nothing was done: for 1 s it was waited for process $pid of the server .*pg_terminate_backend/, 'which it says';
    is seal($db, '--wait', 0)->{status}, 3, 'nor at all';
    is seal($db, '--wait', $_)->{status}, 2, "no number of seconds: $_" for 'x', '-1', '1s', '86401';

    $c->psql($db, q{DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'only_seals') THEN CREATE ROLE only_seals LOGIN IN ROLE auditproof_sealer; END IF; END $$});
    $r = $c->run([@seal, '--wait', 1, '-U', 'only_seals'], db => $db);
    is $r->{status}, 3, 'a role that sees no more of others';
    like $r->{err}, qr/waited for process $pid of the server \(role \S+, application "stuck sealer"\)\. If/, 'tells as much as it sees' or diag $r->{err};
    is_deeply [map { $c->run([$tool, $_->[0], @{$_}[1 .. $#$_], '--wait', 0], db => $db)->{status} } ['rotate', '--key', $key, '--new-key', $key],
        ['epoch', '--key', $key, '--reason', 'r'], ['repair', '--key', "$key.pub", '--reason', 'r']], [3, 3, 3], 'likewise what else needs the lock';

    $job->kill('TERM');
    $r = $job->wait(20);
    is $r->{status}, 3, 'one that is told to stop does';
    like $r->{err}, qr/stopped on request/;
    is $c->psql($db, $held), $pid, 'and the one who has the lock has it still';
    $job = $c->spawn([@seal, '--wait', 600], db => $db);
    wait_until { $job->err =~ /waiting for/ } 20, 'another one';
    $c->psql($db, "SELECT pg_terminate_backend($pid)");
    is $job->wait(20)->{status}, 0, 'goes on as soon as it can';
    close $write;
    $holder->wait;
    healthy('afterwards', $db, $worm);
};

done_testing;
