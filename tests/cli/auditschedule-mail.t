#!/usr/bin/perl
# Mail is handed to real servers over TLS that is verified, or to sendmail, and what they answer is what is told.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use MailTest;
use Test::More;

my $tls = MailTest::certificates();
my $dir = AuditTest::tempdir();

# A trial mail.
sub trial { my ($to, @args) = @_; return AuditTest::run(['auditschedule', 'mail', '--mail-from', 'reports@example.org', @args, $to]) }

sub password { AuditTest::spew("$dir/password", "$_[0]\n"); chmod 0600, "$dir/password"; return ('--smtp-user', 'ada', '--smtp-password-file', "$dir/password") }

subtest 'a server with TLS' => sub {
    my $server = MailTest->start('--starttls', "$tls/good.pem", "$tls/good.key", '--auth', 'ada', 'swordfish "1"');
    my @by = ('--smtp', "smtp://127.0.0.1:$server->{port}", '--smtp-ca', "$tls/ca.pem", password('swordfish "1"'));
    my $r = trial('Eve@example.org', @by);
    is $r->{status}, 0, 'takes a mail' or diag $r->{err};
    like $r->{err}, qr/the mail to Eve\@example\.org was taken: whether it arrives, only its mailbox shows/, 'no more is claimed';
    my ($mail, @more) = $server->mails;
    is_deeply [$mail->{sender}, $mail->{to}, $mail->{tls}, scalar @more], ['reports@example.org', ['Eve@example.org'], JSON::PP::true, 0], 'once, over TLS';
    my ($read) = MailTest::read_mails(undef, $mail);
    is_deeply [@{$read->{headers}}{qw(from to auto-submitted)}], ['reports@example.org', 'Eve@example.org', 'auto-generated'], 'its headers';
    like $read->{headers}{'message-id'}, qr/^<trial\.[0-9a-f]+\@example\.org>$/, 'its id';
    like $read->{text}, qr/Somebody tries .* and is not encrypted\. There is nothing to be done\./s, 'its text';

    for my $case (['later', 1, qr/not taken now: 450 4\.2\.0 come again/], ['no', 1, qr/refused: 550-5\.1\.1 there is nobody 5\.1\.1 of that name \\x1b\[31mhere/],
        ['spam', 1, qr/refused: 554 5\.7\.1 not in this house/], ['die', 1, qr/not taken now: /], ['grey', 1, qr/not taken now: 451 4\.7\.1 greylisted/],
        ['lost', 1, qr/not taken now: /]) {
        my ($to, $status, $says) = @$case;
        $r = trial("$to\@example.org", @by);
        is $r->{status}, $status, "to $to";
        like $r->{err}, $says, 'it says what became of it';
    }
    is scalar($server->mails), 2, 'one of these was taken all the same: nobody can know';
    my $began = time;
    $r = trial('hang@example.org', @by, '--mail-timeout', 1);
    like $r->{err}, qr/not taken now: .*timed out/i, 'one that never answers';
    cmp_ok time - $began, '<', 10 * $AuditTest::patience, 'is not waited for long';

    my $stranger = AuditTest::run(['auditschedule', 'mail', '--mail-from', 'reports@example.org', @by, 'ada@example.org'], env => {ALL_PROXY => 'http://127.0.0.1:1'});
    is $stranger->{status}, 0, 'a proxy for web pages is none of its business';

    $r = trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$server->{port}", '--smtp-ca', "$tls/ca.pem", password('wrong'));
    is $r->{status}, 1, 'a wrong password';
    like $r->{err}, qr/mail cannot be sent: 535 /, 'is told';
    unlike $r->{err}, qr/wrong/, 'and is not';
    is scalar(grep { exists $_->{auth} && !$_->{tls} } $server->seen), 0, 'a password was never said in plain';

    for my $case (['by the system\'s authorities', qr/mail cannot be sent: .*certificate/i], ['by others', qr/mail cannot be sent: .*certificate/i, '--smtp-ca', "$tls/other.pem"]) {
        my ($whom, $says, @ca) = @$case;
        $r = trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$server->{port}", @ca);
        is $r->{status}, 1, "not trusted $whom";
        like $r->{err}, $says, 'nothing is sent';
    }
};

subtest 'certificates of others' => sub {
    for my $name (qw(other expired)) {
        my $server = MailTest->start('--tls', "$tls/$name.pem", "$tls/$name.key");
        my $r = trial('eve@example.org', '--smtp', "smtps://127.0.0.1:$server->{port}", '--smtp-ca', "$tls/ca.pem");
        is $r->{status}, 1, "$name: refused";
        like $r->{err}, $name eq 'other' ? qr/mail cannot be sent: .*subject name/ : qr/mail cannot be sent: .*certificate has expired/, 'and why';
        is_deeply [$server->seen], [], 'nothing was said to it';
    }
    my $server = MailTest->start('--tls', "$tls/good.pem", "$tls/good.key");
    is trial('eve@example.org', '--smtp', "smtps://127.0.0.1:$server->{port}", '--smtp-ca', "$tls/ca.pem")->{status}, 0, 'TLS from the start, and its own';
};

subtest 'a server without TLS' => sub {
    my $server = MailTest->start('--auth', 'ada', 'secret');
    my $r = trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$server->{port}", password('secret'));
    is $r->{status}, 1, 'is not spoken to';
    like $r->{err}, qr/mail cannot be sent: .*(?:STARTTLS|SSL|TLS)/, 'and why';
    is_deeply [$server->seen], [], 'no login, no mail';
    my $open = MailTest->start;
    is trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$open->{port}", '--smtp-plain')->{status}, 0, 'unless it is on this machine, and that is asked for';
    is trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$open->{port}/reports.example.org", '--smtp-plain')->{status}, 0, 'greeted by a name';
    is_deeply [map { $_->{host} // () } $open->seen], [(($open->seen)[0])->{host}, 'reports.example.org'], 'of one\'s own';
};

subtest 'servers that take nothing' => sub {
    my $server = MailTest->start('--say', 'MAIL', '553 5.7.1 not this sender');
    my $r = trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$server->{port}", '--smtp-plain');
    like $r->{err}, qr/mail cannot be sent: 553 5\.7\.1 not this sender/, 'who refuses the sender refuses all';
    my $login = MailTest->start('--say', 'RCPT', '530 5.7.0 log in first');
    like trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$login->{port}", '--smtp-plain')->{err}, qr/mail cannot be sent: 530 5\.7\.0 log in first/,
        'and who wants a login before, whenever it says so';
    my $port = $server->{port};
    $server->stop;
    $r = trial('eve@example.org', '--smtp', "smtp://127.0.0.1:$port", '--smtp-plain');
    is $r->{status}, 1, 'nobody there';
    like $r->{err}, qr/mail cannot be sent: .*connect/i, 'is told';
};

subtest 'sendmail' => sub {
    AuditTest::spew("$dir/sendmail", <<'END' =~ s/DIR/$dir/gr);
#!/bin/sh
printf '%s\n' "$@" >DIR/arguments
cat >DIR/message
case $5 in
fail*) echo 'first line' >&2; printf 'no room for \033[31mit\n' >&2; exit ${5#fail} ;;
slow@*) sleep 600 ;;
esac
END
    chmod 0755, "$dir/sendmail";
    my @by = ('--sendmail', "$dir/sendmail");
    my $r = trial('eve@example.org', @by);
    is $r->{status}, 0, 'takes a mail' or diag $r->{err};
    is AuditTest::slurp("$dir/arguments"), "-oi\n-f\nreports\@example.org\n--\neve\@example.org\n", 'from whom and for whom';
    my $text = AuditTest::slurp("$dir/message");
    unlike $text, qr/\r/, 'with the line ends of files';
    like $text, qr/^From: reports\@example\.org\nTo: eve\@example\.org\n/, 'is on its standard input';
    for my $case ([67, qr/refused/], [68, qr/not taken now/], [69, qr/not taken now/], [75, qr/not taken now/], [64, qr/mail cannot be sent/], [71, qr/not taken now/]) {
        AuditTest::spew("$dir/sendmail$case->[0]", "#!/bin/sh\ncat >/dev/null\necho 'no room for \033[31mit' >&2\nexit $case->[0]\n");
        chmod 0755, "$dir/sendmail$case->[0]";
        $r = trial('eve@example.org', '--sendmail', "$dir/sendmail$case->[0]");
        is $r->{status}, 1, "status $case->[0]";
        like $r->{err}, qr/$case->[1]: \Q$dir\E\/sendmail$case->[0] ended with status $case->[0]: no room for \\x1b\[31mit/, 'and what it says';
    }
    $r = trial('slow@example.org', @by, '--mail-timeout', 1);
    like $r->{err}, qr/not taken now: .*sendmail did not end in time/, 'one that hangs is ended';
    like trial('eve@example.org', '--sendmail', "$dir/none")->{err}, qr/mail cannot be sent/, 'one that is not there';
};

subtest 'encrypted' => sub {
    AuditTest::run(['sh', '-ec', q{openssl req -x509 -newkey rsa:2048 -nodes -keyout eve.key -out eve@example.org.pem -days 2 -subj /CN=eve -addext keyUsage=keyEncipherment;
        openssl req -x509 -newkey rsa:2048 -nodes -keyout x.key -out sign@example.org.pem -days 2 -subj /CN=x -addext keyUsage=digitalSignature}], cwd => $dir)->{status} == 0 or die;
    my $server = MailTest->start;
    my @by = ('--smtp', "smtp://127.0.0.1:$server->{port}", '--smtp-plain', '--mail-certificates', $dir);
    is trial('eve@example.org', @by[0 .. 3], "$dir/none")->{status}, 2, 'a directory that is not there';
    is trial('EVE@example.org', @by)->{status}, 0, 'to who has a certificate';
    my ($mail) = $server->mails;
    unlike $mail->{text}, qr/Somebody tries/, 'nobody else reads it';
    AuditTest::spew("$dir/encrypted", $mail->{text});
    like AuditTest::run(['openssl', 'cms', '-cmsout', '-print', '-in', "$dir/encrypted"])->{out}, qr/keyEncryptionAlgorithm:\s+algorithm: rsaEncryption /,
        'as every mail program can: not all take OAEP';
    my ($read) = MailTest::read_mails(["$dir/eve.key", "$dir/eve\@example.org.pem"], $mail);
    like $read->{text}, qr/encrypted to your certificate/, 'but the recipient';
    my $r = trial('sign@example.org', @by);
    like $r->{err}, qr/not encrypted: certificate .*sign\@example\.org\.pem is not for encryption/, 'one that is for something else is told of';
    is trial('ada@example.org', @by)->{status}, 0, 'who has none';
    unlike +($server->mails)[2]{text}, qr/pkcs7/, 'reads as always';
};

subtest 'wrong input' => sub {
    AuditTest::spew("$dir/open", "secret\n");
    chmod 0644, "$dir/open";
    for my $case ([qr/by --smtp or by --sendmail/, 'a@b.c'], [qr/not by both/, 'a@b.c', '--smtp', 'smtps://x', '--sendmail', '/x'],
        [qr/of the form name\@host/, "a\@b.c\r\nBcc: d\@e.f", '--sendmail', '/x'], [qr/of the form/, '-bad@x.org', '--sendmail', '/x', '--'],
        [qr/not a part of its URL/, 'a@b.c', '--smtp', 'smtps://u:secret@x'], [qr/go together/, 'a@b.c', '--smtp', 'smtps://x', '--smtp-user', 'u'],
        [qr/whole path/, 'a@b.c', '--sendmail', 'sendmail'], [qr/are of --smtp/, 'a@b.c', '--sendmail', '/x', '--smtp-plain'],
        [qr/only a server on this machine/, 'a@b.c', '--smtp', 'smtp://x', '--smtp-plain'], [qr/1 to 3600/, 'a@b.c', '--smtp', 'smtps://x', '--mail-timeout', '0'],
        [qr/more than 189 characters/, 'a@b.c', '--sendmail', '/x', '--mail-from', 'a@' . join('.', ('x' x 60) x 4)],
        [qr/takes a directory: there is none at \/none/, 'a@b.c', '--sendmail', '/x', '--mail-certificates', '/none'],
        [qr/everybody may read the password/, 'a@b.c', '--smtp', 'smtps://x', '--smtp-user', 'u', '--smtp-password-file', "$dir/open"]) {
        my ($says, @args) = @$case;
        my $r = trial(@args);
        is $r->{status}, 2, join ' ', map { s/\s+/ /gr } @args;
        like $r->{err}, $says, 'says why';
        unlike $r->{err}, qr/secret/, 'and no secret';
    }
    like AuditTest::run(['auditschedule', 'mail', '--sendmail', '/x', 'a@b.c'])->{err}, qr/needs --mail-from/, 'nor from nobody';
    like AuditTest::run(['auditschedule', 'mail', '--sendmail', '/x', '--mail-from', "a\@b.c\nX: y", 'a@b.c'])->{err}, qr/--mail-from: not an address/, 'nor from two';
};

done_testing;
