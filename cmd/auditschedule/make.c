/* make: one report, now, into a file or to standard output. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "auditproof/file.h"
#include "columns.h"
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
    bool named = making->org_name != NULL;
    const struct ap_pdf_fact facts[] = {
        {"Organization", making->org_name},
        {named ? "Its id" : "Organization", id},
        {"From", since},
        {"Before", until},
        {"Made", now},
        {"Database", ap_db_name(making->db)},
        {"Read as", making->access.role},
    };
    const struct ap_pdf_title title = {
        .title = kind->title,
        .name = name,
        .facts = named ? facts : facts + 1,
        .fact_count = sizeof facts / sizeof facts[0] - !named,
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

/* A record of the table's many fields, of which the first says what the second is. */
static void add_record(struct ap_buf *out, size_t fields, const char *what, const char *text)
{
    ap_csv_put(out, what);
    ap_csv_put(out, text);
    for (size_t field = 2; field < fields; field++)
        ap_csv_put(out, NULL);
    ap_csv_end(out);
}

/* Is the remark of a part that the table is not? */
static bool is_of_other(const struct making *making, const char *part, const char *remark)
{
    char of[32];
    size_t len = strcspn(remark, ":");

    if (len >= sizeof of || remark[len] != ':')
        return false;
    (void)snprintf(of, sizeof of, "%.*s", (int)len, remark);
    return (part == NULL || strcmp(of, part) != 0) && ap_answer_has(making->answer, of);
}

