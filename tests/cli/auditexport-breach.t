#!/usr/bin/perl
# What an authority is told of a breach: numbers, times and pseudonyms, and who they are only beside the bundle.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my $org = '11111111-0000-4000-8000-000000000000';
my ($thief, $staff) = map { "$_$_$_$_$_$_$_$_-5555-4000-8000-000000000000" } 'a', 'b';
my @contacts = map { sprintf '%08x-7777-4000-8000-000000000000', 0xc0de0000 + $_ } 1 .. 4;

$c->createdb('b');
is $c->run(['auditmigrate', 'install', '-q'], db => 'b')->{status}, 0;
$c->psql('b', "INSERT INTO organizations (id, name) VALUES ('$org', 'o'); INSERT INTO auth.users (id) VALUES ('$thief'), ('$staff');" . join '', map {
    my ($at, $who, $mail, $ip, $action, $type, $id, $agent) = @$_;
    sprintf q{INSERT INTO audit_logs (organization_id, created_at, actor_id, actor_email, actor_role, ip_address, action, resource_type, resource_id, user_agent, metadata)
        VALUES ('%s', '%s', '%s', '%s', 'agent', '%s', '%s', '%s', %s, '%s', '{"name": "Carla Canary"}');}, $org, $at, $who, $mail, $ip, $action, $type, $id ? "'$id'" : 'NULL', $agent // 'curl/8'
} ['2026-03-28T21:00:00Z', $thief, 'thief@stolen.example.org', '203.0.113.66', 'LOGIN', 'session'],
    (map { ['2026-03-28T22:00:00Z', $thief, 'thief@stolen.example.org', '203.0.113.66', 'contact.viewed', 'contact', $_] } @contacts[0, 1, 2, 0]),
    ['2026-03-28T23:00:00Z', $thief, 'thief@stolen.example.org', '203.0.113.66', 'DATA_EXPORT', 'contact', undef],
    ['2026-03-29T01:30:00Z', $staff, 'staff@example.org', '198.51.100.7', 'contact.viewed', 'contact', $contacts[3], '<script>'],
    ['2026-03-29T20:00:00Z', $staff, 'staff@example.org', '198.51.100.7', 'contact.viewed', 'contact', $contacts[3]],
    ['2026-03-28T22:30:00Z', $staff, 'staff@example.org', '198.51.100.7', 'invoice.paid', 'invoice', undef]);
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'], db => 'b')->{status}, 0;
is $c->run(['auditseal', 'seal', '--key', $key], db => 'b')->{status}, 0;
spew("$dir/gdpr.yaml", "format: auditproof-gdpr/1\ncontroller:\n  name: 'Ex & <Co>'\n  email: privacy\@controller.example\ndpo:\n  name: DPO\n  email: dpo\@controller.example\n");

my $example = slurp('rules/incident.example.yaml');

sub breach {
    my ($yaml, @args) = @_;
    spew("$dir/incident.yaml", $yaml);
    return $c->run(['auditexport', 'gdpr-breach', '--no-register', '--org', $org, '--key', $key, '--incident', "$dir/incident.yaml", '--gdpr', "$dir/gdpr.yaml", '-f', '-o', "$dir/b.tar.gz", @args], db => 'b');
}

sub unpacked {
    my $to = tempdir();
    is_deeply JSON::PP::decode_json(qx(python3 tests/vectors/bundle_check.py --json '$dir/b.tar.gz'))->{findings}, [], 'it verifies';
    is $c->run(['auditverify', '--key', "$key.pub", "$dir/b.tar.gz"])->{status}, 0, 'auditverify says so, too';
    is system("tar -xzf '$dir/b.tar.gz' -C '$to' --strip-components=1"), 0;
    return $to;
}

sub json { return JSON::PP::decode_json(slurp($_[0])) }

