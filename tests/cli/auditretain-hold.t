#!/usr/bin/perl
# Legal holds: what they cover stays, by whatever way somebody would have it gone, until two logins have released them.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two, $nil) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222',
    '00000000-0000-0000-0000-000000000000');
sub user { return sprintf 'aaaaaaaa-0000-4000-8000-%012d', $_[0] }
$c->psql('app', qq{INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id, email) SELECT format('aaaaaaaa-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid, n || '\@x.org'
      FROM generate_series(1, 9) n;
    INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, created_at)
    SELECT ('{$one,$two}'::uuid[])[1 + n % 2], format('aaaaaaaa-0000-4000-8000-%s', lpad(n::text, 12, '0'))::uuid,
           n || '\@X.org', 'user.act_' || n, 'thing', '2026-01-01Z'::timestamptz + n * interval '1 day'
      FROM generate_series(1, 9) n;
    CREATE ROLE keeper LOGIN IN ROLE auditproof_retainer; CREATE ROLE keeper2 LOGIN IN ROLE auditproof_retainer;
    CREATE ROLE approves LOGIN IN ROLE auditproof_approver; CREATE ROLE owns LOGIN IN ROLE auditproof_owner;
    CREATE ROLE app LOGIN IN ROLE authenticated});

sub retain { my ($who, @args) = @_; return $c->run(['auditretain', @args, '-U', $who], db => 'app') }
my @why = ('--matter', 'Doe v. One', '--custodian', 'legal', '--reason', 'letter of 3 May');

sub add {
    my (@args) = @_;
    my $r = retain('keeper', 'hold', 'add', '-q', @why, '--review', '2099-01-01', @args);
    is $r->{status}, 0, "hold add @args" or diag $r->{err};
    return $r->{out} =~ s/\n//r;
}

sub held { return $c->psql('app', "SELECT string_agg(actor_email, ' ' ORDER BY created_at) FROM audit_logs l WHERE '$_[0]' IN (SELECT auditproof.holds_on(l))") }

sub release {
    my ($id, @who) = @_;
    retain($_, 'hold', 'release', $id, '--reason', 'settled') for @who ? @who : ('keeper', 'approves');
    return;
}

sub list { return decode_json(retain('approves', 'hold', 'list', '--format=json', @_)->{out}) }

subtest 'scope' => sub {
    for (['1@X.org', '--actor', '1@x.ORG'], ['2@X.org', '--actor', user(2)], ['1@X.org 3@X.org 5@X.org 7@X.org 9@X.org', '--org', $two],
        ['7@X.org 8@X.org 9@X.org', '--from', '2026-01-08', '--until', '2026-01-12'],
        ['4@X.org', '--action', 'USER.act_4'], ['1@X.org 2@X.org 3@X.org 4@X.org 5@X.org 6@X.org 7@X.org 8@X.org 9@X.org', '--action', 'user?a*'],
        ['', '--action', 'user.act%'], ['', '--actor', '1@x.org', '--org', $one], ['3@X.org', '--actor', '3@x.org', '--org', $two],
        ['', '--resource-type', 'thin_'], ['2@X.org 4@X.org 6@X.org 8@X.org', '--org', $one, '--resource-type', 'thing']) {
        my ($expected, @args) = @$_;
        # The last of these would cover what is told of the others, too.
        my $id = add(@args);
        is held($id) // '', $expected, '... covers what it says';
        release($id);
        is held($id) // '', '', '... and nothing once it is released';
    }
    my $id = add('--from', '2026-02-01', '--actor', user(2));
    is held($id), '2@X.org', 'the time of chaining counts as well as the one that is claimed';
    release($id);
};

subtest 'usage' => sub {
    for ([qr/say what is held/, '--review', '2099-01-01'], [qr/excludes/, '--review', '2099-01-01', '--everything', '--org', $one],
        [qr/--review/, '--org', $one], [qr/day of review to come/, '--org', $one, '--review', '2020-01-01'],
        [qr/ends after it begins/, '--from', '2026-02-01', '--until', '2026-01-01', '--review', '2099-01-01'],
        [qr/no organization/, '--org', '33333333-3333-4333-8333-333333333333', '--review', '2099-01-01']) {
        my ($like, @args) = @$_;
        my $r = retain('keeper', 'hold', 'add', @why, @args);
        is $r->{status}, 2, "@args";
        like $r->{err}, $like, 'says why';
    }
    is retain('keeper', 'hold', 'release', $_, '--reason', 'x')->{status}, 2, 'no such hold' for 'x', $nil;
    is retain('approves', 'hold', 'add', @why, '--review', '2099-01-01', '--everything')->{status}, 3, 'an approver places none';
};

