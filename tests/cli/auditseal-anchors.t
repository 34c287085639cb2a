#!/usr/bin/perl
# What anchors have: as status tells it, and a directory that is not what it was.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use File::Path qw(remove_tree);
use JSON::PP ();
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
entries($c, 'intact');
is AuditTest::run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0;
is AuditTest::run(['auditseal', 'keygen', "$dir/witness.pem", '--witness', '--origin', 'w.example.com'])->{status}, 0;

sub auditseal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub seal { my ($db, @args) = @_; return auditseal($db, 'seal', '--key', $key, @args) }
sub status {
    my ($db, @args) = @_;
    my $r = auditseal($db, 'status', @args);
    my $json = JSON::PP::decode_json(auditseal($db, 'status', '--format=json', @args)->{out});
    $json->{of} = {map { $_->{name} => $_ } @{$json->{anchors}}};
    return ($r, $json);
}
sub more { my ($db) = @_; return $c->psql($db, q{INSERT INTO audit_logs (action, resource_type) VALUES ('a', 'r')}) }
sub notes { return scalar(() = glob "$_[0]/*/*.note") }

subtest 'status' => sub {
    my $db = copy_of($c, 'intact');
    my @dirs = map { "$dir/$_" } qw(one two);
    mkdir or die "$_: $!\n" for @dirs;
    my ($one, $two) = map { "dir:$_" } @dirs;
    my @named = map { ('--anchor', $_) } $one, $two, 'exec:cat';
    my ($r, $s) = status($db, @named);
    is $r->{status}, 0, 'nothing is sealed, and nothing lacks' or diag $r->{err};
    my $first = seal($db, '--anchor', $one, '--anchor', 'exec:cat');
    like $first->{out}, qr/^Anchor exec:cat: has it$/m, 'it just took it';
    like seal($db, '--anchor', 'exec:cat')->{out}, qr/^Anchor exec:cat: answered on \d{4}-\S+; not asked again$/m, 'once is on record';

    ($r, $s) = status($db);
    is $r->{status}, 0, 'none is named: that says what is on record';
    is_deeply [map { [@$_{qw(name named asked size)}] } @{$s->{anchors}}], [[$one, JSON::PP::false, JSON::PP::false, 4],
        ['exec:cat', JSON::PP::false, JSON::PP::false, 4]], 'of each';
    like $r->{out}, qr/^Anchor \Q$one\E: answered on .*; not asked again$/m;

    ($r, $s) = status($db, @named);
    is $r->{status}, 3, 'one of those that must have it lacks it';
    like $r->{out}, qr/^Anchors: +2 of 3 have the newest checkpoint; 3 must$/m, 'how many of how many';
    like $r->{out}, qr/^Anchor \Q$one\E: has it$/m, 'what is looked at';
    like $r->{out}, qr/^Anchor \Q$two\E: LACKS IT: it has no checkpoint of this log$/m, 'and what it lacks';
    like $r->{out}, qr/^Anchor exec:cat: answered on .*; not asked again$/m, 'what cannot be looked at';
    is_deeply [@$s{qw(anchors_named anchors_required anchors_have policy_fulfilled)}], [3, 3, 2, undef], 'and in JSON';
    is_deeply [map { $s->{of}{$_}{size} } $one, $two, 'exec:cat'], [4, 0, 4];
    ($r) = status($db, @named, '--require', 2);
    is $r->{status}, 0, 'two are enough';
    is notes($dirs[1]), 0, 'nothing is handed over by looking';

    more($db);
    is seal($db, '--anchor', $two)->{status}, 0;
    ($r, $s) = status($db, @named);
    like $r->{out}, qr/^Anchor \Q$one\E: LACKS IT: its newest checkpoint is of 4 seals$/m;
    like $r->{out}, qr/^Anchor exec:cat: LACKS IT: it answered for 4 seals on /m;
    is_deeply [map { $s->{of}{$_}{size} } $one, $two], [4, 5];

    spew("$dir/policy", 'log ' . slurp("$key.pub") . "witness W " . slurp("$dir/witness.pem.pub") . "quorum W\n");
    ($r, $s) = status($db, '--policy', "$dir/policy", '--anchor', $two);
    is $r->{status}, 3;
    like $r->{out}, qr/^Policy: +NOT FULFILLED\nWitness W: HAS NOT COSIGNED$/m, 'the quorum of witnesses';
    ok exists $s->{policy_fulfilled} && !$s->{policy_fulfilled}, 'and in JSON';
};

subtest 'a directory that lost what it had' => sub {
    my $db = copy_of($c, 'intact');
    my $mount = "$dir/mount";
    my $anchor = "dir:$mount";
    mkdir $mount or die $!;
    is seal($db, '--anchor', $anchor)->{status}, 0;
    rename $mount, "$dir/unmounted" or die $!;
    mkdir $mount or die $!;
    more($db);
    my $r = seal($db, '--anchor', $anchor);
    is $r->{status}, 3, 'does not count';
    like $r->{out}, qr/^Sealed 1 new/, 'the seal stands';
    like $r->{out}, qr/^Anchor \Q$anchor\E: LACKS IT: it had checkpoints, that of 4 seals since \d{4}-.*, and shows none: is its file system mounted\?.*--refill-anchor/m, 'and it is said why';
    is_deeply [glob "$mount/*"], [], 'nothing is put there';
    ($r) = status($db, '--anchor', $anchor);
    is $r->{status}, 3;
    like $r->{out}, qr/is its file system mounted\?/, 'status says so too';
    is seal($db, '--anchor', $anchor)->{status}, 3, 'however often';

    rmdir $mount && rename "$dir/unmounted", $mount or die $!;
    is seal($db, '--anchor', $anchor)->{status}, 0, 'mounted again, it gets what it lacks';
    is notes($mount), 2;

    remove_tree($mount);
    mkdir $mount or die $!;
    is seal($db, '--anchor', $anchor, '--refill-anchor', 'dir:/elsewhere')->{status}, 2, 'what is filled again is an anchor';
    is seal($db, '--anchor', $anchor, '--refill-anchor', $anchor)->{status}, 0, 'on demand it is filled again';
    is notes($mount), 2, 'with all there is';
    is seal($db, '--anchor', $anchor)->{status}, 0, 'and counts from then on';
};

done_testing;
