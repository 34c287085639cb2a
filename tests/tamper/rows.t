#!/usr/bin/perl
# Every change to audit_logs is found, and named by chain, sequence number and entry; and nothing else is.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');
tampered($c, 'intact', 'nothing', 'SELECT 1');

sub changed { # entry 402: number 101 of T2
    my ($assignment, @expected) = @_;
    return tampered($c, 'intact', $assignment, "UPDATE audit_logs SET $assignment WHERE id = e(402)",
        @expected ? @expected : 'altered T2 101 e402');
}

changed('id = e(1500)', 'missing T2 101 e402', 'unchained T2 e1500');
changed($_) for (
    'organization_id = t(3)', 'organization_id = NULL',
    'actor_id = u(7)', 'actor_id = NULL',
    "actor_email = 'else\@example.org'", "actor_email = ''", 'actor_email = NULL',
    "actor_role = 'aB'", "action = 'C'", "resource_type = 'invoicE'",
    'resource_id = e(1)', 'resource_id = NULL',
    q{old_values = jsonb_set(old_values, '{deep,er}', '403')},
    q{old_values = jsonb_set(old_values, '{amount}', '1.00')}, # equal to 1.0 by =, and another text
    q{old_values = old_values || '{"more": null}'}, 'old_values = NULL',
    q{new_values = new_values #- '{amount}'}, q{metadata = '{"source": "Test"}'}, q{metadata = 'null'}, 'metadata = NULL',
    "risk_level = 'low'", 'risk_level = NULL',
    "ip_address = '192.0.2.8'", "ip_address = '192.0.2.7/31'", "ip_address = '::ffff:192.0.2.7'", 'ip_address = NULL',
    "user_agent = user_agent || ' '", q{user_agent = replace(user_agent, 'é', U&'e\0301')}, "session_id = 'session 0'",
    "created_at = created_at + interval '1 microsecond'", "created_at = 'infinity'", 'created_at = NULL',
    'chain_salt = set_byte(chain_salt, 0, get_byte(chain_salt, 0) # 1)',
    'chain_salt = set_byte(chain_salt, 47, get_byte(chain_salt, 47) # 128)',
    'chain_salt = substr(chain_salt, 1, 47)', "chain_salt = chain_salt || '\\x00'",
    # One byte moved between neighbouring fields.
    "actor_role = 'a', action = 'bc'",
    'actor_email = actor_role, actor_role = actor_email',
);
changed("chain_salt = decode(repeat('00', 48), 'hex')", 'erasure T2 101 e402');
tampered($c, 'intact', 'no salt', 'ALTER TABLE audit_logs ALTER chain_salt DROP NOT NULL; '
    . 'UPDATE audit_logs SET chain_salt = NULL WHERE id = e(402)', 'altered T2 101 e402');
changed("actor_id = NULL, chain_salt = overlay(chain_salt PLACING decode(repeat('00', 16), 'hex') FROM 1)",
    'erasure T2 101 e402');

for my $column (qw(actor_email actor_role user_agent session_id)) {
    tampered($c, 'intact', "$column: '' to NULL", "UPDATE audit_logs SET $column = NULL WHERE id = e(502)",
        'altered T2 126 e502');
    tampered($c, 'intact', "$column: NULL to ''", "UPDATE audit_logs SET $column = '' WHERE id = e(602)",
        'altered T2 151 e602');
}
for my $column (qw(old_values new_values metadata)) {
    tampered($c, 'intact', "$column: '{}' to NULL", "UPDATE audit_logs SET $column = NULL WHERE id = e(502)",
        'altered T2 126 e502');
    tampered($c, 'intact', "$column: NULL to '{}'", "UPDATE audit_logs SET $column = '{}' WHERE id = e(602)",
        'altered T2 151 e602');
}

tampered($c, 'intact', 'one deleted', 'DELETE FROM audit_logs WHERE id = e(402)', 'missing T2 101 e402');
tampered($c, 'intact', 'the newest deleted', 'DELETE FROM audit_logs WHERE id = e(998)', 'missing T2 250 e998');
tampered($c, 'intact', 'all rows of a tenant deleted', 'DELETE FROM audit_logs WHERE organization_id = t(2)',
    map { "missing T2 $_ e" . (4 * $_ - 2) } 1 .. 250);
tampered($c, 'intact', 'two rows swapped', 'UPDATE audit_logs SET id = CASE id WHEN e(402) THEN e(1402) ELSE e(402) END '
    . 'WHERE id IN (e(402), e(406)); UPDATE audit_logs SET id = e(406) WHERE id = e(1402)',
    'altered T2 101 e402', 'altered T2 102 e406');
tampered($c, 'intact', 'times of two swapped', 'UPDATE audit_logs AS a SET created_at = b.created_at FROM audit_logs AS b '
    . 'WHERE (a.id, b.id) IN ((e(402), e(802)), (e(802), e(402)))', 'altered T2 101 e402', 'altered T2 201 e802');

my $insert = q{INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES (e(1402), t(2), 'a', 'r')};
tampered($c, 'intact', 'inserted with triggers off', $insert, 'unchained T2 e1402');
tampered($c, 'intact', 'inserted with a salt of zeros', q{INSERT INTO audit_logs (id, action, resource_type, chain_salt)
    VALUES (e(1402), 'a', 'r', decode(repeat('00', 48), 'hex'))}, 'unchained T0 e1402');
tampered($c, 'intact', 'copied in with triggers off', "COPY audit_logs (id, action, resource_type) FROM STDIN;\n"
    . $c->psql('intact', 'SELECT e(1400)') . "\ta\tr\n\\.\n", 'unchained T0 e1400');
tampered($c, 'intact', 'inserted as a tenant without a chain', $insert =~ s/t\(2\)/t(9)/r, 'unchained T9 e1402');
tampered($c, 'intact', {plain => 1}, 'session_replication_role alone does not get past the trigger',
    "SET session_replication_role = replica; $insert");
# In partitions each has the key.
my $unkeyed = join ';', split /\n/, $c->psql('intact', q{SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass,
    k.conname) FROM pg_constraint k WHERE k.contype = 'p' AND k.conrelid::regclass::text ~ '^audit_logs'});
tampered($c, 'intact', {unguarded => 1}, 'a duplicate, without the primary key',
    "$unkeyed; INSERT INTO audit_logs SELECT * FROM audit_logs WHERE id = e(402)", 'unchained T2 e402');
tampered($c, 'intact', {unguarded => 1}, 'three of one row, without the primary key', "$unkeyed; INSERT INTO audit_logs "
    . 'SELECT a.* FROM audit_logs AS a, generate_series(1, 2) WHERE id = e(402)', ('unchained T2 e402') x 2);

done_testing;
