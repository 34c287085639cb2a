/* next: when a schedule is due, and for which periods. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "auditproof/schedule.h"
#include "commands.h"

enum { USUAL_COUNT = 12, MOST = 100000 };

static const char *schedule_text, *format;
static uint64_t count = USUAL_COUNT;
static int64_t from_us = AP_TIME_MINUS_INFINITY;

const struct cli_option next_options[] = {
    {0, "schedule", "JSON", CLI_STRING, &schedule_text, NULL, "a schedule, as scheduled_reports has it",
     "A schedule, as\n.Li scheduled_reports.scheduling\nhas it: see\n.Sx SCHEDULES ."},
    {'n', "count", "N", CLI_U64, &count, NULL, "so many (12)", NULL},
    {0, "from", "TIME", CLI_TIME, &from_us, NULL, "after this time, instead of now", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "table|ndjson", "how to print it: a table on a terminal, else ndjson",
     NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* What the zone's clocks show: "Tue 2026-12-01 09:00 +01:00". */
static void put_local(struct ap_buf *out, const struct ap_zone *zone, int64_t time_us)
{
    static const char *const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    int64_t offset_us = ap_zone_offset_us(zone, time_us), local_us = time_us + offset_us;
    int64_t days = floor_div(local_us, AP_US_PER_DAY), minute, offset, year;
    int month, day;

    minute = (local_us - days * AP_US_PER_DAY) / (60 * AP_US_PER_SECOND);
    offset = (offset_us < 0 ? -offset_us : offset_us) / (60 * AP_US_PER_SECOND);
    ap_civil_from_days(days, &year, &month, &day);
    ap_buf_addf(out, "%s %04" PRId64 "-%02d-%02d %02" PRId64 ":%02" PRId64 " %c%02" PRId64 ":%02" PRId64,
                weekdays[days - floor_div(days, 7) * 7], year, month, day, minute / 60, minute % 60,
                offset_us < 0 ? '-' : '+', offset / 60, offset % 60);
}

static void put_json_time(struct ap_buf *out, const char *name, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_buf_addf(out, "%s\"%s\":\"%s\"", out->data[out->len - 1] == '{' ? "" : ",", name, text);
}

static void put(struct ap_buf *out, const struct ap_schedule *schedule, int64_t due_us, bool table)
{
    struct ap_period period = ap_schedule_period(schedule, due_us);
    char text[AP_TIME_TEXT_SIZE];

    if (table) {
        ap_time_format(text, due_us);
        ap_buf_addf(out, "%s  ", text);
        put_local(out, schedule->zone, due_us);
        ap_buf_adds(out, "   ");
        put_local(out, schedule->zone, period.from_us);
        ap_buf_adds(out, "   ");
        put_local(out, schedule->zone, period.until_us);
        ap_buf_addc(out, '\n');
        return;
    }
    ap_buf_addc(out, '{');
    put_json_time(out, "scheduled_for", due_us);
    put_json_time(out, "from", period.from_us);
    put_json_time(out, "until", period.until_us);
    ap_buf_adds(out, "}\n");
}

static enum ap_status print(const struct ap_schedule *schedule, bool table, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    int64_t due_us = from_us != AP_TIME_MINUS_INFINITY ? from_us : ap_clock_now_us();
    enum ap_status status;

    if (table) {
        ap_buf_adds(&out, "Due ");
        ap_schedule_describe(&out, schedule);
        ap_buf_adds(&out,
                    "\n\nDUE (UTC)             BY ITS CLOCKS                 FROM                          BEFORE\n");
    }
    for (uint64_t i = 0; i < count && !out.failed; i++) {
        due_us = ap_schedule_next(schedule, due_us);
        if (due_us == AP_TIME_INFINITY)
            break;
        put(&out, schedule, due_us, table);
    }
    status = ap_buf_check(&out, "a schedule", err);
    errno = 0;
    if (status == AP_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = ap_fail_errno(err, errno, "cannot write to standard output");
    ap_buf_free(&out);
    return status;
}

int next_run(int argc, char **argv)
{
    struct ap_schedule schedule;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (schedule_text == NULL)
        return cli_usage("next needs --schedule");
    if (count == 0 || count > MOST)
        return cli_usage("--count takes 1 to %d", MOST);
    status = ap_schedule_parse(&schedule, schedule_text, strlen(schedule_text), &err);
    if (status != AP_OK)
        return cli_fail(&err);
    if (schedule.frequency == AP_ONCE)
        cli_say("what is due once is due at next_run_at, and for start_date to end_date");
    else
        status = print(&schedule, format != NULL ? strcmp(format, "table") == 0 : isatty(STDOUT_FILENO) == 1, &err);
    ap_schedule_free(&schedule);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
