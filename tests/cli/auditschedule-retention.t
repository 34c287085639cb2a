#!/usr/bin/perl
# The scheduled report on retention: what is due, held, destroyed and overdue of one organization, and that it says so.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8);
use JSON::PP;
use PurgeTest;
use Test::More;

my $key = key('seals');
my $c = aged('app', before => sub {
    my ($c) = @_;
    $c->psql('app', q{CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor; CREATE ROLE plain LOGIN IN ROLE auditproof_scheduler;
        INSERT INTO performance_analytics (organization_id, type) SELECT t(1), 'LCP' FROM generate_series(1, 3)});
});
my ($one, $two, $three) = map { $c->psql('app', "SELECT t($_)") } 1 .. 3;
my @period = ('--since', '2000-01-01', '--until', '2100-01-01');

sub make {
    my ($org, @args) = @_;
    return $c->run(['auditschedule', 'make', 'retention_status', '--org', $org, @period, @args], db => 'app', env => {PGUSER => 'runs'});
}

# Its exit status, and what it says.
sub answer {
    my $r = make(@_);
    cmp_ok $r->{status}, '<', 2, 'made' or diag $r->{err};
    return ($r->{status}, decode_json $r->{out});
}

sub pdf {
    my ($org) = @_;
    my $file = AuditTest::tempdir() . '/report.pdf';
    my $r = make($org, '--format', 'pdf', '-o', $file);
    cmp_ok $r->{status}, '<', 2, 'made as PDF' or diag $r->{err};
    return decode_utf8(AuditTest::run(['pdftotext', '-layout', $file, '-'])->{out}) =~ s/\s+/ /gr;
}

