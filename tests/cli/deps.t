# `make deps`: silent when nothing is missing; else it says what it installs, or who has to. The programs that it would
# install with are stubs that note how they were called; none of the system's own is within reach.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $list = tempdir() . '/packages.txt';
spew($list, "# what we need\ngcc\n\nlibone-dev # why\ntwo\n");

# A machine that has the named packages, seen by a user of that number, with or without sudo.
sub machine {
    my (%o) = @_;
    my $dir = tempdir();
    my $calls = "$dir/calls";
    my $note = "#!/bin/sh\nprintf '%s\\n' \"\${0##*/} \$*\" >>'$calls'\n";
    my %stub = (
        id      => "#!/bin/sh\necho $o{uid}\n",
        mkdir   => $note,
        tee     => "${note}cat >/dev/null\n",
        'apt-get' => $note . ($o{offline} ? "exit 100\n" : ''),
        'dpkg-query' => "#!/bin/sh\nfor p; do :; done\ncase \$p in " . join('|', @{$o{has}})
            . ") printf installed ;; *) exit 1 ;; esac\n",
    );
    $stub{sudo} = $note . qq{exec "\$@"\n} if $o{sudo};
    delete $stub{'dpkg-query'} if $o{no_dpkg};
    for my $name (keys %stub) {
        spew("$dir/$name", $stub{$name});
        chmod 0755, "$dir/$name" or die "$dir/$name: $!\n";
    }
    for my $name (qw(sh sed cat env)) {
        chomp(my $path = qx(sh -c 'command -v $name'));
        symlink $path, "$dir/$name" or die "$dir/$name: $!\n";
    }
    my $r = AuditTest::run(['share/build/deps', $list], env => {PATH => $dir});
    return ($r, -e $calls ? slurp($calls) : '');
}

subtest 'nothing is missing' => sub {
    my ($r, $calls) = machine(uid => 1000, has => [qw(gcc libone-dev two)]);
    is $r->{status}, 0, 'done';
    is "$r->{out}$r->{err}$calls", '', 'and nothing said, nothing called';
};

subtest 'root' => sub {
    my ($r, $calls) = machine(uid => 0, has => ['gcc']);
    is $r->{status}, 0, 'done';
    is $r->{err}, "deps: installing libone-dev two\n", 'says what';
    like $calls, qr/^apt-get update.*^apt-get install -y -qq --no-install-recommends libone-dev two$/ms, 'and does it';
};

subtest 'a user with sudo' => sub {
    my ($r, $calls) = machine(uid => 1000, sudo => 1, has => [qw(gcc two)]);
    is $r->{status}, 0, 'done';
    is $r->{err}, "deps: installing libone-dev\n", 'says what';
    my @changes = grep { /^(?:apt-get|mkdir|tee)/ } split /\n/, $calls;
    my @through = grep { /^sudo / } split /\n/, $calls;
    is scalar @changes, scalar @through, 'each change through sudo';
    like $calls, qr/^sudo env DEBIAN_FRONTEND=noninteractive apt-get install .* libone-dev$/m, 'asks no questions';
};

subtest 'a user without' => sub {
    my ($r, $calls) = machine(uid => 1000, has => ['two']);
    is $r->{status}, 1, 'fails';
    like $r->{err}, qr/missing.*no sudo.*apt-get install gcc libone-dev$/s, 'says what to do';
    is $calls, '', 'and tries nothing';
};

subtest 'no network' => sub {
    my ($r) = machine(uid => 0, offline => 1, has => []);
    isnt $r->{status}, 0, 'fails';
};

subtest 'no Debian' => sub {
    my ($r) = machine(uid => 0, no_dpkg => 1, has => []);
    is $r->{status}, 1, 'fails';
    like $r->{err}, qr/\Q$list\E/, 'says which packages are needed';
};

done_testing;
