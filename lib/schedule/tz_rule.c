/* What a zone's file says of the time after its last change, in the manner of POSIX's TZ. */
#include "tzif.h"

#include "auditproof/clock.h"

enum { DAY = 86400, HOUR = 3600, MINUTE = 60, WEEK = 7, USUAL_TIME = 2 * HOUR, MOST_HOURS = 167 };

struct reader {
    const char *at, *end;
};

static bool take(struct reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool number(struct reader *reader, int least, int most, int *out)
{
    const char *start = reader->at;

    for (*out = 0; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9' && *out <= most; reader->at++)
        *out = *out * 10 + (*reader->at - '0');
    return reader->at > start && *out >= least && *out <= most;
}

/* "CET" or "<-03>" */
static bool skip_name(struct reader *reader)
{
    const char *start = reader->at;

    if (take(reader, '<')) {
        while (reader->at < reader->end && *reader->at != '>')
            reader->at++;
        return take(reader, '>');
    }
    while (reader->at < reader->end &&
           ((*reader->at >= 'A' && *reader->at <= 'Z') || (*reader->at >= 'a' && *reader->at <= 'z')))
        reader->at++;
    return reader->at - start >= 3;
}

/* [+-]h[:mm[:ss]] */
static bool span(struct reader *reader, int most_hours, int32_t *out)
{
    bool minus = take(reader, '-');
    int hours = 0, minutes = 0, seconds = 0;

    if (!minus)
        (void)take(reader, '+');
    if (!number(reader, 0, most_hours, &hours))
        return false;
    if (take(reader, ':') &&
        (!number(reader, 0, 59, &minutes) || (take(reader, ':') && !number(reader, 0, 59, &seconds))))
        return false;
    *out = hours * HOUR + minutes * MINUTE + seconds;
    if (minus)
        *out = -*out;
    return true;
}

static bool read_date(struct reader *reader, struct tz_date *out)
{
    bool sound;

    out->seconds = USUAL_TIME;
    if (take(reader, 'M')) {
        out->kind = TZ_MONTH;
        sound = number(reader, 1, 12, &out->month) && take(reader, '.') && number(reader, 1, 5, &out->week) &&
                take(reader, '.') && number(reader, 0, 6, &out->day);
    } else if (take(reader, 'J')) {
        out->kind = TZ_JULIAN;
        sound = number(reader, 1, 365, &out->day);
    } else {
        out->kind = TZ_DAY;
        sound = number(reader, 0, 365, &out->day);
    }
    return sound && (!take(reader, '/') || span(reader, MOST_HOURS, &out->seconds));
}

bool tz_rule_parse(struct tz_rule *out, const char *text, size_t len)
{
    struct reader reader = {text, text + len};

    *out = (struct tz_rule){0};
    if (len == 0)
        return true;
    out->known = true;
    /* POSIX counts westwards. */
    if (!skip_name(&reader) || !span(&reader, 24, &out->standard))
        return false;
    out->standard = -out->standard;
    if (reader.at == reader.end)
        return true;
    out->changes = true;
    out->other = out->standard + HOUR;
    if (!skip_name(&reader))
        return false;
    if (reader.at < reader.end && *reader.at != ',') {
        if (!span(&reader, 24, &out->other))
            return false;
        out->other = -out->other;
    }
    return take(&reader, ',') && read_date(&reader, &out->from) && take(&reader, ',') &&
           read_date(&reader, &out->until) && reader.at == reader.end;
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days since 1970 of the date in a year. */
static int64_t day_of(const struct tz_date *date, int64_t year)
{
    int64_t new_year = ap_days_from_civil(year, 1, 1), first, next, day;

    if (date->kind == TZ_DAY)
        return new_year + date->day;
    if (date->kind == TZ_JULIAN)
        return new_year + date->day - 1 + (is_leap(year) && date->day >= 60);
    first = ap_days_from_civil(year, date->month, 1);
    next = date->month == 12 ? ap_days_from_civil(year + 1, 1, 1) : ap_days_from_civil(year, date->month + 1, 1);
    /* 1970-01-01 was a Thursday. The fifth of a weekday is its last. */
    day = first + date->day - (first + 4 - floor_div(first + 4, WEEK) * WEEK);
    day += (date->week - (day >= first)) * WEEK;
    return day < next ? day : day - WEEK;
}

int32_t tz_rule_offset(const struct tz_rule *rule, int64_t second)
{
    int64_t year, from, until;
    int month, day;

    if (!rule->changes)
        return rule->standard;
    ap_civil_from_days(floor_div(second + rule->standard, DAY), &year, &month, &day);
    from = day_of(&rule->from, year) * DAY + rule->from.seconds - rule->standard;
    until = day_of(&rule->until, year) * DAY + rule->until.seconds - rule->other;
    /* South of the equator the other time is that of the year's two ends. */
    if (from < until)
        return second >= from && second < until ? rule->other : rule->standard;
    return second >= until && second < from ? rule->standard : rule->other;
}
