#!/usr/bin/perl
# Entries of a database classified as they come: each once, none missed, whoever dies on the way; told of in the chain;
# and again, so that what was altered since is named.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use FollowTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('empty');
my $r = $c->run(['auditmigrate', 'install', '-q'], db => 'empty');
is $r->{status}, 0, 'installed' or BAIL_OUT($r->{err} . $r->{out});
tenants($c, 'empty', 20);

my @plain = (
    rule(1, 'high', '{action: MFA_DISABLED}'),
    rule(2, 'low', '{action|contains: login}'),
    rule(3, 'medium', '{action: LOGIN, enrich.first_seen_ip: true}'),
);
my @failures = (
    rule(4, 'informational', '{action: LOGIN_FAILED}'),
    correlation(5, 'critical', "type: event_count\nrules: [rule4]\ngroup-by: [actor_id]\ntimespan: 1h\ncondition: {gte: 3}\n"),
);
my $rules = rules_dir(@plain, @failures);

my $made = 0;
sub db { my ($from) = @_; return $c->createdb('d' . ++$made, template => $from // 'empty') }

sub classify { my ($db, @args) = @_; return $c->run(['auditclassify', @args], db => $db, timeout => 60) }
sub once { my ($db, @args) = @_; return classify($db, '--once', '-q', '--rules', $rules, @args) }

sub follower {
    my ($db, @args) = @_;
    return $c->spawn(['auditclassify', '--follow', '--rules', $rules, @args], db => $db);
}

sub ended {
    my ($job, $what) = @_;
    $job->kill('TERM');
    my $end = $job->wait(20);
    is "$end->{status} $end->{signal}", '0 0', "$what ended in good order" or diag $end->{err};
    return $end;
}

sub same_as_stream {
    my ($db, $what) = @_;
    my ($want, $got) = (stream_matches($c, $db, $rules), recorded($c, $db));
    ok $want ne '' && $want eq $got, $what or do {
        my %want = map { $_ => 1 } split /\n/, $want;
        my %got = map { $_ => 1 } split /\n/, $got;
        diag 'missing ' . grep({ !$got{$_} } keys %want) . ', added ' . grep({ !$want{$_} } keys %got) . ' of ' . keys %want;
    };
    return;
}

subtest 'two followers, and writers' => sub {
    my $db = db();
    my @followers = map { follower($db, '--batch-entries', 100) } 1 .. 2;
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditclassify'}) == 2 } 20, 'both followers';
    my @writers = map {
        my $n = $_;
        $c->spawn(['psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => $db,
            stdin => join '', map { entries(from => 1 + 50 * (4 * $_ + $n), count => 50) . ";\n" } 0 .. 9)
    } 0 .. 3;
    $_->wait(60)->{status} == 0 or fail('a writer: ' . $_->err) for @writers;
    wait_until { standing($c, $db) == 0 } 60, 'all being classified';
    my @ends = map { ended($_, 'a follower') } @followers;
    same_as_stream($db, 'every entry and rule, once');
    my @lines = map { split /\n/, $_->{out} } @ends;
    is scalar(@lines), $c->psql($db, 'SELECT count(DISTINCT log_id) FROM auditproof.risk_finding'), 'each was told of once';
    my ($more) = grep { $_->{out} eq '' } @ends;
    ok !$more, 'both had their part';
    is $c->run(['auditverify', '-q'], db => $db)->{status}, 0, 'auditverify is content';
    my $replay = classify($db, '--replay');
    is $replay->{status}, 0, 'a replay gives the same' or diag $replay->{out};
};

subtest 'killed in the middle' => sub {
    my $db = db();
    $c->psql($db, entries(count => 4000));
    my $midway = 0;
    for my $part (1 .. 3) {
        my $follower = follower($db);
        my $before = standing($c, $db);
        wait_until { standing($c, $db) < $before || !$before } 20, 'a first batch';
        $follower->kill('KILL');
        $follower->wait(10);
        my $after = standing($c, $db);
        $midway++ if $after > 0 && $after < $before;
    }
    ok $midway > 0, 'with some done, and some left to do';
    my $end = once($db);
    is $end->{status}, 0, 'gone on' or diag $end->{err};
    is standing($c, $db), 0, 'and done';
    same_as_stream($db, 'as if nothing had happened');
};

subtest 'the server goes away' => sub {
    my $db = db();
    $c->psql($db, entries(count => 100));
    my $follower = follower($db);
    wait_until { standing($c, $db) == 0 } 20, 'the first entries';
    $c->restart('immediate');
    $c->psql($db, entries(from => 101, count => 100));
    wait_until { standing($c, $db) == 0 } 40, 'the entries after a new connection';
    my $end = ended($follower, 'the follower');
    like $end->{err}, qr/connection was lost.*\n.*connected again/, 'said so';
    same_as_stream($db, 'every entry and rule, once');
};

my $lock = q{locktype = 'advisory' AND classid = 1635083369 AND objid = 1952542836 AND granted};
my $login = sub { sprintf q{INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('%s', 'LOGIN', '%s')}, org(1), $_[0] };
my $found = sub { $c->psql($_[0], q{SELECT count(*) FROM auditproof.risk_finding f JOIN audit_logs l ON l.id = f.log_id
    WHERE l.resource_type = '} . $_[1] . q{'}) > 0 };

subtest 'woken by a notification' => sub {
    my $db = db();
    my $follower = follower($db, '--poll', 3600);
    wait_until { $c->psql($db, "SELECT count(*) FROM pg_locks WHERE $lock") == 1 } 20, 'the follower waiting';
    for my $what (qw(first second)) {
        $c->psql($db, $login->($what));
        wait_until { $found->($db, $what) } 10, "the $what entry being found";
    }
    is $c->psql($db, "SELECT count(*) FROM pg_locks WHERE $lock"), 1, 'it waits again';
    wait_until { (() = $follower->out =~ /\n/g) == 2 } 10, 'both being printed';
    ended($follower, 'the follower');
};

subtest 'told of what is not' => sub {
    my $db = db();
    my $follower = follower($db, '--poll', 3600);
    wait_until { $c->psql($db, "SELECT count(*) FROM pg_locks WHERE $lock") == 1 } 20, 'the follower waiting';
    # While it looks for what is not, it is told of what is.
    my $holder = $c->spawn(['psql', '-XAtq', '-c', 'BEGIN; LOCK TABLE auditproof.classification; SELECT pg_sleep(600)'], db => $db);
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
        AND relation = 'auditproof.classification'::regclass}) } 20, 'the lock';
    $c->psql($db, q{SELECT pg_notify('auditproof_entry', md5('none')::uuid::text)});
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_locks WHERE NOT granted}) } 20, 'the follower looking';
    $c->psql($db, $login->('after'));
    $c->psql($db, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()});
    $holder->wait;
    wait_until { $found->($db, 'after') } 10, 'the entry being found';
    is $c->psql($db, 'SELECT count(*) FROM auditproof.classification'), 1, 'what is no chain leaves nothing';
    ended($follower, 'the follower');
};

