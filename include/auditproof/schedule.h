/*
 * When a report is due, and for which period: the calendar of auditschedule(1).
 *
 * A schedule names wall-clock times in a time zone. A time that the zone leaves out, when clocks go forward, is due
 * once, at the end of what is left out; a time that comes twice is due the first time. Every occurrence is computed
 * from the schedule itself, never from the run before, so that nothing drifts: a day of the month that a month has not
 * got is its last.
 *
 * The zones are the system's (package tzdata, or TZDIR): RFC 8536. Times are microseconds since 1970
 * (clock.h); times of a wall clock are counted in the same way, as if that clock showed UTC.
 */
#ifndef AUDITPROOF_SCHEDULE_H
#define AUDITPROOF_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/clock.h"
#include "auditproof/error.h"

enum { AP_ZONE_NAME_SIZE = 64 };

struct ap_zone;

/*
 * By its IANA name, "Europe/Berlin" or "UTC". AP_EINPUT where the system knows none of that name; AP_EIO where it knows
 * none at all, or cannot read it.
 */
AP_MUST_CHECK enum ap_status ap_zone_open(struct ap_zone **out, const char *name, struct ap_error *err);
void ap_zone_free(struct ap_zone *zone); /* NULL is harmless */
const char *ap_zone_name(const struct ap_zone *zone);

/* How far its clocks are ahead of UTC then. */
int64_t ap_zone_offset_us(const struct ap_zone *zone, int64_t time_us);

/* The day that its calendars show then, counted from 1970-01-01. */
int64_t ap_zone_day(const struct ap_zone *zone, int64_t time_us);

/* When its clocks show this: the first time if twice, and where they never do, when they have jumped over it. */
int64_t ap_zone_instant(const struct ap_zone *zone, int64_t local_us);

enum ap_frequency { AP_ONCE, AP_DAILY, AP_WEEKLY, AP_MONTHLY };

struct ap_schedule {
    enum ap_frequency frequency;
    int weekday;          /* of AP_WEEKLY: 0 for Sunday to 6 for Saturday */
    int day;              /* of AP_MONTHLY: 1 to 31 */
    int minute;           /* of the day: 0 to 1439 */
    struct ap_zone *zone; /* owned; NULL with AP_ONCE where none was named */
};

/*
 * scheduled_reports.scheduling: {"frequency":"weekly","dayOfWeek":1,"dayOfMonth":15,"time":"09:00","timezone":"UTC"}.
 * Left out: Monday, the first, 00:00, UTC. Other members are the application's own. AP_EINPUT says what is wrong.
 */
AP_MUST_CHECK enum ap_status ap_schedule_parse(struct ap_schedule *out, const char *json, size_t len,
                                               struct ap_error *err);
void ap_schedule_free(struct ap_schedule *schedule);

/*
 * The first time after after_us, and in the years 1 to 9999, at which it is due; AP_TIME_INFINITY for AP_ONCE, which
 * the row itself says, and where there is none.
 */
int64_t ap_schedule_next(const struct ap_schedule *schedule, int64_t after_us);

struct ap_period {
    int64_t from_us, until_us; /* from, and before */
};

/*
 * What the report that is due at scheduled_us is of: the day before, the seven days before, or the calendar month
 * before, by the zone's clocks. Each ends where the next begins. Not for AP_ONCE, nor beyond those years.
 */
struct ap_period ap_schedule_period(const struct ap_schedule *schedule, int64_t scheduled_us);

enum ap_clocks {
    AP_CLOCKS_STEADY,
    AP_CLOCKS_JUMP,   /* they never show the schedule's time that day: it is due when they have jumped over it */
    AP_CLOCKS_REPEAT, /* they show it twice: it is due the first time */
};

/* What the zone's clocks do at a time that it is due at. Not for AP_ONCE. */
enum ap_clocks ap_schedule_clocks(const struct ap_schedule *schedule, int64_t scheduled_us);

/* "weekly on Monday at 09:00, Europe/Berlin" */
void ap_schedule_describe(struct ap_buf *out, const struct ap_schedule *schedule);

#endif
