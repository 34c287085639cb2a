#!/usr/bin/perl
# The scheduled register for a data protection officer: what happened to personal data of one organization, by whom, and which
# chained entry tells of it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use PurgeTest;
use Test::More;

my $key = key('seals');
my $c = aged('app', before => sub {
    my ($c) = @_;
    $c->psql('app', q{CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor; CREATE ROLE plain LOGIN IN ROLE auditproof_scheduler;
        CREATE ROLE hands LOGIN IN ROLE auditproof_exporter, auditproof_auditor; CREATE ROLE looks LOGIN IN ROLE auditproof_auditor});
});
my ($one, $two, $three) = map { $c->psql('app', "SELECT t($_)") } 1 .. 3;
my @today = map { $c->psql('app', "SELECT (now() AT TIME ZONE 'UTC')::date + $_") } 0, 1;
my @period = ('--since', $today[0], '--until', $today[1]);

sub make {
    my ($org, @args) = @_;
    return $c->run(['auditschedule', 'make', 'gdpr_register', '--org', $org, (grep { $_ eq '--since' } @args) ? () : @period, @args], db => 'app', env => {PGUSER => 'runs'});
}

sub answer {
    my $r = make(@_);
    is $r->{status}, 0, 'made' or diag $r->{err};
    return decode_json $r->{out};
}

sub pdf {
    my ($org, @args) = @_;
    my $file = AuditTest::tempdir() . '/report.pdf';
    my $r = make($org, @args, '--format', 'pdf', '-o', $file);
    cmp_ok $r->{status}, '<', 2, 'made as PDF' or diag $r->{err};
    return decode_utf8(AuditTest::run(['pdftotext', '-layout', $file, '-'])->{out}) =~ s/\s+/ /gr;
}

# Actions that the entries of a part have, of the chain that it says.
sub told {
    my (@lines) = @_;
    return [map { my ($l, $chain) = ($_, $_->{chain} eq 'system' ? "'00000000-0000-0000-0000-000000000000'" : "'$one'");
        $c->psql('app', "SELECT l.action FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE e.chain_id = $chain AND e.seq = $l->{seq} AND e.log_id = '$l->{entry}'") } @lines];
}

subtest 'nothing happened' => sub {
    my $s = answer($one, '--since', '2001-01-01', '--until', '2002-01-01');
    is_deeply $s->{totals}, {since => '2001-01-01T00:00:00Z', until => '2002-01-01T00:00:00Z', lines => 0, untold => 0}, 'is said';
    is_deeply [map { "$_->{kind} $_->{lines}" } @{$s->{kinds}}], [map { "$_ 0" } qw(decisions erased detached bundles reports queries holds disposals policies)], 'of each kind';
    cmp_ok scalar @{$s->{not_recorded}}, '>=', 6, 'and what is not in it';
    like pdf($one, '--since', '2001-01-01', '--until', '2002-01-01'), qr/nothing was decided.*nobody looked at entries.*nothing was destroyed.*What is not in this register.*deadline \(Art\. 12\)/, 'also on paper';
    is make($one, '--since', '2001-01-01', '--until', '2002-01-01', '--format', 'csv')->{out}, qq{"time","kind","what","reference","by","entries","chain","seq","entry","detail"\r\n}, 'headings alone as CSV';
};

my $hostile = qq{\x{202e}=cmd|' /C calc'!A0 <b> \x{5e9}\x{5dc}\x{5d5}\x{5dd}};

