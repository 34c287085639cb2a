#!/usr/bin/perl
# A period of a chain as a bundle, which another implementation of the format checks.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP ();
use MIME::Base64;
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";

entries($c, 'plain');
my ($org) = $c->psql('plain', 'SELECT t(1)') =~ /(\S+)/;
is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'], db => 'plain')->{status}, 0;

sub export {
    my ($db, @args) = @_;
    return $c->run(['auditexport', 'soc2', '--no-register', '--org', $org, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, @args], db => $db);
}

sub checked {
    my ($file) = @_;
    my $said = qx(python3 tests/vectors/bundle_check.py --json '$file');
    return JSON::PP::decode_json($said);
}

subtest 'nothing is sealed' => sub {
    my $r = export('plain', '-o', "$dir/none.tar.gz");
    is $r->{status}, 3;
    like $r->{err}, qr/nothing is sealed yet/;
    ok !-e "$dir/none.tar.gz", 'and nothing is written';
};

subtest 'a whole chain' => sub {
    my $r = export('plain', '--seal', '-o', "$dir/all.tar.gz", '--format', 'json');
    is $r->{status}, 0 or diag $r->{err};
    my $said = JSON::PP::decode_json($r->{out});
    is $said->{status}, 'complete';
    is $said->{entries}, $c->psql('plain', "SELECT count(*) FROM audit_logs WHERE organization_id = '$org'") + 0;
    is $said->{sha256} . "  $dir/all.tar.gz\n", qx(sha256sum '$dir/all.tar.gz');
    my $checked = checked("$dir/all.tar.gz");
    is $checked->{verdict}, 'intact' or diag explain $checked;
    is_deeply $checked->{findings}, [];
};

subtest 'it was verified, and a statement beside it says so' => sub {
    my $r = $c->run(['auditverify', '--key', "$key.pub", '--format', 'json', "$dir/all.tar.gz"]);
    is $r->{status}, 0;
    my $bundle = JSON::PP::decode_json($r->{out})->{bundles}[0];
    is $bundle->{verdict}, 'trusted';
    my $envelope = JSON::PP::decode_json(slurp("$dir/all.tar.gz.intoto.jsonl"));
    my $statement = JSON::PP::decode_json(decode_base64($envelope->{payload}));
    is_deeply [map { [$_->{name}, $_->{digest}{sha256}] } @{ $statement->{subject} }],
        [['all.tar.gz', $bundle->{sha256}], ["$bundle->{name}.tar", $bundle->{tar_sha256}]];
    is $statement->{predicate}{result}, 'PASSED';
    is $statement->{predicate}{configuration}[0]{annotations}{database}, 'plain';
};

