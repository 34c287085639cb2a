#!/usr/bin/perl
# Everything made anew: a superuser who rewrites entries, rows and chains, and then the seals, trees and checkpoints that
# auditseal made of them, without its key and with it. What is left to tell is what was kept elsewhere.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my ($key, $witness_key, $worm) = ("$dir/seal.pem", "$dir/witness.pem", "$dir/worm");
mkdir $_ or die for $worm, "$dir/state";
my $origin = 'example.org/log';

sub auditseal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub seal { my ($db, @args) = @_; return auditseal($db, 'seal', '--key', $key, @args) }

entries($c, 'sealed');
is auditseal('sealed', 'keygen', $key, '--origin', $origin)->{status}, 0, 'a key';
is auditseal('sealed', 'keygen', $witness_key, '--origin', 'witness.example', '--witness')->{status}, 0, "a witness's key";
my $witness = $c->spawn(['auditseal', 'witness', '--key', $witness_key, '--log', "$key.pub", '--state', "$dir/state",
    '--listen', '127.0.0.1:0']);
wait_until { $witness->err =~ /listens on port (\d+)/ } 10, 'the witness';
my ($port) = $witness->err =~ /listens on port (\d+)/;
my @witness = ('--anchor', "witness:http://127.0.0.1:$port", '--witness-key', "$witness_key.pub");
spew("$dir/policy", 'log ' . slurp("$key.pub") . 'witness one ' . slurp("$witness_key.pub") . "quorum one\n");

# Two rounds; T2 has a tile that is full.
for (SealTest::more(2, 20), SealTest::more('generate_series % 4', 80)) {
    $c->psql('sealed', $_);
    my $r = seal('sealed', '--anchor', "dir:$worm", @witness);
    is $r->{status}, 0, 'sealed, anchored and witnessed' or diag $r->{err};
}
my $stolen = SealTest->new($origin, key => $key);
my @pinned = ('--key', "$key.pub");
my @anchored = (@pinned, '--anchors', $worm);
is_deeply [@{verify($c, 'sealed', @anchored)->{verdict}}{qw(verdict findings_total)}], ['trusted', '0'], 'nothing is wrong';
is verify($c, 'sealed', '--policy', "$dir/policy")->{verdict}{verdict}, 'trusted', 'by the witness, too';

subtest 'the forger makes what auditseal made' => sub {
    my $db = copy_of($c, 'sealed');
    my $dump = q{SELECT md5(string_agg(x::text, ',' ORDER BY x::text)) FROM (SELECT * FROM auditproof.%s) AS x};
    my @before = map { $c->psql($db, sprintf $dump, $_) } qw(tile seal checkpoint);
    $stolen->remake($c, $db);
    is_deeply [map { $c->psql($db, sprintf $dump, $_) } qw(tile seal checkpoint)], \@before, 'to the byte';
};

# What a report says of its first finding, spaces apart.
sub told {
    my ($v, $like, $name) = @_;
    my $first = $v->{raw}[0] // {};
    return like "expected $first->{expected}, found $first->{found}: $first->{detail}", $like, $name;
}

# A name, what is done, and the sizes of the checkpoints that come of it when all is made anew.
my @attacks = (
    ['rewritten from the first entry', rewritten(2, 1), 4, 8],
    ['rewritten from the middle to the head', rewritten(2, 101), 4, 8],
    ['cut', cut(2, 201), 4, 7],
    ['cut, and grown past it', cut(2, 201) . '; ' . grown(2, 200), 4, 8],
    ['cut, and grown to the same size', cut(2, 201) . '; ' . grown(2, 90), 4, 8],
    ['a tenant gone', gone(2), 3, 6],
    ['spliced into another tenant', spliced(2, 3, 241), 4, 7],
);

sub attacked {
    my ($sql, $signature) = @_;
    my $db = copy_of($c, 'sealed');
    forge($c, $db, $sql);
    $stolen->remake($c, $db, $signature);
    return $db;
}

