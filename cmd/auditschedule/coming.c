#include "coming.h"

#include <inttypes.h>
#include <stdbool.h>

/* As wide as what stands below them. */
const char coming_heads[] = "DUE (UTC)             BY ITS CLOCKS                FOR\n";

enum { MINUTE_S = 60, HOUR_MINUTES = 60 };

static void put_day(struct ap_buf *out, int64_t days)
{
    int64_t year;
    int month, day;

    ap_civil_from_days(days, &year, &month, &day);
    ap_buf_addf(out, "%04" PRId64 "-%02d-%02d", year, month, day);
}

static void put_clock(struct ap_buf *out, int64_t minute_of_day)
{
    ap_buf_addf(out, "%02" PRId64 ":%02" PRId64, minute_of_day / HOUR_MINUTES, minute_of_day % HOUR_MINUTES);
}

static void put_offset(struct ap_buf *out, int64_t offset_us)
{
    int64_t minutes = (offset_us < 0 ? -offset_us : offset_us) / (MINUTE_S * AP_US_PER_SECOND);

    ap_buf_addc(out, offset_us < 0 ? '-' : '+');
    put_clock(out, minutes);
}

static int64_t minute_of_day(const struct ap_zone *zone, int64_t time_us)
{
    int64_t local_us = time_us + ap_zone_offset_us(zone, time_us);

    return (local_us - ap_zone_day(zone, time_us) * AP_US_PER_DAY) / (MINUTE_S * AP_US_PER_SECOND);
}

void coming_put_local(struct ap_buf *out, const struct ap_zone *zone, int64_t time_us)
{
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    int64_t day = ap_zone_day(zone, time_us);

    ap_buf_addf(out, "%s ", weekdays[(day % 7 + 7) % 7]);
    put_day(out, day);
    ap_buf_addc(out, ' ');
    put_clock(out, minute_of_day(zone, time_us));
    ap_buf_addc(out, ' ');
    put_offset(out, ap_zone_offset_us(zone, time_us));
}

/* Periods end at a midnight that is no more in them. */
static void put_period(struct ap_buf *out, const struct ap_zone *zone, struct ap_period period)
{
    int64_t first = ap_zone_day(zone, period.from_us), last = ap_zone_day(zone, period.until_us - 1);

    put_day(out, first);
    if (last > first) {
        ap_buf_adds(out, " to ");
        put_day(out, last);
    }
}

static enum ap_clocks clocks_at(const struct ap_schedule *schedule, int64_t due_us)
{
    return schedule->frequency == AP_ONCE ? AP_CLOCKS_STEADY : ap_schedule_clocks(schedule, due_us);
}

void coming_put(struct ap_buf *out, const struct ap_schedule *schedule, int64_t due_us, struct ap_period period)
{
    enum ap_clocks clocks = clocks_at(schedule, due_us);
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, due_us - (due_us % AP_US_PER_SECOND + AP_US_PER_SECOND) % AP_US_PER_SECOND);
    ap_buf_addf(out, "%s  ", text);
    coming_put_local(out, schedule->zone, due_us);
    ap_buf_adds(out, "  ");
    put_period(out, schedule->zone, period);
    ap_buf_addc(out, '\n');
    if (clocks == AP_CLOCKS_STEADY)
        return;
    ap_buf_adds(out,
                clocks == AP_CLOCKS_JUMP ? "  clocks go forward: there is no " : "  clocks go back: it is the first ");
    put_clock(out, schedule->minute);
    if (clocks == AP_CLOCKS_JUMP) {
        ap_buf_adds(out, ", it is due at ");
        put_clock(out, minute_of_day(schedule->zone, due_us));
    } else {
        ap_buf_adds(out, " of two");
    }
    ap_buf_addc(out, '\n');
}

static void put_json_time(struct ap_buf *out, const char *name, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_buf_addf(out, "\"%s\":\"%s\",", name, text);
}

void coming_put_json(struct ap_buf *out, const struct ap_schedule *schedule, int64_t due_us, struct ap_period period)
{
    enum ap_clocks clocks = clocks_at(schedule, due_us);

    ap_buf_addc(out, '{');
    put_json_time(out, "scheduled_for", due_us);
    put_json_time(out, "from", period.from_us);
    put_json_time(out, "until", period.until_us);
    ap_buf_adds(out, "\"local\":\"");
    put_day(out, ap_zone_day(schedule->zone, due_us));
    ap_buf_addc(out, 'T');
    put_clock(out, minute_of_day(schedule->zone, due_us));
    put_offset(out, ap_zone_offset_us(schedule->zone, due_us));
    ap_buf_addf(out, "\",\"timezone\":\"%s\"", ap_zone_name(schedule->zone));
    if (clocks != AP_CLOCKS_STEADY)
        ap_buf_addf(out, ",\"clocks\":\"%s\"", clocks == AP_CLOCKS_JUMP ? "forward" : "back");
    ap_buf_adds(out, "}\n");
}

void coming_put_next(struct ap_buf *out, const struct ap_schedule *schedule, int64_t after_us, uint64_t count)
{
    int64_t due_us = after_us;

    for (uint64_t i = 0; i < count && !out->failed; i++) {
        due_us = ap_schedule_next(schedule, due_us);
        if (due_us == AP_TIME_INFINITY)
            break;
        coming_put(out, schedule, due_us, ap_schedule_period(schedule, due_us));
    }
}
