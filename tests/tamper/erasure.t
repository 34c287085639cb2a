#!/usr/bin/perl
# Erasures and purges excuse what a chained entry authorises, and nothing else.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');

# An account is deleted: 40 entries of T2 and 40 of T0 lose their actor_id (every tenth that has one).
my $r = entries_erased();
is $r, '80', 'the deleted account had 40 entries in each of two chains';

sub entries_erased {
    $c->createdb('erased', template => 'intact');
    $c->psql('erased', 'DELETE FROM auth.users WHERE id = u(0)');
    return $c->psql('erased', 'SELECT count(*) FROM auditproof.erasure');
}

tampered($c, 'erased', 'an account deleted, as it should be', 'SELECT 1');
my $v = verify($c, 'erased');
is $v->{verdict}{extent}{erased_groups}, 80, 'the report counts what was erased';

my $one = 'chain_id = t(2) AND log_id = e(410)';
tampered($c, 'erased', 'the record of an erasure deleted', "DELETE FROM auditproof.erasure WHERE $one",
    'erasure T2 103 e410', erased(2, 410));
tampered($c, 'erased', 'an erased value put back', 'UPDATE audit_logs SET actor_id = u(0) WHERE id = e(410)',
    'erasure T2 103 e410');
tampered($c, 'erased', 'an erased value and another salt put back', 'UPDATE audit_logs SET actor_id = u(0), '
    . "chain_salt = overlay(chain_salt PLACING '\\x00112233445566778899aabbccddeeff' FROM 1) WHERE id = e(410)",
    'erasure T2 103 e410');
tampered($c, 'erased', 'a wrong commitment', "UPDATE auditproof.erasure SET commitment = sha256(commitment) WHERE $one",
    'altered T2 103 e410', erased(2), 'erasure T2 e410 group account');
tampered($c, 'erased', 'an erasure under another group', qq{UPDATE auditproof.erasure SET "group" = 'actor' WHERE $one},
    'erasure T2 103 e410', erased(2, 410), 'erasure T2 e410 group actor');
tampered($c, 'erased', 'an erasure of another entry', "UPDATE auditproof.erasure SET log_id = e(1410) WHERE $one",
    'erasure T2 103 e410', erased(2), 'erasure T2 e1410 group account');
tampered($c, 'erased', 'an erasure in another chain', "UPDATE auditproof.erasure SET chain_id = t(3) WHERE $one",
    'erasure T2 103 e410', erased(2, 410), 'erasure T3 e410 group account');
tampered($c, 'erased', 'an erasure by another authority', "UPDATE auditproof.erasure SET authorised_by = e(2) WHERE $one",
    erased(2), 'erasure T2 e410 group account');
tampered($c, 'erased', 'an erasure by nobody', "UPDATE auditproof.erasure SET authorised_by = e(1402) WHERE $one",
    erased(2), 'erasure T2 e410 group account');
tampered($c, 'erased', 'the entry that authorises altered',
    "UPDATE audit_logs SET metadata = metadata || '{\"digest\": \"00\"}' WHERE organization_id = t(2) "
    . "AND action = 'audit.account_erased'", 'altered T2 251 another', erased(2), 'erasure T2 e410 group account');

# Erased in one more entry, with the right commitment, but without a chained entry that tells of it.
my $erase = q{INSERT INTO auditproof.erasure SELECT t(2), id, 'account', auditproof.commitment(substr(chain_salt, 1, 16),
    json_build_array(actor_id)), now(), 'account deleted', e(2) FROM audit_logs WHERE id = e(402);
    UPDATE audit_logs SET actor_id = NULL, chain_salt = overlay(chain_salt PLACING decode(repeat('00', 16), 'hex') FROM 1)
    WHERE id = e(402)};
tampered($c, 'intact', 'an erasure without authority', $erase, 'erasure T2 e402 group account');

# The erasures of a chain but for one: when a claim does not add up, none that it covers does.
sub erased {
    my ($chain, $but) = @_;
    my @n = split /\n/, $c->psql('erased', "SELECT n FROM generate_series(1, 1000) AS n JOIN auditproof.erasure "
        . "ON log_id = e(n) WHERE chain_id = t($chain) AND n <> 410");
    return map { "erasure T$chain e$_ group account" } @n;
}

# Erased on request: three entries of T2, each with all that it has, by a decision.
my $asked = q{WITH d AS (SELECT auditproof.erase_decide(t(2), 'erased', '17(1)(b)', 'request 1', NULL,
    ARRAY[e(2), e(2), e(2), e(6), e(10)], '{account,actor,content,actor,content}') AS id)
    SELECT auditproof.erase_batch(t(2), id, NULL, 10) FROM d};
$c->createdb('asked', template => 'intact');
$c->psql('asked', 'CREATE TABLE was AS SELECT * FROM audit_logs WHERE id IN (e(2), e(6), e(10))');
$c->psql('asked', $asked);
my $decision = 'decision ' . $c->psql('asked', 'SELECT decision_id FROM auditproof.erasure_decision');
my @asked = map { "erasure T2 $_" } 'e10 group content', 'e2 group account', 'e2 group actor', 'e2 group content', 'e6 group actor';
my $back = 'UPDATE audit_logs l SET actor_id = w.actor_id, actor_email = w.actor_email, ip_address = w.ip_address, '
    . 'user_agent = w.user_agent, session_id = w.session_id, resource_id = w.resource_id, old_values = w.old_values, '
    . 'new_values = w.new_values, metadata = w.metadata, chain_salt = w.chain_salt FROM was w WHERE l.id = w.id';
