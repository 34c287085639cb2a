#!/usr/bin/perl
# What auditquery prints in each format, read by other people's parsers: jsonschema over OCSF's own schema, liblognorm,
# glossy, Python's csv and json. What they read is held against the database.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode qw(decode_utf8 encode_utf8);
use JSON::PP;
use Test::More;

my $org = '00000000-0000-4000-8000-00000000000a';
my $ada = '00000000-0000-4000-8000-0000000000a1';

# What an attacker may choose, and what platforms write.
my $hostile = qq{a"b\\c]d|e=f,g;\r\nh\ti\e[31mj\x{9b}k\x{202e}l\x{5e9}m\x{65e5}\x{1f511}n\x{301}' <o>&%s\\n=};
my @texts = ($hostile, '=1+1', "'quoted'", 'ends in \\', 'ends in ]', ' spaces ', '', 'x' x 65536, "\x{65e5}" x 20000, '{"a":1}');
my @actions = qw(mfa_enrollment_initiated mfa_backup_code_used auth.login_failed auth.suspicious_login
    auth.multiple_failed_attempts security.rate_limit_exceeded security.unauthorized_access_attempt
    team.member.role_updated team.member.permissions_updated team.member.removed team.invitation.created
    organization.updated branding.updated suspend_organization reactivate_organization LOGIN LOGIN_FAILED MFA_DISABLED
    ROLE_CHANGE API_KEY_GENERATED DATA_EXPORT BULK_DELETE SETTINGS_CHANGED SUBSCRIPTION_CANCELLED REFUND_ISSUED
    AUDIT_CLEANUP DATA_PURGE profiles.created profiles.deleted user.password_reset);

sub sql { my ($text) = @_; return "convert_from('\\x" . unpack('H*', encode_utf8($text)) . "', 'UTF8')" }

my $c = AuditTest->cluster;
$c->createdb('t');
is $c->run(['auditmigrate', 'install', '-q'], db => 't')->{status}, 0, 'installed';
$c->psql('t', join "\n", "INSERT INTO organizations (id, name) VALUES ('$org', 'a');",
    "INSERT INTO auth.users (id, email) VALUES ('$ada', 'ada\@a.example');",
    (map { <<"END" } @texts),
INSERT INTO audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, user_agent, session_id,
                        old_values, new_values, metadata, ip_address)
SELECT '$org', '$ada', t, t, t, t, t, t, jsonb_build_object(t, t), jsonb_build_object('role', t), jsonb_build_array(t, 1.50), '10.0.0.0/8'
  FROM ${\ sql($_)} t;
END
    (map { <<"END" } @actions),
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type, resource_id, new_values, ip_address, risk_level)
SELECT '$org', CASE WHEN i < 3 THEN '$ada'::uuid END, CASE WHEN i = 1 THEN 'ada\@a.example' END, '$_',
       (ARRAY['user', 'team_member', 'report'])[i], CASE WHEN i <> 3 THEN '$ada'::uuid END, '{"role": "admin"}',
       (ARRAY['192.0.2.1', '2001:db8::1', NULL])[i]::inet, (ARRAY['low', 'high', 'critical'])[i]
  FROM generate_series(1, 3) i;
END
    <<"END");
INSERT INTO audit_logs (action, resource_type, created_at)
SELECT 'odd', 'x', t FROM unnest(ARRAY[NULL, 'infinity', '-infinity', '0044-03-15 BC', '20000-01-01', '1969-12-31 23:59:59.999999Z']::timestamptz[]) t;
END