my $told = sub { my ($s) = @_; return [map { join ' ', map { $_ // '-' } @$_{qw(table kept due overdue held)} } @{$s->{due}}] };

subtest 'overdue' => sub {
    my ($exit, $s) = answer($one);
    is $exit, 1, 'what is overdue is a finding';
    is_deeply $told->($s), ['audit_logs 7 years 250 250 0', 'performance_analytics 90 days 3 3 0'], 'of this organization alone';
    is_deeply [@{$s->{status}}{qw(years entries month_entries oldest_seq grace_days holds reviews_overdue clock_behind)}],
        [7, 250, 0, 1, 31, 0, 0, JSON::PP::false], 'what is kept';
    like $s->{status}{oldest_recorded}, qr/^20\d\d-/, 'since when';
    is_deeply [map { "$_->{whose} $_->{table} $_->{period} $_->{version}" } @{$s->{policies}}], ['platform audit_logs 7 years 0', 'platform performance_analytics 90 days 0'],
        'by what is built in';
    is_deeply [map { scalar @{$s->{$_}} } qw(forecast holds purges)], [0, 0, 0], 'and nothing else happened';
    my $status = decode_json $c->run(['auditretain', 'status', '--format', 'json', '--org', $one], db => 'app', env => {PGUSER => 'runs'})->{out};
    is_deeply [map { $_ + 0 } @{$s->{due}[0]}{qw(due overdue held due_bytes)}], [map { $_ + 0 } @{$status->{chains}[0]}{qw(due overdue held due_bytes)}],
        'as auditretain status has it';
    like pdf($one), qr/overdue 250 entries could have left more than 31 days ago; 3 rows of performance_analytics.*Due for disposal.*nothing was destroyed/s, 'on paper';
    my $csv = make($one, '--format', 'csv')->{out};
    is scalar(() = $csv =~ /^"[^#]/mg), 3, 'a line a table as CSV';
    like $csv, qr/\n"#overdue","250 entries could have left more than 31 days ago;[^"]*"(,"")*\r\n/, '... which says the verdict, too';
};

subtest 'when it is due' => sub {
    my $who = $c->psql('app', "INSERT INTO profiles (id, organization_id, email) VALUES (u(7), '$one', 'dpo\@one.example') RETURNING id") =~ s/\s.*//sr;
    my $id = $c->psql('app', qq{INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, scheduling)
        VALUES ('$one', '$who', 'retention_status', '2026-03-09', '2026-03-15', '{}') RETURNING id}) =~ s/\s.*//sr;
    my $dir = AuditTest::tempdir();
    chmod 0755, $dir or die $!;
    is $c->run(['auditschedule', 'run', '--output', $dir], db => 'app', env => {PGUSER => 'runs'})->{status}, 0, 'a finding is no failure of the run';
    is $c->psql('app', "SELECT state || ' ' || verdict FROM auditproof.report_run WHERE report_id = '$id'"), 'succeeded overdue', 'and its verdict is on record';
    is $c->psql('app', "SELECT l.metadata ->> 'verdict' FROM audit_logs l JOIN auditproof.report_run r ON r.told_by = l.id WHERE r.report_id = '$id'"), 'overdue', '... and in the chain';
};

subtest 'nothing there' => sub {
    $c->psql('app', q{INSERT INTO organizations (id, name) VALUES (t(9), 'Nine')});
    my ($exit, $s) = answer($c->psql('app', 'SELECT t(9)'));
    is $exit, 0, 'is no finding';
    is_deeply [@{$s->{status}}{qw(entries oldest_recorded oldest_created)}], [0, undef, undef], 'and said';
    like pdf($c->psql('app', 'SELECT t(9)')), qr/in order Nothing is overdue.*there is nothing that could fall due/s, 'on paper, too';
};

subtest 'held' => sub {
    my @why = ('--matter', 'Doe v. One', '--custodian', 'legal', '--reason', 'letter', '--review', '2099-01-01');
    is retain($c, 'app', 'ann', 'hold', 'add', '-q', '--org', $one, '--actor', 'user1@example.org', @why)->{status}, 0, 'one of them';
    is retain($c, 'app', 'ann', 'hold', 'add', '-q', '--resource-type', 'nothing', @why, '--matter', 'Secret v. Two')->{status}, 0, 'one of everybody';
    is retain($c, 'app', 'ann', 'hold', 'add', '-q', '--org', $two, @why, '--matter', 'Theirs')->{status}, 0, 'one of another organization';
    my ($exit, $s) = answer($one);
    is_deeply $told->($s), ['audit_logs 7 years 210 210 40', 'performance_analytics 90 days 3 3 0'], 'what a hold covers is not due' or diag explain $s->{due};
    is_deeply [map { "$_->{scope} " . ($_->{matter} // '-') . " $_->{placed_by}" } @{$s->{holds}}], ['this organization; one actor Doe v. One ann', 'every organization; resources of type nothing - ann'],
        'and told of, without what is of others' or diag explain $s->{holds};
    unlike encode_json($s), qr/user1|Secret|Theirs/, 'nor who is meant';
    $c->psql('app', q{ALTER TABLE auditproof.legal_hold DISABLE TRIGGER ALL; UPDATE auditproof.legal_hold SET review_on = '2020-01-01' WHERE matter = 'Doe v. One';
        ALTER TABLE auditproof.legal_hold ENABLE TRIGGER ALL});
    like pdf($one), qr/[Tt]he review of 1 legal hold is overdue/s, 'a review that is late';
    my (undef, $theirs) = answer($three);
    is $theirs->{status}{reviews_overdue}, 0, 'is not everybody\'s';
};

subtest 'purged' => sub {
    is $c->run(['auditseal', 'seal', '--key', $key], db => 'app')->{status}, 0, 'sealed';
    my $digest = approved($c, 'app', planned($c, 'app'));
    is execute($c, 'app', $digest)->{status}, 0, 'destroyed' or BAIL_OUT('no purge');
    my ($exit, $s) = answer($three);
    is $exit, 0, 'nothing is overdue any more';
    my ($purge, @more) = @{$s->{purges}};
    is_deeply [@{$purge}{qw(table destroyed planned first_seq last_seq kept requested_by approved_by executed_by verified)}, scalar @more],
        ['audit_logs', 250, 250, 1, 250, '7 years', 'ann', 'bob', 'ann', JSON::PP::true, 0], 'what left, by whom, and that it verifies' or diag explain $s->{purges};
    is $c->psql('app', "SELECT action FROM audit_logs l JOIN auditproof.chain_entry e ON e.log_id = l.id WHERE e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.seq = $purge->{seq}"),
        'audit.entries_purged', 'by the entry that tells of it';
    unlike encode_json($s), qr/$one|$two/, 'and nothing of others, who were in the same plan';
    like pdf($three), qr/in order Nothing is overdue, and every purge of the period/, 'which the first page says';
    my $metrics = planned($c, 'app', '--table', 'performance_analytics');
    is execute($c, 'app', approved($c, 'app', $metrics))->{status}, 0, 'rows without a chain';
    (undef, $s) = answer($one);
    is_deeply [map { "$_->{table} $_->{destroyed} $_->{kept} $_->{verified}" } @{$s->{purges}}], ['audit_logs 210 7 years 1', 'performance_analytics 3 90 days 1'], 'are told as well'
        or diag explain $s->{purges};
    $c->psql('app', q{ALTER TABLE auditproof.purge_certificate DISABLE TRIGGER ALL; UPDATE auditproof.purge_certificate SET note = convert_to(replace(convert_from(note, 'UTF8'), '"destroyed" : 2', '"destroyed" : 1'), 'UTF8')});
    ($exit, $s) = answer($three);
    is_deeply [$exit, $s->{purges}[0]{verified}], [1, JSON::PP::false], 'a certificate that was changed is a finding';
    like $s->{purges}[0]{remark}, qr/^is not as it was signed$/, 'and why';
    $c->psql('app', q{DELETE FROM auditproof.purge_certificate});
    like pdf($three), qr/findings 1 purge of the period cannot be verified/, 'one that is gone, too';
};

subtest 'forecast' => sub {
    # As if what there is had been recorded almost seven years ago: the clock is what it is.
    $c->psql('app', q{SET session_replication_role = replica; INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t(9), 'x', 'y' FROM generate_series(1, 10);
        INSERT INTO auditproof.chain VALUES (t(9)) ON CONFLICT DO NOTHING});
    $c->psql('app', q{ALTER TABLE auditproof.chain_entry DISABLE TRIGGER ALL; ALTER TABLE audit_logs DISABLE TRIGGER ALL; SET session_replication_role = replica;
        UPDATE auditproof.chain_entry SET recorded_at = date_trunc('month', now()) - interval '7 years' + interval '2 months' + seq * interval '1 hour' WHERE chain_id = t(9);
        UPDATE audit_logs SET created_at = '2001-01-01' WHERE organization_id = t(9)});
    my ($exit, $s) = answer($c->psql('app', 'SELECT t(9)'));
    my $when = $c->psql('app', q{SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months', 'YYYY-MM-DD"T"00:00:00"Z"')});
    is_deeply [map { "$_->{month} $_->{entries}" } grep { $_->{entries} } @{$s->{forecast}}], ["$when 10"], 'in its month' or diag explain $s;
    is scalar @{$s->{forecast}}, 13, '... of all that are to come';
};

subtest 'who may not' => sub {
    my $r = $c->run(['auditschedule', 'make', 'retention_status', '--org', $one, @period], db => 'app', env => {PGUSER => 'plain'});
    is $r->{status}, 3, 'a scheduler who is no auditor';
    like $r->{err}, qr/plain may not read the chains: this report is made as auditproof_auditor/, 'is told';
};

done_testing;
