#!/usr/bin/perl
# auditclassify agrees with the plain matcher of tests/rules/sigma on every pair of event and rule: over the committed
# events, over events that nearly match, and over random streams for correlations and enrichment. RULES_EACH and
# RULES_EVENTS ask for more of the last two.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my @rules  = qw(rules/auditproof tests/rules/sigma-saas);
my $each   = $ENV{RULES_EACH}   // 1;
my $events = $ENV{RULES_EVENTS} // 500;

# Output of one of the scripts in tests/rules.
sub script {
    my ( $stdin, $name, @arguments ) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    return AuditTest::run( [ 'python3', "tests/rules/$name.py", @arguments ],
        stdin => $stdin // '', timeout => 60 * ( 1 + $each / 3 + $events / 1000 ) );
}

sub agrees {
    my ( $what, $stdin, @arguments ) = @_;
    my $run = script( $stdin, 'agree', '--tool', AuditTest::bin('auditclassify'), @arguments );
    is $run->{status}, 0, $what or diag $run->{out}, $run->{err};
    like $run->{out}, qr/^[1-9]\d* events, [1-9]\d* rules, [1-9]\d* matches, 0 differences$/m, "$what: something was compared";
    note $run->{out};
    return;
}

# Lines of what may be laid out over many.
sub events_of {
    my @files = @_;
    my $run = AuditTest::run( [ 'jq', '-c', 'if type == "array" then .[] elif .Records then .Records[] else . end', @files ] );
    is $run->{status}, 0, 'events are read' or diag $run->{err};
    return $run->{out};
}

agrees( 'CloudTrail', events_of( glob 'tests/rules/events/*/*.json' ), '--pipeline=rules/pipelines/cloudtrail.yml', @rules );
for my $product (qw(okta github google_workspace microsoft365 auth0)) {
    my $pipeline = "--pipeline=rules/pipelines/$product.yml";
    my $near     = script( undef, 'near_misses', "--each=$each", $pipeline, @rules );
    agrees( $product, slurp("tests/rules/pipelines/$product.ndjson") . $near->{out}, $pipeline, @rules );
}

my @plain = grep { !/\.test\.yml$/ && slurp($_) !~ /^correlation:/m } glob 'rules/auditproof/*.yml';
my $near = script( undef, 'near_misses', "--each=$each", @plain, 'tests/rules/sigma-saas' );
is $near->{status}, 0, 'events that nearly match are made' or diag $near->{err};
agrees( 'near misses', $near->{out}, '--no-pipeline', @plain, 'tests/rules/sigma-saas' );

my $forms = 'tests/rules/forms';
$near = script( undef, 'near_misses', '--each=' . 4 * $each, "$forms/detections.yml" );
agrees( 'every form of a detection', $near->{out}, '--no-pipeline', "$forms/detections.yml" );

my $stream = script( undef, 'streams', "--events=$events", "$forms/correlations.yml" );
agrees( 'every type of correlation', $stream->{out}, "$forms/correlations.yml" );

$stream = script( undef, 'streams', "--events=$events", 'rules/auditproof' );
is $stream->{status}, 0, 'a stream is made' or diag $stream->{err};
agrees( 'correlations and enrichment', $stream->{out}, 'rules/auditproof' );

my $beside = script( undef, 'reference', '--tests', 'rules/auditproof' );
is $beside->{status}, 0, 'the plain matcher passes the tests beside the rules' or diag $beside->{out};
done_testing;
