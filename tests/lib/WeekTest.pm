package WeekTest;

=head1 NAME

WeekTest - a week of five tenants, and evidence bundles of it

=head1 SYNOPSIS

    my $week = WeekTest->new($cluster, 200_000);
    my $bundle = $week->bundle('soc2', 'soc2-1', '--org', $week->org(1));
    $bundle->{file};                # the archive
    $bundle->{said};                # what auditexport said of it
    $bundle->{said}{fingerprint};   # of the key that signs them all

The entries are those of the demonstration, and beside the tenants' there are some system-wide. All are sealed.

=cut

use strict;
use warnings;
use AuditTest;
use JSON::PP ();

sub new {
    my ($class, $cluster, $entries) = @_;
    my $dir = tempdir();
    my $self = bless {cluster => $cluster, dir => $dir, entries => $entries, key => "$dir/seal.pem"}, $class;
    $cluster->createdb('week');
    $self->_run('auditmigrate', '-q', 'install');
    $cluster->psql('week', slurp('share/demo/tenants.sql'));
    system("awk -v n=$entries -v end=1795300000 -f share/demo/events.awk | LC_ALL=C sort -n | cut -f2- >$dir/week.ndjson") == 0
        or die "no events\n";
    $self->_run('auditwrite', '-q', "$dir/week.ndjson");
    $cluster->psql('week', <<~'SQL');
        INSERT INTO audit_logs (action, resource_type, risk_level, user_agent, metadata, created_at)
        SELECT (ARRAY['job.finished', 'backup.taken', 'SETTINGS_CHANGED'])[1 + n % 3], 'system', CASE n % 3 WHEN 2 THEN 'medium' ELSE 'low' END,
            'scheduler/1.4', jsonb_build_object('run', n), timestamptz '2026-11-16 00:00Z' + n * interval '9 minutes'
        FROM generate_series(1, 900) AS n
        SQL
    $self->_run('auditseal', 'keygen', $self->{key}, '--origin', 'audit.example.com/seals');
    $self->_run('auditseal', '-q', 'seal', '--key', $self->{key});
    unlink "$dir/week.ndjson";
    return $self;
}

sub _run {
    my ($self, @command) = @_;
    my $run = $self->{cluster}->run(\@command, db => 'week', timeout => 600);
    $run->{status} == 0 or die "@command: $run->{err}\n";
    return $run->{out};
}

sub org { my ($self, $n) = @_; return sprintf '00000001-%04d-4000-8000-000000000000', $n }

sub bundle {
    my ($self, $kind, $name, @options) = @_;
    my $file = "$self->{dir}/$name.tar.gz";
    my @period = $kind =~ /^(?:soc2|sample)$/ ? qw(--from 2026-11-01 --to 2026-12-01) : ();
    my $said = $self->_run('auditexport', $kind, '--no-register', @period, @options, '--key', $self->{key}, '--format', 'json', '-o', $file);
    return {name => $name, file => $file, said => JSON::PP::decode_json($said)};
}

# One of each kind.
sub bundles {
    my ($self) = @_;
    spew("$self->{dir}/incident.yaml", <<~'YAML');
        format: auditproof-incident/1
        incident: INC-2026-021
        title: Contacts exported with an account's stolen session
        phase: 1
        more_to_follow: true
        occurred_from: 2026-11-17T06:00:00Z
        occurred_to: 2026-11-19T20:00:00Z
        detected: 2026-11-20T09:15:00Z
        aware_at: 2026-11-20T10:00:00Z
        nature: >
          Somebody used the session of a member of staff, and exported contacts.
        entries:
          from: 2026-11-17T00:00:00Z
          to: 2026-11-20T00:00:00Z
          actors: [person7@tenant1.example]
        subjects:
          categories: [contacts of customers]
          resource_types: [contact]
          actors: true
          at_most: 5000
          method: Contacts that the account could read
        records:
          - category: contact details
            resource_type: contact
        consequences: Unwanted messages; attempts to obtain passwords by deception.
        measures:
          - measure: Sessions of the account ended, its password reset
            status: taken
            at: 2026-11-20T10:20:00Z
        indicators:
          - kind: ip_address
            value: 21.10.7.71
            note: not used by staff before
        communicated: false
        YAML
    spew("$self->{dir}/gdpr.yaml", <<~'YAML');
        format: auditproof-gdpr/1
        controller:
          name: Alder Logistics
          email: privacy@alder.example
        YAML
    my @one = ('--org', $self->org(1));
    my @by = ('--gdpr', "$self->{dir}/gdpr.yaml");
    return (
        (map { $self->bundle('soc2', "soc2-$_", '--org', $self->org($_)) } 1 .. 5),
        $self->bundle('soc2', 'soc2-system', '--system'),
        $self->bundle('sample', 'sample', @one, '-n', 60, '--seed', 'a seed'),
        $self->bundle('gdpr-subject', 'subject', @one, '--subject', 'person5@tenant1.example', '--letter', @by),
        $self->bundle('gdpr-breach', 'breach', @one, @by, '--incident', "$self->{dir}/incident.yaml"),
    );
}

1;
