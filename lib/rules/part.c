#include "part.h"

#include "auditproof/clock.h"

#define US_PER_MINUTE INT64_C(60000000)
#define US_PER_HOUR (60 * US_PER_MINUTE)
#define US_PER_DAY (24 * US_PER_HOUR)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The week that a day's Thursday is in belongs to the year that the Thursday is in. */
static int64_t iso_week(int64_t days)
{
    int64_t thursday = days - (days + 3 - 7 * floor_div(days + 3, 7)) + 3, year;
    int month, day;

    ap_civil_from_days(thursday, &year, &month, &day);
    return (thursday - ap_days_from_civil(year, 1, 1)) / 7 + 1;
}

bool ap_part_of(struct ap_number *out, const struct ap_event_value *value, enum ap_part part)
{
    int64_t us, days, of_day, year;
    int month, day;

    if ((value->kind != AP_VALUE_STRING && value->kind != AP_VALUE_NUMBER) || !ap_event_time(&us, value))
        return false;
    days = floor_div(us, US_PER_DAY);
    of_day = us - days * US_PER_DAY;
    ap_civil_from_days(days, &year, &month, &day);
    out->is_integer = true;
    switch (part) {
    case AP_PART_WHOLE:
        return false;
    case AP_PART_MINUTE:
        out->integer = of_day % US_PER_HOUR / US_PER_MINUTE;
        break;
    case AP_PART_HOUR:
        out->integer = of_day / US_PER_HOUR;
        break;
    case AP_PART_DAY:
        out->integer = day;
        break;
    case AP_PART_WEEK:
        out->integer = iso_week(days);
        break;
    case AP_PART_MONTH:
        out->integer = month;
        break;
    case AP_PART_YEAR:
        out->integer = year;
        break;
    }
    out->real = (double)out->integer;
    return true;
}
