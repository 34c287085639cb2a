#!/usr/bin/perl
# Followers are told of a commit, once a chain, when one of them waits; and only then.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $lock = '1635083369, 1952542836';
my $tenant = '00000000-0000-4000-8000-00000000000a';
my $system = '00000000-0000-0000-0000-000000000000';

# What a session that listens is told of while another writes some entries in one transaction, after $before.
sub told {
    my ($c, $before, $end) = @_;
    $end //= 'COMMIT';
    my $r = $c->run(['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => 't', stdin => <<"END");
LISTEN auditproof_entry;
$before
\\! psql -Xq -v ON_ERROR_STOP=1 -c "BEGIN; INSERT INTO audit_logs (organization_id, action, resource_type) SELECT o, 'told', 'x' FROM unnest('{$tenant,NULL,$tenant,NULL}'::uuid[]) o; $end"
SELECT 'written';
END
    die $r->{err} if $r->{status} || $r->{err};
    like $r->{out}, qr/^written$/m, 'entries were written';
    return [sort $r->{out} =~ /Asynchronous notification "auditproof_entry" with payload "([^"]*)"/g];
}

sub installed {
    my $c = AuditTest->cluster(@_);
    $c->createdb('t');
    is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
    $c->psql('t', "INSERT INTO organizations (id, name) VALUES ('$tenant', 'a')");
    return $c;
}

my $c = installed();
for my $time ('the first entries of their chains', 'later ones') {
    is_deeply told($c, "SELECT FROM pg_advisory_lock($lock);"), [$system, $tenant], "$time: once a chain, with its id"
}
is_deeply told($c, ''), [], 'nobody waits: nobody is told';
is_deeply told($c, "SELECT FROM pg_advisory_lock($lock); SELECT FROM pg_advisory_unlock($lock);"), [], 'nor after a wait';

my $prepares = installed(conf => {max_prepared_transactions => 1});
my $waits = "SELECT FROM pg_advisory_lock($lock);";
is_deeply told($prepares, $waits), [], 'nor where transactions may be prepared';
is_deeply told($prepares, $waits, "PREPARE TRANSACTION 'p'"), [], 'so that they can be';
$prepares->psql('t', "COMMIT PREPARED 'p'");
is $prepares->psql('t', 'SELECT count(*) FROM auditproof.chain_entry'), 8, 'and are chained';

done_testing;
