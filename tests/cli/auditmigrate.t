#!/usr/bin/perl
# auditmigrate install: what it makes, what it refuses, that it can be repeated, and that its dry run is the same.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $c = AuditTest->cluster;
my $inventory = slurp('sql/queries/inventory.sql');

sub inventory {
    my ($db) = @_;
    my $r = $c->run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => $db, stdin => $inventory,
        env => {PGOPTIONS => '-c search_path='});
    die $r->{err} if $r->{status};
    return join '', sort { $a cmp $b } $r->{out} =~ /^.*\n/mg;
}

sub install { my ($db, @options) = @_; return $c->run(['auditmigrate', 'install', @options], db => $db) }

# As a superuser who covers the traces: past the guards of a table, and everything as before afterwards.
sub forge {
    my ($db, $sql) = @_;
    my $triggers = $c->psql($db, q{SELECT format('ALTER TABLE auditproof.migration ENABLE ALWAYS TRIGGER %I;', tgname)
        FROM pg_trigger WHERE tgrelid = 'auditproof.migration'::regclass AND tgenabled = 'A'});
    return $c->psql($db, "ALTER TABLE auditproof.migration DISABLE TRIGGER USER; $sql; $triggers");
}

# Nothing but what the test itself made is in the database.
sub untouched {
    my ($db) = @_;
    return $c->psql($db, "SELECT to_regnamespace('auditproof') IS NULL") eq 't';
}

sub refused {
    my ($db, $name, @patterns) = @_;
    my $r = install($db);
    is $r->{status}, 3, "$name: refused";
    like $r->{err}, $_, "$name: says why" for @patterns;
    like $r->{err}, qr/nothing was touched/, "$name: says that nothing was touched";
    return;
}

