#!/usr/bin/perl
# auditquery case: what is kept of a search, that any change to it shows, and what became of what was found.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA qw(sha256_hex);
use Fcntl qw(:flock);
use File::Basename;
use JSON::PP;
use POSIX ();
use PurgeTest;
use TamperTest;
use Test::More;

my $dir = tempdir();
my $key = key('seals');
my $c = aged('old', before => sub { is $_[0]->run(['auditseal', 'seal', '--key', $key, '-q'], db => 'old')->{status}, 0, 'sealed eight years ago' });
my $org = $c->psql('old', 'SELECT t(1)');
$c->psql('old', <<'END');
CREATE ROLE inspector LOGIN IN ROLE auditproof_auditor;
CREATE ROLE keeper LOGIN IN ROLE auditproof_retainer, auditproof_approver;
CREATE ROLE member LOGIN IN ROLE authenticated;
CREATE ROLE stranger LOGIN IN ROLE authenticated;
INSERT INTO profiles (id, organization_id, email) VALUES (u(1), t(1), 'user1@example.org'), (u(2), t(2), 'user2@example.org');
SELECT format('ALTER ROLE %I SET request.jwt.claim.sub = %L', role, u(n)) FROM (VALUES ('member', 1), ('stranger', 2)) AS v (role, n) \gexec
END

sub case { my ($db, @argv) = @_; my %o = ref $argv[-1] ? %{pop @argv} : (); return $c->run(['auditquery', 'case', @argv], db => $db, %o) }
sub head_of { return $_[0]{out} =~ /head ([0-9a-f]{64})$/m ? $1 : undef }
sub hash_of { return sha256_hex(slurp($_[0])) }
sub step { return decode_json slurp("$_[0]/step.json") }
sub copied { my ($from) = @_; my $to = tempdir() . '/case'; system('cp', '-a', $from, $to) == 0 or die "cp\n"; return $to }

my $case = "$dir/case";
my (%head, $second);

