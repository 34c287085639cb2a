#!/usr/bin/perl
# The stored trees that proofs are made of, and the rows of seals: altered, removed, renumbered, or another tenant's.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my $key = tempdir() . '/seal.pem';

sub auditseal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub seal { my ($db) = @_; return auditseal($db, 'seal', '--key', $key) }

# Seals 0 to 3 of 250 entries each (T1, T2, T3 and T0 in some order), and 4 to 7: T2 then has two tiles and one above them.
entries($c, 'sealed');
is auditseal('sealed', 'keygen', $key, '--origin', 'example.org/log')->{status}, 0, 'a key';
is seal('sealed')->{status}, 0, 'sealed';
$c->psql('sealed', SealTest::more(2, 300));
$c->psql('sealed', SealTest::more('generate_series % 4', 20));
is seal('sealed')->{status}, 0, 'and again';
my @pinned = ('--key', "$key.pub");
is_deeply [@{verify($c, 'sealed', @pinned)->{verdict}}{qw(verdict findings_total)}], ['trusted', '0'], 'nothing is wrong';

sub found { my ($name, $sql, @findings) = @_; return tampered($c, 'sealed', {args => \@pinned}, $name, $sql, @findings) }
sub told {
    my ($sql, $like, $name) = @_;
    my $db = copy_of($c, 'sealed');
    forge($c, $db, $sql);
    my ($first) = @{verify($c, $db, @pinned)->{raw}};
    like "expected $first->{expected}, found $first->{found}: $first->{detail}", $like, "$name: what is said";
    return $db;
}
sub tile { my ($tree, $level, $index) = @_; return "tree = $tree AND level = $level AND index = $index" }
sub flipped { my ($at) = @_; return "UPDATE auditproof.tile SET hashes = set_byte(hashes, $at, get_byte(hashes, $at) # 1) WHERE" }

my $log = q{'ffffffff-ffff-ffff-ffff-ffffffffffff'};
my $other = 'UPDATE auditproof.tile AS x SET hashes = o.hashes FROM auditproof.tile AS o WHERE';

# Leaves.
found('a leaf in a full tile', flipped(32 * 100) . ' ' . tile('t(2)', 0, 0), 'seal T2 250 tree');
found('a leaf in the last tile', flipped(32 * 40) . ' ' . tile('t(2)', 0, 2), 'seal T2 555 tree');
found('a full tile removed', 'DELETE FROM auditproof.tile WHERE ' . tile('t(2)', 0, 0), 'seal T2 250 tree');
found('the last tile removed', 'DELETE FROM auditproof.tile WHERE ' . tile('t(2)', 0, 2), 'seal T2 555 tree');
found("another tenant's tile", "$other " . tile('t(2)', 0, 0) =~ s/(tree|level|index)/x.$1/gr . ' AND '
    . tile('t(3)', 0, 0) =~ s/(tree|level|index)/o.$1/gr, 'seal T2 250 tree');
# Above them.
found('a hash above the leaves', flipped(33) . ' ' . tile('t(2)', 1, 0), 'seal T2 555 tree');
found('the tile above the leaves removed', 'DELETE FROM auditproof.tile WHERE ' . tile('t(2)', 1, 0), 'seal T2 555 tree');
found('one hash less', 'UPDATE auditproof.tile SET hashes = substr(hashes, 1, 32) WHERE ' . tile('t(2)', 1, 0), 'seal T2 555 tree');
found('one more than is sealed', 'UPDATE auditproof.tile SET hashes = hashes || sha256(hashes) WHERE ' . tile('t(2)', 1, 0));
# The seal log's own.
found('a leaf of the seal log', flipped(32 * 2) . ' ' . tile($log, 0, 0), 'seal seal log tree');
found('the tiles of the seal log removed', "DELETE FROM auditproof.tile WHERE tree = $log", 'seal seal log tree');
found('all tiles removed', 'DELETE FROM auditproof.tile', 'seal T0 250 tree', (map { "seal T$_ 250 tree" } 1 .. 3), 'seal seal log tree');

# Seals.
sub row { my ($size) = @_; return "chain_id = t(2) AND size = $size" }
found('the hash in a seal', 'UPDATE auditproof.seal SET entry_hash = sha256(entry_hash) WHERE ' . row(250), 'rewritten seal log', 'seal T2 250');
found('the time in a seal', "UPDATE auditproof.seal SET sealed_at = sealed_at - interval '1 us' WHERE " . row(555), 'rewritten seal log');
found('one from the middle removed', 'DELETE FROM auditproof.seal WHERE log_index = 5', 'seal seal 5');
found('and those after it moved up', 'DELETE FROM auditproof.seal WHERE log_index = 5; UPDATE auditproof.seal SET log_index = 5 '
    . 'WHERE log_index = 6; UPDATE auditproof.seal SET log_index = 6 WHERE log_index = 7', 'truncated seal log');
found('two exchanged', 'UPDATE auditproof.seal SET log_index = 100 WHERE log_index = 5; UPDATE auditproof.seal SET log_index = 5 '
    . 'WHERE log_index = 6; UPDATE auditproof.seal SET log_index = 6 WHERE log_index = 100', 'rewritten seal log');
found("another tenant's", 'UPDATE auditproof.seal SET chain_id = t(7) WHERE ' . row(555), 'rewritten seal log', 'seal T7 1');
found('one more, that nobody signed', grown(1, 1) . '; INSERT INTO auditproof.seal '
    . 'SELECT 8, chain_id, seq, sha256(entry_hash), entry_hash, now() FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 256',
    'seal checkpoint 9');

# What is said, and that nothing is proven or sealed on it.
my %said = (
    'a leaf' => [flipped(32 * 100) . ' ' . tile('t(2)', 0, 0), qr/tiles were changed: no proof made of them holds; put them back/],
    'above' => [flipped(1) . ' ' . tile('t(2)', 1, 0), qr/other hashes above the leaves.*no proof made of them holds/],
    'the log' => [flipped(1) . ' ' . tile($log, 0, 0), qr/tiles of the tree over the log's 8 seals, found other leaves.*put them back/],
);
for my $name (sort keys %said) {
    my $db = told(@{$said{$name}}, $name);
    my $r = auditseal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(2)'), '--seq', $name eq 'above' ? 300 : 200);
    is_deeply [@$r{qw(status out)}], [3, ''], 'no proof is made';
    like $r->{err}, qr/no proof can be made: the (?:record is not in the chain|seal is not in the seal log).*run auditverify/, 'and why';
}
for my $name ('above', 'the log') {
    my $db = copy_of($c, 'sealed');
    forge($c, $db, $said{$name}[0]);
    $c->psql($db, SealTest::more(2, 1));
    my $r = seal($db);
    is $r->{status}, 1, "$name: nothing is sealed on it";
    like $r->{err}, qr/The stored tree, or the seal, was changed|The tiles of the seal log were changed/, 'and why';
}

done_testing;
