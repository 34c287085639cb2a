#!/usr/bin/env python3
"""Compare the day on which an entry may leave, as the library and the database compute it, with Python's own calendar.

usage: retention_dates.py LIBRARY <CASES

A case a line: created and recorded in microseconds since 1970, "infinity", "-infinity" or nothing; years; and the
database's day, in days since 1970 or as an infinity. Prints how many agree, then each that does not.
"""
import ctypes
import datetime
import sys

INFINITY, MINUS_INFINITY = 2**63 - 1, -2**63
EPOCH = datetime.date(1970, 1, 1)
DAY = 86400 * 1000000


def parse(text):
    return {"infinity": INFINITY, "-infinity": MINUS_INFINITY}.get(text) if "inf" in text else int(text)


def by_calendar(time_us, years):
    """The same date that many years on, 1 March where there is none, and the day after; None beyond Python's calendar."""
    if time_us in (INFINITY, MINUS_INFINITY):
        return time_us
    try:
        day = EPOCH + datetime.timedelta(days=time_us // DAY)
        try:
            end = day.replace(year=day.year + years)
        except ValueError:
            if (day.month, day.day) != (2, 29):
                return None
            end = datetime.date(day.year + years, 3, 1)
        return ((end - EPOCH).days + 1) * DAY
    except OverflowError:
        return None


def main():
    library = ctypes.CDLL(sys.argv[1])
    library.ap_retention_end.restype = ctypes.c_int64
    library.ap_retention_end.argtypes = [ctypes.c_int64, ctypes.c_int]
    agree, by_python, wrong = 0, 0, []
    for line in sys.stdin:
        created, recorded, years, until = line.rstrip("\n").split("|")
        time_us = max(parse(t) for t in (created, recorded) if t != "")
        library_us = library.ap_retention_end(time_us, int(years))
        database_us = parse(until) if "inf" in until else int(until) * DAY
        python_us = by_calendar(time_us, int(years))
        by_python += python_us is not None
        if library_us != database_us or python_us not in (None, library_us):
            wrong.append(f"{line.rstrip()}: library {library_us}, database {database_us}, calendar {python_us}")
        agree += 1
    print(f"{agree} cases, {by_python} by the calendar, {len(wrong)} wrong")
    print("\n".join(wrong[:20]))


main()
