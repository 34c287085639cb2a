#!/usr/bin/perl
# The runner: what it makes after a downtime, what nobody wants any more, how it stays, where its reports go.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two, $who) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222', 'aaaaaaaa-0000-4000-8000-000000000001');
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id, email) VALUES ('$who', 'ada\@example.org');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$who', '$one', 'ada\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, created_at)
    SELECT '$one', 'ada\@example.org', 'LOGIN', 'session', now() FROM generate_series(0, 100) n});

my %as_runs = (db => 'app', env => {PGUSER => 'runs'});
sub schedule { my (@args) = @_; return $c->run(['auditschedule', @args], %as_runs) }

sub report {
    my (%is) = (report_type => 'audit_summary', format => 'json', scheduling => '{}', start_date => '2026-10-01', end_date => '2026-10-31', organization_id => $one, @_);
    my @names = sort keys %is;
    return $c->psql('app', sprintf q{INSERT INTO scheduled_reports (created_by, %s) VALUES ('%s', %s) RETURNING id},
        join(', ', @names), $who, join ', ', map { defined $is{$_} ? "'" . ($is{$_} =~ s/'/''/gr) . "'" : 'NULL' } @names) =~ s/\s.*//sr;
}

sub runs { my ($id) = @_; return decode_json $c->psql('app', qq{SELECT coalesce(json_agg(row_to_json(u) ORDER BY scheduled_for), '[]') FROM auditproof.report_run u WHERE report_id = '$id'}) }
sub states { my ($id) = @_; return join ' ', map { $_->{state} } @{runs($id)} }
sub shown { my ($id) = @_; return decode_json $c->psql('app', qq{SELECT row_to_json(r) FROM scheduled_reports r WHERE id = '$id'}) }
sub entries { my ($id) = @_; return $c->psql('app', qq{SELECT count(*) FROM audit_logs WHERE resource_id = '$id' AND action LIKE 'report.%'}) }

# A program that keeps what it is given, says what the test wants it to, and waits while there is a file "wait".
my $box = tempdir();
chmod 0777, $box or die $!;
my $taker = "$box/take";
spew($taker, <<"SH");
#!/bin/sh
env | grep ^AUDITPROOF_ | sort >"$box/env"
cat >"$box/report"
echo \$\$ >"$box/pid"
while [ -e "$box/wait" ]; do sleep 0.05; done
[ ! -e "$box/answer" ] || cat "$box/answer"
[ ! -e "$box/complaint" ] || { cat "$box/complaint" >&2; exit 3; }
SH
chmod 0755, $taker or die $!;
sub hold { unlink "$box/pid"; spew("$box/wait", ''); return }
sub begun { my ($job) = @_; wait_until { -s "$box/pid" || !$job->running } 20, 'the command'; my $pid = slurp("$box/pid") + 0; unlink "$box/pid"; return $pid }

subtest 'digests and evidence after a downtime' => sub {
    my $dir = tempdir();
    my %daily = (scheduling => '{"frequency":"daily","time":"06:00"}', next_run_at => $c->psql('app', q{SELECT date_trunc('day', now(), 'UTC') - interval '10 days 18 hours'}));
    my ($digest, $evidence) = (report(%daily, report_type => 'usage_summary'), report(%daily));
    is schedule('run', '--output', $dir)->{status}, 0, 'made';
    my @made = @{runs($evidence)};
    cmp_ok scalar @made, '>=', 11, 'days';
    is states($evidence), join(' ', ('succeeded') x @made), 'each day of evidence';
    is states($digest), join(' ', ('skipped') x $#made, 'succeeded'), 'of a digest the last';
    is_deeply [map { $_->{scheduled_for} } @{runs($digest)}], [map { $_->{scheduled_for} } @made], 'and all are on record';
    is_deeply [entries($digest), entries($evidence)], [1, scalar @made], 'the chain tells of what was made';
    like schedule('history', '--report', $digest, '--format', 'json')->{out}, qr/"skipped"/, 'history of what was not';
    my ($state) = $c->psql_error('app', qq{UPDATE auditproof.report_run SET state = 'pending' WHERE report_id = '$digest' AND state = 'skipped'});
    is $state, '23001', 'for good';
};

subtest 'a digest that could not be made when the next one is due' => sub {
    my $id = report(report_type => 'usage_summary', scheduling => '{"frequency":"weekly"}', next_run_at => $c->psql('app', q{SELECT date_trunc('week', now(), 'UTC')}));
    spew("$box/complaint", "no room\n");
    my $r = schedule('run', '--output-command', $taker);
    unlink "$box/complaint";
    is_deeply [$r->{status}, states($id)], [1, 'pending'], 'it waits to be tried again';
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', ARRAY[now()], ARRAY[now() - interval '7 days'], ARRAY[now()], false)});
    is states($id), 'skipped pending', 'and is passed over';
    is schedule('run', '--output-command', $taker)->{status}, 0;
    is states($id), 'skipped succeeded', 'the later one is made';
};

subtest 'a command takes it' => sub {
    my $id = report(report_name => qq{It's "x"; \$(touch $box/pwned)\n`id`}, format => 'csv');
    spew("$box/answer", "https://host/reports/1.csv\nand more\n");
    is schedule('run', '--output-command', $taker)->{status}, 0, 'taken';
    my ($run) = @{runs($id)};
    is_deeply [@{$run}{qw(state output_url)}], ['succeeded', 'https://host/reports/1.csv'], 'its first line is the URL';
    is shown($id)->{output_url}, 'https://host/reports/1.csv', 'for the application';
    is '\x' . sha256_hex(slurp("$box/report")), $run->{sha256}, 'it had all of it';
    my $env = slurp("$box/env");
    like $env, qr/^AUDITPROOF_$_$/m, $_ for "ORGANIZATION_ID=$one", "REPORT_ID=$id", 'REPORT_TYPE=audit_summary', 'FORMAT=csv', 'ATTEMPT=1', 'VERDICT=complete', 'SHA256=' . substr($run->{sha256}, 2),
        "BYTES=$run->{bytes}", 'FROM=2026-10-01T00:00:00Z', 'UNTIL=2026-11-01T00:00:00Z', qr/FILE=audit_summary-\S+\.csv/, qr/SCHEDULED_FOR=20\S+Z/;
    ok !-e "$box/pwned", 'no shell sees its name';
    is_deeply [glob "/tmp/auditschedule-$>/*_${id}_*"], [], 'nothing is left';
    spew("$box/answer", '');
    $id = report();
    is schedule('run', '--output-command', $taker)->{status}, 0, 'one that says nothing';
    is_deeply [runs($id)->[0]{state}, shown($id)->{output_url}], ['succeeded', undef], 'is without a URL';
    for my $case (["http://x/\e[31m\n", '', qr/the output command's answer is no URL/], ['http://x/' . 'y' x 1e6, '', qr/^the output command's answer is no URL: it is longer than \d+ bytes$/],
        ["http://x/\xff\n", '', qr/the output command's answer is no URL: it is not UTF-8/], ['', "first\nno room\n", qr/^the output command failed: no room$/], ['', "\n", qr/^the output command ended with status 3$/]) {
        my ($answer, $complaint, $why) = @$case;
        spew("$box/answer", $answer);
        spew("$box/complaint", $complaint) if $complaint ne '';
        $id = report();
        is schedule('run', '--output-command', $taker)->{status}, 1, 'it fails';
        unlink "$box/complaint";
        is states($id), 'pending', 'which may pass';
        like runs($id)->[0]{error}, $why, 'and why';
    }
    unlink "$box/answer";
    $c->psql('app', q{UPDATE auditproof.report_run SET due_at = now() WHERE state = 'pending'});
    is schedule('run', '--output-command', $taker)->{status}, 0, 'tried again';
    is_deeply [@{runs($id)->[0]}{qw(state attempt error)}, shown($id)->{error_message}], ['succeeded', 2, undef, undef], 'it is taken, and the error gone';
};

subtest 'what would fail again' => sub {
    my $id = report(next_run_at => '2199-01-01');
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', '{2026-10-01}', '{2026-10-01}', '{2026-10-01}', false)});
    my $r = schedule('run', '--output', tempdir());
    is $r->{status}, 1, 'wrong';
    is_deeply [@{runs($id)->[0]}{qw(state attempt)}, entries($id)], ['failed', 1, 1], 'is given up at once';
    like shown($id)->{error_message}, qr/a report is of a period: there is nothing between/, 'and why';
    # A full disk, as the kernel tells it.
    $id = report();
    $r = $c->run(['sh', '-c', q{trap '' XFSZ; (ulimit -f 1; "$@"; echo "status $?") | cat}, 'sh', AuditTest::bin('auditschedule'), 'run', '--output', my $dir = tempdir()], %as_runs);
    like $r->{out}, qr/^status 1$/m, 'no room';
    is_deeply [@{runs($id)->[0]}{qw(state attempt)}], ['pending', 1], 'may pass';
    like runs($id)->[0]{error}, qr/cannot write .*File too large/, 'it says so';
    is_deeply [grep { -f } glob "$dir/*/* $dir/.making/*"], [], 'nothing half-written is there';
    $c->psql('app', qq{SELECT auditproof.run_cancel('$id')});
};

subtest 'a runner that is set up wrong' => sub {
    my $first = $c->psql('app', q{SELECT date_trunc('month', now(), 'Europe/Berlin')});
    my $id = report(next_run_at => $first, scheduling => '{"frequency":"monthly","timezone":"Europe/Berlin"}');
    my $r = schedule('run', '--output', tempdir(), '--key', '/nowhere/key');
    is_deeply [$r->{status}, states($id)], [3, ''], 'a key that is not there: nothing is tried';
    like $r->{err}, qr{cannot read /nowhere/key, which reports need: No such file}, 'it says so';
    $r = $c->run(['auditschedule', 'run', '--output', tempdir()], db => 'app', env => {PGUSER => 'runs', TZDIR => '/nowhere'});
    is_deeply [$r->{status}, @{shown($id)}{qw(status error_message)}], [3, 'pending', undef], 'nor where there are no time zones';
    like $r->{err}, qr/cannot read time zones on this machine \(is the package tzdata installed\?\)/, 'and it says so';
    isnt shown($id)->{next_run_at}, undef, 'it is due still';
    is schedule('run', '--output', tempdir())->{status}, 0;
    is states($id), 'succeeded', 'and made by the next one';
};

subtest 'a place that somebody else has prepared' => sub {
    plan skip_all => 'only root makes links of somebody else' if $> != 0;
    my ($dir, $trap) = (tempdir(), tempdir());
    my $id = report();
    symlink $trap, "$dir/$one" or die $!;
    $c->run(['chown', '-h', '65534', "$dir/$one"]);
    is schedule('run', '--output', $dir)->{status}, 1, 'a link for the organization';
    like runs($id)->[0]{error}, qr{/\Q$one\E is there already, and is no directory of this user: look who made it$}, 'it says so';
    is_deeply [glob "$trap/*"], [], 'and nothing is put there';
    $c->psql('app', qq{SELECT auditproof.run_cancel('$id')});
    my $other = tempdir();
    symlink $trap, "$other/.making" or die $!;
    my $r = schedule('run', '--output', $other);
    is $r->{status}, 3, 'a link for what is being made';
    like $r->{err}, qr/is no directory of this user/, 'it says so';
};

subtest 'a command that hangs' => sub {
    my $id = report();
    hold();
    my $r = schedule('run', '--output-command', $taker, '--lease', 3, '--timeout', 1);
    is_deeply [$r->{status}, states($id)], [1, 'pending'], 'is stopped, and it may pass';
    like runs($id)->[0]{error}, qr/^it took longer than 1 s, and was stopped: --timeout/, 'it says so';
    ok !kill(0, slurp("$box/pid") + 0), 'with what it started';
    unlink "$box/wait", "$box/pid";
    $c->psql('app', qq{SELECT auditproof.run_cancel('$id')});
};

subtest 'what nobody wants any more' => sub {
    my $dir = tempdir();
    my %change = (
        cancelled => [q{UPDATE scheduled_reports SET status = 'cancelled' WHERE id = '%s'}, qr/^the report was cancelled$/],
        deleted => [q{DELETE FROM scheduled_reports WHERE id = '%s'}, qr/^the report was deleted/],
        moved => [qq{UPDATE scheduled_reports SET organization_id = '$two' WHERE id = '%s'}, qr/^the report was moved to another organization$/],
        theirs => [q{UPDATE scheduled_reports SET report_type = 'messages' WHERE id = '%s'}, qr/application's types now$/],
    );
    for my $name (sort keys %change) {
        my ($sql, $why) = @{$change{$name}};
        my $waiting = report();
        $c->psql('app', qq{SELECT auditproof.run_plan('$waiting', '{2026-11-01}', '{2026-10-01}', '{2026-11-01}', false); UPDATE scheduled_reports SET status = 'processing' WHERE id = '$waiting'});
        $c->psql('app', sprintf $sql, $waiting);
        is schedule('run', '--output', $dir)->{status}, 0, "$name while it waits";
        is_deeply [states($waiting), runs($waiting)->[0]{attempt}, entries($waiting)], ['cancelled', 0, 0], 'it is not made';
        like runs($waiting)->[0]{error}, $why, 'and why';

        my $running = report();
        hold();
        my $job = $c->spawn(['auditschedule', 'run', '--output-command', $taker, '--lease', 3], %as_runs);
        my $pid = begun($job);
        is shown($running)->{status}, 'processing', 'while it is made';
        $c->psql('app', sprintf $sql, $running);
        is $job->wait(20)->{status}, 0, "$name then: the runner goes on";
        unlink "$box/wait";
        ok !kill(0, $pid), 'but not with this one';
        is_deeply [states($running), entries($running)], ['cancelled', 0], 'it is not on record as made';
        $c->psql('app', q{DELETE FROM scheduled_reports WHERE report_type = 'messages'});
    }
    is_deeply [glob "$dir/*/*"], [], 'nothing was kept';
    my $id = report(scheduling => '{"frequency":"daily"}', next_run_at => '2026-11-01', status => 'cancelled');
    is schedule('run', '--output', $dir)->{status}, 0;
    is states($id), '', 'what the application cancelled is not planned';
};

subtest 'a report that is changed meanwhile' => sub {
    my $id = report();
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', '{2026-11-01}', '{2026-10-01}', '{2026-11-01}', false);
        UPDATE scheduled_reports SET status = 'processing', format = 'csv', report_type = 'usage_summary', scheduling = '{"frequency":"daily"}' WHERE id = '$id'});
    is schedule('run', '--output', tempdir())->{status}, 0, 'it is made';
    is_deeply [@{runs($id)->[0]}{qw(state report_type format)}], ['succeeded', 'audit_summary', 'json'], 'as it was when it was due';
};

subtest 'stopped while it makes one' => sub {
    my $id = report();
    for my $signal (qw(TERM INT)) {
        hold();
        my $job = $c->spawn(['auditschedule', 'run', '--output-command', $taker, '--attempts', 1], %as_runs);
        my $pid = begun($job);
        $job->kill($signal);
        my $r = $job->wait(20);
        unlink "$box/wait";
        is $r->{status}, 3, "SIG$signal ends it";
        cmp_ok $r->{seconds}, '<', 10 * $AuditTest::patience, 'at once';
        ok !kill(0, $pid), 'with the command';
        my ($run) = @{runs($id)};
        is_deeply [@{$run}{qw(state lease_until)}], ['pending', undef], 'and what it was at is given back';
    }
    is schedule('run', '--output-command', $taker, '--attempts', 1)->{status}, 0, 'another runner makes it at once';
    is_deeply [@{runs($id)->[0]}{qw(state attempt forgiven)}], ['succeeded', 3, 2], 'as the first attempt that counts';
};

subtest 'killed while it makes one' => sub {
    my $id = report();
    hold();
    my $job = $c->spawn(['auditschedule', 'run', '--output-command', $taker, '--lease', 3], %as_runs);
    my $pid = begun($job);
    $job->kill('KILL');
    $job->wait;
    wait_until { !kill 0, $pid } 10, 'its command to die with it';
    unlink "$box/wait";
    is states($id), 'running', 'it has the run for as long as the lease';
    wait_until { schedule('run', '--output-command', $taker)->{status} == 0 && states($id) eq 'succeeded' } 20, 'its end';
    is_deeply [@{runs($id)->[0]}{qw(attempt)}, entries($id)], [2, 1], 'then another does it, once';
    is_deeply [glob "/tmp/auditschedule-$>/*_${id}_*"], [], 'and removes what was left';
};

subtest 'one that stays' => sub {
    my $dir = tempdir();
    my $job = $c->spawn(['auditschedule', 'run', '--daemon', '--poll', 1, '--output', $dir], %as_runs);
    my $id = report();
    wait_until { states($id) eq 'succeeded' } 20, 'a report that is new';
    my $later = report(next_run_at => $c->psql('app', q{SELECT now() + interval '1500 ms'}));
    $job->kill('HUP');
    wait_until { states($later) eq 'succeeded' } 20, 'a report whose time comes';
    is $c->psql('app', qq{SELECT started_at - scheduled_for < interval '$AuditTest::patience s' FROM auditproof.report_run WHERE report_id = '$later'}), 't', 'when it comes';
    ok $job->running, 'SIGHUP does nothing';
    $c->restart('fast');
    $id = report();
    wait_until { states($id) eq 'succeeded' } 30, 'it to be back after the server was';
    like $job->err, qr/trying again in 1 s/, 'it said that it was gone';
    $job->kill('TERM');
    is $job->wait(10)->{status}, 0, 'SIGTERM ends it';

    hold();
    $id = report();
    $job = $c->spawn(['auditschedule', 'run', '--daemon', '--output-command', $taker, '--lease', 60], %as_runs);
    begun($job);
    $c->restart('immediate');
    unlink "$box/wait";
    wait_until { states($id) eq 'succeeded' } 30, 'what was being made when the server died';
    is_deeply [runs($id)->[0]{attempt}, entries($id)], [1, 1], 'is recorded when it is back, by the same attempt' or diag $job->err;
    $job->kill('TERM');
    is $job->wait(10)->{status}, 0, 'ended';
};

subtest 'times within a minute' => sub {
    my $dir = tempdir();
    my $id = report(next_run_at => '2026-11-01 09:00Z');
    is schedule('run', '--output', $dir)->{status}, 0, 'one';
    $c->psql('app', "UPDATE scheduled_reports SET next_run_at = '2026-11-01 09:00:30Z' WHERE id = '$id'");
    is schedule('run', '--output', $dir)->{status}, 0, 'and another, thirty seconds later';
    is_deeply [map { m{-2026-11-01T(\w+)-} } sort glob "$dir/$one/*"], ['0900', '090030'], 'have names of their own';
};

subtest 'names that are taken' => sub {
    my $dir = tempdir();
    my $id = report(next_run_at => '2026-11-01 09:00Z');
    mkdir "$dir/$one" or die $!;
    my $name = "$dir/$one/audit_summary-2026-11-01T0900-" . substr($id, 0, 8);
    spew("$name.json", 'of another life');
    is schedule('run', '--output', $dir)->{status}, 1, 'from before a restore';
    like runs($id)->[0]{error}, qr/\Q$name\E\.json is there already, and was left as it is/, 'nothing is replaced';
    $c->psql('app', qq{UPDATE auditproof.report_run SET due_at = now() WHERE report_id = '$id'});
    is schedule('run', '--output', $dir)->{status}, 0, 'the next attempt';
    is_deeply [slurp("$name.json"), runs($id)->[0]{output_url}], ['of another life', "file://$name-2.json"], 'has a name of its own';
};

subtest 'wrong input' => sub {
    for my $case ([qr/or --output-command/, '--output', '/tmp', '--output-command', $taker], [qr/whole path of a program/, '--output-command', 'take'], [qr/there is none at \/nowhere/, '--output-command', '/nowhere'],
        [qr/--url goes with --output/, '--output-command', $taker, '--url', 'x'], [qr/--poll goes with --daemon/, '--output', '/tmp', '--poll', 3], [qr/--timeout takes 1 to/, '--output', '/tmp', '--timeout', 0], [qr/--poll takes 1 to/, '--output', '/tmp', '--daemon', '--poll', 9999]) {
        my ($says, @args) = @$case;
        my $r = schedule('run', @args);
        is $r->{status}, 2, "@args";
        like $r->{err}, $says, 'says why';
    }
};

# As whoever was not told whether it was recorded does.
subtest 'asked twice' => sub {
    my $id = report(next_run_at => '2027-11-01');
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', '{2026-11-01}', '{2026-10-01}', '{2026-11-01}', false)});
    for my $again ("interval '1 s'", 'NULL') {
        $c->psql('app', q{UPDATE auditproof.report_run SET due_at = now() WHERE state = 'pending'});
        my ($attempt) = $c->psql('app', qq{SELECT attempt FROM auditproof.run_claim('me', '1 minute', 5) WHERE report_id = '$id'});
        my $end = sub { my ($why) = @_; return $c->psql('app', qq{SELECT auditproof.run_finish('$id', '2026-11-01', $attempt, '$why', $again, NULL, NULL, NULL, NULL, NULL)}) };
        is_deeply [$end->('no room'), $end->('no room'), $end->('another')], [qw(t t f)], "a failure is recorded, $again";
    }
    is_deeply [states($id), entries($id)], ['failed', 1], 'and told of once';
};

subtest 'who may not' => sub {
    $c->psql('app', 'CREATE ROLE stranger LOGIN IN ROLE auditproof_auditor');
    for my $call (q{run_release(gen_random_uuid(), now(), 1)}, q{run_plan(gen_random_uuid(), '{}', '{}', '{}', false)}, q{run_unwanted(NULL)}) {
        my ($state) = $c->psql_error('app', "SELECT auditproof.$call", role => 'stranger');
        is $state, '42501', $call;
    }
    my ($state) = $c->psql_error('app', 'SELECT auditproof.run_unwanted(NULL)', role => 'runs');
    is $state, '42501', 'what only the functions call';
};

is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'all is as installed';
is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, 'and intact';
done_testing;
