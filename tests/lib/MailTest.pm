package MailTest;

=head1 NAME

MailTest - a mail server on loopback, certificates for it, and what it was sent

=head1 SYNOPSIS

    use MailTest;
    my $tls = MailTest::certificates;           # ca.pem, and good, other, expired: .pem and .key
    my $server = MailTest->start('--starttls', "$tls/good.pem", "$tls/good.key");
    $server->{port};
    $server->mails;                             # {sender, to, text, tls}, in the order that they were taken in
    $server->seen;                              # {mail} {rcpt} {auth}: what it was told
    $server->stop;

What a recipient's name does is in F<tests/lib/smtp_server.py>.

=cut

use strict;
use warnings;
use AuditTest;
use JSON::PP;
use MIME::Base64;

my @running;

sub start {
    my ($class, @args) = @_;
    my $self = bless {dir => AuditTest::tempdir()}, $class;
    $self->{job} = AuditTest::spawn(['/usr/bin/python3', 'tests/lib/smtp_server.py', $self->{dir}, @args]);
    push @running, $self;
    wait_until { -e "$self->{dir}/port" || !$self->{job}->running } 10, 'the mail server';
    -e "$self->{dir}/port" or die 'the mail server ended: ' . $self->{job}->err . "\n";
    $self->{port} = AuditTest::slurp("$self->{dir}/port");
    return $self;
}

sub _lines {
    my ($self, $name) = @_;
    return -e "$self->{dir}/$name" ? map { decode_json $_ } split /\n/, AuditTest::slurp("$self->{dir}/$name") : ();
}

sub seen { return $_[0]->_lines('seen') }
sub mails { return map { {%$_, text => decode_base64 $_->{text}} } $_[0]->_lines('mails') }

sub stop {
    my ($self) = @_;
    return unless $self->{job};
    $self->{job}->kill('KILL');
    $self->{job}->wait(10);
    delete $self->{job};
    return;
}

END {
    my $status = $?;
    $_->stop for @running;
    $? = $status;
}

# As Python's email package reads them: headers, text, attachments.
sub read_mails {
    my ($decrypt, @mails) = @_;
    my $dir = AuditTest::tempdir();
    AuditTest::spew("$dir/$_.eml", $mails[$_]{text}) for 0 .. $#mails;
    my $r = AuditTest::run(['python3', 'tests/lib/mail_check.py', $decrypt ? ('--decrypt', @$decrypt) : (), map { "$dir/$_.eml" } 0 .. $#mails]);
    die "a mail is malformed: $r->{err}\n" if $r->{status} != 0;
    return map { decode_json $_ } split /\n/, $r->{out};
}

sub certificates {
    my $dir = AuditTest::tempdir();
    my $r = AuditTest::run(['sh', '-ec', <<'END', 'sh'], cwd => $dir);
key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key 2>/dev/null || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $1.key; }
key ca
openssl req -x509 -key ca.key -subj '/CN=Test CA' -days 30 -out ca.pem
printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n' >ca.conf
: >index; echo 01 >serial
for what in good:127.0.0.1:20200101000000Z:20900101000000Z other:10.1.2.3:20200101000000Z:20900101000000Z \
        expired:127.0.0.1:20150101000000Z:20160101000000Z; do
    IFS=: read -r name ip from until <<IN
$what
IN
    key $name
    openssl req -new -key $name.key -subj /CN=$name -addext subjectAltName=IP:$ip -out $name.csr
    openssl ca -batch -config ca.conf -keyfile ca.key -cert ca.pem -in $name.csr -out $name.pem -notext -startdate $from -enddate $until
done
END
    die "no certificates: $r->{err}\n" if $r->{status} != 0;
    return $dir;
}

1;
