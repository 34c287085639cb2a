#!/usr/bin/perl
# Time-stamps of RFC 3161 over checkpoints, from an authority of openssl ts, and from ones that err, lie or hang.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use TamperTest;
use Test::More;
use Time::Local qw(timegm);

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";

sub openssl { my $r = AuditTest::run(['openssl', @_]); die "openssl @_: $r->{err}" if $r->{status}; return $r->{out} }

my @ec = qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes);
spew("$dir/ext", "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n");
openssl(qw(req -x509), @ec, '-subj', "/CN=$_", '-keyout', "$dir/$_.key", '-out', "$dir/$_.pem", '-days', 3650) for qw(ca stranger);
for (['good', time, 1], ['expired', timegm(0, 0, 0, 1, 0, 2020), 10]) {
    my ($name, $from, $days) = @$_;
    openssl('req', @ec, '-subj', "/CN=$name stamps", '-keyout', "$dir/$name.key", '-out', "$dir/$name.csr");
    my $r = AuditTest::run(['openssl', qw(x509 -req -in), "$dir/$name.csr", '-CA', "$dir/ca.pem",
        '-CAkey', "$dir/ca.key", '-CAcreateserial', '-out', "$dir/$name.pem", '-days', $days, '-extfile', "$dir/ext"], env => AuditTest::clock($from - time));
    die $r->{err} if $r->{status};
}
spew("$dir/serial", "01\n");
spew("$dir/tsa.conf", join '', map { <<"CONF" } ['good', 'good', 'sha256'], ['expired', 'expired', 'sha256'], ['reject', 'good', 'sha512']);
[$_->[0]]
serial = $dir/serial
signer_cert = $dir/$_->[1].pem
signer_key = $dir/$_->[1].key
certs = $dir/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = $_->[2]
ess_cert_id_alg = sha256
CONF

my $servers = 0;

# An authority that answers so, and its URL.
sub authority {
    my (@words) = @_;
    my $top = "$dir/authority" . ++$servers;
    mkdir $top or die;
    spew("$top/tsa.conf", slurp("$dir/tsa.conf"));
    my $job = $c->spawn(['/usr/bin/env', 'python3', 'tests/lib/tsa_server.py', $top, @words]);
    wait_until { -e "$top/port" } 20, 'the authority';
    return {job => $job, top => $top, url => 'http://127.0.0.1:' . slurp("$top/port") . '/tsa'};
}

sub seal { my ($db, @args) = @_; return $c->run(['auditseal', @args], db => $db) }
sub more { my ($db) = @_; return $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type) VALUES (t(1), 'more', 'r')}) }
sub stamps { my ($db) = @_; return $c->psql($db, q{SELECT count(*) FROM auditproof.attestation WHERE kind = 'timestamp'}) }

entries($c, 'intact');
is seal('intact', 'keygen', $key, '--origin', 'audit.example.com/seals')->{status}, 0;
my $db = copy_of($c, 'intact');
my @ca = ('--tsa-ca', "$dir/ca.pem");

