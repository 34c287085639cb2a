#!/usr/bin/perl
# Policies, legal holds and the register of bundles are what chained entries tell of, and policies only ever get longer.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');
my $nil = '00000000-0000-0000-0000-000000000000';
$c->psql('intact', 'CREATE ROLE ' . $_) for 'keeper LOGIN IN ROLE auditproof_retainer', 'approves LOGIN IN ROLE auditproof_approver', 'gives LOGIN IN ROLE auditproof_exporter';
sub by {
    my ($who, $sql) = @_;
    my $r = $c->run(['psql', '-XAtqv', 'ON_ERROR_STOP=1', '-U', $who, '-c', $sql], db => 'intact');
    is $r->{status}, 0, "$who" or diag $r->{err};
    return $r->{out} =~ s/\n//gr;
}
my $set = 'SELECT auditproof.policy_set(%s, \'audit_logs\', \'c\', %d, \'years\', %d, \'b\', \'j\', \'Board\')';
by('keeper', sprintf $set, "'$nil'", 7, 1);
by('keeper', sprintf $set, "'$nil'", 8, 2);
by('keeper', sprintf $set, 't(2)', 10, 1);
my $place = 'SELECT auditproof.hold_place(%s, %s, %s, NULL, NULL, NULL, %s, NULL, \'M\', \'c\', \'r\', \'2099-01-01\')';
my $held = by('keeper', sprintf $place, 't(2)', 'NULL', q{'user2@example.org'}, q{'2020-01-01Z'});
my $over = by('keeper', sprintf $place, 'NULL', 'u(3)', 'NULL', 'NULL');
by($_, "SELECT auditproof.hold_release('$over', 'over')") for 'keeper', 'approves';

my $given = by('gives', q{SELECT auditproof.bundle_register(t(2), 'soc2', sha256('a'), sha256('b'), 10, '2026-01-01Z', '2026-04-01Z',
    now(), '{[1,20],[30,40]}', 31, '{actor}', sha256('c'), 'Auditor LLP')});
by('gives', q{SELECT auditproof.bundle_register('} . $nil . q{', 'sample', sha256('a'), sha256('b'), 10, '2026-01-01Z', '2026-04-01Z',
    now(), '{}', 0, '{}', NULL, NULL)});

tampered($c, 'intact', 'policies, holds and bundles, as they should be', 'SELECT 1');
tampered($c, 'intact', 'whom a released hold was about, forgotten', qq{UPDATE auditproof.legal_hold SET actor_ids = NULL,
    subject_salt = decode(repeat('00', 16), 'hex') WHERE hold_id = '$over'});

my $p = 'UPDATE auditproof.retention_policy SET';
my $two = "chain_id = '$nil' AND version = 2";
tampered($c, 'intact', 'a policy shortened', "$p period = 7 WHERE $two", 'policy T0 another audit_logs version 2');
tampered($c, 'intact', "a tenant's policy shortened below the platform's", "$p period = 7 WHERE chain_id = t(2)",
    'policy T2 another audit_logs version 1');
tampered($c, 'intact', 'a policy lengthened by hand', "$p period = 9 WHERE $two", 'policy T0 another audit_logs version 2');
tampered($c, 'intact', "a policy's approver changed", "$p approver = 'me' WHERE $two", 'policy T0 another audit_logs version 2');
tampered($c, 'intact', 'a policy of other authority', "$p authorised_by = e(1402) WHERE $two",
    'policy T0 another policy', 'policy T0 e1402 audit_logs version 2');
tampered($c, 'intact', 'a policy told of by an entry of somebody', "$p authorised_by = e(4) WHERE $two",
    'policy T0 another policy', 'policy T0 e4 audit_logs version 2');
tampered($c, 'intact', 'a policy deleted', "DELETE FROM auditproof.retention_policy WHERE $two", 'policy T0 another policy');
tampered($c, 'intact', "a tenant's policy deleted", 'DELETE FROM auditproof.retention_policy WHERE chain_id = t(2)',
    'policy T2 another policy');
tampered($c, 'intact', 'a policy under the table', qq{INSERT INTO auditproof.retention_policy
    SELECT t(3), table_name, version, class, period, unit, basis, jurisdiction, approver, set_by, set_at, authorised_by
      FROM auditproof.retention_policy WHERE $two}, 'policy T3 another audit_logs version 2');
tampered($c, 'intact', 'an entry of a policy altered',
    q{UPDATE audit_logs SET metadata = metadata || '{"period": "7 years"}' WHERE action = 'audit.policy_set' AND organization_id = t(2)},
    'altered T2 251 another');
tampered($c, 'intact', 'an entry of a policy deleted', "DELETE FROM audit_logs WHERE action = 'audit.policy_set' AND organization_id = t(2)",
    'missing T2 251 another', 'policy T2 another audit_logs version 1');

my $h = 'UPDATE auditproof.legal_hold SET';
tampered($c, 'intact', 'a hold deleted', "DELETE FROM auditproof.legal_hold WHERE hold_id = '$held'", 'hold T0 another hold');
tampered($c, 'intact', 'a hold for somebody else', "$h actor_email = 'x\@example.org' WHERE hold_id = '$held'", "hold T0 another hold $held");
tampered($c, 'intact', 'a hold and its commitment for somebody else', "$h actor_email = 'x\@example.org', actor_ids = NULL, subject_commitment = "
    . "auditproof.commitment(subject_salt, json_build_array(NULL, 'x\@example.org', NULL)) WHERE hold_id = '$held'", "hold T0 another hold $held");
