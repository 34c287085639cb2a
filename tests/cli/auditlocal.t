#!/usr/bin/perl
# auditlocal(1), as root and as an ordinary user: sharing, stopping, and every way of being killed.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);

# A directory that is closed to us, in somebody's PATH, would turn "no such command" into "permission denied".
local $ENV{PATH} = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';
my $as_root = $> == 0;
my $tool = AuditTest::bin('auditlocal');
# One creation serves most of the cases below, each of which leaves the server stopped.
my $top = tempdir();
my $dir = "$top/db";
my @local = ($tool, '-D', $dir, '-c', 'fsync=off');

sub local_run { my ($argv, %o) = @_; return AuditTest::run([@local, @$argv], %o) }
sub state_of { my ($d) = @_; return decode_json(AuditTest::run([$tool, '-D', $d // $dir, 'status', '--format=json'])->{out}) }
sub is_stopped {
    my ($what, $d) = @_;
    my $state = state_of($d);
    ok !$state->{running}, $what or diag explain $state;
    return;
}
sub lives { my $stat = eval { slurp("/proc/$_[0]/stat") } // return 0; return $stat =~ /\) (?![ZX])/ }

# A command that says it is there, and stays until its file is removed.
sub holder {
    my (@argv) = @_;
    my $mark = tempdir() . '/here';
    my $job = AuditTest::spawn([@argv, 'sh', '-c', 'echo $$ >"$0.new"; mv "$0.new" "$0"; while [ -e "$0" ]; do sleep 0.02; done', $mark]);
    wait_until { -e $mark || (!$job->running && die $job->err) } 30, 'the command to run';
    return ($job, $mark, slurp($mark) + 0);
}

subtest 'first use, and what the command is given' => sub {
    is AuditTest::run([$tool, '-D', $dir, 'status'])->{status}, 1, 'status of what is not there yet is 1';
    my $r = local_run(['psql', '-XAtc', 'SELECT 40 + 2']);
    is $r->{out}, "42\n", 'the command runs against the server' or diag $r->{err};
    is $r->{status}, 0;
    like $r->{err}, qr/creating a private database in \Q$dir\E/, 'it says that it creates';
    is_stopped 'the server has stopped when it returns';
    my %env = (PGHOSTADDR => '192.0.2.1', PGSERVICE => 'nowhere', PGPASSWORD => 'x', PGHOST => '192.0.2.1', PGPORT => 1, PGUSER => 'x', PGDATABASE => 'x', PGSSLMODE => 'verify-full');
    $r = local_run(['psql', '-XAtc', q(SELECT current_user, current_database(), current_setting('listen_addresses') = '',
        current_setting('data_checksums'), current_setting('server_encoding'),
        (SELECT datcollate FROM pg_database WHERE datname = current_database()))], env => \%env);
    is $r->{out}, "postgres|postgres|t|on|UTF8|C.UTF-8\n", 'whatever the environment said' or diag $r->{err};
    is $r->{err}, '', 'and the second time without a word';
    $r = local_run(['sh', '-c', 'echo "${PGSERVICE-unset} ${PGHOSTADDR-unset} ${PGPASSWORD-unset} $PGPORT"; stat -c %a "$PGHOST" "$PGHOST/.s.PGSQL.5432"'], env => \%env);
    is $r->{out}, "unset unset unset 5432\n700\n700\n", 'variables that lead elsewhere are gone; the socket is closed to others';
    is sprintf('%o', (stat $dir)[2] & 0777), '700', 'so is the directory';
    is local_run(['psql', '-XAtc', 'SHOW work_mem'])->{out}, "4MB\n";
    is AuditTest::run([@local, '-c', 'work_mem=9MB', 'psql', '-XAtc', 'SHOW work_mem'])->{out}, "9MB\n", '--set is handed to the server';
};

subtest 'exit statuses' => sub {
    is local_run(['sh', '-c', 'exit 7'])->{status}, 7, "the command's own";
    is local_run(['sh', '-c', 'kill -9 $$'])->{status}, 137, '128 + N';
    my $r = local_run(['no-such-command']);
    is $r->{status}, 127, 'no such command';
    like $r->{err}, qr/cannot run no-such-command: No such file/;
    is local_run([$top])->{status}, 126, 'cannot be run';
    is local_run(['--', 'status'])->{status}, 127, 'after -- a subcommand is a command';
    is local_run(['sh', '-c', 'test "$#" = 3 && test "$2" = --help', 'x', '--format', '--help', '-D'])->{status}, 0,
        "options after the command are the command's";
    for (['--frobnicate'], [], ['status', 'x'], ['-c', 'nonsense', 'true'], ['-c', 'port=1', 'true'], ['-D', '', 'true']) {
        is AuditTest::run([@local, @$_])->{status}, 2, "usage: @$_";
    }
    is AuditTest::run([$tool, '-D', $dir, '--bindir', $top, 'true'])->{status}, 3, 'its own failure';
    like AuditTest::run([$tool, '-D', $dir, '--bindir', $top, 'true'])->{err}, qr/no PostgreSQL server programs .*install PostgreSQL 15/, 'no PostgreSQL';
    $r = AuditTest::run([$tool, '-D', $dir, '-c', 'shared_buffers=lots', 'true']);
    is $r->{status}, 3, 'the server refuses to start';
    like $r->{err}, qr/did not start.*invalid value for parameter "shared_buffers"/s, 'and its log says why';
    is_stopped 'nothing is left running';
};

subtest 'signals are the command\'s' => sub {
    for my $signal (qw(TERM INT HUP)) {
        my $mark = tempdir() . '/here';
        my $job = AuditTest::spawn([@local, 'sh', '-c', qq(trap 'psql -XAtc "SELECT 1"; exit 9' $signal; : >"\$0"; while :; do sleep 0.02; done), $mark]);
        wait_until { -e $mark } 30, 'the command';
        $job->kill($signal);
        my $r = $job->wait(20);
        is $r->{status}, 9, "SIG$signal reaches the command";
        is $r->{out}, "1\n", 'which has the server to the end';
    }
    is_stopped 'and the server stops after it';
    my ($job, undef, undef) = holder(@local);
    $job->kill('TERM');
    is $job->wait(20)->{status}, 143, 'a command that dies of it';
};

subtest 'sharing' => sub {
    my ($one, $mark_one) = holder(@local);
    my ($two, $mark_two) = holder(@local);
    my $pid = state_of()->{pid};
    ok $pid, 'running';
    ok state_of()->{in_use}, 'in use';
    unlink $mark_one;
    is $one->wait(20)->{status}, 0;
    is state_of()->{pid}, $pid, 'the first end leaves it up';
    is local_run(['auditlocal', '-D', $dir, 'true'], env => {PATH => ($tool =~ s{/[^/]*$}{}r) . ":$ENV{PATH}"})->{status}, 0, 'nested';
    is state_of()->{pid}, $pid, 'still the same server';
    unlink $mark_two;
    $two->wait(20);
    is_stopped 'the last one stops it';
    ok !lives($pid), 'really';
};

subtest 'what is left in the background does not keep it' => sub {
    my $mark = tempdir() . '/pid';
    local_run(['sh', '-c', 'sleep 60 >/dev/null 2>&1 & echo $! >"$0"', $mark]);
    is_stopped 'stopped';
    my $pid = slurp($mark) + 0;
    ok lives($pid), 'while the background process lives';
    kill 'KILL', $pid;
};

subtest 'killed auditlocal' => sub {
    my ($job, $mark, $pid) = holder(@local);
    my $server = state_of()->{pid};
    $job->kill('KILL');
    is $job->wait(10)->{signal}, 9;
    ok state_of()->{in_use}, 'the command, which lives, still has its server';
    unlink $mark;
    wait_until { !lives($server) } 20, 'the keeper to stop the server';
    pass 'the keeper stops it when the command has ended';
    ($job, $mark, $pid) = holder(@local);
    $server = state_of()->{pid};
    $job->kill('KILL');
    kill 'KILL', $pid;
    $job->wait(10);
    wait_until { !lives($server) } 20, 'the keeper to stop the server';
    is_stopped 'both killed: it stops as well';
};

subtest 'killed server' => sub {
    local_run(['psql', '-Xqc', 'CREATE TABLE kept AS SELECT 1 AS i']);
    my ($job, $mark) = holder(@local);
    my $server = state_of()->{pid};
    kill 'KILL', $server;
    wait_until { !state_of()->{running} } 10, 'status to notice';
    is local_run(['psql', '-XAtc', 'SELECT i FROM kept'])->{out}, "1\n", 'the next command starts it again';
    ok state_of()->{running}, 'for the earlier one too';
    $server = state_of()->{pid};
    kill 'KILL', $server;
    unlink $mark;
    is $job->wait(20)->{status}, 0;
    ok -e "$dir/data/postmaster.pid", 'a stale pid file is there';
    for my $stale ($$, 1, 4194000) {
        my $text = slurp("$dir/data/postmaster.pid") =~ s/^\d+/$stale/r;
        spew("$dir/data/postmaster.pid", $text);
        is local_run(['psql', '-XAtc', 'SELECT i FROM kept'])->{out}, "1\n", "pid $stale in it is not taken for the server";
        spew("$dir/data/postmaster.pid", $text);
        chown +(stat $dir)[4, 5], "$dir/data/postmaster.pid";
    }
    is_stopped 'stopped';
};

subtest 'keep, start, stop' => sub {
    is local_run(['--keep', 'true'])->{status}, 0;
    my $state = state_of();
    ok $state->{running} && $state->{kept} && !$state->{in_use}, '--keep leaves it up';
    is local_run(['true'])->{status}, 0;
    is state_of()->{pid}, $state->{pid}, 'across other uses';
    is AuditTest::run([$tool, '-D', $dir, 'status'])->{status}, 0, 'status is 0';
    my $warned = AuditTest::run([$tool, '-D', $dir, '-c', 'work_mem=1MB', 'true'])->{err};
    like $warned, qr/running already/, 'settings that come too late are told of';
    is AuditTest::run([$tool, '-D', $dir, 'stop'])->{status}, 0;
    is_stopped 'stop';
    is AuditTest::run([$tool, '-D', $dir, 'stop'])->{status}, 0, 'stop again does nothing';
    my $r = AuditTest::run(['sh', '-c', 'eval "$("$0" -D "$1" start)" && psql -XAtc "SELECT 5"', $tool, $dir], timeout => 20);
    is $r->{out}, "5\n", 'start prints what the shell needs' or diag $r->{err};
    my ($job, $mark) = holder(@local);
    $r = AuditTest::run([$tool, '-D', $dir, 'stop']);
    is $r->{status}, 0;
    like $r->{err}, qr/in use/, 'stop waits for users';
    ok state_of()->{running};
    unlink $mark;
    $job->wait(20);
    is_stopped 'then it is down';
    ($job, $mark) = holder(@local);
    is AuditTest::run([$tool, '-D', $dir, 'stop', '--force'])->{status}, 0;
    is_stopped 'stop --force does not';
    unlink $mark;
    $job->wait(20);
    AuditTest::run([$tool, '-D', $dir, 'start']);
    kill 'KILL', state_of()->{pid};
    wait_until { !state_of()->{running} } 10, 'its end';
    is local_run(['true'])->{status}, 0;
    is_stopped 'a kept server that died is not kept when it comes back';
};

subtest 'creation: at the same time, interrupted, unusual names' => sub {
    my $new = tempdir() . '/new';
    my @jobs = map { AuditTest::spawn([$tool, '-D', $new, '-c', 'fsync=off', 'psql', '-XAtc', 'SELECT 1']) } 1 .. 3;
    is $_->wait(60)->{out}, "1\n", 'one of three at once' for @jobs;
    is +(grep { $_->err =~ /creating/ } @jobs), 1, 'one of them created it';
    AuditTest::run([$tool, '-D', $new, 'destroy', '--yes']);
    ok !-e $new, 'destroyed';

    my $job = AuditTest::spawn([$tool, '-D', $new, '-c', 'fsync=off', 'true']);
    wait_until { -e "$new/data.new/PG_VERSION" } 20, 'initdb';
    $job->kill('KILL');
    $job->wait(10);
    ok !-e "$new/data", 'half made';
    is AuditTest::run([$tool, '-D', $new, '-c', 'fsync=off', 'psql', '-XAtc', 'SELECT 2'])->{out}, "2\n", 'made again';
    ok !-e "$new/data.new", 'without leftovers';

    my $from = (stat $new)[1];
    my $long = tempdir() . '/' . join('/', ('a long way down') x 8) . q{/it's, "here"};
    AuditTest::run(['mkdir', '-p', $long =~ s{/[^/]*$}{}r]);
    rename $new, $long or die "rename: $!";
    my $r = AuditTest::run([$tool, '-D', $long, 'sh', '-c', 'psql -XAtc "SELECT 3" && echo "$PGHOST"']);
    like $r->{out}, qr{^3\n/tmp/auditlocal-[0-9a-f]{32}\n}, 'a path too long for a socket, with blanks, quotes and a comma' or diag $r->{err};
    my ($short) = $r->{out} =~ m{(/tmp/auditlocal-\w+)};
    ok !-e $short, 'the short directory goes with the server';
    mkdir $short, 0777;
    chmod 0777, $short;
    $r = AuditTest::run([$tool, '-D', $long, 'true']);
    is $r->{status}, 3, 'somebody else was there first';
    like $r->{err}, qr/is not the server's alone/;
    rmdir $short;

    spew("$long/data/PG_VERSION", "14\n");
    like AuditTest::run([$tool, '-D', $long, 'true'])->{err}, qr/made by PostgreSQL 14, and 15 or later is needed/, 'data of an old version';
    spew("$long/data/PG_VERSION", "99\n");
    like AuditTest::run([$tool, '-D', $long, 'true'])->{err}, qr/made by PostgreSQL 99, and what is installed is \d+: install postgresql-99/, 'data of a version that is not installed';
    is AuditTest::run([$tool, '-D', $long, 'destroy', '-y'])->{status}, 0;
    ok !-e $long;
    is AuditTest::run([$tool, '-D', 'x' x 1000, 'true'])->{status}, 2, 'a name that nothing can be done with';
};

subtest 'destroy' => sub {
    my $foreign = tempdir();
    spew("$foreign/letter", 'dear');
    for my $command (['destroy', '--yes'], ['true'], ['start']) {
        my $r = AuditTest::run([$tool, '-D', $foreign, @$command]);
        is $r->{status}, 3, "@$command in a directory with something else in it";
        like $r->{err}, qr/not a private database of auditlocal/;
    }
    is slurp("$foreign/letter"), 'dear', 'which is as it was';
    is AuditTest::run([$tool, '-D', "$foreign/none", 'destroy', '--yes'])->{status}, 3, 'nothing to destroy';
    my $r = AuditTest::run(['setsid', '-w', $tool, '-D', $dir, 'destroy']);
    is $r->{status}, 2, 'without a terminal and --yes it does nothing';
    ok -e "$dir/data";
    my ($job, $mark) = holder(@local);
    $r = AuditTest::run([$tool, '-D', $dir, 'destroy', '--yes']);
    is $r->{status}, 3, 'in use';
    like $r->{err}, qr/is in use/;
    unlink $mark;
    $job->wait(20);
    AuditTest::run([$tool, '-D', $dir, 'start']);
    my $pid = state_of()->{pid};
    spew("$dir/mine", 'x');
    is AuditTest::run([$tool, '-D', $dir, 'destroy', '--yes'])->{status}, 0;
    ok !lives($pid), 'a kept server is stopped first';
    is join(' ', map { s{.*/}{}r } glob "$dir/*"), 'mine', "somebody's file is left";
    is AuditTest::run([$tool, '-D', $dir, 'status'])->{status}, 3, 'and the directory is not ours any more';
};

SKIP: {
    skip 'needs root', 3 unless $as_root && getpwnam 'nobody';
    my @nobody = qw(setpriv --reuid=nobody --regid=nogroup --clear-groups);

    subtest 'as an ordinary user' => sub {
        my $home = tempdir();
        chmod 0755, $home;
        chown +(getpwnam 'nobody')[2, 3], $home;
        my %o = (cwd => $home, env => {HOME => $home, XDG_DATA_HOME => undef});
        my $r = AuditTest::run([@nobody, $tool, '-c', 'fsync=off', 'psql', '-XAtc', 'SELECT 6'], %o);
        is $r->{out}, "6\n", 'in the default place' or diag $r->{err};
        ok -e "$home/.local/share/auditproof/db/data/PG_VERSION";
        is +(getpwuid +(stat "$home/.local/share/auditproof/db/data")[4])[0], 'nobody', 'all theirs';
        $r = AuditTest::run([@nobody, $tool, '-c', 'fsync=off', '-D', 'rel ative', 'psql', '-XAtc', 'SELECT 7'], %o);
        is $r->{out}, "7\n", 'relative, with a blank' or diag $r->{err};
        $r = AuditTest::run([$tool, '-D', "$home/rel ative", 'sh', '-c', 'id -u; psql -XAtc "SELECT 8"']);
        is $r->{out}, "0\n8\n", 'root may use it, as root, with a server that is not' or diag $r->{err};
        my $job = AuditTest::spawn([@nobody, $tool, '-D', 'rel ative', 'sleep', '60'], %o);
        wait_until { state_of("$home/rel ative")->{running} } 20, 'the server';
        my $pid = state_of("$home/rel ative")->{pid};
        $job->kill('TERM');
        is $job->wait(20)->{status}, 143;
        ok !lives($pid), 'stopped';
        mkdir "$home/roots";
        $r = AuditTest::run([@nobody, $tool, '-D', "$home/roots", 'true'], %o);
        is $r->{status}, 3;
        like $r->{err}, qr/belongs to user root/, "somebody else's directory";
    };

    subtest 'as root' => sub {
        my $closed = tempdir();
        chmod 0700, $closed;
        my $r = AuditTest::run([$tool, '-D', "$closed/x/db", 'true']);
        is $r->{status}, 3, 'below a directory that is closed to the server';
        like $r->{err}, qr/cannot reach \Q$closed\E\/x\/db: \Q$closed\E is closed to it/, 'it says which';
    };

    subtest 'disk full' => sub {
        my $disk = tempdir();
        skip 'no mount', 1 if system("mount -t tmpfs -o size=8m,mode=755 none $disk 2>/dev/null") != 0;
        my $r = AuditTest::run([$tool, '-D', "$disk/db", 'true']);
        is $r->{status}, 3, 'initdb fails';
        like $r->{err}, qr/cannot create a database.*No space left on device/s;
        system("mount -o remount,size=256m $disk") == 0 or die;
        is AuditTest::run([$tool, '-D', "$disk/db", '-c', 'fsync=off', 'psql', '-XAtc', 'SELECT 9'])->{out}, "9\n", 'and is done again with room';
        wait_until { system("umount $disk 2>/dev/null") == 0 } 10, 'umount';
    };
}

done_testing;