tampered($c, 'asked', 'entries erased on request', 'SELECT 1');
tampered($c, 'asked', 'all that was there put back, salts too', $back, 'erasure T2 1 e2', 'erasure T2 2 e6', 'erasure T2 3 e10');
tampered($c, 'asked', '... and the record of one taken away', "$back; DELETE FROM auditproof.erasure WHERE log_id = e(6)",
    'erasure T2 1 e2', 'erasure T2 3 e10', grep { !/e6/ } @asked);
tampered($c, 'asked', '... and of all', "$back; DELETE FROM auditproof.erasure", 'erasure T2 another erasure');
tampered($c, 'asked', 'the decision taken away', 'DELETE FROM auditproof.erasure_item; DELETE FROM auditproof.erasure_decision',
    'erasure T2 another erasure');
tampered($c, 'asked', 'another reason', q{UPDATE auditproof.erasure_decision SET reason = 'x'}, "erasure T2 another $decision");
tampered($c, 'asked', 'other entries', 'UPDATE auditproof.erasure_item SET log_id = e(14) WHERE log_id = e(6)', "erasure T2 another $decision");
tampered($c, 'asked', 'a commitment that fits other contents', q{UPDATE auditproof.erasure SET commitment = sha256('') WHERE log_id = e(6)},
    'altered T2 2 e6', @asked);

# With a digest that is right, in an entry that the application wrote.
tampered($c, 'intact', 'an erasure that the application allows itself', q{CREATE TEMP TABLE d AS SELECT
    auditproof.group_commitment(l, 'actor') AS commitment FROM audit_logs l WHERE id = e(6);
    INSERT INTO audit_logs (id, organization_id, action, resource_type, metadata) SELECT e(2000), t(2), 'audit.fields_erased',
    'erasure_decision', jsonb_build_object('digest', encode(auditproof.erasure_digest(ARRAY[e(6)], '{actor}', ARRAY[commitment]), 'hex')) FROM d;
    INSERT INTO auditproof.erasure SELECT t(2), e(6), 'actor', commitment, now(), 'x', e(2000) FROM d;
    UPDATE audit_logs SET actor_email = NULL, ip_address = NULL, user_agent = NULL, session_id = NULL,
    chain_salt = overlay(chain_salt PLACING decode(repeat('00', 16), 'hex') FROM 17) WHERE id = e(6)}, 'unchained T2 e2000', 'erasure T2 e6 group actor');

# A purge on record excuses nothing unless a chained entry tells of it and the window has ended.
my $purge = q{DELETE FROM audit_logs WHERE id = e(402);
    INSERT INTO auditproof.purge VALUES (t(2), e(1), now() + interval '8 years', 'forged', 1, e(2004));
    INSERT INTO auditproof.purge_range VALUES (t(2), e(1), 101, 101)};
my $authority = q{SELECT set_config('session_replication_role', 'replica', false);
    INSERT INTO audit_logs (id, action, resource_type, resource_id, metadata) VALUES (e(2000), 'audit.entries_purged',
    'organizations', t(2), jsonb_build_object('purge_id', e(1), 'entries', 1))};
tampered($c, 'intact', 'a purge without authority', $purge, 'early-purge T2 101', 'missing T2 101 e402');
tampered($c, 'intact', 'a purge on the authority of another entry', $purge =~ s/e\(2004\)/e(1000)/r,
    'early-purge T2 101', 'missing T2 101 e402');
{
    $c->createdb('authorised', template => 'intact');
    $c->psql('authorised', $authority);
    tampered($c, 'authorised', 'a purge before its time', $purge =~ s/e\(2004\)/e(2000)/r, 'early-purge T2 101 e402',
        'purge T2 101');
    tampered($c, 'authorised', 'a range of a purge widened', ($purge =~ s/e\(2004\)/e(2000)/r) =~ s/101, 101/101, 110/r,
        'early-purge T2 101', 'missing T2 101 e402');
}
tampered($c, 'intact', 'a range without its purge', 'DELETE FROM audit_logs WHERE id = e(402); '
    . 'INSERT INTO auditproof.purge_range VALUES (t(2), e(1), 101, 101)', 'early-purge T2 101', 'missing T2 101 e402');

# All are counted, however few are named.
{
    my $db = copy_of($c, 'intact');
    forge($c, $db, q{INSERT INTO auditproof.erasure SELECT t(2), e(4 * n - 2), 'content', sha256(''), now(), 'x', e(1999)
        FROM generate_series(1, 20) AS n});
    my $v = verify($c, $db, '--max-findings=3', '--no-guards');
    is_deeply [scalar @{$v->{raw}}, @{$v->{verdict}}{qw(findings_total findings_by_kind)}], [3, 40, {erasure => 40}],
        'erasures that are not named are counted' or diag explain $v->{verdict}, $v->{err};
}

done_testing;
