#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/capture.h"
#include "auditproof/json.h"
#include "connect.h"
#include "shown.h"

enum { MAX_COLUMNS = 1600 }; /* PostgreSQL's own limit */

static struct cli_list withheld, ignored;
static const char *risk_level, *resource_type, *organization_column;
static const char *format = "text";
static bool list_only;

const struct cli_option capture_options[] = {
    {0, "exclude", "COL,...", CLI_LIST, &withheld, NULL, "columns whose values must not be recorded",
     "Columns whose values never enter an entry.\nThat they changed still does.\nMay be repeated."},
    {0, "ignore", "COL,...", CLI_LIST, &ignored, NULL, "columns whose change alone writes no entry",
     "Columns whose change alone is not worth an entry, such as a time of last use.\nMay be repeated."},
    {0, "risk", "LEVEL", CLI_CHOICE, &risk_level, "low|medium|high|critical", "risk level of the entries",
     "Risk level of the entries; low without it.\nTRUNCATE is high at least."},
    {0, "resource-type", "NAME", CLI_STRING, &resource_type, NULL, "resource type of the entries, and their prefix",
     "Resource type of the entries and first part of their action; the table's name without it."},
    {0, "org-column", "NAME", CLI_STRING, &organization_column, NULL, "column that holds the organization",
     "Column, of type uuid, that says whose row it is.\nWithout it, organization_id where there is one; else the\n"
     "entries go to the system chain."},
    {'l', "list", NULL, CLI_FLAG, &list_only, NULL, "list what is captured, attach nothing",
     "List the captured tables with their options.\nExits 1 when one of them captures less than it says."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|ndjson", "output format of --list", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

struct columns {
    char *text; /* owned: what items point into */
    const char *items[MAX_COLUMNS];
    size_t count;
};

static enum ap_status split(struct columns *out, const struct cli_list *list, struct ap_error *err)
{
    struct ap_buf buf = AP_BUF_INIT;
    char *next, *comma;

    for (size_t i = 0; i < list->count; i++) {
        ap_buf_adds(&buf, list->items[i]);
        ap_buf_addc(&buf, ',');
    }
    if (ap_buf_check(&buf, "column names", err) != AP_OK) {
        ap_buf_free(&buf);
        return err->status;
    }
    out->text = buf.data;
    for (next = buf.data; next != NULL && (comma = strchr(next, ',')) != NULL; next = comma + 1) {
        *comma = '\0';
        if (*next == '\0')
            continue;
        if (out->count == MAX_COLUMNS)
            return ap_fail(err, AP_EINPUT, "a table has %d columns at most", MAX_COLUMNS);
        out->items[out->count++] = next;
    }
    return AP_OK;
}

struct listing {
    size_t tables, in_trouble;
};

static enum ap_status print_ndjson(const struct ap_capture_table *t, struct ap_error *err)
{
    const struct {
        const char *name, *value;
    } members[] = {
        {"table", t->table},
        {"resource_type", t->resource_type},
        {"risk_level", t->risk_level},
        {"organization_column", t->organization_column[0] != '\0' ? t->organization_column : NULL},
        {"key", t->key},
        {"exclude", t->withheld},
        {"ignore", t->ignored},
        {"trouble", t->trouble[0] != '\0' ? t->trouble : NULL},
    };
    struct ap_buf line = AP_BUF_INIT;
    enum ap_status status;

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        ap_buf_adds(&line, i == 0 ? "{" : ", ");
        ap_json_string(&line, members[i].name);
        ap_buf_adds(&line, ": ");
        ap_json_string(&line, members[i].value);
    }
    ap_buf_adds(&line, "}\n");
    status = ap_buf_check(&line, "a line of output", err);
    if (status == AP_OK)
        (void)fputs(ap_buf_str(&line), stdout);
    ap_buf_free(&line);
    return status;
}

static void print_named(const char *label, const char *text)
{
    (void)fputs(label, stdout);
    cli_put(stdout, text);
}

static enum ap_status print_table(void *context, const struct ap_capture_table *t, struct ap_error *err)
{
    struct listing *listing = context;

    listing->tables++;
    if (t->trouble[0] != '\0')
        listing->in_trouble++;
    if (strcmp(format, "ndjson") == 0)
        return print_ndjson(t, err);
    print_named("", t->table);
    print_named(": as ", t->resource_type);
    print_named(", risk ", t->risk_level);
    print_named(", key ", t->key);
    print_named(t->organization_column[0] != '\0' ? ", organization from " : ", system chain", t->organization_column);
    if (t->withheld[0] != '\0')
        print_named(", without the values of ", t->withheld);
    if (t->ignored[0] != '\0') {
        print_named(", not for a change of ", t->ignored);
        (void)fputs(" alone", stdout);
    }
    (void)putchar('\n');
    if (t->trouble[0] != '\0')
        (void)printf("    %s: run 'auditmigrate capture' on it again\n", t->trouble);
    return AP_OK;
}

static int list_tables(struct ap_db *db)
{
    struct listing listing = {0, 0};
    struct ap_error err;

    if (ap_capture_list(db, print_table, &listing, &err) != AP_OK)
        return cli_fail(&err);
    if (listing.tables == 0)
        cli_say("no table is captured");
    return listing.in_trouble > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

static int attach_tables(struct ap_db *db, const struct ap_capture_options *options, int argc, char **argv)
{
    static const char *const words[] = {"is captured already, as asked", "is now captured",
                                        "is now captured with these options"};
    struct ap_error err;

    for (int i = 0; i < argc; i++) {
        enum ap_capture_outcome outcome = AP_CAPTURE_UNCHANGED;

        if (ap_capture_attach(db, argv[i], options, &outcome, &err) != AP_OK)
            return cli_fail(&err);
        cli_say("%s %s", argv[i], words[outcome]);
    }
    return EXIT_DONE;
}

static int capture_with(struct ap_db *db, int argc, char **argv)
{
    static struct columns withheld_columns, ignored_columns;
    struct ap_capture_options options;
    struct ap_error err;
    int code = EXIT_UNKNOWN;

    if (split(&withheld_columns, &withheld, &err) != AP_OK || split(&ignored_columns, &ignored, &err) != AP_OK) {
        code = cli_fail(&err);
    } else {
        options = (struct ap_capture_options){
            withheld_columns.items, withheld_columns.count, ignored_columns.items, ignored_columns.count, risk_level,
            resource_type,          organization_column};
        code = attach_tables(db, &options, argc, argv);
    }
    free(withheld_columns.text);
    free(ignored_columns.text);
    return code;
}

int capture_run(int argc, char **argv)
{
    struct ap_db *db = NULL;
    struct ap_error err;
    int code;

    if (list_only ? argc > 0 : argc == 0)
        return cli_usage("capture needs either the names of tables or --list");
    if (cli_connect(&db, "auditmigrate", false, &err) != AP_OK)
        return cli_fail(&err);
    code = list_only ? list_tables(db) : capture_with(db, argc, argv);
    ap_db_close(db);
    return code;
}

int uncapture_run(int argc, char **argv)
{
    struct ap_db *db = NULL;
    struct ap_error err;
    int code = EXIT_DONE;

    if (cli_connect(&db, "auditmigrate", false, &err) != AP_OK)
        return cli_fail(&err);
    for (int i = 0; i < argc && code == EXIT_DONE; i++) {
        bool was_attached = false;

        if (ap_capture_detach(db, argv[i], &was_attached, &err) != AP_OK)
            code = cli_fail(&err);
        else
            cli_say("%s %s", argv[i], was_attached ? "is no longer captured" : "was not captured");
    }
    ap_db_close(db);
    return code;
}
