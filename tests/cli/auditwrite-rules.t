#!/usr/bin/perl
# Entries that are classified on the way in: risk_level, and what metadata says of the rules, inside the hash.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use ClassifyTest;
use JSON::PP;
use WriteTest;
use Test::More;

my $c = AuditTest->cluster;
my $new = write_db($c);
my $dir = rules_in(
    'a.yml' => rule(1, "sel: {action|contains: DELETE}\ncondition: sel"),
    'b.yml' => rule(2, "sel: {metadata.big: true}\ncondition: sel", level => 'critical'),
    'c.yml' => rule(3, "sel: {metadata._auditproof.risk_level|exists: true}\ncondition: sel"),
    'd.yml' => rule(4, "sel: {created_at|hour: 3, action: early}\ncondition: sel", level => 'medium'),
    'e.yml' => rule(5, "sel: {action: note}\ncondition: sel", level => 'informational'),
);
my $digest = ruleset_of($dir);

sub ruleset_of { my ($rules) = @_; return (events_of(classify($rules, "{}\n")))[0]{_auditproof}{ruleset} }
sub put { my ($db, $stdin, @args) = @_; return $c->run(['auditwrite', @args], db => $db, stdin => $stdin) }
sub numbered { return map { sprintf '00000000-0000-4000-8000-%012d', $_ } @_ }

# risk_level and metadata of what is stored, by action.
sub by_action {
    my ($db) = @_;
    my %found;
    for (split /\n/, $c->psql($db, q{SELECT json_build_array(action, risk_level, metadata) FROM audit_logs ORDER BY created_at, id})) {
        my ($action, $risk, $metadata) = @{decode_json($_)};
        $found{$action} = {risk => $risk, metadata => $metadata};
    }
    return \%found;
}

subtest 'what is recorded' => sub {
    my $db = $new->();
    my $r = put($db, join('',
        entry(action => 'BULK_DELETE'),
        entry(action => 'DELETE mine', risk_level => 'low', metadata => {k => 'v', big => JSON::PP::true}),
        entry(action => 'DELETE null', risk_level => undef, metadata => undef),
        entry(action => 'x', metadata => {}),
        entry(action => 'note'),
        entry(action => 'early', created_at => '2026-01-01T04:30:00+01:00'),
        entry(action => 'forged', metadata => {_auditproof => {risk_level => 'none', rules => []}, z => 1}),
        entry(action => 'DELETE list', metadata => [1, 2]),
    ), '--rules', $dir);
    is $r->{status}, 0 or diag $r->{err};
    my $is = by_action($db);
    my $mark = sub { my ($risk, @rules) = @_; return {risk_level => $risk, rules => [numbered(@rules)], ruleset => $digest} };
    my $expect = sub {
        my ($action, $risk, $metadata) = @_;
        is_deeply $is->{$action}, {risk => $risk, metadata => $metadata}, $action;
    };
    $expect->('BULK_DELETE', 'high', {_auditproof => $mark->('high', 1)});
    $expect->('DELETE mine', 'low', {k => 'v', big => JSON::PP::true, _auditproof => $mark->('critical', 1, 2)});
    $expect->('DELETE null', 'high', {_auditproof => $mark->('high', 1)});
    $expect->('x', 'low', {_auditproof => $mark->('low')});
    $expect->('note', 'low', {_auditproof => $mark->('low', 5)});
    $expect->('early', 'medium', {_auditproof => $mark->('medium', 4)});
    $expect->('forged', 'low', {z => 1, _auditproof => $mark->('low')});
    $expect->('DELETE list', 'high', [1, 2]);
    like $r->{err}, qr/warning: 1 entries do not say which rules match them, for their metadata is no object/;
    like $r->{err}, qr/rules match 6 of those read/;
    ok chained($c, $db);
    is $c->run(['auditverify', '-q'], db => $db)->{status}, 0, 'and all of it is in the hash';
};

subtest 'from options and from CSV' => sub {
    my $db = $new->();
    is put($db, '', '--rules', $dir, '--action=DELETE one', '--resource-type=r', '--metadata={"big":true}')->{status}, 0;
    is put($db, qq(action,resource_type,metadata\nDELETE two,r,\nDELETE three,r,"{ ""_auditproof"" : 1 ,\n""a"":2}"\n), '--rules', $dir, '--format-in=csv')->{status}, 0;
    my $is = by_action($db);
    is_deeply [map { $is->{"DELETE $_"}{risk} } qw(one two three)], [qw(critical high high)];
    is_deeply [sort keys %{$is->{'DELETE three'}{metadata}}], [qw(_auditproof a)];
};

subtest 'correlations' => sub {
    my $db = $new->();
    my $many = rules_in('m.yml' => rule(5, "sel: {action|startswith: fail}\ncondition: sel", name => 'failed', level => 'low') . <<'YAML');
---
title: rule 6
id: 00000000-0000-4000-8000-000000000006
level: critical
correlation:
    type: event_count
    rules: [failed]
    group-by: [session_id]
    timespan: 5m
    condition: {gte: 3}
YAML
    my @lines = map { entry(id => org(500 + $_), action => "fail $_", session_id => 's') } 1 .. 4;
    is put($db, join('', @lines), '--rules', $many)->{status}, 0;
    my $is = by_action($db);
    is_deeply [map { scalar @{$is->{"fail $_"}{metadata}{_auditproof}{rules}} } 1 .. 3], [0, 0, 1];
    is $is->{'fail 3'}{risk}, 'critical', 'an entry that has no time happens now';
    # Alone, the third line does not complete what it completed then: it is the same entry all the same.
    my $r = put($db, $lines[2], '--rules', $many, '--on-conflict=skip');
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/1 read, 0 written, 1 skipped/;
    (my $other = $lines[2]) =~ s/"s"/"t"/;
    is put($db, $other, '--rules', $many, '--on-conflict=skip')->{status}, 2, 'but for what rules say of it';
};

subtest 'wrong rules' => sub {
    my $db = $new->();
    my $wrong = rules_in('a.yml' => slurp("$dir/a.yml"), 'b.yml' => "title: b\ndetection: {}\n");
    my $r = put($db, entry(action => 'DELETE'), '--rules', $wrong);
    is $r->{status}, 2;
    like $r->{err}, qr/b\.yml:\d+/;
    like $r->{err}, qr/nothing was stored, for the rules have \d errors/;
    is $c->psql($db, 'SELECT count(*) FROM audit_logs'), 0;
    is put($db, '', '--pipeline=okta')->{status}, 2, 'a pipeline needs rules';
    is put($db, '', '--rules', "$dir/none")->{status}, 3;
};

done_testing;
