#!/usr/bin/perl
# Lines that cannot be stored: each is named, the others are stored, and none is lost.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use WriteTest;
use Test::More;

my $c = AuditTest->cluster;
my $new = write_db($c);
my $dir = tempdir();

sub write_in { my ($db, $stdin, @args) = @_; return $c->run(['auditwrite', @args], db => $db, stdin => $stdin) }

subtest 'what the tool itself refuses, with its place' => sub {
    my @bad = (
        ['{"action":"a"}', qr/:1: resource_type is missing/],
        ['{"action":null,"resource_type":"r"}', qr/:1:11: action is missing/],
        ['{"action":"a","resource_type":"r","action":"b"}', qr/:1:44: action is there twice/],
        ['{"action":"é","resource_type":7}', qr/:1:31: resource_type must be a string, not a number/],
        ['{"action":"a","resource_type":"r","created_at":{}}', qr/:1:48: created_at must be a string or number, not an object/],
        ['{"action":"a","resource_type":"r","created_at":"soon"}', qr/:1:48: created_at: "soon" is not a time/],
        ['{"action":"a","resource_type":"r","created_at":1e9}', qr/is not a time/],
        ['{"action":"a","resource_type":"r","actor_id":"me"}', qr/:1:46: actor_id: "me" is not a UUID/],
        ['{"action":"a","resource_type":"r","ip_address":"10.0.0"}', qr/ip_address: "10.0.0" is not an IP address/],
        ['{"action":"a","resource_type":"r","ip_address":"10.0.0.1/33"}', qr/is not an IP address/],
        ['{"action":"a\u0000","resource_type":"r"}', qr/:1:13: \\u0000/],
        ["{\"action\":\"a\0\",\"resource_type\":\"r\"}", qr/:1:13: an unescaped control/],
        ["{\"action\":\"a\xFF\",\"resource_type\":\"r\"}", qr/:1:13: bytes that are not UTF-8/],
        ['{"action":"a","resource_type":"r","metadata":' . '[' x 600 . ']' x 600 . '}', qr/nested too deeply/],
        ['{"action":"a","resource_type":"r","metadata":{"k":01}}', qr/:1:51: not a JSON number/],
        ['{"action":"a","resource_type":"r"', qr/:1:34: an object that does not end/],
        ['{"action":"a","resource_type":"r"} {}', qr/:1:36: something follows/],
        ['["action"]', qr/:1:1: not a JSON object/],
        ['hello', qr/:1:1: not a JSON object/],
    );
    my $db = $new->();
    for my $case (@bad) {
        my ($line, $message) = @$case;
        my $r = write_in($db, "$line\n");
        is $r->{status}, 2;
        like $r->{err}, $message;
    }
    my $text = join '', map { "$_->[0]\n" } @bad;
    my $r = write_in($db, entry(action => 'first') . $text . entry(action => 'last'), '--on-error=skip', '--reject', "$dir/r1");
    is $r->{status}, 2;
    is slurp("$dir/r1"), $text, 'kept byte by byte';
    is stored($c, $db), "first\nlast";
    my $all = scalar @bad;
    like $r->{err}, qr/@{[$all + 2]} read, 2 written, 0 skipped, $all rejected/;
};

