#!/usr/bin/perl
# Keys, seals, checkpoints, anchors and proofs, over 1,000 entries of four chains.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Digest::SHA ();
use File::Path qw(make_path remove_tree);
use Encode qw(decode);
use JSON::PP ();
use MIME::Base64 qw(decode_base64 encode_base64);
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $origin = 'audit.example.com/seals';
my $key = "$dir/seal.pem";

entries($c, 'intact');

sub seal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }

# As seal, with --format json read.
sub round {
    my ($db, @args) = @_;
    my $r = seal($db, 'seal', '--key', $key, '--format', 'json', @args);
    $r->{said} = eval { JSON::PP::decode_json($r->{out}) } // {};
    return $r;
}

sub more { my ($db, $chain, $n) = @_; return $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t($chain), 'more', 'r' FROM generate_series(1, $n)") }

subtest 'keys' => sub {
    my $r = seal('intact', 'keygen', $key, '--origin', $origin);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/^\Q$origin\E\+[0-9a-f]{8}\+[A-Za-z0-9+\/]{44}\n\z/;
    is slurp("$key.pub"), $r->{out};
    is sprintf('%04o', (stat $key)[2] & 07777), '0600', 'the private key is for its owner only';
    unlike $r->{out} . $r->{err}, qr/PRIVATE/;
    my $before = slurp($key);
    $r = seal('intact', 'keygen', $key, '--origin', $origin);
    is $r->{status}, 3;
    like $r->{err}, qr/never overwritten/;
    is slurp($key), $before;
    is seal('intact', 'keygen', "$dir/x", '--origin', 'two words')->{status}, 2, 'a name with a space is none';
    is seal('intact', 'keygen', "$dir/x")->{status}, 2, 'a name is wanted';
    ok !-e "$dir/x", 'and nothing is left behind';
    spew("$dir/phrase", "correct horse\n");
    is seal('intact', 'keygen', "$dir/locked", '--origin', 'a', '--encrypt', '--passphrase-file', "$dir/phrase")->{status}, 0;
    like slurp("$dir/locked"), qr/ENCRYPTED PRIVATE KEY/;
    chmod 0644, "$dir/locked", "$dir/phrase" or die;
    my @open = grep { /everybody/ } split /\n/, seal('postgres', 'seal', '--key', "$dir/locked", '--passphrase-file', "$dir/phrase")->{err};
    is_deeply \@open, [map { "auditseal: warning: everybody may read the $_: chmod o= " . s/.* //r } "private key $dir/locked", "passphrase in $dir/phrase"],
        'who lets everybody read them is told';
    chmod 0600, "$dir/locked", "$dir/phrase" or die;
    unlike seal('postgres', 'seal', '--key', "$dir/locked", '--passphrase-file', "$dir/phrase")->{err}, qr/everybody/, 'and nobody else';
};

subtest 'a database without auditproof' => sub {
    for my $args (['status'], ['checkpoint'], ['seal', '--key', $key]) {
        my $r = seal('postgres', @$args);
        is $r->{status}, 3, "@$args";
        like $r->{err}, qr/auditproof is not installed in this database, .*; see `auditmigrate status`$/m;
    }
};

subtest 'a round, and another when there is more' => sub {
    my $db = copy_of($c, 'intact');
    make_path("$dir/worm");
    like seal($db, 'status')->{out}, qr/Nothing is sealed: 1000 entries of 4 chains/;
    is seal($db, 'checkpoint')->{status}, 3;
    my $r = round($db, '--anchor', "dir:$dir/worm", '--anchor', "exec:cat >$dir/copy.note");
    is $r->{status}, 0 or diag $r->{err};
    is_deeply [@{$r->{said}}{qw(size chains entries skipped)}], [4, 4, 1000, 0];
    my @notes = glob "$dir/worm/*/*.note";
    is @notes, 1;
    is slurp($notes[0]), slurp("$dir/copy.note"), 'both anchors have the same bytes';
    is slurp($notes[0]), seal($db, 'checkpoint')->{out}, 'which are the checkpoint';
    $r = round($db, '--anchor', "dir:$dir/worm");
    is $r->{status}, 0;
    ok !$r->{said}{sealed}, 'nothing new, nothing sealed';
    more($db, 1, 300);
    more($db, 2, 1);
    $r = round($db, '--anchor', "dir:$dir/worm");
    is_deeply [@{$r->{said}}{qw(size chains entries)}], [6, 2, 301];
    is scalar(@notes = glob "$dir/worm/*/*.note"), 2;
    my $state = JSON::PP::decode_json(seal($db, 'status', '--format', 'json')->{out});
    is_deeply [@$state{qw(size sealed_entries entries chains unsealed_seconds)}], [6, 1301, 1301, 4, 0];

    my $data = JSON::PP::decode_json($c->psql($db, <<'SQL'));
SELECT json_build_object(
    'entries', (SELECT json_agg(json_build_array(chain_id, encode(entry_hash, 'hex')) ORDER BY chain_id, seq) FROM auditproof.chain_entry),
    'seals', (SELECT json_agg(json_build_array(chain_id, size, encode(root, 'hex'), encode(entry_hash, 'hex'), (extract(epoch FROM sealed_at) * 1000000)::bigint)
                              ORDER BY log_index) FROM auditproof.seal),
    'notes', (SELECT json_agg(translate(encode(note, 'base64'), E'\n', '') ORDER BY size) FROM auditproof.checkpoint))
SQL
    $data->{vkey} = slurp("$key.pub") =~ s/\n//r;
    $data->{proofs} = [map { decode('UTF-8', seal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', $_)->{out}) } 1, 250, 251, 300, 550];
    my $py = $c->run(['/usr/bin/env', 'python3', 'tests/vectors/check_seals.py'], stdin => JSON::PP::encode_json($data));
    is $py->{out}, "6 seals of 4 chains, 2 checkpoints, 5 proofs\n", 'an independent implementation agrees' or diag $py->{err};
};

subtest 'proofs' => sub {
    my $db = copy_of($c, 'intact');
    is round($db)->{status}, 0;
    more($db, 1, 40);
    is round($db)->{status}, 0;
    more($db, 1, 1);
    for my $seq (1, 2, 249, 250, 251, 290) {
        my $r = seal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', $seq);
        is $r->{status}, 0, "entry $seq" or diag $r->{err};
        spew("$dir/proof", $r->{out});
        $r = $c->run(['auditseal', 'check-proof', "$dir/proof", '--key', "$key.pub"], env => {PGHOST => '/nonexistent'});
        is $r->{status}, 0 or diag $r->{out} . $r->{err};
        like $r->{out}, qr/^The proof holds: entry $seq of chain /;
    }
    my $id = $c->psql($db, 'SELECT e(402)');
    my $r = seal($db, 'prove', '--entry', $id);
    is $r->{status}, 0 or diag $r->{err};
    spew("$dir/proof", my $proof = $r->{out});
    like seal($db, 'check-proof', "$dir/proof", '--key', "$key.pub")->{out}, qr/\["auditproof\/1", "\Q$id\E"/;
    is seal($db, 'check-proof', "$dir/proof")->{status}, 3, 'without a key, nobody knows who signed';
    like seal($db, 'check-proof', "$dir/proof", '--key', "$dir/locked.pub")->{out}, qr/not signed by a key that you trust/;
    is seal($db, 'check-proof', "$dir/proof", '--key', "$dir/locked.pub")->{status}, 1;
    my $vkey = slurp("$key.pub") =~ s/\n//r;
    spew("$dir/policy", "log $vkey\nquorum none\n");
    is seal($db, 'check-proof', "$dir/proof", '--policy', "$dir/policy")->{status}, 0;
    spew("$dir/policy", "log $vkey\nwitness w " . witness_key() . "\nquorum w\n");
    like seal($db, 'check-proof', "$dir/proof", '--policy', "$dir/policy")->{out}, qr/have not cosigned/;

    my ($entry) = $proof =~ /^entry (.*)$/m;
    my $other = encode_base64(decode_base64($entry) =~ s/"low"|"medium"|"high"|"critical"/"none"/r, '');
    spew("$dir/forged", $proof =~ s/^entry .*$/entry $other/mr);
    $r = seal($db, 'check-proof', "$dir/forged", '--key', "$key.pub");
    is $r->{status}, 1;
    like $r->{out}, qr/entry text is not the one/;
    spew("$dir/forged", substr $proof, 0, length($proof) / 2);
    is seal($db, 'check-proof', "$dir/forged", '--key', "$key.pub")->{status}, 2, 'half a proof is none';

    $r = seal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', 291);
    is $r->{status}, 3;
    like $r->{err}, qr/not sealed yet/;
    is seal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', 999)->{status}, 2;
    is seal($db, 'prove', '--entry', '00000000-0000-4000-8000-000000000000')->{status}, 2;
    my @hashes = split /\n/, seal($db, 'prove', '--consistency', 4, 5)->{out};
    cmp_ok scalar(@hashes), '>=', 1;
    $r = seal($db, 'prove', '--consistency', 4, 999);
    is $r->{status}, 2;
    like $r->{err}, qr/there is no checkpoint of 999 seals: the newest is of \d+$/m, 'a size that the log never had is no alarm';
    $r = forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)});
    like seal($db, 'prove', '--entry', $id)->{err}, qr/does not verify \(altered/, 'what was tampered with is not proven';
};

# A verifier key of a witness that signs nothing here: Ed25519's base point will do for a key.
sub witness_key {
    my $raw = "\x04" . pack 'H*', '58' . '66' x 31;
    return sprintf 'witness.example+%s+%s', substr(Digest::SHA::sha256_hex("witness.example\n$raw"), 0, 8), encode_base64($raw, '');
}

subtest 'what strangers send' => sub {
    my $db = copy_of($c, 'intact');
    is round($db)->{status}, 0;
    my $proof = seal($db, 'prove', '--system', '--seq', 1)->{out};
    my $check = sub { spew("$dir/stranger", $_[0]); return seal($db, 'check-proof', "$dir/stranger", @_[1 .. $#_]) };
    my $forge = sub {
        my ($with) = @_;
        my ($text, $record) = map { decode_base64($proof =~ /^$_ (.*)$/m ? $1 : '') } qw(entry record);
        $text = $with . $text;
        $record = substr($record, 0, 68) . Digest::SHA::sha256($text);
        return $proof =~ s/^entry .*$/'entry ' . encode_base64($text, '')/emr =~ s/^record .*$/'record ' . encode_base64($record, '')/emr;
    };
    for my $with ("\e[2K", "x\nThe proof holds", "\0") {
        my $r = $check->($forge->($with));
        is $r->{status}, 2, 'an entry text is JSON' or diag $r->{out};
        unlike $r->{out} . $r->{err}, qr/[\e\0]/;
    }
    my $c1 = $proof =~ s/\Q$origin\E\n/audit\xc2\x9b2K\n/r;
    unlike $check->($c1)->{out}, qr/\xc2\x9b/, 'no name acts on the terminal';
    for my $vkey ('', "\n", 'x' x 10_000_000, "a+b\0+c", "\e]0;x\a+00000000+" . 'A' x 44, slurp($key)) {
        spew("$dir/vkey", $vkey);
        my $r = $check->($proof, '--key', "$dir/vkey");
        cmp_ok $r->{status}, '>=', 2, 'a verifier key that is none';
        unlike $r->{err}, qr/\e/, 'of which nothing acts on the terminal';
        is index($r->{err}, (split /\n/, slurp($key))[1]), -1, 'nor does a private key get out';
        cmp_ok length $r->{err}, '<', 2000;
    }
    cmp_ok $check->($proof, '--key', '/dev/zero')->{status}, '>=', 2, 'nor one without an end';
};

subtest 'a login of the application' => sub {
    my $db = copy_of($c, 'intact');
    my $other = $c->spawn(['psql', '-Xq', '-c', 'SELECT pg_advisory_lock(1096110188, 1)', '-c', 'SELECT pg_sleep(600)'], db => $db);
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1096110188}) == 1 } 20, 'its lock';
    my $r = $c->run(['auditseal', 'seal', '--key', $key], db => $db, timeout => 20);
    is $r->{status}, 0, 'does not keep the sealer waiting' or diag $r->{err};
    $other->kill('TERM');
    $c->psql('postgres', q{DO $$ BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$});
    for my $sql ('SELECT auditproof.seal_begin()', 'BEGIN; LOCK auditproof.checkpoint IN ACCESS SHARE MODE') {
        my $denied = $c->run(['psql', '-Xq', '-U', 'app', '-c', $sql], db => $db);
        like $denied->{err}, qr/permission denied/, $sql;
    }
};

subtest 'a chain that does not verify is left unsealed, the others are not' => sub {
    my $db = copy_of($c, 'intact');
    forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)});
    my $r = round($db);
    is $r->{status}, 1;
    is_deeply [@{$r->{said}}{qw(chains skipped findings)}], [3, 1, 1];
    like $r->{err}, qr/altered chain 22222222-.*: expected content hash [0-9a-f]{64}; found content hash/;
    is round($db)->{status}, 1, 'and said again';
    my $t2 = $c->psql($db, q{SELECT count(*) FROM auditproof.seal WHERE chain_id = t(2)});
    is $t2, 0;
    for (['gap', q{DELETE FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 100}],
         ['link', q{UPDATE auditproof.chain_entry SET entry_hash = sha256('') WHERE chain_id = t(1) AND seq = 100}],
         ['missing', q{DELETE FROM audit_logs WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 100)}]) {
        my ($kind, $sql) = @$_;
        my $copy = copy_of($c, 'intact');
        forge($c, $copy, $sql);
        like round($copy)->{err}, qr/^auditseal: error: $kind chain 11111111-/m, $kind;
    }
};

# More than fits between the server and us, so that it is still sending when the first entry is found.
subtest 'an altered entry before many that are sent with it' => sub {
    my $db = copy_of($c, 'intact');
    is round($db)->{status}, 0;
    more($db, 2, 8000);
    more($db, 1, 1);
    forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = t(2) AND seq = 251)});
    my $r = round($db);
    is $r->{status}, 1 or diag $r->{err};
    is_deeply [@{$r->{said}}{qw(chains skipped findings)}], [1, 1, 1], 'keeps no other chain from being sealed';
};

