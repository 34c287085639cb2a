/* mails and resend: what became of the mail of reports. */
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

const struct cli_option mails_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    {0, "report", "UUID", CLI_UUID, &report, NULL, "of this report", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "so many at most, the latest (50)", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "table|json", "how to print it: a table on a terminal, else json",
     NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct sheet_column columns[] = {
    {"report_id", "REPORT", SHEET_TEXT},
    {"organization_id", "ORGANIZATION", SHEET_TEXT},
    {"scheduled_for", "DUE", SHEET_TEXT},
    {"recipient", "RECIPIENT", SHEET_TEXT},
    {"state", "STATE", SHEET_TEXT},
    {"attempt", "ATTEMPT", SHEET_NUMBER},
    {"queued_at", "QUEUED", SHEET_TEXT},
    {"ended_at", "ENDED", SHEET_TEXT},
    {"message_id", "MESSAGE", SHEET_TEXT},
    {"error", "ERROR", SHEET_TEXT},
    {NULL, NULL, SHEET_TEXT},
};

static enum ap_status ask(const char *query, int count, const char *const *values, struct ap_rows **rows,
                          struct ap_error *err)
{
    struct ap_db *db = NULL;
    enum ap_status status = cli_connect(&db, "auditschedule", true, err);

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql(query), count, values, rows, err);
    ap_db_close(db);
    return status;
}

int mails_run(int argc, char **argv)
{
    char of_org[AP_UUID_TEXT_SIZE], of_report[AP_UUID_TEXT_SIZE], most[24];
    const char *values[] = {org.given ? of_org : NULL, report.given ? of_report : NULL, most};
    bool table = format != NULL ? strcmp(format, "table") == 0 : isatty(STDOUT_FILENO) == 1;
    struct ap_rows *rows = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (limit == 0 || limit > MOST)
        return cli_usage("--limit takes 1 to %d", MOST);
    ap_uuid_format(of_org, &org.value);
    ap_uuid_format(of_report, &report.value);
    (void)snprintf(most, sizeof most, "%" PRIu64, limit);
    status = ask("queries/schedule_mails", 3, values, &rows, &err);
    if (status == AP_OK)
        status = table ? sheet_print(columns, rows, &err) : sheet_print_json(columns, rows, &err);
    ap_rows_free(rows);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int resend_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *values[] = {id};
    struct ap_rows *rows = NULL;
    struct ap_error err;
    int64_t count;

    (void)argc;
    if (!report_id(argv[0], id))
        return cli_usage("\"%s\" is no id of a report", argv[0]);
    if (ask("queries/schedule_resend", 1, values, &rows, &err) != AP_OK)
        return cli_fail(&err);
    count = ap_rows_int(rows, 0, 0);
    ap_rows_free(rows);
    if (count == 0) {
        cli_error("report %s has no mail that failed: see `auditschedule mails`", id);
        return EXIT_USAGE;
    }
    cli_say("%" PRId64 " %s of report %s will be sent again", count, count == 1 ? "mail" : "mails", id);
    return EXIT_DONE;
}
