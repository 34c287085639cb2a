#!/usr/bin/perl
# A standby can be verified, and so keeps the load off the primary; the verdict says that it is one.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');
my $standby = AuditTest->cluster(standby_of => $c);
is $standby->psql('intact', 'SELECT pg_is_in_recovery()'), 't', 'a standby';

# It has what its primary had at this moment.
sub caught_up {
    my $at = $c->psql('intact', 'SELECT pg_current_wal_lsn()');
    return wait_until { $standby->psql('intact', "SELECT pg_last_wal_replay_lsn() >= '$at'") eq 't' } 30, 'replay';
}

my $key = AuditTest::tempdir() . '/key';
$c->run(['auditseal', 'keygen', $key, '--origin', 'example.org/log']);
is $c->run(['auditseal', 'seal', '--key', $key, '-q'], db => 'intact')->{status}, 0, 'sealed';
caught_up();
for my $options ([], ['-j2', '--split=always']) {
    my $v = verify($standby, 'intact', @$options);
    is_deeply [$v->{status}, $v->{findings}], [0, []], "@$options: intact" or diag explain $v->{findings}, $v->{err};
    is $v->{verdict}{extent}{rows}, 1000, "@$options: all of it";
    ok $v->{verdict}{standby}, "@$options: says that it is a standby";
}
like $standby->run(['auditverify'], db => 'intact')->{out}, qr/^  This is a standby: what its primary has/m, 'the text too';
ok !verify($c, 'intact')->{verdict}{standby}, 'the primary is none';
is $standby->run(['auditmigrate', 'check'], db => 'intact')->{status}, 0, 'auditmigrate check';

my $r = $standby->run(['auditexport', 'soc2', '--org', '11111111-0000-4000-8000-000000000000', '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key,
    '-o', "$key.tar.gz"], db => 'intact');
is $r->{status}, 0, 'auditexport' or diag $r->{err};
like $r->{err}, qr/not in the register of bundles.*this server is a standby/s, '... and it is said what it does not do';

$c->psql('intact', q{INSERT INTO audit_logs (action, resource_type) VALUES ('later', 'r')});
forge($c, 'intact', q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)});
caught_up();
my $v = verify($standby, 'intact');
is_deeply [$v->{status}, $v->{findings}, $v->{verdict}{extent}{rows}], [1, ['altered T2 101 e402'], 1001],
    'what is done to the primary shows on it' or diag explain $v;

done_testing;
