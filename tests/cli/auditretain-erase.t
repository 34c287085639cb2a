#!/usr/bin/perl
# Erasure on request: what shows a person goes and nothing else does; it is decided, recorded and told of, and verifies; it
# can be killed at any time; and what was erased stands nowhere any more, the server's log included.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use FollowTest;
use JSON::PP;
use OldBundleTest;
use Test::More;

my $c = AuditTest->cluster(conf => {log_statement => 'all', log_min_duration_statement => 0});
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my ($ada, $bob) = ('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb');
my @canaries = ($ada, 'ada@canary.example', 'canary-session', '203.0.113.77', 'CanaryAgent', 'canary-meta', 'canary-old');
sub id { return sprintf 'e0000000-0000-4000-8000-%012d', $_[0] }

# What the test itself does is not logged.
sub sql { return $c->psql('app', $_[0], set => {log_statement => 'none', log_min_duration_statement => -1}) }

sql(qq{INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@canary.example'), ('$bob', 'bob\@x.org');
    CREATE ROLE keeper LOGIN IN ROLE auditproof_retainer; CREATE ROLE approves LOGIN IN ROLE auditproof_approver;
    CREATE ROLE gives LOGIN IN ROLE auditproof_exporter, auditproof_auditor; CREATE ROLE reads LOGIN IN ROLE auditproof_auditor;
    CREATE ROLE owns LOGIN IN ROLE auditproof_owner; CREATE ROLE app LOGIN IN ROLE authenticated});