subtest 'what is damaged on its way to the disk' => sub {
    my $size = -s "$dir/all.tar.gz";
    mkdir "$dir/bad";
    my $run = sub {
        my ($call, $at, @args) = @_;
        my $env = AuditTest::preload('flip', FLIP_IN => "$dir/bad", FLIP_CALL => $call, FLIP_AT => $at);
        return $c->run(['auditexport', 'soc2', '--no-register', '--org', $org, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '-o', "$dir/bad/b.tar.gz", @args], db => 'plain', env => $env);
    };
    for (['write', 0], ['write', 9], ['write', 20], ['write', int $size / 2], ['write', $size - 5], ['write', $size - 1], ['pwrite', 0], ['pwrite', 4000]) {
        my $r = $run->(@$_, '-q');
        is $r->{status}, 3, "a bit of byte $_->[1], in $_->[0]";
        like $r->{err}, qr/^auditexport: error: (?:the bundle that was written does not verify \(\w|what was written is not a bundle when it is read again).*not put in its place$/;
        is_deeply [glob "$dir/bad/* $dir/bad/.[!.]*"], [], 'and nothing is left behind';
        is $r->{out}, '';
    }
    spew("$dir/bad/b.tar.gz", 'of before');
    is $run->('write', int $size / 2, '--force')->{status}, 3;
    is slurp("$dir/bad/b.tar.gz"), 'of before', 'what was there stays';
    is $run->('write', $size * 2, '--force')->{status}, 0, 'and what is not damaged is written';
};

subtest 'the same again' => sub {
    is export('plain', '-o', "$dir/again.tar.gz", '--jobs', 1)->{status}, 0;
    is qx(gzip -dc '$dir/again.tar.gz' | sha256sum), qx(gzip -dc '$dir/all.tar.gz' | sha256sum);
    my $r = export('plain', '-o', "$dir/again.tar.gz");
    is $r->{status}, 3, 'a file is not replaced';
    like $r->{err}, qr/again\.tar\.gz/;
};

subtest 'what cannot be asked for' => sub {
    my $r = export('plain', '-o', '-');
    is $r->{status}, 2;
    like $r->{err}, qr/-o takes a file/;
    my $nobody = '99999999-0000-4000-8000-000000000000';
    $r = $c->run(['auditexport', 'soc2', '--no-register', '--org', $nobody, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '-o', "$dir/nobody.tar.gz"], db => 'plain');
    is $r->{status}, 3;
    like $r->{err}, qr/nothing of chain $nobody is sealed: if that is the right organization/;
    ok !-e "$dir/nobody.tar.gz";
};

subtest 'what is told' => sub {
    my $r = export('plain', '-o', "$dir/x.tar.gz", '--key', "$dir/no.pem");
    is $r->{status}, 3;
    like $r->{err}, qr{cannot read the private key \Q$dir\E/no\.pem: No such file}, 'the key that is missing, and not another file';
    my @args = ('soc2', '--no-register', '--org', $org, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '-o', "$dir/told.tar.gz");
    $r = $c->run(['sh', '-c', 'exec "$0" "$@" >&-', AuditTest::bin('auditexport'), @args], db => 'plain');
    is $r->{status}, 3;
    like $r->{err}, qr{the bundle is written, as \Q$dir\E/told\.tar\.gz; what there is to tell of it could not be}, 'that it was written';
    is checked("$dir/told.tar.gz")->{verdict}, 'intact';
    for my $kind (qw(soc2 gdpr-subject gdpr-breach sample case)) {
        my @examples = $c->run(['auditexport', $kind, '--help'])->{out} =~ /^  auditexport (\S+)/mg;
        ok @examples > 0 && !grep({ $_ ne $kind } @examples), "$kind has examples of its own";
    }
};

subtest 'what is not covered' => sub {
    my $db = copy_of($c, 'plain');
    $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'late', 'r')");
    my $r = export($db, '-o', "$dir/late.tar.gz");
    is $r->{status}, 3;
    like $r->{err}, qr/1 entries of chain \Q$org\E in this period are covered by no checkpoint yet/;
    ok !-e "$dir/late.tar.gz";
    $r = export($db, '-o', "$dir/late.tar.gz", '--allow-incomplete');
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/INCOMPLETE/;
    is checked("$dir/late.tar.gz")->{verdict}, 'intact';
};

subtest 'what does not verify' => sub {
    my $db = copy_of($c, 'plain');
    forge($c, $db, "UPDATE audit_logs SET action = 'forged' WHERE id = (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = '$org' AND seq = 17)");
    my $r = export($db, '-o', "$dir/forged.tar.gz");
    is $r->{status}, 1;
    like $r->{err}, qr/altered in chain \Q$org\E, entry 17: /;
    like $r->{err}, qr/nothing was written/;
    ok !-e "$dir/forged.tar.gz";
    $db = copy_of($c, 'plain');
    forge($c, $db, "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'slipped in', 'r')");
    $r = export($db, '-o', "$dir/forged.tar.gz");
    is $r->{status}, 3;
    like $r->{err}, qr/1 rows of chain \Q$org\E in this period are in no chain/;
};

