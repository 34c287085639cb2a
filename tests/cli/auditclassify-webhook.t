#!/usr/bin/perl
# Alerts to a webhook: each delivered once, or said not to be; whoever hears them never holds up whoever classifies.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use FollowTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('empty');
is $c->run(['auditmigrate', 'install', '-q'], db => 'empty')->{status}, 0, 'installed' or BAIL_OUT('no schema');
tenants($c, 'empty', 3);
$c->psql('empty', entries(count => 50, orgs => 1));
my $rules = rules_dir(rule(1, 'high', '{action: MFA_DISABLED}'), rule(2, 'low', '{action|contains: LOGIN}'));

my $made = 0;
sub db { return $c->createdb('d' . ++$made, template => 'empty') }

sub server {
    my (@words) = @_;
    my $dir = tempdir();
    my $job = $c->spawn(['python3', 'tests/lib/webhook_server.py', $dir, @words]);
    wait_until { -e "$dir/port" || !$job->running } 20, 'a web server';
    return {job => $job, dir => $dir, port => -e "$dir/port" ? slurp("$dir/port") : BAIL_OUT($job->err)};
}

sub requests {
    my ($server) = @_;
    my @all = -e "$server->{dir}/requests" ? map { decode_json($_) } split /\n/, slurp("$server->{dir}/requests") : ();
    return @all;
}

sub classify {
    my ($db, $server, @args) = @_;
    return $c->run(['auditclassify', '--once', '--rules', $rules, '--webhook', "http://127.0.0.1:$server->{port}/in?k=secret",
        @args], db => $db, timeout => 30);
}

subtest 'delivered' => sub {
    my $server = server(200);
    my $file = tempdir() . '/headers';
    spew($file, "# who we are\nAuthorization: Bearer s3cret\nX-From: auditproof\n");
    my $db = db();
    my $r = classify($db, $server, '--min-level', 'high', '--webhook-header-file', $file);
    is $r->{status}, 0, 'done' or diag $r->{err};
    my @got = requests($server);
    my @lines = split /\n/, $r->{out};
    is scalar(@got), scalar(@lines), 'as many as were printed';
    ok @lines > 3 && @lines < 50, 'not all entries';
    is join("\n", map { $_->{body} } @got), join("\n", @lines), 'the same lines in the same order';
    is $got[0]{headers}{Authorization}, 'Bearer s3cret', 'the header of the file';
    is $got[0]{headers}{'Content-Type'}, 'application/json', 'it is JSON';
    my %keys = map { $_->{headers}{'Idempotency-Key'} => 1 } @got;
    is scalar(keys %keys), scalar(@got), 'each has a key of its own';
    unlike $r->{err}, qr/s3cret|k=secret/, 'no secret is said';
    my $url = tempdir() . '/url';
    spew($url, "http://127.0.0.1:$server->{port}/from-file\n");
    $db = db();
    $r = $c->run(['auditclassify', '--once', '--rules', $rules, '--webhook', "\@$url"], db => $db);
    is $r->{status}, 0, 'a URL from a file';
    is((requests($server))[-1]{path}, '/from-file', 'is where they went');
};

