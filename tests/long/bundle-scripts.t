#!/usr/bin/perl
# verify.sh says the same as every other checker of every bundle in tests/vectors: as an archive, as a directory where it
# can be unpacked to one, and with each awk and shell that is here.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use VerifyScriptTest;
use Test::More;

my $dir = tempdir();
my @cases = (bundle_cases("$dir/good"), bundle_cases("$dir/spoiled", '--negatives'));
agrees_on(\@cases);
cmp_ok scalar @cases, '>=', 430, 'all cases ran';

my @small = grep { -s $_->{file} < 50_000 } @cases;
my @directories = grep {
    my $case = $_;
    !grep { $_->{kind} eq 'archive' } @{$case->{must}} and $case->{verdict} ne 'unreadable'
} @small;
agrees_on(\@directories, bundle => sub { unpacked($_[0]{file}) });
cmp_ok scalar @directories, '>=', 300, 'and all directories';

my %shell = (gawk => 'bash', busybox => 'busybox sh', 'original-awk' => 'dash');
for my $tool (sort keys %shell) {
    my $path = path_with($tool) or next;
    subtest $tool => sub { agrees_on(\@small, shell => $shell{$tool}, env => {PATH => $path}) };
}

done_testing();
