/* status: what may leave, what must not, and what should have. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/retention_status.h"
#include "commands.h"
#include "connect.h"
#include "metrics.h"
#include "sheet.h"

static struct cli_uuid org;
static uint64_t grace_days = AP_RETENTION_GRACE_DAYS;
static bool all;
static const char *metrics_path, *format = "text";

const struct cli_option status_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization only; the nil UUID for the system chain", NULL},
    {0, "grace", "DAYS", CLI_U64, &grace_days, NULL, "what may leave is overdue after so many days (31)",
     "Days after which what may leave and is still there is overdue; 31 by default."},
    {0, "all", NULL, CLI_FLAG, &all, NULL, "list every organization, not only the first twelve", NULL},
    {0, "metrics", "FILE", CLI_STRING, &metrics_path, NULL, "write metrics for Prometheus to FILE",
     "Write metrics to\n.Ar FILE ,\nwhich is replaced as a whole.\nSee\n.Sx METRICS ."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print it", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

enum { TOP_ROWS = 12, MAX_GRACE = 36500 };

static const struct sheet_column due_columns[] = {
    {"organization", "ORGANIZATION", SHEET_TEXT},
    {"years", "YEARS", SHEET_NUMBER},
    {"due", "DUE", SHEET_NUMBER},
    {"held", "HELD", SHEET_NUMBER},
    {"overdue", "OVERDUE", SHEET_NUMBER},
    {"due_bytes", "DUE SIZE", SHEET_BYTES},
    {"due_since", "DUE SINCE", SHEET_TEXT},
    {"next", "NEXT DUE", SHEET_TEXT},
    {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column row_columns[] = {
    {"organization", "ORGANIZATION", SHEET_TEXT},
    {"days", "DAYS", SHEET_NUMBER},
    {"due", "DUE", SHEET_NUMBER},
    {"held", "HELD", SHEET_NUMBER},
    {"overdue", "OVERDUE", SHEET_NUMBER},
    {"due_bytes", "DUE SIZE", SHEET_BYTES},
    {"due_since", "DUE SINCE", SHEET_TEXT},
    {"next", "NEXT DUE", SHEET_TEXT},
    {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column table_columns[] = {
    {"table", "TABLE", SHEET_TEXT},          {"rows", "ROWS (EST.)", SHEET_NUMBER},      {"bytes", "SIZE", SHEET_BYTES},
    {"month_rows", "30 DAYS", SHEET_NUMBER}, {"month_bytes", "THEIR SIZE", SHEET_BYTES}, {NULL, NULL, SHEET_TEXT},
};

struct sums {
    struct ap_retention_status of;
    struct ap_rows *tables;
};

static enum ap_status read_sums(struct ap_db *db, struct sums *sums, struct ap_error *err)
{
    enum ap_status status = ap_retention_status_read(&sums->of, db, org.given ? &org.value : NULL, grace_days, err);

    return status == AP_OK ? ap_db_query(db, ap_sql("queries/retention_tables"), 0, NULL, &sums->tables, err) : status;
}

static enum ap_status print_sum(const struct sheet_column *columns, const struct ap_rows *rows, struct ap_error *err)
{
    enum ap_status status = sheet_print_some(columns, rows, all ? SIZE_MAX : TOP_ROWS, err);

    if (status == AP_OK && !all && ap_rows_count(rows) > TOP_ROWS)
        (void)printf("(%zu more: --all)\n", ap_rows_count(rows) - TOP_ROWS);
    (void)putchar('\n');
    return status;
}

/* Nothing to say of a table that nothing is in. */
static enum ap_status print_metrics(const struct ap_retention_sum *metrics, struct ap_error *err)
{
    if (ap_rows_count(metrics->rows) == 0)
        return AP_OK;
    (void)printf("Of performance_analytics, %" PRId64 " rows may leave, %" PRId64 " of them for more than %" PRIu64
                 " days%s; next due: %s\n",
                 metrics->due, metrics->overdue, grace_days, metrics->overdue > 0 ? " (OVERDUE)" : "",
                 metrics->next != NULL ? metrics->next : "nothing");
    return print_sum(row_columns, metrics->rows, err);
}

static enum ap_status print_text(const struct sums *sums, struct ap_error *err)
{
    int64_t holds = sums->of.holds, reviews = sums->of.reviews;
    enum ap_status status;

