/* policy: how long what is kept. */
#include <stdio.h>
#include <string.h>

#include "auditproof/retain.h"
#include "commands.h"
#include "connect.h"
#include "sheet.h"

static struct cli_uuid org;
static bool all;
static const char *format = "text";

const struct cli_option policy_apply_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "as this organization's own, which may keep more than the platform's",
     NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option policy_list_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "only the platform's, and those of this organization", NULL},
    {0, "all", NULL, CLI_FLAG, &all, NULL, "earlier versions, too", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print them", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Columns of queries/policy_list. */
static const struct sheet_column columns[] = {
    {"organization", "ORGANIZATION", SHEET_TEXT},
    {"table", "TABLE", SHEET_TEXT},
    {"class", "CLASS", SHEET_TEXT},
    {"period", "PERIOD", SHEET_TEXT},
    {"version", "VERSION", SHEET_NUMBER},
    {"basis", "BASIS", SHEET_TEXT},
    {"jurisdiction", "JURISDICTION", SHEET_TEXT},
    {"approver", "APPROVER", SHEET_TEXT},
    {"set_by", "SET BY", SHEET_TEXT},
    {"set_at", "SET AT", SHEET_TEXT},
    {"in_force", "IN FORCE", SHEET_FLAG},
    {NULL, NULL, SHEET_TEXT},
};

static enum ap_status list(struct ap_db *db, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[] = {org.given ? chain : NULL, all ? "true" : "false"};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &org.value);
    status = ap_db_query(db, ap_sql("queries/policy_list"), 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    if (strcmp(format, "json") == 0) {
        status = sheet_print_json(columns, rows, err);
        (void)putchar('\n');
    } else {
        status = sheet_print(columns, rows, err);
    }
    ap_rows_free(rows);
    return status;
}

int policy_list_run(int argc, char **argv)
{
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = list(db, &err);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

static void print_policy(void *context, const struct ap_retention_policy *policy, const char *entry)
{
    (void)context;
    if (entry == NULL)
        (void)printf("%s: %s, version %u, as it is\n", policy->table, policy->period, (unsigned)policy->version);
    else
        (void)printf("%s: %s, version %u, from now on (entry %s)\n", policy->table, policy->period,
                     (unsigned)policy->version, entry);
}

int policy_apply_run(int argc, char **argv)
{
    struct ap_retention_file *file = NULL;
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status = ap_retention_read(&file, argv[0], &err);

    (void)argc;
    if (status == AP_OK)
        status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = ap_retention_apply(db, file, &org.value, print_policy, NULL, &err);
    ap_db_close(db);
    ap_retention_free(file);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
