#!/usr/bin/perl
# What others named reaches a terminal as text, and JSON as JSON.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP ();
use Test::More;

my $c = AuditTest->cluster;
# clears the screen, colours, turns the direction of writing, breaks the line, hides; and C1's own CSI
my $evil = "p\e[2J\e[31m\nVerdict: intact\r\x{202e}\x{200b}\x{9b}31m";
my $raw = qr/[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]/;
utf8::encode(my $name = $evil);

my $db = "db $name";
$c->createdb($db);
is $c->run(['auditmigrate', 'install', '-q'], db => $db)->{status}, 0, 'installed';
my $quoted = '"' . ($name =~ s/"/""/gr) . '"';
$c->psql($db, qq{CREATE POLICY $quoted ON audit_logs FOR UPDATE USING (true);
    INSERT INTO audit_logs (action, resource_type) VALUES ('a', 'r');
    CREATE TABLE $quoted (id uuid PRIMARY KEY)});
is $c->run(['auditmigrate', 'capture', "public.$quoted"], db => $db)->{status}, 0, 'captured';

for my $command (['auditverify'], ['auditmigrate', 'check'], ['auditmigrate', 'status'],
    ['auditmigrate', 'capture', '--list'], ['auditverify', '-U', "nobody $name"]) {
    my $r = $c->run($command, db => $db);
    my $name = "@$command[0 .. ($#$command > 0)]";
    unlike $r->{out}, $raw, "$name: nothing that acts on a terminal in what is printed";
    unlike $r->{err}, $raw, "$name: nor in what is said";
    unlike $r->{out} . $r->{err}, qr/^Verdict: intact/m, "$name: nor a line that others wrote";
}
like $c->run(['auditverify'], db => $db)->{out}, qr/policy "p\\x1b\[2J\\x1b\[31m .*\\u202e\\u200b\\u009b31m"/, 'but it is named';

for my $command (['auditverify', '--format=ndjson'], ['auditmigrate', 'check', '--format=ndjson']) {
    my $r = $c->run($command, db => $db);
    my @lines = map { eval { JSON::PP::decode_json($_) } } split /\n/, $r->{out};
    is scalar(grep { !defined } @lines), 0, "@$command: every line is JSON";
    is scalar(grep { ($_->{object} // '') =~ /\e\[2J/ } @lines), 1, "@$command: with the name as it is";
}

done_testing;
