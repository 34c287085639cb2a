package VerifyPage;

=head1 NAME

VerifyPage - verify.html in a browser, used as somebody does who checks a bundle

=head1 SYNOPSIS

    my $page = VerifyPage->new($browser);       # a fresh one
    my $result = $page->check('/path/bundle.tar.gz', $fingerprint, $another);
    $page->refused;                             # how often its policy refused something
    $page->asked;                               # how often it asked for anything beside itself

=cut

use strict;
use warnings;
use Cwd qw(getcwd);
use Encode ();
use JSON::PP ();

sub new {
    my ($class, $browser) = @_;
    $browser->load(getcwd() . '/share/bundle/verify.html');
    $browser->script(<<~'JS');
        window.checks = window.refused = 0;
        document.addEventListener('checked', () => { window.checks++ });
        document.addEventListener('securitypolicyviolation', () => { window.refused++ });
        JS
    return bless {browser => $browser, chosen => ''}, $class;
}

# What `action` leads to, which begins a check.
sub answer {
    my ($self, $action) = @_;
    my $checks = $self->{browser}->script('return checks');
    $action->();
    return JSON::PP::decode_json(Encode::encode('UTF-8', $self->{browser}->script_later(<<~'JS', $checks)));
        const [before, done] = arguments;
        const look = () => checks > before ? done(document.getElementById('result').textContent) : setTimeout(look, 5);
        look();
        JS
}

# The keys are given and a file is chosen, which begins; or the button, when it is chosen already.
sub check {
    my ($self, $file, @pins) = @_;
    my $browser = $self->{browser};
    $browser->script('document.getElementById("key").value = arguments[0]', join "\n", @pins);
    return $self->answer(sub { $browser->click($browser->element('#again')) }) if $file eq $self->{chosen};
    $self->{chosen} = $file;
    return $self->answer(sub { $browser->type($browser->element('#file'), $file) });
}

sub refused { my ($self) = @_; return $self->{browser}->script('return refused') }

sub asked {
    my ($self) = @_;
    return $self->{browser}->script('return performance.getEntriesByType("resource").filter(e => !e.name.startsWith("blob:")).length');
}

1;
