#!/usr/bin/perl
# A witness, on standard input and over HTTP, answers as C2SP tlog-witness says.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest ();
use TamperTest;
use Digest::SHA qw(sha256_hex);
use HTTP::Tiny;
use MIME::Base64 qw(decode_base64 encode_base64);
use Test::More;

my $c = AuditTest->cluster;
my $dir = tempdir();
my $origin = 'audit.example.com/seals';
my $hash = sha256_hex($origin);
my ($key, $witness_key) = ("$dir/seal.pem", "$dir/witness.pem");
entries($c, 'intact');

sub seal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub more { my ($db, $chain) = @_; return $c->psql($db, "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES (t($chain), 'more', 'r')") }

sub grown { my ($db, $chain) = @_; more($db, $chain); my $r = seal($db, 'seal', '--key', $key); die $r->{err} if $r->{status}; return }

# The body of add-checkpoint.
sub body {
    my ($db, $old, $new) = @_;
    my $r = $old > 0 ? seal($db, 'prove', '--consistency', $old, $new) : {out => ''};
    my $note = $c->psql($db, "SELECT encode(note, 'hex') FROM auditproof.checkpoint WHERE size = $new");
    return "old $old\n$r->{out}\n" . pack 'H*', $note;
}

sub witness { my ($body, @args) = @_; return AuditTest::run(['auditseal', 'witness', '--key', $witness_key, '--log', "$key.pub", '--state', "$dir/state", @args], stdin => $body) }

is seal('intact', 'keygen', $key, '--origin', $origin)->{status}, 0;
my $db = copy_of($c, 'intact');
is seal($db, 'seal', '--key', $key)->{status}, 0;    # 4 seals
my $fork = copy_of($c, $db);
grown($db, $_) for 1 .. 3;                           # 5, 6, 7
grown($fork, $_) for 3, 2;                           # 5 and 6, others

subtest 'a key of its own' => sub {
    my $r = seal('intact', 'keygen', $witness_key, '--origin', 'witness.example', '--witness');
    is $r->{status}, 0 or diag $r->{err};
    my ($name, $id, $bytes) = split /\+/, $r->{out}, 3;
    is substr(decode_base64($bytes), 0, 1), "\x04", 'of type 0x04';
    is $id, substr sha256_hex("$name\n" . decode_base64($bytes)), 0, 8;
    like seal($db, 'seal', '--key', $witness_key)->{err}, qr/key of a witness, which cannot seal/;
};

subtest 'standard input' => sub {
    my $r = witness(body($db, 0, 4));
    is $r->{status}, 3, 'there must be a directory';
    like $r->{err}, qr/cannot use directory/;
    mkdir "$dir/state" or die;
    $r = AuditTest::run(['auditseal', 'witness', '--key', $key, '--log', "$key.pub", '--state', "$dir/state"], stdin => body($db, 0, 4));
    is $r->{status}, 2, 'a key that seals does not cosign';
    is witness('')->{status}, 2;
    $r = witness(body($db, 0, 4));
    is $r->{status}, 0 or diag $r->{err};
    like $r->{out}, qr/\A\xe2\x80\x94 witness\.example [A-Za-z0-9+\/]{102}==\n\z/ or diag $r->{out};
    my ($signature) = $r->{out} =~ /(\S+)$/;
    my $time = unpack 'Q>', substr decode_base64($signature), 4, 8;
    cmp_ok abs(time - $time), '<', 60, 'time-stamped';
    like slurp("$dir/state/$hash"), qr/\A\Q$origin\E\n4\n.*\n\n(?:\xe2\x80\x94 \Q$origin\E \S+\n)\Q$r->{out}\E\z/, 'kept with the log\'s signature';
    $r = witness(body($db, 0, 5));
    is_deeply [@$r{qw(status out)}], [3, "4\n"], 'the size to start from';
    is witness(body($fork, 4, 5))->{status}, 0, 'one history';
    $r = witness(body($db, 5, 6));
    is $r->{status}, 1, 'and no other';
    is $r->{out}, '';
    like $r->{err}, qr/answered 422: the proof does not lead/;
    is witness(body($fork, 5, 6))->{status}, 0;
    spew("$dir/state/$hash", slurp("$dir/state/$hash") =~ s/\n6\n/\n5\n/r);
    $r = witness(body($fork, 5, 6));
    is $r->{status}, 3, 'what it keeps was changed';
    like $r->{err}, qr/is not what this witness wrote/;
    unlink "$dir/state/$hash";
};

