#!/usr/bin/perl
# What scheduled reports say: incidents beside those before, what became of personal data, and what is due.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use Test::More;

my ($one, $two, $ada, $bob) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222',
    'aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000002');
my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One Ltd'), ('$two', 'Two');
    INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@one.example'), ('$bob', 'bob\@two.example');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$one', 'ada\@one.example'), ('$bob', '$two', 'bob\@two.example');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE plain LOGIN IN ROLE auditproof_scheduler; CREATE ROLE stranger LOGIN;
    CREATE FUNCTION entry(n int, org uuid, at timestamptz, risk text, action text, actor uuid, email text, ip inet, session text) RETURNS void LANGUAGE sql AS \$\$
        INSERT INTO audit_logs (id, organization_id, created_at, risk_level, action, resource_type, actor_id, actor_email, ip_address, session_id)
        VALUES (('eeeeeeee-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, org, at, risk, action, 'x', actor, email, ip, session) \$\$;
    INSERT INTO auditproof.ruleset VALUES (sha256('x'), 'x', 1, now());
    CREATE FUNCTION found(n int, rule text, level text, title text) RETURNS void LANGUAGE sql AS \$\$
        INSERT INTO auditproof.risk_finding SELECT e.chain_id, sha256('x'), e.seq, rule, e.log_id, level, title, false, NULL, NULL, now()
          FROM auditproof.chain_entry e WHERE e.log_id = ('eeeeeeee-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid \$\$});

my @week = ('--since', '2026-03-09', '--until', '2026-03-16');

sub make {
    my ($type, $org, @args) = @_;
    return $c->run(['auditschedule', 'make', $type, '--org', $org, @args], db => 'app', env => {PGUSER => 'runs'});
}

sub answer {
    my ($r) = make(@_);
    cmp_ok $r->{status}, '<', 2, "$_[0] is made" or diag $r->{err};
    return decode_json $r->{out};
}

# Its text, that of a page break as it is.
sub pdf {
    my ($type, $org, @args) = @_;
    my $file = AuditTest::tempdir() . '/report.pdf';
    my $r = make($type, $org, @args, '--format', 'pdf', '-o', $file);
    cmp_ok $r->{status}, '<', 2, "$type is made as PDF" or diag $r->{err};
    return decode_utf8(AuditTest::run(['pdftotext', '-layout', $file, '-'])->{out});
}

subtest 'types' => sub {
    my $types = decode_json $c->run(['auditschedule', 'types'])->{out};
    is_deeply [sort map { $_->{type} } @$types], [sort split /,/, $c->psql('app', q{SELECT array_to_string(auditproof.report_types(), ',')})],
        'those that the tool makes are those that the database takes';
    is_deeply [sort map { $_->{type} } grep { $_->{missed} eq 'latest' } @$types], [sort split /,/, $c->psql('app', q{SELECT array_to_string(auditproof.report_digests(), ',')})],
        'and the same are digests';
    my $table = $c->run(['auditschedule', 'types', '--format', 'table'])->{out};
    is $table =~ tr/\n//, 1 + @$types, 'a line each';
    like $table, qr/^gdpr_register +GDPR register +every +entries$/m, 'with what it reads';
    my $manual = AuditTest::slurp('man/auditschedule.1');
    is_deeply [grep { $manual !~ /^\.It Sy \Q$_->{type}\E$/m } @$types], [], 'the manual has them all';
};

subtest 'risk_digest, of nothing' => sub {
    my $answer = answer('risk_digest', $one, @week);
    is_deeply $answer->{digest}, {levels => 'high, critical', since => '2026-03-09T00:00:00Z', until => '2026-03-16T00:00:00Z', incidents => 0, entries => 0,
        before_since => '2026-03-02T00:00:00Z', incidents_before => 0, entries_before => 0}, 'says that nothing happened';
    is_deeply [map { "$_->{level} $_->{incidents}" } @{$answer->{levels}}], ['critical 0', 'high 0'], 'at each level';
    is_deeply [map { scalar @{$answer->{$_}} } qw(times rules new incidents windows)], [7, 0, 0, 0, 0], 'on seven days';
    like pdf('risk_digest', $one, @week), qr/nothing of such a level happened/, 'also on paper';
    like "@{$answer->{remarks}}", qr/^Nothing was ever recorded of organization $one: it has no chain/, 'and asks whether it is the right organization';
    my $csv = make('risk_digest', $one, @week, '--format', 'csv')->{out};
    is $csv =~ tr/\n//, 2, 'headings alone as CSV';
    like $csv, qr/\n"#remark","Nothing was ever recorded [^"]*"(,""){15}\r\n\z/, '... with what is remarked, a record as long as the others';
};

my $hostile = qq{\x{202e}<b>=cmd|' /C calc'!A0\x{5e9}\x{5dc}\x{5d5}\x{5dd}};
$c->psql('app', encode_utf8(qq{
    SELECT entry(1, '$one', '2026-03-10 10:00Z', 'high', 'login', '$ada', 'ada\@one.example', '10.0.0.1', 's1');
    SELECT entry(2, '$one', '2026-03-10 10:05Z', 'critical', 'export', '$ada', 'ada\@one.example', '10.0.0.1', 's1');
    SELECT entry(3, '$one', '2026-03-12 23:59:59.999Z', 'low', \$t\$\x1b[31m$hostile\$t\$, NULL, \$t\$$hostile\$t\$, NULL, NULL);
    SELECT entry(4, '$one', '2026-03-15 23:59Z', 'high', 'job_failed', NULL, NULL, NULL, NULL);
    SELECT entry(5, '$one', '2026-03-16 00:00Z', 'critical', 'later', NULL, NULL, NULL, NULL);
    SELECT entry(6, '$one', '2026-03-03 10:00Z', 'high', 'login', '$ada', 'ada\@one.example', '10.0.0.9', 's0');
    SELECT entry(7, '$one', '2026-03-01 10:00Z', 'high', 'before', NULL, NULL, '10.9.9.9', NULL);
    SELECT entry(8, '$two', '2026-03-10 10:00Z', 'critical', 'theirs', '$bob', 'bob\@two.example', '10.2.2.2', 's2');
    SELECT entry(9, '$one', NULL, 'high', 'undated', NULL, NULL, NULL, NULL);
    SELECT found(1, 'r1', 'high', 'Seen before'); SELECT found(6, 'r1', 'high', 'Seen before'); SELECT found(3, 'r2', 'critical', \$t\$$hostile\$t\$);
    SELECT found(8, 'r9', 'critical', 'Theirs alone')}));

subtest 'risk_digest' => sub {
    my $answer = answer('risk_digest', $one, @week);
    is_deeply [@{$answer->{digest}}{qw(incidents entries incidents_before entries_before)}], [3, 4, 1, 1], 'this week and the one before';
    is_deeply [map { join ' ', @$_{qw(level incidents entries incidents_before)} } @{$answer->{levels}}], ['critical 2 3 0', 'high 1 1 1'], 'by level';
    is_deeply [map { $_->{incidents} } @{$answer->{times}}], [0, 1, 0, 1, 0, 0, 1], 'by the day on which they began';
    is_deeply [map { $_->{entries} } @{$answer->{times}}], [0, 2, 0, 1, 0, 0, 1], '... and of their entries';
    is_deeply $answer->{rules}, [
        {title => $hostile, incidents => 1, entries => 1, level => 'critical', incidents_before => 0, entries_before => 0, new => JSON::PP::true, rule => 'r2'},
        {title => 'Seen before', incidents => 1, entries => 1, level => 'high', incidents_before => 1, entries_before => 1, new => JSON::PP::false, rule => 'r1'},
    ], 'by rule, the worst first';
    is_deeply [sort map { "$_->{kind} $_->{value} $_->{incident}" } @{$answer->{new}}],
        [sort 'rule ' . "$hostile 2", 'action export 1', "action \x1b[31m$hostile 2", 'action job_failed 3', "actor $hostile 2", 'address 10.0.0.1 1'],
        'what no incident of the week before has' or diag explain $answer->{new};
    is_deeply [map { join ' ', $_->{level}, map { int substr $_->{id}, -4 } @{$_->{entries}} } @{$answer->{incidents}}], ['critical 1 2', 'critical 3', 'high 4'],
        'the incidents, the worst first';
    like "@{$answer->{remarks}}", qr/have no time, and are in no period: 1;/, 'what no period has is told of';
    my $told = $c->run(['auditquery', 'risk', @week, '--org', $one, '--format', 'json'], db => 'app', env => {PGUSER => 'runs'});
    is_deeply $answer->{incidents}, decode_json($told->{out})->{incidents}, 'as auditquery risk has them';
    unlike encode_json($answer), qr/theirs|bob|10\.2\.2\.2|$two/i, 'and nothing of another organization';
    like encode_json(answer('risk_digest', $two, @week)), qr/Theirs alone/, '... which has its own';
    my $csv = decode_utf8 make('risk_digest', $one, @week, '--format', 'csv')->{out};
    is $csv =~ tr/\n//, 5, 'a row an incident as CSV';
    like $csv, qr/\n"#remark","entries of such a level that have no time[^"]*"(,"")*\r\n\z/, '... and what no period has';
    unlike $csv, qr/(^|,)"[=\x1b]/m, 'with nothing that a spreadsheet computes';
    my $text = pdf('risk_digest', $one, @week);
    like $text, qr/By level.*critical.*Incidents by the day.*By rule.*Seen before.*In no incident of the period before.*Incident 1: critical/s, 'all of it on paper';
    unlike $text, qr/[\x00-\x08\x0b\x0e-\x1f\x{202e}]/, 'and nothing hidden';
};

subtest 'when they are due' => sub {
    my $dir = AuditTest::tempdir();
    chmod 0755, $dir or die $!;
    my @ids = map { my $type = $_; map { $c->psql('app', qq{INSERT INTO scheduled_reports (organization_id, created_by, report_type, format, start_date, end_date, scheduling)
        VALUES ('$one', '$ada', '$type', '$_', '2026-03-09', '2026-03-15', '{}') RETURNING id}) =~ s/\s.*//sr } qw(json csv pdf) } qw(risk_digest gdpr_register retention_status);
    my $r = $c->run(['auditschedule', 'run', '--output', $dir], db => 'app', env => {PGUSER => 'runs'});
    is $r->{status}, 0, 'are made' or diag $r->{err};
    is_deeply [map { $c->psql('app', "SELECT state || ' ' || verdict FROM auditproof.report_run WHERE report_id = '$_'") } @ids], [('succeeded complete') x 6, ('succeeded in order') x 3], 'with their verdicts';
    my ($json) = glob "$dir/$one/risk_digest-*.json";
    is decode_json(AuditTest::slurp($json))->{digest}{incidents}, 3, 'of their period';
    my ($pdf) = glob "$dir/$one/gdpr_register-*.pdf";
    like decode_utf8(AuditTest::run(['pdftotext', '-layout', '-l', 1, $pdf, '-'])->{out}), qr/^ *Organization +One Ltd\n+ *Its id +$one$/m, 'and on paper the organization has its name';
    like pdf('gdpr_register', $two, @week), qr/^ *Organization +$two$/m, 'which nobody is told of those that have no run';
    $c->psql('app', qq{INSERT INTO auditproof.report_mail SELECT report_id, scheduled_for, w || '\@one.example', chain_id, 'pending', 0, 0, now(), now() FROM auditproof.report_run, unnest('{dpo,cfo,none}'::text[]) w WHERE report_id = '$ids[0]';
        SET session_replication_role = replica; UPDATE auditproof.report_mail SET state = 'sent' WHERE recipient NOT LIKE 'none%'});
    my $answer = answer('gdpr_register', $one, '--since', '2026-01-01', '--until', '2100-01-01');
    is_deeply [map { $_->{recipients} // () } @{$answer->{reports}}], ['cfo@one.example, dpo@one.example'], 'to whom it was sent';
    is scalar @{$answer->{reports}}, 9, 'and the register tells of them';
};

subtest 'risk_digest, of very much' => sub {
    $c->psql('app', qq{INSERT INTO audit_logs (organization_id, created_at, risk_level, action, resource_type, session_id)
        SELECT '$two', timestamptz '2026-05-01Z' + n * interval '4 minutes', CASE WHEN n = 5000 THEN 'critical' ELSE 'high' END, 'probe ' || n % 300, 'x', 's' || n
          FROM generate_series(0, 9999) n});
    my @month = ('--since', '2026-05-01', '--until', '2026-06-01');
    my $answer = answer('risk_digest', $two, @month);
    is $answer->{digest}{incidents}, 10000, 'all are counted';
    is scalar @{$answer->{incidents}}, 1000, 'some are listed';
    is $answer->{incidents}[0]{level}, 'critical', 'the worst of them first';
    is scalar @{$answer->{new}}, 100, '... as of what is new';
    like join("\n", @{$answer->{remarks}}), qr/^new: 200 more actions\n9000 more incidents are counted, and not listed/ms, 'and what is left out is said';
    is make('risk_digest', $two, @month, '--format', 'csv')->{out} =~ tr/\n//, 10001, 'CSV has them all, and nothing of what is not in it';
    like pdf('risk_digest', $two, @month), qr/9900 more incidents are counted/, 'on paper, too';
};

subtest 'what is recorded by date' => sub {
    $c->psql('app', qq{INSERT INTO usage_tracking (organization_id, usage_date, resource_type, quantity, unit, total_cost)
        SELECT '$one', date '2026-01-20' + n, 'api_calls', 1, 'calls', 1 FROM generate_series(0, 90) n});
    my $dates = sub {
        my $answer = answer('usage_summary', $one, '--since', $_[0], '--until', $_[1]);
        return join ' ', (sort map { $_->{day} } @{$answer->{days}})[0, -1], @{$answer->{remarks}};
    };
    for (['Tokyo', '2026-01-31T15:00Z', '2026-02-28T15:00Z', '2026-03-31T15:00Z'], ['New York', '2026-02-01T05:00Z', '2026-03-01T05:00Z', '2026-04-01T04:00Z'],
        ['Honolulu', '2026-02-01T10:00Z', '2026-03-01T10:00Z', '2026-04-01T10:00Z'], ['Auckland', '2026-01-31T11:00Z', '2026-02-28T11:00Z', '2026-03-31T11:00Z']) {
        my ($zone, @at) = @$_;
        my $said = 'What is recorded by date is that of the dates from';
        is $dates->(@at[0, 1]), "2026-02-01 2026-02-28 $said 2026-02-01 to 2026-02-28.", "February in $zone";
        is $dates->(@at[1, 2]), "2026-03-01 2026-03-31 $said 2026-03-01 to 2026-03-31.", '... and then March, with no date twice';
    }
    is $dates->('2026-02-01', '2026-03-01'), '2026-02-01 2026-02-28', 'in UTC there is nothing to say';
    is $dates->('2026-02-03T11:00Z', '2026-02-03T12:00Z'), '2026-02-03 2026-02-03', 'a piece of a day is of that date';
    $c->psql('app', qq{INSERT INTO usage_tracking (organization_id, usage_date, resource_type, quantity, unit, currency)
        SELECT '$two', date '2025-01-01' + n / 4, 'api_calls', 1, 'calls', (ARRAY['usd', 'eur', 'gbp', 'chf'])[1 + n % 4] FROM generate_series(0, 1199) n
        ON CONFLICT DO NOTHING});
    my @year = ('--since', '2025-01-01', '--until', '2026-01-01', '--format', 'csv');
    is scalar(() = make('usage_summary', $two, @year)->{out} =~ /^"2025-/mg), 1200, 'CSV has them all';
};

subtest 'audit_summary' => sub {
    $c->psql('app', qq{INSERT INTO audit_logs (organization_id, created_at, action, resource_type) SELECT '$one', timestamptz '2026-06-01Z' + n * interval '1 minute', 'act ' || n, 'x' FROM generate_series(1, 1002) n});
    my @june = ('--since', '2026-06-01', '--until', '2026-07-01');
    my $csv = make('audit_summary', $one, @june, '--format', 'csv')->{out};
    is $csv =~ tr/\n//, 1002, 'a thousand actions in CSV';
    like $csv, qr/\n"#remark","actions: 2 others have 2 entries"(,"")*\r\n\z/, 'which says that there are more';
    like pdf('audit_summary', $one, @june), qr/actions: 952 others have 952 entries/, 'as the one on paper does';
};

subtest 'what is not all' => sub {
    $c->psql('app', qq{INSERT INTO audit_logs (organization_id, created_at, risk_level, action, resource_type, session_id)
        SELECT '$two', timestamptz '2026-07-01Z' + n * interval '40 seconds', 'high', 'probe', 'x', 's' FROM generate_series(0, 50500) n});
    my @july = ('--since', '2026-07-01', '--until', '2026-08-01');
    like make('risk_digest', $two, @july, '--format', 'csv')->{out}, qr/\n"#incomplete","[^"]*"(,"")*\r\n"#remark","there are more entries than the 50000 that were looked at/, 'a digest of the newest alone, in CSV';
    like pdf('risk_digest', $two, @july), qr/Verdict\s+incomplete.*there are more entries than the 50000 that were looked at/s, '... and on paper';
    my @far = ('--since', '2026-03-09', '--until', '2100-01-01');
    like pdf('gdpr_register', $one, @far), qr/Verdict\s+incomplete\s+Not made of all.*The period had not ended when this report was made/s, 'a period that has not ended';
    is answer('audit_summary', $one, @far)->{result}{verdict}, 'incomplete', 'is told in JSON';
    like make('audit_summary', $one, @far, '--format', 'csv')->{out}, qr/\n"#incomplete","Not made of all[^"]*"(,"")*\r\n"#remark".*The period had not ended/s, '... also in CSV';
    for my $type (qw(audit_summary risk_digest gdpr_register retention_status)) {
        for my $user (qw(plain stranger)) {
            my $r = $c->run(['auditschedule', 'make', $type, '--org', $one, @week], db => 'app', env => {PGUSER => $user});
            is_deeply [@$r{qw(status out err)}], [3, '', "auditschedule: error: $user may not read the chains: this report is made as auditproof_auditor\n"], "$user gets no $type";
        }
    }
};

done_testing;
