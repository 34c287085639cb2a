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
my @pinned = ('--key', $log->vkey);
my @anchored = (@pinned, '--anchors', $dir);

sub anchors_only { my ($name, $sql, @findings) = @_; return tampered($c, 'sealed', {args => \@anchored}, $name, $sql, @findings) }
# By the database's own checkpoints too, whoever signed them, and whether a key was pinned or not.
sub anyhow {
    my ($name, $sql, @findings) = @_;
    tampered($c, 'sealed', "$name: no key", $sql, @findings);
    return anchors_only($name, $sql, @findings);
}
sub says {
    my ($name, $db, $like, @options) = @_;
    my $r = $c->run(['auditverify', @options], db => $db);
    like $r->{out} =~ s/\s+/ /gr, $like, $name;
    return $r;
}

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

my $edit = q{UPDATE audit_logs AS l SET action = 'forged' WHERE id = e(402); UPDATE auditproof.chain_entry
    SET content_hash = auditproof.content_hash(l) FROM audit_logs AS l WHERE log_id = e(402) AND l.id = e(402)};
my $rewrite = "$edit; SELECT rebuild(t(2), 101)";
sub cut { my ($chain, $from) = @_; return "DELETE FROM audit_logs WHERE id IN (SELECT log_id FROM auditproof.chain_entry "
    . "WHERE chain_id = t($chain) AND seq >= $from); DELETE FROM auditproof.chain_entry WHERE chain_id = t($chain) AND seq >= $from" }
my $gone = 'DELETE FROM audit_logs WHERE organization_id = t(2); DELETE FROM auditproof.chain_entry '
    . 'WHERE chain_id = t(2); DELETE FROM auditproof.chain WHERE chain_id = t(2)';
my $grow = q{INSERT INTO audit_logs (id, organization_id, action, resource_type) SELECT e(1000 + n), t(2), 'f', 'r'
    FROM generate_series(1, 100) AS n; INSERT INTO auditproof.chain_entry SELECT t(2), 200 + n, l.id, now(),
    auditproof.content_hash(l), '' FROM generate_series(1, 100) AS n JOIN audit_logs AS l ON l.id = e(1000 + n);
    SELECT rebuild(t(2), 201)};

anyhow('rewritten from 101 to the head', $rewrite, 'rewritten T2 250');
anyhow('rewritten where only the newest seal covers it', $edit =~ s/402/id/gr =~ s/e\(id\)/(SELECT log_id FROM
    auditproof.chain_entry WHERE chain_id = t(2) AND seq = 252)/gr . '; SELECT rebuild(t(2), 252)', 'rewritten T2 255');
anyhow('cut below a checkpoint', cut(2, 201), 'truncated T2 201');
anyhow('cut and grown past it', cut(2, 201) . "; $grow", 'rewritten T2 250');
anyhow('cut, and grown to less', cut(2, 201) . '; ' . $grow =~ s/\b100\b/52/gr, 'rewritten T2 250', 'truncated T2 253');
anyhow('a tenant gone', $gone, 'truncated T2 1');
anyhow('and all seals of it', "$gone; DELETE FROM auditproof.seal WHERE chain_id = t(2)", 'seal seal 2', 'seal seal 6');
anyhow('and the others renumbered', "$gone; DELETE FROM auditproof.seal WHERE chain_id = t(2); UPDATE auditproof.seal "
    . 'SET log_index = log_index + 100; UPDATE auditproof.seal SET log_index = (log_index - 100) / 4 * 3 + '
    . 'CASE log_index % 4 WHEN 3 THEN 2 ELSE log_index % 4 END',
    'rewritten seal log', 'seal checkpoints 3 to 6', 'truncated seal log');
anyhow('entries of one tenant in the chain of another', q{UPDATE audit_logs SET organization_id = t(3)
    WHERE id IN (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = t(2) AND seq > 240);
    UPDATE auditproof.chain_entry SET chain_id = t(3), seq = seq + 15, recorded_at = now() WHERE chain_id = t(2) AND seq > 240;
    UPDATE auditproof.chain_entry AS e SET content_hash = auditproof.content_hash(l) FROM audit_logs AS l
    WHERE e.log_id = l.id AND e.chain_id = t(3) AND seq > 255; SELECT rebuild(t(3), 256)}, 'truncated T2 241');
anyhow('what is not sealed yet', cut(2, 256), ());

done_testing;
