package TerminalTest;

=head1 NAME

TerminalTest - programs on a terminal, whose screen a test looks at

=head1 SYNOPSIS

    my $t = TerminalTest->new;
    my $screen = $t->show([AuditTest::bin('auditquery'), 'search'], width => 80, env => $c->env('t'));
    is $screen->{status}, 0;
    like $screen->text, qr/.../;

tmux is the terminal, with a server of its own that ends with the test, however it ends.

=head1 METHODS

=over

=item TerminalTest->new

=item $t->show(\@argv, width => 80, height => 200, env => {...})

Runs a program to its end: a screen with its {status}.

=item $t->open(\@argv, ...)

Runs it, and returns its screen at once.

=item $screen->text, $screen->styled, $screen->joined

The lines that are there now, decoded: as characters; with the escapes that style them; and with those that the terminal
broke put together again.

=item $screen->is($format)

What tmux knows of it, such as C<#{pane_title}>.

=item $screen->keys('C-c'), $screen->close

=item $t->clipboard

What a program last put there, or ''.

=item $t->columns(@texts)

In which column the cursor stands after each text, by the terminal's own tables.

=back

=cut

use strict;
use warnings;
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);

# What data could do to a terminal is allowed here, so that a test sees it done.
my $conf = <<'END';
set -s set-clipboard on
set -g default-terminal screen-256color
set -g history-limit 10000
set -g status off
set -g allow-rename on
set -g monitor-bell on
END

my $end = '@end of it';

sub new {
    my ($class) = @_;
    my $dir = tempdir();
    my $self = bless {dir => $dir, socket => "$dir/tmux", shown => 0}, $class;
    spew("$dir/conf", $conf);
    local $ENV{TMUX};
    delete $ENV{TMUX};
    # By its number, for the socket goes with the directory when the test ends.
    @$self{qw(pid pipe)} = AuditTest::_until_we_end("$dir/errors", 'sh', '-c',
        'LC_ALL=C.UTF-8 tmux -D -u -S "$1" -f "$2" & cat >/dev/null; kill "$!"', 'sh', $self->{socket}, "$dir/conf");
    wait_until { -S $self->{socket} } 20, 'tmux';
    return $self;
}

sub DESTROY {
    my ($self) = @_;
    close $self->{pipe};
    return;
}

sub _tmux {
    my ($self, @argv) = @_;
    my $r = AuditTest::run(['tmux', '-u', '-S', $self->{socket}, @argv], env => {TMUX => undef, LC_ALL => 'C.UTF-8'});
    die "tmux @argv: $r->{err}\n" if $r->{status};
    return decode_utf8($r->{out});
}

sub open {
    my ($self, $argv, %o) = @_;
    my $n = ++$self->{shown};
    my $screen = bless {terminal => $self, name => "s$n", file => "$self->{dir}/$n"}, 'TerminalTest::Screen';
    my %env = (TERM => 'screen-256color', LC_ALL => 'C.UTF-8', %{$o{env} // {}});
    $self->_tmux('new-session', '-d', '-s', $screen->{name}, '-x', $o{width} // 80, '-y', $o{height} // 200,
        'env', (map { ('-u', $_) } grep { !defined $env{$_} } sort keys %env), (map { "$_=$env{$_}" } grep { defined $env{$_} } sort keys %env),
        'sh', '-c', qq{trap : INT; "\$@" 2>"\$0.err"; echo \$? >"\$0.status"; echo '$end'; exec cat >/dev/null}, $screen->{file}, @{$argv});
    return $screen;
}

sub show {
    my ($self, $argv, %o) = @_;
    my $screen = $self->open($argv, %o);
    wait_until { $screen->text =~ /^\Q$end\E$/m } 30, "the end of @{$argv}";
    chomp($screen->{status} = slurp("$screen->{file}.status"));
    return $screen;
}

sub clipboard {
    my ($self) = @_;
    return $self->_tmux('list-buffers') eq '' ? '' : $self->_tmux('show-buffer');
}

# A program asks the terminal where its cursor is (ECMA-48, DSR).
my $asking = <<'END';
use strict;
use warnings;
my ($in, $out) = @ARGV;
system('stty', 'raw', '-echo') == 0 or die;
$| = 1;
open my $texts, '<:raw', $in or die;
open my $columns, '>', $out or die;
while (my $text = <$texts>) {
    chomp $text;
    print "\r\e[K$text\e[6n";
    my $answer = '';
    while ($answer !~ /R\z/) {
        sysread STDIN, $answer, 1, length $answer or die;
    }
    print {$columns} $answer =~ /;(\d+)R/ ? $1 - 1 : '?', "\n";
}
close $columns or die;
system 'stty', 'sane';
print "\n";
END

sub columns {
    my ($self, @texts) = @_;
    my ($in, $out) = map { "$self->{dir}/$_" } qw(texts columns);
    spew($in, join '', map { encode_utf8($_) . "\n" } @texts);
    my $screen = $self->show(['perl', '-e', $asking, $in, $out], width => 1000, height => 5);
    die slurp("$screen->{file}.err") if $screen->{status} != 0;
    $screen->close;
    return split /\n/, slurp($out);
}

package TerminalTest::Screen;

sub _capture {
    my ($self, @how) = @_;
    my $text = $self->{terminal}->_tmux('capture-pane', '-p', '-S', '-', '-t', $self->{name}, @how);
    return $text =~ s/[ \n]+\z/\n/r;
}

sub text { return $_[0]->_capture }
sub styled { return $_[0]->_capture('-e') }
sub joined { return $_[0]->_capture('-J') =~ s/ +$//gmr }

sub is {
    my ($self, $format) = @_;
    chomp(my $is = $self->{terminal}->_tmux('display-message', '-p', '-t', $self->{name}, $format));
    return $is;
}

sub keys {
    my ($self, @keys) = @_;
    return $self->{terminal}->_tmux('send-keys', '-t', $self->{name}, @keys);
}

sub close {
    my ($self) = @_;
    return $self->{terminal}->_tmux('kill-session', '-t', $self->{name});
}

1;
