#!/usr/bin/perl
# Every change to the chain's own tables is found, and named; what is self-consistent is not called more than that.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');

sub changed { # number 101 of T2, which is of entry 402
    my ($assignment, @expected) = @_;
    return tampered($c, 'intact', "chain_entry: $assignment",
        "UPDATE auditproof.chain_entry SET $assignment WHERE chain_id = t(2) AND seq = 101", @expected);
}

changed('chain_id = t(3), seq = 251', 'gap T2 101', 'link T3 251 e402', 'altered T3 251 e402');
changed('chain_id = t(9)', 'gap T2 101', 'gap T9 1', 'head T9', 'altered T9 101 e402');
changed('seq = 5000', 'gap T2 101', 'gap T2 251');
changed('seq = 251', 'gap T2 101', 'link T2 251 e402');
changed('seq = 0', 'gap T2 101', 'link T2 0 e402');
changed('seq = -1', 'gap T2 101', 'link T2 e402');
changed('log_id = e(1402)', 'missing T2 101 e1402', 'unchained T2 e402');
changed("recorded_at = recorded_at + interval '1 microsecond'", 'link T2 101 e402');
changed("recorded_at = recorded_at + interval '1 day'", 'link T2 101 e402');
changed("recorded_at = recorded_at - interval '1 day'", 'link T2 101 e402');
changed("recorded_at = 'infinity'", 'link T2 101 e402');
changed('content_hash = set_byte(content_hash, 0, get_byte(content_hash, 0) # 1)', 'link T2 101 e402',
    'altered T2 101 e402');
changed("content_hash = ''", 'link T2 101 e402', 'altered T2 101 e402');
changed("content_hash = content_hash || '\\x00'", 'link T2 101 e402', 'altered T2 101 e402');
changed('entry_hash = set_byte(entry_hash, 31, get_byte(entry_hash, 31) # 128)', 'link T2 101 e402');
changed("entry_hash = ''", 'link T2 101 e402');
changed("entry_hash = entry_hash || '\\x00'", 'link T2 101 e402');
for my $seq (1, 250) {
    my $n = 4 * $seq - 2;
    tampered($c, 'intact', "the entry hash of number $seq", "UPDATE auditproof.chain_entry "
        . "SET entry_hash = sha256(entry_hash) WHERE chain_id = t(2) AND seq = $seq", "link T2 $seq e$n");
}

tampered($c, 'intact', 'a chain unregistered', 'DELETE FROM auditproof.chain WHERE chain_id = t(2)', 'head T2');
tampered($c, 'intact', 'a chain registered', 'INSERT INTO auditproof.chain (chain_id) VALUES (t(9))', 'head T9');
tampered($c, 'intact', 'a chain registered under another id',
    'UPDATE auditproof.chain SET chain_id = t(9) WHERE chain_id = t(2)', 'head T2', 'head T9');

# For people to read, says audit-schema(5): recorded_at of the first entry is what is proven.
tampered($c, 'intact', 'when a chain was registered', "UPDATE auditproof.chain SET created_at = '2001-01-01'");

my $edit = q{UPDATE audit_logs AS l SET action = 'forged' WHERE id = e(402)};
my $fix = q{UPDATE auditproof.chain_entry SET content_hash = auditproof.content_hash(l) FROM audit_logs AS l
    WHERE log_id = e(402) AND l.id = e(402)};
tampered($c, 'intact', 'an edit with its content hash made to fit', "$edit; $fix", 'link T2 101 e402');
tampered($c, 'intact', 'and its own entry hash', "$edit; $fix; UPDATE auditproof.chain_entry AS e SET entry_hash = "
    . 'auditproof.entry_hash(t(2), 101, e.recorded_at, p.entry_hash, e.content_hash) FROM auditproof.chain_entry AS p '
    . 'WHERE e.log_id = e(402) AND p.chain_id = t(2) AND p.seq = 100', 'link T2 102 e406');

my $delete = 'DELETE FROM audit_logs WHERE id = e(402); DELETE FROM auditproof.chain_entry WHERE log_id = e(402)';
my $renumber = 'UPDATE auditproof.chain_entry SET seq = -seq WHERE chain_id = t(2) AND seq > 101;'
    . 'UPDATE auditproof.chain_entry SET seq = -seq - 1 WHERE chain_id = t(2) AND seq < 0';
tampered($c, 'intact', 'a row and its chain entry deleted', $delete, 'gap T2 101');
tampered($c, 'intact', 'deleted and renumbered', "$delete; $renumber",
    map { "link T2 $_ e" . (4 * $_ + 2) } 101 .. 249);
tampered($c, 'intact', 'the first of a chain and its row', $delete =~ s/402/2/gr, 'gap T2 1');
tampered($c, 'intact', 'a stretch of a chain and its rows', 'DELETE FROM audit_logs WHERE id IN (SELECT log_id '
    . 'FROM auditproof.chain_entry WHERE chain_id = t(2) AND seq BETWEEN 11 AND 30); '
    . 'DELETE FROM auditproof.chain_entry WHERE chain_id = t(2) AND seq BETWEEN 11 AND 30', 'gap T2 11');
tampered($c, 'intact', 'all of a tenant', 'DELETE FROM audit_logs WHERE organization_id = t(2); '
    . 'DELETE FROM auditproof.chain_entry WHERE chain_id = t(2)', 'head T2');
