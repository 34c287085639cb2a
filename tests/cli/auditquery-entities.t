#!/usr/bin/perl
# auditquery resource, session, actor and pivot: of one thing, one session, one person, and what is beside them.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8);
use JSON::PP;
use Test::More;

my ($a, $b) = map { "00000000-0000-4000-8000-00000000000$_" } qw(a b);
my ($ada, $amy, $bob, $thing, $other, $twin) = map { "00000000-0000-4000-8000-0000000000$_" } qw(a1 a2 b1 f1 f2 f3);

my $c = AuditTest->cluster;
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
$c->psql('t', <<"END");
INSERT INTO organizations (id, name) VALUES ('$a', 'a'), ('$b', 'b');
INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@a.example'), ('$amy', 'amy\@a.example'), ('$bob', 'bob\@b.example');
INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$a', 'ada\@a.example'), ('$bob', '$b', 'bob\@b.example');
CREATE ROLE inspector LOGIN IN ROLE auditproof_auditor;
CREATE ROLE member LOGIN IN ROLE authenticated;
ALTER ROLE member SET request.jwt.claim.sub = '$ada';
END

sub query {
    my ($argv, %o) = @_;
    my $r = $c->run(['auditquery', @$argv], db => 't', env => {$o{user} ? (PGUSER => $o{user}) : (), %{$o{env} // {}}});
    $r->{json} = $r->{out} =~ /^\{"program"/ ? decode_json($r->{out}) : undef;
    return $r;
}

# What the answer must be, or why there was none.
sub answer {
    my ($argv, %o) = @_;
    my $r = query([@$argv, '-q'], %o);
    is_deeply [$r->{status}, $r->{err}], [0, ''], "@$argv";
    return $r->{json};
}

sub rows {
    my ($answer, $part, @columns) = @_;
    return [map { my $row = $_; [map { ref $_ eq 'JSON::PP::Boolean' ? ($_ ? 'yes' : 'no') : $_ } @$row{@columns}] } @{$answer->{$part}}];
}

# Changes of a thing of $a by ada or amy.
sub change {
    my ($id, $at, $action, $old, $new, $who) = @_;
    my ($time, $before, $after) = map { defined ? "'$_'" : 'NULL' } $at, $old, $new;
    return "INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, resource_id, old_values, new_values, created_at)
        VALUES ('$a', '@{[$who ? $amy : $ada]}', '@{[$who ? 'amy' : 'ada']}\@a.example', '$action', 'user', '$id', $before, $after, $time);\n";
}

subtest 'resource' => sub {
    $c->psql('t', join '',
        change($thing, '2026-03-01T10:00Z', 'user.created', undef, '{"name": "Zoë", "role": "agent", "prefs": {"lang": "en", "theme": "light"}, "tags": ["a", "b", "c"], "a/b~": 1}'),
        change($thing, '2026-03-02T10:00Z', 'user.updated', '{"role": "agent"}', '{"role": "admin"}', 1),
        change($thing, '2026-03-03T10:00Z', 'user.updated', '{"prefs": {"theme": "light"}, "tags": ["a", "b", "c"]}', '{"prefs": {"theme": "dark"}, "tags": ["b", "c"]}'),
        change($thing, '2026-03-04T10:00Z', 'user.viewed', undef, undef, 1),
        change($thing, '2026-03-05T10:00Z', 'user.updated', '{"role": "owner", "a/b~": 2}', '{"role": "agent", "a/b~": 2}'),
        change($thing, '2026-03-06T10:00Z', 'user.renamed', undef, qq({"name": "Z\xe2\x80\xae\\u001b"})),
        change($thing, '2026-03-07T10:00Z', 'user.updated', qq({"name": "Z\xe2\x80\xae\\u001b", "phone": "1"}), '{"name": "Zed"}'),
        change($other, '2026-03-01T10:00Z', 'user.created', undef, '{"name": "other"}'));
    my $r = answer(['resource', "user/$thing"]);
    is_deeply rows($r, 'history', qw(n action actor changes unlogged created_at)), [
        [1, 'user.created', 'ada@a.example', 5, 0, '2026-03-01T10:00:00Z'], [2, 'user.updated', 'amy@a.example', 1, 0, '2026-03-02T10:00:00Z'],
        [3, 'user.updated', 'ada@a.example', 2, 0, '2026-03-03T10:00:00Z'], [4, 'user.viewed', 'amy@a.example', 0, 0, '2026-03-04T10:00:00Z'],
        [5, 'user.updated', 'ada@a.example', 1, 2, '2026-03-05T10:00:00Z'], [6, 'user.renamed', 'ada@a.example', 1, 0, '2026-03-06T10:00:00Z'],
        [7, 'user.updated', 'ada@a.example', 2, 0, '2026-03-07T10:00:00Z']], 'each entry';
    is_deeply $r->{history}[2]{diff}, [{op => 'replace', path => '/prefs/theme', value => 'dark'}, {op => 'remove', path => '/tags/0'}], 'with its diff';
    is_deeply $r->{history}[4]{unlogged_diff}, [{op => 'replace', path => '/a~1b~0', value => 2}, {op => 'replace', path => '/role', value => 'owner'}],
        'and what none tells';
    is_deeply rows($r, 'changes', qw(n logged op path before after))->[8], [5, 'no', 'replace', '/a~1b~0', 1, 2], 'flagged';
    is_deeply rows($r, 'changes', qw(n logged op path before after))->[11], [6, 'yes', 'replace', '/name', "Zo\x{eb}", "Z\x{202e}\x{1b}"],
        'what an entry without old values changed is known';
    is_deeply $r->{resource}{state}, {name => 'Zed', role => 'agent', prefs => {lang => 'en', theme => 'dark'}, tags => ['b', 'c'], 'a/b~' => 2}, 'what it is';
    is_deeply rows($r, 'known', qw(path value how n)), [['/a~1b~0', 2, 'told', 5], ['/name', 'Zed', 'set', 7], ['/prefs/lang', 'en', 'set', 1],
        ['/prefs/theme', 'dark', 'set', 3], ['/role', 'agent', 'set', 5], ['/tags', ['b', 'c'], 'set', 3], ['/phone', '1', 'left', 7]], 'and from which entry';
    is_deeply [@{$r->{resource}}{qw(resource_type resource_id entries changes unlogged actors order first last)}],
        ['user', $thing, 7, 12, 2, 2, 'chain', '2026-03-01T10:00:00Z', '2026-03-07T10:00:00Z'], 'facts';
    like $r->{remarks}[0], qr/^Changes that no entry tells: 2/, 'and a remark';

    $r = answer(['resource', "/$thing", '--at', '2026-03-02T10:00:00Z']);
    is_deeply [$r->{resource}{state}{role}, $r->{resource}{as_of}, scalar @{$r->{history}}], ['admin', '2026-03-02T10:00:00Z', 2], 'as it was';
    $r = answer(['resource', "user/$thing", '--since', '2026-03-06']);
    is_deeply [map { $_->{n} } @{$r->{history}}], [6, 7], 'a period is shown,';
    is_deeply [$r->{resource}{state}{tags}, $r->{resource}{unlogged}], [['b', 'c'], 0], 'and what was before it is known';
    $r = answer(['resource', "user/$thing", '-n3']);
    is_deeply [$r->{resource}{state}, $r->{remarks}], [{name => 'Zed', role => 'agent', 'a/b~' => 2}, ['There are older entries than these 3: --limit reads more, up to 10000']],
        'what was not read is not known';
    $r = answer(['resource', "/$twin"]);
    is_deeply [$r->{history}, $r->{known}, $r->{resource}{state}], [[], [], undef], 'nothing is nothing';
};

subtest 'odd histories' => sub {
    my $n = 0x100;
    my $told = sub {
        my ($changes, %o) = @_;
        my $id = sprintf '00000000-0000-4000-8000-%012x', ++$n;
        $c->psql('t', join '', map { change($id, @$_) } @$changes);
        return answer(['resource', "/$id"], %o);
    };
    my $r = $told->([['2026-03-01', 'x', undef, '{"a": {"b": 1, "c": 2}, "l": [1]}'], ['2026-03-02', 'x', undef, '{"a": {"b": 2}}'], ['2026-03-03', 'x.deleted', '{"a": {"b": 2}, "l": [1]}', undef]]);
    is_deeply [$r->{history}[1]{diff}, $r->{resource}{state}, rows($r, 'known', qw(path value how n))],
        [[{op => 'replace', path => '/a/b', value => 2}, {op => 'remove', path => '/a/c'}], undef, [['/a', {b => 2}, 'left', 3], ['/l', [1], 'left', 3]]],
        'without old values an object is whole; without new ones what becomes of it is not said';
    is $r->{resource}{unlogged}, 0, 'and nothing else changed';
    $r = $told->([['2026-03-01', 'x', '1', '"a"'], ['2026-03-02', 'x', '[]', 'null'], ['2026-03-03', 'x', '{}', '{}']]);
    is_deeply [map { $_->{diff}, $_->{unlogged_diff} } @{$r->{history}}],
        [[{op => 'replace', path => '', value => 'a'}], [], [{op => 'replace', path => '', value => undef}], [{op => 'replace', path => '', value => []}], [],
         [{op => 'replace', path => '', value => {}}]], 'values that are no objects';
    $r = $told->([['2026-03-02', 'x', '{"n": 1}', '{"n": 2}'], ['2026-03-01', 'x', '{"n": 2}', '{"n": 3}']]);
    is_deeply [$r->{resource}{state}, $r->{resource}{unlogged}, $r->{remarks}], [{n => 3}, 0, ['Entries are in the order in which they were chained; times that run against it: 1']], 'the chain\'s order, where it is read';
    $r = $told->([map { ['2026-03-01', 'x', qq({"n": $_}), '{"n": ' . ($_ + 1) . '}'] } 1 .. 6], user => 'member');
    is $r->{resource}{unlogged}, 0, 'else, of one time, in the order that they tell' or diag explain rows($r, 'changes', qw(n logged before after));
    $r = $told->([[undef, 'x', undef, '{"n": 1}'], ['2026-03-01', 'x', undef, undef]]);
    is_deeply $r->{remarks}, ['Entries are in the order in which they were chained; times that run against it: 1', 'Entries without a time: 1'], 'without a time';
    my $deep = '[' x 60 . ']' x 60;
    $r = $told->([['2026-03-01', 'x', qq({"d": $deep, "n": 1.0}), qq({"d": $deep, "n": 1.00})]]);
    is_deeply [map { $_->{op} . $_->{path} } @{$r->{history}[0]{diff}}], ['replace/n'], 'a number as it is written';
};

subtest 'resource as others' => sub {
    my $r = answer(['resource', "user/$thing"], user => 'member');
    is_deeply [@{$r->{resource}}{qw(entries unlogged order)}], [7, 2, 'time'], 'a tenant\'s user';
    ok !grep({ defined $_->{seq} } @{$r->{history}}), 'without the chain';
    $r = answer(['resource', "user/$thing"], user => 'member', env => {PGOPTIONS => "-c request.jwt.claim.sub=$bob"});
    is_deeply [@{$r->{resource}}{qw(entries state)}], [0, undef], 'that of another sees nothing';
    is query(['resource', "user/$thing", '--at', '2026-03-05'], user => 'inspector')->{status}, 0, 'an auditor';
    my $m = decode_json $c->psql('t', "SELECT metadata FROM audit_logs WHERE action = 'audit.queried'");
    is_deeply [@$m{qw(command filters)}], ['resource', {resource_type => 'user', resource_id => $thing, until => '2026-03-05T00:00:00Z'}], 'is recorded';
    for ([['resource'], qr/./], [['resource', 'user'], qr/names no one thing/], [['resource', 'user/x'], qr/names no resource/], [['resource', "user/$thing", '--ip', '::1'], qr/takes no --ip/],
         [['resource', "user/$thing", '--resource', 'x'], qr/takes no --resource/], [['resource', "/$thing", '-n0'], qr/--limit takes/], [['resource', "/$thing", '--at', 'x'], qr/./]) {
        my $q = query($_->[0]);
        is_deeply [$q->{status}, $q->{out}], [2, ''], "@{$_->[0]}";
        like $q->{err}, $_->[1], 'and why';
    }
    my $q = query(['resource', "user/$thing", '--format=table', '-q'], env => {COLUMNS => 80});
    my @lines = split /\n/, decode_utf8 $q->{out};
    ok !grep({ length > 80 } @lines), 'a table of 80 columns';
    like $q->{out}, qr/^5  no      replace  \/role +"admin" +"owner"$/m, 'says it' or diag $q->{out};
    like $q->{out}, qr/"Z\\u202e\\u001b"/, 'and shows what would turn it';
};

# What somebody of $a did, at a time of April, from an address with an agent in a session.
sub act {
    my ($at, $action, $ip, $agent, $session, %o) = @_;
    my ($id, $email) = @{$o{who} // [$ada, 'ada@a.example']};
    my @values = map { defined ? "'$_'" : 'NULL' } $o{org} // $a, $id, $email, 'agent', $action, 'doc', $o{thing}, $o{risk} // 'low', $ip, $agent, $session,
        $at && ($at =~ /^\d\d\d\d-/ ? $at : "2026-04-$at");
    return "INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, risk_level, ip_address, user_agent,
        session_id, created_at) VALUES (" . join(', ', @values) . ");\n";
}

subtest 'session' => sub {
    my $fox = 'Fire*fox \\';
    $c->psql('t', join '',
        act('01T09:00Z', 'auth.login', '192.0.2.7', 'Firefox', 's1'), act('01T09:05Z', 'doc.viewed', '192.0.2.7', 'Firefox', 's1', thing => $thing),
        act('01T09:06Z', 'doc.viewed', '192.0.2.7', 'Firefox', 's1'), act('01T11:00Z', 'DATA_EXPORT', '203.0.113.9', "curl \x1b[31m", 's1', risk => 'high'),
        act('01T10:00Z', 'elsewhere', '192.0.2.7', 'Firefox', 's1', org => $b, who => [$bob, 'bob@b.example']),
        (map { act("02T$_->[0]Z", $_->[1], $_->[2] // '192.0.2.7', $_->[3] // $fox, undef, who => $_->[4]) }
            ['09:00', 'a'], ['09:29', 'b'], ['09:59', 'c'], ['10:29:01', 'd'], ['09:30', 'ip', '192.0.2.8'], ['09:31', 'agent', undef, 'Firefox'],
            ['09:32', 'actor', undef, undef, [$amy, 'amy@a.example']]),
        act(undef, 'undated', '192.0.2.7', $fox, undef), act('03T09:00Z', 'bare', undef, undef, undef, who => [undef, 'x@y']), act('03T09:10Z', 'bare', '::1', 'x', undef, who => [undef, 'X@Y']),
        map { act("05T$_->[0]Z", $_->[1], '192.0.2.7', 'x', '') } ['09:00', 'e0'], ['09:30', 'e1'], ['12:00', 'e2']);
    my $r = answer(['session', 's1', '--org', $a]);
    is_deeply [@{$r->{session}}{qw(session_id reconstructed start end duration longest_pause entries level organization_id)}],
        ['s1', JSON::PP::false, '2026-04-01T09:00:00Z', '2026-04-01T11:00:00Z', 7200, 6840, 4, 'high', $a], 'facts';
    is_deeply [map { rows($r, @$_) } ['actors', qw(actor actor_id actor_role entries)], ['addresses', qw(ip_address entries)], ['agents', qw(user_agent entries first)],
            ['actions', qw(action entries last)], ['levels', qw(level entries)], ['rules', 'rule']],
        [[['ada@a.example', $ada, 'agent', 4]], [['192.0.2.7', 3], ['203.0.113.9', 1]], [['Firefox', 3, '2026-04-01T09:00:00Z'], ["curl \x1b[31m", 1, '2026-04-01T11:00:00Z']],
         [['doc.viewed', 2, '2026-04-01T09:06:00Z'], ['auth.login', 1, '2026-04-01T09:00:00Z'], ['DATA_EXPORT', 1, '2026-04-01T11:00:00Z']], [['high', 1], ['low', 3]], []], 'counts';
    is_deeply $r->{remarks}, ['One session, and 2 addresses', 'One session, and 2 user agents', 'Pauses longer than 30 min: 1'], 'what looks taken over';
    my @search = map { decode_json $_ } split /\n/, query(['search', '--session', 's1', '--org', $a, '--reverse', '--format=ndjson', '-q'])->{out};
    is_deeply $r->{entries}, \@search, 'entries as search has them';
    is_deeply [answer(['session', 's1'])->{remarks}[3]], ['One session, and 2 organizations'], 'an id that two tenants use';

    my $acts = sub { my $j = answer(['session', @_]); return [$j->{session}{reconstructed} ? 1 : 0, map { $_->{action} } @{$j->{entries}}] };
    my $id = sub { $c->psql('t', "SELECT id FROM audit_logs WHERE action = '$_[0]'") };
    is_deeply $acts->('--around', $id->('b')), [1, 'a', 'b', 'c'], 'put together: one actor, address, agent, and no long pause';
    is_deeply $acts->('--around', $id->('b'), '--idle', 31), [1, 'a', 'b', 'c', 'd'], 'or a longer one';
    is_deeply $acts->('--around', $id->('b'), '-n1'), [1, 'a', 'b', 'c'], 'within a limit';
    is_deeply $acts->('--email', 'ada@*', '--since', '2026-04-02'), [1, 'a', 'b', 'c'], 'the first since';
    is_deeply $acts->('--actor', $ada, '--until', '2026-04-03'), [1, 'd'], 'or the newest';
    is_deeply $acts->('--actor', $ada, '--until', '2026-04-02'), [0, 'auth.login', 'doc.viewed', 'doc.viewed', 'DATA_EXPORT'], 'which has an id';
    is_deeply $acts->('--actor', $ada, '--ip', '192.0.2.7', '--agent', 'firefox', '--until', '2026-04-02'), [1, 'auth.login', 'doc.viewed', 'doc.viewed'], 'unless all three are told';
    is_deeply $acts->('--around', $id->('undated')), [1, 'undated'], 'without a time';
    is_deeply $acts->('--around', $id->('e0')), [1, 'e0', 'e1'], 'an empty id is none';
    is_deeply rows(answer(['actor', $ada, '--since', '2026-04-05', '--until', '2026-04-06']), 'sessions', qw(session_id entries)), [[undef, 1], [undef, 2]], 'nor on an actor\'s page';
    $r = answer(['session', '--email', 'x@y', '--until', '2026-04-03T09:05Z']);
    is_deeply [scalar @{$r->{entries}}, $r->{remarks}[0]], [2, 'No session id tells these entries to be one session: they are of one actor, with no pause longer than 30 min'],
        'what it has not got is not looked at';
    $r = answer(['session', 'none']);
    is_deeply [@$r{qw(session entries)}], [undef, []], 'no such session';

    $r = answer(['session', 's1'], user => 'member');
    is_deeply [scalar @{$r->{entries}}, $r->{session}{organization_id}, exists $r->{entries}[0]{_auditproof} ? 1 : 0], [4, $a, 0], 'a tenant\'s user sees its own';
    is query(['session', 's1', '--proof'], user => 'member')->{status}, 3, 'and proves nothing';
    $r = query(['session', 's1', '--proof', '--part=entries', '--format=csv', '-q']);
    is +(() = $r->{out} =~ /"verified"\r$/mg), 5, 'verified' or diag $r->{out};
    for ([['session'], qr/which session/], [['session', 's1', '--actor', $ada], qr/session ID takes no --actor/], [['session', 's1', '--around', $ada], qr/takes no|twice/],
         [['session', '--around', $ada], qr/there is no entry $ada/], [['session', '--around', $ada, '--ip', '::1'], qr/takes no --ip/], [['session', '--email', 'nobody'], qr/no entry fits/],
         [['session', 's1', '--idle', 0], qr/--idle takes/], [['session', 's1', '-n', 10001], qr/--limit takes/]) {
        my $q = query($_->[0]);
        is_deeply [$q->{status}, $q->{out}], [2, ''], "@{$_->[0]}";
        like $q->{err}, $_->[1], 'and why';
    }
    is query(['session', 's1'], user => 'inspector')->{status}, 0, 'an auditor';
    my $m = decode_json $c->psql('t', "SELECT metadata FROM audit_logs WHERE action = 'audit.queried' AND metadata ->> 'command' = 'session'");
    is_deeply [@$m{qw(filters withheld)}], [{}, ['session']], 'is recorded';
    my $q = query(['session', 's1', '--org', $a, '--format=table', '-q'], env => {COLUMNS => 80});
    like decode_utf8($q->{out}), qr/^2026-04-01 11:00Z  1 h 54 min  high  DATA_EXPORT  doc +203\.0\.113\.9$/m, 'a line an entry' or diag $q->{out};
    ok !grep({ length > 80 } split /\n/, decode_utf8 $q->{out}), 'of 80 columns';
    unlike $q->{out}, qr/\e/, 'which nothing acts on';
};

subtest 'actor' => sub {
    my @amy = (who => [$amy, 'amy@a.example']);
    # Working days at nine to noon from May to the end of June, from three addresses of one network; and one bad night.
    $c->psql('t', "INSERT INTO profiles (id, organization_id, email, is_active, updated_at) VALUES ('$amy', '$a', 'amy\@a.example', false, '2026-06-20');
        INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, ip_address, user_agent, session_id, created_at)
        SELECT '$a', '$amy', 'amy\@a.example', 'agent', CASE WHEN h = 9 THEN 'auth.login' ELSE 'doc.viewed' END, 'doc', ('198.51.100.' || d % 3 + 1)::inet, 'Firefox',
               'd' || d, '2026-05-01Z'::timestamptz + d * interval '1 day' + h * interval '1 hour'
          FROM generate_series(0, 59) d, generate_series(9, 12) h WHERE extract(isodow FROM '2026-05-01Z'::timestamptz + d * interval '1 day') < 6;"
        . join '', (map { act("2026-06-29T03:0$_->[0]Z", $_->[1], '2001:db8:1:2::7', "curl \e[2J", undef, @amy) }
            [1, 'auth.login_failed'], [2, 'auth.login_failed'], [3, 'LOGIN_FAILED'], [4, 'auth.loginFailed'], [5, 'auth.login'], [6, 'DATA_EXPORT']),
        map { act(sprintf('2026-06-29T03:%02dZ', $_), 'doc.viewed', '2001:db8:1:2::7', "curl \e[2J", undef, @amy) } 10 .. 59);
    my $r = answer(['actor', 'amy@a.example', '--org', $a, '--until', '2026-06-30']);
    is_deeply [@{$r->{actor}}{qw(actor actor_id actor_role active first_seen last_seen since until entries baseline_since baseline_entries per_day baseline_per_day sessions)}],
        ['amy@a.example', $amy, 'agent', JSON::PP::false, '2026-03-02T10:00:00Z', '2026-06-29T12:00:00Z', '2026-06-23T00:00:00Z', '2026-06-30T00:00:00Z', 76,
         '2026-05-24T00:00:00Z', 84, 10.86, 2.8, 6], 'facts';
    is_deeply rows($r, 'findings', qw(finding dimension value deviation entries window)), [
        ['not active', 'all', undef, 'entries after the profile, which is not active, was last changed', 80, '2026-06-20 00:00Z to 2026-06-29 12:00Z'],
        ['login after failures', 'address', '2001:db8:1:2::7', '4 failures in the hour before it, from 1 address', 5, '2026-06-29 02:05Z to 2026-06-29 03:05Z'],
        (map { ['new', $_->[0], $_->[1], 'in none of 151 entries before', $_->[2], '2026-03-02 10:00Z to 2026-06-23 00:00Z'] }
            ['action', 'auth.login_failed', 2], ['action', 'DATA_EXPORT', 1], ['action', 'LOGIN_FAILED', 1], ['action', 'auth.loginFailed', 1],
            ['network', '2001:db8:1::/48', 56], ['agent', "curl \e[2J", 56], ['hour', '03:00', 56]),
        ['more', 'all', undef, '10.9 a day, 3.9 times the 2.8 before', 76, '2026-05-24 00:00Z to 2026-06-23 00:00Z'],
        ['more', 'action', 'doc.viewed', '9.3 a day, 4.4 times the 2.1 before', 65, '2026-05-24 00:00Z to 2026-06-23 00:00Z']], 'findings';
    is_deeply rows($r, 'actions', qw(action entries baseline_entries per_day baseline_per_day ratio new))->[4], ['doc.viewed', 65, 63, 9.29, 2.1, 4.42, 'no'], 'against the baseline';
    is_deeply rows($r, 'networks', qw(network entries baseline_entries new)), [['2001:db8:1::/48', 56, 0, 'yes'], ['198.51.100.0/24', 20, 84, 'no'], ['192.0.2.0/24', 0, 0, 'no']], 'networks';
    is_deeply $r->{rhythm}[0], {of => 'hours, from 0', entries => [0, 0, 0, 56, (0) x 5, 5, 5, 5, 5, (0) x 11], before => [(0) x 9, 38, 39, 37, 37, (0) x 11]}, 'hours' or diag explain $r->{rhythm};
    is_deeply rows($r, 'sessions', qw(start duration entries session_id ip_address user_agent))->[1], ['2026-06-29T03:01:00Z', 3480, 56, undef, '2001:db8:1:2::7', "curl \e[2J"], 'sessions';
    is_deeply $r->{remarks}, ["Entries that do not name this address of mail are not here: see auditquery actor $amy"], 'where to look for more';
    is_deeply answer(['actor', $amy, '--until', '2026-06-30'])->{findings}, $r->{findings}, 'by id the same';
    $c->psql('t', join '', map { act("2026-06-29T02:3${_}Z", 'auth.login_failed', "203.0.113.$_", undef, undef, who => [undef, 'AMY@a.example']) } 1 .. 6);
    is answer(['actor', $amy, '--until', '2026-06-30', '--org', $a])->{findings}[1]{deviation}, '10 failures in the hour before it, from 7 addresses', 'with failures that name no account';

    $r = answer(['actor', $amy, '--since', '2026-06-29', '--until', '2026-06-30', '-n2']);
    is_deeply $r->{remarks}, ['There are 9 actions, of which 2 are shown, the new ones first: see --limit', 'There are 3 networks, of which 2 are shown, the new ones first: see --limit',
        'There are 5 addresses, of which 2 are shown, the new ones first: see --limit', 'There are 3 user agents, of which 2 are shown, the new ones first: see --limit'], 'what is cut';
    $r = answer(['actor', $amy, '--since', '2026-05-01', '--until', '2026-05-08', '--baseline', 90]);
    is_deeply [@{$r->{remarks}}, map { $_->{finding} eq 'dormant before' ? $_->{deviation} : () } @{$r->{findings}}], ['The baseline is short: 60 of 90 days, for that is when the actor was first seen'], 'short';
    $r = answer(['actor', $amy, '--since', '2026-05-01', '--until', '2026-05-08', '--dormant', 28]);
    is_deeply [map { $_->{finding} eq 'dormant before' ? $_->{deviation} : () } @{$r->{findings}}], ['28 days without an entry'], 'dormant';
    $r = answer(['actor', $amy, '--since', '2026-06-29T03:00Z', '--until', '2026-06-29T04:00Z']);
    is_deeply [$r->{actor}{per_day}, grep { $_->{finding} eq 'more' } @{$r->{findings}}], [56, {finding => 'more', dimension => 'all', value => undef, deviation => '56.0 a day, 21.0 times the 2.7 before',
        entries => 56, first => '2026-06-29T03:01:00Z', window => '2026-05-30 03:00Z to 2026-06-29 03:00Z', window_from => '2026-05-30T03:00:00Z', window_to => '2026-06-29T03:00:00Z'},
        grep { $_->{dimension} eq 'action' && $_->{finding} eq 'more' } @{$r->{findings}}], 'an hour is no day, and none is made of it';
    $r = answer(['actor', $amy, '--since', '2026-06-29T09:30Z', '--until', '2026-06-29T13:00Z']);
    is_deeply [grep { $_->{finding} eq 'more' } @{$r->{findings}}], [], 'nor is more than usual';
    $r = answer(['actor', $amy, '--since', '2026-07-02']);
    is_deeply [$r->{actor}{entries}, $r->{remarks}[0]], [0, 'There is no entry in the period: an earlier --since makes it longer'], 'nothing lately';
    $r = answer(['actor', $amy, '--until', '2026-03-03']);
    is_deeply [$r->{remarks}, $r->{findings}, $r->{actor}{baseline_per_day}], [['There is no entry before the period: what is new cannot be told'], [], undef], 'no history';
    $r = answer(['actor', 'nobody@x']);
    is_deeply [@{$r->{actor}}{qw(actor actor_id entries first_seen)}, $r->{findings}, $r->{actions}], ['nobody@x', undef, 0, undef, [], []], 'nobody';

    $r = answer(['actor', $amy, '--until', '2026-06-30'], user => 'member');
    is $r->{actor}{entries}, 76, 'as a tenant\'s user';
    is answer(['actor', $bob, '--since', '2026-01-01', '--until', '2026-06-30'], user => 'member')->{actor}{entries}, 0, 'of its own tenant';
    is query(['actor', 'amy@a.example'], user => 'inspector')->{status}, 0, 'an auditor';
    my $m = decode_json $c->psql('t', "SELECT metadata FROM audit_logs WHERE action = 'audit.queried' AND metadata ->> 'command' = 'actor'");
    is_deeply [sort(keys %{$m->{filters}}), $m->{withheld}], ['since', 'until', ['email']], 'is recorded';
    for ([['actor'], qr/./], [['actor', 'a*'], qr/names no one actor/], [['actor', $amy, '--baseline', 7], qr/--baseline takes/], [['actor', $amy, '--ip', '::1'], qr/takes no --ip/],
         [['actor', $amy, '--since', '2026-02-01', '--until', '2026-01-01'], qr/ends before/], [['actor', $amy, '-n0'], qr/--limit/], [['actor', $amy, '--email', 'x'], qr/takes no --email/]) {
        my $q = query($_->[0]);
        is_deeply [$q->{status}, $q->{out}], [2, ''], "@{$_->[0]}";
        like $q->{err}, $_->[1], 'and why';
    }
    my $q = query(['actor', $amy, '--until', '2026-06-30', '--format=table', '-q'], env => {COLUMNS => 80});
    ok !grep({ length > 80 } split /\n/, decode_utf8 $q->{out}), '80 columns';
    unlike $q->{out}, qr/\e/, 'which nothing acts on';
    like $q->{out}, qr/^new +network +2001:db8:1::\/48/m, 'which say it' or diag $q->{out};
    $q = query(['actor', $amy, '--until', '2026-06-30', '--part', 'findings', '--format=csv', '-q']);
    is scalar(() = $q->{out} =~ /\r\n/g), 12, 'findings as CSV';
};

subtest 'pivot' => sub {
    my $at = sub { "2026-07-0$_[0]T10:00Z" };
    my ($eve, $pair) = map { "00000000-0000-4000-8000-0000000000$_" } qw(e1 e2);
    $c->psql('t', "INSERT INTO auth.users (id, email) VALUES ('$eve', 'eve\@a.example'), ('$pair', 'pair\@a.example');" . join '', map {
            my ($who, $day, $ip, $session, $thing, %o) = @$_;
            act($at->($day), 'act', $ip, 'x', $session, who => $who eq 'nobody' ? [undef, 'Nobody@x'] : [$who eq 'eve' ? $eve : $pair, "$who\@a.example"], thing => $thing, %o)
        } ['eve', 1, '10.1.1.1', 'p1', $other], ['eve', 2, '10.1.1.1', 'p1'], ['eve', 3, '10.1.1.2', 'p2'],
        ['pair', 2, '10.1.1.1', 'p3'], ['pair', 4, '10.1.1.3', "p\x{1b}4", $twin], ['nobody', 5, '10.1.1.1', undef], ['nobody', 6, '10.1.1.9', undef], ['eve', 6, '10.1.1.7', 'p9', undef, org => $b]);
    my @columns = qw(hop kind name entries first last via_kind via);
    # All of them, by hop.
    my $list = sub {
        my $r = shift;
        my @rows = map { @{rows($r, $_, @_)} } qw(actors addresses sessions resources);
        return [map { my $hop = $_; grep { $_->[0] == $hop } @rows } 1, 2];
    };
    my $r = answer(['pivot', '--ip', '10.1.1.1', '--org', $a, '--hops', 2]);
    is_deeply [@{$r->{start}}{qw(entries first last)}], [4, '2026-07-01T10:00:00Z', '2026-07-05T10:00:00Z'], 'where it starts';
    is_deeply $list->($r, @columns), [
        [1, 'actor', 'eve@a.example', 2, '2026-07-01T10:00:00Z', '2026-07-02T10:00:00Z', undef, undef],
        [1, 'actor', 'Nobody@x', 1, ('2026-07-05T10:00:00Z') x 2, undef, undef],
        [1, 'actor', 'pair@a.example', 1, ('2026-07-02T10:00:00Z') x 2, undef, undef],
        [1, 'session', 'p1', 2, '2026-07-01T10:00:00Z', '2026-07-02T10:00:00Z', undef, undef],
        [1, 'session', 'p3', 1, ('2026-07-02T10:00:00Z') x 2, undef, undef],
        [1, 'resource', "doc/$other", 1, ('2026-07-01T10:00:00Z') x 2, undef, undef],
        [2, 'actor', 'ada@a.example', 1, ('2026-03-01T10:00:00Z') x 2, 'resource', "doc/$other"],
        [2, 'address', '10.1.1.3', 1, ('2026-07-04T10:00:00Z') x 2, 'actor', 'pair@a.example'],
        [2, 'address', '10.1.1.2', 1, ('2026-07-03T10:00:00Z') x 2, 'actor', 'eve@a.example'],
        [2, 'session', "p\x{1b}4", 1, ('2026-07-04T10:00:00Z') x 2, 'actor', 'pair@a.example'],
        [2, 'session', 'p2', 1, ('2026-07-03T10:00:00Z') x 2, 'actor', 'eve@a.example'],
        [2, 'resource', "doc/$twin", 1, ('2026-07-04T10:00:00Z') x 2, 'actor', 'pair@a.example']], 'two hops' or diag explain $list->($r, @columns);
    is_deeply $r->{remarks}, ['Not followed, for no index leads to them: 1 actors without an account, or sessions of more than 200 bytes'], 'who is not followed';
    my $beside = sub { [map { "$_->[1] $_->[2]" } @{$list->(answer(['pivot', @_, '--org', $a]), qw(hop kind name))}] };
    ok !grep({ /10\.1\.1\.1\b/ } @{$beside->('--ip', '10.1.1.1/32')}), 'an address is no neighbour of itself, however it is written';
    is_deeply $beside->('--actor', $eve), ['address 10.1.1.1', 'address 10.1.1.2', 'session p1', 'session p2', "resource doc/$other"], 'of an actor';
    is_deeply $beside->('--session', 'p3'), ['actor pair@a.example', 'address 10.1.1.1'], 'of a session';
    is_deeply $beside->('--resource', "doc/$twin"), ['actor pair@a.example', 'address 10.1.1.3', "session p\x{1b}4"], 'of a thing';
    is_deeply $beside->('--email', 'nobody@x', '--since', '2026-07-06'), ['actor Nobody@x', 'address 10.1.1.9'], 'of an address of mail, in a period';
    $r = answer(['pivot', '--ip', '10.1.1.1', '--org', $a, '-n1']);
    is_deeply [scalar @{$list->($r, 'hop')}, @{$r->{remarks}}], [3, 'At hop 1 there are 3 actors, of which 1 are here: see --limit', 'At hop 1 there are 2 sessions, of which 1 are here: see --limit'], 'bounded';
    $r = answer(['pivot', '--ip', '10.99.0.0/16']);
    is_deeply [$r->{start}{entries}, $list->($r, 'hop')], [0, []], 'nothing';
    ok +(grep { $_->{name} eq '10.1.1.7' } @{answer(['pivot', '--ip', '10.1.1.1', '--hops', 2])->{addresses}}), 'over all tenants';
    $r = answer(['pivot', '--ip', '10.1.1.1', '--hops', 2], user => 'member');
    ok !grep({ $_->{name} eq '10.1.1.7' } @{$r->{addresses}}), 'but not to one of them';
    is scalar @{$list->($r, 'hop')}, 12, 'which sees all of its own';
    is query(['pivot', '--ip', '10.1.1.1'], user => 'inspector')->{status}, 0, 'an auditor';
    my $m = decode_json $c->psql('t', "SELECT metadata FROM audit_logs WHERE action = 'audit.queried' AND metadata ->> 'command' = 'pivot'");
    is_deeply [$m->{filters}, $m->{withheld}], [{}, ['ip']], 'is recorded';
    for ([['pivot'], qr/whose neighbours/], [['pivot', '--ip', '::1', '--hops', 3], qr/--hops takes/], [['pivot', '--ip', '::1', '-n0'], qr/--limit/], [['pivot', '--ip', '::1', '--risk', 'low'], qr/takes no --risk/]) {
        my $q = query($_->[0]);
        is_deeply [$q->{status}, $q->{out}], [2, ''], "@{$_->[0]}";
        like $q->{err}, $_->[1], 'and why';
    }
    my $q = query(['pivot', '--session', "p\x{1b}4", '--format=table', '-q'], env => {COLUMNS => 80});
    unlike $q->{out}, qr/\e/, 'nothing acts on a terminal';
    like $q->{out}, qr/^pair\@a\.example +1 +1  2026-07-04 10:00Z  2026-07-04 10:00Z  -$/m, 'a line a neighbour' or diag $q->{out};
};

subtest 'what is read' => sub {
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, user_agent) SELECT '$b', 'bulk', 'x', (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 50) j)
        FROM generate_series(1, 6000) i; ANALYZE audit_logs");
    for ([['resource', "/$thing"], ''], [['actor', $amy], ''], [['pivot', '--actor', $amy], ''], [['session', 's1'], ''], [['actor', 'amy@a.example'], qr/read from end to end/],
         [['pivot', '--ip', '10.1.1.1'], ''], [['pivot', '--actor', $amy, '--hops', 2], ''], [['pivot', '--email', 'amy*'], qr/read from end to end/]) {
        my $r = query([@{$_->[0]}, '--unrecorded', '--part', $_->[0][0] eq 'pivot' ? 'start' : $_->[0][0]]);
        $_->[1] ? like($r->{err}, $_->[1], "@{$_->[0]} says what it reads") : is($r->{err}, '', "@{$_->[0]} reads by an index");
    }
};

subtest 'rewritten' => sub {
    my $r = answer(['resource', "user/$thing", '--proof']);
    my %hash = map { split /\|/ } split /\n/, $c->psql('t', "SELECT log_id, encode(entry_hash, 'hex') FROM auditproof.chain_entry");
    is_deeply rows($r, 'history', qw(verified why entry_hash)), [map { ['yes', undef, $hash{$_->{id}}] } @{$r->{history}}], 'verified';
    $c->psql('t', "SET session_replication_role = replica; ALTER TABLE audit_logs DISABLE TRIGGER ALL; UPDATE audit_logs SET new_values = new_values || '{\"role\": \"owner\"}' WHERE id = '$r->{history}[0]{id}'");
    $r = query(['resource', "user/$thing", '--proof', '-q']);
    is_deeply [$r->{status}, $r->{json}{history}[0]{why}, $r->{json}{resource}{unlogged}], [1, 'it is not what was chained: the content hash differs', 3], 'or rewritten, which shows twice';
    $c->psql('t', "SET session_replication_role = replica; ALTER TABLE audit_logs DISABLE TRIGGER ALL; UPDATE audit_logs SET user_agent = 'x' WHERE action = 'elsewhere'");
    $r = query(['session', 's1', '--proof', '-q']);
    is_deeply [$r->{status}, grep { /verify/ } @{$r->{json}{remarks}}], [1, 'Entries that did not verify: 1'], 'or not';
};

done_testing;
