#!/usr/bin/perl
# verify.html in Chromium says of every bundle of the vectors what the independent checker in Python says. Screenshots go to
# build/screenshots.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';
use AuditTest;
use BrowserTest;
use JSON::PP;
use Test::More;
use VerifyPage;

my $dir = tempdir();
my $pictures = ($ENV{B} // 'build') . '/screenshots';
my $browser = BrowserTest->start;
my $page;

sub cases {
    my ($name, @options) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $run = AuditTest::run(['python3', 'tests/vectors/bundle_make.py', @options, "$dir/$name"], timeout => 120);
    $run->{status} == 0 or BAIL_OUT $run->{err};
    # The page takes keys, all of which must have signed: it can be told of some policies only.
    return map { {%$_, file => "$dir/$name/$_->{file}", given => $_->{keys} // $_->{pins}} }
        grep { !$_->{policy} || $_->{keys} } @{decode_json(slurp("$dir/$name/cases.json"))};
}

sub is_found {
    my ($must, @findings) = @_;
    return grep {
        my $item = $_;
        $item->{kind} eq $must->{kind}
            && !grep { defined $must->{$_} && ($item->{$_} // '') ne $must->{$_} } qw(path seq)
    } @findings;
}

sub agrees {
    my ($case) = @_;
    my $result = $page->check($case->{file}, @{$case->{given}});
    my %known = map { $_ => 1 } @{$case->{may}}, map { $_->{kind} } @{$case->{must}};
    my @wrong = $result->{verdict} eq $case->{verdict} ? () : "the verdict is $result->{verdict}";
    push @wrong, map { 'not found: ' . join ' ', map { $_ // '-' } @$_{qw(kind path seq)} }
        grep { !is_found($_, @{$result->{findings}}) } @{$case->{must}};
    push @wrong, map { 'found: ' . join ' ', map { $_ // '-' } @$_{qw(kind path seq detail)} }
        grep { !$known{$_->{kind}} } @{$result->{findings}};
    is_deeply \@wrong, [], $case->{name};
    return $result;
}

# Everything that two checkers find is the same, not only what the case is about.
sub agrees_with_python {
    my ($case) = @_;
    spew("$dir/policy", $case->{policy}) if defined $case->{policy};
    my $run = AuditTest::run(['python3', '-B', 'tests/vectors/bundle_check.py', '--json', $case->{file},
        map({ ('--pin', $_) } @{$case->{pins}}), defined $case->{policy} ? ('--policy', "$dir/policy") : ()]);
    my $python = decode_json($run->{out});
    my $result = $page->check($case->{file}, @{$case->{given}});
    my @of = map { [sort map { join ' ', map { $_ // '-' } @$_{qw(kind path seq)} } @{$_->{findings}}] } $result, $python;
    is_deeply $of[0], $of[1], "the same findings: $case->{name}";
    return;
}

my @good = cases('good');
my @spoiled = cases('spoiled', '--negatives');
$page = VerifyPage->new($browser);

subtest 'good bundles' => sub { agrees($_) for @good };
subtest 'spoiled bundles' => sub {
    agrees($_) for @spoiled;
    cmp_ok scalar @spoiled, '>=', 380, 'all of them';
};
subtest 'finding by finding' => sub {
    # Where an archive is damaged, one reader may come further than another.
    my @few = grep { $_->{verdict} eq 'findings' && !$_->{policy} && -s $_->{file} < 100_000
            && !is_found({kind => 'archive'}, @{$_->{must}}) }
        @spoiled;
    agrees_with_python($few[7 * $_]) for 0 .. $#few / 7;
};

subtest 'the page itself' => sub {
    is $page->refused, 0, 'its policy refused nothing';
    is $page->asked, 0, 'and it asked for nothing';
    $page = VerifyPage->new($browser);
    my $bad = $page->check($good[0]{file}, 'not a key');
    is $bad->{verdict}, 'usage', 'a key that is none';
    like $browser->script('return document.getElementById("bad-key").innerText'), qr/neither a fingerprint .*not a key/,
        'is said to be none';
    my ($vkey) = map { @{$_->{given}} } @good;
    my $signer = $page->check($good[0]{file})->{facts}{signer};
    ok $page->check($good[0]{file}, uc($signer->{fingerprint}) =~ s/..\B\K/:/gr)->{facts}{signer}{pinned},
        'a fingerprint with colons, in upper case';
    $browser->script('document.getElementById("key").value = arguments[0]', '0' x 64);
    is $page->answer(sub { $browser->click($browser->element('#again')) })->{verdict}, 'findings', 'the button checks again';
    is $browser->script('return document.activeElement.id'), 'verdict', 'whose verdict is read out next';
    $browser->script('document.getElementById("file").focus()');
    my @met = map { $browser->press('Tab'); $browser->script('return document.activeElement.id') } 1 .. 2;
    is_deeply \@met, [qw(key again)], 'the keyboard comes from the file to the key to the button';
    is $page->answer(sub { $browser->press('Enter') })->{verdict}, 'findings', 'and presses it';
    my ($markup) = grep { $_->{name} eq 'a path with an escape' } @spoiled;
    $page->check($markup->{file});
    unlike $browser->script('return document.body.innerText'), qr/\e/, 'a path with an escape is not shown';
};

subtest 'screenshots' => sub {
    mkdir $pictures;
    my ($trusted) = grep { $_->{verdict} eq 'trusted' && $_->{name} =~ /^soc2,/ } @good;
    my ($found) = grep { $_->{name} eq 'swap two files of entries' } @spoiled;
    my %shown = (start => undef, intact => {file => $trusted->{file}, given => []}, trusted => $trusted, findings => $found);
    for my $name (sort keys %shown) {
        $page = VerifyPage->new($browser);
        $page->check($shown{$name}{file}, @{$shown{$name}{given}}) if $shown{$name};
        for my $form (['desktop', 1180, 900, 0], ['dark', 1180, 900, 1], ['phone', 390, 844, 0]) {
            my ($kind, $width, $height, $dark) = @$form;
            $browser->size($width, $height);
            $browser->dark($dark);
            is $browser->script('return document.documentElement.scrollWidth'), $width, "$name, $kind: nothing hangs over";
            $browser->picture("$pictures/$name-$kind.png");
        }
    }
    $browser->dark(0);
};

$browser->stop;
done_testing();
