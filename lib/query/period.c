#include "period.h"

#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/tally.h"

const char *const period_unit_names[] = {"hour", "day", "week", "month"};
const char ap_tally_units[] = "hour|day|week|month";

enum { UNITS = 4 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Hours, days and weeks are counted from 1970, weeks from its first Monday but one; months from its January. */
static int64_t unit_of(enum period_unit unit, int64_t time_us)
{
    int64_t day = floor_div(time_us, AP_US_PER_DAY), year;
    int month, day_of_month;

    switch (unit) {
    case PERIOD_HOUR:
        return floor_div(time_us, AP_US_PER_DAY / 24);
    case PERIOD_DAY:
        return day;
    case PERIOD_WEEK:
        return floor_div(day + 3, 7);
    case PERIOD_MONTH:
        break;
    }
    ap_civil_from_days(day, &year, &month, &day_of_month);
    return year * 12 + month - 1;
}

static int64_t begin_of(enum period_unit unit, int64_t number)
{
    switch (unit) {
    case PERIOD_HOUR:
        return number * (AP_US_PER_DAY / 24);
    case PERIOD_DAY:
        return number * AP_US_PER_DAY;
    case PERIOD_WEEK:
        return (number * 7 - 3) * AP_US_PER_DAY;
    case PERIOD_MONTH:
        break;
    }
    return ap_days_from_civil(floor_div(number, 12), (int)(number - floor_div(number, 12) * 12) + 1, 1) * AP_US_PER_DAY;
}

/* Some dozens of units, which a screen holds. */
static enum period_unit suits(int64_t days)
{
    return days <= 1 ? PERIOD_HOUR : days <= 45 ? PERIOD_DAY : days <= 300 ? PERIOD_WEEK : PERIOD_MONTH;
}

enum ap_status period_make(struct period *out, int64_t first_us, int64_t last_us, const char *by, struct ap_error *err)
{
    int64_t first, last;

    /* Halves, so that no difference overflows. */
    *out = (struct period){suits((last_us / 2 - first_us / 2) / (AP_US_PER_DAY / 2)), 0, 0};
    if (by != NULL) {
        size_t unit = 0;

        while (unit < UNITS && strcmp(by, period_unit_names[unit]) != 0)
            unit++;
        if (unit == UNITS)
            return ap_fail(err, AP_EINPUT, "no unit of time %s: one of %s", by, ap_tally_units);
        out->unit = (enum period_unit)unit;
    }
    first = unit_of(out->unit, first_us);
    last = unit_of(out->unit, last_us);
    if (last - first >= PERIOD_MOST)
        first = last - PERIOD_MOST + 1;
    out->from_us = begin_of(out->unit, first);
    out->count = last >= first ? (size_t)(last - first) + 1 : 0;
    return AP_OK;
}

int64_t period_at(const struct period *period, size_t number)
{
    return begin_of(period->unit, unit_of(period->unit, period->from_us) + (int64_t)number);
}

bool period_find(const struct period *period, int64_t time_us, size_t *number)
{
    int64_t at = unit_of(period->unit, time_us) - unit_of(period->unit, period->from_us);

    *number = (size_t)at;
    return at >= 0 && *number < period->count;
}
