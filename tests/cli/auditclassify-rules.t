#!/usr/bin/perl
# Looking at rules: --check, --list, --explain; and the rules that come with the tools.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use ClassifyTest;
use JSON::PP;
use Test::More;
use utf8;

sub look { my (@args) = @_; return AuditTest::run(['auditclassify', @args], stdin => '') }

my $wrong = "title: wrong\nlogsource: {product: p}\ndetection:\n    sel:\n        a|nonsense: b\n    condition: sel\n";

subtest 'the rules that come with the tools' => sub {
    my $r = look('--check');
    is $r->{status}, 0 or diag $r->{out};
    like $r->{out}, qr/\A(\d+) rules loaded, 0 errors, 0 warnings; \d\d\d tests, 0 failed\n\z/;
    for my $pipeline (map { m{([^/]+)\.yml$} } glob 'rules/pipelines/*.yml') {
        is look('--pipeline', $pipeline, '--list')->{status}, 0, "pipeline $pipeline";
    }
};

subtest '--check' => sub {
    my $dir = rules_in(
        'a.yml' => rule(1, "sel: {action: x}\ncondition: sel"),
        'a.test.yml' => <<'YAML',
tests:
    - {name: yes, event: {action: X}, expect: match}
    - {name: "no", event: {action: y, n: 0x10, f: .5, list: [1, null, {a: true}]}, expect: miss}
    - {name: of several the last counts, events: [{action: x}, {action: y}], expect: miss}
YAML
        'b.yml' => rule(2, "sel: {action: x}\ncondition: sel", name => 'b') . <<'YAML',
---
title: rule 3
id: 00000000-0000-4000-8000-000000000003
level: high
correlation: {type: event_count, rules: [b], timespan: 5m, condition: {gte: 2}}
YAML
        'b.test.yml' => <<'YAML',
tests:
    - name: two
      rule: rule 3
      events:
          - {action: x, created_at: "2026-11-22T10:00:00Z"}
          - {action: x, created_at: "2026-11-22T10:01:00Z"}
          - {action: y, created_at: "2026-11-22T10:02:00Z"}
      expect: match
    - {name: one; what went before is forgotten, rule: rule 3, event: {action: x, created_at: "2026-11-22T10:03:00Z"}, expect: miss}
    - {name: a rule that does not report, rule: b, event: {action: x}, expect: match}
YAML
    );
    my $r = look('--check', '--rules', $dir);
    is $r->{status}, 0;
    is $r->{out}, "3 rules loaded, 0 errors, 0 warnings; 6 tests, 0 failed\n";

    spew("$dir/a.test.yml", <<'YAML');
tests:
    - {name: first, event: {action: y}, expect: match}
    - {name: second, event: {action: x}, expect: miss}
    - {name: third, event: {action: x}, expect: maybe}
    - {name: fourth, expect: match}
    - {name: fifth, rule: nobody, event: {}, expect: miss}
    - 7
YAML
    spew("$dir/b.test.yml", "tests:\n    - {name: which, event: {}, expect: miss}\n");
    spew("$dir/c.yml", $wrong);
    spew("$dir/d.yml", "title: [\n");
    $r = look('--check', '--rules', $dir);
    is $r->{status}, 1;
    like $r->{out}, qr{^\Q$dir\E/c\.yml:5:\d+: error: .*nonsense.*\[wrong\]$}m;
    like $r->{out}, qr{^\Q$dir\E/d\.yml:\d+:\d+: error: }m;
    like $r->{out}, qr{^\Q$dir\E/a\.test\.yml:2: test "first" failed: a match was expected}m;
    like $r->{out}, qr{^\Q$dir\E/a\.test\.yml:3: test "second" failed: the rule matched}m;
    like $r->{out}, qr{:4: test "third" failed: `expect`}m;
    like $r->{out}, qr{:5: test "fourth" failed: it needs}m;
    like $r->{out}, qr{:6: test "fifth" failed: `rule` is no}m;
    like $r->{out}, qr{:7: test failed: a test is a mapping}m;
    like $r->{out}, qr{b\.test\.yml:2: test "which" failed: .*say which by `rule`}m;
    like $r->{out}, qr/^3 rules loaded, 2 errors, \d+ warnings; 7 tests, 7 failed$/m;
    $r = look('--check', '--format=json', '--rules', $dir);
    is $r->{status}, 1;
    my $found = decode_json($r->{out});
    is_deeply [@$found{qw(rules errors tests failed)}], [3, 2, 7, 7];
    is scalar(grep { $_->{kind} eq 'error' && $_->{line} > 0 } @{$found->{problems}}), 2;
    is $found->{run}[0]{message}, 'a match was expected, and the rule did not match';
    spew("$dir/gone.test.yml", "tests: []\n");
    like look('--check', '--rules', $dir)->{out}, qr{/gone\.test\.yml: test failed: there is no rule file of that name beside it$}m;
    unlike look('--check', '--rules', "$dir/a.yml")->{out}, qr{b\.test}, 'tests of rules that were not asked for are not lost';
    spew("$dir/a.test.yml", "tests: [\n");
    like look('--check', '--rules', $dir)->{out}, qr{a\.test\.yml:? ?.*failed: line \d+}m, 'a file of tests that is no YAML';
};

subtest 'pipelines beside rules' => sub {
    my $r = look('--check', '--rules', 'rules');
    is $r->{status}, 0, 'are no wrong rules' or diag $r->{out};
    my @said = $r->{out} =~ m{^rules/pipelines/\w+\.yml:\d+:\d+: warning: a pipeline, not a rule.*--pipeline}mg;
    is scalar(@said), scalar(my @are = glob 'rules/pipelines/*.yml'), 'and are said to be passed over, each once';
    like $r->{out}, qr{^rules/soc2\.yaml:\d+:\d+: warning: a mapping of auditexport}m, 'and so are mappings';
    unlike $r->{out}, qr/holds no rule/;
    is $r->{err}, '', 'nothing is wrong';
};