subtest 'a time-stamp as an anchor' => sub {
    my $tsa = authority(500, 'good');
    my $r = seal($db, 'seal', '--key', $key, '--anchor', "tsa:$tsa->{url}", @ca);
    is $r->{status}, 0, 'a 500 is tried again' or diag $r->{out} . $r->{err};
    like $r->{out}, qr/^Anchor tsa:\S+: has it$/m;
    my @asked = map { JSON::PP::decode_json($_) } split /\n/, slurp("$tsa->{top}/requests");
    is_deeply [map { $_->{type} } @asked], [('application/timestamp-query') x 2];
    is stamps($db), 1;
    spew("$dir/reply", seal($db, 'checkpoint', '--timestamp')->{out});
    spew("$dir/note", seal($db, 'checkpoint')->{out});
    like openssl(qw(ts -verify -data), "$dir/note", '-in', "$dir/reply", '-CAfile', "$dir/ca.pem"), qr/Verification: OK/, 'openssl agrees';
    $r = seal($db, 'check-timestamp', "$dir/reply", "$dir/note", @ca);
    is $r->{status}, 0 or diag $r->{out} . $r->{err};
    like $r->{out}, qr{^The time-stamp holds: \d{4}-\d\d-\d\dT\S+Z, number \d+, by /CN=good stamps$};
    $r = AuditTest::run(['auditseal', 'check-timestamp', "$dir/reply", "$dir/note", @ca],
        env => AuditTest::clock(timegm(0, 0, 0, 1, 0, 2030) - time));
    is $r->{status}, 0, 'also when the certificate has run out since' or diag $r->{out} . $r->{err};
    is seal($db, 'check-timestamp', "$dir/reply", "$dir/note")->{status}, 3, 'without certificates, anybody may have signed it';
    $r = seal($db, 'check-timestamp', "$dir/reply", "$dir/note", '--tsa-ca', "$dir/stranger.pem");
    is $r->{status}, 1, 'of others';
    like $r->{out}, qr/does not hold: /;
    is seal($db, 'check-timestamp', "$dir/reply", "$dir/reply", @ca)->{status}, 1, 'over something else';
    is seal($db, 'check-timestamp', "$dir/note", "$dir/note", @ca)->{status}, 2, 'no reply';
    is seal($db, 'check-timestamp', "$dir/reply", "$dir/note", '--tsa-ca', "$dir/absent")->{status}, 3;
    seal($db, 'seal', '--key', $key, '--anchor', "tsa:$tsa->{url}", @ca);
    is scalar(split /\n/, slurp("$tsa->{top}/requests")), 2, 'what is time-stamped is not asked for again';
};

subtest 'the command' => sub {
    my $tsa = authority('good');
    is seal(copy_of($c, 'intact'), 'timestamp', $tsa->{url}, @ca)->{status}, 3, 'nothing is sealed';
    my $r = seal($db, 'timestamp', $tsa->{url}, @ca);
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/checkpoint of 4 seals is time-stamped/;
    is stamps($db), 2;
    is seal($db, 'timestamp', 'ftp://127.0.0.1/', @ca)->{status}, 3;
    is seal($db, 'timestamp', 'http://127.0.0.1:1/', '--timeout', 3)->{status}, 3, 'nobody there';
};

subtest 'answers that are refused' => sub {
    my $base = $db;
    for (['nonce', qr/nonce/i], ['imprint', qr/imprint/i], ['expired', qr/verif|expired/i], ['reject', qr/does not hold: the authority did not grant it/],
        ['garbage', qr/of no use: not a time-stamp reply/], ['long', qr/answers more than 1048576 bytes/], ['404', qr/HTTP status 404/], ['500', qr/HTTP status 500/]) {
        my ($word, $message) = @$_;
        my $tsa = authority($word);
        my $r = seal($base, 'timestamp', $tsa->{url}, @ca);
        is $r->{status}, 3, "answer $word";
        like $r->{err}, $message, "$word: says so";
        $tsa->{job}->kill('KILL');
    }
    is stamps($base), 2, 'none of it was kept';
    my $tsa = authority('good');
    is seal($base, 'timestamp', $tsa->{url}, '--tsa-ca', "$dir/stranger.pem")->{status}, 3, 'nobody known vouches for it';
    more($base);
    $tsa = authority('good', 'other');
    is seal($base, 'timestamp', $tsa->{url}, @ca)->{status}, 0;
    is seal($base, 'seal', '--key', $key)->{status}, 0;
    my $r = seal($base, 'timestamp', $tsa->{url}, @ca);
    is $r->{status}, 3, 'an old time-stamp again';
    is stamps($base), 3;
};

