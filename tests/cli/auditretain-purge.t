#!/usr/bin/perl
# auditretain plan, approve, execute, certificate: what leaves, what stays, who may, and what an interruption leaves behind.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use OldBundleTest;
use PurgeTest;
use TamperTest;
use Test::More;

my $dir = tempdir();
my $key = key('seals');
my ($proof, $bundle) = ("$dir/entry.proof", "$dir/bundle.tar.gz");
my %old;
my $c = aged('old', before => sub {
    my ($c) = @_;
    # T1 and the system chain are sealed; T2 and T3 never were.
    is $c->run(['auditseal', 'seal', '--key', $key], db => 'old')->{status}, 0, 'sealed eight years ago';
    my $r = $c->run(['auditseal', 'prove', '--entry', $c->psql('old', 'SELECT e(401)')], db => 'old');
    spew($proof, $r->{out});
    # T3 has its own.
    my $then = $c->psql('old', 'SELECT ceil(extract(epoch FROM clock_timestamp()))::bigint');
    wait_until { $c->psql('old', "SELECT clock_timestamp() >= to_timestamp($then)") eq 't' } 10, 'that time is over';
    %old = every_kind($c, 'old', $key, $c->psql('old', 'SELECT t(3)'), 'user3@example.org', 'invoice', $then - 86400, $then);
    $r = $c->run(['auditexport', 'soc2', '--org', $c->psql('old', 'SELECT t(1)'), '--from', '2000-01-01', '--to', '2100-01-01',
        '--no-register', '--key', $key, '-o', $bundle], db => 'old');
    is $r->{status}, 0, 'exported eight years ago' or diag $r->{err};
    $c->psql('old', q{INSERT INTO organizations (id, name) VALUES (t(4), 'Tenant 4'); INSERT INTO audit_logs (id, organization_id,
        action, resource_type) SELECT e(n), t(4), CASE n % 3 WHEN 0 THEN 'LOGIN' ELSE 'x' END, 'session' FROM
        generate_series(1501, 1560) AS n; INSERT INTO performance_analytics (organization_id, type, value, "timestamp", created_at)
        SELECT t(n % 2 + 1), 'LCP', n, now(), now() FROM generate_series(1, 100) AS n});
});
my $org = sub { $c->psql('old', "SELECT t($_[0])") };
my $said = sub { JSON::PP::decode_json((split /\n/, slurp($_[0]))[1]) };

subtest 'a plan changes nothing, and is what its digest says' => sub {
    my $before = $c->psql('old', 'SELECT count(*) FROM audit_logs');
    my $r = retain($c, 'old', 'ann', 'plan', '-o', "$dir/plan", '--org', $org->(1));
    like $r->{out}, qr/250 rows of audit_logs may leave/;
    my ($digest) = $r->{out} =~ /^Plan (\S+)/;
    my ($sum) = qx(sha256sum $dir/plan) =~ /^(\S+)/;
    is $digest, $sum, 'its digest';
    is $c->psql('old', 'SELECT count(*) FROM audit_logs'), $before + 1, 'one entry more tells of it';
    like retain($c, 'old', 'bob', 'plan')->{err}, qr/permission denied/, 'an approver plans nothing';
    like retain($c, 'old', 'ann', 'approve', $digest)->{err}, qr/permission denied/, 'who plans approves nothing';
    $r = retain($c, 'old', 'eve', 'plan', '--org', $org->(1));
    $r = retain($c, 'old', 'eve', 'approve', $r->{out} =~ /^Plan (\S+)/);
    isnt $r->{status}, 0;
    like $r->{err}, qr/asked for by eve, who cannot approve it/, 'nor does who may do both';
    like execute($c, 'old', $digest)->{err}, qr/not approved/, 'nor is it executed';
    like retain($c, 'old', 'bob', 'approve', 'f' x 64)->{err}, qr/there is no plan f+/;
};

