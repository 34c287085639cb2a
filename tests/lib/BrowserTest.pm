package BrowserTest;

=head1 NAME

BrowserTest - headless Chromium, driven over WebDriver (W3C) by what Perl has

=head1 SYNOPSIS

    my $browser = BrowserTest->start;
    $browser->load('/path/page.html');
    my $input = $browser->element('#file');
    $browser->type($input, '/path/file');       # a file input takes a path
    my $value = $browser->script('return document.title');
    my $later = $browser->script_later('const done = arguments[arguments.length - 1]; ...');
    $browser->press('Tab', 'Enter');            # where the focus is
    $browser->size(390, 844);
    $browser->picture('/path/picture.png');     # the whole page

Every call dies with what the browser says is wrong. The browser ends with the test, however it ends.

=cut

use strict;
use warnings;
use AuditTest;
use HTTP::Tiny;
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();

my $json = JSON::PP->new->utf8->allow_nonref;

# Nothing that Chromium does by itself: no network, no first-run pages, no updates.
my @FLAGS = qw(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --force-device-scale-factor=1);

# chromedriver in a group of its own, which the shell ends when the pipe that we hold does.
sub start {
    my ($class) = @_;
    my $dir = tempdir();
    my $self = bless {dir => $dir, http => HTTP::Tiny->new(timeout => 600)}, $class;
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";
    if ($pid == 0) {
        POSIX::setsid();
        open my $log, '>', "$dir/log" or POSIX::_exit(126);
        POSIX::dup2(fileno $read, 0);
        POSIX::dup2(fileno $log, $_) for 1, 2;
        local $ENV{HOME} = $dir;
        exec 'sh', '-c', 'chromedriver --port=0 </dev/null & cat >/dev/null; trap "" TERM; kill -TERM 0' or POSIX::_exit(127);
    }
    close $read;
    @$self{qw(pid pipe)} = ($pid, $write);
    wait_until { -e "$dir/log" && slurp("$dir/log") =~ /successfully on port (\d+)/ && ($self->{port} = $1) } 30, 'chromedriver';
    my %chrome = (binary => '/usr/bin/chromium', args => [@FLAGS, "--user-data-dir=$dir/profile"]);
    my $session = $self->_ask(POST => '/session', {capabilities => {alwaysMatch => {
        browserName => 'chrome', 'goog:chromeOptions' => \%chrome, timeouts => {script => 540_000}}}});
    $self->{session} = "/session/$session->{sessionId}";
    $self->{browser_pid} = $session->{capabilities}{'goog:processID'};
    return $self;
}

sub stop {
    my ($self) = @_;
    return if !$self->{pipe};
    eval { $self->_ask(DELETE => $self->{session}) } if $self->{session};
    close delete $self->{pipe};
    waitpid $self->{pid}, 0;
    return;
}

sub DESTROY { local ($?, $@); $_[0]->stop; return }

sub _ask {
    my ($self, $method, $path, $body) = @_;
    my %content = $method eq 'POST' ? (content => $json->encode($body // {})) : ();
    my $reply = $self->{http}->request($method, "http://127.0.0.1:$self->{port}$path",
        {headers => {'content-type' => 'application/json'}, %content});
    my $value = eval { $json->decode($reply->{content})->{value} };
    die "$method $path: " . ($value->{message} // $reply->{content}) . "\n" if !$reply->{success};
    return $value;
}

sub load { my ($self, $page) = @_; return $self->_ask(POST => "$self->{session}/url", {url => "file://$page"}) }

sub element {
    my ($self, $css) = @_;
    my $found = $self->_ask(POST => "$self->{session}/element", {using => 'css selector', value => $css});
    return (values %$found)[0];
}

sub type { my ($self, $element, $text) = @_; return $self->_ask(POST => "$self->{session}/element/$element/value", {text => $text}) }
sub click { my ($self, $element) = @_; return $self->_ask(POST => "$self->{session}/element/$element/click") }

my %KEYS = (Tab => "\x{E004}", Enter => "\x{E007}");

sub press {
    my ($self, @names) = @_;
    my @actions = map { my $key = $KEYS{$_}; map { {type => $_, value => $key} } qw(keyDown keyUp) } @names;
    return $self->_ask(POST => "$self->{session}/actions", {actions => [{type => 'key', id => 'keys', actions => \@actions}]});
}

sub script {
    my ($self, $code, @arguments) = @_;
    return $self->_ask(POST => "$self->{session}/execute/sync", {script => $code, args => \@arguments});
}

# The last of its arguments is the function to call with the value.
sub script_later {
    my ($self, $code, @arguments) = @_;
    return $self->_ask(POST => "$self->{session}/execute/async", {script => $code, args => \@arguments});
}

# A command of the DevTools protocol.
sub devtools {
    my ($self, $command, $parameters) = @_;
    return $self->_ask(POST => "$self->{session}/goog/cdp/execute", {cmd => $command, params => $parameters});
}

# A width below 500 needs the protocol: no window is so narrow.
sub size {
    my ($self, $width, $height) = @_;
    return $self->devtools('Emulation.setDeviceMetricsOverride',
        {width => $width, height => $height, deviceScaleFactor => 1, mobile => $JSON::PP::false});
}

sub dark {
    my ($self, $on) = @_;
    return $self->devtools('Emulation.setEmulatedMedia',
        {features => [{name => 'prefers-color-scheme', value => $on ? 'dark' : 'light'}]});
}

sub picture {
    my ($self, $file) = @_;
    my $shot = $self->devtools('Page.captureScreenshot', {captureBeyondViewport => $JSON::PP::true});
    spew($file, MIME::Base64::decode_base64($shot->{data}));
    return;
}

# The most memory that any process of the browser's had, in MiB, since it began.
sub peak_memory {
    my ($self) = @_;
    my ($most, @pids) = (0, $self->{browser_pid});
    while (defined(my $pid = shift @pids)) {
        push @pids, map { split ' ', eval { slurp($_) } // '' } glob "/proc/$pid/task/*/children";
        my ($peak) = (eval { slurp("/proc/$pid/status") } // '') =~ /^VmHWM:\s+(\d+)/m;
        $most = $peak if ($peak // 0) > $most;
    }
    return int($most / 1024);
}

1;
