#!/usr/bin/perl
# The units: as `make install` puts them, systemd takes them; and what they start does its work, split into words as systemd
# does it, with the environment of the examples and no other.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use MetricsTest;
use TamperTest;
use Test::More;

my $build = $ENV{B} // 'build';
my $stage = tempdir();
my $usr = "$stage/usr";
my %make = map { $_ => undef } qw(MAKEFLAGS MAKELEVEL MFLAGS);
my $r = AuditTest::run(['make', '-s', "B=$build", 'DESTDIR=', "PREFIX=$usr", 'install'], env => \%make, timeout => 120);
is $r->{status}, 0, 'make install' or diag $r->{err};
is $r->{err}, '', 'has nothing to say on stderr';
my @units = glob "$usr/lib/systemd/system/auditproof-*";
is scalar(@units), 11, 'five services, their timers, and the alert';

sub have { return system("command -v $_[0] >/dev/null 2>&1") == 0 }

SKIP: {
    skip 'there is no systemd-analyze', 7 if !have('systemd-analyze');
    my $r = AuditTest::run(['systemd-analyze', 'verify', '--man=no', @units]);
    is $r->{status}, 0, 'systemd takes the units';
    is $r->{err}, '', 'without a word';
    # An exposure of 2.0 is what systemd calls "OK".
    for (grep { /(?:seal|verify|partition|schedule|schedule-watch)\.service/ } @units) {
        my $r = AuditTest::run(['systemd-analyze', 'security', '--offline=true', '--threshold=15', '--no-pager', $_]);
        is $r->{status}, 0, 'and they are closed' or diag $r->{out}, $r->{err};
    }
}

SKIP: {
    skip 'there is no systemd-sysusers', 4 if !have('systemd-sysusers') || !have('systemd-tmpfiles') || $> != 0;
    my $root = "$stage/root";
    mkdir $_ or die "$_: $!\n" for map { "$root$_" } '', '/etc', '/var', '/var/lib';
    my $r = AuditTest::run(['systemd-sysusers', "--root=$root", "$usr/lib/sysusers.d/auditproof.conf"]);
    is $r->{status}, 0, 'the user' or diag $r->{err};
    like slurp("$root/etc/passwd"), qr{^auditproof:.*:/var/lib/auditproof:\S*nologin$}m;
    $r = AuditTest::run(['systemd-tmpfiles', "--root=$root", '--create', "$usr/lib/tmpfiles.d/auditproof.conf"]);
    is $r->{status}, 0, 'its directories' or diag $r->{err};
    is_deeply [map { -d "$root$_" && (stat "$root$_")[4] != 0 ? 1 : 0 } '/var/lib/auditproof', '/var/lib/auditproof/metrics', '/etc/auditproof'],
        [1, 1, 0], 'of which it owns those that it writes to';
}

