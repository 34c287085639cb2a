#!/usr/bin/perl
# Whoever may seal and has not the key: nothing false is ever signed, sealing says which row nobody signed, auditverify
# does not call it a rewritten chain, and the owner gets rid of it, but never of what was signed.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";
my $worm = "$dir/worm";
mkdir $worm or die;

sub seal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub round { my ($db, @args) = @_; return seal($db, 'seal', '--key', $key, @args) }
sub repair { my ($db, @args) = @_; return seal($db, 'repair', '--key', "$key.pub", '--reason', 'ticket 17', @args) }
sub more { my ($db, $chain, $n) = @_; return $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t($chain), 'more', 'r' FROM generate_series(1, $n)") }
sub sum { return $c->psql($_[0], q{SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM (SELECT s::text FROM auditproof.seal AS s
    UNION ALL SELECT c::text FROM auditproof.checkpoint AS c UNION ALL SELECT a::text FROM auditproof.attestation AS a) AS x (t)}) }
# As a login that is a member of auditproof_sealer, and no more.
sub robot { my ($db, $sql) = @_; my $r = $c->run(['psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-U', 'robot', '-c', $sql], db => $db); is $r->{status}, 0, 'a sealer may' or diag $r->{err}; return }

# A seal of chain 1 as it is now, of any root, and a checkpoint over it.
my $seal = q{SELECT auditproof.seal_record((SELECT json_agg(json_build_object('log_index', (SELECT coalesce(max(log_index) + 1, 0) FROM auditproof.seal),
    'chain_id', e.chain_id, 'size', e.seq, 'root', repeat('ab', 32), 'entry_hash', encode(e.entry_hash, 'hex')))
    FROM (SELECT * FROM auditproof.chain_entry WHERE chain_id = t(1) ORDER BY seq DESC LIMIT 1) AS e), now())};
sub checkpoint { my ($note) = @_; return q{SELECT auditproof.seal_checkpoint((SELECT max(log_index) + 1 FROM auditproof.seal), 'example.org/log', decode(repeat('cd', 32), 'hex'), } . "$note, now())" }
my $newest = q{(SELECT note FROM auditproof.checkpoint ORDER BY size DESC LIMIT 1)};

entries($c, 'intact');
is seal('intact', 'keygen', $key, '--origin', 'example.org/log')->{status}, 0;
$c->psql('intact', 'CREATE ROLE robot LOGIN; GRANT auditproof_sealer TO robot; GRANT USAGE ON SCHEMA public TO robot');
my $fresh = copy_of($c, 'intact');
is round('intact', '--anchor', "dir:$worm")->{status}, 0, 'a round';
more('intact', 1, 3);

subtest 'tiles' => sub {
    my %rubbish = (
        'after what is sealed of a tile' => q{SELECT auditproof.seal_tiles(json_agg(json_build_object('tree', tree, 'level', level, 'index', index,
            'hashes', rpad(encode(hashes, 'hex'), 16384, 'ab')))) FROM auditproof.tile},
        'where there is none yet' => q{SELECT auditproof.seal_tiles(json_agg(json_build_object('tree', c.chain_id, 'level', l, 'index', 1,
            'hashes', repeat('ab', 320)))) FROM auditproof.chain AS c, generate_series(0, 1) AS l},
    );
    for my $name (sort keys %rubbish) {
        my $db = copy_of($c, 'intact');
        robot($db, $rubbish{$name});
        more($db, $_, 300) for 1 .. 3;
        is round($db)->{status}, 0, "rubbish $name stops nobody";
        my $v = verify($c, $db, '--key', "$key.pub");
        is_deeply [$v->{status}, $v->{findings}], [0, []], 'and is gone' or diag explain $v;
        is seal($db, 'prove', '--chain', $c->psql($db, 'SELECT t(1)'), '--seq', 400)->{status}, 0, 'proofs are made';
    }
    my $db = copy_of($c, 'intact');
    for my $hashes ('set_byte(hashes, octet_length(hashes) - 1, 255 - get_byte(hashes, octet_length(hashes) - 1))', 'substr(hashes, 1, 32)') {
        like $c->psql_error($db, "UPDATE auditproof.tile SET hashes = $hashes WHERE tree = t(2) AND level = 0"), qr/is refused/,
            'what is sealed of a tile stays';
        like $c->psql_error($db, "UPDATE auditproof.tile SET hashes = $hashes WHERE tree = 'ffffffff-ffff-ffff-ffff-ffffffffffff'"), qr/is refused/;
    }
};

subtest 'seals and checkpoints' => sub {
    my %rubbish = (
        'a seal' => [$seal, qr/truncated: expected a checkpoint over seals 4 to 4; found none; the newest one is of 4 seals\. .*auditseal repair/,
            'seal checkpoint 5'],
        'a checkpoint that is none' => ["$seal; " . checkpoint(q{'rubbish'}),
            qr/signature: expected checkpoint 5 of the database signed by key example\.org\/log; found a note that is no checkpoint: .* signed is of 4 seals.*auditseal repair/,
            'signature checkpoint 5'],
        'an old one' => ["$seal; " . checkpoint($newest), qr/expected checkpoint 5 of .*; found a note that is no checkpoint: it is of 4 seals/, 'signature checkpoint 5'],
        'one with a false root' => ["$seal; " . checkpoint(qq{convert_to(replace(replace(convert_from($newest, 'UTF8'), E'\\n4\\n', E'\\n5\\n'), 'a', 'b'), 'UTF8')}),
            qr/expected checkpoint 5 of the database signed by key/, 'signature checkpoint 5'],
        'a change of the key' => [q{SELECT auditproof.seal_key(1, 'x', 4, 'rubbish', now())}, qr/signature: .*change 1 of the log's key: its note cannot be read.*auditseal repair/],
        'a restore' => [q{SELECT auditproof.seal_epoch(1, 4, 'x', 'rubbish', now())}, qr/signature: .*auditseal repair/],
    );
    for my $name (sort keys %rubbish) {
        my ($sql, $says, $found) = @{$rubbish{$name}};
        my $db = copy_of($c, 'intact');
        my $before = sum($db);
        robot($db, $sql);
        my $r = round($db, '--anchor', "dir:$worm");
        is $r->{status}, 1, "$name: nothing is signed" or diag $r->{err};
        like $r->{err}, $says, 'and it is said which row, and what to do';
        is scalar(() = glob "$worm/*/*.note"), 1, 'nothing goes to an anchor';
        if ($found) {
            my $v = verify($c, $db, '--key', "$key.pub", '--anchors', $worm);
            is_deeply [$v->{status}, $v->{findings}], [1, [$found]], 'auditverify calls it by its name' or diag explain $v;
        }
        $r = $c->run(['auditseal', 'repair', '--key', "$key.pub", '--reason', 'x', '-U', 'robot'], db => $db);
        is $r->{status}, 3, 'a sealer may not repair';
        like $r->{err}, qr/permission denied/;
        $r = repair($db, '--anchor', "dir:$worm");
        is $r->{status}, 0, 'the owner may' or diag $r->{out} . $r->{err};
        like $r->{out}, qr/The log has 4 seals, as was signed/;
        is sum($db), $before, 'and all is as it was';
        is $c->psql($db, q{SELECT number || ' ' || kept_size || ' ' || reason FROM auditproof.seal_repair}), '1 4 ticket 17', 'which is recorded';
        like $c->psql_error($db, 'DELETE FROM auditproof.seal_repair'), qr/is refused/, 'for good';
        is round($db)->{status}, 0, 'sealing goes on' or diag $r->{err};
        my $v = verify($c, $db, '--key', "$key.pub", '--anchors', $worm);
        is_deeply [$v->{status}, $v->{findings}, $v->{verdict}{verdict}], [0, [], 'trusted'], 'and all verifies' or diag explain $v;
    }
};

subtest 'before anything was sealed' => sub {
    my $db = copy_of($c, $fresh);
    robot($db, "$seal; " . checkpoint(q{'rubbish'}));
    like round($db)->{err}, qr/signature: expected checkpoint 1 .*signed is of 0 seals/;
    is repair($db)->{status}, 3, 'nothing that is signed says whose log it is';
    is repair($db, '--nothing-signed')->{status}, 0, 'but who says so';
    is round($db)->{status}, 0;
};

subtest 'what is signed stays' => sub {
    my $db = copy_of($c, 'intact');
    is round($db)->{status}, 0;
    my $before = sum($db);
    my $r = repair($db);
    is $r->{status}, 0;
    like $r->{out}, qr/Nothing was removed: all is covered by the signed checkpoint of 5 seals/;
    is $c->psql($db, 'SELECT count(*) FROM auditproof.seal_repair'), 0, 'nor is anything recorded';
    seal($db, 'keygen', "$dir/other.pem", '--origin', 'example.org/log');
    $r = seal($db, 'repair', '--key', "$dir/other.pem.pub", '--reason', 'x');
    is $r->{status}, 3, 'by another key nothing is';
    like $r->{err}, qr/no checkpoint in the database is signed by key/;
    is seal($db, 'repair', '--key', "$key.pub")->{status}, 2, 'a reason is wanted';
    for my $sql ('DELETE FROM auditproof.checkpoint WHERE size = 5', 'DELETE FROM auditproof.seal WHERE log_index = 4', q{UPDATE auditproof.seal SET size = 1}) {
        like $c->psql_error($db, $sql), qr/is refused/, $sql;
    }
    is sum($db), $before, 'all is there';
    # The owner of the database took a signed checkpoint away, and would have the rest removed as rubbish.
    mkdir "$dir/other" or die;
    is round($db, '--anchor', "dir:$dir/other")->{status}, 0;
    forge($c, $db, 'DELETE FROM auditproof.attestation; DELETE FROM auditproof.checkpoint WHERE size = 5');
    $r = repair($db, '--anchor', "dir:$dir/other");
    is $r->{status}, 1, 'an anchor shows that it was signed';
    like $r->{err}, qr/truncated: expected a seal log of 5 .*found a seal log of 4/;
    is $c->psql($db, 'SELECT count(*) FROM auditproof.seal'), 5;
};

subtest 'a repair opens its own transaction only' => sub {
    my $db = copy_of($c, 'intact');
    robot($db, $seal);
    is repair($db)->{status}, 0;
    robot($db, $seal);
    like $c->psql_error($db, 'DELETE FROM auditproof.seal WHERE log_index = 4'), qr/is refused/, 'and not those after it';
    like $c->psql_error($db, q{BEGIN; SELECT auditproof.seal_repair(4, 0, 0, 'x'); DELETE FROM auditproof.seal WHERE log_index = 3}), qr/is refused/,
        'nor what it keeps';
    like $c->psql_error($db, q{SELECT auditproof.seal_repair(3, 0, 0, 'x')}), qr/no checkpoint is of 3 seals/;
};

done_testing;