    (void)printf("As of:     %s%s\n", sums->of.now,
                 sums->of.clock_behind ? " (THE CLOCK IS BEHIND THE NEWEST CHECKPOINT)" : "");
    (void)printf("Due:       %" PRId64 " may leave, %" PRId64 " of them for more than %" PRIu64 " days%s\n",
                 sums->of.entries.due, sums->of.entries.overdue, grace_days,
                 sums->of.entries.overdue > 0 ? " (OVERDUE)" : "");
    (void)printf("Held:      %" PRId64 " whose window is over, by %" PRId64 " legal hold%s%s\n", sums->of.entries.held,
                 holds, holds == 1 ? "" : "s", reviews > 0 ? " (REVIEW OVERDUE: see `auditretain hold list`)" : "");
    (void)printf("Next due:  %s\n\n", sums->of.entries.next != NULL ? sums->of.entries.next : "nothing");
    status = print_sum(due_columns, sums->of.entries.rows, err);
    if (status == AP_OK)
        status = print_metrics(&sums->of.metrics, err);
    return status == AP_OK ? sheet_print(table_columns, sums->tables, err) : status;
}

static enum ap_status print_json(const struct sums *sums, struct ap_error *err)
{
    enum ap_status status;

    (void)printf("{\"as_of\": \"%s\", \"clock_behind\": %s, \"due\": %" PRId64 ", \"held\": %" PRId64
                 ", \"overdue\": %" PRId64 ", \"next\": %s%s%s, \"holds\": %" PRId64 ", \"reviews_overdue\": %" PRId64
                 ", \"chains\": ",
                 sums->of.now, sums->of.clock_behind ? "true" : "false", sums->of.entries.due, sums->of.entries.held,
                 sums->of.entries.overdue, sums->of.entries.next != NULL ? "\"" : "",
                 sums->of.entries.next != NULL ? sums->of.entries.next : "null",
                 sums->of.entries.next != NULL ? "\"" : "", sums->of.holds, sums->of.reviews);
    status = sheet_print_json(due_columns, sums->of.entries.rows, err);
    if (status == AP_OK) {
        (void)printf(", \"performance_analytics\": ");
        status = sheet_print_json(row_columns, sums->of.metrics.rows, err);
    }
    if (status == AP_OK) {
        (void)printf(", \"tables\": ");
        status = sheet_print_json(table_columns, sums->tables, err);
    }
    (void)printf("}\n");
    return status;
}

static enum ap_status write_metrics(struct ap_db *db, const struct sums *sums, struct ap_error *err)
{
    struct metrics m;
    enum ap_status status = metrics_open(&m, metrics_path, ap_db_name(db), err);

    metrics_set(&m, RETAIN_LAST_RUN, ap_clock_now_us() / AP_US_PER_SECOND);
    metrics_set(&m, RETAIN_DUE, sums->of.entries.due);
    metrics_set(&m, RETAIN_HELD, sums->of.entries.held);
    metrics_set(&m, RETAIN_OVERDUE, sums->of.entries.overdue);
    metrics_set(&m, RETAIN_ROWS_DUE, sums->of.metrics.due);
    metrics_set(&m, RETAIN_ROWS_HELD, sums->of.metrics.held);
    metrics_set(&m, RETAIN_ROWS_OVERDUE, sums->of.metrics.overdue);
    metrics_set(&m, RETAIN_HOLDS, sums->of.holds);
    metrics_set(&m, RETAIN_REVIEWS_OVERDUE, sums->of.reviews);
    metrics_set(&m, RETAIN_CLOCK_BEHIND, sums->of.clock_behind);
    if (status == AP_OK)
        status = metrics_write(&m, metrics_path, err);
    metrics_free(&m);
    return status;
}

int status_run(int argc, char **argv)
{
    struct sums sums = {.tables = NULL};
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (grace_days > MAX_GRACE)
        return cli_usage("--grace is %d days at most", MAX_GRACE);
    status = cli_connect_snapshot(&db, "auditretain", &err);
    if (status == AP_OK)
        status = read_sums(db, &sums, &err);
    if (status == AP_OK)
        status = strcmp(format, "json") == 0 ? print_json(&sums, &err) : print_text(&sums, &err);
    if (status == AP_OK && metrics_path != NULL)
        status = write_metrics(db, &sums, &err);
    result = status != AP_OK ? cli_fail(&err) : ap_retention_is_late(&sums.of) ? EXIT_FINDINGS : EXIT_DONE;
    ap_retention_status_free(&sums.of);
    ap_rows_free(sums.tables);
    ap_db_close(db);
    return result;
}
