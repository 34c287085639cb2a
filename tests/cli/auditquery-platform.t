#!/usr/bin/perl
# auditquery usage, billing and performance: sums and percentiles that were worked out by hand, and whose they are.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8);
use JSON::PP;
use Test::More;

my ($a, $b) = map { "00000000-0000-4000-8000-00000000000$_" } qw(a b);
my ($ada, $root) = map { "00000000-0000-4000-8000-0000000000$_" } qw(a1 f1);

my $c = AuditTest->cluster;
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
$c->psql('t', <<"END");
INSERT INTO organizations (id, name) VALUES ('$a', 'a'), ('$b', 'b');
INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@a.example'), ('$root', 'root\@example');
INSERT INTO profiles (id, organization_id, email, is_super_admin) VALUES ('$ada', '$a', 'ada\@a.example', false), ('$root', NULL, 'root\@example', true);
CREATE ROLE inspector LOGIN IN ROLE auditproof_auditor;
CREATE ROLE member LOGIN IN ROLE authenticated;
ALTER ROLE member SET request.jwt.claim.sub = '$ada';
CREATE ROLE over LOGIN IN ROLE authenticated;
ALTER ROLE over SET request.jwt.claim.sub = '$root';

INSERT INTO usage_tracking (organization_id, usage_date, usage_hour, resource_type, quantity, unit, total_cost, currency, is_billable, overage_quantity)
SELECT o::uuid, d::date, h, r, q, u, c, y, i, v FROM (VALUES
    -- Hours that add up to the day, hours alone, a day that its hours contradict, a day that is there twice.
    ('$a', '2026-03-01', NULL, 'messages_sent', 100, 'message', 1.10, 'usd', true, NULL),
    ('$a', '2026-03-01', 10, 'messages_sent', 60, 'message', 0.60, 'usd', true, 7),
    ('$a', '2026-03-01', 11, 'messages_sent', 40, 'message', 0.50, 'usd', true, NULL),
    ('$a', '2026-03-02', 0, 'messages_sent', 1.5, 'message', 0.015, 'usd', true, NULL),
    ('$a', '2026-03-02', 1, 'messages_sent', 2.5, 'message', 0.025, 'USD', true, 1),
    ('$a', '2026-03-03', NULL, 'messages_sent', 10, 'message', 0.10, 'usd', true, NULL),
    ('$a', '2026-03-03', 3, 'messages_sent', 4, 'message', 0.04, 'usd', true, NULL),
    ('$a', '2026-03-04', NULL, 'messages_sent', 5, 'message', 0.05, 'usd', true, NULL),
    ('$a', '2026-03-04', NULL, 'messages_sent', 6, 'message', 0.06, 'usd', true, NULL),
    ('$a', '2026-03-05', NULL, 'messages_sent', 7, 'message', 0.07, 'eur', true, NULL),
    -- Levels.
    ('$a', '2026-03-01', 0, 'storage_gb', 1.5, 'GB', 0.10, 'usd', true, NULL),
    ('$a', '2026-03-01', 5, 'storage_gb', 2.5, 'GB', 0.10, 'usd', true, NULL),
    ('$a', '2026-03-02', NULL, 'storage_gb', 2.0, 'GB', 0.30, 'usd', true, NULL),
    ('$a', '2026-03-01', NULL, 'active_users', 3, 'user', 9.99, 'usd', false, NULL),
    -- What is no number, and what has no price; what a float would make 0.30000000000000004.
    ('$a', '2026-03-01', NULL, 'api_calls', 'NaN', 'call', 1, 'usd', true, NULL),
    ('$a', '2026-03-02', NULL, 'api_calls', 5, 'call', NULL, 'usd', true, NULL),
    ('$a', '2026-03-03', NULL, 'api_calls', 0.1, 'call', 0.1, 'usd', true, NULL),
    ('$a', '2026-03-04', NULL, 'api_calls', 0.2, 'call', 0.2, 'usd', NULL, NULL),
    ('$a', '2026-03-05', NULL, 'api_calls', 0.2, 'call', 0.2, 'usd', true, NULL),
    -- Before, after, and another's.
    ('$a', '2026-02-28', NULL, 'messages_sent', 5000, 'message', 50, 'usd', true, NULL),
    ('$a', '2026-03-06', NULL, 'messages_sent', 5000, 'message', 50, 'usd', true, NULL),
    ('$b', '2026-03-01', NULL, 'messages_sent', 1000, 'message', 10, 'usd', true, NULL)) AS v (o, d, h, r, q, u, c, y, i, v);

