package SealTest;

=head1 NAME

SealTest - a seal log made by hand: keys, seals, signed checkpoints, as an attacker with a key could make them, too; and
what such an attacker does to a database that is sealed

=head1 SYNOPSIS

    my $log = SealTest->new('example.org/log');
    $log->seal($c, $db, anchors => $dir);          # every chain that has grown, one checkpoint
    $c->run(['auditverify', '--key', $log->vkey, '--anchors', $dir], db => $db);

Independent of the library: hashes are Digest::SHA's, signatures openssl's (audit-format(5), C2SP signed-note).

=head1 METHODS

=over

=item sealed()

(cluster, log, directory): database sealed has TamperTest's entries and 20 more in two rounds, whose checkpoints are in the
directory. Checkpoint 4 covers 250 entries of each chain, 8 covers 255; T2 has 7 more that none covers.

=item pinned(), anchored()

auditverify's options for it: the log's key, and beside it the directory.

=item by_anchors($name, $sql, @findings), anyhow($name, $sql, @findings), by_key($name, $sql, @findings)

TamperTest's tampered on a copy of it: with the key and the directory; also with neither, by the database's own
checkpoints; with the key only.

=item says($name, $db, qr/words/, @options)

That auditverify's text has these words, spaces apart.

=item rewritten($chain, $seq), cut($chain, $from), gone($chain), grown($chain, $n), spliced($from, $to, $seq)

SQL for forge: the entry of this number says something else, and the chain follows from it; all entries from this number
on removed; a tenant removed; n forged entries added past every trigger; the entries from seq on of one tenant made the
newest of another. A chain is the n of t(n), 0 for the system's.

=item more($n, $count)

SQL that adds entries to tenant t($n).

=item new($origin)

A log with a fresh key; C<< cosigns => 1 >>: a witness, whose C<cosignature($note)> is a line; C<< key => FILE >>: that
key, which was stolen. C<another_key> gives one of the same origin with another key.

=item vkey, key_file

=item seal($c, $db, anchors => DIR, all => 1, forge => sub { ... })

One round of sealing; the checkpoint's note, also kept in DIR. C<forge> runs SQL instead of psql: for seals past every
guard. C<< root->($chain, @hashes) >> gives another root than that of the entries.

=item remake($c, $db, $signature)

Makes every seal, tile and checkpoint anew from the chains as they stand, past every guard, at the times and sizes that
they had: what somebody with the key can. Seals of more entries than there are move to the last one, of chains that are
gone go. Without the key, $signature is 'kept' (that of the old text) or 'other' (by another key).

=item resign($c, $db, $size)

SQL that puts a note of this key in the place of the checkpoint's.

=item note($size, $root)

A signed note over a root, in binary.

=back

=cut

use strict;
use warnings;
use AuditTest;
use TamperTest;
use Exporter 'import';
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64);
use Test::More import => ["like"];

our @EXPORT = qw(sealed pinned anchored by_anchors by_key anyhow says rewritten cut gone grown spliced);

my $log_tree = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
my ($cluster, $its_log, $its_dir);

sub more {
    my ($n, $count) = @_;
    return "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t($n), 'a', 'r' "
        . "FROM generate_series(1, $count)";
}

sub sealed {
    my $c = AuditTest->cluster;
    my $log = SealTest->new('example.org/log');
    my $dir = tempdir();
    entries($c, 'sealed');
    $log->seal($c, 'sealed', anchors => $dir);
    $c->psql('sealed', more('generate_series % 4', 20));
    $log->seal($c, 'sealed', anchors => $dir);
    $c->psql('sealed', more(2, 7));
    ($cluster, $its_log, $its_dir) = ($c, $log, $dir);
    return ($c, $log, $dir);
}

sub pinned { return ('--key', $its_log->vkey) }
sub anchored { return (pinned(), '--anchors', $its_dir) }
sub by_key { my ($name, $sql, @findings) = @_; return tampered($cluster, 'sealed', {args => [pinned()]}, $name, $sql, @findings) }
sub by_anchors { my ($name, $sql, @findings) = @_; return tampered($cluster, 'sealed', {args => [anchored()]}, $name, $sql, @findings) }

sub anyhow {
    my ($name, $sql, @findings) = @_;
    tampered($cluster, 'sealed', "$name: no key", $sql, @findings);
    return by_anchors($name, $sql, @findings);
}

