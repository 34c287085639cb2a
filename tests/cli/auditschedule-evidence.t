#!/usr/bin/perl
# Reports that are evidence: a chain verified, and a SOC 2 bundle. What is wrong is told, and what was not looked at is never
# called good.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster(conf => {max_prepared_transactions => 2});
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two, $three, $who) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222',
    '33333333-3333-4333-8333-333333333333', 'aaaaaaaa-0000-4000-8000-000000000001');
my $dir = AuditTest::tempdir();
chmod 0755, $dir or die $!;
my $key = "$dir/seal.pem";
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0, 'a key';
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two'), ('$three', 'Three');
    INSERT INTO auth.users (id, email) VALUES ('$who', 'ada\@example.org');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$who', '$one', 'ada\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor, auditproof_exporter;
    INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, created_at)
    SELECT CASE WHEN n % 4 = 0 THEN '$two' ELSE '$one' END::uuid, 'ada\@example.org', (ARRAY['LOGIN', 'ROLE_CHANGE', 'DATA_EXPORT'])[1 + n % 3],
           'session', timestamptz '2026-10-01' + n * interval '1 hour' FROM generate_series(0, 400) n});
$c->into_months('app');

sub seal { return $c->run(['auditseal', 'seal', '-q', '-k', $key], db => 'app') }
sub schedule { my ($env, @args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => 'runs', %$env}) }
# Of organization one, all that was recorded until tomorrow; its result.
sub make {
    my ($type, @args) = @_;
    return schedule({}, 'make', $type, '--org', $one, '--since', '2026-10-01', '--until', '9000-01-01', @args);
}
# As it is told, for those tables that can be compared.
sub told { my ($r) = @_; return decode_json $r->{out} }
sub result_of { my ($told, $check) = @_; return (map { $_->{result} } grep { $_->{check} eq $check } @{$told->{checks}})[0] }

subtest 'a chain that is as it was recorded' => sub {
    my $r = make('chain_verification');
    is $r->{status}, 0, 'verified' or diag $r->{err};
    my $told = told($r);
    is $told->{verification}{verdict}, 'intact', 'by itself alone';
    like $told->{verification}{meaning}, qr/No checkpoint that others vouch for.*Not checked: who signed/, 'and that it is no more than that is said';
    is_deeply [map { result_of($told, $_) } qw(Links Rows Seals Signatures Coverage)], ['agrees', 'agrees', 'not checked', 'not checked', 'not covered'],
        'what was checked, and what was not';
    my ($entries, $hash) = split /\|/, $c->psql('app', qq{SELECT count(*), (SELECT encode(entry_hash, 'hex') FROM auditproof.chain_entry
        WHERE chain_id = '$one' ORDER BY seq DESC LIMIT 1) FROM auditproof.chain_entry WHERE chain_id = '$one'});
    is_deeply [@{$told->{verification}}{qw(entries first_seq head_seq head_hash rows findings)}], [$entries, 1, $entries, $hash, $entries, 0], 'of this organization';
    is_deeply [@{$told->{period}}{qw(entries first_seq last_seq last_hash)}], [$entries, 1, $entries, $hash], 'in the period';
    is seal()->{status}, 0, 'sealed';
    $told = told($r = make('chain_verification', '--log-key', "$key.pub"));
    is_deeply [$r->{status}, $told->{verification}{verdict}, $told->{period}{covered}, $told->{coverage}{sealed_seq}], [0, 'trusted', JSON::PP::true, $entries],
        'with the key of the log, it is trusted';
    like $told->{verification}{meaning}, qr/signed by audit\.example\.com\/seals.*Not checked: copies of checkpoints kept elsewhere/, 'as far as that goes';
    is make('chain_verification', '--log-key', "$key.pub", '--format', 'csv')->{out} =~ s/\r\n.*//sr,
        '"result","what","seq","log_id","object","expected","found","explanation"', 'CSV has one table of all';
    is told(make('chain_verification', '--log-key', "$key.pub", '--until', '2026-10-02'))->{period}{entries}, 0, 'a period in which nothing was recorded';
};

