#include "commands.h"

#include <string.h>

#include "auditproof/schema.h"
#include "connect.h"
#include "findings.h"

static const char *format = "text";
static bool audit_only;

const struct cli_option check_options[] = {
    {0, "format", "FORMAT", CLI_CHOICE, &format, "text|json|ndjson", "how to print what was found", NULL},
    {0, "audit-only", NULL, CLI_FLAG, &audit_only, NULL, "leave out the platform's tables other than audit_logs", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum findings_format format_of(const char *name)
{
    return strcmp(name, "json") == 0 ? FINDINGS_JSON : strcmp(name, "ndjson") == 0 ? FINDINGS_NDJSON : FINDINGS_TEXT;
}

int check_run(int argc, char **argv)
{
    const struct ap_schema_check_options options = {audit_only};
    struct finding_printer printer = {format_of(format), 0, 0, AP_BUF_INIT};
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    status = cli_connect_snapshot(&db, "auditmigrate", &err);
    if (status == AP_OK)
        status = ap_schema_check(db, &options, findings_print, &printer, &err);
    ap_db_close(db);
    findings_finish(&printer, status == AP_OK ? NULL : &err);
    if (status != AP_OK)
        return cli_fail(&err);
    return printer.findings == 0 ? EXIT_DONE : EXIT_FINDINGS;
}
