#!/usr/bin/perl
# What is done with the seal log as a whole: static tiles, another key, a declared restore, metrics.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use MetricsTest;
use TamperTest;
use File::Path qw(make_path);
use JSON::PP ();
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $origin = 'audit.example.com/seals';
my ($old, $new, $third) = map { "$dir/$_.pem" } qw(old new third);

entries($c, 'intact');

sub auditseal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub seal { my ($db, $key, @args) = @_; return auditseal($db, 'seal', '--key', $key, @args) }
sub more { my ($db, $chain, $n) = @_; return $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t($chain), 'more', 'r' FROM generate_series(1, $n)") }
sub vkey { return slurp("$_[0].pub") =~ s/\n//r }

is auditseal('intact', 'keygen', $_, '--origin', $origin)->{status}, 0 for $old, $new, $third;
is auditseal('intact', 'keygen', "$dir/witness.pem", '--origin', 'witness.example.com', '--witness')->{status}, 0;

subtest 'static tiles' => sub {
    my $db = copy_of($c, 'intact');
    is auditseal($db, 'tiles', "$dir/log")->{status}, 3, 'of nothing, none';
    is seal($db, $old)->{status}, 0;
    my $read = sub { my $r = $c->run(['/usr/bin/env', 'python3', 'tests/vectors/read_tiles.py', "$dir/log", vkey($old)]); return $r->{out} || $r->{err} };
    my $r = auditseal($db, 'tiles', "$dir/log");
    is $r->{status}, 0 or diag $r->{err};
    is $read->(), "4 entries, 1 tiles of 1 levels\n", 'an independent reader agrees';
    # 300 chains of one entry make the log long.
    $c->psql($db, q{INSERT INTO organizations (id, name) SELECT md5('o' || i)::uuid, 'o' || i FROM generate_series(1, 600) AS i});
    for my $n (1, 2) {
        $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT md5('o' || i)::uuid, 'a', 'r' FROM generate_series(300 * ($n - 1) + 1, 300 * $n) AS i");
        is seal($db, $old)->{status}, 0;
        $r = auditseal($db, 'tiles', "$dir/log");
        is $r->{status}, 0 or diag $r->{err};
        is $read->(), $n == 1 ? "304 entries, 3 tiles of 2 levels\n" : "604 entries, 4 tiles of 2 levels\n";
    }
    like $r->{err}, qr/604 seals, 300 of them new; 6 files/, 'only what is new is written';
    is auditseal($db, 'tiles', "$dir/log")->{status}, 0, 'nothing new is fine';
    is scalar(() = glob "$dir/log/tile/*/*.new"), 0, 'nothing half-made is left';

    my $other = copy_of($c, 'intact');
    is seal($other, $old)->{status}, 0;
    $r = auditseal($other, 'tiles', "$dir/log");
    is $r->{status}, 3, 'a shorter log does not replace a longer one';
    like $r->{err}, qr/does not extend/;
    is $read->(), "604 entries, 4 tiles of 2 levels\n";
    forge($c, $db, q{UPDATE auditproof.seal SET sealed_at = sealed_at + interval '1 us' WHERE log_index = 500});
    $r = auditseal($db, 'tiles', "$dir/fresh");
    is $r->{status}, 3;
    like $r->{err}, qr/seal 500 is not what the log was signed with/, 'what was changed is not given out';
};

subtest 'another key' => sub {
    my $db = copy_of($c, 'intact');
    make_path("$dir/worm");
    my @anchor = ('--anchor', "dir:$dir/worm");
    my @rotate = ('rotate', '--key', $old, '--new-key', $new);
    like auditseal($db, @rotate)->{err}, qr/nothing is sealed yet/;
    is seal($db, $old, @anchor)->{status}, 0;
    is auditseal($db, 'rotate', '--key', $new, '--new-key', $third)->{status}, 3, 'not by another key than the log has';
    is auditseal($db, 'rotate', '--key', $old, '--new-key', $old)->{status}, 2, 'nor to the same one';
    my $r = auditseal($db, @rotate, @anchor);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/From 4 seals on/;
    more($db, 1, 3);
    $r = seal($db, $old, @anchor);
    is $r->{status}, 3, 'the old key seals no more';
    like $r->{err}, qr/key was changed at 4 seals/;
    $r = seal($db, $new, @anchor);
    is $r->{status}, 0, 'the new one goes on' or diag $r->{err};
    more($db, 1, 3);
    is seal($db, $new, @anchor)->{status}, 0, 'and again';
    is auditseal($db, 'rotate', '--key', $new, '--new-key', $old)->{status}, 2, 'no way back to a key that was retired';
    is auditseal($db, 'rotate', '--key', $new, '--new-key', $third, @anchor)->{status}, 0;
    more($db, 1, 3);
    is seal($db, $third, @anchor)->{status}, 0;
    is $c->psql($db, q{SELECT string_agg(number || ' ' || from_size, ',' ORDER BY number) FROM auditproof.log_key}), '1 4,2 6';

    # The notes of the changes, read as their format says, with nothing of ours.
    my @files = glob "$dir/worm/*/*.key";
    is @files, 2, 'the directory has both changes';
    my $text = slurp($files[0]);
    my ($body, $signatures) = $text =~ /\A(.*\n)\n(.*)\z/s;
    my @lines = split /\n/, $body;
    is_deeply [@lines[0 .. 4]], ['auditproof/log-key@v1', vkey($old), vkey($new), 1, 4];
    is scalar(() = $signatures =~ /^\x{e2}\x{80}\x{94} \Q$origin\E /mg), 2, 'two signatures';
    for my $key ($old, $new) { ok signed($text, vkey($key)), 'which verify' }
    is slurp($files[0]), $c->psql($db, q{SELECT convert_from(note, 'UTF8') FROM auditproof.log_key WHERE number = 1}) . "\n";

    my %forged = (
        'its signature' => q{UPDATE auditproof.log_key SET note = set_byte(note, octet_length(note) - 20, get_byte(note, octet_length(note) - 20) # 1) WHERE number = 1},
        'its boundary' => q{UPDATE auditproof.log_key SET from_size = 5 WHERE number = 1},
        'its key' => q{UPDATE auditproof.log_key a SET vkey = b.vkey FROM auditproof.log_key b WHERE a.number = 1 AND b.number = 2},
    );
    for my $name (sort keys %forged) {
        my $copy = copy_of($c, $db);
        forge($c, $copy, $forged{$name});
        more($copy, 1, 1);
        $r = seal($copy, $third);
        cmp_ok $r->{status}, '!=', 0, "forged: $name";
        like $r->{err}, qr/signature: .*change 1 of the log's key|is not signed by key|key that the log has/;
    }
    my $copy = copy_of($c, $db);
    forge($c, $copy, q{DELETE FROM auditproof.log_key WHERE number = 2});
    $r = seal($copy, $third);
    is $r->{status}, 3, 'a change that was removed';
    like $r->{err}, qr/do not lead to this one/;
    like $c->psql_error($db, 'DELETE FROM auditproof.log_key'), qr/is refused/;
    like $c->psql_error($db, 'UPDATE auditproof.epoch SET number = 2; TRUNCATE auditproof.epoch'), qr/is refused/;

    # An old checkpoint signed by a newer key, at an anchor.
    my ($file) = glob "$dir/worm/*/00000000000000000007.note";
    my $fresh = copy_of($c, $db);
    make_path("$dir/forged/" . ($file =~ m{/([0-9a-f]{16})/})[0]);
    my $bad = resigned(slurp((glob "$dir/worm/*/00000000000000000004.note")[0]), $third);
    spew("$dir/forged/" . ($file =~ m{/([0-9a-f]{16})/})[0] . '/00000000000000000004.note', $bad);
    $r = seal($fresh, $third, '--anchor', "dir:$dir/forged");
    is $r->{status}, 1;
    like $r->{err}, qr/signature: expected a checkpoint signed by the key of its time/, 'an old checkpoint under a newer key';
};

# Whether the note has a good signature of this key: openssl says so.
sub signed {
    my ($note, $vkey) = @_;
    my $r = $c->run(['/usr/bin/env', 'python3', '-c', <<'PY', $vkey], stdin => $note);
import base64, hashlib, os, subprocess, sys, tempfile
note = sys.stdin.buffer.read()
text, lines = note.rsplit(b"\n\n", 1)
name, key_id, key = sys.argv[1].split("+", 2)
raw = base64.b64decode(key)
for line in lines.decode().splitlines():
    signature = base64.b64decode(line.split(" ")[2])
    if signature[:4].hex() != key_id:
        continue
    with tempfile.TemporaryDirectory() as d:
        for n, b in (("k", bytes.fromhex("302a300506032b6570032100") + raw[1:]), ("t", text + b"\n"), ("s", signature[4:])):
            open(os.path.join(d, n), "wb").write(b)
        sys.exit(subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "k", "-rawin", "-in", "t", "-sigfile", "s"], cwd=d, stdout=subprocess.DEVNULL).returncode)
sys.exit(9)
PY
    return $r->{status} == 0;
}

# The note's text, signed by this key instead.
sub resigned {
    my ($note, $key) = @_;
    return $c->run(['/usr/bin/env', 'python3', '-c', <<'PY', $key, vkey($key)], stdin => $note)->{out};
import base64, os, subprocess, sys, tempfile
text = sys.stdin.buffer.read().rsplit(b"\n\n", 1)[0] + b"\n"
name, key_id, _ = sys.argv[2].split("+", 2)
with tempfile.TemporaryDirectory() as d:
    t = os.path.join(d, "t")
    open(t, "wb").write(text)
    s = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", sys.argv[1], "-rawin", "-in", t], check=True, capture_output=True).stdout
sys.stdout.buffer.write(text + b"\n\xe2\x80\x94 " + name.encode() + b" " + base64.b64encode(bytes.fromhex(key_id) + s) + b"\n")
PY
}

subtest 'a declared restore' => sub {
    my $db = copy_of($c, 'intact');
    make_path("$dir/kept");
    my @anchor = ('--anchor', "dir:$dir/kept");
    my @epoch = ('epoch', '--key', $old, '--reason', "disk lost; approved by Ann, ticket 17");
    is seal($db, $old, @anchor)->{status}, 0;
    my $backup = copy_of($c, $db);
    my $r = auditseal($db, @epoch, @anchor);
    is $r->{status}, 3;
    like $r->{err}, qr/no anchor shows a checkpoint that this log has lost/, 'there is nothing to declare';
    for (1, 2) { more($db, 1, 5); is seal($db, $old, @anchor)->{status}, 0 }

    $r = seal($backup, $old, @anchor);
    is $r->{status}, 1, 'an older state is not sealed';
    like $r->{err}, qr/truncated: expected a seal log of 6 .*auditseal epoch/;
    is auditseal($backup, 'epoch', '--key', $old)->{status}, 2, 'a reason is wanted';
    is auditseal($backup, 'epoch', '--key', $new, '--reason', 'x', @anchor)->{status}, 3, 'and the key of the log';
    $r = auditseal($backup, @epoch, @anchor);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/Declared restore 1: \Q$origin\E had 6 seals, and the database has 4\.\nThe log goes on as (\Q$origin\E\/since-\S+)\.\n/;
    my ($after) = $r->{out} =~ /goes on as (\S+)\.$/m;

    is seal($backup, $old, @anchor)->{status}, 0, 'nothing new is fine';
    more($backup, 2, 1);
    $r = seal($backup, $old, @anchor, '--format', 'json');
    is $r->{status}, 0, 'sealing goes on' or diag $r->{err};
    is JSON::PP::decode_json($r->{out})->{size}, 5;
    like auditseal($backup, 'checkpoint')->{out}, qr/\A\Q$after\E\n5\n/, 'under another name: nobody sees two logs of one name and size';
    more($backup, 1, 1);
    is seal($backup, $old, @anchor)->{status}, 0, 'and again';
    my %names;
    for my $note (map { slurp($_) } glob "$dir/kept/*/*.note") {
        my ($name, $size) = split /\n/, $note;
        is $names{"$name $size"}++, 0, "one checkpoint of $name at $size";
    }
    is scalar(() = glob "$dir/kept/*/*.epoch"), 2, 'the declaration is beside the notes of both names';
    my ($note) = map { slurp($_) } glob "$dir/kept/*/*.epoch";
    my @lines = split /\n/, $note;
    is_deeply [@lines[0 .. 4], $lines[6]], ['auditproof/epoch@v1', $origin, $after, 1, 4, 6];
    ok signed($note, vkey($old)), 'signed by the key that the log had';

    $r = seal($db, $old, @anchor);
    is $r->{status}, 1, 'the old database is told that another one goes on';
    like $r->{err}, qr/truncated: expected change 1 of the log's key, at 4 seals, as an anchor has it; found a database that does not know it/;
    more($db, 1, 5);
    is seal($db, $old)->{status}, 0, 'when it is sealed all the same';
    my ($sixth) = glob "$dir/kept/*/00000000000000000006.note";
    spew($sixth =~ s/6\.note$/7.note/r, auditseal($db, 'checkpoint')->{out});
    more($backup, 1, 1);
    $r = seal($backup, $old, @anchor);
    is $r->{status}, 1, 'that is seen: it is beyond what was declared';
    like $r->{err}, qr/rewritten: expected a seal log of 7/;

    my $copy = copy_of($c, $backup);
    forge($c, $copy, q{UPDATE auditproof.epoch SET reason = 'nothing happened'});
    like seal($copy, $old)->{err}, qr/signature: .*declared restore 1/, 'a reason that was changed';

    unlink $sixth =~ s/6\.note$/7.note/r;
    is auditseal($backup, 'rotate', '--key', $old, '--new-key', $new, @anchor)->{status}, 0, 'another key after it';
    more($backup, 1, 1);
    $r = seal($backup, $new, @anchor);
    is $r->{status}, 0 or diag $r->{err};
};

subtest 'metrics' => sub {
    my $db = copy_of($c, 'intact');
    my $file = "$dir/auditproof.prom";
    my $m;
    my $values = sub { $m = metrics(slurp($file)); return [map { $m->{"auditproof_seal_$_"}{''} } @_] };
    is auditseal($db, 'status', '--metrics', $file)->{status}, 0;
    is_deeply $values->(qw(entries unsealed_entries log_size)), [1000, 1000, 0];
    is_deeply [database(slurp($file))], [$db], 'of this database';
    ok !exists $m->{auditproof_seal_success}, 'no round, no word on it';
    is seal($db, $old, '--metrics', $file)->{status}, 0;
    is_deeply $values->(qw(unsealed_entries unsealed_seconds success exit_status findings anchors anchors_lacking)),
        [0, 0, 1, 0, 0, 0, 0];
    ok !exists $m->{auditproof_seal_policy_fulfilled}, 'no policy, no word on it';
    like $m->{auditproof_seal_duration_seconds}{''}, qr/^\d+\.\d{3}$/;
    my $then = $m->{auditproof_seal_last_success_timestamp_seconds}{''};
    cmp_ok abs($then - time), '<', 60;
    more($db, 1, 2);
    mkdir "$dir/some\"where" or die $!;
    my ($gone, $there) = ("dir:$dir/nowhere", "dir:$dir/some\"where");
    is seal($db, $old, '--metrics', $file, '--anchor', $gone, '--anchor', $there, '--require', 1)->{status}, 0;
    is_deeply $values->(qw(success anchors anchors_required anchors_have anchors_lacking)), [1, 2, 1, 1, 1], 'one is enough';
    is_deeply $m->{auditproof_seal_anchor_has_newest}, {"kind=dir,name=$gone" => 0, "kind=dir,name=$there" => 1}, 'which has it';
    $then = $m->{auditproof_seal_last_success_timestamp_seconds}{''};
    is seal($db, $old, '--metrics', $file, '--anchor', $gone)->{status}, 3;
    is_deeply $values->(qw(success exit_status anchors anchors_lacking last_success_timestamp_seconds)), [0, 3, 1, 1, $then];
    spew("$dir/policy", "log " . vkey($old) . "\nwitness one " . vkey("$dir/witness.pem") . "\nquorum one\n");
    is seal($db, $old, '--metrics', $file, '--policy', "$dir/policy", '--anchor', $there)->{status}, 3;
    is_deeply $values->(qw(success policy_fulfilled anchors anchors_lacking)), [0, 0, 1, 0], 'a witness is no anchor';
    is_deeply $m->{auditproof_seal_witness_has_cosigned}, {'name=one' => 0}, 'and is named';
    more($db, 1, 2);
    is auditseal($db, 'status', '--metrics', $file)->{status}, 0;
    is_deeply $values->(qw(success unsealed_entries policy_fulfilled)), [0, 2, 0], 'what the last round said stays';
    is $c->run(['auditseal', 'seal', '--key', $old, '--metrics', $file, '-h', "$dir/no-server"], db => $db)->{status}, 3;
    is_deeply $values->(qw(success exit_status unsealed_entries policy_fulfilled)), [0, 3, 2, 0], 'and what a failed one cannot say';
    is_deeply [database(slurp($file))], [$db], 'of the same database';
    is auditseal($db, 'status', '--metrics', "$dir/no/where")->{status}, 3;
    my $r = seal($db, $old, '--metrics', "$dir/no/where");
    is $r->{status}, 0, 'a round stands without its metrics';
    like $r->{err}, qr/no metrics/;
};

done_testing;
