#!/usr/bin/perl
# A series of incremental runs: what is new, what is gone and what was made anew shows in the next run, and whatever is
# changed in what was verified before shows within the cycle. What was found is found again.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

use constant CYCLE => 3;

my $c = AuditTest->cluster;
my $states = tempdir();
my $made = 0;
entries($c, 'intact');

sub new_state { return "$states/state" . ++$made }

sub night {
    my ($db, $state, @options) = @_;
    return verify($c, $db, "--incremental=$state", '--cycle=' . CYCLE, @options);
}

my $insert = 'INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES';

# A copy with a state of it, after so many runs.
sub verified {
    my ($runs, @options) = @_;
    my ($db, $state) = (copy_of($c, 'intact'), new_state());
    for my $run (1 .. $runs // 1) {
        my $v = night($db, $state, @options);
        die "run $run: $v->{err}" . join(', ', @{$v->{findings}}) if $v->{status};
    }
    return ($db, $state);
}

# Found in the next run, and in the one after that, whatever else is read in it.
sub at_once {
    my ($name, $sql, @expected) = @_;
    my @options = ref $name ? @{$name->{args}} : ();
    ($name, $sql) = ($sql, shift @expected) if ref $name;
    my ($db, $state) = verified();
    forge($c, $db, $sql, 'intact');
    for my $when ('the next run', 'the one after') {
        my $v = night($db, $state, @options);
        is_deeply $v->{findings}, [sort @expected], "$name: $when" or diag explain $v->{findings}, $v->{err};
        is $v->{status}, 1, "$name: exit status";
    }
    return ($db, $state);
}

# Found once within the cycle, and from then on in each run. Whatever the number of runs before.
sub within_cycle {
    my ($name, $before, $sql, @expected) = @_;
    my @options = ref $name ? @{$name->{args}} : ();
    ($name, $before, $sql) = ($before, $sql, shift @expected) if ref $name;
    my ($db, $state) = verified($before);
    forge($c, $db, $sql, 'intact');
    my $runs = 0;
    my $v;
    do { $v = night($db, $state, @options); $runs++ } until $v->{status} || $runs == CYCLE;
    is_deeply $v->{findings}, [sort @expected], "$name, after $before runs: in run $runs after it"
        or diag explain $v->{findings}, $v->{err};
    is_deeply night($db, $state, @options)->{findings}, [sort @expected], "$name: and again" or diag explain $v->{findings}, $v->{err};
    return $runs;
}

subtest 'an ordinary series' => sub {
    my ($db, $state) = (copy_of($c, 'intact'), new_state());
    my $next = 1001;
    for my $run (1 .. 2 * CYCLE + 2) {
        my $v = night($db, $state);
        is_deeply [$v->{status}, $v->{findings}, $v->{notices}], [0, [], []], "run $run: intact" or diag explain $v;
        is $v->{verdict}{scope}, $run == 1 ? 'full' : 'incremental', 'it says what it read';
        my $i = $v->{verdict}{incremental};
        is $i->{run}, $run;
        is $i->{new_entries}, $run == 1 ? 1000 : 40, 'what was new';
        is $i->{old_entries}, $run == 1 ? 0 : 1000 + 40 * ($run - 2), 'what was old';
        cmp_ok $i->{old_entries_read}, '>=', $i->{old_entries} / CYCLE, 'a share of it was read' if $run > 1;
        cmp_ok $i->{old_entries_read}, '<', $i->{old_entries}, 'and not all' if $run > 1;
        cmp_ok $run - $i->{oldest_read_run}, '<', CYCLE, 'nothing is older than the cycle';
        $c->psql($db, "$insert " . join ',', map { my $n = $next++; "(e($n), t($n % 4), 'a', 'r')" } 1 .. 40);
    }
    is $c->run(['auditverify'], db => $db)->{status}, 0, 'a full run agrees';
};

