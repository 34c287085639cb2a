# `make install` puts everything in its place, ready for use from there, and `make uninstall` takes it all away.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use File::Find ();
use Test::More;

my $build = $ENV{B} // 'build';
my $stage = tempdir();
my $usr   = "$stage/usr";

sub make {
    my ($target) = @_;
    my %env = map { $_ => undef } qw(MAKEFLAGS MAKELEVEL MFLAGS);
    my $r = AuditTest::run(['make', "B=$build", "DESTDIR=$stage", 'PREFIX=/usr', $target], env => \%env, timeout => 120);
    is $r->{status}, 0, "make $target" or diag $r->{err};
    is $r->{err}, '', 'has nothing to say on stderr';
    return;
}

# Everything below the stage that is not a directory.
sub installed {
    my @files;
    File::Find::find({no_chdir => 1, wanted => sub { push @files, s{^\Q$stage\E}{}r if -l || !-d _ }}, $stage);
    return sort @files;
}

sub done_ok {
    my ($argv, $what, %o) = @_;
    my $r = AuditTest::run($argv, %o);
    is $r->{status}, 0, $what or diag $r->{err};
    return $r->{out};
}

sub below { my ($at, @files) = @_; return map { s{.*/}{$at/}r } @files }

my @tools = map { m{cmd/(.+)\.c} } glob 'cmd/*.c';
my @pages = glob 'man/*.[1-8]';

make('install');

subtest 'each file is there' => sub {
    chomp(my @sql = qx(find sql rules -name '*.sql' -o -name '*.tsv' -o -name '*.yml' -o -name '*.yaml'));
    my @expected = (
        (map { ("/usr/bin/$_", "/usr/share/bash-completion/completions/$_", "/usr/share/zsh/site-functions/_$_") } @tools),
        (map { m{([^/]+\.(\d))$} ? "/usr/share/man/man$2/$1" : () } @pages),
        below('/usr/include/auditproof', glob 'include/auditproof/*.h'),
        below('/usr/lib/systemd/system', glob 'share/systemd/*.{service,timer}'),
        below('/usr/share/auditproof/systemd', glob 'share/systemd/*.conf'),
        (map { "/usr/lib/$_.d/auditproof.conf" } qw(sysusers tmpfiles)),
        below('/usr/share/auditproof/prometheus', glob 'share/prometheus/*'),
        '/usr/share/auditproof/verify.html',
        (map { "/usr/share/auditproof/$_" } @sql),
        (map { "/usr/lib/$_" } qw(libauditproof.a libauditproof.so libauditproof.so.0 pkgconfig/auditproof.pc)),
    );
    is_deeply [installed()], [sort @expected], 'these and no others';
    my @closed = grep { !-l "$stage$_" && ((stat "$stage$_")[2] & 0444) != 0444 } installed();
    is "@closed", '', 'for everyone to read';
    like done_ok(["$usr/bin/$_", '--version'], "$_ runs"), qr/^\Q$_\E \(auditproof\) \d/ for @tools;
};

subtest 'what comes with the tools is found' => sub {
    like done_ok(["$usr/bin/auditclassify", '--list'], 'rules'), qr{$usr/share/auditproof/rules/auditproof/\S+\.yml$}m;
    like done_ok(["$usr/bin/auditclassify", '--pipeline', $_, '--list'], "pipeline $_"), qr/^LEVEL/
        for map { m{([^/]+)\.yml$} } glob 'rules/pipelines/*.yml';
};

subtest 'the manual' => sub {
    for my $page (map { m{([^/]+\.(\d))$} ? "$usr/share/man/man$2/$1" : () } @pages) {
        unlike slurp($page), qr/\@[A-Z]+\@/, "$page is filled in";
    }
};

my $pc = slurp("$usr/lib/pkgconfig/auditproof.pc");
unlike $pc, qr/\@|\Q$stage\E/, 'the pkg-config file is filled in, and names the place and not the stage';

my %pkg = (env => {PKG_CONFIG_PATH => "$usr/lib/pkgconfig"});
sub pkg_config {
    my (@args) = @_;
    return split ' ', done_ok(['pkg-config', "--define-variable=prefix=$usr", @args, 'auditproof'], "pkg-config @args", %pkg);
}

