#!/usr/bin/perl
# The seal log itself, and what vouches for it: seals, checkpoints, keys, and copies kept elsewhere, changed or gone; and
# what none of these shows. The seals are made by hand, so that an attacker's can be, too.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;

my ($c, $log, $dir) = sealed();
my $newer = $log->another_key;
my @pinned = pinned();
my @anchored = anchored();

# The seal log itself.
anyhow('the hash in a seal', 'UPDATE auditproof.seal SET entry_hash = sha256(entry_hash) WHERE log_index = 2',
    'rewritten seal log', 'seal T2 250');
anyhow('the root in a seal', 'UPDATE auditproof.seal SET root = sha256(root) WHERE log_index = 6', 'rewritten seal log');
anyhow('the newest seals removed', 'DELETE FROM auditproof.seal WHERE log_index >= 6', 'truncated seal log');
anyhow('a checkpoint removed', 'DELETE FROM auditproof.checkpoint WHERE size = 4', 'seal checkpoint 4');
anyhow('two consecutive checkpoints removed', 'DELETE FROM auditproof.checkpoint', 'seal checkpoints 4 to 8');
anyhow("a checkpoint's row", 'UPDATE auditproof.checkpoint SET root = sha256(root) WHERE size = 4', 'signature checkpoint 4');
anyhow("a checkpoint's note", q{UPDATE auditproof.checkpoint SET note = 'none' WHERE size = 8}, 'signature checkpoint 8');
anyhow('another in its place', 'UPDATE auditproof.checkpoint SET note = o.note FROM auditproof.checkpoint AS o '
    . 'WHERE checkpoint.size = 4 AND o.size = 8', 'signature checkpoint 4');

# The trees that proofs are made of.
anyhow('tiles removed', 'DELETE FROM auditproof.tile WHERE tree = t(2)', 'seal T2 250 tree');
anyhow('a leaf changed', 'UPDATE auditproof.tile SET hashes = set_byte(hashes, 32 * 252, get_byte(hashes, 32 * 252) # 1) '
    . 'WHERE tree = t(2)', 'seal T2 255 tree');
anyhow('leaves that nothing covers', 'UPDATE auditproof.tile SET hashes = hashes || sha256(hashes) WHERE tree = t(2)');

# Set back to the first checkpoint, everything together.
my $back = join('; ', map { cut($_, 251) } 0 .. 3) . '; DELETE FROM auditproof.seal WHERE log_index >= 4; DELETE FROM auditproof.checkpoint WHERE size > 4';
by_anchors('rows, seals and checkpoints cut off together', $back, 'truncated seal log');
by_anchors('all of them', "$back; DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint", 'truncated seal log');
by_key('which without an anchor does not show', $back);
says('and is said', 'sealed', qr/that the database was set back to an earlier checkpoint, .* would not show/, @pinned);
by_key('but for a log that is gone whole', "$back; DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint",
    'truncated seal log');
tampered($c, 'sealed', 'which takes a key', 'DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint');

subtest 'a stolen key' => sub {
    my $db = copy_of($c, 'sealed');
    forge($c, $db, "@{[rewritten(2, 101)]}; DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint; "
        . 'DELETE FROM auditproof.tile');
    $log->seal($c, $db);
    my $v = verify($c, $db, @pinned);
    is_deeply [$v->{status}, $v->{verdict}{verdict}], [0, 'trusted'], 'shows nothing to who looks only at the database'
        or diag explain $v;
    says('which is said', $db, qr/rewritten by someone who holds the key, would not show/, @pinned);
    is_deeply verify($c, $db, @anchored)->{findings}, ['rewritten seal log'], 'an anchor tells';
    is_deeply verify($c, $db, '--anchors', $dir)->{findings}, ['rewritten seal log'], 'without the key as well';
};

