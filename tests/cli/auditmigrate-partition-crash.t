#!/usr/bin/perl
# A move to partitions is killed, and the server with it, in each of its steps: run again, it goes on, and no row is lost,
# doubled or changed.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $c = AuditTest->cluster;
my $org = '00000000-0000-4000-8000-00000000000a';
my $db = 'move';
$c->createdb($db);
is $c->run(['auditmigrate', 'install', '-q'], db => $db)->{status}, 0, 'installed' or BAIL_OUT('no schema');
$c->psql($db, qq{INSERT INTO organizations (id, name) VALUES ('$org', 'A');
    INSERT INTO auth.users (id) SELECT md5('user ' || i)::uuid FROM generate_series(1, 20) i;
    INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, created_at, new_values)
        SELECT '$org', md5('user ' || i % 20 + 1)::uuid, 'a', 'b', now() - i * interval '5 hours', jsonb_build_object('n', i)
          FROM generate_series(1, 800) i;
    INSERT INTO audit_logs (action, resource_type, created_at) VALUES ('null', 'b', NULL), ('far', 'b', 'infinity'), ('old', 'b', '1990-01-01')});

sub intact { my $r = $c->run(['auditverify', '-q'], db => $db); return $r->{status} == 0 || diag $r->{out}, $r->{err} }
sub sessions { return $c->psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE $_[0]") }

# What is in the table, but for what the move itself tells.
sub rows {
    return $c->psql($db, q{SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || sum(hashtextextended(l::text, 0))
        FROM audit_logs l WHERE action <> 'audit.table_partitioned' AND action <> 'audit.partition_made'});
}

# psql in a transaction that ends with the pipe that it reads.
my $holders = 0;

sub holder {
    my ($lock) = @_;
    my $name = 'holder ' . ++$holders;
    pipe my $read, my $write or die "pipe: $!\n";
    my $job = $c->spawn(['psql', '-Xq', '-v', 'ON_ERROR_STOP=1'], db => $db, stdin => $read, env => {PGAPPNAME => $name});
    syswrite $write, "BEGIN;\n$lock;\n";
    wait_until { sessions("application_name = '$name' AND state = 'idle in transaction' AND query <> 'BEGIN;'") } 20, $lock;
    return {job => $job, pipe => $write};
}

sub release {
    my ($holder) = @_;
    close $holder->{pipe};
    $holder->{job}->wait(20);
    return;
}

sub wait_for_tool {
    my ($query) = @_;
    wait_until { sessions("application_name = 'auditmigrate' AND wait_event_type = 'Lock' AND query ~ '$query'") } 30,
        "what waits in $query";
    return;
}

# The tool, waiting in a step, and who makes it wait.
sub waiting {
    my ($step) = @_;
    my $holder = holder($step->{lock});
    my $job = $c->spawn(['auditmigrate', 'partition', '--table=audit_logs', '--lock-timeout=600000', @{$step->{options} // []}], db => $db);
    wait_for_tool($step->{waits});
    if (my $then = $step->{then}) {
        my $second = holder($then->{lock});
        release($holder);
        wait_for_tool($then->{waits});
        $holder = $second;
    }
    return ($job, $holder);
}

# What goes on meanwhile is in the copy, too: one more entry, and one account less.
my $gone = 0;

sub live {
    $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'live', 'b');
        DELETE FROM auth.users WHERE id = md5('user ' || @{[++$gone]})::uuid");
    return rows();
}

# The server is killed in the step first, then the tool.
sub in_step {
    my ($step) = @_;
    my $rows = live();
    my ($job, $holder) = waiting($step);
    $c->stop('immediate');
    my $r = $job->wait(20);
    is $r->{status}, 3, "$step->{name}, the server killed: the tool cannot go on";
    like $r->{err}, qr/connection/, '... and says why';
    release($holder);
    $c->start;
    is rows(), $rows, '... and every row is as it was';

    $rows = live();
    ($job, $holder) = waiting($step);
    $job->kill('KILL');
    $job->wait(10);
    release($holder);
    wait_until { !sessions("application_name = 'auditmigrate'") } 30, 'the end of its session';
    is rows(), $rows, "$step->{name}, the tool killed: every row is as it was";
    ok intact(), '... and the chain intact';
    return;
}

in_step($_) for (
    {name => 'prepare', lock => 'LOCK TABLE audit_logs IN ROW EXCLUSIVE MODE', waits => 'partition_prepare'},
    {name => 'copy', lock => q{SELECT pg_advisory_xact_lock(1635083369, hashtext('audit_logs'))}, waits => 'partition_copy'},
    # what is analyzed first is not what is read to compare
    {name => 'compare', lock => 'LOCK TABLE audit_logs_default IN SHARE UPDATE EXCLUSIVE MODE', waits => 'ANALYZE',
        then => {lock => 'LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE', waits => 'partition_compare'}},
    {name => 'swap', lock => 'LOCK TABLE audit_logs IN ACCESS SHARE MODE', waits => 'partition_swap'},
);

# A copy that has lost a row and won another is put right before it takes the table's place.
$c->psql($db, q{DELETE FROM audit_logs_copy WHERE new_values = '{"n": 7}';
    INSERT INTO audit_logs_copy SELECT (jsonb_populate_record(l, '{"id": "00000000-0000-4000-8000-0000000000ff"}')).*
        FROM audit_logs l WHERE new_values = '{"n": 8}'});
in_step({name => 'swap, at its commit', lock => 'LOCK TABLE auditproof.chain_entry IN SHARE MODE', waits => '^COMMIT'});
my $rows = live();
my $r = $c->run(['auditmigrate', 'partition', '--table=audit_logs'], db => $db);
is $r->{status}, 0, 'run again, it is done' or diag $r->{err};
is rows(), $rows, 'every row is as it was';
is $c->psql($db, q{SELECT relkind FROM pg_class WHERE oid = 'audit_logs'::regclass}), 'p', 'by month';
is $c->psql($db, q{SELECT count(*) FROM pg_class WHERE relname IN ('audit_logs_copy', 'audit_logs_moved')
    OR relname LIKE 'moving\_%'}), 0, 'nothing is left over';
is $c->psql($db, q{SELECT count(*) FROM audit_logs WHERE action = 'audit.table_partitioned'}), 1, 'told of once';
$r = $c->run(['auditmigrate', 'check'], db => $db);
is $r->{status}, 0, 'all is as installed' or diag $r->{out};

# Making a month moves rows too.
$c->psql($db, q{INSERT INTO audit_logs (action, resource_type, created_at)
    SELECT 'early', 'b', date_trunc('month', now() AT TIME ZONE 'UTC') + '13 months 3 days' FROM generate_series(1, 30)});
in_step({name => 'make', lock => 'LOCK TABLE auditproof.chain_entry IN SHARE MODE', waits => 'partition_make',
    options => ['--months', '--ahead=13']});
$rows = rows();
is $c->run(['auditmigrate', 'partition', '--months', '--table=audit_logs', '--ahead=13'], db => $db)->{status}, 0, 'made';
is rows(), $rows, 'with every row as it was';
is $c->psql($db, q{SELECT waiting || ' ' || outside FROM auditproof.partition_strays('audit_logs')}), '0 3', 'in its month';
ok intact(), 'and the chain intact';

done_testing;
