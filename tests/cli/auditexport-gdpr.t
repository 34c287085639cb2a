#!/usr/bin/perl
# What there is of one person, and nothing of anybody else.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest qw(copy_of);
use JSON::PP ();
use MIME::Base64 ();
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my ($org, $other) = map { "$_$_$_$_$_$_$_$_-0000-4000-8000-000000000000" } 1, 2;
my %id = map { $_ => sprintf '%08x-5555-4000-8000-00000000%04x', 0xa1b2c300 + ord, ord } qw(A B C D E X);
my $n = 0;

# Of A to E, and of X in the other tenant: every one of these must not be in another's bundle.
my %mail = (A => 'anna@example.com', B => 'bob@staff.example.org', C => 'carla@victim.example.net', D => 'dora@example.com',
    E => 'erik@gone.example.com', X => 'xaver@tenant2.example.org');
my %ip = (A => '198.51.100.7', B => '203.0.113.66', C => '2001:db8::c0de', X => '192.0.2.222');

sub q1 { return defined $_[0] ? "'" . ($_[0] =~ s/'/''/gr) . "'" : 'NULL' }

sub entry {
    my (%e) = @_;
    my @names = sort keys %e;
    return sprintf "INSERT INTO audit_logs (%s) VALUES (%s);", join(', ', @names), join ', ', map { q1($e{$_}) } @names;
}

sub act {
    my ($who, %e) = @_;
    return entry(organization_id => $org, actor_id => $id{$who}, actor_email => $mail{$who}, actor_role => 'agent', ip_address => $ip{$who},
        user_agent => 'Mozilla/5.0 Chrome/120.0.0.0', action => 'LOGIN', resource_type => 'session', %e);
}

$c->createdb('g');
is $c->run(['auditmigrate', 'install', '-q'], db => 'g')->{status}, 0;
$c->psql('g', join '', map({ "INSERT INTO organizations (id, name) VALUES ('$_', 'o');" } $org, $other),
    map({ "INSERT INTO auth.users (id, email) VALUES ('$id{$_}', '$mail{$_}');" } qw(A B C D E X)),
    map({ "INSERT INTO profiles (id, organization_id, email, full_name, role) VALUES ('$id{$_}', '" . ($_ eq 'X' ? $other : $org) . "', '$mail{$_}', 'Name Of $_', 'agent');" } qw(A B C D E X)));
$c->psql('g', join '',
    act('A') x 3,
    act('A', session_id => 'tokentokentoken'),
    act('A', action => 'contact.viewed', resource_type => 'contact', resource_id => $id{C}, new_values => qq({"email": "$mail{C}", "name": "Carla Canary"}), metadata => qq({"ip": "$ip{C}", "method": "web", "secret_rule": "rule-seventeen"})),
    act('A', user_agent => "Weird/1 (via $ip{B}; $mail{C}) <script>alert(1)</script> \e[31m", action => '=HYPERLINK("x")<b>'),
    act('B', actor_role => 'admin', action => 'team.member.role_updated', resource_type => 'profile', resource_id => $id{A}, session_id => 'stafftoken',
        old_values => '{"role": "agent", "note": "Carla Canary said so"}', new_values => qq({"role": "admin", "email": "$mail{A}", "updated_by": "$id{B}", "full_name": "<i>An'na"}), metadata => '{"browser": "StaffBrowser"}'),
    act('D', actor_role => 'admin', action => 'profile.viewed', resource_type => 'profile', resource_id => $id{A}),
    act('B', action => 'DATA_EXPORT', resource_type => 'report', metadata => qq({"recipients": ["$mail{A}", "$mail{C}"], "why": "asked for", "of": "$id{A}"})),
    act('C', action => 'note.created', resource_type => 'note', new_values => qq({"text": "met $mail{A} today"})),
    act('C'), act('B'),
    act('E', action => 'E_DID_THIS'),
    entry(organization_id => $org, action => 'LOGIN_FAILED', resource_type => 'session', actor_email => $mail{A}, ip_address => '192.0.2.66'),
    entry(organization_id => $other, actor_id => $id{X}, actor_email => $mail{A}, action => 'OTHER_TENANT', resource_type => 'x', ip_address => $ip{X}, metadata => qq({"of": "$id{A}"})));
$c->psql('g', "DELETE FROM auth.users WHERE id = '$id{E}'");
$c->psql('g', "SELECT auditproof.policy_set('00000000-0000-0000-0000-000000000000', 'audit_logs', 'audit', 9, 'years', 1, 'b', 'j', 'a')");
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'], db => 'g')->{status}, 0;
is $c->run(['auditseal', 'seal', '--key', $key], db => 'g')->{status}, 0;

sub subject {
    my ($who, @args) = @_;
    return $c->run(['auditexport', 'gdpr-subject', '--no-register', '--org', $org, '--key', $key, '--subject', $who, @args], db => 'g');
}

# The bundle unpacked, and checked by the other implementation.
sub unpacked {
    my ($file) = @_;
    my $to = tempdir();
    is_deeply JSON::PP::decode_json(qx(python3 tests/vectors/bundle_check.py --json '$file'))->{findings}, [], 'it verifies';
    is $c->run(['auditverify', '--key', "$key.pub", "$file"])->{status}, 0, 'auditverify says so, too';
    is system("tar -xzf '$file' -C '$to' --strip-components=1"), 0;
    return $to;
}

sub everything { my ($at) = @_; return join "\n", map { "$_\n" . slurp($_) } split /\n/, qx(find '$at' -type f ! -name tagmanifest.sig) }

sub csv {
    my ($file) = @_;
    my $text = slurp($file);
    my @rows;
    while ($text =~ /\G((?:"(?:[^"]|"")*",?)+)\r\n/g) {
        push @rows, [map { s/""/"/gr } $1 =~ /"((?:[^"]|"")*)"/g];
    }
    my $head = shift @rows;
    return map { my $row = $_; +{map { $head->[$_] => $row->[$_] } 0 .. $#$head} } @rows;
}

sub nothing_of {
    my ($all, @canaries) = @_;
    is_deeply [grep { index(lc $all, lc $_) >= 0 } @canaries], [], 'nothing of others';
    return;
}

my @canaries = (@mail{qw(B C D E X)}, @id{qw(B C D E X)}, @ip{qw(B C X)}, $other, 'tokentokentoken', 'stafftoken', 'Carla Canary', 'StaffBrowser', 'rule-seventeen', 'OTHER_TENANT', '192.0.2.66', 'Name Of B');

subtest 'a subject' => sub {
    my $r = subject($id{A}, '-o', "$dir/a.tar.gz", '--review-out', "$dir/queue.csv");
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/3 more entries name the subject and wait/;
    my $at = unpacked("$dir/a.tar.gz");
    nothing_of(everything($at), @canaries);
    like slurp("$at/data/report.html"), qr/6 of this person.*2 acts of others/;
    my @acts = csv("$at/data/activity.csv");
    my @own = grep { $_->{relation} eq 'your act' } @acts;
    is join(' ', map { $_->{seq} } @own), $c->psql('g', "SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE l.actor_id = '$id{A}' AND e.chain_id = '$org'"), 'own acts are complete';
    is_deeply [map { $_->{actor} } grep { $_->{relation} ne 'your act' } @acts], ['Staff-1', 'Staff-2'];
    my ($role) = grep { $_->{action} eq 'team.member.role_updated' } @acts;
    is_deeply JSON::PP::decode_json($role->{values}), {'/old_values/role' => 'agent', '/new_values/role' => 'admin', '/new_values/email' => $mail{A}, '/new_values/full_name' => "<i>An'na"};
    is $role->{role}, 'admin', 'the role of staff is kept';
    like slurp("$at/data/activity.csv"), qr/"'=HYPERLINK\(""x""\)<b>"/, 'no formula';
    my ($odd) = grep { $_->{action} =~ /HYPERLINK/ } @acts;
    is $odd->{user_agent}, "Weird/1 (via [address]; [e-mail]) <script>alert(1)</script> \e[31m";
    my @lines = map { JSON::PP::decode_json($_) } split /\n/, slurp("$at/data/activity.ndjson");
    is scalar @lines, scalar @acts;
    my @redacted = csv("$at/data/redactions.csv");
    ok +(grep { $_->{json_pointer} eq '/new_values/updated_by' && $_->{reason} eq 'not-listed' } @redacted);
    ok +(grep { $_->{json_pointer} eq '/session_id' && $_->{reason} eq 'credential' } @redacted);
    my %event = map { ($_->{seq} => $_) } map { JSON::PP::decode_json($_) } split /\n/, qx(cat $at/data/events/*);
    for my $act (@lines) {
        my $groups = join ' ', sort keys %{$event{$act->{seq}}{disclosed} // {}};
        is $groups, $act->{relation} ne 'your act' ? '' : $act->{seq} == 4 || $act->{redactions} && $act->{action} =~ /HYPER/ ? 'account' : 'account actor', "groups of entry $act->{seq}";
    }
    my $profile = JSON::PP::decode_json(slurp("$at/data/profile.json"));
    is $profile->{profile}{full_name}, 'Name Of A';
    is $profile->{entries}{name_you_and_await_review}, 3;
    is scalar @{JSON::PP::decode_json(slurp("$at/data/portability.json"))->{acts}}, scalar @own;
    my ($kept) = slurp("$at/data/retained.csv") =~ /"Entries of the audit log","[^"]+","(20\d\d-\d\d-\d\d)"/;
    is $kept, $c->psql('g', 'SELECT auditproof.retention_until(now(), NULL, 9)'), 'kept as long as the policy says';
    like slurp("$at/data/dictionary.csv"), qr/"action","LOGIN","Sign-in"/;
    is +(stat "$dir/queue.csv")[2] & 07777, 0600, 'the queue is nobody else\'s to read';
};

subtest 'the review' => sub {
    my @queue = csv("$dir/queue.csv");
    is_deeply [map { "$_->{action} $_->{names_the_subject_in}" } @queue],
        ['DATA_EXPORT /metadata/of /metadata/recipients/0', 'note.created /new_values/text', 'LOGIN_FAILED /actor_email'];
    my $text = slurp("$dir/queue.csv");
    my ($export, $note) = map { $_->{seq} } @queue;
    spew("$dir/reviewed.csv", $text =~ s/^("$export",.*),"","",""\r$/$1,"include","\/metadata\/recipients\/0 \/metadata\/why",""\r/mr =~ s/^("$note",.*),"","",""\r$/$1,"exclude","",""\r/mr);
    my $r = subject($id{A}, '-o', "$dir/r.tar.gz", '--review', "$dir/reviewed.csv");
    is $r->{status}, 0 or diag $r->{err};
    my $at = unpacked("$dir/r.tar.gz");
    nothing_of(everything($at), @canaries);
    my ($in) = grep { $_->{relation} eq 'names you' } csv("$at/data/activity.csv");
    is_deeply JSON::PP::decode_json($in->{values}), {'/metadata/recipients/0' => $mail{A}, '/metadata/why' => 'asked for'};
    is $in->{actor}, 'Staff-1', 'a pseudonym is the same within a bundle';
    spew("$dir/bad.csv", $text =~ s/^("$export",.*),"","",""\r$/$1,"include","content",""\r/mr);
    $r = subject($id{A}, '-o', "$dir/bad.tar.gz", '--review', "$dir/bad.csv");
    is $r->{status}, 3, 'what the review would let out by mistake';
    like $r->{err}, qr{data/events/\S+ would hold an (?:e-mail address|id) that is not the subject's \(.\.\.\., \d+ characters\), in entry $export: nothing was written};
    unlike $r->{err}, qr/\Q$mail{C}\E/;
    ok !-e "$dir/bad.tar.gz";
    spew("$dir/bad.csv", $text =~ s/^("$export",.*),"","",""\r$/$1,"yes","",""\r/mr);
    $r = subject($id{A}, '-o', "$dir/bad.tar.gz", '--review', "$dir/bad.csv");
    is $r->{status}, 2;
    like $r->{err}, qr/bad\.csv:2: "decision" is include, exclude or withhold, not "yes"/;
    spew("$dir/bad.csv", qq("seq","decision","disclose","reason"\r\n"1","include","",""\r\n));
    $r = subject($id{A}, '-o', "$dir/bad.tar.gz", '--review', "$dir/bad.csv");
    like $r->{err}, qr/entry 1 is an act of the subject's: it comes in unless the decision is "withhold"/;
};

subtest 'by address, and who that is' => sub {
    my $r = subject(uc $mail{A}, '-o', "$dir/m.tar.gz");
    is $r->{status}, 0 or diag $r->{err};
    is slurp(unpacked("$dir/m.tar.gz") . '/data/activity.csv'), slurp(unpacked("$dir/a.tar.gz") . '/data/activity.csv');
    $r = subject('nobody@example.com', '-o', "$dir/x.tar.gz");
    is $r->{status}, 3;
    like $r->{err}, qr/no account and no entry of this organization has nobody\@example\.com/;
    $r = subject($id{X}, '-o', "$dir/x.tar.gz");
    is $r->{status}, 3, 'not of another tenant';
    is subject('Anna', '-o', "$dir/x.tar.gz")->{status}, 2;
    my $db = copy_of($c, 'g');
    $c->psql($db, act('D', actor_email => 'dora.before@example.com') . act('C', actor_email => $mail{A}));
    $c->run(['auditseal', 'seal', '--key', $key], db => $db);
    my $run = sub { $c->run(['auditexport', 'gdpr-subject', '--no-register', '--org', $org, '--key', $key, '-o', "$dir/who.tar.gz", '-f', @_], db => $db) };
    $r = $run->('--subject', $id{D});
    is $r->{status}, 3;
    like $r->{err}, qr/also has or had the address dora\.before\@example\.com/, 'an address that changed';
    is $run->('--subject', $id{D}, '--also', 'dora.before@example.com')->{status}, 0;
    is $run->('--subject', 'dora.before@example.com')->{status}, 3;
    $r = $run->('--subject', $mail{A});
    is $r->{status}, 3;
    like $r->{err}, qr/2 accounts of this organization have used/, 'two people with one address';
    $r = $run->('--subject', $id{A});
    is $r->{status}, 0, 'told apart by id';
    nothing_of(everything(unpacked("$dir/who.tar.gz")), @canaries);
};

subtest 'a text that names somebody else' => sub {
    my $db = copy_of($c, 'g');
    $c->psql($db, act('A', action => "mailed $mail{C}", metadata => '{"method": "gone"}') . act('A', resource_type => "of $id{D}") . act('B', actor_role => "for $ip{C}", action => 'x', resource_id => $id{A})
        . act('C', action => "wrote to $mail{A} and $mail{D}") . act('A', action => 'told Bob Miller') . act('A', action => "opened $id{A} from $ip{A}"));
    $c->run(['auditseal', 'seal', '--key', $key], db => $db);
    my $run = sub { $c->run(['auditexport', 'gdpr-subject', '--no-register', '--org', $org, '--key', $key, '--subject', $id{A}, '-f', @_], db => $db) };
    my ($action, $type, $role, $mention, $bob) = map { $c->psql($db, "SELECT e.seq FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE $_") }
        "action = 'mailed $mail{C}'", "resource_type = 'of $id{D}'", "actor_role = 'for $ip{C}'", "action LIKE 'wrote to%'", "action = 'told Bob Miller'";
    my $r = $run->('-o', "$dir/w.tar.gz", '--review-out', "$dir/w.csv");
    is $r->{status}, 3;
    like $r->{err}, qr/the text of entry $action names somebody else, in \/action, and so do 2 more; .*: --withhold-entry $action, or "withhold" in the review queue/;
    unlike $r->{err}, qr/\Q$mail{C}\E/;
    like $r->{err}, qr{the review queue is in \Q$dir\E/w\.csv};
    ok !-e "$dir/w.tar.gz";
    my @queue = csv("$dir/w.csv");
    is_deeply {map { ($_->{seq} => $_->{names_somebody_else_in}) } grep { $_->{names_somebody_else_in} } @queue}, {$action => '/action', $type => '/resource_type', $role => '/actor_role', $mention => '/action'};
    $r = $run->('-o', "$dir/w.tar.gz", '--withhold-entry', $action, '--withhold-entry', $type);
    like $r->{err}, qr/the text of entry $role names somebody else, in \/actor_role;/;
    my $text = slurp("$dir/w.csv") =~ s/^("(?:$action|$type|$role)",.*),"","",""\r$/$1,"withhold","",""\r/mgr;
    spew("$dir/w2.csv", $text =~ s/^("$mention",.*),"","",""\r$/$1,"include","",""\r/mr);
    like $run->('-o', "$dir/w.tar.gz", '--review', "$dir/w2.csv")->{err}, qr/the text of entry $mention names somebody else/;
    for ([qq("$action","include","",""), qr/entry $action is an act of the subject's: it comes in unless the decision is "withhold"/],
        [qq("$bob","withhold","",""), qr/no identifier of somebody else stands in the text of entry $bob/],
        [qq("999","withhold","",""), qr/entry 999 is not in this subject's review queue/]) {
        spew("$dir/w2.csv", qq("seq","decision","disclose","reason"\r\n$_->[0]\r\n));
        $r = $run->('-o', "$dir/w.tar.gz", '--review', "$dir/w2.csv");
        is $r->{status}, 2;
        like $r->{err}, $_->[1];
    }
    like $run->('--withhold-entry', 999)->{err}, qr/entry 999, which is to be withheld, is none of this subject's/;
    is $run->('--withhold-entry', 'x')->{status}, 2;
    spew("$dir/w2.csv", qq("seq","decision","disclose","reason"\r\n"$bob","withhold","","names a colleague, who objects"\r\n"$type","withhold","",""\r\n));
    $r = $run->('-o', "$dir/w.tar.gz", '--review', "$dir/w2.csv", '--withhold-entry', $action, '--withhold-entry', $role);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/4 entries are withheld from the subject/;
    my $at = unpacked("$dir/w.tar.gz");
    nothing_of(everything($at), @canaries, 'Bob Miller');
    is_deeply [map { join '|', @$_{qw(seq json_pointer reason replacement)} } grep { $_->{json_pointer} eq '' } csv("$at/data/redactions.csv")],
        ["$action||other-person|", "$type||other-person|", "$role||other-person|", "$bob||withheld|names a colleague, who objects"], 'each is told';
    is JSON::PP::decode_json(slurp("$at/data/profile.json"))->{entries}{withheld}, 4;
    like slurp("$at/data/report.html"), qr/4 further entries of this person are left out/;
    ok +(grep { $_->{action} =~ /^opened/ } csv("$at/data/activity.csv")), 'what is the person\'s own may stand in a text';
    unlike qx(cat $at/data/events/*), qr/"seq":(?:$action|$type|$role|$bob),/;
};

subtest 'two people, two names' => sub {
    my @names = map { $c->run(['auditexport', 'gdpr-subject', '--no-register', '--org', $org, '--key', $key, '--subject', $_, '--format', 'json'], db => 'g', cwd => $dir)->{out} =~ /"path":"([^"]*)"/ } $id{A}, $id{C};
    like $_, qr/^gdpr-subject-11111111-19700101-\d{8}-[0-9a-f]{8}\.tar\.gz$/ for @names;
    isnt $names[0], $names[1];
    unlike join(' ', @names), qr/a1b2c3/, 'neither says whose it is';
    my $r = $c->run(['auditexport', 'gdpr-subject', '--no-register', '--org', $org, '--key', $key, '--subject', $mail{A}], db => 'g', cwd => $dir);
    is $r->{status}, 3;
    like $r->{err}, qr/\Q$names[0]\E is there already/, 'the same person, by whatever name, has one';
};

# Every kind of bundle, and what is written beside it, byte for byte.
subtest 'nothing of another tenant' => sub {
    my $db = copy_of($c, 'g');
    my %e = map { ($_ => "canary-$_-qz9f3") } qw(action actor_role resource_type user_agent session_id);
    my @more = map { entry(organization_id => $other, actor_id => $id{X}, actor_email => $mail{X}, ip_address => $ip{X}, resource_id => $id{X}, %e, risk_level => $_,
        old_values => '{"email": "canary-old-qz9f3"}', new_values => '{"role": "canary-new-qz9f3"}', metadata => '{"name": "canary-metadata-qz9f3", "canary-key-qz9f3": 1}') } qw(low high critical);
    # What breaches, samples, populations and exceptions of the first tenant would be made of, here is the second's.
    push @more, map { entry(organization_id => $other, actor_id => $id{X}, action => $_, resource_type => 'contact', resource_id => $id{X}, user_agent => 'canary-user_agent-qz9f3') } qw(LOGIN DATA_EXPORT contact.viewed mfa.disabled role.granted) x 8;
    $c->psql($db, join '', @more, "UPDATE organizations SET name = 'canary-organization-qz9f3' WHERE id = '$other';");
    $c->run(['auditseal', 'seal', '--key', $key], db => $db);
    my @ids = map { split /\|/ } split /\n/, $c->psql($db, "SELECT log_id, encode(entry_hash, 'hex') FROM auditproof.chain_entry WHERE chain_id = '$other'");
    my @of_theirs = (@ids, 'canary-', '-qz9f3', $other, $other =~ tr/-//dr, 'OTHER_TENANT', $mail{X}, $id{X}, $ip{X}, 'Name Of X');
    my $incident = slurp('rules/incident.example.yaml') =~ s/2026-03-28T20:00:00Z/2000-01-01T00:00:00Z/r =~ s/(  to: )2026-03-29T12:00:00Z/${1}2100-01-01T00:00:00Z/r =~ s/actions: \[.*?\]/actions: ["*"]/r;
    # Of the first tenant's own, what stands in texts: the file names them, and so they may be told.
    spew("$dir/incident.yaml", $incident =~ s/203\.0\.113\.66/$ip{B}/r);
    spew("$dir/controller.yaml", "format: auditproof-gdpr/1\ncontroller:\n  name: Example\n  email: privacy\@controller.example\n");
    my @period = ('--from', '2000-01-01', '--to', '2100-01-01');
    my %kinds = (soc2 => [@period, '--oscal'], sample => [@period, '-n', 5, '--seed', 's'],
        'gdpr-subject' => ['--subject', $id{A}, '--letter', '--gdpr', "$dir/controller.yaml", '--review-out', "$dir/who-review"],
        'gdpr-breach' => ['--incident', "$dir/incident.yaml", '--gdpr', "$dir/controller.yaml", '--subjects-key', "$dir/who-keys"]);
    for my $kind (sort keys %kinds) {
        my $file = "$dir/$kind-of-one.tar.gz";
        my $r = $c->run(['auditexport', $kind, '--no-register', '--org', $org, '--key', $key, '-o', $file, '--format', 'json', @{$kinds{$kind}}], db => $db);
        is $r->{status}, 0, $kind or diag $r->{err};
        my $payload = MIME::Base64::decode_base64(JSON::PP::decode_json(slurp("$file.intoto.jsonl"))->{payload});
        nothing_of(join("\n", qx(gzip -dc '$file'), $payload, $r->{out}, $r->{err}), @of_theirs);
    }
    nothing_of(slurp("$dir/who-review") . slurp("$dir/who-keys"), @of_theirs);
    is $c->run(['auditexport', 'soc2', '--no-register', '--org', $other, '--key', $key, '-o', "$dir/soc2-of-two.tar.gz", @period], db => $db)->{status}, 0;
    my $theirs = qx(gzip -dc '$dir/soc2-of-two.tar.gz');
    is_deeply [grep { index(lc $theirs, $_) < 0 } @ids, map { "canary-$_-qz9f3" } qw(action actor_role resource_type user_agent session_id old new metadata key)], [], 'where all of it is';
};

subtest 'a login that reads no profiles' => sub {
    $c->psql('g', 'CREATE ROLE reader LOGIN IN ROLE auditproof_auditor; CREATE ROLE limited LOGIN; GRANT USAGE ON SCHEMA public TO limited; GRANT SELECT ON audit_logs TO limited');
    my $r = subject($id{A}, '-U', 'reader', '-o', "$dir/reader.tar.gz");
    is $r->{status}, 0 or diag $r->{err};
    my $profile = JSON::PP::decode_json(slurp(unpacked("$dir/reader.tar.gz") . '/data/profile.json'));
    is $profile->{profile}, undef;
    is_deeply $profile->{found_in}, {profiles => JSON::PP::false, accounts => JSON::PP::false, entries => JSON::PP::true};
    is_deeply $profile->{email_addresses}, [$mail{A}];
    $r = subject($id{A}, '-U', 'limited', '-o', "$dir/limited.tar.gz");
    is $r->{status}, 3, 'nor one that may not read everything';
    ok !-e "$dir/limited.tar.gz";
};

subtest 'an account that was deleted' => sub {
    my $r = subject($mail{E}, '-o', "$dir/e.tar.gz");
    is $r->{status}, 0 or diag $r->{err};
    my $at = unpacked("$dir/e.tar.gz");
    is_deeply [map { $_->{action} } csv("$at/data/activity.csv")], ['E_DID_THIS'];
    nothing_of(everything($at), @mail{qw(A B C D X)}, @id{qw(A B C D E X)});
};

subtest 'the letter' => sub {
    my $r = subject($id{A}, '--letter', '-o', "$dir/l.tar.gz");
    is $r->{status}, 2;
    like $r->{err}, qr/A letter names the controller/;
    my $yaml = "format: auditproof-gdpr/1\ncontroller:\n  name: 'Ex & <Co>'\n  email: privacy\@controller.example\n";
    spew("$dir/gdpr.yaml", $yaml);
    $r = subject($id{A}, '--letter', '--gdpr', "$dir/gdpr.yaml", '-o', "$dir/l.tar.gz");
    is $r->{status}, 0 or diag $r->{err};
    my $letter = slurp(unpacked("$dir/l.tar.gz") . '/data/letter.html');
    like $letter, qr/Ex &amp; &lt;Co&gt;<br>\nprivacy\@controller\.example/;
    spew("$dir/gdpr.yaml", $yaml . "actions:\n  - match: LOGIN\n    label: ask $mail{B}\n");
    $r = subject($id{A}, '--gdpr', "$dir/gdpr.yaml", '-o', "$dir/l2.tar.gz");
    is $r->{status}, 3, 'a label that names somebody';
    like $r->{err}, qr{data/activity\.csv would hold an e-mail address that is not the subject's \(b\.\.\., \d+ characters\), in entry 1: };
    ok !-e "$dir/l2.tar.gz";
    for (["format: x\n", qr/gdpr\.yaml:1:9: 'format' must be auditproof-gdpr\/1/],
        ["format: auditproof-gdpr/1\ncontroler: x\n", qr/gdpr\.yaml:2:1: unknown key 'controler' in this file: did you mean 'controller'\?/],
        ["format: auditproof-gdpr/1\npurposes: [{purpose: x}]\n", qr/gdpr\.yaml:2:12: 'basis' is required here/],
        ["format: auditproof-gdpr/1\nretention: [{what: a, ground: b, years: ten}]\n", qr/gdpr\.yaml:2:\d+: 'years' must be a number/],
        ["format: [\n", qr/gdpr\.yaml:\d/]) {
        spew("$dir/gdpr.yaml", $_->[0]);
        $r = subject($id{A}, '--gdpr', "$dir/gdpr.yaml", '-o', "$dir/l2.tar.gz");
        is $r->{status}, 2;
        like $r->{err}, $_->[1];
    }
};

done_testing;
