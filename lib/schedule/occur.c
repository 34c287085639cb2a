/* When a schedule is due, and for what. Days are counted from 1970-01-01, by the zone's clocks. */
#include "auditproof/schedule.h"

enum { WEEK = 7, LOOK_BACK = 2, FIRST_YEAR = 1, LAST_YEAR = 9999 };

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static int64_t instant_of(const struct ap_schedule *schedule, int64_t day, int minute)
{
    return ap_zone_instant(schedule->zone, day * AP_US_PER_DAY + minute * 60 * AP_US_PER_SECOND);
}

static int64_t first_of_month(int64_t day, int64_t months)
{
    int64_t year, month0;
    int month, of_month;

    ap_civil_from_days(day, &year, &month, &of_month);
    month0 = year * 12 + month - 1 + months;
    return ap_days_from_civil(floor_div(month0, 12), (int)(month0 - floor_div(month0, 12) * 12) + 1, 1);
}

/* The first day on which it occurs that is not before `day`. */
static int64_t occurrence(const struct ap_schedule *schedule, int64_t day)
{
    int64_t found;

    switch (schedule->frequency) {
    case AP_WEEKLY:
        /* 1970-01-01 was a Thursday. */
        found = day + schedule->weekday - (day + 4 - floor_div(day + 4, WEEK) * WEEK);
        return found < day ? found + WEEK : found;
    case AP_MONTHLY:
        for (int64_t months = 0;; months++) {
            int64_t first = first_of_month(day, months), last = first_of_month(day, months + 1) - 1;

            found = first + schedule->day - 1 < last ? first + schedule->day - 1 : last;
            if (found >= day)
                return found;
        }
    case AP_ONCE:
    case AP_DAILY:
    default:
        return day;
    }
}

int64_t ap_schedule_next(const struct ap_schedule *schedule, int64_t after_us)
{
    int64_t first_us = ap_days_from_civil(FIRST_YEAR, 1, 1) * AP_US_PER_DAY, due_us, day;

    if (after_us < first_us)
        after_us = first_us;
    if (schedule->frequency == AP_ONCE || after_us >= ap_days_from_civil(LAST_YEAR, 12, 1) * AP_US_PER_DAY)
        return AP_TIME_INFINITY;
    /* A day that a zone leaves out is due on the day after it: what is due next may be of a day before today's. */
    day = occurrence(schedule, ap_zone_day(schedule->zone, after_us) - LOOK_BACK);
    while ((due_us = instant_of(schedule, day, schedule->minute)) <= after_us)
        day = occurrence(schedule, day + 1);
    return due_us;
}

static struct ap_period period_of(const struct ap_schedule *schedule, int64_t day)
{
    int64_t from = day - 1, until = day;

    if (schedule->frequency == AP_WEEKLY)
        from = day - WEEK;
    if (schedule->frequency == AP_MONTHLY) {
        from = first_of_month(day, -1);
        until = first_of_month(day, 0);
    }
    return (struct ap_period){instant_of(schedule, from, 0), instant_of(schedule, until, 0)};
}

struct ap_period ap_schedule_period(const struct ap_schedule *schedule, int64_t scheduled_us)
{
    int64_t today = ap_zone_day(schedule->zone, scheduled_us);
    struct ap_period period = period_of(schedule, today);
    bool found = false;

    /* Two days are due at once where a zone leaves the first of them out: then it is both days' report. */
    for (int64_t day = occurrence(schedule, today - LOOK_BACK); day <= today; day = occurrence(schedule, day + 1)) {
        struct ap_period of_day = period_of(schedule, day);

        if (instant_of(schedule, day, schedule->minute) != scheduled_us)
            continue;
        period.from_us = found ? period.from_us : of_day.from_us;
        period.until_us = of_day.until_us;
        found = true;
    }
    return period;
}

enum ap_clocks ap_schedule_clocks(const struct ap_schedule *schedule, int64_t scheduled_us)
{
    int64_t offset_us = ap_zone_offset_us(schedule->zone, scheduled_us), local_us = scheduled_us + offset_us;
    int64_t of_day_us = local_us - floor_div(local_us, AP_US_PER_DAY) * AP_US_PER_DAY, back_us;

    if (of_day_us != schedule->minute * 60 * AP_US_PER_SECOND)
        return AP_CLOCKS_JUMP;
    /* Where they go back within the day, by how far: do they then show it again? */
    back_us = offset_us - ap_zone_offset_us(schedule->zone, scheduled_us + AP_US_PER_DAY);
    return back_us > 0 && ap_zone_offset_us(schedule->zone, scheduled_us + back_us) == offset_us - back_us
               ? AP_CLOCKS_REPEAT
               : AP_CLOCKS_STEADY;
}