my $fresh = '';
subtest 'a fresh database' => sub {
    $c->createdb('fresh');
    my $r = install('fresh');
    is $r->{status}, 0 or diag $r->{err}, $r->{out};
    like $r->{err}, qr/created table public\.$_$/m, "reports $_"
        for qw(performance_analytics scheduled_reports audit_logs invoices subscription_changes usage_tracking
        message_templates);
    like $r->{err}, qr/created table auditproof\.chain_entry$/m, 'reports its own';
    unlike $r->{err}, qr/created column/, 'and not every column of a new table';
    like $r->{out}, qr/is installed: \d+ tables, \d+ views?, \d+ indexes, \d+ policies, \d+ triggers, \d+ functions/,
        'ends with a summary';
    like $r->{out}, qr/^Every object is as auditproof \S+ installs it/m, 'and its own check';
    is $c->psql('fresh', q{SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx\_%'}), 43,
        'the platform has its 43 indexes';
    is $c->psql('fresh', 'SELECT count(*) FROM auditproof.migration WHERE number = 0'), 1, 'the version is recorded';
    $fresh = inventory('fresh');
};

subtest 'again' => sub {
    my $xmin = q{SELECT string_agg(xmin::text, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'auditproof'::regnamespace};
    my $before = $c->psql('fresh', $xmin);
    my $r = install('fresh');
    is $r->{status}, 0;
    like $r->{out}, qr/^Nothing changed\.$/m, 'says that nothing changed';
    is $r->{err}, '', 'has no step to report';
    is inventory('fresh'), $fresh, 'the catalogs are the same';
    is $c->psql('fresh', $xmin), $before, 'not even rewritten';
};

subtest 'dry run' => sub {
    my $r = $c->run(['auditmigrate', 'install', '--dry-run'], env => {PGHOST => '/nowhere'});
    is $r->{status}, 0, 'connects to nothing';
    my $sql = $r->{out};
    $c->createdb('pasted');
    for my $turn (1, 2) {
        my $p = $c->run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => 'pasted', stdin => $sql);
        is $p->{status}, 0, "pasted, turn $turn" or diag $p->{err};
        is inventory('pasted'), $fresh, "turn $turn: the same as installed";
    }
    my $one = $c->createdb('editor');
    spew(my $file = tempdir() . '/install.sql', $sql);
    my $p = $c->run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => $one,
        stdin => "\\set sql `cat '$file'`\nSELECT :'sql'\n\\gexec\n");
    is $p->{status}, 0, 'sent as one query, as editors do' or diag $p->{err};
    is inventory('editor'), $fresh, 'the same as installed';
    is $c->psql('pasted', 'SELECT number, name, sha256, version FROM auditproof.migration ORDER BY 1'),
        $c->psql('fresh', 'SELECT number, name, sha256, version FROM auditproof.migration ORDER BY 1'),
        'migrations are recorded with their digests';
    $r = install('pasted');
    like $r->{out}, qr/^Nothing changed\.$/m, 'the installer has nothing to add';
    is $c->run(['auditmigrate', 'install', '--dry-run'])->{out}, $sql, 'the same every time';
};

subtest 'puts back' => sub {
    my @policies = ('System can insert audit logs', 'Users can view audit logs in own organization', 'auditproof reads');
    $c->createdb('drifted', template => 'fresh');
    $c->psql('drifted', join ';', map { qq{DROP POLICY "$_" ON public.audit_logs} } @policies);
    $c->psql('drifted', 'GRANT INSERT, UPDATE ON public.audit_logs TO service_role');
    my $r = install('drifted');
    is $r->{status}, 0 or diag $r->{out};
    like $r->{err}, qr/^auditmigrate: created policy "\Q$_\E" on public\.audit_logs$/m, $_ for @policies;
    like $r->{err}, qr/removed grant on table public\.audit_logs to service_role: INSERT, UPDATE \(INSERT is now granted by column/,
        'and says what a revoked grant leaves';
};

subtest 'pre-checks' => sub {
    $c->createdb('partial');
    $c->psql('partial', 'CREATE TABLE public.organizations (id uuid PRIMARY KEY); CREATE SCHEMA auth');
    refused('partial', 'half a platform', qr/table public\.profiles is missing/, qr/table auth\.users is missing/,
        qr/function public\.is_super_admin\(\) is missing/);
    ok untouched('partial');

    $c->createdb('latin1');
    $c->psql('postgres', q{CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'});
    refused('latin', 'another encoding', qr/encoding is LATIN1/);

    $c->psql('postgres', 'CREATE ROLE weak LOGIN');
    my $weak = $c->run(['auditmigrate', 'install', '-U', 'weak'], db => 'fresh');
    is $weak->{status}, 3, 'somebody without rights';
    like $weak->{err}, qr/role weak may not look into schema $_: GRANT USAGE/, "is told of schema $_" for 'auth', 'auditproof';
    like $weak->{err}, qr/role weak is not a member of auditproof_owner and may not become one/, 'and of the owner role';

    $c->psql('postgres', 'CREATE DATABASE platform TEMPLATE fresh');
    $c->psql('platform', 'ALTER EVENT TRIGGER auditproof_schema DISABLE; DROP SCHEMA auditproof CASCADE; ALTER TABLE public.audit_logs DROP COLUMN chain_salt');
    my %broken = (
        'a view' => ['ALTER TABLE public.audit_logs RENAME TO x; CREATE VIEW public.audit_logs AS SELECT * FROM public.x',
            qr/public\.audit_logs is a view, not a table/],
        'a wrong type' => ['ALTER TABLE public.audit_logs ALTER ip_address TYPE text',
            qr/column public\.audit_logs\.ip_address is text, not inet/],
        'a missing column' => ['ALTER TABLE public.audit_logs DROP COLUMN user_agent',
            qr/column public\.audit_logs\.user_agent is missing/],
    );
    for my $name (sort keys %broken) {
        $c->createdb('broken', template => 'platform');
        $c->psql('broken', $broken{$name}[0]);
        refused('broken', $name, $broken{$name}[1]);
        ok untouched('broken'), "$name: untouched";
        my $p = $c->run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => 'broken',
            stdin => $c->run(['auditmigrate', 'install', '--dry-run'])->{out});
        like $p->{err}, $broken{$name}[1], "$name: the dry run's own check refuses too";
        $c->psql('postgres', 'DROP DATABASE broken');
    }
};

subtest 'a platform that was there before' => sub {
    $c->psql('platform', q{INSERT INTO public.organizations (name) VALUES ('Acme')});
    my $r = install('platform');
    is $r->{status}, 0 or diag $r->{err}, $r->{out};
    like $r->{err}, qr/kept table public\.invoices$/m, 'says what it kept';
    like $r->{err}, qr/created column public\.audit_logs\.chain_salt$/m, 'says what it added';
    unlike $r->{err}, qr/removed/, 'removes nothing';
    is $c->psql('platform', 'SELECT name FROM public.organizations'), 'Acme', 'rows stay';
};

subtest 'versions' => sub {
    $c->createdb('newer', template => 'fresh');
    forge('newer', q{UPDATE auditproof.migration SET version = '99.0.0' WHERE number = 0});
    refused('newer', 'a newer version', qr/version 99\.0\.0 is installed, which is newer than this one/);
    $c->createdb('unknown', template => 'fresh');
    forge('unknown', q{INSERT INTO auditproof.migration VALUES (900, '0900_later', '\x00', now(), 'me', '0.9.0')});
    refused('unknown', 'an unknown migration', qr/migration 900 \(0900_later\) is recorded and unknown/);
    $c->createdb('edited', template => 'fresh');
    forge('edited', q{UPDATE auditproof.migration SET sha256 = '\x00' WHERE number = 1});
    refused('edited', 'an edited migration', qr/migration 1 \(\S+\) was applied with SHA-256 00 and is [0-9a-f]{64} here/);
    $c->createdb('older', template => 'fresh');
    forge('older', q{UPDATE auditproof.migration SET version = '0.0.1' WHERE number = 0});
    my $r = install('older');
    is $r->{status}, 0, 'an older version is upgraded' or diag $r->{err};
    is $c->psql('older', 'SELECT version FROM auditproof.migration WHERE number = 0'),
        $c->psql('fresh', 'SELECT version FROM auditproof.migration WHERE number = 0');
};

subtest 'repair' => sub {
    $c->createdb('repair', template => 'fresh');
    $c->psql('repair', 'DROP TRIGGER auditproof_chain ON public.audit_logs; DROP INDEX public.idx_audit_logs_action');
    my $r = install('repair');
    is $r->{status}, 0 or diag $r->{err}, $r->{out};
    like $r->{err}, qr/created trigger auditproof_chain on public\.audit_logs$/m;
    like $r->{err}, qr/created index public\.idx_audit_logs_action$/m;
    is inventory('repair'), $fresh, 'all is back';
};

subtest 'two at once' => sub {
    $c->createdb('race');
    my @jobs = map { $c->spawn(['auditmigrate', 'install'], db => 'race') } 1 .. 3;
    my @ends = map { $_->wait(60) } @jobs;
    is_deeply [map { $_->{status} } @ends], [0, 0, 0], 'all succeed' or diag map { $_->{err} } @ends;
    is scalar(grep { $_->{out} =~ /^Nothing changed\.$/m } @ends), 2, 'one installs, the others find it done';
    is inventory('race'), $fresh, 'the same as one alone';

    my $holder = $c->spawn(['psql', '-XAtq', '-f', '-'], db => 'race',
        stdin => "BEGIN; SELECT pg_advisory_xact_lock(4706346191862129); SELECT pg_sleep(600);\n");
    wait_until { $c->psql('race', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted}) } 10, 'the lock';
    my $waiter = $c->spawn(['auditmigrate', 'install'], db => 'race');
    wait_until { $waiter->err =~ /another installer is at work/ } 10, 'the remark';
    $c->psql('race', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()});
    is $waiter->wait(20)->{status}, 0, 'and it goes on when the other has ended';
    $holder->wait(20);
};

subtest 'a busy audit_logs' => sub {
    $c->createdb('busy', template => 'fresh');
    $c->psql('busy', 'DROP TRIGGER auditproof_chain ON public.audit_logs');
    my $holder = $c->spawn(['psql', '-XAtq', '-f', '-'], db => 'busy',
        stdin => "BEGIN; LOCK TABLE public.audit_logs IN ROW EXCLUSIVE MODE; SELECT pg_sleep(600);\n");
    wait_until { $c->psql('busy', q{SELECT count(*) FROM pg_locks WHERE relation = 'public.audit_logs'::regclass AND granted}) }
        10, 'the lock';
    my $r = install('busy', '--lock-timeout=50', '--attempts=2');
    is $r->{status}, 3, 'gives up in the end';
    like $r->{err}, qr/trying again \(2 of 2\)/, 'after letting the application pass';
    like $r->{err}, qr/SQLSTATE 55P03/;
    my $job = $c->spawn(['auditmigrate', 'install', '--lock-timeout=50'], db => 'busy');
    wait_until { $job->err =~ /trying again/ } 10, 'a first attempt';
    $c->psql('busy', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()});
    is $job->wait(30)->{status}, 0, 'and gets through when there is room';
    $holder->wait(20);
    is inventory('busy'), $fresh;
};

