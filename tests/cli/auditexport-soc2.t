#!/usr/bin/perl
# What a SOC 2 bundle holds beside its entries: populations held against counts by SQL, exceptions against what was
# planted, and nothing of anybody else.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my ($ours, $theirs) = ('11111111-0000-4000-8000-000000000000', '22222222-0000-4000-8000-0000000ca9a7');
my $period = "created_at >= '2026-01-01' AND created_at < '2027-01-01'";

$c->createdb('db');
is $c->run(['auditmigrate', 'install', '-q'], db => 'db')->{status}, 0;
is $c->run(['auditmigrate', 'capture', '-q', 'invoices', 'message_templates'], db => 'db')->{status}, 0;
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0;

$c->psql('db', <<"SQL");
CREATE FUNCTION a(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS \$\$ SELECT ('aaaaaaaa-0000-4000-8000-00000000000' || n)::uuid \$\$;
INSERT INTO organizations (id, name) VALUES ('$ours', 'Ours'), ('$theirs', 'Canary Ltd 7f3a');
INSERT INTO auth.users (id, email) SELECT a(n), 'user' || n || '\@ours.example' FROM generate_series(1, 9) AS n;
INSERT INTO auth.users (id, email) VALUES ('cccccccc-7f3a-4000-8000-000000000001', 'canary-7f3a\@theirs.example');
-- a bit of everything that mappings know, in every style
INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, risk_level, metadata, created_at)
SELECT '$ours', a(1 + (n % 3)::integer), 'user' || 1 + n % 3 || '\@ours.example', 'admin', x.action, 'thing', gen_random_uuid(), 'low',
       '{"approved_by": "the board", "note": "private-note-91"}', '2026-02-01'::timestamptz + n * interval '7 minutes'
FROM unnest(string_to_array('LOGIN auth.login_failed user.logged_in mfa_enrollment_initiated API_KEY_GENERATED sso.enabled'
    ' team.invitation.created access_review.completed data.purged oauth.app_authorized webhook.created DATA_EXPORT malware.found'
    ' branding.updated alert.raised incident.opened session.revoked incident.closed feature_flag.updated deploy.finished'
    ' message_templates.updated subscription_changes.created REFUND_ISSUED vendor.added backup.finished restore_test.passed'
    ' retention_policy.updated legal_hold.placed consent.given contacts.viewed GDPR_ERASURE dsar.received contact.corrected'
    ' breach.notified complaint.received nobody_knows_this Nobody.Knows.That', ' ')) WITH ORDINALITY AS x (action, n);
