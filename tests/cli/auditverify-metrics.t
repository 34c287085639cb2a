#!/usr/bin/perl
# auditverify --metrics: what monitoring reads, whatever comes of a run; and the alerts over it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use MetricsTest;
use SealTest;
use TamperTest;
use Test::More;

my ($c, $log, $dir) = sealed();
my $out = tempdir();
my $file = "$out/verify.prom";
my %families;

sub measured {
    my ($db, @args) = @_;
    my $r = $c->run(['auditverify', '--metrics', $file, @args], db => $db);
    my $m = metrics(slurp($file));
    $families{$_} = 1 for keys %$m;
    return ($m, $r);
}
sub value { my ($m, $name, $labels) = @_; return $m->{"auditproof_verify_$name"}{$labels // ''} }
sub verdict { my ($m) = @_; my $is = $m->{auditproof_verify_verdict}; return join ' ', grep { $is->{$_} } sort keys %$is }

my $success;

subtest 'a sound database' => sub {
    my $before = time;
    my ($m, $r) = measured('sealed', '--key', $log->vkey, '--anchors', $dir);
    is $r->{status}, 0 or diag $r->{err};
    is_deeply [database(slurp($file))], ['sealed'], 'every sample names the database';
    is verdict($m), 'verdict=trusted';
    is scalar(keys %{$m->{auditproof_verify_verdict}}), 5, 'all verdicts have a sample';
    is_deeply [map { value($m, $_) } qw(entries entries_read rows chains findings notices unsealed_entries exit_status anchored_seals)],
        [1027, 1027, 1027, 4, 0, 0, 7, 0, 8];
    is_deeply [map { value($m, $_) } qw(anchor_lag_entries anchor_lag_seconds)], [0, 0], 'anchors are not behind';
    cmp_ok value($m, $_), '>=', $before, $_ for map { "last_${_}_timestamp_seconds" } qw(run success verdict);
    cmp_ok value($m, $_), '<=', time, $_ for map { "last_${_}_timestamp_seconds" } qw(run success verdict);
    like value($m, 'duration_seconds'), qr/^\d+\.\d{3}$/;
    cmp_ok value($m, 'unsealed_seconds'), '<', 600;
    is_deeply [grep { $_ } values %{$m->{auditproof_verify_findings_by_kind}}], [], 'no finding of any kind';
    is value($m, 'findings_by_kind', 'kind=altered'), 0, 'and each kind is there';
    is sprintf('%o', (stat $file)[2] & 0777), '644', 'others can read it';
    is_deeply [map { s{.*/}{}r } glob "$out/* $out/.[!.]*"], ['verify.prom'], 'and nothing is left beside it';
    $success = value($m, 'last_success_timestamp_seconds');
};

subtest 'anchors that are behind' => sub {
    my $old = tempdir();
    my ($first) = sort glob "$dir/*.note";
    spew("$old/" . $first =~ s{.*/}{}r, slurp($first));
    my ($m) = measured('sealed', '--key', $log->vkey, '--anchors', $old);
    is_deeply [map { value($m, $_) } qw(anchored_seals anchor_lag_entries)], [4, 20], 'by one round of 20 entries';
    my $between = $c->psql('sealed', 'SELECT floor(extract(epoch FROM max(sealed_at) - min(sealed_at))) FROM auditproof.checkpoint');
    is value($m, 'anchor_lag_seconds'), $between, 'and the time between the rounds';
    ($m) = measured('sealed', '--anchors', $old);
    is value($m, 'anchor_lag_entries'), 20, 'without a key too';
    ($m) = measured('sealed', '--key', $log->vkey);
    is value($m, 'anchor_lag_entries'), undef, 'none are asked: no word on them';
    is value($m, 'unsealed_entries'), 7;
    $success = value($m, 'last_success_timestamp_seconds');
};

subtest 'findings' => sub {
    my $db = copy_of($c, 'sealed');
    forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id IN (e(402), e(403)); DELETE FROM audit_logs WHERE id = e(5)});
    spew($file, slurp($file) =~ s/database="sealed"/database="$db"/gr);
    my ($m, $r) = measured($db, '--max-findings=1');
    is $r->{status}, 1;
    is verdict($m), 'verdict=findings';
    is_deeply [map { value($m, $_) } qw(findings exit_status)], [3, 1], 'all are counted';
    is_deeply [map { value($m, 'findings_by_kind', "kind=$_") } qw(altered missing gap)], [2, 1, 0];
    is value($m, 'last_success_timestamp_seconds'), $success, 'the last success stays when it was';
    my $verdict = value($m, 'last_verdict_timestamp_seconds');

    ($m, $r) = measured($db, '--anchors', "$dir/nowhere");
    is $r->{status}, 3, 'then nothing can be told';
    is verdict($m), 'verdict=unknown';
    is_deeply [map { value($m, $_) } qw(findings exit_status)], [3, 3], 'which ends no alarm';
    is value($m, 'findings_by_kind', 'kind=altered'), 2, 'of any kind';
    is value($m, 'last_success_timestamp_seconds'), $success, 'the last success stays when it was';
    is value($m, 'last_verdict_timestamp_seconds'), $verdict, 'and the last verdict';
    cmp_ok value($m, 'last_run_timestamp_seconds'), '>=', $verdict;

    $r = $c->run(['auditverify', '--metrics', $file, '-h', "$out/no-server"], db => $db);
    is $r->{status}, 3, 'no server';
    is_deeply [database(slurp($file))], [$db], 'it is still of that database';
    $m = metrics(slurp($file));
    is_deeply [map { value($m, $_) } qw(findings exit_status last_success_timestamp_seconds)], [3, 3, $success];
    ($m, $r) = measured($db, '--key', "$out/no-such-key");
    is $r->{status}, 3, 'no key' or diag $r->{err};
    is_deeply [map { value($m, $_) } qw(findings exit_status last_success_timestamp_seconds)], [3, 3, $success];
};

