#!/usr/bin/perl
# How much was looked at, how it is said, and that what could not be told is never called intact.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP qw(decode_json);
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');
my $t2 = '22222222-0000-4000-8000-000000000000';
my $db = copy_of($c, 'intact');
forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id IN (e(402), e(401), e(400), e(42));
    INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES (e(1402), t(2), 'a', 'r');
    UPDATE auditproof.chain_entry SET entry_hash = sha256(entry_hash) WHERE log_id IN (e(42), e(802))});

sub finds {
    my ($name, $options, $rows, @findings) = @_;
    for my $how ([], ['-j3', '--split=always']) {
        my $v = verify($c, $db, @$how, @$options);
        is_deeply $v->{findings}, [sort @findings], "$name (@$how)" or diag explain $v->{findings}, $v->{err};
        is $v->{verdict}{extent}{rows}, $rows, "$name (@$how): rows read";
        is $v->{status}, @findings ? 1 : 0, "$name (@$how): status";
    }
    return;
}

my @t2 = ('altered T2 11 e42', 'altered T2 101 e402', 'unchained T2 e1402', 'link T2 11 e42', 'link T2 201 e802');
finds('everything', [], 1001, @t2, 'altered T1 101 e401', 'altered T0 100 e400');
finds('one tenant', ['--org', $t2], 251, @t2);
finds('another', ['--org', $t2 =~ s/2{8}/33333333/r], 250);
finds('the system chain', ['--system'], 250, 'altered T0 100 e400');
finds('a range', ['--org', $t2, '--from-seq=50', '--to-seq=150'], 101, 'altered T2 101 e402');
finds('from', ['--org', $t2, '--from-seq=102'], 149, 'link T2 201 e802');
finds('from the one itself', ['--org', $t2, '--from-seq=201'], 50, 'link T2 201 e802');
finds('from its successor, whose link is then the one that does not fit', ['--org', $t2, '--from-seq=202'], 49,
    'link T2 202 e806');
finds('to', ['--org', $t2, '--to-seq=100'], 100, 'altered T2 11 e42', 'link T2 11 e42');
finds('one only', ['--org', $t2, '--from-seq=101', '--to-seq=101'], 1, 'altered T2 101 e402');
finds('past the head: what is not there is not vouched for', ['--org', $t2, '--from-seq=240', '--to-seq=300'], 11,
    'gap T2 251');

my ($chain) = @{verify($c, $db, '--org', $t2, '--from-seq=50', '--to-seq=150')->{chains}};
is_deeply [@$chain{qw(entries first_seq head_seq)}], [101, 50, 150], 'the predecessor of a range is not counted in it';

for my $case (
    ['a range without entries', '--org', $t2, '--from-seq=300'],
    ['a chain that is not there', '--org', $t2 =~ s/2{8}/77777777/r],
) {
    my ($name, @options) = @$case;
    my $v = verify($c, $db, @options);
    is $v->{status}, 3, "$name: could not tell";
    like $v->{err}, qr/nothing to verify: .*chain/, "$name: says why";
    is $v->{verdict}{verdict}, 'unknown', "$name: the verdict";
}
for my $case (['--org', 'x'], ['--from-seq=1'], ['--org', $t2, '--system'], ['-j0'], ['-j65'], ['--format=xml'],
    ['--max-findings=0'], ['--nonsense'], ['--jobs=2', 'a-bundle'], ['--org', $t2, '--from-seq=9', '--to-seq=8']) {
    my $r = $c->run(['auditverify', @$case], db => $db);
    is $r->{status}, 2, "usage: @$case";
    is $r->{out}, '', "usage: @$case: nothing on standard output";
}

subtest 'formats' => sub {
    my $r = $c->run(['auditverify', '--format=json', '--max-findings=3'], db => $db);
    my $v = decode_json($r->{out});
    is_deeply [$r->{status}, $v->{verdict}, $v->{findings_total}, scalar @{$v->{findings}}, scalar @{$v->{chains}}],
        [1, 'findings', 7, 3, 4], 'json: what is not named is counted';
    is_deeply $v->{findings_by_kind}, {altered => 4, unchained => 1, link => 2}, 'json: by kind';
    $r = $c->run(['auditverify', '--max-findings=3'], db => $db);
    is $r->{status}, 1, 'text';
    like $r->{out}, qr/^Verdict: NOT INTACT, 7 findings$/m, 'text: the verdict';
    like $r->{out}, qr/\.\.\. and 4 more: see --max-findings/, 'text: what is not named is counted';
    my $other = decode_json($c->run(['auditverify', '--format=json'], db => 'intact')->{out});
    is_deeply [@$other{qw(verdict findings_total)}, @{$other->{extent}}{qw(chains entries rows anchored_entries)}],
        ['intact', 0, 4, 1000, 1000, 0], 'json: intact, and its extent';
};

