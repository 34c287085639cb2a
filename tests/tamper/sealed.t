#!/usr/bin/perl
# What only seals show: chains rewritten whole, cut off, or gone; and how far a verdict goes.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;

my ($c, $log, $dir) = sealed();
my @pinned = pinned();
my @anchored = anchored();

subtest 'nothing is wrong' => sub {
    my %verdict = (intact => [], trusted => \@pinned, anchored => ['--anchors', $dir]);
    for my $verdict (sort keys %verdict) {
        my $v = verify($c, 'sealed', @{$verdict{$verdict}});
        is_deeply [$v->{status}, $v->{verdict}{verdict}, $v->{findings}, $v->{notices}], [0, $verdict, [], []], $verdict
            or diag explain $v;
        is $v->{verdict}{extent}{anchored_entries}, $verdict eq 'intact' ? 0 : 1020, 'entries that somebody vouches for';
        my $seals = $v->{verdict}{seals};
        is_deeply [@$seals{qw(log_size covered_entries uncovered_entries waiting_seq uncovered_chains)}], [8, 1020, 7, 256, 1],
            'the extent';
        is_deeply [map { $_->{sealed_seq} } @{$v->{chains}}], [255, 255, 255, 255], 'of each chain';
        is $seals->{covered_by}{size}, 8, 'the newest checkpoint';
    }
    says('the extent is printed', 'sealed', qr/Self-consistent only from seq 256 of chain 22222222-\S+ 7 entries, unsealed for \d/);
    says('without a key signatures prove nothing', 'sealed', qr/signatures then prove nothing about who signed/, '--anchors', $dir);
    says('own checkpoints alone are worth nothing', 'sealed', qr/Not anchored: .* rewritten it with its seals and checkpoints/);
    says('nor is a rollback seen by them', 'sealed', qr/set back to an earlier checkpoint, or rewritten by someone who holds the key, would not show/,
        @pinned);
    unlike says('trusted', 'sealed', qr/Verdict: trusted.*Checkpoints kept elsewhere agree, through 8 seals/, @anchored)->{out},
        qr/would not show/, 'with both, neither is said';
};

subtest 'one chain, and ranges' => sub {
    my @t2 = (@anchored, '--org=22222222-0000-4000-8000-000000000000');
    for ([[], 255, 7], [['--to-seq=255'], 255, 0], [['--to-seq=254'], 250, 4], [['--from-seq=100', '--to-seq=252'], 151, 2],
        [['--from-seq=256'], 0, 7], [['--from-seq=10', '--to-seq=20'], 0, 11]) {
        my ($range, $covered, $uncovered) = @$_;
        my $v = verify($c, 'sealed', @t2, @$range);
        is_deeply [$v->{status}, @{$v->{verdict}{seals}}{qw(covered_entries uncovered_entries)}], [0, $covered, $uncovered],
            "@$range: what was read under a seal";
        is $v->{verdict}{verdict}, $covered ? 'trusted' : 'intact', 'the verdict';
    }
};

anyhow('rewritten from 101 to the head', rewritten(2, 101), 'rewritten T2 250');
anyhow('rewritten where only the newest seal covers it', rewritten(2, 252), 'rewritten T2 255');
anyhow('cut below a checkpoint', cut(2, 201), 'truncated T2 201');
anyhow('cut and grown past it', cut(2, 201) . '; ' . grown(2, 100), 'rewritten T2 250');
anyhow('cut and grown to the same', cut(2, 201) . '; ' . grown(2, 62), 'rewritten T2 250');
anyhow('cut, and grown to less', cut(2, 201) . '; ' . grown(2, 52), 'rewritten T2 250', 'truncated T2 253');
anyhow('a tenant gone', gone(2), 'truncated T2 1');
my $unsealed = gone(2) . '; DELETE FROM auditproof.seal WHERE chain_id = t(2); DELETE FROM auditproof.tile WHERE tree = t(2)';
anyhow('and all seals of it', $unsealed, 'seal seal 2', 'seal seal 6');
anyhow('and the others renumbered', "$unsealed; UPDATE auditproof.seal SET log_index = log_index + 100; "
    . 'UPDATE auditproof.seal SET log_index = (log_index - 100) / 4 * 3 + CASE log_index % 4 WHEN 3 THEN 2 ELSE log_index % 4 END',
    'rewritten seal log');
anyhow('entries of one tenant in the chain of another', spliced(2, 3, 241), 'truncated T2 241');
anyhow('among those that are sealed', spliced(2, 3, 241) . '; ' . rewritten(3, 252), 'rewritten T3 255', 'truncated T2 241');
anyhow('what is not sealed yet', cut(2, 256), ());

done_testing;
