#include "add_schedule.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auditproof/json.h"

enum { JSON_MAX = 4096, LAST_DAY = 31 };

/* "2026-11-30", which must be a day of the calendar. */
static enum ap_status read_date(int64_t *days, const char *option, const char *text, struct ap_error *err)
{
    char again[16] = "";
    int64_t time_us = 0, year = 0;
    int month = 0, day = 0;

    if (strlen(text) == strlen("2026-11-30") && ap_time_parse(&time_us, text, 0, NULL) == AP_OK) {
        *days = time_us / AP_US_PER_DAY - (time_us % AP_US_PER_DAY < 0);
        ap_civil_from_days(*days, &year, &month, &day);
        (void)snprintf(again, sizeof again, "%04d-%02d-%02d", (int)year, month, day);
    }
    return strcmp(again, text) == 0
               ? AP_OK
               : ap_fail(err, AP_EINPUT, "%s takes a date such as 2026-11-30, not \"%s\"", option, text);
}

/* "monday", "Mon": 1. */
static int weekday_of(const char *text)
{
    static const char *const names[] = {"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
    size_t len = strlen(text);

    for (int i = 0; i < 7; i++)
        if (strcasecmp(text, names[i]) == 0 || (len == 3 && strncasecmp(text, names[i], len) == 0))
            return i;
    return -1;
}

static int month_day_of(const char *text)
{
    size_t len = strlen(text);
    long day = len > 0 && len <= 2 && strspn(text, "0123456789") == len ? strtol(text, NULL, 10) : 0;

    if (strcasecmp(text, "last") == 0)
        return LAST_DAY;
    return day >= 1 && day <= LAST_DAY ? (int)day : -1;
}

static enum ap_status put_day(struct ap_buf *json, const struct add_words *words, struct ap_error *err)
{
    bool weekly = strcmp(words->every, "weekly") == 0;
    int day = weekly ? weekday_of(words->on) : month_day_of(words->on);

    if (day < 0)
        return ap_fail(err, AP_EINPUT, "--on takes %s with --every %s, not \"%s\"",
                       weekly ? "monday to sunday" : "1 to 31 or last", words->every, words->on);
    ap_buf_addf(json, ",\"%s\":%d", weekly ? "dayOfWeek" : "dayOfMonth", day);
    return AP_OK;
}

static enum ap_status put_words(struct ap_buf *json, const struct add_words *words, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    ap_buf_addf(json, "{\"frequency\":\"%s\"", words->every != NULL ? words->every : "once");
    if (words->on != NULL)
        status = put_day(json, words, err);
    if (words->at != NULL) {
        ap_buf_adds(json, ",\"time\":");
        ap_json_string(json, words->at);
    }
    ap_buf_adds(json, ",\"timezone\":");
    ap_json_string(json, words->zone != NULL ? words->zone : "UTC");
    ap_buf_addc(json, '}');
    return status;
}

static enum ap_status read_days(struct add_plan *plan, const struct add_words *words, struct ap_error *err)
{
    bool once = plan->schedule.frequency == AP_ONCE;
    enum ap_status status;

    if (once != (words->from != NULL))
        return ap_fail(err, AP_EINPUT,
                       once ? "what is due once needs --from and --to: the days that it is of"
                            : "--from and --to are for once: what repeats is of the day, the week or the month before");
    if (!once)
        return AP_OK;
    status = read_date(&plan->first, "--from", words->from, err);
    if (status == AP_OK)
        status = read_date(&plan->last, "--to", words->to, err);
    if (status == AP_OK && plan->last < plan->first)
        status = ap_fail(err, AP_EINPUT, "--to is before --from");
    return status;
}

enum ap_status add_read(struct add_plan *plan, const struct add_words *words, const char *json, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (json != NULL && strlen(json) > JSON_MAX)
        return ap_fail(err, AP_EINPUT, "a schedule has at most %d bytes", JSON_MAX);
    if (json != NULL)
        ap_buf_adds(&plan->json, json);
    else
        status = put_words(&plan->json, words, err);
    if (status == AP_OK)
        status = ap_buf_check(&plan->json, "a schedule", err);
    if (status == AP_OK)
        status = ap_schedule_parse(&plan->schedule, plan->json.data, plan->json.len, err);
    return status == AP_OK ? read_days(plan, words, err) : status;
}

void add_free(struct add_plan *plan)
{
    ap_schedule_free(&plan->schedule);
    ap_buf_free(&plan->json);
}

enum ap_status add_plan_from(struct add_plan *plan, int64_t now_us, struct ap_error *err)
{
    const struct ap_schedule *schedule = &plan->schedule;
    int64_t end = plan->last + 1;

    if (schedule->frequency == AP_ONCE) {
        plan->period = (struct ap_period){ap_zone_instant(schedule->zone, plan->first * AP_US_PER_DAY),
                                          ap_zone_instant(schedule->zone, end * AP_US_PER_DAY)};
        plan->due_us = ap_zone_instant(schedule->zone, end * AP_US_PER_DAY + schedule->minute * 60 * AP_US_PER_SECOND);
        if (plan->due_us < now_us)
            plan->due_us = now_us;
        return AP_OK;
    }
    plan->due_us = ap_schedule_next(schedule, now_us);
    if (plan->due_us == AP_TIME_INFINITY)
        return ap_fail(err, AP_EINPUT, "the schedule has no time to come");
    plan->period = ap_schedule_period(schedule, plan->due_us);
    return AP_OK;
}
