#!/usr/bin/perl
# Time-stamps over checkpoints, in auditverify's report: those of the database and those beside notes, good and bad.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use SealTest;
use TamperTest;
use Test::More;
use Time::Local qw(timegm);

my $c = AuditTest->cluster;
my $dir = tempdir();
my $key = "$dir/seal.pem";

sub openssl { my $r = AuditTest::run(['openssl', @_]); die "openssl @_: $r->{err}" if $r->{status}; return $r->{out} }
sub at { my ($time, @argv) = @_; my $r = AuditTest::run(\@argv, env => AuditTest::clock($time)); die "@argv: $r->{err}" if $r->{status}; return }

# Two authorities of their own roots, good for decades, and who runs them.
my $in_2020 = timegm(0, 0, 0, 1, 0, 2020) - time;
my @ec = qw(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes);
spew("$dir/ext", "extendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n");
spew("$dir/serial", "01\n");
for my $name (qw(notary stranger)) {
    at($in_2020, 'openssl', qw(req -x509), @ec, '-subj', "/CN=$name root", '-keyout', "$dir/$name-ca.key", '-out', "$dir/$name-ca.pem", '-days', 36500);
    openssl('req', @ec, '-subj', "/CN=$name stamps", '-keyout', "$dir/$name.key", '-out', "$dir/$name.csr");
    at($in_2020, 'openssl', qw(x509 -req -in), "$dir/$name.csr", '-CA', "$dir/$name-ca.pem", '-CAkey', "$dir/$name-ca.key",
        '-CAcreateserial', '-out', "$dir/$name.pem", '-days', 36500, '-extfile', "$dir/ext");
    spew("$dir/$name.conf", <<"CONF");
[good]
serial = $dir/serial
signer_cert = $dir/$name.pem
signer_key = $dir/$name.key
certs = $dir/$name-ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
CONF
}
my @ca = ('--tsa-ca', "$dir/notary-ca.pem");

# The authority's time-stamp over a file, in another; when it is said to be.
sub stamp {
    my ($name, $file, $to, $time) = @_;
    openssl(qw(ts -query -sha256 -cert -data), $file, '-out', "$dir/query");
    my @reply = ('openssl', qw(ts -reply -section good -config), "$dir/$name.conf", '-queryfile', "$dir/query", '-out', $to);
    return $time ? at($time, @reply) : AuditTest::run(\@reply)->{status} && die;
}

sub auditseal {
    my ($db, @args) = @_;
    my $r = $c->run(['auditseal', @args], db => $db);
    die "auditseal @args: $r->{out}$r->{err}" if $r->{status};
    return $r->{out};
}
sub is_found { my ($name, $v, $verdict, @findings) = @_; return is_deeply([$v->{verdict}{verdict}, $v->{findings}], [$verdict, \@findings], $name) || diag explain $v }
sub kept { return (glob sprintf "$_[0]/*/%020d.note", $_[1])[0] }
sub copied { my ($to) = @_; AuditTest::run(['cp', '-r', "$dir/worm", $to]); return $to }

entries($c, 'intact');
auditseal('intact', 'keygen', $key, '--origin', 'audit.example.com/seals');
mkdir "$dir/worm" or die;
my $db = copy_of($c, 'intact');
for (1, 2) { auditseal($db, 'seal', '--key', $key, '--anchor', "dir:$dir/worm"); $c->psql($db, SealTest::more(1, 1)) }    # 4 and 5
my @pinned = ('--key', "$key.pub");

subtest 'beside notes' => sub {
    my $worm = copied("$dir/good");
    stamp('notary', kept($worm, $_), kept($worm, $_) . '.tsr') for 4, 5;
    my $r = $c->run(['auditverify', @pinned, '--anchors', $worm], db => $db);
    is $r->{status}, 0;
    like $r->{out}, qr/^  Time-stamps over checkpoints are there, not checked \(--tsa-ca\)\.$/m, 'without certificates it is said that they are there';
    unlike $r->{out}, qr/existed/;
    my $v = verify($c, $db, @pinned, '--anchors', $worm, @ca);
    is_found('they hold', $v, 'trusted');
    my $seals = $v->{verdict}{seals};
    is_deeply [@$seals{qw(time_stamps time_stamps_good)}, @{$seals->{time_stamped_by}}{qw(size authority)}], [2, 2, 5, '/CN=notary stamps'];
    like $seals->{time_stamped_by}{time}, qr/^20\d\d-\d\d-\d\dT[\d:]+Z$/;
    like $c->run(['auditverify', '--anchors', $worm, @ca], db => $db)->{out} =~ s/\s+/ /gr,
        qr{The checkpoint of 5 seals, with all that it covers, existed at \S+, says /CN=notary stamps\. Of the time before, that says nothing\.};
    is verify($c, $db, @ca, '--anchors', kept($worm, 4))->{verdict}{seals}{time_stamped_by}{size}, 4, 'beside a note that was named';
    is verify($c, $db, @pinned, '--anchors', $worm, '--tsa-ca', "$dir/absent")->{status}, 3, 'no certificates';
    is verify($c, $db, @pinned, @ca)->{verdict}{seals}{time_stamps}, 0;
    like $c->run(['auditverify', @pinned, @ca], db => $db)->{out}, qr/No checkpoint is time-stamped/;
    $v = verify($c, $db, '--anchors', $worm, @ca);
    is $v->{verdict}{verdict}, 'anchored', 'a time-stamp does not make a verdict better';
};