subtest 'who may not read it all' => sub {
    $c->psql('plain', "CREATE ROLE limited LOGIN; GRANT USAGE ON SCHEMA public TO limited; GRANT SELECT ON audit_logs TO limited");
    my $r = $c->run(['auditexport', 'soc2', '--no-register', '-U', 'limited', '--org', $org, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '-o', "$dir/less.tar.gz"], db => 'plain');
    is $r->{status}, 3;
    like $r->{err}, qr/would export less than there is/;
    ok !-e "$dir/less.tar.gz", 'and no smaller bundle is written';
};

subtest 'what the log was before' => sub {
    my $db = copy_of($c, 'plain');
    my $kept = "$dir/kept.note";
    spew($kept, $c->run(['auditseal', 'checkpoint'], db => $db)->{out});
    my $size = (split /\n/, slurp($kept))[1];
    my $since = $c->psql($db, q{SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')});
    $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'this year', 'r')");
    my $r = export($db, '--seal', '-o', "$dir/since.tar.gz", '--from', $since);
    is $r->{status}, 0 or diag $r->{err};
    is checked("$dir/since.tar.gz")->{verdict}, 'intact';
    $r = $c->run(['auditverify', '--key', "$key.pub", '--anchors', $kept, "$dir/since.tar.gz"]);
    like $r->{out}, qr/log extends an earlier checkpoint of its own, of $size seals?, made at \S+ as the bundle says:\n\s+the one that was kept as "\Q$kept\E"/;
    like $c->run(['auditverify', "$dir/all.tar.gz"])->{out}, qr/\A(?!.*extends an earlier)/s, 'the first of all has none before it';
    is export($db, '-o', "$dir/given.tar.gz", '--previous', $kept)->{status}, 0, 'a longer period, from what the reader has';
    my $json = JSON::PP::decode_json($c->run(['auditverify', '--format', 'json', '--anchors', $kept, "$dir/given.tar.gz"])->{out});
    is_deeply [@{ $json->{bundles}[0] }{qw(previous_checkpoint_size previous_checkpoint_kept_as)}], [$size, $kept];
    spew("$dir/newest.note", $c->run(['auditseal', 'checkpoint'], db => $db)->{out});
    for my $of ('plain', $db) {
        $r = export($of, '-o', "$dir/x.tar.gz", '--previous', $of eq $db ? $key : "$dir/newest.note");
        is $r->{status}, $of eq $db ? 2 : 3;
        like $r->{err}, qr/the earlier checkpoint that was given/;
        ok !-e "$dir/x.tar.gz";
    }
};

subtest 'withheld' => sub {
    is export('plain', '-o', "$dir/less.tar.gz", '--withhold', 'actor,content')->{status}, 0;
    is checked("$dir/less.tar.gz")->{verdict}, 'intact';
    my $events = qx(tar -xzOf '$dir/less.tar.gz' --wildcards '*/data/events/*');
    unlike $events, qr/"(?:actor|content)":\{"salt"/;
    like $events, qr/"account":\{"salt"/;
    is export('plain', '-o', "$dir/x.tar.gz", '--withhold', 'name')->{status}, 2;
};

subtest 'a sample that is drawn again' => sub {
    my $r = export('plain', '-o', "$dir/all2.tar.gz");
    my @args = ('--org', $org, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '-n', 7, '--seed', 'chosen by the auditor');
    $r = $c->run(['auditexport', 'sample', '--no-register', @args, '-o', "$dir/sample.tar.gz"], db => 'plain');
    is $r->{status}, 0 or diag $r->{err};
    is checked("$dir/sample.tar.gz")->{verdict}, 'intact';
    my %hash = map { ($_->{seq} => $_->{entry_hash}) } map { JSON::PP::decode_json($_) } split /\n/, qx(tar -xzOf '$dir/all2.tar.gz' --wildcards '*/data/events/*');
    my %rank = map { ($_ => hmac_sha256_hex(pack('H*', $hash{$_}), 'chosen by the auditor')) } keys %hash;
    my @again = (sort { $rank{$a} cmp $rank{$b} } keys %rank)[0 .. 6];
    my $csv = qx(tar -xzOf '$dir/sample.tar.gz' --wildcards '*/data/sample.csv');
    is $csv, join '', map { "$_\r\n" } '"rank","seq","hmac_sha256"', map { join ',', map { qq("$_") } $_ + 1, $again[$_], $rank{$again[$_]} } 0 .. 6;
    $r = $c->run(['auditexport', 'sample', '--no-register', @args, '--action', 'no.such.*', '-o', "$dir/none.tar.gz"], db => 'plain');
    is $r->{status}, 0, 'of nothing, nothing';
    is checked("$dir/none.tar.gz")->{verdict}, 'intact';
    is $c->run(['auditexport', 'sample', '--no-register', @args[0 .. 9], '-o', "$dir/x.tar.gz"], db => 'plain')->{status}, 2, 'a seed is wanted';
};

# Without a cluster's environment: no database can be asked.
sub redraw {
    return AuditTest::run(['auditexport', 'sample', '--bundle', @_], env => {PGHOST => '/nonexistent', PGSERVICE => undef});
}

subtest 'a sample that is drawn from a bundle' => sub {
    my ($all, $sample, @pin) = ("$dir/all2.tar.gz", "$dir/sample.tar.gz", '--vkey', "$key.pub");
    my @seed = ('-n', 7, '--seed', 'chosen by the auditor');
    my $draw = sub { return scalar qx(python3 tests/vectors/bundle_draw.py @_) };
    my $r = redraw($all, @seed, @pin);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/7 of \d+ entries of .*, which is trusted/;
    is $r->{out}, qx(tar -xzOf '$sample' --wildcards '*/data/sample.csv'), 'the same as from the database';
    is $r->{out}, $draw->("'$all' 7 'chosen by the auditor'"), 'and by the other implementation';
    my $said = JSON::PP::decode_json(redraw($all, @seed, '--format', 'json', @pin)->{out});
    is_deeply [@$said{qw(seed purged)}, scalar @{$said->{drawn}}, $said->{bundle}{verdict}], ['chosen by the auditor', 0, 7, 'trusted'];
    my ($half) = $c->psql('plain', "SELECT to_char(min(created_at) + (max(created_at) - min(created_at)) / 2, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM audit_logs WHERE organization_id = '$org'");
    isnt redraw($all, @seed, '--from', $half, @pin)->{out}, $r->{out}, 'of a part';
    my ($action) = $c->psql('plain', "SELECT action FROM audit_logs WHERE organization_id = '$org' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1");
    is redraw($all, @seed, '--action', "$action*", @pin)->{out}, $draw->("'$all' 7 'chosen by the auditor' --action '$action*'"), 'of some actions';
    $r = redraw($all, @seed);
    is $r->{status}, 0;
    like $r->{err}, qr/is intact, and says itself whose it is/;
    # Who has the bundle's key could make a log with it; the auditor knows the log by another.
    is $c->run(['auditseal', 'keygen', "$dir/log.pem", '--origin', 'another.example/log'])->{status}, 0;
    $r = redraw($all, @seed, @pin, '--log-key', "$dir/log.pem.pub");
    is $r->{status}, 1, 'a log that is not the one that was given';
    like $r->{err}, qr/checkpoint\.note: it is not signed by the key that is pinned for this log/;
    is redraw($all, @seed, @pin, '--log-key', "$key.pub")->{status}, 0, 'one key for both';
    is redraw($all, '-n', 7)->{status}, 2;
    is redraw($all, @seed, '--key', $key)->{status}, 2;
    is redraw($all, @seed, '--from', '1999-01-01', @pin)->{status}, 2, 'a longer period than it has';
    $r = redraw($sample, @seed, @pin);
    is $r->{status}, 2;
    like $r->{err}, qr/is of kind sample: a sample is drawn from the bundle of a period/;
    is redraw("$dir/none.pem", @seed)->{status}, 3;
};

subtest 'a sample that is compared' => sub {
    my @pin = ('--vkey', "$key.pub");
    my ($all, $sample) = ("$dir/all2.tar.gz", "$dir/sample.tar.gz");
    my $r = redraw($all, '--compare', $sample, '--seed', 'chosen by the auditor', @pin);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/^\S+ is exactly what its seed draws from \S+: 7 of \d+ entries of 2\S+ to 2\S+$/;
    unlike $r->{err}, qr/warning/, 'of all that the auditor chose';
    is redraw($all, '--compare', "$dir/none.tar.gz", @pin)->{status}, 0, 'nothing of nothing';
    $r = redraw($all, '--compare', $sample, '--seed', 'another', @pin);
    is $r->{status}, 1;
    like $r->{out}, qr/is not what its seed draws.*\n  the sample was drawn with another seed\n/;
    $r = redraw($all, '--compare', $sample, '-n', 8, @pin);
    is $r->{status}, 1;
    like $r->{out}, qr/drawn to have 7 entries, and not 8\n  entry \d+ is drawn, and not in the sample\n/;
    # Drawn otherwise than the auditor meant, and of more than the bundle of the period has.
    my $db = copy_of($c, 'plain');
    my @args = ('--org', $org, '--to', '2100-01-01', '--key', $key, '-n', 7, '--seed', 'chosen by the auditor');
    is $c->run(['auditexport', 'sample', '--no-register', @args, '--from', '2000-01-01', '--action', 'a*', '-o', "$dir/narrow.tar.gz"], db => $db)->{status}, 0;
    $r = redraw($all, '--compare', "$dir/narrow.tar.gz", @pin);
    is $r->{status}, 0, 'what it says of its actions holds';
    like $r->{err}, qr/narrow\.tar\.gz says that it was drawn of entries with certain actions only/, 'which is told';
    $r = redraw($all, '--compare', "$dir/narrow.tar.gz", '--action', '*', '--format', 'json', @pin);
    is $r->{status}, 1, 'and is not what the auditor asked for';
    ok !JSON::PP::decode_json($r->{out})->{same};
    $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT '$org', 'late', 'r' FROM generate_series(1, 40)");
    is $c->run(['auditseal', 'seal', '--key', $key], db => $db)->{status}, 0;
    is $c->run(['auditexport', 'sample', '--no-register', @args, '--from', '2000-01-01', '-o', "$dir/later.tar.gz"], db => $db)->{status}, 0;
    $r = redraw($all, '--compare', "$dir/later.tar.gz", @pin);
    is $r->{status}, 3, 'a bundle that ends before it cannot tell';
    like $r->{err}, qr/reaches to entry \d+ of the chain, and the sample was drawn of entries up to \d+/;
    is $c->run(['auditexport', 'soc2', '--no-register', '--org', $org, '--from', '1999-01-01', '--to', '2100-01-01', '--key', $key, '-o', "$dir/later-all.tar.gz"], db => $db)->{status}, 0;
    is redraw("$dir/later-all.tar.gz", '--compare', "$dir/later.tar.gz", @pin)->{status}, 0;
    is redraw("$dir/later-all.tar.gz", '--compare', $sample, @pin)->{status}, 0, 'of an earlier time, as the chain was then';
    my $damaged = slurp($sample);
    substr($damaged, length($damaged) / 2, 1) ^= "\x01";
    spew("$dir/damaged.tar.gz", $damaged);
    $r = redraw($all, '--compare', "$dir/damaged.tar.gz", @pin);
    is $r->{status}, 1;
    like $r->{err}, qr/damaged\.tar\.gz does not verify: nothing was drawn/;
    is redraw($all, '--compare', $all, @pin)->{status}, 2;
    is $c->run(['auditexport', 'sample', '--compare', $sample])->{status}, 2;
};

done_testing;
