/* hold: what must not leave, whatever its age. */
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/retain.h"
#include "commands.h"
#include "connect.h"
#include "sheet.h"
#include "shown.h"

static struct cli_uuid org, resource;
static bool everything, all;
static const char *actor, *resource_type, *action, *matter, *custodian, *reason, *format = "text";
static int64_t from_us = AP_TIME_MINUS_INFINITY, until_us = AP_TIME_INFINITY, review_us = AP_TIME_INFINITY;

const struct cli_option hold_add_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "entries of this organization",
     "Entries of this organization; the nil UUID for those of none.\nWithout it, of every organization."},
    {0, "actor", "UUID|EMAIL", CLI_STRING, &actor, NULL, "entries that this account or person made",
     "Entries that this account made; or whoever has this e-mail address, with the accounts that have used it so far."},
    {0, "resource-type", "TYPE", CLI_STRING, &resource_type, NULL, "entries about resources of this type", NULL},
    {0, "resource", "UUID", CLI_UUID, &resource, NULL, "entries about this resource", NULL},
    {0, "action", "PATTERN", CLI_STRING, &action, NULL, "entries of such actions; * is any text, ? any character",
     "Entries of such actions, in any case of letters.\n* stands for any text and ? for a character."},
    {0, "from", "TIME", CLI_TIME, &from_us, NULL, "entries from this time on",
     "Entries from this time on, by what their writer claims or by when they were chained."},
    {0, "until", "TIME", CLI_TIME, &until_us, NULL, "entries before this time", NULL},
    {0, "everything", NULL, CLI_FLAG, &everything, NULL, "all entries of all organizations", NULL},
    {0, "matter", "TEXT", CLI_STRING, &matter, NULL, "what the hold is about: a case, an investigation",
     "What the hold is about: a case, an investigation.\nRefusals show it to whoever is refused."},
    {0, "custodian", "TEXT", CLI_STRING, &custodian, NULL, "who looks after it", NULL},
    {0, "reason", "TEXT", CLI_STRING, &reason, NULL, "why it is placed", NULL},
    {0, "review", "DATE", CLI_TIME, &review_us, NULL, "when somebody must look whether it is still needed", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option hold_release_options[] = {
    {0, "reason", "TEXT", CLI_STRING, &reason, NULL, "why it is released", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option hold_list_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "only those that could cover something of this organization", NULL},
    {0, "all", NULL, CLI_FLAG, &all, NULL, "those that have been released, too", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json", "how to print them", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Columns of queries/hold_list. */
enum {
    HOLD_ID,
    HOLD_ORG,
    HOLD_ACTOR,
    HOLD_RESOURCE_TYPE,
    HOLD_RESOURCE,
    HOLD_ACTION,
    HOLD_FROM,
    HOLD_UNTIL,
    HOLD_MATTER,
    HOLD_CUSTODIAN,
    HOLD_REASON,
    HOLD_REVIEW,
    HOLD_PLACED_BY,
    HOLD_PLACED_AT,
    HOLD_RELEASED_BY,
    HOLD_IN_FORCE,
    HOLD_OVERDUE,
};

static const struct sheet_column columns[] = {
    {"hold", "", SHEET_TEXT},          {"organization", "", SHEET_TEXT}, {"actor", "", SHEET_TEXT},
    {"resource_type", "", SHEET_TEXT}, {"resource", "", SHEET_TEXT},     {"action", "", SHEET_TEXT},
    {"from", "", SHEET_TEXT},          {"until", "", SHEET_TEXT},        {"matter", "", SHEET_TEXT},
    {"custodian", "", SHEET_TEXT},     {"reason", "", SHEET_TEXT},       {"review", "", SHEET_TEXT},
    {"placed_by", "", SHEET_TEXT},     {"placed_at", "", SHEET_TEXT},    {"released_by", "", SHEET_TEXT},
    {"in_force", "", SHEET_FLAG},      {"overdue", "", SHEET_FLAG},      {NULL, NULL, SHEET_TEXT},
};

static void put_line(const char *label, const struct ap_rows *rows, size_t row, int column, const char *rest)
{
    if (ap_rows_text(rows, row, column) == NULL)
        return;
    (void)printf("  %-15s", label);
    cli_put(stdout, ap_rows_str(rows, row, column));
    (void)printf("%s\n", rest);
}

static void put_hold(const struct ap_rows *rows, size_t row)
{
    bool in_force = ap_rows_bool(rows, row, HOLD_IN_FORCE);

    (void)printf("%s %s\n", ap_rows_str(rows, row, HOLD_ID),
                 !in_force                                           ? "RELEASED"
                 : ap_rows_text(rows, row, HOLD_RELEASED_BY) != NULL ? "in force, released by one of two"
                                                                     : "in force");
    put_line("Matter:", rows, row, HOLD_MATTER, "");
    if (ap_rows_text(rows, row, HOLD_ORG) == NULL)
        (void)printf("  %-15severy one\n", "Organization:");
    put_line("Organization:", rows, row, HOLD_ORG, "");
    put_line("Actor:", rows, row, HOLD_ACTOR, "");
    put_line("Resource type:", rows, row, HOLD_RESOURCE_TYPE, "");
    put_line("Resource:", rows, row, HOLD_RESOURCE, "");
    put_line("Action:", rows, row, HOLD_ACTION, "");
    put_line("From:", rows, row, HOLD_FROM, "");
    put_line("Until:", rows, row, HOLD_UNTIL, "");
    put_line("Custodian:", rows, row, HOLD_CUSTODIAN, "");
    put_line("Reason:", rows, row, HOLD_REASON, "");
    put_line("Placed:", rows, row, HOLD_PLACED_AT, "");
    put_line("Placed by:", rows, row, HOLD_PLACED_BY, "");
    put_line("Released by:", rows, row, HOLD_RELEASED_BY, "");
    put_line("Review:", rows, row, HOLD_REVIEW, ap_rows_bool(rows, row, HOLD_OVERDUE) ? " (OVERDUE)" : "");
}

static enum ap_status list(struct ap_db *db, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *values[] = {org.given ? chain : NULL, all ? "true" : "false"};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    ap_uuid_format(chain, &org.value);
    status = ap_db_query(db, ap_sql("queries/hold_list"), 2, values, &rows, err);
    if (status == AP_OK && strcmp(format, "json") == 0) {
        status = sheet_print_json(columns, rows, err);
        (void)putchar('\n');
    } else if (status == AP_OK && ap_rows_count(rows) == 0) {
        (void)printf("No legal hold is in force.\n");
    }
    for (size_t i = 0; status == AP_OK && strcmp(format, "text") == 0 && i < ap_rows_count(rows); i++)
        put_hold(rows, i);
    ap_rows_free(rows);
    return status;
}

int hold_list_run(int argc, char **argv)
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

static bool is_narrowed(void)
{
    return org.given || actor != NULL || resource.given || resource_type != NULL || action != NULL ||
           from_us != AP_TIME_MINUS_INFINITY || until_us != AP_TIME_INFINITY;
}

int hold_add_run(int argc, char **argv)
{
    struct ap_hold hold = {.chain = org.given ? &org.value : NULL,
                           .actor = actor,
                           .resource_type = resource_type,
                           .resource_id = resource.given ? &resource.value : NULL,
                           .action = action,
                           .from_us = from_us,
                           .until_us = until_us,
                           .matter = matter,
                           .custodian = custodian,
                           .reason = reason,
                           .review_us = review_us};
    char text[AP_UUID_TEXT_SIZE];
    struct ap_db *db = NULL;
    struct ap_error err;
    struct ap_uuid id;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (matter == NULL || custodian == NULL || reason == NULL || review_us == AP_TIME_INFINITY)
        return cli_usage("a hold needs --matter, --custodian, --reason and --review");
    if (is_narrowed() == everything)
        return cli_usage(everything
                             ? "--everything excludes what narrows a hold"
                             : "say what is held: --org, --actor, --resource, --resource-type, --action, --from, "
                               "--until, or --everything");
    status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = ap_hold_place(db, &hold, &id, &err);
    if (status == AP_OK) {
        ap_uuid_format(text, &id);
        (void)printf("%s\n", text);
        cli_say("the hold is in force, until two logins have released it");
    }
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int hold_release_run(int argc, char **argv)
{
    struct ap_db *db = NULL;
    struct ap_error err;
    struct ap_uuid id;
    bool in_force = false;
    enum ap_status status;

    (void)argc;
    if (!ap_uuid_parse(&id, argv[0]))
        return cli_usage("a hold is named by its UUID, not \"%s\"", argv[0]);
    if (reason == NULL)
        return cli_usage("hold release needs --reason");
    status = cli_connect(&db, "auditretain", true, &err);
    if (status == AP_OK)
        status = ap_hold_release(db, &id, reason, &in_force, &err);
    if (status == AP_OK)
        (void)printf(in_force ? "Hold %s stays in force until somebody else releases it, too.\n"
                              : "Hold %s is released.\n",
                     argv[0]);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
