#!/usr/bin/perl
# Where checkpoints are kept: files altered, replayed, put in each other's place, or made into something else; restores;
# and keys. Beside what auditverify says, what auditseal does when its own anchor was tampered with.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA qw(sha256_hex);
use MIME::Base64 qw(decode_base64);
use SealTest;
use TamperTest;
use Test::More;

my ($c, $log, $dir) = sealed();
my @pinned = pinned();
my ($one, $two) = map { slurp(sprintf '%s/%020d.note', $dir, $_) } 4, 8;

# A directory of its own with both checkpoints, mutilated by a function that gets their names.
sub kept {
    my ($mutilate) = @_;
    my $copy = tempdir();
    my @files = map { sprintf '%s/%020d.note', $copy, $_ } 4, 8;
    spew($files[0], $one);
    spew($files[1], $two);
    $mutilate->(@files, $copy);
    return ($copy, @files);
}
sub asked { my ($copy) = @_; return verify($c, 'sealed', @pinned, '--anchors', $copy) }
sub flipped { my ($text, $at) = @_; substr($text, $at, 1) ^= "\1"; return $text }

# A finding about the n-th file, and what is said of it.
sub alarm_at {
    my ($name, $n, $mutilate, $like) = @_;
    my ($copy, @files) = kept($mutilate);
    my $v = asked($copy);
    is_deeply $v->{findings}, ["signature anchor $files[$n]"], $name or diag explain $v->{findings}, $v->{err};
    my $first = $v->{raw}[0] // {};
    like "expected $first->{expected}, found $first->{found}: $first->{detail}", $like, 'what is said';
    return $v;
}

my $cut = qr/expected a signed checkpoint, found .*: the file was altered, or cut short: .* look for another copy/;
my $bad = qr/found another text under its signature: the note was altered after it was signed, .* look for another copy/;
my $place = qr/found that of \d seals: a note was put in another's place: look for the one that belongs there/;

