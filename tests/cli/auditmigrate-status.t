#!/usr/bin/perl
# auditmigrate status and roles.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

# What the statistics say is what the test has them say.
my $c = AuditTest->cluster(conf => {autovacuum => 'off'});

sub migrate { my ($db, @argv) = @_; return $c->run(['auditmigrate', @argv], db => $db) }

sub status { my ($db, @options) = @_; return decode_json(migrate($db, 'status', '--format=json', @options)->{out}) }

subtest 'before' => sub {
    $c->createdb('bare');
    my $r = migrate('bare', 'status');
    is $r->{status}, 0;
    like $r->{out}, qr/not installed/;
    like $r->{out}, qr/^- Install: auditmigrate install/m, 'says what to do';
    ok !status('bare')->{installed}, 'JSON';
};

$c->createdb('app');
is migrate('app', 'install')->{status}, 0, 'installed';
my $org = '11111111-1111-1111-1111-111111111111';
$c->psql('app', qq{INSERT INTO public.organizations (id, name) VALUES ('$org', 'Acme');
    INSERT INTO public.audit_logs (organization_id, action, resource_type) SELECT '$org', 'a', 'b' FROM generate_series(1, 40)});

subtest 'with entries' => sub {
    my $s = status('app');
    ok $s->{installed};
    my ($chain) = grep { $_->{chain} eq $org } @{$s->{chains}};
    is_deeply [@$chain{qw(entries last_24h last_7d last_30d)}], [40, 40, 40, 40], 'a chain and its growth';
    is $chain->{head}, $c->psql('app', "SELECT encode(entry_hash, 'hex') FROM auditproof.chain_entry
        WHERE chain_id = '$org' AND seq = 40"), 'its head';
    ok((grep { $_->{name} eq 'public.audit_logs' && $_->{total_bytes} > 0 } @{$s->{tables}}), 'tables have sizes');
    is $s->{totals}{unchained}, undef, 'unknown before ANALYZE';
    $c->psql('app', 'ANALYZE public.audit_logs');
    is status('app')->{totals}{unchained}, 0, 'an estimate after it';
    my $text = migrate('app', 'status')->{out};
    like $text, qr/^$org +40 +40 +40 +40 /m, 'text';
    like $text, qr/^- Nobody is an auditor yet/m, 'next steps';
    $c->psql('app', qq{INSERT INTO public.audit_logs (organization_id, action, resource_type)
        SELECT '$org', 'a', 'b' FROM generate_series(1, 10)});
    is status('app')->{totals}{unchained}, undef, 'unknown again when much came since';
    $text = migrate('app', 'status')->{out};
    like $text, qr/50 in 1 chain; how many rows audit_logs has is not known/, '... which the text says';
    like $text, qr/^- .*run ANALYZE public.audit_logs/m, '... and what to do';
    is_deeply [@{status('app', '--exact')->{totals}}{qw(rows unchained)}], [50, 0], '... or --exact';
};

subtest 'growth by period' => sub {
    my $trigger = 'auditproof_guard ON auditproof.chain_entry';
    $c->psql('app', qq{ALTER TABLE auditproof.chain_entry DISABLE TRIGGER auditproof_guard;
        UPDATE auditproof.chain_entry SET recorded_at = now() - (51 - seq) * interval '1 day' + interval '1 hour'
        WHERE chain_id = '$org';
        ALTER TABLE auditproof.chain_entry ENABLE ALWAYS TRIGGER auditproof_guard});
    my ($chain) = grep { $_->{chain} eq $org } @{status('app')->{chains}};
    is_deeply [@$chain{qw(last_24h last_7d last_30d)}], [1, 7, 30], 'found by halving';
};

subtest 'what is not chained' => sub {
    $c->psql('app', qq{ALTER TABLE public.audit_logs DISABLE TRIGGER USER;
        INSERT INTO public.audit_logs (organization_id, action, resource_type) VALUES ('$org', 'slipped in', 'b')});
    my $s = status('app', '--exact');
    is $s->{totals}{unchained}, 1, '--exact counts';
    ok((grep { /1 rows of audit_logs are not chained/ } @{$s->{next}}), 'and says so') or diag explain $s->{next};
    ok((grep { /not as this version installs/ } @{$s->{next}}), 'so does the drift');
};

subtest 'roles' => sub {
    $c->psql('app', 'CREATE ROLE "Ada L." LOGIN; CREATE ROLE bob LOGIN');
    my @grant = ('roles', '--to', 'Ada L.', '--grant');
    my $r = migrate('app', @grant, 'auditproof_auditor');
    is $r->{status}, 0, 'a name that needs quotes' or diag $r->{err};
    like $r->{err}, qr/GRANT auditproof_auditor TO "Ada L\."/, 'says what it did';
    like migrate('app', 'roles')->{out}, qr/^auditproof_auditor +yes +reads everything, changes nothing +"Ada L\."$/m, 'listed';
    like migrate('app', @grant, 'auditproof_auditor')->{err}, qr/nothing to do/, 'twice';
    is $c->run(['auditmigrate', 'status', '-U', 'Ada L.'], db => 'app')->{status}, 0, 'an auditor may ask for the status';
    migrate('app', @grant, 'auditproof_retainer');
    like migrate('app', @grant, 'auditproof_approver')->{err}, qr/the same person would propose and approve/, 'a warning';
    is migrate('app', 'roles', '--revoke', 'auditproof_auditor', '--to', 'Ada L.')->{status}, 0, 'revoked';
    my @roles = @{decode_json(migrate('app', 'roles', '--format=json')->{out})};
    is_deeply [map { $_->{members} } grep { $_->{role} eq 'auditproof_auditor' } @roles], [undef], 'gone';
    for my $refused (
        ['--grant', 'auditproof_owner', '--to', 'bob', qr/none of auditproof's roles that people get/],
        ['--grant', 'postgres', '--to', 'bob', qr/none of auditproof's roles/],
        ['--grant', 'auditproof_writer', '--to', 'service_role', qr/the application's own role/],
        ['--grant', 'auditproof_writer', '--to', 'x; DROP ROLE bob', qr/there is no role "x; DROP ROLE bob"/],
        ['--grant', 'auditproof_writer', qr/go with --to/],
        )
    {
        my $why = pop @$refused;
        $r = migrate('app', 'roles', @$refused);
        is $r->{status}, 2, "refused: @$refused";
        like $r->{err}, $why;
    }
};

done_testing;
