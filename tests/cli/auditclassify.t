#!/usr/bin/perl
# Events through rules: what comes out, how the exit status tells of it, how the stream behaves.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use ClassifyTest;
use Test::More;

my $dir = rules_in(
    'a.yml' => rule(1, "sel: {action|contains: DELETE}\ncondition: sel"),
    'b.yaml' => rule(2, "sel: {actor_role: admin}\ncondition: sel", level => 'medium', author => 'Ada, Bob'),
    'c.yml' => rule(3, "sel: {action: note}\ncondition: sel", level => 'informational'),
    'd.yml' => rule(4, "sel: {action: everything}\ncondition: sel", logsource => '{product: other}'),
    'e.yml' => rule(5, "sel: {action: LOGIN_FAILED}\ncondition: sel", name => 'failed') . <<'YAML',
---
title: rule 6
id: 00000000-0000-4000-8000-000000000006
level: critical
correlation:
    type: event_count
    rules: [failed]
    group-by: [actor_id]
    timespan: 5m
    condition: {gte: 3}
YAML
    'ignored.txt' => 'not: [a rule',
);

subtest 'an event comes out with one member more' => sub {
    my $r = classify($dir, qq({"action":"BULK_DELETE", "n": 1.00 ,"t":"\\u00e9 é"}\n{}\n\n{ } \r\n  {"actor_role":"Admin"}));
    is $r->{status}, 0 or diag $r->{err};
    my @lines = split /\n/, $r->{out};
    is scalar(@lines), 4, 'an empty line is none';
    my ($digest) = $lines[0] =~ /"ruleset":"(sha256:[0-9a-f]{64})"/;
    my $none = qq("_auditproof":{"risk_level":"low","ruleset":"$digest","matches":[]});
    is $lines[0], qq({"action":"BULK_DELETE", "n": 1.00 ,"t":"\\u00e9 é","_auditproof":{"risk_level":"high","ruleset":"$digest",)
        . q("matches":[{"id":"00000000-0000-4000-8000-000000000001","title":"rule 1","level":"high","author":""}]}});
    is $lines[1], "{$none}";
    is $lines[2], "{$none}";
    like $lines[3], qr/"matches":\[\{"id":"00000000-0000-4000-8000-000000000002","title":"rule 2","level":"medium","author":"Ada, Bob"\}\]/;
    like $r->{err}, qr/4 events, 1 high, 1 medium, 2 without a match\n\z/;
    is classify($dir, '{}', '-q')->{err}, '', 'silence on request';
};