INSERT INTO invoices (organization_id, stripe_invoice_id, stripe_customer_id, invoice_number, amount_due, amount_paid, currency, status,
                      billing_period_start, billing_period_end, due_date, paid_at, subtotal, total_amount)
SELECT o::uuid, 'in_' || n, 'cus', n, d, p, c, s, f::date, t::date, u::date, a::timestamptz, 0, 0 FROM (VALUES
    ('$a', 'I1', 10000, 10000, 'usd', 'paid', '2026-01-01', '2026-01-31', '2026-02-10', '2026-02-05 10:00Z'),
    ('$a', 'I2', 5000, 2000, 'usd', 'open', '2026-02-01', '2026-02-28', '2026-03-10', NULL),
    ('$a', 'I3', 500, NULL, 'jpy', 'open', '2026-02-01', '2026-02-28', NULL, NULL),
    ('$a', 'I4', 700, 0, 'eur', 'void', '2026-02-01', '2026-02-28', '2026-03-10', NULL),
    ('$a', 'I5', 1234, 0, 'kwd', 'draft', '2026-03-01', '2026-03-31', NULL, NULL),
    ('$a', 'I6', 100, 0, 'usd', 'open', '2024-01-01', '2024-01-31', '2024-02-10', NULL),
    ('$a', 'I7', 2147483647, 0, 'usd', 'uncollectible', '2026-03-01', '2026-03-31', '2026-04-10', NULL),
    ('$a', 'I8', 2147483647, 0, 'usd', 'uncollectible', '2026-03-01', '2026-03-31', '2026-04-10', NULL),
    ('$b', 'I9', 99, 0, 'usd', 'open', '2026-02-01', '2026-02-28', '2026-03-10', NULL)) AS v (o, n, d, p, c, s, f, t, u, a);

INSERT INTO subscription_changes (organization_id, change_type, old_plan_id, new_plan_id, old_status, new_status, old_amount, new_amount, currency,
                                  effective_date, change_reason, initiated_by)
SELECT o::uuid, t, p, q, s, z, x, y, c, d::date, r, i::uuid FROM (VALUES
    ('$a', 'created', NULL, 'starter', NULL, 'active', NULL, 4900, 'usd', '2026-01-05', NULL, '$ada'),
    ('$a', 'upgraded', 'starter', 'business', 'active', 'active', 4900, 12900, 'usd', '2026-02-01', E'\\x1b]0;owned\\x07', NULL),
    ('$a', 'cancelled', 'business', NULL, 'active', 'cancelled', 12900, NULL, 'usd', '2026-03-01', '=1+1', NULL),
    ('$a', 'renewed', 'p', 'p', 'active', 'active', 500, 500, 'jpy', '2026-03-02', NULL, NULL),
    ('$a', 'trial_started', NULL, 'trial', NULL, 'trialing', NULL, NULL, 'usd', '2026-01-01', NULL, NULL),
    ('$a', 'created', NULL, 'x', NULL, NULL, NULL, 1, 'usd', '2025-12-31', NULL, NULL),
    ('$b', 'created', NULL, 'y', NULL, NULL, NULL, 2, 'usd', '2026-01-01', NULL, NULL)) AS v (o, t, p, q, s, z, x, y, c, d, r, i);

