#include "commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "auditproof/schema.h"
#include "connect.h"
#include "findings.h"

static bool dry_run;
static bool partitioned;
static uint64_t lock_timeout_ms = 1000;
static uint64_t attempts = 30;

const struct cli_option install_options[] = {
    {0, "dry-run", NULL, CLI_FLAG, &dry_run, NULL, "print the SQL instead of running it; connects to nothing",
     "Print the SQL that would be run, without connecting: one transaction, pre-checks included.\nPasted into a "
     "hosted\n"
     "platform's SQL editor it installs the same, and running it again changes nothing."},
    {0, "partitioned", NULL, CLI_FLAG, &partitioned, NULL, "audit_logs and performance_analytics by month",
     "Partition audit_logs and performance_analytics by month of created_at, where they are empty: a new database, "
     "that "
     "is.\n"
     "Tables with rows are moved by auditmigrate partition."},
    {0, "lock-timeout", "MS", CLI_U64, &lock_timeout_ms, NULL, "wait this long for a busy table before letting go",
     "How many milliseconds to wait for a lock on a busy table.\nThe application queues behind this wait, so it "
     "should\n"
     "be short; when it passes, everything is rolled back and tried again a little later."},
    {0, "attempts", "N", CLI_U64, &attempts, NULL, "give up after so many tries", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void on_event(void *context, enum ap_schema_event event, const char *text)
{
    (void)context;
    switch (event) {
    case AP_SCHEMA_REMARK:
        cli_say("%s", text);
        break;
    case AP_SCHEMA_PROBLEM:
        cli_error("%s", text);
        break;
    case AP_SCHEMA_CREATED:
        cli_say("created %s", text);
        break;
    case AP_SCHEMA_CHANGED:
        cli_say("changed %s", text);
        break;
    case AP_SCHEMA_REMOVED:
        cli_say("removed %s", text);
        break;
    case AP_SCHEMA_KEPT:
        cli_say("kept %s", text);
        break;
    }
}

static int print_script(void)
{
    struct ap_buf script = AP_BUF_INIT;
    struct ap_error err;
    enum ap_status status = ap_schema_script(&script, partitioned, &err);

    if (status == AP_OK)
        (void)fputs(ap_buf_str(&script), stdout);
    ap_buf_free(&script);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

static void print_summary(const struct ap_schema_summary *s)
{
    (void)printf(
        "auditproof %s is installed: %u tables, %u view%s, %u indexes, %u policies, %u triggers, %u functions, "
        "%u roles.\n",
        ap_version(), s->tables, s->views, s->views == 1 ? "" : "s", s->indexes, s->policies, s->triggers, s->functions,
        s->roles);
    if (!s->changed)
        (void)printf("Nothing changed.\n");
}

int install_run(int argc, char **argv)
{
    const struct ap_schema_install_options options = {(unsigned)lock_timeout_ms, (unsigned)attempts, partitioned,
                                                      on_event, NULL};
    const struct ap_schema_check_options everything = {false};
    struct ap_schema_summary summary;
    struct finding_printer printer = {FINDINGS_TEXT, 0, 0, AP_BUF_INIT};
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (dry_run)
        return print_script();
    if (lock_timeout_ms > 3600000 || attempts > 100000)
        return cli_usage("--lock-timeout is 3600000 at most, and --attempts 100000");
    status = cli_connect(&db, "auditmigrate", true, &err);
    if (status == AP_OK)
        status = ap_schema_install(db, &options, &summary, &err);
    if (status == AP_OK) {
        print_summary(&summary);
        /* The installer's word is not enough: what stands in the database now is compared with what should. */
        status = ap_schema_check(db, &everything, findings_print, &printer, &err);
    }
    ap_db_close(db);
    if (status != AP_OK)
        return cli_fail(&err);
    findings_finish(&printer, NULL);
    return printer.findings == 0 ? EXIT_DONE : EXIT_FINDINGS;
}
