#!/usr/bin/perl
# auditverify FILE...: evidence bundles without a database. Every good and every spoiled bundle of the second
# implementation gets the verdict and the findings that it is to have; and nothing that anybody sends does harm.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use IO::Compress::Gzip ();
use JSON::PP;
use Test::More;

my $dir = tempdir();
my $good = "$dir/good";

sub auditverify {
    my ($args, @o) = @_;
    return AuditTest::run(['auditverify', @$args], env => { PGHOST => '/nonexistent' }, @o);
}

sub make {
    my (@arguments) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $run = AuditTest::run(['python3', 'tests/vectors/bundle_make.py', @arguments], timeout => 300);
    is $run->{status}, 0, "bundles are made (@arguments)" or BAIL_OUT $run->{err};
    return;
}

# {file => {verdict, findings}} of many files at once.
sub verdicts {
    my ($pins, $policy, @files) = @_;
    spew("$dir/policy", $policy) if defined $policy;
    my $r = auditverify(['-q', '--format', 'ndjson', '--max-findings', 100_000, (map { ('--key', $_) } @$pins),
            defined $policy ? ('--policy', "$dir/policy") : (), @files],
        timeout => 120);
    my %got;
    for my $line (map { decode_json($_) } split /\n/, $r->{out}) {
        if ($line->{type} eq 'finding') { push @{ $got{ $line->{file} }{findings} }, $line }
        else { $got{ $line->{file} }{verdict} = $line->{verdict} }
    }
    return (\%got, $r);
}