subtest 'an id that two tenants have' => sub {
    my $db = 'd' . ++$made;
    $c->createdb($db);
    my $base = join '', map { slurp("sql/platform/$_") } qw(010_baseline.sql 023_audit_logs.sql);
    $base =~ s/audit_logs \(\s+id uuid \KPRIMARY KEY //;
    $base =~ s/\n\);(?=\s*\z)/,\n    PRIMARY KEY (id, created_at)\n) PARTITION BY RANGE (created_at);/;
    $c->psql($db, "$base; CREATE TABLE audit_logs_all PARTITION OF audit_logs FOR VALUES FROM (MINVALUE) TO (MAXVALUE)");
    my $made = $c->run(['auditmigrate', 'install', '-q'], db => $db);
    is $made->{status}, 0, 'partitions' or diag $made->{err};
    tenants($c, $db, 2);
    my $same = q{INSERT INTO audit_logs (id, organization_id, action, resource_type, created_at)
        VALUES ('aaaaaaaa-0000-4000-8000-000000000001', '%s', '%s', 's', '2026-01-0%d')};
    $c->psql($db, sprintf $same, org(1), 'MFA_DISABLED', 1);
    $c->psql($db, sprintf $same, org(2), 'view', 2);
    my $end = once($db, '--batch-age', 0);
    is $end->{status}, 0, 'is no way to stop a follower' or diag $end->{err};
    is $c->psql($db, 'SELECT chain_id || $$ $$ || seq FROM auditproof.risk_finding'), org(1) . ' 1', 'nor finds it in the other chain';
    is scalar(grep { /_auditproof/ } split /\n/, classify($db, '--rules', $rules, '--org', org(2), '--min-level', 'high')->{out}), 0,
        'nor shows it to the other tenant';
    is classify($db, '--replay')->{status}, 0, 'a replay gives the same';
};