subtest 'refused for a while' => sub {
    my $server = server(500, 'drop', 429, 200);
    my $r = classify(db(), $server, '--min-level', 'high');
    is $r->{status}, 0, 'done' or diag $r->{err};
    my @got = requests($server);
    my @lines = split /\n/, $r->{out};
    is scalar(@got), @lines + 3, 'tried again three times';
    is $got[$_]{body}, $got[0]{body}, 'the same message' for 1 .. 3;
    is $got[$_]{headers}{'Idempotency-Key'}, $got[0]{headers}{'Idempotency-Key'}, 'with the same key' for 1 .. 3;
    like $r->{err}, qr{alerts cannot be delivered to http://127\.0\.0\.1, trying again: HTTP status 500}, 'it is said once';
    is scalar(() = $r->{err} =~ /cannot be delivered/g), 1, 'and not for each';
    like $r->{err}, qr/delivered to http:\S+ again, after/, 'as is that it works again';
    unlike $r->{err}, qr/secret/, 'without the secret in the URL';
};

subtest 'refused for good' => sub {
    for my $word (400, 301) {
        my $server = server($word);
        my $r = classify(db(), $server, '--min-level', 'high');
        my @lines = split /\n/, $r->{out};
        is $r->{status}, 3, "$word: what was not delivered is no success";
        is scalar(requests($server)), scalar(@lines), '... is not tried again';
        is scalar(grep { $_->{path} eq '/elsewhere' } requests($server)), 0, '... nor somewhere else';
        like $r->{err}, qr/${\ scalar @lines} of ${\ scalar @lines} alerts were not delivered to the webhook: ${\ scalar @lines} refused/,
            '... is counted';
    }
};

subtest 'a server that hangs' => sub {
    my $server = server('hang');
    my $db = db();
    my $follower = $c->spawn(['auditclassify', '--follow', '--rules', $rules, '--webhook', "http://127.0.0.1:$server->{port}/",
        '--webhook-queue', 5, '--webhook-timeout', 60], db => $db);
    wait_until { requests($server) > 0 } 20, 'the first request';
    $c->psql($db, entries(from => 51, count => 100, orgs => 1));
    wait_until { standing($c, $db) == 0 } 20, 'all being classified meanwhile';
    is $follower->running, 1, 'the follower goes on';
    like $follower->err, qr/the queue is full/, 'that messages are dropped is said';
    $follower->kill('TERM');
    my $end = $follower->wait(30);
    is $end->{status}, 3, 'what was not delivered is no success';
    my $lines = split /\n/, $end->{out};
    like $end->{err}, qr/$lines of $lines alerts were not delivered .* 5 given up, ${\ ($lines - 5)} dropped/, 'all are counted';
    ok $end->{seconds} < 60 * $AuditTest::patience, 'and it does not wait for ever';
};

subtest 'nobody there' => sub {
    my $server = server(200);
    $server->{job}->kill('KILL');
    $server->{job}->wait(10);
    my $r = classify(db(), $server, '--min-level', 'high', '--webhook-retry-for', 1, '--webhook-timeout', 1);
    is $r->{status}, 3, 'no success';
    like $r->{err}, qr/given up/, 'and said';
    my $lines = split /\n/, $r->{out};
    is $lines, $c->psql("d$made", q{SELECT count(DISTINCT log_id) FROM auditproof.risk_finding WHERE level = 'high'}), 'all are recorded and printed';
};

subtest 'TLS' => sub {
    my $dir = tempdir();
    for my $name (qw(127.0.0.1 elsewhere.test)) {
        my $alt = $name =~ /^\d/ ? "IP:$name" : "DNS:$name";
        my $made = AuditTest::run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
            '-days', 2, '-subj', "/CN=$name", '-addext', "subjectAltName=$alt", '-keyout', "$dir/$name.key", '-out', "$dir/$name.crt"]);
        is $made->{status}, 0, "a certificate for $name" or diag $made->{err};
    }
    my $try = sub {
        my ($name, @args) = @_;
        my $server = server('--tls', "$dir/$name.crt", "$dir/$name.key", 200);
        my $r = $c->run(['auditclassify', '--once', '--rules', $rules, '--min-level', 'high', '--webhook',
            "https://127.0.0.1:$server->{port}/", '--webhook-retry-for', 0, @args], db => db(), timeout => 30);
        return ($r, scalar requests($server));
    };
    my ($r, $count) = $try->('127.0.0.1', '--webhook-ca', "$dir/127.0.0.1.crt");
    is $r->{status}, 0, 'a certificate that is trusted' or diag $r->{err};
    ok $count > 0, 'is delivered to';
    ($r, $count) = $try->('127.0.0.1');
    is "$r->{status} $count", '3 0', 'one that is not gets nothing';
    like $r->{err}, qr/certificate/i, 'and why is said';
    ($r, $count) = $try->('elsewhere.test', '--webhook-ca', "$dir/elsewhere.test.crt");
    is "$r->{status} $count", '3 0', 'nor does one of another name';
};

subtest 'settings that cannot be used' => sub {
    my $file = tempdir() . '/headers';
    spew($file, "no colon\n");
    is $c->run(['auditclassify', '--once', '--rules', $rules, '--webhook', 'http://127.0.0.1:1/', '--webhook-header-file', $file],
        db => 'empty')->{status}, 2, 'a header without a name';
    for my $url ('file:///etc/passwd', 'ftp://x/', 'x', '') {
        is $c->run(['auditclassify', '--once', '--rules', $rules, '--webhook', $url], db => 'empty')->{status}, 2, "URL '$url'";
    }
};

done_testing;
