#!/usr/bin/perl
# What auditwrite takes, and that it arrives as it was written.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use WriteTest;
use Test::More;
use Time::HiRes qw(time);

my $c = AuditTest->cluster;
my $new = write_db($c);
my $dir = tempdir();

sub write_in { my ($db, $stdin, @args) = @_; return $c->run(['auditwrite', @args], db => $db, stdin => $stdin) }

subtest 'one entry from options' => sub {
    my $db = $new->();
    $c->psql($db, sprintf "INSERT INTO auth.users (id, email) VALUES ('%s', 'u')", user(1));
    my $r = write_in($db, undef, '--org', org(1), qw(--action mfa.disabled --resource-type profile --resource-id), org(7),
        '--actor', user(1), qw(--email a@example.com --role owner --risk high --ip 2001:db8::1/64 --session s1 --user-agent),
        'Ünï "x"', '--old', '{"n":1.0}', '--new', '{"n": 1.00}', '--metadata', '[1e2]', '--at', '2026-01-02T03:04:05.678901Z', '--ack');
    is $r->{status}, 0 or diag $r->{err};
    my ($got) = receipts($r->{out});
    is $got->{chain}, org(1);
    like $r->{out}, qr/"seq":"1"/, 'a sequence number is a string, as auditverify prints it';
    is $got->{entry_hash}, $c->psql($db, q{SELECT encode(entry_hash, 'hex') FROM auditproof.chain_entry});
    is stored($c, $db, q{id}), $got->{id};
    is stored($c, $db, q{to_jsonb(l) - '{id,chain_salt}'::text[]}), join('', '{"action": "mfa.disabled", "actor_id": "', user(1),
        '", "metadata": [100], "actor_role": "owner", "created_at": "2026-01-02T03:04:05.678901+00:00", "ip_address": "2001:db8::1/64", "new_values": {"n": 1.00}, ',
        '"old_values": {"n": 1.0}, "risk_level": "high", "session_id": "s1", "user_agent": "Ünï \"x\"", "actor_email": "a@example.com", "resource_id": "', org(7),
        '", "resource_type": "profile", "organization_id": "', org(1), '"}');
    like write_in($db, undef, qw(--action x))->{err}, qr/resource_type is missing/;
    is write_in($db, undef, qw(--action x))->{status}, 2;
    is write_in($db, undef, qw(--action x --resource-type y --old), '{1}')->{status}, 2;
    is write_in($db, undef, qw(--action x --resource-type y file))->{status}, 2, 'not both ways at once';
    ok chained($c, $db);
};

subtest 'values keep the text they were written with' => sub {
    my $db = $new->();
    my $r = write_in($db, '{"action":"a","resource_type":"r","old_values":{"a":1.0,"b":1.00,"c":123456789012345678901234567890,"d":1e400,"e":-0.10},'
        . '"new_values":"\u00e9\ud83d\ude00","metadata":null,"risk_level":null}' . "\n");
    is $r->{status}, 0 or diag $r->{err};
    is stored($c, $db, 'old_values'), '{"a": 1.0, "b": 1.00, "c": 123456789012345678901234567890, "d": 1' . '0' x 400 . ', "e": -0.10}';
    is stored($c, $db, 'new_values'), '"é😀"';
    is stored($c, $db, 'metadata IS NULL AND risk_level IS NULL'), 't', 'a null that is named stays null';
};

subtest 'what a line leaves out gets the defaults of the table' => sub {
    my $db = $new->();
    is write_in($db, entry(action => 'x'))->{status}, 0;
    is stored($c, $db, q{risk_level || metadata || (created_at BETWEEN now() - interval '1 minute' AND now())::text}), 'low{}true';
};

