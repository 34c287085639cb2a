#!/usr/bin/perl
# auditquery search --follow beside eight clients that commit a hundred thousand entries: in transactions of one and of
# many, of one tenant and of several, some that commit late and some that never do, and with its connection broken
# meanwhile. Each entry is shown once, within a second of its commit.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use IO::Handle;
use Test::More;
use Time::HiRes qw(time);

my $entries = $ENV{FOLLOW_ENTRIES} // 100_000;
my ($clients, $tenants) = (8, 20);

my $c = AuditTest->cluster(conf => {track_commit_timestamp => 'on', shared_buffers => '256MB', max_wal_size => '2GB'});
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
$c->psql('t', "INSERT INTO organizations (id, name)
    SELECT ('00000000-0000-4000-8000-' || to_char(i, 'FM000000000000'))::uuid, 'Tenant ' || i FROM generate_series(1, $tenants) i");

# Lines, each with the time at which it was read.
sub stamped {
    my ($from, $file) = @_;
    my $pid = fork // die "fork: $!\n";
    return $pid if $pid;
    open my $out, '>', $file or POSIX::_exit(1);
    my $rest = '';
    while (sysread $from, my $piece, 1 << 20) {
        my $now = sprintf '%.6f', time;
        $rest .= $piece;
        print $out "$now $1\n" while $rest =~ s/\A([^\n]*)\n//;
        $out->flush;
    }
    POSIX::_exit(close $out ? 0 : 1);
}

sub insert {
    my ($rows, $what, $apart) = @_;
    return "INSERT INTO audit_logs (organization_id, action, resource_type, metadata, created_at)
        SELECT ('00000000-0000-4000-8000-' || to_char(1 + (:tenant + i * $apart) % $tenants, 'FM000000000000'))::uuid, '$what', 'x',
               jsonb_build_object('i', i), now() - i * interval '1 day' FROM generate_series(1, $rows) i ORDER BY 1;\n";
}

# What a client does, and how often of so many times.
my %script = (
    single => [20, insert(1, 'f.single', 1)],
    many => [6, 'BEGIN;' . insert(100, 'f.many', 1) . 'COMMIT;'],
    late => [1, 'BEGIN;' . insert(30, 'f.late', 0) . '\sleep 400 ms' . "\n" . 'COMMIT;'],
    never => [2, 'BEGIN;' . insert(40, 'f.never', 1) . 'ROLLBACK;'],
);
my $dir = tempdir();
my @scripts;
my $of_each = (20 * 1 + 6 * 100 + 1 * 30) / 29; # entries that one of them commits, on average
for my $name (sort keys %script) {
    spew("$dir/$name", "\\set tenant random(1, $tenants)\n$script{$name}[1]");
    push @scripts, '-f', "$dir/$name\@$script{$name}[0]";
}

pipe my $from, my $to or die "pipe: $!\n";
my $follower = $c->spawn(['auditquery', 'search', '--follow', '-n0', '--unrecorded', '--format=ndjson'], db => 't', stdout => $to);
close $to;
my $stamper = stamped($from, "$dir/seen");
close $from;
wait_until { $c->psql('t', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1952542836") } 20, 'it to wait';

my $began = time;
my $writer = $c->spawn(['pgbench', '-n', '-c', $clients, '-j', 2, '-t', int(1.2 * $entries / $of_each / $clients) + 10, @scripts, 't']);
wait_until { -s "$dir/seen" > 20 * $entries } 600, 'a part of them';
my $broken = $c->psql('t', "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'auditquery'");
is $broken, 1, 'its connection is broken';
is $writer->wait(900)->{status}, 0, 'written';
my $wrote = time - $began;

# The followed id, and how long after its commit it was read.
my %committed = map { split /\|/ } split /\n/,
    $c->psql('t', 'SELECT id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM audit_logs');
my (%seen, @late);
my $read = sub {
    open my $in, '<', "$dir/seen" or die "seen: $!\n";
    %seen = ();
    while (<$in>) {
        next unless /\n\z/ && /\A([\d.]+) .*?"id": ?"([^"]+)"/;
        push @{$seen{$2}}, $1;
    }
    return scalar keys %seen;
};
wait_until { $read->() >= keys %committed } 60, 'all of them to be shown';
$follower->kill('TERM');
my $end = $follower->wait(10);
is $end->{status}, 0, 'a signal ends it';
waitpid $stamper, 0;
$read->();

cmp_ok scalar keys %committed, '>=', $entries, 'as many as were to be committed';
is scalar(grep { !$seen{$_} } keys %committed), 0, 'each is shown';
is scalar(grep { !$committed{$_} } keys %seen), 0, 'and nothing else';
is scalar(grep { @$_ > 1 } values %seen), 0, 'none twice';
is $c->psql('t', "SELECT count(*) FROM audit_logs WHERE action = 'f.never'"), 0, 'some were taken back';
is scalar(() = $end->{err} =~ /trying again/g), 1, 'it said once that it was cut off' or diag $end->{err};

my @delays = sort { $a <=> $b } map { $seen{$_}[0] - $committed{$_} } grep { $seen{$_} } keys %committed;
my $at = sub { $delays[int $_[0] * $#delays] };
diag sprintf '%d entries committed in %.1f s, shown after: p50 %.0f ms, p95 %.0f ms, p99 %.0f ms, at most %.0f ms',
    scalar @delays, $wrote, map { 1000 * $_ } $at->(0.5), $at->(0.95), $at->(0.99), $delays[-1];
cmp_ok $at->(0.95), '<=', $AuditTest::patience, 'within a second, on an idle machine';

done_testing;
