package SealTest;

=head1 NAME

SealTest - a seal log made by hand: keys, seals, signed checkpoints, as an attacker with a key could make them, too

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

=item more($n, $count)

SQL that adds entries to tenant t($n).

=item new($origin)

A log with a fresh key; C<< cosigns => 1 >>: a witness, whose C<cosignature($note)> is a line. C<another_key> gives one of the same origin with another key.

=item vkey, key_file

=item seal($c, $db, anchors => DIR, all => 1, forge => sub { ... })

One round of sealing; the checkpoint's note, also kept in DIR. C<forge> runs SQL instead of psql: for seals past every
guard. C<< root->($chain, @hashes) >> gives another root than that of the entries.

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

our @EXPORT = qw(sealed);

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
    return ($c, $log, $dir);
}

sub new {
    my ($class, $origin, %o) = @_;
    my $self = bless {origin => $origin, dir => tempdir()}, $class;
    my $type = $o{cosigns} ? "\x04" : "\x01";
    $self->{key} = "$self->{dir}/key.pem";
    _openssl('genpkey', '-algorithm', 'ed25519', '-out', $self->{key});
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

sub seal {
    my ($self, $c, $db, %o) = @_;
    my @leaves = _leaves($c, $db);
    my %sealed = map { split /\|/ } split /\n/, $c->psql($db, 'SELECT chain_id, max(size) FROM auditproof.seal GROUP BY 1');
    my %hashes;
    for (split /\n/, $c->psql($db, q{SELECT chain_id, encode(entry_hash, 'hex') FROM auditproof.chain_entry ORDER BY 1, seq})) {
        my ($chain, $hash) = split /\|/;
        push @{$hashes{$chain}}, pack 'H*', $hash;
    }
    my ($at, $at_us) = split /\|/, $c->psql($db,
        'SELECT t, (extract(epoch FROM t) * 1000000)::bigint FROM (SELECT clock_timestamp() AS t) AS s');
    my (@rows, @tiles);
    for my $chain (sort keys %hashes) {
        my @entries = @{$hashes{$chain}};
        next if @entries <= ($sealed{$chain} // 0);
        my $root = $o{root} ? $o{root}->($chain, @entries) : _root(@entries);
        push @tiles, map {
            my $last = 256 * $_ + 255 < $#entries ? 256 * $_ + 255 : $#entries;
            sprintf q{('%s', 0, %d, '\x%s')}, $chain, $_, unpack 'H*', join '', @entries[256 * $_ .. $last]
        } 0 .. $#entries / 256;
        push @rows, sprintf q{(%d, '%s', %d, '\x%s', '\x%s', '%s')}, scalar @leaves, $chain, scalar @entries,
            unpack('H*', $root), unpack('H*', $entries[-1]), $at;
        push @leaves, _leaf($chain, scalar @entries, $root, $entries[-1], $at_us);
    }
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
