#!/usr/bin/perl
# auditquery risk: what is at a level and above, as incidents.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use Test::More;

my ($a, $b) = map { "00000000-0000-4000-8000-00000000000$_" } qw(a b);
my ($ada, $bob) = map { "00000000-0000-4000-8000-0000000000$_" } qw(a1 b1);

my $c = AuditTest->cluster;
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
$c->psql('t', <<"END");
INSERT INTO organizations (id, name) VALUES ('$a', 'a'), ('$b', 'b');
INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@a.example'), ('$bob', 'bob\@b.example');
INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$a', 'ada\@a.example'), ('$bob', '$b', 'bob\@b.example');
CREATE ROLE inspector LOGIN IN ROLE auditproof_auditor;
CREATE ROLE member LOGIN IN ROLE authenticated;
ALTER ROLE member SET request.jwt.claim.sub = '$ada';
CREATE TABLE planned (id uuid, org uuid, at text, actor uuid, email text, action text, ip inet, session text, risk text);
INSERT INTO planned
SELECT ('00000000-0000-4000-8000-00000000' || right('e' || to_char(n, 'FM000'), 4))::uuid, o::uuid, at, actor::uuid, email, action, ip::inet, session, risk
FROM (VALUES
    (1, '$a', '10:00', '$ada', NULL,              'login',        '10.0.0.1', 's1', 'high'),
    (2, '$a', '10:05', NULL,   'ADA\@a.example',  'login_failed', '10.0.0.9', NULL, 'high'),     -- by mail, in any case
    (3, '$a', '10:20', '$ada', 'ada\@A.example',  'export',       '10.0.0.1', 's2', 'critical'), -- by account and mail
    (4, '$a', '10:50', NULL,   NULL,              'delete',       '10.0.0.2', 's2', 'high'),     -- by session, 30 minutes later
    (5, '$a', '10:51', '$ada', NULL,              'delete',       '10.0.0.1', NULL, 'high'),     -- 31 after the account's last
    (6, '$a', '12:00', '$ada', NULL,              'login',        '10.0.0.1', 's1', 'high'),     -- hours later
    (7, '$b', '10:01', '$bob', 'bob\@b.example',  'login',        '10.0.0.1', 's1', 'low'),      -- a rule found it; another tenant's s1
    (8, '$b', '10:02', NULL,   NULL,              'probe',        '10.0.0.1', NULL, 'high'),     -- nobody: by address
    (9, '$b', '10:03', NULL,   NULL,              'scan',         '10.0.0.1', NULL, 'high'),
    (10, '$b', '10:04', NULL,  NULL,              'probe',        '10.0.0.3', NULL, 'high'),
    (11, NULL, '11:00', NULL,  NULL,              'job_failed',   NULL,       NULL, 'high'),     -- nothing at all: by action
    (12, NULL, '11:10', NULL,  NULL,              'job_failed',   NULL,       NULL, 'high'),
    (13, NULL, '11:10', NULL,  NULL,              'disk_full',    NULL,       NULL, 'high'),
    (14, '$a', '10:00', '$ada', NULL,             'quiet',        '10.0.0.1', 's1', 'medium'),
    (15, '$a', '10:00', '$ada', NULL,             'unsaid',       '10.0.0.1', 's1', NULL),
    (16, '$b', '10:30', '$bob', E'\\x1b[31mevil', E'\\u202ehidden', '10.0.0.4', 's9', 'low')      -- by account
) AS v (n, o, at, actor, email, action, ip, session, risk);
INSERT INTO audit_logs (id, organization_id, created_at, actor_id, actor_email, action, ip_address, session_id, risk_level, resource_type)
SELECT id, org, ('2026-03-01 ' || at || 'Z')::timestamptz, actor, email, action, ip, session, risk, 'x' FROM planned;
INSERT INTO auditproof.ruleset VALUES (sha256('x'), 'x', 1, now());
INSERT INTO auditproof.risk_finding
SELECT e.chain_id, sha256('x'), e.seq, r, e.log_id, l, t, closed, NULL, NULL, now()
FROM (VALUES ('007', 'r1', 'high', 'First', false), ('007', 'r2', 'critical', 'Second', false), ('016', 'r2', 'critical', 'Second', false),
             ('001', 'r3', 'low', 'Third', false), ('014', 'r4', 'critical', 'Closed', true)) v (n, r, l, t, closed)
JOIN auditproof.chain_entry e ON right(e.log_id::text, 3) = n;
END

my @day = ('--since', '2026-03-01', '--until', '2026-03-02');

