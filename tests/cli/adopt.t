#!/usr/bin/perl
# Adoption: entries that were there before auditproof are chained exactly once, in order, whatever kills the tool, while
# the application writes. ADOPT_ROWS sets how many (20000).
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $rows = $ENV{ADOPT_ROWS} // 20000;
# The server logs who waits for a lock for a second, its deadlock_timeout.
my $c = AuditTest->cluster(conf => {log_lock_waits => 'on', log_line_prefix => '%a|'});
my $org = '00000000-0000-0000-0000-0000000000';

$c->createdb('empty');
my $r = $c->run(['auditmigrate', 'adopt'], db => 'empty');
is $r->{status}, 3, 'a database without auditproof: could not tell';
like $r->{err}, qr/run auditmigrate install/, '... and says what to do';

$c->createdb('t');
for my $file (sort glob 'sql/platform/*.sql') {
    $r = $c->run(['psql', '-Xq1', '-v', 'ON_ERROR_STOP=1', '-f', $file], db => 't');
    is $r->{status}, 0, $file or diag $r->{err};
}
$c->psql('t', <<"SQL");
INSERT INTO organizations (id, name) SELECT ('$org' || lpad(i::text, 2, '0'))::uuid, 'o' || i FROM generate_series(1, 12) i;
INSERT INTO auth.users (id) SELECT ('$org' || lpad(i::text, 2, '0'))::uuid FROM generate_series(1, 40) i;
INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
                        old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id, created_at)
SELECT CASE WHEN i % 11 > 0 THEN ('$org' || lpad((i % 11)::text, 2, '0'))::uuid END,
       ('$org' || lpad((1 + i % 40)::text, 2, '0'))::uuid, 'ü' || i || '\@example.org', 'agent', 'a.b', 'r',
       CASE WHEN i % 3 = 0 THEN gen_random_uuid() END, CASE WHEN i % 5 = 0 THEN '{"a": 1.0, "b": [1.00, "\\u00e9"]}'::jsonb END,
       jsonb_build_object('n', i), 'low', CASE i % 3 WHEN 0 THEN '10.0.0.0/8' WHEN 1 THEN '::1' END::inet, E'x\\ty"\\\\',
       '{}', NULL,
       CASE WHEN i % 997 = 0 THEN NULL WHEN i % 991 = 0 THEN 'infinity' WHEN i % 983 = 0 THEN '-infinity'
            WHEN i % 7 = 0 THEN '2020-02-29 12:00:00.000001' ELSE timestamptz '1999-12-31' + i * interval '1 hour' END
FROM generate_series(1, $rows) i;
-- an organization that nothing refers to any more, as a key that was not validated leaves it
ALTER TABLE audit_logs DISABLE TRIGGER ALL;
INSERT INTO audit_logs (organization_id, action, resource_type) SELECT '${org}99', 'orphan', 'r' FROM generate_series(1, 5);
ALTER TABLE audit_logs ENABLE TRIGGER ALL;
-- and one whose entries may all leave
INSERT INTO audit_logs (organization_id, action, resource_type, created_at) SELECT '${org}12', 'old', 'r', '2001-01-01'
FROM generate_series(1, 5);
SQL
$r = $c->run(['auditmigrate', 'install'], db => 't');
is $r->{status}, 0, 'installed' or diag $r->{err};
is $c->psql('t', 'SELECT count(*) FROM audit_logs WHERE chain_salt IS NOT NULL'), '0', 'no row has a salt yet';
$c->psql('t', "DELETE FROM organizations WHERE id = '${org}12'");
is $c->psql('t', "SELECT count(*) FROM audit_logs WHERE organization_id = '${org}12'"), '0',
    'a tenant past its window can be deleted before';

my ($state) = $c->psql_error('t', 'UPDATE audit_logs SET chain_salt = NULL, action = action WHERE true');
is $state, '23001', 'a row to adopt cannot be changed';
($state) = $c->psql_error('t', q{UPDATE audit_logs SET chain_salt = uuid_send(gen_random_uuid())}, role => 'service_role');
is $state, '42501', 'the application cannot give salts';

# The application: four writers, each insert a transaction, none of which may wait for a lock for a second.
my $pgbench = `pg_config --bindir`;
chomp $pgbench;
$pgbench .= '/pgbench';
my $dir = tempdir();
spew("$dir/write.sql", <<"SQL");
\\set o random(1, 10)
INSERT INTO audit_logs (organization_id, action, resource_type, metadata)
VALUES (('$org' || lpad(:o::text, 2, '0'))::uuid, 'app.wrote', 'r', '{"app": true}');
SQL
sub writers {
    my ($seconds) = @_;
    return $c->spawn([$pgbench, '-n', '-c', 4, '-R', 200, '-T', $seconds, '-f', "$dir/write.sql"], db => 't');
}
my $writers = writers(4 + $rows / 5000);