my $job = $c->spawn(['auditseal', 'witness', '--key', $witness_key, '--log', "$key.pub", '--state', "$dir/state", '--listen', '127.0.0.1:0']);
wait_until { $job->err =~ /listens on port (\d+)/ } 10, 'the witness';
my ($port) = $job->err =~ /listens on port (\d+)/;
my $url = "http://127.0.0.1:$port";
my $http = HTTP::Tiny->new(timeout => 20);

sub post { my ($body) = @_; return $http->post("$url/add-checkpoint", {content => $body}) }

subtest 'over HTTP' => sub {
    my $first = body($db, 0, 4);
    my $r = $http->get("$url/$hash/checkpoint");
    is $r->{status}, 404, 'nothing yet';
    my @bad = (
        ['nothing', '', 400],
        ['no old size', $first =~ s/^old 0\n//r, 400],
        ['a size with a zero before it', $first =~ s/^old 0/old 00/r, 400],
        ['a size with a sign', $first =~ s/^old 0/old +0/r, 400],
        ['no empty line', $first =~ s/^(old 0\n)\n/$1/r, 400],
        ['no checkpoint', "old 0\n\n", 400],
        ['a hash that is none', $first =~ s/^(old 0\n)/$1AAAA\n/r, 400],
        ['carriage returns', $first =~ s/\n/\r\n/gr, 400],
        ['half of it', substr($first, 0, length($first) / 2), 400],
        ['64 hashes', $first =~ s/^(old 0\n)/$1 . encode_base64('x' x 32) x 64/er, 400],
        ['too long', $first . 'x' x (1 << 17), 413],
        ['another origin', $first =~ s/^\Q$origin\E$/other.example/mr, 404],
        ['a changed size', $first =~ s/^4$/5/mr, 403],
        ['nobody signed', $first =~ s/ \Q$origin\E (?=\S+$)/ someone /mr, 403],
        ['an old size past the checkpoint', $first =~ s/^old 0/old 5/r, 400],
        ['a proof from nothing', $first =~ s/^(old 0\n)/$1 . encode_base64('x' x 32)/er, 422],
        ['not what was last', $first =~ s/^old 0/old 3/r, 409],
    );
    for (@bad) {
        my ($name, $body, $status) = @$_;
        my $r = post($body);
        is $r->{status}, $status, $name or diag $r->{content};
    }
    is $http->get("$url/$hash/checkpoint")->{status}, 404, 'none of it was kept';

    $r = post($first);
    is $r->{status}, 200;
    my $line = $r->{content};
    like $line, qr/\A\xe2\x80\x94 witness\.example \S+\n\z/;
    $r = $http->get("$url/$hash/checkpoint");
    is $r->{status}, 200;
    like $r->{content}, qr/\A\Q$origin\E\n4\n.*\Q$line\E\z/s, 'monitors can read it';
    $r = post($first);
    is_deeply [$r->{status}, $r->{content}, $r->{headers}{'content-type'}], [409, "4\n", 'text/x.tlog.size'];
    is post(body($db, 0, 4) =~ s/^old 0/old 4/r)->{status}, 200, 'the same again';
    is post(body($db, 0, 7) =~ s/^old 0/old 4/r)->{status}, 422, 'no proof';
    is post(body($db, 4, 7))->{status}, 200, 'a proof';
    is post(body($fork, 4, 6))->{status}, 409;
    is post(body($db, 0, 6) =~ s/^old 0/old 7/r)->{status}, 400;
    my $other = body($db, 0, 7) =~ s/^old 0/old 7/r;
    is post($other =~ s/^old 7\n/"old 7\n" . encode_base64('x' x 32)/er)->{status}, 422, 'a proof where none is due';
    grown($fork, 1);
    is post(body($fork, 0, 7) =~ s/^old 0/old 7/r)->{status}, 422, 'another root of the same size';
    like $job->err, qr/answered 422: another root was cosigned for this size/, 'its operator hears of it';

    $r = $http->get("$url/add-checkpoint");
    is_deeply [$r->{status}, $r->{headers}{allow}], [405, 'POST'];
    is $http->post("$url/elsewhere", {content => 'x'})->{status}, 404;
    is $http->get("$url/../../etc/passwd/checkpoint")->{status}, 404;
    is $http->get("$url/" . ('0' x 64) . '/checkpoint')->{status}, 404;
};

subtest 'one of those who ask at once is answered' => sub {
    grown($db, 1);
    my $body = body($db, 7, 8);
    my @pids = map {
        my $out = "$dir/answer$_";
        my $pid = fork // die;
        if ($pid == 0) {
            my $r = HTTP::Tiny->new(timeout => 20)->post("$url/add-checkpoint", {content => $body});
            spew($out, $r->{status});
            require POSIX;
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. 8;
    my $one = witness($body);
    waitpid $_, 0 for @pids;
    my @all = (($one->{status} == 0 ? 200 : 409), map { slurp("$dir/answer$_") } 1 .. 8);
    is_deeply [sort @all], [200, (409) x 8];
    is $job->kill('TERM') && $job->wait(10)->{status}, 0, 'and it ends when told to';
};

# A witness of that name, with a state of its own.
sub start {
    my ($name, @logs) = @_;
    my $file = "$dir/$name.pem";
    seal('intact', 'keygen', $file, '--origin', "$name.example", '--witness') if !-e $file;
    mkdir "$dir/$name";
    my $w = {key => "$file.pub", state => "$dir/$name"};
    $w->{job} = $c->spawn(['auditseal', 'witness', '--key', $file, (map { ('--log', $_) } @logs), '--state', $w->{state}, '--listen', '127.0.0.1:0']);
    wait_until { $w->{job}->err =~ /listens on port (\d+)/ } 10, 'a witness';
    $w->{url} = 'http://127.0.0.1:' . ($w->{job}->err =~ /listens on port (\d+)/)[0];
    return $w;
}

sub post_to { my ($w, $body) = @_; return $http->post("$w->{url}/add-checkpoint", {content => $body})->{status} }
sub anchored { my ($db, @args) = @_; return seal($db, 'seal', '--key', $key, @args) }
sub vkey { return slurp($_[0]) =~ s/\n//r }
sub lines { my ($db) = @_; return scalar(() = seal($db, 'checkpoint', '--full')->{out} =~ /^\xe2\x80\x94 /mg) }

subtest 'as an anchor' => sub {
    my $here = copy_of($c, 'intact');
    my $w = start('one', "$key.pub");
    my @anchor = ('--anchor', "witness:$w->{url}", '--witness-key', $w->{key});
    my $r = anchored($here, @anchor);
    is $r->{status}, 0 or diag $r->{out} . $r->{err};
    my $full = seal($here, 'checkpoint', '--full')->{out};
    is $full, $http->get("$w->{url}/$hash/checkpoint")->{content}, 'its cosignature is kept';
    is index($full, seal($here, 'checkpoint')->{out}), 0, 'beside the note';
    is $c->psql($here, q{SELECT kind || name FROM auditproof.attestation}), "witnesswitness:$w->{url}";
    my $early = copy_of($c, $here);
    for (1 .. 3) {
        more($here, $_);
        is anchored($here, @anchor)->{status}, 0, 'grown';
    }
    is lines($here), 2;
    grown($here, 1);
    grown($here, 2);
    forge($c, $here, 'DELETE FROM auditproof.attestation');
    is anchored($here, @anchor)->{status}, 0, 'it says itself what it had';
    is lines($here), 2;

    more($early, 1);
    $r = anchored($early, @anchor);
    is $r->{status}, 1, 'a database put back to an older state is not sealed';
    like $r->{err}, qr/truncated: expected a seal log of 9 .* found a seal log of 4\. Anchor witness:\S+ disagrees/;

    grown($early, 1) for 1 .. 6;
    $r = anchored($early, @anchor);
    is $r->{status}, 1, 'nor one that grew past it by other entries';
    like $r->{err}, qr/rewritten: .* Anchor witness:/;

    more($here, 1);
    $r = anchored($here, '--anchor', "witness:$w->{url}", '--witness-key', "$witness_key.pub");
    is $r->{status}, 3, 'a key that is not its own';
    like $r->{out}, qr/no cosignature that verifies by a key that is known/;
    is lines($here), 1;
    $r = anchored($here, '--anchor', "witness:$w->{url}");
    is $r->{status}, 3, 'nor none';
    is anchored($here, @anchor)->{status}, 0;

    seal('intact', 'keygen', "$dir/other.pem", '--origin', $origin);
    my $other = start('misled', "$dir/other.pem.pub");
    like anchored($here, '--anchor', "witness:$other->{url}", '--witness-key', $other->{key})->{out}, qr/knows this log by another key/;
    seal('intact', 'keygen', "$dir/far.pem", '--origin', 'far.example');
    my $far = start('busy', "$dir/far.pem.pub");
    like anchored($here, '--anchor', "witness:$far->{url}", '--witness-key', $far->{key})->{out}, qr/does not know this log/;
    $r = anchored($here, '--anchor', 'witness:http://127.0.0.1:1', '--witness-key', $w->{key}, '--timeout', 3);
    is $r->{status}, 3;
    like $r->{out}, qr/LACKS IT: \S+ does not answer/;
};

# One round has committed, and before it gets to its witness, another one has done all of its work.
subtest 'two sealers and a witness' => sub {
    my $here = copy_of($c, 'intact');
    my $w = start('shared', "$key.pub");
    my @anchor = ('--anchor', "witness:$w->{url}", '--witness-key', $w->{key});
    is anchored($here, @anchor)->{status}, 0, 'a round';
    my $fork = copy_of($c, $here);
    my $auditseal = AuditTest::bin('auditseal');
    # Seals entries of these tenants in these databases, in this order, with what else is given; once.
    my $between = sub {
        my ($name, @rounds) = @_;
        spew("$dir/$name", join '', "#!/bin/sh\ncat >/dev/null\ntest -e $dir/$name.out && exit 0\n", map { <<"SH" } @rounds);
psql -Xqd $_->[0] -c "INSERT INTO audit_logs (organization_id, action, resource_type) SELECT t(n), 'b', 'r' FROM unnest('{$_->[1]}'::int[]) AS n" || exit 1
$auditseal seal -d $_->[0] --key $key $_->[2] >>$dir/$name.out 2>&1 || exit 1
SH
        chmod 0755, "$dir/$name" or die;
        return ('--anchor', "exec:$dir/$name");
    };
    more($here, 1);
    my $r = anchored($here, $between->('other', [$here, '2,3', "@anchor"]), @anchor);
    is $r->{status}, 0, 'the witness has the newer one, which counts for both' or diag $r->{out} . $r->{err} . slurp("$dir/other.out");
    like $r->{out}, qr/Checkpoint: 5 seals/, 'of a round that was before it';
    like slurp("$dir/other.out"), qr/Checkpoint: 7 seals/;
    is $c->psql($here, q{SELECT string_agg(checkpoint_size::text, ',' ORDER BY checkpoint_size) FROM auditproof.attestation WHERE kind = 'witness'}),
        '4,7', 'and is kept once';
    like $http->get("$w->{url}/$hash/checkpoint")->{content}, qr/\A\Q$origin\E\n7\n/;

    # The same from another log is an alarm, also where this one has a checkpoint of that size.
    my $v = start('forked', "$key.pub");
    @anchor = ('--anchor', "witness:$v->{url}", '--witness-key', $v->{key});
    $here = copy_of($c, $fork);
    more($here, 1);
    $r = anchored($here, $between->('lying', [$fork, '2,3', "@anchor"], [$here, '3', '']), @anchor);
    is $r->{status}, 3, 'another log has gone to the witness';
    like $r->{out}, qr/LACKS IT: witness \S+ has cosigned 6 seals of this log, and here are 5: the database was put back/, 'which is said'
        or diag $r->{out} . $r->{err} . slurp("$dir/lying.out");
};

subtest 'over TLS' => sub {
    my $here = copy_of($c, 'intact');
    my $w = start('private', "$key.pub");
    my $openssl = sub { my $r = AuditTest::run(['openssl', @_]); is $r->{status}, 0, "openssl $_[0]" or diag $r->{err} };
    my @ec = qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes);
    $openssl->('req', '-x509', @ec, '-days', 2, '-subj', "/CN=$_", '-keyout', "$dir/$_.key", '-out', "$dir/$_.crt") for qw(ca stranger);
    my $front = sub {
        my ($name, $port) = @_;
        my $top = tempdir();
        $openssl->('req', @ec, '-subj', '/CN=server', '-keyout', "$top/key", '-out', "$top/csr");
        spew("$top/ext", "subjectAltName = $name\n");
        $openssl->('x509', '-req', '-in', "$top/csr", '-CA', "$dir/ca.crt", '-CAkey', "$dir/ca.key", '-CAcreateserial', '-days', 2,
            '-extfile', "$top/ext", '-out', "$top/crt");
        my $job = $c->spawn(['/usr/bin/env', 'python3', 'tests/lib/tls_front.py', $top, "$top/crt", "$top/key", $port]);
        wait_until { -e "$top/port" } 20, 'TLS';
        return {job => $job, url => 'https://127.0.0.1:' . slurp("$top/port")};
    };
    my ($good, $misnamed, $silent) = ($front->('IP:127.0.0.1', $w->{url} =~ /(\d+)$/), $front->('DNS:elsewhere.test', $w->{url} =~ /(\d+)$/),
        $front->('IP:127.0.0.1', 0));
    my $try = sub { my ($at, @args) = @_; return anchored($here, '--anchor', "witness:$at->{url}", '--witness-key', $w->{key}, @args) };
    my @ca = ('--tls-ca', "$dir/ca.crt");

    for ([$good], [$good, '--tls-ca', "$dir/stranger.crt"], [$misnamed, @ca]) {
        my $r = $try->(@$_);
        is $r->{status}, 3, 'a server that nobody who is trusted vouches for';
        like $r->{out}, qr/LACKS IT: .* does not answer: .*(?:certificate|SSL)/, 'which is said' or diag $r->{out} . $r->{err};
    }
    is scalar(() = glob "$w->{state}/*"), 0, 'nothing was sent to it';
    like $try->($good, '--tls-ca', "$dir/none.crt")->{out}, qr/none\.crt has no certificates that can be used/;
    my $r = $try->($good, @ca);
    is $r->{status}, 0, 'a certificate of our own' or diag $r->{out} . $r->{err};
    is lines($here), 2;
    my $early = copy_of($c, $here);
    more($here, 1);
    is $try->($good, @ca)->{status}, 0;
    more($early, 2);
    like anchored($early, '--anchor', "witness:$good->{url}", '--witness-key', $w->{key}, @ca)->{err},
        qr/(?:rewritten|truncated): /, 'what it cosigned is read over TLS, too';

    more($here, 1);
    my $began = time;
    $r = $try->($silent, @ca, '--timeout', 2);
    is $r->{status}, 3, 'one that is silent';
    like $r->{out}, qr/LACKS IT: .* does not answer/;
    cmp_ok time - $began, '<', 9, 'is not waited for longer than was said';
};

subtest 'K of N, by a policy' => sub {
    my $here = copy_of($c, 'intact');
    my @w = map { start("w$_", "$key.pub") } 1 .. 3;
    my $policy = sub { my ($k) = @_; return join '', "log " . vkey("$key.pub") . "\n", (map { "witness w$_ " . vkey($w[$_ - 1]{key}) . " $w[$_ - 1]{url}\n" } 1 .. 3), "group g $k w1 w2 w3\nquorum g\n" };
    spew("$dir/two", $policy->(2));
    spew("$dir/all", $policy->('all'));
    my $r = anchored($here, '--policy', "$dir/all");
    is $r->{status}, 0 or diag $r->{out} . $r->{err};
    is lines($here), 4, 'all have cosigned';
    $w[2]{job}->kill('KILL');
    $w[2]{job}->wait(10);
    more($here, 1);
    $r = anchored($here, '--policy', "$dir/two", '--timeout', 3);
    is $r->{status}, 0, 'two of three will do';
    like $r->{out}, qr/LACKS IT/, 'and it is said which lacks';
    is lines($here), 3;
    $r = anchored($here, '--policy', "$dir/all", '--timeout', 3);
    is $r->{status}, 3, 'when all must, they do not';
    like $r->{err}, qr/does not fulfil the policy/;
    my @export = ('auditexport', 'soc2', '--system', '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key, '-o', "$dir/bundle.tar.gz");
    $r = $c->run([@export, '--policy', "$dir/two"], db => $here);
    is $r->{status}, 0, 'a bundle names the witnesses' or diag $r->{err};
    my $bundle = sub { return $c->run(['auditverify', @_, "$dir/bundle.tar.gz"], env => {PGHOST => '/nonexistent'}) };
    like $bundle->()->{out}, qr/2 witnesses that the bundle names cosigned/;
    like $bundle->('--policy', "$dir/two")->{out}, qr/Verdict: trusted\n.*2 of the 3 witnesses of the policy/s, 'its reader has the policy';
    like $bundle->('--policy', "$dir/all")->{out}, qr/Verdict: NOT INTACT.*2 of the 3/s, 'or another';
    spew("$dir/foreign", $policy->(2) =~ s/^log \S+/"log " . vkey("$dir\/other.pem.pub")/er);
    is anchored($here, '--policy', "$dir/foreign", '--timeout', 3)->{status}, 3, 'a policy of another log';
    $r = $bundle->('--policy', "$dir/foreign");
    is $r->{status}, 1, 'nor does it accept a bundle of this one';
    like $r->{out}, qr/signature .*proof\/checkpoint\.note\s+it is of no log that the policy names/;
    my $other = sub { return AuditTest::run(['python3', 'tests/vectors/bundle_check.py', '--policy', "$dir/$_[0]", "$dir/bundle.tar.gz"])->{status} };
    is_deeply [map { $other->($_) } qw(two foreign)], [0, 1], 'whoever reads it';
    spew("$dir/broken", "log x\n");
    is anchored($here, '--policy', "$dir/broken")->{status}, 2;
};

# What the operator of a witness must do, and what it does when he has not.
subtest 'after another key, and after a restore' => sub {
    my $here = copy_of($c, 'intact');
    my $new = "$dir/new.pem";
    is seal('intact', 'keygen', $new, '--origin', $origin)->{status}, 0;
    my $w = start('kept', "$key.pub");
    # Started anew on another port, with the state that it has.
    my $again = sub {
        $w->{job}->kill('TERM');
        $w->{job}->wait(10);
        $w = start('kept', @_);
        return;
    };
    my $anchor = sub { return ('--anchor', "witness:$w->{url}", '--witness-key', $w->{key}, '--timeout', 10) };
    my $advice = sub { return qr/witness:\Q$w->{url}\E cosigns nothing more until its operator gives it this verifier key, in the place of the one before, as `auditseal witness --log`, and the --state that it has/ };
    is anchored($here, $anchor->())->{status}, 0;

    my $r = seal($here, 'rotate', '--key', $key, '--new-key', $new, $anchor->());
    is $r->{status}, 0, 'rotated' or diag $r->{out} . $r->{err};
    like $r->{err}, $advice->(), 'the advice';
    more($here, 1);
    $r = seal($here, 'seal', '--key', $new, $anchor->());
    is $r->{status}, 3, 'not followed';
    like $r->{out}, qr/LACKS IT: witness \S+ knows this log by another key/;
    my ($vkey) = slurp("$new.pub") =~ /(\S+)/;
    $again->($vkey);
    $r = seal($here, 'seal', '--key', $new, $anchor->());
    is $r->{status}, 0, 'followed' or diag $r->{out} . $r->{err};
    like $http->get("$w->{url}/$hash/checkpoint")->{content}, qr/\A\Q$origin\E\n5\n/, 'from where it was';
    is post_to($w, "old 5\n\n" . SealTest->new($origin, key => $key)->note(6, 'x' x 32)), 403, 'the key before gets no cosignature any more';

    # A backup whose newest checkpoint the witness has cosigned can be told from another log; no directory is needed.
    my $back = copy_of($c, $here);
    my $other = copy_of($c, $here);
    for (1, 2) { more($here, $_); is seal($here, 'seal', '--key', $new, $anchor->())->{status}, 0, 'grown' }
    my @epoch = ('epoch', '--key', $new, '--reason', 'a disk');
    $r = seal($back, @epoch, '--anchor', "witness:$w->{url}");
    is $r->{status}, 3, 'whose cosignature it is must be known';
    like $r->{err}, qr/no witness that is named has cosigned it/;
    more($other, 3);
    is seal($other, 'seal', '--key', $new)->{status}, 0, 'another log';
    $r = seal($other, @epoch, $anchor->());
    is $r->{status}, 3, 'that it did not cosign' or diag $r->{out};
    is $c->psql($other, 'SELECT count(*) FROM auditproof.epoch'), 0, 'is not declared';
    forge($c, $other, 'UPDATE auditproof.attestation SET checkpoint_size = 6');
    is seal($other, @epoch, $anchor->())->{status}, 3, 'nor with a cosignature of something else';
    $r = seal($back, @epoch, $anchor->());
    is $r->{status}, 0, 'declared' or diag $r->{out} . $r->{err};
    like $r->{out}, qr/\ADeclared restore 1: \Q$origin\E had 7 seals, and the database has 5\./;
    like $r->{err}, $advice->(), 'the advice';
    ($vkey) = $r->{out} =~ /^Verifier key from now on: (\S+)$/m;
    more($back, 3);
    $r = seal($back, 'seal', '--key', $new, $anchor->());
    is $r->{status}, 3, 'not followed';
    like $r->{out}, qr/LACKS IT: witness \S+ does not know this log/;
    $again->($vkey);
    $r = seal($back, 'seal', '--key', $new, $anchor->());
    is $r->{status}, 0, 'followed' or diag $r->{out} . $r->{err};
    my ($name) = split /\+/, $vkey;
    like $http->get("$w->{url}/" . sha256_hex($name) . '/checkpoint')->{content}, qr/\A\Q$name\E\n6\n/, 'under the name that it has now';
    like $http->get("$w->{url}/$hash/checkpoint")->{content}, qr/\A\Q$origin\E\n7\n/, 'and what was lost is still there to be seen';
    more($back, 3);
    is seal($back, 'seal', '--key', $new, $anchor->())->{status}, 0, 'and on';
};

done_testing;