# As many grants as one likes, each a finding about guards, and as many settings.
subtest 'a flood of findings about guards' => sub {
    my $flooded = copy_of($c, $db);
    $c->psql($flooded, q{DO $$ BEGIN FOR i IN 1 .. 1100 LOOP
        EXECUTE format('CREATE FUNCTION auditproof.f%s() RETURNS void LANGUAGE sql AS %L', i, 'SELECT'); END LOOP; END $$});
    my $plain = verify($c, $db);
    for my $max (1000, 8, 7) {
        my $v = verify($c, $flooded, "--max-findings=$max");
        cmp_ok $v->{verdict}{findings_by_kind}{guard}, '>=', 1100, "--max-findings=$max: the guards are counted"
            or diag $v->{err};
        is_deeply [grep { !/^guard/ } @{$v->{findings}}], $plain->{findings}, '... and do not crowd out entries';
        is scalar @{$v->{raw}}, $max, '... up to as many as were asked for';
        is_deeply [map { $_->{kind} eq 'guard' } @{$v->{raw}}], [('') x 7, (1) x ($max - 7)], '... entries first';
    }
};

subtest 'more differences than the sketch holds' => sub {
    my $many = copy_of($c, 'intact');
    $c->psql($many, q{INSERT INTO audit_logs (organization_id, action, resource_type)
        SELECT t(n % 4), 'a', 'r' FROM generate_series(1, 12000) AS n});
    forge($c, $many, q{UPDATE audit_logs SET resource_type = 's' WHERE id NOT IN (e(1), e(2), e(3));
        DELETE FROM audit_logs WHERE id = e(3)});
    for my $how ([], ['-j2', '--split=always']) {
        my $v = verify($c, $many, @$how, '--max-findings=30000');
        is $v->{status}, 1, "@$how: status";
        is_deeply $v->{verdict}{findings_by_kind}, {altered => 12997, missing => 1}, "@$how: each is named";
        is_deeply [grep { /missing/ } @{$v->{findings}}], ['missing T3 1 e3'], "@$how: by its place";
        is_deeply [grep { !/^missing|^altered T[0-3] \d+ (?:e\d+|another)$/ } @{$v->{findings}}], [],
            "@$how: the altered by theirs";
        is_deeply [grep { / e[12]$/ } @{$v->{findings}}], [], "@$how: and none that is not";
    }
    my $v = verify($c, $many, '--org', $t2, '--from-seq=200', '--to-seq=3000', '--max-findings=30000');
    is_deeply $v->{verdict}{findings_by_kind}, {altered => 2801}, 'also in a range';
};

subtest 'entries stored in no order' => sub {
    my $scattered = copy_of($c, 'intact');
    $c->psql($scattered, q{INSERT INTO audit_logs (action, resource_type) SELECT 'a', 'r' FROM generate_series(1, 70000)});
    forge($c, $scattered, q{CREATE TEMP TABLE kept AS SELECT * FROM auditproof.chain_entry;
        TRUNCATE auditproof.chain_entry; INSERT INTO auditproof.chain_entry SELECT * FROM kept ORDER BY seq % 2, seq});
    for my $how ([], ['-j2', '--split=always']) {
        is verify($c, $scattered, @$how)->{status}, 0, "@$how: intact";
    }
    forge($c, $scattered, q{UPDATE auditproof.chain_entry SET entry_hash = sha256(entry_hash) WHERE log_id = e(402);
        DELETE FROM auditproof.chain_entry WHERE log_id IN (e(501), e(505))});
    for my $how ([], ['-j2', '--split=always']) {
        is_deeply verify($c, $scattered, @$how)->{findings},
            ['gap T1 126', 'link T2 101 e402', 'unchained T1 e501', 'unchained T1 e505'], "@$how: findings";
    }
};

done_testing;
