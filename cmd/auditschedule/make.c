/* make: one report, now, into a file or to standard output. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "commands.h"
#include "connect.h"
#include "evidence.h"
#include "receipt.h"
#include "reports.h"
#include "settle.h"

static struct cli_uuid org;
static int64_t since_us = AP_TIME_MINUS_INFINITY, until_us = AP_TIME_INFINITY;
static const char *format = "json", *name, *output;
static bool receipt;

const struct cli_option make_options[] = {
    {0, "org", "UUID", CLI_UUID, &org, NULL, "of this organization", NULL},
    {0, "since", "TIME", CLI_TIME, &since_us, NULL, "of what was created then or later", NULL},
    {0, "until", "TIME", CLI_TIME, &until_us, NULL, "of what was created before then", NULL},
    {0, "format", "FORMAT", CLI_CHOICE, &format, "json|csv|pdf", "json (the default), csv or pdf", NULL},
    {0, "name", "TEXT", CLI_STRING, &name, NULL, "the report's name, for the title page", NULL},
    {'o', "output", "FILE", CLI_STRING, &output, NULL, "into this file, instead of to standard output", NULL},
    {0, "receipt", NULL, CLI_FLAG, &receipt, NULL, "say on standard output, as JSON, what became of it",
     "With\n.Fl -output :\nsay on standard output, as a JSON object, what became of it:\n.Li verdict ,\nand of a "
     "bundle "
     "beside it\n.Li bundle_sha256 ."},
    EVIDENCE_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status write_pdf(struct ap_buf *out, const struct report_kind *kind, const struct making *making,
                                struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE], since[AP_TIME_TEXT_SIZE], until[AP_TIME_TEXT_SIZE], now[AP_TIME_TEXT_SIZE];
    char foot[256];
    const struct ap_pdf_fact facts[] = {
        {"Organization", id},
        {"From", since},
        {"Before", until},
        {"Made", now},
        {"Database", ap_db_name(making->db)},
        {"Read as", making->access.role},
    };
    const struct ap_pdf_title title = {
        .title = kind->title,
        .name = name,
        .facts = facts,
        .fact_count = sizeof facts / sizeof facts[0],
        .verdict = making->verdict,
        .verdict_word = making->word,
        .verdict_text = making->verdict_text,
        .foot = foot,
        .time_us = making->now_us,
    };

    ap_uuid_format(id, &making->org);
    ap_time_format(since, making->since_us);
    ap_time_format(until, making->until_us);
    ap_time_format(now, making->now_us - making->now_us % AP_US_PER_SECOND);
    (void)snprintf(foot, sizeof foot, "%s, organization %.8s, from %.10s, before %.10s", kind->title, id, since, until);
    return ap_pdf_write(out, making->answer, &title, err);
}

static enum ap_status write_answer(struct ap_buf *out, const struct report_kind *kind, const struct making *making,
                                   struct ap_error *err)
{
    const struct ap_query_head head = {.program = "auditschedule",
                                       .version = ap_version(),
                                       .database = ap_db_name(making->db),
                                       .role = making->access.role,
                                       .command = kind->name,
                                       .now_us = making->now_us,
                                       .has_org = true,
                                       .org = making->org};
    const struct ap_query_look look = {.width = 0};
    bool csv = strcmp(format, "csv") == 0;
    /* Where nothing happened there is only the part that says so. */
    bool only = csv && kind->csv_part != NULL && ap_answer_has(making->answer, kind->csv_part);

    return ap_answer_print(out, csv && making->sheet != NULL ? making->sheet : making->answer, format,
                           only ? kind->csv_part : NULL, &head, &look, err);
}

static enum ap_status print(const struct ap_buf *out, struct ap_error *err)
{
    errno = 0;
    return fwrite(out->data, 1, out->len, stdout) == out->len
               ? AP_OK
               : ap_fail_errno(err, errno, "cannot write to standard output");
}

static enum ap_status put(const struct ap_buf *out, const struct making *making, struct ap_error *err)
{
    struct ap_buf told = AP_BUF_INIT;
    enum ap_status status;