subtest 'another database in the same file' => sub {
    my ($m) = measured('sealed', '--anchors', "$dir/nowhere");
    is value($m, $_), undef, "has nothing from the one before: $_" for qw(findings last_success_timestamp_seconds);
    is_deeply [database(slurp($file))], ['sealed'];
    unlink $file;
    my $r = $c->run(['auditverify', '--metrics', $file, '-h', "$out/no-server"], db => 'sealed');
    is $r->{status}, 3;
    is_deeply [database(slurp($file))], [], 'nobody knows which, at the first run and without a server';
    is verdict(metrics(slurp($file))), 'verdict=unknown';
    ($m) = measured('sealed');
    is_deeply [database(slurp($file))], ['sealed'];
};

subtest 'names that others chose' => sub {
    my $name = "q\"b\\s\nn{database=\"x\"}";
    $c->psql('postgres', 'CREATE DATABASE "' . $name =~ s/"/""/gr . '" TEMPLATE sealed');
    my ($m, $r) = measured($name);
    is $r->{status}, 0 or diag $r->{err};
    is_deeply [database(slurp($file))], [$name], 'are escaped';
    $success = value($m, 'last_success_timestamp_seconds');
    ($m, $r) = measured($name, '--anchors', "$dir/nowhere");
    is $r->{status}, 3;
    is value($m, 'last_success_timestamp_seconds'), $success, 'and known again';
    $r = $c->run(['auditverify', '--metrics', $file, '-h', "$out/no-server"], db => $name);
    is_deeply [database(slurp($file))], [$name], 'also without a server';
};

subtest 'a file that cannot be written, or is something else' => sub {
    my $r = $c->run(['auditverify', '--metrics', "$out/no/where"], db => 'sealed');
    is $r->{status}, 0, 'changes no verdict';
    like $r->{err}, qr/warning: no metrics: .*\Q$out\E/, 'and is said';
    spew("$out/other.prom", "garbage\n" x 3 . "auditproof_verify_findings{database=\"sealed\"} 1\n");
    $r = $c->run(['auditverify', '--metrics', "$out/other.prom"], db => 'sealed');
    is $r->{status}, 0;
    is metrics(slurp("$out/other.prom"))->{auditproof_verify_findings}{''}, 0, 'what was there is replaced';
};

# Alerts over names that no tool writes would never fire.
subtest 'alerting rules' => sub {
    my $json = AuditTest::run(['python3', '-c', 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)',
        'share/prometheus/auditproof.rules.yml']);
    is $json->{status}, 0, 'are YAML' or diag $json->{err};
    my @rules = map { @{$_->{rules}} } @{JSON::PP::decode_json($json->{out})->{groups}};
    cmp_ok scalar(@rules), '>=', 8;
    my $source = slurp('cmd/common/metrics.c');
    my %defined = map { $_ => 1 } $source =~ /"(auditproof_\w+)"/g;
    ok $defined{$_}, "$_ is in the table" for sort keys %families;
    my %alerts;
    for my $rule (@rules) {
        ok !$alerts{$rule->{alert}}++, $rule->{alert};
        my @unknown = grep { !$defined{$_} } map { $_->{expr} =~ /\b(auditproof_\w+)/g } $rule;
        is "@unknown", '', 'asks for what there is';
        is_deeply [sort grep { !/^(alert|expr|for|labels|annotations)$/ } keys %$rule], [], 'has known keys';
        ok $rule->{annotations}{summary} && $rule->{labels}{severity}, 'and says what is wrong';
    }
    my $manual = join '', map { slurp("man/$_.1") } qw(auditmigrate auditretain auditschedule auditseal auditverify);
    my @silent = grep { $manual !~ /\b\Q$_\E\b/ } sort keys %defined;
    is "@silent", '', 'the manual describes every family';
    @silent = grep { $manual !~ /\b\Q$_\E\b/ } sort keys %alerts;
    is "@silent", '', 'and every alert';
};

done_testing;
