#!/usr/bin/perl
# The platform's foreign keys: an organization can be deleted once its entries' seven years are over, and the chain still
# verifies; before, not.
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
entries($c, 'old');
$c->psql('old', 'DELETE FROM auth.users WHERE id = u(3)');
$c->createdb('aged', template => 'old');
forge($c, 'aged', q{ALTER TABLE audit_logs ALTER chain_salt DROP NOT NULL; INSERT INTO audit_logs (id, organization_id, action,
    resource_type, chain_salt) SELECT e(n), t(2), 'x', 'y', NULL FROM generate_series(1001, 1100) AS n});
is $c->run(['auditmigrate', 'adopt', '-q'], db => 'aged')->{status}, 0, 'entries are adopted';
my ($state) = $c->psql_error('old', 'DELETE FROM organizations WHERE id = t(2)');
is $state, '23001', 'within the window an organization stays';
$c->stop;
$c->start;
cmp_ok $c->psql('old', 'SELECT extract(year FROM clock_timestamp())'), '>=', $year + 7, 'eight years later';

$c->psql('old', q{INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES (e(1401), t(1), 'a', 'r')});
$c->psql('old', 'DELETE FROM organizations WHERE id = t(2)');
($state) = $c->psql_error('old', 'DELETE FROM organizations WHERE id = t(1)');
is $state, '23001', 'an organization with one entry within the window stays';

tampered($c, 'old', 'a tenant deleted after its window', 'SELECT 1');
my $v = verify($c, 'old');
is $v->{verdict}{extent}{purged}, 250, 'the report counts what left';
my ($chain) = grep { ($_->{purged} // 0) > 0 } @{$v->{chains}};
is_deeply [@$chain{qw(entries head_seq purged)}], [250, 250, 250], 'its chain stays';
is verify($c, 'old', '--org', $chain->{chain})->{status}, 0, 'and verifies by itself';

# What told of an adoption may leave with the rest; its place in the chain stays.
$c->psql('aged', 'DELETE FROM organizations WHERE id = t(2)');
tampered($c, 'aged', 'a tenant with adopted entries deleted after its window', 'SELECT 1');
tampered($c, 'aged', 'and then its ranges removed', 'DELETE FROM auditproof.adoption_range', 'head T2 adoption');
is verify($c, 'aged')->{verdict}{extent}{adopted_entries}, 100, 'the report counts what was adopted';

tampered($c, 'old', 'the record of the purge deleted',
    'DELETE FROM auditproof.purge_range; DELETE FROM auditproof.purge', map { "missing T2 $_ e" . (4 * $_ - 2) } 1 .. 250);
tampered($c, 'old', 'a purge under the name of another chain', 'UPDATE auditproof.purge SET chain_id = t(3); '
    . 'UPDATE auditproof.purge_range SET chain_id = t(3)', 'early-purge T3 1',
    map { "missing T2 $_ e" . (4 * $_ - 2) } 1 .. 250);
tampered($c, 'old', 'an entry within the window hidden by the old purge', 'DELETE FROM audit_logs WHERE id = e(1401); '
    . 'INSERT INTO auditproof.purge_range SELECT t(1), purge_id, 252, 252 FROM auditproof.purge', 'early-purge T1 252',
    'missing T1 252 e1401');
tampered($c, 'old', 'a purged chain cut', 'DELETE FROM auditproof.chain_entry WHERE chain_id = t(2) AND seq = 101',
    'gap T2 101');

done_testing;
