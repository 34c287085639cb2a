#!/usr/bin/perl
# verify.sh, which has only standard tools, on unpacked bundles: it finds by name every file that is not as it was
# signed, and nothing in a good bundle. What else is wrong with a bundle it does not look at, and says so.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Cwd qw(getcwd);
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64);
use JSON::PP;
use Test::More;

my $dir = tempdir();
my $script = getcwd() . '/share/bundle/verify.sh';
my %required = map { $_ => 1 } qw(bagit.txt bag-info.txt manifest-sha256.txt tagmanifest-sha256.txt tagmanifest.sig
    data/bundle.json data/completeness.json proof/checkpoint.note proof/seal.json proof/keys.json proof/pubkeys.pem);

sub cases {
    my ($name, @options) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $run = AuditTest::run(['python3', 'tests/vectors/bundle_make.py', @options, "$dir/$name"], timeout => 120);
    $run->{status} == 0 or BAIL_OUT $run->{err};
    return map { {%$_, file => "$dir/$name/$_->{file}"} } @{decode_json(slurp("$dir/$name/cases.json"))};
}

# The directory of an unpacked bundle, or nothing where tar refuses it.
sub unpacked {
    my ($file) = @_;
    my $into = tempdir();
    my $tar = AuditTest::run(['tar', '-xzf', $file, '-C', $into]);
    my @top = glob "$into/*";
    return $tar->{status} == 0 && @top == 1 ? $top[0] : undef;
}

sub verify {
    my ($bundle, @arguments) = @_;
    my $run = AuditTest::run(['sh', $script, @arguments], cwd => $bundle);
    $run->{findings} = {map { my ($kind, $path) = split /\t/; ("$kind $path" => 1) } split /\n/, $run->{out}};
    return $run;
}

# What of a case's findings is this script's to find.
sub is_ours {
    my ($bundle, $kind, $path) = @_;
    return 1 if $kind eq 'file-altered' || $kind eq 'file-unlisted';
    return $required{$path} || slurp("$bundle/manifest-sha256.txt") =~ /  \Q$path\E$/m
        || slurp("$bundle/tagmanifest-sha256.txt") =~ /  \Q$path\E$/m
        if $kind eq 'file-missing';
    return $path =~ /manifest-sha256\.txt$|^fetch\.txt$/ if $kind eq 'manifest';
    return $kind eq 'signature' && $path =~ /^(?:tagmanifest\.sig|proof\/pubkeys\.pem)$/;
}

my @good = cases('good');
my %seen;
for my $case (grep { !$seen{$_->{file}}++ } @good) {
    my $bundle = unpacked($case->{file}) // BAIL_OUT "tar does not unpack $case->{file}";
    my ($pin) = map { @{$_->{pins}}[0] } grep { $_->{file} eq $case->{file} && @{$_->{pins}} } @good;
    my $run = verify($bundle, $pin // ());
    is $run->{status}, 0, "$case->{name}: nothing found" or diag $run->{out}, $run->{err};
    like $run->{err}, $pin ? qr/by the key that you gave/ : qr/compare it/, 'it says whose signature it is';
    like $run->{err}, qr/NOT checked: the hashes, links and proofs of the entries/, 'and what it did not check';
}

my ($ours, $others) = (0, 0);
for my $case (cases('spoiled', '--negatives')) {
    next if grep { $_->{kind} eq 'archive' } @{$case->{must}};
    my @ours = map { $_->{kind} =~ /^(?:file|manifest|signature)/ ? $_ : () } @{$case->{must}};
    next if !@ours && $others > 10; # bundles with signed nonsense in their entries are all the same to this script
    next if -s $case->{file} > 100_000; # a bomb
    my $bundle = unpacked($case->{file}) // next;
    my $run = verify($bundle, @{$case->{pins}}[0] // ());
    @ours = grep { is_ours($bundle, @$_{qw(kind path)}) } @ours;
    my @missed = grep { !$run->{findings}{"$_->{kind} $_->{path}"} } @ours;
    is_deeply [map { "$_->{kind} $_->{path}" } @missed], [], $case->{name} or diag $run->{out}, $run->{err};
    my $maybe = grep { /^file/ } @{$case->{may}}, map { $_->{path} eq 'proof/keys.json' ? 'file' : () } @{$case->{must}};
    is $run->{status}, @ours ? 1 : 0, '  exit status' or diag $run->{out}, $run->{err} if @ours || !$maybe;
    @ours ? $ours++ : $others++;
}
cmp_ok $ours, '>=', 80, 'bundles whose signed files were changed';
cmp_ok $others, '>=', 10, 'and others';

subtest 'how it is called' => sub {
    my $bundle = unpacked("$dir/good/soc2.tar.gz");
    my ($fingerprint) = decode_json(slurp("$bundle/proof/keys.json"))->{bundle}{fingerprint};
    is verify($bundle, uc $fingerprint)->{status}, 0, 'a fingerprint in upper case';
    is verify($bundle, $fingerprint =~ s/..\B\K/:/gr)->{status}, 0, 'and with colons';
    is verify($bundle, '0' x 64)->{status}, 1, 'another key: 1';
    is verify($bundle, 'x')->{status}, 2, 'no key: 2';
    is verify($bundle, $fingerprint, 'x')->{status}, 2, 'two arguments: 2';
    is verify(tempdir())->{status}, 3, 'no bundle: 3';
    my $tools = tempdir();
    symlink "/usr/bin/$_", "$tools/$_" for qw(find awk sort sha256sum sed tr tail head cut wc cat grep dirname);
    my $run = AuditTest::run(['/bin/sh', $script], cwd => $bundle, env => {PATH => $tools});
    is $run->{status}, 3, 'without openssl: 3' or diag $run->{out}, $run->{err};
    like $run->{err}, qr/signature was NOT checked/, 'and it says so';
    my $own = slurp("$bundle/verify.sh");
    spew("$bundle/verify.sh", slurp($script));
    $run = AuditTest::run(['sh', "$bundle/verify.sh"], cwd => '/');
    is_deeply [split /\t/, $run->{out}], ['file-altered', 'verify.sh', "it is not as a manifest says\n"],
        'from elsewhere it checks the directory that it is in';
    spew("$bundle/verify.sh", $own);
    symlink 'custody.csv', "$bundle/data/link.csv" or die $!;
    $run = verify($bundle);
    is $run->{status}, 1, 'a link: 1';
    ok $run->{findings}{'archive ./data/link.csv'}, 'by name';
    unlink "$bundle/data/link.csv";
    spew("$bundle/data/a\n\e]0;x\a.csv", '');
    $run = verify($bundle);
    is $run->{status}, 1, 'a name with a line end: 1';
    unlike $run->{out}, qr/\e|\a/, 'which the terminal does not see';
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
