/* The bars of the chart by time: as many as can be read, whatever the period's length. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "report_internal.h"

enum { DAYS_BY_DAY = 100, DAYS_BY_WEEK = 750, DAYS_BY_MONTH = 3700 };

static enum unit unit_for(int64_t days)
{
    if (days <= DAYS_BY_DAY)
        return UNIT_DAY;
    if (days <= DAYS_BY_WEEK)
        return UNIT_WEEK;
    return days <= DAYS_BY_MONTH ? UNIT_MONTH : UNIT_YEAR;
}

/* The first day of the unit that this day is in. */
static int64_t begin_of(enum unit unit, int64_t day)
{
    int64_t year;
    int month, date;

    if (unit == UNIT_DAY)
        return day;
    if (unit == UNIT_WEEK)
        return day - ((day + 3) % 7 + 7) % 7;
    ap_civil_from_days(day, &year, &month, &date);
    return ap_days_from_civil(year, unit == UNIT_YEAR ? 1 : month, 1);
}

/* A period that is mostly empty is not worth a chart of that emptiness: it begins and ends with what there is. */
static void choose_days(struct bins *bins, const struct figures *figures, int64_t *from, int64_t *to)
{
    int64_t seen = figures->seen_to - figures->seen_from + 1;

    *from = 0;
    *to = (int64_t)figures->days;
    if (seen <= 0 || figures->days <= DAYS_BY_DAY || seen * 2 > (int64_t)figures->days)
        return;
    bins->cut = true;
    *from = figures->seen_from;
    *to = figures->seen_to + 1;
}

enum ap_status bins_make(struct bins *bins, const struct figures *figures, struct ap_error *err)
{
    struct bin *bin = NULL;
    int64_t from, to;

    memset(bins, 0, sizeof *bins);
    choose_days(bins, figures, &from, &to);
    bins->unit = unit_for(to - from);
    bins->list = calloc((size_t)(to - from), sizeof *bins->list);
    if (bins->list == NULL)
        return ap_fail_memory(err, "the bars of a chart");
    for (int64_t i = from; i < to; i++) {
        int64_t day = figures->first_day + i;

        if (bin == NULL || begin_of(bins->unit, day) != begin_of(bins->unit, bin->day)) {
            bin = &bins->list[bins->count++];
            bin->day = day;
        }
        for (size_t l = 0; l < LEVELS; l++) {
            bin->levels[l] += figures->by_day[i][l];
            bin->total += figures->by_day[i][l];
        }
        if (bin->total > bins->most)
            bins->most = bin->total;
    }
    return AP_OK;
}

void bins_free(struct bins *bins)
{
    free(bins->list);
}

void put_date(struct ap_buf *out, int64_t day)
{
    int64_t year;
    int month, date;

    ap_civil_from_days(day, &year, &month, &date);
    ap_buf_addf(out, "%04" PRId64 "-%02d-%02d", year, month, date);
}

void bin_put_name(struct ap_buf *out, enum unit unit, int64_t day)
{
    int64_t year;
    int month, date;

    ap_civil_from_days(day, &year, &month, &date);
    if (unit == UNIT_YEAR)
        ap_buf_addf(out, "%04" PRId64, year);
    else if (unit == UNIT_MONTH)
        ap_buf_addf(out, "%04" PRId64 "-%02d", year, month);
    else
        put_date(out, day);
}

void bin_put_short(struct ap_buf *out, enum unit unit, int64_t day)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t year;
    int month, date;

    ap_civil_from_days(day, &year, &month, &date);
    if (unit == UNIT_YEAR)
        ap_buf_addf(out, "%04" PRId64, year);
    else if (unit == UNIT_MONTH)
        ap_buf_addf(out, "%s %04" PRId64, months[month - 1], year);
    else if (unit == UNIT_WEEK)
        ap_buf_addf(out, "%d %s %04" PRId64, date, months[month - 1], year);
    else
        ap_buf_addf(out, "%d %s", date, months[month - 1]);
}
