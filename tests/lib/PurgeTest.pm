package PurgeTest;

=head1 NAME

PurgeTest - a database whose 1,000 entries may leave, and the people who let them

=head1 SYNOPSIS

    use lib 'tests/lib';
    use PurgeTest;

    my $c = aged('old');                        # TamperTest's entries, eight years old; logins ann, bob
    my $key = key('keys');                      # a private key; its verifier key is "$key.pub"
    my $digest = planned($c, 'old', '--org', $org);
    approved($c, 'old', $digest);
    my $r = execute($c, 'old', $digest, '--batch', 100);

ann is a member of auditproof_retainer, bob of auditproof_approver, and both of them eve.

=head1 FUNCTIONS

=over

=item aged($db, before => sub { ... })

The cluster; C<before> is called with it while its clock stands eight years back.

=item key($name)

=item retain($c, $db, $login, @command)

What AuditTest's run returns.

=item planned, approved, execute

as above; the first two die when they are refused.

=back

=cut

use strict;
use warnings;
use AuditTest;
use TamperTest;
use Exporter 'import';

our @EXPORT = qw(aged key retain planned approved execute);

my $key;

sub aged {
    my ($db, %o) = @_;
    my $c = do {
        local %ENV = (%ENV, %{AuditTest::clock(-2922 * 86400)});
        AuditTest->cluster;
    };
    entries($c, $db);
    $o{before}->($c) if $o{before};
    $c->stop;
    $c->start;
    $c->psql($db, 'CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE eve LOGIN; '
        . 'GRANT auditproof_retainer TO ann, eve; GRANT auditproof_approver TO bob, eve');
    return $c;
}

sub key {
    my ($name) = @_;
    my $path = tempdir() . '/key.pem';
    my $r = AuditTest::run(['auditseal', 'keygen', $path, '--origin', "example.org/$name"]);
    die "keygen: $r->{err}\n" if $r->{status};
    $key //= $path;
    return $path;
}

sub retain {
    my ($c, $db, $login, @command) = @_;
    my %o = ref $command[-1] ? %{pop @command} : ();
    return $c->run(['auditretain', @command, '-U', $login], db => $db, %o);
}

sub planned {
    my ($c, $db, @options) = @_;
    my $file = tempdir() . '/plan';
    my $r = retain($c, $db, 'ann', 'plan', '-o', $file, @options);
    my ($digest) = $r->{out} =~ /^Plan ([0-9a-f]{64})$/m or die "plan: $r->{out}$r->{err}\n";
    return $digest;
}

sub approved {
    my ($c, $db, $digest) = @_;
    my $r = retain($c, $db, 'bob', 'approve', $digest);
    die "approve: $r->{err}\n" if $r->{status};
    return $digest;
}

sub execute {
    my ($c, $db, $digest, @options) = @_;
    return retain($c, $db, 'ann', 'execute', '--plan', $digest, '--key', $key, @options);
}

1;