subtest 'forms of time' => sub {
    my $db = $new->();
    my @at = ('"2026-01-31"', '"2026-01-31T09:00:00+02:00"', '"2026-01-31 09:00:00.5"', 1769850000, '1769850000.25', 1769850000123, '"1769850000"');
    my $r = write_in($db, join '', map { qq({"action":"$_","resource_type":"r","created_at":$at[$_]}\n) } 0 .. $#at);
    is $r->{status}, 0 or diag $r->{err};
    is $c->psql($db, q{SELECT created_at FROM audit_logs ORDER BY action}, set => {TimeZone => 'UTC'}), join "\n", '2026-01-31 00:00:00+00',
        '2026-01-31 07:00:00+00', '2026-01-31 09:00:00.5+00', '2026-01-31 09:00:00+00', '2026-01-31 09:00:00.25+00',
        '2026-01-31 09:00:00.123+00', '2026-01-31 09:00:00+00';
};

subtest 'line ends, byte order mark, empty lines, no newline at the end' => sub {
    my $db = $new->();
    my $r = write_in($db, "\xEF\xBB\xBF" . entry(action => '1') =~ s/\n/\r\n/r . "\r\n\n" . entry(action => '2') . entry(action => '3') =~ s/\n//r);
    is $r->{status}, 0 or diag $r->{err};
    is stored($c, $db), "1\n2\n3";
    like $r->{err}, qr/3 read, 3 written, 0 skipped, 0 rejected/;
};

subtest 'members that are no column' => sub {
    my $line = '{"action":"a","resource_type":"r","colour":"re\u0064","n":1.00,"metadata":{"k":1}}' . "\n";
    my $db = $new->();
    my $r = write_in($db, $line);
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:1:35: "colour" is no column/;
    is write_in($db, $line, '--unknown=ignore')->{status}, 0;
    is stored($c, $db, 'metadata'), '{"k": 1}';
    $db = $new->();
    is write_in($db, $line . '{"action":"a","resource_type":"r","x":2}', '--unknown=metadata')->{status}, 0;
    is stored($c, $db, 'metadata::text'), qq({"k": 1, "n": 1.00, "colour": "red"}\n{"x": 2});
    for my $bad ('"k":2,"metadata":{"\u006b":1}', '"x":1,"x":2', '"x":1,"metadata":[]') {
        is write_in($db, qq({"action":"a","resource_type":"r",$bad}\n), '--unknown=metadata')->{status}, 2, "nothing is lost without a word: $bad";
    }
};

subtest 'CSV' => sub {
    my $db = $new->();
    spew("$dir/in.csv", "action,resource_type,organization_id,metadata,user_agent,colour\r\n"
        . "a1,r," . org(1) . ",\"{\"\"k\"\":1.0}\",\"two\r\nlines, \"\"quoted\"\"\",red\r\n"
        . "a2,r,,,\"\",\n"
        . "a3,r,,,,\"\"");
    my $r = write_in($db, undef, '--unknown=metadata', '--ack', "$dir/in.csv");
    is $r->{status}, 0 or diag $r->{err};
    is_deeply [map { "$_->{file}:$_->{line}" } receipts($r->{out})], ["$dir/in.csv:2", "$dir/in.csv:4", "$dir/in.csv:5"], 'numbered by their first line';
    is stored($c, $db, q{action || '|' || coalesce(replace(user_agent, E'\r\n', '~'), 'NULL') || '|' || metadata::text}),
        join "\n", 'a1|two~lines, "quoted"|{"k": 1.0, "colour": "red"}', 'a2||{}', 'a3|NULL|{"colour": ""}';
    spew("$dir/bad.csv", "action,resource_type\nok,r\nx\nlast,r\n\"a\"b,r\nfoo\"bar,r\n\"open,r\n");
    $r = write_in($db, undef, '--on-error=skip', '--reject', "$dir/rejected.csv", "$dir/bad.csv");
    is $r->{status}, 2;
    like $r->{err}, qr{bad.csv:3: 1 fields where the header has 2};
    like $r->{err}, qr{bad.csv:5:4: something between};
    like $r->{err}, qr{bad.csv:6:4: a quote inside};
    like $r->{err}, qr{bad.csv:7:1: a quote that is never closed};
    is slurp("$dir/rejected.csv"), "action,resource_type\nx\n\"a\"b,r\nfoo\"bar,r\n\"open,r\n\n", 'a file that can be mended and fed again';
    $r = write_in($db, "nope,resource_type\na,r\n", '--format-in=csv');
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:1:1: the CSV header: "nope" is no column/;
};

subtest 'several files, and one that is not there' => sub {
    my $db = $new->();
    spew("$dir/1.ndjson", entry(action => 'f1'));
    spew("$dir/2.csv", "action,resource_type\nf2,r\n");
    is write_in($db, entry(action => 'f0'), '-', "$dir/1.ndjson", "$dir/2.csv")->{status}, 0;
    is stored($c, $db), "f0\nf1\nf2";
    my $r = write_in($db, undef, "$dir/1.ndjson", "$dir/none");
    is $r->{status}, 3;
    like $r->{err}, qr/cannot open .*none: No such file/;
};

subtest 'a trickle is stored within a second, a flood in large batches' => sub {
    my $db = $new->();
    pipe my $read, my $write or die;
    my $job = $c->spawn(['auditwrite'], db => $db, stdin => $read);
    close $read;
    # The first line is stored although the pipe stays open; the connection is made by then.
    # Another program may have the processor for a second, but not each time.
    my $soonest = 60;
    for my $n (1 .. 10) {
        my $start = time;
        syswrite $write, entry(action => "t$n");
        wait_until { $c->psql($db, 'SELECT count(*) FROM audit_logs') == $n } 10, "line $n";
        $soonest = time - $start if $n > 1 && time - $start < $soonest;
        last if $soonest < 1;
    }
    cmp_ok $soonest, '<', 1, 'a line is stored in less than a second';
    close $write;
    is $job->wait(10)->{status}, 0;
    my $r = write_in($db, join('', map { entry(organization_id => org(1 + $_ % 3), action => "n$_") } 1 .. 5000));
    is $r->{status}, 0 or diag $r->{err};
    cmp_ok $c->psql($db, q{SELECT count(DISTINCT xmin::text) FROM audit_logs WHERE action LIKE 'n%'}), '<=', 10;
    is $c->psql($db, q{SELECT count(*) FROM (SELECT substr(action, 2)::int - lag(substr(action, 2)::int) OVER (PARTITION BY e.chain_id ORDER BY seq) AS d
        FROM audit_logs l JOIN auditproof.chain_entry e ON e.log_id = l.id WHERE action LIKE 'n%') x WHERE d <= 0}), 0, 'in order within each chain';
    ok chained($c, $db);
};

subtest 'roles' => sub {
    my $db = $new->();
    $c->psql($db, 'CREATE ROLE w_writer LOGIN IN ROLE auditproof_writer; CREATE ROLE w_nobody LOGIN');
    my $r = $c->run(['auditwrite', '--ack', '-U', 'w_writer'], db => $db, stdin => entry());
    is $r->{status}, 0, 'a writer needs nothing else' or diag $r->{err};
    is scalar(receipts($r->{out})), 1;
    $r = $c->run(['auditwrite', '-U', 'w_nobody'], db => $db, stdin => entry());
    is $r->{status}, 3;
    like $r->{err}, qr/GRANT auditproof_writer TO w_nobody/;
    like $c->run(['auditwrite'], db => 'postgres', stdin => entry())->{err}, qr/run auditmigrate install/;
    ok chained($c, $db);
};

done_testing;
