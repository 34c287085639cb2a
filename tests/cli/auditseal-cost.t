#!/usr/bin/perl
# What sealing, proofs, the status and handing over read grows with what is new and with the number of chains, not with
# what is there: whatever the planner believes of the tables, which nobody may ever have analyzed.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my ($chains, $new) = (200, 400);
my $c = AuditTest->cluster(conf => {autovacuum => 'off'});
my $dir = tempdir();

$c->createdb('empty');
is $c->run(['auditmigrate', 'install', '-q'], db => 'empty')->{status}, 0, 'installed';
is $c->run(['auditseal', 'keygen', "$dir/key", '--origin', 'example.org/log'], db => 'empty')->{status}, 0, 'a key';
$c->psql('empty', qq(CREATE FUNCTION t(n bigint) RETURNS uuid LANGUAGE sql AS
    \$\$ SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid \$\$;
    INSERT INTO organizations (id, name) SELECT t(i), i FROM generate_series(1, $chains) AS i));

sub add { return $c->psql($_[0], "INSERT INTO audit_logs (organization_id, action, resource_type)
    SELECT t(1 + i % $chains), 'a', 'r' FROM generate_series(1, $_[1]) AS i") }

# Rows and pages that a command had the server read, of all tables.
sub reads {
    my ($db, @command) = @_;
    my $others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    $c->psql($db, 'SELECT pg_stat_reset()');
    my $r = $c->run(['auditseal', @command], db => $db);
    is $r->{status}, 0, $command[0] or diag $r->{err};
    wait_until { $c->psql($db, $others) == 0 } 10, 'the counts';
    return split(qr{\|}, $c->psql($db, q(SELECT
        (SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables),
        (SELECT sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0)) FROM pg_statio_user_tables),
        (SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_stat_user_tables WHERE seq_tup_read > 0))), -1);
}
sub bounded {
    my ($name, $few, $many, $rows) = @_;
    is $many->[2], '', "$name: no table is read whole";
    cmp_ok $many->[0], '<=', $rows, "$name: rows";
    cmp_ok $many->[0], '<=', 1.05 * $few->[0] + 10, "$name: no more rows than when little was there";
    cmp_ok $many->[1], '<=', 1.6 * $few->[1] + 60, "$name: nor many more pages, for indexes grow in height";
    return note "$name: @{$few}[0, 1], then @{$many}[0, 1]";
}

my %believed = (
    'never analyzed' => sub { },
    'analyzed when nothing was there' => sub { return $_[1] eq 'empty' ? $c->psql($_[0], 'ANALYZE') : undef },
    'analyzed when little was there' => sub { return $_[1] eq 'few' ? $c->psql($_[0], 'ANALYZE') : undef },
);
my $n = 0;
for my $name (sort keys %believed) {
    subtest $name => sub {
        my $db = $c->createdb('d' . ++$n, template => 'empty');
        my $worm = "$dir/worm" . $n;
        mkdir $worm or die;
        my @seal = ('seal', '-q', '--key', "$dir/key", '--anchor', "dir:$worm", '--anchor', 'exec:true');
        my @kinds = (['a round', @seal], ['nothing new', @seal], ['the status', 'status'], ['the checkpoint', 'checkpoint', '--full'],
            ['a proof', 'prove', '--chain', $c->psql($db, 'SELECT t(7)'), '--seq', 2]);
        my $measure = sub { add($db, $new); return map { my ($kind, @command) = @$_; [reads($db, @command)] } @kinds };

        $believed{$name}->($db, 'empty');
        add($db, 2 * $chains);
        is $c->run(['auditseal', @seal], db => $db)->{status}, 0, 'sealed';
        $believed{$name}->($db, 'few');
        my @few = $measure->();

        # Much more: entries, and checkpoints that the anchors were handed long ago.
        add($db, 100 * $chains);
        is $c->run(['auditseal', @seal], db => $db)->{status}, 0, 'sealed';
        $c->psql($db, q(INSERT INTO auditproof.checkpoint SELECT n, 'example.org/log', c.root, c.note, c.sealed_at
            FROM auditproof.checkpoint AS c, generate_series(1, 150) AS n WHERE c.size = (SELECT min(size) FROM auditproof.checkpoint);
            INSERT INTO auditproof.attestation SELECT n, a.kind, a.name, a.answer, a.attested_at FROM auditproof.attestation AS a,
            generate_series(1, 150) AS n WHERE a.checkpoint_size = (SELECT min(size) FROM auditproof.checkpoint WHERE size > 150)));
        my @many = $measure->();
        # A chain costs its row, its head, its last seal and the edge of its tree; an entry itself and its row.
        bounded($kinds[$_][0], $few[$_], $many[$_], (12 * $chains + 4 * $new, 4 * $chains + 40, 6 * $chains, 10, 25)[$_]) for 0 .. $#kinds;
        is $c->psql($db, 'SELECT count(*) FROM pg_class WHERE relname = \'chain_entry\' AND reltuples > 5000'), 0,
            'nothing was analyzed behind our back';
    };
}

done_testing;