subtest 'a member of that name is replaced' => sub {
    my $forged = '"_auditproof":{"risk_level":"none","matches":["x"]}';
    my @lines = map { "$_\n" } "{$forged}", "{$forged,\"action\":\"note\"}", "{\"action\":\"note\", $forged}", "{\"action\":\"note\",$forged,\"b\":2}",
        "{$forged,$forged , $forged}", '{"\u005fauditproof":1,"b":2}', '{"deep":{"_auditproof":1}}', '{"_auditproof":"DELETE"}';
    my $r = classify($dir, join '', @lines);
    my @out = events_of($r);
    is $r->{status}, 0;
    is scalar(@out), @lines;
    is scalar(grep { ($_->{_auditproof}{ruleset} // '') =~ /^sha256:/ } @out), @lines, 'ours alone';
    is scalar(() = $r->{out} =~ /_auditproof|005f/g), @lines + 1, 'once in each';
    like $r->{out}, qr/^\{"action":"note","_auditproof"/m;
    like $r->{out}, qr/^\{"action":"note","b":2,"_auditproof"/m;
    like $r->{out}, qr/^\{"deep":\{"_auditproof":1\},"_auditproof"/m, 'not one that is deeper';
    is_deeply [ids_of($r)], ['', 3, 3, 3, '', '', '', ''], 'and rules do not see it';
    my $again = classify($dir, $r->{out});
    is $again->{out}, $r->{out}, 'what was classified comes out the same';
};

subtest 'levels' => sub {
    my $lines = join '', map { qq({"action":"$_"}\n) } qw(DELETE x note);
    my $r = classify($dir, "$lines\{\"actor_role\":\"admin\",\"action\":\"DELETED\"}\n");
    is_deeply [ids_of($r)], [1, '', 3, '1,2'];
    is_deeply [map { $_->{_auditproof}{risk_level} } events_of($r)], [qw(high low low high)], 'informational is low, the highest counts';
    is_deeply [ids_of(classify($dir, $lines, '--matches-only'))], [1, 3];
    is_deeply [ids_of(classify($dir, $lines, '--min-level=informational'))], [1, 3];
    is_deeply [ids_of(classify($dir, $lines, '--min-level=low'))], [1];
    is_deeply [ids_of(classify($dir, $lines, '--min-level=high'))], [1];
    is classify($dir, $lines, '--min-level=critical')->{out}, '';
    is classify($dir, $lines, '--fail-level=critical')->{status}, 0;
    is classify($dir, $lines, '--fail-level=high')->{status}, 1;
    is classify($dir, $lines, '--fail-level=low', '--min-level=critical')->{status}, 1, 'whether it is written or not';
    is classify($dir, "{}\n", '--fail-level=informational')->{status}, 0;
};

subtest 'which rules' => sub {
    my $line = qq({"action":"everything"}\n);
    is_deeply [ids_of(classify($dir, $line))], [''], 'not those of another stream';
    is_deeply [ids_of(classify($dir, $line, '--no-pipeline'))], [4], 'but on request';
    is_deeply [ids_of(classify("$dir/a.yml", qq({"action":"DELETE","actor_role":"admin"}\n)))], [1], 'one file';
    is_deeply [ids_of(classify("$dir/a.yml", qq({"action":"DELETE","actor_role":"admin"}\n), '--rules', "$dir/b.yaml"))], ['1,2'], 'or two';
    my $other = rules_in('x.yml' => rule(9, "sel: {a: b}\ncondition: sel", logsource => '{product: other}'));
    my $r = classify($other, "{}\n");
    is $r->{status}, 0;
    like $r->{err}, qr/warning: none of the 1 rules is for these events/;
    is classify(tempdir(), "{}\n")->{status}, 2, 'an empty directory is a mistake';
    like classify("$dir/none.yml", "{}\n")->{err}, qr/none\.yml/;
    is classify("$dir/none.yml", "{}\n")->{status}, 3, 'a file that is not there';
    my $copy = rules_in(map { $_ => slurp("$dir/$_") } qw(a.yml b.yaml c.yml d.yml e.yml));
    my ($one) = events_of(classify($dir, "{}\n"));
    my ($two) = events_of(classify($copy, "{}\n"));
    is $two->{_auditproof}{ruleset}, $one->{_auditproof}{ruleset}, 'the same rules have the same digest wherever they lie';
    spew("$copy/a.yml", slurp("$copy/a.yml") . "# another\n");
    ($two) = events_of(classify($copy, "{}\n"));
    isnt $two->{_auditproof}{ruleset}, $one->{_auditproof}{ruleset}, 'others another';
};

subtest 'correlations' => sub {
    my $failed = sub { my ($who, $minute) = @_; return qq({"action":"LOGIN_FAILED","actor_id":"$who","created_at":"2026-11-22T10:0$minute:00Z"}\n) };
    my $r = classify($dir, join '', map { $failed->(@$_) } ['a', 0], ['b', 1], ['a', 2], ['a', 3], ['b', 7], ['b', 8]);
    is_deeply [ids_of($r)], ['', '', '', 6, '', ''];
    my ($hit) = map { @{$_->{_auditproof}{matches}} } events_of($r);
    is_deeply $hit->{correlation}, {count => 3, first => '2026-11-22T10:00:00Z', last => '2026-11-22T10:03:00Z', group => {actor_id => 'a'}};
    is +(events_of($r))[3]{_auditproof}{risk_level}, 'critical';
};

subtest 'a window that ends without what was expected' => sub {
    my $few = rules_in('f.yml' => rule(1, "sel: {action: beat}\ncondition: sel", name => 'beat') . <<'YAML');
---
title: rule 2
id: 00000000-0000-4000-8000-000000000002
level: high
correlation:
    type: event_count
    rules: [beat]
    timespan: 1m
    condition: {lt: 2}
YAML
    my $beat = sub { return qq({"action":"beat","created_at":"2026-11-22T10:$_[0]Z"}\n) };
    my $r = classify($few, join '', map { $beat->($_) } '00:00', '00:30', '05:00', '10:00');
    is $r->{status}, 0;
    my @alone = grep { keys %$_ == 1 } events_of($r);
    cmp_ok scalar(@alone), '>', 0, 'is a line of its own' or diag $r->{out};
    is scalar(grep { $_->{_auditproof}{risk_level} ne 'high' || @{$_->{_auditproof}{matches}} != 1 } @alone), 0;
    is scalar(grep { $_->{action} && $_->{_auditproof}{risk_level} ne 'low' } events_of($r)), 0, 'no matter of an event';
};

subtest 'arrays of events' => sub {
    my $pipeline = "$dir/p.pipeline";
    spew($pipeline, "name: trail\npriority: 10\nevents:\n    unwrap: Records\n    time: at\n    logsource: {product: other}\ntransformations: []\n");
    my @p = ('--pipeline', $pipeline);
    my $r = classify($dir, qq({"Records":[{"action":"everything"}, {"action":"x"} ,{}]}\n{"action":"everything"}\n{"Records":[]}\n{"Records":7}\n)
        . qq({"v":{"Records":[{}]},"Records" : [ {"action":"everything","Records":[]}\t],"after":[1,2]}\n), @p);
    is $r->{status}, 0 or diag $r->{err};
    is_deeply [ids_of($r)], [4, '', '', 4, '', 4], 'a line that has no such array is an event';
    $r = classify($dir, join("\n", '{"Records":[{"action":"everything"},7,{"action":"everything"}]}', '{"Records":[{"action":"everything"},{"a":[}]}',
        '{"Records":[{"action":"everything"} {"a":1}]}', '{"Records":[{"action":"everything"}', '{"Records":[{"action":"everything"}],"x":}', '{"action":"everything"}'), @p);
    is $r->{status}, 2;
    is_deeply [ids_of($r)], [4, 4, 4, 4, 4, 4, 4], 'a bad one does not take the others along';
    like $r->{err}, qr/^auditclassify: error: stdin:1:37: /m;
    like $r->{err}, qr/^auditclassify: error: stdin:2:\d+: /m;
    like $r->{err}, qr/^auditclassify: error: stdin:3:37: no comma between/m;
    like $r->{err}, qr/^auditclassify: error: stdin:4:36: an array that does not end/m;
    like $r->{err}, qr/^auditclassify: error: stdin:5:42: /m;
};

subtest 'documents' => sub {
    my $pretty = <<'JSON';
[
    {
        "action": "DELETE",
        "text": "a \" ] } \\"
    },
    {"action": "note"}, 5,
    { "action":
        "x" }, {"é": "é", "b":
   01}
]
JSON
    my $r = classify($dir, $pretty);
    is $r->{status}, 2;
    is_deeply [ids_of($r)], [1, 3, ''];
    like $r->{out}, qr/\A\{"action": "DELETE","text": "a \\" \] \} \\\\","_auditproof"/, 'each on one line';
    like $r->{err}, qr/stdin:6:25: not a JSON object/, 'a bad element is named by its place';
    like $r->{err}, qr/stdin:9:4: /, 'or by that of what is wrong in it';
    is_deeply [ids_of(classify($dir, "{\n \"action\":\"DELETE\"}{\"action\":\"note\"}\n\n{\n}\n"))], [1, 3, ''], 'values one after the other';
    is_deeply [ids_of(classify($dir, "  [{\"action\":\"DELETE\"},\n{}]\n"))], [1, ''];
    is classify($dir, "[]\n")->{out}, '';
    is classify($dir, "[\n{}\n")->{status}, 2;
    like classify($dir, "[\n{}\n")->{err}, qr/an array that does not end/;
    like classify($dir, "[\n{},\n")->{err}, qr/an array that does not end/;
    is classify($dir, "[{}]\n", '--format-in=ndjson')->{status}, 2;
    is_deeply [ids_of(classify($dir, "{\"action\"\n:\"DELETE\"}\n", '--format-in=json'))], [1];
    is classify($dir, '', '--format-in=json')->{status}, 0;
    is classify($dir, "\xEF\xBB\xBF{\"action\":\"DELETE\"}\n")->{status}, 0, 'a byte order mark';
    my $long = '[' . join(",\n", map { qq({"action":"DELETE","x":") . 'y' x $_ . '"}' } 10, 5000, 20) . ']';
    $r = classify($dir, $long, '--max-line=1k');
    is_deeply [ids_of($r)], [1, 1];
    like $r->{err}, qr/stdin:2: the line is longer/;
};

subtest 'the stream' => sub {
    pipe my $read, my $write or die;
    my $job = AuditTest::spawn(['auditclassify', '--rules', $dir], stdin => $read);
    close $read;
    syswrite $write, qq({"action":"DELETE"}\n{"act);
    wait_until { $job->out =~ /"risk_level":"high"/ } 5, 'the first event, while the second is under way';
    syswrite $write, qq(ion":"DELETE"}\n{"half":);
    wait_until { () = $job->out =~ /"risk_level":"high"/g; scalar(my @n = $job->out =~ /"risk_level":"high"/g) == 2 } 5, 'the second';
    $job->kill('TERM');
    my $r = $job->wait(10);
    is $r->{status}, 2, 'a line read in part is a bad one';
    like $r->{err}, qr/stdin:3: stopped by a signal in the middle of this line/;
    like $r->{err}, qr/2 events/;
    close $write;

    pipe $read, $write or die;
    $job = AuditTest::spawn(['auditclassify', '--rules', $dir], stdin => $read);
    close $read;
    syswrite $write, "{}\n";
    wait_until { $job->out ne '' } 5, 'an event';
    $job->kill('INT');
    is $job->wait(10)->{status}, 0, 'a signal between two lines';
    close $write;

    my $many = qq({"action":"DELETE"}\n) x 20000;
    pipe $read, $write or die;
    close $read;
    $r = AuditTest::run(['auditclassify', '--rules', $dir], stdin => $many, stdout => $write);
    is $r->{status}, 3, 'nobody reads';
    is $r->{signal}, 0;
    unlike $r->{err}, qr/error/, 'is no error to talk of';
    open my $full, '>', '/dev/full' or die;
    $r = AuditTest::run(['auditclassify', '--rules', $dir], stdin => $many, stdout => $full);
    is $r->{status}, 3;
    like $r->{err}, qr/cannot write to standard output: No space left on device/;
    is scalar(() = $r->{err} =~ /error/g), 1, 'said once';
    $r = AuditTest::run(['auditclassify', '--rules', $dir, '/nonexistent'], stdin => '');
    is $r->{status}, 3;
    like $r->{err}, qr/cannot open \/nonexistent/;
    open my $directory, '<', '/' or die;
    like AuditTest::run(['auditclassify', '--rules', $dir], stdin => $directory)->{err}, qr/cannot read stdin: Is a directory/;
    like classify($dir, $many, '--progress')->{err}, qr/20000 events, 20000 matched, \d+\/s/;
};

subtest 'usage' => sub {
    is classify($dir, '', '--pipeline=x', '--no-pipeline')->{status}, 2;
    is classify($dir, '', '--check', '--list')->{status}, 2;
    is classify($dir, '', '--list', 'file')->{status}, 2;
    is classify($dir, '', '--min-level=worst')->{status}, 2;
    is classify($dir, '', '--max-line=0')->{status}, 2;
    my $r = classify($dir, '', '--pipeline=nonsuch');
    is $r->{status}, 2;
    like $r->{err}, qr/no pipeline "nonsuch" came with the tools/;
};

done_testing;
