#include "auditproof/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts = {0, 0};

    /* Both clocks exist on every system this builds on; a failure would leave 1970, which no caller mistakes for now.
     */
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * AP_US_PER_SECOND + ts.tv_nsec / 1000;
}

int64_t ap_clock_now_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t ap_clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;

    return a % b < 0 ? q - 1 : q;
}

/* Years are counted from March, so that the leap day is a year's last: the month table then has no exception. */
int64_t ap_days_from_civil(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void ap_civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t m = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

void ap_time_format(char out[AP_TIME_TEXT_SIZE], int64_t time_us)
{
    int64_t year, days, rest, seconds;
    int month, day, n;

    if (time_us == AP_TIME_INFINITY || time_us == AP_TIME_MINUS_INFINITY) {
        (void)snprintf(out, AP_TIME_TEXT_SIZE, "%s", time_us == AP_TIME_INFINITY ? "infinity" : "-infinity");
        return;
    }
    days = floor_div(time_us, AP_US_PER_DAY);
    /* Not by subtraction: the first day's start lies below what 64 bits hold. */
    rest = time_us % AP_US_PER_DAY;
    rest += rest < 0 ? AP_US_PER_DAY : 0;
    seconds = rest / AP_US_PER_SECOND;
    ap_civil_from_days(days, &year, &month, &day);
    n = snprintf(out, AP_TIME_TEXT_SIZE, "%s%0*" PRId64 "-%02d-%02dT%02d:%02d:%02d", year > 9999 ? "+" : "",
                 year < 0 ? 5 : 4, year, month, day, (int)(seconds / 3600), (int)(seconds / 60 % 60),
                 (int)(seconds % 60));
    if (rest % AP_US_PER_SECOND != 0)
        n += snprintf(out + n, AP_TIME_TEXT_SIZE - (size_t)n, ".%06d", (int)(rest % AP_US_PER_SECOND));
    (void)snprintf(out + n, AP_TIME_TEXT_SIZE - (size_t)n, "Z");
}

/* Reads exactly `digits` decimal digits; moves *p past them. */
static bool fixed_number(const char **p, int digits, int *out)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        char c = (*p)[i];

        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *p += digits;
    *out = value;
    return true;
}

/* A fraction of a second after its point, in microseconds; at least one digit, those past the sixth are cut. */
static bool fraction(const char **p, int64_t *out_us)
{
    int64_t unit = AP_US_PER_SECOND / 10;
    const char *start = *p;

    *out_us = 0;
    while (**p >= '0' && **p <= '9') {
        *out_us += unit * (**p - '0');
        unit /= 10;
        (*p)++;
    }
    return *p > start;
}

static bool zone(const char **p, int64_t *offset_us)
{
    int hours = 0, minutes = 0, sign;

    *offset_us = 0;
    if (**p == 'Z' || **p == 'z') {
        (*p)++;
        return true;
    }
    if (**p != '+' && **p != '-')
        return true;
    sign = **p == '-' ? -1 : 1;
    (*p)++;
    if (!fixed_number(p, 2, &hours))
        return false;
    if (**p == ':') {
        (*p)++;
        if (!fixed_number(p, 2, &minutes))
            return false;
    } else if (**p != '\0' && !fixed_number(p, 2, &minutes)) {
        return false;
    }
    if (hours > 15 || minutes > 59)
        return false;
    *offset_us = sign * ((int64_t)hours * 3600 + (int64_t)minutes * 60) * AP_US_PER_SECOND;
    return true;
}

static bool time_of_day(const char **p, int64_t *out_us)
{
    int hour, minute, second = 0;
    int64_t part_us = 0, offset_us = 0;

    if (!fixed_number(p, 2, &hour) || *(*p)++ != ':' || !fixed_number(p, 2, &minute))
        return false;
    if (**p == ':') {
        (*p)++;
        if (!fixed_number(p, 2, &second))
            return false;
        if (**p == '.') {
            (*p)++;
            if (!fraction(p, &part_us))
                return false;
        }
    }
    /* 60 is a leap second, which POSIX time folds into the next minute. */
    if (hour > 23 || minute > 59 || second > 60 || !zone(p, &offset_us))
        return false;
    *out_us = ((int64_t)hour * 3600 + (int64_t)minute * 60 + second) * AP_US_PER_SECOND + part_us - offset_us;
    return true;
}

