#!/usr/bin/perl
# The pages of a bundle: their figures held against counts by SQL, and nothing of a hostile log in them but text.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA qw(sha256_base64);
use MIME::Base64 qw(encode_base64);
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my %org = (quarter => '11111111-0000-4000-8000-000000000000', years => '22222222-0000-4000-8000-000000000000', quiet => '33333333-0000-4000-8000-000000000000');

# Where to leave the pages for somebody who wants to look at them in a browser.
my $keep = $ENV{AUDIT_PAGES};

$c->createdb('db');
is $c->run(['auditmigrate', 'install', '-q'], db => 'db')->{status}, 0;
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0;
$c->psql('db', <<"SQL");
CREATE FUNCTION a(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS \$\$ SELECT ('aaaaaaaa-0000-4000-8000-00000000000' || n)::uuid \$\$;
INSERT INTO organizations (id, name) VALUES ('$org{quarter}', 'Quarter'), ('$org{years}', 'Years'), ('$org{quiet}', 'Quiet');
INSERT INTO auth.users (id, email) SELECT a(n), 'user' || n || '\@ours.example' FROM generate_series(0, 9) AS n;
INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, risk_level, created_at)
SELECT '$org{quarter}', CASE WHEN n % 11 < 9 THEN a(n % 10) END, CASE WHEN n % 7 < 5 THEN 'user' || n % 10 || '\@ours.example' END,
       CASE WHEN n % 11 <> 10 THEN 'service' END, (ARRAY['auth.login', 'DATA_EXPORT', 'contacts.viewed', 'team.member.role_updated'])[1 + (n * n) % 4],
       'thing', CASE WHEN n % 97 = 0 THEN 'critical' WHEN n % 23 = 0 THEN 'high' WHEN n % 5 = 0 THEN 'medium' WHEN n % 211 <> 1 THEN 'low' END,
       '2026-01-01'::timestamptz + (n * 97 % 2100) * interval '61 minutes'