subtest 'a root that is not the chain\'s, signed' => sub {
    my $false = sub { my ($chain, @hashes) = @_; $hashes[100] = 'x' x 32 if $chain =~ /^2/; return SealTest::_root(@hashes) };
    my $db = copy_of($c, 'sealed');
    $log->seal($c, $db, root => $false);
    is_deeply verify($c, $db, @pinned, $_)->{findings}, ['seal T2 262 tree'], "told by its leaves ($_)" for '-j1', '-j2';
    forge($c, $db, q{UPDATE auditproof.tile SET hashes = overlay(hashes PLACING repeat('x', 32)::bytea FROM 3201) WHERE tree = t(2)
        AND index = 0; UPDATE auditproof.seal SET root = root});
    is_deeply verify($c, $db, @pinned)->{findings}, ['seal T2 250 tree'], 'with leaves to fit, by the chain and older seals';
    $db = copy_of($c, 'sealed');
    forge($c, $db, 'DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint; DELETE FROM auditproof.tile');
    $log->seal($c, $db, root => $false);
    forge($c, $db, q{UPDATE auditproof.tile SET hashes = overlay(hashes PLACING repeat('x', 32)::bytea FROM 3201) WHERE tree = t(2)
        AND index = 0});
    is_deeply verify($c, $db, @pinned)->{findings}, ['seal T2 262 tree'], 'and where there is none older';
};

subtest 'keys' => sub {
    my $v = verify($c, 'sealed', '--key', $newer->vkey);
    is_deeply [$v->{status}, $v->{findings}], [1, ['signature checkpoint 4', 'signature checkpoint 8']], 'another key';
    my $db = copy_of($c, 'sealed');
    forge($c, $db, $newer->resign($c, $db, 8));
    $v = verify($c, $db, '--key', $log->vkey, '--key', $newer->vkey);
    is_deeply [$v->{status}, $v->{findings}, $v->{verdict}{verdict}], [0, [], 'trusted'], 'rotation' or diag explain $v;
    forge($c, $db, $newer->resign($c, $db, 4));
    $v = verify($c, $db, '--key', $log->vkey, '--key', $newer->vkey, '--anchors', $dir);
    is_deeply $v->{findings}, ['signature checkpoint 4', 'signature checkpoint 8'], 'old checkpoints signed anew' or diag explain $v;
    my $file = tempdir() . '/key.pub';
    spew($file, $log->vkey . "\n");
    is verify($c, 'sealed', '--key', $file)->{verdict}{verdict}, 'trusted', 'a key in a file';
    is $c->run(['auditverify', '--key', '/none'], db => 'sealed')->{status}, 3, 'that is not there';
    is $c->run(['auditverify', '--key', 'a+b+c'], db => 'sealed')->{status}, 2, 'no key';
};

subtest 'anchors' => sub {
    my $copy = tempdir();
    my ($one, $two) = map { slurp(sprintf '%s/%020d.note', $dir, $_) } 4, 8;
    my $name = sprintf '%s/%020d.note', $copy, 4;
    my $verify = sub { return verify($c, 'sealed', @pinned, '--anchors', $copy) };
    my $v = $verify->();
    is $v->{status}, 3, 'none: could not tell';
    like $v->{err}, qr/no checkpoint of this log is among the anchors.*mounted/, 'and says so';
    spew("$copy/x.note", SealTest->new('example.net/other')->note(3, 'x' x 32));
    is $verify->()->{status}, 3, 'only of another log';
    spew($name, $one);
    $v = $verify->();
    is_deeply [$v->{status}, @{$v->{verdict}{seals}}{qw(anchored_checkpoints passed_over)}, $v->{verdict}{seals}{anchored_by}{size}],
        [0, 1, 1, 4], 'passed over beside one of this log' or diag explain $v;
    spew($name, $one =~ s/^4$/5/mr);
    is_deeply $verify->()->{findings}, ["signature anchor $name"], 'altered';
    is_deeply verify($c, 'sealed', '--anchors', $copy, '--anchors', "$copy/x.note")->{findings},
        ['rewritten seal log', "signature anchor $name"],
        'altered, and no key pinned';
    spew($name, $two);
    is_deeply $verify->()->{findings}, ["signature anchor $name"], 'one in the place of another';
    spew($name, substr $one, 0, 60);
    is_deeply $verify->()->{findings}, ["signature anchor $name"], 'cut short';
    spew($name, $one);
    spew("$copy/\xff\xfe.note", 'none');
    is_deeply $verify->()->{findings}, ["signature anchor $copy/??.note"], 'a name that is not UTF-8';
};