subtest 'nothing new, a new tenant, an empty chain' => sub {
    my ($db, $state) = verified();
    is night($db, $state)->{verdict}{incremental}{new_entries}, 0, 'nothing new';
    $c->psql($db, "INSERT INTO organizations (id, name) VALUES ('99999999-0000-4000-8000-000000000000', 'New');
        $insert (e(1500), '99999999-0000-4000-8000-000000000000', 'a', 'r')");
    my $v = night($db, $state);
    is_deeply [$v->{status}, $v->{verdict}{incremental}{new_entries}], [0, 1], 'a new tenant';
    forge($c, $db, q{DELETE FROM auditproof.chain_entry WHERE chain_id = '99999999-0000-4000-8000-000000000000'});
    is_deeply night($db, $state)->{findings}, ['head T9', 'truncated T9 1', 'unchained T9 e1500'], 'is known from then on';
};

subtest 'in what is new' => sub {
    my ($db, $state) = verified();
    $c->psql($db, "$insert " . join ',', map { "(e($_), t(1), 'a', 'r')" } 1001 .. 1004);
    forge($c, $db, q{UPDATE audit_logs SET action = 'b' WHERE id = e(1002)}, 'intact');
    is_deeply night($db, $state)->{findings}, ['altered T1 252 e1002'], 'altered';
    is_deeply night($db, $state)->{findings}, ['altered T1 252 e1002'], 'and again';
    forge($c, $db, q{UPDATE audit_logs SET action = 'a' WHERE id = e(1002); DELETE FROM audit_logs WHERE id = e(1003);
        UPDATE auditproof.chain_entry SET entry_hash = sha256('x') WHERE chain_id = t(1) AND seq = 251;
        DELETE FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 254}, 'intact');
    is_deeply night($db, $state)->{findings}, ['link T1 251 e1001', 'missing T1 253 e1003', 'unchained T1 e1004'],
        'a link, a row that is missing, and one without its entry';
    $c->psql($db, "$insert (e(1005), t(1), 'a', 'r')");
    forge($c, $db, q{DELETE FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 252}, 'intact');
    like join(',', @{night($db, $state)->{findings}}), qr/gap T1 252/, 'a gap';
};

subtest 'at once, in what is old' => sub {
    at_once('a chain cut off', q{DELETE FROM audit_logs WHERE id IN (SELECT log_id FROM auditproof.chain_entry
        WHERE chain_id = t(1) AND seq > 200); DELETE FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq > 200},
        'truncated T1 201');
    at_once('a whole tenant', q{DELETE FROM audit_logs WHERE organization_id = t(2);
        DELETE FROM auditproof.chain_entry WHERE chain_id = t(2); DELETE FROM auditproof.chain WHERE chain_id = t(2)},
        'truncated T2 1');
    at_once('its entries only', q{DELETE FROM audit_logs WHERE organization_id = t(2);
        DELETE FROM auditproof.chain_entry WHERE chain_id = t(2)}, 'head T2', 'truncated T2 1');
    my ($db, $state) = at_once('a chain made anew', q{UPDATE audit_logs SET action = 'forged' WHERE id = e(201);
        UPDATE auditproof.chain_entry SET content_hash = (SELECT auditproof.content_hash(l) FROM audit_logs l WHERE id = e(201))
         WHERE log_id = e(201); SELECT rebuild(t(1), 51)}, 'rewritten T1 250');
    is $c->run(['auditverify'], db => $db)->{status}, 0, 'a full run without checkpoints sees nothing in it';
    my ($finding) = grep { $_->{kind} eq 'rewritten' } @{night($db, $state)->{raw}};
    like $finding->{expected}, qr/^entry hash [0-9a-f]{64}, verified at 20\S+Z in run 1$/, 'it says when the other was seen';
    like $finding->{detail}, qr/between 1 and 250/, 'and where';
    at_once('cut off and grown past it', q{DELETE FROM audit_logs WHERE id IN (SELECT log_id FROM auditproof.chain_entry
        WHERE chain_id = t(1) AND seq > 248); DELETE FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq > 248;
        INSERT INTO audit_logs (id, organization_id, action, resource_type, chain_salt)
            SELECT e(n), t(1), 'a', 'r', sha256(n::text::bytea) || '\x00112233445566778899aabbccddeeff' FROM generate_series(1101, 1104) n;
        INSERT INTO auditproof.chain_entry SELECT t(1), 249 + n - 1101, e(n), now(), auditproof.content_hash(l), '' FROM generate_series(1101, 1104) n
            JOIN audit_logs l ON l.id = e(n); SELECT rebuild(t(1), 249)}, 'rewritten T1 250');
    at_once('a young row past the trigger', q{INSERT INTO audit_logs (id, organization_id, action, resource_type, chain_salt)
        VALUES (e(1701), t(1), 'a', 'r', decode(repeat('00', 48), 'hex'))}, 'unchained T1 e1701');
    at_once('the register', q{DELETE FROM auditproof.chain WHERE chain_id = t(3)}, 'head T3');
    at_once('an erasure without authority', q{INSERT INTO auditproof.erasure (chain_id, log_id, "group", commitment, erased_at, reason, authorised_by)
        VALUES (t(1), e(1), 'actor', sha256('x'), now(), 'x', e(5))}, 'erasure T1 e1 group actor', 'erasure T1 1 e1');
};

subtest 'within the cycle' => sub {
    my %when = map { (within_cycle('an altered row', $_, q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)},
        'altered T2 101 e402') => 1) } 1 .. CYCLE;
    cmp_ok scalar keys %when, '>', 1, 'not always in the same run';
    within_cycle('a row that is missing', 1, q{DELETE FROM audit_logs WHERE id = e(402)}, 'missing T2 101 e402');
    within_cycle('a link', 1, q{UPDATE auditproof.chain_entry SET entry_hash = sha256('x') WHERE chain_id = t(3) AND seq = 7},
        'link T3 7 e27');
    within_cycle('a gap', 1, q{DELETE FROM audit_logs WHERE id = e(28); DELETE FROM auditproof.chain_entry WHERE log_id = e(28)},
        'gap T0 7');
    within_cycle('an old row without an entry', 1, q{INSERT INTO audit_logs (id, organization_id, action, resource_type, created_at, chain_salt)
        VALUES (e(1701), t(1), 'a', 'r', '2001-01-01', decode(repeat('00', 48), 'hex'))}, 'unchained T1 e1701');
    within_cycle('an entry without a number', 1, q{INSERT INTO auditproof.chain_entry SELECT chain_id, 0, e(1300), recorded_at,
        content_hash, entry_hash FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 9}, 'link T1 0 e1300');
    my $unguarded = {args => ['--no-guards']};
    within_cycle($unguarded, 'an entry chained twice', 1, q{
        ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_chain_id_log_id_key;
        UPDATE auditproof.chain_entry SET log_id = e(5), content_hash = (SELECT content_hash FROM auditproof.chain_entry
            WHERE log_id = e(5)) WHERE log_id = e(9);
        DELETE FROM audit_logs WHERE id = e(9); SELECT rebuild(t(1), 3)}, 'fork T1 3 e5');
    within_cycle($unguarded, 'a number that is there twice', 1, q{
        ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_pkey;
        INSERT INTO auditproof.chain_entry SELECT chain_id, seq, e(1300), recorded_at, content_hash, entry_hash
          FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 9}, 'fork T1 9 e1300', 'missing T1 9 e1300');
};

subtest 'a row moved to another tenant' => sub {
    my ($db, $state) = verified();
    forge($c, $db, q{UPDATE audit_logs SET organization_id = t(1) WHERE id = e(402)}, 'intact');
    my ($found, %seen) = (0);
    for (1 .. CYCLE) {
        my $v = night($db, $state);
        $found ||= $v->{status};
        is $v->{status}, $found, 'once found, always found';
        $seen{$_} = 1 for @{$v->{findings}};
    }
    is_deeply [sort keys %seen], ['altered T2 101 e402', 'unchained T1 e402'], 'in the one, or in the other chain'
        or diag explain \%seen;
};

done_testing;
