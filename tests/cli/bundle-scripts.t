#!/usr/bin/perl
# verify.sh, which has only standard tools, says of bundles what the other checkers say. Here of one case of a sort, and
# how it is called; tests/long/bundle-scripts.t has it check all of them.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use VerifyScriptTest;
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64);
use JSON::PP;
use Test::More;

my $dir = tempdir();
local $ENV{TMPDIR} = tempdir();
my $script = 'share/bundle/verify.sh';

my @good = bundle_cases("$dir/good");
my %bundles;
agrees_on([@good[0 .. 3], grep { !$bundles{$_->{file}}++ } reverse @good]);

subtest 'other shells and tools' => sub {
    my ($case) = grep { $_->{verdict} eq 'trusted' } @good;
    my %shell = (mawk => 'bash', gawk => 'dash', 'original-awk' => 'bash', busybox => 'busybox sh');
    for my $tool (sort keys %shell) {
        my $path = path_with($tool) or next;
        my ($program) = split / /, $shell{$tool};
        my $shell = (grep { -x "$_/$program" } split /:/, $ENV{PATH}) ? $shell{$tool} : 'sh';
        agrees({%$case, name => "$tool, $shell"}, verify_script([$case->{file}, @{$case->{pins}}], shell => $shell, env => {PATH => $path}));
    }
};

# A sort is what must be found, and in which part of the bundle.
sub sort_of {
    return join ' ', sort map { "$_->{kind} " . (($_->{path} // '') =~ s{(?:.*/\K)?[^/]*$}{}r) } @{$_[0]{must}};
}

my (%seen, @archives, @others);
for my $case (bundle_cases("$dir/spoiled", '--negatives')) {
    next if -s $case->{file} > 50_000; # a bomb
    my $is_archive = grep { $_->{kind} eq 'archive' } @{$case->{must}};
    push @archives, $case if $is_archive && ++$seen{archives} % 8 == 0;
    push @others, $case if !$is_archive && (!$seen{sort_of($case)}++ || $case->{name} =~ /bundle's own key/);
}
agrees_on([@archives, @others]);
cmp_ok scalar @archives, '>=', 12, 'archives that are not as they must be';
cmp_ok scalar @others, '>=', 25, 'and sorts of bundles that hold what they must not';

subtest 'a directory' => sub {
    my @cases = ($good[2], @others[map { 4 * $_ } 0 .. @others / 4 - 1]);
    agrees_on(\@cases, bundle => sub { unpacked($_[0]{file}) });
};

subtest 'how it is called' => sub {
    my $bundle = unpacked("$dir/good/soc2.tar.gz");
    my $verify = sub { verify_script([@_]) };
    my ($fingerprint) = decode_json(slurp("$bundle/proof/keys.json"))->{bundle}{fingerprint};
    is $verify->($bundle, uc $fingerprint)->{status}, 0, 'a fingerprint in upper case';
    is $verify->($bundle, $fingerprint =~ s/..\B\K/:/gr)->{status}, 0, 'and with colons';
    is $verify->($bundle, '0' x 64)->{status}, 1, 'another key: 1';
    is $verify->('x')->{status}, 2, 'no key: 2';
    is $verify->($bundle, $fingerprint, 'x')->{status}, 2, 'another argument: 2';
    is $verify->($bundle, 'a+00000000+AAAA')->{status}, 2, 'a verifier key that is none: 2';
    is $verify->(tempdir())->{status}, 3, 'no bundle: 3';
    like $verify->($bundle)->{err}, qr/compare it.*\n$fingerprint\n/, 'without a key it says which to compare';
    my $run = verify_script([$fingerprint], cwd => $bundle);
    is $run->{status}, 0, 'in the directory of a bundle' or diag $run->{out}, $run->{err};
    like $run->{err}, qr/by a key that you gave/, 'it says whose signature it is';
    like $run->{err}, qr/NOT checked: whose time-stamp/, 'and what it did not check';
    my $tools = tempdir();
    symlink "/usr/bin/$_", "$tools/$_" for grep { -x "/usr/bin/$_" }
        qw(sh find awk sort sha256sum sed tr tail head cut wc cat grep dirname date mktemp mkfifo rm xargs od);
    $run = AuditTest::run(['/bin/sh', $script, $bundle], env => {PATH => $tools});
    is $run->{status}, 3, 'without openssl: 3' or diag $run->{out}, $run->{err};
    like $run->{err}, qr/NO signature was checked/, 'and it says so';
    my $own = slurp("$bundle/verify.sh");
    spew("$bundle/verify.sh", slurp($script));
    $run = AuditTest::run(['sh', "$bundle/verify.sh"], cwd => '/');
    is $run->{out}, "file-altered\tverify.sh\tit is not as tagmanifest-sha256.txt says\n",
        'from elsewhere it checks the directory that it is in';
    spew("$bundle/verify.sh", $own);
    symlink 'custody.csv', "$bundle/data/link.csv" or die $!;
    $run = $verify->($bundle);
    is $run->{status}, 1, 'a link: 1';
    like $run->{out}, qr{^archive\t\./data/link\.csv\t}, 'by name';
    unlink "$bundle/data/link.csv";
    spew("$bundle/data/a\n\e]0;x\a.csv", '');
    $run = $verify->($bundle);
    is $run->{status}, 1, 'a name with a line end: 1';
    unlike $run->{out}, qr/\e|\a/, 'which the terminal does not see';
};

# What could not be done is no finding.
subtest 'its temporary directory' => sub {
    my $archive = "$dir/good/soc2.tar.gz";
    my $run = verify_script([$archive], env => {TMPDIR => "$dir/none"});
    is "$run->{status} $run->{out}", '3 ', 'that is none: 3';
    $run = AuditTest::run(['sh', '-c', 'ulimit -f 2; exec sh "$@"', 'sh', $script, $archive]);
    is "$run->{status} $run->{out}", '3 ', 'that takes no more: 3' or diag $run->{err};
    my $here = tempdir();
    mkdir "$here/a b" or die $!;
    $run = verify_script([$archive], cwd => $here, env => {TMPDIR => 'a b'});
    is "$run->{status} $run->{out}", '0 ', 'that is relative, with a blank' or diag $run->{err};
    is_deeply [glob "'$here/a b'/*"], [], 'which is left empty';
    my $broken = tempdir();
    spew("$broken/awk", "#!/bin/sh\nexit 2\n");
    chmod 0755, "$broken/awk" or die $!;
    is verify_script([unpacked($archive)], env => {PATH => "$broken:$ENV{PATH}"})->{status}, 3, 'an awk that fails: 3';
    is_deeply [glob "$ENV{TMPDIR}/*"], [grep { -d } glob "$ENV{TMPDIR}/audittest-*"], 'nothing is left there';
};

# By hashes, so that an edit of the page must be followed by one of its policy: put there what the test got.
subtest 'the policy of verify.html' => sub {
    my $page = slurp('share/bundle/verify.html');
    my ($policy) = $page =~ /http-equiv="Content-Security-Policy" content="([^"]*)"/;
    like $policy, qr/default-src 'none'; base-uri 'none'; form-action 'none';/, 'nothing but';
    for my $element (qw(script style)) {
        my ($text) = $page =~ m{<$element>(.*?)</$element>}s;
        my ($allowed) = $policy =~ /$element-src '(\S+)'/;
        is 'sha256-' . encode_base64(sha256($text), ''), $allowed, "its own $element";
    }
};

done_testing();
