#!/usr/bin/perl
# auditquery search: filters, pages, whose rows are seen, what is verified, recorded and followed.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8);
use JSON::PP;
use Test::More;

my $a = '00000000-0000-4000-8000-00000000000a';
my $b = '00000000-0000-4000-8000-00000000000b';
my $nil = '00000000-0000-0000-0000-000000000000';
my ($ada, $bob) = map { "00000000-0000-4000-8000-0000000000$_" } qw(a1 b1);
my $thing = '00000000-0000-4000-8000-0000000000f0';

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
CREATE ROLE nobodys LOGIN IN ROLE authenticated;
-- Forty entries of two tenants, an hour apart, the first the newest.
INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, risk_level,
                        ip_address, user_agent, session_id, old_values, new_values, metadata, created_at)
SELECT CASE i % 2 WHEN 0 THEN '$a'::uuid ELSE '$b' END, CASE i % 2 WHEN 0 THEN '$ada'::uuid ELSE '$bob' END,
       CASE i % 2 WHEN 0 THEN 'Ada\@a.example' ELSE 'bob_x\@b.example' END, 'admin',
       (ARRAY['auth.login', 'auth.login_failed', 'authXlogin', 'DATA_EXPORT'])[1 + i % 4], 'thing' || i % 3,
       CASE WHEN i = 6 THEN '$thing'::uuid END, (ARRAY['low', 'medium', 'high', 'critical'])[1 + i % 4],
       ('10.0.' || i % 3 || '.' || i)::inet, CASE i WHEN 8 THEN E'evil \\x1b[31m \\u202e 漢字' ELSE 'agent' END,
       's' || i % 5, CASE i % 3 WHEN 0 THEN '{"role": "agent"}'::jsonb END,
       jsonb_build_object('role', CASE i % 3 WHEN 0 THEN 'admin' ELSE 'agent' END, 'n', i, 'a.b', jsonb_build_array('x', i::text),
                          'deep', jsonb_build_object('yes', i % 2 = 0), 'none', NULL),
       CASE i WHEN 10 THEN '{"say": "100%_Ünïcode \\\\ \\"q\\""}'::jsonb ELSE '{}' END, '2026-03-01 12:00Z'::timestamptz - i * interval '1 hour'
  FROM generate_series(1, 40) i;
-- And those whose time is none, or odd; two of one time; one of the system's.
INSERT INTO audit_logs (organization_id, action, resource_type, created_at) VALUES
    ('$a', 'undated', 'x', NULL), ('$a', 'undated', 'x', NULL), ('$b', 'undated', 'x', NULL), ('$a', 'odd', 'x', 'infinity'),
    ('$a', 'odd', 'x', '-infinity'), ('$a', 'odd', 'x', '0044-03-15 BC'), ('$a', 'odd', 'x', '20000-01-01'),
    ('$a', 'twin', 'x', '2026-02-01'), ('$a', 'twin', 'x', '2026-02-01'), (NULL, 'sys', 'x', '2026-02-02');
END
my $all = $c->psql('t', 'SELECT count(*) FROM audit_logs');

