/* Which times a report was due at, up to now. */
#include "auditproof/scheduler.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/schedule.h"
#include "failpoint.h"

/* More times than this are planned piece by piece. */
enum { MOST = 500, NUMBER_SIZE = 24 };

/* An application can write any time: 1000-01-01 would be 375,000 runs, in front of everybody's. */
static const int64_t LONGEST_US = 3653 * AP_US_PER_DAY;

enum { ID, SCHEDULING, NEXT, CREATED, FIRST_DAY, END_DAY, NOW };

struct due {
    struct ap_rows *rows;
    struct ap_schedule schedule;
    int64_t now_us, next_us; /* next_us: of what was not planned, when */
    int64_t times[MOST];
    size_t count;
};

/* One that has no time is due as it was created, or at its schedule's first time after that. */
static int64_t first_time(const struct due *due)
{
    int64_t created_us = ap_rows_int(due->rows, 0, CREATED);

    if (ap_rows_text(due->rows, 0, NEXT) != NULL)
        return ap_rows_int(due->rows, 0, NEXT);
    return due->schedule.frequency == AP_ONCE ? created_us : ap_schedule_next(&due->schedule, created_us);
}

static void find_times(struct due *due)
{
    due->next_us = first_time(due);
    while (due->next_us <= due->now_us && due->count < MOST) {
        due->times[due->count++] = due->next_us;
        due->next_us = ap_schedule_next(&due->schedule, due->next_us);
    }
}

static struct ap_period period_of(const struct due *due, int64_t time_us)
{
    int64_t first = ap_rows_int(due->rows, 0, FIRST_DAY), end = ap_rows_int(due->rows, 0, END_DAY);

    if (due->schedule.frequency != AP_ONCE)
        return ap_schedule_period(&due->schedule, time_us);
    return (struct ap_period){ap_zone_instant(due->schedule.zone, first * AP_US_PER_DAY),
                              ap_zone_instant(due->schedule.zone, end * AP_US_PER_DAY)};
}

static void add(struct ap_buf *array, int64_t value)
{
    ap_buf_addf(array, "%c%" PRId64, array->len == 0 ? '{' : ',', value);
}

static enum ap_status record(struct ap_db *db, const struct due *due, uint64_t *runs, struct ap_error *err)
{
    struct ap_buf arrays[3] = {AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT};
    const char *values[5] = {ap_rows_str(due->rows, 0, ID), NULL, NULL, NULL, due->next_us <= due->now_us ? "t" : "f"};
    struct ap_rows *rows = NULL;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < due->count; i++) {
        struct ap_period period = period_of(due, due->times[i]);

        add(&arrays[0], due->times[i]);
        add(&arrays[1], period.from_us);
        add(&arrays[2], period.until_us);
    }
    for (int i = 0; status == AP_OK && i < 3; i++) {
        ap_buf_adds(&arrays[i], arrays[i].len == 0 ? "{}" : "}");
        status = ap_buf_check(&arrays[i], "times of a report", err);
        values[i + 1] = arrays[i].data;
    }
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_plan"), 5, values, &rows, err);
    *runs = status == AP_OK ? (uint64_t)ap_rows_int(rows, 0, 0) : 0;
    ap_rows_free(rows);
    for (int i = 0; i < 3; i++)
        ap_buf_free(&arrays[i]);
    return status;
}

static enum ap_status move_on(struct ap_db *db, const struct due *due, struct ap_error *err)
{
    char next[NUMBER_SIZE];
    const char *values[3] = {ap_rows_str(due->rows, 0, ID), due->next_us == AP_TIME_INFINITY ? NULL : next,
                             due->count > 0 ? "t" : "f"};

    (void)snprintf(next, sizeof next, "%" PRId64, due->next_us);
    return ap_db_query(db, ap_sql("queries/schedule_planned"), 3, values, NULL, err);
}

static enum ap_status give_up(struct ap_db *db, const struct due *due, struct ap_schedule_planned *out,
                              const struct ap_error *why, struct ap_error *err)
{
    const char *values[2] = {ap_rows_str(due->rows, 0, ID), out->why};

    out->wrong = true;
    (void)snprintf(out->why, sizeof out->why, "%s", why->message);
    return ap_db_query(db, ap_sql("queries/schedule_wrong"), 2, values, NULL, err);
}

static enum ap_status plan(struct ap_db *db, struct due *due, struct ap_schedule_planned *out, struct ap_error *err)
{
    const char *scheduling = ap_rows_str(due->rows, 0, SCHEDULING);
    struct ap_error why;
    enum ap_status status = ap_schedule_parse(&due->schedule, scheduling, strlen(scheduling), &why);

    due->now_us = ap_rows_int(due->rows, 0, NOW);
    if (status == AP_OK && due->schedule.frequency == AP_ONCE && ap_rows_text(due->rows, 0, FIRST_DAY) == NULL)
        status = ap_fail(&why, AP_EINPUT,
                         "start_date and end_date: what is due once is of the days from the one to the other");
    if (status == AP_OK && first_time(due) == AP_TIME_INFINITY)
        status = ap_fail(&why, AP_EINPUT, "its schedule has no time to come");
    if (status == AP_OK && due->schedule.frequency != AP_ONCE && first_time(due) < due->now_us - LONGEST_US)
        status = ap_fail(&why, AP_EINPUT, "next_run_at: it would be due since more than ten years ago");
    if (status == AP_EINPUT)
        return give_up(db, due, out, &why, err);
    if (status != AP_OK)
        return ap_fail(err, status, "%s", why.message);
    find_times(due);
    status = record(db, due, &out->runs, err);
    AP_FAILPOINT(in_plan);
    return status == AP_OK ? move_on(db, due, err) : status;
}

/* Those whose time has come; else one that is new, and was given none. Each has an index of its own. */
static enum ap_status find_due(struct ap_db *db, struct ap_rows **rows, struct ap_error *err)
{
    enum ap_status status = ap_db_query(db, ap_sql("queries/schedule_due"), 0, NULL, rows, err);

    if (status != AP_OK || ap_rows_count(*rows) > 0)
        return status;
    ap_rows_free(*rows);
    *rows = NULL;
    return ap_db_query(db, ap_sql("queries/schedule_new"), 0, NULL, rows, err);
}

enum ap_status ap_schedule_plan(struct ap_db *db, struct ap_schedule_planned *out, struct ap_error *err)
{
    struct due due;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    memset(&due, 0, sizeof due);
    status = ap_db_exec(db, ap_sql("queries/schedule_begin"), err);
    if (status == AP_OK)
        status = find_due(db, &due.rows, err);
    out->any = status == AP_OK && ap_rows_count(due.rows) == 1;
    if (out->any) {
        (void)ap_uuid_parse(&out->report, ap_rows_str(due.rows, 0, ID));
        status = plan(db, &due, out, err);
    }
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    AP_FAILPOINT(after_plan);
    ap_db_rollback(db);
    ap_schedule_free(&due.schedule);
    ap_rows_free(due.rows);
    return status;
}

enum ap_status ap_schedule_wait(struct ap_db *db, bool mail, int64_t most_us, int64_t *wait_us, struct ap_error *err)
{
    const char *values[] = {mail ? "t" : "f"};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/schedule_wait"), 1, values, &rows, err);

    *wait_us = most_us;
    if (status == AP_OK && ap_rows_text(rows, 0, 0) != NULL && ap_rows_int(rows, 0, 0) < most_us)
        *wait_us = ap_rows_int(rows, 0, 0) > 0 ? ap_rows_int(rows, 0, 0) : 0;
    ap_rows_free(rows);
    return status;
}