sub says {
    my ($name, $db, $like, @options) = @_;
    my $r = $cluster->run(['auditverify', @options], db => $db);
    like $r->{out} =~ s/\s+/ /gr, $like, $name;
    return $r;
}

sub _chain { return $_[0] ? "t($_[0])" : "'00000000-0000-0000-0000-000000000000'" }

sub rewritten {
    my ($chain, $seq) = (_chain($_[0]), $_[1]);
    my $it = "WHERE e.chain_id = $chain AND e.seq = $seq AND l.id = e.log_id";
    return "UPDATE audit_logs AS l SET action = 'forged' FROM auditproof.chain_entry AS e $it; "
        . "UPDATE auditproof.chain_entry AS e SET content_hash = auditproof.content_hash(l) FROM audit_logs AS l $it; "
        . "SELECT rebuild($chain, $seq)";
}

sub cut {
    my ($chain, $from) = (_chain($_[0]), $_[1]);
    return "DELETE FROM audit_logs WHERE id IN (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = $chain "
        . "AND seq >= $from); DELETE FROM auditproof.chain_entry WHERE chain_id = $chain AND seq >= $from";
}

sub gone { my ($chain) = @_; return cut($chain, 1) . '; DELETE FROM auditproof.chain WHERE chain_id = ' . _chain($chain) }

sub grown {
    my ($chain, $n) = (_chain($_[0]), $_[1]);
    return "CREATE TEMP TABLE forged AS SELECT e(1000 + n) AS id, n + (SELECT max(seq) FROM auditproof.chain_entry "
        . "WHERE chain_id = $chain) AS seq FROM generate_series(1, $n) AS n; "
        . "INSERT INTO audit_logs (id, organization_id, action, resource_type) SELECT id, $chain, 'f', 'r' FROM forged; "
        . "INSERT INTO auditproof.chain_entry SELECT $chain, seq, id, now(), auditproof.content_hash(l), '' "
        . "FROM forged JOIN audit_logs AS l USING (id); SELECT rebuild($chain, (SELECT min(seq) FROM forged))";
}

sub spliced {
    my ($from, $to, $seq) = (_chain($_[0]), _chain($_[1]), $_[2]);
    return "CREATE TEMP TABLE moved AS SELECT log_id, seq + (SELECT max(seq) FROM auditproof.chain_entry "
        . "WHERE chain_id = $to) - $seq + 1 AS seq FROM auditproof.chain_entry WHERE chain_id = $from AND seq >= $seq; "
        . "UPDATE audit_logs SET organization_id = $to WHERE id IN (SELECT log_id FROM moved); "
        . "UPDATE auditproof.chain_entry AS e SET chain_id = $to, seq = m.seq, recorded_at = now() FROM moved AS m "
        . "WHERE e.log_id = m.log_id; UPDATE auditproof.chain_entry AS e SET content_hash = auditproof.content_hash(l) "
        . "FROM audit_logs AS l, moved AS m WHERE e.log_id = l.id AND m.log_id = l.id; "
        . "SELECT rebuild($to, (SELECT min(seq) FROM moved))";
}

sub new {
    my ($class, $origin, %o) = @_;
    my $self = bless {origin => $origin, dir => tempdir()}, $class;
    my $type = $o{cosigns} ? "\x04" : "\x01";
    $self->{key} = $o{key} // "$self->{dir}/key.pem";
    _openssl('genpkey', '-algorithm', 'ed25519', '-out', $self->{key}) unless $o{key};
    my $public = substr _openssl('pkey', '-in', $self->{key}, '-pubout', '-outform', 'DER'), -32;
    $self->{id} = substr sha256("$origin\n$type$public"), 0, 4;
    $self->{vkey} = join '+', $origin, unpack('H*', $self->{id}), encode_base64("$type$public", '');
    return $self;
}

sub another_key { return SealTest->new($_[0]{origin}) }
sub vkey { return $_[0]{vkey} }
sub key_file { return $_[0]{key} }

sub _openssl {
    my $out = tempdir() . '/out';
    my $r = AuditTest::run(['sh', '-c', 'out=$1; shift; exec openssl "$@" >"$out"', 'sh', $out, @_]);
    die "openssl @_: $r->{err}\n" if $r->{status};
    return _bytes($out);
}

sub _bytes {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/ = undef;
    my $bytes = <$in>;
    close $in or die "$file: $!\n";
    return $bytes;
}

