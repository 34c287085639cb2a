#!/usr/bin/perl
# Whom auditverify trusts: keys that follow a pinned one, restores that were declared, witnesses; and what of the log's record
# of them was tampered with.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $origin = 'audit.example.com/seals';
my ($k1, $k2, $k3, $stranger) = map { "$dir/$_.pem" } qw(k1 k2 k3 stranger);

sub auditseal {
    my ($db, @args) = @_;
    my $r = $c->run(['auditseal', @args], db => $db);
    die "auditseal @args: $r->{out}$r->{err}" if $r->{status};
    return $r->{out};
}
sub more { my ($db, $n) = @_; return $c->psql($db, SealTest::more(1, $n // 1)) }
sub vkey { return slurp("$_[0].pub") =~ s/\n//r }
sub is_found { my ($name, $v, $verdict, @findings) = @_; return is_deeply([$v->{verdict}{verdict}, $v->{findings}], [$verdict, \@findings], $name) || diag explain $v }
sub policy {
    my ($name, @lines) = @_;
    spew("$dir/$name", join q{}, map { "$_\n" } @lines);
    return ('--policy', "$dir/$name");
}

entries($c, 'intact');
auditseal('intact', 'keygen', $_, '--origin', $origin) for $k1, $k2, $k3, $stranger;
mkdir "$dir/worm" or die;
my @anchor = ('--anchor', "dir:$dir/worm");
my @anchors = ('--anchors', "$dir/worm");

# Checkpoints 4 by the first key, 5 and 6 by the second, 7 by the third.
my $before = copy_of($c, 'intact');
auditseal($before, 'seal', '--key', $k1, @anchor);
my $db = copy_of($c, $before);
auditseal($db, 'rotate', '--key', $k1, '--new-key', $k2, @anchor);
for (1, 2) { more($db); auditseal($db, 'seal', '--key', $k2, @anchor) }
auditseal($db, 'rotate', '--key', $k2, '--new-key', $k3, @anchor);
more($db);
auditseal($db, 'seal', '--key', $k3, @anchor);

subtest 'keys that follow the pinned one' => sub {
    for my $key ($k1, $k2, $k3) {
        my $v = verify($c, $db, '--key', "$key.pub", @anchors);
        is_found('by key', $v, 'trusted');
        is $v->{verdict}{seals}{signer_pinned}, $key eq $k3 ? 1 : 0, 'and which key it is is said';
        is_found('by policy', verify($c, $db, policy('one', 'log ' . vkey($key), 'quorum none'), @anchors), 'trusted');
    }
    like $c->run(['auditverify', '--key', "$k1.pub"], db => $db)->{out}, qr/signed by \S+, which the log's keys lead to from a pinned one\./;
    is_found('without one, the record is sound', verify($c, $db), 'intact');
    is_found("a stranger's", verify($c, $db, '--key', "$stranger.pub"), 'findings', map({ "signature checkpoint $_" } 4 .. 7), 'signature log_key 1');
};

subtest 'the record is read in the snapshot' => sub {
    my $copy = copy_of($c, $before);
    my $holder = $c->spawn(['psql', '-X', '-c', 'BEGIN; LOCK TABLE auditproof.adoption_range; SELECT pg_sleep(600)'], db => $copy);
    my $locks = 'SELECT count(*) FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())';
    wait_until { $c->psql($copy, "$locks AND mode = 'AccessExclusiveLock' AND granted") } 20, 'the lock';
    my $verifying = $c->spawn(['auditverify', '--key', "$k1.pub"], db => $copy);
    wait_until { $c->psql($copy, "$locks AND NOT granted") } 20, 'auditverify waiting';
    auditseal($copy, 'rotate', '--key', $k1, '--new-key', $k2);
    more($copy);
    auditseal($copy, 'seal', '--key', $k2);
    $c->psql($copy, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()});
    $holder->wait(20);
    my $r = $verifying->wait(20);
    is $r->{status}, 0, 'a rotation meanwhile raises no alarm' or diag $r->{out} . $r->{err};
    like $r->{out}, qr/by the checkpoint of 5 seals/;
};

# The old key was stolen and is not the log's any more, and nothing was sealed yet with the new one.
subtest 'what directories keep of the record' => sub {
    my $worm = tempdir();
    my @kept = ('--anchors', $worm);
    my $here = copy_of($c, $before);
    auditseal($here, 'seal', '--key', $k1, '--anchor', "dir:$worm");
    my $theirs = copy_of($c, $here);
    auditseal($here, 'rotate', '--key', $k1, '--new-key', $k2, '--anchor', "dir:$worm");
    is_found("by $_", verify($c, $here, '--key', "$_.pub", @kept), 'trusted') for $k1, $k2;
    more($theirs);
    auditseal($theirs, 'seal', '--key', $k1);
    is_found('who does not look there sees nothing', verify($c, $theirs, '--key', "$k1.pub"), 'trusted');
    my $v = verify($c, $theirs, '--key', "$k1.pub", @kept);
    is_found('who does, the key that was retired', $v, 'findings', 'truncated log_key 1');
    like "expected $v->{raw}[0]{expected}, found $v->{raw}[0]{found}: $v->{raw}[0]{detail}",
        qr/expected the change of the log's key to \Q@{[vkey($k2)]}\E, at 4 seals, found none: an anchor keeps the note of it: the database was set back .*What the key before it signs since proves nothing/,
        'what happened' or diag explain $v;
    is_found('by a policy', verify($c, $theirs, policy('where-kept', 'log ' . vkey($k1), 'quorum none'), @kept), 'findings', 'truncated log_key 1');
    is_found('said once', verify($c, $theirs, '--key', "$k2.pub", '--key', "$k1.pub", @kept), 'findings', 'truncated log_key 1');
    my ($file) = glob "$worm/*/*.key";
    is_found('as a file', verify($c, $theirs, '--key', "$k1.pub", '--anchors', glob("$worm/*/*4.note"), '--anchors', $file), 'findings',
        'truncated log_key 1');
    more($here);
    auditseal($here, 'seal', '--key', $k2, '--anchor', "dir:$worm");
    is_found('the log itself goes on', verify($c, $here, '--key', "$k1.pub", @kept), 'trusted');

    # Notes of other logs, and files that are none, say nothing; one that was spoiled, or tells another story, does.
    my $evil = "$dir/evil2.pem";
    auditseal($here, 'keygen', $evil, '--origin', $origin);
    my $stranger_log = copy_of($c, 'intact');
    auditseal($here, 'keygen', "$dir/far$_.pem", '--origin', 'far.example') for 1, 2;
    auditseal($stranger_log, 'seal', '--key', "$dir/far1.pem", '--anchor', "dir:$worm");
    auditseal($stranger_log, 'rotate', '--key', "$dir/far1.pem", '--new-key', "$dir/far2.pem", '--anchor', "dir:$worm");
    spew("$worm/server.key", 'a private key');
    is_found('of other logs, and other files', verify($c, $here, '--key', "$k1.pub", @kept), 'trusted');
    my $note = slurp($file);
    chmod 0644, $file;
    unlink $file;
    spew($file, substr $note, 0, 40);
    is_found('cut short', verify($c, $here, '--key', "$k1.pub", @kept), 'findings', "signature anchor $file");
    unlink $file;
    my $other = copy_of($c, $before);
    auditseal($other, 'rotate', '--key', $k1, '--new-key', $evil, '--anchor', 'dir:' . tempdir());
    spew($file, auditseal($other, 'checkpoint', '--history'));
    is_found('another change of the same number', verify($c, $here, '--key', "$k1.pub", @kept), 'findings', 'signature log_key');
};

# Who has the newer key only makes everything anew, as one round, so that there is nothing for the older key to sign.
subtest 'a rewrite from before the key was changed' => sub {
    my $copy = copy_of($c, $db);
    my $thief = SealTest->new($origin, key => $k3);
    forge($c, $copy, SealTest::rewritten(2, 100));
    forge($c, $copy, "UPDATE auditproof.$_ SET sealed_at = (SELECT max(sealed_at) FROM auditproof.$_)") for qw(seal checkpoint);
    $thief->remake($c, $copy);
    for my $args (['--key', "$k1.pub"], ['--key', "$k3.pub"], []) {
        my $v = verify($c, $copy, @$args);
        is_found("is found: @$args", $v, 'findings', 'rewritten seal log');
        like "$v->{raw}[0]{expected}: $v->{raw}[0]{detail}",
            qr/the first 4 seals, says change 1 of the log's key: .* seals from before it were made anew, with the key that came after it\. .* replace that key/;
    }
    my $r = $c->run(['auditseal', 'seal', '--key', $k3], db => $copy);
    is $r->{status}, 1, 'and nothing is sealed on it' or diag $r->{out} . $r->{err};
};

# A record changed, with the row that is named; what came to rest on it is named, too.
sub changed {
    my ($name, $sql, $key, @findings) = @_;
    return tampered($c, $db, {args => ['--key', "$key.pub"]}, $name, $sql, sort @findings);
}

subtest 'the record of keys' => sub {
    my @rest = map { "signature checkpoint $_" } 5 .. 7;
    my $edit = q{UPDATE auditproof.log_key SET note = set_byte(note, octet_length(note) - 20, get_byte(note, octet_length(note) - 20) # 1) WHERE number = };
    changed('a note edited', $edit . 1, $k1, 'signature log_key 1', @rest);
    changed('below the pinned key', $edit . 1, $k3, 'signature log_key 1', 'signature checkpoint 4');
    changed('above it', $edit . 2, $k1, 'signature log_key 2', 'signature checkpoint 7');
    changed('a row removed', 'DELETE FROM auditproof.log_key WHERE number = 1', $k2, 'signature log_key 1', 'signature checkpoint 4');
    changed('another boundary', 'UPDATE auditproof.log_key SET from_size = 5 WHERE number = 2', $k2, 'signature log_key 2');
    changed('another key beside the note', 'UPDATE auditproof.log_key AS a SET vkey = b.vkey FROM auditproof.log_key AS b WHERE a.number = 1 AND b.number = 2',
        $k2, 'signature log_key 1');
    changed('no note', q{UPDATE auditproof.log_key SET note = 'x' WHERE number = 2}, $k2, 'signature log_key 2', 'signature checkpoint 7');
    tampered($c, $db, 'without a pinned key', $edit . 2, 'signature log_key 2');

    # A stranger's log has rows of its own, signed as they must be, but by nobody whom the pinned key leads to.
    my $other = copy_of($c, $before);
    forge($c, $other, 'DELETE FROM auditproof.checkpoint; DELETE FROM auditproof.seal; DELETE FROM auditproof.tile');
    my $evil = "$dir/evil.pem";
    auditseal($other, 'keygen', $evil, '--origin', $origin);
    auditseal($other, 'seal', '--key', $stranger);
    auditseal($other, 'rotate', '--key', $stranger, '--new-key', $evil);
    my $row = $c->psql($other, q{SELECT format('(%s, %L, %s, %L, %L)', number, vkey, from_size, note, signed_at) FROM auditproof.log_key});
    changed('a row inserted', 'INSERT INTO auditproof.log_key VALUES ' . $row =~ s/^\(1/(3/r, $k1, 'signature log_key 3');
    my $insert = "INSERT INTO auditproof.log_key VALUES $row";
    is_found('before a rotation', do { my $copy = copy_of($c, $before); forge($c, $copy, $insert); verify($c, $copy, '--key', "$k1.pub") },
        'findings', 'signature log_key 1');
    changed('in place of another', "DELETE FROM auditproof.log_key WHERE number = 1; $insert", $k2, 'signature log_key 1', 'signature checkpoint 4');
};

subtest 'the key of its time' => sub {
    my %as = map { $_ => bless {origin => $origin, dir => tempdir(), key => $_, id => pack('H*', (split /\+/, vkey($_))[1])}, 'SealTest' } $k1, $k2, $k3;
    changed('an old checkpoint signed by a newer key', $as{$k3}->resign($c, $db, 4), $k1, 'signature checkpoint 4');
    changed('though none else is there', $as{$k3}->resign($c, $db, 7) . '; DELETE FROM auditproof.checkpoint WHERE size < 7; '
        . $as{$k2}->resign($c, $db, 7), $k1, 'seal checkpoints 4 to 6', 'signature checkpoint 7');
    changed('a new one by a key that was given up', $as{$k1}->resign($c, $db, 7), $k1, 'signature checkpoint 7');
    is_found('also by policy', do { my $copy = copy_of($c, $db); forge($c, $copy, $as{$k1}->resign($c, $copy, 7));
        verify($c, $copy, policy('one', 'log ' . vkey($k1), 'quorum none')) }, 'findings', 'signature checkpoint 7');
};

# Three witnesses of whom two must have cosigned; a note with the cosignatures of some.
subtest 'witnesses' => sub {
    my @witness = map { SealTest->new("w$_.example", cosigns => 1) } 1 .. 3;
    my @policy = policy('witnessed', 'log ' . vkey($k1), map({ "witness w$_ " . $witness[$_ - 1]->vkey } 1 .. 3), 'group two 2 w1 w2 w3', 'quorum two');
    my %note = map { $_ => pack 'H*', $c->psql($db, "SELECT encode(note, 'hex') FROM auditproof.checkpoint WHERE size = $_") } 4 .. 7;
    my $place = 0;
    my $keep = sub {    # in a place of its own, as each witness has one
        my ($size, @by) = @_;
        my $where = "$dir/place" . ++$place;
        mkdir $where or die;
        spew(sprintf('%s/%020d.note', $where, $size), $note{$size} . join '', map { $witness[$_ - 1]->cosignature($note{$size}) } @by);
        return ('--anchors', $where);
    };
    my @none = $keep->(7);
    is_found('none has cosigned', verify($c, $db, @policy, @none), 'findings', 'signature policy');
    my @one = $keep->(7, 1);
    is_found('one of two', verify($c, $db, @policy, @one), 'findings', 'signature policy');
    is_found('the same one twice', verify($c, $db, @policy, @one, $keep->(7, 1)), 'findings', 'signature policy');
    my $v = verify($c, $db, @policy, @one, $keep->(7, 2));
    is_found('two, in two places', $v, 'trusted');
    is $v->{verdict}{seals}{covered_by}{size}, 7, 'by a later key of the log than the policy names';
    is_found('of two checkpoints', verify($c, $db, @policy, @one, $keep->(6, 2)), 'findings', 'signature policy');
    my $copy = copy_of($c, $db);
    forge($c, $copy, sprintf q{INSERT INTO auditproof.attestation VALUES (7, 'witness', 'witness:w3', '\x%s', now())},
        unpack 'H*', $witness[2]->cosignature($note{7}));
    is_found('one in the database', verify($c, $copy, @policy), 'findings', 'signature policy');
    is_found('and one elsewhere', verify($c, $copy, @policy, @one), 'trusted');
    my $bad = $note{7} =~ s/\n7\n/\n8\n/r;
    is_found('a cosignature of another text', do { spew("$dir/place" . ++$place, $note{7} . $witness[1]->cosignature($bad));
        verify($c, $db, @policy, @one, '--anchors', "$dir/place$place") }, 'findings', "signature anchor $dir/place$place");

    # Sealing reads the same policy.
    more($copy);
    my $r = $c->run(['auditseal', 'seal', '--key', $k3, policy('unwitnessed', 'log ' . vkey($k1), 'quorum none')], db => $copy);
    is $r->{status}, 0, 'a policy that names the first key is fulfilled by the third' or diag $r->{err};
    more($copy);
    $r = $c->run(['auditseal', 'seal', '--key', $k3, policy('other', 'log ' . vkey($stranger), 'quorum none')], db => $copy);
    isnt $r->{status}, 0, "and a stranger's is not";
};

# A restore: the log had 7 seals, and goes on from 4 under another name.
subtest 'declared restores' => sub {
    my $restored = copy_of($c, $before);
    mkdir "$dir/kept" or die;
    my @kept = ('--anchor', "dir:$dir/kept");
    my @there = ('--anchors', "$dir/kept");
    my $lost = copy_of($c, $before);
    for (1 .. 3) { more($lost); auditseal($lost, 'seal', '--key', $k1, @kept) }
    my @pinned = policy('one', 'log ' . vkey($k1), 'quorum none');
    is_found('not declared', verify($c, $restored, @pinned, @there), 'findings', 'truncated seal log');
    auditseal($restored, 'epoch', '--key', $k1, '--reason', 'disk lost', @kept);
    more($restored);
    auditseal($restored, 'seal', '--key', $k1, @kept);
    auditseal($restored, 'rotate', '--key', $k1, '--new-key', $k2, @kept);
    more($restored);
    auditseal($restored, 'seal', '--key', $k2, @kept);
    my $v = verify($c, $restored, @pinned, @there);
    is_found('by policy', $v, 'trusted');
    is $v->{verdict}{seals}{explained}, 3;
    is_found('by key', verify($c, $restored, '--key', "$k2.pub", @there), 'trusted');

    my $found = sub {
        my ($name, $sql, @findings) = @_;
        my $copy = copy_of($c, $restored);
        forge($c, $copy, $sql);
        return is_found($name, verify($c, $copy, @pinned, @there), 'findings', @findings);
    };
    my $edit = q{note = set_byte(note, octet_length(note) - 20, get_byte(note, octet_length(note) - 20) # 1)};
    $found->('a reason edited', q{UPDATE auditproof.epoch SET reason = 'nothing'}, 'signature epoch 1');
    $found->('a note edited', "UPDATE auditproof.epoch SET $edit", 'rewritten seal log', 'signature epoch 1');
    $found->('removed', 'DELETE FROM auditproof.epoch', 'rewritten seal log', 'signature epoch 1');
    $found->('another number', 'UPDATE auditproof.epoch SET number = 2', 'signature epoch 1');
    is_found('and no key is needed for that', do { my $copy = copy_of($c, $restored); forge($c, $copy, "UPDATE auditproof.epoch SET $edit");
        verify($c, $copy) }, 'findings', 'signature epoch 1');
};

done_testing;