subtest 'an organization without entries' => sub {
    my $r = make('chain_verification', '--org', $three);
    is $r->{status}, 0, 'can be reported of';
    is told($r)->{verification}{verdict}, 'empty', 'as having nothing that could be verified';
};

subtest 'the wrong key' => sub {
    is $c->run(['auditseal', 'keygen', "$dir/other.pem", '--origin', 'audit.example.com/seals'])->{status}, 0, 'made';
    my $r = make('chain_verification', '--log-key', "$dir/other.pem.pub");
    is_deeply [$r->{status}, told($r)->{verification}{verdict}], [1, 'findings'], 'is found';
    is make('chain_verification', '--log-key', "$dir/nothing.pub")->{status}, 3, 'one that is not there is an error';
    is make('chain_verification', '--log-key', "$key.pub", '--policy', 'x')->{status}, 2, 'and so is a policy beside it';
};

sub report {
    my (%is) = (report_type => 'chain_verification', format => 'json', scheduling => '{}', start_date => '2026-10-01', end_date => '2026-12-31', @_);
    my @names = sort keys %is;
    return $c->psql('app', sprintf q{INSERT INTO scheduled_reports (organization_id, created_by, %s) VALUES ('%s', '%s', %s) RETURNING id},
        join(', ', @names), $one, $who, join ', ', map { defined $is{$_} ? "'$is{$_}'" : 'NULL' } @names) =~ s/\s.*//sr;
}

sub run_of {
    my ($report) = @_;
    return decode_json $c->psql('app', qq{SELECT json_build_object('state', state, 'verdict', verdict, 'error', error, 'url', output_url, 'attempt', attempt,
        'sha256', encode(sha256, 'hex'), 'bundle', encode(bundle_sha256, 'hex'), 'told', (SELECT metadata FROM audit_logs WHERE id = told_by))
        FROM auditproof.report_run WHERE report_id = '$report'});
}

