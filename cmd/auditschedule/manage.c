/* retry and cancel. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connect.h"

/*
 * Run a statement about the report, and the one that tells the application, in a transaction. *count is the first's
 * answer, or -1 where that is NULL; when that is less than `least` there is nothing to tell.
 */
static enum ap_status change(const char *id, const char *query, const char *then, int64_t least, int64_t *count,
                             struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    struct ap_db *db = NULL;
    enum ap_status status = cli_connect(&db, "auditschedule", true, err);

    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("queries/schedule_begin"), err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql(query), 1, &id, &rows, err);
    *count = status == AP_OK && ap_rows_text(rows, 0, 0) != NULL ? ap_rows_int(rows, 0, 0) : -1;
    if (status == AP_OK && *count >= least)
        status = ap_db_query(db, ap_sql(then), 1, &id, NULL, err);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    ap_rows_free(rows);
    ap_db_close(db);
    return status;
}

bool report_id(const char *text, char id[AP_UUID_TEXT_SIZE])
{
    struct ap_uuid parsed;

    if (!ap_uuid_parse(&parsed, text))
        return false;
    ap_uuid_format(id, &parsed);
    return true;
}

/* *runs is how many are tried again, or -1 of a report that is cancelled; *planned: it had stopped, and is planned
 * again. */
static enum ap_status retry(const char *id, int64_t *runs, bool *planned, struct ap_error *err)
{
    char count[24];
    const char *values[] = {id, count};
    struct ap_rows *rows = NULL, *changed = NULL;
    struct ap_db *db = NULL;
    enum ap_status status = cli_connect(&db, "auditschedule", true, err);

    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("queries/schedule_begin"), err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/schedule_retry"), 1, values, &rows, err);
    *runs = status == AP_OK && ap_rows_text(rows, 0, 0) != NULL ? ap_rows_int(rows, 0, 0) : -1;
    (void)snprintf(count, sizeof count, "%" PRId64, *runs);
    if (status == AP_OK && *runs >= 0)
        status = ap_db_query(db, ap_sql("queries/schedule_resume"), 2, values, &changed, err);
    *planned = status == AP_OK && *runs >= 0 && ap_rows_count(changed) == 1 && ap_rows_bool(changed, 0, 0);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    ap_rows_free(rows);
    ap_rows_free(changed);
    ap_db_close(db);
    return status;
}

int retry_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE];
    struct ap_error err;
    int64_t runs;
    bool planned;

    (void)argc;
    if (!report_id(argv[0], id))
        return cli_usage("\"%s\" is no id of a report", argv[0]);
    if (retry(id, &runs, &planned, &err) != AP_OK)
        return cli_fail(&err);
    if (runs < 0) {
        cli_error("report %s is cancelled, and nothing of it is made: `auditschedule add` schedules another", id);
        return EXIT_USAGE;
    }
    if (runs == 0 && !planned) {
        cli_error("report %s has no run that failed or was cancelled: see `auditschedule history`", id);
        return EXIT_USAGE;
    }
    if (runs > 0)
        cli_say("%" PRId64 " %s of report %s will be tried again", runs, runs == 1 ? "run" : "runs", id);
    if (planned)
        cli_say("report %s will be planned again, by its schedule", id);
    return EXIT_DONE;
}

int cancel_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE];
    struct ap_error err;
    int64_t count;

    (void)argc;
    if (!report_id(argv[0], id))
        return cli_usage("\"%s\" is no id of a report", argv[0]);
    if (change(id, "queries/schedule_cancel", "queries/schedule_cancelled", 0, &count, &err) != AP_OK)
        return cli_fail(&err);
    if (count < 0) {
        cli_error("there is no report %s of auditproof's: see `auditschedule list`", id);
        return EXIT_USAGE;
    }
    cli_say("report %s is cancelled, with %" PRId64 " of its runs", id, count);
    return EXIT_DONE;
}