subtest 'the example' => sub {
    my $r = breach($example, '--subjects-key', "$dir/keys.csv");
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/has to be notified until 2026-04-01T08:00:00Z/;
    my $at = unpacked();
    my $all = join "\n", map { slurp($_) } split /\n/, qx(find '$at' -type f ! -name tagmanifest.sig);
    is_deeply [grep { index($all, $_) >= 0 } $thief, $staff, @contacts, 'thief@', 'staff@', '198.51.100.7', 'Carla', 'curl/8'], [], 'nobody is named';
    like slurp("$dir/keys.csv"), qr/"Subject-1","$contacts[0]",""\r\n.*"Actor-1","$thief","thief\@stolen\.example\.org"\r\n/s;
    is +(stat "$dir/keys.csv")[2] & 07777, 0600;
    my @lines = split /\r\n/, slurp("$at/data/timeline.csv");
    is scalar @lines, 8, 'the entries that meet the criteria';
    like $lines[2], qr/^"2","2026-03-28T22:00:00Z","[^"]+","Actor-1","agent","contact\.viewed","contact","Subject-1","low","203\.0\.113\.66"$/;
    like $lines[7], qr/,"Actor-2",.*"Subject-4","low",""$/, 'an address that the file does not name';
    is slurp("$at/data/affected_subjects.csv") =~ tr/\n//, 5;
    my $clock = json("$at/data/clock.json");
    is $clock->{aware_at}, '2026-03-29T08:00:00Z';
    is $clock->{notify_by}, '2026-04-01T08:00:00Z', '72 hours, whatever the clocks on walls were set to';
    is $clock->{notified_at}, undef;
    is $clock->{within_72_hours}, undef;
    my $said = json("$at/data/notification.json");
    is_deeply [@{$said->{a}{subjects}}{qw(counted at_least at_most entries_that_name_no_record)}], [4, 4, 1200, 1];
    is_deeply $said->{a}{records}, [{category => 'contact details', at_least => 4}];
    is $said->{b}{email}, 'dpo@controller.example';
    like slurp("$at/data/notification.html"), qr/Ex &amp; &lt;Co&gt;/;
    like slurp("$at/data/indicators.csv"), qr/"ip_address","203\.0\.113\.66","not used by staff before","6"\r\n/;
    like slurp("$at/data/measures.csv"), qr/"Second factor required of all staff","proposed","",""\r\n/;
    is_deeply json("$at/data/phase.json"), {incident => 'INC-2026-014', phase => 1, supersedes => undef, more_to_follow => JSON::PP::true};
    like slurp("$at/data/register_entry.json"), qr/"remedial_action":\["Sessions of the account/;
    unlike qx(cat $at/data/events/*), qr/"disclosed"/;
};

subtest 'phases' => sub {
    my ($name) = slurp(unpacked() . '/bag-info.txt') =~ /^External-Identifier: (.*)$/m;
    like $name, qr/^gdpr-breach-11111111-20260328-20260329-phase1$/;
    my $r = breach($example =~ s/^phase: 1.*/phase: 2/mr);
    is $r->{status}, 2;
    like $r->{err}, qr/incident\.yaml:6:8: a later phase needs 'supersedes'/;
    is breach($example =~ s/^phase: 1.*/phase: 2\nsupersedes: $name/mr)->{status}, 0;
    my $at = unpacked();
    is json("$at/data/phase.json")->{supersedes}, $name;
    like slurp("$at/bag-info.txt"), qr/^External-Identifier: \S+-phase2$/m;
    is breach($example =~ s/^phase: 1.*/phase: 1\nsupersedes: x/mr)->{status}, 2;
};

subtest 'the clock' => sub {
    my $late = $example =~ s/^# (notified_at:).*/$1 2026-04-01T10:00:01+02:00/mr;
    my $r = breach($late);
    is $r->{status}, 2;
    like $r->{err}, qr/more than 72 hours after 'aware_at': it needs a 'delay_reason'/;
    is breach($late =~ s/^(notified_at.*)$/$1\ndelay_reason: the <office> was closed/mr)->{status}, 0;
    my $at = unpacked();
    is json("$at/data/clock.json")->{within_72_hours}, JSON::PP::false;
    like slurp("$at/data/notification.html"), qr/the &lt;office&gt; was closed/;
    $r = breach($late =~ s/10:00:01/10:00:00/r);
    is $r->{status}, 0;
    is json(unpacked() . '/data/clock.json')->{within_72_hours}, JSON::PP::true;
    unlike $r->{err}, qr/has to be notified/;
};

subtest 'what is wrong with a file' => sub {
    for ([qr/^aware_at:.*\n/m, '', qr/incident\.yaml:3:1: 'aware_at' is required here/],
        [qr/^aware_at: .*/m, 'aware_at: 2026-03-29', qr/'aware_at' must be a time with its zone/],
        [qr/^aware_at: .*/m, 'aware_at: 2026-03-28T00:00:00Z', qr/'aware_at' is before 'detected'/],
        [qr/^aware_at:/m, 'awareat:', qr/incident\.yaml:13:1: unknown key 'awareat' in this file: did you mean 'aware_at'\?/],
        [qr/status: proposed/, 'status: perhaps', qr/'status' is taken or proposed/],
        [qr/# risk_levels: .*/, 'risk_levels: [worst]', qr/'worst' is no risk level/],
        [qr/# addresses: .*/, 'addresses: [300.1.2.3]', qr/'300\.1\.2\.3' in 'addresses' is no IP address/],
        [qr/at_most: 1200/, 'at_most: many', qr/'at_most' must be a number/],
        [qr/at_most: 1200/, 'at_most: 3', qr/at most 3 people are affected, and the entries alone name 4/],
        [qr/^measures:(?:\n .*)*/m, '', qr/'measures', taken or proposed, are required/]) {
        my ($from, $to, $like) = @$_;
        my $r = breach($example =~ s/$from/$to/r);
        is $r->{status}, 2;
        like $r->{err}, $like;
    }
    my $r = breach($example =~ s/actions: .*/actions: [nothing]/r);
    is $r->{status}, 3;
    like $r->{err}, qr/no entry of this tenant meets the criteria/;
    is breach($example, '--from', '2026-01-01')->{status}, 2;
};

subtest 'criteria' => sub {
    for (["actors: [$thief]", 6], ['actors: [THIEF@stolen.example.org]', 6], ['addresses: [198.51.100.0/24]', 1], ["actors: [$thief]\n  risk_levels: [low]\n  resource_types: [session]", 1]) {
        my ($criterion, $entries) = @$_;
        is breach($example =~ s/# actors: .*/$criterion/r)->{status}, 0;
        is slurp(unpacked() . '/data/timeline.csv') =~ tr/\n//, 1 + $entries, $criterion;
    }
};

done_testing;