subtest 'without notifications' => sub {
    my $db = db();
    # Whoever shares the lock keeps a follower from having it, so that writers notify nobody.
    my $other = $c->spawn(['psql', '-Xq', '-c', 'SELECT pg_advisory_lock_shared(1635083369, 1952542836)', '-c', 'SELECT pg_sleep(600)'],
        db => $db);
    wait_until { $c->psql($db, "SELECT count(*) FROM pg_locks WHERE $lock") == 1 } 20, 'the lock being shared';
    my @followers = map { follower($db) } 1 .. 2;
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditclassify'}) == 2 } 20, 'both followers';
    for my $what (qw(first second)) {
        $c->psql($db, $login->($what));
        wait_until { $found->($db, $what) } 10, "the $what entry being found";
    }
    $other->kill('TERM');
    ended($_, 'a follower') for @followers;
    is scalar(grep { /LOGIN/ } map { split /\n/, $_->out } @followers), 2, 'each was told of once';
};

subtest 'a time that cannot be' => sub {
    my $db = db();
    # Whoever may write entries could otherwise end all windows of his tenant, and leave them, by the time that he claims.
    for my $time (q{'9999-12-31'}, q{'infinity'}, q{now() + interval '1 year'}) {
        $c->psql($db, sprintf q{INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, created_at)
            VALUES ('%s', '%s', 'LOGIN_FAILED', 's', %s)}, org(3), actor(9), $time);
        once($db);
    }
    my $hits = q{SELECT count(*) FROM auditproof.risk_finding WHERE level = 'critical'};
    is $c->psql($db, $hits), 1, 'is no way out of a correlation';
    $c->psql($db, sprintf q{INSERT INTO audit_logs (organization_id, actor_id, action, resource_type) VALUES ('%s', '%s', 'LOGIN_FAILED', 's')},
        org(3), actor(8)) for 1 .. 3;
    once($db);
    is $c->psql($db, $hits), 2, 'and does not end the windows of others';
    is classify($db, '--replay')->{status}, 0, 'a replay gives the same';
    is scalar(grep { /correlation/ } split /\n/, classify($db, '--rules', $rules, '--org', org(3))->{out}), 2, 'and so does a range';
};

subtest 'what correlations have open outlives a run' => sub {
    my $db = db();
    my $failed = sub { sprintf q{INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, created_at) VALUES ('%s',
        '%s', 'LOGIN_FAILED', 's', '2026-02-01 10:%02d:00Z')}, org($_[0]), actor($_[1]), $_[2] };
    for my $minute (1 .. 3) {
        $c->psql($db, $failed->(1, 1, $minute));
        $c->psql($db, $failed->(2, $minute == 3 ? 2 : 1, $minute));
        $c->psql($db, $failed->(1, 3, $minute) =~ s/'[^']*'/NULL/r);
        is once($db, '--batch-age', $minute == 2 ? 0 : 900)->{status}, 0, "run $minute";
    }
    is $c->psql($db, q{SELECT f.chain_id || ' ' || f.seq || ' ' || f.level || ' ' || (f.detail -> 0 ->> 'count') || ' '
        || (f.groups -> 0 ->> 'actor_id') FROM auditproof.risk_finding f WHERE f.detail IS NOT NULL ORDER BY f.chain_id}),
        join(' ', '00000000-0000-0000-0000-000000000000', 4, 'critical', 3, actor(3)) . "\n"
        . join(' ', org(1), 4, 'critical', 3, actor(1)), 'the third failure completes it, of that tenant or the system alone';
    my $replay = classify($db, '--replay');
    is $replay->{status}, 0, 'a replay has it as well' or diag $replay->{out};
    like $replay->{out}, qr/1 open batch|open batches/, 'and says what the chain does not tell of yet';
    # Without their accounts the failures of two people look like those of one.
    $c->psql($db, q{DELETE FROM auth.users WHERE id IN ('} . actor(1) . q{', '} . actor(2) . q{')});
    is $c->psql($db, 'SELECT count(groups) FROM auditproof.risk_finding'), 1, 'an account leaves its findings';
    $replay = classify($db, '--replay');
    is $replay->{status}, 0, 'which a replay takes as it is' or diag $replay->{out};
    like $replay->{out}, qr/^erased /m, 'and notes';
};

