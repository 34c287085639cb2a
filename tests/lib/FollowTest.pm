package FollowTest;

=head1 NAME

FollowTest - what the tests of auditclassify over a database share: tenants, rules, and entries to classify

=cut

use strict;
use warnings;
use AuditTest;
use Exporter 'import';
use JSON::PP ();

our @EXPORT = qw(org actor tenants rules_dir rule correlation entries stream_matches recorded standing);

sub org { return sprintf '00000000-0000-4000-8000-%012d', $_[0] }
sub actor { return sprintf '00000000-0000-4000-9000-%012d', $_[0] }

sub tenants {
    my ($c, $db, $count) = @_;
    $c->psql($db, qq{INSERT INTO organizations (id, name)
        SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'o' || i FROM generate_series(1, $count) i;
        INSERT INTO auth.users (id)
        SELECT ('00000000-0000-4000-9000-' || lpad(i::text, 12, '0'))::uuid FROM generate_series(1, 50) i});
    return;
}

# A rule over one selection, given as YAML.
sub rule {
    my ($n, $level, $selection) = @_;
    return sprintf "title: Rule %d\nid: %s\nname: rule%d\nlevel: %s\nlogsource: {product: auditproof, service: audit}\n"
        . "detection:\n  selection: %s\n  condition: selection\n", $n, id($n), $n, $level, $selection;
}

sub id { return sprintf '11111111-0000-4000-8000-%012d', $_[0] }

sub correlation {
    my ($n, $level, $body) = @_;
    return sprintf "title: Correlation %d\nid: %s\nlevel: %s\ncorrelation:\n%s", $n, id($n), $level, $body =~ s/^/  /gmr;
}

sub rules_dir {
    my (@documents) = @_;
    my $dir = tempdir();
    spew("$dir/r.yml", join "---\n", @documents);
    return $dir;
}

# One statement that inserts `count` entries for tenants 1 to `orgs` (0 is the system), of many kinds; in the order of
# chains, so that several such do not block each other for good.
sub entries {
    my (%o) = @_;
    my $from = $o{from} // 1;
    return sprintf q{INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, ip_address, created_at)
        SELECT nullif(('00000000-0000-4000-8000-' || lpad((i %% %1$d)::text, 12, '0')), '00000000-0000-4000-8000-000000000000')::uuid,
               ('00000000-0000-4000-9000-' || lpad((1 + i * 7 %% 11)::text, 12, '0'))::uuid,
               (ARRAY['LOGIN', 'LOGIN_FAILED', 'MFA_DISABLED', 'view', 'view', 'ROLE_CHANGE', 'view'])[1 + (i * 13 / 3) %% 7],
               'thing', ('10.0.' || i %% 3 || '.' || (i * 31 / 7) %% 40)::inet, timestamptz '2026-01-01' + i * interval '7 s'
        FROM generate_series(%2$d, %3$d) i ORDER BY i %% %1$d, i}, ($o{orgs} // 20) + 1, $from, $from + $o{count} - 1;
}

# What a stream of the same entries gives, chain by chain in their order: "log_id rule_id", sorted.
sub stream_matches {
    my ($c, $db, $rules) = @_;
    my $events = $c->psql($db, q{SELECT row_to_json(r) FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id,
        LATERAL (SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type,
                        l.resource_id, l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata,
                        l.session_id, l.created_at) r
        WHERE l.metadata ->> 'source' IS DISTINCT FROM 'auditproof'
        ORDER BY e.chain_id, e.seq});
    my $r = AuditTest::run(['auditclassify', '-q', '--rules', $rules, '--matches-only'], stdin => "$events\n", timeout => 120);
    die "the stream was not classified: $r->{err}" if $r->{status};
    my @found;
    for (split /\n/, $r->{out}) {
        my $event = JSON::PP::decode_json($_);
        next if !defined $event->{id};
        push @found, map { "$event->{id} $_->{id}" } @{$event->{_auditproof}{matches}};
    }
    return join "\n", sort @found;
}

sub recorded {
    my ($c, $db) = @_;
    return join "\n", sort split /\n/, $c->psql($db,
        q{SELECT log_id || ' ' || rule_id FROM auditproof.risk_finding WHERE NOT closed});
}

# Entries that no rule set has classified.
sub standing {
    my ($c, $db) = @_;
    return $c->psql($db, q{SELECT coalesce(sum(h.seq - coalesce(p.seq, 0)), 0) FROM auditproof.chain c
        CROSS JOIN LATERAL (SELECT max(seq) AS seq FROM auditproof.chain_entry e WHERE e.chain_id = c.chain_id) h
        LEFT JOIN (SELECT chain_id, max(seq) AS seq FROM auditproof.classification GROUP BY 1) p USING (chain_id)});
}

1;
