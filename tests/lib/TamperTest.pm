package TamperTest;

=head1 NAME

TamperTest - a database with 1,000 chained entries, ways to mutilate it, and what auditverify says

=head1 SYNOPSIS

    use lib 'tests/lib';
    use AuditTest;
    use TamperTest;

    my $c = AuditTest->cluster;
    entries($c, 'intact');                       # database intact: 1,000 entries in four chains
    tampered($c, 'intact', 'an altered action', q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)},
        'altered T2 101 e402');

Entry n (1 to 1000) has the id that the SQL function C<e(n)> gives, and is number ceil(n / 4) of chain n mod 4: T1, T2
and T3 are tenants (C<t(1)> in SQL), T0 is the system chain. 1 to 500 have a value in every column, 501 to 600 empty
texts and objects, 601 to 700 no values. C<rebuild(chain, seq)> makes a chain self-consistent again from an entry on.
Functions of the test's own live in schema public.

=head1 FUNCTIONS

=over

=item entries($c, $db, user => $owner, partitioned => 1)

Makes the database. As in life, it is one that auditmigrate installed, and plain SQL wrote the entries. With an owner, it
is as on a hosted platform: he is no superuser and installs it, the platform's tables too. C<partitioned> has
audit_logs by month.

=item copy_of($c, $template)

The name of a fresh copy.

=item forge($c, $db, $sql)

Runs SQL as a superuser who gets past every guard and puts every guard back afterwards.

=item verify($c, $db, @options)

{status, findings => [...], notices => [...], verdict => {...}, chains => [...], err}. A finding reads "kind chain seq
entry object", without what it does not name.

=item tampered($c, $template, $name, $sql, @findings)

On a fresh copy: forge, then expect exactly these findings, exit status 1, whatever the number of connections (guards are looked
at by one of them unless one is among the findings). Without findings: expect status 0. Options may stand before the name, as a hash reference: C<plain> runs the SQL as it is, C<unguarded> adds --no-guards, C<args> is a list of options for
auditverify, C<as> a role that is to find the same.

=back

=cut

use strict;
use warnings;
use AuditTest;
use Exporter 'import';
use JSON::PP ();
use Test::More;

our @EXPORT = qw(entries names forge verify tampered copy_of);

my $copies = 0;
my (%chain_name, %entry_name, %next, %guards, @used, $dropping);