subtest 'witnesses' => sub {
    my ($one, $two) = map { SealTest->new("example.net/w$_", cosigns => 1) } 1, 2;
    my ($copy, $policy) = (tempdir(), tempdir() . '/policy');
    my $name = sprintf '%s/%020d.note', $copy, 8;
    my $ask = sub {
        my ($quorum) = @_;
        spew($policy, join "\n", 'log ' . $log->vkey, 'witness one ' . $one->vkey, 'witness two ' . $two->vkey,
            'group both all one two', "quorum $quorum", '');
        return verify($c, 'sealed', '--policy', $policy, '--anchors', $copy);
    };
    my $note = slurp(sprintf '%s/%020d.note', $dir, 8);
    spew($name, $note . $one->cosignature($note));
    my $v = $ask->('none');
    is_deeply [$v->{status}, $v->{verdict}{verdict}, $v->{findings}], [0, 'trusted', []], 'none asked for' or diag explain $v;
    is $ask->('one')->{verdict}{verdict}, 'trusted', 'the one that cosigned';
    is_deeply $ask->('both')->{findings}, ['signature policy'], 'both, of whom one did';
    my $db = copy_of($c, 'sealed');
    $c->psql($db, sprintf q{SELECT auditproof.seal_attest(8, 'witness', 'two', '\x%s')}, unpack 'H*', $two->cosignature($note));
    $v = verify($c, $db, '--policy', $policy, '--anchors', $copy);
    is_deeply [$v->{findings}, $v->{verdict}{verdict}], [[], 'trusted'], 'each by another copy is both';
    $c->psql($db, sprintf q{SELECT auditproof.seal_attest(8, 'witness', 'one', '\x%s')}, unpack 'H*', $one->cosignature($note));
    is verify($c, $db, '--policy', $policy)->{verdict}{verdict}, 'trusted', 'both, kept in the database';
    forge($c, $db, q{UPDATE auditproof.attestation SET answer = 'no lines' WHERE name = 'two'});
    is_deeply verify($c, $db, '--policy', $policy)->{findings}, ['signature policy'], 'answers that are not readable';
    spew($name, $note . $one->cosignature(slurp(sprintf '%s/%020d.note', $dir, 4)));
    is_deeply $ask->('none')->{findings}, ["signature anchor $name"], 'a cosignature of another checkpoint';
    is $c->run(['auditverify', '--policy', $policy, @pinned], db => 'sealed')->{status}, 2, 'a policy and a key';
};

subtest 'two logs, and no key' => sub {
    my $copy = tempdir();
    spew("$copy/$_.note", slurp(sprintf '%s/%020d.note', $dir, $_)) for 4, 8;
    spew("$copy/x.note", SealTest->new('example.net/other')->note(3, 'x' x 32));
    my $v = verify($c, 'sealed', '--anchors', $copy);
    is_deeply [$v->{verdict}{verdict}, $v->{verdict}{seals}{passed_over}], ['anchored', 1], "the database's is known";
    my $db = copy_of($c, 'sealed');
    forge($c, $db, 'DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint');
    $v = verify($c, $db, '--anchors', $copy);
    is $v->{status}, 3, 'else it could be either';
    like $v->{err}, qr/two logs, example\.\S+ and example\.\S+: say with --key/, 'which is said';
    is_deeply verify($c, $db, '--anchors', "$copy/8.note")->{findings}, ['truncated seal log'], 'or the only one';
};

subtest 'unsealed for too long' => sub {
    is verify($c, 'sealed', @pinned, '--max-unsealed=24h')->{status}, 0, 'not yet';
    my $db = copy_of($c, 'sealed');
    forge($c, $db, "UPDATE auditproof.chain_entry SET recorded_at = recorded_at - interval '25 hours'; "
        . 'SELECT rebuild(chain_id, 1) FROM auditproof.chain; DELETE FROM auditproof.seal; DELETE FROM auditproof.checkpoint; '
        . 'DELETE FROM auditproof.tile');
    $log->seal($c, $db);
    is_deeply verify($c, $db, @pinned, '--max-unsealed=24h')->{findings}, [], 'old, and sealed';
    $c->psql($db, SealTest::more(3, 1));
    is_deeply verify($c, $db, @pinned, '--max-unsealed=24h')->{findings}, [], 'one that came just now';
    forge($c, $db, "UPDATE auditproof.chain_entry SET recorded_at = recorded_at - interval '25 hours' WHERE chain_id = t(3) "
        . 'AND seq = 256; SELECT rebuild(t(3), 256)');
    is_deeply verify($c, $db, @pinned, '--max-unsealed=24h')->{findings}, ['seal T3 256 max-unsealed'], 'one that waits';
    is $c->run(['auditverify', "--max-unsealed=$_"], db => $db)->{status}, 2, "no age: $_" for '24', '2026-01-01', '0h', '1y';
};

done_testing;
