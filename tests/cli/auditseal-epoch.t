#!/usr/bin/perl
# Restores from backups that knew less of the log than its anchors: of its keys, and of restores before.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA qw(sha256_hex);
use Encode qw(decode);
use TamperTest;
use JSON::PP ();
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $origin = 'audit.example.com/seals';
my ($old, $new) = map { "$dir/$_.pem" } qw(old new);

entries($c, 'intact');

sub auditseal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub more { my ($db, $n) = @_; return $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t(1), 'more', 'r' FROM generate_series(1, $n)") }
sub pub { return slurp("$_[0].pub") =~ s/\n//r }

my $made = 0;
# A log of its own, with its directory.
sub log_of {
    my $worm = "$dir/worm" . ++$made;
    mkdir $worm or die "$worm: $!\n";
    return (copy_of($c, 'intact'), $worm, '--anchor', "dir:$worm");
}
sub sealed {
    my ($db, $key, @args) = @_;
    more($db, 3);
    my $r = auditseal($db, 'seal', '--key', $key, @args);
    is $r->{status}, 0, 'sealed' or diag $r->{out}, $r->{err};
    return;
}
sub epoch {
    my ($db, $key, @args) = @_;
    my $r = auditseal($db, 'epoch', '--key', $key, '--reason', 'disk lost; Ann approved', @args);
    # Two names in one second would be one.
    if ($r->{err} =~ /in this very second/) {
        my $second = time;
        select undef, undef, undef, 0.05 while time == $second;
        return epoch($db, $key, @args);
    }
    return $r;
}
sub trusted {
    my ($name, $db, $worm, $key) = @_;
    my $v = verify($c, $db, '--key', "$key.pub", '--anchors', $worm);
    return is_deeply [$v->{status}, $v->{verdict}{verdict}, $v->{findings}], [0, 'trusted', []], $name || diag explain $v;
}
my $restored = 0;
sub dumped { my ($db) = @_; my $dump = "$dir/dump" . ++$restored; is $c->run(['pg_dump', '-Fc', '-f', $dump, $db])->{status}, 0, 'pg_dump'; return $dump }
sub restore {
    my ($dump) = @_;
    my $db = 'restored' . ++$restored;
    $c->createdb($db);
    is $c->run(['pg_restore', '--exit-on-error', '-d', $db, $dump])->{status}, 0, 'pg_restore';
    return $db;
}

is auditseal('intact', 'keygen', $_, '--origin', $origin)->{status}, 0 for $old, $new;

subtest 'a backup from before the key was changed' => sub {
    my ($db, $worm, @anchor) = log_of();
    sealed($db, $old, @anchor);
    my $dump = dumped($db);
    sealed($db, $old, @anchor);
    is auditseal($db, 'rotate', '--key', $old, '--new-key', $new, @anchor)->{status}, 0, 'rotated';
    sealed($db, $new, @anchor);
    my $back = restore($dump);
    my $r = auditseal($back, 'seal', '--key', $new, @anchor);
    is $r->{status}, 3, 'it does not know the new key';
    like $r->{err}, qr/after a restore from a backup, declare it with `auditseal epoch`/, 'and it is said what to do';
    $r = epoch($back, $old, @anchor);
    is $r->{status}, 3, 'the old key declares nothing any more';
    like $r->{err}, qr/key was changed at 5 seals: take the key that it has now/;
    $r = epoch($back, $new);
    is $r->{status}, 3, 'nor does the new one without what says that it is';
    my $by_hand = restore($dump);
    $r = epoch($back, $new, @anchor);
    is $r->{status}, 0, 'declared' or diag $r->{err};
    like $r->{out}, qr/\ATook up 1 change of the log's key or name that .*\nDeclared restore 1: \Q$origin\E had 6 seals, and the database has 4\./;
    trusted('by the first key', $back, $worm, $old);
    trusted('by the new key', $back, $worm, $new);
    sealed($back, $new, @anchor);
    sealed($back, $new, @anchor);
    trusted('sealed on, by the first key', $back, $worm, $old);
    trusted('and by the new one', $back, $worm, $new);
    is $c->psql($back, q{SELECT string_agg(number || ' ' || from_size, ',' ORDER BY number) FROM auditproof.log_key}), '1 5,2 4',
        'one history';

    # The notes are not at the anchor, but the operator has them.
    my $bare = "$dir/bare";
    my $log = substr sha256_hex($origin), 0, 16;
    $c->run(['/usr/bin/env', 'sh', '-c', 'mkdir "$2" && cp -r "$1/$3" "$2" && rm -f "$2"/*/*.key "$2"/*/*.epoch', 'sh', $worm, $bare, $log]);
    $r = epoch($by_hand, $new, '--anchor', "dir:$bare");
    is $r->{status}, 3, 'without the note of the change';
    my $note = auditseal($db, 'checkpoint', '--history');
    is $note->{status}, 0, 'which can be printed';
    spew("$dir/history", $note->{out});
    $r = epoch($by_hand, $new, '--anchor', "dir:$bare", '--history', "$dir/history");
    is $r->{status}, 0, 'with it' or diag $r->{err};
    sealed($by_hand, $new, '--anchor', "dir:$bare");
    trusted('it is the same', $by_hand, $bare, $old);
    spew("$dir/no-history", "hello\n");
    is epoch($by_hand, $new, '--history', "$dir/no-history")->{status}, 2, 'no history';
};

subtest 'restored again' => sub {
    my ($db, $worm, @anchor) = log_of();
    sealed($db, $old, @anchor);
    my $first = dumped($db);
    sealed($db, $old, @anchor);
    my $second = dumped($db);
    sealed($db, $old, @anchor);
    my $one = restore($second);
    is epoch($one, $old, @anchor)->{status}, 0, 'a restore, declared';
    my $two = restore($second);
    my $r = auditseal($two, 'seal', '--key', $old, @anchor);
    is $r->{status}, 1, 'restored again before anything was sealed: not without saying so';
    like $r->{err}, qr/truncated: .*auditseal epoch/;
    $r = epoch($two, $old, @anchor);
    is $r->{status}, 0, 'declared' or diag $r->{err};
    like $r->{out}, qr/Declared restore 2: \S+since-\S+ had 5 seals, and the database has 5\./;
    trusted('before the next seal', $two, $worm, $old);
    sealed($two, $old, @anchor);
    trusted('and after it', $two, $worm, $old);

    my $three = restore($first);
    $r = auditseal($three, 'seal', '--key', $old, @anchor);
    is $r->{status}, 1, 'restored to before the first declared restore';
    $r = epoch($three, $old, @anchor);
    is $r->{status}, 0, 'declared' or diag $r->{err};
    like $r->{out}, qr/\ATook up 2 changes.*\nDeclared restore 3: \S+ had 6 seals, and the database has 4\./;
    sealed($three, $old, @anchor);
    sealed($three, $old, @anchor);
    trusted('all of it is explained', $three, $worm, $old);
    my $v = verify($c, $three, '--key', "$old.pub", '--anchors', $worm);
    is $v->{verdict}{seals}{explained}, 3, 'what was lost: 5 and 6, and 6 of another name' or diag explain $v;
    sealed($three, $old, @anchor);
    is epoch($three, $old, @anchor)->{status}, 3, 'there is nothing more to declare';

    my ($lost) = grep { slurp($_) =~ /\A\Q$origin\E\n5\n/ } glob "$worm/*/*.note";
    my $forged = tempdir();
    spew("$forged/x.note", SealLike::note($c, $old, "$origin\n7\n" . slurp($lost) =~ s/\A.*\n.*\n(.*\n)[\s\S]*/$1/r));
    $v = verify($c, $three, '--key', "$old.pub", '--anchors', $worm, '--anchors', $forged);
    is $v->{status}, 1, 'nothing explains what is beyond it';

    my $empty = copy_of($c, 'intact');
    $r = epoch($empty, $old, @anchor);
    is $r->{status}, 0, 'a backup from before anything was sealed' or diag $r->{err};
    sealed($empty, $old, @anchor);
    trusted('verifies, too', $empty, $worm, $old);
};

subtest 'a stolen key that was retired' => sub {
    my ($db, $worm, @anchor) = log_of();
    sealed($db, $old, @anchor);
    my $dump = dumped($db);
    sealed($db, $old, @anchor);
    is auditseal($db, 'rotate', '--key', $old, '--new-key', $new, @anchor)->{status}, 0, 'rotated';
    sealed($db, $new, @anchor);

    # The thief shows our tool only what the old key signed, and so gets a declaration that hides what came after it.
    my $theirs = restore($dump);
    my ($log) = glob "$worm/*";
    my $shown = "$dir/shown";
    my $name = ($log =~ m{([^/]+)$})[0];
    mkdir $_ or die "$_: $!\n" for $shown, "$shown/$name";
    my $first = sprintf '%s/%020d.note', $name, 4;
    spew("$shown/$first", slurp("$worm/$first"));
    spew("$shown/$name/00000000000000000009.note", SealLike::note($c, $old, "$origin\n9\n" . ('A' x 43) . "=\n"));
    my $r = epoch($theirs, $old, '--anchor', "dir:$shown");
    is $r->{status}, 0, 'a forged declaration' or diag $r->{err};
    is auditseal($theirs, 'seal', '--key', $old)->{status}, 0;
    my @findings = map { verify($c, $theirs, @$_, '--anchors', $worm) } ['--key', "$old.pub"], ['--key', "$new.pub"],
        ['--key', "$old.pub", '--key', "$new.pub"], ['--key', "$new.pub", '--key', "$old.pub"];
    is $findings[$_]{status}, 1, "is found, whatever is pinned ($_)" or diag explain $findings[$_] for 0 .. 3;
    $r = auditseal($theirs, 'seal', '--key', $old, @anchor);
    is $r->{status}, 1, 'and when it is sealed with the real anchor';
    like $r->{err}, qr/signature: expected/;

    # A note in the anchor that says the old key was changed to another one.
    my $evil = "$dir/evil.pem";
    is auditseal($db, 'keygen', $evil, '--origin', $origin)->{status}, 0;
    my $mine = restore($dump);
    is auditseal($mine, 'rotate', '--key', $old, '--new-key', $evil, '--anchor', "dir:$dir/shown")->{status}, 1, 'not before the forged state';
    unlink "$shown/$name/00000000000000000009.note";
    is auditseal($mine, 'rotate', '--key', $old, '--new-key', $evil)->{status}, 0, 'another history of keys';
    spew("$log/00000000000000000004-00000000.key", auditseal($mine, 'checkpoint', '--history')->{out});
    $r = auditseal($db, 'seal', '--key', $new, @anchor);
    is $r->{status}, 1, 'is an alarm where the true one is known';
    like $r->{err}, qr/signature: .*two different changes 1 of the log's key: somebody has a key/;
    my $back = restore($dump);
    for my $key ($new, $evil) {
        $r = epoch($back, $key, @anchor);
        is $r->{status}, 1, 'and none is taken up' or diag $r->{err};
        like $r->{err}, qr/two different changes 1/;
    }
};

subtest 'what is no older state of the log' => sub {
    my ($db, $worm, @anchor) = log_of();
    sealed($db, $old, @anchor);
    my $dump = dumped($db);
    sealed($db, $old, @anchor) for 1 .. 3;
    my ($log) = glob "$worm/*";
    my $refused = sub {
        my ($name, $on, $status, $like, @args) = @_;
        my $r = epoch($on, $old, @args);
        is $r->{status}, $status, $name or diag $r->{out}, $r->{err};
        like $r->{err}, $like, 'and it is said why, and what to do';
        is $c->psql($on, 'SELECT count(*) FROM auditproof.epoch') + $c->psql($on, 'SELECT count(*) FROM auditproof.log_key'), 0,
            'nothing is declared';
    };
    $refused->('what is not behind', $db, 3, qr/no anchor shows a checkpoint that this log has lost: there is no restore/, @anchor);

    # Sealed on by someone who has the key, and other entries: behind the anchors, as long as they, or longer.
    my $fork = restore($dump);
    for my $size (5 .. 8) {
        sealed($fork, $old);
        $refused->("another log of $size seals", $fork, 1,
            qr/rewritten: expected a seal log of \d with root \w{64}; found a seal log of 5 with root .* Anchor dir:\S+ disagrees\. This is no older state .*treat it as an attack.* put back one whose seals the anchors confirm/,
            @anchor);
    }
    my $r = auditseal($fork, 'seal', '--key', $old, @anchor);
    is $r->{status}, 1, 'nor is it sealed on';
    unlike $r->{err}, qr/declare it/, 'and no declaration is advised, which would be refused';

    # An anchor that has lost what both have in common cannot tell, nor one of which a file was spoiled.
    my $shown = "$dir/sparse" . ++$made;
    my ($name) = $log =~ m{([^/]+)$};
    mkdir $_ or die "$_: $!\n" for $shown, "$shown/$name";
    my $copy = sub { my $file = sprintf '%s/%020d.note', $name, $_[0]; return spew("$shown/$file", slurp("$worm/$file")) };
    $copy->(7);
    my $back = restore($dump);
    $refused->('what no anchor shows', $back, 3,
        qr/no anchor shows the newest checkpoint that the database has, of 4 seals, .*nobody can tell.*Name an anchor that has it, with --anchor/,
        '--anchor', "dir:$shown");
    $copy->(4);
    spew("$shown/$name/00000000000000000003.note", slurp("$worm/$name/00000000000000000004.note"));
    $refused->('a file in the place of another', $back, 1, qr/signature: .*0003\.note, which holds a checkpoint of 4 seals\. A file of an anchor/,
        '--anchor', "dir:$shown");
    spew("$shown/$name/00000000000000000003.note", SealLike::note($c, $new, "$origin\n3\n" . ('A' x 43) . "=\n"));
    $refused->('one by another key', $back, 1, qr/signature: .*A checkpoint at anchor dir:\S+ is not signed by this log's key/,
        '--anchor', "dir:$shown");
    unlink "$shown/$name/00000000000000000003.note";
    is epoch($back, $old, '--anchor', "dir:$shown")->{status}, 0, 'but an older state is';
    trusted('and verifies', $back, $worm, $old);

    # What was lost by a declared restore is not put back behind it.
    my $six = restore($dump);
    is epoch($six, $old, @anchor)->{status}, 0, 'declared at the other anchor, too';
    sealed($six, $old, @anchor);
    $r = epoch($db, $old, @anchor);
    isnt $r->{status}, 0, 'what was lost by that is not the log any more';
    is $c->psql($db, 'SELECT count(*) FROM auditproof.epoch'), 0, 'nothing is declared' or diag $r->{out}, $r->{err};
};

subtest 'proofs' => sub {
    my ($db, $worm, @anchor) = log_of();
    sealed($db, $old, @anchor);
    my $first = auditseal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', 250)->{out};
    unlike $first, qr/^history/m, 'no history, none in the proof';
    my $dump = dumped($db);
    is auditseal($db, 'rotate', '--key', $old, '--new-key', $new, @anchor)->{status}, 0, 'rotated';
    sealed($db, $new, @anchor);
    my $lost = auditseal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', 255)->{out};
    my $back = restore($dump);
    is epoch($back, $new, @anchor)->{status}, 0, 'declared';
    sealed($back, $new, @anchor);
    my $proof = auditseal($back, 'prove', '--chain', $c->psql($back, 'SELECT t(1)'), '--seq', 255)->{out};
    like $proof, qr/\A\S+\nentry \S+\nrecord \S+\nhistory \S+\n(?:consistency\n(?:\S{44}\n)+){2}index 254\n/, 'a proof with the history, and that it is of this log';
    spew("$dir/history", auditseal($back, 'checkpoint', '--history')->{out});

    my $check = sub {
        my ($text, @args) = @_;
        spew("$dir/proof", $text);
        return $c->run(['auditseal', 'check-proof', "$dir/proof", @args], env => {PGHOST => '/nonexistent'});
    };
    my $stranger = "$dir/stranger.pem";
    is auditseal($db, 'keygen', $stranger, '--origin', $origin)->{status}, 0;
    for ([$first, 'from before', 0, 0, 1], [$lost, 'with the new key', 0, 0, 1], [$proof, 'after a restore', 0, 0, 1]) {
        my ($text, $name, @status) = @$_;
        my @history = $text eq $first ? ('--history', "$dir/history") : ();
        is_deeply [map { $check->($text, @history, '--key', "$_.pub")->{status} } $old, $new, $stranger], \@status,
            "$name: by the first key, the newest, and that of a stranger";
    }
    spew("$dir/policy", 'log ' . pub($old) . "\nquorum none\n");
    is $check->($proof, '--policy', "$dir/policy")->{status}, 0, 'by a policy that names the first key';
    my $r = $check->($lost, '--key', "$old.pub", '--history', "$dir/history");
    is $r->{status}, 0, 'what was lost was sealed' or diag $r->{out}, $r->{err};
    like $r->{out}, qr/lost this checkpoint since, by declared restore 1 to 4 seals/, 'and it is said that it was lost';

    my $bare = $proof =~ s/^history .*\n(?:consistency\n(?:\S{44}\n)+)*//mr;
    $r = $check->($bare, '--key', "$old.pub");
    is $r->{status}, 1, 'without the history the first key is not enough';
    like $r->{out}, qr/give what `auditseal checkpoint --history` prints as --history/, 'and it is said what to do';
    # Somebody with the newer key has the true history, and can make a log of their own behind it.
    my ($hash) = $proof =~ /^consistency\n(\S+)$/m;
    for (['no consistency, with the history beside it', $bare, '--history', "$dir/history"],
        ['nor in it', $proof =~ s/^consistency\n(?:\S{44}\n)+//mgr], ['one of two', $proof =~ s/^consistency\n(?:\S{44}\n)+//mr],
        ['none', $proof =~ s/^(consistency\n)(?:\S{44}\n)+/$1/mr], ['of another log', $proof =~ s/\Q$hash\E/'A' x 43 . '='/er]) {
        my ($name, $text, @args) = @$_;
        my $r = $check->($text, '--key', "$old.pub", @args);
        is $r->{status}, 1, $name;
        like $r->{out}, qr/does not show that its log goes on from what the log was when its key was changed/;
    }
    is $check->($proof =~ s/^consistency\n.*//msr, '--key', "$old.pub")->{status}, 2, 'a proof that ends there is none';
    is $check->($proof =~ s/^consistency\n.*/consistency\n/msr, '--key', "$old.pub")->{status}, 2, 'nor there';
    is $check->($bare, '--key', "$new.pub")->{status}, 1, 'nor is the newest, of another name';
    is $check->($proof)->{status}, 3, 'no key, no trust';
    is $check->($proof =~ s/^history .*$/history aGVsbG8K/mr, '--key', "$old.pub")->{status}, 2, 'what is no history';
    is $check->($proof =~ s/^history (.*)$/history =$1/mr, '--key', "$old.pub")->{status}, 2, 'nor base64';
    my ($notes) = $proof =~ /^history (.*)$/m;
    my $bad = $c->run(['/usr/bin/env', 'python3', '-c', 'import base64, sys; print(base64.b64encode(base64.b64decode(sys.argv[1]).replace(b"\n4\n", b"\n3\n")).decode(), end="")', $notes])->{out};
    is $check->($proof =~ s/^history .*$/history $bad/mr, '--key', "$old.pub")->{status}, 1, 'an altered one leads nowhere';

    # A key that was retired seals on somewhere, and proves what it sealed.
    my $theirs = restore($dump);
    sealed($theirs, $old) for 1, 2;
    my $late = auditseal($theirs, 'prove', '--chain', $c->psql($theirs, 'SELECT t(1)'), '--seq', 258)->{out};
    is $check->($late, '--key', "$old.pub")->{status}, 0, 'a retired key cannot be told from its proof';
    $r = $check->($late, '--key', "$old.pub", '--history', "$dir/history");
    is $r->{status}, 1, 'but by the history';
    like $r->{out}, qr/signed by a key of the log, but not by the key of its time/;

    my $data = JSON::PP::decode_json($c->psql($back, <<'SQL'));
SELECT json_build_object(
    'entries', (SELECT json_agg(json_build_array(chain_id, encode(entry_hash, 'hex')) ORDER BY chain_id, seq) FROM auditproof.chain_entry),
    'seals', (SELECT json_agg(json_build_array(chain_id, size, encode(root, 'hex'), encode(entry_hash, 'hex'), (extract(epoch FROM sealed_at) * 1000000)::bigint)
                              ORDER BY log_index) FROM auditproof.seal),
    'notes', (SELECT json_agg(translate(encode(note, 'base64'), E'\n', '') ORDER BY size) FROM auditproof.checkpoint))
SQL
    ($data->{vkey}, $data->{history}, $data->{proofs}) = (pub($old), decode('UTF-8', slurp("$dir/history")), [map { decode('UTF-8', $_) } $first, $lost, $proof]);
    my $py = $c->run(['/usr/bin/env', 'python3', 'tests/vectors/check_seals.py'], stdin => JSON::PP::encode_json($data));
    is $py->{out}, "5 seals of 4 chains, 2 checkpoints, 3 proofs\n", 'an independent implementation agrees' or diag $py->{err};
    $data->{proofs} = [decode('UTF-8', $bare)];
    isnt $c->run(['/usr/bin/env', 'python3', 'tests/vectors/check_seals.py'], stdin => JSON::PP::encode_json($data))->{status}, 0, 'and refuses what has no history';
};

subtest 'a command is told' => sub {
    my ($db, $worm, @dir) = log_of();
    my $log = "$dir/told";
    spew("$dir/tell", "#!/bin/sh\nbytes=\$(sha256sum) || exit 1\necho \"\$AUDITPROOF_NOTE \${bytes%% *}\" >>'$log'\n");
    chmod 0755, "$dir/tell" or die;
    my @anchor = (@dir, '--anchor', "exec:$dir/tell");
    my $told = sub { my @lines = split /\n/, -e $log ? slurp($log) : ''; unlink $log; return @lines };
    my $words = sub { return [map { (split / /)[0] } @_] };
    sealed($db, $old, @anchor);
    is_deeply $words->($told->()), ['checkpoint'], 'of a checkpoint';
    my $dump = dumped($db);
    my $r = auditseal($db, 'rotate', '--key', $old, '--new-key', $new, @anchor);
    is $r->{status}, 0, 'rotated' or diag $r->{err};
    my @lines = $told->();
    is_deeply $words->(@lines), ['rotation'], 'of another key';
    my ($file) = glob "$worm/*/*.key";
    is $lines[0], 'rotation ' . sha256_hex(slurp($file)), 'by the bytes that the directory has';
    sealed($db, $new, @anchor);
    is_deeply $words->($told->()), ['rotation', 'checkpoint'], 'again before the first checkpoint after it';
    sealed($db, $new, @anchor);
    is_deeply $words->($told->()), ['checkpoint'], 'and not after that';
    my $back = restore($dump);
    my $broken = 'exec:test "$AUDITPROOF_NOTE" = checkpoint';
    $r = epoch($back, $new, @dir, '--anchor', $broken, '--anchor', "exec:$dir/tell");
    is $r->{status}, 3, 'one that does not take it is named';
    like $r->{out}, qr/^Anchor \Q$broken\E: LACKS IT: .*exit status 1/m;
    is_deeply $words->($told->()), [qw(rotation epoch rotation)], 'the other is told what was taken up, of the restore, and of the name';
    more($back, 1);
    $r = auditseal($back, 'seal', '--key', $new, @dir, '--anchor', $broken);
    is $r->{status}, 3, 'no checkpoint before it took what came before';
    sealed($back, $new, @anchor);
    is_deeply $words->($told->()), [qw(rotation epoch rotation checkpoint checkpoint)], 'again before the checkpoints';
};

subtest 'anchors of every kind' => sub {
    my ($db, $worm, @anchor) = log_of();
    sealed($db, $old, @anchor);
    my $dump = dumped($db);
    sealed($db, $old, @anchor);
    my @more = ('--anchor', 'exec:false', '--require', 1, '--timeout', 5);
    my $r = auditseal($db, 'rotate', '--key', $old, '--new-key', $new, @anchor, @more);
    is $r->{status}, 0, 'one of two will do' or diag $r->{err};
    like $r->{out}, qr/^Verifier key from now on: (\S+)$/m, 'the verifier key is told';
    my ($now) = $r->{out} =~ /^Verifier key from now on: (\S+)$/m;
    is $now, pub($new), 'which is the new one';
    my $back = restore($dump);
    $r = epoch($back, $new, @anchor, '--anchor', 'witness:http://127.0.0.1:9', '--timeout', 2, '--require', 1);
    is $r->{status}, 3, 'a witness that cannot be asked' or diag $r->{out}, $r->{err};
    is epoch($back, $new, @anchor, '--require', 2)->{status}, 2, 'more than there are';
    is epoch($back, $new, @anchor, '--policy', "$dir/none")->{status}, 3, 'a policy that is not there';
    spew("$dir/log-policy", 'log ' . pub($old) . "\nquorum none\n");
    $r = epoch($back, $new, @anchor, '--policy', "$dir/log-policy");
    is $r->{status}, 0, 'with a policy' or diag $r->{out}, $r->{err};
    like $r->{err}, qr/the policy is to name this verifier key as a log/, 'which is to be changed';
    ($now) = $r->{out} =~ /^Verifier key from now on: (\S+)$/m;
    like $now, qr{\A\Q$origin\E/since-}, 'the name is another';
    is $c->psql($back, q{SELECT vkey FROM auditproof.log_key ORDER BY number DESC LIMIT 1}), $now, 'as the database has it';
};

done_testing;

package SealLike;

# A note over any text, by openssl.
sub note {
    my ($cluster, $key, $text) = @_;
    return $cluster->run(['/usr/bin/env', 'python3', '-c', <<'PY', $key, main::pub($key)], stdin => $text)->{out};
import base64, os, subprocess, sys, tempfile
text = sys.stdin.buffer.read()
name, key_id, _ = sys.argv[2].split("+", 2)
with tempfile.TemporaryDirectory() as d:
    t = os.path.join(d, "t")
    open(t, "wb").write(text)
    s = subprocess.run(["openssl", "pkeyutl", "-sign", "-inkey", sys.argv[1], "-rawin", "-in", t], check=True, capture_output=True).stdout
sys.stdout.buffer.write(text + b"\n\xe2\x80\x94 " + name.encode() + b" " + base64.b64encode(bytes.fromhex(key_id) + s) + b"\n")
PY
}
