package AuditTest;

=head1 NAME

AuditTest - what the TAP tests share: private servers, running tools, waiting for conditions

=head1 SYNOPSIS

    use lib 'tests/lib';
    use AuditTest;                      # exports tempdir slurp spew wait_until
    use Test::More;

    my $c = AuditTest->cluster;         # private server, empty database postgres
    $c->createdb('t');
    $c->psql('t', 'CREATE TABLE x (i int)');
    is $c->psql('t', 'SELECT count(*) FROM x'), '0';

    my ($state, $message) = $c->psql_error('t', 'SELECT 1/0');
    is $state, '22012';

    my $r = $c->run(['auditverify', '--format=json'], db => 't', timeout => 20);
    is $r->{status}, 0 or diag $r->{err};

    my $job = $c->spawn(['auditwrite'], db => 't', stdin => $ndjson);
    $c->kill9; $c->start;
    my $end = $job->wait(10);

Tests run from the project's root. The build is in $ENV{B}, by default F<build>.

Servers live in temporary directories and end with the test, however it ends: each is the command of an F<auditlocal>
that waits for the end of a pipe which the test holds.

=head1 METHODS OF A CLUSTER

=over

=item AuditTest->cluster(conf => {name => value}, durable => 1)

Starts a server in a temporary directory. fsync is off unless C<durable>.

=item AuditTest->cluster(standby_of => $c)

Starts a hot standby of another.

=item $c->createdb($name, template => $other)

=item $c->psql($db, $sql, role => $role, set => {name => value})

The rows, unaligned, without titles, trimmed. Dies with psql's message. C<role> and C<set> are put in force first, as
SET ROLE and set_config would.

=item $c->psql_error($db, $sql, ...)

(SQLSTATE, message) of a statement that fails. Dies when it does not.

=item $c->into_months($db)

Where entries are by month, those of earlier months leave the DEFAULT partition, in which `auditmigrate check` finds them.

=item $c->run(\@argv, db => $db, stdin => $string_or_handle, env => {...}, cwd => $dir, timeout => $seconds)

Runs a tool of ours, found in the build, or any program: {status, signal, out, err, seconds}. Without a cluster:
AuditTest::run(\@argv, ...). Timeout 60 s; then it is killed and the test dies.

=item $c->spawn(\@argv, ...)

The same in the background: $job->{pid}, $job->out, $job->err (so far), $job->kill('TERM'), $job->wait($seconds), which
returns what run does.

=item $c->env($db), $c->socket_dir, $c->data_dir, $c->log, $c->pid

=item $c->kill9, $c->start, $c->stop('fast'|'immediate'), $c->restart

=back

=head1 FUNCTIONS

tempdir(), slurp($file), spew($file, $text), wait_until { condition } $seconds, 'what is waited for';
AuditTest::bin('auditverify') is the path of a tool; AuditTest::clock($seconds) the environment in which a program sees the
wall clock that much later, or earlier; AuditTest::preload($name, NAME => $value...) the one in which it is loaded with
F<tests/preload/$name.c>.

With $ENV{AUDIT_PARTITIONED}, `auditmigrate install` makes partitioned tables: what a test says should be true of them, too,
unless it is about the other layout.

Every number of seconds is that of an idle machine: $ENV{AUDIT_PATIENCE} times as much, by default 4, passes before a test
gives up. Only what hangs waits so long.

=cut

use strict;
use warnings;
use Cwd qw(getcwd);
use Exporter 'import';
use File::Temp ();
use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

our @EXPORT = qw(tempdir slurp spew wait_until);

my $root = getcwd();
my $main = $$;
our $patience = $ENV{AUDIT_PATIENCE} // 4;
my (@clusters, %jobs, %janitor, $programs);

$SIG{$_} //= sub { exit 1 } for qw(INT TERM HUP);

