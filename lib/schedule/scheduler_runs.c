/* Runs of reports: claimed, kept, and what became of them. */
#include "auditproof/scheduler.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "failpoint.h"
#include "wait.h"

enum { NUMBER_SIZE = 24, FIRST_WAIT = 60, LONGEST_WAIT = 3600, JITTER = 10 };

enum { REPORT, SCHEDULED, ORGANIZATION, TYPE, FORMAT, FROM, UNTIL, STATE, ATTEMPT, ERROR, NAME, TRIES };

static void seconds_of(char out[NUMBER_SIZE], int64_t time_us)
{
    (void)snprintf(out, NUMBER_SIZE, "%" PRId64, time_us / AP_US_PER_SECOND);
}

/* As much of it as there is room for, to the end of a character. */
static void copy(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (len >= size)
        for (len = size - 1; len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U;)
            len--;
    memcpy(out, text, len);
    out[len] = '\0';
}

static void read_run(struct ap_run *run, const struct ap_rows *rows)
{
    memset(run, 0, sizeof *run);
    (void)ap_uuid_parse(&run->report, ap_rows_str(rows, 0, REPORT));
    (void)ap_uuid_parse(&run->organization, ap_rows_str(rows, 0, ORGANIZATION));
    run->scheduled_us = ap_rows_int(rows, 0, SCHEDULED);
    run->from_us = ap_rows_int(rows, 0, FROM);
    run->until_us = ap_rows_int(rows, 0, UNTIL);
    run->attempt = (int)ap_rows_int(rows, 0, ATTEMPT);
    run->tries = (int)ap_rows_int(rows, 0, TRIES);
    copy(run->type, sizeof run->type, ap_rows_str(rows, 0, TYPE));
    copy(run->format, sizeof run->format, ap_rows_str(rows, 0, FORMAT));
    copy(run->name, sizeof run->name, ap_rows_str(rows, 0, NAME));
    copy(run->error, sizeof run->error, ap_rows_str(rows, 0, ERROR));
    run->given_up = strcmp(ap_rows_str(rows, 0, STATE), "failed") == 0;
}

/* To the application. */
static enum ap_status tell(struct ap_db *db, const struct ap_run *run, const char *status_text, const char *error,
                           const char *url, struct ap_error *err)
{
    char report[AP_UUID_TEXT_SIZE];
    const char *values[4] = {report, status_text, error, url};

    ap_uuid_format(report, &run->report);
    return ap_db_query(db, ap_sql("queries/schedule_told"), 4, values, NULL, err);
}

enum ap_status ap_run_claim(struct ap_db *db, const struct ap_runner *runner, struct ap_run *run, bool *found,
                            struct ap_error *err)
{
    char lease[NUMBER_SIZE], most[NUMBER_SIZE];
    const char *values[3] = {runner->name, lease, most};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_exec(db, ap_sql("queries/schedule_begin"), err);

    seconds_of(lease, runner->lease_us);
    (void)snprintf(most, sizeof most, "%d", runner->most_attempts);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_claim"), 3, values, &rows, err);
    *found = status == AP_OK && ap_rows_count(rows) == 1;
    if (*found) {
        read_run(run, rows);
        if (run->given_up)
            status = tell(db, run, "failed", run->error, NULL, err);
    }
    AP_FAILPOINT(in_claim);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    AP_FAILPOINT(after_claim);
    ap_db_rollback(db);
    ap_rows_free(rows);
    return status;
}

/* What names an attempt, as parameters of a statement. */
struct named {
    char report[AP_UUID_TEXT_SIZE], scheduled[NUMBER_SIZE], attempt[NUMBER_SIZE];
};

static void name_run(struct named *named, const struct ap_run *run)
{
    ap_uuid_format(named->report, &run->report);
    (void)snprintf(named->scheduled, sizeof named->scheduled, "%" PRId64, run->scheduled_us);
    (void)snprintf(named->attempt, sizeof named->attempt, "%d", run->attempt);
}

enum ap_status ap_run_renew(struct ap_db *db, const struct ap_runner *runner, const struct ap_run *run, bool *mine,
                            struct ap_error *err)
{
    struct named named;
    char lease[NUMBER_SIZE];
    const char *values[4] = {named.report, named.scheduled, named.attempt, lease};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    name_run(&named, run);
    seconds_of(lease, runner->lease_us);
    status = ap_db_query(db, ap_sql("queries/schedule_renew"), 4, values, &rows, err);
    *mine = status == AP_OK && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

int64_t wait_for(int tries)
{
    int64_t wait = FIRST_WAIT, spread;

    for (int i = 1; i < tries && wait < LONGEST_WAIT; i++)
        wait *= 2;
    wait = wait < LONGEST_WAIT ? wait : LONGEST_WAIT;
    spread = wait / JITTER;
    return wait - spread + ap_clock_now_us() % (2 * spread + 1);
}

static enum ap_status record(struct ap_db *db, const struct ap_run *run, const struct ap_run_result *result, bool again,
                             bool *mine, struct ap_error *err)
{
    struct named named;
    char wait[NUMBER_SIZE], bytes[NUMBER_SIZE], hash[AP_HASH_TEXT_SIZE] = "", bundle[AP_HASH_TEXT_SIZE] = "";
    const char *values[10] = {named.report, named.scheduled, named.attempt, result->error, again ? wait : NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    name_run(&named, run);
    (void)snprintf(wait, sizeof wait, "%" PRId64, wait_for(run->tries));
    (void)snprintf(bytes, sizeof bytes, "%" PRIu64, result->bytes);
    ap_hex_encode(hash, result->sha256, AP_HASH_LEN);
    if (result->error == NULL) {
        values[5] = result->url;
        values[6] = hash;
        values[7] = bytes;
        values[8] = result->verdict;
        if (result->bundle_sha256 != NULL) {
            ap_hex_encode(bundle, result->bundle_sha256, AP_HASH_LEN);
            values[9] = bundle;
        }
    }
    status = ap_db_query(db, ap_sql("queries/schedule_finish"), 10, values, &rows, err);
    *mine = status == AP_OK && ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_run_finish(struct ap_db *db, const struct ap_runner *runner, const struct ap_run *run,
                             const struct ap_run_result *result, bool *mine, struct ap_error *err)
{
    bool again = result->error != NULL && !result->lasting && run->tries < runner->most_attempts;
    const char *shown = result->error == NULL ? "completed" : again ? "processing" : "failed";
    enum ap_status status = ap_db_exec(db, ap_sql("queries/schedule_begin"), err);

    if (status == AP_OK)
        status = record(db, run, result, again, mine, err);
    if (status == AP_OK && *mine)
        status = tell(db, run, shown, result->error, result->error == NULL ? result->url : NULL, err);
    AP_FAILPOINT(in_finish);
    if (status == AP_OK && *mine && result->place != NULL)
        status = result->place(result->context, err);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    AP_FAILPOINT(after_finish);
    ap_db_rollback(db);
    return status;
}

enum ap_status ap_run_release(struct ap_db *db, const struct ap_run *run, struct ap_error *err)
{
    struct named named;
    const char *values[3] = {named.report, named.scheduled, named.attempt};

    name_run(&named, run);
    return ap_db_query(db, ap_sql("queries/schedule_release"), 3, values, NULL, err);
}