sub query {
    my ($argv, %o) = @_;
    return $c->run(['auditquery', 'search', '--format=ndjson', @$argv], db => 't',
        env => {$o{user} ? (PGUSER => $o{user}) : (), %{$o{env} // {}}});
}

sub entries { return map { decode_json $_ } split /\n/, $_[0]{out} }

# Which entries, of those that SQL finds by the same words.
sub finds {
    my ($argv, $where, $name) = @_;
    my $r = query([@$argv, '-n0', '-q']);
    my @want = split /\n/, $c->psql('t', "SELECT id FROM audit_logs WHERE $where ORDER BY created_at DESC, id DESC");
    is_deeply [$r->{status}, $r->{err}, map { $_->{id} } entries($r)], [0, '', @want], ($name // "@$argv") . ': ' . @want;
    return scalar @want;
}

subtest 'filters' => sub {
    finds([], 'true', 'everything');
    for (
        [['--org', $a], "organization_id = '$a'"], [['--org', $nil], 'organization_id IS NULL'],
        [['--actor', $ada], "actor_id = '$ada'"], [['--email', 'ADA@A.example'], "actor_email = 'Ada\@a.example'"],
        [['--email', 'bob_x@*'], "actor_email LIKE 'bob%'"], [['--email', 'ada?a.exampl?'], "actor_id = '$ada'"],
        [['--action', 'auth.login'], "action = 'auth.login'"], [['--action', 'auth.*'], "action IN ('auth.login', 'auth.login_failed')"],
        [['--action', 'auth?login', '--action', 'DATA_EXPORT'], "action IN ('auth.login', 'authXlogin', 'DATA_EXPORT')"],
        [['--org', $b, '--action', '*o*'], "organization_id = '$b' AND action LIKE '%o%'"],
        [['--resource', 'thing1'], "resource_type = 'thing1'"], [['--resource', "thing0/$thing"], "resource_id = '$thing'"],
        [['--resource', "/$thing"], "resource_id = '$thing'"], [['--risk', 'high+'], "risk_level IN ('high', 'critical')"],
        [['--risk', 'low,high'], "risk_level IN ('low', 'high')"], [['--ip', '10.0.1.0/24'], "ip_address << '10.0.1.0/24'"],
        [['--ip', '10.0.1.4'], "ip_address = '10.0.1.4'"], [['--session', 's3'], "session_id = 's3'"],
        [['--since', '2026-02-28', '--until', '2026-03-01T06:00:00Z'], "created_at >= '2026-02-28Z' AND created_at < '2026-03-01 06:00Z'"],
        [['--text', '漢字'], "user_agent LIKE '%漢字%'"], [['--text', '100%_ünï'], "metadata ? 'say'"],
        [['--text', 'BOB', '--text', 'export'], "actor_id = '$bob' AND action = 'DATA_EXPORT'"],
        [['--text', substr $thing, -5], "resource_id = '$thing'"],
        [['--where', 'new.role=admin'], "new_values ->> 'role' = 'admin'"],
        [['--where', 'new.role!=admin', '--org', $b], "organization_id = '$b' AND new_values ->> 'role' IS DISTINCT FROM 'admin'"],
        [['--where', 'new.n=7'], "new_values ->> 'n' = '7'"], [['--where', 'new.deep.yes=true'], "new_values #>> '{deep,yes}' = 'true'"],
        [['--where', 'new."a.b"=12'], "new_values ->> 'n' = '12'"], [['--where', 'new."a.b".1=12'], "new_values ->> 'n' = '12'"],
        [['--where', 'old.role'], 'old_values IS NOT NULL'], [['--where', 'new.none'], 'new_values IS NOT NULL'],
        [['--where', 'meta.say', '--where', 'new.n=10'], "metadata ? 'say'"],
        [['--org', $a, '--actor', $ada, '--action', 'auth.*', '--risk', 'low', '--ip', '10.0.0.0/16', '--since', '2026-02-01',
          '--where', 'new.role=agent', '--text', 'agent'],
         "organization_id = '$a' AND action LIKE 'auth.%' AND risk_level = 'low' AND ip_address IS NOT NULL AND new_values ->> 'role' = 'agent'"]
    ) {
        ok finds(@$_), 'which are some';
    }
    is finds(['--action', 'nothing*'], 'false'), 0, 'no action fits';
    is finds(['--where', q(new.role=x' OR true --)], 'false'), 0, 'values are parameters';
    for (['--email', "\xff"], ['--text', 'x', '--text', "\xed\xa0\x80"], ['--where', "new.\xc3=x"], ['--session', "\xf8"]) {
        my $r = query($_);
        is $r->{status}, 2, 'what is not UTF-8 is refused';
        like $r->{err}, qr/$_->[0] is not UTF-8/, 'by its name';
    }
    is finds(['--action', q(*'"\\\\{},*)], 'false'), 0, 'also in arrays';
    for (['--risk', 'severe'], ['--risk', 'high+,'], ['--ip', '10.0.0.0/33'], ['--ip', 'host'], ['--where', 'role=x'], ['--where', 'new=x'],
         ['--where', 'new.'], ['--where', 'new."x'], ['--resource', 'x/y'], ['--resource', '/'], ['--since', 'then'], ['--after', 'x'],
         ['--follow', '--reverse'], ['--purpose', 'x', '--unrecorded'], ['--format', 'x']) {
        is query($_)->{status}, 2, "@$_ is refused";
    }
};

subtest 'pages' => sub {
    for my $order ([], ['--reverse']) {
        for my $filter ([], ['--action', '*d*'], ['--since', '2026-02-01']) {
            my $whole = query([@$order, @$filter, '-n0'])->{out};
            for my $size (@$filter == 2 && $filter->[1] eq '*d*' ? 1 : 4) {
                my ($got, $pages, @after) = ('', 0);
                do {
                    my $r = query([@$order, @$filter, '-n', $size, @after]);
                    $got .= $r->{out};
                    @after = $r->{err} =~ /--after (\S+)/ ? ('--after', $1) : ();
                } while (@after && $pages++ < 100);
                is $got, $whole, "pages of $size: @$order @$filter";
            }
        }
    }
    is join("\n", reverse split /\n/, query(['--reverse', '-n0'])->{out}) . "\n", query(['-n0'])->{out}, 'the same entries, turned round';
    my ($cursor) = query(['-n1'])->{err} =~ /--after (\S+)/;
    my $r = query(['--after', $cursor, '--reverse']);
    is $r->{status}, 2, 'a cursor is of one order';
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$a', 'new', 'x')");
    is +(entries(query(['-n1', '--after', $cursor])))[0]{id}, (entries(query(['-n2'])))[1]{id}, 'a cursor stays where it was';
    $all++;
};

subtest 'what an entry says' => sub {
    my ($e) = entries(query(['--where', 'new.n=8', '--proof']));
    my $row = decode_json $c->psql('t', "SELECT row_to_json(l)::jsonb - 'chain_salt' FROM audit_logs l WHERE new_values ->> 'n' = '8'");
    my $more = delete $e->{_auditproof};
    is $e->{created_at}, '2026-03-01T04:00:00Z', 'time';
    $_->{created_at} = undef for $e, $row;
    is_deeply $e, $row, 'columns as they are, wide characters and escapes too';
    my $entry = decode_json $c->psql('t', "SELECT json_build_object('chain_id', chain_id, 'seq', seq, 'content_hash', encode(content_hash, 'hex'),
        'entry_hash', encode(entry_hash, 'hex')) FROM auditproof.chain_entry WHERE log_id = '$e->{id}'");
    is_deeply {map { $_ => $more->{$_} } keys %$entry}, $entry, 'its place in the chain';
    ok $more->{verified}, 'verified';
    is_deeply [$more->{risk_level}, $more->{matches}], ['low', []], 'no rule found it';
};

subtest 'findings' => sub {
    my ($id, $seq) = split /\|/, $c->psql('t', "SELECT log_id, seq FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE new_values ->> 'n' = '8'");
    $c->psql('t', "INSERT INTO auditproof.ruleset VALUES (sha256('x'), 'x', 1, now());
        INSERT INTO auditproof.risk_finding SELECT '$a', sha256('x'), $seq, r, '$id', l, 'T ' || r, closed, NULL, NULL, now()
        FROM (VALUES ('r1', 'medium', false), ('r2', 'critical', false), ('r3', 'low', true)) v (r, l, closed)");
    my ($e, @rest) = entries(query(['--rule', 'r2']));
    is_deeply [$e->{id}, scalar @rest, $e->{risk_level}, $e->{_auditproof}{risk_level}, map { "$_->{id} $_->{level} $_->{title}" } @{$e->{_auditproof}{matches}}],
        [$id, 0, 'low', 'critical', 'r2 critical T r2', 'r1 medium T r1'], 'by its rule, the worst first';
    is +(grep { $_->{id} eq $id } entries(query(['--risk', 'critical', '-n0']))), 1, 'and by the level that a rule found';
    # An entry of its own level and of a finding's, which two searches could both find; and one that says nothing of its risk.
    my $twice = $c->psql('t', "INSERT INTO auditproof.risk_finding SELECT e.chain_id, sha256('x'), e.seq, 'r4', e.log_id, 'critical', 'T r4', false, NULL, NULL, now()
        FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE l.new_values ->> 'n' = '11' RETURNING log_id");
    my $unsaid = $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, risk_level) VALUES ('$a', 'unsaid', 'x', NULL) RETURNING id");
    $all++;
    my $found = "SELECT id FROM audit_logs l WHERE risk_level IN ('high', 'critical') OR EXISTS (SELECT FROM auditproof.risk_finding f
        WHERE f.log_id = l.id AND NOT closed AND level IN ('high', 'critical')) ORDER BY created_at";
    for my $order ([], ['--reverse']) {
        my @want = split /\n/, $c->psql('t', $found . (@$order ? ', id' : ' DESC, id DESC'));
        is_deeply [map { $_->{id} } entries(query(['--risk', 'high+', '-n0', @$order]))], \@want, "each once, in order: @$order";
        my ($got, @after) = '';
        do {
            my $r = query(['--risk', 'high+', '-n4', @$order, @after]);
            $got .= $r->{out};
            @after = $r->{err} =~ /--after (\S+)/ ? ('--after', $1) : ();
        } while @after;
        is $got, query(['--risk', 'high+', '-n0', @$order])->{out}, "and in pages: @$order";
    }
    is +(grep { $_->{id} eq $twice } entries(query(['--risk', 'critical', '--org', $b, '-n0']))), 1, 'in its organization';
    is +(grep { $_->{id} eq $unsaid } entries(query(['--risk', 'low', '-n0']))), 1, 'no risk is low';
    is +(grep { $_->{id} eq $unsaid } entries(query(['--risk', 'low', '-n0'], user => 'member'))), 1, 'to a tenant, too';
    is entries(query(['--rule', 'r3'])), 0, 'what a window decided is no matter of its entry';
};

subtest 'whose rows' => sub {
    my $r = query(['-n0'], user => 'member');
    my @e = entries($r);
    is $r->{status}, 0, 'as a tenant\'s user';
    is_deeply [map { $_->{organization_id} } @e], [($a) x $c->psql('t', "SELECT count(*) FROM audit_logs WHERE organization_id = '$a'")], 'its tenant';
    like $r->{err}, qr/row level security applies to member: it sees entries of organization $a only/, 'which is said';
    ok !grep({ exists $_->{_auditproof} } @e), 'nothing of the chain';
    is entries(query(['--org', $b], user => 'member')), 0, 'nothing of another';
    for (['--proof'], ['--rule', 'r2'], ['--follow'], ['--purpose', 'x']) {
        $r = query($_, user => 'member');
        is_deeply [$r->{status}, $r->{out}], [3, ''], "@$_ is not for it" or diag $r->{err};
    }
    $r = query([], user => 'nobodys');
    is $r->{status}, 3, 'hidden is not the same as none';
    like $r->{err}, qr/hides every entry from nobodys/, 'which is said';
    $r = query(['-n0', '--risk', 'high+'], env => {PGOPTIONS => "-c role=authenticated -c request.jwt.claim.sub=$bob"});
    is_deeply {map { $_->{organization_id} => 1 } entries($r)}, {$b => 1}, 'as the platform says who it is';
    $r = query(['-n0', '--unrecorded'], user => 'inspector');
    is_deeply [$r->{status}, $r->{err}, scalar entries($r)], [0, '', $all], 'an auditor sees all';
};

subtest 'recorded' => sub {
    my $told = "SELECT count(*) FROM audit_logs WHERE action = 'audit.queried'";
    is $c->psql('t', $told), 0, 'nothing so far';
    is query(['-n2', '--org', $a, '--email', 'ada@*', '--risk', 'high+', '--since', '2026-02-01'], user => 'inspector')->{status}, 0, 'an auditor asks';
    my $e = decode_json $c->psql('t', "SELECT row_to_json(l) FROM audit_logs l WHERE action = 'audit.queried'");
    is_deeply [@$e{qw(organization_id actor_role resource_type)}], [$a, 'inspector', 'audit_logs'], 'the tenant is told';
    my $m = $e->{metadata};
    is_deeply [@$m{qw(source login purpose command rows)}, $m->{more} ? 1 : 0], ['auditproof', 'inspector', undef, 'search', 2, 1], 'who and what';
    is_deeply [$m->{filters}, $m->{withheld}], [{org => $a, risk => ['high', 'critical'], since => '2026-02-01T00:00:00Z'}, ['email']], 'by which filters, not by whose address';
    my $text = qq({"org":"$a","risk":["high","critical"],"since":"2026-02-01T00:00:00Z","email":"ada@*"});
    is $c->psql('t', "SELECT encode(sha256('\\x$m->{query}{salt}'::bytea || '$text'::bytea), 'hex')"), $m->{query}{sha256}, 'which can be shown';
    is $c->psql('t', "SELECT uuid_send(id) = substr(sha256('auditproof/query'::bytea || chain_salt), 1, 16) FROM audit_logs WHERE id = '$e->{id}'"), 't', 'with an id that proves it';
    is query(['--purpose', 'case 7', '-n1'])->{status}, 0, 'anyone may say why';
    is $c->psql('t', "SELECT organization_id IS NULL, metadata ->> 'purpose' FROM audit_logs WHERE action = 'audit.queried' AND id <> '$e->{id}'"), 't|case 7', 'over all tenants: the system\'s chain';
    is query(['--purpose', ' '])->{status}, 3, 'a blank purpose is none';
    my $around = $c->psql('t', "SELECT id FROM audit_logs WHERE new_values ->> 'n' = '12'");
    is $c->run(['auditquery', 'timeline', '--around', $around, '--context', 2], db => 't', env => {PGUSER => 'inspector'})->{status}, 0, 'a timeline';
    is $c->psql('t', "SELECT metadata ->> 'rows', metadata ->> 'more', metadata -> 'filters' ->> 'id' FROM audit_logs
        WHERE action = 'audit.queried' AND metadata ->> 'command' = 'timeline'"), "5|true|$around", 'with all that it showed';
    $c->psql('t', 'REVOKE EXECUTE ON FUNCTION auditproof.query_record(uuid, text, jsonb) FROM auditproof_auditor');
    my $r = query([], user => 'inspector');
    is_deeply [$r->{status}, $r->{out}], [3, ''], 'no answer without a record';
    $c->psql('t', 'GRANT EXECUTE ON FUNCTION auditproof.query_record(uuid, text, jsonb) TO auditproof_auditor');
    is $c->psql('t', $told), 3, 'and no more than these';
    is $c->run(['auditverify', '-q'], db => 't')->{status}, 0, 'all of it is chained';
};

subtest 'timeline' => sub {
    my $line = sub {
        my $r = $c->run(['auditquery', 'timeline', @_, '-q'], db => 't');
        return ($r->{status}, map { $_->{new_values}{n} // $_->{action} } entries($r));
    };
    my $id = $c->psql('t', "SELECT id FROM audit_logs WHERE new_values ->> 'n' = '12'");
    is_deeply [$line->('--around', $id, '--context', 2)], [0, 16, 14, 12, 10, 8], 'around an entry, in its tenant';
    is_deeply [$line->('--around', $id, '--context', 1, '--risk', 'high')], [0, 14, 12, 10], 'which need not fit itself';
    is_deeply [$line->('--since', '2026-03-01', '-n', 3)], [0, 12, 11, 10], 'the first of a period';
    is_deeply [$line->('--org', $b, '--until', '2026-03-01T05:30:00Z', '-n', 2)], [0, 9, 7], 'or the newest';
    my $r = $c->run(['auditquery', 'timeline', '--org', $a, '--until', '2026-03-01', '--since', '2026-02-28T18:00:00Z', '--format=table', '--gap', 120], db => 't');
    is +(() = $r->{out} =~ /2 h 0 min without entries/g), 2, 'gaps are marked' or diag $r->{out};
    for my $order (['--since', '2026-02-28'], []) {
        my ($status, @whole) = $line->('-n', 1000, @{$order});
        my (@got, @after);
        for (1 .. 100) {
            my $page = $c->run(['auditquery', 'timeline', '-n', 7, @{$order}, @after], db => 't');
            my @page = map { $_->{new_values}{n} // $_->{action} } entries($page);
            @got = @{$order} ? (@got, @page) : (@page, @got);
            @after = $page->{err} =~ /there is more: --after (\S+)/ ? ('--after', $1) : last;
        }
        is_deeply \@got, \@whole, 'page by page, ' . (@{$order} ? 'forth' : 'and back');
    }
    is +($line->('--around', $id, '--after', 'x'))[0], 2, 'not around an entry';
    is +($line->('--around', $nil))[0], 2, 'there is no such entry';
    is +($line->('-n', 0))[0], 2, 'nor a timeline of none';
};

subtest 'followed' => sub {
    my $ids = sub { [sort map { $_->{id} } entries({out => $_[0]->out =~ s/[^\n]+\z//r})] };
    my $job = $c->spawn(['auditquery', 'search', '--follow', '-n2', '--action', 'f.*'], db => 't');
    wait_until { $c->psql('t', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1952542836") } 20, 'it to wait';
    # Writers of one chain and of several, times that lie back, one that commits late, one that does not.
    my @writers = map {
        $c->spawn(['psql', '-Xq', '-f', '-'], db => 't', stdin => join '', map {
            "INSERT INTO audit_logs (organization_id, action, resource_type, created_at) VALUES ('$_->[0]', 'f.x', 'x', $_->[1]);\n"
        } ([$a, 'now()'], [$b, "'2020-01-01'"], [$a, 'NULL']) x 40)
    } 1 .. 3;
    $c->psql('t', "BEGIN; INSERT INTO audit_logs (organization_id, action, resource_type) SELECT '$b', 'f.late', 'x' FROM generate_series(1, 1200);
        SELECT pg_sleep(0.3); COMMIT; BEGIN; INSERT INTO audit_logs (action, resource_type) VALUES ('f.never', 'x'); ROLLBACK");
    is $_->wait(30)->{status}, 0, 'written' for @writers;
    my $want = [split /\n/, $c->psql('t', "SELECT id FROM audit_logs WHERE action LIKE 'f.%' ORDER BY id")];
    wait_until { @{$ids->($job)} >= @$want } 20, 'all of them';
    $job->kill('TERM');
    is $job->wait(10)->{status}, 0, 'a signal ends it';
    is scalar @$want, 1560, 'that many';
    is_deeply $ids->($job), $want, 'each once';
};

subtest 'plans' => sub {
    my $r = query(['--explain', '--org', $a, '--action', 'auth.*']);
    is $r->{status}, 0, 'explained';
    like $r->{out}, qr/^-- \$1 = $a\n-- \$2 = \{"auth\.login"\}/m, 'statement and parameters';
    like $r->{out}, qr/^Reads:  /m, 'and how it reads';
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, user_agent)
        SELECT '$b', 'bulk', 'x', (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 50) j) FROM generate_series(1, 6000) i; ANALYZE audit_logs");
    my $told = sub { query($_[0])->{err} =~ /no index serves/ ? 1 : 0 };
    for (['--text', 'zzz'], ['--text', "it's ' AND (created_at"], ['--where', 'new.n=12'], ['--email', 'a*'], ['--since', '2020-01-01', '--text', 'z'],
         ['--org', $b, '--text', 'zzz'], ['--org', $b, '--where', 'new.n', '--since', '2020-01-01']) {
        is $told->($_), 1, "@$_: no index leads to that, and it is told";
    }
    for ([], ['--org', $b], ['--resource', "/$thing"], ['--session', 's3'], ['--org', $b, '--email', 'bob_x@b.example'], ['--org', $b, '--risk', 'high+'],
         ['--org', $b, '--ip', '10.0.0.0/16', '--actor', $bob], ['--org', $b, '--resource', 'thing1', '--action', 'DATA_EXPORT'], ['--since', '2020-01-01'],
         ['--org', $b, '--since', '2020-01-01', '--until', '2040-01-01']) {
        is $told->($_), 0, "@$_: an index leads to that";
    }
    like query(['--explain', '--resource', "/$thing"])->{out}, qr/^Indexes: .*resource_id/m, 'which is named';
    like query(['--explain', '--org', $b, '--ip', '10.0.0.1', '--actor', $bob, '--after', query(['--org', $b, '-n1'])->{err} =~ /--after (\w+)/])->{out},
        qr/^Indexes: auditproof_search\n.*Index Cond: \(+organization_id = .*ip_address/ms, 'an organization is searched by the index for that';
};

subtest 'spelled otherwise, and too long for an index' => sub {
    my ($session, $email) = ('s' x 300, 'Long' . 'x' x 400 . '@b.example');
    my $shouted = uc $email;
    $c->psql('t', "INSERT INTO audit_logs (organization_id, action, resource_type, session_id, actor_email) VALUES
        ('$b', 'long', 'x', '$session', '$email'), ('$b', 'long', 'x', '$session', '$shouted'), ('$b', 'long', 'x', 'short', 'BOB_x\@b.example')");
    my $found = sub { return scalar(() = entries(query([@_, '-n0']))) };
    for ([], ['--org', $b]) {
        is $found->(@$_, '--session', $session), 2, "@$_ a long session";
        is $found->(@$_, '--email', lc $email), 2, "@$_ a long address";
        is $found->(@$_, '--email', 'Bob_X@B.example'), 21, "@$_ an address in any case";
        is $found->(@$_, '--email', 'bob?x@*', '--action', 'long'), 1, "@$_ as a pattern";
        is $found->(@$_, '--email', 'bobbx@b.example'), 0, "@$_ one that is none";
        is $found->(@$_, '--email', ''), 0, "@$_ an empty one";
    }
};

subtest 'proof' => sub {
    my $id = $c->psql('t', "SELECT id FROM audit_logs WHERE new_values ->> 'n' = '12'");
    my $verdict = sub {
        my $r = query(['--where', 'new.n=12', '--proof']);
        my ($e) = entries($r);
        return [$r->{status}, $e->{_auditproof}{verified} ? 'verified' : $e->{_auditproof}{why}];
    };
    my $tamper = sub {
        my ($do, $undo, $want) = @_;
        $c->psql('t', "SET session_replication_role = replica; ALTER TABLE audit_logs DISABLE TRIGGER ALL; ALTER TABLE auditproof.chain_entry DISABLE TRIGGER ALL; $do") ;
        is_deeply $verdict->(), [1, $want], $want;
        $c->psql('t', $undo);
        is_deeply $verdict->(), [0, 'verified'], 'put back';
    };
    is_deeply $verdict->(), [0, 'verified'], 'verified';
    my ($seq, $entry) = split /\|/, $c->psql('t', "SELECT seq, entry_hash FROM auditproof.chain_entry WHERE log_id = '$id'");
    my $at = "chain_id = '$a' AND seq =";
    $tamper->("UPDATE audit_logs SET action = 'other' WHERE id = '$id'", "UPDATE audit_logs SET action = 'auth.login' WHERE id = '$id'",
        'it is not what was chained: the content hash differs');
    $tamper->("UPDATE auditproof.chain_entry SET recorded_at = recorded_at + interval '1 s' WHERE $at $seq",
        "UPDATE auditproof.chain_entry SET recorded_at = recorded_at - interval '1 s' WHERE $at $seq", 'its entry hash does not follow from the entry before it');
    $tamper->("UPDATE auditproof.chain_entry SET recorded_at = recorded_at + interval '1 s' WHERE $at $seq + 1",
        "UPDATE auditproof.chain_entry SET recorded_at = recorded_at - interval '1 s' WHERE $at $seq + 1", 'the entry after it does not follow from this one');
    $tamper->("CREATE TABLE kept AS SELECT * FROM auditproof.chain_entry WHERE $at $seq + 1; DELETE FROM auditproof.chain_entry WHERE $at $seq + 1",
        'INSERT INTO auditproof.chain_entry SELECT * FROM kept; DROP TABLE kept', 'the entry after it does not follow from this one');
    $tamper->("UPDATE auditproof.chain_entry SET log_id = '$nil' WHERE $at $seq", "UPDATE auditproof.chain_entry SET log_id = '$id' WHERE $at $seq", 'no chain has this entry');
};

subtest 'a signal without a connection' => sub {
    my $job = $c->spawn(['auditquery', 'search', '--follow', '-n0', '--format=ndjson'], db => 't');
    wait_until { $c->psql('t', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1952542836") } 20, 'it to wait';
    $c->stop('immediate');
    wait_until { $job->err =~ /trying again/ } 20, 'it to notice';
    $job->kill('TERM');
    is $job->wait(10)->{status}, 0, 'is an end, not a failure';
};

done_testing;
