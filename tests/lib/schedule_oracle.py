"""When schedules are due, and for which periods, by Python's zoneinfo: held against `auditschedule next`.

usage: schedule_oracle.py TOOL FIRST_YEAR LAST_YEAR ZONE...

A time that a zone leaves out is due when its clocks have jumped over it, one that comes twice the first time. Two days
that are due at one instant are one run, of both days' periods.
"""
import datetime as dt
import json
import subprocess
import sys
import zoneinfo

UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
DAY = dt.timedelta(days=1)
SCHEDULES = [
    ("daily", 0, 1, dt.time(2, 15)),
    ("daily", 0, 1, dt.time(0, 0)),
    ("weekly", 0, 1, dt.time(2, 30)),
    ("weekly", 5, 1, dt.time(0, 0)),
    ("monthly", 0, 31, dt.time(0, 0)),
    ("monthly", 0, 30, dt.time(2, 30)),
    ("monthly", 0, 1, dt.time(9, 0)),
]


def instant(zone, naive):
    """Seconds since 1970 at which the zone's clocks show this first, or have jumped over it."""
    guess = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if guess.astimezone(zone).replace(tzinfo=None) == naive:
        return int((guess - EPOCH).total_seconds())

    def shows(second):
        return (EPOCH + dt.timedelta(seconds=second)).astimezone(zone).replace(tzinfo=None)

    high = int((guess - EPOCH).total_seconds()) - 30 * 3600
    while shows(high) < naive:
        high += 1800
    low = high - 1800
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if shows(middle) < naive else (low, middle)
    return high


def occurs(day, frequency, weekday, of_month):
    if frequency == "weekly":
        return day.isoweekday() % 7 == weekday
    last = ((day.replace(day=28) + 4 * DAY).replace(day=1) - DAY).day
    return frequency == "daily" or day.day == min(of_month, last)


def period(frequency, first, last):
    """Of the days that are due at one instant."""
    if frequency == "monthly":
        return (first.replace(day=1) - DAY).replace(day=1), last.replace(day=1)
    return first - (7 if frequency == "weekly" else 1) * DAY, last


def expected(zone, schedule, first, last):
    runs, midnights, day = [], {}, first

    def midnight(date):
        if date not in midnights:
            midnights[date] = instant(zone, dt.datetime.combine(date, dt.time()))
        return midnights[date]

    while day <= last:
        if occurs(day, *schedule[:3]):
            due = instant(zone, dt.datetime.combine(day, schedule[3]))
            if runs and runs[-1][0] == due:
                runs[-1][1].append(day)
            else:
                runs.append((due, [day]))
        day += DAY
    for due, days in runs:
        start, end = period(schedule[0], days[0], days[-1])
        yield due, midnight(start), midnight(end)


def told(tool, name, schedule, first, count):
    text = {"frequency": schedule[0], "dayOfWeek": schedule[1], "dayOfMonth": schedule[2],
            "time": schedule[3].strftime("%H:%M"), "timezone": name}
    out = subprocess.run([tool, "next", "--schedule", json.dumps(text), "--from",
                          (EPOCH + dt.timedelta(seconds=first - 1)).isoformat(),
                          "--count", str(count), "--format", "ndjson"], check=True, capture_output=True, text=True).stdout
    for line in out.splitlines():
        run = json.loads(line)
        yield tuple(int((dt.datetime.fromisoformat(run[key]) - EPOCH).total_seconds())
                    for key in ("scheduled_for", "from", "until"))


def main(tool, first_year, last_year, *names):
    checked = 0
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        for schedule in SCHEDULES:
            want = list(expected(zone, schedule, dt.date(int(first_year), 1, 1), dt.date(int(last_year), 12, 31)))
            got = list(told(tool, name, schedule, want[0][0], len(want)))
            for theirs, ours in zip(want, got):
                if theirs != ours:
                    sys.exit(f"{name} {schedule}: {theirs} by zoneinfo, {ours} by the tool")
            if len(want) != len(got):
                sys.exit(f"{name} {schedule}: {len(want)} runs by zoneinfo, {len(got)} by the tool")
            for before, after in zip(got, got[1:]):
                if before[2] != after[1]:
                    sys.exit(f"{name} {schedule}: a period ends at {before[2]}, and the next begins at {after[1]}")
            checked += len(want)
    print(checked)


if __name__ == "__main__":
    main(*sys.argv[1:])