subtest 'settling' => sub {
    # A transaction that began in the period, and writes nothing until its end.
    my $holder = $c->spawn(['psql', '-X', '-q', '-c', q{BEGIN}, '-c', qq{SELECT pg_sleep(3)},
        '-c', qq{INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$one', 'LATE', 'late')}, '-c', 'COMMIT'], db => 'app');
    AuditTest::wait_until { $c->psql('app', q{SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'}) eq '1' };
    my $until = $c->psql('app', q{SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')});
    my @asked = ('make', 'audit_summary', '--org', $one, '--since', '2026-11-01', '--until', $until);
    my $told = told(schedule({}, @asked, '--settle', 0));
    like "@{$told->{remarks}}", qr/1 transaction was open when this report was begun, and had not ended after 0 s/, 'who will not wait is told';
    my $before = $told->{totals}{entries};
    $told = told(schedule({}, @asked));
    is_deeply [$told->{totals}{entries} - $before, grep { /open/ } @{$told->{remarks}}], [1], 'who waits has what was written';
    is $holder->wait->{status}, 0, 'which was committed';
    # The newest transaction number there is, which no other has ended after.
    is $c->run(['psql', '-X', '-q', '-c', 'BEGIN', '-c', qq{INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$two', 'LATE', 'late')},
        '-c', q{PREPARE TRANSACTION 'late'}], db => 'app')->{status}, 0, 'one is prepared';
    like "@{told(schedule({}, @asked, '--settle', 0))->{remarks}}", qr/1 transaction was open/, 'and is told of as well';
    my @evidence = ('--since', '2026-10-01', '--until', '2026-10-11', '--settle', 0, '--key', $key, '-o', "$dir/late.json");
    my $r = make('soc2_evidence', @evidence);
    is $r->{status}, 3, 'evidence waits for it';
    like $r->{err}, qr/1 transaction was open after waiting for 0 s, and may write entries of the period/, 'and says so';
    ok !-e "$dir/late.tar.gz" && !-e "$dir/late.json", 'with nothing written';
    is make('soc2_evidence', @evidence, '--allow-incomplete')->{status}, 0, 'but where that is allowed';
    $told = decode_json AuditTest::slurp("$dir/late.json");
    is_deeply [$told->{result}{verdict}, $told->{bundle}{complete}], ['incomplete', JSON::PP::false], 'which does not say that it is all';
    unlike $told->{result}{meaning}, qr/holds all/, 'in any words';
    $c->psql('app', q{ROLLBACK PREPARED 'late'});
    like "@{told(make('chain_verification'))->{remarks}}", qr/The period had not ended/, 'a period that is not over is told of';
};

subtest 'a SOC 2 bundle beside its report' => sub {
    my @october = ('--since', '2026-10-01', '--until', '2026-10-11', '--settle', 0);
    my $r = make('soc2_evidence', @october, '-o', "$dir/none.json");
    is $r->{status}, 2, 'without a key it will never be made';
    like $r->{err}, qr/no key was given: make one with `auditseal keygen .*give --key FILE to `auditschedule run`/, 'which is said, and what to do';
    like make('soc2_evidence', @october, '--key', $key)->{err}, qr/has a bundle beside it: give --output/, 'nor without a place for it';
    my $never = report(report_type => 'soc2_evidence', start_date => '2026-10-01', end_date => '2026-10-10');
    is schedule({}, 'run', '--output', $dir, '-q')->{status}, 1, 'scheduled all the same';
    is_deeply [@{run_of($never)}{qw(state attempt bundle)}], ['failed', 1, undef], 'it fails once and for all';
    my $id = report(report_type => 'soc2_evidence', start_date => '2026-10-01', end_date => '2026-10-10');
    is schedule({}, 'run', '--output', $dir, '--key', $key, '-q')->{status}, 0, 'made' or return;
    my $run = run_of($id);
    my $file = $run->{url} =~ s{^file://}{}r;
    my $bundle = $file =~ s/json$/tar.gz/r;
    is_deeply [@{$run}{qw(state verdict)}], ['succeeded', 'trusted'], 'a run that succeeded';
    is $run->{bundle}, sha256_hex(AuditTest::slurp($bundle)), 'its bundle is on record';
    is $run->{told}{bundle_sha256}, $run->{bundle}, 'and in the chain';
    my @verify = ('history', '--verify', '--report', $id, '--format', 'json');
    is schedule({}, @verify)->{status}, 0, 'where both are held against it';
    my $was = AuditTest::slurp($bundle);
    AuditTest::spew($bundle, "$was ");
    like schedule({}, @verify)->{out}, qr/"its bundle has another SHA-256; [0-9a-f]{64}"/, 'and a difference named';
    AuditTest::spew($bundle, $was);
    my $told = decode_json AuditTest::slurp($file);
    is_deeply [@{$told->{bundle}}{qw(sha256 bytes file complete findings)}], [$run->{bundle}, -s $bundle, $bundle =~ s{.*/}{}r, JSON::PP::true, 0], 'the report tells of it';
    is $told->{bundle}{entries}, $c->psql('app', qq{SELECT count(*) FROM audit_logs WHERE organization_id = '$one' AND created_at >= '2026-10-01' AND created_at < '2026-10-11'}),
        'with all entries of the period';
    my ($access) = grep { $_->{criterion} eq 'CC6.3' } @{$told->{criteria}};
    cmp_ok $access->{entries}, '>', 0, 'criteria have their populations';
    like $told->{bundle}{registered}, qr/^[0-9a-f-]{36}$/, 'it is in the register of bundles';
    my $checked = $c->run(['auditverify', '--key', "$key.pub", '--format', 'json', $bundle], db => 'app');
    like $checked->{out}, qr/"verdict":"trusted"/, 'and verifies';
    is make('soc2_evidence', @october, '--key', $key, '--format', 'pdf', '-o', "$dir/again.pdf")->{status}, 0, 'made again';
    is sha256_hex(AuditTest::slurp("$dir/again.tar.gz")), $run->{bundle}, 'it is the same, to the byte';
    like AuditTest::run(['pdftotext', '-layout', "$dir/again.pdf", '-'])->{out}, qr/Verdict\s+trusted.*CC6\.3 .*Remarks/s, 'on paper';
    is make('soc2_evidence', @october, '--key', $key, '--log-key', "$dir/other.pem.pub", '-o', "$dir/wrong.json")->{status}, 3, 'with the wrong key of the log';
    ok !-e "$dir/wrong.tar.gz" && !-e "$dir/wrong.json", 'there is neither';
    like make('soc2_evidence', '--until', '2100-01-01', '--key', $key, '-o', "$dir/wrong.json")->{err}, qr/the period is not over/, 'nor of a period to come';
    AuditTest::spew("$dir/policy", 'log ' . AuditTest::slurp("$key.pub") . "quorum none\n");
    AuditTest::spew("$dir/policy.other", 'log ' . AuditTest::slurp("$dir/other.pem.pub") . "quorum none\n");
    is make('soc2_evidence', @october, '--key', $key, '--policy', "$dir/policy.other", '-o', "$dir/wrong.json")->{status}, 3, 'a policy is looked at';
    is make('soc2_evidence', @october, '--key', $key, '--anchors', "$dir/nowhere", '-o', "$dir/wrong.json")->{status}, 3, 'and so are anchors';
    ok !-e "$dir/wrong.tar.gz" && !-e "$dir/wrong.json", 'again neither';
    is make('soc2_evidence', @october, '--key', "$dir/other.pem", '--policy', "$dir/policy", '-o', "$dir/policy.json")->{status}, 0, 'which names the key of the log';
    is make('soc2_evidence', @october, '--key', $key, '--format', 'csv', '-o', "$dir/sheet.csv")->{status}, 0, 'as CSV';
    my $sheet = AuditTest::slurp("$dir/sheet.csv");
    like $sheet, qr/^"line","result",.*\r\n"verdict","trusted",.*\r\n"bundle","$run->{bundle}",/, 'it begins with the verdict';
    like $sheet, qr/^"criterion",.*"CC6\.3"/m, 'and has the criteria';
};

subtest 'evidence that is not sealed yet' => sub {
    my @now = ('--since', '2026-10-01', '--until', $c->psql('app', q{SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')}), '--settle', 1,
        '--key', $key, '-o', "$dir/now.json");
    my $r = make('soc2_evidence', @now);
    is $r->{status}, 3, 'is not made';
    like $r->{err}, qr/sealed through \d+ after waiting for 1 s/, 'after waiting';
    ok !-e "$dir/now.tar.gz", 'nor anything of it';
    is make('soc2_evidence', @now, '--allow-incomplete')->{status}, 0, 'but where that is allowed';
    my $told = decode_json AuditTest::slurp("$dir/now.json");
    is_deeply [$told->{result}{verdict}, $told->{bundle}{complete}], ['incomplete', JSON::PP::false], 'it says so';
    like "@{$told->{remarks}}", qr/what lies between is under no checkpoint yet/, 'and how much that is';
    # Somebody seals while it waits.
    my $waiting = $c->spawn(['auditschedule', 'make', 'soc2_evidence', '--org', $one, @now, '--settle', 20], db => 'app', env => {PGUSER => 'runs'});
    AuditTest::wait_until { $c->psql('app', q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditschedule' AND query ILIKE 'rollback%'}) ne '0' };
    is seal()->{status}, 0, 'sealed';
    is $waiting->wait->{status}, 0, 'and so it goes on';
    is decode_json(AuditTest::slurp("$dir/now.json"))->{result}{verdict}, 'trusted', 'with all of it';
};

# Last: a row is changed, and one is gone.
$c->psql('app', qq{
    ALTER EVENT TRIGGER auditproof_ddl DISABLE;
    ALTER TABLE audit_logs DISABLE TRIGGER USER;
    UPDATE audit_logs SET action = 'NOTHING' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = '$one' AND seq = 17);
    DELETE FROM audit_logs WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = '$one' AND seq = 20);
    UPDATE audit_logs SET action = 'NOTHING' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = '$two' AND seq = 5);
    ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_chain});
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'guards are put back, so that only the data tells of it';

subtest 'a chain that was tampered with' => sub {
    my $r = make('chain_verification', '--log-key', "$key.pub");
    is $r->{status}, 1, 'exit status 1';
    my $told = told($r);
    is_deeply [$told->{verification}{verdict}, map { [@{$_}{qw(kind seq)}] } grep { $_->{severity} eq 'finding' } @{$told->{findings}}],
        ['findings', ['altered', 17], ['missing', 20]], 'each is named, and none of another organization';
    is_deeply [map { result_of($told, $_) } qw(Links Rows)], ['agrees', '2 findings'], 'with what it contradicts';
    like $told->{findings}[0]{advice}, qr/backup/, 'and what to do';
    my $csv = make('chain_verification', '--log-key', "$key.pub", '--format', 'csv')->{out};
    like $csv, qr/^"findings","verdict".*^"finding","altered","17",.*^"finding","missing","20",/sm, 'in CSV';
    my %ids = map { $_ => report(format => $_) } qw(json csv pdf);
    is schedule({}, 'run', '--output', $dir, '--log-key', "$key.pub", '-q')->{status}, 0, 'a report of bad news is a report that was made';
    my %runs = map { $_ => run_of($ids{$_}) } keys %ids;
    is_deeply [map { [@{$runs{$_}}{qw(state verdict)}, $runs{$_}{told}{verdict}] } sort keys %runs], [(['succeeded', 'findings', 'findings']) x 3],
        'its verdict is on record, and in the chain';
    my $text = AuditTest::run(['pdftotext', '-layout', '-l', 1, $runs{pdf}{url} =~ s{^file://}{}r, '-'])->{out};
    like $text, qr/Verdict\s+findings\s+2 findings: altered at seq 17; missing at seq 20\./, 'and on the first page';
    unlike $text, qr/intact|trusted/, 'where nothing says otherwise';
    like AuditTest::slurp($runs{csv}{url} =~ s{^file://}{}r), qr/"altered","17"/, 'CSV';
    is decode_json(AuditTest::slurp($runs{json}{url} =~ s{^file://}{}r))->{verification}{findings}, 2, 'JSON';
    $r = make('soc2_evidence', '--since', '2026-10-01', '--until', '2026-10-11', '--settle', 0, '--key', $key, '-o', "$dir/bad.json");
    is $r->{status}, 1, 'of what does not verify no bundle is made';
    ok !-e "$dir/bad.tar.gz", 'none';
    $told = decode_json AuditTest::slurp("$dir/bad.json");
    is_deeply [$told->{result}{verdict}, map { [@{$_}{qw(kind seq)}] } grep { $_->{severity} eq 'finding' } @{$told->{findings}}],
        ['findings', ['altered', 17], ['missing', 20]], 'and its report says why';
    like $told->{result}{meaning}, qr/No bundle was written/, 'and that there is none';
};

# What is not in the period's rows cannot be missed by who reads these only.
subtest 'rows that were moved out of the period' => sub {
    $c->createdb('moved', template => 'app');
    $c->psql('moved', qq{
        ALTER EVENT TRIGGER auditproof_ddl DISABLE;
        ALTER TABLE audit_logs DISABLE TRIGGER USER;
        UPDATE audit_logs SET created_at = '2020-01-01' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = '$one' AND seq = 3)});
    $c->into_months('moved');
    is $c->run(['auditmigrate', 'install', '-q'], db => 'moved')->{status}, 0, 'guards are put back';
    # Neither 17 nor 20 is of the first three days: the bundle itself has nothing against it.
    my $r = $c->run(['auditschedule', 'make', 'soc2_evidence', '--org', $one, '--since', '2026-10-01', '--until', '2026-10-01T12:00:00Z', '--settle', 0,
        '--key', $key, '--format', 'csv', '-o', "$dir/moved.csv"], db => 'moved', env => {PGUSER => 'runs'});
    is $r->{status}, 1, 'found';
    my $csv = AuditTest::slurp("$dir/moved.csv");
    like $csv, qr/^"verdict","findings",.*"3 findings: altered at seq 3, and 1 more; missing at seq 20\. The bundle verifies by itself, and the chain that it is from does not/m,
        'and said first';
    like $csv, qr/^"finding","altered","","seq 3"/m, 'by name';
    unlike $csv, qr/trusted|holds all/, 'with no word that it were whole';
};

done_testing;