subtest 'what happened' => sub {
    my $erased = $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.erase_decide('$one', 'erased', '17(1)(b)', 'ticket 13', NULL, ARRAY[e(1), e(5)], ARRAY['account', 'actor'])}) =~ s/.*\n//sr;
    $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.erase_batch('$one', '$erased', NULL, 100)});
    $c->psql('app', encode_utf8(qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.erase_decide('$one', 'kept', '17(3)(e)', \$t\$$hostile\$t\$, '2099-01-01', ARRAY[e(9)], ARRAY['actor'])}));
    $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.erase_decide('$two', 'erased', '17(1)(b)', 'their ticket', NULL, ARRAY[e(2)], ARRAY['actor'])});
    $c->psql('app', 'DELETE FROM auth.users WHERE id = u(3)');
    for (['gdpr-subject', $one, 'request 7'], ['gdpr-breach', $one, undef], ['soc2', $two, 'their auditor']) {
        my ($kind, $org, $to) = @$_;
        $c->psql('app', qq{SET SESSION AUTHORIZATION hands; SELECT auditproof.bundle_register('$org', '$kind', sha256('$kind'), sha256('t'), 99, '2020-01-01', '2021-01-01',
            now() - interval '1 hour', '{[1,4)}', 3, '{actor}', NULL, } . (defined $to ? "'$to'" : 'NULL') . ')');
    }
    my @look = (['search', '--org', $one, '--actor', $c->psql('app', 'SELECT u(1)'), '--purpose', $hostile], ['search', '--org', $one, '--email', 'user4@example.org'], ['risk', '--org', $two, '--purpose', 'their matter'], ['search', '--purpose', 'of many']);
    is $c->run(['auditquery', map({ encode_utf8 $_ } @$_)], db => 'app', env => {PGUSER => 'looks'})->{status}, 0, "@{$_}[0, 2] is looked at" for @look;
    $c->psql('app', qq{INSERT INTO audit_logs (organization_id, action, resource_type, metadata) VALUES ('$one', 'audit.queried', 'audit_logs', '{"login": "forged", "command": "search"}')});
    my $hold = $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.hold_place('$one', u(5), NULL, NULL, NULL, NULL, NULL, NULL, 'Doe v. One', 'legal', 'letter', '2099-01-01')}) =~ s/.*\n//sr;
    $c->psql('app', qq{SET SESSION AUTHORIZATION $_; SELECT auditproof.hold_release('$hold', 'over')}) for qw(ann bob);
    $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.hold_place('$two', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Secret v. Two', 'legal', 'letter', '2099-01-01')});
    $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.policy_set('$one', 'performance_analytics', 'telemetry', 100, 'days', 1, 'b', 'j', 'The Board')});
    is $c->run(['auditseal', 'seal', '--key', $key], db => 'app')->{status}, 0, 'sealed';
    is execute($c, 'app', approved($c, 'app', planned($c, 'app', '--org', $one)))->{status}, 0, 'destroyed';

    my $s = answer($one);
    is_deeply [map { "$_->{kind} $_->{lines}" } @{$s->{kinds}}], ['decisions 2', 'erased 1', 'detached 1', 'bundles 2', 'reports 0', 'queries 3', 'holds 3', 'disposals 1', 'policies 1'],
        'of each kind' or diag explain $s->{kinds};
    is $s->{totals}{untold}, 0, 'each told by an entry';
    is_deeply [map { [@$_{qw(outcome ground reason entries erased review by)}] } @{$s->{decisions}}],
        [['erased', '17(1)(b)', 'ticket 13', 2, 2, undef, 'ann'], ['kept', '17(3)(e)', $hostile, 1, undef, '2099-01-01', 'ann']], 'decisions' or diag explain $s->{decisions};
    is_deeply [map { [@$_{qw(groups decision entries by)}] } @{$s->{erased}}], [['account, actor', $erased, 2, 'ann']], 'what was erased';
    is_deeply [@{$s->{detached}[0]}{qw(what entries role)}], ['account deleted', $c->psql('app', "SELECT count(*) FROM auditproof.erasure WHERE chain_id = '$one' AND reason = 'account deleted'"), $c->psql('app', 'SELECT current_user')],
        'an account that was deleted' or diag explain $s->{detached};
    is_deeply [map { [@$_{qw(kind from to entries groups recipient encrypted by)}] } @{$s->{bundles}}],
        [['gdpr-subject', '2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z', 3, 'actor', 'request 7', JSON::PP::false, 'hands'],
         ['gdpr-breach', '2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z', 3, 'actor', undef, JSON::PP::false, 'hands']], 'bundles';
    is_deeply [map { [@$_{qw(by command scope purpose withheld)}] } @{$s->{queries}}],
        [['looks', 'search', 'this organization', $hostile, undef], ['looks', 'search', 'this organization', undef, ['email']], ['looks', 'search', 'every organization', undef, undef]],
        'who looked, at whose' or diag explain $s->{queries};
    is $s->{queries}[0]{filters}{actor}, $c->psql('app', 'SELECT u(1)'), '... by the account that they asked for';
    is_deeply [map { $_->{whose} } @{$s->{queries}}], ['account ' . $c->psql('app', 'SELECT u(1)'), 'not written down: by email', undef], '... in words';
    is_deeply [map { [@$_{qw(by queries named without_purpose everywhere)}] } @{$s->{readers}}], [['looks', 3, 2, 1, 1]], 'and how often';
    is_deeply [map { [@$_{qw(what scope matter reason by)}] } @{$s->{holds}}], [map { [$_->[0], 'this organization; one actor', 'Doe v. One', @$_[1, 2]] } ['placed', 'letter', 'ann'], ['release asked for', 'over', 'ann'], ['released', 'over', 'bob']],
        'holds' or diag explain $s->{holds};
    is_deeply [map { [@$_{qw(table kept requested_by approved_by executed_by reason)}] } @{$s->{disposals}}], [['audit_logs', '7 years', 'ann', 'bob', 'ann', undef]], 'what was destroyed' or diag explain $s->{disposals};
    is_deeply [map { [@$_{qw(whose table period approver by)}] } @{$s->{policies}}], [['organization', 'performance_analytics', '100 days', 'The Board', 'ann']], 'periods';
    like "@{$s->{remarks}}", qr/\b1 more entries say that somebody looked at entries, and were not written by auditproof/, 'what was forged is none of them';
    is scalar @{$s->{register}}, 14, 'all lines';
    is_deeply [map { $_->{time} } @{$s->{register}}], [sort map { $_->{time} } @{$s->{register}}], 'in the order of time';
    is_deeply told(@{$s->{register}}), [map { {decisions => 'audit.erasure_' . ($_->{what} eq 'kept' ? 'refused' : 'decided'), erased => 'audit.fields_erased', detached => 'audit.account_erased', bundles => 'audit.exported',
        queries => 'audit.queried', holds => $_->{what} eq 'placed' ? 'audit.hold_placed' : 'audit.hold_released', disposals => 'audit.entries_purged', policies => 'audit.policy_set'}->{$_->{kind}} } @{$s->{register}}],
        'each with the entry that tells of it' or diag explain $s->{register};
    unlike encode_json($s), qr/$two|$three|their (ticket|auditor|matter)|Secret|user\d|of many/, 'nothing of another organization, and nobody\'s address';
    is_deeply [map { "$_->{kind} $_->{lines}" } grep { $_->{lines} } @{answer($three)->{kinds}}], ['detached 1', 'queries 1'], 'of whom little is known is little told';
};

