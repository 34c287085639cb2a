#!/usr/bin/perl
# Which entries were adopted is told by the chains themselves; a record that says otherwise is found.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'waiting');

# Entries 1001 to 1400, a hundred a chain, from before a chain: nobody gave them salts.
forge($c, 'waiting', q{ALTER TABLE audit_logs ALTER chain_salt DROP NOT NULL;
    INSERT INTO audit_logs (id, organization_id, action, resource_type, created_at, chain_salt)
    SELECT e(n), t(n % 4), 'x', 'y', timestamptz '2020-01-01' + n * interval '1 s', NULL FROM generate_series(1001, 1400) AS n});

sub adopt {
    my ($db) = @_;
    my $r = $c->run(['auditmigrate', 'adopt', '-q'], db => $db);
    is $r->{status}, 0, 'adopted' or diag $r->{err};
    return;
}

sub adopted {
    my ($v) = @_;
    return [$v->{verdict}{extent}{adopted_entries}, map { $_->{adopted} } @{$v->{chains}}];
}

subtest 'under way' => sub {
    my $db = copy_of($c, 'waiting');
    my $part = q{SELECT auditproof.adopt_batch('-infinity', '00000000-0000-0000-0000-000000000000', false, 200)};
    my $heads = sub {
        my $v = verify($c, $db, '--no-guards', @_);
        is_deeply $v->{findings}, [map { "unchained T$_ rows from before the chain" } 0 .. 3],
            'nothing but rows that wait are found, and once a chain' or diag explain $v->{findings}, $v->{err};
        return $v;
    };
    $c->psql($db, 'SELECT auditproof.adopt_plan()');
    is_deeply adopted($heads->()), [0, (undef) x 4], 'planned: nothing is adopted';
    $c->psql($db, 'SELECT auditproof.adopt_announce(false, 50)');
    is_deeply adopted($heads->()), [0, (undef) x 4], 'started: nothing is adopted';
    $c->psql($db, $part);
    my $v = $heads->();
    is_deeply adopted($v), [200, (50) x 4], 'half of it is';
    is $v->{verdict}{extent}{unadopted_rows}, 200, '... and the other half is not chained';
    my ($t1) = grep { $_->{chain} =~ /^1/ } @{$v->{raw}};
    is_deeply [@$t1{qw(found expected)}, $v->{status}],
        ['50 not adopted, created from 2020-01-01T00:20:01Z to 2020-01-01T00:23:17Z', 'adopted', 1], '... from when to when'
        or diag explain $t1;
    like $t1->{detail}, qr/`auditmigrate adopt`/, '... and what to do';
    $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type) VALUES (t(1), 'between', 'y')});
    adopt($db);
    is $c->psql($db, q{SELECT first_seq, last_seq FROM auditproof.adoption_range WHERE chain_id = t(1) ORDER BY 1}),
        "252|301\n303|352", 'what was written meanwhile is not part of it';
    $v = verify($c, $db);
    is_deeply [$v->{status}, @{adopted($v)}], [0, 400, (100) x 4], 'finished: intact';
};

# What waits must not hide what does not.
my $slip = 'INSERT INTO audit_logs (id, organization_id, action, resource_type, created_at, chain_salt) VALUES '
    . "(e(1402), t(2), 'x', 'y', %s, NULL)";
my @wait = map { "unchained T$_ rows from before the chain" } 0 .. 3;
tampered($c, 'waiting', 'rows that wait', 'SELECT 1', @wait);
tampered($c, 'waiting', 'an entry altered meanwhile', q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)},
    'altered T2 101 e402', @wait);
tampered($c, 'waiting', 'a chained row that looks as if it waited', q{UPDATE audit_logs SET chain_salt = NULL,
    created_at = '2020-01-01' WHERE id = e(402)}, 'altered T2 101 e402', @wait);
tampered($c, 'waiting', 'one removed', 'DELETE FROM audit_logs WHERE id = e(402)', 'missing T2 101 e402', @wait);
tampered($c, 'waiting', 'one slipped in that is younger than the chain', sprintf($slip, "now() + interval '1 hour'"),
    'unchained T2 e1402', @wait);
tampered($c, 'waiting', {args => ['--org=22222222-0000-4000-8000-000000000000']}, 'one tenant', 'SELECT 1', $wait[2]);
{
    # One chain is adopted, the others wait.
    my $db = copy_of($c, 'waiting');
    $c->psql($db, "SELECT auditproof.adopt_plan()");
    forge($c, $db, 'UPDATE auditproof.adoption SET finished_log_id = e(1) WHERE chain_id = t(2)');
    my $v = verify($c, $db, '--no-guards');
    is_deeply [grep { /^unchained T2/ } @{$v->{findings}}], [sort map { 'unchained T2 e' . (4 * $_ + 2) } 250 .. 349],
        'no row of a chain that is adopted waits' or diag explain $v->{findings}, $v->{err};
    is scalar(grep { /rows from before the chain/ } @{$v->{findings}}), 3, '... those of the others do';
}

