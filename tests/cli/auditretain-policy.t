#!/usr/bin/perl
# Retention policies: a file of them is applied whole or not at all and once only, says where it is wrong, and nobody shortens
# what is in force, by whatever way he comes.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two, $nil) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222',
    '00000000-0000-0000-0000-000000000000');
$c->psql('app', qq{INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    CREATE ROLE keeper LOGIN IN ROLE auditproof_retainer; CREATE ROLE approves LOGIN IN ROLE auditproof_approver;
    CREATE ROLE owns LOGIN IN ROLE auditproof_owner; CREATE ROLE app LOGIN IN ROLE authenticated});
my $dir = AuditTest::tempdir();

sub file {
    my ($text) = @_;
    AuditTest::spew("$dir/p.yaml", $text);
    return "$dir/p.yaml";
}

# {table => [period, version], ...} as a file
sub policies {
    my (%p) = @_;
    return file(join '', "format: auditproof-retention/1\npolicies:\n", map {
        "  - class: c\n    table: $_\n    period: $p{$_}[0]\n    basis: b\n    jurisdiction: EU\n    version: $p{$_}[1]\n"
            . "    approver: Board\n" } sort keys %p);
}

sub apply { my ($file, @more) = @_; return $c->run(['auditretain', 'policy', 'apply', $file, '-U', 'keeper', @more], db => 'app') }