subtest 'taking steps' => sub {
    my $found = $c->run(['auditquery', 'search', '--format=ndjson', '--proof', '--org', $org, '-n', 100], db => 'old')->{out};
    my $r = case('old', 'new', $case, '--title', 'Who did that?');
    is $r->{status}, 0, 'a new case' or diag $r->{err};
    is head_of($r), hash_of("$case/0001/step.json"), 'its head is the hash of its first step';
    $r = case('old', 'add', $case, '--note', "evil \e[31m", '--purpose', 'case 17', '--', 'search', '--org', $org, '-n', 100);
    is $r->{status}, 0, 'a search is kept' or diag $r->{err};
    $second = head_of($r);
    is $second, hash_of("$case/0002/step.json"), 'and is the head';
    my $s = step("$case/0002");
    is_deeply [@$s{qw(step previous kind text)}], [2, hash_of("$case/0001/step.json"), 'query', "evil \e[31m"], 'which follows from the step before';
    is_deeply $s->{files}, {map { $_ => {size => -s "$case/0002/$_", sha256 => hash_of("$case/0002/$_")} } qw(query.json heads.ndjson result.ndjson)},
        'with the hashes of its files';
    is_deeply $s->{about}, {command => 'search', filters => {org => $org}, rows => 100, more => JSON::PP::true, verified => 100, failed => 0, chains => 1}, 'what was found';
    is_deeply $s->{author}, {os_user => scalar getpwuid($<), login => 'postgres', role => 'postgres'}, 'by whom';
    ok slurp("$case/0002/result.ndjson") eq $found, 'each entry as search gives it, verified';
    my $q = decode_json slurp("$case/0002/query.json");
    is_deeply [@$q{qw(command filters rows purpose database role)}], ['search', {org => $org}, 100, 'case 17', 'old', 'postgres'], 'and the query';
    is_deeply [map { decode_json $_ } split /\n/, slurp("$case/0002/heads.ndjson")],
        [decode_json $c->psql('old', "SELECT json_build_object('chain_id', chain_id, 'seq', seq, 'entry_hash', encode(entry_hash, 'hex')) FROM auditproof.chain_entry
            WHERE chain_id = t(1) AND seq = (SELECT max(seq) - 1 FROM auditproof.chain_entry WHERE chain_id = t(1))")], 'and where the chain ended, before the query was recorded';
    is $c->psql('old', "SELECT metadata ->> 'command' || ': ' || (metadata ->> 'purpose') FROM audit_logs WHERE action = 'audit.queried'"), 'case add: case 17', 'which was chained';
    is head_of(case('old', 'note', $case, 'It was the butler.')), hash_of("$case/0003/step.json"), 'a note';
    is case('old', 'add', $case, '--', 'search', '--risk', 'critical', '--email', 'User*', '--action', 'c*', '--action', 'LOGIN', '--text', 'x', '--where',
        'new.amount=1', '--since', '2001-01-01', '--ip', '10.0.0.0/8', '--session', 's', '--resource', 'invoice', '--reverse')->{status}, 0, 'a search that finds nothing';
    is_deeply [(map { (stat "$case/$_")[2] & 07777 } '.', '0002'), map { (stat)[2] & 07777 } glob "$case/*/*"], [0700, 0700, (0600) x @{[glob "$case/*/*"]}], 'for its owner alone';
    $r = case('old', 'show', $case);
    is $r->{status}, 0, 'shown';
    like $r->{out}, qr/^0002  \S+Z  query  by \S+ as postgres\n      evil \\x1b\[31m\n      \{"command":"search",.*\n      0002\/result\.ndjson, \d+ bytes\n/m, 'step by step, and nothing acts on a terminal';
    $r = case('none', 'verify', $case, '--expect', hash_of("$case/0004/step.json"));
    is_deeply [$r->{status}, $r->{err}], [0, ''], 'verified without a database' or diag $r->{out};
    like $r->{out}, qr/ is what it was when its head was written down: 4 steps, 6 files, \d+ bytes; head [0-9a-f]{64}$/, 'which says how much';
};

subtest 'wrong input' => sub {
    for ([2, 'new', "$dir/x"], [2, 'new', "$dir/x", '--title', ' '], [3, 'new', $case, '--title', 'x'], [3, 'new', "$dir/no/x", '--title', 'x'],
         [2, 'new', "$dir/x", '--title', "\xff"], [2, 'new', "$dir/x", '--title', 'x' x 4001], [2, 'note', $case], [2, 'note', $case, 'x' x 4001],
         [2, 'show', $case, '--org', $org], [2, 'verify', $case, '--expect', 'abc'], [3, 'verify', "$dir/none"], [2, 'add', $case],
         [2, 'add', $case, '--', 'timeline'], [2, 'add', $case, '--', 'search', '--follow'], [2, 'add', $case, '--', 'search', '-n', 0],
         [2, 'add', $case, '--', 'search', '--risk', 'x'], [3, 'add', "$dir/none", '--', 'search'], [2, 'rerun', $case, '0'], [2, 'rerun', $case, '5'],
         [2, 'rerun', $case, '3'], [2, 'rerun', $case, 'x'], [2, 'rerun', $case, '--risk', 'low']) {
        my ($status, @argv) = @$_;
        my $r = case('old', @argv);
        is_deeply [$r->{status}, $r->{out}], [$status, ''], join(' ', map { length > 60 ? substr($_, 0, 60) . '...' : $_ } @argv) . ' is refused' or diag $r->{err};
    }
    my $r = case('none', 'verify', $case);
    is_deeply [$r->{status}, $r->{err} =~ /begun/], [0], 'and nothing became of it' or diag $r->{out};
    ok !-e "$dir/x", 'at all';
};

# A change to a case; what verify says of it, and that it says no more.
sub shows {
    my ($name, $change, @want) = @_;
    my $copy = copied($case);
    $change->($copy);
    my $r = case('none', 'verify', $copy);
    is_deeply [$r->{status}, split /\n/, $r->{out}], [1, @want], $name or diag $r->{err};
    is case('none', 'show', $copy)->{status}, 1, "$name: nothing is shown" if grep { m{step\.json|^\S+ is missing$} } @want;
    return;
}

sub edited {
    my ($file, $from, $to) = @_;
    return sub {
        my $text = slurp("$_[0]/$file");
        $text =~ s/$from/$to/ or die "$file: no $from\n";
        spew("$_[0]/$file", $text);
    };
}

subtest 'every change shows' => sub {
    my $result = '0002/result.ndjson';
    shows('a byte', edited($result, 'session', 'Session'), "$result has other bytes than when it was added");
    shows('more', sub { spew("$_[0]/$result", slurp("$_[0]/$result") . "\n") }, "$result is longer than when it was added");
    shows('less', sub { truncate "$_[0]/$result", 1000 or die }, "$result is shorter than when it was added");
    shows('a file gone', sub { unlink "$_[0]/$result" or die }, "$result is missing");
    shows('a file more', sub { spew("$_[0]/0002/more", 'x') }, '0002/more was never added to the case');
    shows('a file beside', sub { spew("$_[0]/README", 'x') }, 'README was never added to the case');
    shows('a name that acts on a terminal', sub { spew("$_[0]/\e[31m\xff", 'x') }, '\x1b[31m\xff was never added to the case');
    shows('a file where a step is begun', sub { spew("$_[0]/unfinished", 'x') }, 'unfinished is no folder');
    shows('a link where a step is begun', sub { symlink '/etc', "$_[0]/unfinished" or die }, 'unfinished is no folder');
    shows('what no step leaves', sub { mkdir "$_[0]/unfinished" or die; spew("$_[0]/unfinished/\nx", 'x') }, 'unfinished/\x0ax was never added to the case');
    shows('a folder', sub { mkdir "$_[0]/00001" or die }, '00001 was never added to the case');
    shows('a link to the same', sub { rename "$_[0]/$result", "$_[0].elsewhere" or die; symlink "$_[0].elsewhere", "$_[0]/$result" or die }, "$result is a symbolic link");
    shows('a step that is a link', sub { rename "$_[0]/0002", "$_[0].elsewhere" or die; symlink "$_[0].elsewhere", "$_[0]/0002" or die }, '0002 is no folder',
        '0003/step.json does not follow from the step before it: one of the two was changed');
    shows('a pipe', sub { unlink "$_[0]/$result" or die; POSIX::mkfifo("$_[0]/$result", 0600) or die }, "$result is no regular file");
    shows('a step gone', sub { system('rm', '-r', "$_[0]/0003") }, '0003 is missing', '0004/step.json does not follow from the step before it: one of the two was changed');
    shows('what a step says', edited('0003/step.json', 'butler', 'cook'), '0004/step.json does not follow from the step before it: one of the two was changed');
    shows('steps exchanged', sub { rename "$_[0]/0002", "$_[0]/x" or die; rename "$_[0]/0003", "$_[0]/0002" or die; rename "$_[0]/x", "$_[0]/0003" or die },
        '0002/step.json is of another step', '0003/step.json is of another step', '0004/step.json does not follow from the step before it: one of the two was changed');
    shows('no JSON', sub { spew("$_[0]/0004/step.json", '{') }, '0004/step.json is not what a case has there');
    shows('a path', edited('0004/step.json', 'query\.json', '../0002/query.json'), '0004/step.json is not what a case has there');
    shows('a huge step', sub { spew("$_[0]/0004/step.json", ' ' x (2 << 20)) }, '0004/step.json is longer than a case has it');
    shows('a size', edited('0004/step.json', '"size":\d+', '"size":99999999999999999999'), '0004/step.json is not what a case has there');
    shows('a kind', edited('0004/step.json', '"kind":"query"', '"kind":"confession"'), '0004/step.json is not what a case has there');
    shows('no case', sub { system("rm -r '$_[0]'/0*") }, '0001 is missing: there is no case');
    # What its end says shows only against a head that was written down.
    my $copy = copied($case);
    system('rm', '-r', "$copy/0004");
    is case('none', 'verify', $copy)->{status}, 0, 'the last step gone: what is left holds';
    my $r = case('none', 'verify', $copy, '--expect', hash_of("$case/0004/step.json"));
    is_deeply [$r->{status}, $r->{out}], [1, "the head is not the expected one: steps were taken away or added, or it is another case\n"], 'but not against the head';
    edited('0003/step.json', 'butler', 'cook')->($copy);
    $r = case('old', 'rerun', $copy);
    is $r->{status}, 0, 'a case whose last step was rewritten is self-consistent' or diag $r->{err};
    edited('0002/result.ndjson', 'session', 'Session')->($copy);
    is_deeply [map { $_->{status} } case('old', 'rerun', $copy), case('old', 'note', "$dir/none", 'x')], [3, 3], 'one that does not hold is not asked again';
    system('rm', '-r', "$copy/0001");
    is case('old', 'note', $copy, 'x')->{status}, 3, 'nor added to';
};

subtest 'interrupted' => sub {
    my $copy = copied($case);
    system('cp', '-a', "$copy/0002", "$copy/unfinished");
    my $r = case('none', 'verify', $copy);
    is $r->{status}, 0, 'a step that was not finished is no part of it' or diag $r->{out};
    like $r->{err}, qr/a step was begun and not finished/, 'which is said';
    $r = case('none', 'note', $copy, 'on');
    is $r->{status}, 0, 'and the next takes its place' or diag $r->{err};
    is_deeply [-e "$copy/unfinished", case('none', 'verify', $copy)->{status}], [undef, 0], 'for good';
    open my $lock, '<', $copy or die "$copy: $!\n";
    flock $lock, LOCK_EX or die "flock: $!\n";
    $r = case('none', 'note', $copy, 'two');
    is $r->{status}, 3, 'one at a time';
    like $r->{err}, qr/somebody else is adding/, 'is told why';
    close $lock;
    $r = $c->run(['sh', '-c', "ulimit -f 1; exec @{[AuditTest::bin('auditquery')]} case add $copy -- search -n 500"], db => 'old');
    ok $r->{status} || $r->{signal}, 'ended in the middle of a file';
    ok -e "$copy/unfinished", 'with a step begun';
    is case('none', 'verify', $copy)->{status}, 0, 'the case is as it was';
};

# What rerun says of step 2 on a copy of the database that was changed.
sub rerun_on {
    my ($change, %o) = @_;
    my $db = copy_of($c, 'old');
    ref $change ? $change->($db) : forge($c, $db, $change) if $change;
    my $r = case($db, 'rerun', $o{case} // $case, $o{step} // 2, '--unkept', '--format=ndjson', {$o{user} ? (env => {PGUSER => $o{user}}) : ()});
    my @items = map { decode_json $_ } split /\n/, $r->{out};
    return ($r->{status}, map { join ' ', $_->{outcome}, $_->{seq} // '-', $_->{detail} // () } @items);
}

subtest 'what became of it' => sub {
    # The tenth of the hundred, which is undated, and one with a time.
    my @kept = map { decode_json $_ } split /\n/, slurp("$case/0002/result.ndjson");
    my ($e) = grep { ($_->{actor_email} // '') ne '' || $_->{actor_id} } @kept;
    my ($id, $seq) = ($e->{id}, $e->{_auditproof}{seq});
    my $last = $c->psql('old', "SELECT max(seq) FROM auditproof.chain_entry WHERE chain_id = t(1)");
    my @new = ("new $last"); # the entry that tells of the query
    is_deeply [rerun_on()], [0, @new], 'nothing, but what tells of the query itself';
    is_deeply [rerun_on(sub { $c->psql($_[0], "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'x', 'y')") })], [0, 'new ' . ($last + 1), @new], 'an entry more';
    is_deeply [rerun_on("INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'x', 'y')")], [1, 'new - no chain has this entry', @new], 'one that is not chained';
    is_deeply [rerun_on("UPDATE audit_logs SET action = 'tea' WHERE id = '$id'")], [1, "altered $seq action: it is not what was chained: the content hash differs", @new], 'a column';
    is_deeply [rerun_on("UPDATE audit_logs SET actor_id = NULL WHERE id = '$id'")], [1, "altered $seq actor_id: it is not what was chained: the content hash differs", @new], 'emptied, and not erased';
    is_deeply [rerun_on("UPDATE audit_logs SET actor_id = NULL, chain_salt = decode(repeat('00', 16), 'hex') || substr(chain_salt, 17) WHERE id = '$id'")],
        [1, "altered $seq actor_id: a group has neither a salt nor a commitment that was kept of it", @new], 'erased by nobody who may';
    is_deeply [rerun_on("DELETE FROM audit_logs WHERE id = '$id'")], [1, "gone $seq its row is gone without a purge", @new], 'a row';
    my ($status, @items) = rerun_on("DELETE FROM audit_logs WHERE id = '$id'; DELETE FROM auditproof.chain_entry WHERE log_id = '$id'");
    is $status, 1, 'a row and its place in the chain';
    ok((grep { $_ eq "gone $seq neither its row nor its place in the chain is there" } @items), 'is gone') or diag explain \@items;
    ($status, @items) = rerun_on("UPDATE audit_logs SET action = 'tea' WHERE id = '$id'; UPDATE auditproof.chain_entry e SET content_hash = auditproof.content_hash(l)
        FROM audit_logs l WHERE l.id = '$id' AND e.log_id = l.id; SELECT rebuild('$org', $seq)");
    is $status, 1, 'the chain written anew from there';
    ok((grep { $_ eq "altered $seq action, entry hash" } @items), 'the entry is another') or diag explain \@items;
    ok((grep { $_ eq 'rewritten ' . ($last - 1) . ' another entry stands there' } @items), 'and so is the end') or diag explain \@items;
    ($status, @items) = rerun_on("DELETE FROM audit_logs WHERE id IN (SELECT log_id FROM auditproof.chain_entry WHERE chain_id = '$org' AND seq >= $last - 1);
        DELETE FROM auditproof.chain_entry WHERE chain_id = '$org' AND seq >= $last - 1");
    is_deeply [$status, grep { /^rewritten/ } @items], [1, 'rewritten ' . ($last - 1) . ' the chain is shorter than it was'], 'the newest cut off';
    my @erased = rerun_on(sub {
        my $r = $c->run(['auditretain', 'erase', '-U', 'keeper', '--subject', $e->{actor_id}, '--org', $org, '--ground', '17(1)(b)', '--reason', 'R-1', '--execute'], db => $_[0]);
        is $r->{status}, 0, 'erased' or diag $r->{out} . $r->{err};
    });
    is $erased[0], 0, 'what was erased is no finding';
    ok((grep { /^erased $seq actor_id/ } @erased), 'and is told') or diag explain \@erased;
    is_deeply [rerun_on(sub {
        is $c->run(['auditseal', 'seal', '--key', $key, '-q'], db => $_[0])->{status}, 0, 'sealed';
        my $r = execute($c, $_[0], approved($c, $_[0], planned($c, $_[0], '--org', $org)), '-q');
        is $r->{status}, 0, 'purged' or diag $r->{err};
    })]->[0], 0, 'nor what was destroyed after its window';
    is_deeply [rerun_on(undef, user => 'member')], [0, 'new ' . '-'], 'a tenant can ask, too: but not the chains';
    is +(rerun_on("UPDATE audit_logs SET action = 'tea' WHERE id = '$id'", user => 'member'))[0], 1, 'and sees what changed';
};

# A case that its holder makes anew: files were changed, and all hashes follow.
sub made_anew {
    my ($from, $change) = @_;
    my $copy = copied($from);
    my $previous = '0' x 64;
    my $number = 0;
    $change->($copy);
    for my $dir (sort glob "$copy/0*") {
        my $text = slurp("$dir/step.json");
        my $at = sprintf "$copy/%04d", ++$number;
        $text =~ s/"step":\d+,"previous":"[0-9a-f]+"/"step":$number,"previous":"$previous"/ or die "$dir\n";
        $text =~ s{("$_":\{"size":)\d+,"sha256":"[0-9a-f]+"}{$1 . (-s "$dir/$_") . ',"sha256":"' . hash_of("$dir/$_") . '"'}e for map { m{([^/]+)$} } glob "$dir/*.{json,ndjson}";
        spew("$dir/step.json", $text);
        rename $dir, $at or die "$dir: $!\n" if $dir ne $at;
        $previous = sha256_hex($text);
    }
    return $copy;
}

subtest 'made anew by whoever holds it' => sub {
    my @kept = map { decode_json $_ } split /\n/, slurp("$case/0002/result.ndjson");
    my ($e) = grep { $_->{actor_id} && $_->{action} } @kept;
    my ($id, $seq) = ($e->{id}, $e->{_auditproof}{seq});
    my $head = hash_of("$case/0004/step.json");
    my $forged = sub { my ($from, $to) = @_; return made_anew($case, sub {
        my $text = slurp("$_[0]/0002/result.ndjson");
        $text =~ s/^(\{"id":"$id"[^\n]*?)$from/$1$to/m or die "no $from\n";
        spew("$_[0]/0002/result.ndjson", $text);
    }) };
    my $changed = $forged->('"action":"', '"action":"not_');
    my $r = case('none', 'verify', $changed);
    is $r->{status}, 0, 'it agrees with itself';
    like $r->{out}, qr/ agrees with itself: 4 steps, /, 'and no more is said';
    like $r->{err}, qr/whoever can write to it could have .* made all of it anew/, 'but what that is worth';
    is_deeply [@{case('none', 'verify', $changed, '--expect', $head)}{qw(status out)}], [1, "the head is not the expected one: steps were taken away or added, or it is another case\n"], 'the head that was written down tells';
    my $new = 'new ' . $c->psql('old', "SELECT max(seq) FROM auditproof.chain_entry WHERE chain_id = t(1)");
    is_deeply [rerun_on(undef, case => $changed)], [1, "altered $seq action: the entry is what was chained, and what the case has of it is not", $new], 'and so does the chain, which says what is wrong';
    is_deeply [rerun_on(undef, case => $forged->('"actor_id":"[^"]+",', ''))], [1, "altered $seq actor_id: the entry is what was chained, and what the case has of it is not", $new], 'a column left out';
    is_deeply [rerun_on(undef, case => made_anew($case, sub { spew("$_[0]/0002/result.ndjson", join '', grep { !/^\{"id":"$id"/ } map { "$_\n" } split /\n/, slurp("$case/0002/result.ndjson")) }))],
        [1, $new, "omitted $seq it fitted then, too: it was hidden when the search was kept, or taken out of the case since"], 'an entry left out';
    $r = case('none', 'verify', made_anew($case, sub { system('rm', '-r', "$_[0]/0003") }), '--expect', $head);
    is $r->{status}, 1, 'a step left out of the middle';
    $r = case('old', 'rerun', made_anew($case, sub { my $s = slurp("$_[0]/0002/step.json"); unlink "$_[0]/0002/heads.ndjson"; spew("$_[0]/0002/step.json", $s =~ s/"heads.ndjson":\{[^}]+\},//r) }), 2, '--unkept');
    is_deeply [@$r{qw(status out)}], [2, ''], 'without the ends of the chains';
    like $r->{err}, qr/says that its entries were verified, and has no heads\.ndjson/, 'which is told';
};

subtest 'whose rows' => sub {
    my $told = sub { $c->psql('old', "SELECT count(*) FROM audit_logs WHERE action = 'audit.queried' AND metadata ->> 'command' = '$_[0]' AND metadata ->> 'login' = 'inspector'") };
    my $hers = "$dir/hers";
    case('none', 'new', $hers, '--title', 'Mine');
    my ($status, @items) = rerun_on(undef, user => 'stranger');
    is_deeply [$status, scalar(grep { /^unseen \d+ row level security may hide it from this login$/ } @items), scalar @items], [3, 100, 100],
        'what another tenant does not see is neither gone nor the same' or diag explain \@items;
    $c->createdb('elsewhere');
    is $c->run(['auditmigrate', 'install', '-q'], db => 'elsewhere')->{status}, 0, 'another database';
    my $there = case('elsewhere', 'rerun', $case, 2, '--unkept');
    is_deeply [$there->{status}, $there->{out} =~ /^(step 2: .*)$/m], [1, 'step 2: 0 same, 100 gone, 1 rewritten'], 'has none of it';
    like $there->{err}, qr/step 2 asked the database "old", and is held against "elsewhere"/, 'and that it is another is told';
    my $r = case('old', 'add', $hers, '--', 'search', '-n', 5, {env => {PGUSER => 'member'}});
    is $r->{status}, 0, 'a tenant\'s user keeps what it sees' or diag $r->{err};
    is_deeply [map { $_->{organization_id} } map { decode_json $_ } split /\n/, slurp("$hers/0002/result.ndjson")], [($org) x 5], 'which is its own';
    is_deeply [sort keys %{step("$hers/0002")->{files}}], ['query.json', 'result.ndjson'], 'and nothing of the chains';
    is_deeply step("$hers/0002")->{about}, {command => 'search', filters => {org => $org}, rows => 5, more => JSON::PP::true}, 'nor is anything verified';
    like $c->run(['auditexport', 'case', $hers, '--org', $org, '--key', $key], db => 'old')->{err}, qr/has no place in a chain/, 'which makes no bundle';
    is case('old', 'rerun', $hers, {env => {PGUSER => 'inspector'}})->{status}, 0, 'an auditor asks it again';
    is $told->('case rerun'), 1, 'which is chained';
    is_deeply [@{step("$hers/0003")->{author}}{qw(login role)}], ['inspector', 'auditproof_auditor'], 'and kept';
    is case('old', 'add', $hers, '--', 'search', '--org', $org, '--action', 'LOGIN', {env => {PGUSER => 'inspector'}})->{status}, 0, 'and asks more';
    is $told->('case add'), 1, 'which is chained, too';
    ok !grep({ /audit\.queried/ } slurp("$hers/0004/result.ndjson")), 'after what is kept was read';
    is case('none', 'verify', $hers)->{status}, 0, 'all of it holds';
    my $bad = copy_of($c, 'old');
    my $id = (decode_json((split /\n/, slurp("$hers/0002/result.ndjson"))[0]))->{id};
    forge($c, $bad, "UPDATE audit_logs SET action = 'tea' WHERE id = '$id'");
    my $theirs = "$dir/theirs";
    case('none', 'new', $theirs, '--title', 'Kept when it was altered already');
    case($bad, 'add', $theirs, '--', 'search', '-n', 5, {env => {PGUSER => 'member'}});
    my $again = case($bad, 'rerun', $theirs, 2, '--unkept');
    is_deeply [$again->{status}, $again->{out} =~ /^same +$id .*?(: .*)$/m], [1, ': it is not what was chained: the content hash differs'], 'the same as it was kept, and not what was chained';
    like $again->{out}, qr/^step 2: 5 same.*, of which 1 do not verify;/m, 'is counted';
};

subtest 'as a bundle' => sub {
    my @export = ('--org', $org, '--key', $key);
    my $export = sub { my ($db, $folder, @more) = @_; return $c->run(['auditexport', 'case', $folder, @more, '--force', '-o', "$dir/case.tar.gz"], db => $db) };
    my $mine = "$dir/mine";
    case('old', 'new', $mine, '--title', 'For the auditor');
    case('old', 'add', $mine, '--', 'search', '--org', $org, '--risk', 'medium', '-n', 20);
    case('old', 'note', $mine, 'note');
    case('old', 'add', $mine, '--', 'search', '--org', $org, '-n', 30);
    like $export->('old', $mine, @export)->{err}, qr/covered by no checkpoint yet/, 'entries that nothing proves';
    my $r = $export->('old', $mine, @export, '--seal', '--recipient', 'A firm');
    is_deeply [$r->{status}, $r->{err}], [0, ''], 'sealed, and written';
    is $c->psql('old', "SELECT metadata ->> 'kind' || ' to ' || (metadata ->> 'recipient') FROM audit_logs WHERE action = 'audit.exported'"), 'case to A firm', 'and in the register';
    my $x = tempdir();
    $r = AuditTest::run(['auditverify', '--key', "$key.pub", '--format=json', "$dir/case.tar.gz"]);
    my $said = decode_json $r->{out};
    is_deeply [$r->{status}, $said->{verdict}, $said->{bundles}[0]{bundle_kind}], [0, 'trusted', 'case'], 'a checker takes it' or diag $r->{out};
    system('tar', 'xzf', "$dir/case.tar.gz", '-C', $x, '--strip-components=1') == 0 or die "tar\n";
    is_deeply [map { AuditTest::run(['diff', '-r', $mine, "$x/data/case"])->{$_} } qw(status out)], [0, ''], 'with the whole case';
    is case('none', 'verify', "$x/data/case", '--expect', (decode_json slurp("$x/data/bundle.json"))->{case}{head})->{status}, 0, 'which holds';
    my $pin = slurp("$key.pub") =~ /^(\S+)/ ? $1 : '';
    is AuditTest::run(['sh', 'verify.sh', $pin], cwd => $x)->{status}, 0, 'and by the script in it';
    is AuditTest::run(['python3', 'tests/vectors/bundle_check.py', "$dir/case.tar.gz"])->{status}, 0, 'and by another implementation';
    my %seqs = map { $_->{_auditproof}{seq} => 1 } map { decode_json $_ } map { split /\n/, slurp($_) } glob "$mine/*/result.ndjson";
    is $said->{bundles}[0]{extent}{entries}, scalar keys %seqs, 'each entry once';
    spew("$x/data/case/0003/step.json", slurp("$x/data/case/0003/step.json") =~ s/"note"/"Note"/r);
    system('tar', 'czf', "$dir/spoiled.tar.gz", '-C', dirname($x), basename($x)) == 0 or die "tar\n";
    is AuditTest::run($_->[0], $_->[1] ? (cwd => $_->[1]) : ())->{status}, 1, "what is in it is signed: $_->[0][0]"
        for [['sh', 'verify.sh', $pin], $x], [['auditverify', '--key', "$key.pub", "$dir/spoiled.tar.gz"]],
            [['python3', 'tests/vectors/bundle_check.py', "$dir/spoiled.tar.gz"]];
    for ([$case, qr/about all organizations/, @export], [$mine, qr/leaves nothing out of a case/, @export, '--withhold', 'actor'],
         [$mine, qr/another organization than the bundle/, '--org', $c->psql('old', 'SELECT t(2)'), '--key', $key], ["$dir/none", qr/cannot open the case/, @export],
         [$mine, qr/leave --from and --to out/, @export, '--from', '2001-01-01', '--to', '2002-01-01']) {
        my ($folder, $why, @more) = @$_;
        like $export->('old', $folder, @more)->{err}, $why, 'refused';
    }
    my $spoiled = copied($mine);
    edited('0002/result.ndjson', 'medium', 'Medium')->($spoiled);
    like $export->('old', $spoiled, @export)->{err}, qr/is not as it was/, 'a case that does not hold is not handed out';
    for (['"action":"', '"action":"not_'], ['"actor_email":', '"Actor_email":'], ['"verified":true', '"verified":true,"erased":["content"]'],
         ['"_auditproof":\\{', '"_auditproof":{"risk_level":"critical",']) {
        my ($from, $to) = @$_;
        my $forged = made_anew($mine, sub { my $text = slurp("$_[0]/0002/result.ndjson"); $text =~ s/$from/$to/ or die; spew("$_[0]/0002/result.ndjson", $text) });
        is case('none', 'verify', $forged)->{status}, 0, 'a case that was made anew agrees with itself';
        $r = $export->('old', $forged, @export);
        is $r->{status}, 3, 'and is not signed';
        like $r->{err}, qr/what the case has of entry \d+ is not what the entry says|steps of the case disagree/, 'for what it says of an entry';
    }
    my $db = copy_of($c, 'old');
    my ($e) = grep { $_->{actor_id} } map { decode_json $_ } split /\n/, slurp("$mine/0002/result.ndjson");
    is $c->run(['auditretain', 'erase', '-U', 'keeper', '--subject', $e->{actor_id}, '--org', $org, '--ground', '17(1)(b)', '--reason', 'R-1', '--execute'], db => $db)->{status}, 0, 'erased';
    like $export->($db, $mine, @export, '--seal')->{err}, qr/the account of entry \d+ was erased, and the case still has it/, 'nor what was erased since';
};

done_testing;
