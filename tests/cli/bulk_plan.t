# A bulk load in one transaction does work in proportion to its rows, though its plans are made for empty tables. A plan
# that scans chain_entry for the head of a chain reads each entry once for every one after it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my ($few, $many, $tenants) = (15_000, 60_000, 3);
my $c = AuditTest->cluster(conf => {max_connections => 20});
$c->createdb('empty');
is $c->run(['auditmigrate', 'install', '-q'], db => 'empty')->{status}, 0, 'installed';
$c->psql('empty', qq(INSERT INTO organizations (id, name)
    SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, i FROM generate_series(1, $tenants) AS i));
$c->psql('empty', 'ANALYZE');

# What the server did for each row: entries read from the chain, and pages of either table or their indexes. Counted, for
# a clock would tell what else the machine was doing.
sub load {
    my ($rows) = @_;
    my $db = $c->createdb("load$rows", template => 'empty');
    $c->psql($db, qq(INSERT INTO audit_logs (organization_id, action, resource_type)
        SELECT ('00000000-0000-4000-8000-' || lpad((1 + i % $tenants)::text, 12, '0'))::uuid, 'bulk.load', 'test'
          FROM generate_series(1, $rows) AS i));
    is $c->psql($db, 'SELECT count(*) FROM auditproof.chain_entry'), $rows, "$rows rows: each is chained";
    # A session hands its counts in when it ends.
    wait_until { $c->psql($db, q(SELECT n_tup_ins FROM pg_stat_all_tables
        WHERE relid = 'auditproof.chain_entry'::regclass)) == $rows } 10, 'the counts';
    my ($entries, $pages) = split /\|/, $c->psql($db, q(
        SELECT (SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_all_tables WHERE relid = 'auditproof.chain_entry'::regclass),
               (SELECT sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit) FROM pg_statio_all_tables
                WHERE relid IN ('audit_logs'::regclass, 'auditproof.chain'::regclass, 'auditproof.chain_entry'::regclass))));
    note sprintf '%d rows: %.2f entries and %.2f pages for each', $rows, $entries / $rows, $pages / $rows;
    return ($entries / $rows, $pages / $rows);
}

my ($entries_few, $pages_few) = load($few);
my ($entries_many, $pages_many) = load($many);
cmp_ok $entries_many, '<', 4, 'the head of a chain is found without reading the chain';
cmp_ok $pages_many, '<', 1.5 * $pages_few, 'a row of a large load costs hardly more than one of a small load';
is $c->run(['auditverify', '-q', '--no-guards'], db => "load$many")->{status}, 0, 'and what was loaded verifies';

# A chain that nobody else writes to costs no place in the table of locks, which all of the server's sessions share.
my $chains = 10_000;
$c->psql('empty', qq(INSERT INTO organizations (id, name)
    SELECT ('00000000-0000-4000-9000-' || lpad(i::text, 12, '0'))::uuid, i FROM generate_series(1, $chains) AS i));
for my $time ('that are new', 'that are not') {
    $c->psql('empty', q(INSERT INTO audit_logs (organization_id, action, resource_type)
        SELECT id, 'bulk.load', 'test' FROM organizations WHERE id >= '00000000-0000-4000-9000-000000000000'));
    pass "one transaction writes to $chains chains $time";
}

done_testing;
