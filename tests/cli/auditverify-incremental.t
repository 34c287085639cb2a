#!/usr/bin/perl
# auditverify --incremental as a tool: what it prints, the file it keeps, and what it does when it cannot.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $state = "$dir/state";
my $t = '11111111-0000-4000-8000-000000000000';

sub make {
    my ($db) = @_;
    $c->createdb($db);
    my $r = $c->run(['auditmigrate', 'install', '-q'], db => $db);
    die $r->{err} if $r->{status};
    $c->psql($db, "INSERT INTO organizations (id, name) VALUES ('$t', 'T')");
    return;
}

sub add {
    my ($db, $count) = @_;
    $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type)
        SELECT '$t', 'a', 'r' FROM generate_series(1, $count)");
    return;
}

sub incremental {
    my ($db, @options) = @_;
    return $c->run(['auditverify', "--incremental=$state", @options], db => $db);
}

make('a');
add('a', 5000);

subtest 'the command line' => sub {
    for (['--org=' . $t], ['--system'], ['--clock'], ['--cycle=0'], ['--cycle=1001']) {
        my $r = incremental('a', @$_);
        is $r->{status}, 2, "@$_";
    }
    is $c->run(['auditverify', '--cycle=3'], db => 'a')->{status}, 2, '--cycle alone';
    ok !-e $state, 'nothing was written';
};

subtest 'the first runs' => sub {
    my $r = incremental('a', '--cycle=5');
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/^Verdict: intact$/m, 'everything was read';
    like $r->{out}, qr/first run of a series/;
    is sprintf('%04o', (stat $state)[2] & 07777), '0600', 'the state is nobody else\'s';
    is scalar(() = slurp($state) =~ /^point /mg), 5, 'a chain is divided into as many parts as there are runs';
    add('a', 10);
    $r = incremental('a', '--cycle=5');
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/^Verdict: intact as far as this run read: 10 new entries, and 1,000 of 5,000 old$/m,
        'the verdict says how far it goes';
    like $r->{out}, qr/^  Read: 1,010 chain entries in 1 chain; 1,010 rows of audit_logs\.$/m;
    like $r->{out}, qr/^  Run 2 of a series in which everything is read within 5 runs\. Of 5,000 old entries 1,000 were\n/m;
    like $r->{out}, qr/ and 4,000 rest on the runs before; the oldest reading is of 20\S+Z\.$/m;
    like $r->{out}, qr/created since 20\S+Z, and in\n  1 of 5 shares of the others/, 'and where rows were looked for';
    $r = incremental('a', '--cycle=5', '--format=json');
    my $json = JSON::PP::decode_json($r->{out});
    is_deeply [@{$json}{qw(verdict scope)}], ['intact', 'incremental'], 'in JSON too';
    my $i = $json->{incremental};
    delete $i->{$_} for qw(oldest_read_at rows_looked_at_since);
    is_deeply $i, {run => 3, cycle => 5, new_entries => 0, old_entries => 5010, old_entries_read => 2000,
        entries_not_read => 3010, oldest_read_run => 1, row_shares_looked_at => 1, held_chains => 0,
        moved => JSON::PP::false, advances => JSON::PP::true}, 'the counts' or diag explain $i;
    like $c->run(['auditverify', '--format=json'], db => 'a')->{out}, qr/"scope":"full"/, 'without a state';
};

subtest 'another cycle' => sub {
    my $r = incremental('a', '--cycle=2', '--format=json');
    is $r->{status}, 0 or diag $r->{err};
    my $i = JSON::PP::decode_json($r->{out})->{incremental};
    cmp_ok $i->{old_entries_read}, '>=', 5010 / 2, 'half of it is read';
    is scalar(() = slurp($state) =~ /^share /mg), 2, 'and half of the ids';
    is incremental('a', '--cycle=7')->{status}, 0;
    is scalar(() = slurp($state) =~ /^share /mg), 7, 'there and back';
};

subtest 'a file that is not as it was written' => sub {
    my $good = slurp($state);
    my $torn = substr $good, 0, length($good) / 2;
    for (['torn', $torn], ['empty', ''], ['something else', "hello\n"], ['edited', $good =~ s/^run \d+$/run 999/mr],
        ['with more behind it', $good . "x\n"], ['a byte at its end', $good =~ s/.\n\z/g\n/r]) {
        spew($state, $_->[1]);
        my $r = incremental('a', '--format=json');
        is $r->{status}, 3, "$_->[0]: exit status";
        like $r->{err}, qr/cannot use the state \Q$state\E: .*delete it to start over with a full run/, "$_->[0]: what to do";
        like $r->{out}, qr/"verdict":"unknown"/, 'no verdict';
        is slurp($state), $_->[1], 'it is left alone';
    }
    spew($state, $good);
    is incremental('a')->{status}, 0, 'put back';
};