subtest 'a wrong rule does not hide the others' => sub {
    my $dir = rules_in('a.yml' => rule(1, "sel: {action: x}\ncondition: sel"), 'b.yml' => $wrong);
    my $r = classify($dir, qq({"action":"x"}\n));
    is $r->{status}, 2;
    is_deeply [ids_of($r)], [1];
    like $r->{err}, qr{error: \Q$dir\E/b\.yml:5:\d+: };
    like $r->{err}, qr/1 errors in rules/;
    is look('--list', '--rules', $dir)->{status}, 2;
    spew("$dir/c.yml", '#' x 5_000_000);
    $r = classify($dir, qq({"action":"x"}\n));
    is_deeply [ids_of($r)], [1], 'nor does a very long file';
    like $r->{err}, qr{c\.yml: the file has more than 4194304 bytes};
};

subtest '--list' => sub {
    my $dir = rules_in(
        'a.yml' => rule(1, "sel: {action: x}\ncondition: sel", level => 'low', title => 'Ä title', tags => '[attack.t1078, soc2.cc6.1, gdpr.art32]', falsepositives => '[never]'),
        'b.yml' => rule(2, "sel: {action: x}\ncondition: sel", level => 'critical', title => "\"bad \\e[2J\""),
    );
    my $r = look('--list', '--rules', $dir);
    is $r->{status}, 0;
    my @lines = split /\n/, $r->{out};
    like $lines[0], qr/^LEVEL +TITLE +ID +CRITERIA +TAGS +FILE$/;
    like $lines[1], qr/^critical  bad \\x1b\[2J +00000000-0000-4000-8000-000000000002  - +- +\Q$dir\E\/b\.yml$/, 'nothing acts on the terminal';
    utf8::decode($lines[2]);
    like $lines[2] // '', qr/^low +Ä title +\S+1  soc2\.cc6\.1 gdpr\.art32  attack\.t1078  /;
    my $list = decode_json(look('--list', '--rules', $dir, '--format=json')->{out});
    like $list->{ruleset}, qr/^sha256:[0-9a-f]{64}$/;
    is_deeply [map { $_->{level} } @{$list->{rules}}], [qw(critical low)];
    is_deeply $list->{rules}[1]{criteria}, [qw(soc2.cc6.1 gdpr.art32)];
    is_deeply $list->{rules}[1]{falsepositives}, ['never'];
    is $list->{rules}[1]{line}, 1;
};

subtest '--explain' => sub {
    my $dir = rules_in('a.yml' => rule(1, "sel:\n    action: [one, two]\n    n|gte: 5\nfilter: {ok: true}\ncondition: sel and not filter", name => 'named') . <<'YAML');
---
title: rule 2
id: 00000000-0000-4000-8000-000000000002
level: high
correlation: {type: event_count, rules: [named], timespan: 5m, condition: {gte: 2}}
YAML
    my $explain = sub {
        my ($rule, $lines, $locale) = @_;
        my $r = AuditTest::run(['auditclassify', '--rules', $dir, '--explain', $rule], stdin => $lines, env => {LC_ALL => $locale // 'C'});
        is $r->{status}, 0 or diag $r->{err};
        return $r->{out};
    };
    my $hit = qq({"action":"TWO","n":7,"created_at":"2026-11-22T10:00:00Z"}\n);
    my $text = $explain->('named', qq($hit\{"action":"thr\\u001bee","ok":true}\n));
    like $text, qr/\Astdin:1\n  \+ rule 1\n/;
    like $text, qr/^ +\+ .*action.*\(has 'TWO'\)$/m;
    like $text, qr/^ +\+ action.*'two'$/m;
    unlike $text, qr/'one'.*stdin:2/s, 'of alternatives, the one that holds';
    like $text, qr/^ +- .*ok.*\(has no such field\)$/m;
    like $text, qr/^stdin:2\n  - rule 1\n/m;
    like $text, qr/\(has 'thr\\x1bee'\)/;
    like $text, qr/^ +- .*n.*\(has no such field\)$/m;
    $text = $explain->('00000000-0000-4000-8000-000000000001', $hit, 'C.UTF-8');
    utf8::decode($text);
    like $text, qr/^  ✓ rule 1$/m;
    like $text, qr/^ +✗ /m;
    $text = $explain->('rule 2', $hit x 2);
    like $text, qr/\Astdin:1\n  - rule 2\n      \+ rule 1\n/, 'a correlation, and what it is made of';
    like $text, qr/^stdin:2\n  \+ rule 2\n/m;
    my $r = look('--rules', $dir, '--explain', 'nobody');
    is $r->{status}, 2;
    like $r->{err}, qr/there is no rule "nobody"/;
};

subtest 'loading is quick' => sub {
    plan skip_all => 'an instrumented build' if ($ENV{B} // 'build') =~ /asan|cov/;
    my $many = tempdir();
    spew("$many/$_.yml", rule($_, "sel: {action: 'x$_', role|contains: ['a$_', 'b$_']}\nf: {t|re: 'x{2,}$_'}\ncondition: sel and not f")) for 1 .. 350;
    my ($best) = sort { $a <=> $b } map { look('--list', '--rules', $many)->{seconds} } 1 .. 5;
    cmp_ok $best, '<', 0.5 * $AuditTest::patience, '350 rules';
};

done_testing;
