#!/usr/bin/perl
# The database computes what the vectors say, for every row that the table takes; and an implementation that shares
# nothing with it agrees about all of its chains, until one byte is changed.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('t');
my $installed = $c->run(['auditmigrate', 'install'], db => 't');
# 1: something is not as the manifest has it, which is the business of another test.
cmp_ok($installed->{status}, '<=', 1, 'install') or BAIL_OUT($installed->{err});

my @vectors = grep { $_->{insertable} } @{JSON::PP->new->utf8->decode(slurp('tests/vectors/entries.json'))};
cmp_ok(scalar @vectors, '>', 80, 'there are vectors');

my @columns = qw(id organization_id actor_id actor_email actor_role action resource_type resource_id old_values
    new_values risk_level ip_address user_agent metadata session_id created_at);

sub literal {
    my ($value) = @_;
    return 'NULL' unless defined $value;
    $value =~ s/'/''/g;
    return "'$value'";
}

# psql gets bytes.
sub utf8 {
    my ($text) = @_;
    utf8::encode($text);
    return $text;
}

# What the rows refer to.
my (%organizations, %users);
for my $row (map { $_->{columns} } @vectors) {
    $organizations{$row->{organization_id}} = 1 if defined $row->{organization_id};
    $users{$row->{actor_id}} = 1 if defined $row->{actor_id};
}
$c->psql('t', "INSERT INTO organizations (id, name) VALUES ('$_', 'vectors')") for sort keys %organizations;
$c->psql('t', "INSERT INTO auth.users (id) VALUES ('$_')") for sort keys %users;

my $names  = join ', ', @columns, 'chain_salt';
my $insert = join "\n", map {
    my $vector = $_;
    "INSERT INTO audit_logs ($names) VALUES ("
        . join(', ', (map { literal($vector->{columns}{$_}) } @columns), "'\\x$vector->{salt}'") . ');'
} @vectors;
$c->psql('t', utf8("BEGIN; SET standard_conforming_strings = on;\n$insert\nCOMMIT;"));

my %stored = map { split /\|/ } split /\n/,
    $c->psql('t', q{SELECT log_id, encode(content_hash, 'hex') FROM auditproof.chain_entry});
my @wrong = grep { ($stored{$_->{columns}{id}} // 'none') ne $_->{content_hash} } @vectors;
is(scalar @wrong, 0, 'each content hash is the vector\'s') or diag join ', ', map { $_->{name} } @wrong;

# Addresses as the database takes and prints them; its output function, for a cast to text always shows the prefix.
my $inets = JSON::PP->new->utf8->decode(slurp('tests/vectors/inet.json'));
my $got   = $c->psql('t', join ' UNION ALL ',
    map { "SELECT $_ AS n, inet '$inets->[$_]{input}' AS printed, encode(inet_send('$inets->[$_]{input}'), 'hex')" }
        0 .. $#{$inets});
my %printed = map { split /\|/, $_, 2 } split /\n/, $got;
my @misprinted = grep { ($printed{$_} // '') ne "$inets->[$_]{text}|$inets->[$_]{binary}" } 0 .. $#{$inets};
is(scalar @misprinted, 0, 'each address is the vector\'s') or diag join ', ', map { $inets->[$_]{input} } @misprinted;

sub oracle {
    return $c->run(['python3', 'tests/vectors/check_database.py'], db => 't', env => {PYTHONDONTWRITEBYTECODE => 1});
}

my $r = oracle();
is($r->{status}, 0, 'the independent check agrees') or diag $r->{out}, $r->{err};
like($r->{out}, qr/^ok: \d+ entries in 2 chains$/m, 'it says what it compared');

my ($victim) = grep { $_->{name} eq 'usual' } @vectors;
$c->psql('t', 'ALTER TABLE audit_logs DISABLE TRIGGER ALL');
$c->psql('t', "UPDATE audit_logs SET user_agent = user_agent || '.' WHERE id = '$victim->{columns}{id}'");
$r = oracle();
is($r->{status}, 1, 'one byte more is found');
like($r->{out}, qr/^seq \d+ of chain \S+ \(entry \Q$victim->{columns}{id}\E\): content hash is /m, 'in that entry');
done_testing();