# n => [organization, actor, e-mail, resource, metadata]; each with an address, a browser and a session of its actor's
my %entries = (
    1 => [$one, $ada, 'Ada@Canary.example', undef, '{"note": "canary-meta"}'],
    2 => [$one, $ada, undef, undef, '{}'],
    3 => [$one, undef, 'ada@canary.example', undef, '{}'],
    4 => [$one, $bob, 'bob@x.org', $ada, '{"name": "canary-meta"}'],
    5 => [$one, $bob, 'bob@x.org', undef, '{"invited": "ADA@canary.example"}'],
    6 => [$one, $bob, 'bob@x.org', undef, '{"invited": "nada@canary.example"}'],
    7 => [$one, $bob, 'bob@x.org', undef, '{"about": "someone else"}'],
    8 => [$two, $ada, 'ada@canary.example', undef, '{}'],
);
for my $n (sort keys %entries) {
    my ($org, $actor, $email, $resource, $metadata) = @{$entries{$n}};
    my $q = sub { defined $_[0] ? "'$_[0]'" : 'NULL' };
    my ($ip, $agent, $session) = ($actor // '') eq $bob ? ('192.0.2.1', 'BobAgent', 'bob-session')
        : ('203.0.113.77', 'CanaryAgent', 'canary-session');
    sql('INSERT INTO audit_logs (id, organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, '
        . 'old_values, ip_address, user_agent, session_id, metadata, created_at) VALUES ('
        . join(', ', map { $q->($_) } id($n), $org, $actor, $email, 'agent', "act.$n", 'thing', $resource,
            $n == 4 ? '{"was": "canary-old"}' : undef, $ip, $agent, $session, $metadata, "2026-01-0${n}Z") . ')');
}

my $key = AuditTest::tempdir() . '/key';
is $c->run(['auditseal', 'keygen', $key, '--origin', 'example.org/log'])->{status}, 0, 'a key for the log';
is $c->run(['auditseal', 'seal', '--key', $key, '-q'], db => 'app')->{status}, 0, 'sealed';
my $proof = $c->run(['auditseal', 'prove', '--entry', id(1)], db => 'app')->{out};

sub retain { my ($who, @args) = @_; return $c->run(['auditretain', @args, '-U', $who], db => 'app') }
sub erase { return retain('keeper', 'erase', @_) }
sub intact { is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, "auditverify finds nothing $_[0]"; return }

# "n as: groups", by number
sub found {
    my $r = erase('--format=json', '-q', @_);
    is $r->{status}, 0, "erase @_" or diag $r->{err};
    return [sort map { (substr($_->{entry}, -4) + 0) . ' ' . $_->{as} . ': ' . $_->{groups} } @{decode_json($r->{out})->{entries}}];
}

sub left {
    return sql(q{SELECT string_agg(format('%s %s%s%s', right(id::text, 4)::int,
        CASE WHEN num_nonnulls(actor_id) > 0 THEN 'A' END, CASE WHEN num_nonnulls(actor_email, ip_address, user_agent, session_id) > 0 THEN 'P' END,
        CASE WHEN num_nonnulls(resource_id, old_values, new_values, metadata) > 0 THEN 'C' END), ', ' ORDER BY created_at)
        FROM audit_logs WHERE id::text LIKE 'e0000000-%' AND id::text < 'e0000000-0000-4000-8000-000000001000'});
}
my $all_left = '1 APC, 2 APC, 3 PC, 4 APC, 5 APC, 6 APC, 7 APC, 8 APC';
my @why = ('--ground', '17(1)(b)', '--reason', 'request 4711');

subtest 'what is found' => sub {
    is_deeply found('--subject', 'ADA@canary.example', '--org', $one), ['1 actor: account actor', '2 actor: account actor',
        '3 actor: actor', '4 resource: content', '5 in metadata: ', '6 in metadata: '],
        'by address: her account is hers too, what mentions her is for review';
    is_deeply found('--subject', $ada), ['1 actor: account actor', '2 actor: account actor', '3 actor: actor',
        '4 resource: content', '5 in metadata: ', '6 in metadata: ', '8 actor: account actor'], 'by account, in every organization';
    is_deeply found('--subject', $ada, '--exact', '--org', $one), ['1 actor: account actor', '2 actor: account actor',
        '4 resource: content'], 'the account alone';
    is_deeply found('--subject', $ada, '--exact', '--org', $one, '--entry', id(5), '--entry', id(7), '--groups', 'content'),
        ['1 actor: content', '2 actor: content', '4 resource: content', '5 : content', '7 : content'], 'groups, and entries, that are named';
    is_deeply found('--subject', 'nobody@x.org'), [], 'nobody';
    my $r = erase('--subject', $ada);
    like $r->{out}, qr/^Also the subject's: ada\@canary\.example\n5 entries to be erased:\n/, 'as text';
    like $r->{out}, qr/^2 entries that mention the subject.*:\n.*act\.5 \(in metadata\)\n +\{"invited": "ADA\@canary\.example"\}\n/m, '... with what mentions her';
    like $r->{err}, qr/nothing has been changed/, '... which is a preview';
    is left(), $all_left, '... and changed nothing';
};

subtest 'usage' => sub {
    for ([qr/--subject, --resume or --list/], [qr/--ground and --reason/, '--subject', $ada, '--execute'],
        [qr/--keep and --review-on/, '--subject', $ada, '--keep'], [qr/neither|UUID or an e-mail/, '--subject', 'Ada'],
        [qr/not with --execute/, '--subject', $ada, '--execute', '--format=json', @why],
        [qr/some of account/, '--subject', $ada, '--groups', 'all'], [qr/1 of the 1 entries named/, '--subject', $ada, '--entry', id(99)],
        [qr/reason names the subject/, '--subject', $ada, '--execute', '--ground', 'x', '--reason', "for Ada\@Canary.example"],
        [qr/reason names the subject/, '--subject', $ada, '--execute', '--ground', 'x', '--reason', "account \U$ada"],
        [qr/ground names the subject/, '--subject', $ada, '--execute', '--ground', 'bob@x.org', '--reason', 'x']) {
        my ($like, @args) = @$_;
        my $r = erase(@args);
        is $r->{status}, 2, "@args";
        like $r->{err}, $like, 'says why';
    }
    my $r = retain('approves', 'erase', '--subject', $ada, '--org', $one, @why, '--execute');
    is $r->{status}, 3, 'an approver erases nothing' or diag explain $r;
    is left(), $all_left, 'nothing has changed';
};

# Statements with the subject as a parameter are the exporter's to keep out of the log.
my $dir = AuditTest::tempdir();
my %bundle;
sub export {
    my ($name, $who, $kind, @args) = @_;
    my $r = $c->run(['auditexport', $kind, '-U', $who, '--key', $key, '--format=json', '-f', '-o', $bundle{$name} = "$dir/$name.tar.gz", @args],
        db => 'app', env => {PGOPTIONS => $who eq 'postgres' ? '-c log_statement=none -c log_min_duration_statement=-1' : ''});
    is $r->{status}, 0, "$name exported" or diag $r->{err};
    return {%{decode_json $r->{out}}, err => $r->{err}};
}

# Each bundle that an erasure lists as "kind by: entries", oldest first.
sub listed {
    return [map { "$_->{kind} $_->{registered_by}" . ($_->{recipient} ? " to $_->{recipient}" : '') . ": $_->{entries}" }
            @{decode_json(erase('--format=json', '-q', '--subject', $ada, @_)->{out})->{bundles}}];
}

sub seal { return is $c->run(['auditseal', 'seal', '--key', $key, '-q'], db => 'app')->{status}, 0, 'sealed' }

subtest 'bundles given out' => sub {
    my @all = ('--from', '2026-01-01', '--to', '2026-02-01');
    my $first = export('all', 'gives', 'soc2', '--org', $one, @all, '--recipient', 'Auditor LLP');
    like $first->{registered}, qr/^[0-9a-f-]{36}$/, 'it is in the register';
    is sql('SELECT l.organization_id, l.actor_role, l.resource_id, l.metadata ->> \'sha256\', l.metadata ->> \'recipient\' FROM audit_logs l WHERE action = \'audit.exported\''),
        "$one|gives|$first->{registered}|$first->{sha256}|Auditor LLP", 'one entry of the chain tells of it';
    is export('all', 'gives', 'soc2', '--org', $one, @all)->{sha256}, $first->{sha256}, 'the same bytes again, of a period that is over';
    export('none', 'gives', 'soc2', '--org', $one, @all, '--withhold', 'account,actor,content');
    export('less', 'gives', 'soc2', '--org', $one, '--from', '2026-01-03T12:00:00Z', '--to', '2026-01-05', '--withhold', 'content');
    export('hers', 'postgres', 'gdpr-subject', '--org', $one, '--subject', $ada);
    is export('try', 'gives', 'soc2', '--org', $one, @all, '--no-register')->{registered}, undef, 'one that is kept out';
    my $r = export('read', 'reads', 'soc2', '--org', $one, @all);
    is $r->{registered}, undef, 'an auditor registers nothing';
    like $r->{err}, qr/not in the register of bundles.*role reads may not: `auditmigrate roles --grant auditproof_exporter --to reads`/s, '... and is told so';
    is $r->{sha256}, $first->{sha256}, '... and has the bundle';
    is sql('SELECT count(*) FROM auditproof.bundle'), 5, 'the register';
    is_deeply listed('--org', $one), ['soc2 gives to Auditor LLP: 4', 'soc2 gives: 4', 'soc2 gives: 1', 'gdpr-subject postgres: 3'],
        'those are listed that show something of what would go';
    is_deeply listed('--org', $two), [], '... and of no other organization';
    like retain('keeper', 'why', id(1))->{out}, qr/^  Given out: \S+, in a bundle soc2 with groups account, actor, content, by gives, to Auditor LLP, sha256 $first->{sha256}$/m, 'and `why` tells of it';
    for ('a@b', ' ') {
        is $c->run(['auditexport', 'soc2', '--org', $one, @all, '--key', $key, '--recipient', $_], db => 'app')->{status}, 2, "recipient \"$_\"";
    }
    my ($state) = $c->psql_error('app', "SET SESSION AUTHORIZATION gives; SELECT auditproof.bundle_register('$one', 'soc2', '', '', 1, '2026-01-01Z', '2026-01-02Z', now(), '{}', 0, '{}', NULL, 'a\@b')");
    is $state, '22023', 'nor does the database take an address';
    ($state) = $c->psql_error('app', "SET SESSION AUTHORIZATION reads; SELECT auditproof.bundle_register('$one', 'soc2', sha256(''), sha256(''), 1, '2026-01-01Z', '2026-01-02Z', now(), '{}', 0, '{}', NULL, NULL)");
    is $state, '42501', 'nor anything of who only reads';
    for ('DELETE FROM auditproof.bundle', 'UPDATE auditproof.bundle SET recipient = NULL') {
        ($state) = $c->psql_error('app', $_);
        is $state, '23001', $_;
    }
    intact('with bundles in the register');
};

seal();
my ($from, $to) = map { $_ * 86400 } 20454, 20485; # January of 2026
my %old = every_kind($c, 'app', $key, $one, $ada, 'thing', $from, $to);

my $hold = retain('keeper', 'hold', 'add', '-q', '--org', $two, '--matter', 'Doe v. Two', '--custodian', 'legal', '--reason', 'x',
    '--review', '2099-01-01')->{out} =~ s/\n//r;

subtest 'what is held stays' => sub {
    my $r = erase('--subject', $ada, @why, '--execute');
    is $r->{status}, 2, 'refused';
    like $r->{err}, qr/audit entry \Q@{[id(8)]}\E is under legal hold $hold \(Doe v\. Two\)/, '... and it is said by what';
    is left(), $all_left, '... and nothing went';
    is sql('SELECT count(*) FROM auditproof.erasure_decision'), 0, '... nor was anything decided';
    my ($state, $message) = $c->psql_error('app', "SET SESSION AUTHORIZATION keeper; SELECT auditproof.erase_decide('$two', 'erased', 'g', 'r', NULL, ARRAY['@{[id(8)]}'::uuid], '{actor}')");
    is $state, '23001', 'the database refuses by itself';
    like $message, qr/legal hold $hold/, '... and says by what';
    $r = erase('--subject', $ada, '--org', $two, '--keep', '--ground', '17(3)(e)', '--reason', 'request 4711', '--review-on', '2099-01-01', '--execute');
    is $r->{status}, 0, 'that it is kept is recorded' or diag $r->{err};
    is left(), $all_left, '... and it is';
};

subtest 'erased' => sub {
    my $r = erase('--subject', $ada, '--entry', id(5), @why, '--except-held', '--execute');
    is $r->{status}, 0, 'erased, but for what is held' or diag $r->{err};
    like $r->{out}, qr/^Decision [0-9a-f-]{36}: 5 entries erased in chain $one\.$/m, 'says what was done';
    like $r->{out}, qr/VACUUM \(ANALYZE\) public\.audit_logs.*write-ahead log.*backups.*these bundles.*not in the register/s, '... and what that does not reach';
    # What is in a sample is left to the seed.
    is_deeply [$r->{out} =~ /^    \S+  (?!sample)(\S+) of chain $one, by (\w+).*: (\d) of the entries, sha256 [0-9a-f]{64}$/mg],
        ['soc2', 'gives', 5, 'soc2', 'gives', 5, 'soc2', 'gives', 1, 'gdpr-subject', 'postgres', 3, 'gdpr-subject', 'postgres', 3,
        'soc2', 'postgres', 5], '... bundles by name';
    is left(), '1 C, 2 C, 3 C, 4 AP, 5 AP, 6 APC, 7 APC, 8 APC', 'what fits how she appeared has gone, and nothing else';
    is sql(q{SELECT string_agg(format('%s %s', right(log_id::text, 1), "group"), ', ' ORDER BY log_id, "group") FROM auditproof.erasure}),
        '1 account, 1 actor, 2 account, 2 actor, 3 actor, 4 content, 5 content', 'the commitments are kept';
    is sql(q{SELECT count(*) FROM audit_logs l JOIN auditproof.erasure e ON e.log_id = l.id
        WHERE substr(chain_salt, 1 + 16 * array_position('{account,actor,content}', e."group") - 16, 16) <> decode(repeat('00', 16), 'hex')}), 0, 'the salts are not';
    intact('after an erasure');
    my @told = split /\n/, sql(q{SELECT action, organization_id, metadata ->> 'entries' FROM audit_logs WHERE resource_type = 'erasure_decision' ORDER BY action});
    is_deeply \@told, ["audit.erasure_decided|$one|5", "audit.erasure_refused|$two|1", "audit.fields_erased|$one|5"], 'the chains tell of it';
    my $list = decode_json(erase('--list', '--format=json')->{out});
    like retain('keeper', 'why', id(1))->{out}, qr/^  Erased:    group account, \S+ \(on request, 17\(1\)\(b\)\), told by entry [0-9a-f-]{36}\n  Erased:    group actor.*^  Decided:   to erase account, actor, on the ground of 17\(1\)\(b\) \(request 4711\), by keeper, \S+, decision [0-9a-f-]{36}$/ms, 'and `why` tells of it';
    like retain('keeper', 'why', id(8))->{out}, qr/^  Decided:   to keep account, actor, on the ground of 17\(3\)\(e\) \(request 4711\), by keeper, .* to be reviewed on 2099-01-01$/m, '... of what was kept, too';
    is_deeply [map { "$_->{outcome} $_->{ground} $_->{entries} $_->{erased} $_->{by} " . ($_->{review} // '-') } @$list],
        ['kept 17(3)(e) 1 0 keeper 2099-01-01', 'erased 17(1)(b) 5 5 keeper -'], 'decisions are listed';
};

subtest 'bundles made before, and after' => sub {
    outlives($c, 'app', $key, %old);
    seal();
    my %new = every_kind($c, 'app', $key, $one, $bob, 'thing', $from, $to);
    outlives($c, 'app', $key, %new);
    is_deeply [grep { !/sample/ } map { s/: .*//r } @{listed('--org', $one, '--entry', id(7), '--groups', 'content')}],
        ['soc2 gives to Auditor LLP', 'soc2 gives', 'soc2 postgres', 'gdpr-subject postgres', 'soc2 postgres'],
        'what is there yet is in bundles made since, too';
};

for (['from before', $proof], ['made now', $c->run(['auditseal', 'prove', '--entry', id(1)], db => 'app')->{out}]) {
    AuditTest::spew("$key.proof", $_->[1]);
    my $r = $c->run(['auditseal', 'check-proof', "$key.proof", '--key', "$key.pub"]);
    is $r->{status}, 0, "a proof $_->[0] holds for an entry of which groups were erased" or diag $r->{err};
}

# Everything auditproof has, the entries, and the server's log.
sub traces {
    my $dump = $c->run(['pg_dump', '-U', 'postgres', '--schema=auditproof', '--table=public.audit_logs', 'app'], db => 'app', env => {PGOPTIONS => '-c log_statement=none -c log_min_duration_statement=-1'})->{out};
    my $more = $c->run(['pg_dump', '-U', 'postgres', '--schema=auditproof', 'app'], db => 'app')->{out};
    my $log = $c->log;
    return map { my $x = $_; map { $_->[1] =~ /\Q$x\E/i ? "$x in $_->[0]" : () } ['the entries', $dump], ['schema auditproof', $more], ['the log', $log] } @_;
}

subtest 'held no longer' => sub {
    my $own = sql(q{SELECT id FROM audit_logs WHERE action = 'audit.fields_erased'});
    like erase('--subject', 'x@x.org', '--entry', $own, '--groups', 'content', @why, '--execute')->{err},
        qr/entry $own is auditproof's own/, 'what tells of an erasure is not erased';
    retain('keeper', 'hold', 'release', $hold, '--reason', 'x');
    retain('approves', 'hold', 'release', $hold, '--reason', 'x');
    my $r = erase('--subject', 'ada@canary.example', @why, '--execute', '--groups', 'account,actor,content');
    is $r->{status}, 0, 'erased' or diag $r->{err};
    is left(), '1 C, 2 C, 3 C, 4 AP, 5 AP, 6 APC, 7 APC, 8', 'in the other organization';
    intact('after it');
};

subtest 'what rules found' => sub {
    my $eve = 'eve@canary.example';
    sql(qq{INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, ip_address)
        SELECT '$two', '$eve', 'auth.login_failed', 'session', '203.0.113.99' FROM generate_series(1, 40)});
    is $c->run(['auditclassify', '--once', '-q'], db => 'app', env => {PGOPTIONS => '-c log_statement=none -c log_min_duration_statement=-1'})->{status}, 0, 'classified';
    my $kept = sub { return sql("SELECT (SELECT count(*) FROM auditproof.risk_finding WHERE groups::text LIKE '%canary%') || ' ' || (SELECT count(*) FROM auditproof.classification WHERE position('canary'::bytea IN state) > 0)") };
    is $kept->(), '1 1', 'a finding is grouped by her, and what is open has her';
    is erase('--subject', $eve, @why, '--execute')->{status}, 0, 'erased';
    is $kept->(), '0 0', '... there too';
    my $rules = rules_dir(rule(1, 'high', '{action: auth.login_failed, actor_email: null}'), rule(2, 'high', '{action: auth.login_failed, actor_email|endswith: .example}'),
        rule(3, 'high', '{action: auth.login_failed}') =~ s/  condition: selection$/  known:\n    actor_email|endswith: .example\n  condition: selection and not known/mr);
    my $range = $c->run(['auditclassify', '-q', '--rules', $rules, '--org', $two], db => 'app');
    my %hits;
    $hits{$_->{title}}++ for map { @{decode_json($_)->{_auditproof}{matches} // []} } grep { /_auditproof/ } split /\n/, $range->{out};
    is_deeply \%hits, {'Rule 1' => 40, 'Rule 3' => 40}, 'to rules, what was erased is null' or diag $range->{err};
    is $c->run(['auditclassify', '--once', '-q'], db => 'app')->{status}, 0, 'and classification goes on';
    push @canaries, $eve, '203.0.113.99';
};

subtest 'a hold on a person' => sub {
    for my $actor ('Held@canary.example', 'cafecafe-cafe-4afe-8afe-cafecafecafe') {
        my $r = retain('keeper', 'hold', 'add', '-q', '--actor', $actor, '--matter', 'M', '--custodian', 'legal', '--reason', 'x', '--review', '2099-01-01');
        is $r->{status}, 0, 'placed' or diag $r->{err};
        unlike $c->log, qr/\Q$actor\E/i, 'whom it is about is not in the log';
        is sql("SELECT coalesce(actor_email, actor_ids[1]::text) FROM auditproof.legal_hold WHERE hold_id = '" . $r->{out} =~ s/\n//r . "'"), lc $actor, '... and in the hold';
    }
    is retain('keeper', 'hold', 'add', '--actor', "a\@b.c\nd\@e.f", '--matter', 'M', '--custodian', 'legal', '--reason', 'x', '--review', '2099-01-01')->{status}, 2, 'two at once';
};

# An account that never had an entry of its own: named in metadata only.
erase('--subject', 'nobody@x.org', '--entry', id(6), '--entry', id(1), '--groups', 'content', @why, '--execute');
is_deeply [traces(@canaries)], [], 'what was erased is in no table of ours, no entry, and not in the log';

subtest 'an entry is changed in no other way' => sub {
    my $zeros = "decode(repeat('00', 16), 'hex')";
    my $kept = "BEGIN; INSERT INTO auditproof.erasure SELECT '$one', l.id, 'actor', auditproof.group_commitment(l, 'actor'), now(), 'x', gen_random_uuid() FROM audit_logs l WHERE l.id = '@{[id(7)]}'";
    for (["UPDATE audit_logs SET actor_email = NULL WHERE id = '@{[id(7)]}'", 'without a record'],
        ["UPDATE audit_logs SET actor_email = NULL, ip_address = NULL, user_agent = NULL, session_id = NULL, chain_salt = overlay(chain_salt PLACING $zeros FROM 17) WHERE id = '@{[id(7)]}'", 'as an erasure does, without a record'],
        ["$kept; UPDATE audit_logs SET actor_email = NULL, ip_address = NULL, user_agent = NULL, session_id = NULL, chain_salt = overlay(chain_salt PLACING $zeros FROM 17), action = 'x' WHERE id = '@{[id(7)]}'", 'and something else'],
        ["$kept; UPDATE audit_logs SET actor_email = 'x', ip_address = NULL, user_agent = NULL, session_id = NULL, chain_salt = overlay(chain_salt PLACING $zeros FROM 17) WHERE id = '@{[id(7)]}'", 'to something else'],
        [$kept =~ s/group_commitment\(l, 'actor'\)/group_commitment(l, 'account')/r . "; UPDATE audit_logs SET actor_email = NULL, ip_address = NULL, user_agent = NULL, session_id = NULL, chain_salt = overlay(chain_salt PLACING $zeros FROM 17) WHERE id = '@{[id(7)]}'", 'with another commitment'],
        ["UPDATE audit_logs SET actor_email = 'back' WHERE id = '@{[id(1)]}'", 'back again'],
        ["DELETE FROM auditproof.erasure", 'nor is its record'], ["UPDATE auditproof.erasure_decision SET outcome = 'kept', review_on = '2099-01-01'", 'nor the decision'],
        ["DELETE FROM auditproof.erasure_item", 'nor what it is about']) {
        my ($sql, $name) = @$_;
        my ($state) = $c->psql_error('app', "SET log_statement = 'none'; $sql");
        is $state, '23001', $name;
    }
    for my $who (qw(app approves)) {
        my ($state) = $c->psql_error('app', "SET SESSION AUTHORIZATION $who; SELECT * FROM auditproof.erase_batch('$one', gen_random_uuid(), NULL, 1)");
        is $state, '42501', "$who erases nothing";
    }
};

subtest 'killed at any time' => sub {
    sql(qq{INSERT INTO audit_logs (id, organization_id, actor_id, actor_email, action, resource_type)
        SELECT format('e0000000-0000-4000-8000-%s', lpad((1000 + n)::text, 12, '0'))::uuid, '$one', '$bob', 'bob\@x.org', 'bulk', 'thing' FROM generate_series(1, 1500) n});
    my @args = ('auditretain', 'erase', '-U', 'keeper', '--subject', 'bob@x.org', @why, '--execute', '--batch', '5');
    my $count = sub { return sql(q{SELECT count(DISTINCT log_id) FROM auditproof.erasure WHERE log_id::text LIKE 'e0000000-%' AND log_id::text > 'e0000000-0000-4000-8000-000000001000'}) };
    my $job = $c->spawn(\@args, db => 'app');
    AuditTest::wait_until { $count->() > 50 || !$job->running } 20, 'some are erased';
    diag $job->err if !$job->running;
    $job->kill('KILL');
    $job->wait;
    my $first = $count->();
    cmp_ok $first, '<', 1500, 'the tool was killed on the way';
    intact('where it was killed');
    $job = $c->spawn(\@args, db => 'app');
    AuditTest::wait_until { $count->() > $first + 50 } 20, 'more are erased';
    $c->restart('immediate');
    is $job->wait->{status}, 3, 'the server was killed on the way';
    cmp_ok $count->(), '<', 1500, '... too';
    intact('where it came back');
    my $r = $c->run(\@args, db => 'app');
    is $r->{status}, 0, 'the same again completes it' or diag $r->{err};
    is $count->(), 1500, 'all are erased';
    is sql(q{SELECT count(*) FROM audit_logs WHERE actor_email = 'bob@x.org' OR actor_id = '} . $bob . q{'}), 0, '... of his';
    is sql(q{SELECT sum((metadata ->> 'entries')::int) = (SELECT count(DISTINCT (e.authorised_by, e.log_id)) FROM auditproof.erasure e WHERE e.authorised_by IN
        (SELECT id FROM audit_logs WHERE action = 'audit.fields_erased')) FROM audit_logs WHERE action = 'audit.fields_erased'}), 't', 'each is told of once';
    is sql('SELECT count(*) FROM auditproof.erasure_decision WHERE entries > 1000'), 1, 'and was decided once';
    intact('at the end');
    like erase('--resume')->{out}, qr/^No decision waits/, 'nothing is left to resume';
};

done_testing;