subtest 'a file' => sub {
    alarm_at('a byte of the root', 1, sub { spew($_[1], $two =~ s/^(8\n)(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/mer) }, $bad);
    alarm_at('the size', 1, sub { spew($_[1], $two =~ s/^8$/9/mr) }, $bad);
    alarm_at('a byte of the signature', 1, sub { spew($_[1], $two =~ s/(.{20})(.)(?=.{10}\n\z)/$1 . ($2 eq 'A' ? 'B' : 'A')/er) }, $bad);
    alarm_at('a line break', 0, sub { spew($_[0], flipped($one, length('example.org/log'))) }, $cut);
    alarm_at('cut short', 0, sub { spew($_[0], substr $one, 0, 60) }, $cut);
    alarm_at('empty', 1, sub { spew($_[1], '') }, $cut);
    alarm_at('longer than any note', 1, sub { spew($_[1], $two . 'x' x 2_000_000) }, $cut);
    alarm_at('an older one over the newest', 1, sub { spew($_[1], $one) }, $place);
    alarm_at('the newest over an older one', 0, sub { spew($_[0], $two) }, $place);
};

subtest 'other logs' => sub {
    my $other = SealTest->new('example.net/other');
    my ($copy, @files) = kept(sub { spew($_[1], $other->note(8, 'x' x 32)) });
    my $v = asked($copy);
    is_deeply [$v->{status}, $v->{findings}], [0, []], 'nothing is wrong with those of this log';
    is $v->{verdict}{seals}{passed_over}, 1, "another log's note in its place is counted";
    is $v->{verdict}{seals}{anchored_by}{size}, 4, 'and the extent is that of what is left';
};

my %no_file = (
    'a directory' => sub { unlink $_[1]; mkdir $_[1] or die },
    'a fifo' => sub { unlink $_[1]; system('mkfifo', $_[1]) == 0 or die },
    'a link to nowhere' => sub { unlink $_[1]; symlink '/nonexistent', $_[1] or die },
    'a link to a device' => sub { unlink $_[1]; symlink '/dev/zero', $_[1] or die },
    'a link to itself' => sub { unlink $_[1]; symlink $_[1], $_[1] or die },
);

subtest 'what is no file' => sub {
    for my $name (sort keys %no_file) {
        my ($copy, @files) = kept($no_file{$name});
        my $v = asked($copy);
        is $v->{status}, 3, "$name: could not tell";
        like $v->{err}, qr/cannot read anchor \Q$files[1]\E: /, 'and which it is';
    }
    my ($copy) = kept(sub { rename $_[1], "$_[2]/kept"; symlink "$_[2]/kept", $_[1] or die });
    is_deeply [@{asked($copy)}{qw(status findings)}], [0, []], 'a link to the file does no harm';
    ($copy) = kept(sub { unlink @_[0, 1] });
    like asked($copy)->{err}, qr/no checkpoint of this log is among the anchors.*is the directory the right one, and mounted/,
        'removed, all of them';
};

subtest 'keys' => sub {
    my $newer = $log->another_key;
    my @both = (@pinned, '--key', $newer->vkey);
    my ($copy, @files) = kept(sub { spew($_[0], $newer->note(4, root_of($one))) });
    is_deeply verify($c, 'sealed', @both, '--anchors', $copy)->{findings}, ["signature anchor $files[0]"],
        'an old one signed by a newer key, while a later one is not';
    ($copy, @files) = kept(sub { spew($_[0], $log->note(4, 'x' x 32)) });
    my $v = verify($c, 'sealed', @pinned, '--anchors', $copy);
    is_deeply $v->{findings}, ['rewritten seal log'], 'another root under a good signature: one of two logs is false';
    like $v->{raw}[0]{detail}, qr/Trust those kept elsewhere/, 'what to do';
    my $db = copy_of($c, 'sealed');
    forge($c, $db, sprintf q{UPDATE auditproof.checkpoint SET note = '\x%s', root = '\x%s' WHERE size = 4},
        unpack('H*', $log->note(4, 'x' x 32)), unpack 'H*', 'x' x 32);
    is_deeply verify($c, $db, @pinned)->{findings}, ['rewritten seal log'], 'likewise in the database';
    ($copy, @files) = kept(sub { spew($_[1], $log->note(9, 'x' x 32)) });
    $v = verify($c, 'sealed', @pinned, '--anchors', "$copy");
    is_deeply $v->{findings}, ["signature anchor $files[1]", 'truncated seal log'], 'one of more seals than there are';
};

sub root_of { my ($note) = @_; return decode_base64((split /\n/, $note)[2]) }

subtest 'older than the database' => sub {
    my ($copy) = kept(sub { unlink $_[1] });
    my $v = asked($copy);
    is_deeply [@$v{qw(status findings notices)}, $v->{verdict}{verdict}], [0, [], [], 'trusted'], 'no alarm';
    is $v->{verdict}{seals}{anchored_by}{size}, 4, 'and the extent is said';
};

# auditseal asks its anchor before it signs.
subtest 'the anchor of who seals' => sub {
    my $db = copy_of($c, 'sealed');
    my %mutilated = (
        'a byte' => sub { spew($_[1], $two =~ s/^(8\n)(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/mer) },
        'cut short' => sub { spew($_[1], substr $two, 0, 60) },
        'empty' => sub { spew($_[1], '') },
        'an older one' => sub { spew($_[1], $one) },
        "another log's" => sub { spew($_[1], SealTest->new('example.net/other')->note(8, 'x' x 32)) },
        'one by another key' => sub { spew($_[1], $log->another_key->note(8, 'x' x 32)) },
        %no_file,
    );
    for my $name (sort keys %mutilated) {
        my ($copy) = kept($mutilated{$name});
        my $worm = tempdir();
        mkdir "$worm/" . substr(sha256_hex('example.org/log'), 0, 16) or die;
        rename $_, $_ =~ s{.*/}{"$worm/" . substr(sha256_hex('example.org/log'), 0, 16) . '/'}er or die "$_: $!" for glob "$copy/*";
        my $r = $c->run(['auditseal', 'seal', '--key', $log->key_file, '--vkey', $log->vkey, '--anchor', "dir:$worm"], db => $db);
        is $r->{status}, 1, "$name: nothing is sealed" or diag $r->{err};
        like $r->{err}, qr/signature: expected a checkpoint signed by .*(?:The newest file of an anchor is not a checkpoint of the size in its name|The newest checkpoint at anchor dir:\Q$worm\E is not signed by this log's key)/,
            'and why';
    }
};

done_testing;