    if (output == NULL)
        return print(out, err);
    status = ap_file_replace_private(output, out->data, out->len, err);
    if (status != AP_OK || !receipt)
        return status;
    receipt_put(&told, making);
    status = ap_buf_check(&told, "a receipt", err);
    if (status == AP_OK)
        status = print(&told, err);
    ap_buf_free(&told);
    return status;
}

/* What is read is read in one snapshot, when what was being written is there. */
static enum ap_status build(const struct report_kind *kind, struct making *making, struct ap_error *err)
{
    struct settled settled;
    enum ap_status status;

    memset(&settled, 0, sizeof settled);
    if (kind->source == REPORT_OF_CHAIN)
        return kind->build(making, err);
    status = settle_transactions(&settled, making, err);
    if (status == AP_OK && kind->source == REPORT_OF_ENTRIES)
        status = ap_query_access(&making->access, making->db, err);
    if (status == AP_OK)
        status = ap_db_exec(making->db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = kind->build(making, err);
    if (status == AP_OK)
        settle_remark(&settled, making->answer);
    return status;
}

/* One that has no verdict of its own says that it is all there, as far as its remarks do. */
static void complete(struct making *making)
{
    const char *remark = ap_answer_remark_at(making->answer, 0);

    if (making->word[0] != '\0')
        return;
    (void)snprintf(making->word, sizeof making->word, "complete");
    (void)snprintf(making->verdict_text, sizeof making->verdict_text, "%s",
                   remark == NULL ? "Made of all that there was of the period."
                                  : "Made of all that there was of the period. See the remarks at its end.");
}

static enum ap_status make(const struct report_kind *kind, struct making *making, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status = cli_connect(&making->db, "auditschedule", kind->source != REPORT_OF_CHAIN, err);

    if (status == AP_OK)
        (void)snprintf(making->access.role, sizeof making->access.role, "%s", ap_db_user(making->db));
    if (status == AP_OK)
        status = build(kind, making, err);
    if (status == AP_OK)
        complete(making);
    if (status == AP_OK)
        status = ap_answer_check(making->answer, err);
    if (status == AP_OK)
        status =
            strcmp(format, "pdf") == 0 ? write_pdf(&out, kind, making, err) : write_answer(&out, kind, making, err);
    if (status == AP_OK)
        status = put(&out, making, err);
    ap_buf_free(&out);
    return status;
}

int make_run(int argc, char **argv)
{
    const struct report_kind *kind = report_kind(argv[0]);
    struct making making = {
        .org = org.value, .since_us = since_us, .until_us = until_us, .now_us = ap_clock_now_us(), .output = output};
    const char *wrong = evidence_wrong();
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    if (kind == NULL)
        return cli_usage("\"%s\" is no type of report: `auditschedule types` shows them", argv[0]);
    if (wrong != NULL)
        return cli_usage("%s", wrong);
    if (receipt && output == NULL)
        return cli_usage("--receipt needs --output");
    if (since_us >= until_us) {
        cli_error("a report is of a period: there is nothing between --since and --until");
        return EXIT_USAGE;
    }
    if (!org.given || since_us == AP_TIME_MINUS_INFINITY || until_us == AP_TIME_INFINITY)
        return cli_usage("a report is of an organization and a period: --org, --since and --until");
    making.on_paper = strcmp(format, "pdf") == 0;
    making.in_csv = strcmp(format, "csv") == 0;
    status = make(kind, &making, &err);
    if (making.risk != NULL)
        ap_risk_answer_free(making.risk);
    else
        ap_answer_free(making.answer);
    ap_answer_free(making.sheet);
    ap_db_close(making.db);
    /* A report beyond what one can hold is as hopeless as wrong arguments. */
    if (status == AP_ELIMIT)
        err.status = AP_EINPUT;
    return status != AP_OK ? cli_fail(&err) : making.verdict == AP_PDF_BAD ? EXIT_FINDINGS : EXIT_DONE;
}
