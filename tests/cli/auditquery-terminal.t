#!/usr/bin/perl
# What auditquery looks like on a terminal, narrow and wide, whatever is in the entries.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);
use Test::More;
use TerminalTest;

binmode $_, ':encoding(UTF-8)' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

my $org = '00000000-0000-4000-8000-00000000000a';
my $ada = '00000000-0000-4000-8000-0000000000a1';

# What is wide, what stands on what is before it, and what a terminal would obey.
my @wide = ('ログイン失敗', '登录失败了很多次', '로그인', "cafe\x{301}.lu", '🔑 key', "❤\x{fe0f} heart", "👩\x{200d}👩\x{200d}👧", '🇨🇭 flag', 'ｆｕｌｌ', "\x{e01}\x{e33}\x{e49} thai",
    "a\x{301}\x{302}\x{303}\x{304}\x{305}\x{306}\x{307}\x{308}\x{309}\x{30a}z", 'שלום', "한\x{1100}\x{1161}");
my @acting = ("\e]0;owned\a title", "\e]2;owned\e\\ st", "\e[2J\e[H gone", "\e[31;7m red", "\e[?25l hidden", "\e[?1049h other", "\a\a bell",
    "\e]52;c;b3duZWQ=\a clip", "\ekowned\e\\ name", "\x{9b}31m c1", "\x{202e}desrever\x{202c} bidi", "\x{2066}isolate\x{2069}", "a\tb\r\nc\x{b}d", "\eP1;1|17/ab\e\\ keys",
    "\e[8;10;40t resize", "\e(0 lines", "\x{200b}\x{feff} nothing", "\x7f\b\b\b\b back", "\ec reset", "\x{e000} private");

my $c = AuditTest->cluster;
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';

sub sql { my ($text) = @_; return "convert_from('\\x" . unpack('H*', encode_utf8($text)) . "', 'UTF8')" }
sub entries {
    my ($column, @texts) = @_;
    return map { my $text = sql($_); <<"END" } @texts;
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, resource_id, user_agent, session_id, risk_level, ip_address, created_at, new_values)
SELECT '$org', '$ada', 'ada\@a.example', CASE WHEN '$column' = 'action' THEN t ELSE 'plain' END, CASE WHEN '$column' = 'resource_type' THEN t ELSE 'thing' END,
       '$ada', t, t, (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4], '192.0.2.1', '2026-03-01Z'::timestamptz + n * interval '40 min', jsonb_build_object('text', t)
  FROM (SELECT $text AS t, count(*) AS n FROM audit_logs) AS x;
END
}
$c->psql('t', join '', "INSERT INTO organizations (id, name) VALUES ('$org', 'a'); INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@a.example');\n",
    entries('action', @wide, @acting), entries('resource_type', @wide, @acting),
    <<"END");
INSERT INTO subscription_changes (organization_id, change_type, change_reason, old_plan_id, currency, effective_date)
SELECT '$org', 'created', t, t, t, now() FROM unnest(ARRAY[${\ join ',', map { sql($_) } @wide, @acting}]) t;
END
my $all = 2 * (@wide + @acting);

my $t = TerminalTest->new;
sub argv { return [AuditTest::bin('auditquery'), @_] }
sub env { return {%{$c->env('t')}, COLUMNS => undef, NO_COLOR => undef, @_} }

# What must hold of every screen, whatever was printed on it.
sub check_screen {
    my ($screen, $width, $name) = @_;
    my $text = $screen->text;
    is $screen->joined, $text, "$name: no line is broken by the terminal";
    unlike $text, qr/[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{e000}]/, "$name: nothing that is not seen";
    is $screen->is('#{cursor_flag} #{alternate_on} #{cursor_x} #{window_bell_flag} #{insert_flag} #{pane_width}'), "1 0 0 0 0 $width", "$name: the cursor, the screen and the bell as they were";
    unlike $screen->is('#{pane_title} #{window_name}'), qr/owned/, "$name: the title and the name too";
    is $t->clipboard, '', "$name: and the clipboard";
    return;
}

# Where columns begin, by the words of the heading.
sub columns_of { my ($heading) = @_; my %at; $at{$1} = $-[1] while $heading =~ /(\S+)/g; return %at }

# The actor is the same in each entry: it stands beneath its heading, however wide what is before it.
sub check_columns {
    my ($text, $count, $name) = @_;
    my ($heading) = $text =~ /^(TIME .*)$/m or return fail "$name: a heading";
    my %at = columns_of($heading);
    my @before = map { /^(2026-.*?)ada@/ ? $1 : () } split /\n/, $text;
    is @before, $count, "$name: all entries";
    is_deeply [grep { $_ != $at{ACTOR} } $t->columns(@before)], [], "$name: columns are aligned";
    my @levels = map { /^2026-\S+ \S+Z[> ] (\S+)/ ? $1 : () } split /\n/, $text;
    is_deeply [sort keys %{{map { $_ => 1 } @levels}}], [qw(critical high low medium)], "$name: levels";
    return;
}

# Beneath a heading that stands to the right of a number, the numbers end where it does, however wide what is before them.
sub check_right {
    my ($text, $name) = @_;
    my ($end, $numbers, @before, @ends);
    for (split /\n/, $text) {
        if (/^ACTION( +%)? +(?:COUNT|ENTRIES)(?= |$)/) {
            ($end, $numbers) = ($+[0], defined $1 ? 2 : 1);
        } elsif (!/\S/) {
            undef $end;
        } elsif (defined $end && /^(\S.*?(?: {2,}[\d.]+){$numbers})(?=  |$)/) {
            push @before, $1;
            push @ends, $end;
        }
    }
    return if !@before;
    is_deeply [$t->columns(@before)], \@ends, "$name: numbers are aligned";
    return;
}

