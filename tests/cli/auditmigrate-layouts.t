#!/usr/bin/perl
# auditmigrate where things are different: no superuser, a partitioned audit_logs, a read-only session.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;

sub findings {
    my ($db, @options) = @_;
    my $r = $c->run(['auditmigrate', 'check', '--format=json', @options], db => $db);
    my $json = decode_json($r->{out});
    return [sort map { $_->{object} } grep { $_->{severity} eq 'finding' } @{$json->{findings}}], $json, $r;
}

subtest 'a hosted database' => sub {
    $c->psql('postgres', 'CREATE ROLE hosted LOGIN CREATEROLE');
    $c->psql('postgres', 'CREATE DATABASE hosted OWNER hosted');
    my $r = $c->run(['auditmigrate', 'install', '-U', 'hosted'], db => 'hosted');
    is $r->{status}, 0, 'installed by its owner, roles and all' or diag $r->{err}, $r->{out};
    my (undef, $json) = findings('hosted', '-U', 'hosted');
    my %notices = map { $_->{object} => $_->{detail} } @{$json->{findings}};
    is $json->{verdict}, 'as installed';
    for my $object ('event trigger auditproof_ddl', 'event trigger auditproof_drop', 'event trigger auditproof_rewrite',
        'event trigger auditproof_schema', 'function public.auditproof_refuse_drop()', 'role auditproof_auditor', 'role auditproof_owner')
    {
        like $notices{$object}, qr/not enforced here: it takes a superuser/, "$object: not enforced here";
    }
    my $org = '11111111-1111-1111-1111-111111111111';
    $c->psql('hosted', qq{INSERT INTO public.organizations (id, name) VALUES ('$org', 'Acme');
        INSERT INTO public.audit_logs (organization_id, action, resource_type) VALUES ('$org', 'a', 'b')});
    is $c->psql('hosted', "SELECT count(*) FROM auditproof.chain_entry WHERE chain_id = '$org'"), 1, 'entries are chained';
    $r = $c->run(['auditmigrate', 'install', '-U', 'hosted'], db => 'hosted');
    like $r->{out}, qr/^Nothing changed\.$/m, 'again';
    $r = $c->run(['auditmigrate', 'install'], db => 'hosted');
    is $r->{status}, 0, 'a superuser can take over' or diag $r->{err}, $r->{out};
};

subtest 'a partitioned audit_logs' => sub {
    $c->createdb('plain');
    is $c->run(['auditmigrate', 'install'], db => 'plain')->{status}, 0 or return;
    $c->createdb('bare', template => 'plain');
    $c->psql('bare', 'DROP FUNCTION public.auditproof_refuse_drop CASCADE');
    my $platform = $c->run(['pg_dump', '-s', '-N', 'auditproof', '-T', 'public.audit_logs*', '--no-owner', '-x'], db => 'bare');
    $c->createdb('parts');
    # the rest of the platform, and audit_logs as a large installation has it
    $c->psql('parts', join '', grep { !/^(CREATE SCHEMA public|COMMENT|CREATE EVENT|ALTER EVENT|.*auditproof)/ }
        $platform->{out} =~ /^.*\n/mg);
    $c->psql('parts', q{
        CREATE TABLE public.audit_logs (id uuid DEFAULT gen_random_uuid(),
            organization_id uuid REFERENCES public.organizations ON DELETE CASCADE,
            actor_id uuid REFERENCES auth.users ON DELETE SET NULL, actor_email text, actor_role text, action text NOT NULL,
            resource_type text NOT NULL, resource_id uuid, old_values jsonb, new_values jsonb,
            risk_level text DEFAULT 'low' CHECK (risk_level IN ('low', 'medium', 'high', 'critical')), ip_address inet,
            user_agent text, metadata jsonb DEFAULT '{}', session_id text, created_at timestamptz DEFAULT now(),
            PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);
        CREATE TABLE public.audit_logs_old PARTITION OF public.audit_logs FOR VALUES FROM ('2020-01-01') TO ('2026-01-01');
        CREATE TABLE public.audit_logs_new PARTITION OF public.audit_logs DEFAULT;
        GRANT ALL ON public.audit_logs, public.audit_logs_old, public.audit_logs_new TO anon, authenticated, service_role});
    my $r = $c->run(['auditmigrate', 'install'], db => 'parts');
    is $r->{status}, 0, 'installed' or diag $r->{err}, $r->{out};
    $c->psql('parts', 'ALTER EVENT TRIGGER ' . $_ . ' DISABLE')
        for split /\n/, $c->psql('parts', 'SELECT evtname FROM pg_event_trigger');
    my @watch = map { "event trigger $_" } sort split /\n/, $c->psql('parts', 'SELECT evtname FROM pg_event_trigger');
    my %drift = (
        'a trigger of one partition' => ['ALTER TABLE public.audit_logs_old DISABLE TRIGGER auditproof_chain',
            'trigger auditproof_chain on partition public.audit_logs_old'],
        'TRUNCATE of one partition' => ['DROP TRIGGER auditproof_truncate ON public.audit_logs_new',
            'trigger auditproof_truncate on partition public.audit_logs_new'],
        'row security of one partition' => ['ALTER TABLE public.audit_logs_old DISABLE ROW LEVEL SECURITY',
            'row security on partition public.audit_logs_old'],
        'a grant on one partition' => ['GRANT DELETE ON public.audit_logs_old TO service_role',
            'grant on partition public.audit_logs_old to service_role'],
    );
    my $n = 0;
    for my $name (sort keys %drift) {
        my $db = 'parts' . ++$n;
        $c->createdb($db, template => 'parts');
        $c->psql($db, $drift{$name}[0]);
        my ($found) = findings($db);
        is_deeply $found, [sort @watch, $drift{$name}[1]], $name or diag explain $found;
    }
};

subtest 'read-only' => sub {
    my $r = $c->run(['auditmigrate', 'check'], db => 'plain', env => {PGOPTIONS => '-c default_transaction_read_only=on'});
    is $r->{status}, 0, 'check needs no write' or diag $r->{out};
    $r = $c->run(['auditmigrate', 'status'], db => 'plain', env => {PGOPTIONS => '-c default_transaction_read_only=on'});
    is $r->{status}, 0, 'nor does status' or diag $r->{err};
};

done_testing;