subtest 'clocks' => sub {
    my $digest = approved($c, 'old', planned($c, 'old', '--org', $org->(1)));
    like execute($c, 'old', $digest)->{err}, qr/the newest checkpoint is of 20[^;]+\d\. A clock that was set forward/,
        'far past the newest checkpoint';
    is $c->run(['auditseal', 'seal', '--key', $key], db => 'old')->{status}, 0;
    my $r = retain($c, 'old', 'ann', 'execute', '--plan', $digest, '--key', $key, {env => AuditTest::clock(600)});
    like $r->{err}, qr/more than five minutes apart/, 'not the clock of whoever asks';
    $c->psql('old', q{SET session_replication_role = replica; ALTER TABLE auditproof.checkpoint DISABLE TRIGGER ALL;
        UPDATE auditproof.checkpoint SET sealed_at = sealed_at + interval '1 day' WHERE size = (SELECT max(size) FROM auditproof.checkpoint)});
    like execute($c, 'old', $digest)->{err}, qr/it was set back/, 'behind the newest checkpoint';
    $c->psql('old', q{SET session_replication_role = replica;
        UPDATE auditproof.checkpoint SET sealed_at = sealed_at - interval '1 day' WHERE size = (SELECT max(size) FROM auditproof.checkpoint);
        ALTER TABLE auditproof.checkpoint ENABLE ALWAYS TRIGGER auditproof_guard, ENABLE ALWAYS TRIGGER auditproof_truncate;
        ALTER TABLE auditproof.checkpoint ENABLE TRIGGER ALL; ALTER TABLE auditproof.checkpoint ENABLE ALWAYS TRIGGER auditproof_guard,
        ENABLE ALWAYS TRIGGER auditproof_truncate});
    is $c->psql('old', 'SELECT count(*) FROM audit_logs WHERE organization_id = t(1)'), 250, 'nothing left';
};

subtest 'archive first' => sub {
    my @bundle = ('--require-bundle', $bundle, '--bundle-key', "$key.pub");
    my $two = approved($c, 'old', planned($c, 'old', '--org', $org->(2)));
    like execute($c, 'old', $two, @bundle)->{err}, qr/no bundle holds entry 1 of chain 2222/, 'not the chain of the bundle';
    my $one = approved($c, 'old', planned($c, 'old', '--org', $org->(1)));
    is execute($c, 'old', $one, '--require-bundle', $bundle)->{status}, 2, 'a bundle vouches for nothing by itself';
    my $other = key('others');
    like execute($c, 'old', $one, '--require-bundle', $bundle, '--bundle-key', "$other.pub")->{err}, qr/does not verify/, 'nor one of another key';
    my $r = execute($c, 'old', $one, @bundle, '-o', "$dir/one.note", '--creator', 'Example Ltd', '--backups-expire', '2027-01-01');
    is $r->{status}, 0, 'executed' or diag $r->{err};
    my $is = $said->("$dir/one.note");
    is_deeply [@$is{qw(creator backups_expire planned destroyed kept)}], ['Example Ltd', '2027-01-01', 250, 250, 0], 'the certificate';
    is $is->{archives}[0]{sha256}, (qx(sha256sum $bundle) =~ /^(\S+)/)[0], 'and the bundle';
    cmp_ok $is->{chains}[0]{seal}{size}, '>=', 250, 'and the seal';
    is retain($c, 'old', 'ann', 'certificate', $one)->{out}, slurp("$dir/one.note"), 'as it is kept';
    like execute($c, 'old', $one)->{out}, qr/executed before/, 'executed once';
    is $c->psql('old', 'SELECT count(*) FROM audit_logs WHERE organization_id = t(1)'), 0, 'the rows are gone';
    my ($sum) = qx(sha256sum $dir/one.note) =~ /^(\S+)/;
    $r = retain($c, 'old', 'bob', 'why', $c->psql('old', 'SELECT e(401)'));
    is $r->{status}, 0, 'why one is gone' or diag $r->{err};
    like $r->{out}, qr/^  Sealed:    \S+, by checkpoint \d+\n  Purged:    \S+Z, purge [0-9a-f-]{36} \(.*\), with entries \d+ to \d+\n  Told by:   entry \S+ of the system chain
  Plan:      $one, asked for by ann, approved by bob\n  Certified: SHA-256 $sum; /m, '... the range, the plan and the certificate';
};

