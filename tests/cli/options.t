#!/usr/bin/perl
# What the option table promises of every tool, whatever else the tool does.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $build = $ENV{B} // 'build';
my @tools = map { s{.*/}{}r } glob "$build/bin/*";
ok @tools > 0, 'there are tools';

# {command => [long options]}, '' for what every command has, Without for what none is needed for, from the text that the manual page is made of.
sub table {
    my ($tool) = @_;
    my %table = ('' => []);
    my $section = '';
    my $text = AuditTest::run([$tool, '--emit=mdoc'])->{out};
    for (split /\n/, $text) {
        $section = /^\.Ss ([a-z]\S*(?: [a-z]\S*)?|Without)/ ? $1 : '' if /^\.Ss /;
        $table{$section} //= [];
        push @{$table{$section}}, $1 if /^\.It .*Fl -([a-z0-9-]+)/;
    }
    return \%table;
}

sub help_lists {
    my ($help, @names) = @_;
    my @missing = grep { $help !~ /^ +(?:-., )?--\Q$_\E(?:=|\s|$)/m } @names;
    is "@missing", '', 'lists every option';
    return;
}

sub closed_pipe {
    pipe my $read, my $write or die "pipe: $!";
    close $read;
    return $write;
}

sub check_tool {
    my ($tool) = @_;
    my $table = table($tool);
    my @bare = @{delete $table->{Without} // []};
    my @commands = sort grep { $_ ne '' } keys %$table;
    my $help = AuditTest::run([$tool, '--help']);
    is $help->{status}, 0, '--help exits 0';
    is $help->{err}, '', 'and has nothing to say on stderr';
    like $help->{out}, qr/\AUsage: \Q$tool\E /, 'it begins with the usage';
    like $help->{out}, qr/^Exit status: 0 .* 3 /m, 'and has the exit statuses';
    unlike $help->{out}, qr/\(null\)|--emit/, 'and nothing that is for the build';
    help_lists($help->{out}, @{$table->{''}}, @bare);
    like $help->{out}, qr/^  \Q$_\E\b/m, "it names the command $_" for @commands;
    my @long = grep { length > 120 } split /\n/, $help->{out};
    is "@long", '', 'no line is longer than 120';

    my $version = AuditTest::run([$tool, '--version']);
    is $version->{status}, 0, '--version exits 0';
    like $version->{out}, qr/\A\Q$tool\E \(auditproof\) \d+\.\d+\.\d+\n\z/, 'name and number';

    for my $command (@commands) {
        my $r = AuditTest::run([$tool, split(/ /, $command), '--help']);
        is $r->{status}, 0, "$command --help exits 0";
        help_lists($r->{out}, @{$table->{''}}, @{$table->{$command}});
        is AuditTest::run([$tool, split(/ /, $command), '--no-such-option'])->{status}, 2, "$command: an unknown option exits 2";
    }

    for my $wrong (['--no-such-option'], ['-~'], ['--help=x'], ['--help', '--no-such-option']) {
        my $r = AuditTest::run([$tool, @$wrong]);
        is $r->{status}, 2, "@$wrong exits 2";
        is $r->{out}, '', 'with nothing on stdout';
        like $r->{err}, qr/^Try '\Q$tool\E --help'/m, 'and a pointer to --help';
    }

    for my $argument ('--help', '--version') {
        open my $full, '>', '/dev/full' or die "/dev/full: $!";
        for (['a full disk', $full], ['a closed pipe', closed_pipe()]) {
            my $r = AuditTest::run([$tool, $argument], stdout => $_->[1]);
            is $r->{status}, 3, "$argument to $_->[0] exits 3";
            is $r->{signal}, 0, 'and not by a signal';
            like $r->{err}, qr/cannot write to standard output/, 'and says so';
        }
        is AuditTest::run(['sh', '-c', 'exec "$0" "$1" >&-', AuditTest::bin($tool), $argument])->{status}, 3,
            "$argument with stdout closed exits 3";
    }

    for my $shell (qw(bash zsh)) {
        my $r = AuditTest::run([$tool, "--emit=$shell"]);
        is $r->{status}, 0, "completion for $shell";
        my @all = (@bare, map { @$_ } values %$table);
        my @missing = grep { index($r->{out}, "--$_") < 0 } @all;
        is "@missing", '', 'has every option';
        next if AuditTest::run(['sh', '-c', "command -v $shell"])->{status} != 0;
        $r = AuditTest::run([$shell, '-n'], stdin => $r->{out});
        is $r->{status}, 0, "$shell can read it" or diag $r->{err};
    }
    return;
}

for my $tool (@tools) {
    subtest $tool => sub { check_tool($tool) };
}

# A tool that is run as others do it: the completion offers what the table has.
subtest 'completion' => sub {
    my $script = 'source <("$0" --emit=bash); COMP_WORDS=("$1" "$2" "$3"); COMP_CWORD=2; _"$1"; echo "${COMPREPLY[@]}"';
    my $r = AuditTest::run(['bash', '-c', $script, AuditTest::bin('auditlocal'), 'auditlocal', 'status', '--fo']);
    is $r->{out}, "--format=\n", 'an option of a command' or diag $r->{err};
    $script =~ s/COMP_CWORD=2/COMP_CWORD=1/;
    $r = AuditTest::run(['bash', '-c', $script, AuditTest::bin('auditlocal'), 'auditlocal', 'dest', '']);
    is $r->{out}, "destroy\n", 'a command' or diag $r->{err};
    my @retain = (AuditTest::bin('auditretain'), 'auditretain');
    $r = AuditTest::run(['bash', '-c', $script, @retain, 'pol', '']);
    is $r->{out}, "policy\n", 'the first of two words, once' or diag $r->{err};
    $script =~ s/COMP_CWORD=1/COMP_CWORD=2/;
    $r = AuditTest::run(['bash', '-c', $script, @retain, 'policy', 'li']);
    is $r->{out}, "list\n", 'the second one' or diag $r->{err};
    $script =~ s/ "\$3"\); COMP_CWORD=2/ "\$3" "\$4"); COMP_CWORD=3/;
    $r = AuditTest::run(['bash', '-c', $script, @retain, 'policy', 'list', '--fo']);
    is $r->{out}, "--format=\n", 'an option behind them' or diag $r->{err};
    is AuditTest::run(['auditretain', 'policy'])->{status}, 2, 'one word alone is no command';
};

done_testing;
