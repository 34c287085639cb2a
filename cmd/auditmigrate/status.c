#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "auditproof/schema.h"
#include "connect.h"
#include "sheet.h"
#include "shown.h"

enum { TOP_ROWS = 12 };

static bool all, exact;
static const char *format = "text";

const struct cli_option status_options[] = {
    {0, "all", NULL, CLI_FLAG, &all, NULL, "list every chain and index, not only the first twelve", NULL},
    {0, "exact", NULL, CLI_FLAG, &exact, NULL, "count unchained rows instead of estimating: reads both tables", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print it", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

struct section {
    const char *name;  /* JSON member */
    const char *title; /* NULL for one that only JSON has as a list */
    const char *query;
    const struct sheet_column *columns;
};

static const struct sheet_column version_columns[] = {
    {"number", "NUMBER", SHEET_NUMBER}, {"name", "NAME", SHEET_TEXT},     {"sha256", "SHA-256", SHEET_TEXT},
    {"version", "VERSION", SHEET_TEXT}, {"applied_by", "BY", SHEET_TEXT}, {"applied_at", "AT", SHEET_TEXT},
    {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column table_columns[] = {
    {"name", "TABLE", SHEET_TEXT},
    {"rows", "ROWS (EST.)", SHEET_NUMBER},
    {"total_bytes", "TOTAL", SHEET_BYTES},
    {"table_bytes", "ROWS", SHEET_BYTES},
    {"index_bytes", "INDEXES", SHEET_BYTES},
    {"partitions", "PARTITIONS", SHEET_NUMBER},
    {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column index_columns[] = {
    {"name", "INDEX", SHEET_TEXT},  {"table", "TABLE", SHEET_TEXT},   {"scans", "SCANS", SHEET_NUMBER},
    {"bytes", "SIZE", SHEET_BYTES}, {"unused", "UNUSED", SHEET_FLAG}, {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column chain_columns[] = {
    {"chain", "CHAIN", SHEET_TEXT},     {"entries", "ENTRIES", SHEET_NUMBER},
    {"last_24h", "24 H", SHEET_NUMBER}, {"last_7d", "7 D", SHEET_NUMBER},
    {"last_30d", "30 D", SHEET_NUMBER}, {"last_at", "LAST ENTRY", SHEET_TEXT},
    {"head", "HEAD", SHEET_TEXT},       {NULL, NULL, SHEET_TEXT},
};

static const struct sheet_column stray_columns[] = {
    {"table", "TABLE", SHEET_TEXT},
    {"partition", "PARTITION", SHEET_TEXT},
    {"waiting", "WAITING FOR THEIR MONTH", SHEET_NUMBER},
    {"outside", "WITHOUT A MONTH", SHEET_NUMBER},
    {NULL, NULL, SHEET_TEXT},
};

static const struct section sections[] = {
    {"migrations", "Installed", "queries/migrations", version_columns},
    {"tables", "Tables", "queries/status_tables", table_columns},
    {"default_partitions", "Rows in DEFAULT partitions", "queries/status_strays", stray_columns},
    {"indexes", "Index use since the statistics were reset, unused ones first", "queries/status_indexes",
     index_columns},
    {"chains", "Longest chains", "queries/status_chains", chain_columns},
};

static bool is_json(void)
{
    return strcmp(format, "json") == 0;
}

static enum ap_status print_section(struct ap_db *db, const struct section *section, struct ap_error *err)
{
    char limit[16];
    const char *values[] = {all ? NULL : limit};
    bool limited = section->columns == chain_columns || section->columns == index_columns;
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(limit, sizeof limit, "%d", TOP_ROWS);
    status = ap_db_query(db, ap_sql(section->query), limited ? 1 : 0, values, &rows, err);
    if (status != AP_OK)
        return ap_error_prefix(err, "%s", section->query);
    if (is_json()) {
        (void)printf(",\n  \"%s\": ", section->name);
        status = sheet_print_json(section->columns, rows, err);
    } else if (section->columns != stray_columns || ap_rows_count(rows) > 0) {
        (void)printf("\n%s\n", section->title);
        status = sheet_print(section->columns, rows, err);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status read_totals(struct ap_db *db, struct status_totals *totals, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/status_totals"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    totals->chains = ap_rows_int(rows, 0, 0);
    totals->entries = ap_rows_int(rows, 0, 1);
    totals->purged = ap_rows_int(rows, 0, 2);
    totals->rows_known = ap_rows_text(rows, 0, 3) != NULL;
    totals->rows = ap_rows_int(rows, 0, 3);
    ap_rows_free(rows);
    if (!exact)
        return AP_OK;
    status = ap_db_query(db, ap_sql("queries/status_unchained"), 0, NULL, &rows, err);
    if (status != AP_OK)
        return status;
    totals->exact = totals->rows_known = true;
    totals->unchained = ap_rows_int(rows, 0, 0);
    totals->rows = ap_rows_int(rows, 0, 1);
    ap_rows_free(rows);
    return AP_OK;
}

static void print_totals(const struct status_totals *t)
{
    if (is_json()) {
        (void)printf(",\n  \"totals\": {\"chains\": %" PRId64 ", \"entries\": %" PRId64 ", \"exact\": %s, ", t->chains,
                     t->entries, t->exact ? "true" : "false");
        if (t->rows_known)
            (void)printf("\"rows\": %" PRId64 ", \"unchained\": %" PRId64 "}", t->rows, status_unchained(t));
        else
            (void)printf("\"rows\": null, \"unchained\": null}");
        return;
    }
    (void)printf("\nEntries\n%" PRId64 " in %" PRId64 " chain%s", t->entries, t->chains, t->chains == 1 ? "" : "s");
    if (t->rows_known)
        (void)printf("; audit_logs has %s%" PRId64 " rows, %s%" PRId64 " of them unchained.\n",
                     t->exact ? "" : "about ", t->rows, t->exact ? "" : "about ", status_unchained(t));
    else
        (void)printf("; how many rows audit_logs has is not known: its statistics are missing or out of date (--exact "
                     "counts).\n");
}

static enum ap_status print_all(struct ap_db *db, struct ap_error *err)
{
    struct status_totals totals = {0, 0, 0, 0, 0, false, false};
    struct ap_rows *rows = NULL;
    bool installed;
    enum ap_status status = ap_db_query(db, ap_sql("queries/schema_state"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    installed = ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    if (is_json()) {
        (void)printf("{\"version\": \"%s\", \"installed\": %s", ap_version(), installed ? "true" : "false");
    } else {
        (void)printf("auditproof %s, database \"", ap_version());
        cli_put(stdout, ap_db_name(db));
        (void)printf("\"%s\n", installed ? "" : ": not installed");
    }
    for (size_t i = 0; status == AP_OK && installed && i < sizeof sections / sizeof sections[0]; i++)
        status = print_section(db, &sections[i], err);
    if (status == AP_OK && installed)
        status = read_totals(db, &totals, err);
    if (status == AP_OK && installed)
        print_totals(&totals);
    if (status == AP_OK)
        status = advice_print(db, installed ? &totals : NULL, is_json(), err);
    if (status == AP_OK && is_json())
        (void)printf("}\n");
    return status;
}

int status_run(int argc, char **argv)
{
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    status = cli_connect_snapshot(&db, "auditmigrate", &err);
    if (status == AP_OK)
        status = print_all(db, &err);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