subtest 'batches' => sub {
    my $db = db();
    my $told = sub { $c->psql($db, q{SELECT count(*) FROM audit_logs WHERE action = 'audit.classified'}) };
    my $head = sub { $c->psql($db, q{SELECT max(seq) FROM auditproof.chain_entry WHERE chain_id = '} . org(1) . q{'}) };
    my $one = q{INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('} . org(1) . q{', 'LOGIN', 's')};
    for (1 .. 5) {
        $c->psql($db, $one);
        once($db);
    }
    is $told->(), 0, 'a trickle is not told of at once';
    is $head->(), 5, 'the chain is no longer for it';
    is $c->psql($db, 'SELECT count(*) FROM auditproof.risk_finding'), 5, 'what was found is there';
    once($db, '--batch-age', 0);
    is $told->() . ' ' . $head->(), '1 6', 'an old batch is ended, with one entry';
    once($db, '--batch-age', 0) for 1 .. 3;
    is $told->() . ' ' . $head->(), '1 6', 'which is not classified in its turn';
    $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type, metadata) SELECT organization_id,
        action, resource_type, metadata FROM audit_logs WHERE action = 'audit.classified'});
    my $forged = rules_dir(rule(9, 'high', '{action: audit.classified}'));
    is classify($db, '--once', '-q', '--rules', $forged, '--start', 'first')->{status}, 0, 'another rule set, from the first';
    is $c->psql($db, q{SELECT string_agg(seq::text, ' ') FROM auditproof.risk_finding WHERE rule_id LIKE '%9'}), '7',
        'an entry that only looks like one of these is classified';
    is classify($db, '--replay')->{status}, 0, 'and is no batch for a replay';
};

subtest 'where a rule set begins' => sub {
    my $db = db();
    $c->psql($db, entries(count => 100, orgs => 1));
    is once($db)->{status}, 0, 'classified';
    $c->psql($db, entries(from => 101, count => 10, orgs => 1));
    my %began;
    my $n = 20;
    for my $start (qw(furthest first now)) {
        my $dir = rules_dir(rule(++$n, 'low', '{resource_type: thing}'));
        is classify($db, '--once', '-q', '--rules', $dir, '--start', $start)->{status}, 0, $start;
        $c->psql($db, entries(from => 111, count => 2, orgs => 1)) if $start eq 'now';
        classify($db, '--once', '-q', '--rules', $dir) if $start eq 'now';
        $began{$start} = $c->psql($db, "SELECT count(*) FROM auditproof.risk_finding WHERE rule_id LIKE '%$n'");
    }
    is_deeply \%began, {furthest => 10, first => 110, now => 2}, 'after what others did, at the first, after the last';
};

