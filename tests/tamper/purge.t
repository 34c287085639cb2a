#!/usr/bin/perl
# Purges by a plan: an honest one verifies; one without its plan, approval or certificate, or that took more than these say,
# does not.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use IO::Handle ();
use PurgeTest;
use TamperTest;
use Test::More;

my $nil = '00000000-0000-0000-0000-000000000000';
my $c = aged('old', before => sub {
    $_[0]->psql('old', qq{SELECT auditproof.hold_place(NULL, NULL, NULL, NULL, NULL, 'of no entry', NULL, NULL, 'Doe v. Example', 'legal',
        'letter', current_date + 30); SELECT auditproof.policy_set('$nil', 'audit_logs', 'c', 7, 'years', 1, 'b', 'j', 'Board')});
});
my ($key, $other) = (key('certificates'), key('others'));
my @org = map { $_ > 0 ? $c->psql('old', "SELECT t($_)") : '' } 0 .. 3;
my ($one, $two) = map { my $n = $_; approved($c, 'old', planned($c, 'old', '--org', $org[$n])) } 1, 2;
is execute($c, 'old', $_)->{status}, 0, 'purged' for $one, $two;
$c->psql('old', q{INSERT INTO audit_logs (id, organization_id, action, resource_type) SELECT e(n), t(n % 4), 'a', 'r'
    FROM generate_series(1401, 1403) AS n});
my ($plan, $plan2) = map { 'plan ' . substr $_, 0, 16 } $one, $two;
my $where = "WHERE digest = '\\x$one'";
my $purge = $c->psql('old', "SELECT purge_id FROM auditproof.purge_execution $where");

tampered($c, 'old', 'honest purges', 'SELECT 1');
like $c->run(['auditretain', 'why', $c->psql('old', 'SELECT e(1)')], db => 'old')->{out},
    qr/^  Purged: .*, purge $purge .*\n  Told by: .*\n  Plan:      $one, asked for by \S+, approved by \S+\n  Certified: SHA-256 [0-9a-f]{64};/m,
    'an entry that left has its plan and certificate';
is verify($c, 'old')->{verdict}{extent}{purged}, 500, 'the report counts what left';
is verify($c, 'old', '--org', $org[1])->{status}, 0, 'the chain verifies by itself';
is verify($c, 'old', '--purge-key', "$key.pub")->{status}, 0, 'with the key of the certificates pinned';
is_deeply verify($c, 'old', '--purge-key', "$other.pub")->{findings}, [sort "purge $plan", "purge $plan2"],
    'but not with another';

# Certificates.
tampered($c, 'old', 'a certificate deleted', "DELETE FROM auditproof.purge_certificate $where", "purge $plan");
tampered($c, 'old', 'the certificate of another plan', "UPDATE auditproof.purge_certificate SET note = (SELECT note FROM "
    . "auditproof.purge_certificate WHERE digest = '\\x$two') $where", "purge $plan");
tampered($c, 'old', 'a certificate altered', "UPDATE auditproof.purge_certificate SET note = convert_to(replace(convert_from("
    . "note, 'UTF8'), '\"kept\" : 0', '\"kept\" : 1'), 'UTF8') $where", "purge $plan");
