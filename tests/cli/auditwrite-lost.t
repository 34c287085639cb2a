#!/usr/bin/perl
# The server's answer is lost, the server stays away, or the tool is told to stop: nothing is lost with it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use IO::Select;
use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use WriteTest;

my $c = AuditTest->cluster(durable => 1);
my $new = write_db($c);
my $dir = tempdir();

sub backends { return $c->psql('postgres', q{SELECT string_agg(pid::text, ' ') FROM pg_stat_activity WHERE application_name = 'auditwrite'}) }

# Bytes that wait in a pipe.
sub unread {
    my ($pipe) = @_;
    my $n = pack 'i', 0;
    ioctl $pipe, 0x541B, $n or die "FIONREAD: $!";
    return unpack 'i', $n;
}

# Between the tool and the server: forwards, and hangs up instead of passing on a COMMIT's success, $times times.
sub deaf_proxy {
    my ($times) = @_;
    my $path = "$dir/.s.PGSQL.5432";
    unlink $path;
    my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 5) or die "$path: $!";
    chmod 0777, $path;
    my $pid = fork // die;
    return $pid if $pid;
    my $left = $times;
    while (my $client = $listen->accept) {
        my $server = IO::Socket::UNIX->new(Peer => $c->socket_dir . '/.s.PGSQL.5432') or next;
        my $select = IO::Select->new($client, $server);
        CONNECTION: while (my @ready = $select->can_read) {
            for my $from (@ready) {
                sysread($from, my $data, 1 << 16) or last CONNECTION;
                last CONNECTION if $from == $server && $data =~ /INSERT 0 \d/ && $left-- > 0;
                my $to = $from == $server ? $client : $server;
                while (length $data) { my $w = syswrite($to, $data) // last CONNECTION; substr $data, 0, $w, '' }
            }
        }
        close $_ for $client, $server;
    }
    POSIX::_exit(0);
}

subtest 'committed, and the answer lost' => sub {
    for my $mode ('fail', 'skip') {
        my $db = $new->();
        my $pid = deaf_proxy(5);
        my $r = $c->run(['auditwrite', '--ack', '--batch-rows=100', "--on-conflict=$mode"], db => $db, stdin => lines(800), env => {PGHOST => $dir});
        kill 'KILL', $pid;
        waitpid $pid, 0;
        is $r->{status}, 0 or diag $r->{err};
        like $r->{err}, qr/800 read, 800 written, 0 skipped, 0 rejected/;
        all_there($c, $db, 800, $r->{out});
    }
};

subtest 'the server stays away' => sub {
    my $db = $new->();
    my $n = 500;
    pipe my $read, my $write or die;
    my $job = $c->spawn(['auditwrite', '--batch-rows=5', '--retry-for=1', '--reject', "$dir/left"], db => $db, stdin => $read);
    close $read;
    syswrite $write, lines($n - 1);
    wait_until { $c->psql($db, 'SELECT count(*) FROM audit_logs') > 20 } 20, 'a beginning';
    $c->kill9;
    # However fast it was, there is something left to do.
    syswrite $write, entry(organization_id => org(1), action => 'last');
    my $r = $job->wait(30);
    close $write;
    is $r->{status}, 3;
    like $r->{err}, qr/error: cannot connect/;
    like $r->{err}, qr/lines were read and not stored/;
    $c->start;
    $r = $c->run(['auditwrite', '--on-conflict=skip', "$dir/left"], db => $db);
    is $r->{status}, 0 or diag $r->{err};
    all_there($c, $db, $n);
};

subtest 'signals' => sub {
    for my $signal ('TERM', 'INT') {
        my $db = $new->();
        pipe my $read, my $write or die;
        my $job = $c->spawn(['auditwrite', '--batch-age=60000', '--ack'], db => $db, stdin => $read);
        close $read;
        syswrite $write, lines(10);
        wait_until { (backends() // '') ne '' } 10, 'a connection';
        # Reading is done when the pipe is empty and the tool waits again.
        wait_until { unread($write) == 0 && slurp("/proc/$job->{pid}/wchan") =~ /poll/ } 10, 'the tool to wait';
        $job->kill($signal);
        my $r = $job->wait(10);
        is $r->{status}, 0, "$signal: what was read is stored" or diag $r->{err};
        all_there($c, $db, 10, $r->{out});
    }
    my $db = $new->();
    pipe my $read, my $write or die;
    my $job = $c->spawn(['auditwrite', '--reject', "$dir/half"], db => $db, stdin => $read);
    close $read;
    syswrite $write, entry(action => 'whole') . '{"action":"half"';
    wait_until { $c->psql($db, 'SELECT count(*) FROM audit_logs') == 1 } 10, 'the whole line';
    $job->kill('TERM');
    my $r = $job->wait(10);
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:2: stopped by a signal in the middle/;
    is slurp("$dir/half"), "{\"action\":\"half\"\n";
};

done_testing;