subtest 'deletion is refused' => sub {
    my $id = add('--actor', '4@x.org');
    my ($state, $message) = $c->psql_error('app', qq{DELETE FROM auth.users WHERE id = '@{[user(4)]}'});
    is $state, '23001', 'an account with a held entry stays';
    like $message, qr/audit entry [0-9a-f-]{36} is under legal hold $id \(Doe v\. One\)/, 'and it is said by what';
    ($state, $message) = $c->psql_error('app', qq{DELETE FROM organizations WHERE id = '$one'});
    is $state, '23001', 'so does its organization';
    like $message, qr/$id \(Doe v\. One\)/, 'and that is said, whatever else keeps it';
    $c->psql('app', qq{DELETE FROM auth.users WHERE id = '@{[user(6)]}'});
    is $c->psql('app', q{SELECT count(*) FROM audit_logs WHERE actor_email = '6@X.org' AND actor_id IS NULL}), 1,
        'an account without any goes';
    release($id, 'keeper');
    ($state) = $c->psql_error('app', qq{DELETE FROM auth.users WHERE id = '@{[user(4)]}'});
    is $state, '23001', 'one login is not enough';
    my $r = retain('keeper', 'hold', 'release', $id, '--reason', 'again');
    is $r->{status}, 2, 'nor is the same one twice';
    like $r->{err}, qr/keeper has released legal hold $id, and somebody else must/, 'which is said';
    like retain('approves', 'hold', 'list')->{out}, qr/^$id in force, released by one of two\n  Matter: +Doe v\. One$/m, 'the list shows it';
    release($id, 'keeper2');
    like retain('keeper', 'hold', 'release', $id, '--reason', 'again')->{err}, qr/has been released/, 'two are';
    $c->psql('app', qq{DELETE FROM auth.users WHERE id = '@{[user(4)]}'});
    is_deeply list(), [], 'no longer listed';
    my ($h) = grep { $_->{hold} eq $id } @{list('--all')};
    is_deeply [@$h{qw(placed_by released_by in_force actor)}], ['keeper', 'keeper, keeper2', JSON::PP::false,
        '4@x.org, ' . user(4)], 'but kept on record';
    is $c->psql('app', qq{SELECT count(*) FROM audit_logs l JOIN (SELECT h.authorised_by, auditproof.hold_digest(h) AS d
        FROM auditproof.legal_hold h UNION ALL SELECT r.authorised_by, auditproof.release_digest(r)
        FROM auditproof.legal_hold_release r) x ON x.authorised_by = l.id AND l.metadata ->> 'digest' = encode(x.d, 'hex')
        WHERE l.resource_id = '$id' AND l.organization_id IS NULL}), 3, 'and told of in the system chain, each step';
};