{
    # Many tenants, of which one has rows that say nothing of when, and one says it was always there.
    my $db = copy_of($c, 'waiting');
    forge($c, $db, q{INSERT INTO organizations (id, name) SELECT md5('tenant ' || n)::uuid, n FROM generate_series(1, 300) AS n;
        INSERT INTO audit_logs (organization_id, action, resource_type, created_at, chain_salt)
        SELECT md5('tenant ' || n)::uuid, 'x', 'y', CASE n WHEN 7 THEN NULL WHEN 8 THEN '-infinity' ELSE '2020-01-01'::timestamptz
               + (i * 300 + n) * interval '1 s' END, NULL FROM generate_series(1, 300) AS n, generate_series(1, 3) AS i});
    for my $how ([], ['-j2', '--split=always']) {
        my $v = verify($c, $db, '--no-guards', @$how);
        my %found = map { $_->{chain} => $_->{found} } @{$v->{raw}};
        is_deeply [$v->{status}, scalar keys %found, $v->{verdict}{extent}{unadopted_rows}], [1, 304, 1300],
            "@$how: once for each of many" or diag $v->{err};
        my %is = map { split /\|/ } split /\n/, $c->psql($db, q{SELECT md5('tenant ' || n)::uuid, n FROM generate_series(1, 300) AS n});
        my %of = map { $is{$_} // 0 => $found{$_} } keys %found;
        is $of{1}, '3 not adopted, created from 2020-01-01T00:05:01Z to 2020-01-01T00:15:01Z', '... from when to when';
        is $of{$_}, '3 not adopted, without a time of creation', '... or not' for 7, 8;
    }
}

# A server that lies to the first reading and not to the second: nothing can be said of what such a one holds.
{
    my $db = copy_of($c, 'waiting');
    my $lie = sub {
        $c->psql($db, "CREATE FUNCTION lie(jsonb) RETURNS bytea LANGUAGE plpgsql AS \$\$ BEGIN RETURN '\\x01'::bytea || "
            . "convert_to(CASE WHEN $_[0] THEN '{}' ELSE \$1::text END, 'UTF8'); END \$\$; "
            . "UPDATE pg_type SET typsend = 'lie'::regproc WHERE typname = 'jsonb'");
    };
    $lie->(q{current_query() !~ 'ORDER BY t\.id'});
    for my $format (qw(text json)) {
        my $r = $c->run(['auditverify', '--no-guards', "--format=$format"], db => $db);
        is $r->{status}, 3, "$format: two answers to one question";
        like $r->{err}, qr/the rows and the chains differ.*the server gave two answers to one question/, '... it says so'
            or diag $r->{out};
        unlike $r->{out}, qr/intact/i, '... and claims nothing';
    }
}

$c->createdb('adopted', template => 'waiting');
adopt('adopted');
tampered($c, 'adopted', 'an adoption, as it should be', 'SELECT 1');
tampered($c, 'adopted', 'one slipped in as if it waited', 'ALTER TABLE audit_logs ALTER chain_salt DROP NOT NULL; '
    . sprintf($slip, q{'2020-01-01'}), 'unchained T2 e1402');
is_deeply adopted(verify($c, 'adopted')), [400, (100) x 4], 'the report counts what was adopted';
my $v = verify($c, 'adopted', '--org=11111111-0000-4000-8000-000000000000', '--from-seq=342', '--to-seq=352');
is_deeply [$v->{status}, @{adopted($v)}], [0, 10, 10], '... of the numbers that were asked for' or diag explain $v;
my $r = $c->run(['auditverify'], db => 'adopted');
like $r->{out}, qr/^  400 of the entries were adopted: what happened before they were chained is claimed/m, '... in words'
    or diag $r->{out};

subtest 'by the owner of a hosted database' => sub {
    $c->psql('postgres', 'CREATE ROLE hosted LOGIN CREATEROLE; CREATE DATABASE hosted OWNER hosted');
    my @as = ('-U', 'hosted');
    for my $sql (map { slurp($_) } sort glob 'sql/platform/*.sql') {
        my $ran = $c->run(['psql', '-Xq1', '-v', 'ON_ERROR_STOP=1', @as, '-f', '-'], db => 'hosted', stdin => $sql);
        is $ran->{status}, 0, 'the platform' or diag $ran->{err};
    }
    $c->psql('hosted', q{INSERT INTO audit_logs (action, resource_type) SELECT 'x', 'y' FROM generate_series(1, 1000)});
    for my $command (qw(install adopt check)) {
        my $ran = $c->run(['auditmigrate', $command, '-q', @as], db => 'hosted');
        is $ran->{status}, 0, $command or diag $ran->{out}, $ran->{err};
    }
    my $said = verify($c, 'hosted', @as);
    is_deeply [$said->{status}, $said->{findings}, @{adopted($said)}], [0, [], 1000, 1000], 'intact'
        or diag explain $said->{findings}, $said->{err};
};

# T1's adoption is number 1, started by entry 251, finished by 352; it adopted 252 to 351.
my ($range, $adoption) = map { "UPDATE auditproof.$_ SET %s WHERE chain_id = t(1)" } qw(adoption_range adoption);
my %forged = (
    'a range widened'              => sprintf($range, 'last_seq = 352'),
    'a range cut'                  => sprintf($range, 'last_seq = 350'),
    'a range moved'                => sprintf($range, 'first_seq = 250, last_seq = 349'),
    'a range moved past the end'   => sprintf($range, 'first_seq = 253, last_seq = 352'),
    'a range split'                => sprintf($range, 'last_seq = 300')
        . '; INSERT INTO auditproof.adoption_range VALUES (t(1), 301, 351, 1)',
    'a range as long elsewhere'    => sprintf($range, 'first_seq = 1, last_seq = 100'),
    'a range without end'          => 'INSERT INTO auditproof.adoption_range VALUES (t(1), 400, 9223372036854775807, 1)',
    'a range from nowhere'         => 'INSERT INTO auditproof.adoption_range VALUES (t(1), -9223372036854775808, 0, 1)',
    'a range more'                 => 'INSERT INTO auditproof.adoption_range VALUES (t(1), 1, 1, 1)',
    'a range twice'                => 'INSERT INTO auditproof.adoption_range VALUES (t(1), 300, 300, 1)',
    'a range removed'              => 'DELETE FROM auditproof.adoption_range WHERE chain_id = t(1)',
    'an adoption without its head' => 'DELETE FROM auditproof.adoption WHERE chain_id = t(1)',
    'another count'                => sprintf($adoption, 'adopted_count = 99'),
    'another count and range'      => sprintf($adoption, 'adopted_count = 99') . '; ' . sprintf($range, 'last_seq = 350'),
    'no count and no range'        => sprintf($adoption, 'adopted_count = 0')
        . '; DELETE FROM auditproof.adoption_range WHERE chain_id = t(1)',
    'another plan'                 => sprintf($adoption, 'row_count = 101'),
    'another start'                => sprintf($adoption, 'started_log_id = e(1)'),
    'another end'                  => sprintf($adoption, 'finished_log_id = e(1)'),
    'a start that is not chained'  => sprintf($adoption, 'started_log_id = e(1999)'),
    'an end that is not chained'   => sprintf($adoption, 'finished_log_id = e(1999)'),
    'not started'                  => sprintf($adoption, 'started_log_id = NULL, finished_log_id = NULL'),
    'an adoption forged'           => 'INSERT INTO auditproof.adoption (chain_id, number, row_count, started_log_id,'
        . ' finished_log_id) VALUES (t(1), 2, 0, e(1), e(5))',
    'an adoption renumbered'       => 'INSERT INTO auditproof.adoption SELECT chain_id, 7, row_count, created_from, created_to,'
        . ' started_log_id, started_at, finished_log_id, finished_at, adopted_count FROM auditproof.adoption WHERE'
        . ' chain_id = t(1); ' . sprintf($range, 'number = 7') . '; DELETE FROM auditproof.adoption'
        . ' WHERE chain_id = t(1) AND number = 1',
);
my %unnamed = ('an adoption without its head' => 2, 'another start' => 1, 'another end' => 1, 'not started' => 2,
    'a start that is not chained' => 1, 'an end that is not chained' => 1);
tampered($c, 'adopted', $_, $forged{$_}, 'head T1 adoption', ('head T1 another adoption') x ($unnamed{$_} // 0))
    for sort keys %forged;
tampered($c, 'adopted', 'every trace of an adoption removed', 'DELETE FROM auditproof.adoption_range WHERE chain_id = t(1);'
    . 'DELETE FROM auditproof.adoption WHERE chain_id = t(1)', ('head T1 another adoption') x 2);
tampered($c, 'adopted', 'all that tells of adoptions emptied', 'TRUNCATE auditproof.adoption CASCADE',
    map { ("head T$_ another adoption") x 2 } 0 .. 3);

tampered($c, 'adopted', 'an adoption in a chain that is not there', q{INSERT INTO auditproof.adoption (chain_id, number,
    row_count, started_log_id, adopted_count) VALUES (t(5), 1, 1, e(1), 1);
    INSERT INTO auditproof.adoption_range VALUES (t(5), 1, 1, 1)}, 'head T5 adoption');

# Whoever may insert can write an entry that looks like a start.
$c->createdb('claimed', template => 'adopted');
$c->psql('claimed', q{SET ROLE authenticated; INSERT INTO audit_logs (id, organization_id, action, resource_type, metadata)
    VALUES (e(2000), t(2), 'audit.adoption_started', 'audit_logs', jsonb_build_object('chain_id', t(2), 'adoption', 2,
    'rows', 9))});
tampered($c, 'claimed', 'what a tenant wrote', 'SELECT 1');
tampered($c, 'claimed', 'a range past the end of the chain, on what a tenant wrote', q{INSERT INTO auditproof.adoption
    (chain_id, number, row_count, started_log_id, adopted_count) VALUES (t(2), 2, 9, e(2000), 9);
    INSERT INTO auditproof.adoption_range VALUES (t(2), 354, 362, 2)}, 'head T2 adoption');

done_testing;
