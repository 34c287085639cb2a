#!/usr/bin/perl
# Bad input: each line is named, memory stays bounded, and the rest of the stream is none the worse.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use ClassifyTest;
use Test::More;

my $dir = rules_in('a.yml' => rule(1, "sel: {action: x}\ncondition: sel"));
my $good = qq({"action":"x"}\n);

# Kilobytes of memory that a process has had at most; instrumented builds have their own ideas of it.
sub peak_kb { return slurp("/proc/$_[0]/status") =~ /^VmHWM:\s+(\d+) kB/m ? $1 : die "no peak\n" }
my $measurable = ($ENV{B} // 'build') !~ /asan|cov/;

subtest 'each bad line is named' => sub {
    my @bad = (
        ['[]', qr/:1:1: not a JSON object/],
        ['7', qr/:1:1: not a JSON object/],
        ['hello', qr/:1:1: /],
        ['{"a":1', qr/:1:7: /],
        ['{"a":1} {}', qr/:1:8: something follows/],
        ['{"a":01}', qr/:1:6: /],
        ["{\"a\":\"\xFF\"}", qr/:1:7: .*UTF-8/],
        ["{\"\xC3\xA9\":\"\xC0\xAF\"}", qr/:1:7: .*UTF-8/],
        ["{\"a\":\"\x01\"}", qr/:1:7: /],
        ['{"a":' x 100_000 . '1' . '}' x 100_000, qr/:1:\d+: .*(?:deep|nest)/],
        ['{"a":' . '[' x 100_000 . ']' x 100_000 . '}', qr/:1:\d+: .*(?:deep|nest)/],
        ['{"a":' . '[' x 100_000, qr/:1:\d+: .*does not end/],
    );
    for my $case (@bad) {
        my ($line, $message) = @$case;
        my $what = 'line ' . substr($line, 0, 20) =~ s/[^ -~]/?/gr;
        my $r = classify($dir, "$line\n", '--format-in=ndjson');
        is $r->{status}, 2, $what;
        like $r->{err}, $message;
        is $r->{out}, '';
        is scalar(() = $r->{err} =~ /error/g), 1;
    }
    my $r = classify($dir, join('', map { "$good$_->[0]\n" } @bad) . $good);
    is $r->{status}, 2;
    is_deeply [ids_of($r)], [(1) x (@bad + 1)], 'and every good one between them comes out';
    like $r->{err}, qr/@{[@bad + 1]} events, .*@{[scalar @bad]} bad/;
    $r = classify($dir, "$good$bad[0][0]\n$good", '--on-error=stop');
    is $r->{status}, 2;
    is_deeply [ids_of($r)], [1], 'or nothing after the first';
};

subtest 'a long line takes no more memory than it may' => sub {
    pipe my $read, my $write or die;
    my $job = AuditTest::spawn(['auditclassify', '--rules', $dir], stdin => $read);
    close $read;
    syswrite $write, $good;
    wait_until { $job->out =~ /"high"/ } 10, 'the first event';
    my $before = peak_kb($job->{pid});
    print {$write} qq({"action":"), 'x' x 50_000_000, qq("}\n);
    $write->flush;
    wait_until { $job->err =~ /stdin:2: the line is longer than is taken \(--max-line\)/ } 30, 'the message';
    print {$write} $good;
    $write->flush;
    wait_until { scalar(my @n = $job->out =~ /"risk_level":"high"/g) == 2 } 10, 'the event after it';
    my $grown = peak_kb($job->{pid}) - $before;
    SKIP: {
        skip 'memory of an instrumented build', 1 if !$measurable;
        cmp_ok $grown, '<', 70_000, 'some four times --max-line at most';
    }
    close $write;
    is $job->wait(10)->{status}, 2;
    my $r = classify($dir, qq({"action":"x","long":") . 'x' x 20_000_000 . qq("}\n), '--max-line=30M');
    is $r->{status}, 0, 'and taken where the limit allows';
    ok index($r->{out}, '","_auditproof":{"risk_level":"high"') > 20_000_000, 'whole';
};

subtest 'a regular expression that takes too long' => sub {
    my $slow = rules_in(
        'a.yml' => rule(1, "sel: {action: x}\ncondition: sel"),
        'r.yml' => rule(2, "sel: {text|re: '(a+)+\$'}\ncondition: sel"),
        'n.yml' => rule(3, "sel: {text|re: '(a|aa)+b'}\nfilter: {text: none}\ncondition: sel and not filter"),
    );
    my $line = qq({"action":"x","text":") . 'a' x 60 . qq(!"}\n);
    my $r = classify($slow, $line x 40 . qq({"text":"aaa"}\n));
    is $r->{status}, 0 or diag $r->{err};
    cmp_ok $r->{seconds}, '<', 20, 'stops nothing';
    is_deeply [ids_of($r)], [(1) x 40, 2], 'counts as not found, and the others go on';
    is scalar(() = $r->{err} =~ /warning: rule "rule 2" .*takes too long/g), 1, 'said once';
    like $r->{err}, qr/here on stdin:1,/;
    like $r->{err}, qr/\d+ searches cut off/;
};

subtest 'a correlation with very many groups' => sub {
    my $groups = rules_in('g.yml' => rule(1, "sel: {action: x}\ncondition: sel", name => 'x') . <<'YAML');
---
title: rule 2
id: 00000000-0000-4000-8000-000000000002
level: high
correlation:
    type: event_count
    rules: [x]
    group-by: [actor_id]
    timespan: 1d
    condition: {gte: 2}
YAML
    pipe my $read, my $write or die;
    my $job = AuditTest::spawn(['auditclassify', '--rules', $groups, '--matches-only'], stdin => $read);
    close $read;
    my $put = sub { print {$write} map { qq({"action":"x","actor_id":"a$_","created_at":"2026-11-22T10:00:00Z"}\n) } @_; $write->flush };
    $put->(1 .. 130_000);
    $put->(130_000);
    wait_until { $job->out =~ /"a130000"/ } 60, 'the newest group is remembered';
    my $peak = peak_kb($job->{pid});
    close $write;
    my $r = $job->wait(20);
    is $r->{status}, 0;
    is scalar(my @hits = events_of($r)), 1;
    like $r->{err}, qr/\d+ groups of correlations given up/, 'others had to go, and are counted';
    SKIP: {
        skip 'memory of an instrumented build', 1 if !$measurable;
        cmp_ok $peak, '<', 300_000, 'memory is bounded';
    }
};

done_testing;