-- and what a spreadsheet, a browser or a terminal would take for something else
INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, old_values, new_values, risk_level, user_agent, metadata, session_id, created_at)
SELECT '$ours', a(4), v, v, 'auth.' || v, v, jsonb_build_object(v, v), to_jsonb(v), 'medium', v, jsonb_build_array(v, 1.50, null), v, '2026-03-01'
FROM unnest(ARRAY['=cmd|''/C calc''!A0', '+1', '-1', '\@SUM(A1)', E'\\ttab', E'\\rreturn', E'two\\r\\nlines,"quoted"', '<script>alert(1)</script>',
    E'\\x1b[31mred\\x1b]0;title\\x07', 'Zoë 東京 \x{f0}\x{9f}\x{94}\x{92}', U&'\\FF1D\\FF11', 'withheld', 'erased', '', ' ', '"', '""', 'a\\b', '''']) AS v;
-- exceptions, each once
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, resource_id, risk_level, metadata, created_at) VALUES
    ('$ours', a(5), 'team.member.role_updated', 'planted self', a(5), 'low', '{}', '2026-04-01'),
    ('$ours', a(5), 'team.member.role_updated', 'another', a(6), 'low', '{}', '2026-04-01'),
    ('$ours', a(5), 'MFA_DISABLED', 'planted mfa', a(6), 'low', '{}', '2026-04-02'),
    ('$ours', a(5), 'MFA_DISABLED', 'own', a(5), 'low', '{}', '2026-04-02'),
    ('$ours', a(5), 'feature_flag.updated', 'planted unapproved', a(5), 'low', '{}', '2026-04-03'),
    ('$ours', a(5), 'deploy.done', 'planted self-approved', NULL, 'low', jsonb_build_object('approved_by', a(5)), '2026-04-03'),
    ('$ours', a(5), 'ROLE_CHANGE', 'risky', a(6), 'high', '{}', '2026-05-01'),
    ('$ours', a(5), 'team.member.removed', 'deactivated', a(7), 'low', '{}', '2026-06-01'),
    ('$ours', a(7), 'contacts.viewed', 'planted after', NULL, 'low', '{}', '2026-06-02');
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, risk_level, created_at)
SELECT '$ours', a(8), CASE WHEN n = 6 THEN 'LOGIN' ELSE 'LOGIN_FAILED' END, CASE WHEN n = 6 THEN 'planted guessed' ELSE 'guess' END, 'low',
       '2026-06-10'::timestamptz + n * interval '1 second' FROM generate_series(1, 6) AS n;
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, risk_level, created_at)
SELECT '$ours', a(9), 'report.downloaded', CASE WHEN n = 10 THEN 'planted volume' ELSE 'volume' END, 'low',
       '2026-06-20'::timestamptz + n * interval '1 second' FROM generate_series(1, 10) AS n;
-- a month without an approval or a follow-up
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, resource_id, risk_level, metadata, created_at) VALUES
    ('$ours', a(1), 'SETTINGS_CHANGED', 'planted in August', NULL, 'low', '{}', '2026-08-01'),
    ('$ours', a(1), 'deploy.done', 'planted in August, too', NULL, 'low', '{"ticket": null}', '2026-08-02'),
    ('$ours', a(1), 'ROLE_CHANGE', 'risky in August', a(6), 'high', '{}', '2026-08-03'),
    ('$ours', a(1), 'ROLE_CHANGE', 'risky in August', a(6), 'high', '{}', '2026-08-20');
-- out of the period
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, risk_level, created_at) VALUES
    ('$ours', a(1), 'LOGIN', 'too early', 'low', '2025-12-31 23:59:59.999999+00'), ('$ours', a(1), 'LOGIN', 'too late', 'low', '2027-01-01');
-- captured tables, and another tenant everywhere
INSERT INTO message_templates (organization_id, name, content) VALUES ('$ours', 'Hello', '=HYPERLINK("x")'), ('$theirs', 'canary-7f3a', 'canary-7f3a');
INSERT INTO invoices (organization_id, stripe_invoice_id, stripe_customer_id, amount_due, status, billing_period_start, billing_period_end, subtotal, total_amount)
SELECT o::uuid, 'in-' || o, 'cus', 1, 'open', '2026-01-01', '2026-01-31', 1, 1 FROM unnest(ARRAY['$ours', '$theirs']) AS o;
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, resource_id, risk_level, metadata, session_id, user_agent, created_at)
SELECT '$theirs', 'cccccccc-7f3a-4000-8000-000000000001', 'canary-7f3a\@theirs.example', x, 'canary_7f3a', 'cccccccc-7f3a-4000-8000-000000000002', 'high',
       '{"secret": "canary-7f3a"}', 'canary-7f3a', 'canary-7f3a', '2026-02-02'
FROM unnest(ARRAY['LOGIN', 'canary_action_7f3a', 'DATA_EXPORT', 'MFA_DISABLED']) AS x;
SQL

our ($from, $to) = ('2026-01-01', '2027-01-01');
sub export {
    my ($name, @args) = @_;
    my $r = $c->run(['auditexport', 'soc2', '--no-register', '--org', $ours, '--from', $from, '--to', $to, '--key', $key, '-o', "$dir/$name.tar.gz", @args], db => 'db');
    return $r if $r->{status};
    mkdir "$dir/$name" or die "$dir/$name: $!";
    system('tar', 'xzmf', "$dir/$name.tar.gz", '-C', "$dir/$name", '--strip-components=1') == 0 or die "tar: $?";
    return $r;
}

# path => rows, by SQL and as the tables have it
sub counts { return {map { split /[ |](?=\d+$)/ } split /\n/, $_[0]} }
sub by_sql {
    my $queries = qx(python3 tests/lib/soc2_tables.py sql @_);
    return counts($c->psql('db', "WITH period AS (SELECT * FROM audit_logs WHERE organization_id = '$ours' AND $period) $queries"));
}

sub found {
    my ($file) = @_;
    return [split /\n/, qx(python3 -c 'import csv, sys
for r in csv.DictReader(open(sys.argv[1], newline="")): print(r["rule"] + ": " + r["resource_type"])' '$file')];
}

my $r = export('all', '--seal');
is $r->{status}, 0 or BAIL_OUT($r->{err});

subtest 'populations are complete' => sub {
    my $tables = qx(python3 tests/lib/soc2_tables.py compare '$dir/all' 2>&1);
    is $?, 0, 'tables hold what the records hold, safely written' or diag $tables;
    my ($have, $want) = (counts($tables), by_sql('rules/soc2.yaml'));
    is_deeply $have, $want, 'and as many rows as SQL counts';
    is $want->{'data/unmapped'}, 2;
    cmp_ok scalar(grep { $_ > 0 } values %$want), '>', 35, 'most have some';
    my $unmapped = slurp("$dir/all/data/unmapped.csv");
    like $unmapped, qr/^"Nobody\.Knows\.That","thing","1"/m;
    like $unmapped, qr/^"nobody_knows_this","thing","1"/m;
};

subtest 'exceptions' => sub {
    my %want = (
        'CC6.1' => ['Second factor of another person removed: planted mfa', 'Login after repeated failures: planted guessed'],
        'CC6.2' => ['Approved by who asked: planted self-approved', 'Activity after deactivation: planted after'],
        'CC6.3' => ['Role or permissions given to oneself: planted self', 'Approved by who asked: planted self-approved'],
        'CC6.6' => ['Login after repeated failures: planted guessed'],
        'CC6.7' => ['Exports of unusual number: planted volume'],
        'CC7.1' => [map { "Change without an approval: planted $_" } 'unapproved', 'in August', 'in August, too'],
        'CC7.2' => [('High risk without follow-up: ') x 3],
        'CC7.3' => [('High risk without follow-up: ') x 3],
        'CC7.4' => ['Incident not closed: '],
        'CC7.5' => ['Incident not closed: '],
        'CC8.1' => ['Change without an approval: planted unapproved', 'Approved by who asked: planted self-approved',
                    map { "Change without an approval: planted in August$_" } '', ', too'],
        'P5.1' => ['Request of a data subject not answered: '],
        'A1.2' => [],
        'CC4' => [],
    );
    is_deeply [sort map { m{([^/]+)\.csv$} } glob "$dir/all/data/exceptions/*"], [sort keys %want];
    is_deeply found("$dir/all/data/exceptions/$_.csv"), $want{$_}, $_ for sort keys %want;
    my $changes = qx(python3 tests/lib/soc2_tables.py exceptions '$dir/all' rules/soc2/change_unapproved.yml 2>&1);
    like $changes, qr/^(?:CC7\.1 CC8\.1: \d+\n){3}\z/, 'each has one number in all of its tables';
    my %each = map { $_ => 1 } map { slurp($_) =~ /^"(\d+)"/mg } glob "$dir/all/data/exceptions/*.csv";
    my $count = keys %each;
    like slurp("$dir/all/data/controls.csv"), qr/^"","Exceptions","","[^"]*","","","$count",/m, 'and is counted once';
    like slurp("$dir/all/data/report.html"), qr{<b>$count</b>exceptions pointed out}, 'in the report, too';
};

subtest 'what a platform does not record at all' => sub {
    my $of = sub { scalar qx(python3 tests/lib/soc2_tables.py exceptions '$dir/$_[0]' rules/soc2/change_unapproved.yml 2>&1) };
    local ($from, $to) = ('2026-08-01', '2026-09-01');
    is export('august')->{status}, 0;
    is $of->('august'), "CC7.1 CC8.1: 2 in one\n", 'no change names an approval: one exception';
    is_deeply found("$dir/august/data/exceptions/CC7.2.csv"), ['High risk without follow-up: '], 'nor is there a follow-up';
    like slurp("$dir/august/data/exceptions/CC7.2.csv"), qr/"Follow-up of a security event"" in this period.* The 2 that/;
    for my $file ('controls.csv', 'report.html') {
        like slurp("$dir/august/data/$file"), qr/Change without an approval: The log has no entry of the kind /, "said in $file";
    }
    like slurp("$dir/august/data/report.html"), qr{<b>2</b>exceptions pointed out};
    ($from, $to) = ('2026-08-02', '2026-08-03');
    is export('day')->{status}, 0;
    like $of->('day'), qr/^CC7\.1 CC8\.1: \d+\n\z/, 'one change alone is an exception by its number';
    unlike slurp("$dir/day/data/controls.csv"), qr/no entry of the kind/;
};

subtest 'nothing of another tenant' => sub {
    for my $canary ('canary', $theirs, 'cccccccc-7f3a') {
        is qx(grep -rliF -e '$canary' '$dir/all'), '', "no $canary";
    }
    is $c->psql('db', "SELECT count(*) > 4 FROM audit_logs WHERE organization_id = '$theirs'"), 't', 'though it has entries';
};

subtest 'how it was made' => sub {
    my $controls = slurp("$dir/all/data/controls.csv");
    like $controls, qr/^"$_",/m, $_ for qw(CC1 CC2 CC3 CC4 CC5 CC6.1 CC6.2 CC6.3 CC6.4 CC6.5 CC6.6 CC6.7 CC6.8 CC7.1 CC7.2 CC7.3 CC7.4 CC7.5 CC8.1 CC9 A1.2 A1.3 C1.1 C1.2 P4.2 P4.3 P5.1 P5.2 P6 P7 P8);
    like $controls, qr/^"CC6\.4",[^\r]*"not evidenced by this log","","","","none"/m;
    unlike $controls, qr/compliant/i;
    my ($rules) = slurp("$dir/all/data/bundle.json") =~ /"rules":\{"file":"data\/policy\/rules\.txt","sha256":"(\w{64})"/;
    like qx(sha256sum '$dir/all/data/policy/rules.txt'), qr/^$rules /, 'rules in force, with their digest';
    is slurp("$dir/all/data/policy/soc2.yaml"), slurp('rules/soc2.yaml'), 'and the mapping';
    like slurp("$dir/all/data/seals.csv"), qr/\r\n"\d+","\d+","\w{64}","\w{64}","20/;
    like slurp("$dir/all/data/custody.csv"), qr/"sealed".*"signed".*"exported and signed"/s;
};

subtest 'the same again' => sub {
    is export('again', '-j', 1)->{status}, 0;
    is qx(gzip -dc '$dir/again.tar.gz' | sha256sum), qx(gzip -dc '$dir/all.tar.gz' | sha256sum);
};

subtest 'withheld' => sub {
    is export('less', '--withhold', 'account,actor,content')->{status}, 0;
    for my $value ('ours.example', 'aaaaaaaa-0000-4000-8000', 'private-note-91', 'the board') {
        my $files = qx(grep -rlF -e '$value' '$dir/less' | grep -v policy);
        is $files, '', "no $value";
    }
    is qx(python3 tests/lib/soc2_tables.py compare '$dir/less' >/dev/null 2>&1; echo \$?), "0\n";
    like slurp("$dir/less/data/population/CC6.1-authentication.csv"), qr/"account actor content","","/, 'and it is said';
    is_deeply found("$dir/less/data/exceptions/CC6.3.csv"), found("$dir/all/data/exceptions/CC6.3.csv"), 'exceptions are the same';
    unlike slurp("$dir/less/data/exceptions/$_.csv"), qr/actor_id/, 'without whom they are of' for qw(CC6.1 CC6.2 CC6.7);
};

subtest 'OSCAL' => sub {
    is export('oscal', '--oscal')->{status}, 0;
    my $file = "$dir/oscal/data/oscal-ar.json";
    my $check = 'python3 tests/lib/oscal_check.py tests/vectors/oscal/oscal_assessment-results_schema.json';
    is qx($check '$file'), "\n", 'is as its schema has it';
    my $json = slurp($file);
    my %of = map { $_ => 1 } $json =~ /"uuid":"(\w{8}-\w{4}-5\w{3}-[89ab]\w{3}-\w{12})"/g;
    is scalar(keys %of), scalar(my @all = $json =~ /"uuid":/g), 'every UUID is another one, of version 5';
    unlike $json, qr/satisfied/, 'no verdict';
    my $hash = qx(sha256sum '$dir/oscal/data/population/CC6.2-users.ndjson');
    my ($sha256) = $hash =~ /^(\w+)/;
    like $json, qr/"href":"population\/CC6\.2-users\.ndjson".{1,300}"value":"$sha256"/;
    is export('oscal2', '--oscal')->{status}, 0;
    is slurp("$dir/oscal2/data/oscal-ar.json"), $json, 'the same again';
    spew("$dir/wrong.json", $json =~ s/"collected":"[^"]+"/"collected":"yesterday"/r);
    like qx($check '$dir/wrong.json'), qr/observations\/0\/collected: 'yesterday' is not/, 'the check finds what is wrong';
};

subtest 'a mapping of one\'s own' => sub {
    spew("$dir/own.yaml", <<'YAML');
format: auditproof-soc2/1
criteria:
    - id: CC6.1
      populations:
          - name: authentication
            actions: [NOBODY_KNOWS*]
          - name: keys
            replace: true
            actions: [nothing]
    - id: CC99
      title: Our own
      strength: weak
      populations:
          - name: ours
            resource_types: ["PLANTED*"]
YAML
    my $r = export('own', '--mapping', "$dir/own.yaml");
    is $r->{status}, 0 or diag $r->{err};
    my $tables = counts(scalar qx(python3 tests/lib/soc2_tables.py compare '$dir/own' 2>&1));
    is_deeply $tables, by_sql('rules/soc2.yaml', "$dir/own.yaml");
    is $tables->{'data/population/CC99-ours'}, 8 + 1;
    is $tables->{'data/population/CC6.1-keys'}, 0;
    is $tables->{'data/unmapped'}, 2, 'one found its place, and another lost it';
    is slurp("$dir/own/data/policy/mapping-01.yaml"), slurp("$dir/own.yaml");
};

subtest 'what is wrong is said, and nothing written' => sub {
    my %bad = (
        "format: auditproof-soc2/2\n" => qr/bad\.yaml:1:\d+: 'format' must be auditproof-soc2\/1/,
        "format: auditproof-soc2/1\ncriteria:\n  - id: CC6.1\n    population: []\n" => qr/bad\.yaml:4:5: unknown key 'population' in a criterion: did you mean 'populations'/,
        "format: [\n" => qr/bad\.yaml:\d+:\d+: this is not YAML/,
        '' => qr/bad\.yaml holds no mapping/,
    );
    for my $text (sort keys %bad) {
        spew("$dir/bad.yaml", $text);
        my $r = export('bad', '--mapping', "$dir/bad.yaml");
        is $r->{status}, 2;
        like $r->{err}, $bad{$text};
    }
    spew("$dir/bad.yml", "title: x\nid: 6f1cbbd5-5a02-4c3c-a8ae-0d2f7b3a4c11\ntags: [soc2.cc77]\nlogsource: {product: auditproof}\ndetection: {s: {action: x}, condition: s}\n");
    my $r = export('bad', '--rules', "$dir/bad.yml");
    is $r->{status}, 2;
    like $r->{err}, qr/tagged soc2\.cc77, and no mapping has that criterion/;
    spew("$dir/bad.yml", slurp("$dir/bad.yml") =~ s/soc2\.cc77/soc2.cc7.1, soc2-presumes.nobody/r);
    $r = export('bad', '--rules', "$dir/bad.yml");
    is $r->{status}, 2;
    like $r->{err}, qr/tagged soc2-presumes\.nobody, and there is no such rule that reports/;
    ok !-e "$dir/bad.tar.gz";
};

subtest 'the rules and their tests' => sub {
    my $r = $c->run(['auditclassify', '--check', '--rules', 'rules/soc2']);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out} . $r->{err}, qr/ 0 errors, 0 warnings; \d+ tests, 0 failed/;
};

done_testing;
