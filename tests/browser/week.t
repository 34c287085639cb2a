#!/usr/bin/perl
# A week of five tenants, 200,000 entries: verify.html in Chromium says of each bundle what auditverify says, in bounded
# memory, and the pages in the bundles can be read everywhere. Screenshots go to build/screenshots.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use BrowserTest;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use VerifyPage;
use WeekTest;

my $entries = 200_000;
my $dir = tempdir();
my $pictures = ($ENV{B} // 'build') . '/screenshots';
my $week = WeekTest->new(AuditTest->cluster, $entries);
my @bundles = $week->bundles;
my $fingerprint = $bundles[0]{said}{fingerprint};
my $browser = BrowserTest->start;
my $page = VerifyPage->new($browser);

sub auditverify {
    my ($file, @pins) = @_;
    my $run = AuditTest::run(['auditverify', '--format', 'json', '--max-findings', 10_000, map({ ('--key', $_) } @pins), $file], timeout => 300);
    return decode_json($run->{out})->{bundles}[0];
}

sub found { return [sort map { join ' ', map { $_ // '-' } @$_{qw(kind path seq)} } @_] }

# The same verdict, of the same things, for the same reasons.
sub agree {
    my ($what, $file, @pins) = @_;
    my $tool = auditverify($file, @pins);
    my $result = $page->check($file, @pins);
    my $is = "$what is $tool->{verdict}";
    is $result->{verdict}, $tool->{verdict}, $is or diag explain $result->{findings}[0];
    is_deeply found(@{$result->{findings}}), found(@{$tool->{findings}}), "$is: the same findings";
    is_deeply $result->{kinds}, {map { $_ => 0 + $tool->{findings_by_kind}{$_} } keys %{$tool->{findings_by_kind}}}, "$is: as many";
    return $result if $tool->{verdict} eq 'findings';
    my %extent = %{$tool->{extent}};
    is_deeply [@{$result->{facts}{events}}{qw(entries first last)}, $result->{facts}{files}], [@extent{qw(entries first_seq last_seq files)}],
        "$is: the same entries and files";
    is_deeply [map { 0 + $_->{pinned} } @{$result->{facts}}{qw(signer log)}], [map { 0 + $_->{pinned} } @$tool{qw(bundle_key log_key)}],
        "$is: the same keys";
    return $result;
}

# The same archive with other bytes in it, as long as they were.
sub altered {
    my ($bundle, $change) = @_;
    my $file = "$dir/altered-$bundle->{name}.tar.gz";
    system("gzip -dc '$bundle->{file}' | perl -pe '$change' | gzip -1n >$file") == 0 or die "no altered bundle\n";
    open my $out, '+<:raw', $file or die "$file: $!\n";
    seek $out, 8, 0;
    print $out "\x04\xff";
    close $out or die "$file: $!\n";
    return $file;
}

subtest 'every bundle' => sub {
    my $total = 0;
    my $started = time;
    for my $bundle (@bundles) {
        my $result = agree($bundle->{name}, $bundle->{file}, $fingerprint);
        is $result->{verdict}, 'trusted';
        $total += $result->{facts}{events}{entries} if $bundle->{name} =~ /^soc2-\d/;
    }
    is $total, $entries, 'all entries of the five tenants';
    diag sprintf '%.0f MB in %.1f s; no process of the browser had more than %d MiB',
        eval { my $n = 0; $n += -s $_->{file} for @bundles; $n } / 1e6, time - $started, $browser->peak_memory;
    cmp_ok $browser->peak_memory, '<', 400, 'memory is bounded';
};

subtest 'other keys, and none' => sub {
    my %bundle = map { $_->{name} => $_ } @bundles;
    is agree('a person\'s, no key', $bundle{subject}{file})->{verdict}, 'intact';
    is agree('a breach, another key', $bundle{breach}{file}, $fingerprint =~ tr/0-9a-f/1-9a-f0/r)->{verdict}, 'findings';
};

subtest 'altered' => sub {
    my ($large, $small) = @bundles[0, 4];
    my $result = agree('of every login, the action', altered($large, 's/LOGIN/NIGOL/g'), $fingerprint);
    cmp_ok $result->{more}, '>', 10_000, 'more than are listed';
    picture_of('many-findings');
    agree('one number in a table', altered($small, 's/"low"/"mid"/ && $n++ if !$n'), $fingerprint);
    spew("$dir/cut.tar.gz", substr slurp($small->{file}), 0, 1_000_000);
    agree('cut', "$dir/cut.tar.gz", $fingerprint);
};

# As a reader has it: on a desk, at night, and on a telephone.
sub picture_of {
    my ($name) = @_;
    mkdir $pictures;
    for my $form (['desktop', 1180, 900, 0], ['dark', 1180, 900, 1], ['phone', 390, 844, 0]) {
        my ($kind, $width, $height, $dark) = @$form;
        $browser->size($width, $height);
        $browser->dark($dark);
        is $browser->script('return document.documentElement.scrollWidth'), $width, "$name, $kind: nothing hangs over";
        $browser->picture("$pictures/$name-$kind.png");
    }
    $browser->dark(0);
    return;
}

subtest 'pages' => sub {
    for my $bundle (@bundles[0, 5 .. 8]) {
        my $to = "$dir/$bundle->{name}";
        mkdir $to;
        is system('tar', '-xzf', $bundle->{file}, '-C', $to, '--strip-components=1'), 0;
        for my $file (glob "$to/data/*.html") {
            my ($name) = $file =~ m{([^/]+)\.html\z};
            $browser->load($file);
            picture_of("$bundle->{name}-$name");
        }
    }
};

subtest 'the list of files' => sub {
    $browser->load("$dir/soc2-1/data/index.html");
    $browser->type($browser->element('#search'), 'exceptions cc6');
    my $rows = $browser->script('return Array.from(document.querySelectorAll("#files tbody tr")).filter(r => r.offsetHeight).map(r => r.textContent)');
    cmp_ok scalar @$rows, '>', 2;
    is_deeply [grep { !m{data/exceptions/CC6} } @$rows], [], 'is searched';
    is $browser->script('return document.getElementById("shown").textContent') =~ s/ of.*//r, scalar @$rows, 'and says how many it shows';
};

$browser->stop;
done_testing();
