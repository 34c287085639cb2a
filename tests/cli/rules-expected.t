#!/usr/bin/perl
# Which rule hits which event: the default rules and the public ones, over the committed events, each through the
# pipeline of its product. AUDIT_UPDATE=1 writes the lists anew: read what changed, then commit it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use File::Basename qw(basename);
use JSON::PP;
use Test::More;

my $lists = 'tests/rules/expected';
my @rules = map { "--rules=$_" } qw(rules/auditproof tests/rules/sigma-saas);
my %sets  = (
    stratus  => { pipeline => 'cloudtrail', files => [ sort glob 'tests/rules/events/stratus/*.json' ] },
    invictus => { pipeline => 'cloudtrail', files => [ sort glob 'tests/rules/events/invictus/*.json' ] },
    map { $_ => { pipeline => $_, files => ["tests/rules/pipelines/$_.ndjson"] } }
        qw(okta github google_workspace microsoft365 auth0),
);

# A line a match: file, number of the event in it, level, title.
sub matches {
    my ( $file, $pipeline ) = @_;
    my $run = AuditTest::run( [ 'auditclassify', '--quiet', "--pipeline=$pipeline", @rules, $file ] );
    is $run->{status}, 0, "$file is read whole" or diag $run->{err};
    my ( $number, @found ) = (0);
    for my $line ( split /\n/, $run->{out} ) {
        $number++;
        push @found, join( "\t", basename($file), $number, $_->{level}, $_->{title} ) . "\n"
            for @{ decode_json($line)->{_auditproof}{matches} };
    }
    return @found;
}

for my $name ( sort keys %sets ) {
    my $found = join '', map { matches( $_, $sets{$name}{pipeline} ) } @{ $sets{$name}{files} };
    my $path  = "$lists/$name.txt";
    if ( $ENV{AUDIT_UPDATE} ) {
        open my $out, '>:utf8', $path or die "$path: $!\n";
        print {$out} $found or die "$path: $!\n";
        close $out or die "$path: $!\n";
    }
    isnt $found, '', "$name: something is found";
    is $found, slurp($path), "$name: what is found is what $path says";
}
done_testing;
