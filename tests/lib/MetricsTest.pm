package MetricsTest;

=head1 NAME

MetricsTest - a strict reader of Prometheus' text format, version 0.0.4

=head1 SYNOPSIS

    use MetricsTest;

    my $m = metrics(slurp($file));                  # dies at what is not of the format
    is $m->{auditproof_seal_findings}{''}, 0;       # a family, and what of its labels is not the database's
    is $m->{auditproof_verify_verdict}{'verdict=trusted'}, 1;
    my ($db) = database(slurp($file));              # the value of that label, the same everywhere

It asks more than the format does: HELP and TYPE before each family, all of its samples together, no series twice, and
Prometheus' rules for names: our prefix and tool first, base units, _total for counters and for nothing else.

=cut

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(metrics database);

my $value = qr/[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN/;

sub _labels {
    my ($text) = @_;
    my (@labels, %seen);
    while ($text =~ /\G([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,(?=.)|\z)/gc) {
        my ($name, $is) = ($1, $2);
        die "label $name is there twice\n" if $seen{$name}++;
        die "label $name is reserved\n" if $name =~ /^__/;
        push @labels, [$name, $is =~ s/\\(.)/$1 eq 'n' ? "\n" : $1/ger];
    }
    die "no labels: $text\n" if (pos($text) // 0) != length $text;
    return @labels;
}

sub _family {
    my ($name, $type) = @_;
    die "$name: another prefix\n" if $name !~ /^auditproof_(?:seal|verify|retain|partition|schedule)_[a-z]/;
    die "$name: $type\n" if $type !~ /^(?:gauge|counter)$/;
    die "$name: _total is for counters\n" if ($name =~ /_total$/) != ($type eq 'counter');
    die "$name: the base unit is wanted, at the end\n"
        if $name =~ /_(?:ms|us|minutes|hours|milliseconds|microseconds|kb)(?:_|$)/ || $name =~ /(?:seconds|timestamp)_(?!seconds)/;
    return;
}

sub _read {
    my ($text) = @_;
    my (%m, %help, $family, %databases);
    die "the last line does not end\n" if $text !~ /\n\z/;
    die "not UTF-8\n" if !utf8::decode(my $copy = $text);
    for my $line (split /\n/, $text) {
        if ($line =~ /^# HELP (\w+) ((?:[^\\]|\\[\\n])+)$/) {
            die "$1: a second HELP\n" if $help{$1}++;
            die "$family has no samples\n" if defined $family && !%{$m{$family} // {}};
            $family = "?$1";
            $m{$family} = {1 => 1};
        } elsif ($line =~ /^# TYPE (\w+) (\w+)$/) {
            die "$1: TYPE without HELP before it\n" if !defined $family || $family ne "?$1";
            delete $m{$family};
            $family = $1;
            _family($1, $2);
        } elsif ($line =~ /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ($value)$/) {
            my ($name, $text, $is) = ($1, $2, $3);
            die "$name: not in its family\n" if !defined $family || $name ne $family;
            my @labels = _labels($text // '');
            $databases{$_->[1]} = 1 for grep { $_->[0] eq 'database' } @labels;
            my $key = join ',', map { "$_->[0]=$_->[1]" } grep { $_->[0] ne 'database' } @labels;
            die "$name: $key is there twice\n" if exists $m{$name}{$key};
            $m{$name}{$key} = $is;
        } else {
            die "no line of the format: $line\n";
        }
    }
    return (\%m, sort keys %databases);
}

sub metrics { return (_read($_[0]))[0] }
sub database { my (undef, @names) = _read($_[0]); return @names }

1;