subtest 'another database' => sub {
    make('b');
    add('b', 10);
    my $r = incremental('b');
    is $r->{status}, 3;
    like $r->{err}, qr/the state is of another database: auditproof was installed at 20\S+Z in that one/;
    my $before = slurp($state);
    $c->createdb('a2', template => 'a');
    $c->psql('a2', q{SET session_replication_role = replica; ALTER TABLE audit_logs DISABLE TRIGGER USER;
        UPDATE audit_logs SET action = 'forged' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE seq = 2 ORDER BY chain_id LIMIT 1);
        ALTER TABLE audit_logs ENABLE TRIGGER USER});
    $r = incremental('a2', '--format=json', '--no-guards');
    is $r->{status}, 1, 'in a copy of the same, what was read in the other is read again';
    like $r->{out}, qr/"kind":"altered"[^}]*"seq":"?2\b/;
    like $r->{out}, qr/"moved":true/;
    like $r->{out}, qr/"entries_not_read":"?0\b/;
    spew($state, $before);
    spew($state, $before);
};

subtest 'two at once' => sub {
    open my $held, '>>', "$state.lock" or die;
    flock $held, 2 | 4 or die 'flock';
    my $r = incremental('a');
    is $r->{status}, 3;
    like $r->{err}, qr/another run is using the state \Q$state\E/;
    close $held;
    is incremental('a')->{status}, 0, 'then again';
};

subtest 'a state that cannot be written' => sub {
    my $r = $c->run(['auditverify', "--incremental=$dir/none/state"], db => 'a');
    is $r->{status}, 3, 'no such directory';
    like $r->{err}, qr{cannot open \S+/none/state\.lock: No such file};
    mkdir "$state.new" or die;
    my $before = slurp($state);
    $r = incremental('a');
    is $r->{status}, 3, 'something is in the way';
    like $r->{out}, qr/^Verdict: intact as far/m, 'what was found is said';
    like $r->{err}, qr/the next run starts from where this one did/;
    is slurp($state), $before, 'the old state stands';
    rmdir "$state.new";
    my $disk = tempdir();
    SKIP: {
        skip 'no mount', 3 if system("mount -t tmpfs -o size=4k,mode=755 none $disk 2>/dev/null") != 0;
        system('cp', $state, "$disk/state");
        my $filled = -s "$disk/state" && -s "$disk/state" == -s $state;
        $r = $c->run(['auditverify', "--incremental=$disk/state"], db => 'a');
        my $after = -e "$disk/state" ? slurp("$disk/state") : '';
        is $r->{status}, 3, 'a full disk';
        like $r->{err}, qr/No space left on device/;
        is $after, $before, 'the old state stands' if $filled;
        wait_until { system("umount $disk 2>/dev/null") == 0 } 10, 'umount';
    }
};

subtest 'stopped' => sub {
    my $before = slurp($state);
    my $blocker = $c->spawn(['psql', '-Xq', '-c', 'BEGIN; LOCK TABLE auditproof.chain_entry IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)'],
        db => 'a');
    my $waits = q{SELECT count(*) FROM pg_locks WHERE NOT granted};
    wait_until { $c->psql('a', q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
        AND relation = 'auditproof.chain_entry'::regclass}) } 10, 'the lock';
    my $job = $c->spawn(['auditverify', "--incremental=$state"], db => 'a');
    wait_until { $c->psql('postgres', $waits) } 10, 'auditverify to wait';
    $job->kill('INT');
    is $job->wait(20)->{status}, 3;
    is slurp($state), $before, 'the old state stands';
    $blocker->kill('KILL');
    $c->psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()});
    $blocker->wait;
    is incremental('a')->{status}, 0;
};

subtest 'while entries are written' => sub {
    my $writer = $c->spawn(['psql', '-Xq', '-c', "DO \$\$ BEGIN FOR i IN 1 .. 300 LOOP INSERT INTO audit_logs (organization_id, action, resource_type)
        VALUES ('$t', 'a', 'r'); COMMIT; END LOOP; END \$\$"], db => 'a');
    for (1 .. 5) {
        my $r = incremental('a', '--cycle=3');
        is $r->{status}, 0, 'no alarm' or diag $r->{out}, $r->{err};
    }
    is $writer->wait->{status}, 0;
    is incremental('a', '--cycle=3')->{status}, 0;
};

subtest 'who verifies' => sub {
    $c->psql('a', 'CREATE ROLE verifier LOGIN; GRANT auditproof_auditor TO verifier');
    my $r = $c->run(['auditverify', '-U', 'verifier', "--incremental=$state"], db => 'a');
    is $r->{status}, 0, 'an auditor' or diag $r->{err};
};

done_testing;
