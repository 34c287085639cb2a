#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "connect.h"
#include "sheet.h"

static const char *grant_role, *revoke_role, *login;
static const char *format = "text";

const struct cli_option roles_options[] = {
    {0, "grant", "ROLE", CLI_STRING, &grant_role, NULL, "give this role of auditproof's to the login of --to", NULL},
    {0, "revoke", "ROLE", CLI_STRING, &revoke_role, NULL, "take it from the login of --to", NULL},
    {0, "to", "LOGIN", CLI_STRING, &login, NULL, "whose it becomes, or was", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print the list", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const struct sheet_column columns[] = {
    {"role", "ROLE", SHEET_TEXT},       {"there", "THERE", SHEET_FLAG}, {"may", "MAY", SHEET_TEXT},
    {"members", "MEMBERS", SHEET_TEXT}, {NULL, NULL, SHEET_TEXT},
};

static enum ap_status list(struct ap_db *db, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/roles"), 0, NULL, &rows, err);

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

/* Columns of queries/role_change. */
enum { CHANGE_STATEMENT, CHANGE_REFUSAL, CHANGE_WARNING, CHANGE_CHANGES };

static enum ap_status change(struct ap_db *db, struct ap_error *err)
{
    const char *values[] = {grant_role != NULL ? grant_role : revoke_role, login,
                            grant_role != NULL ? "grant" : "revoke"};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/role_change"), 3, values, &rows, err);

    if (status != AP_OK)
        return status;
    if (ap_rows_text(rows, 0, CHANGE_REFUSAL) != NULL) {
        status = ap_fail(err, AP_EINPUT, "%s", ap_rows_str(rows, 0, CHANGE_REFUSAL));
    } else if (!ap_rows_bool(rows, 0, CHANGE_CHANGES)) {
        cli_say("nothing to do: \"%s\" %s %s", login, grant_role != NULL ? "has" : "does not have", values[0]);
    } else {
        if (ap_rows_text(rows, 0, CHANGE_WARNING) != NULL)
            cli_warn("%s", ap_rows_str(rows, 0, CHANGE_WARNING));
        status = ap_db_exec(db, ap_rows_str(rows, 0, CHANGE_STATEMENT), err);
        if (status == AP_OK)
            cli_say("%s", ap_rows_str(rows, 0, CHANGE_STATEMENT));
    }
    ap_rows_free(rows);
    return status;
}

int roles_run(int argc, char **argv)
{
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (grant_role != NULL && revoke_role != NULL)
        return cli_usage("--grant and --revoke exclude each other");
    if ((grant_role != NULL || revoke_role != NULL) != (login != NULL))
        return cli_usage("--grant and --revoke go with --to");
    status = cli_connect(&db, "auditmigrate", true, &err);
    if (status == AP_OK)
        status = login != NULL ? change(db, &err) : list(db, &err);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