# Killed at points that its own progress chooses.
my $kills = 0;
for my $part (0.05, 0.2, 0.45, 0.7) {
    my $job = $c->spawn(['auditmigrate', 'adopt', '--lock-time=20'], db => 't');
    wait_until {
        !$job->running or $c->psql('t', 'SELECT coalesce(sum(adopted_count), 0) FROM auditproof.adoption') >= $part * $rows
    } 120, 'progress';
    last unless $job->running;
    $job->kill('KILL');
    $job->wait(10);
    $kills++;
    $c->psql('t', "DELETE FROM auth.users WHERE id = '$org" . sprintf('%02d', $kills) . "'");
    wait_until {
        $c->psql('t', "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditmigrate'") eq '0'
    } 20, "the end of the killed tool's session";
}
cmp_ok $kills, '>=', 2, "killed $kills times";
($state) = $c->psql_error('t', "DELETE FROM organizations WHERE id = '${org}01'");
is $state, '23001', 'a tenant being adopted cannot be deleted';

# The writers have advisory locks too.
my $adopters = "FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid::bigint = hashtext('adopt')::bigint & 4294967295";
my $other = $c->spawn(['psql', '-Xq', '-f', 'sql/queries/adopt_lock.sql', '-c', 'SELECT pg_sleep(600)'], db => 't');
wait_until { $c->psql('t', "SELECT count(*) $adopters") > 0 } 20, 'its lock';
$r = $c->run(['auditmigrate', 'adopt'], db => 't');
is $r->{status}, 3, 'a second adopter is refused' or diag $r->{err};
like $r->{err}, qr/another session \(server process \d+\) is adopting/, '... and told by whom';
$c->psql('t', "SELECT pg_terminate_backend(pid) $adopters");
$other->wait(20);

$r = $c->run(['auditmigrate', 'adopt', '--lock-time=20'], db => 't', timeout => 60 + $rows / 500);
is $r->{status}, 0, 'adopted' or diag $r->{err};
my $w = $writers->wait(120);
is $w->{status}, 0, 'the writers wrote' or diag $w->{err};
is_deeply [$c->log =~ /^pgbench\|.*still waiting for.*/mg], [], 'and none waited for a lock for a second';
like $w->{out}, qr/number of failed transactions: 0 /, 'nor failed';

is $c->psql('t', 'SELECT count(*) FROM audit_logs WHERE chain_salt IS NULL'), '0', 'every row has a salt';
is $c->psql('t', q{SELECT attnotnull FROM pg_attribute WHERE attrelid = 'audit_logs'::regclass AND attname = 'chain_salt'}),
    't', '... and must have one';