tampered($c, 'intact', 'a hold of another tenant', "$h chain_id = t(3) WHERE hold_id = '$held'", "hold T0 another hold $held");
tampered($c, 'intact', 'a hold that begins later', "$h from_at = from_at + interval '1 year' WHERE hold_id = '$held'", "hold T0 another hold $held");
tampered($c, 'intact', 'a hold forgotten while it is in force', "$h actor_email = NULL, actor_ids = NULL, subject_salt = decode(repeat('00', 16), 'hex') "
    . "WHERE hold_id = '$held'", "hold T0 another hold $held");
tampered($c, 'intact', 'a hold placed by nobody', "INSERT INTO auditproof.legal_hold SELECT e(1), chain_id, actor_ids, actor_email, resource_id, subject_salt, "
    . "subject_commitment, resource_type, action_pattern, from_at, until_at, matter, custodian, reason, review_on, placed_by, placed_at, e(1402) "
    . "FROM auditproof.legal_hold WHERE hold_id = '$held'", 'hold T0 e1402 hold ' . $c->psql('intact', 'SELECT e(1)'));
my $r = 'INSERT INTO auditproof.legal_hold_release';
tampered($c, 'intact', 'a release by nobody', "$r VALUES ('$held', 'keeper', now(), 'r', e(1402))", "hold T0 e1402 release of hold $held");
tampered($c, 'intact', 'a release borrowed from another hold', "$r SELECT '$held', released_by, released_at, reason, authorised_by "
    . "FROM auditproof.legal_hold_release", "hold T0 another release of hold $held", "hold T0 another release of hold $held");
# As the owner's function would, but in the name of somebody who never came.
tampered($c, 'intact', "a release in another's name", qq{DO \$\$ DECLARE r auditproof.legal_hold_release; BEGIN
    r := ('$held', 'approves', now(), 'r', e(1)); r.authorised_by := auditproof.tell_retention('$nil', 'audit.hold_released', 'legal_hold',
    '$held', 'high', jsonb_build_object('digest', encode(auditproof.release_digest(r), 'hex')));
    INSERT INTO auditproof.legal_hold_release SELECT r.*; END \$\$}, 'unchained T0 another', "hold T0 another release of hold $held");
tampered($c, 'intact', 'a release taken back', "DELETE FROM auditproof.legal_hold_release WHERE released_by = 'keeper'", 'hold T0 another hold');
tampered($c, 'intact', 'an entry of a hold altered', q{UPDATE audit_logs SET metadata = metadata || '{"digest": "00"}' WHERE action = 'audit.hold_placed'
    AND resource_id = '} . $held . q{'}, 'altered T0 253 another', "hold T0 another hold $held");

my $b = 'UPDATE auditproof.bundle SET';
my $of = "WHERE bundle_id = '$given'";
for (['one of other entries', "$b seqs = '{[1,19],[30,40]}' $of"], ['one without a group', "$b groups = '{}' $of"],
    ['one given to somebody else', "$b recipient = NULL $of"], ['one of another digest', "$b sha256 = sha256('d') $of"],
    ['one that is encrypted to somebody else', "$b encrypted_to = NULL $of"], ['one read at another time', "$b read_at = read_at - interval '1 us' $of"],
    ["in another's name", "$b registered_by = 'keeper' $of"], ['of another day', "$b registered_at = registered_at - interval '1 day' $of"]) {
    tampered($c, 'intact', "a bundle in the register: $_->[0]", $_->[1], "head T2 another bundle $given");
}
tampered($c, 'intact', 'a bundle taken out of the register', "DELETE FROM auditproof.bundle $of", 'head T2 another bundle');
tampered($c, 'intact', 'a bundle that nobody registered', "INSERT INTO auditproof.bundle SELECT chain_id, e(1), kind, sha256, tagmanifest_sha256, "
    . "bytes, from_at, to_at, read_at, seqs, entries, groups, encrypted_to, recipient, registered_by, registered_at, e(1402) "
    . "FROM auditproof.bundle $of", 'head T2 e1402 bundle ' . $c->psql('intact', 'SELECT e(1)'));
tampered($c, 'intact', 'an entry of a bundle deleted', "DELETE FROM audit_logs WHERE resource_id = '$given'", 'missing T2 252 another', "head T2 another bundle $given");

# What the application writes is no word of ours.
$c->psql('intact', q{INSERT INTO audit_logs (organization_id, action, resource_type, resource_id, metadata) SELECT organization_id, action,
    resource_type, resource_id, metadata FROM audit_logs WHERE action ~ '^audit\.(policy_|hold_|exported)'});
tampered($c, 'intact', 'entries that only look like ours', 'SELECT 1');
my $v = verify($c, 'intact', '--org', $c->psql('intact', 'SELECT t(1)'));
is $v->{status}, 0, 'one chain by itself';

done_testing;
