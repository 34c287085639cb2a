#!/usr/bin/perl
# Reports are mailed to whom they name, if they are members then, from an outbox that was committed before: whatever a server
# says, whatever stops meanwhile, nothing is lost, and what comes twice has the same Message-ID.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use MailTest;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two, $who) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222', 'aaaaaaaa-0000-4000-8000-000000000001');
my ($dir, $certificates) = (AuditTest::tempdir(), AuditTest::tempdir());
chmod 0755, $dir or die $!;
my @members = map { "$_\@example.org" } qw(ada bob eve small grey later no spam die lost hang dieonce);
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', E'Acme\\r\\nBcc: eve\@evil.org \\u202egnp.exe'), ('$two', 'Two');
    INSERT INTO auth.users (id, email) SELECT gen_random_uuid(), e FROM unnest('{@{[join ',', @members]}}'::text[]) e;
    INSERT INTO auth.users (id, email) VALUES ('$who', 'gone\@example.org'), ('aaaaaaaa-0000-4000-8000-000000000002', 'two\@example.org');
    INSERT INTO profiles (id, organization_id, email) SELECT id, '$one', email FROM auth.users WHERE email NOT IN ('gone\@example.org', 'two\@example.org');
    INSERT INTO profiles (id, organization_id, email, is_active) VALUES ('$who', '$one', 'gone\@example.org', false);
    INSERT INTO profiles (id, organization_id, email) VALUES ('aaaaaaaa-0000-4000-8000-000000000002', '$two', 'Two\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE stranger LOGIN IN ROLE auditproof_auditor;
    INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, created_at)
    SELECT '$one', 'ada\@example.org', 'LOGIN', 'session', timestamptz '2026-10-01' + n * interval '1 hour' FROM generate_series(0, 100) n});

my $server = MailTest->start;
my @mail = ('--smtp', "smtp://127.0.0.1:$server->{port}", '--smtp-plain', '--mail-from', 'reports@example.org', '--mail-timeout', 10);

sub schedule { my (@args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => 'runs'}) }
sub due { return schedule('run', '--output', $dir, @_) }

# A report of organization one to these.
sub report {
    my ($emails, %is) = @_;
    %is = (report_type => 'audit_summary', format => 'json', start_date => '2026-10-01', end_date => '2026-10-31', %is);
    my @names = sort keys %is;
    return $c->psql('app', sprintf q{INSERT INTO scheduled_reports (organization_id, created_by, delivery_emails, %s) VALUES ('%s', '%s', %s, %s) RETURNING id},
        join(', ', @names), $one, $who, $emails, join ', ', map { defined $is{$_} ? "'$is{$_}'" : 'NULL' } @names) =~ s/\s.*//sr;
}

sub to { return "ARRAY['" . join("','", map { /@/ ? $_ : "$_\@example.org" } @_) . "']::text[]" }

