#!/usr/bin/perl
# No alarm: what auditseal seals in the life of a healthy database is trusted, also while it is being written to.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

our $c = AuditTest->cluster;
my ($key, $worm) = (tempdir() . '/seal.pem', tempdir());
our @trust = ('--key', "$key.pub", '--anchors', $worm);
entries($c, 'sealed');

sub seal {
    my ($db, $dir) = @_;
    my $r = $c->run(['auditseal', 'seal', '-q', '--key', $key, '--anchor', 'dir:' . ($dir // $worm)], db => $db // 'sealed');
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
sub more { return $c->psql($_[1] // 'sealed', "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t(n % 4), "
    . "'a', 'r' FROM generate_series(1, $_[0]) AS n") }

is $c->run(['auditseal', 'keygen', $key, '--origin', 'example.org/log'], db => 'sealed')->{status}, 0, 'a key';
seal();
trusted('one round', 'sealed', 1000, 0);
more(9);
trusted('and entries after it', 'sealed', 1000, 9, '--max-unsealed=1h');
seal();
trusted('another round', 'sealed', 1009, 0, '-j2', '--split=always');

subtest 'dump and restore into a new cluster' => sub {
    my ($roles, $dump) = map { tempdir() . "/$_" } qw(roles dump);
    my $to = AuditTest->cluster;
    for ([$c, 'pg_dumpall', '--roles-only', '-f', $roles], [$c, 'pg_dump', '-Fc', '-f', $dump, 'sealed'],
        [$to, 'psql', '-Xq', '-f', $roles], [$to, 'createdb', 'restored'],
        [$to, 'pg_restore', '--exit-on-error', '-d', 'restored', $dump]) {
        my ($on, @command) = @$_;
        my $r = $on->run(\@command);
        is $r->{status}, 0, $command[0] or diag $r->{err};
    }
    local $c = $to;
    trusted('restored', 'restored', 1009, 0);
    my $kept = tempdir();
    my $r = $to->run(['cp', '-r', "$worm/.", $kept]);
    local @trust = ('--key', "$key.pub", '--anchors', $kept);
    more(7, 'restored');
    seal('restored', $kept);
    trusted('sealed on', 'restored', 1016, 0);
};

# Two sealers on two hosts: each has the key in a file of its own, an anchor that the other does not know, and the one
# that they share. Their own are named alike, so that the second one to be used says once that its is to be filled.
subtest 'while entries are written, and sealed from two hosts' => sub {
    my @hosts = map { tempdir() } 1, 2;
    for my $host (@hosts) {
        spew("$host/seal.pem$_", slurp("$key$_")) for '', '.pub';
        chmod 0600, "$host/seal.pem" or die;
        mkdir "$host/own" or die;
    }
    my @writers = map { $c->spawn(['sh', '-c', "for i in 1 2 3 4 5 6 7 8; do psql -Xq -c 'INSERT INTO audit_logs "
        . "(organization_id, action, resource_type) SELECT t(n % 4), \$\$a\$\$, \$\$r\$\$ FROM generate_series(1, 20) AS n' || exit 1; "
        . 'done'], db => 'sealed') } 1, 2;
    my @sealers = map { $c->spawn(['sh', '-c', '"$@" --refill-anchor dir:own && for i in 2 3 4 5 6; do "$@" || exit 1; done', 'sh', AuditTest::bin('auditseal'),
        'seal', '--key', 'seal.pem', '--anchor', 'dir:own', '--anchor', "dir:$worm"], db => 'sealed', cwd => $_) } @hosts;
    my ($runs, @bad) = (0);
    while (grep { $_->running } @writers, @sealers) {
        my $v = verify($c, 'sealed', @trust);
        $runs++;
        push @bad, $v if $v->{status} || $v->{verdict}{verdict} ne 'trusted';
    }
    for (@writers, @sealers) {
        my $r = $_->wait;
        is $r->{status}, 0, 'written, or sealed' or diag $r->{out} . $r->{err};
    }
    is_deeply \@bad, [], "no alarm in $runs runs meanwhile" or diag explain \@bad;
    seal();
    trusted('and all is sealed then', 'sealed', 1329, 0);
    for my $host (@hosts) {
        my $v = verify($c, 'sealed', '--key', "$key.pub", '--anchors', "$host/own");
        is_deeply [@$v{qw(status findings)}, $v->{verdict}{verdict}], [0, [], 'trusted'], "by the anchor of a host"
            or diag explain $v;
    }
};

subtest 'another key' => sub {
    my $new = tempdir() . '/seal.pem';
    $c->run(['auditseal', 'keygen', $new, '--origin', 'example.org/log'], db => 'sealed');
    my $r = $c->run(['auditseal', 'rotate', '--key', $key, '--new-key', $new, '--anchor', "dir:$worm"], db => 'sealed');
    is $r->{status}, 0, 'rotated' or diag $r->{err};
    more(4);
    $key = $new;
    seal();
    trusted('the old one pinned', 'sealed', 1333, 0);
    $trust[1] = "$new.pub";
    trusted('the new one pinned', 'sealed', 1333, 0);
};

subtest 'restored from an older dump' => sub {
    my $dump = tempdir() . '/dump';
    is $c->run(['pg_dump', '-Fc', '-f', $dump, 'sealed'])->{status}, 0, 'pg_dump';
    more(8);
    seal();
    $c->createdb('older');
    is $c->run(['pg_restore', '--exit-on-error', '-d', 'older', $dump])->{status}, 0, 'pg_restore';
    my $v = verify($c, 'older', @trust);
    is_deeply $v->{findings}, ['truncated seal log'], 'not declared';
    like $v->{raw}[0]{detail}, qr/the database is older than what was anchored: it was set back/, 'which is said';
    my $refused = $c->run(['auditseal', 'seal', '--key', $key, '--anchor', "dir:$worm"], db => 'older');
    is $refused->{status}, 1, 'nor sealed on';
    like $refused->{err}, qr/truncated: .*If the database was restored from a backup on purpose, declare it with `auditseal epoch`/,
        'which says what to do';
    my $r = $c->run(['auditseal', 'epoch', '--key', $key, '--reason', 'the disk died', '--anchor', "dir:$worm"], db => 'older');
    is $r->{status}, 0, 'declared' or diag $r->{err};
    trusted('no alarm', 'older', 1333, 0);
    is verify($c, 'older', @trust)->{verdict}{seals}{explained}, 1, 'and said to be lost';
    is verify($c, 'sealed', @trust[0, 1])->{status}, 0, 'nor where it was dumped from';
    $v = verify($c, 'sealed', @trust);
    is_deeply $v->{findings}, ['truncated log_key 2'], 'which is said not to be the log any more, where the declaration is kept'
        or diag explain $v;
};

done_testing;
