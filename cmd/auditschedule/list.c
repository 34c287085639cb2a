/* list and history: the reports, and what became of each time that one was due. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connect.h"
#include "history_verify.h"
#include "shown_answer.h"

enum { MOST = 10000 };

static struct cli_uuid org, report;
static uint64_t limit = 50;
static const char *format;
static bool verify;
static struct verify_place place;

const struct cli_option list_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    SHOWN_FORMAT_OPTION(format),
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option history_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    {0, "report", "UUID", CLI_UUID, &report, NULL, "of this report", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "so many at most, the latest (50)", NULL},
    {0, "verify", NULL, CLI_FLAG, &verify, NULL, "hold what was made against the chain, and the files",
     "Hold what was made against the entries that tell of it, and the files: see\n.Sx VERIFICATION ."},
    {0, "output", "DIR", CLI_STRING, &place.directory, NULL, "with --verify: where the files are that --url names",
     NULL},
    {0, "url", "PREFIX", CLI_STRING, &place.url, NULL, "with --output: what run was given as --url", NULL},
    SHOWN_FORMAT_OPTION(format),
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Those of queries/schedule_reports. */
static const struct ap_answer_column report_columns[] = {
    {"next_run_at", "NEXT", AP_ANSWER_TIME, false},
    {"last_success", "LAST SUCCESS", AP_ANSWER_TIME, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"report_name", "NAME", AP_ANSWER_TEXT, false},
    {"format", NULL, AP_ANSWER_TEXT, false},
    {"status", "STATUS", AP_ANSWER_TEXT, false},
    {"verdict", "VERDICT", AP_ANSWER_TEXT, false},
    {"error_message", "ERROR", AP_ANSWER_TEXT, false},
    {"id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

/* Those of queries/schedule_history. */
static const struct ap_answer_column run_columns[] = {
    {"scheduled_for", "DUE", AP_ANSWER_TIME, false},
    {"state", "STATE", AP_ANSWER_TEXT, false},
    {"report_type", "TYPE", AP_ANSWER_TEXT, false},
    {"attempt", "ATTEMPT", AP_ANSWER_COUNT, false},
    {"verdict", "VERDICT", AP_ANSWER_TEXT, false},
    {"from", NULL, AP_ANSWER_TIME, false},
    {"until", NULL, AP_ANSWER_TIME, false},
    {"finished_at", "FINISHED", AP_ANSWER_TIME, false},
    {"runner", NULL, AP_ANSWER_TEXT, false},
    {"error", "ERROR", AP_ANSWER_TEXT, false},
    {"mail", "MAIL", AP_ANSWER_TEXT, false},
    {"output_url", "OUTPUT", AP_ANSWER_TEXT, false},
    {"sha256", NULL, AP_ANSWER_TEXT, false},
    {"report_id", "REPORT", AP_ANSWER_TEXT, false},
    {"organization_id", "ORGANIZATION", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part reports_part = {
    "reports", "Reports", AP_ANSWER_ROWS, report_columns, AP_ANSWER_NO_CHART, 0, "no report is scheduled"};
static const struct ap_answer_part runs_part = {
    "runs", "Runs, the latest first", AP_ANSWER_ROWS, run_columns, AP_ANSWER_NO_CHART, 0, "nothing was due"};

/* Of `part`, or where that is NULL verified; then *wrong is how many are not as recorded. */
static enum ap_status build(struct ap_answer *answer, struct ap_db *db, const char *query, int count,
                            const char *const *values, const struct ap_answer_part *part, uint64_t *wrong,
                            struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = part == NULL ? history_verify_ready(db, err) : AP_OK;

    if (status == AP_OK)
        status = ap_db_query(db, ap_sql(query), count, values, &rows, err);
    if (status == AP_OK && part == NULL)
        status = history_verify(answer, rows, &place, wrong, err);
    else if (status == AP_OK)
        ap_answer_add_rows(answer, part, rows, 0, ap_rows_count(rows));
    if (status == AP_OK && part == NULL && ap_rows_count(rows) == 0)
        cli_warn("nothing was compared: no such report was made");
    ap_rows_free(rows);
    return status;
}

static int show(const char *command, const char *query, int count, const char *const *values,
                const struct ap_answer_part *part)
{
    const struct shown_answer how = {command, org, format};
    struct ap_answer *answer = NULL;
    struct ap_db *db = NULL;
    struct ap_error err;
    uint64_t wrong = 0;
    enum ap_status status = cli_connect(&db, "auditschedule", true, &err);

    if (status == AP_OK)
        status = ap_answer_new(&answer, &err);
    if (status == AP_OK)
        status = build(answer, db, query, count, values, part, &wrong, &err);
    if (status == AP_OK)
        status = shown_answer_put(answer, db, &how, part != NULL ? part->name : "runs", &err);
    ap_answer_free(answer);
    ap_db_close(db);
    return status != AP_OK ? cli_fail(&err) : wrong > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

int list_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *values[] = {org.given ? id : NULL};

    (void)argc;
    (void)argv;
    ap_uuid_format(id, &org.value);
    return show("list", "queries/schedule_reports", 1, values, &reports_part);
}

int history_run(int argc, char **argv)
{
    char id[AP_UUID_TEXT_SIZE], of_report[AP_UUID_TEXT_SIZE], most[24];
    const char *values[] = {org.given ? id : NULL, report.given ? of_report : NULL, most};

    (void)argc;
    (void)argv;
    if (limit == 0 || limit > MOST)
        return cli_usage("--limit takes 1 to %d", MOST);
    if ((place.directory == NULL) != (place.url == NULL) || (place.url != NULL && !verify))
        return cli_usage("--output and --url go together, with --verify");
    ap_uuid_format(id, &org.value);
    ap_uuid_format(of_report, &report.value);
    (void)snprintf(most, sizeof most, "%" PRIu64, limit);
    return verify ? show("history", "queries/schedule_verify", 3, values, NULL)
                  : show("history", "queries/schedule_history", 3, values, &runs_part);
}