sub bin {
    my ($name) = @_;
    my $path = ($ENV{B} // 'build') . "/bin/$name";
    $path = "$root/$path" unless $path =~ m{^/};
    return $path if -x $path;
    # PostgreSQL's own, not Debian's wrapper in Perl, which takes three times as long.
    chomp($programs //= `pg_config --bindir`);
    return -x "$programs/$name" ? "$programs/$name" : $name;
}

sub preload {
    my ($name, %more) = @_;
    my $path = ($ENV{B} // 'build') . "/preload/$name.so";
    $path = "$root/$path" unless $path =~ m{^/};
    -e $path or die "$path is missing: `make cli-tests` builds it\n";
    # Tools that were built with a sanitizer insist on being loaded before anything else.
    my $asan = join ':', $ENV{ASAN_OPTIONS} // (), 'verify_asan_link_order=0';
    return {LD_PRELOAD => $path, ASAN_OPTIONS => $asan, %more};
}

sub clock {
    my ($seconds) = @_;
    return preload('clock', CLOCK_SHIFT => int $seconds);
}

# Memory, where there is enough: a server's files are many and small, and a disk's file system takes half the time of a test
# to make and remove them. /tmp where there is not, or where TMPDIR says so.
my $servers_in;

sub _servers_in {
    return $ENV{TMPDIR} if defined $ENV{TMPDIR};
    return $servers_in //= do {
        my ($memory) = (eval { slurp('/proc/meminfo') } // '') =~ /^MemAvailable: +(\d+) kB/m;
        my ($free) = (-d '/dev/shm' && -w _ ? `df -Pk /dev/shm 2>/dev/null` : '') =~ /^tmpfs +\d+ +\d+ +(\d+) /m;
        my $enough = 4 * 1024 * 1024;
        ($memory // 0) > $enough && ($free // 0) > $enough ? '/dev/shm' : '/tmp';
    };
}

# Open to the user that a server of root's runs as: below it the test decides.
sub _new_dir {
    my $dir = File::Temp::mkdtemp("$_[0]/audittest-XXXXXXXX") // die "mkdtemp in $_[0]: $!\n";
    chmod 0711, $dir or die "$dir: $!\n";
    return $dir;
}

# Below one directory, which a process removes when the pipe that we hold is closed, by us or by our death.
sub tempdir {
    unless (%janitor) {
        my $base = _new_dir($ENV{TMPDIR} // '/tmp');
        my ($pid, $pipe) = _until_we_end('/dev/null', 'sh', '-c', 'cat >/dev/null; rm -rf "$0"', $base);
        %janitor = (base => $base, pid => $pid, pipe => $pipe);
    }
    return _new_dir($janitor{base});
}

# A program, in a session of its own so that the terminal's signals do not reach it, reading a pipe that we hold.
sub _until_we_end {
    my ($errors, @argv) = @_;
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::setsid();
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
        open my $out, '>', '/dev/null';
        open my $err, '>', $errors;
        POSIX::dup2(fileno $read, 0);
        POSIX::dup2(fileno $out, 1);
        POSIX::dup2(fileno $err, 2);
        exec { $argv[0] } @argv or POSIX::_exit(127);
    }
    close $read;
    return ($pid, $write);
}

sub slurp {
    my ($file) = @_;
    open my $fh, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$fh> // '';
}

sub spew {
    my ($file, $text) = @_;
    open my $fh, '>:raw', $file or die "$file: $!\n";
    print $fh $text;
    close $fh or die "$file: $!\n";
    return;
}

sub wait_until(&;$$) {
    my ($condition, $seconds, $what) = @_;
    my $deadline = time + ($seconds // 10) * $patience;
    until ($condition->()) {
        die 'timed out waiting for ' . ($what // 'a condition') . "\n" if time > $deadline;
        sleep 0.02;
    }
    return 1;
}

# --- running programs

sub _input {
    my ($stdin) = @_;
    my $fh;
    if (!defined $stdin) {
        open $fh, '<', '/dev/null' or die "/dev/null: $!\n";
    } elsif (ref $stdin) {
        $fh = $stdin;
    } else {
        open $fh, '+>:raw', undef or die "temporary file: $!\n";
        print $fh $stdin;
        seek $fh, 0, 0 or die "temporary file: $!\n";
    }
    return $fh;
}

# %o: stdin env cwd; stdout => a handle to write to in place of collecting
sub spawn {
    my $c = ref $_[0] eq 'AuditTest' ? shift : undef;
    my ($argv, %o) = @_;
    my %env = ($c ? %{$c->env($o{db} // 'postgres')} : (), %{$o{env} // {}});
    my @argv = (bin($argv->[0]), @$argv[1 .. $#$argv]);
    push @argv, '--partitioned' if $ENV{AUDIT_PARTITIONED} && join(" ", grep { defined } @$argv[0, 1]) eq 'auditmigrate install';
    my $in = _input($o{stdin});
    my $dir = tempdir();
    open my $err, '>:raw', "$dir/err" or die "$dir/err: $!\n";
    my $out = $o{stdout};
    $out // open $out, '>:raw', "$dir/out" or die "$dir/out: $!\n";
    my $started = time;
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        my $ok = eval {
            $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);
            POSIX::dup2(fileno $in, 0);
            POSIX::dup2(fileno $out, 1);
            POSIX::dup2(fileno $err, 2);
            defined $env{$_} ? ($ENV{$_} = $env{$_}) : delete $ENV{$_} for keys %env;
            chdir $o{cwd} or die "$o{cwd}: $!\n" if defined $o{cwd};
            no warnings 'exec';
            exec { $argv[0] } @argv;
            die "$argv[0]: $!\n";
        };
        syswrite STDERR, $@;
        POSIX::_exit(127);
    }
    my $job = bless {pid => $pid, dir => $dir, started => $started, name => $argv->[0]}, 'AuditTest::Job';
    $jobs{$pid} = $job;
    return $job;
}

sub run {
    my @args = @_;
    my %o = @args[(ref $args[0] eq 'AuditTest' ? 2 : 1) .. $#args];
    my $job = spawn(@args);
    return $job->wait($o{timeout} // 60);
}

package AuditTest::Job;

use POSIX qw(:sys_wait_h);
use Time::HiRes qw(sleep time);

sub out { return -e "$_[0]{dir}/out" ? AuditTest::slurp("$_[0]{dir}/out") : '' }
sub err { return AuditTest::slurp("$_[0]{dir}/err") }

sub kill {
    my ($self, $signal) = @_;
    return CORE::kill($signal // 'TERM', $self->{pid});
}

sub running { return !$_[0]->_reap }

sub _reap {
    my ($self) = @_;
    return 1 if defined $self->{wait_status};
    my $got = waitpid $self->{pid}, WNOHANG;
    return 0 if $got == 0;
    $self->{wait_status} = $got == $self->{pid} ? $? : -1;
    $self->{seconds} = time - $self->{started};
    delete $jobs{$self->{pid}};
    return 1;
}

sub wait {
    my ($self, $seconds) = @_;
    my $deadline = time + ($seconds // 60) * $AuditTest::patience;
    my $pause = 0.001;
    until ($self->_reap) {
        if (time > $deadline) {
            CORE::kill 'KILL', $self->{pid};
            waitpid $self->{pid}, 0;
            delete $jobs{$self->{pid}};
            die "$self->{name} did not end; it had said: " . $self->err . "\n";
        }
        sleep $pause;
        $pause = $pause * 1.5 > 0.02 ? 0.02 : $pause * 1.5;
    }
    return {
        status => $self->{wait_status} >> 8,
        signal => $self->{wait_status} & 127,
        out => $self->out,
        err => $self->err,
        seconds => $self->{seconds},
    };
}

package AuditTest;

# --- clusters

sub cluster {
    my ($class, %o) = @_;
    my $self = bless {conf => {%{$o{conf} // {}}}}, $class;
    $self->{conf}{fsync} //= 'off' unless $o{durable};
    $self->{top} = _new_dir(_servers_in());
    $self->{dir} = "$self->{top}/db";
    $self->_copy_data($o{standby_of}) if $o{standby_of};
    push @clusters, $self;
    $self->_hold;
    return $self;
}

sub _copy_data {
    my ($self, $primary) = @_;
    mkdir $self->{dir}, 0700 or die "$self->{dir}: $!\n";
    my $r = $primary->run(['pg_basebackup', '-R', '--checkpoint=fast', '-D', $self->data_dir]);
    die "pg_basebackup: $r->{err}\n" if $r->{status};
    spew("$self->{dir}/auditlocal.lock", ''); # by which auditlocal knows a directory of its own
    # As the primary's user, who is not ours when we are root.
    my ($user, $group) = (stat $primary->data_dir)[4, 5];
    $r = run(['chown', '-R', "$user:$group", $self->{dir}]);
    die "chown: $r->{err}\n" if $r->{status};
    return;
}

sub _auditlocal {
    my ($self) = @_;
    return (bin('auditlocal'), '-q', '-D', $self->{dir},
        map { ('-c', "$_=$self->{conf}{$_}") } sort keys %{$self->{conf}});
}

# Use the server until the pipe ends, then remove it.
sub _hold {
    my ($self) = @_;
    my ($ready, $errors) = ("$self->{top}/ready", tempdir() . '/errors'); # what it says outlives its directory
    my ($pid, $pipe) = _until_we_end($errors,
        'sh', '-c', 'top=$1; shift; "$@"; rm -rf "$top"', 'sh', $self->{top},
        $self->_auditlocal, 'sh', '-c', 'printf "%s\n" "$PGHOST" >"$0.new" && mv "$0.new" "$0" && cat', $ready);
    @$self{qw(holder pipe)} = ($pid, $pipe);
    wait_until {
        my $ended = waitpid $pid, WNOHANG;
        die "the private server did not start (wait status $?): " . slurp($errors) . "\n" if $ended == $pid;
        -e $ready
    } 60, 'the private server';
    chomp($self->{socket_dir} = slurp($ready));
    return;
}

sub _let_go {
    my ($self) = @_;
    close delete $self->{pipe} if $self->{pipe};
    waitpid delete $self->{holder}, 0 if $self->{holder};
    return;
}

sub socket_dir { return $_[0]{socket_dir} }
sub data_dir { return "$_[0]{dir}/data" }
sub log { return slurp("$_[0]{dir}/log") }

sub env {
    my ($self, $db) = @_;
    my %none = map { $_ => undef } qw(PGHOSTADDR PGSERVICE PGPASSWORD PGOPTIONS);
    return {%none, PGHOST => $self->{socket_dir}, PGPORT => 5432, PGUSER => 'postgres', PGDATABASE => $db // 'postgres'};
}

# The postmaster's pid, while it is alive.
sub pid {
    my ($self) = @_;
    my $file = $self->data_dir . '/postmaster.pid';
    my ($pid) = -e $file ? slurp($file) =~ /^(\d+)$/m : ();
    return defined $pid && _lives($pid) ? $pid : undef;
}

sub _lives {
    my ($pid) = @_;
    my $stat = eval { slurp("/proc/$pid/stat") } // return 0;
    return $stat =~ /\) (?![ZX])/;
}

sub _end_server {
    my ($self, $signal) = @_;
    my $pid = $self->pid // return;
    kill $signal, $pid;
    wait_until { !_lives($pid) } 60, 'the end of the server';
    return;
}

# All of the server at once: what it left behind would serve on, until it notices. Stopped, it makes no more of them.
sub kill9 {
    my ($self) = @_;
    my $pid = $self->pid // return;
    kill 'STOP', $pid;
    wait_until { slurp("/proc/$pid/stat") =~ /\) T/ } 60, 'the server to stand still';
    my @all = ($pid, split ' ', slurp("/proc/$pid/task/$pid/children"));
    kill 'KILL', @all;
    wait_until { !grep { _lives($_) } @all } 60, 'the end of the server';
    return;
}
sub stop { return $_[0]->_end_server(($_[1] // 'fast') eq 'immediate' ? 'QUIT' : 'INT') }

# Whoever waits in _hold still uses the server, so that it stays when this one ends.
sub start {
    my ($self) = @_;
    my $r = run([$self->_auditlocal, 'true']);
    die "the private server did not start: $r->{err}\n" if $r->{status} != 0;
    return;
}

sub restart {
    my ($self, $mode) = @_;
    $self->stop($mode);
    return $self->start;
}

# --- SQL

sub _quote { my ($text) = @_; $text =~ s/'/''/g; return "'$text'" }
sub _name { return join '.', map { s/"/""/gr =~ s/.*/"$&"/sr } split /\./, $_[0] }

sub _psql {
    my ($self, $db, $sql, %o) = @_;
    my $before = join '', map { 'SET ' . _name($_) . ' = ' . _quote($o{set}{$_}) . ";\n" } sort keys %{$o{set} // {}};
    $before .= 'SET ROLE "' . $o{role} . "\";\n" if defined $o{role};
    return $self->run(
        ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-f', '-'],
        db => $db, stdin => "$before$sql\n", timeout => $o{timeout}, env => $o{env});
}

sub psql {
    my ($self, $db, $sql, %o) = @_;
    my $r = $self->_psql($db, $sql, %o);
    die "psql failed: $r->{err}$sql\n" if $r->{status} != 0 || $r->{signal};
    return $r->{out} =~ s/\s+\z//r;
}

sub psql_error {
    my ($self, $db, $sql, %o) = @_;
    my $r = $self->_psql($db, $sql, %o);
    die "should have failed: $sql\n" if $r->{status} == 0;
    my ($state, $message) = $r->{err} =~ /(?:ERROR|FATAL|PANIC):\s+([0-9A-Z]{5}):\s+(.*)/s
        or die "failed without an SQLSTATE: $r->{err}$sql\n";
    return ($state, $message);
}

sub into_months {
    my ($self, $db) = @_;
    return if !$ENV{AUDIT_PARTITIONED};
    my $r = $self->run(['auditmigrate', 'partition', '--months', '-q'], db => $db);
    die "cannot sort entries into months: $r->{err}" if $r->{status} != 0;
    return;
}

sub createdb {
    my ($self, $name, %o) = @_;
    $self->psql('postgres', createdb_sql($name, $o{template}));
    return $name;
}

# The files copied: through the log, which is the default, it costs twice as much.
sub createdb_sql {
    my ($name, $template) = @_;
    return qq{CREATE DATABASE "$name" STRATEGY FILE_COPY} . (defined $template ? qq{ TEMPLATE "$template"} : '');
}

END {
    my $status = $?;
    if ($$ == $main) {
        $_->kill('KILL') for values %jobs;
        waitpid $_, 0 for keys %jobs;
        # Together, so that they stop at the same time.
        close delete $_->{pipe} for grep { $_->{pipe} } @clusters;
        $_->_let_go for @clusters;
        if (%janitor) {
            close $janitor{pipe};
            waitpid $janitor{pid}, 0;
        }
    }
    $? = $status;
}

1;
