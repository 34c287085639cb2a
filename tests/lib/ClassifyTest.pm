package ClassifyTest;

# Rule sets for tests of what classifies: written to a directory of their own, held against lines.
use strict;
use warnings;
use AuditTest;
use Exporter 'import';
use JSON::PP ();

our @EXPORT = qw(rule rules_in classify events_of ids_of);

# A rule's text: detection as a string of YAML under `detection:`, other members by name.
sub rule {
    my ($number, $detection, %o) = @_;
    my $id = sprintf '00000000-0000-4000-8000-%012d', $number;
    my %member = (title => "rule $number", id => $id, level => 'high', logsource => '{product: auditproof, service: audit}', %o);
    return join '', (map { "$_: $member{$_}\n" } sort keys %member), "detection:\n", map { "    $_\n" } split /\n/, $detection;
}

# Files by name, in a new directory.
sub rules_in {
    my (%files) = @_;
    my $dir = tempdir();
    for my $name (keys %files) {
        utf8::encode($files{$name}) if utf8::is_utf8($files{$name});
        spew("$dir/$name", $files{$name});
    }
    return $dir;
}

sub classify {
    my ($dir, $lines, @args) = @_;
    return AuditTest::run(['auditclassify', '--rules', $dir, @args], stdin => $lines);
}

sub events_of { return map { JSON::PP::decode_json($_) } split /\n/, $_[0]{out} }

# The numbers of the rules that match, one string an event.
sub ids_of {
    my ($r) = @_;
    return map { join ',', map { 0 + ($_->{id} =~ s/.*-//r) } @{$_->{_auditproof}{matches}} } events_of($r);
}

1;
