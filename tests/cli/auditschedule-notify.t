#!/usr/bin/perl
# Somebody is told of what failed, is late or cannot be planned: by a program of his own, once each, and at least once,
# whatever becomes of that program; also where no runner ever ran.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my ($ada, $eve) = map { "aaaaaaaa-0000-4000-8000-00000000000$_" } 1 .. 2;
my $dir = AuditTest::tempdir();
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id) VALUES ('$ada'), ('$eve');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$one', 'ada\@example.org'), ('$eve', '$two', 'eve\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE looks LOGIN IN ROLE auditproof_auditor});

sub as { my ($role, @args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => $role}) }

# A program that records what it was told, in a file of its own each time, and then does what it is to.
sub program {
    my ($name, $then) = @_;
    spew("$dir/$name", <<"END");
#!/bin/sh
file=\$(mktemp "$dir/told.\$\$.XXXXXX") || exit 9
{ env | grep ^AUDITPROOF_ | sort; echo "argc=\$#"; cat; } >"\$file.part"
mv "\$file.part" "\$file.done"
rm -f "\$file"
$then
END
    chmod 0755, "$dir/$name" or die $!;
    return "$dir/$name";
}
my $good = program('good', 'exit 0');

# What was told since: [environment, JSON] each.
sub told {
    my @told;
    for (sort glob "$dir/told.*.done") {
        my $text = slurp($_);
        my ($json) = $text =~ /^(\{.*\})$/m;
        push @told, {%{decode_json $json}, env => {$text =~ /^(?:AUDITPROOF_)?(\w+)=(.*)$/mg}};
        unlink $_ or die $!;
    }
    return @told;
}
sub watch { return as('runs', 'status', '--format', 'json', '--notify-command', @_) }

