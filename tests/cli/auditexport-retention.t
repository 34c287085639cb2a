#!/usr/bin/perl
# What a SOC 2 bundle says of retention: entries whose window is over, what was purged, and groups that were erased.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

# A server whose clock stands eight years back, and goes on.
my $c = do {
    local %ENV = (%ENV, %{AuditTest::clock(-2922 * 86400)});
    AuditTest->cluster;
};
my $year = $c->psql('postgres', 'SELECT extract(year FROM clock_timestamp())');
cmp_ok $year, '<', 1900 + (localtime)[5] - 6, 'eight years ago';
my $dir = tempdir();
my $key = "$dir/seal.pem";
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0;
entries($c, 'old');
$c->psql('old', 'DELETE FROM auth.users WHERE id = u(3)');
is $c->run(['auditseal', 'seal', '--key', $key], db => 'old')->{status}, 0;
$c->stop;
$c->start;
$c->psql('old', "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES (t(1), 'LOGIN', 'new')");
$c->psql('old', 'DELETE FROM organizations WHERE id = t(2)');

my $exports = 0;

sub export {
    my ($n) = @_;
    my $at = "$dir/" . ++$exports;
    my @chain = $n > 0 ? ('--org', $c->psql('old', "SELECT t($n)")) : '--system';
    my $r = $c->run(['auditexport', 'soc2', '--no-register', @chain, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '--seal', '-o', "$at.tar.gz"], db => 'old');
    is $r->{status}, 0 or diag $r->{err};
    mkdir $at;
    is system('tar', 'xzmf', "$at.tar.gz", '-C', $at, '--strip-components=1'), 0;
    is qx(python3 tests/lib/soc2_tables.py compare '$at' >/dev/null 2>&1; echo \$?), "0\n";
    return "$at/data";
}

sub lines { return [map { s/\r$//r } split /\n/, slurp($_[0])] }

subtest 'what is due' => sub {
    my $data = export(1);
    my $old = $c->psql('old', "SELECT count(*) - 1 FROM audit_logs WHERE organization_id = t(1)");
    my $due = lines("$data/retention/due.csv");
    is scalar(@$due), 2, 'of one day';
    my ($day, $until, @is) = map { s/"//gr } split /,/, $due->[1];
    is_deeply [@is[0 .. 2]], [$old, 1, $old], 'all but the newest entry';
    is substr($until, 0, 10), $c->psql('old', "SELECT auditproof.retention_until('$day', '$day', 7)"), 'as the database reckons';
    is scalar(@{lines("$data/retention/disposed.csv")}), 1, 'nothing was disposed of';
    is scalar(@{lines("$data/retention/$_.csv")}), 1, "no $_" for qw(holds policies);
    my ($erased, $whole) = map { qr/,"$_","[0-9a-f-]{36}","[0-9a-f]{64}"\r\n/ } '","account', '","';
    my $table = slurp("$data/population/CC3-risk-events.csv");
    my $gone = $c->psql('old', q{SELECT count(*) FROM audit_logs l JOIN auditproof.erasure e ON e.log_id = l.id WHERE organization_id = t(1) AND l.risk_level = 'medium'});
    cmp_ok $gone, '>', 0;
    is scalar(my @all = $table =~ /$erased/g), $gone, 'erased groups are told in their column';
    cmp_ok scalar(@all = $table =~ /$whole/g), '>', $gone;
};

subtest 'policies and holds' => sub {
    $c->psql('old', q{SELECT auditproof.policy_set('00000000-0000-0000-0000-000000000000', 'audit_logs', 'audit', 7, 'years', 1, 'claims', 'EU', 'Board');
        SELECT auditproof.policy_set(t(1), 'audit_logs', 'audit', 12, 'years', 1, 'contract', 'EU', '=Board');
        SELECT auditproof.policy_set(t(3), 'audit_logs', 'audit', 20, 'years', 1, 'secret', 'EU', 'Board');
        SELECT auditproof.hold_place(t(1), NULL, 'user3@example.org', NULL, NULL, 'c*', NULL, NULL, 'Doe v. One', 'legal', 'letter', '2099-01-01');
        SELECT auditproof.hold_place(NULL, NULL, NULL, 'invoice', NULL, NULL, '2020-01-01Z', NULL, 'Roe v. Three', 'legal', 'secret', '2099-01-01');
        SELECT auditproof.hold_place(t(3), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Poe v. Three', 'legal', 'secret', '2099-01-01')});
    my $data = export(1);
    is scalar(@{lines("$data/retention/due.csv")}), 1, 'with twelve years nothing is due';
    is_deeply [map { s/,"20\d\d-[^"]+","[0-9a-f-]{36}"$//r } @{lines("$data/retention/policies.csv")}[1, 2]],
        ['"platform","audit_logs","audit","7 years","1","claims","EU","Board"', q{"organization","audit_logs","audit","12 years","1","contract","EU","'=Board"}], 'its policies';
    my ($head, @holds) = @{lines("$data/retention/holds.csv")};
    is scalar(@holds), 2, 'its holds';
    like $holds[0], qr/,"","this chain; one actor; actions like c\*","Doe v\. One","legal","letter","2099-01-01","[0-9a-f-]{36}",""$/, 'without whom they are about';
    like $holds[1], qr/,"every organization; resources of type invoice; from 2020-01-01T00:00:00Z","","","","2099-01-01",/, 'nor what is the matter of others';
    unlike slurp($_), qr/secret|Three|user3/, 'in no file of them' for map { "$data/retention/$_.csv" } qw(holds policies due disposed);
};

subtest 'what was disposed of' => sub {
    my $data = export(2);
    my $disposed = lines("$data/retention/disposed.csv");
    is scalar(@$disposed), 2;
    my $entries = $c->psql('old', 'SELECT count(*) FROM auditproof.chain_entry WHERE chain_id = t(2)');
    like $disposed->[1], qr/^"[0-9a-f-]{36}","20[^"]+","organization deleted","1","$entries","$entries","[0-9a-f-]{36}"$/;
    is scalar(@{lines("$data/retention/due.csv")}), 1, 'and so nothing is due';
    is scalar(@{lines("$data/population/CC3-risk-events.csv")}), 1, 'nor in any population';
};

subtest 'the system-wide chain tells of it' => sub {
    my $data = export(0);
    like slurp("$data/population/CC6.5-disposal.csv"), qr/"audit\.entries_purged"/;
    like slurp("$data/population/C1.2-disposal.ndjson"), qr/"organization_id":null,"action":"audit\.entries_purged"/;
};

done_testing;