subtest 'the certificate by itself' => sub {
    my $r = AuditTest::run(['auditverify', "$dir/one.note", '--key', "$key.pub"]);
    is $r->{status}, 0;
    like $r->{out}, qr/Verdict: trusted/;
    like AuditTest::run(['auditverify', "$dir/one.note"])->{out}, qr/Verdict: intact/, 'without the key';
    my $text = slurp("$dir/one.note");
    spew("$dir/bad.note", $text =~ s/Example Ltd/Example AG/r);
    $r = AuditTest::run(['auditverify', "$dir/bad.note", '--key', "$key.pub", '--format=ndjson']);
    is $r->{status}, 1;
    like $r->{out}, qr/"kind":"signature"/, 'altered';
    spew("$dir/bad.note", $text =~ s/"destroyed" : 250/"destroyed" : 249/r);
    is AuditTest::run(['auditverify', "$dir/bad.note"])->{status}, 1, 'numbers that do not agree';
};

subtest 'what was made before' => sub {
    is AuditTest::run(['auditseal', 'check-proof', $proof, '--key', "$key.pub"])->{status}, 0, 'an old proof verifies';
    is AuditTest::run(['auditverify', $bundle, '--key', "$key.pub"])->{status}, 0, 'and an old bundle';
};

subtest 'a hold and an altered entry in between' => sub {
    my $digest = approved($c, 'old', planned($c, 'old', '--org', $org->(4)));
    my $hold = $c->psql('old', q{SELECT auditproof.hold_place(t(4), NULL, NULL, NULL, NULL, 'LOGIN', NULL, NULL, 'Doe v. Example',
        'legal', 'letter', current_date + 30)});
    forge($c, 'old', q{UPDATE audit_logs SET resource_type = 'y' WHERE id = e(1501)});
    my $r = execute($c, 'old', $digest, '-o', "$dir/four.note", '--batch', 7);
    is $r->{status}, 1, 'there is a finding' or diag $r->{err};
    my $chain = $said->("$dir/four.note")->{chains}[0];
    is_deeply [map { [@$_{qw(why entries)}, @{$_->{holds}}] } @{$chain->{kept}}], [['altered', 1], ['held', 20, $hold]],
        'both stay, and the certificate says why';
    is $chain->{destroyed}, 39;
    is_deeply verify($c, 'old')->{findings}, ['altered T4 1 e1501'], 'the altered one is found';
    forge($c, 'old', q{UPDATE audit_logs SET resource_type = 'session' WHERE id = e(1501)});
    is_deeply verify($c, 'old')->{findings}, [], 'and nothing else';
    is $c->psql('old', q{SELECT string_agg(DISTINCT action, ' ') FROM audit_logs WHERE organization_id = t(4)}), 'LOGIN x';
};

subtest 'interrupted' => sub {
    my $digest = approved($c, 'old', planned($c, 'old', '--org', $org->(2)));
    my $waits = sub {
        my ($table, $during) = @_;
        my $lock = $c->spawn(['psql', '-XAtq', '-c', "BEGIN; LOCK TABLE auditproof.$table; SELECT pg_sleep(600)"], db => 'old');
        wait_until { $c->psql('old', "SELECT count(*) FROM pg_locks WHERE relation = 'auditproof.$table'::regclass AND granted AND "
            . "mode = 'AccessExclusiveLock'") } 20, 'the lock';
        my $job = $c->spawn(['auditretain', 'execute', '-U', 'ann', '--plan', $digest, '--key', $key, '--batch', 40], db => 'old');
        wait_until { $c->psql('old', "SELECT count(*) FROM pg_locks WHERE relation = 'auditproof.$table'::regclass AND NOT granted") }
            20, 'the tool to wait';
        $during->($job, $lock);
        $job->wait;
        $lock->kill('KILL');
        $lock->wait;
        $c->psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'old'});
        wait_until { !$c->psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'old'}) } 20, 'their end';
        my $v = verify($c, 'old');
        is_deeply $v->{findings}, [], "killed at $table: nothing is found";
        return $v;
    };
    $waits->(purge_execution => sub { $_[0]->kill('KILL') });
    is $c->psql('old', 'SELECT count(*) FROM audit_logs WHERE organization_id = t(2)'), 250, 'nothing left yet';
    my $v = $waits->(purge_range => sub { $_[0]->kill('KILL') });
    like "@{$v->{notices}}", qr/purge plan/, 'a purge under way is a notice';
    # The server, with the tool at a batch.
    my $job = $c->spawn(['auditretain', 'execute', '-U', 'ann', '--plan', $digest, '--key', $key, '--batch', 10], db => 'old');
    wait_until { $c->psql('old', 'SELECT count(*) FROM audit_logs WHERE organization_id = t(2)') < 250 } 30, 'some to leave';
    $c->stop('immediate');
    isnt $job->wait->{status}, 0, 'the tool says that it was not done';
    $c->start;
    is_deeply verify($c, 'old')->{findings}, [], 'a server that stopped: nothing is found';
    $waits->(purge_certificate => sub { $_[0]->kill('KILL') });
    my $r = execute($c, 'old', $digest, '-o', "$dir/two.note");
    is $r->{status}, 0, 'the same command ends it' or diag $r->{err};
    is $said->("$dir/two.note")->{destroyed}, 250;
    is $c->psql('old', q{SELECT sum(to_seq - from_seq + 1) FROM auditproof.purge_range WHERE chain_id = t(2)}), 250, 'each left once';
    $v = verify($c, 'old');
    is_deeply [$v->{findings}, grep { !/^guard rows in / } @{$v->{notices}}], [[]], 'and all verifies';
};