FROM generate_series(1, 1500) AS n;
-- what a browser or a terminal would take for something else
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, risk_level, created_at)
SELECT '$org{quarter}', a(1), v, v, v, 'low', '2026-02-03 04:05:06' FROM unnest(ARRAY['<script>alert(1)</script>', '<img src=x onerror=alert(2)>',
    '"><svg/onload=alert(3)>', ''' onmouseover=''alert(4)', '</title></svg></style><b>', '<!--', ']]>', '&lt;b&gt;', '{{name}}{{?x}}',
    E'\\x1b[31mred\\x1b]0;title\\x07', U&'user\\202Egnp.exe', repeat('x', 5000) || '<', 'http://evil.example/', 'url(//evil.example)', '']) AS v, generate_series(1, 60);
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, risk_level, created_at)
SELECT '$org{years}', a(n % 10), 'contacts.viewed', 'contact', CASE n % 40 WHEN 0 THEN 'high' WHEN 1 THEN 'medium' ELSE 'low' END, '2021-01-01'::timestamptz + n * interval '29 hours'
FROM generate_series(1, 1500) AS n;
INSERT INTO audit_logs (organization_id, action, resource_type, created_at) VALUES ('$org{quiet}', 'auth.login', 'session', '2026-02-01 23:59:59.999999');
SQL
$c->run(['auditseal', 'seal', '-q', '--key', $key], db => 'db');

my %pages;

sub pages {
    my ($name, $kind, $org, $from, $to, @args) = @_;
    my $file = "$dir/$name.tar.gz";
    my @period = defined $from ? ('--from', $from, '--to', $to) : ();
    my $r = $c->run(['auditexport', $kind, '--no-register', '--org', $org{$org}, @period, '--key', $key, '-o', $file, @args], db => 'db');
    is $r->{status}, 0, "$name is exported" or diag $r->{err};
    my %page = map { ($_ => scalar qx(tar -xzOf '$file' --wildcards '*/data/$_.html')) } qw(report index);
    $page{files} = [map { s{^[^/]+/}{}r } split /\n/, qx(tar -tzf '$file')];
    if ($keep) {
        system('mkdir', '-p', "$keep/$name") == 0 && system('tar', '--warning=no-timestamp', '-xzf', $file, '-C', "$keep/$name", '--strip-components=1');
    }
    return $pages{$name} = \%page;
}

# Figures of the table in a figure, by the text of their rows' heads: {head => [cells]}.
sub table {
    my ($html, $id) = @_;
    my ($figure) = $html =~ m{<figure id="$id">(.*?)</figure>}s or return {};
    my ($body) = $figure =~ m{<tbody>(.*?)</tbody>}s;
    my %rows;
    while ($body =~ m{<tr><th scope="row">(.*?)</th>(.*?)</tr>}sg) {
        my ($head, $cells) = ($1, $2);
        $head =~ s{</?bdi>}{}g;
        $rows{$head} = [map { s/[,<].*?(?=\d|$)//gr } $cells =~ m{<td>(.*?)</td>}sg];
    }
    return \%rows;
}

# As a strict reader of HTML has it: every element closed in its order, every attribute quoted, no id twice.
sub well_formed {
    my ($html, $name) = @_;
    my (@open, %ids, @bad);
    (my $rest = $html) =~ s{^<!DOCTYPE html>\n}{} or push @bad, 'no doctype';
    $rest =~ s{<(style|script)>.*?</\1>}{<$1></$1>}sg;
    while ($rest =~ m{\G([^<]*)(?:<(/?)([a-z]+[1-6]?)((?:\s[a-zA-Z][\w-]*(?:="[^"<>]*")?)*)(/?)>|(<)|\z)}sg) {
        my ($text, $end, $tag, $attributes, $empty, $stray) = ($1, $2, $3, $4, $5, $6);
        push @bad, "> in $text" if $text =~ />/;
        push @bad, "bare & in $text" if $text =~ /&(?!#?\w+;)/;
        push @bad, 'a control character' if $text =~ /[\x00-\x09\x0b-\x1f\x7f]/;
        if ($stray) { push @bad, 'stray < before ' . substr($rest, pos $rest, 40); last }
        last if !defined $tag;
        push @bad, "attribute $1" while $attributes =~ /\s(on\w+|style|srcdoc)=/g;
        while ($attributes =~ /\sid="([^"]*)"/g) { push @bad, "id $1 twice" if $ids{$1}++ }
        if ($end) { my $top = pop @open // 'nothing'; push @bad, "</$tag> closes $top" if $top ne $tag }
        elsif (!$empty && $tag !~ /^(?:meta|br|input|link)$/) { push @open, $tag }
    }
    push @bad, "not closed: @open" if @open;
    while ($html =~ /aria-labelledby="([^"]*)"/g) { for my $id (split ' ', $1) { push @bad, "no $id" if !$ids{$id} } }
    return is_deeply \@bad, [], "$name is well-formed";
}

sub safe {
    my ($html, $name) = @_;
    my ($policy) = $html =~ /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/;
    like $policy, qr/^default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-[^']+'(?:; script-src 'sha256-[^']+')?$/, "$name may load nothing";
    unlike $policy, qr/unsafe/;
    for my $kind (qw(style script)) {
        my @texts = $html =~ m{<$kind>(.*?)</$kind>}sg;
        my @hashes = $policy =~ /$kind-src 'sha256-([^']+)'/g;
        is_deeply [map { sha256_base64($_) . '=' } @texts], \@hashes, "and has no $kind but its own";
    }
    (my $markup = $html) =~ s{>[^<]*<}{><}g;
    unlike $markup, qr{(?:https?:|\ssrc=|\burl\(|<(?:link|iframe|object|embed|form|base|img)\b)}i, 'and names nothing outside';
    is_deeply [grep { !/^#/ && !/^(?:\.\.\/)?[A-Za-z0-9._\/-]+$/ } $html =~ /href="([^"]*)"/g], [], 'its links are relative';
    unlike $html, qr/complian/i, 'and no word of it says what is for others to say';
    return well_formed($html, $name);
}

sub commas { my ($n) = @_; 1 while $n =~ s/(\d)(\d{3})(?!\d)/$1,$2/; return $n }

subtest 'a quarter' => sub {
    my $page = pages('quarter', 'soc2', 'quarter', '2026-01-01', '2026-04-01');
    my $html = $page->{report};
    my $of = "FROM audit_logs WHERE organization_id = '$org{quarter}' AND created_at >= '2026-01-01Z' AND created_at < '2026-04-01Z'";
    my %days = map { my ($day, @n) = split /\|/; ($day => \@n) } split /\n/, $c->psql('db', <<"SQL");
SELECT d::date, count(*) FILTER (WHERE risk_level = 'critical'), count(*) FILTER (WHERE risk_level = 'high'), count(*) FILTER (WHERE risk_level = 'medium'),
       count(*) FILTER (WHERE risk_level = 'low'), count(id), count(*) FILTER (WHERE id IS NOT NULL AND risk_level IS NULL)
FROM generate_series('2026-01-01'::timestamp, '2026-03-31', '1 day') AS d
LEFT JOIN (SELECT * $of) AS l ON date_trunc('day', l.created_at AT TIME ZONE 'UTC') = d GROUP BY d
SQL
    is scalar keys %days, 90;
    is_deeply table($html, 'by-time'), \%days, 'each day by risk level';
    my %hours = map { (sprintf('%02d:00', $_) => [(0) x 7]) } 0 .. 23;
    for (split /\n/, $c->psql('db', "SELECT extract(hour FROM created_at AT TIME ZONE 'UTC'), extract(isodow FROM created_at AT TIME ZONE 'UTC'), count(*) $of GROUP BY 1, 2")) {
        my ($hour, $day, $n) = split /\|/;
        $hours{sprintf '%02d:00', $hour}[$day - 1] = $n;
    }
    is_deeply table($html, 'by-hour'), \%hours, 'each hour of each weekday';
    my $actions = table($html, 'by-action');
    for (split /\n/, $c->psql('db', "SELECT action, count(*) $of AND action ~ '^[A-Za-z_.]+\$' GROUP BY 1")) {
        my ($action, $n) = split /\|/;
        is $actions->{$action}[0], $n, $action;
    }
    is $actions->{'(empty)'}[0], 60;
    my $actors = table($html, 'by-actor');
    my %named = map { split /\|/ } split /\n/, $c->psql('db', <<"SQL");
SELECT coalesce(actor_email, actor_id::text, 'role ' || actor_role, '(nobody is named)'), count(*) $of AND coalesce(actor_email, 'user') ~ '^user[0-9]*(\@|\$)' GROUP BY 1 ORDER BY 2 DESC LIMIT 6
SQL
    is $actors->{$_}[0], $named{$_}, $_ for sort keys %named;
    my ($total) = $c->psql('db', "SELECT count(*) $of") =~ /(\d+)/;
    my $sum = 0;
    $sum += $_->[0] for values %{$actors};
    is $sum, $total, 'and the others make up the whole';
    ok $html =~ m{<b>2,400</b>entries of the period}, 'the tile';
    ok $html =~ m{independently of the chain: 2,400 rows}, 'the independent count';
    ok $html !~ m/INCOMPLETE/, 'and it is complete';
    my ($let_go) = qx(tar -xzOf '$dir/quarter.tar.gz' --wildcards '*/data/controls.csv') =~ /"Bounds of the rules".*?"(\d+)"/;
    ok $html =~ m{Exceptions</th><td><bdi>Rules could not take $let_go entries into account}, 'what rules let go is told';
    safe($html, 'the report');
};

subtest 'what is hostile' => sub {
    my $html = $pages{quarter}{report};
    ok $html =~ m/&lt;script&gt;alert\(1\)&lt;\/script&gt;/, 'markup is shown';
    ok $html =~ m/&#x241b;\[31mred/, 'so is an escape';
    ok $html =~ m/user\[U\+202E\]gnp\.exe/, 'and what turns the direction';
    ok $html =~ m/x{200}&#x2026; \(5,001 bytes\)/, 'what is long is cut, and says so';
    ok $html =~ m/\{\{name\}\}\{\{\?x\}\}/, 'what is written as a place of the template stays';
    ok $html !~ m/[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae/, 'nothing unseen is left';
};

subtest 'the list of files' => sub {
    my $page = $pages{quarter};
    safe($page->{index}, 'the list');
    my @listed = $page->{index} =~ m{<tr><td class="text"><a href="[^"]*"><code>([^<]*)</code>}g;
    is_deeply \@listed, $page->{files}, 'has every file, and no other';
    for my $link ($page->{index} =~ m{<td class="text"><a href="([^"]*)">}g) {
        my $path = $link =~ s{^\.\./}{}r;
        $path = "data/$link" if $path eq $link;
        ok scalar(grep { $_ eq $path } @{ $page->{files} }), "$link leads to a file" or last;
    }
    is_deeply [$page->{index} =~ m{<code>([^<]*)</code></a></td><td class="text"></td>}g], [], 'and says what each is';
    my ($rows, $bytes) = $page->{index} =~ m{<code>data/events/0+1\.ndjson</code></a></td><td class="text">[^<]*</td><td>([\d,]+)</td><td>([\d,]+)</td>};
    my $events = qx(tar -xzOf '$dir/quarter.tar.gz' --wildcards '*/data/events/*');
    is $rows =~ tr/,//dr, ($events =~ tr/\n//), 'rows';
    is $bytes =~ tr/,//dr, length $events, 'and bytes';
};

subtest 'the same again' => sub {
    my %first = %{ $pages{quarter} };
    pages('again', 'soc2', 'quarter', '2026-01-01', '2026-04-01', '--jobs', 1);
    is $pages{again}{$_}, $first{$_}, $_ for qw(report index);
};

subtest 'nothing disclosed' => sub {
    my $html = pages('withheld', 'soc2', 'quarter', '2026-01-01', '2026-04-01', '--withhold', 'account,actor,content')->{report};
    ok $html =~ m{<p>Who acted is withheld from this bundle\.</p>}, 'who acted is not counted';
    ok $html !~ m/ours\.example|aaaaaaaa-0000/, 'no actor is named';
    ok $html =~ m{The account \(actor_id\) of all entries; the actor \(e-mail, IP address, user agent, session\) of all entries; the content [^;]* of all entries\.}, 'it says what is withheld';
    safe($html, 'the report');
};

subtest 'periods of every length' => sub {
    my $html = pages('day', 'soc2', 'quarter', '2026-02-03', '2026-02-04')->{report};
    is_deeply [keys %{ table($html, 'by-time') }], ['2026-02-03'], 'one day';
    safe($html, 'a day');
    $html = pages('one', 'soc2', 'quiet', '2026-02-01', '2026-02-02')->{report};
    is_deeply table($html, 'by-time'), {'2026-02-01' => [0, 0, 0, 1, 1]}, 'one entry';
    ok $html =~ m{The one entry of the period is in this bundle\.}, 'in the singular';
    safe($html, 'one entry');
    $html = pages('none', 'soc2', 'quiet', '2026-03-01', '2026-04-01')->{report};
    ok $html =~ m{There is no entry to count: the period has none\.}, 'no entry';
    ok $html =~ m{There is no entry of this period\. The entries around it, which show that}, 'and what shows that is there';
    is_deeply table($html, 'by-time'), {};
    safe($html, 'no entry');
    $html = pages('years', 'soc2', 'years', '2021-01-01', '2026-01-01')->{report};
    my %months = map { my ($month, @n) = split /\|/; ($month => \@n) } split /\n/, $c->psql('db', <<"SQL");
SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM'), 0, count(*) FILTER (WHERE risk_level = 'high'), count(*) FILTER (WHERE risk_level = 'medium'),
       count(*) FILTER (WHERE risk_level = 'low'), count(*) FROM audit_logs WHERE organization_id = '$org{years}' GROUP BY 1
SQL
    is_deeply table($html, 'by-time'), \%months, 'years are counted by the month';
    safe($html, 'years');
    $html = pages('weeks', 'soc2', 'years', '2022-01-01', '2023-01-01')->{report};
    is scalar keys %{ table($html, 'by-time') }, 53, 'one year by the week';
    $html = pages('long', 'soc2', 'quarter', '2000-01-01', '2100-01-01')->{report};
    my ($seen) = $c->psql('db', "SELECT max(created_at)::date - min(created_at)::date + 1 FROM audit_logs WHERE organization_id = '$org{quarter}'") =~ /(\d+)/;
    is scalar keys %{ table($html, 'by-time') }, $seen, 'a century that is mostly empty by the days there are';
    ok $html =~ m{The period had not ended\.}, 'that has not ended';
    my ($known, $silent) = split /\|/, $c->psql('db', <<"SQL");
SELECT max(sealed_at)::date - '2000-01-01'::date + 1, max(sealed_at)::date - '2000-01-01'::date + 1 - (SELECT count(DISTINCT created_at::date) FROM audit_logs WHERE organization_id = '$org{quarter}')
FROM auditproof.seal WHERE chain_id = '$org{quarter}'
SQL
    my $days = commas($known);
    ok $html =~ m{of $days days so far have entries}, 'and whose days to come are not without entries';
    my $completeness = qx(tar -xzOf '$dir/long.tar.gz' --wildcards '*/data/completeness.json');
    my ($without) = $completeness =~ /"days_without_entries":\[([^\]]*)\]/;
    is +(() = $without =~ /"/g) / 2, $silent, 'nor does the bundle say so to programs';
};

subtest 'a sample' => sub {
    my $html = pages('sample', 'sample', 'quarter', '2026-01-01', '2026-04-01', '-n', 25, '--seed', 'auditor 7')->{report};
    ok $html =~ m{<b>25</b>entries asked for}, 'the tile';
    ok $html =~ m{Drawn from</th><td>2,400 entries of the period}, 'what it was drawn from';
    ok $html =~ m{That each entry in it is genuine is proven; that no entry was left out}, 'and what a sample cannot show';
    safe($html, 'the report of a sample');
};

subtest 'one person' => sub {
    my $html = pages('subject', 'gdpr-subject', 'quarter', undef, undef, '--subject', 'user3@ours.example')->{report};
    ok $html =~ m{<h1>Personal data in the audit log</h1>}, 'for whom it is';
    ok $html =~ m{Period</dt><dd>everything <span class="soft">through</span>}, 'of all time';
    ok $html !~ m/user[0-24-9]\@ours\.example/, 'and nobody else is named';
    ok $html =~ m{Withheld</th><td>The account[^;]* of \d+ entries|Withheld</th><td>[^<]*[Tt]he content [^;]* of 122 entries\.}, 'what is withheld';
    ok $html =~ m{Of this person</th><td><bdi>\d+ of this person&#39;s own acts}, 'with what there is';
    safe($html, 'the report of a person');
    safe($pages{subject}{index}, 'and the list of files');
};

subtest 'incomplete' => sub {
    $c->psql('db', "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org{quarter}', 'late', 'r')");
    my $html = pages('incomplete', 'soc2', 'quarter', '2026-01-01', '2100-01-01', '--allow-incomplete')->{report};
    ok $html =~ m{<div class="banner bad"><p><strong>INCOMPLETE</strong></p>\s*<p>1 entry of what was asked for is not in this bundle}, 'on the cover';
    ok $html !~ m/banner good|Complete and verified/, 'and no other word of it';
    safe($html, 'the report of an incomplete bundle');
};

done_testing;
