package OldBundleTest;

=head1 NAME

OldBundleTest - a bundle of every kind, and whether they outlive what is done to the database they are of

=head1 SYNOPSIS

    use lib 'tests/lib';
    use OldBundleTest;

    my %old = every_kind($c, 'db', $key, $org, $subject, $type, $from, $to);    # kind => file
    ...
    outlives($c, 'db', $key, %old);

C<$type> is a resource type of the period's entries, C<$from> and C<$to> are seconds since 1970. C<$key>.pub is pinned.
Bundles are registered; what the server is told is kept out of its log.

=cut

use strict;
use warnings;
use AuditTest;
use Exporter 'import';
use POSIX qw(strftime);
use Test::More;
use VerifyScriptTest qw(unpacked);

our @EXPORT = qw(every_kind outlives);

sub _time { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }

# The incident that the rules have as an example, at another time.
sub _incident {
    my ($dir, $type, $from, $to) = @_;
    my $yaml = slurp('rules/incident.example.yaml');
    my %at = (occurred_from => $from, occurred_to => $to, detected => $to + 60, aware_at => $to + 60, from => $from, to => $to);
    $yaml =~ s/^( *$_): 20\S+$/"$1: " . _time($at{$_})/me for keys %at;
    $yaml =~ s/^( +at): 20\S+$/"$1: " . _time($to + 60)/me;
    $yaml =~ s/^  actions:.*$/  actions: ["*"]/m;
    $yaml =~ s/\[contact\]/[$type]/;
    $yaml =~ s/resource_type: contact$/resource_type: $type/m;
    spew("$dir/incident.yaml", $yaml);
    spew("$dir/gdpr.yaml", "format: auditproof-gdpr/1\ncontroller:\n  name: Example Ltd\n  email: privacy\@controller.example\n"
        . "dpo:\n  name: DPO\n  email: dpo\@controller.example\n");
    return ('--incident', "$dir/incident.yaml", '--gdpr', "$dir/gdpr.yaml");
}

sub every_kind {
    my ($c, $db, $key, $org, $subject, $type, $from, $to) = @_;
    my $dir = tempdir();
    my @period = ('--from', _time($from), '--to', _time($to));
    my %options = ('gdpr-breach' => [_incident($dir, $type, $from, $to)], 'gdpr-subject' => ['--subject', $subject],
        sample => [@period, '-n', 5, '--seed', 'chosen'], soc2 => \@period);
    for my $kind (sort keys %options) {
        my $r = $c->run(['auditexport', $kind, '--org', $org, '--key', $key, '-o', "$dir/$kind.tar.gz", @{$options{$kind}}], db => $db,
            env => {PGOPTIONS => '-c log_statement=none -c log_min_duration_statement=-1'});
        is $r->{status}, 0, "a bundle $kind" or diag $r->{out}, $r->{err};
    }
    return map { $_ => "$dir/$_.tar.gz" } keys %options;
}

# By themselves, with both checkers; and what they were signed with still is what the database has.
sub outlives {
    my ($c, $db, $key, %bundles) = @_;
    for my $kind (sort keys %bundles) {
        my $r = AuditTest::run(['auditverify', $bundles{$kind}, '--key', "$key.pub"]);
        is $r->{status}, 0, "auditverify: $kind" or diag $r->{out}, $r->{err};
        like $r->{out}, qr/Verdict: trusted/, '... is trusted';
        my $at = unpacked($bundles{$kind});
        $r = AuditTest::run(['sh', "$at/verify.sh", $at]);
        is $r->{status}, 0, '... by verify.sh, too' or diag $r->{out}, $r->{err};
        next if $kind ne 'soc2';
        $r = $c->run(['auditverify', '--key', "$key.pub", '--anchors', "$at/proof/checkpoint.note"], db => $db);
        is $r->{status}, 0, '... and the database agrees with its checkpoint' or diag $r->{out}, $r->{err};
        like $r->{out}, qr/Verdict: trusted/, '... as far as that is trusted';
    }
    return;
}

1;