sub risk {
    my ($argv, %o) = @_;
    return $c->run(['auditquery', 'risk', @$argv], db => 't', env => {$o{user} ? (PGUSER => $o{user}) : (), %{$o{env} // {}}});
}

sub answer { my $r = risk(@_); is $r->{status}, 0, 'answered' or diag $r->{err}; return decode_json($r->{out}) }

# "critical: 1 2 3" for each.
sub told {
    return map { my $i = $_; "$i->{level}: " . join ' ', map { int substr $_->{id}, -3 } @{$i->{entries}} } @{$_[0]{incidents}};
}

subtest 'who belongs together' => sub {
    my $answer = answer([@day]);
    # By level, then rules, then entries, then which ended last.
    is_deeply [told($answer)], ['critical: 7 16', 'critical: 1 2 3 4', 'high: 11 12', 'high: 8 9', 'high: 6', 'high: 13', 'high: 5', 'high: 10'],
        'exactly these' or diag explain [told($answer)];
    is_deeply [@{$answer->{asked}}{qw(levels since until entries incidents)}],
        ['high, critical', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', 14, 8], 'what was asked';
    my ($first, $second) = @{$answer->{incidents}};
    delete $_->{seq} for map { @{$_->{entries}} } $first, $second;
    is_deeply $second, {
        incident => 2, level => 'critical', first => '2026-03-01T10:00:00Z', last => '2026-03-01T10:50:00Z', lasted => 3000, entry_count => 4,
        rule_count => 1, organization_id => $a, who => 'ada@A.example and 1 more', failed => 0,
        around => '00000000-0000-4000-8000-00000000e003', rules => [{id => 'r3', title => 'Third', level => 'low', count => 1}],
        actions => [map +{action => $_, count => 1}, qw(delete export login login_failed)],
        actors => [{actor_id => $ada, actor_email => 'ada@A.example', count => 2}, {actor_id => undef, actor_email => 'ADA@a.example', count => 1}],
        addresses => [{ip_address => '10.0.0.1', count => 2}, map +{ip_address => "10.0.0.$_", count => 1}, 2, 9],
        sessions => [{session_id => 's2', count => 2}, {session_id => 's1', count => 1}],
        entries => [map +{id => "00000000-0000-4000-8000-00000000e00$_", level => $_ == 3 ? 'critical' : 'high'}, 1 .. 4],
    }, 'all that is in one' or diag explain $second;
    is_deeply $first->{rules}, [{id => 'r2', title => 'Second', level => 'critical', count => 2}, {id => 'r1', title => 'First', level => 'high', count => 1}],
        'rules that fired, the worst first';
    is $answer->{incidents}[2]{organization_id}, undef, 'the system has none';
    is_deeply $answer->{windows}, [{level => 'critical', time => '2026-03-01T10:00:00Z', rule => 'r4', title => 'Closed', organization_id => $a,
        entry => '00000000-0000-4000-8000-00000000e014'}], 'what the end of a window showed is of no entry';
    is_deeply [map { scalar @{answer([@day, @$_])->{windows}} } ['--org', $b], ['--rule', 'r4'], ['--actor', $ada], ['--risk', 'high']], [0, 1, 0, 0], 'and asked for by its own filters';
    is +(told(answer([@day, '--window', 31])))[1], 'critical: 1 2 3 4 5', 'a longer window links what is as far apart';
};

subtest 'levels and filters' => sub {
    is_deeply [told(answer(['critical', @day]))], ['critical: 7 16', 'critical: 3'], 'a level and above';
    is_deeply [told(answer(['medium', @day, '--org', $a]))], ['critical: 1 14 2 3 4', 'high: 6', 'high: 5'], 'in one organization';
    is_deeply [told(answer([@day, '--risk', 'medium']))], ['medium: 14'], 'just one level';
    is_deeply [told(answer(['low', @day, '--action', 'unsaid']))], ['low: 15'], 'no level is low';
    is_deeply [told(answer([@day, '--rule', 'r2']))], ['critical: 7 16'], 'what a rule found';
    is_deeply [told(answer([@day, '-n', 1]))], ['critical: 7 16'], 'no more than were asked for';
    my $answer = answer([]);
    is_deeply [$answer->{incidents}, $answer->{remarks}], [[], []], 'the last day is empty';
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, risk_level, created_at) VALUES ('$a', 'undated', 'x', 'high', NULL), ('$a', 'now', 'x', 'high', now())");
    $c->psql('t', "INSERT INTO auditproof.risk_finding SELECT e.chain_id, sha256('x'), e.seq, 'r5', e.log_id, 'high', 'Shown by what has no time', true, NULL, NULL, now()
        FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE l.action = 'undated'");
    $answer = answer([]);
    is_deeply [map { $_->{rule} } @{$answer->{windows}}], ['r5'], 'what an entry without a time shows is of when it was chained';
    is scalar @{$answer->{incidents}}, 1, 'what is new is in it';
    like "@{$answer->{remarks}}", qr/have no time, and are in no period: 1;/, 'and what no period has is told of';
    for (['--limit', 0], ['--limit', 1001], ['--window', 0], ['high', '--risk', 'low'], ['severe'], ['high', 'low'], ['--format', 'x'], ['--part', 'x']) {
        my $r = risk([@day, @$_]);
        is_deeply [$r->{status}, $r->{out}], [2, ''], "@$_ is refused";
    }
};

subtest 'proof' => sub {
    my $answer = answer([@day, '--proof']);
    ok !grep({ !$_->{verified} } map { @{$_->{entries}} } @{$answer->{incidents}}), 'every entry verified';
    $c->psql('t', "ALTER TABLE audit_logs DISABLE TRIGGER USER; UPDATE audit_logs SET risk_level = 'high' WHERE right(id::text, 3) = '015'");
    my $r = risk([@day, '--proof']);
    is $r->{status}, 1, 'one was raised in the table';
    is_deeply [map { $_->{failed} } @{decode_json($r->{out})->{incidents}}], [0, 1, (0) x 6], 'and is told of';
    $r = risk([@day, '--proof', '-n', 1]);
    is $r->{status}, 1, 'also where its incident is not shown';
    like $r->{err}, qr/1 of 15 entries did not verify/, 'which is said';
    $c->psql('t', "ALTER TABLE audit_logs DISABLE TRIGGER USER; UPDATE audit_logs SET risk_level = NULL WHERE right(id::text, 3) = '015'");
};

subtest 'table' => sub {
    my $r = risk([@day, '--format=table', '-n', 2], env => {COLUMNS => 80});
    is $r->{status}, 0, 'printed';
    my $text = decode_utf8 $r->{out};
    unlike $text, qr/[^\n\x20-\x7e\xd7]/, 'nothing that a terminal obeys';
    ok !grep({ length > 80 } split /\n/, $text), 'within 80 columns';
    my $want = <<'END'; # of an account, the newest address
Incident 1: critical
Time:          2026-03-01T10:01:00Z to 2026-03-01T10:30:00Z
Organization:  00000000-0000-4000-8000-00000000000b
Who:           \x1b[31mevil ×2
Addresses:     10.0.0.1, 10.0.0.4
Sessions:      s1, s9
Rules:         critical: Second (r2) ×2, high: First (r1)
Actions:       login, \u202ehidden
Entries:       seq 1, 5
Look:          auditquery timeline --around 00000000-0000-4000-8000-00000000e007
END
    my ($got) = $text =~ /^(Incident 1.*?\n)\n/ms;
    is encode_utf8($got // $text), $want, 'an incident';
    ($got) = $text =~ /^Incidents, the worst first\n(.*?)\n\n/ms;
    is $got, <<'END' =~ s/\n\z//r, 'and what each is about: the rule that is as bad, or the action';
#  LEVEL     FIRST              LASTED  ENTRIES  WHAT
1  critical  2026-03-01 10:01Z  29 min        2  Second and 1 more
  WHO \x1b[31mevil
2  critical  2026-03-01 10:00Z  50 min        4  export and 3 more
  WHO ada@A.example and 1 more
END
    unlike risk([@day, '--format=csv', '--part=incidents'])->{out}, qr/what/, 'which others say to programs';
    like $text, qr/^6 more incidents are not shown: a larger --limit shows them$/m, 'there are more';
    like risk(['--format=table', '--org', $b])->{out}, qr/nothing of such a level happened/, 'or nothing';
    my ($around) = $text =~ /Look: +auditquery (timeline .*)/;
    is $c->run(['auditquery', split ' ', $around], db => 't')->{status}, 0, 'what it says to look at is there';
};

subtest 'what is empty' => sub {
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, risk_level, created_at, session_id, actor_email, ip_address)
        SELECT '$b', 'x', 'x', 'high', '2026-04-01', '', '', ip FROM unnest('{10.0.0.1,10.0.0.2,10.0.0.2}'::inet[]) ip");
    my $answer = answer(['--since', '2026-04-01', '--until', '2026-04-02']);
    is_deeply [map { [@$_{qw(entry_count who actors sessions)}] } @{$answer->{incidents}}], [[2, '(nobody)', [], []], [1, '(nobody)', [], []]], 'links nothing, and is nobody'
        or diag explain $answer->{incidents};
    $c->psql('t', <<"END");
        INSERT INTO audit_logs (organization_id, action, resource_type, created_at) VALUES ('$b', 'far', 'x', '294276-12-31Z');
        SET session_replication_role = replica;
        INSERT INTO auditproof.risk_finding SELECT e.chain_id, sha256('x'), e.seq, 'far', e.log_id, 'critical', 'Far', true, NULL, NULL, now()
          FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE l.action = 'far';
END
    is_deeply answer(['critical', '--org', $b, '--since', '2026-05-01'])->{windows}, [], 'a time that is none ends no window';
};

subtest 'whose rows' => sub {
    my $answer = answer(['medium', @day], user => 'member');
    is_deeply [told($answer)], ['critical: 1 14 2 3 4', 'high: 6', 'high: 5'], 'a tenant sees its own, by the level they were written with';
    like "@{$answer->{remarks}}", qr/member may not read what rules found/, 'and is told that';
    is_deeply [told(answer(['medium', @day, '--org', $b], user => 'member'))], [], 'nothing of another';
    my $told = "SELECT metadata ->> 'command' || ' ' || (metadata -> 'filters' ->> 'risk') FROM audit_logs WHERE action = 'audit.queried'";
    is $c->psql('t', $told), '', 'nothing recorded so far';
    is_deeply [told(answer(['critical', @day], user => 'inspector'))], ['critical: 7 16', 'critical: 3'], 'an auditor sees all';
    is $c->psql('t', $told), 'risk ["critical"]', 'and it is chained';
};

done_testing;
