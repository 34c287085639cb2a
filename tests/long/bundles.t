#!/usr/bin/perl
# A week of five tenants, 200,000 entries: bundles of every kind, checked by auditverify, by verify.sh, and by the checker
# that was written from audit-bundle(5). The page that checks in a browser has its turn in `make check-browser`.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;
use WeekTest;

my $entries = $ENV{BUNDLE_ENTRIES} // 200_000;
my $week = WeekTest->new(AuditTest->cluster, $entries);
my $dir = tempdir();

# By all three, with the key's fingerprint.
sub checked {
    my ($bundle) = @_;
    my ($name, $file, $fingerprint) = (@$bundle{qw(name file)}, $bundle->{said}{fingerprint});
    my $r = AuditTest::run(['auditverify', '--key', $fingerprint, '--format', 'json', $file], timeout => 600);
    is $r->{status}, 0, "auditverify: $name" or diag $r->{out}, $r->{err};
    like $r->{out}, qr/"verdict": ?"trusted"/;
    $r = AuditTest::run(['python3', 'tests/vectors/bundle_check.py', '--json', '--pin', $fingerprint, $file], timeout => 900);
    is $r->{status}, 0, "the other checker: $name" or diag $r->{out}, $r->{err};
    like $r->{out}, qr/"verdict": ?"trusted"/;
    $r = AuditTest::run(['sh', 'share/bundle/verify.sh', $file, $fingerprint], timeout => 900);
    is $r->{status}, 0, "verify.sh: $name" or diag $r->{out}, $r->{err};
    return;
}

my $total = 0;
for my $bundle ($week->bundles) {
    checked($bundle);
    $total += $bundle->{said}{asked_for} if $bundle->{name} =~ /^soc2-\d/;
}
is $total, $entries, 'the five tenants\' have between them all that was written';

done_testing;