my $program = "$stage/program";
spew("$program.c", join '', (map { s{^include/}{}r =~ s{.*}{#include <$&>\n}r } glob 'include/auditproof/*.h'), <<'C');
#include <stdio.h>

int main(void)
{
    return printf("%s\n", ap_version()) < 0;
}
C

SKIP: {
    skip 'what a sanitizer or a coverage build makes does not link by itself', 2
        if qx(nm '$usr/lib/libauditproof.a' 2>/dev/null) =~ /__asan_|__gcov_/;
    my @cc = ('gcc', '-std=c11', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-o', $program, "$program.c");

    subtest 'a program with the shared library' => sub {
        done_ok([@cc, pkg_config('--cflags', '--libs')], 'compiles') ;
        like done_ok(['readelf', '-d', $program], 'readelf'), qr/NEEDED.*\[libauditproof\.so\.0\]/, 'needs the soname';
        like done_ok([$program], 'runs', env => {LD_LIBRARY_PATH => "$usr/lib"}), qr/^\d+\.\d+/, 'and knows its version';
        my @exported = map { /^\S+ [A-Z] ([^@\s]+)/ } split /\n/,
            done_ok(['nm', '-D', '--defined-only', "$usr/lib/libauditproof.so.0"], 'nm');
        is_deeply [grep { !/^ap_|^LIBAUDITPROOF_/ } @exported], [], 'which exports its own names only';
        cmp_ok scalar(grep { /^ap_/ } @exported), '>', 50, 'and those';
    };

    subtest 'a program with the static library' => sub {
        my %flag = map { $_ => 1 } pkg_config('--static', '--libs');
        ok $flag{$_}, "--static asks for $_" for qw(-lauditproof -lpq -lcrypto -lm);
        my @requires = pkg_config('--print-requires-private');
        my @libs = split ' ', done_ok(['pkg-config', '--libs', @requires], 'what it needs');
        done_ok([@cc, pkg_config('--cflags'), "$usr/lib/libauditproof.a", @libs, '-lm', '-lpthread'], 'compiles');
        unlike done_ok(['readelf', '-d', $program], 'readelf'), qr/libauditproof/, 'needs no shared one';
        like done_ok([$program], 'runs'), qr/^\d+\.\d+/, 'and knows its version';
    };
}
unlink $program, "$program.c";

# What bash offers for the words of a command line, the last of which is being typed.
sub offered {
    my @words = @_;
    return sort split /\n/, done_ok(
        ['bash', '-uec', 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; "_$1"
            [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"',
            'bash', "$usr/share/bash-completion/completions/$words[0]", @words],
        "bash completes: @words", cwd => $stage);
}

subtest 'completion in bash' => sub {
    is_deeply [offered('auditmigrate', 'in')], ['install'], 'a command';
    is_deeply [grep { /^--dry/ } offered('auditmigrate', 'install', '--dr')], ['--dry-run'], 'an option of a command';
    is_deeply [offered('auditmigrate', 'status', '--dry')], [], 'and not of another';
    is_deeply [offered('auditverify', '--form')], ['--format='], 'an option with a value';
    is_deeply [offered('auditverify', '--format', '=', 'js')], ['json'], 'a value after the sign';
    is_deeply [offered('auditverify', '--format', '=')], [qw(json ndjson text)], 'or right at it';
    is_deeply [offered('auditverify', '--format', 'nd')], ['ndjson'], 'or after a space';
    is_deeply [offered('auditwrite', 'us')], ['usr'], 'a file';
};

subtest 'completion in zsh' => sub {
    plan skip_all => 'there is no zsh' if system('command -v zsh >/dev/null 2>&1') != 0;
    done_ok(['zsh', '-n', "$usr/share/zsh/site-functions/_$_"], $_) for @tools;
};

make('uninstall');
is_deeply [installed()], [], 'nothing is left';
ok !-e "$usr/include/auditproof" && !-e "$usr/share/auditproof", 'not even the directories';

done_testing;