subtest 'as CSV and PDF' => sub {
    my $csv = decode_utf8 make($one, '--format', 'csv')->{out};
    is scalar(() = $csv =~ /^"[^#]/mg), 15, 'a line each';
    unlike $csv, qr/(^|,)"[=\x{202e}]/m, 'with nothing that a spreadsheet computes';
    my $text = pdf($one);
    like $text, qr/How many of each kind.*Decisions on requests.*ticket 13.*What was erased.*Accounts that were deleted.*request 7.*Who looked.*Logins that looked.*Legal holds placed.*What was destroyed.*Periods.*What is not in this register/, 'all of it on paper';
    unlike $text, qr/All lines|\x{202e}/, 'once, and nothing hidden';
};

subtest 'what no entry tells' => sub {
    $c->psql('app', qq{SET session_replication_role = replica; INSERT INTO auditproof.bundle SELECT chain_id, gen_random_uuid(), 'gdpr-subject', sha256, tagmanifest_sha256, bytes, from_at, to_at, read_at, seqs, entries, groups,
        encrypted_to, 'nobody', 'eve', registered_at, gen_random_uuid() FROM auditproof.bundle WHERE kind = 'gdpr-breach'});
    my $r = make($one);
    is $r->{status}, 1, 'is a finding';
    like join("\n", @{decode_json($r->{out})->{remarks}}), qr/^1 of these lines are told by no chained entry/m, 'and said';
    like make($one, '--format', 'csv')->{out}, qr/\n"#findings","1 of 15 lines are told by no chained entry\."(,"")*\r\n/, 'at the end of CSV';
    like pdf($one), qr/findings 1 of 15 lines are told by no chained entry/, 'on the first page';
};

subtest 'what was erased of it, and what is unheard of' => sub {
    # Who looked may be erased like any entry; that somebody did, and which entry tells of it, stays.
    my $id = $c->psql('app', "SELECT id FROM audit_logs WHERE organization_id = '$one' AND metadata ->> 'purpose' IS NOT NULL AND action = 'audit.queried'");
    my $decision = $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.erase_decide('$one', 'erased', '17(1)(b)', 'ticket 14', NULL, ARRAY['$id']::uuid[], ARRAY['content'])}) =~ s/.*\n//sr;
    $c->psql('app', qq{SET SESSION AUTHORIZATION ann; SELECT auditproof.erase_batch('$one', '$decision', NULL, 100)});
    my ($line) = grep { $_->{entry} eq $id } @{decode_json(make($one)->{out})->{queries}};
    is_deeply [@{$line}{qw(by command scope whose purpose filters rows)}], [undef, undef, 'this organization', undef, undef, undef, undef], 'nothing is left of it';
    like pdf($one), qr/Who looked at entries.*this organization/, 'on paper as well';
    my $nine = $c->psql('app', q{INSERT INTO organizations (id, name) VALUES (t(9), 'Nine') RETURNING id}) =~ s/\s.*//sr;
    $c->psql('app', qq{INSERT INTO audit_logs (organization_id, action, resource_type, metadata) VALUES ('$nine', 'audit.queried', 'audit_logs', '"hm"'), ('$nine', 'audit.queried', 'audit_logs', NULL)});
    like "@{answer($nine)->{remarks}}", qr/^2 more entries say that somebody looked/, 'and what is forged is told where nothing else is';
};

subtest 'very much' => sub {
    my $eight = $c->psql('app', q{INSERT INTO organizations (id, name) VALUES (t(8), 'Eight') RETURNING id}) =~ s/\s.*//sr;
    $c->psql('app', qq{SELECT count(auditproof.query_record('$eight', 'p' || n, '{"command": "search", "filters": {}}')) FROM generate_series(1, 620) n});
    my $s = answer($eight);
    is_deeply [scalar @{$s->{queries}}, scalar @{$s->{register}}, $s->{totals}{lines}], [621, 621, 621], 'is all there, with the one search of every organization';
    like pdf($eight), qr/Lines of the register 621 .* Who looked at entries, with auditquery 621 .*queries: only the first 500 are listed here; JSON and CSV have them all/, 'on paper the first of it, and all are counted';
};

subtest 'who may not' => sub {
    my $r = $c->run(['auditschedule', 'make', 'gdpr_register', '--org', $one, @period], db => 'app', env => {PGUSER => 'plain'});
    is $r->{status}, 3, 'a scheduler who is no auditor';
    like $r->{err}, qr/plain may not read the chains/, 'is told';
};

done_testing;