tampered($c, 'old', 'the key of a certificate exchanged', "UPDATE auditproof.purge_execution SET key = '"
    . slurp("$other.pub") =~ s/\s.*//sr . "' $where", ("purge $plan") x 3);
tampered($c, 'old', 'all that is on record of a purge deleted', join('; ', map { "DELETE FROM auditproof.$_ $where" }
    qw(purge_execution purge_certificate purge_approval purge_plan)), 'early-purge T1 1',
    ('purge T0 another purge') x 3, map { "missing T1 $_ e" . (4 * $_ - 3) } 1 .. 250);

# What left.
tampered($c, 'old', 'a range widened over an entry within the window', "UPDATE auditproof.purge_range SET to_seq = 251 "
    . "WHERE chain_id = t(1); DELETE FROM audit_logs WHERE id = e(1401)", 'early-purge T1 251 e1401', "purge T1 251 $plan");
tampered($c, 'old', 'an old entry deleted, of a chain that is not in the plan', "INSERT INTO auditproof.purge_range (chain_id, "
    . "purge_id, from_seq, to_seq) VALUES (t(3), '$purge', 7, 7); INSERT INTO auditproof.purge SELECT t(3), purge_id, purged_at, "
    . "reason, 1, authorised_by FROM auditproof.purge WHERE purge_id = '$purge'; DELETE FROM audit_logs WHERE id = e(27)",
    "purge T3 7 $plan");
tampered($c, 'old', 'a range cut short', 'UPDATE auditproof.purge_range SET to_seq = 249 WHERE chain_id = t(1)',
    'missing T1 250 e997', "purge $plan");
tampered($c, 'old', 'the id of an entry that left exchanged', 'UPDATE auditproof.chain_entry SET log_id = e(2000) '
    . 'WHERE chain_id = t(1) AND seq = 9', "purge T1 1 $plan");
tampered($c, 'old', 'a chain made anew from an entry that left on', 'UPDATE auditproof.chain_entry SET content_hash = '
    . q{sha256('') WHERE chain_id = t(1) AND seq = 9; SELECT rebuild(t(1), 9)}, "purge T1 250 $plan");
tampered($c, 'old', 'a purge told of as the deletion of a tenant that is there', "INSERT INTO auditproof.purge_range (chain_id, "
    . "purge_id, from_seq, to_seq) VALUES (t(3), e(-1), 1, 1); DELETE FROM audit_logs WHERE id = e(3); ALTER TABLE audit_logs "
    . "ENABLE ALWAYS TRIGGER auditproof_chain; INSERT INTO audit_logs (id, action, resource_type, resource_id, metadata) VALUES "
    . "(e(-2), 'audit.entries_purged', 'organizations', t(3), jsonb_build_object('purge_id', e(-1), 'entries', 1)); "
    . "INSERT INTO auditproof.purge VALUES (t(3), e(-1), now(), 'organization deleted', 1, e(-2))", 'purge T3 1');

# Who let it.
tampered($c, 'old', 'a plan changed', "UPDATE auditproof.purge_plan SET text = x.t, digest = sha256(convert_to(x.t, 'UTF8')) "
    . "FROM (SELECT replace(text, '[[1, 250]]', '[[1, 251]]') FROM auditproof.purge_plan $where) AS x (t) $where", "purge $plan");
tampered($c, 'old', 'a plan changed under its digest', "ALTER TABLE auditproof.purge_plan DROP CONSTRAINT purge_plan_check; "
    . "UPDATE auditproof.purge_plan SET text = replace(text, '[[1, 250]]', '[[1, 251]]') $where",
    'guard constraint purge_plan_check on auditproof.purge_plan', "purge $plan");
tampered($c, 'old', 'an approval deleted', "DELETE FROM auditproof.purge_approval $where", "purge $plan",
    'purge T0 another purge');
tampered($c, 'old', 'another login put down as who approved', "UPDATE auditproof.purge_approval SET approved_by = 'eve' $where",
    ("purge $plan") x 2);
tampered($c, 'old', 'another login put down as who asked', "UPDATE auditproof.purge_plan SET requested_by = 'eve' $where",
    "purge $plan");
$c->createdb('forged', template => 'old');
$c->psql('forged', "INSERT INTO audit_logs (id, actor_role, action, resource_type, metadata) VALUES (e(-3), 'ann', "
    . "'audit.purge_approved', 'audit_logs', jsonb_build_object('plan', '$one'))");
tampered($c, 'forged', 'an approval by who asked', "UPDATE auditproof.purge_approval SET authorised_by = e(-3), "
    . "approved_by = 'ann' $where", 'purge T0 another purge', ("purge $plan") x 2);
# With whatever the entry says, it is not one that auditproof wrote.
$c->psql('forged', "INSERT INTO audit_logs (id, actor_role, action, resource_type, metadata) VALUES (e(-4), 'bob', "
    . "'audit.purge_approved', 'audit_logs', jsonb_build_object('plan', '$one', 'login', 'bob'))");
tampered($c, 'forged', 'an approval that the application wrote', "UPDATE auditproof.purge_approval SET authorised_by = e(-4) $where",
    'purge T0 another purge', "purge $plan");
my ($refused) = $c->psql_error('old', "INSERT INTO auditproof.purge_approval SELECT sha256(''), 'bob', now(), e(1)",
    role => 'auditproof_owner');
is $refused, '23001', "nobody approves in another's name";
tampered($c, 'old', 'a plan that has for ever', "UPDATE auditproof.purge_plan SET text = x.t, digest = sha256(convert_to(x.t, 'UTF8')) "
    . 'FROM (SELECT replace(text, text::json ->> \'execute_by\', \'2999-01-01T00:00:00.000000Z\') FROM auditproof.purge_plan '
    . "$where) AS x (t) $where", "purge $plan");

# Times that no chained entry bears out.
$c->createdb('late', template => 'old');
my $three = approved($c, 'late', planned($c, 'late', '--org', $org[3]));
for my $late (['a policy was lengthened', 'retention_policy', "policy_set(t(3), 'audit_logs', 'c', 50, 'years', 1, 'b', 'j', 'Board')",
        'set_at', map { "early-purge T3 $_ e" . (4 * $_ - 1) } 1 .. 250],
    ['a hold was placed', 'legal_hold', "hold_place(t(3), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Doe v. Example', 'legal', 'letter', "
        . 'current_date + 30)', 'placed_at', 'purge T3 1 hold %s']) {
    my ($name, $table, $call, $at, @findings) = @$late;
    my $db = copy_of($c, 'late');
    my $id = $c->psql($db, "SELECT auditproof.$call");
    $c->psql($db, "CREATE TABLE kept AS SELECT * FROM auditproof.$table WHERE chain_id = t(3)");
    forge($c, $db, "DELETE FROM auditproof.$table WHERE chain_id = t(3)");
    is execute($c, $db, $three)->{status}, 0, "executed though $name";
    forge($c, $db, "INSERT INTO auditproof.$table SELECT * FROM kept; " . join '; ', map { "UPDATE auditproof.$_ SET purged_at = "
        . "(SELECT $at - interval '1 minute' FROM kept) WHERE chain_id = t(3)" } qw(purge purge_range));
    is_deeply verify($c, $db, '--no-guards')->{findings}, [sort map { s/%s/$id/r } @findings], "purged after $name, as if before";
}
tampered($c, 'old', 'old entries of the system told of as a tenant\'s', "ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_chain; "
    . "INSERT INTO audit_logs (id, action, resource_type, resource_id, metadata) VALUES (e(-2), 'audit.entries_purged', "
    . "'organizations', '$nil', jsonb_build_object('purge_id', e(-1), 'entries', 1)); INSERT INTO auditproof.purge VALUES ('$nil', "
    . "e(-1), now(), 'organization deleted', 1, e(-2)); INSERT INTO auditproof.purge_range VALUES ('$nil', e(-1), 5, 5, now()); "
    . 'DELETE FROM audit_logs WHERE id = e(20)', 'early-purge T0 5', 'missing T0 5 e20');

# What has left authorises nothing that came after it, and what tells of policies and holds does not leave.
$c->createdb('system', template => 'old');
is execute($c, 'system', approved($c, 'system', planned($c, 'system', '--system')))->{status}, 0, 'the system chain is purged';
is $c->psql('system', q{SELECT count(*) FROM audit_logs WHERE organization_id IS NULL AND created_at < now() - interval '1 year'
    AND action ~ '^audit[.](policy_set|hold_placed)$'}), 2, 'what tells of a policy and of a hold stays';
my $told = $c->psql('system', 'SELECT authorised_by FROM auditproof.legal_hold');
like $c->run(['auditretain', 'why', $told], db => 'system')->{out}, qr/^  Window:    it tells of a policy or a legal hold, and stays/m,
    'and it is said why';
like retain($c, 'system', 'ann', 'status', '--format=json')->{out}, qr/"organization": null, "years": 7, "due": 0,/, 'it is not due';
tampered($c, 'system', 'an old hold deleted', 'DELETE FROM auditproof.legal_hold', 'hold T0 another hold');
tampered($c, 'system', 'an old policy deleted', 'DELETE FROM auditproof.retention_policy', 'policy T0 another policy');
tampered($c, 'system', 'a release on the authority of an entry that left', "INSERT INTO auditproof.legal_hold_release SELECT hold_id, "
    . "login, now(), 'r', e(4) FROM auditproof.legal_hold, unnest('{a,b}'::text[]) AS login", map { 'hold T0 e4 release of hold '
    . $c->psql('system', 'SELECT hold_id FROM auditproof.legal_hold') } 1, 2);
tampered($c, 'old', 'an erasure on the authority of an entry that left', q{INSERT INTO auditproof.erasure SELECT t(1), e(1401), 'content',
    auditproof.group_commitment(l, 'content'), now(), 'x', e(1) FROM audit_logs l WHERE id = e(1401); UPDATE audit_logs SET
    resource_id = NULL, old_values = NULL, new_values = NULL, metadata = NULL, chain_salt = overlay(chain_salt PLACING
    decode(repeat('00', 16), 'hex') FROM 33) WHERE id = e(1401)}, 'erasure T1 e1401 group content');
# No chain stands behind these, but behind what was done to them.
$c->createdb('rows', template => 'old');
$c->psql('rows', q{INSERT INTO performance_analytics (organization_id, type, value, "timestamp", created_at) SELECT t(1), 'LCP', n,
    x.at, x.at FROM generate_series(1, 3) AS n, (SELECT now() - interval '1 year') AS x (at)});
my $rows = approved($c, 'rows', planned($c, 'rows', '--table', 'performance_analytics'));
is execute($c, 'rows', $rows)->{status}, 0, 'rows of performance_analytics purged';
tampered($c, 'rows', 'all that is on record of that deleted', join('; ', map { "DELETE FROM auditproof.$_ WHERE digest = '\\x$rows'" }
    qw(purge_execution purge_certificate purge_approval purge_plan purge_count)), ('purge T0 another purge') x 3);

# Holds.
$c->createdb('held', template => 'old');
my $hold = $c->psql('held', q{SELECT auditproof.hold_place(t(3), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Doe v. Example',
    'legal', 'letter', current_date + 30)});
my ($state, $message) = $c->psql_error('held', "DELETE FROM organizations WHERE id = t(3)");
is $state, '23001', 'a hold stops a deletion';
tampered($c, 'held', 'an entry purged while a hold was in force', "INSERT INTO auditproof.purge_range (chain_id, purge_id, "
    . "from_seq, to_seq, purged_at) VALUES (t(3), '$purge', 7, 7, now()); INSERT INTO auditproof.purge SELECT t(3), purge_id, "
    . "purged_at, reason, 1, authorised_by FROM auditproof.purge WHERE purge_id = '$purge'; DELETE FROM audit_logs WHERE id = "
    . 'e(27)', "purge T3 7 $plan", "purge T3 7 hold $hold");

# Of a hold on an actor an earlier plan says what it keeps.
$c->createdb('narrow', template => 'old');
$hold = $c->psql('narrow', q{SELECT auditproof.hold_place(t(3), u(3), NULL, NULL, NULL, NULL, NULL, NULL, 'Doe v. Example', 'legal',
    'letter', current_date + 30)});
my $again = sub { my ($db) = @_; return execute($c, $db, approved($c, $db, planned($c, $db, '--org', $org[3])))->{status} };
is $again->('narrow'), 0, 'purged around a hold';
my $released = copy_of($c, 'narrow');
is retain($c, $released, $_, 'hold', 'release', $hold, '--reason', 'settled')->{status}, 0, "released by $_" for 'ann', 'bob';
is $again->($released), 0, 'and what it kept, once it was released';
is verify($c, $released)->{status}, 0, 'which is as it should be';
my $under = copy_of($c, 'narrow');
$c->psql($under, 'CREATE TABLE kept AS SELECT * FROM auditproof.legal_hold');
forge($c, $under, "DELETE FROM auditproof.legal_hold WHERE hold_id = '$hold'");
is $again->($under), 0, 'or past the guards';
forge($c, $under, "INSERT INTO auditproof.legal_hold SELECT * FROM kept WHERE hold_id = '$hold'");
is_deeply verify($c, $under, @$_)->{findings}, ["purge T3 1 hold $hold"], 'which is found' for [], ['--org', $org[3]];

# A hold that comes while a batch is under way waits for it, and says so.
{
    my $db = copy_of($c, 'late');
    pipe my $read, my $write or die "pipe: $!";
    $write->autoflush;
    my $batch = $c->spawn(['psql', '-XAtqv', 'ON_ERROR_STOP=1', '-U', 'ann'], db => $db, stdin => $read);
    print $write "SELECT auditproof.purge_begin('\\x$three', 'k', '[]', clock_timestamp());\n"
        . "BEGIN; SELECT purged FROM auditproof.purge_batch('\\x$three', t(3), 0, 10, clock_timestamp());\n";
    wait_until { $batch->out =~ /^10$/m } 20, 'a batch';
    my $placing = $c->spawn(['psql', '-XAtqc', q{SELECT auditproof.hold_place(t(3), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Roe', 'legal',
        'letter', current_date + 30)}], db => $db);
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_stat_activity WHERE query ~ '^SELECT auditproof.hold_place' AND
        wait_event_type = 'Lock'}) } 20, 'a hold that waits';
    print $write "COMMIT;\n";
    close $write;
    is $_->wait->{status}, 0, 'done' for $batch, $placing;
    is verify($c, $db)->{status}, 0, 'what left before the hold is no finding';
}

# The guard, for whoever gets past the functions.
for my $try (['without a record', 'SELECT 1'],
    ['with a record, and no plan', 'INSERT INTO auditproof.purge_range (chain_id, purge_id, from_seq, to_seq) VALUES (t(3), e(-1), 7, 7)'],
    ['of a plan, within the window', "INSERT INTO auditproof.purge_range (chain_id, purge_id, from_seq, to_seq) VALUES (t(3), '$purge', 251, 251)"]) {
    ($state) = $c->psql_error('old', "BEGIN; $try->[1]; DELETE FROM audit_logs WHERE id IN (e(27), e(1403)) AND (id = e(1403) OR "
        . ($try->[0] =~ /within/ ? 'false' : 'true') . ')');
    is $state, '23001', "a DELETE is refused $try->[0]";
}

done_testing;