INSERT INTO performance_analytics (organization_id, type, name, value, duration, route, session_id, user_id, "timestamp")
SELECT o::uuid, t, n, v, d, r, s, u::uuid, w::timestamptz FROM (VALUES
    ('$a', 'LCP', NULL, 1000, NULL, '/a', 's', NULL, '2026-03-01 00:00Z'), ('$a', 'LCP', NULL, 3000, NULL, '/a', 's', NULL, '2026-03-01 09:00Z'),
    ('$a', 'LCP', NULL, 2000, NULL, '/a', 's', NULL, '2026-03-01 10:00Z'), ('$a', 'LCP', NULL, 4000, NULL, '/a', 's', NULL, '2026-03-01 23:59:59Z'),
    ('$a', 'LCP', NULL, 5000, NULL, '/b', 's', NULL, '2026-03-02 00:00Z'), ('$a', 'LCP', NULL, 99999, NULL, '/b', 's', NULL, '2026-03-04 00:00Z'),
    ('$a', 'LCP', NULL, -1, NULL, '/b', 's', NULL, '2026-03-02Z'), ('$a', 'LCP', NULL, 'NaN', NULL, '/b', 's', NULL, '2026-03-02Z'),
    ('$a', 'LCP', NULL, NULL, 7, '/b', 's', NULL, '2026-03-02Z'), ('$a', 'LCP', NULL, 1e300, NULL, '/b', 's', NULL, '2026-03-02Z'),
    ('$a', 'CLS', NULL, 0.1, NULL, NULL, 's', NULL, '2026-03-03Z'), ('$a', 'FID', NULL, 100.5, NULL, '/a', 's', NULL, '2026-03-01Z'),
    ('$a', 'FCP', NULL, 3000.001, NULL, '/a', 's', NULL, '2026-03-01Z'), ('$a', 'TTFB', NULL, 800, NULL, '/a', 's', NULL, '2026-03-01Z'),
    ('$a', 'error', 'boom', NULL, NULL, '/a', 's1', '$ada', '2026-03-01 10:00Z'), ('$a', 'error', 'boom', NULL, NULL, '/a', 's2', '$ada', '2026-03-03 10:00Z'),
    ('$a', 'error', 'boom', NULL, NULL, '/a', 's2', NULL, '2026-03-03 11:00Z'), ('$a', 'error', E'evil \\u202e', NULL, NULL, NULL, NULL, NULL, '2026-03-02Z'),
    ('$a', 'api-call', 'GET /x', NULL, 10, '/a', 's', NULL, '2026-03-01Z'), ('$a', 'api-call', 'GET /x', 20, NULL, '/a', 's', NULL, '2026-03-02Z'),
    ('$b', 'LCP', NULL, 9000, NULL, '/a', 's', NULL, '2026-03-01Z')) AS v (o, t, n, v, d, r, s, u, w);
END

my %period = (usage => ['--since', '2026-03-01', '--until', '2026-03-06'], billing => ['--since', '2026-01-01', '--until', '2026-04-01'],
    performance => ['--since', '2026-03-01', '--until', '2026-03-04']);

sub ask {
    my ($command, $argv, %o) = @_;
    return $c->run(['auditquery', $command, @{$period{$command}}, @{$argv}], db => 't',
        env => {COLUMNS => $o{columns}, ($o{user} ? (PGUSER => $o{user}) : ())});
}

