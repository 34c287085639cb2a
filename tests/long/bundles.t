#!/usr/bin/perl
# A week of five tenants, 200,000 entries: a bundle of each, checked by auditverify, by verify.sh, and by the checker that
# was written from audit-bundle(5). The page that checks in a browser has its turn in `make check-browser`.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use Test::More;

my $entries = $ENV{BUNDLE_ENTRIES} // 200_000;
my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";

$c->createdb('week');
is $c->run(['auditmigrate', '-q', 'install'], db => 'week')->{status}, 0;
$c->psql('week', slurp('share/demo/tenants.sql'));
is system("awk -v n=$entries -v end=1795300000 -f share/demo/events.awk | LC_ALL=C sort -n | cut -f2- >$dir/week.ndjson"), 0, 'events are made';
is $c->run(['auditwrite', '-q', "$dir/week.ndjson"], db => 'week', timeout => 600)->{status}, 0;
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'], db => 'week')->{status}, 0;
is $c->run(['auditseal', 'seal', '--key', $key], db => 'week', timeout => 300)->{status}, 0;

my @orgs = map { sprintf '00000001-%04d-4000-8000-000000000000', $_ } 1 .. 5;
my $total = 0;

sub bundle {
    my ($kind, $org, $name, @more) = @_;
    my $r = $c->run(['auditexport', $kind, '--org', $org, '--from', '2026-11-01', '--to', '2026-12-01', '--key', $key, '--format', 'json',
            '-o', "$dir/$name.tar.gz", @more], db => 'week', timeout => 600);
    is $r->{status}, 0, "$name is written" or diag $r->{err};
    return $r->{status} == 0 ? JSON::PP::decode_json($r->{out}) : {};
}

# By all three, with the key's fingerprint and with another.
sub checked {
    my ($name, $fingerprint) = @_;
    my $file = "$dir/$name.tar.gz";
    my $r = AuditTest::run(['auditverify', '--key', $fingerprint, '--format', 'json', $file], timeout => 600);
    is $r->{status}, 0, "auditverify: $name" or diag $r->{out}, $r->{err};
    like $r->{out}, qr/"verdict": ?"trusted"/;
    $r = AuditTest::run(['python3', 'tests/vectors/bundle_check.py', '--json', '--pin', $fingerprint, $file], timeout => 900);
    is $r->{status}, 0, "the other checker: $name" or diag $r->{out}, $r->{err};
    like $r->{out}, qr/"verdict": ?"trusted"/;
    mkdir "$dir/x";
    is system('tar', '-xzf', $file, '-C', "$dir/x", '--strip-components=1'), 0;
    is system("cd '$dir/x' && sh verify.sh $fingerprint >/dev/null 2>$dir/said"), 0, "verify.sh: $name" or diag slurp("$dir/said");
    my $other = $fingerprint =~ tr/0-9a-f/1-9a-f0/r;
    isnt system("cd '$dir/x' && sh verify.sh $other >/dev/null 2>&1"), 0, 'which another key does not pass';
    is system('rm', '-rf', "$dir/x"), 0;
    return;
}

for my $n (1 .. 5) {
    my $said = bundle('soc2', $orgs[$n - 1], "soc2-$n");
    is $said->{asked_for}, $c->psql('week', "SELECT count(*) FROM audit_logs WHERE organization_id = '$orgs[$n - 1]'") + 0, 'all of it';
    $total += $said->{asked_for} // 0;
    checked("soc2-$n", $said->{fingerprint});
}
is $total, $entries, 'and between them, all that was written';
my $said = bundle('sample', $orgs[0], 'sample', '-n', 60, '--seed', 'a seed');
checked('sample', $said->{fingerprint});

done_testing;
