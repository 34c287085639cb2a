#!/usr/bin/perl
# No run is lost, doubled or moved, whatever a zone does to its clocks: twenty years of schedules, against zoneinfo.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $build = $ENV{B} // 'build';

sub agrees {
    my ($from, $until, @zones) = @_;
    my $run = AuditTest::run(['python3', 'tests/lib/schedule_oracle.py', "$build/bin/auditschedule", $from, $until, @zones]);
    is $run->{err}, '', "$from to $until: @zones";
    is $run->{status}, 0, 'they agree';
    cmp_ok $run->{out}, '>', 700 * ($until - $from) * @zones, 'on every run';
    return;
}

agrees(2026, 2046, 'Australia/Lord_Howe');
agrees(2026, 2046, 'Africa/Casablanca');
agrees(2026, 2046, 'Europe/Dublin');
agrees(2026, 2046, 'America/Nuuk');
agrees(2010, 2013, qw(Pacific/Apia America/Sao_Paulo Asia/Gaza America/Havana));
agrees(1993, 1994, 'Pacific/Kwajalein');

done_testing;