subtest 'replay names what was altered' => sub {
    my $base = db();
    $c->psql($base, entries(count => 400, orgs => 3));
    is once($base, '--batch-age', 0)->{status}, 0, 'classified';
    $c->psql($base, entries(from => 401, count => 400, orgs => 3));
    is once($base, '--batch-age', 0)->{status}, 0, 'in two batches a chain';
    my $whole = classify($base, '--replay', '--format', 'json');
    is $whole->{status}, 0, 'the same';
    is decode_json($whole->{out})->{batches}, 8, 'all batches were compared' or diag $whole->{out};
    my $batch = sub {
        my ($db, $chain, $seq) = @_;
        return $c->psql($db, "SELECT id FROM audit_logs WHERE action = 'audit.classified' AND organization_id = '$chain'
            AND $seq BETWEEN (metadata ->> 'from_seq')::bigint AND (metadata ->> 'through_seq')::bigint");
    };
    my $tampered = sub {
        my ($what, $sql, $kinds, @args) = @_;
        my $db = db($base);
        my ($chain, $seq, $rule) = split /\|/, $c->psql($db, q{SELECT chain_id, seq, rule_id FROM auditproof.risk_finding
            WHERE chain_id = '} . org(2) . q{' AND level = 'high' ORDER BY seq DESC LIMIT 1});
        $sql =~ s/FINDING/"chain_id = '$chain' AND seq = $seq AND rule_id = '$rule'"/ge;
        $c->psql($db, "SET session_replication_role = replica; SET row_security = off;
            ALTER EVENT TRIGGER auditproof_ddl DISABLE; $sql") if $sql !~ /ALTER TABLE/;
        $c->psql($db, "ALTER EVENT TRIGGER auditproof_ddl DISABLE; $sql") if $sql =~ /ALTER TABLE/;
        my $replay = classify($db, '--replay', '--format', 'json', @args);
        is $replay->{status}, 1, "$what: a finding" or diag $replay->{out}, $replay->{err};
        my @all = map { decode_json($_) } split /\n/, $replay->{out};
        pop @all;
        is join(' ', sort map { $_->{difference} } @all), $kinds, '... of its kind' or diag $replay->{out};
        my @there = grep { defined $_->{rule} } @all;
        is "$_->{chain} $_->{seq} $_->{rule}", "$chain $seq $rule", '... on that entry and rule' for @there;
        my ($told) = grep { defined $_->{batch} } @all;
        is $told->{batch}, $batch->($db, $chain, $seq), '... in that batch' if $told;
        is classify($db, '--replay', '--org', org(1))->{status}, 0, '... and none of another tenant' if $told;
        return;
    };
    my $off = 'ALTER TABLE auditproof.risk_finding DISABLE TRIGGER USER;';
    $tampered->('a level lowered', "$off UPDATE auditproof.risk_finding SET level = 'low' WHERE FINDING", 'altered digest');
    $tampered->('a finding removed', "$off DELETE FROM auditproof.risk_finding WHERE FINDING", 'digest missing');
    $tampered->('moved to another entry', "$off UPDATE auditproof.risk_finding SET log_id = gen_random_uuid() WHERE FINDING",
        'altered digest');
    $tampered->('only late batches asked for', "$off DELETE FROM auditproof.risk_finding WHERE FINDING", 'digest missing',
        '--from-seq', 110);
    $tampered->('an entry changed', "ALTER TABLE audit_logs DISABLE TRIGGER USER; UPDATE audit_logs SET action = 'view' WHERE id = "
        . '(SELECT log_id FROM auditproof.risk_finding WHERE FINDING)', 'added result');
    $tampered->('the rule set changed', 'ALTER TABLE auditproof.ruleset DISABLE TRIGGER USER; '
        . 'ALTER TABLE auditproof.ruleset DROP CONSTRAINT ruleset_check; '
        . "UPDATE auditproof.ruleset SET packed = convert_to(replace(convert_from(packed, 'UTF8'), 'MFA_DISABLED', 'MFA_ENABLED_'), 'UTF8')",
        'ruleset');
    my $slip = sub {
        my ($seq, $ruleset) = @_;
        return 'INSERT INTO auditproof.risk_finding SELECT chain_id, ' . ($ruleset // 'ruleset') . ", $seq, rule_id, log_id,
            'critical', title, closed, detail, groups, found_at FROM auditproof.risk_finding WHERE chain_id = '" . org(2)
            . "' AND level = 'high' ORDER BY seq DESC LIMIT 1";
    };
    my $forged = sub {
        my ($what, $sql, $kinds) = @_;
        my $db = db($base);
        $c->psql($db, "ALTER EVENT TRIGGER auditproof_ddl DISABLE; ALTER TABLE auditproof.classification DISABLE TRIGGER USER;
            SET session_replication_role = replica; $sql");
        my $replay = classify($db, '--replay', '--format', 'json');
        is $replay->{status}, 1, "$what: a finding" or diag $replay->{out}, $replay->{err};
        my @all = map { decode_json($_) } split /\n/, $replay->{out};
        pop @all;
        is join(' ', sort map { "$_->{difference} " . ($_->{chain} // '') } @all), $kinds, '... of its kind' or diag $replay->{out};
    };
    $forged->('a finding slipped in behind the batches', $slip->(9999), 'added ' . org(2));
    $forged->('of an entry that tells of a batch', $slip->(101), 'added ' . org(2));
    $forged->('of a rule set that never was', $slip->('seq', q{sha256('x')}), 'ruleset ');
    $forged->('in a chain that was never classified',
        q{INSERT INTO auditproof.chain_entry SELECT 'cccccccc-0000-4000-8000-000000000001', seq, log_id, recorded_at, content_hash,
          entry_hash FROM auditproof.chain_entry WHERE seq = 1 LIMIT 1; } . $slip->('1') =~ s/SELECT chain_id/SELECT 'cccccccc-0000-4000-8000-000000000001'/r,
        'added cccccccc-0000-4000-8000-000000000001');
    my $moved = entries(from => 801, count => 40, orgs => 3) . '; SET session_replication_role = replica; UPDATE auditproof.classification p SET seq = ';
    $forged->('a position moved forth past entries', "RESET session_replication_role; $moved"
        . "(SELECT max(seq) FROM auditproof.chain_entry e WHERE e.chain_id = p.chain_id) WHERE chain_id = '" . org(2) . q{'},
        'unclassified ' . org(2));
    $forged->('a position moved back', "UPDATE auditproof.classification SET seq = 50 WHERE chain_id = '" . org(2) . q{'},
        'overlap ' . org(2));
    # By what the classifier's login may call: no entries, no batch.
    my $skipped = db($base);
    $c->psql($skipped, entries(from => 801, count => 40, orgs => 3));
    $c->psql($skipped, q{SELECT auditproof.classify_record(p.chain_id, p.ruleset, p.seq + 1, h.seq, 0, NULL, '[]', 1000, '1 h')
        FROM auditproof.classification p, LATERAL (SELECT max(seq) AS seq FROM auditproof.chain_entry e WHERE e.chain_id = p.chain_id) h
        WHERE p.chain_id = '} . org(2) . q{'});
    my $silent = classify($skipped, '--replay');
    is $silent->{status}, 1, 'entries passed over' or diag $silent->{out};
    like $silent->{out}, qr/^unclassified .*203/m, '... are named';

    my $db = db($base);
    $c->psql($db, 'ALTER EVENT TRIGGER auditproof_ddl DISABLE; ALTER TABLE audit_logs DISABLE TRIGGER USER; DELETE FROM audit_logs '
        . "WHERE action = 'audit.classified' AND (metadata ->> 'from_seq')::bigint > 1 AND organization_id = '" . org(2) . "'; "
        . 'ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_chain; ' . entries(from => 801, count => 40, orgs => 3));
    once($db, '--batch-age', 0);
    my $replay = classify($db, '--replay', '--format', 'json');
    is $replay->{status}, 1, 'a batch that the chain does not tell of any more: a finding';
    my ($gap) = map { decode_json($_) } split /\n/, $replay->{out};
    is "$gap->{difference} $gap->{chain} $gap->{from_seq}-$gap->{through_seq}", 'unclassified ' . org(2) . ' 102-201',
        '... with its range' or diag $replay->{out};
};

subtest 'an entry that no rule can read' => sub {
    my $db = db();
    $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type, metadata) SELECT '} . org(1)
        . q{', 'MFA_DISABLED', 's', (repeat('[', n) || repeat(']', n))::jsonb FROM unnest(ARRAY[2, 1100, 2]) n});
    my $end = once($db, '--batch-age', 0);
    is $end->{status}, 0, 'goes by';
    is $c->psql($db, 'SELECT string_agg(level || $$ $$ || rule_id, $$, $$ ORDER BY seq) FROM auditproof.risk_finding'),
        "high 11111111-0000-4000-8000-000000000001, high unreadable, high 11111111-0000-4000-8000-000000000001", 'and is a finding';
    is scalar(grep { decode_json($_)->{_auditproof}{matches}[0]{id} eq 'unreadable' } split /\n/, $end->{out}), 1, 'that is told of';
    is classify($db, '--replay')->{status}, 0, 'a replay has it too';
};

subtest 'an entry with more values than rules look at' => sub {
    my $db = db();
    my $inside = rules_dir(rule(1, 'low', '{new_values|contains: needle}'));
    $c->psql($db, sprintf q{INSERT INTO audit_logs (organization_id, action, resource_type, new_values)
        SELECT '%s'::uuid, 'x', 'thing', jsonb_build_object('a', v) FROM (SELECT jsonb_agg(1) AS v FROM generate_series(1, 1100000)) AS many
        UNION ALL SELECT '%1$s', 'x', 'thing', '{"a": "needle"}'}, org(4));
    my $r = classify($db, '--once', '--rules', $inside);
    is $r->{status}, 0, 'keeps nobody from going on' or diag $r->{err};
    is $c->psql($db, q{SELECT string_agg(rule_id, ' ' ORDER BY rule_id) FROM auditproof.risk_finding}),
        '11111111-0000-4000-8000-000000000001 unreadable', 'and is a finding';
    is classify($db, '--replay')->{status}, 0, 'so it is again';
};

subtest 'ranges' => sub {
    my $db = db();
    $c->psql($db, entries(count => 210, orgs => 2));
    my $count = sub {
        my (@args) = @_;
        my $range = classify($db, '--rules', $rules, @args);
        is $range->{status}, 0, "@args" or diag $range->{err};
        return scalar split /\n/, $range->{out};
    };
    is $count->('--from-seq', 1), 210, 'all';
    is $count->('--org', org(1)), 70, 'of a tenant';
    is $count->('--org', org(0) =~ tr/1-9/0/r =~ s/-4000-8000/-0000-0000/r), 70, 'of the system';
    is $count->('--org', org(1), '--from-seq', 61), 10, 'from a number on';
    is $count->('--since', '2026-01-01T00:07:00Z', '--until', '2026-01-01T00:14:00Z'), 60, 'of a time';
    is $count->('--org', org(2), '--min-level', 'high'), $c->psql($db, q{SELECT count(*) FROM audit_logs
        WHERE action = 'MFA_DISABLED' AND organization_id = '} . org(2) . q{'}), 'risky ones' if !@failures;
    is $c->psql($db, 'SELECT count(*) FROM auditproof.risk_finding'), 0, 'nothing is recorded';
    is classify($db, '--rules', $rules, '--from-seq', 1, '--fail-level', 'high')->{status}, 1, '--fail-level';
};

subtest 'who may' => sub {
    my $db = db();
    $c->psql($db, entries(count => 30));
    $c->psql($db, 'CREATE ROLE cleo LOGIN; CREATE ROLE nemo LOGIN; CREATE ROLE audi LOGIN; GRANT auditproof_classifier TO cleo;
        GRANT auditproof_auditor TO audi');
    my $as = sub {
        my ($user, @args) = @_;
        return $c->run(['auditclassify', @args], db => $db, env => {PGUSER => $user});
    };
    my $cleo = $as->('cleo', '--once', '--rules', $rules, '--batch-age', 0);
    is $cleo->{status}, 0, 'a member of auditproof_classifier' or diag $cleo->{err};
    same_as_stream($db, 'who finds what there is');
    is $as->('cleo', '--replay')->{status}, 0, 'and may replay';
    is $as->('audi', '--replay')->{status}, 0, 'as may an auditor';
    my $audi = $as->('audi', '--once', '--rules', $rules);
    is $audi->{status}, 3, 'who records nothing';
    like $audi->{err}, qr/role audi may not classify entries: GRANT auditproof_classifier TO audi/, 'and is told why';
    is $as->('nemo', $_, $_ eq '--replay' ? () : ('--rules', $rules))->{status}, 3, "nobody else: $_" for qw(--once --replay);
};

subtest 'command lines that mean nothing' => sub {
    for my $args (['--follow', '--once'], ['--follow', '--since', '1d'], ['--replay', '--rules', $rules], ['--webhook', 'http://x'],
        ['--once', '--no-pipeline'], ['--once', 'file'], ['--replay', '--check'], ['--once', '--webhook-ca', 'x']) {
        is classify('empty', @$args)->{status}, 2, "@$args";
    }
    my $db = db();
    is classify($db, '--replay')->{status}, 3, 'nothing to replay is no success';
    is classify('postgres', '--once', '--rules', $rules)->{status}, 3, 'nor is a database without auditproof';
};

done_testing;