subtest 'review' => sub {
    my $id = add('--org', $one);
    $c->psql('app', "ALTER TABLE auditproof.legal_hold DISABLE TRIGGER auditproof_guard; UPDATE auditproof.legal_hold
        SET review_on = '2026-01-01' WHERE hold_id = '$id'; ALTER TABLE auditproof.legal_hold ENABLE ALWAYS TRIGGER auditproof_guard");
    like retain('approves', 'hold', 'list')->{out}, qr/^  Review: +2026-01-01 \(OVERDUE\)$/m, 'an overdue review is shown';
    $c->psql('app', "ALTER TABLE auditproof.legal_hold DISABLE TRIGGER auditproof_guard; UPDATE auditproof.legal_hold
        SET review_on = '2099-01-01' WHERE hold_id = '$id'; ALTER TABLE auditproof.legal_hold ENABLE ALWAYS TRIGGER auditproof_guard");
    release($id);
};

# A transaction that has run this, and goes on with what is told to it later.
sub open_transaction {
    my ($who, $sql) = @_;
    my $dir = AuditTest::tempdir();
    my $job = $c->spawn(['sh', '-c', 'mkfifo "$1/f"; psql -Xqv ON_ERROR_STOP=1 -v VERBOSITY=verbose -U "$2" <"$1/f" & exec 3>"$1/f"; '
        . 'cat >&3; while [ ! -e "$1/go" ]; do sleep 0.05; done; cat "$1/go" >&3; exec 3>&-; wait $!', 'sh', $dir, $who],
        db => 'app', stdin => "$sql;\nSELECT 'ready';\n");
    AuditTest::wait_until { $job->out =~ /ready/ } 20, 'a transaction';
    return sub {
        AuditTest::spew("$dir/more", "$_[0];\n");
        rename "$dir/more", "$dir/go" or die "go: $!";
        return $job->wait;
    };
}

# The second comes while the first has not committed, and waits for it.
sub overlap {
    my ($name, $first, $second) = @_;
    my $go_on = open_transaction($first->[0], "BEGIN; $first->[1]");
    my $next = $c->spawn(['psql', '-Xqv', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-U', $second->[0], '-c', $second->[1]], db => 'app');
    AuditTest::wait_until { $c->psql('app', 'SELECT count(*) FROM pg_locks WHERE NOT granted') > 0 } 20, "$name: the second waits";
    my $r = $go_on->('COMMIT');
    is $r->{status}, 0, "$name: the first commits" or diag $r->{err};
    return $next->wait;
}

subtest 'at the same time' => sub {
    my $place = "SELECT auditproof.hold_place('$two', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'M', 'c', 'r', '2099-01-01')";
    my $delete = sub { return "DELETE FROM auth.users WHERE id = '" . user($_[0]) . "'" };
    my $r = overlap('a hold placed during a deletion', ['postgres', $delete->(1)], ['keeper', $place]);
    is $r->{status}, 0, '... comes after it' or diag $r->{err};
    release(list()->[0]{hold});
    $r = overlap('a deletion during the placing of a hold', ['keeper', $place], ['postgres', $delete->(3)]);
    like $r->{err}, qr/ERROR:  23001: audit entry .* is under legal hold/, '... finds it';
    release(list()->[0]{hold});

    my $go_on = open_transaction('postgres', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM auth.users');
    my $id = add('--org', $two);
    like $go_on->($delete->(5))->{err}, qr/ERROR:  40001/, 'who sees the database as it was before the hold is refused';

    my $release = "SELECT auditproof.hold_release('$id', 'x')";
    $r = overlap('one login releasing twice at once', ['keeper', $release], ['keeper', $release]);
    like $r->{err}, qr/ERROR:  23001: keeper has released/, '... counts once';
    is scalar @{list()}, 1, '... and the hold is in force';
    overlap('two logins releasing at once', ['keeper2', $release], ['approves', $release]);
    is scalar @{list()}, 0, '... after which it is released';
    is $c->psql('app', "SELECT count(*) FROM auditproof.legal_hold_release WHERE hold_id = '$id'"), 2, '... by two, and no third';
};

subtest 'attacks' => sub {
    my $id = add('--org', $one);
    my $count = $c->psql('app', 'SELECT count(*) FROM auditproof.legal_hold_release');
    my $release = "INSERT INTO auditproof.legal_hold_release VALUES ('$id', '%s', clock_timestamp(), 'r', gen_random_uuid())";
    my $as = 'SET ROLE auditproof_owner; ';
    for my $case (['app', "SELECT auditproof.hold_release('$id', 'x')", '42501', "a tenant's user, releasing"],
        ['app', 'SELECT * FROM auditproof.legal_hold', '42501', "a tenant's user, reading"],
        ['keeper', sprintf($release, 'approves'), '42501', 'the retainer, writing'],
        ['keeper', 'SET SESSION AUTHORIZATION approves', '42501', 'the retainer, as the approver'],
        ['keeper', 'SET ROLE auditproof_approver', '42501', 'the retainer, in the other role'],
        ['approves', "DELETE FROM auditproof.legal_hold", '42501', 'the approver, deleting'],
        ['owns', "${as}DELETE FROM auditproof.legal_hold", '23001', 'the owner, deleting'],
        ['owns', "${as}TRUNCATE auditproof.legal_hold CASCADE", '23001', 'the owner, emptying'],
        ['owns', "${as}UPDATE auditproof.legal_hold SET chain_id = '$two'", '23001', 'the owner, moving it'],
        ['owns', "${as}UPDATE auditproof.legal_hold SET actor_ids = NULL, actor_email = NULL, resource_id = NULL, subject_salt = decode(repeat('00', 16), 'hex') WHERE hold_id = '$id'", '23001', 'the owner, forgetting one in force'],
        ['owns', $as . sprintf($release, 'keeper'), '23001', "the owner, in another's name"],
        ['owns', "${as}UPDATE auditproof.legal_hold_release SET hold_id = '$id'", '23001', 'the owner, moving releases'],
        ['owns', "${as}CREATE OR REPLACE FUNCTION auditproof.x() RETURNS int LANGUAGE sql AS 'SELECT 1'; DELETE FROM public.audit_logs", '42501|23001', 'the owner, deleting entries'],
        ['postgres', sprintf($release, 'keeper'), '23001', "a superuser, in another's name"]) {
        my ($who, $sql, $state, $name) = @$case;
        my $r = $c->run(['psql', '-Xqv', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=sqlstate', '-U', $who, '-c', $sql], db => 'app');
        like $r->{err}, qr/ERROR:\s+(?:$state)/, "$name is refused" or diag $r->{out};
    }
    $c->run(['psql', '-Xqv', 'ON_ERROR_STOP=1', '-U', 'keeper', '-c', "SELECT auditproof.hold_release('$id', 'x')"], db => 'app');
    $c->run(['psql', '-Xqc', "SET ROLE auditproof_approver; SELECT auditproof.hold_release('$id', 'x')", '-U', 'keeper'], db => 'app');
    is $c->psql('app', "SELECT auditproof.hold_in_force('$id')"), 't', 'by whatever way, one login is one';
    is $c->psql('app', 'SELECT count(*) FROM auditproof.legal_hold_release'), $count + 1, '... and has released it once';
};

# A person of a hold that is over may be forgotten; the hold stays on record.
$c->psql('app', q{UPDATE auditproof.legal_hold h SET actor_ids = NULL, actor_email = NULL, resource_id = NULL,
    subject_salt = decode(repeat('00', 16), 'hex') WHERE NOT auditproof.hold_in_force(h.hold_id)});
is $c->psql('app', 'SELECT count(*) FROM auditproof.legal_hold WHERE actor_email IS NOT NULL'), 0, 'whom released holds were about is forgotten';
is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, 'auditverify finds nothing';

done_testing;