# RFC 6962, section 2.1, over leaf hashes.
sub _root {
    my @leaves = @_;
    return sha256('') if !@leaves;
    return $leaves[0] if @leaves == 1;
    my $k = 1;
    $k *= 2 while $k * 2 < @leaves;
    return sha256("\x01" . _root(@leaves[0 .. $k - 1]) . _root(@leaves[$k .. $#leaves]));
}

sub _leaf {
    my ($chain, $size, $root, $hash, $at_us) = @_;
    return sha256("\0AP1S" . pack('H*', $chain =~ s/-//gr) . pack('Q>', $size) . $root . $hash . pack('q>', $at_us));
}

sub note {
    my ($self, $size, $root) = @_;
    my $text = "$self->{origin}\n$size\n" . encode_base64($root, '') . "\n";
    return "$text\n\xe2\x80\x94 $self->{origin} " . encode_base64($self->{id} . $self->_sign($text), '') . "\n";
}

sub _sign {
    my ($self, $text) = @_;
    spew("$self->{dir}/text", $text);
    return _openssl('pkeyutl', '-sign', '-inkey', $self->{key}, '-rawin', '-in', "$self->{dir}/text");
}

sub cosignature {
    my ($self, $note) = @_;
    my ($text, $time) = ($note =~ /\A(.*?\n)\n/s, 1_800_000_000);
    return "\xe2\x80\x94 $self->{origin} "
        . encode_base64($self->{id} . pack('Q>', $time) . $self->_sign("cosignature/v1\ntime $time\n$text"), '') . "\n";
}

sub _leaves {
    my ($c, $db) = @_;
    return map { my @f = split /\|/; _leaf(@f[0, 1], map({ pack 'H*', $_ } @f[2, 3]), $f[4]) } split /\n/,
        $c->psql($db, q{SELECT chain_id, size, encode(root, 'hex'), encode(entry_hash, 'hex'),
            (extract(epoch FROM sealed_at) * 1000000)::bigint FROM auditproof.seal ORDER BY log_index});
}

# One row for each tile of a tree: above the leaves, the roots of those that are full.
sub _tiles {
    my ($tree, @hashes) = @_;
    my @rows;
    for (my $level = 0; @hashes; $level++) {
        push @rows, map {
            my $last = 256 * $_ + 255 < $#hashes ? 256 * $_ + 255 : $#hashes;
            sprintf q{('%s', %d, %d, '\x%s')}, $tree, $level, $_, unpack 'H*', join '', @hashes[256 * $_ .. $last]
        } 0 .. $#hashes / 256;
        @hashes = map { _root(@hashes[256 * $_ .. 256 * $_ + 255]) } 0 .. int(@hashes / 256) - 1;
    }
    return @rows;
}

sub _entry_hashes {
    my ($c, $db) = @_;
    my %hashes;
    for (split /\n/, $c->psql($db, q{SELECT chain_id, encode(entry_hash, 'hex') FROM auditproof.chain_entry ORDER BY 1, seq})) {
        my ($chain, $hash) = split /\|/;
        push @{$hashes{$chain}}, pack 'H*', $hash;
    }
    return \%hashes;
}

sub _quote { return "'\\x" . unpack('H*', $_[0]) . q{'} }

# The seals as rows, and the size of the log after each round.
sub _remade_seals {
    my ($c, $db, $hashes) = @_;
    my (%last, @rows, @leaves, %rounds);
    for (split /\n/, $c->psql($db, q{SELECT chain_id, size, sealed_at, (extract(epoch FROM sealed_at) * 1000000)::bigint
            FROM auditproof.seal ORDER BY log_index})) {
        my ($chain, $size, $at, $at_us) = split /\|/;
        my @entries = @{$hashes->{$chain} // []};
        $size = @entries if $size > @entries;
        if ($size > ($last{$chain} // 0)) {
            my ($root, $hash) = (_root(@entries[0 .. $size - 1]), $entries[$size - 1]);
            push @rows, sprintf "(%d, '%s', %d, %s, %s, '%s')", scalar @rows, $chain, $size, _quote($root), _quote($hash), $at;
            push @leaves, _leaf($chain, $size, $root, $hash, $at_us);
            $last{$chain} = $size;
        }
        $rounds{$at} = @leaves;
    }
    return (\@rows, \@leaves, \%rounds, \%last);
}

sub remake {
    my ($self, $c, $db, $signature) = @_;
    $signature //= '';
    $self = $self->another_key if $signature eq 'other';
    my $hashes = _entry_hashes($c, $db);
    my ($rows, $leaves, $rounds, $last) = _remade_seals($c, $db, $hashes);
    my @tiles = (_tiles($log_tree, @$leaves), map { _tiles($_, @{$hashes->{$_}}[0 .. $last->{$_} - 1]) } sort keys %$last);
    my $sql = 'DELETE FROM auditproof.tile; DELETE FROM auditproof.seal; INSERT INTO auditproof.tile VALUES '
        . join(', ', @tiles) . '; INSERT INTO auditproof.seal VALUES ' . join(', ', @$rows) . ';';
    my %checkpoints;
    for (split /\n/, $c->psql($db, q{SELECT size, sealed_at, encode(note, 'hex') FROM auditproof.checkpoint ORDER BY size DESC})) {
        my ($old, $at, $was) = split /\|/;
        my $size = $rounds->{$at};
        my $root = _root(@$leaves[0 .. $size - 1]);
        my $note = $self->note($size, $root);
        $note = ($note =~ /\A(.*?\n\n)/s)[0] . (pack('H*', $was) =~ /\n\n(.*)\z/s)[0] if $signature eq 'kept';
        # A round in which nothing is left to seal never was.
        $checkpoints{$size} = sprintf "(%d, '%s', %s, %s, '%s')", $size, $self->{origin}, _quote($root), _quote($note), $at;
    }
    $sql .= 'DELETE FROM auditproof.checkpoint; INSERT INTO auditproof.checkpoint VALUES ' . join ', ', values %checkpoints;
    return forge($c, $db, $sql);
}

sub seal {
    my ($self, $c, $db, %o) = @_;
    my @leaves = _leaves($c, $db);
    my %sealed = map { split /\|/ } split /\n/, $c->psql($db, 'SELECT chain_id, max(size) FROM auditproof.seal GROUP BY 1');
    my %hashes = %{_entry_hashes($c, $db)};
    my ($at, $at_us) = split /\|/, $c->psql($db,
        'SELECT t, (extract(epoch FROM t) * 1000000)::bigint FROM (SELECT clock_timestamp() AS t) AS s');
    my (@rows, @tiles);
    for my $chain (sort keys %hashes) {
        my @entries = @{$hashes{$chain}};
        next if @entries <= ($sealed{$chain} // 0);
        my $root = $o{root} ? $o{root}->($chain, @entries) : _root(@entries);
        push @tiles, _tiles($chain, @entries);
        push @rows, sprintf q{(%d, '%s', %d, '\x%s', '\x%s', '%s')}, scalar @leaves, $chain, scalar @entries,
            unpack('H*', $root), unpack('H*', $entries[-1]), $at;
        push @leaves, _leaf($chain, scalar @entries, $root, $entries[-1], $at_us);
    }
    push @tiles, _tiles($log_tree, @leaves);
    my $note = $self->note(scalar @leaves, _root(@leaves));
    my $sql = 'INSERT INTO auditproof.tile VALUES ' . join(', ', @tiles)
        . ' ON CONFLICT (tree, level, index) DO UPDATE SET hashes = EXCLUDED.hashes '
        . 'WHERE octet_length(tile.hashes) < octet_length(EXCLUDED.hashes); '
        . sprintf(q{INSERT INTO auditproof.seal VALUES %s; INSERT INTO auditproof.checkpoint VALUES (%d, '%s', '\x%s', '\x%s', '%s')},
        join(', ', @rows), scalar @leaves, $self->{origin}, unpack('H*', _root(@leaves)), unpack('H*', $note), $at);
    $o{forge} ? $o{forge}->($sql) : $c->psql($db, $sql);
    anchor($o{anchors}, scalar @leaves, $note) if $o{anchors};
    return $note;
}

sub anchor {
    my ($dir, $size, $note) = @_;
    return spew(sprintf('%s/%020d.note', $dir, $size), $note);
}

sub resign {
    my ($self, $c, $db, $size) = @_;
    my @leaves = _leaves($c, $db);
    return sprintf q{UPDATE auditproof.checkpoint SET note = '\x%s' WHERE size = %d},
        unpack('H*', $self->note($size, _root(@leaves[0 .. $size - 1]))), $size;
}

1;
