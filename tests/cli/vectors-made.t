#!/usr/bin/perl
# The committed vectors are what the generator makes, to the byte.
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;

my $vectors = dirname(__FILE__) . '/../vectors';
my $made    = tempdir(CLEANUP => 1);

sub slurp {
    my ($path) = @_;
    open my $in, '<:raw', $path or return;
    local $/ = undef;
    return scalar <$in>;
}

local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
is(system('python3', "$vectors/make_vectors.py", $made), 0, 'the generator runs');
my @committed = map { basename($_) } sort glob "$vectors/*.json";
is_deeply([map { basename($_) } sort glob "$made/*.json"], \@committed, 'it makes the files that are committed');
ok(slurp("$made/$_") eq slurp("$vectors/$_"), "$_ is as committed") for @committed;
done_testing();