# What became of its mail, by recipient's name.
sub mails {
    my ($report) = @_;
    return {map { $_->{recipient} =~ s/\@example.org$//r => $_ } @{decode_json $c->psql('app', qq{SELECT coalesce(json_agg(m), '[]') FROM auditproof.report_mail m WHERE report_id = '$report'})}};
}

sub states { my ($mails) = @_; return {map { $_ => $mails->{$_}{state} } keys %$mails} }
sub due_now { my ($report) = @_; return $c->psql('app', "UPDATE auditproof.report_mail SET due_at = now() WHERE report_id = '$report' AND state = 'pending'") }
sub taken { my ($name) = @_; return grep { $_->{to}[0] eq "$name\@example.org" } $server->mails }
sub run_of { my ($report) = @_; return decode_json $c->psql('app', "SELECT row_to_json(r) FROM auditproof.report_run r WHERE report_id = '$report'") }

subtest 'digest and link' => sub {
    my $id = report(to('ada'), report_name => 'Bericht für März');
    my $r = due();
    is $r->{status}, 0, 'made by a runner that sends no mail';
    like due()->{err}, qr/1 mail waits to be sent, by --smtp or --sendmail/, 'which says so';
    is_deeply states(mails($id)), {ada => 'pending'}, 'the mail waits';
    $r = due(@mail);
    is $r->{status}, 0, 'sent by one that does' or diag $r->{err};
    like $r->{err}, qr/mail of report $id to ada\@example\.org: taken by server/, 'it says so';
    is due(@mail)->{status}, 0, 'once more';
    my ($mail, @more) = taken('ada');
    is scalar @more, 0, 'one mail';
    my ($read) = MailTest::read_mails(undef, $mail);
    my $run = run_of($id);
    my $sha256 = $run->{sha256} =~ s/^\\x//r;
    is $read->{headers}{subject}, 'Audit summary, 2026-10-01 to 2026-10-31: complete (Acme\\x0d\\x0aBcc: eve@evil.org \\u202egnp.exe)', 'which, of when, verdict, and whose';
    is join(' ', sort keys %{$read->{headers}}), 'auto-submitted content-transfer-encoding content-type date from message-id mime-version subject to x-auto-response-suppress',
        'no header but ours';
    $read->{text} =~ s/\r//g;
    for my $says ('Audit summary: Bericht f\x{fc}r M\x{e4}rz', 'Organization:  Acme\\\\x0d\\\\x0aBcc: eve@evil\.org \\\\u202egnp\.exe', 'Period:        2026-10-01 00:00 to 2026-11-01 00:00 \(UTC\)',
        'Verdict:       complete', "File:          json, $run->{bytes} bytes", "SHA-256:\n  $sha256", "Where:\n  \Q$run->{output_url}\E", 'The report is not attached: it goes only encrypted',
        'sha256sum FILE', "entry $run->{told_by}\\b", "scheduled report $id\\.") {
        like $read->{text}, qr/$says/, 'it says: ' . ($says =~ s/\s+/ /gr);
    }
    is $sha256, sha256_hex(AuditTest::slurp($run->{output_url} =~ s{^file://}{}r)), 'of the file';
    like $read->{headers}{'message-id'}, qr/^<$id\.\d+\.[0-9a-f]{8}\@example\.org>$/, 'its id is of the report and its time';
    my ($line) = decode_json(schedule('history', '--report', $id, '--format', 'json')->{out});
    like schedule('history', '--report', $id, '--format', 'json')->{out}, qr/"mail": ?"1 taken by server"/, 'history tells';
    unlike schedule('history', '--report', $id)->{out}, qr/delivered/i, 'no more than that';
    like schedule('mails', '--report', $id, '--format', 'json')->{out}, qr/"recipient": ?"ada\@example\.org".*"state": ?"taken by server"/s, 'mails tells whom';
};

subtest 'whom' => sub {
    my $long = 'x' x 300;
    my $id = report("ARRAY['Ada\@example.org', ' ADA\@EXAMPLE.ORG', NULL, '', '  ', 'ada\@example.org\n', 'two\@example.org', 'gone\@example.org', 'nobody\@elsewhere.org',
        E'bob\@example.org\\r\\nBcc: x\@y.z', 'Eve <eve\@example.org>', '$long\@example.org']");
    my $before = () = $server->mails;
    my $r = due(@mail);
    is $r->{status}, 1, 'failures are told';
    my $mails = mails($id);
    is_deeply [map { $_->{to}[0] } ($server->mails)[$before .. scalar(() = $server->mails) - 1]], ['ada@example.org'], 'one mail to who is a member, whatever the case';
    is $mails->{$_}{error}, 'is no active member of the organization', "not to $_" for qw(two gone nobody@elsewhere.org);
    like +(grep { /^bob/ } keys %$mails)[0], qr/^bob\@example\.org\r\nbcc/, 'one that would add a header';
    is $mails->{$_}{state}, 'failed', 'is refused' for grep { /bob|eve/ } keys %$mails;
    like((map { $_->{error} } grep { $_->{recipient} =~ /^xxx/ } values %$mails)[0], qr/at most 254 characters/, 'and one that is too long');
    is scalar(keys %$mails), 7, 'no other';
    my $any = report(to('nobody@elsewhere.org', 'no space@x.org'));
    is due(@mail, '--recipients', 'any')->{status}, 1, 'to anybody where that is asked for';
    is mails($any)->{'nobody@elsewhere.org'}{state}, 'sent', 'whom the report names';
    like mails($any)->{'no space@x.org'}{error}, qr/not an address of mail/, 'if it is an address';
    is_deeply states(mails(report('NULL'))), {}, 'none';
    my $none = report("'{}'");
    is due(@mail)->{status}, 0, 'nobody named';
    is_deeply states(mails($none)), {}, 'no mail';
};

subtest 'as it is when it is sent' => sub {
    my $id = report(to('ada', 'bob', 'eve'));
    due();
    $c->psql('app', qq{UPDATE scheduled_reports SET delivery_emails = '{ada\@example.org,eve\@example.org}' WHERE id = '$id';
        UPDATE profiles SET organization_id = '$two' WHERE email = 'eve\@example.org'});
    is due(@mail)->{status}, 1, 'one of them may not have it any more';
    my $mails = mails($id);
    is_deeply states($mails), {ada => 'sent', bob => 'failed', eve => 'failed'}, 'one gets it';
    is_deeply [map { $mails->{$_}{error} } qw(bob eve)], ['is no recipient of the report any more', 'is no active member of the organization'], 'and why others do not';
    $c->psql('app', qq{UPDATE profiles SET organization_id = '$one' WHERE email = 'eve\@example.org'});
    like schedule('resend', $id)->{err}, qr/2 mails of report $id will be sent again/, 'with the cause mended';
    due(@mail);
    is_deeply states(mails($id)), {ada => 'sent', bob => 'failed', eve => 'sent'}, 'it goes';
    is schedule('resend', report('NULL'))->{status}, 2, 'where there is none to send again';
};

subtest 'what servers say' => sub {
    my $id = report(to(qw(ada grey later no spam die)));
    my $r = due(@mail, '--mail-attempts', 3);
    is $r->{status}, 1, 'refusals are told';
    my $mails = mails($id);
    is_deeply states($mails), {ada => 'sent', grey => 'pending', later => 'pending', no => 'failed', spam => 'failed', die => 'pending'}, 'some are for good, some may pass';
    like $mails->{no}{error}, qr/^550-5\.1\.1 there is nobody 5\.1\.1 of that name \\x1b/, 'what it said';
    like $mails->{grey}{error}, qr/^451 4\.7\.1 greylisted/, 'to each';
    like schedule('history', '--report', $id, '--format', 'json')->{out}, qr/"2 failed, 3 queued, 1 taken by server"/, 'history tells';
    my $wait = $c->psql('app', qq{SELECT extract(epoch FROM due_at - now())::int FROM auditproof.report_mail WHERE report_id = '$id' AND recipient LIKE 'grey%'});
    cmp_ok $wait, '>=', 50, 'not at once';
    cmp_ok $wait, '<=', 66, 'but soon';
    is due(@mail)->{status}, 0, 'before that there is nothing to do';
    due_now($id);
    is due(@mail, '--mail-attempts', 3)->{status}, 0, 'again';
    is mails($id)->{grey}{state}, 'sent', 'taken at the second time';
    due_now($id);
    is due(@mail, '--mail-attempts', 3)->{status}, 1, 'and again';
    is_deeply states(mails($id)), {ada => 'sent', grey => 'sent', later => 'failed', no => 'failed', spam => 'failed', die => 'failed'}, 'until there were attempts enough';
    is scalar(taken('grey')), 1, 'each once';
};

subtest 'taken, and nobody was told' => sub {
    my $id = report(to('lost'));
    due(@mail);
    is mails($id)->{lost}{state}, 'pending', 'the answer was lost';
    due_now($id);
    is due(@mail)->{status}, 0, 'it is sent again';
    my @twice = MailTest::read_mails(undef, taken('lost'));
    is scalar @twice, 2, 'it comes twice';
    is_deeply $twice[0], $twice[1], 'as the same mail';
    is mails($id)->{lost}{attempt}, 2, 'which is on record';
};

subtest 'no way to send' => sub {
    my $id = report(to('ada', 'bob'));
    my @closed = @mail;
    $closed[1] = 'smtp://127.0.0.1:1';
    my $r = due(@closed, '--mail-attempts', 1);
    is $r->{status}, 1, 'is told';
    my @said = $r->{err} =~ /(mail cannot be sent, 2 wait: .*connect.*)/ig;
    is scalar @said, 1, 'once';
    is_deeply states(mails($id)), {ada => 'pending', bob => 'pending'}, 'nothing is lost by it';
    is mails($id)->{ada}{attempt} - mails($id)->{ada}{forgiven}, 0, 'nor counted';
    due_now($id);
    is due(@mail, '--mail-attempts', 1)->{status}, 0, 'with the server there';
    is_deeply states(mails($id)), {ada => 'sent', bob => 'sent'}, 'all goes';
};

subtest 'a runner that died' => sub {
    my $id = report(to('bob'));
    due();
    $c->psql('app', q{SELECT FROM auditproof.mail_claim('dead', '1 hour', 30, '5 days', true, 'first.example.org')});
    is due(@mail)->{status}, 0, 'another leaves it';
    is mails($id)->{bob}{state}, 'sending', 'while the lease holds';
    $c->psql('app', qq{UPDATE auditproof.report_mail SET lease_until = now() - interval '1 second' WHERE report_id = '$id'});
    is due(@mail)->{status}, 0, 'then it takes it up';
    my ($read) = reverse MailTest::read_mails(undef, taken('bob'));
    like $read->{headers}{'message-id'}, qr/\@first\.example\.org>$/, 'with the Message-ID that the other had given it';
    is $c->psql('app', qq{SELECT auditproof.mail_settle('$id', scheduled_for, recipient, 1, 'refused', 'x', NULL) FROM auditproof.report_mail WHERE report_id = '$id'}), 'f',
        'who lost it changes nothing';
    my $old = report(to('eve'));
    due();
    $c->psql('app', qq{SET session_replication_role = replica; ALTER TABLE auditproof.report_mail DISABLE TRIGGER auditproof_guard;
        UPDATE auditproof.report_mail SET queued_at = now() - interval '6 days' WHERE report_id = '$old'; ALTER TABLE auditproof.report_mail ENABLE ALWAYS TRIGGER auditproof_guard});
    is due(@mail, '--smtp', 'smtp://127.0.0.1:1')->{status}, 1, 'what waits, and was never tried,';
    is mails($old)->{eve}{state}, 'pending', 'is not too old';
    due_now($old);
    is due(@mail)->{status}, 1, 'what waited for too long';
    like mails($old)->{eve}{error}, qr/^given up after 0 attempts: .*connect/i, 'is not sent any more';
    is schedule('resend', $old)->{status}, 0, 'unless somebody asks for it';
    is due(@mail)->{status}, 0, 'then it goes';
    is mails($old)->{eve}{state}, 'sent', 'however old it is';
};

subtest 'others that look alike' => sub {
    my $kelvin = "bo\xe2\x84\xaa\@example.org"; # a Kelvin sign, of which most collations make a k
    $c->psql('app', qq{INSERT INTO auth.users (id, email) VALUES ('aaaaaaaa-0000-4000-8000-000000000003', '$kelvin');
        INSERT INTO profiles (id, organization_id, email) VALUES ('aaaaaaaa-0000-4000-8000-000000000003', '$one', '$kelvin')});
    my $id = report("ARRAY['$kelvin']");
    is due(@mail)->{status}, 1, 'are told';
    is scalar(taken('bok')), 0, 'and not mistaken for one in ASCII';
    is_deeply [map { "$_->{state} $_->{error}" } values %{mails($id)}], ['failed not an address of mail of the form name@host, in ASCII and without quotes'], 'why';
    $c->psql('app', q{DELETE FROM profiles WHERE id = 'aaaaaaaa-0000-4000-8000-000000000003'});
};

subtest 'cancelled meanwhile' => sub {
    my $id = report(to('ada'));
    due();
    $c->psql('app', qq{UPDATE scheduled_reports SET status = 'cancelled' WHERE id = '$id'});
    my $before = () = taken('ada');
    is due(@mail)->{status}, 1, 'is told';
    is scalar(taken('ada')), $before, 'no mail goes';
    is mails($id)->{ada}{error}, 'the report was cancelled', 'and why';
};

subtest 'a bundle' => sub {
    my $id = report(to('bob'));
    due();
    $c->psql('app', qq{SET session_replication_role = replica; ALTER TABLE auditproof.report_run DISABLE TRIGGER auditproof_guard;
        UPDATE auditproof.report_run SET bundle_sha256 = sha256('x') WHERE report_id = '$id'; ALTER TABLE auditproof.report_run ENABLE ALWAYS TRIGGER auditproof_guard});
    is due(@mail)->{status}, 0, 'sent';
    my ($read) = reverse MailTest::read_mails(undef, taken('bob'));
    like $read->{text} =~ s/\r//gr, qr/^Evidence: +a bundle beside it, with the SHA-256\n  @{[sha256_hex('x')]}$/m, 'has its digest in the mail';
};

subtest 'who stays' => sub {
    my $id = report(to('bob', 'eve'));
    due();
    $c->psql('app', qq{UPDATE auditproof.report_mail SET due_at = now() + interval '2 seconds' WHERE report_id = '$id' AND recipient LIKE 'bob%';
        UPDATE auditproof.report_mail SET state = 'sending', runner = 'dead', attempt = 1, lease_until = now() + interval '4 seconds' WHERE report_id = '$id' AND recipient LIKE 'eve%'});
    my $job = $c->spawn(['auditschedule', 'run', '--daemon', '--poll', 3600, '--output', $dir, @mail], db => 'app', env => {PGUSER => 'runs'});
    wait_until { mails($id)->{bob}{state} eq 'sent' } 20, 'mail as it is due, not as it is time to look for reports';
    wait_until { mails($id)->{eve}{state} eq 'sent' } 20, 'mail of a runner that died';
    $job->kill('TERM');
    $job->wait(10);
    is_deeply [map { mails($id)->{$_}{attempt} } qw(bob eve)], [1, 2], 'each once';
};

# By way of a sendmail: with it what kills a runner can be timed to the mail.
sub sendmail_that {
    my ($name, $does) = @_;
    AuditTest::spew("$certificates/$name", "#!/bin/sh\n$does\n");
    chmod 0755, "$certificates/$name";
    return ('--sendmail', "$certificates/$name", '--mail-from', 'reports@example.org');
}

subtest 'killed at it' => sub {
    my ($id, $box) = (report(to('ada', 'bob', 'eve')), "$certificates/box");
    mkdir $box;
    due();
    my $keep = "cat >$box/\$5.\$\$";
    my $expire = sub { $c->psql('app', qq{UPDATE auditproof.report_mail SET lease_until = now() - interval '1 second' WHERE report_id = '$id' AND state = 'sending'}) };
    for my $case (['before', 'kill -9 $PPID', 0], ['after', "$keep; kill -9 \$PPID", 1]) {
        my ($when, $does, $kept) = @$case;
        is due(sendmail_that("killer-$when", $does))->{signal}, 9, "$when it was taken";
        is_deeply [sort values %{states(mails($id))}], ['pending', 'pending', 'sending'], 'one is on its way, for all that is known';
        wait_until { scalar(() = glob "$box/*") == $kept } 10, 'the mail';
        is due(sendmail_that('none', 'exit 1'), '--mail-attempts', 1)->{status}, 1, 'another runner';
        $c->psql('app', qq{UPDATE auditproof.report_mail SET state = 'pending', forgiven = attempt, ended_at = NULL, due_at = now() WHERE report_id = '$id' AND state = 'failed'});
        $expire->();
    }
    is due(sendmail_that('keep', $keep))->{status}, 0, 'one that lives';
    is_deeply [values %{states(mails($id))}], [('sent') x 3], 'sends all';
    my (%mails, %ids);
    for my $file (glob "$box/*") {
        my $text = AuditTest::slurp($file);
        my ($to) = $text =~ /^To: (.*)$/m;
        $mails{$to}++;
        $ids{$to}{$text} = 1;
    }
    is_deeply [sort keys %mails], [map { "$_\@example.org" } qw(ada bob eve)], 'to each';
    is_deeply [sort values %mails], [1, 1, 2], 'twice where one died before it could tell';
    is_deeply [map { scalar keys %{$ids{$_}} } sort keys %ids], [1, 1, 1], 'and then the same to the byte';
};

# Runners killed at each point that lib/base/failpoint.h names of mail, in turn.
my $killable = ($ENV{B} // 'build') . '/failpoint/bin/auditschedule';
-x $killable or BAIL_OUT("$killable is missing: `make cli-tests` builds it");
for my $point (AuditTest::slurp('lib/base/failpoint.h') =~ /^ +M\((\w+)\)/mg) {
    subtest "killed at $point" => sub {
        my $id = report("(SELECT array_agg('$point' || n || '\@example.org') FROM generate_series(1, 12) n)");
        due();
        my $killed = 0;
        for my $round (1 .. 4) {
            my @jobs = map { $c->spawn([$killable, 'run', '--output', $dir, '--recipients', 'any', '-q', @mail], db => 'app',
                env => {PGUSER => 'runs', AUDITPROOF_FAILPOINT => $round < 4 ? "$point:2" : 'none:1'}) } 1 .. 3;
            $killed += grep { $_->wait->{signal} == 9 } @jobs;
            $c->psql('app', qq{UPDATE auditproof.report_mail SET lease_until = now() - interval '1 second' WHERE report_id = '$id' AND state = 'sending'});
        }
        cmp_ok $killed, '>=', 3, 'runners were killed';
        is_deeply {map { $_ => 1 } values %{states(mails($id))}}, {sent => 1}, 'all is sent by those that live';
        my %ids;
        $ids{$_->{to}[0]}{$_->{text}}++ for grep { $_->{to}[0] =~ /^$point/ } $server->mails;
        is_deeply [scalar keys %ids, scalar grep { keys %$_ != 1 } values %ids], [12, 0], 'to each, and always the same';
        my $twice = grep { (values %$_)[0] > 1 } values %ids;
        $point eq 'after_mail_claim' ? is $twice, 0, 'once' : cmp_ok $twice, '<=', $killed, 'and no more often than there were deaths';
    };
}

subtest 'a database that restarts' => sub {
    my ($id, $box) = (report(to('ada')), AuditTest::tempdir());
    due();
    my $job = $c->spawn(['auditschedule', 'run', '--output', $dir, sendmail_that('waits', "echo >>$box/begun; while [ ! -e $box/go ]; do sleep 0.1; done; cat >/dev/null")],
        db => 'app', env => {PGUSER => 'runs'});
    wait_until { -e "$box/begun" } 20, 'a mail on its way';
    $c->restart('immediate');
    AuditTest::spew("$box/go", '');
    is $job->wait(30)->{status}, 0, 'while a mail is handed over';
    is_deeply [@{mails($id)->{ada}}{qw(state attempt)}], ['sent', 1], 'is told of it once it is there again';
    due(sendmail_that('waits', "echo >>$box/begun"));
    is AuditTest::slurp("$box/begun"), "\n", 'so that it goes once';
};

subtest 'stopped, and made to wait' => sub {
    my $id = report(to('ada', 'bob', 'eve', 'no', 'spam'));
    due();
    my $job = $c->spawn(['auditschedule', 'run', '--output', $dir, sendmail_that('slow', 'sleep 600')], db => 'app', env => {PGUSER => 'runs'});
    wait_until { (grep { $_ eq 'sending' } values %{states(mails($id))}) == 1 } 20, 'a mail on its way';
    $job->kill('TERM');
    my $r = $job->wait(10);
    is $r->{status}, 3, 'a runner that is stopped' or diag $r->{err};
    cmp_ok $r->{seconds}, '<', 30, 'does not wait for its mail';
    $c->psql('app', qq{UPDATE auditproof.report_mail SET lease_until = now() - interval '1 second' WHERE report_id = '$id' AND state = 'sending'});
    $r = due(sendmail_that('slow', 'sleep 600'), '--mail-timeout', 1);
    is $r->{status}, 1, 'where nobody answers';
    like $r->{err}, qr/mail cannot be sent, 5 wait: .* did not end in time/, 'it is given up for now';
    is scalar(grep { $_->{attempt} - $_->{forgiven} > 0 && $_->{error} } values %{mails($id)}), 3, 'after the third';
    due_now($id);
    due(@mail);
    is_deeply [sort values %{states(mails($id))}], [qw(failed failed sent sent sent)], 'and goes when somebody does';
};

subtest 'attached' => sub {
    AuditTest::run(['sh', '-ec', q{openssl req -x509 -newkey rsa:2048 -nodes -keyout ada.key -out ada@example.org.pem -days 2 -subj /CN=ada -addext keyUsage=keyEncipherment;
        openssl req -x509 -newkey rsa:2048 -nodes -keyout eve.key -out eve@example.org.pem -days 2 -subj /CN=eve -addext keyUsage=digitalSignature}], cwd => $certificates)->{status} == 0 or die;
    my $read = sub { my ($name) = @_; return (MailTest::read_mails(["$certificates/$name.key", "$certificates/$name\@example.org.pem"], (taken($name))[-1]))[0] };
    my $id = report(to('ada', 'eve'), format => 'pdf', scheduling => '{"timezone":"Asia/Kolkata"}');
    my $r = due(@mail, '--mail-certificates', $certificates);
    is $r->{status}, 0, 'sent' or diag $r->{err};
    my $run = run_of($id);
    my $mail = $read->('ada');
    ok $mail->{encrypted}, 'encrypted';
    is_deeply $mail->{attachments}, [{name => 'audit_summary-2026-10-01.pdf', type => 'application/pdf', sha256 => $run->{sha256} =~ s/^\\x//r}], 'with the very file';
    like $mail->{text}, qr/The report is attached\./, 'as the text says';
    like $mail->{text}, qr/Period: +2026-10-01 00:00 to 2026-11-01 00:00 \(Asia\/Kolkata\)/, 'by the clocks of the report\'s zone';
    $mail = $read->('eve');
    ok !$mail->{encrypted} && !@{$mail->{attachments}}, 'not to a certificate that is for something else';
    like $mail->{text}, qr/not attached: your certificate cannot be used, and it goes only encrypted/, 'as the text says';
    like $r->{err}, qr/mail to eve\@example\.org is not encrypted: certificate .* is not for encryption/, 'and who runs it is told';

    my $big = report(to('ada'));
    is due(@mail, '--mail-certificates', $certificates, '--attach-max', 100)->{status}, 0, 'too large';
    $mail = $read->('ada');
    is_deeply [$mail->{encrypted}, $mail->{attachments}], [JSON::PP::true, []], 'digest and link alone';
    like $mail->{text}, qr/not attached: it has more than 100 bytes/, 'as the text says';

    AuditTest::spew("$certificates/small$_", AuditTest::slurp("$certificates/ada$_")) for '.key', '@example.org.pem';
    my $small = report(to('small'), format => 'pdf');
    is due(@mail, '--mail-certificates', $certificates)->{status}, 0, 'too long for the server';
    is mails($small)->{small}{state}, 'sent', 'what tells of it is not';
    $mail = $read->('small');
    like $mail->{text}, qr/not attached: it is too long for a mail server on the way to you/, 'and why it is not attached';

    my $changed = report(to('ada'));
    is due()->{status}, 0, 'made';
    my $file = run_of($changed)->{output_url} =~ s{^file://}{}r;
    chmod 0600, $file;
    AuditTest::spew($file, AuditTest::slurp($file) =~ s/LOGIN/LOGAN/r);
    $r = due(@mail, '--mail-certificates', $certificates);
    like $r->{err}, qr/\Q$file\E is not what was recorded of it/, 'a file that was changed is told of';
    is_deeply $read->('ada')->{attachments}, [], 'and not sent';
};

subtest 'many, and many runners' => sub {
    my $id = report("(SELECT array_agg('m' || n || '\@example.org') FROM generate_series(1, 1000) n)");
    due();
    my $mails = mails($id);
    is scalar(grep { $_->{state} eq 'pending' } values %$mails), 100, 'a hundred at most';
    is_deeply [map { "$_->{recipient} $_->{error}" } grep { $_->{state} eq 'failed' } values %$mails],
        ['m101@example.org a report is mailed to 100 recipients at most: 900 more are left out'], 'and that there were more is told';
    my @running = map { $c->spawn(['auditschedule', 'run', '--output', $dir, '--recipients', 'any', @mail], db => 'app', env => {PGUSER => 'runs'}) } 1 .. 4;
    $_->wait for @running;
    is_deeply {map { $_ => 1 } grep { !/101/ } values %{states(mails($id))}}, {sent => 1, failed => 1}, 'all are sent';
    my %count;
    $count{$_->{to}[0]}++ for grep { $_->{to}[0] =~ /^m\d/ } $server->mails;
    is_deeply [scalar keys %count, scalar grep { $_ != 1 } values %count], [100, 0], 'each once';
};

subtest 'what ended long ago' => sub {
    my $id = report(to('ada', 'bob', 'no', 'eve'));
    due();
    $c->psql('app', qq{SET session_replication_role = replica; ALTER TABLE auditproof.report_mail DISABLE TRIGGER auditproof_guard;
        UPDATE auditproof.report_mail SET state = CASE WHEN recipient LIKE 'ada%' THEN 'sent' ELSE 'failed' END, queued_at = now() - interval '401 days',
            ended_at = now() - CASE WHEN recipient LIKE 'bob%' THEN 399 ELSE 401 END * interval '1 day' WHERE report_id = '$id' AND recipient NOT LIKE 'eve%';
        UPDATE auditproof.report_mail SET queued_at = now() - interval '401 days' WHERE report_id = '$id' AND recipient LIKE 'eve%';
        ALTER TABLE auditproof.report_mail ENABLE ALWAYS TRIGGER auditproof_guard});
    is due('--mail-keep', 0)->{status}, 0, 'kept for ever';
    is_deeply [sort keys %{mails($id)}], [qw(ada bob eve no)], 'is kept';
    is due()->{status}, 0, 'else';
    is_deeply states(mails($id)), {bob => 'failed', eve => 'pending'}, 'it goes after a year and a little, whatever became of it, and nothing that waits';
    is due(@mail)->{status}, 0, 'what waits';
    is scalar(grep { $_->{recipient} =~ /^ada/ } values %{mails($id)}), 0, 'is all that is sent';
    my ($state) = $c->psql_error('app', q{SELECT auditproof.mail_forget('29 days')}, role => 'runs');
    is $state, '22023', 'nobody forgets what was just sent';
};

subtest 'whose' => sub {
    for my $sql (q{SELECT auditproof.mail_claim('x', '1 minute', 1, '1 day', false, 'x.org')}, q{SELECT auditproof.mail_again(gen_random_uuid())}, q{SELECT auditproof.mail_forget('1 year')},
        q{SELECT auditproof.mail_settle(gen_random_uuid(), now(), 'x', 1, 'sent', NULL, NULL)}, q{SELECT auditproof.report_organization(gen_random_uuid())}) {
        my ($state) = $c->psql_error('app', $sql, role => 'stranger');
        is $state, '42501', "no scheduler: $sql";
    }
    for my $sql (q{INSERT INTO auditproof.report_mail SELECT FROM auditproof.report_mail}, q{UPDATE auditproof.report_mail SET state = 'sent'}, q{DELETE FROM auditproof.report_mail},
        q{SELECT auditproof.mail_queue(r) FROM auditproof.report_run r}, q{SELECT email FROM profiles}, q{SELECT name FROM organizations}) {
        my ($state) = $c->psql_error('app', $sql, role => 'runs');
        is $state, '42501', "not by hand: $sql";
    }
    for my $role (qw(anon authenticated service_role)) {
        my ($state) = $c->psql_error('app', 'SELECT FROM auditproof.report_mail', role => $role);
        is $state, '42501', "not $role";
    }
    is $c->psql('app', "SELECT auditproof.report_organization('$two') IS NULL", role => 'runs'), 't', 'no name of who has no reports';
    for my $sql (q{UPDATE auditproof.report_mail SET state = 'pending' WHERE state = 'sent'}, q{UPDATE auditproof.report_mail SET message_id = 'x' WHERE state = 'failed' AND message_id IS NOT NULL},
        q{UPDATE auditproof.report_mail SET recipient = 'x' WHERE state = 'failed'}, q{INSERT INTO auditproof.report_mail SELECT report_id, scheduled_for, 'new', chain_id, 'sent', 0, 0, now(), now() FROM auditproof.report_mail LIMIT 1}) {
        my ($state) = $c->psql_error('app', $sql);
        is $state, '23001', "nobody: $sql";
    }
    is $c->psql('app', q{WITH gone AS (DELETE FROM auditproof.report_mail WHERE state = 'sent' AND recipient = 'ada@example.org' RETURNING 1) SELECT count(*) > 0 FROM gone}), 't',
        'what ended may be deleted by its owner: it has addresses';
};

subtest 'wrong input' => sub {
    for my $case ([qr/not by both/, 'run', '--output', $dir, @mail, '--sendmail', '/x'], [qr/needs --mail-from/, 'run', '--output', $dir, '--smtp', 'smtps://x'],
        [qr/--mail-attempts takes/, 'run', '--output', $dir, '--mail-attempts', 0], [qr/--mail-keep takes/, 'run', '--output', $dir, '--mail-keep', 29], [qr/--attach-max takes/, 'run', '--output', $dir, '--attach-max', '1G'],
        [qr/no id of a report/, 'resend', 'x'], [qr/--limit takes/, 'mails', '-n', 0]) {
        my ($says, @args) = @$case;
        my $r = schedule(@args);
        is $r->{status}, 2, "@args";
        like $r->{err}, $says, 'says why';
    }
};

$c->into_months('app');
is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'all is as installed';
is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, 'and intact';

done_testing;