tampered($c, 'intact', 'all chain entries of a tenant', 'DELETE FROM auditproof.chain_entry WHERE chain_id = t(2)',
    'head T2', map { 'unchained T2 e' . (4 * $_ - 2) } 1 .. 250);
tampered($c, 'intact', 'two chain entries swapped', 'UPDATE auditproof.chain_entry SET seq = -seq '
    . 'WHERE chain_id = t(2) AND seq IN (101, 102); UPDATE auditproof.chain_entry SET seq = 203 + seq '
    . 'WHERE chain_id = t(2) AND seq < 0', 'link T2 101 e406', 'link T2 102 e402', 'link T2 103 e410');
tampered($c, 'intact', 'a row and its entry moved to another tenant', 'UPDATE audit_logs SET organization_id = t(3) '
    . 'WHERE id = e(402); UPDATE auditproof.chain_entry SET chain_id = t(3), seq = 251 WHERE log_id = e(402)',
    'gap T2 101', 'link T3 251 e402', 'altered T3 251 e402');

# A fork that hides nothing: both entries have rows, hashes that fit, and the same predecessor.
my $fork = q{ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_pkey;
    INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES (e(1402), t(2), 'a', 'r');
    INSERT INTO auditproof.chain_entry SELECT t(2), 101, l.id, e.recorded_at, h, auditproof.entry_hash(t(2), 101,
        e.recorded_at, p.entry_hash, h) FROM audit_logs AS l, auditproof.chain_entry AS e, auditproof.chain_entry AS p,
        auditproof.content_hash(l) AS h WHERE l.id = e(1402) AND e.log_id = e(402) AND p.chain_id = t(2) AND p.seq = 100};
tampered($c, 'intact', {unguarded => 1}, 'a fork', $fork, 'fork T2 101 e1402');
tampered($c, 'intact', {unguarded => 1}, 'a fork at the head', $fork =~ s/101/250/gr =~ s/402\)/998)/gr =~ s/100\b/249/gr,
    'fork T2 250 e1998');
tampered($c, 'intact', {unguarded => 1}, 'a fork whose first branch was stored again later', "$fork; "
    . 'UPDATE auditproof.chain_entry SET seq = seq WHERE log_id = e(402)', 'fork T2 101 e402');
tampered($c, 'intact', {unguarded => 1}, 'a chain entry twice', 'ALTER TABLE auditproof.chain_entry '
    . 'DROP CONSTRAINT chain_entry_pkey, DROP CONSTRAINT chain_entry_chain_id_log_id_key; '
    . 'INSERT INTO auditproof.chain_entry SELECT * FROM auditproof.chain_entry WHERE log_id = e(402)', 'fork T2 101 e402');
tampered($c, 'intact', {unguarded => 1}, 'an entry chained again at the head', 'ALTER TABLE auditproof.chain_entry '
    . 'DROP CONSTRAINT chain_entry_chain_id_log_id_key; INSERT INTO auditproof.chain_entry SELECT e.chain_id, 251, '
    . 'e.log_id, e.recorded_at, e.content_hash, e.entry_hash FROM auditproof.chain_entry AS e WHERE log_id = e(998); '
    . 'SELECT rebuild(t(2), 251)', 'fork T2 251 e998');

# recorded_at is part of what is hashed, so a clock that runs backwards shows only in a chain that was made so.
tampered($c, 'intact', 'a chain rebuilt with a stepped clock', "UPDATE auditproof.chain_entry SET recorded_at = "
    . "recorded_at - interval '1 hour' WHERE chain_id = t(2) AND seq >= 101; SELECT rebuild(t(2), 101)",
    'clock T2 101 e402');

# What only a checkpoint shows: the verdict is intact, and says what that is worth.
my %consistent = (
    'an edit, and the chain rebuilt to its head' => "$edit; $fix; SELECT rebuild(t(2), 101)",
    'deleted, renumbered and rebuilt' => "$delete; $renumber; SELECT rebuild(t(2), 101)",
    'the newest row and its entry deleted' => $delete =~ s/402/998/gr,
    'everything of a tenant, and its registration' => 'DELETE FROM audit_logs WHERE organization_id = t(2); '
        . 'DELETE FROM auditproof.chain_entry WHERE chain_id = t(2); DELETE FROM auditproof.chain WHERE chain_id = t(2)',
);
for my $name (sort keys %consistent) {
    my $db = copy_of($c, 'intact');
    forge($c, $db, $consistent{$name});
    my $v = verify($c, $db);
    is_deeply [$v->{status}, $v->{verdict}{verdict}, $v->{findings}], [0, 'intact', []], "$name: self-consistent"
        or diag explain $v->{findings};
    is $v->{verdict}{extent}{anchored_entries}, 0, "$name: no entry is called anchored";
    my $r = $c->run(['auditverify'], db => $db);
    like $r->{out}, qr/^Verdict: intact$/m, "$name: the verdict";
    like $r->{out}, qr/Not anchored: no checkpoint covers \D*[\d,]+ entries\./, "$name: and its limits";
    like $r->{out}, qr/could have rewritten a chain from some entry on,.*cut\s+off its newest entries/s,
        "$name: and what they mean";
}

done_testing;