sub is_found {
    my ($must, @findings) = @_;
    my ($kind, $path, $seq) = @$must{qw(kind path seq)};
    return grep {
               $_->{kind} eq $kind
            && (!defined $path || ($_->{path} // '') eq $path)
            && (!defined $seq || ($_->{seq} // '') eq $seq)
    } @findings;
}

# As in bundle_cases.py: what the verifier and the case disagree about.
sub differences {
    my ($case, $got) = @_;
    my $want = $case->{verdict} eq 'unreadable' ? 'unknown' : $case->{verdict};
    my @findings = @{ $got->{findings} // [] };
    my %allowed = map { $_ => 1 } @{ $case->{may} }, map { $_->{kind} } @{ $case->{must} };
    return (
        ($got->{verdict} // 'none') eq $want ? () : "the verdict is " . ($got->{verdict} // 'none') . ", not $want",
        (map { "not found: $_->{kind} " . ($_->{path} // '') } grep { !is_found($_, @findings) } @{ $case->{must} }),
        (map { "found: $_->{kind} " . ($_->{path} // '') . " $_->{detail}" } grep { !$allowed{ $_->{kind} } } @findings),
    );
}

sub cases_hold {
    my ($directory, $least) = @_;
    my $cases = decode_json(slurp("$directory/cases.json"));
    my %groups;
    push @{ $groups{ join "\n", @{ $_->{pins} }, $_->{policy} // '' } }, $_ for @$cases;
    for my $group (values %groups) {
        my %files = map { ("$directory/$_->{file}" => 1) } @$group;
        my ($got, $r) = verdicts(@{ $group->[0] }{qw(pins policy)}, sort keys %files);
        my ($highest) = sort { $b <=> $a } map { $_->{exit} } @$group;
        is $r->{status}, $highest, 'the exit status is the highest of ' . keys %files;
        for my $case (@$group) {
            my @why = differences($case, $got->{"$directory/$case->{file}"});
            ok !@why, $case->{name} or diag join "\n", @why;
        }
    }
    cmp_ok scalar @$cases, '>=', $least, 'all cases ran';
    return;
}

sub pins {
    my ($pins) = grep { @$_ == 2 } map { $_->{pins} } @{ decode_json(slurp("$good/cases.json")) };
    return $pins;
}

make($good);
subtest 'good bundles' => sub { cases_hold($good, 30) };
make('--negatives', "$dir/spoiled");
subtest 'spoiled bundles' => sub { cases_hold("$dir/spoiled", 380) };

subtest 'what it says' => sub {
    my $file = "$good/soc2.tar.gz";
    my $r = auditverify([$file]);
    is $r->{status}, 0;
    like $r->{out}, qr/^Verdict: intact$/m;
    like $r->{out}, qr/not pinned/;
    like $r->{out}, qr/19 entries, numbers 1 to 22 of the chain, in 3 stretches/;
    like $r->{out}, qr/Not shown by this: that all that happened was logged/;
    my ($fingerprint) = $r->{out} =~ /bundle is signed by .*\n\s+fingerprint ([0-9a-f]{64})/;
    my $json = decode_json(auditverify(['--format', 'json', '--key', uc($fingerprint =~ s/..\K(?=.)/:/gr), $file])->{out});
    is $json->{verdict}, 'intact', 'a fingerprint pins the bundle, and not the log';
    my $bundle = $json->{bundles}[0];
    is_deeply [@$bundle{qw(bundle_kind status read_to_the_end findings_total)}], ['soc2', 'complete', JSON::PP::true, '0'];
    ok $bundle->{bundle_key}{pinned} && !$bundle->{log_key}{pinned};
    is "$bundle->{sha256}  $file\n", qx(sha256sum '$file');
    is "$bundle->{tar_sha256}  -\n", qx(gzip -dc '$file' | sha256sum);
    spew("$dir/bundle.pub", pins()->[0] . "\n");
    spew("$dir/log.pub", pins()->[1] . "\n");
    is auditverify(['--format', 'json', '--key', "$dir/bundle.pub", '--key', "$dir/log.pub", $file])->{out} =~ /"verdict":"trusted"/
        ? 'trusted' : 'not', 'trusted', 'both keys, from files';
    is auditverify(['--key', '0' x 64, $file])->{status}, 1, 'another key';
};

subtest 'usage' => sub {
    my $file = "$good/soc2.tar.gz";
    for my $option (['--org', '1' x 8 . '-1111-1111-1111-111111111111'], ['--system'], ['-d', 'x'], ['--no-guards'],
        ['--metrics', "$dir/m"], ['--jobs', 2], ['--incremental', "$dir/s"]) {
        my $r = auditverify([@$option, $file]);
        is $r->{status}, 2, "@$option is of a database";
        like $r->{err}, qr/evidence bundle/;
    }
    is auditverify(['--extract', $dir])->{status}, 2, '--extract needs a file';
    is auditverify(['--extract', $dir, '-'])->{status}, 2, 'which standard input is not';
    is auditverify(['--key', 'x', $file])->{status}, 3, 'a key that is not there';
    is auditverify(['--key', 'x+y+z', $file])->{status}, 2, 'a key that is none';
};

subtest 'anchors' => sub {
    my $bundle = "$good/soc2.tar.gz";
    my $note = qx(tar -xzOf '$bundle' --wildcards '*/proof/checkpoint.note');
    mkdir "$dir/kept";
    spew("$dir/kept/a.note", $note);
    spew("$dir/kept/readme", 'no note');
    my $json = decode_json(auditverify(['--format', 'json', '--anchors', "$dir/kept", $bundle])->{out});
    is $json->{bundles}[0]{anchors_that_agree}, '1';
    spew("$dir/kept/b.note", "x.example\n1\n" . 'A' x 43 . "=\n\n");
    $json = decode_json(auditverify(['--format', 'json', '--anchors', "$dir/kept", $bundle])->{out});
    is $json->{bundles}[0]{anchors_passed_over}, '1';
    is auditverify(['--anchors', "$dir/none", $bundle])->{status}, 3, 'that is not there';
    my $another = 'import sys; sys.path.insert(0, "tests/vectors"); from bundle_world import *;'
        . 'print(note("%s\n6\n%s=\n" % (ORIGIN, "A" * 43), World().log_keys[1]), end="")';
    spew("$dir/kept/c.note", AuditTest::run(['python3', '-B', '-c', $another])->{out});
    my $r = auditverify(['--anchors', "$dir/kept", $bundle]);
    is $r->{status}, 1, 'the log signed another root for the same size';
    like $r->{out}, qr{rewritten +proof/checkpoint\.note\n +the log of 6 seals is another than \Q$dir\E/kept/c\.note says};
};

subtest 'cosignatures' => sub {
    my ($bundle, $none) = map { "$good/$_.tar.gz" } 'soc2', 'soc2-withheld';
    my ($case) = grep { $_->{name} =~ /^two of three/ } @{ decode_json(slurp("$dir/spoiled/cases.json")) };
    spew("$dir/policy", $case->{policy});
    like auditverify([$bundle])->{out}, qr/1 witness that the bundle names cosigned the checkpoint; whose they are/;
    my @args = ('--key', pins()->[0], '--policy', "$dir/policy");
    my $r = auditverify([@args, $bundle]);
    is $r->{status}, 0 or diag $r->{out}, $r->{err};
    like $r->{out}, qr/^Verdict: trusted\n.*2 of the 3 witnesses of the policy \(--policy\) cosigned/ms;
    is_deeply [@{ decode_json(auditverify(['--format', 'json', @args, $bundle])->{out})->{bundles}[0] }{qw(policy_witnesses policy_cosignatures)}], [3, 2];
    $r = auditverify([@args, $none]);
    is $r->{status}, 1, 'none';
    like $r->{out}, qr{signature +proof/cosignatures\.txt\n +0 of the 3 witnesses of the policy};
    is auditverify(['--policy', "$dir/policy", $bundle])->{out} =~ /^Verdict: (\S+)/m ? $1 : '', 'intact', 'the bundle has a key of its own';
    is auditverify(['--policy', $bundle, $bundle])->{status}, 2, 'no policy';
    my ($own) = grep { $_->{name} =~ /^a log by the bundle's own key/ } @{ decode_json(slurp("$dir/spoiled/cases.json")) };
    my ($verdict) = auditverify([qw(--key), $own->{pins}[0], "$dir/spoiled/$own->{file}"])->{out} =~ /^Verdict: (\S+)/m;
    is $verdict, 'trusted', 'one key for both, where no other is known';
    spew("$dir/policy", "log $own->{pins}[1]\nquorum none\n");
    $r = auditverify(['--policy', "$dir/policy", '--key', $own->{pins}[0], "$dir/spoiled/$own->{file}"]);
    is $r->{status}, 1, 'and not where a policy names another log';
    like $r->{out}, qr/it is of no log that the policy names/;
};

subtest 'time-stamps' => sub {
    my $bundle = "$good/soc2.tar.gz";
    like auditverify([$bundle])->{out}, qr/who signed that was not checked \(--tsa-ca\)/;
    my $make = 'openssl req -x509 -newkey ed25519 -nodes -subj /CN=x -keyout "$1/ca.key" -out "$1/ca.pem" -days 2';
    is AuditTest::run(['sh', '-c', $make, 'sh', $dir])->{status}, 0;
    my $r = auditverify(['--tsa-ca', "$dir/ca.pem", $bundle]);
    is $r->{status}, 1, 'one that nobody signed whom the reader trusts';
    like $r->{out}, qr{signature +proof/timestamp\.tsr};
    is auditverify(['--tsa-ca', "$dir/none.pem", $bundle])->{status}, 3;
};

sub tree {
    my ($top) = @_;
    my $list = qx(cd '$top' && find . -printf '%y %m %p\n' | LC_ALL=C sort -k 3);
    return $list;
}

subtest 'extracting' => sub {
    my $bundle = "$good/soc2.tar.gz";
    my ($name) = qx(tar -tzf '$bundle') =~ m{^([^/]+)/};
    my $r = AuditTest::run(['sh', '-c', 'umask 022; exec "$@"', 'sh', AuditTest::bin('auditverify'), '--extract', "$dir/out", $bundle]);
    is $r->{status}, 0 or diag $r->{err};
    system "mkdir '$dir/tar' && tar -xzf '$bundle' -C '$dir/tar'";
    is system('diff', '-r', "$dir/out", "$dir/tar"), 0, 'the files are those that tar gives';
    my $listed = tree("$dir/out");
    is_deeply [grep { !/^(?:f 644|d 755|f 755 .*\/verify\.sh$)/ } split /\n/, $listed], [], 'and nothing but files';
    $r = auditverify(['--extract', "$dir/out", $bundle]);
    is $r->{status}, 3, 'it is there';
    like $r->{err}, qr/\Q$name\E is there already/;
    is $r->{out}, '', 'and nothing is said to be trusted by a run that failed';
    is tree("$dir/out"), $listed, 'and stays as it is';
    mkdir "$dir/link";
    symlink '/', "$dir/link/$name";
    is auditverify(['--extract', "$dir/link", $bundle])->{status}, 3, 'a link is not followed';
    is readlink("$dir/link/$name"), '/';
    $r = auditverify(['--extract', "$dir/bad", "$dir/spoiled/001.tar.gz"]);
    is $r->{status}, 1;
    ok !-e "$dir/bad", 'nothing is written of what has findings';
    is auditverify(['--extract', "$dir/rofs", "$good/none.tar.gz"])->{status}, 3;
    ok !-e "$dir/rofs";
};

sub gzip {
    my ($bytes, $file) = @_;
    spew("$dir/raw", $bytes);
    IO::Compress::Gzip::gzip("$dir/raw" => $file, -Minimal => 1, -OS_Code => 255) or die;
    return;
}

# So many empty members, made by a program as they are read.
my $TINY = <<'PYTHON';
import sys, zlib
deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
out = sys.stdout.buffer
out.write(bytes.fromhex("1f8b08000000000000ff"))
for i in range(int(sys.argv[1])):
    h = bytearray(512)
    h[:17] = b"b/data/a%09d" % i
    h[100:108], h[108:116], h[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
    h[124:136], h[136:148], h[148:156] = b"00000000000\0", b"00000000000\0", b"        "
    h[156:157], h[257:265] = b"0", b"ustar\00000"
    h[148:156] = b"%06o\0 " % sum(h)
    out.write(deflate.compress(bytes(h)))
PYTHON

subtest 'hostile files' => sub {
    my $limit = 'ulimit -v 400000; exec "$@"';
    my ($bomb) = grep { $_->{name} eq '1 GiB of zeros' } @{ decode_json(slurp("$dir/spoiled/cases.json")) };
    my $r = AuditTest::run(['sh', '-c', $limit, 'sh', AuditTest::bin('auditverify'), '-q', "$dir/spoiled/$bomb->{file}"]);
    is $r->{status}, 1, 'a gibibyte of zeros, in bounded memory';
    like $r->{out}, qr/file-unlisted data\/zeros\.bin/;
    $r = AuditTest::run(['sh', '-c', 'python3 -c "$2" 10000000 2>/dev/null | "$1" -q -', 'sh', AuditTest::bin('auditverify'), $TINY]);
    is $r->{status}, 1, 'ten million members are refused at the 100,001st';
    like $r->{out}, qr/more than 100,000 members/;
    for my $case (['/dev/null', qr/not a gzip file/], [$dir, qr/directory/i], ["$dir/none", qr/No such file/],
        ['/proc/self/mem', qr/Input\/output error/]) {
        $r = auditverify([$case->[0]]);
        is $r->{status}, 3, $case->[0];
        like $r->{err}, $case->[1];
        is $r->{out}, '';
    }
    $r = AuditTest::run(['sh', '-c', '"$1" "$2" >&-', 'sh', AuditTest::bin('auditverify'), "$good/soc2.tar.gz"]);
    is $r->{status}, 3, 'a closed standard output';
    $r = AuditTest::run(['sh', '-c', '"$1" "$2" >/dev/full', 'sh', AuditTest::bin('auditverify'), "$good/soc2.tar.gz"]);
    is $r->{status}, 3, 'a full one';
    gzip("\0" x 1024, "$dir/empty.tar.gz");
    like auditverify(["$dir/empty.tar.gz"])->{out}, qr/archive.*\n\s+it is empty/;
    my $escape = "b/data/\e[31mred";
    gzip($escape . "\0" x (512 - length $escape) . "\0" x 1024, "$dir/escape.tar.gz");
    unlike auditverify(["$dir/escape.tar.gz"])->{out}, qr/\e/, 'no escape reaches the terminal';
};

# Every length would take a process each: all lengths of what is not compressed well, in steps, and all near both ends.
subtest 'cut anywhere' => sub {
    my $whole = slurp("$good/sample.tar.gz");
    my $len = length $whole;
    my %at = map { $_ => 1 } 2 .. 40, $len - 40 .. $len - 1, map { int($len * $_ / 60) } 1 .. 59;
    my @files;
    for my $at (sort { $a <=> $b } keys %at) {
        push @files, sprintf '%s/cut%07d', $dir, $at;
        spew($files[-1], substr $whole, 0, $at);
    }
    my ($got) = verdicts([], undef, @files);
    is_deeply [grep { $got->{$_}{verdict} ne 'findings' || !is_found({ kind => 'archive' }, @{ $got->{$_}{findings} }) } @files], [],
        @files . ' cuts are found';
};

subtest 'a pipe' => sub {
    my $r = AuditTest::run(['sh', '-c', 'cat "$2" | "$1" -', 'sh', AuditTest::bin('auditverify'), "$good/soc2.tar.gz"]);
    is $r->{status}, 0;
    like $r->{out}, qr/^Evidence bundle "standard input"/;
};

done_testing();
