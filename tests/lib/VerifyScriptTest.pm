package VerifyScriptTest;

=head1 NAME

VerifyScriptTest - what the tests of share/bundle/verify.sh share: the cases of tests/vectors, and what it says of them

=cut

use strict;
use warnings;
use AuditTest;
use Cwd qw(getcwd);
use Exporter qw(import);
use JSON::PP;
use Test::More;

our @EXPORT = qw(bundle_cases verify_script agrees agrees_on unpacked path_with);

my $script = getcwd() . '/share/bundle/verify.sh';

# A policy asks for some of its witnesses; of keys, which are all that the script takes, each must have cosigned.
sub takes_no {
    my ($case) = @_;
    return $case->{policy} && !$case->{keys};
}

# The cases that bundle_make.py writes to a directory, each with its file.
sub bundle_cases {
    my ($dir, @options) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $run = AuditTest::run(['python3', 'tests/vectors/bundle_make.py', @options, $dir], timeout => 120);
    $run->{status} == 0 or BAIL_OUT $run->{err};
    return map { {%$_, file => "$dir/$_->{file}", pins => $_->{keys} // $_->{pins}} }
        grep { !takes_no($_) } @{decode_json(slurp("$dir/cases.json"))};
}

# A PATH whose awk is another, or whose tools are busybox's as far as it has them.
sub path_with {
    my ($tool) = @_;
    my $dir = tempdir();
    my ($program) = grep { -x } map { "$_/$tool" } split /:/, $ENV{PATH} or return;
    my %applets = $tool eq 'busybox' ? map { $_ => 1 } split /\n/, `busybox --list` : (awk => 1);
    symlink $program, "$dir/$_"
        for grep { $applets{$_} } qw(awk cat cut date df dirname find fold gzip head mkdir mkfifo mktemp od rm sha256sum sort tail tar tr wc xargs);
    return "$dir:$ENV{PATH}";
}

sub finding {
    my ($kind, $path, $detail) = split /\t/, $_[0];
    my ($seq) = $detail =~ /^entry (\d+): /;
    return {kind => $kind, path => $path eq '-' ? undef : $path, seq => $seq, line => $_[0]};
}

sub with_findings {
    my ($run) = @_;
    $run->{findings} = [map { finding($_) } split /\n/, $run->{out}];
    return $run;
}

# verify.sh's run over a bundle, with findings.
sub verify_script {
    my ($arguments, %options) = @_;
    my $shell = delete $options{shell} // 'sh';
    return with_findings(AuditTest::run([split(/ /, $shell), $script, @$arguments], %options));
}

sub is_that {
    my ($wanted, $got) = @_;
    return $wanted->{kind} eq $got->{kind} && !grep { defined $wanted->{$_} && $wanted->{$_} ne ($got->{$_} // '') } qw(path seq);
}

# What a run and a case disagree about, as bundle_cases.py has it.
sub differences {
    my ($case, $run) = @_;
    my %allowed = map { $_ => 1 } @{$case->{may}}, map { $_->{kind} } @{$case->{must}};
    my @out;
    push @out, "exit status $run->{status}, not $case->{exit}" if $run->{status} != $case->{exit};
    for my $must (@{$case->{must}}) {
        push @out, "not found: $must->{kind} " . ($must->{path} // '') . ' ' . ($must->{seq} // '')
            if !grep { is_that($must, $_) } @{$run->{findings}};
    }
    push @out, map { $allowed{$_->{kind}} ? () : "found: $_->{line}" } @{$run->{findings}};
    my $trusted = $run->{err} =~ /signed by a key that you gave/ && $run->{err} !~ /none that you gave/;
    push @out, "the verdict is not $case->{verdict}" if !$case->{exit} && $trusted != ($case->{verdict} eq 'trusted');
    return (@out, $run->{err} =~ /(^.*awk.*$)/m);
}

sub agrees {
    my ($case, $run) = @_;
    my @differences = differences($case, $run);
    return ok(!@differences, $case->{name}) || diag join "\n", @differences, $run->{err};
}

# Of many cases, two at a time.
sub agrees_on {
    my ($cases, %options) = @_;
    my $shell = delete $options{shell} // 'sh';
    my $of = delete $options{bundle} // sub { $_[0]{file} };
    my @waiting;
    for my $case (@$cases, undef, undef) {
        push @waiting, [$case, AuditTest::spawn([split(/ /, $shell), $script, $of->($case), @{$case->{pins}}], %options)] if $case;
        next if @waiting < 2 && $case || !@waiting;
        my ($of_it, $job) = @{shift @waiting};
        agrees($of_it, with_findings($job->wait(600)));
    }
    return;
}

# The directory of an unpacked bundle, or nothing where tar refuses it.
sub unpacked {
    my ($file) = @_;
    my $into = tempdir();
    my $tar = AuditTest::run(['tar', '-xzf', $file, '-C', $into]);
    my @top = glob "$into/*";
    return $tar->{status} == 0 && @top == 1 ? $top[0] : undef;
}

1;