sub report {
    my (%is) = (organization_id => $one, created_by => $ada, report_type => 'audit_summary', scheduling => '{"frequency":"daily"}',
        start_date => '2026-01-01', end_date => '2026-01-31', @_);
    my @names = sort keys %is;
    return $c->psql('app', sprintf q{INSERT INTO scheduled_reports (%s) VALUES (%s) RETURNING id}, join(', ', @names),
        join ', ', map { $is{$_} =~ /^(?:now|E')/ ? $is{$_} : "'$is{$_}'" } @names) =~ s/\s.*//sr;
}
sub later { my ($count) = @_; return $c->psql('app', "UPDATE auditproof.report_notice SET claimed_until = claimed_until - interval '1 hour' WHERE told_at IS NULL") }

subtest 'absent' => sub {
    my $id = report(next_run_at => "now() - interval '25 hours'", report_name => "E'\"; rm -rf / \\x1b[31m \$(id)\\n{'");
    my $r = watch($good);
    is $r->{status}, 1, 'no runner ever ran' or diag $r->{err};
    my @told = told();
    is scalar @told, 2, 'both times are told of';
    my ($n) = sort { $a->{scheduled_for} cmp $b->{scheduled_for} } @told;
    is_deeply [@{$n}{qw(notice report_id organization_id report_type report_name format state attempt error database tries)}],
        ['late', $id, $one, 'audit_summary', "\"; rm -rf / \e[31m \$(id)\n{", 'json', 'pending', 0, undef, 'app', 1], 'what, on its standard input';
    is_deeply [map { $_->{env}{argc} } @told], [0, 0], 'nothing in its arguments';
    is_deeply $n->{env}, {NOTICE => 'late', REPORT_ID => $id, ORGANIZATION_ID => $one, REPORT_TYPE => 'audit_summary', SCHEDULED_FOR => $n->{scheduled_for}, argc => 0}, 'and in its environment';
    like $n->{scheduled_for}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'when';
    ok $n->{from} lt $n->{until}, 'and of which time';
    is watch($good)->{status}, 1, 'late as before';
    is scalar told(), 0, 'told once';
    ok !(grep { !defined $_->{told_at} } @{(decode_json watch($good)->{out})->{trouble}}), 'status shows that it was told';
    is as('runs', 'run', '-q', '--output', $dir, '--notify-command', $good)->{status}, 0, 'made';
    is scalar told(), 0, 'nothing to tell';
    is watch($good)->{status}, 0, 'all is well';
};

subtest 'failed' => sub {
    my $id = report(next_run_at => "now() - interval '1 minute'", organization_id => $two, created_by => $eve);
    # A file where its organization's directory would be.
    my $bad = AuditTest::tempdir();
    spew("$bad/$two", '');
    my @run = ('run', '-q', '--output', $bad, '--attempts', 1, '--notify-command', $good);
    is as('runs', @run)->{status}, 1, 'for good';
    my ($n, @more) = told();
    is_deeply [@{$n}{qw(notice report_id organization_id state attempt)}, scalar @more], ['failed', $id, $two, 'failed', 1, 0], 'who ran it tells';
    like $n->{error}, qr{\Q$bad\E/$two is there already, and is no directory of this user}, 'and why';
    is as('runs', @run)->{status}, 0, 'again';
    is watch($good)->{status}, 1, 'or somebody looks';
    is scalar told(), 0, 'told once';
    is as('runs', 'retry', $id)->{status}, 0, 'tried again';
    is as('runs', @run)->{status}, 1, 'in vain';
    is_deeply [map { $_->{report_id} } told()], [$id], 'is another time';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'what cannot be planned' => sub {
    my $id = report(next_run_at => "now() - interval '1 minute'", scheduling => '{"timezone":"X/Y"}');
    is watch($good)->{status}, 1, 'is told';
    is_deeply [map { [@{$_}{qw(notice report_id scheduled_for)}] } told()], [['wrong', $id, undef]], 'without a time';
    is watch($good)->{status}, 1, 'asked again';
    is scalar told(), 0, 'told once';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'a program that fails' => sub {
    my $id = report(next_run_at => "now() - interval '2 hours'");
    my $r = watch(program('bad', 'echo "no route to pager" >&2; exit 3'));
    is $r->{status}, 1, 'late';
    like $r->{err}, qr/was not told that report $id is late: it ended with status 3: no route to pager; it will be tried again/, 'said';
    is scalar told(), 1, 'tried';
    is $c->psql('app', "SELECT error FROM auditproof.report_notice WHERE report_id = '$id'"), 'it ended with status 3: no route to pager', 'kept';
    is_deeply [map { $_->{told_at} } @{(decode_json $r->{out})->{trouble}}], [undef], 'nobody was told';
    watch($good);
    is_deeply [map { [@{$_}{qw(report_id tries)}] } told()], [[$id, 2]], 'tried again by the next';
    watch($good);
    is scalar told(), 0, 'until it is told';
    $r = watch(program('quick', "kill -9 \$\$"));
    unlike $r->{err}, qr/not told/, 'then no more';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'a program that hangs, and talks' => sub {
    my $id = report(next_run_at => "now() - interval '2 hours'");
    my $started = time;
    my $r = watch(program('slow', "sleep 600 & echo \$! >$dir/pid; cat /dev/zero"), '--notify-timeout', 1);
    cmp_ok time - $started, '<', 20, 'is not waited for';
    like $r->{err}, qr/it was killed after 1 seconds; it will be tried again/, 'said';
    my $pid = slurp("$dir/pid") + 0;
    wait_until { !kill 0, $pid } 5, 'the end of what it started';
    is scalar told(), 1, 'tried';
    $r = watch(program('loud', 'yes "no pager" | head -c 3000000 >&2; head -c 3000000 /dev/zero; exit 1'));
    like $r->{err}, qr/ended with status 1/, 'a flood does not stop it';
    cmp_ok length $r->{err}, '<', 4000, 'nor pass';
    told();
    watch($good);
    is_deeply [map { [@{$_}{qw(report_id tries)}] } told()], [[$id, 3]], 'told in the end';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'not read' => sub {
    my $id = report(next_run_at => "now() - interval '2 hours'", report_name => "'" x 0 . 'x' x 200000);
    spew("$dir/deaf", "#!/bin/sh\nexec <&-\nexit 0\n");
    chmod 0755, "$dir/deaf" or die $!;
    my $r = watch("$dir/deaf");
    unlike $r->{err}, qr/not told/, 'its own affair';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'mail' => sub {
    my $id = report(next_run_at => "now() + interval '1 day'", delivery_emails => '{Ada\@example.org, eve\@example.org ,late\@example.org}');
    my $mail = sub {
        my ($run, %is) = @_;
        $c->psql('app', qq{INSERT INTO auditproof.report_run (report_id, scheduled_for, chain_id, report_type, format, from_at, until_at, state, attempt, forgiven, due_at)
            VALUES ('$id', '$run', '$one', 'audit_summary', 'pdf', '$run', '$run', 'pending', 0, 0, now());
            UPDATE auditproof.report_run SET state = 'succeeded', finished_at = now() WHERE report_id = '$id' AND scheduled_for = '$run'});
        $c->psql('app', qq{INSERT INTO auditproof.report_mail (report_id, scheduled_for, recipient, chain_id, state, attempt, forgiven, queued_at, due_at)
            VALUES ('$id', '$run', '$_', '$one', 'pending', 0, 0, now() - interval '2 hours', now());
            UPDATE auditproof.report_mail SET state = '$is{$_}', attempt = 1, ended_at = CASE WHEN '$is{$_}' <> 'pending' THEN now() END,
                error = CASE '$is{$_}' WHEN 'failed' THEN '550 no such user' END, message_id = 'x' WHERE report_id = '$id' AND recipient = '$_' AND scheduled_for = '$run'}) for sort keys %is;
    };
    $mail->('2026-10-01', 'ada@example.org' => 'failed', 'eve@example.org' => 'sent', 'late@example.org' => 'pending', 'gone@example.org' => 'failed');
    my $r = watch($good);
    is $r->{status}, 1, 'not taken' or diag $r->{err};
    is_deeply [sort { $a->[1] cmp $b->[1] } map { [@{$_}{qw(notice recipient report_id state error)}] } told()],
        [['mail', 'ada@example.org', $id, 'failed', '550 no such user'], ['mail', 'late@example.org', $id, 'pending', undef]], 'refused, and waiting for long, but not who is out';
    is decode_json($r->{out})->{status}{unmailed}, 2, 'in numbers';
    is $c->psql('app', q{SELECT count(*) FROM auditproof.report_notice n WHERE n::text LIKE '%@%'}), 0, 'no address stays with it';
    watch($good);
    is scalar told(), 0, 'told once';
    is as('runs', 'resend', $id)->{status}, 0, 'sent again';
    $c->psql('app', "UPDATE auditproof.report_mail SET state = 'failed', ended_at = now(), error = '550 still' WHERE recipient = 'ada\@example.org'");
    watch($good);
    is_deeply [map { [@{$_}{qw(recipient error)}] } told()], [['ada@example.org', '550 still']], 'refused again is told again';
    $mail->('2026-10-02', 'ada@example.org' => 'sent', 'late@example.org' => 'sent');
    is watch($good)->{status}, 0, 'a later one that was taken settles it';
    my $m = "$dir/mail.prom";
    is as('runs', 'status', '-q', '--metrics', $m)->{status}, 0, 'measured';
    like slurp($m), qr/^auditproof_schedule_mails\{database="app",state="sent"\} 3$/m, 'by state';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'many at once' => sub {
    my @ids = map { report(next_run_at => "now() - interval '2 hours'") } 1 .. 6;
    my @jobs = map { $c->spawn(['auditschedule', 'status', '-q', '--format', 'json', '--notify-command', $good], db => 'app', env => {PGUSER => 'runs'}) } 1 .. 4;
    $_->wait for @jobs;
    is_deeply [sort map { $_->{report_id} } told()], [sort @ids], 'each told once';
    is as('runs', 'cancel', $_)->{status}, 0, 'cancelled' for @ids;
};

subtest 'a watcher that died' => sub {
    my $id = report(next_run_at => "now() - interval '2 hours'");
    my $job = $c->spawn(['auditschedule', 'status', '-q', '--format', 'json', '--notify-command', program('stuck', 'sleep 600')], db => 'app', env => {PGUSER => 'runs'});
    wait_until { glob "$dir/told.*.done" } 10, 'the program';
    $job->kill('KILL');
    $job->wait;
    is scalar told(), 1, 'in the midst of telling';
    watch($good);
    is scalar told(), 0, 'another leaves it, while the claim holds';
    later();
    watch($good);
    is_deeply [map { [@{$_}{qw(report_id tries)}] } told()], [[$id, 2]], 'then tells';
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
};

subtest 'a program that always fails' => sub {
    my @ids = map { report(next_run_at => "now() - interval '2 hours'") } 1 .. 5;
    watch(program('bad', 'exit 3'));
    is scalar told(), 3, 'is not asked for ever';
    watch($good);
    my %told = map { $_->{report_id} => $_->{tries} } told();
    is_deeply [sort values %told], [1, 1, 2, 2, 2], 'and then told of all';
    is as('runs', 'cancel', $_)->{status}, 0, 'cancelled' for @ids;
};

subtest 'wrong input, and who may not' => sub {
    spew("$dir/plain", '');
    for my $case ([qr/whole path/, 'good'], [qr/whole path/, './good'], [qr/No such file/, "$dir/none"], [qr/Permission denied|not executable/, "$dir/plain"],
        [qr/--notify-timeout takes/, $good, '--notify-timeout', 0], [qr/leave out --org/, $good, '--org', $one]) {
        my ($says, @args) = @$case;
        for my $r (watch(@args), @args == 1 ? as('runs', 'run', '--output', $dir, '--notify-command', @args) : ()) {
            is $r->{status}, 2, "@args";
            like $r->{err}, $says, 'says why';
        }
    }
    report(next_run_at => "now() - interval '2 hours'");
    is as('looks', 'status', '--notify-command', $good)->{status}, 3, 'an auditor changes nothing';
    is(($c->psql_error('app', $_, role => 'auditproof_scheduler'))[0], '42501', "who runs reports may not $_")
        for 'DELETE FROM auditproof.report_notice', 'UPDATE auditproof.report_notice SET told_at = now()';
    is(($c->psql_error('app', $_))[0], '23001', "nor anybody $_")
        for 'DELETE FROM auditproof.report_notice', 'UPDATE auditproof.report_notice SET told_at = now() WHERE told_at IS NOT NULL', 'TRUNCATE auditproof.report_notice';
    is(($c->psql_error('app', "SELECT auditproof.$_", role => 'authenticated'))[0], '42501', "nor the application $_")
        for q{report_trouble('1 hour')}, q{notice_claim('{late}', '1 hour', '1 minute', now())}, qq{notice_end('$one', now(), 'late', '', 1, NULL)};
};

is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'all is as installed';

done_testing;
