#!/usr/bin/perl
# A series of incremental runs over a sealed database: the verdicts, and what seals, checkpoints and trees show.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;

use constant CYCLE => 3;

my ($c, $log, $dir) = sealed();
my $states = tempdir();
my $made = 0;

sub night {
    my ($db, $state, @options) = @_;
    return verify($c, $db, "--incremental=$state", '--cycle=' . CYCLE, anchored(), @options);
}

sub verified {
    my ($db, $state) = (copy_of($c, 'sealed'), "$states/" . ++$made);
    my $v = night($db, $state);
    die join ', ', $v->{err}, @{$v->{findings}} if $v->{status};
    return ($db, $state);
}

sub at_once {
    my ($name, $sql, @expected) = @_;
    my ($db, $state) = verified();
    forge($c, $db, $sql, 'sealed');
    for my $when ('the next run', 'the one after') {
        my $v = night($db, $state);
        is_deeply $v->{findings}, [sort @expected], "$name: $when" or diag explain $v->{findings}, $v->{err};
    }
    return ($db, $state);
}

subtest 'an ordinary series' => sub {
    my ($db, $state) = (copy_of($c, 'sealed'), "$states/ordinary");
    my $elsewhere = tempdir();
    AuditTest::run(['sh', '-c', "cp $dir/* $elsewhere/"]);
    for my $run (1 .. 2 * CYCLE + 1) {
        my $v = verify($c, $db, "--incremental=$state", '--cycle=' . CYCLE, pinned(), '--anchors', $elsewhere);
        is_deeply [$v->{status}, $v->{findings}, $v->{notices}], [0, [], []], "run $run" or diag explain $v->{findings}, $v->{err};
        is $v->{verdict}{verdict}, 'trusted', 'the verdict';
        is $v->{verdict}{scope}, $run == 1 ? 'full' : 'incremental', 'and what it rests on';
        my $full = verify($c, $db, pinned(), '--anchors', $elsewhere);
        is_deeply $v->{verdict}{seals}, {%{$full->{verdict}{seals}}, map { ($_ => $v->{verdict}{seals}{$_}) }
            grep { exists $v->{verdict}{seals}{$_} } 'unsealed_seconds'}, 'seals as where everything is read' or diag explain $v->{verdict}{seals};
        $c->psql($db, SealTest::more('generate_series % 4', 30));
        $log->seal($c, $db, anchors => $elsewhere) if $run % 2;
        $c->psql($db, SealTest::more(1, 3));
    }
    like $c->run(['auditverify', "--incremental=$state", anchored()], db => $db)->{out},
        qr/^Verdict: trusted as far as this run read: /m, 'in words';
};

at_once('cut below a checkpoint', cut(2, 201), 'truncated T2 201', 'truncated T2 201');
at_once('rewritten', rewritten(2, 101), 'rewritten T2 250', 'rewritten T2 262');
at_once('a checkpoint removed', 'DELETE FROM auditproof.checkpoint WHERE size = 4', 'seal checkpoint 4');
at_once('a seal changed', q{UPDATE auditproof.seal SET root = sha256('x') WHERE log_index = 2}, 'rewritten seal log');

subtest 'trees' => sub {
    for (['a leaf', q{UPDATE auditproof.tile SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE tree = t(2) AND level = 0}],
        ['its leaves', q{DELETE FROM auditproof.tile WHERE tree = t(2)}]) {
        my ($name, $sql) = @$_;
        my ($db, $state) = verified();
        forge($c, $db, $sql, 'sealed');
        my ($runs, $v) = (0);
        do { $v = night($db, $state); $runs++ } until $v->{status} || $runs == CYCLE;
        like "@{$v->{findings}}", qr/^seal T2 25[05] tree/, "$name: in run $runs" or diag explain $v->{findings}, $v->{err};
        like "@{night($db, $state)->{findings}}", qr/^seal T2 25[05] tree/, 'and again';
    }
};

subtest 'a first run with a finding' => sub {
    my ($db, $state) = (copy_of($c, 'sealed'), "$states/first");
    forge($c, $db, q{UPDATE auditproof.tile SET hashes = overlay(hashes PLACING sha256('x') FROM 33) WHERE tree = t(2) AND level = 0;
        UPDATE audit_logs SET action = 'x' WHERE id = e(3)}, 'sealed');
    for my $run (1 .. CYCLE + 1) {
        my $v = night($db, $state);
        is_deeply [grep { !/tree/ } @{$v->{findings}}], ['altered T3 1 e3'], "run $run" or diag explain $v->{findings}, $v->{err};
        like "@{$v->{findings}}", qr/seal T2 25[05] tree/;
        is $v->{verdict}{incremental}{held_chains}, 2, 'both chains are read again';
    }
};

done_testing;
