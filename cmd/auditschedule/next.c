/* next: when a schedule is due, or a report, and for which periods. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "coming.h"
#include "commands.h"
#include "connect.h"

enum { USUAL_COUNT = 12, MOST = 100000 };

static const char *schedule_text, *format;
static uint64_t count = USUAL_COUNT;
static int64_t from_us = AP_TIME_MINUS_INFINITY;

const struct cli_option next_options[] = {
    {0, "schedule", "JSON", CLI_STRING, &schedule_text, NULL, "of a schedule, as scheduled_reports has it",
     "Of a schedule, as\n.Li scheduled_reports.scheduling\nhas it: see\n.Sx SCHEDULES ."},
    {'n', "count", "N", CLI_U64, &count, NULL, "so many (12)", NULL},
    {0, "from", "TIME", CLI_TIME, &from_us, NULL, "after this time, instead of now", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "table|ndjson", "how to print it: a table on a terminal, else ndjson",
     NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Columns of queries/schedule_report. */
enum { ORGANIZATION, TYPE, NAME, STATUS, SCHEDULING, NEXT, CREATED, FIRST_DAY, END_DAY, NOW };

/* What is to come, of a schedule or a report. */
struct asked {
    struct ap_schedule schedule;
    struct ap_rows *rows;  /* the report's, or NULL */
    int64_t first_us;      /* its first time, or AP_TIME_INFINITY */
    struct ap_period once; /* of AP_ONCE */
};

/* One that has no time is due as it was created, or at its schedule's first time after that. */
static int64_t first_of_report(const struct asked *asked)
{
    const char *status = ap_rows_str(asked->rows, 0, STATUS);
    int64_t created_us = ap_rows_int(asked->rows, 0, CREATED);

    bool days = ap_rows_text(asked->rows, 0, FIRST_DAY) != NULL;

    if (strcmp(status, "cancelled") == 0 || (asked->schedule.frequency == AP_ONCE && !days))
        return AP_TIME_INFINITY;
    if (ap_rows_text(asked->rows, 0, NEXT) != NULL)
        return ap_rows_int(asked->rows, 0, NEXT);
    if (strcmp(status, "pending") != 0)
        return AP_TIME_INFINITY;
    return asked->schedule.frequency == AP_ONCE ? created_us : ap_schedule_next(&asked->schedule, created_us);
}

static void put_heading(struct ap_buf *out, const struct asked *asked)
{
    const char *name = asked->rows != NULL ? ap_rows_text(asked->rows, 0, NAME) : NULL;

    if (asked->rows == NULL) {
        ap_buf_adds(out, "Due ");
    } else {
        ap_buf_addf(out, "%s of organization %s", ap_rows_str(asked->rows, 0, TYPE),
                    ap_rows_str(asked->rows, 0, ORGANIZATION));
        if (name != NULL) {
            ap_buf_adds(out, "\n\"");
            ap_display_put(out, name, strlen(name));
            ap_buf_addc(out, '"');
        }
        ap_buf_adds(out, "\nDue ");
    }
    ap_schedule_describe(out, &asked->schedule);
    if (asked->rows != NULL && asked->first_us <= ap_rows_int(asked->rows, 0, NOW))
        ap_buf_adds(out, "\nThe first of these has come, and no `auditschedule run` has planned it");
    ap_buf_addf(out, "\n\n%s", coming_heads);
}

static void put_all(struct ap_buf *out, const struct asked *asked, bool table)
{
    const struct ap_schedule *schedule = &asked->schedule;
    int64_t due_us = asked->first_us;

    if (from_us != AP_TIME_MINUS_INFINITY && due_us <= from_us)
        due_us = ap_schedule_next(schedule, from_us);
    for (uint64_t i = 0; i < count && due_us != AP_TIME_INFINITY && !out->failed; i++) {
        struct ap_period period = schedule->frequency == AP_ONCE ? asked->once : ap_schedule_period(schedule, due_us);

        if (table)
            coming_put(out, schedule, due_us, period);
        else
            coming_put_json(out, schedule, due_us, period);
        due_us = ap_schedule_next(schedule, due_us);
    }
}

static enum ap_status print(const struct asked *asked, bool table, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status;
    size_t heading;

    if (table)
        put_heading(&out, asked);
    heading = out.len;
    put_all(&out, asked, table);
    if (table && out.len == heading)
        ap_buf_addf(&out, "nothing is to come: it is %s\n",
                    asked->rows != NULL ? ap_rows_str(asked->rows, 0, STATUS) : "past its end");
    status = ap_buf_check(&out, "a schedule", err);
    errno = 0;
    if (status == AP_OK && fwrite(out.data != NULL ? out.data : "", 1, out.len, stdout) != out.len)
        status = ap_fail_errno(err, errno, "cannot write to standard output");
    ap_buf_free(&out);
    return status;
}

static enum ap_status ask_report(struct asked *asked, const char *id, struct ap_error *err)
{
    struct ap_db *db = NULL;
    const char *scheduling;
    enum ap_status status = cli_connect(&db, "auditschedule", true, err);

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_report"), 1, &id, &asked->rows, err);
    ap_db_close(db);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(asked->rows) == 0)
        return ap_fail(err, AP_EINPUT, "there is no report %s of auditproof's: see `auditschedule list`", id);
    scheduling = ap_rows_str(asked->rows, 0, SCHEDULING);
    status = ap_schedule_parse(&asked->schedule, scheduling, strlen(scheduling), err);
    if (status != AP_OK)
        return ap_error_prefix(err, "report %s", id);
    asked->first_us = first_of_report(asked);
    asked->once = (struct ap_period){
        ap_zone_instant(asked->schedule.zone, ap_rows_int(asked->rows, 0, FIRST_DAY) * AP_US_PER_DAY),
        ap_zone_instant(asked->schedule.zone, ap_rows_int(asked->rows, 0, END_DAY) * AP_US_PER_DAY)};
    return AP_OK;
}

static enum ap_status ask_schedule(struct asked *asked, struct ap_error *err)
{
    enum ap_status status = ap_schedule_parse(&asked->schedule, schedule_text, strlen(schedule_text), err);

    if (status == AP_OK && asked->schedule.frequency == AP_ONCE)
        status = ap_fail(err, AP_EINPUT,
                         "what is due once is due at next_run_at, for start_date to end_date: "
                         "name a report instead");
    if (status == AP_OK)
        asked->first_us =
            ap_schedule_next(&asked->schedule, from_us != AP_TIME_MINUS_INFINITY ? from_us : ap_clock_now_us());
    return status;
}

int next_run(int argc, char **argv)
{
    struct asked asked = {.rows = NULL};
    char id[AP_UUID_TEXT_SIZE];
    struct ap_error err;
    enum ap_status status;

    if ((argc == 1) == (schedule_text != NULL))
        return cli_usage("next needs a report's id, or --schedule");
    if (count == 0 || count > MOST)
        return cli_usage("--count takes 1 to %d", MOST);
    if (argc == 1 && !report_id(argv[0], id))
        return cli_usage("\"%s\" is no id of a report", argv[0]);
    status = argc == 1 ? ask_report(&asked, id, &err) : ask_schedule(&asked, &err);
    if (status == AP_OK)
        status = print(&asked, format != NULL ? strcmp(format, "table") == 0 : isatty(STDOUT_FILENO) == 1, &err);
    ap_schedule_free(&asked.schedule);
    ap_rows_free(asked.rows);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
