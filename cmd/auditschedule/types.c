/* types: what there is to report. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/json.h"
#include "commands.h"
#include "reports.h"

static const char *format;

const struct cli_option types_options[] = {
    {0, "format", "FORMAT", CLI_CHOICE, &format, "table|json", "how to print it: a table on a terminal, else json",
     NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static const char *const policies[] = {[REPORT_EVIDENCE] = "every", [REPORT_DIGEST] = "latest"};
static const char *const sources[] = {
    [REPORT_OF_PLATFORM] = "platform", [REPORT_OF_ENTRIES] = "entries", [REPORT_OF_CHAIN] = "chain"};

static void put_table(struct ap_buf *out)
{
    const struct report_kind *kind;

    ap_buf_addf(out, "%-20s  %-20s  %-6s  %s\n", "TYPE", "TITLE", "MISSED", "READS");
    for (size_t i = 0; (kind = report_kind_at(i)) != NULL; i++)
        ap_buf_addf(out, "%-20s  %-20s  %-6s  %s\n", kind->name, kind->title, policies[kind->policy],
                    sources[kind->source]);
}

static void put_json(struct ap_buf *out)
{
    const struct report_kind *kind;

    for (size_t i = 0; (kind = report_kind_at(i)) != NULL; i++) {
        ap_buf_adds(out, i == 0 ? "[{\"type\":" : ",\n {\"type\":");
        ap_json_string(out, kind->name);
        ap_buf_adds(out, ",\"title\":");
        ap_json_string(out, kind->title);
        ap_buf_addf(out, ",\"missed\":\"%s\",\"reads\":\"%s\"}", policies[kind->policy], sources[kind->source]);
    }
    ap_buf_adds(out, "]\n");
}

int types_run(int argc, char **argv)
{
    bool table = format != NULL ? strcmp(format, "table") == 0 : isatty(STDOUT_FILENO) == 1;
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (table)
        put_table(&out);
    else
        put_json(&out);
    status = ap_buf_check(&out, "types of reports", &err);
    errno = 0;
    if (status == AP_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = ap_fail_errno(&err, errno, "cannot write to standard output");
    ap_buf_free(&out);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