static bool calendar(const char *p, int64_t *out_us)
{
    int year, month, day, got_month, got_day;
    int64_t got_year, days, within_us = 0;

    if (!fixed_number(&p, 4, &year) || *p++ != '-' || !fixed_number(&p, 2, &month) || *p++ != '-' ||
        !fixed_number(&p, 2, &day) || month < 1 || month > 12 || day < 1)
        return false;
    days = ap_days_from_civil(year, month, day);
    ap_civil_from_days(days, &got_year, &got_month, &got_day);
    if (got_year != year || got_month != month || got_day != day)
        return false;
    if (*p != '\0') {
        if (*p != 'T' && *p != 't' && *p != ' ')
            return false;
        p++;
        if (!time_of_day(&p, &within_us) || *p != '\0')
            return false;
    }
    *out_us = days * AP_US_PER_DAY + within_us;
    return true;
}

static bool epoch(const char *text, int64_t *out_us)
{
    size_t digits = strspn(text, "0123456789");
    const char *p = text + digits;
    int64_t value = 0, part_us = 0;

    if (digits < 9 || digits > 16)
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    if (*p == '\0' && digits == 16) {
        *out_us = value;
        return true;
    }
    if (*p == '\0' && digits == 13) {
        *out_us = value * 1000;
        return true;
    }
    if (digits > 11)
        return false;
    if (*p == '.') {
        p++;
        if (!fraction(&p, &part_us))
            return false;
    }
    *out_us = value * AP_US_PER_SECOND + part_us;
    return *p == '\0';
}

static bool relative(const char *text, int64_t now_us, int64_t *out_us)
{
    static const struct {
        char letter;
        int64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    size_t digits;
    int64_t count = 0;

    if (text[0] == '-' && text[1] >= '0' && text[1] <= '9')
        text++;
    digits = strspn(text, "0123456789");
    if (strcmp(text, "now") == 0) {
        *out_us = now_us;
        return true;
    }
    if (strcmp(text, "today") == 0 || strcmp(text, "yesterday") == 0) {
        *out_us = (floor_div(now_us, AP_US_PER_DAY) - (text[0] == 'y' ? 1 : 0)) * AP_US_PER_DAY;
        return true;
    }
    if (digits == 0 || digits > 6 || text[digits] == '\0' || text[digits + 1] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        count = count * 10 + (text[i] - '0');
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].letter == text[digits]) {
            *out_us = now_us - count * units[i].seconds * AP_US_PER_SECOND;
            return true;
        }
    }
    return false;
}

enum ap_status ap_time_parse(int64_t *out_us, const char *text, int64_t now_us, struct ap_error *err)
{
    if (calendar(text, out_us) || epoch(text, out_us) || relative(text, now_us, out_us))
        return AP_OK;
    return ap_fail(err, AP_EINPUT,
                   "\"%.60s\" is not a time: use 2026-01-31, 2026-01-31T09:00:00Z, 2026-01-31 09:00:00.5+02:00, "
                   "seconds, milliseconds or microseconds since 1970, or 90s, 15m, 7h, 7d, 2w ago",
                   text);
}

/* The first year that 64-bit microseconds do not hold whole; auditproof.retention_until() has the same. */
enum { YEARS_END = 294247 };

int64_t ap_retention_end(int64_t time_us, int years)
{
    int64_t year, days;
    int month, day;

    if (time_us == AP_TIME_INFINITY || time_us == AP_TIME_MINUS_INFINITY)
        return time_us;
    ap_civil_from_days(floor_div(time_us, AP_US_PER_DAY), &year, &month, &day);
    /* Counting on from 29 February gives 1 March by itself where there is no such day. */
    days = ap_days_from_civil(year + years, month, day) + 1;
    return year + years < YEARS_END ? days * AP_US_PER_DAY : AP_TIME_INFINITY;
}
