#!/usr/bin/perl
# Reports on paper: any script, text that can be taken out again, fonts inside, nothing beside the page, and the same bytes
# of the same.
use strict;
use warnings;
use utf8;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);
use Test::More;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;
my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $empty) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my $dir = AuditTest::tempdir();
my @texts = ('שלום עולם', 'مرحبا', '監査記録', 'Prüfung', '<b>&amp;</b> %s', 'x' x 300);
$c->psql('app', encode_utf8(qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$empty', 'Empty');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, created_at)
    SELECT '$one', 'a\@example.org', (ARRAY[} . join(', ', map { "'$_'" } @texts) . q{, E'tab\there \x1b[31m', E'\u202Edesrever'])[1 + n % } . (@texts + 2)
    . q{], 'thing', timestamptz '2026-10-01' + n * interval '1 hour' FROM generate_series(0, 200) n}));

sub make {
    my ($type, $name, %o) = @_;
    my $r = $c->run(['auditschedule', 'make', $type, '--org', $o{org} // $one, '--since', '2026-10-01', '--until', '2026-11-01', '--format', 'pdf', '--settle', 0,
        '--name', encode_utf8($o{name} // 'A name'), '-o', "$dir/$name.pdf"], db => 'app', env => {PGUSER => 'runs', TZ => 'UTC', %{$o{env} // {}}});
    cmp_ok $r->{status}, '<', 2, "$name is made" or diag $r->{err};
    return "$dir/$name.pdf";
}
sub text_of { my ($file, @how) = @_; return decode_utf8(AuditTest::run(['pdftotext', @how, $file, '-'])->{out}) }

subtest 'text' => sub {
    my $file = make('audit_summary', 'text', name => 'דוח على 監査');
    # Marks of direction around it are pdftotext's own.
    my $text = text_of($file) =~ s/[\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]//gr;
    my $plain = $text =~ s/\s+//gr;
    like $plain, qr/\Q$_\E/, "$_ can be taken out again" for map { s/\s+//gr } grep { !/x{300}/ && !/מ|ر/ } @texts;
    like $plain, qr/\Q$_\E/, 'right to left too' for 'שלום', 'עולם';
    like $text, qr/\\u202e ?desrever/, 'what would turn it around is shown';
    like $text, qr/tab\\x09here \\x1b\[31m/, 'and so is what cannot be seen';
    like $text, qr/page 2 of \d+/, 'pages are numbered';
    like text_of($file, '-l', 1), qr/Verdict\s+complete.*Contents\s+Entries that fit/s, 'the first has verdict and contents';
    my @fonts = grep { !/^(name|---)/ } split /\n/, AuditTest::run(['pdffonts', $file])->{out};
    cmp_ok scalar @fonts, '>', 1, 'fonts';
    is_deeply [grep { !/ yes yes (yes|no) +\d+ +\d+$/ } @fonts], [], 'are all embedded, in parts, and known as text';
};

subtest 'the page' => sub {
    my $file = make('audit_summary', 'page', name => 'w' x 300);
    my $info = AuditTest::run(['pdfinfo', $file])->{out};
    like $info, qr/^Title: +Audit summary$/m, 'has a title';
    like $info, qr/^Page size: +595\.2\d* x 841\.8\d* pts \(A4\)$/m, 'is A4';
    unlike $info, qr/^Author:/m, 'nobody is named as its author';
    my @out = grep { $_ < 0 || $_ > 596 } text_of($file, '-bbox') =~ /<word xMin="([-\d.]+)" yMin="[-\d.]+" xMax="([-\d.]+)"/g;
    is_deeply \@out, [], 'and all words are on it';
};

# For who listens to the page, and for who clicks.
subtest 'the structure' => sub {
    my $file = make('audit_summary', 'structure');
    like AuditTest::run(['pdfinfo', $file])->{out}, qr/^Tagged: +yes$/m, 'is told';
    my $tree = decode_utf8(AuditTest::run(['pdfinfo', '-struct-text', $file])->{out}) =~ s/ \((?:block|inline)\)//gr =~ s/\s+/ /gr;
    like $tree, qr/^Document P "auditproof" H1 "Audit summary" P "A name" H2 "Verdict" P "complete" P "[^"]+" Table TR TH "Organization" TD "$one"/, 'from the title';
    like $tree, qr/H2 "Actions" Figure .*? Table TR TH "action" TH "%" TH "count" .*? TR TD "[^"]+" TD "\d+\.\d" TD "\d+"/, 'to the cells of tables';
    unlike $tree, qr/page 2 of/, 'without what stands on every page';
    my ($contents) = $tree =~ /TOC (TOCI .*?) H2 "Entries that fit"/;
    my @lines = ($contents // '') =~ /TOCI Link Object \d+ 0 Span "([^"]+)" Span "(\d+)"/g;
    cmp_ok scalar @lines, '>', 12, 'contents are links';
    my @to = AuditTest::slurp($file) =~ m{/Subtype /Link\s[^>]*?/Dest \(([^)]+)\)}g;
    my %page = map { /^ *(\d+) .*"([^"]+)"$/ ? ($2 => $1) : () } split /\n/, AuditTest::run(['pdfinfo', '-dests', $file])->{out};
    is scalar @to, @lines / 2, 'each to something';
    while (my ($title, $number) = splice @lines, 0, 2) {
        is $page{shift @to}, $number, "'$title' leads to page $number";
        like text_of($file, '-f', $number, '-l', $number), qr/^\Q$title\E$/m, '... where it is';
    }
};

subtest 'the same' => sub {
    # All that a report has of now is to the second: two of the same second are the same.
    my (@files, @made);
    for (1 .. 30) {
        @files = map { make('audit_summary', "same$_", env => {LANGUAGE => $_, LC_ALL => $_ eq 'ja' ? 'C' : 'C.UTF-8'}) } 'ja', 'zh';
        @made = map { text_of($_, '-layout', '-l', 1) =~ /^Made +(\d\S+)/m } @files;
        last if $made[0] eq $made[1];
    }
    is $made[1], $made[0], 'made in one second';
    ok AuditTest::slurp($files[0]) eq AuditTest::slurp($files[1]), 'has the same bytes, whatever language the process speaks';
};

subtest 'nothing' => sub {
    like text_of(make('audit_summary', 'empty', org => $empty)), qr/page 2 of \d/, 'is something to report, too';
    like text_of(make('usage_summary', 'usage', org => $empty)), qr/page 2 of \d/, 'of each kind';
};

done_testing;
