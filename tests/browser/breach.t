#!/usr/bin/perl
# The pages of a breach, of an incident as they happen: a night's entries, as an authority sees them in Chromium, on a desk
# and on a telephone. Screenshots go to build/screenshots.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use BrowserTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my $org = '11111111-0000-4000-8000-000000000000';
my $pictures = ($ENV{B} // 'build') . '/screenshots';
mkdir $pictures;

# Three people at work during the day; at night the account of one of them, from elsewhere, with scripts.
$c->createdb('b');
is $c->run(['auditmigrate', 'install', '-q'], db => 'b')->{status}, 0;
$c->psql('b', <<"SQL");
CREATE FUNCTION staff(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS \$\$ SELECT ('5afe0000-5555-4000-8000-00000000000' || n)::uuid \$\$;
CREATE FUNCTION contact(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS \$\$ SELECT ('c0de0000-7777-4000-8000-0000000' || to_char(10000 + n, 'FM00000'))::uuid \$\$;
INSERT INTO organizations (id, name) VALUES ('$org', 'Example Trading');
INSERT INTO auth.users (id, email) SELECT staff(n), (ARRAY['nadia', 'tom', 'ines'])[n] || '\@example.com' FROM generate_series(1, 3) AS n;
INSERT INTO audit_logs (organization_id, created_at, actor_id, actor_email, actor_role, ip_address, action, resource_type, resource_id, risk_level, user_agent)
SELECT '$org', '2026-03-28 08:00Z'::timestamptz + n * interval '7 minutes', staff(1 + n % 3), (ARRAY['nadia', 'tom', 'ines'])[1 + n % 3] || '\@example.com', 'agent', '198.51.100.7',
       (ARRAY['contact.viewed', 'contact.updated', 'LOGIN'])[1 + (n * n) % 3], CASE (n * n) % 3 WHEN 2 THEN 'session' ELSE 'contact' END, CASE WHEN (n * n) % 3 < 2 THEN contact(n % 40) END, 'low', 'Mozilla/5.0 Chrome/120.0.0.0'
FROM generate_series(1, 80) AS n;
INSERT INTO audit_logs (organization_id, created_at, actor_id, actor_email, actor_role, ip_address, action, resource_type, resource_id, risk_level, user_agent) VALUES
    ('$org', '2026-03-28 21:02:11Z', NULL, 'nadia\@example.com', NULL, '203.0.113.66', 'LOGIN_FAILED', 'session', NULL, 'medium', 'python-requests/2.31'),
    ('$org', '2026-03-28 21:02:40Z', NULL, 'nadia\@example.com', NULL, '203.0.113.66', 'LOGIN_FAILED', 'session', NULL, 'medium', 'python-requests/2.31'),
    ('$org', '2026-03-28 21:10:05Z', staff(1), 'nadia\@example.com', 'agent', '203.0.113.66', 'LOGIN', 'session', NULL, 'high', 'python-requests/2.31'),
    ('$org', '2026-03-29 02:38:00Z', staff(1), 'nadia\@example.com', 'agent', '203.0.113.66', 'DATA_EXPORT', 'contact', NULL, 'critical', 'python-requests/2.31'),
    ('$org', '2026-03-29 07:12:30Z', staff(2), 'tom\@example.com', 'admin', '198.51.100.7', 'LOGIN', 'session', NULL, 'low', 'Mozilla/5.0 Chrome/120.0.0.0'),
    ('$org', '2026-03-29 07:31:00Z', staff(2), 'tom\@example.com', 'admin', '198.51.100.7', 'session.revoked', 'session', NULL, 'medium', 'Mozilla/5.0 Chrome/120.0.0.0');
INSERT INTO audit_logs (organization_id, created_at, actor_id, actor_email, actor_role, ip_address, action, resource_type, resource_id, risk_level, user_agent)
SELECT '$org', '2026-03-28 21:14Z'::timestamptz + n * interval '97 seconds', staff(1), 'nadia\@example.com', 'agent', '203.0.113.66', 'contact.viewed', 'contact', contact(n), 'low', 'python-requests/2.31'
FROM generate_series(1, 190) AS n;
SQL
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0;
is $c->run(['auditseal', 'seal', '--key', $key], db => 'b')->{status}, 0;
spew("$dir/gdpr.yaml", <<'YAML');
format: auditproof-gdpr/1
controller:
  name: Example Trading GmbH
  address: Musterstraße 1, 10115 Berlin
  email: privacy@controller.example
dpo:
  name: Dr. A. Beispiel
  email: dpo@controller.example
  phone: +49 30 000000
YAML
spew("$dir/incident.yaml", slurp('rules/incident.example.yaml') =~ s/actions: \[.*?\]/actions: [LOGIN, LOGIN_FAILED, DATA_EXPORT, "contact.*", "session.*"]/r);
my $r = $c->run(['auditexport', 'gdpr-breach', '--org', $org, '--key', $key, '--incident', "$dir/incident.yaml", '--gdpr', "$dir/gdpr.yaml", '-o', "$dir/b.tar.gz"], db => 'b');
is $r->{status}, 0 or BAIL_OUT $r->{err};
is system('tar', '--warning=no-timestamp', '-xzf', "$dir/b.tar.gz", '-C', $dir, '--strip-components=1'), 0;

my $browser = BrowserTest->start;
for my $page (qw(report notification index)) {
    for (['desk', 1280, 900], ['telephone', 390, 844]) {
        my ($where, @size) = @$_;
        $browser->size(@size);
        $browser->load("$dir/data/$page.html");
        is $browser->script('return document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0, "$page fits a $where";
        $browser->picture("$pictures/breach-$page-$where.png");
    }
}

done_testing;