subtest 'many new entries at once, and one of them altered' => sub {
    my $db = copy_of($c, 'intact');
    more($db, 1, 20000);
    my $broken = copy_of($c, $db);
    my $r = round($db);
    is $r->{status}, 0 or diag $r->{err};
    is $r->{said}{entries}, 21000;
    is seal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', 12345)->{status}, 0;
    forge($c, $broken, q{UPDATE audit_logs SET action = 'x' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq = 20000)});
    $r = round($broken);
    is_deeply [$r->{status}, @{$r->{said}}{qw(chains skipped)}], [1, 3, 1];
    is $c->psql($broken, 'SELECT count(*) FROM auditproof.tile WHERE tree = t(1)'), 0, 'nothing of it is left behind';
};

subtest 'a log that is not what was signed is not signed again' => sub {
    my $db = copy_of($c, 'intact');
    remove_tree("$dir/worm");
    make_path("$dir/worm");
    my @anchor = ('--anchor', "dir:$dir/worm");
    is round($db, @anchor)->{status}, 0;
    my $early = copy_of($c, $db);
    more($db, 1, 5);
    is round($db, @anchor)->{status}, 0;
    my $late = $c->psql($db, q{SELECT encode(note, 'hex') FROM auditproof.checkpoint ORDER BY size DESC LIMIT 1});

    more($early, 1, 7);
    my $r = round($early, @anchor);
    is $r->{status}, 1, 'an older state of the database';
    ok $r->{said}{refused} && !$r->{said}{sealed};
    like $r->{err}, qr/truncated: expected a seal log of 5 with root [0-9a-f]{64}; found a seal log of 4\. Anchor dir:\S+ disagrees/;
    is $c->psql($early, 'SELECT count(*) FROM auditproof.checkpoint'), 1, 'nothing was written';
    is round($early)->{status}, 0, 'which only the anchor can tell';
    $r = round($early, @anchor);
    like $r->{err}, qr/rewritten: expected a seal log of 5/, 'grown past it, it is another log';

    my %cut = (
        'seals removed' => [q{DELETE FROM auditproof.seal WHERE log_index = 4}, 'truncated'],
        'checkpoints removed' => [q{DELETE FROM auditproof.attestation; DELETE FROM auditproof.checkpoint}, 'truncated'],
        'tiles of the log changed' => [q{UPDATE auditproof.tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE tree = 'ffffffff-ffff-ffff-ffff-ffffffffffff'}, 'rewritten'],
        'the last two checkpoints removed, with their seals' => [
            q{DELETE FROM auditproof.attestation; DELETE FROM auditproof.checkpoint WHERE size = 5; DELETE FROM auditproof.seal WHERE log_index = 4}, 'truncated'],
    );
    for my $name (sort keys %cut) {
        my $copy = copy_of($c, $db);
        forge($c, $copy, $cut{$name}[0]);
        $r = round($copy, @anchor);
        is $r->{status}, 1, $name or diag $r->{err};
        like $r->{err}, qr/error: $cut{$name}[1]: /;
        ok $r->{said}{refused};
    }
    my $copy = copy_of($c, $db);
    forge($c, $copy, q{UPDATE auditproof.tile SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE tree = t(2) AND level = 0});
    more($copy, 2, 1);
    like round($copy)->{err}, qr/seal chain 22222222-.*: expected the root that was sealed/, 'the edge of a chain\'s tree';
    $copy = copy_of($c, $db);
    forge($c, $copy, q{DELETE FROM auditproof.chain_entry WHERE chain_id = t(1) AND seq > 200});
    like round($copy)->{err}, qr/truncated chain 11111111-.*cut off below its last seal/, 'a chain below its seal';
    like seal($copy, 'status')->{out}, qr/^Sealed: +950 of 950 entries/m, 'which the status does not count twice';
    $copy = copy_of($c, $db);
    forge($c, $copy, q{DELETE FROM auditproof.chain_entry WHERE chain_id = t(1)});
    like round($copy)->{err}, qr/truncated chain 11111111-.*cut off below its last seal/, 'a chain that is gone';
    $copy = copy_of($c, $db);
    forge($c, $copy, q{UPDATE auditproof.chain_entry SET content_hash = sha256('') WHERE chain_id = t(3) AND seq = 200; SELECT rebuild(t(3), 200)});
    like round($copy)->{err}, qr/rewritten chain 33333333-.*rewritten after it was sealed/, 'a chain rewritten to its very size';

    my ($file) = grep { /5\.note$/ } glob "$dir/worm/*/*.note";
    chmod 0644, $file;
    my $good = slurp($file);
    spew($file, $good =~ s/^(5\n)(.)/$1 . ($2 eq 'A' ? 'B' : 'A')/emr);
    $r = round($db, @anchor);
    is $r->{status}, 1;
    like $r->{err}, qr/signature: .*not signed by this log's key/, 'an anchor file that was altered';
    spew($file, $good);
    is round($db, @anchor)->{status}, 0;

    # Whoever may only add files to an anchor must not hide there what it has.
    my ($old) = grep { /4\.note$/ } glob "$dir/worm/*/*.note";
    my $planted = substr($file, 0, -25) . '00000000000000000099.note';
    my %plant = (
        'an old one under a new name' => sub { spew($planted, slurp($old)) },
        'an empty one' => sub { spew($planted, '') },
        'a directory' => sub { mkdir $planted or die },
        'a symbolic link to nothing' => sub { symlink '/nonexistent', $planted or die },
        'a pipe' => sub { require POSIX; POSIX::mkfifo($planted, 0600) or die },
        'one without an end' => sub { symlink '/dev/zero', $planted or die },
        'a large one' => sub { spew($planted, 'x' x 3_000_000) },
    );
    for my $name (sort keys %plant) {
        my $behind = copy_of($c, $early);
        $plant{$name}->();
        $r = round($behind, @anchor);
        is $r->{status}, 1, "$name at an anchor" or diag $r->{err} . $r->{out};
        ok $r->{said}{refused};
        like $r->{err}, qr/signature: expected a checkpoint signed by this key; found \S+99\.note, which /;
        unlink $planted or rmdir $planted or die;
    }
};

