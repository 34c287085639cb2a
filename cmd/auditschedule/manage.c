/* list, history, retry and cancel. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "connect.h"
#include "sheet.h"

enum { MOST = 10000 };

static struct cli_uuid org, report;
static uint64_t limit = 50;
static const char *format;

#define FORMAT_OPTION                                                                                                  \
    {                                                                                                                  \
        0, "format", "FORMAT", CLI_CHOICE, &format, "table|json", "how to print it: a table on a terminal, else json", \
            NULL                                                                                                       \
    }

const struct cli_option list_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    FORMAT_OPTION,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option history_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    {0, "report", "UUID", CLI_UUID, &report, NULL, "of this report", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "so many at most, the latest (50)", NULL},
    FORMAT_OPTION,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct sheet_column list_columns[] = {
    {"id", "REPORT", SHEET_TEXT},           {"organization_id", "ORGANIZATION", SHEET_TEXT},
    {"report_type", "TYPE", SHEET_TEXT},    {"report_name", "NAME", SHEET_TEXT},
    {"format", "FORMAT", SHEET_TEXT},       {"status", "STATUS", SHEET_TEXT},
    {"next_run_at", "NEXT", SHEET_TEXT},    {"last_run_at", "LAST", SHEET_TEXT},
    {"error_message", "ERROR", SHEET_TEXT}, {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column history_columns[] = {
    {"report_id", "REPORT", SHEET_TEXT},  {"organization_id", "ORGANIZATION", SHEET_TEXT},
    {"report_type", "TYPE", SHEET_TEXT},  {"scheduled_for", "DUE", SHEET_TEXT},
    {"state", "STATE", SHEET_TEXT},       {"attempt", "ATTEMPT", SHEET_NUMBER},
    {"runner", "RUNNER", SHEET_TEXT},     {"finished_at", "FINISHED", SHEET_TEXT},
    {"verdict", "VERDICT", SHEET_TEXT},   {"sha256", "SHA-256", SHEET_TEXT},
    {"output_url", "OUTPUT", SHEET_TEXT}, {"mail", "MAIL", SHEET_TEXT},
    {"error", "ERROR", SHEET_TEXT},       {NULL, NULL, SHEET_TEXT},
};

static int show(const char *query, int count, const char *const *values, const struct sheet_column *columns)
{
    struct ap_rows *rows = NULL;
    struct ap_db *db = NULL;
    struct ap_error err;
    bool table = format != NULL ? strcmp(format, "table") == 0 : isatty(STDOUT_FILENO) == 1;
    enum ap_status status = cli_connect(&db, "auditschedule", true, &err);

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql(query), count, values, &rows, &err);
    if (status == AP_OK)
        status = table ? sheet_print(columns, rows, &err) : sheet_print_json(columns, rows, &err);
    ap_rows_free(rows);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int list_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *values[] = {org.given ? id : NULL};

    (void)argc;
    (void)argv;
    ap_uuid_format(id, &org.value);
    return show("queries/schedule_list", 1, values, list_columns);
}

int history_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE], of_report[AP_UUID_TEXT_SIZE], most[24];
    const char *values[] = {org.given ? id : NULL, report.given ? of_report : NULL, most};

    (void)argc;
    (void)argv;
    if (limit == 0 || limit > MOST)
        return cli_usage("--limit takes 1 to %d", MOST);
    ap_uuid_format(id, &org.value);
    ap_uuid_format(of_report, &report.value);
    (void)snprintf(most, sizeof most, "%" PRIu64, limit);
    return show("queries/schedule_history", 3, values, history_columns);
}

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

int retry_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE];
    struct ap_error err;
    int64_t count;

    (void)argc;
    if (!report_id(argv[0], id))
        return cli_usage("\"%s\" is no id of a report", argv[0]);
    if (change(id, "queries/schedule_retry", "queries/schedule_resume", 1, &count, &err) != AP_OK)
        return cli_fail(&err);
    if (count == 0) {
        cli_error("report %s has no run that failed or was cancelled: see `auditschedule history`", id);
        return EXIT_USAGE;
    }
    cli_say("%" PRId64 " %s of report %s will be tried again", count, count == 1 ? "run" : "runs", id);
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