/* A table has no place but its last records for what is to be said of it. */
static void add_records(struct ap_buf *out, const struct report_kind *kind, const struct making *making)
{
    char verdict[REPORT_WORD_SIZE + 1];
    const char *remark;
    size_t fields = 1;

    for (const char *heading = ap_buf_str(out); *heading != '\0' && *heading != '\n'; heading++)
        fields += *heading == ',';
    (void)snprintf(verdict, sizeof verdict, "#%s", making->word);
    if (making->verdict != AP_PDF_NO_VERDICT && making->verdict != AP_PDF_GOOD)
        add_record(out, fields, verdict, making->verdict_text);
    for (size_t i = 0; (remark = ap_answer_remark_at(making->answer, i)) != NULL; i++)
        if (!is_of_other(making, kind->csv_part, remark))
            add_record(out, fields, "#remark", remark);
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
    enum ap_status status = ap_answer_print(out, csv && making->sheet != NULL ? making->sheet : making->answer, format,
                                            only ? kind->csv_part : NULL, &head, &look, err);

    if (status == AP_OK && csv && making->sheet == NULL)
        add_records(out, kind, making);
    return status == AP_OK ? ap_buf_check(out, "a report", err) : status;
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

/* What is there, and not by policies that hide it, must be seen to be told of. */
static enum ap_status must_see_all(struct making *making, struct ap_error *err)
{
    enum ap_status status = ap_query_access(&making->access, making->db, err);

    if (status != AP_OK || (!making->access.row_security && making->access.chain))
        return status;
    return ap_fail(err, AP_ESTATE, "%s may not read the chains: this report is made as auditproof_auditor",
                   making->access.role);
}

/* A report of nobody must not pass for one of somebody of whom there is nothing. */
static enum ap_status remark_unknown(struct making *making, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *values[] = {id};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    /* One that has a name is there. */
    if (making->org_name != NULL)
        return AP_OK;
    ap_uuid_format(id, &making->org);
    status = ap_db_query(making->db, ap_sql("queries/schedule_known"), 1, values, &rows, err);
    if (status == AP_OK && !ap_rows_bool(rows, 0, 0))
        ap_answer_remark(making->answer,
                         "Nothing was ever recorded of organization %s: it has no chain. Is it the one that was meant?",
                         id);
    ap_rows_free(rows);
    return status;
}

/* Who may not ask for the name has the id. The clock is that by which reports are due. */
static enum ap_status read_head(struct making *making, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *values[] = {id};
    struct ap_rows *now = NULL, *may = NULL;
    enum ap_status status = ap_db_query(making->db, ap_sql("queries/schedule_now"), 0, NULL, &now, err);

    if (status == AP_OK)
        making->now_us = ap_rows_int(now, 0, 0);
    ap_rows_free(now);
    ap_uuid_format(id, &making->org);
    if (status == AP_OK)
        status = ap_db_query(making->db, ap_sql("queries/schedule_may_name"), 0, NULL, &may, err);
    if (status == AP_OK && ap_rows_bool(may, 0, 0))
        status = ap_db_query(making->db, ap_sql("queries/schedule_name"), 1, values, &making->named, err);
    ap_rows_free(may);
    if (status == AP_OK && making->named != NULL)
        making->org_name = ap_rows_text(making->named, 0, 0);
    return status;
}

/* What is read is read in one snapshot, when what was being written is there. */
static enum ap_status build(const struct report_kind *kind, struct making *making, struct ap_error *err)
{
    struct settled settled;
    enum ap_status status = AP_OK;

    memset(&settled, 0, sizeof settled);
    if (kind->source == REPORT_OF_CHAIN)
        return kind->build(making, err);
    if (kind->source == REPORT_OF_ENTRIES)
        status = must_see_all(making, err);
    if (status == AP_OK)
        status = settle_transactions(&settled, making, err);
    if (status == AP_OK)
        status = ap_db_exec(making->db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = kind->build(making, err);
    if (status == AP_OK && kind->source == REPORT_OF_ENTRIES)
        status = remark_unknown(making, err);
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
    if (ap_answer_is_partial(making->answer)) {
        making->verdict = AP_PDF_UNCERTAIN;
        (void)snprintf(making->word, sizeof making->word, "incomplete");
        (void)snprintf(making->verdict_text, sizeof making->verdict_text,
                       "Not made of all that the period is to have: the remarks at its end say what it lacks.");
        return;
    }
    (void)snprintf(making->word, sizeof making->word, "complete");
    (void)snprintf(making->verdict_text, sizeof making->verdict_text, "%s",
                   remark == NULL ? "Made of all that there was of the period."
                                  : "Made of all that there was of the period. See the remarks at its end.");
}

/* Paper has it on its first page, and CSV at its end. */
static void add_result(struct making *making)
{
    static const struct ap_answer_column columns[] = {
        TEXT("verdict", "Verdict"),
        TEXT("meaning", "What that says"),
        END,
    };
    static const struct ap_answer_part part = {
        .name = "result", .title = "What came of it", .shape = AP_ANSWER_FACTS, .columns = columns};

    if (making->on_paper || making->in_csv)
        return;
    ap_answer_add_part(making->answer, &part);
    ap_answer_add_row(making->answer);
    ap_answer_add_str(making->answer, making->word);
    ap_answer_add_str(making->answer, making->verdict_text);
}

static enum ap_status make(const struct report_kind *kind, struct making *making, struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    enum ap_status status = cli_connect(&making->db, "auditschedule", kind->source != REPORT_OF_CHAIN, err);

    if (status == AP_OK)
        (void)snprintf(making->access.role, sizeof making->access.role, "%s", ap_db_user(making->db));
    if (status == AP_OK)
        status = read_head(making, err);
    if (status == AP_OK)
        status = build(kind, making, err);
    if (status == AP_OK && kind->source != REPORT_OF_CHAIN) {
        complete(making);
        add_result(making);
    }
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
    ap_rows_free(making.named);
    ap_db_close(making.db);
    /* A report beyond what one can hold is as hopeless as wrong arguments. */
    if (status == AP_ELIMIT)
        err.status = AP_EINPUT;
    return status != AP_OK ? cli_fail(&err) : making.verdict == AP_PDF_BAD ? EXIT_FINDINGS : EXIT_DONE;
}
