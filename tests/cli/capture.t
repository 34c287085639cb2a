#!/usr/bin/perl
# Change capture: what becomes an entry, with whose name, in which chain; and that the application never notices.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
my $org = '00000000-0000-0000-0000-00000000000a';
my $gone = '00000000-0000-0000-0000-00000000000b';
my $user = '00000000-0000-0000-0000-0000000000aa';
my $id = '00000000-0000-0000-0000-0000000000f1';

$c->createdb('empty');
my $r = $c->run([qw(auditmigrate capture invoices)], db => 'empty');
is $r->{status}, 3, 'a database without auditproof: could not tell';

$c->createdb('t');
$r = $c->run([qw(auditmigrate install)], db => 't');
is $r->{status}, 0, 'installed' or diag $r->{err};
$c->psql('t', <<"SQL");
INSERT INTO organizations (id, name) VALUES ('$org', 'A'), ('$gone', 'B');
INSERT INTO auth.users (id) VALUES ('$user');
CREATE TABLE things (a int, b text, secret text, seen timestamptz, amount numeric, doc json, blob bytea,
                     organization_id uuid, PRIMARY KEY (a, b));
CREATE TABLE keyless (i int);
CREATE TABLE parts (id uuid, day date, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE "Odd "",name" ("the key" uuid PRIMARY KEY, "x y" int);
SQL

sub capture { my (@args) = @_; return $c->run(['auditmigrate', 'capture', @args], db => 't') }

my $mark = 0;
# The entries since the last call, in the order of their chaining, as hashes.
sub entries {
    my $json = $c->psql('t', <<"SQL");
SELECT coalesce(json_agg(to_jsonb(l) || jsonb_build_object('seq', e.seq) ORDER BY l.created_at), '[]')
FROM audit_logs l JOIN auditproof.chain_entry e ON e.log_id = l.id
WHERE l.created_at > to_timestamp($mark)
SQL
    $mark = $c->psql('t', q{SELECT extract(epoch FROM clock_timestamp())});
    return @{JSON::PP->new->allow_bignum(0)->decode($json)};
}

subtest 'attaching' => sub {
    $r = capture(qw(things --exclude secret --ignore seen --risk medium));
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/things is now captured/;
    like capture(qw(public.things --exclude=secret --ignore=seen --risk=medium))->{err}, qr/already, as asked/, 'idempotent';
    my ($entry) = grep { $_->{action} eq 'audit.capture_attached' } entries();
    is_deeply [@{$entry->{metadata}}{qw(table withheld)}], ['public.things', ['secret']], 'an entry tells of it';
    for my $case (
        ['keyless', qr/no primary key/], ['audit_logs', qr/part of the audit trail itself/],
        ['auditproof.chain_entry', qr/part of the audit trail itself/], ['auditproof.entry', qr/part of the audit trail/],
        ['pg_catalog.pg_class', qr/system or temporary table/],
    ) {
        my $s = capture($case->[0]);
        is $s->{status}, 3, "$case->[0] is refused";
        like $s->{err}, $case->[1], '... and says why';
    }
    is capture('nosuch')->{status}, 2, 'no such table is a usage error';
    like capture('things', '--exclude=a')->{err}, qr/primary key of things \(a, b\) cannot be withheld|primary key of public.things \(a, b\) cannot/;
    like capture('things', '--exclude=nix')->{err}, qr/has no column "nix"/;
    like capture('things', '--org-column=b')->{err}, qr/no column "b" of type uuid/;
    is capture()->{status}, 2, 'no table is a usage error';
    is_deeply [entries()], [], 'what was refused leaves no entry';
};

subtest 'insert, update, delete in one transaction, with the claims of each' => sub {
    my $claims = encode_json({sub => $user, email => 'u@example.org', role => 'authenticated', session_id => 's1'});
    $c->psql('t', <<"SQL");
BEGIN;
SELECT set_config('request.jwt.claims', '$claims', true),
       set_config('request.headers', '{"x-forwarded-for": "203.0.113.9, 10.0.0.1", "user-agent": "curl/8"}', true);
INSERT INTO things VALUES (1, 'k', 'pw', now(), 1.0, '{}', '\\x00ff', '$org');
UPDATE things SET amount = 1.0;
UPDATE things SET seen = now() + interval '1 s';
UPDATE things SET amount = 1.00, seen = now();
UPDATE things SET secret = 'other';
SELECT set_config('request.jwt.claims', '', true), set_config('request.headers', '', true);
DELETE FROM things;
COMMIT;
SQL
    my @e = entries();
    is_deeply [map { $_->{action} } @e], [qw(things.created things.updated things.updated things.deleted)], 'what was written';
    is_deeply [map { $_->{organization_id} } @e], [($org) x 4], 'in the chain of the row\'s organization';
    is_deeply [map { $_->{seq} } @e], [1 .. 4], 'in order';
    my ($created, $amount, $secret, $deleted) = @e;
    is_deeply [@$created{qw(actor_id actor_email actor_role session_id ip_address user_agent risk_level resource_id old_values)}],
        [$user, 'u@example.org', 'authenticated', 's1', '203.0.113.9', 'curl/8', 'medium', undef, undef], 'who';
    is $created->{metadata}{login}, 'postgres', 'and which login, whatever the claims say';
    is_deeply [sort keys %{$created->{new_values}}], [qw(a amount b blob doc organization_id seen)], 'without the secret';
    is_deeply [sort keys %{$amount->{new_values}}], [qw(a amount b seen)], 'an update holds the key and what changed';
    is_deeply $amount->{metadata}{changed}, [qw(amount seen)], '... and names it';
    is $c->psql('t', q{SELECT old_values ->> 'amount', new_values ->> 'amount' FROM audit_logs
        WHERE action = 'things.updated' AND new_values ? 'amount'}), '1.0|1.00', '... to the digit';
    is_deeply [$secret->{new_values}, $secret->{metadata}{changed}], [{a => 1, b => 'k'}, ['secret']],
        'a withheld column is named when it changes, and no more';
    is_deeply [@$deleted{qw(actor_id actor_role new_values)}], [undef, 'postgres', undef], 'the claims are those of the statement';
    is $deleted->{old_values}{a}, 1, 'a deleted row is kept';
};

subtest 'nothing that a request says can fail the application' => sub {
    my @claims = ('{bad', '[]', '"x"', '{"sub": 5}', '{"sub": {"a": 1}, "role": []}', '{"sub": "' . 'x' x 5000 . '"}',
        '{"sub": "00000000-0000-0000-0000-00000000dead"}', '{"email": "\u0000"}', 'null', '{"malformed": 1}');
    my @headers = ('{bad', '[]', '{"x-forwarded-for": "10.0.0.0/8"}', '{"x-forwarded-for": "999.1.1.1"}',
        '{"x-forwarded-for": "unknown, 1.2.3.4"}', '{"x-forwarded-for": "1.2.3.4:80"}', '{"x-forwarded-for": ""}',
        '{"x-forwarded-for": {}}', '{"x-forwarded-for": ":::::"}', '{"user-agent": "' . 'u' x 5000 . '"}');
    for my $i (0 .. $#claims) {
        $c->psql('t', "INSERT INTO things VALUES (100 + $i, 'c', NULL, NULL, 1, NULL, NULL, '$org')",
            set => {'request.jwt.claims' => $claims[$i], 'request.headers' => $headers[$i]});
    }
    my @e = entries();
    is @e, @claims, 'each was written';
    is_deeply [map { $_->{actor_id} } @e], [(undef) x @claims], 'no account that is not there';
    is_deeply [map { $_->{ip_address} } @e], [(undef) x @claims], 'no address that is not one';
    is $e[0]{metadata}{claims}, 'malformed', 'and says that the claims were malformed';
    is $e[6]{metadata}{actor}, '00000000-0000-0000-0000-00000000dead', 'and what an unknown account was called';
    cmp_ok length($e[9]{user_agent}), '<=', 1024, 'and is bounded';
    $c->psql('t', "SET row_security = off; INSERT INTO things VALUES (1, 'r')");
    is scalar(entries()), 1, 'nor does row_security = off';
    $c->psql('t', "SET session_replication_role = replica; DELETE FROM things WHERE b = 'r'");
    is scalar(entries()), 1, 'nor does replica mode hide a change';
    $c->psql('t', "SET extra_float_digits = -15; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY'; SET bytea_output = escape;"
        . "INSERT INTO things (a, b, seen, blob) VALUES (2, 't', '2026-01-01 00:00Z', 'x')");
    my ($e) = entries();
    is_deeply [@{$e->{new_values}}{qw(seen blob)}], ['2026-01-01T00:00:00+00:00', '\x78'], 'settings do not change what is kept';
};

subtest 'nothing that a row holds can fail the application' => sub {
    $c->psql('t', q{INSERT INTO things (a, b, doc, blob) VALUES (3, 'big', '"\u0000"', decode(repeat('ab', 100000), 'hex'))});
    $c->psql('t', q{INSERT INTO things (a, b, secret, blob, doc) SELECT 4, 'many', NULL, decode(repeat('cd', 40000), 'hex'),
        json_build_object('long', repeat('x', 40000))});
    $c->psql('t', q{INSERT INTO things (a, b, doc) VALUES (5, 'huge', ('"' || repeat('y', 268435456) || '"')::json)});
    my @e = entries();
    is_deeply $e[0]{new_values}{blob},
        {bytes => 100000, sha256 => $c->psql('t', q{SELECT encode(sha256(decode(repeat('ab', 100000), 'hex')), 'hex')})},
        'a long value becomes its length and digest';
    is $e[0]{new_values}{doc}{bytes}, 8, 'a value that jsonb cannot hold does too';
    is $e[1]{new_values}{blob}{bytes}, 40000;
    like $e[1]{new_values}{doc}{sha256}, qr/^[0-9a-f]{64}$/;
    is $e[2]{new_values}{doc}{bytes}, 268435458, 'even one that jsonb has no room for';
};

subtest 'tenants' => sub {
    is capture(qw(invoices organizations))->{status}, 0;
    entries();
    my $invoice = "(id, organization_id, stripe_invoice_id, stripe_customer_id, amount_due, status, billing_period_start,"
        . " billing_period_end, subtotal, total_amount)";
    my $values = "'i', 'c', 1, 'open', '2026-01-01', '2026-02-01', 1, 1";
    $c->psql('t', "ALTER TABLE invoices DISABLE TRIGGER auditproof_capture;"
        . "INSERT INTO invoices $invoice VALUES ('$id', '$gone', $values);"
        . "ALTER TABLE invoices ENABLE ALWAYS TRIGGER auditproof_capture");
    $c->psql('t', "DELETE FROM organizations WHERE id = '$gone'");
    my @e = sort { $a->{action} cmp $b->{action} } entries();
    is_deeply [map { [@$_{qw(action organization_id resource_id)}, $_->{metadata}{organization_id}] } @e],
        [['invoices.deleted', undef, $id, $gone], ['organizations.deleted', undef, $gone, $gone]],
        'a tenant can be deleted, and the system chain tells of what went with it';
    $c->psql('t', "INSERT INTO invoices $invoice VALUES ('$id', '$org', $values)");
    my ($e) = entries();
    is_deeply [@$e{qw(action organization_id resource_id)}], ['invoices.created', $org, $id], 'resource_id is the uuid key';
};

subtest 'no lock is held through business work' => sub {
    my $hold = $c->spawn(['psql', '-Xq', '-f', '-'], db => 't',
        stdin => "BEGIN; INSERT INTO things (a, b, organization_id) VALUES (50, 'slow', '$org'); SELECT pg_advisory_lock(7);"
            . " SELECT pg_sleep(600); ROLLBACK;");
    wait_until { $c->psql('t', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7") eq '1' } 10, 'work';
    $c->psql('t', "SET statement_timeout = '60s'; INSERT INTO things (a, b, organization_id) VALUES (51, 'quick', '$org')");
    is scalar(entries()), 1, 'another transaction of the tenant commits meanwhile';
    $c->psql('t', q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7});
    $hold->wait(10);
};

subtest 'partitions, TRUNCATE, odd names' => sub {
    is capture('parts', 'public."Odd "",name"', '--resource-type=part')->{status}, 0 or diag $r->{err};
    like capture('parts_1')->{err}, qr/captured through its parent/, 'a partition of a captured table';
    entries();
    $c->psql('t', "CREATE TABLE parts_3 PARTITION OF parts FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');"
        . "INSERT INTO parts_1 VALUES ('$id', '2026-01-05', 'direct'); INSERT INTO parts VALUES ('$id', '2026-03-05', 'new')");
    is_deeply [map { $_->{new_values}{note} } entries()], [qw(direct new)], 'rows of partitions, old and new';
    $c->psql('t', 'TRUNCATE parts_1');
    my @e = entries();
    is_deeply [map { [@$_{qw(action organization_id risk_level)}, $_->{metadata}{table}] } @e],
        [['part.truncated', undef, 'high', 'public.parts_1']], 'TRUNCATE is one entry';
    $c->psql('t', qq{INSERT INTO "Odd "",name" VALUES ('$id', 1); UPDATE "Odd "",name" SET "x y" = 2});
    is_deeply [map { $_->{resource_id} } entries()], [$id, $id], 'names that need quoting';
    $r = capture('--list', '--format=ndjson');
    is $r->{status}, 1, '--list finds what is not captured';
    my %list = map { my $t = decode_json($_); ($t->{table} => $t) } split /\n/, $r->{out};
    like $list{'public.parts'}{trouble}, qr/TRUNCATE is not captured on public.parts_3/, '... on the new partition';
    is capture('parts', '--resource-type=part')->{status}, 0;
    is capture('--list')->{status}, 0, '... and capturing again mends it';
    is $list{'public.things'}{exclude}, 'secret';
    $c->psql('t', 'ALTER TABLE things DROP COLUMN secret; ALTER TABLE things RENAME seen TO looked_at;'
        . q{UPDATE things SET amount = 7 WHERE a = 2});
    my ($e) = grep { $_->{action} eq 'things.updated' } entries();
    is_deeply $e->{metadata}{changed}, ['amount'], 'a dropped column does no harm';
    $r = capture('--list');
    is $r->{status}, 1;
    like $r->{out}, qr/no such column any more: secret, seen/, '... and --list says so';
};

subtest 'where auditproof_owner may not look at the platform\'s tables' => sub {
    $c->psql('t', "ALTER ROLE auditproof_owner NOBYPASSRLS; ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;"
        . " ALTER TABLE organizations DISABLE TRIGGER auditproof_capture; INSERT INTO organizations (id, name) VALUES ('$gone', 'B');"
        . " ALTER TABLE organizations ENABLE ALWAYS TRIGGER auditproof_capture");
    is $c->psql('t', "SELECT auditproof.organization_exists('$org') IS NULL, auditproof.user_exists('$user') IS NULL"), 't|t';
    entries();
    $c->psql('t', "INSERT INTO things (a, b, organization_id) VALUES (60, 'x', '$org')",
        set => {'request.jwt.claims' => encode_json({sub => $user})});
    $c->psql('t', "INSERT INTO things (a, b, organization_id) VALUES (61, 'x', '$org')",
        set => {'request.jwt.claims' => '{"sub": "00000000-0000-0000-0000-00000000dead"}'});
    $c->psql('t', "DELETE FROM organizations WHERE id = '$gone'");
    is_deeply [map { [@$_{qw(organization_id actor_id)}, @{$_->{metadata}}{qw(organization_id actor)}] } entries()],
        [[$org, $user, undef, undef], [$org, undef, undef, '00000000-0000-0000-0000-00000000dead'], [undef, undef, $gone, undef]],
        'the foreign keys tell';
    $c->psql('t', 'ALTER ROLE auditproof_owner BYPASSRLS');
};

subtest 'detaching' => sub {
    $r = $c->run([qw(auditmigrate uncapture things keyless)], db => 't');
    is $r->{status}, 0;
    like $r->{err}, qr/things is no longer captured\n.*keyless was not captured/;
    $c->psql('t', 'DELETE FROM things');
    my @e = entries();
    is_deeply [grep { /things|detached/ } map { $_->{action} } @e], ['audit.capture_detached'], 'an entry tells of it, the last';
    is $c->run([qw(auditmigrate uncapture nosuch)], db => 't')->{status}, 2;
};

$r = $c->run([qw(auditverify)], db => 't');
is $r->{status}, 0, 'auditverify: intact' or diag $r->{out};
is $c->run([qw(auditmigrate check)], db => 't')->{status}, 0, 'and every object is as installed';

done_testing;