sub entries {
    my ($c, $db, %o) = @_;
    $c->createdb($db);
    $c->psql('postgres', qq{ALTER DATABASE "$db" OWNER TO "$o{user}"}) if $o{user};
    my $r = $c->run(['auditmigrate', 'install', '-q', ($o{user} ? ('-U', $o{user}) : ()), ($o{partitioned} ? '--partitioned' : ())], db => $db);
    die "auditmigrate install: $r->{err}\n" if $r->{status};
    $c->psql($db, <<'SQL');
CREATE FUNCTION e(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('entry ' || n)::uuid $$;
CREATE FUNCTION t(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN n > 0 THEN (repeat(n::text, 8) || '-0000-4000-8000-000000000000')::uuid END $$;
CREATE FUNCTION u(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('user ' || n)::uuid $$;
INSERT INTO organizations (id, name) SELECT t(n), 'Tenant ' || n FROM generate_series(1, 3) AS n;
INSERT INTO auth.users (id, email) SELECT u(n), 'user' || n || '@example.org' FROM generate_series(0, 9) AS n;
INSERT INTO audit_logs (id, organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
                        old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id)
SELECT e(n), t(n % 4), u(n % 10), 'user' || n % 10 || '@example.org', 'ab', 'c' || repeat('d', n % 3), 'invoice', e(-n),
       jsonb_build_object('amount', 1.0, 'deep', jsonb_build_object('er', n)), jsonb_build_object('amount', n),
       'medium', CASE n % 2 WHEN 0 THEN inet '192.0.2.7' ELSE inet '2001:db8::7' END, 'Mozilla/5.0 (é "q" \ )',
       '{"source": "test"}', 'session ' || n % 7
FROM generate_series(1, 500) AS n;
INSERT INTO audit_logs (id, organization_id, actor_email, actor_role, action, resource_type, old_values, new_values,
                        risk_level, user_agent, metadata, session_id)
SELECT e(n), t(n % 4), '', '', '', '', '{}', '{}', 'low', '', '{}', '' FROM generate_series(501, 600) AS n;
INSERT INTO audit_logs (id, organization_id, action, resource_type, risk_level, metadata, created_at)
SELECT e(n), t(n % 4), 'x', 'y', NULL, NULL, NULL FROM generate_series(601, 700) AS n;
INSERT INTO audit_logs (id, organization_id, actor_id, action, resource_type)
SELECT e(n), t(n % 4), u(n % 10), 'LOGIN', 'session' FROM generate_series(701, 1000) AS n;
-- What who writes to both sides does next: every hash of a chain again, from some entry on.
CREATE FUNCTION rebuild(chain uuid, since bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    x record;
    prev bytea := coalesce((SELECT entry_hash FROM auditproof.chain_entry WHERE chain_id = chain AND seq = since - 1),
                           decode(repeat('00', 32), 'hex'));
BEGIN
    FOR x IN SELECT * FROM auditproof.chain_entry WHERE chain_id = chain AND seq >= since ORDER BY seq LOOP
        prev := auditproof.entry_hash(chain, x.seq, x.recorded_at, prev, x.content_hash);
        UPDATE auditproof.chain_entry SET entry_hash = prev WHERE chain_id = chain AND seq = x.seq;
    END LOOP;
END $$;
SQL
    names($c, $db);
    return $db;
}

sub names {
    my ($c, $db) = @_;
    %chain_name = ('00000000-0000-0000-0000-000000000000' => 'T0', map { ("$_" x 8 . '-0000-4000-8000-000000000000' => "T$_") } 1 .. 9);
    my $ids = $c->psql($db, 'SELECT e(n), n FROM generate_series(-1010, 2000) AS n');
    %entry_name = map { my ($id, $n) = split /\|/; ($id => "e$n") } split /\n/, $ids;
    return;
}

# A copy takes longer than what is done with it, so the next one is made meanwhile.
sub _start_copy {
    my ($c, $template) = @_;
    my $db = 'copy' . ++$copies;
    return {db => $db, job => $c->spawn(['psql', '-XAtq', '-c', AuditTest::createdb_sql($db, $template)])};
}

sub copy_of {
    my ($c, $template) = @_;
    my $made = delete $next{$template} // _start_copy($c, $template);
    my $r = $made->{job}->wait;
    die "CREATE DATABASE: $r->{err}\n" if $r->{status};
    $next{$template} = _start_copy($c, $template);
    return $made->{db};
}

# Dropping makes a checkpoint, so it is done for many at once.
sub _done_with {
    my ($c, $db) = @_;
    push @used, $db;
    return if @used < 20;
    $dropping->wait if $dropping;
    $dropping = $c->spawn(['psql', '-XAtq', map { ('-c', qq{DROP DATABASE "$_"}) } splice @used]);
    return;
}

# The statements that put back each guard of a database as it is now: of tables, and of events.
sub _guards {
    my ($c, $db) = @_;
    return {
        tables => [split /\n/, $c->psql($db, q{
            SELECT format('ALTER TABLE %I.%I %s TRIGGER %I;', n.nspname, c.relname,
                   CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'D' THEN 'DISABLE' ELSE 'ENABLE' END, t.tgname)
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE NOT t.tgisinternal AND t.tgparentid = 0
              AND (n.nspname = 'auditproof' OR n.nspname = 'public' AND c.relname ~ '^audit_logs')})],
        events => [map { "ALTER EVENT TRIGGER $_ ENABLE ALWAYS;" } split /\n/, $c->psql($db, q{SELECT evtname
            FROM pg_event_trigger WHERE evtname IN ('auditproof_ddl', 'auditproof_drop', 'auditproof_rewrite')})],
    };
}

# Of the guards, those of tables that the SQL names, or may reach through what it calls: the others only take time.
sub forge {
    my ($c, $db, $sql, $like) = @_;
    my $guards = $like && $guards{$like} // _guards($c, $db);
    $guards{$like} = $guards if $like;
    my @back = grep { /^ALTER TABLE \w+\.("?)([^" ]+)/ && ($2 =~ /^(?:audit_logs|chain_entry)/ || $sql =~ /\b(?:\Q$2\E|CASCADE)\b/) }
        @{$guards->{tables}};
    return $c->psql($db, join("\n", 'SET session_replication_role = replica;',
        (map { s/ENABLE ALWAYS/DISABLE/r } @{$guards->{events}}),
        (map { s/ (?:ENABLE ALWAYS|DISABLE|ENABLE) TRIGGER / DISABLE TRIGGER /r } @back),
        # Newer psqls stop at an empty statement behind COPY's data.
        $sql =~ /\\\.\n\z/ ? $sql : "$sql;", @back, @{$guards->{events}}));
}

sub _describe {
    my ($f) = @_;
    return join ' ', $f->{kind}, (defined $f->{chain} ? $chain_name{$f->{chain}} // $f->{chain} : ()), $f->{seq} // (),
        (defined $f->{log_id} ? $entry_name{$f->{log_id}} // 'another' : ()), $f->{object} // ();
}

sub _start_verify {
    my ($c, $db, @options) = @_;
    my %o = ref $options[0] ? %{shift @options} : ();
    return $c->spawn(['auditverify', '--format=ndjson', @options], db => $db, %o);
}

sub _said {
    my ($job) = @_;
    my $r = $job->wait;
    my @lines = map { JSON::PP::decode_json($_) } split /\n/, $r->{out};
    my @named = grep { $_->{type} eq 'finding' } @lines;
    return {
        %$r,
        findings => [sort map { _describe($_) } grep { $_->{severity} eq 'finding' } @named],
        notices => [sort map { _describe($_) } grep { $_->{severity} eq 'notice' } @named],
        raw => \@named,
        chains => [grep { $_->{type} eq 'chain' } @lines],
        verdict => $lines[-1],
    };
}

sub verify { return _said(_start_verify(@_)) }

sub tampered {
    my ($c, $template, $name, $sql, @expected) = @_;
    my %o = ref $name ? %$name : ();
    ($name, $sql) = ($sql, shift @expected) if ref $name;
    my $db = copy_of($c, $template);
    $o{plain} ? $c->psql($db, $sql) : forge($c, $db, $sql, $template);
    my @options = (@{$o{args} // []}, ($o{unguarded} ? '--no-guards' : ()));
    # The guards are read by one connection, however many read the entries.
    my @split = ('-j2', '--split=always', @options, (grep { /^guard / } @expected) ? () : '--no-guards');
    my %jobs = ($name => _start_verify($c, $db, @options), "$name, split" => _start_verify($c, $db, @split));
    $jobs{"$name, as $o{as}"} = _start_verify($c, $db, {env => {PGUSER => $o{as}}}, '-j2', @options) if $o{as};
    for my $label (sort keys %jobs) {
        my $v = _said($jobs{$label});
        is_deeply $v->{findings}, [sort @expected], $label or diag explain $v->{findings}, $v->{err};
        is $v->{status}, @expected ? 1 : 0, "$label: exit status";
    }
    _done_with($c, $db);
    return;
}

1;
