/*
 * Times: microseconds since 1970-01-01 00:00:00 UTC, signed 64-bit, proleptic Gregorian, as PostgreSQL's timestamptz.
 * Names end in _us. The locale and TZ are never consulted.
 */
#ifndef AUDITPROOF_CLOCK_H
#define AUDITPROOF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/error.h"

#define AP_US_PER_SECOND INT64_C(1000000)
#define AP_US_PER_DAY (INT64_C(86400) * AP_US_PER_SECOND)

/* What PostgreSQL's binary format counts from: 2000-01-01, in microseconds since 1970. */
#define AP_POSTGRES_EPOCH_US (INT64_C(10957) * AP_US_PER_DAY)

/* PostgreSQL's 'infinity' and '-infinity', which a timestamptz may hold. */
#define AP_TIME_INFINITY INT64_MAX
#define AP_TIME_MINUS_INFINITY INT64_MIN

#define AP_TIME_TEXT_SIZE 40

/* The wall clock. */
int64_t ap_clock_now_us(void);

/* A clock that never goes back, for measuring how long something took. */
int64_t ap_clock_monotonic_us(void);

/*
 * RFC 3339 in UTC, "2026-11-22T15:46:14.123456Z"; the fraction is left out when it is zero. Years past 9999 and before
 * 0000 are printed with as many digits as they need and a sign; infinities as "infinity" and "-infinity".
 */
void ap_time_format(char out[AP_TIME_TEXT_SIZE], int64_t time_us);

/*
 * Accepts
 *   2026-11-22                               midnight UTC
 *   2026-11-22T15:46[:14[.123456]][Z|±hh[:mm]]   T, t or one space; no zone means UTC; more than six digits are cut
 *   1795362374, 1795362374.5                 seconds since 1970, at least nine digits
 *   1795362374123, 1795362374123456          milli- and microseconds since 1970 (13 and 16 digits)
 *   90s 15m 7h 7d 2w, also -90s ...         that long before now_us
 *   now, today, yesterday                    relative to now_us, in UTC
 * Fails with AP_EINPUT and a message that names the accepted forms.
 */
AP_MUST_CHECK enum ap_status ap_time_parse(int64_t *out_us, const char *text, int64_t now_us, struct ap_error *err);

/* Days since 1970-01-01 of a civil date (month 1-12, day 1-31 unchecked), and back. */
int64_t ap_days_from_civil(int64_t year, int month, int day);
void ap_civil_from_days(int64_t days, int64_t *year, int *month, int *day);

/* How long an entry is kept at least. */
enum { AP_RETENTION_YEARS = 7 };

/*
 * The first instant at which something of time_us may leave after `years`: the same date that many years on, 29
 * February becoming 1 March, and not before the day after, 00:00 UTC. Infinities stay as they are; an end
 * in the year 294247 or later is infinity.
 */
int64_t ap_retention_end(int64_t time_us, int years);

#endif
