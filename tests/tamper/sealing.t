#!/usr/bin/perl
# No alarm: what auditseal seals in the life of a healthy database is trusted, also while it is being written to.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Cwd qw(getcwd);
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my ($key, $worm) = (tempdir() . '/seal.pem', tempdir());
my @trust = ('--key', "$key.pub", '--anchors', $worm);
entries($c, 'sealed');

sub seal {
    my $r = $c->run(['auditseal', 'seal', '-q', '--key', $key, '--anchor', "dir:$worm", @_], db => 'sealed');
    is $r->{status}, 0, 'sealed' or diag $r->{err};
    return;
}
sub trusted {
    my ($name, $db, $covered, $uncovered, @options) = @_;
    my $v = verify($c, $db, @trust, @options);
    return is_deeply [$v->{status}, $v->{verdict}{verdict}, $v->{findings}, $v->{notices},
        @{$v->{verdict}{seals}}{qw(covered_entries uncovered_entries)}], [0, 'trusted', [], [], $covered, $uncovered], $name
        || diag explain $v;
}
sub more { return $c->psql('sealed', "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t(n % 4), "
    . "'a', 'r' FROM generate_series(1, $_[0]) AS n") }

is $c->run(['auditseal', 'keygen', $key, '--origin', 'example.org/log'], db => 'sealed')->{status}, 0, 'a key';
seal();
trusted('one round', 'sealed', 1000, 0);
more(9);
trusted('and entries after it', 'sealed', 1000, 9, '--max-unsealed=1h');
seal();
trusted('another round', 'sealed', 1009, 0, '-j2', '--split=always');

subtest 'dump and restore' => sub {
    my $dump = tempdir() . '/dump';
    $c->createdb('restored');
    for (['pg_dump', '-Fc', '-f', $dump, 'sealed'], ['pg_restore', '--exit-on-error', '-d', 'restored', $dump]) {
        my $r = $c->run($_);
        is $r->{status}, 0, $_->[0] or diag $r->{err};
    }
    trusted('restored', 'restored', 1009, 0);
};

subtest 'while entries are written, and sealed' => sub {
    my $busy = $c->spawn(['sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do psql -Xq -c "INSERT INTO audit_logs (organization_id, '
        . 'action, resource_type) SELECT t($i % 4), \'a\', \'r\' FROM generate_series(1, 20)" && "$@" || exit 1; done', 'sh',
        getcwd() . "/build/bin/auditseal", 'seal', '-q', '--key', $key, '--anchor', "dir:$worm"], db => 'sealed');
    my ($runs, @bad) = (0);
    while ($busy->running) {
        my $v = verify($c, 'sealed', @trust);
        $runs++;
        push @bad, $v if $v->{status} || $v->{verdict}{verdict} ne 'trusted';
    }
    my $r = $busy->wait;
    is $r->{status}, 0, 'written and sealed' or diag $r->{err};
    is_deeply \@bad, [], "no alarm in $runs runs meanwhile" or diag explain \@bad;
    trusted('and all is sealed then', 'sealed', 1169, 0);
};

subtest 'another key' => sub {
    my $new = tempdir() . '/seal.pem';
    $c->run(['auditseal', 'keygen', $new, '--origin', 'example.org/log'], db => 'sealed');
    my $r = $c->run(['auditseal', 'rotate', '--key', $key, '--new-key', $new, '--anchor', "dir:$worm"], db => 'sealed');
    is $r->{status}, 0, 'rotated' or diag $r->{err};
    more(4);
    $key = $new;
    seal();
    trusted('the old one pinned', 'sealed', 1173, 0);
    $trust[1] = "$new.pub";
    trusted('the new one pinned', 'sealed', 1173, 0);
};

subtest 'restored from an older dump' => sub {
    my $dump = tempdir() . '/dump';
    is $c->run(['pg_dump', '-Fc', '-f', $dump, 'sealed'])->{status}, 0, 'pg_dump';
    more(8);
    seal();
    $c->createdb('older');
    is $c->run(['pg_restore', '--exit-on-error', '-d', 'older', $dump])->{status}, 0, 'pg_restore';
    is_deeply verify($c, 'older', @trust)->{findings}, ['truncated seal log'], 'not declared';
    my $r = $c->run(['auditseal', 'epoch', '--key', $key, '--reason', 'the disk died', '--anchor', "dir:$worm"], db => 'older');
    is $r->{status}, 0, 'declared' or diag $r->{err};
    trusted('no alarm', 'older', 1173, 0);
    is verify($c, 'older', @trust)->{verdict}{seals}{explained}, 1, 'and said to be lost';
    is verify($c, 'sealed', @trust)->{status}, 0, 'nor where it was dumped from';
};

done_testing;
