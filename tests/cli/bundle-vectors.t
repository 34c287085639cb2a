#!/usr/bin/perl
# The bundle format has a second maker and checker in tests/vectors, written from the specification. The checker finds
# nothing in what the maker makes, standard tools read it, and everything that is spoiled is found by name.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $dir = tempdir();

sub script {
    my ( $name, @arguments ) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    return AuditTest::run( [ 'python3', "tests/vectors/$name.py", @arguments ], timeout => 300 );
}

# One test for each line of TAP that the script prints.
sub cases_hold {
    my ( $directory, $least ) = @_;
    my $limited = 'ulimit -v 600000; exec python3 -B tests/vectors/bundle_cases.py "$1"';    # bombs are among them
    my $run   = AuditTest::run( [ 'sh', '-c', $limited, 'sh', $directory ], timeout => 300 );
    my @lines = split /\n/, $run->{out};
    my $count = 0;
    while ( defined( my $line = shift @lines ) ) {
        my ( $not, $name ) = $line =~ /^(not )?ok \d+ - (.*)/ or next;
        my @why;
        push @why, shift @lines while @lines && $lines[0] =~ /^#/;
        $count++;
        ok !$not, $name or diag @why;
    }
    cmp_ok $count, '>=', $least, 'all cases ran' or diag $run->{err};
    return;
}

sub good_bundles {
    my $run = script( 'bundle_make', "$dir/good" );
    is $run->{status}, 0, 'good bundles are made' or BAIL_OUT $run->{err};
    is script( 'bundle_make', "$dir/again" )->{status}, 0, 'and made again';
    my @made = sort map { s{.*/}{}r } glob "$dir/good/*";
    is_deeply [ grep { slurp("$dir/good/$_") ne slurp("$dir/again/$_") } @made ], [], 'which gives the same bytes';
    cases_hold( "$dir/good", 30 );
    return;
}

# And GNU tar packs what it unpacked to the same bytes.
sub standard_tools {
    my $shell = <<~'SH';
        mkdir "$1/x" && cd "$1/x" || exit
        gunzip -c ../good/soc2.tar.gz >a.tar && tar xpf a.tar && tar tf a.tar >list || exit
        LC_ALL=C sort -c list && find auditproof-* -type f | LC_ALL=C sort | cmp - list || exit
        tar -b 1 --format=ustar --owner=0 --group=0 --numeric-owner -T list -cf b.tar && cmp a.tar b.tar || exit
        cd auditproof-* || exit
        sha256sum --strict --quiet -c manifest-sha256.txt && sha256sum --strict --quiet -c tagmanifest-sha256.txt || exit
        openssl pkeyutl -verify -pubin -inkey proof/pubkeys.pem -rawin -in tagmanifest-sha256.txt -sigfile tagmanifest.sig
        SH
    my $run = AuditTest::run( [ 'sh', '-c', $shell, 'sh', $dir ] );
    is $run->{status}, 0, 'gzip, tar, sha256sum and openssl read a bundle' or diag $run->{out}, $run->{err};
    return;
}

sub command {
    my $bundle = "$dir/good/soc2.tar.gz";
    my ($pins) = grep { @$_ } map { $_->{pins} } @{ decode_json( slurp("$dir/good/cases.json") ) };
    my $run = script( 'bundle_check', $bundle );
    is $run->{status}, 0, 'a good bundle: exit status 0';
    like $run->{out}, qr/^intact: .*\Q$pins->[0]\E$/, 'it says which key to pin';
    spew( "$dir/bundle.pub", "$pins->[0]\n" );
    is script( 'bundle_check', $bundle, '--pin', "$dir/bundle.pub" )->{status}, 0, 'a pin may be a file';
    $run = script( 'bundle_check', $bundle, '--json', '--pin', '0' x 64 );
    is $run->{status}, 1, 'a pin that is not its key: 1';
    my $json = decode_json( $run->{out} );
    is_deeply [ @{ $json->{findings}[0] }{qw(kind path seq)} ], [ 'signature', 'tagmanifest.sig', undef ], 'by name';
    is script( 'bundle_check', $bundle, '--pin', 'x' )->{status}, 2, 'no pin: 2';
    is script('bundle_check')->{status}, 2, 'no file: 2';
    is script( 'bundle_check', "$dir/good/cases.json" )->{status}, 3, 'no bundle: 3';
    is script( 'bundle_check', "$dir/none" )->{status}, 3, 'not there: 3';
    return;
}

sub spoiled_bundles {
    my $run = script( 'bundle_make', '--negatives', "$dir/spoiled" );
    is $run->{status}, 0, 'spoiled bundles are made' or BAIL_OUT $run->{err};
    cases_hold( "$dir/spoiled", 380 );
    return;
}

good_bundles();
standard_tools();
command();
spoiled_bundles();
done_testing();