sub query {
    my ($format, %o) = @_;
    return $c->run(['auditquery', 'search', '-n0', '--reverse', '-q', "--format=$format", @{$o{argv} // []}],
        db => 't', env => {COLUMNS => undef, %{$o{env} // {}}});
}

sub written {
    my $r = query(@_);
    is "$r->{status} $r->{err}", '0 ', "$_[0] is written";
    return $r->{out};
}

# JSON objects, a line each, that a program makes of what it reads.
sub through {
    my ($argv, $in) = @_;
    my $r = $c->run($argv, stdin => $in);
    is "$r->{status} $r->{err}", '0 ', "read by $argv->[0] @{$argv}[1 .. 1]";
    return map { decode_json $_ } split /\n/, $r->{out};
}

my $ndjson = written('ndjson');
my @entries = map { decode_json $_ } split /\n/, $ndjson;
is @entries, $c->psql('t', 'SELECT count(*) FROM audit_logs'), 'all entries';
my %by_id = map { $_->{id} => $_ } @entries;

# As a terminal is shown it.
sub shown {
    my ($text) = @_;
    return $text =~ s{([\x00-\x1f\x7f])}{sprintf '\\x%02x', ord $1}egr =~ s{([\x{80}-\x{9f}\x{202e}])}{sprintf '\\u%04x', ord $1}egr;
}

subtest 'json' => sub {
    my $array = decode_json(written('json'));
    is_deeply $array, \@entries, 'the same objects in one array';
    # psql would end at a line end within a text.
    my $stored = decode_json($c->psql('t', 'SELECT json_agg(json_build_array(id, old_values::text, metadata::text)) FROM audit_logs'));
    for (@{$stored}) {
        my ($id, $old, $metadata) = @{$_};
        next if !defined $old;
        ok index(decode_utf8($ndjson), qq{"old_values":$old,}) >= 0 && index(decode_utf8($ndjson), qq{"metadata":$metadata,}) >= 0,
            'jsonb as it is stored' or last;
    }
};

subtest 'csv' => sub {
    my @rows = through(['python3', '-c', <<'END'], written('csv'));
import csv, io, json, sys
csv.field_size_limit(1 << 30)
text = sys.stdin.buffer.read().decode()
assert text.endswith('\r\n')
for row in csv.DictReader(io.StringIO(text, newline=''), strict=True):
    assert None not in row and None not in row.values(), row
    print(json.dumps(row))
END
    is @rows, @entries, 'a record each';
    my @bad = grep {
        my ($row, $entry) = ($_, $by_id{$_->{id}});
        grep {
            my $text = ref $entry->{$_} ? $row->{$_} : $entry->{$_} // '';
            $row->{$_} ne ($text =~ /\A[=+\-@\t\r\n]/ && $_ ne 'created_at' ? "'$text" : $text)
        } grep { $_ ne '_auditproof' } keys %{$entry}
    } @rows;
    is @bad, 0, 'as they are stored, and formulas with an apostrophe' or diag explain $bad[0];
};

subtest 'ocsf' => sub {
    my $r = $c->run(["python3", "tests/lib/ocsf_check.py", "tests/vectors/ocsf"], stdin => my $out = written('ocsf'));
    is "$r->{status} $r->{err}", '0 ', 'OCSF 1.8.0 by its own schema' or diag $r->{out};
    my %count = $r->{out} =~ /(\d+)=(\d+)/g;
    is_deeply [sort keys %count], [3001, 3002, 3004, 3005, 6003], 'all classes were seen';
    my ($sum) = 0;
    $sum += $_ for values %count;
    is $sum, @entries, 'an event each';
    my @bad = grep { $_->{metadata}{event_code} ne $by_id{$_->{metadata}{uid}}{action} } map { decode_json $_ } split /\n/, $out;
    is @bad, 0, 'of the entry';
    # The check does find what is wrong.
    $out =~ s/"severity_id":\d/"severity_id":77/;
    $r = $c->run(["python3", "tests/lib/ocsf_check.py", "tests/vectors/ocsf"], stdin => $out);
    is $r->{status}, 1, 'another severity is none';
    like $r->{out}, qr/^line 1: severity_id: 77 /m, 'and is told';
};

subtest 'cef' => sub {
    my $dir = tempdir();
    spew("$dir/cef.rb", "version=2\nrule=:%f:cef%\n");
    my $out = written('cef');
    # 32 KiB is what the program reads a line of.
    my @long = grep { length($_) > 32000 } split /(?<=\n)/, $out;
    cmp_ok scalar(@long), '<=', 2, 'long ones are whole';
    my @events = map { $_->{f} } through(['lognormalizer', '-r', "$dir/cef.rb", '-e', 'json'],
        join '', grep { length($_) <= 32000 } split /(?<=\n)/, $out);
    is @events + @long, @entries, 'a line each';
    my %key = (act => 'action', suser => 'actor_email', requestClientApplication => 'user_agent', cs2 => 'resource_type',
        cs4 => 'session_id', spriv => 'actor_role', suid => 'actor_id', cs3 => 'resource_id', auditproofRiskLevel => 'risk_level');
    my @bad = grep {
        my ($ext, $entry) = ($_->{Extensions}, $by_id{$_->{Extensions}{externalId}});
        $_->{SignatureID} ne shown($entry->{action}) || grep { ($ext->{$_} // '') ne ($entry->{$key{$_}} // '') } keys %key;
    } @events;
    is @bad, 0, 'every value is what is stored' or diag explain $bad[0];
    is_deeply [sort { $a <=> $b } keys %{{map { $_->{Severity} => 1 } @events}}], [3, 8, 10], 'severities';
};

subtest 'syslog' => sub {
    my $out = written('syslog');
    my %key = (id => 'id', action => 'action', actorEmail => 'actor_email', userAgent => 'user_agent', resourceType => 'resource_type',
        sessionId => 'session_id', organizationId => 'organization_id', riskLevel => 'risk_level', ipAddress => 'ip_address');
    my $compare = sub {
        my ($data, $entry) = @_;
        return grep { ($data->{$_} // '') ne shown($entry->{$key{$_}} // '') } keys %key;
    };
    my @messages = through(["python3", "tests/lib/syslog_check.py"], $out);
    is @messages, @entries, 'a message each, by the grammar of RFC 5424';
    is scalar(grep { $compare->($_->{data}{'auditproof@32473'}, $entries[$_->{n}]) }
        map { $messages[$_]{n} = $_; $messages[$_] } 0 .. $#messages), 0, 'every value is what is stored, controls shown';
    is scalar(grep { !$_->{marked} || $_->{facility} != 13 } @messages), 0, 'UTF-8, and of the audit log';
    # It takes the last word that ends in ] for the end of the data.
    my @plain = grep { $entries[$_]{action} !~ /\]/ } 0 .. $#entries;
    my @lines = split /(?<=\n)/, $out;
    my @read = through(['node', '-e', <<'END'], join '', @lines[@plain]);
const glossy = require('./tests/vectors/glossy/parse.js');
for (const line of require('fs').readFileSync(0, 'utf8').split('\n').slice(0, -1))
    console.log(JSON.stringify({...glossy.parse(line), originalMessage: null}));
END
    is @read, @plain, 'glossy reads them';
    is scalar(grep { $compare->($read[$_]{structuredData}{'auditproof@32473'}, $entries[$plain[$_]])
            || $read[$_]{facility} ne 'audit' || $read[$_]{type} ne 'RFC5424' || $read[$_]{appName} ne 'auditproof' } 0 .. $#read),
        0, 'and finds the same';
};

subtest 'timesketch' => sub {
    my @events = through(['python3', '-c', <<'END'], written('timesketch'));
import datetime, json, sys
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
for line in sys.stdin.buffer.read().split(b'\n')[:-1]:
    event = json.loads(line)
    assert isinstance(event['message'], str) and isinstance(event['timestamp_desc'], str)
    try:
        assert datetime.datetime.fromisoformat(event['datetime']) - EPOCH == datetime.timedelta(microseconds=event['timestamp'])
    except ValueError:
        assert event['action'] == 'odd', event
    assert not any(isinstance(v, (dict, list)) for v in event.values())
    print(json.dumps(event))
END
    is @events, @entries, 'an event each';
    is scalar(grep { ($_->{user_agent} // '') ne ($by_id{$_->{id}}{user_agent} // '') } @events), 0, 'as they are stored';
};

# How wide a line is: Python has tables of its own.
sub widths {
    my ($text) = @_;
    my ($widths) = through(['python3', '-c', <<'END'], $text);
import json, sys, unicodedata
print(json.dumps([sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line)
                  for line in sys.stdin.buffer.read().decode().split('\n')]))
END
    return @{$widths};
}

subtest 'table' => sub {
    for my $columns (undef, 72, 200) {
        my $out = written('table', env => {COLUMNS => $columns});
        my ($widest) = sort { $b <=> $a } widths($out);
        cmp_ok $widest, '<=', $columns // 80, 'no wider than ' . ($columns // 'eighty columns');
        unlike $out, qr/[\x00-\x09\x0b-\x1f\x7f]/, 'nothing for a terminal to obey';
        cmp_ok length($out), '<', 500 * @entries, 'a long text is cut';
    }
    my $out = written('table', argv => ['--color=always']);
    like $out, qr/\e\[1;31mcritical\e\[0m/, 'coloured by risk';
    is join('', $out =~ /\e(?!\[[0-9;]*m)./gs), '', 'and no other escapes';
    unlike written('table', argv => ['--color=auto']), qr/\e/, 'not where nobody looks';
};

# On a terminal of their own.
subtest 'terminal' => sub {
    for my $format (undef, qw(json ndjson csv ocsf cef syslog timesketch)) {
        my $command = join ' ', AuditTest::bin('auditquery'), qw(search -n0 --reverse -q), defined $format ? "--format=$format" : ();
        my $r = $c->run(["script", "-qec", $command, '/dev/null'], db => 't', env => {COLUMNS => 100, TERM => 'xterm', NO_COLOR => undef});
        my $out = decode_utf8($r->{out});
        is $r->{status}, 0, ($format // 'what is usual') . ' on a terminal';
        $out =~ s/\e\[(?:1;)?\d+m//g if !defined $format;
        unlike $out, qr/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\x{202e}\x{feff}]/, 'does nothing there';
        like $out, qr/\\x1b\[31m|\\u001b\[31m/, 'and is shown';
        like $out, qr/^TIME /, 'a table' if !defined $format;
    }
    my $r = $c->run(['script', '-qec', AuditTest::bin('auditquery') . ' search -n0 -q', '/dev/null'], db => 't',
        env => {COLUMNS => 100, TERM => 'xterm', NO_COLOR => '1'});
    unlike $r->{out}, qr/\e/, 'NO_COLOR';
    $r = $c->run(['script', '-qec', AuditTest::bin('auditquery') . ' search -n0 -q --raw --format=cef', '/dev/null'], db => 't');
    like $r->{out}, qr/\e\[31m/, '--raw';
};

done_testing;
