#!/usr/bin/perl
# verify.html in Chromium says of every bundle what the independent checker in Python says, and of 200,000 entries in
# bounded time and memory. Screenshots go to build/screenshots.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';
use AuditTest;
use BrowserTest;
use Encode ();
use Cwd qw(getcwd);
use JSON::PP;
use Test::More;

my $dir = tempdir();
my $pictures = ($ENV{B} // 'build') . '/screenshots';
my $browser = BrowserTest->start;
my $chosen = '';

sub cases {
    my ($name, @options) = @_;
    local $ENV{PYTHONDONTWRITEBYTECODE} = 1;
    my $run = AuditTest::run(['python3', 'tests/vectors/bundle_make.py', @options, "$dir/$name"], timeout => 120);
    $run->{status} == 0 or BAIL_OUT $run->{err};
    return map { {%$_, file => "$dir/$name/$_->{file}"} } @{decode_json(slurp("$dir/$name/cases.json"))};
}

# A fresh page, which counts what the browser refused and what it asked of any network.
sub page {
    $browser->load(getcwd() . '/share/bundle/verify.html');
    $chosen = '';
    $browser->script(<<~'JS');
        window.checks = window.refused = 0;
        document.addEventListener('checked', () => { window.checks++ });
        document.addEventListener('securitypolicyviolation', () => { window.refused++ });
        JS
    return;
}

my $wait_for_answer = <<~'JS';
    const [before, done] = arguments;
    const look = () => checks > before ? done(document.getElementById('result').textContent) : setTimeout(look, 5);
    look();
    JS

# As somebody does it: the keys are given and a file is chosen, which begins; or the button, when it is chosen already.
sub check {
    my ($file, @pins) = @_;
    my $checks = $browser->script('const key = document.getElementById("key"); key.value = arguments[0]; return checks',
        join "\n", @pins);
    $file eq $chosen ? $browser->click($browser->element('#again')) : $browser->type($browser->element('#file'), $file);
    $chosen = $file;
    return decode_json(Encode::encode('UTF-8', $browser->script_later($wait_for_answer, $checks)));
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
    my $result = check($case->{file}, @{$case->{pins}});
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
    my $run = AuditTest::run(['python3', '-B', 'tests/vectors/bundle_check.py', '--json', $case->{file},
        map { ('--pin', $_) } @{$case->{pins}}]);
    my $python = decode_json($run->{out});
    my $result = check($case->{file}, @{$case->{pins}});
    my @of = map { [sort map { join ' ', map { $_ // '-' } @$_{qw(kind path seq)} } @{$_->{findings}}] } $result, $python;
    is_deeply $of[0], $of[1], "the same findings: $case->{name}";
    return;
}

my @good = cases('good');
my @spoiled = cases('spoiled', '--negatives');
page();

subtest 'good bundles' => sub { agrees($_) for @good };
subtest 'spoiled bundles' => sub {
    agrees($_) for @spoiled;
    cmp_ok scalar @spoiled, '>=', 380, 'all of them';
};
subtest 'finding by finding' => sub {
    # Where an archive is damaged, one reader may come further than another.
    my @few = grep { $_->{verdict} eq 'findings' && -s $_->{file} < 100_000 && !is_found({kind => 'archive'}, @{$_->{must}}) }
        @spoiled;
    agrees_with_python($few[7 * $_]) for 0 .. $#few / 7;
};

subtest 'the page itself' => sub {
    is $browser->script('return refused'), 0, 'its policy refused nothing';
    is $browser->script('return performance.getEntriesByType("resource").filter(e => !e.name.startsWith("blob:")).length'),
        0, 'and it asked for nothing';
    page();
    my $bad = check($good[0]{file}, 'not a key');
    is $bad->{verdict}, 'usage', 'a key that is none';
    like $browser->script('return document.getElementById("bad-key").innerText'), qr/neither a fingerprint .*not a key/,
        'is said to be none';
    my ($vkey) = map { @{$_->{pins}} } @good;
    my $signer = check($good[0]{file})->{facts}{signer};
    ok check($good[0]{file}, uc($signer->{fingerprint}) =~ s/..\B\K/:/gr)->{facts}{signer}{pinned},
        'a fingerprint with colons, in upper case';
    $browser->script('document.getElementById("key").value = arguments[0]', '0' x 64);
    my $checks = $browser->script('return checks');
    $browser->click($browser->element('#again'));
    is decode_json($browser->script_later($wait_for_answer, $checks))->{verdict}, 'findings', 'the button checks again';
    my ($markup) = grep { $_->{name} eq 'a path with an escape' } @spoiled;
    check($markup->{file});
    unlike $browser->script('return document.body.innerText'), qr/\e/, 'a path with an escape is not shown';
};

subtest 'screenshots' => sub {
    mkdir $pictures;
    my ($trusted) = grep { $_->{verdict} eq 'trusted' && $_->{name} =~ /^soc2,/ } @good;
    my ($found) = grep { $_->{name} eq 'swap two files of entries' } @spoiled;
    my %shown = (start => undef, intact => {file => $trusted->{file}, pins => []}, trusted => $trusted, findings => $found);
    for my $name (sort keys %shown) {
        page();
        check($shown{$name}{file}, @{$shown{$name}{pins}}) if $shown{$name};
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

subtest '200,000 entries' => sub {
    my $c = AuditTest->cluster;
    my $org = '00000000-0000-4000-8000-000000000001';
    is $c->run(['auditmigrate', 'install', '-q'])->{status}, 0;
    $c->psql('postgres', slurp('tests/bench/fixture.sql'));
    my $columns = 'actor_id, actor_email, actor_role, action, resource_type, resource_id, old_values, new_values, risk_level, '
        . 'ip_address, user_agent, metadata, session_id';
    $c->psql('postgres', "INSERT INTO audit_logs (organization_id, $columns) SELECT '$org', $columns FROM bench_rows(1, 200000)",
        timeout => 300);
    my $key = "$dir/key.pem";
    is $c->run(['auditseal', 'keygen', $key, '--origin', 'audit.example.com/seals'])->{status}, 0;
    my $run = $c->run(['auditexport', 'soc2', '--org', $org, '--from', '2000-01-01', '--to', '2100-01-01', '--key', $key,
        '--seal', '-o', "$dir/large.tar.gz"], timeout => 300);
    is $run->{status}, 0 or diag $run->{err};
    $browser->stop;
    $browser = BrowserTest->start;
    page();
    my $before = $browser->peak_memory;
    my $started = time;
    my $result = check("$dir/large.tar.gz", slurp("$key.pub") =~ s/\s+\z//r);
    my $seconds = time - $started;
    my $peak = $browser->peak_memory;
    is $result->{verdict}, 'trusted' or diag explain $result->{findings}[0];
    is $result->{facts}{events}{entries}, 200_000;
    diag sprintf '%.1f MB in %d s; the largest process of the browser had %d MiB before, and at most %d MiB',
        (-s "$dir/large.tar.gz") / 1e6, $seconds, $before, $peak;
    cmp_ok $peak, '<', 400, 'memory is bounded';
};

$browser->stop;
done_testing();