is $c->psql('t', q{SELECT count(*) FROM pg_class WHERE relname LIKE '%unadopted'}), '0', 'its index is gone';
is $c->psql('t', q{SELECT count(*) FROM pg_constraint WHERE conname = 'audit_logs_adopted'}), '0', 'its check is gone';
is $c->psql('t', <<'SQL'), 't|t|t', 'every row is chained exactly once, and nothing else is';
SELECT (SELECT count(*) FROM audit_logs) = (SELECT count(*) FROM auditproof.chain_entry),
       (SELECT count(*) FROM auditproof.chain_entry) = (SELECT count(DISTINCT log_id) FROM auditproof.chain_entry),
       NOT EXISTS (SELECT FROM audit_logs l WHERE NOT EXISTS (
           SELECT FROM auditproof.chain_entry e
           WHERE e.log_id = l.id AND e.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')))
SQL

# The hashes once more, from the format and not from our functions.
is $c->psql('t', <<'SQL', timeout => 60 + $rows / 500), '0', 'every content hash is that of its row';
SET "TimeZone" = 'UTC';
CREATE FUNCTION pg_temp.c(salt bytea, kept bytea, j json) RETURNS text LANGUAGE sql AS
$$ SELECT encode(coalesce(kept, sha256('\x02'::bytea || salt || convert_to(j::text, 'UTF8'))), 'hex') $$;
SELECT count(*)
FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id
LEFT JOIN auditproof.erasure x ON x.log_id = l.id AND x."group" = 'account'
WHERE e.content_hash <> sha256(convert_to(json_build_array('auditproof/1', l.id, l.organization_id,
    CASE WHEN isfinite(l.created_at)
         THEN to_json(((l.created_at AT TIME ZONE 'UTC')::date - date '1970-01-01')::bigint * 86400000000
                      + extract(epoch FROM (l.created_at AT TIME ZONE 'UTC')::time)::numeric * 1000000)::text::numeric::bigint
         END, l.actor_role, l.action, l.resource_type, l.risk_level,
    pg_temp.c(substr(l.chain_salt, 1, 16), x.commitment, json_build_array(l.actor_id)),
    pg_temp.c(substr(l.chain_salt, 17, 16), NULL, json_build_array(l.actor_email, l.ip_address, l.user_agent, l.session_id)),
    pg_temp.c(substr(l.chain_salt, 33, 16), NULL, json_build_array(l.resource_id, l.old_values, l.new_values, l.metadata)))
    ::text, 'UTF8')) AND (l.created_at IS NULL OR isfinite(l.created_at))
SQL
is $c->psql('t', <<'SQL'), '0|0', 'every link is that of its entry and the one before';
SELECT count(*) FILTER (WHERE n <> seq), count(*) FILTER (WHERE entry_hash <> sha256('\x00'::bytea || 'AP1E' || uuid_send(chain_id)
    || int8send(seq) || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint)
    || coalesce(prev, decode(repeat('00', 32), 'hex')) || content_hash))
FROM (SELECT *, lag(entry_hash) OVER w AS prev, row_number() OVER w AS n
      FROM auditproof.chain_entry WINDOW w AS (PARTITION BY chain_id ORDER BY seq)) s
SQL
$r = $c->run(['auditverify'], db => 't');
is $r->{status}, 0, 'auditverify: intact' or diag $r->{out};

is $c->psql('t', <<'SQL'), '0', 'adopted entries stand in the order (created_at, id)';
SELECT count(*) FROM (
    SELECT l.created_at, l.id, lag(l.created_at) OVER w AS before_at, lag(l.id) OVER w AS before_id,
           lag(e.seq) OVER w AS before_seq
    FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id
    WHERE l.action NOT LIKE 'audit.%' AND l.action <> 'app.wrote'
    WINDOW w AS (PARTITION BY e.chain_id ORDER BY e.seq)) s
WHERE before_seq IS NOT NULL AND (coalesce(created_at, 'infinity'), created_at IS NULL, id)
                               < (coalesce(before_at, 'infinity'), before_at IS NULL, before_id)
SQL
is $c->psql('t', <<'SQL'), '0|0|t|t', 'the ranges say which entries were adopted';
SELECT count(*) FILTER (WHERE adopted AND NOT in_range), count(*) FILTER (WHERE in_range AND NOT adopted),
       count(*) FILTER (WHERE adopted) = (SELECT sum(adopted_count) FROM auditproof.adoption),
       (SELECT bool_and(adopted_count = row_count AND finished_log_id IS NOT NULL) FROM auditproof.adoption)
FROM (SELECT l.action NOT LIKE 'audit.%' AND l.action <> 'app.wrote' AS adopted,
             coalesce((SELECT r.last_seq >= e.seq FROM auditproof.adoption_range r
                       WHERE r.chain_id = e.chain_id AND r.first_seq <= e.seq ORDER BY r.first_seq DESC LIMIT 1), false)
                 AS in_range
      FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id) s
SQL
is $c->psql('t', <<'SQL'), '12|12|1|0', 'each chain tells of its start and end, the orphan in the system chain';
SELECT count(*) FILTER (WHERE l.action = 'audit.adoption_started'), count(*) FILTER (WHERE l.action = 'audit.adoption_finished'),
       count(*) FILTER (WHERE l.action = 'audit.adoption_started' AND l.metadata ->> 'chain_id' LIKE '%99'
                          AND l.organization_id IS NULL),
       count(*) FILTER (WHERE l.action = 'audit.adoption_started' AND l.organization_id IS NOT NULL
           AND e.seq > (SELECT min(r.first_seq) FROM auditproof.adoption_range r WHERE r.chain_id = e.chain_id))
FROM audit_logs l JOIN auditproof.chain_entry e ON e.log_id = l.id
SQL

$r = $c->run(['auditmigrate', 'adopt'], db => 't');
is $r->{status}, 0, 'again: done';
like $r->{err}, qr/nothing to adopt/, '... with nothing to do';
is $c->run(['auditmigrate', 'check'], db => 't')->{status}, 0, 'every object is as installed';
is $c->psql('t', q{SELECT count(*) FROM audit_logs WHERE action = 'audit.adoption_started'}), '12', 'and says nothing twice';
$r = $c->run(['auditretain', 'why', $c->psql('t', q{SELECT e.log_id FROM auditproof.chain_entry e JOIN auditproof.adoption_range r ON r.chain_id = e.chain_id AND r.last_seq = e.seq LIMIT 1})], db => 't');
like $r->{out}, qr/^  Adopted:   it was there before it was chained; .* no proof\n  Sealed:    not yet/m, '`auditretain why` says what was adopted' or diag $r->{err};

done_testing;