# The parts, each a list of its rows' values, numbers as they are written.
sub answer {
    my ($command, $argv, %o) = @_;
    my $r = ask($command, ['--format=ndjson', '-q', '--org', $o{org} // $a, @{$argv // []}], %o);
    is "$r->{status} $r->{err}", '0 ', "$command is answered";
    my %parts;
    for my $line (split /\n/, $r->{out}) {
        my ($part, $rest) = $line =~ /\A\{"part":"(\w+)",(.*)\}\z/ or die $line;
        my @values;
        push @values, defined $1 ? decode_json("[$1]")->[0] : $2 while $rest =~ /"\w+":(?:("(?:[^"\\]|\\.)*")|(\[[^\]]*\]|[^,]+))(?:,|\z)/g;
        push @{$parts{$part}}, \@values;
    }
    return \%parts;
}

subtest 'usage' => sub {
    my $is = answer('usage', ['--days']);
    is_deeply $is->{resources}, [
        ['active_users', 3, 'user', 'peak', '[100,0,0,0,0]', 'null', 'null', 'null', 'USD', 3, '2026-03-01'],
        ['api_calls', '5.5', 'call', 'sum', '[0,100,2,4,4]', '5.3', 'null', '0.3', 'USD', 5, '2026-03-02'],
        ['messages_sent', 7, 'message', 'sum', '[0,0,0,0,100]', 7, 'null', '0.07', 'EUR', 7, '2026-03-05'],
        ['messages_sent', 125, 'message', 'sum', '[100,4,10,11,0]', 125, 1, '1.350', 'USD', 100, '2026-03-01'],
        ['storage_gb', '2.5', 'GB', 'peak', '[100,80,0,0,0]', 'null', 'null', '0.50', 'USD', '2.5', '2026-03-01'],
    ], 'a day counts once, levels do not add up, and currencies stay apart' or diag explain $is->{resources};
    is_deeply $is->{days}, [
        ['2026-03-05', 'api_calls', '0.2', 'call', '0.2', 'null', '0.2', 'USD'], ['2026-03-05', 'messages_sent', 7, 'message', 7, 'null', '0.07', 'EUR'],
        ['2026-03-04', 'api_calls', '0.2', 'call', 0, 'null', 'null', 'USD'], ['2026-03-04', 'messages_sent', 11, 'message', 11, 'null', '0.11', 'USD'],
        ['2026-03-03', 'api_calls', '0.1', 'call', '0.1', 'null', '0.1', 'USD'], ['2026-03-03', 'messages_sent', 10, 'message', 10, 'null', '0.10', 'USD'],
        ['2026-03-02', 'api_calls', 5, 'call', 5, 'null', 'null', 'USD'], ['2026-03-02', 'messages_sent', 4, 'message', 4, 1, '0.040', 'USD'],
        ['2026-03-02', 'storage_gb', 2, 'GB', 'null', 'null', '0.30', 'USD'],
        ['2026-03-01', 'active_users', 3, 'user', 'null', 'null', 'null', 'USD'], ['2026-03-01', 'messages_sent', 100, 'message', 100, 'null', '1.10', 'USD'],
        ['2026-03-01', 'storage_gb', '2.5', 'GB', 'null', 'null', '0.20', 'USD'],
    ], 'day by day' or diag explain $is->{days};
    is_deeply $is->{costs}, [['2026-03-01', '1.30', 'USD'], ['2026-03-02', '0.340', 'USD'], ['2026-03-03', '0.20', 'USD'], ['2026-03-04', '0.11', 'USD'],
        ['2026-03-05', '0.07', 'EUR'], ['2026-03-05', '0.2', 'USD']], 'what the days cost' or diag explain $is->{costs};
    my $json = decode_json(ask('usage', ['--org', $a])->{out});
    is_deeply $json->{remarks}, [
        '1 day of a resource has hours that add up to something else than its whole day, which counts',
        '1 day of a resource has several rows for the whole day, which are added up',
        '1 row to be billed has no cost, and adds none', '1 row is left out: an amount in it is no number'], 'and what is doubtful' or diag explain $json->{remarks};
    is $json->{organization_id}, $a, 'whose it is';
    is decode_utf8(ask('usage', ['--org', $a, '--format=table'], columns => 80)->{out}), <<'END', 'for people';
Asked about
Organization:  00000000-0000-4000-8000-00000000000a
From:          2026-03-01
Before:        2026-03-06

Used, by resource
RESOURCE       QUANTITY  UNIT     IS    BY DAY  BILLABLE  OVER   COST  CURRENCY
active_users          3  user     peak  █····          -     -      -  USD
api_calls           5.5  call     sum   ·█▁▁▁        5.3     -    0.3  USD
messages_sent         7  message  sum   ····█          7     -   0.07  EUR
messages_sent       125  message  sum   █▁▁▁·        125     1  1.350  USD
storage_gb          2.5  GB       peak  █▆···          -     -   0.50  USD

1 day of a resource has hours that add up to something else than its whole day,
which counts
1 day of a resource has several rows for the whole day, which are added up
1 row to be billed has no cost, and adds none
1 row is left out: an amount in it is no number
END
    like ask('usage', ['--org', $a, '--format=table', '--days', '-n', 3], columns => 80)->{out}, qr/^days: only the first 3 rows; auditquery's --limit takes up to 10000$/m, 'what is cut off';
    like ask('usage', ['--org', $b, '--format=table'], columns => 80)->{out}, qr/^Used, by resource, in USD\n.*COST\nmessages_sent +1,?000 .* 10\n\z/m, 'one currency is told once';
};

subtest 'billing' => sub {
    my $is = answer('billing');
    is_deeply $is->{totals}, [
        ['void', 1, '7.00', '0.00', '0.00', 0, '0.00', 'EUR', 700, 0, 0, 0],
        ['open', 1, 500, 0, 500, 0, 0, 'JPY', 500, 0, 500, 0],
        ['draft', 1, '1.234', '0.000', '0.000', 0, '0.000', 'KWD', 1234, 0, 0, 0],
        ['paid', 1, '100.00', '100.00', '0.00', 0, '0.00', 'USD', 10000, 10000, 0, 0],
        ['open', 1, '50.00', '20.00', '30.00', 1, '30.00', 'USD', 5000, 2000, 3000, 3000],
        ['uncollectible', 2, '42949672.94', '0.00', '0.00', 0, '0.00', 'USD', '4294967294', 0, 0, 0],
    ], 'by currency and status' or diag explain $is->{totals};
    my @days = split /\|/, $c->psql('t', "SELECT t - '2024-02-10'::date, t - '2026-03-10'::date FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS t) x");
    is_deeply $is->{overdue}, [['I6', '2024-02-10', $days[0], '1.00', 'USD', 100], ['I2', '2026-03-10', $days[1], '30.00', 'USD', 3000]], 'overdue, of any period';
    is_deeply $is->{months}, [['2026-01', 1, '100.00', '100.00', 'USD', 10000, 10000], ['2026-02', 1, 500, 0, 'JPY', 500, 0],
        ['2026-02', 1, '50.00', '20.00', 'USD', 5000, 2000], ['2026-03', 2, '42949672.94', '0.00', 'USD', '4294967294', 0]], 'by month, without what was void or a draft';
    is_deeply [map { $_->[0] } @{$is->{invoices}}], [qw(I8 I7 I5 I4 I3 I2 I1)], 'invoices';
    is_deeply $is->{invoices}[6], ['I1', '2026-01-01', '2026-01-31', 'paid', '100.00', '100.00', '2026-02-10', '2026-02-05T10:00:00Z', 'false', 'USD', 10000, 10000], 'as they are';
    is_deeply [map { [@{$_}[0 .. 7]] } @{$is->{changes}}], [
        ['2026-03-02', 'renewed', 'p', 'p', 500, 500, 0, 'JPY'],
        ['2026-03-01', 'cancelled', 'business', 'null', '129.00', 'null', '-129.00', 'USD'],
        ['2026-02-01', 'upgraded', 'starter', 'business', '49.00', '129.00', '80.00', 'USD'],
        ['2026-01-05', 'created', 'null', 'starter', 'null', '49.00', '49.00', 'USD'],
        ['2026-01-01', 'trial_started', 'null', 'trial', 'null', 'null', 'null', 'USD'],
    ], 'changes of plan' or diag explain $is->{changes};
    is_deeply $is->{movement}, [['renewed', 1, 0, 'JPY', 0], ['cancelled', 1, '-129.00', 'USD', -12900], ['created', 1, '49.00', 'USD', 4900],
        ['trial_started', 1, 'null', 'USD', 'null'], ['upgraded', 1, '80.00', 'USD', 8000]], 'what they come to' or diag explain $is->{movement};
    my $table = ask('billing', ['--org', $a, '--format=table'], columns => 80)->{out};
    like $table, qr/\\x1b\]0;owned\\x07/, 'a reason is shown, not obeyed';
    unlike $table, qr/[\x00-\x09\x0b-\x1f]/, 'nothing else is';
    like ask('billing', ['--org', $a, '--format=csv', '--part=changes'])->{out}, qr/,"'=1\+1",/, 'nor computed';
};

subtest 'performance' => sub {
    my $is = answer('performance', ['--days']);
    is_deeply $is->{vitals}, [
        ['LCP', 5, '3000.000', '4000.000', '4800.000', 'needs improvement', '[3250,5000,0]', 'ms', 2500, 4000],
        ['FID', 1, '100.500', '100.500', '100.500', 'needs improvement', '[101,0,0]', 'ms', 100, 300],
        ['CLS', 1, '0.100', '0.100', '0.100', 'good', '[0,0,100]', 'null', '0.1', '0.25'],
        ['FCP', 1, '3000.001', '3000.001', '3000.001', 'poor', '[3000,0,0]', 'ms', 1800, 3000],
        ['TTFB', 1, '800.000', '800.000', '800.000', 'good', '[800,0,0]', 'ms', 800, 1800],
    ], 'percentiles between two samples, and ratings' or diag explain $is->{vitals};
    is_deeply $is->{LCP}, [['2026-03-01', 4, '2500.000', '3250.000', '3850.000', 'needs improvement'], ['2026-03-02', 1, ('5000.000') x 3, 'poor']], 'by day';
    is_deeply [map { [@{$_}[0 .. 2, 4, 6]] } @{$is->{routes}}], [['/a', 'LCP', 4, '3250.000', 'needs improvement'], ['/a', 'FID', 1, '100.500', 'needs improvement'],
        ['/a', 'FCP', 1, '3000.001', 'poor'], ['/a', 'TTFB', 1, '800.000', 'good'], ['/b', 'LCP', 1, '5000.000', 'poor'], ['null', 'CLS', 1, '0.100', 'good']], 'by route'
        or diag explain $is->{routes};
    is_deeply $is->{errors}, [['boom', 3, 2, '[1,0,2]', '2026-03-03T11:00:00Z', '/a', 1, '2026-03-01T10:00:00Z'],
        ["evil \x{202e}", 1, 0, '[0,1,0]', '2026-03-02T00:00:00Z', 'null', 0, '2026-03-02T00:00:00Z']], 'errors' or diag explain $is->{errors};
    is_deeply $is->{calls}, [['GET /x', '/a', 2, '15.000', '17.500', '19.500', '20.000']], 'calls';
    my $r = ask('performance', ['--org', $a, '--format=table'], columns => 80);
    like $r->{out}, qr/^LCP +5 +3000\.000 +4000\.000 +4800\.000  needs improvement  \S+$/m, 'for people' or diag $r->{out};
    like $r->{out}, qr/^4 measurements are left out: they have no value, or none that can be$/m, 'what is left out';
};

subtest 'charts' => sub {
    my $dir = tempdir();
    for (['usage', $b, 1, 'Cost by day, in USD'], ['usage', $a, 0], ['billing', $b, 1, 'Billed, by month, in USD'], ['performance', $a, 5, 'LCP by day']) {
        my ($command, $org, $count, $title) = @{$_};
        my $r = ask($command, ['--org', $org, '--chart', "$dir/$command.svg"]);
        is $r->{status}, $count > 0 ? 0 : 2, "$command of $org: " . ($count > 0 ? 'drawn' : 'two currencies are not drawn on one scale') or diag $r->{err};
        like slurp("$dir/$command.svg"), qr/>\Q$title\E</, 'under its title' if $count > 0;
    }
};

subtest 'whose' => sub {
    my $nil = '00000000-0000-0000-0000-000000000000';
    for my $command (qw(usage billing performance)) {
        my $all = ask($command, ['--org', $a, '--part', {usage => 'resources', billing => 'totals', performance => 'vitals'}->{$command}]);
        my $r = ask($command, ['--part', {usage => 'resources', billing => 'totals', performance => 'vitals'}->{$command}], user => 'member');
        my $say = sub { $_[0]{out} =~ s/"now":"[^"]*"//r };
        is $say->($r), $say->($all), "$command: a tenant's user sees the tenant";
        like $r->{err}, qr/row level security applies to member/, 'which is said';
        $r = ask($command, ['--org', $b], user => 'member');
        is_deeply [$r->{status}, $r->{out}], [3, ''], 'and no other';
        like $r->{err}, qr/row level security shows member nothing of organization $b/, 'which is said';
        is ask($command, ['--org', $b], user => 'over')->{status}, 0, 'a super admin sees any';
        is_deeply [ask($command, ['--org', $b], user => 'over')->{out} =~ /"(?:quantity|due|samples)":([\d.]+)/], [{usage => 1000, billing => '0.99', performance => 1}->{$command}], 'as it is';
        $r = ask($command, ['--org', $a], user => 'inspector');
        is_deeply [$r->{status}, $r->{out}], [3, ''], 'an auditor reads what is audited';
        like $r->{err}, qr/auditproof_auditor may not read public\.\w+: ask as a user of that organization, as a super admin/, 'and is told who may';
        for (['--org', $nil], [], ['--org', $a, '--actor', $ada], ['--org', $a, '--risk', 'high'], ['--org', $a, '--proof'], ['--org', $a, '-n0'],
            ['--org', $a, '--since', '1990-01-01', '--until', '2026-01-01'], ['--org', $a, '--until', '2026-01-01', '--since', '2026-01-01'], ['x'])
        {
            next if $command eq 'billing' && "@{$_}" =~ /1990/;
            is ask($command, $_)->{status}, 2, "@{$_} is refused";
        }
    }
};

subtest 'recorded' => sub {
    my $told = "SELECT organization_id, metadata ->> 'command', metadata ->> 'purpose', metadata #>> '{filters,since}' FROM audit_logs WHERE action = 'audit.queried' ORDER BY metadata ->> 'command'";
    is $c->psql('t', $told), '', 'nothing that was refused';
    $c->psql('t', 'GRANT SELECT ON usage_tracking TO auditproof_auditor');
    my $r = ask('usage', ['--org', $a], user => 'inspector');
    is $r->{status}, 0, 'where it is granted, an auditor asks' or diag $r->{err};
    is ask('billing', ['--org', $b, '--purpose', 'case 9'])->{status}, 0, 'and anyone says why';
    is $c->psql('t', $told), "$b|billing|case 9|2026-01-01T00:00:00Z\n$a|usage||2026-03-01T00:00:00Z", 'and the tenant sees who looked';
};

subtest 'periods' => sub {
    for (['usage', 30], ['billing', 365], ['performance', 7]) {
        my ($command, $days) = @{$_};
        my $r = $c->run(['auditquery', $command, '--org', $a, '--format=json'], db => 't');
        my ($since, $until) = $r->{out} =~ /"since":"(\S+?)T00:00:00Z","until":"(\S+?)T00:00:00Z"/ or fail $r->{out};
        is $c->psql('t', "SELECT '$until'::date - '$since'::date, '$until'::date - (now() AT TIME ZONE 'UTC')::date"), "$days|1", "$command: days, of which today is the last";
    }
    my $r = $c->run(['auditquery', 'usage', '--org', $a, '--since', '2026-03-01T23:00:00Z', '--until', '2026-03-02T01:00:00Z', '--format=csv', '--part=resources'], db => 't');
    is +(grep { /"messages_sent","104"/ } split /\n/, $r->{out}), 1, 'a day counts wholly' or diag $r->{out};
};

subtest 'not there' => sub {
    $c->psql('t', 'DROP TABLE usage_tracking');
    my $r = ask('usage', ['--org', $a]);
    is $r->{status}, 3, 'a table that is missing';
    like $r->{err}, qr/there is no table public\.usage_tracking in this database/, 'is told';
};

done_testing;
