#!/usr/bin/perl
# Certificates of destruction have a second maker and checker in tests/vectors, written from audit-certificate(5). Both
# checkers take what is good, and both find what is spoiled.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $dir = tempdir();
my $r = AuditTest::run(['python3', '-B', 'tests/vectors/certificate_cases.py', $dir]);
is $r->{status}, 0, 'certificates are made' or BAIL_OUT $r->{err};
my @names = map { m{([^/]+)\.note$} } sort glob "$dir/*.note";
cmp_ok scalar @names, '>=', 50, 'many';
my %jobs = map { ($_ => AuditTest::spawn(['python3', '-B', 'tests/vectors/certificate_check.py', "$dir/$_.note"])) } @names;
for my $name (@names) {
    my $good = $name =~ /^good/;
    is $jobs{$name}->wait->{status}, $good ? 0 : 1, "$name: the other checker";
    $r = AuditTest::run(['auditverify', "$dir/$name.note", '--key', "$dir/key.pub"]);
    # What does not begin as a certificate is taken for a bundle.
    is $r->{status}, $good ? 0 : $name eq 'title' ? 3 : 1, "$name: auditverify" or diag $r->{out}, $r->{err};
    like $r->{out}, qr/^Verdict: trusted/m, "$name: with its key" if $good;
}
done_testing;
