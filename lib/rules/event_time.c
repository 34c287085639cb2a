#include <math.h>
#include <string.h>

#include "auditproof/clock.h"
#include "event.h"

/* Longer than any time is written, fractions included. */
enum { TIME_TEXT_MAX = 63 };

/* Seconds from 1973 to 5138, milliseconds from 1973 to 5138, microseconds likewise: the three do not meet. */
static bool since_1970(int64_t *out_us, const struct ap_number *number)
{
    static const struct {
        double from, below;
        int64_t unit_us;
    } units[] = {{1e8, 1e11, AP_US_PER_SECOND}, {1e11, 1e14, 1000}, {1e14, 1e17, 1}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (number->real < units[i].from || number->real >= units[i].below)
            continue;
        *out_us = number->is_integer ? number->integer * units[i].unit_us
                                     : (int64_t)llround(number->real * (double)units[i].unit_us);
        return true;
    }
    return false;
}

/* Of the forms that ap_time_parse takes, those of a calendar: with a dash after the year. */
static bool calendar(int64_t *out_us, const char *value, size_t len)
{
    char text[TIME_TEXT_MAX + 1];

    if (len < 10 || len > TIME_TEXT_MAX || value[4] != '-' || memchr(value, '\0', len) != NULL)
        return false;
    memcpy(text, value, len);
    text[len] = '\0';
    return ap_time_parse(out_us, text, 0, NULL) == AP_OK;
}

bool ap_event_time(int64_t *out_us, const struct ap_event_value *value)
{
    struct ap_number number;

    if (value->kind != AP_VALUE_STRING && value->kind != AP_VALUE_NUMBER)
        return false;
    if (value->kind == AP_VALUE_STRING && calendar(out_us, value->text, value->len))
        return true;
    return ap_number_parse(&number, value->text, value->len) && since_1970(out_us, &number);
}
