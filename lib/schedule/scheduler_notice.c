/* What somebody should know of reports: claimed, told, and recorded as told. */
#include "auditproof/scheduler.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"

enum { NUMBER_SIZE = 24 };
enum { REPORT, SCHEDULED_US, MOMENT, ABOUT, ATTEMPT, JSON, ORGANIZATION, TYPE, SCHEDULED };

static void copy(char *out, size_t size, const struct ap_rows *rows, int column)
{
    (void)snprintf(out, size, "%s", ap_rows_str(rows, 0, column));
}

static enum ap_status take(struct ap_notice *out, const struct ap_rows *rows, struct ap_error *err)
{
    copy(out->report, sizeof out->report, rows, REPORT);
    copy(out->organization, sizeof out->organization, rows, ORGANIZATION);
    copy(out->type, sizeof out->type, rows, TYPE);
    copy(out->moment, sizeof out->moment, rows, MOMENT);
    copy(out->about, sizeof out->about, rows, ABOUT);
    copy(out->scheduled, sizeof out->scheduled, rows, SCHEDULED);
    copy(out->at, sizeof out->at, rows, SCHEDULED_US);
    copy(out->attempt, sizeof out->attempt, rows, ATTEMPT);
    ap_buf_adds(&out->json, ap_rows_str(rows, 0, JSON));
    ap_buf_addc(&out->json, '\n');
    return ap_buf_check(&out->json, "a notice", err);
}

static void seconds_of(char out[NUMBER_SIZE], int64_t time_us)
{
    (void)snprintf(out, NUMBER_SIZE, "%" PRId64, time_us / AP_US_PER_SECOND);
}

enum ap_status ap_notice_claim(struct ap_db *db, const struct ap_notices *wanted, struct ap_notice *out, bool *found,
                               struct ap_error *err)
{
    char grace[NUMBER_SIZE], lease[NUMBER_SIZE], started[NUMBER_SIZE];
    const char *values[4] = {wanted->late ? "{failed,wrong,mail,late}" : "{failed,wrong,mail}", grace, lease, started};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    seconds_of(grace, wanted->grace_us);
    seconds_of(lease, wanted->lease_us);
    (void)snprintf(started, sizeof started, "%" PRId64, wanted->started_us);
    status = ap_db_query(db, ap_sql("queries/schedule_notice"), 4, values, &rows, err);
    *found = status == AP_OK && ap_rows_count(rows) == 1;
    if (*found)
        status = take(out, rows, err);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_notice_end(struct ap_db *db, const struct ap_notice *notice, const char *why, struct ap_error *err)
{
    const char *values[6] = {notice->report, notice->at, notice->moment, notice->about, notice->attempt, why};

    return ap_db_query(db, ap_sql("queries/schedule_noticed"), 6, values, NULL, err);
}

void ap_notice_free(struct ap_notice *notice)
{
    ap_buf_free(&notice->json);
}

enum ap_status ap_schedule_now(struct ap_db *db, int64_t *now_us, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/schedule_now"), 0, NULL, &rows, err);

    *now_us = status == AP_OK ? ap_rows_int(rows, 0, 0) : 0;
    ap_rows_free(rows);
    return status;
}