sub list {
    my $r = $c->run(['auditretain', 'policy', 'list', '--format=json', '-U', 'approves', @_], db => 'app');
    is $r->{status}, 0, 'policy list' or diag $r->{err};
    return [map { join ' ', $_->{organization} // 'platform', $_->{table}, $_->{period}, "v$_->{version}" } @{decode_json $r->{out}}];
}

sub entries { return $c->psql('app', q{SELECT count(*) FROM audit_logs WHERE action = 'audit.policy_set'}) }

my @default = ('platform audit_logs 7 years v0', 'platform performance_analytics 90 days v0');
is_deeply list(), \@default, 'what holds where nobody has set anything';

subtest 'apply' => sub {
    my $r = apply('rules/retention.yaml');
    is $r->{status}, 0, 'the file that is shipped' or diag $r->{err};
    like $r->{out}, qr/^audit_logs: 7 years, version 1, from now on \(entry [0-9a-f-]{36}\)$/m, 'says what it set';
    is entries(), 2, 'an entry each';
    is $c->psql('app', q{SELECT count(*) FROM audit_logs l JOIN auditproof.retention_policy p ON p.authorised_by = l.id
        WHERE l.metadata ->> 'digest' = encode(auditproof.policy_digest(p), 'hex') AND l.metadata ->> 'login' = 'keeper'
          AND l.id = encode(substr(sha256('auditproof/retention'::bytea || l.chain_salt), 1, 16), 'hex')::uuid}), 2,
        'which has the digest of the row, who did it, and an id that nobody chooses';
    $r = apply('rules/retention.yaml');
    is $r->{status}, 0, 'again';
    like $r->{out}, qr/^audit_logs: 7 years, version 1, as it is$/m, 'which changes nothing';
    is entries(), 2, 'and tells of nothing';
    is apply(policies(audit_logs => ['8 years', 2]))->{status}, 0, 'longer';
    is apply(policies(audit_logs => ['12 years', 1]), '--org', $one)->{status}, 0, 'and a tenant longer still';
    is_deeply list(), ['platform audit_logs 8 years v2', 'platform performance_analytics 90 days v1',
        "$one audit_logs 12 years v1"], 'what is in force';
    is_deeply list('--org', $two, '--all'), ['platform audit_logs 7 years v1', 'platform audit_logs 8 years v2',
        'platform performance_analytics 90 days v1'], 'what there ever was, for another tenant';
    is $c->psql('app', "SELECT string_agg(auditproof.keep_years(x)::text, ' ') FROM unnest('{$one,$two,$nil}'::uuid[]) x"),
        '12 8 8', 'years to keep';
    is $c->psql('app', qq{SELECT organization_id FROM audit_logs WHERE action = 'audit.policy_set' ORDER BY created_at DESC
        LIMIT 1}), $one, "a tenant's is told of in its chain";
    is apply(policies(audit_logs => ['14 years', 3]))->{status}, 0, 'the platform overtakes';
    is $c->psql('app', "SELECT auditproof.keep_years('$one')"), 14, 'which holds for the tenant as well';
};

subtest 'refused' => sub {
    my $before = entries();
    for ([qr/^auditretain: error: \Q$dir\E\/p\.yaml:5:13: 13 years is less than the 14 years that version 3 keeps audit_logs/,
            audit_logs => ['13 years', 4]],
        [qr/p\.yaml:5:13: version 3 of the policy for audit_logs is in force, and says something else/, audit_logs => ['15 years', 3]],
        [qr/p\.yaml:5:13: version 2 of the policy .* is not newer than the one in force/, audit_logs => ['15 years', 2]],
        [qr/p\.yaml:12:13: 100 days is less than the 120 days/, audit_logs => ['20 years', 9], performance_analytics => ['100 days', 9]]) {
        my ($like, @p) = @$_;
        $c->psql('app', "SELECT auditproof.policy_set('$nil', 'performance_analytics', 't', 120, 'days', 8, 'b', 'j', 'a')") if @p > 2;
        my $r = apply(policies(@p));
        is $r->{status}, 2, "@{$p[1]}";
        like $r->{err}, $like, 'says what and where';
    }
    my $r = apply(policies(audit_logs => ['13 years', 2]), '--org', $one);
    is $r->{status}, 2, "less than the platform's";
    like $r->{err}, qr/13 years is less than the 14 years that the platform's policy keeps audit_logs/, 'which is said';
    like apply(policies(audit_logs => ['20 years', 1]), '--org', '33333333-3333-4333-8333-333333333333')->{err},
        qr/there is no organization 33333333/, 'no such tenant';
    is entries(), $before + 1, 'nothing of it left anything, not even the half that was right';
};

subtest 'a file that is wrong' => sub {
    my $head = "format: auditproof-retention/1\npolicies:\n";
    my $good = "  - class: c\n    table: audit_logs\n    period: 7 years\n    basis: b\n    jurisdiction: j\n    version: 1\n    approver: a\n";
    for (['', qr/p\.yaml is empty/], ["format: x\n", qr/p\.yaml:1:9: 'format' must be auditproof-retention\/1/],
        ["$head - [", qr/p\.yaml:\d+:\d+: /], [$head, qr/p\.yaml:2:\d+: 'policies'/],
        [$head . $good =~ s/7 years/6 years/r, qr/p\.yaml:5:13: 'period' of audit_logs must be at least 7 years, not 6/],
        [$head . $good =~ s/7 years/101 years/r, qr/:5:13: .* at most 100 years/],
        [$head . $good =~ s/7 years/2555 days/r, qr/:5:13: 'period' of audit_logs is a number of years, as in '7 years', not '2555 days'/],
        [$head . $good =~ s/audit_logs/invoices/r, qr/:4:12: 'table' is audit_logs or performance_analytics, not 'invoices'/],
        [$head . $good =~ s/    approver: a\n//r, qr/:3:5: 'approver' is required here/],
        [$head . $good =~ s/version: 1/version: 0/r, qr/:8:14: versions are numbered from 1/],
        [$head . $good =~ s/version: 1/version: one/r, qr/:8:14: 'version' must be a number/],
        [$head . $good =~ s/basis/base/r, qr/:6:5: unknown key 'base'/],
        ["$head$good$good", qr/:11:12: audit_logs has a policy above already/]) {
        my $r = apply(file($_->[0]));
        is $r->{status}, 2, "exits 2";
        like $r->{err}, $_->[1], 'says where';
    }
    is apply("$dir/none")->{status}, 3, 'no file';
};

# Whoever comes, by whatever way.
subtest 'attacks' => sub {
    my $count = $c->psql('app', 'SELECT count(*) FROM auditproof.retention_policy');
    my $row = "('$nil', 'audit_logs', 99, 'c', %d, 'years', 'b', 'j', 'a', '%s', clock_timestamp(), gen_random_uuid())";
    my $set = "SELECT auditproof.policy_set('$nil', 'audit_logs', 'c', 99, 'years', 99, 'b', 'j', 'a')";
    for my $case (['app', $set, '42501', "a tenant's user"], ['approves', $set, '42501', 'the approver'],
        ['keeper', sprintf("INSERT INTO auditproof.retention_policy VALUES $row", 50, 'keeper'), '42501', 'the retainer, writing himself'],
        ['keeper', 'SET ROLE auditproof_owner', '42501', 'the retainer, as the owner'],
        ['owns', 'DELETE FROM auditproof.retention_policy', '23001', 'the owner, deleting'],
        ['owns', 'UPDATE auditproof.retention_policy SET period = 7', '23001', 'the owner, changing'],
        ['owns', 'TRUNCATE auditproof.retention_policy', '23001', 'the owner, emptying'],
        ['owns', sprintf("INSERT INTO auditproof.retention_policy VALUES $row", 13, 'owns'), '23001', 'the owner, shortening'],
        ['owns', sprintf("INSERT INTO auditproof.retention_policy VALUES $row", 50, 'keeper'), '23001', "the owner, in another's name"],
        ['owns', "SET ROLE auditproof_owner; UPDATE auditproof.retention_gate SET changes = 0", '23001', 'the owner, at the gate'],
        ['owns', "SET ROLE auditproof_owner; DELETE FROM auditproof.retention_gate", '23001', 'the owner, tearing it down'],
        ['postgres', sprintf("INSERT INTO auditproof.retention_policy VALUES $row", 13, 'postgres'), '23001', 'a superuser'],
        ['keeper', "SELECT auditproof.tell_retention('$nil', 'audit.policy_set', 'x', NULL, 'low', '{}')", '42501', 'the retainer, telling tales']) {
        my ($who, $sql, $state, $name) = @$case;
        my $r = $c->run(['psql', '-Xqv', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=sqlstate', '-U', $who, '-c', $sql], db => 'app');
        like $r->{err}, qr/ERROR:\s+\Q$state\E/, "$name is refused" or diag $r->{out};
    }
    is $c->psql('app', 'SELECT count(*) FROM auditproof.retention_policy'), $count, 'and nothing changed';
    is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, 'auditverify finds nothing';
};

done_testing;