subtest 'sealing goes on' => sub {
    my $r = $c->run(['auditseal', 'seal', '--key', $key], db => 'old');
    is $r->{status}, 0 or diag $r->{out}, $r->{err};
    my $v = verify($c, 'old', '--key', "$key.pub");
    is $v->{status}, 0, 'of chains that were purged, too' or diag explain $v->{findings};
};

subtest 'rows that no chain stands behind' => sub {
    my $digest = approved($c, 'old', planned($c, 'old', '--table', 'performance_analytics'));
    $c->psql('old', q{INSERT INTO performance_analytics (organization_id, type) VALUES (t(1), 'LCP')});
    my $r = execute($c, 'old', $digest, '-o', "$dir/rows.note", '--batch', 30);
    is $r->{status}, 0 or diag $r->{err};
    my $is = $said->("$dir/rows.note");
    is_deeply [@$is{qw(series planned destroyed)}, $is->{chained} ? 1 : 0, map { $_->{destroyed} } @{$is->{chains}}],
        ['performance_analytics', 100, 100, 0, 50, 50];
    is $c->psql('old', 'SELECT count(*) FROM performance_analytics'), 1, 'the new row stays';
    like AuditTest::run(['auditverify', "$dir/rows.note"])->{out}, qr/No chain stands behind these rows/;
    is verify($c, 'old')->{status}, 0;
};

subtest 'the plan\'s time ends' => sub {
    my $digest = approved($c, 'old', planned($c, 'old', '--org', $org->(3), '--approve-within', '1d', '--execute-within', '2d'));
    my $late = planned($c, 'old', '--system', '--approve-within', '1d');
    my $sql = "SELECT auditproof.purge_begin('\\x$digest', '" . slurp("$key.pub") =~ s/\s.*//sr . "', '[]', clock_timestamp());"
        . "SELECT purged FROM auditproof.purge_batch('\\x$digest', t(3), 0, 100, clock_timestamp())";
    like $c->psql('old', $sql), qr/^100$/m, 'begun';
    $c->stop;
    my $later = AuditTest::clock(3 * 86400);
    {
        local %ENV = (%ENV, %$later);
        $c->start;
    }
    my $v = verify($c, 'old');
    is_deeply $v->{findings}, ['purge plan ' . substr $digest, 0, 16], 'a purge that was not ended is found';
    like retain($c, 'old', 'bob', 'approve', $late)->{err}, qr/was to be approved by/, 'nothing is approved any more';
    my $r = retain($c, 'old', 'ann', 'execute', '--plan', $digest, '--key', $key, '-o', "$dir/three.note", {env => $later});
    is $r->{status}, 1 or diag $r->{err};
    is_deeply [map { [@$_{qw(why entries)}] } @{$said->("$dir/three.note")->{chains}[0]{kept}}], [['not reached', 154]],
        'it is ended, and nothing more leaves';
    is_deeply verify($c, 'old')->{findings}, [];
    outlives($c, 'old', $key, %old);
};

is AuditTest::run(['python3', '-B', 'tests/vectors/certificate_check.py', "$dir/$_.note", slurp("$key.pub") =~ s/\s.*//sr])->{status}, 0,
    "certificate $_ is as audit-certificate(5) says" for qw(one two three four rows);

done_testing;