# One thing wrong with one time-stamp.
sub wrong {
    my ($name, $break, $kind) = @_;
    my $worm = copied("$dir/" . $name =~ tr/a-z//cdr);
    my $tsr = kept($worm, 5) . '.tsr';
    stamp('notary', kept($worm, 4), kept($worm, 4) . '.tsr');
    $break->(kept($worm, 5), $tsr, $worm);
    my $v = verify($c, $db, @pinned, '--anchors', $worm, @ca);
    is_found($name, $v, $kind ? ('findings', "$kind anchor $tsr") : 'trusted');
    is $v->{verdict}{seals}{time_stamped_by}{size}, $kind ? 4 : 5, "$name: what it proves";
    return $v;
}

subtest 'that do not hold' => sub {
    wrong('of another note', sub { stamp('notary', kept($_[2], 4), $_[1]) }, 'signature');
    wrong('of a stranger', sub { stamp('stranger', $_[0], $_[1]) }, 'signature');
    wrong('cut short', sub { stamp('notary', $_[0], $_[1]); spew($_[1], substr slurp($_[1]), 0, 200) }, 'signature');
    wrong('no time-stamp at all', sub { spew($_[1], 'x') }, 'signature');
    wrong('its signature changed', sub { stamp('notary', $_[0], $_[1]); my $b = slurp($_[1]); substr($b, -3, 1) ^= "\x01"; spew($_[1], $b) }, 'signature');
    my $v = wrong('an hour early', sub { stamp('notary', $_[0], $_[1], -3600) }, 'clock');
    like $v->{raw}[0]{expected}, qr/no earlier than its newest seal, of 20/;
    wrong('a minute early', sub { stamp('notary', $_[0], $_[1], -60) });
    wrong('much later', sub { stamp('notary', $_[0], $_[1], 400 * 86400) });
    my $both = copied("$dir/both");
    stamp('notary', kept($both, 5), kept($both, 5) . '.tsr');
    my $also = copied("$dir/also");
    stamp('stranger', kept($also, 5), kept($also, 5) . '.tsr');
    is_found('of a stranger, beside a good one', verify($c, $db, @pinned, '--anchors', $both, '--anchors', $also, @ca), 'trusted');
    spew("$dir/bundle.pem", slurp("$dir/notary-ca.pem") . slurp("$dir/stranger-ca.pem"));
    is verify($c, $db, @pinned, '--anchors', $both, '--anchors', $also, '--tsa-ca', "$dir/bundle.pem")->{verdict}{seals}{time_stamps_good}, 2, 'with the certificates of both';
};

subtest 'in the database' => sub {
    my $top = "$dir/authority";
    mkdir $top or die;
    spew("$top/tsa.conf", slurp("$dir/notary.conf"));
    my $job = $c->spawn(['/usr/bin/env', 'python3', 'tests/lib/tsa_server.py', $top, 'good']);
    wait_until { -e "$top/port" } 20, 'the authority';
    my $stamped = copy_of($c, $db);
    my $url = 'http://127.0.0.1:' . slurp("$top/port") . '/tsa';
    auditseal($stamped, 'timestamp', $url, @ca);
    my $v = verify($c, $stamped, @pinned, @ca);
    is_found('they hold', $v, 'trusted');
    is $v->{verdict}{seals}{time_stamped_by}{size}, 5;
    like $c->run(['auditverify', @pinned], db => $stamped)->{out}, qr/A time-stamp over checkpoints is there, not checked/;
    my $name = "checkpoint 5, time-stamp tsa:$url";
    for (['altered', q{answer = overlay(answer PLACING '\x00'::bytea FROM 30)}], ['made short', 'answer = substr(answer, 1, 300)'],
        ['its signature', q{answer = set_byte(answer, octet_length(answer) - 3, get_byte(answer, octet_length(answer) - 3) # 1)}]) {
        tampered($c, $stamped, {args => [@pinned, @ca]}, $_->[0], "UPDATE auditproof.attestation SET $_->[1] WHERE kind = 'timestamp'", "signature $name");
    }
    tampered($c, $stamped, {args => [@pinned, @ca]}, 'of another checkpoint', "UPDATE auditproof.attestation SET checkpoint_size = 4 WHERE kind = 'timestamp'",
        "signature " . $name =~ s/5/4/r);
    is verify($c, $stamped, @ca)->{verdict}{verdict}, 'intact', 'without a key or an anchor, a time-stamp vouches for a time only';
};

done_testing;