sub no_key {
    my ($sql, @sizes) = @_;
    my @unsigned = map { "signature checkpoint $_" } @sizes;
    my $db = attacked($sql, 'kept');
    my $v = verify($c, $db, @pinned);
    is_deeply $v->{findings}, \@unsigned, 'under the old signatures';
    told($v, qr/expected what \Q$origin\E\+\w{8} signed, found another text under its signature: .* look for another copy/, 'altered');
    is $v->{verdict}{seals}{covered_entries}, 0, 'which cover nothing';
    is_deeply verify($c, $db, @anchored)->{findings}, ['rewritten seal log', @unsigned], 'an anchor tells more';
    $db = attacked($sql, 'other');
    is_deeply verify($c, $db)->{findings}, [], 'undetectable to who has no key';
    like $c->run(['auditverify'], db => $db)->{out}, qr/signatures then prove nothing about who signed.*could have rewritten it with its seals/s,
        'which is said';
    $v = verify($c, $db, @pinned);
    is_deeply $v->{findings}, \@unsigned, 'signed by a key of his own';
    told($v, qr/found signed by .*: not by a key that was pinned: it proves nothing/, 'not pinned');
    return;
}

sub stolen_key {
    my ($sql, @sizes) = @_;
    my $db = attacked($sql);
    my $v = verify($c, $db, @pinned);
    is_deeply [@$v{qw(status findings notices)}, $v->{verdict}{verdict}], [0, [], [], 'trusted'],
        'undetectable to who has the key only' or diag explain $v;
    like $c->run(['auditverify', @pinned], db => $db)->{out}, qr/rewritten by\s+someone who holds the key, would not show/, 'which is said';
    for my $options (\@anchored, ['--anchors', $worm], ['--policy', "$dir/policy", '--anchors', $worm]) {
        $v = verify($c, $db, @$options);
        my @cosigned = grep { /^signature / } @{$v->{findings}};
        is_deeply [grep { !/^signature / } @{$v->{findings}}], ['rewritten seal log'], 'an anchor tells'
            or diag explain $v->{findings};
        is @cosigned > 0, $options->[0] eq '--policy', 'and the policy that its witness did not cosign';
    }
    told(verify($c, $db, @anchored), qr/says \Q$worm\E.*4\.note, found root \w{64}, in a log of $sizes[-1] seals: checkpoints kept elsewhere disagree \([12]\), and none of the database's own: seals and checkpoints were made anew together, with the signing key\. Trust those kept elsewhere/,
        'what happened, and what to do');
    return $db;
}

# Nobody goes on with it: the anchor is asked before anything is signed, and the witness does not cosign.
sub not_sealed {
    my ($db, @sizes) = @_;
    my $before = $c->psql($db, 'SELECT count(*) FROM auditproof.checkpoint');
    my $kind = $sizes[-1] < 8 ? 'truncated' : 'rewritten';
    for (["dir:$worm"], [$witness[1], @witness[2, 3]]) {
        my ($anchor, @more) = @$_;
        my $r = seal($db, '--anchor', $anchor, @more);
        is $r->{status}, 1, "no more is sealed beside $anchor" or diag $r->{out};
        like $r->{err}, qr/$kind: expected a seal log of 8 with root \w{64}; found a seal log of $sizes[-1].* Anchor \Q$anchor\E disagrees/,
            'and why';
    }
    # A declared restore would make all of it good: it is an older state of the log that is declared, or none.
    for (["dir:$worm"], [$witness[1], @witness[2, 3]]) {
        my ($anchor, @more) = @$_;
        my $r = auditseal($db, 'epoch', '--key', $key, '--reason', 'a disk', '--anchor', $anchor, @more);
        my $shows = $anchor =~ /^dir/ || $sizes[-1] == 8;
        is $r->{status}, $shows ? 1 : 3, "no restore is declared beside $anchor" or diag $r->{out};
        like $r->{err}, $shows ? qr/rewritten: .* Anchor \Q$anchor\E disagrees\. This is no older state/
            : qr/no anchor shows the newest checkpoint .* and no witness that is named has cosigned it/, 'and why';
    }
    is $c->psql($db, 'SELECT (SELECT count(*) FROM auditproof.checkpoint) + (SELECT count(*) FROM auditproof.epoch)'), $before, 'nothing is';
    return;
}

for (@attacks) {
    my ($name, $sql, @sizes) = @$_;
    subtest "$name, no key" => sub { no_key($sql, @sizes) };
    subtest "$name, a stolen key" => sub { not_sealed(stolen_key($sql, @sizes), @sizes) };
}

done_testing;