subtest 'without a superuser' => sub {
    $c->psql('postgres', 'CREATE ROLE hosted LOGIN CREATEROLE; CREATE DATABASE hosted OWNER hosted');
    my $r = $c->run(['auditmigrate', 'install', '-U', 'hosted'], db => 'hosted');
    is $r->{status}, 0, 'installs as the database\'s owner' or diag $r->{err}, $r->{out};
    $r = $c->run(['auditmigrate', 'install', '-U', 'hosted'], db => 'hosted');
    like $r->{out}, qr/^Nothing changed\.$/m, 'again';
    $r = $c->run(['auditmigrate', 'check', '-U', 'hosted'], db => 'hosted');
    is $r->{status}, 0, 'check' or diag $r->{out};
    like $r->{out}, qr/^notice: event trigger auditproof_ddl\n.*\n.*\n  not enforced here: it takes a superuser/m,
        'lists what is not enforced there';
    $c->psql('postgres', 'CREATE ROLE nobody LOGIN');
    $c->createdb('closed');
    $r = $c->run(['auditmigrate', 'install', '-U', 'nobody'], db => 'closed');
    is $r->{status}, 3;
    like $r->{err}, qr/role nobody may not create schemas in database closed/, 'says what is not allowed';
};

subtest 'exit statuses' => sub {
    is $c->run(['auditmigrate'])->{status}, 2, 'no command';
    is $c->run(['auditmigrate', 'install', '--no-such'])->{status}, 2, 'no such option';
    is $c->run(['auditmigrate', 'install'], env => {PGHOST => '/nowhere'})->{status}, 3, 'no server';
    $c->createdb('empty');
    my $r = $c->run(['auditmigrate', 'check'], db => 'empty');
    is $r->{status}, 3, 'not installed: could not tell';
    like $r->{err}, qr/not installed in database "empty": run auditmigrate install/;
    SKIP: {
        skip 'no /dev/full', 1 unless -e '/dev/full';
        $r = $c->run(['sh', '-c', '"$0" check >/dev/full', AuditTest::bin('auditmigrate')], db => 'fresh');
        is $r->{status}, 3, 'a full disk';
    }
};

done_testing;