for my $width (80, 200) {
    subtest "search, $width columns" => sub {
        my $screen = $t->show(argv('search', '-n0', '--org', $org), width => $width, height => 400, env => env());
        is $screen->{status}, 0, 'answered';
        check_screen($screen, $width, 'search');
        check_columns($screen->text, $all, 'search');
        my $text = $screen->text;
        ok index($text, $_) >= 0, "$_ is shown" for '\x1b]0;owned\x07', '\x1b[?25l', '\u202edesrever', '\u009b31m', "cafe\x{301}.lu", '登录失败了很多次', '👩\u200d👩', '한';
        like $text, qr{^ +\S+ ?\S*/\n +$ada}m, 'a break leaves an identifier whole' if $width == 80;
        unlike $text, qr/^\s/m, 'a line an entry' if $width == 200;
        is_deeply [sort keys %{{map { $_ => 1 } $screen->styled =~ /\e\[([0-9;]*)m/g}}], [qw(0 1 31 33 39 49)], 'colours of levels, and no others';
        unlike $screen->styled, qr/\e(?!\[[0-9;]*m)/, 'and nothing else';
        $screen->close;
    };
    subtest "timeline, $width columns" => sub {
        my $screen = $t->show(argv('timeline', '-n', 1000, '--org', $org, '--gap', 30), width => $width, env => env());
        check_screen($screen, $width, 'timeline');
        check_columns($screen->text, $all, 'timeline');
        my @lines = split /\n/, $screen->text;
        is scalar(grep { /^2026-/ } @lines), $all, 'a line an entry';
        is scalar(grep { /^ +-- 40 min 0 s without entries --$/ } @lines), $all - 1, 'gaps between them';
        is @lines, 2 * $all + 1, 'and no others: the heading and the end';
        $screen->close;
    };
}

# Answers that are no list of entries, whose tables have the same texts in them.
for my $width (80, 200) {
    subtest "answers, $width columns" => sub {
        for my $asked (['summary'], ['top', 'agent'], ['risk', 'low', '-n', 100, '--since', '2026-03-01', '--until', '2026-03-05'], ['session', $acting[0]],
            ['actor', $ada, '--since', '2026-03-01', '--until', '2026-03-05'], ['resource', "thing/$ada"], ['billing', '--org', $org]) {
            my $screen = $t->show(argv(map { encode_utf8($_) } @{$asked}), width => $width, height => 1000, env => env());
            is $screen->{status}, 0, "$asked->[0] is answered";
            check_screen($screen, $width, $asked->[0]);
            like $screen->text, qr/\\x1b\]0;owned\\x07/, 'with what a terminal would obey';
            check_right($screen->text, $asked->[0]);
            unlike $screen->styled, qr/\e(?!\[[0-9;]*m)/, 'and no escapes but of style';
            $screen->close;
        }
    };
}

subtest 'colours' => sub {
    for (['NO_COLOR', NO_COLOR => 1], ['a dumb terminal', TERM => 'dumb']) {
        my ($name, @env) = @{$_};
        my $screen = $t->show(argv('search', '-n0', '--org', $org), height => 400, env => env(@env));
        unlike $screen->styled, qr/\e/, "$name: none";
        check_screen($screen, 80, $name);
        $screen->close;
    }
    my $screen = $t->show(argv('search', '-n0', '--color=always'), height => 400, env => env(NO_COLOR => 1));
    like $screen->styled, qr/\e\[1m\e\[31mcritical/, 'unless somebody asks for them';
    $screen->close;
};

subtest 'followed' => sub {
    my $screen = $t->open(argv('search', '--follow', '-n2', '--org', $org), width => 80, height => 50, env => env());
    wait_until { $screen->text =~ /^TIME.*\n(?:.*\n)*2026-(?:.*\n)+2026-/m } 20, 'the newest that are there';
    for my $text ('live.one', @wide[0, 3, 4], @acting[0, 2, 9]) {
        $c->psql('t', entries('action', $text));
        my $shown = $text =~ s/([\x00-\x1f])/sprintf '\\x%02x', ord $1/egr =~ s/([\x{80}-\x{9f}\x{202a}-\x{202e}])/sprintf '\\u%04x', ord $1/egr;
        wait_until { index($screen->text, substr $shown, 0, 16) >= 0 } 20, $shown;
    }
    my @at = map { /^(2026-.*?)ada@/ ? $1 : () } split /\n/, $screen->text;
    is_deeply [keys %{{map { $_ => 1 } $t->columns(@at)}}], [[$t->columns(@at)]->[0]], 'columns stay where they are';
    is scalar(() = $screen->text =~ /^TIME/mg), 1, 'one heading';
    $screen->keys('C-c');
    wait_until { $screen->text =~ /\@end of it$/m } 20, 'the end';
    check_screen($screen, 80, 'followed');
    $screen->close;
};

subtest 'not shielded' => sub {
    my $screen = $t->show(argv('search', '-n0', '--raw'), height => 400, env => env());
    is $screen->is('#{pane_title}'), 'owned', 'a title is what the terminal was told';
    is $t->clipboard, 'owned', 'and so is the clipboard';
    $screen->close;
};

done_testing;