# Words as systemd extracts them (systemd.syntax(7)): quotes hold them together, a backslash takes the next as it is.
sub split_words {
    my ($text) = @_;
    my @words;
    while ($text =~ /\G\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')+)/gc) {
        push @words, $1 =~ s/\\(.)|["']/$1 \/\/ ''/ger;
    }
    die "cannot be split: $text\n" if substr($text, pos($text) // 0) =~ /\S/;
    return @words;
}

# {section}{key} => [values].
sub unit {
    my ($name) = @_;
    my (%unit, $section);
    for (split /\n/, slurp("$usr/lib/systemd/system/$name") =~ s/\\\n/ /gr) {
        next if /^\s*(?:[#;]|$)/;
        if (/^\[(\w+)\]$/) { $section = $1 }
        elsif (/^(\w+)=(.*)$/ && defined $section) { push @{$unit{$section}{$1}}, $2 }
        else { die "$name: no line of a unit: $_\n" }
    }
    return \%unit;
}

sub environment_file {
    my ($text) = @_;
    return map { /^(\w+)=(.*)$/ ? ($1, $2 =~ s/^"(.*)"$/$1/r) : /^\s*(?:[#;]|$)/ ? () : die "no line of an environment file: $_\n" }
        split /\n/, $text;
}

# A variable that is a word by itself becomes as many as are in it; ${X} stays within its word (systemd.service(5)).
sub command_line {
    my ($line, %env) = @_;
    return map { /^\$(\w+)$/ ? split_words($env{$1} // '') : s/\$\{(\w+)\}/$env{$1} \/\/ ''/ger } split_words($line);
}

is_deeply [command_line('a "b c" $X ${X} ${Y}z', X => 'p "q r"', Y => 1)], ['a', 'b c', 'p', 'q r', 'p "q r"', '1z'], 'words';

my $c = AuditTest->cluster;
my %server = %{$c->env('app')};
entries($c, 'app');

# Where things are on this machine, in place of where the examples have them.
my %place = ('/etc/auditproof' => "$stage/etc", '/mnt/worm' => "$stage/worm", '/var/lib/auditproof' => "$stage/lib");
mkdir $_ or die "$_: $!\n" for values %place, "$place{'/var/lib/auditproof'}/metrics", "$stage/credentials";
$place{'/run/postgresql'} = $c->socket_dir;
my $places = join '|', map { quotemeta } keys %place;

# The role that an example asks for, made as its comment says.
sub example {
    my ($name) = @_;
    my $text = slurp("$usr/share/auditproof/systemd/$name.conf");
    my ($role) = $text =~ /(CREATE ROLE [^;]+;)/;
    $c->psql('app', $role);
    return environment_file($text =~ s/($places)/$place{$1}/gr);
}

sub start {
    my ($name, %env) = @_;
    my $unit = unit("auditproof-$name.service");
    my @argv = command_line($unit->{Service}{ExecStart}[0], %env);
    my %only = (%env, PGPORT => $server{PGPORT}, map { $_ => undef } grep { /^(?:PG|AUDIT)/ && !exists $env{$_} } keys %ENV);
    my $r = AuditTest::run(\@argv, env => \%only, cwd => '/');
    return ($r, @argv);
}

# LoadCredential= and SetCredential=, as PID 1 does it.
sub credentials {
    my $unit = unit('auditproof-seal.service');
    my %set = map { split /:/, $_, 2 } @{$unit->{Service}{SetCredential}};
    for (@{$unit->{Service}{LoadCredential}}) {
        my ($id, $path) = split /:/, $_, 2;
        my $from = $path =~ s/($places)/$place{$1}/r;
        -e $from || exists $set{$id} or die "$path is not there\n";
        spew("$stage/credentials/$id", -e $from ? slurp($from) : $set{$id});
    }
    return "$stage/credentials";
}

my $etc = $place{'/etc/auditproof'};
my $metrics = "$place{'/var/lib/auditproof'}/metrics";
my %sealing = example('seal');
my %verifying = example('verify');

sub keygen {
    my ($origin, @options) = @_;
    unlink glob "$etc/seal.pem*";
    my $r = AuditTest::run(['auditseal', 'keygen', "$etc/seal.pem", '--origin', $origin, @options]);
    is $r->{status}, 0, "a key @options" or diag $r->{err};
}

subtest 'sealing with a key that has a passphrase' => sub {
    spew("$etc/seal.passphrase", "open sesame\n");
    keygen('audit.example.com/seals', '--encrypt', '--passphrase-file', "$etc/seal.passphrase");
    my ($r, @argv) = start('seal', %sealing, CREDENTIALS_DIRECTORY => credentials());
    is $argv[0], "$usr/bin/auditseal", 'by its full name';
    is $r->{status}, 0, 'succeeds' or diag "@argv: $r->{err}";
    like $r->{out}, qr/^Sealed 1000 new entries/, 'all there is';
    is metrics(slurp("$metrics/seal.prom"))->{auditproof_seal_success}{''}, 1, 'and tells monitoring';
    unlink "$etc/seal.passphrase" or die $!;
    ($r) = start('seal', %sealing, CREDENTIALS_DIRECTORY => credentials());
    is $r->{status}, 2, 'without its passphrase it fails' or diag $r->{out};
};

subtest 'verifying' => sub {
    my ($r, @argv) = start('verify', %verifying);
    is $argv[0], "$usr/bin/auditverify", 'by its full name';
    is $r->{status}, 0, 'succeeds' or diag "@argv: $r->{err}$r->{out}";
    is metrics(slurp("$metrics/verify.prom"))->{auditproof_verify_verdict}{'verdict=trusted'}, 1, 'and tells monitoring';
    ($r) = start('verify', %verifying);
    is $r->{status}, 0, 'and goes on from there' or diag $r->{err}, $r->{out};
    my $m = metrics(slurp("$metrics/verify.prom"));
    cmp_ok $m->{auditproof_verify_entries_read}{''}, '<', $m->{auditproof_verify_entries}{''}, 'reading a part';
    cmp_ok $m->{auditproof_verify_oldest_reading_timestamp_seconds}{''}, '<=', $m->{auditproof_verify_last_run_timestamp_seconds}{''};
    unlink glob "$place{'/var/lib/auditproof'}/verify.state*";
    forge($c, 'app', q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)});
    ($r) = start('verify', %verifying);
    is $r->{status}, 1, 'findings make the unit fail' or diag $r->{err};
    is metrics(slurp("$metrics/verify.prom"))->{auditproof_verify_findings}{''}, 1, 'and are told of';
};

subtest 'sealing with a key that has none' => sub {
    keygen('other.example.com/seals');
    $c->createdb('other');
    my $r = $c->run(['auditmigrate', 'install', '-q'], db => 'other');
    is $r->{status}, 0 or diag $r->{err};
    $c->psql('other', q{INSERT INTO audit_logs (action, resource_type) VALUES ('a', 'r')});
    ($r, my @argv) = start('seal', %sealing, PGDATABASE => 'other', CREDENTIALS_DIRECTORY => credentials());
    like $r->{out}, qr/^Sealed 1 new/, 'the passphrase of the unit is not asked for' or diag "@argv: $r->{err}";
};

subtest 'making partitions' => sub {
    my %making = example('partition');
    $c->createdb('months');
    is $c->run(['auditmigrate', 'install', '-q', '--partitioned'], db => 'months')->{status}, 0 or return;
    my ($r, @argv) = start('partition', %making, PGDATABASE => 'months', AUDITMIGRATE_OPTIONS => $making{AUDITMIGRATE_OPTIONS} =~ s/12/14/r);
    is $r->{status}, 0, 'by a login of its own' or diag "@argv: $r->{err}";
    is $c->psql('months', q{SELECT count(*) FROM auditproof.partition_list('audit_logs')}), 16, 'as many months as it is told';
    is metrics(slurp("$metrics/partition.prom"))->{auditproof_partition_exit_status}{''}, 0, 'and tells monitoring';
};

subtest 'making reports' => sub {
    my %making = example('schedule');
    mkdir "$place{'/var/lib/auditproof'}/reports" or die $!;
    $c->psql('app', q{INSERT INTO organizations (id, name) VALUES ('99999999-9999-4999-8999-999999999999', 'Nine');
        INSERT INTO auth.users (id) VALUES ('99999999-0000-4000-8000-000000000001');
        INSERT INTO profiles (id, organization_id, email) VALUES ('99999999-0000-4000-8000-000000000001', '99999999-9999-4999-8999-999999999999', 'nine@example.org');
        INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, format)
        VALUES ('99999999-9999-4999-8999-999999999999', '99999999-0000-4000-8000-000000000001', 'audit_summary', '2026-01-01', '2026-01-31', 'pdf')});
    my ($r, @argv) = start('schedule', %making);
    is $r->{status}, 0, 'by a login of its own' or diag "@argv: $r->{err}";
    is $c->psql('app', q{SELECT status FROM scheduled_reports}), 'completed', 'made';
    is scalar(my @made = glob "$place{'/var/lib/auditproof'}/reports/99999999-*/audit_summary-*.pdf"), 1, 'where reports go';
};

subtest 'watching reports' => sub {
    my %watching = example('schedule-watch');
    my ($r, @argv) = start('schedule-watch', %watching);
    is $r->{status}, 0, 'by a login of its own' or diag "@argv: $r->{err}";
    is metrics(slurp("$metrics/schedule.prom"))->{auditproof_schedule_late_runs}{''}, 0, 'and tells monitoring';
    $c->psql('app', q{UPDATE scheduled_reports SET next_run_at = now() - interval '2 hours'});
    $watching{AUDITSCHEDULE_OPTIONS} .= ' --notify-command /bin/true';
    ($r) = start('schedule-watch', %watching);
    is $r->{status}, 1, 'fails where one is late, whoever should have made it' or diag $r->{err};
    is metrics(slurp("$metrics/schedule.prom"))->{auditproof_schedule_late_runs}{''}, 1, 'and says how many';
};

subtest 'what the units promise' => sub {
    for my $name (qw(seal verify partition schedule schedule-watch)) {
        my ($service, $timer) = map { unit("auditproof-$name.$_") } qw(service timer);
        is_deeply [map { $service->{Service}{$_}[0] } qw(Type User EnvironmentFile)], ['oneshot', 'auditproof', "/etc/auditproof/$name.conf"], $name;
        is $service->{Unit}{OnFailure}[0], 'auditproof-alert@%N.service', 'somebody is told';
        is $timer->{Timer}{Persistent}[0], 'true', 'what was missed is made up for';
        ok $timer->{Timer}{RandomizedDelaySec}[0], 'and not by all machines at once';
    }
};

done_testing;
