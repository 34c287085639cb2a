package WriteTest;

# What the tests of auditwrite share: a database with tenants and users, and questions about what was stored.

use strict;
use warnings;
use AuditTest;
use Exporter 'import';
use JSON::PP ();
use Test::More ();

our @EXPORT = qw(org user entry write_db stored chained receipts lines all_there);

sub org { return sprintf '00000000-0000-4000-8000-%012x', $_[0] }
sub user { return sprintf '00000000-0000-4000-9000-%012x', $_[0] }

# A server with an installed template of three tenants; each call of the code it returns makes a copy.
sub write_db {
    my ($c) = @_;
    my $n = 0;
    $c->createdb('template');
    my $r = $c->run(['auditmigrate', 'install', '-q'], db => 'template');
    die "install: $r->{err}\n" unless $c->psql('template', "SELECT to_regclass('auditproof.chain_entry')");
    $c->psql('template', join '', map { sprintf "INSERT INTO organizations (id, name) VALUES ('%s', 't%d');", org($_), $_ } 1 .. 3);
    return sub { return $c->createdb('w' . ++$n, template => 'template') };
}

sub entry { my (%with) = @_; return JSON::PP->new->canonical->utf8->encode({action => 'a', resource_type => 'r', %with}) . "\n" }

# The rows as "action" sorted, or of another expression.
sub stored { my ($c, $db, $what) = @_; $what //= 'action'; return $c->psql($db, "SELECT $what FROM audit_logs AS l ORDER BY 1") }

# Every row chained, no sequence with a gap, nothing chained that is no row.
sub chained {
    my ($c, $db) = @_;
    return $c->psql($db, q{
        SELECT (SELECT count(*) FROM audit_logs) = (SELECT count(*) FROM auditproof.chain_entry)
           AND NOT EXISTS (SELECT FROM audit_logs l LEFT JOIN auditproof.chain_entry e ON e.log_id = l.id WHERE e.seq IS NULL)
           AND NOT EXISTS (SELECT FROM auditproof.chain_entry GROUP BY chain_id HAVING max(seq) <> count(*) OR min(seq) <> 1)}) eq 't';
}

# Lines n00001, n00002, … over three tenants, up to number $n; after number $after, if given.
sub lines {
    my ($n, $after) = @_;
    return join '', map { entry(organization_id => org(1 + $_ % 3), action => sprintf 'n%05d', $_) } ($after // 0) + 1 .. $n;
}

# Each of the lines is stored once, and all that was acknowledged is.
sub all_there {
    my ($c, $db, $n, $out) = @_;
    Test::More::is($c->psql($db, q{SELECT count(*) || ' ' || count(DISTINCT action) FROM audit_logs}), "$n $n", 'each line once');
    Test::More::ok(chained($c, $db), 'chained');
    return if !defined $out;
    my @acks = receipts($out);
    Test::More::is(scalar(@acks), $n, 'each line acknowledged once');
    my %is = map { split /\|/ } split /\n/, $c->psql($db, q{SELECT log_id || '|' || seq || encode(entry_hash, 'hex') FROM auditproof.chain_entry});
    Test::More::is(scalar(grep { ($is{$_->{id}} // '') ne "$_->{seq}$_->{entry_hash}" } @acks), 0, 'each receipt is true');
    return;
}

sub receipts { return map { JSON::PP::decode_json($_) } split /\n/, $_[0] }

# Lines for as long as a test wants: `more` writes what the pipe takes without waiting, `end` writes the rest of what was
# begun, closes, and says how many lines there were.
package WriteTest::Feed;

use IO::Handle;

sub new {
    my ($class, $pipe) = @_;
    $pipe->blocking(0);
    return bless {pipe => $pipe, n => 0, pending => ''}, $class;
}

sub more {
    my ($self) = @_;
    local $SIG{PIPE} = 'IGNORE';
    while (1) {
        if ($self->{pending} eq '') {
            $self->{pending} = WriteTest::lines($self->{n} + 100, $self->{n});
            $self->{n} += 100;
        }
        my $written = syswrite $self->{pipe}, $self->{pending} or return;
        substr $self->{pending}, 0, $written, '';
    }
}

sub end {
    my ($self) = @_;
    local $SIG{PIPE} = 'IGNORE';
    $self->{pipe}->blocking(1);
    print {$self->{pipe}} $self->{pending};
    close $self->{pipe};
    return $self->{n};
}

1;