subtest 'an answer that was taken unchecked' => sub {
    my $copy = copy_of($c, 'intact');
    is seal($copy, 'seal', '--key', $key)->{status}, 0;
    my $tsa = authority('expired', 'expired', 'good');
    my $asked = sub { return scalar split /\n/, slurp("$tsa->{top}/requests") };
    my $names = sub { return $c->psql($copy, q{SELECT string_agg(name, ',' ORDER BY name) FROM auditproof.attestation WHERE kind = 'timestamp'}) };
    is seal($copy, 'timestamp', $tsa->{url})->{status}, 0, 'without certificates any is taken';
    is seal($copy, 'timestamp', $tsa->{url})->{status}, 0;
    is $asked->(), 1, 'and one is enough';
    my @verify = ('auditverify', '--key', "$key.pub", @ca);
    is $c->run(\@verify, db => $copy)->{status}, 1, 'auditverify finds that nobody vouches for it';
    is seal($copy, 'timestamp', $tsa->{url}, @ca)->{status}, 3, 'with certificates another is asked for, which is no better';
    is seal($copy, 'timestamp', $tsa->{url}, @ca)->{status}, 0, 'until there is a good one';
    is $names->(), "tsa:$tsa->{url},tsa:$tsa->{url} #2", 'kept beside the first, which stays';
    is seal($copy, 'timestamp', $tsa->{url}, @ca)->{status}, 0;
    is $asked->(), 3, 'which is not asked for again';
    my $r = $c->run(\@verify, db => $copy);
    is $r->{status}, 0, 'and makes up for the other' or diag $r->{out};
    spew("$dir/reply2", seal($copy, 'checkpoint', '--timestamp')->{out});
    spew("$dir/note2", seal($copy, 'checkpoint')->{out});
    is seal($copy, 'check-timestamp', "$dir/reply2", "$dir/note2", @ca)->{status}, 0, 'it is the one that is given out';
};

subtest 'an authority that hangs' => sub {
    my $tsa = authority('hang');
    more($db);
    my $r = seal($db, 'seal', '--key', $key, '--anchor', "tsa:$tsa->{url}", '--timeout', 2, '--format', 'json');
    is $r->{status}, 3;
    cmp_ok $r->{seconds}, '<', 8 * $AuditTest::patience, 'is not waited for';
    my $said = JSON::PP::decode_json($r->{out});
    ok $said->{sealed}, 'and the seal stands';
    like $said->{anchors}[0]{message}, qr/does not answer/;
    my $good = authority('good');
    is seal($db, 'seal', '--key', $key, '--anchor', "tsa:$good->{url}", @ca)->{status}, 0, 'the next round hands over what was lacking';
    $r = seal($db, 'seal', '--key', $key, '--anchor', "tsa:$tsa->{url}", '--anchor', "tsa:$good->{url}", @ca, '--timeout', 1, '--require', 1);
    is $r->{status}, 0, 'one of two will do, when that is said';
    like $r->{out}, qr/^Anchor tsa:\Q$tsa->{url}\E: LACKS IT/m;
    is seal($db, 'seal', '--key', $key, '--require', 1)->{status}, 2;
};

subtest 'over TLS' => sub {
    my $here = copy_of($c, 'intact');
    my $tsa = authority('good');
    my ($top) = tempdir();
    spew("$top/ext", "subjectAltName = IP:127.0.0.1\n");
    openssl('req', @ec, '-subj', '/CN=server', '-keyout', "$top/key", '-out', "$top/csr");
    openssl(qw(x509 -req -in), "$top/csr", '-CA', "$dir/stranger.pem", '-CAkey', "$dir/stranger.key", '-CAcreateserial', '-days', 2, '-extfile', "$top/ext",
        '-out', "$top/crt");
    my $front = $c->spawn(['/usr/bin/env', 'python3', 'tests/lib/tls_front.py', $top, "$top/crt", "$top/key", $tsa->{url} =~ /:(\d+)/]);
    wait_until { -e "$top/port" } 20, 'TLS';
    my @anchor = ('--anchor', 'tsa:https://127.0.0.1:' . slurp("$top/port") . '/tsa', @ca);
    for ([], ['--tls-ca', "$dir/ca.pem"]) {
        my $r = seal($here, 'seal', '--key', $key, @anchor, @$_);
        is $r->{status}, 3, 'a server that nobody who is trusted vouches for, whoever vouches for time-stamps';
        like $r->{out}, qr/LACKS IT: .* does not answer: .*(?:certificate|SSL)/, 'which is said' or diag $r->{out} . $r->{err};
    }
    is_deeply [stamps($here), -e "$tsa->{top}/requests" ? 1 : 0], [0, 0], 'nothing was sent to it';
    my $r = seal($here, 'seal', '--key', $key, @anchor, '--tls-ca', "$dir/stranger.pem");
    is $r->{status}, 0, 'one that the certificates given vouch for' or diag $r->{out} . $r->{err};
    is stamps($here), 1;
    is seal($here, 'timestamp', ($anchor[1] =~ /^tsa:(.*)/)[0], @ca, '--tls-ca', "$dir/stranger.pem")->{status}, 0, 'by the command, too';
};

done_testing;