subtest 'a database that cheats between the seal and the anchors' => sub {
    my %cheat = (
        'an old note instead' => ['NEW.note := (SELECT o.note FROM auditproof.checkpoint o WHERE o.size = 4)', qr/is not the one that was signed/],
        'another origin' => [q{NEW.origin := 'elsewhere'}, qr/its newest checkpoint is not the log's, of 5 seals/],
    );
    for my $name (sort keys %cheat) {
        my $db = copy_of($c, 'intact');
        my $worm = "$dir/cheat" . ($name =~ s/\W//gr);
        make_path($worm);
        is round($db, '--anchor', "dir:$worm")->{status}, 0;
        more($db, 1, 1);
        $c->psql($db, 'CREATE FUNCTION cheat() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ' . $cheat{$name}[0]
            . '; RETURN NEW; END $$; CREATE TRIGGER cheat BEFORE INSERT ON auditproof.checkpoint FOR EACH ROW EXECUTE FUNCTION cheat()');
        my $r = round($db, '--anchor', "dir:$worm");
        is $r->{status}, 3, $name or diag $r->{err} . $r->{out};
        like $r->{said}{anchors}[0]{message}, $cheat{$name}[1];
        is scalar(() = glob "$worm/*/*.note"), 1, 'and the anchor keeps nothing false';
    }
};

subtest 'another key, other roles' => sub {
    my $db = copy_of($c, 'intact');
    is round($db)->{status}, 0;
    seal($db, 'keygen', "$dir/other.pem", '--origin', $origin);
    more($db, 1, 1);
    my $r = seal($db, 'seal', '--key', "$dir/other.pem");
    is $r->{status}, 3;
    like $r->{err}, qr/seal with the key that the log has/;
    is seal($db, 'seal', '--key', $key, '--vkey', "$dir/other.pem.pub")->{status}, 2, 'keys that do not belong together';
    is seal($db, 'seal', '--key', "$dir/nothing")->{status}, 3;
    spew("$dir/wrong", "wrong horse\n");
    $r = seal(copy_of($c, 'intact'), 'seal', '--key', "$dir/locked", '--passphrase-file', "$dir/wrong");
    is $r->{status}, 2;
    unlike $r->{err}, qr/horse/;
    is seal(copy_of($c, 'intact'), 'seal', '--key', "$dir/locked", '--passphrase-file', "$dir/phrase")->{status}, 0;

    $c->psql($db, q{DO $$ BEGIN CREATE ROLE robot LOGIN; CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT auditproof_sealer TO robot; GRANT auditproof_auditor TO looker});
    $r = $c->run(['auditseal', 'seal', '--key', $key, '-U', 'robot'], db => $db);
    is $r->{status}, 0, 'the sealer seals' or diag $r->{err};
    more($db, 1, 1);
    $r = $c->run(['auditseal', 'seal', '--key', $key, '-U', 'looker'], db => $db);
    is $r->{status}, 3, 'the auditor does not';
    like $r->{err}, qr/permission denied/;
    for my $sql ('DELETE FROM auditproof.seal', 'UPDATE auditproof.checkpoint SET size = 9', 'TRUNCATE auditproof.tile', 'DELETE FROM auditproof.tile') {
        like $c->psql_error($db, $sql), qr/is refused/, $sql;
    }
};

subtest 'anchors that fail' => sub {
    my $db = copy_of($c, 'intact');
    my $r = round($db, '--anchor', "dir:$dir/absent");
    is $r->{status}, 3;
    ok $r->{said}{sealed}, 'the seal stands';
    like $r->{said}{anchors}[0]{message}, qr/absent/;
    more($db, 1, 1);
    is round($db, '--anchor', 'exec:exit 3')->{said}{anchors}[0]{message}, 'command "exit 3" ended with exit status 3';
    make_path("$dir/absent");
    $r = round($db, '--anchor', "dir:$dir/absent");
    is $r->{status}, 0, 'what it lacked is handed over';
    is scalar(my @files = glob "$dir/absent/*/*.note"), 2;
    unlink $files[1];
    is round($db, '--anchor', "dir:$dir/absent")->{status}, 0;
    is scalar(@files = glob "$dir/absent/*/*.note"), 2, 'and again when it was lost';
    is round($db, '--anchor', 'nowhere')->{status}, 2;
};

subtest 'killed after the seal, before the anchors' => sub {
    my $db = copy_of($c, 'intact');
    make_path("$dir/after");
    my $r = round($db, '--anchor', 'exec:kill -9 $PPID', '--anchor', "dir:$dir/after");
    is $r->{out}, '', 'it said nothing more';
    is scalar(() = glob "$dir/after/*/*.note"), 0;
    is $c->psql($db, 'SELECT count(*) FROM auditproof.checkpoint'), 1;
    is round($db, '--anchor', "dir:$dir/after")->{status}, 0;
    is scalar(() = glob "$dir/after/*/*.note"), 1, 'the next round hands it over';
};

subtest 'two at once, while entries are written' => sub {
    my $db = copy_of($c, 'intact');
    for (1 .. 3) {
        more($db, 3, 50);
        my @both = map { $c->spawn(['auditseal', 'seal', '--key', $key], db => $db) } 1 .. 3;
        more($db, 3, 20);
        is $_->wait->{status}, 0 for @both;
    }
    is round($db)->{status}, 0;
    is $c->psql($db, 'SELECT count(*) = max(log_index) + 1 AND (SELECT max(size) FROM auditproof.checkpoint) = count(*) FROM auditproof.seal'), 't';
};

subtest 'files that are no keys' => sub {
    my $r = sub { return $c->run(['auditverify', '--key', $_[0]], db => 'intact') };
    is_deeply [map { $r->($_)->{status} } '/none', '/', '/dev/zero', '/dev/null'], [3, 3, 2, 2], 'absent, a directory, without an end, empty';
    like $r->('/dev/zero')->{err}, qr{/dev/zero has more than 4096 bytes};
};

done_testing;