subtest 'what the database refuses is found among its batch' => sub {
    my $db = $new->();
    my %bad = (
        5 => {risk_level => 'extreme'},
        6 => {organization_id => org(999)},
        977 => {actor_id => user(999)},
        1000 => {action => join '', map { chr(33 + int rand 90) } 1 .. 9000},
        2000 => {risk_level => 'extreme'},
    );
    my @lines = map { entry(action => "n$_", organization_id => org(1 + $_ % 3), %{$bad{$_} // {}}) } 1 .. 2000;
    $lines[1000] = '{"action":"n","resource_type":"r","metadata":{"n":1e200000}}' . "\n";
    my $r = write_in($db, join('', @lines), '--on-error=skip', '--reject', "$dir/r2", '--ack');
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:5: .*risk_level_check.*SQLSTATE 23514/;
    unlike $r->{err}, qr/Failing row/, 'no personal data in a message';
    like $r->{err}, qr/stdin:6: .*foreign key.*SQLSTATE 23503/;
    like $r->{err}, qr/stdin:977: .*foreign key.*SQLSTATE 23503/;
    like $r->{err}, qr/stdin:1000: .*index.*SQLSTATE 54000/;
    like $r->{err}, qr/stdin:1001: .*SQLSTATE 22/;
    like $r->{err}, qr/stdin:2000: .*SQLSTATE 23514/;
    like $r->{err}, qr/2000 read, 1994 written, 0 skipped, 6 rejected/;
    is slurp("$dir/r2"), join('', @lines[4, 5, 976, 999, 1000, 1999]);
    is scalar(receipts($r->{out})), 1994;
    ok chained($c, $db);
};

subtest 'stopping at the first' => sub {
    my $db = $new->();
    my @lines = map { entry(action => "n$_", organization_id => org(1 + $_ % 3)) } 1 .. 600;
    $lines[299] = entry(action => 'n300', risk_level => 'extreme');
    $lines[399] = entry(action => 'n400', risk_level => 'extreme');
    my $r = write_in($db, join('', @lines), '--reject', "$dir/r3");
    is $r->{status}, 2;
    is $c->psql($db, q{SELECT count(*), max(substr(action, 2)::int) FROM audit_logs}), '299|299', 'all before it, nothing after it';
    ok slurp("$dir/r3") eq join('', @lines[299 .. 599]), 'it and the rest are kept';
    like $r->{err}, qr/stdin:300: /;
    unlike $r->{err}, qr/stdin:400: /;
    like $r->{err}, qr/300 lines were read and not stored, from stdin:301 on/;
    ok chained($c, $db);
    # Once more with a line that the tool refuses after one that the database refuses, in the same batch.
    $db = $new->();
    unlink "$dir/r3";
    $lines[349] = "{\n";
    $r = write_in($db, join('', @lines), '--reject', "$dir/r3");
    is $c->psql($db, q{SELECT count(*) FROM audit_logs}), 299;
    ok slurp("$dir/r3") eq join('', @lines[299 .. 349]), 'kept as far as the file was taken, in order';
    # A pipe cannot be read again: what was taken from it is kept to its end.
    $db = $new->();
    unlink "$dir/r3";
    pipe my $read, my $write or die;
    my $job = $c->spawn(['auditwrite', '--reject', "$dir/r3"], db => $db, stdin => $read);
    close $read;
    syswrite $write, join '', @lines;
    close $write;
    is $job->wait(20)->{status}, 2;
    ok slurp("$dir/r3") eq join('', @lines[299 .. 599]), 'all that was read of a pipe';
};

subtest 'lines that are too long' => sub {
    my $db = $new->();
    my $long = entry(action => 'long', user_agent => 'x' x 3_000_000);
    my $r = write_in($db, entry(action => '1') . $long . entry(action => '2') . $long =~ s/\n//r, '--max-line=64k', '--on-error=skip', '--reject', "$dir/r4");
    is $r->{status}, 2;
    is stored($c, $db), "1\n2";
    ok slurp("$dir/r4") eq $long x 2, 'kept all the same';
    like $r->{err}, qr/stdin:2: the line is longer.*stdin:4: the line is longer/s;
    is write_in($db, $long)->{status}, 0, 'and taken where the limit allows';
    is $c->psql($db, q{SELECT length(user_agent) FROM audit_logs WHERE action = 'long'}), 3_000_000;
};

subtest 'an id that is there already' => sub {
    my $db = $new->();
    my @lines = map { entry(id => org(100 + $_), action => "n$_", metadata => {k => "$_"}, organization_id => org(1 + $_ % 3)) } 1 .. 300;
    is write_in($db, join('', @lines[0 .. 99]))->{status}, 0;
    my $r = write_in($db, join('', @lines), '--on-error=skip');
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:100: an entry with id .* is there already \(--on-conflict=skip/;
    like $r->{err}, qr/300 read, 200 written, 0 skipped, 100 rejected/;
    $r = write_in($db, join('', @lines), '--on-conflict=skip', '--ack');
    is $r->{status}, 0 or diag $r->{err};
    like $r->{err}, qr/300 read, 0 written, 300 skipped, 0 rejected/;
    is scalar(grep { $_->{earlier} } receipts($r->{out})), 300;
    (my $other = $lines[0]) =~ s/"k":"1"/"k":1.0/;
    $r = write_in($db, $other, '--on-conflict=skip');
    is $r->{status}, 2;
    like $r->{err}, qr/stdin:1: an entry with id .* says something else/;
    (my $zero = $other) =~ s/1\.0/1.00/;
    $zero =~ s/@{[org(101)]}/@{[org(900)]}/;
    $other =~ s/@{[org(101)]}/@{[org(900)]}/;
    is write_in($db, $other . $zero, '--on-conflict=skip')->{status}, 2, '1.0 and 1.00 are not the same, within a batch too';
    is write_in($db, entry(id => org(901)) x 2, '--on-conflict=skip')->{status}, 0, 'a line that comes twice is stored once';
    is $c->psql($db, 'SELECT count(*) FROM audit_logs'), 302;
    ok chained($c, $db);
};

subtest 'places that cannot be written' => sub {
    my $db = $new->();
    my $r = write_in($db, "{\n" . entry(), '--reject=/dev/full', '--on-error=skip');
    is $r->{status}, 3;
    like $r->{err}, qr{/dev/full: No space left};
    is write_in($db, entry(), '--reject=/none/x')->{status}, 3;
    is $c->psql($db, 'SELECT count(*) FROM audit_logs'), 0, 'found out before anything is stored';
    open my $full, '>', '/dev/full' or die;
    $r = $c->spawn(['auditwrite', '--ack'], db => $db, stdin => entry(), stdout => $full)->wait(20);
    is $r->{status}, 3;
    like $r->{err}, qr/cannot write receipts to standard output: No space left/;
    pipe my $read, my $write or die;
    close $read;
    $r = $c->spawn(['auditwrite', '--ack'], db => $db, stdin => entry() x 10, stdout => $write)->wait(20);
    is $r->{status}, 3;
    is $r->{signal}, 0;
    like $r->{err}, qr/Broken pipe/;
    ok chained($c, $db);
};

done_testing;
