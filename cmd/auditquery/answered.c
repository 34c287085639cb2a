#include "answered.h"

#include <inttypes.h>
#include <string.h>

#include "auditproof/file.h"
#include "output.h"

struct answered_given answered_given;

static enum ap_status draw(const struct ap_answer *answer, const struct ap_query_head *head, struct ap_error *err)
{
    struct ap_buf svg = AP_BUF_INIT;
    enum ap_status status = ap_answer_draw(&svg, answer, answered_given.part, head, err);

    if (status == AP_OK)
        status = ap_file_replace(answered_given.chart, svg.data, svg.len, err);
    ap_buf_free(&svg);
    return status;
}

/* Formats of rows alone have no place for them. */
static void say_remarks(const struct ap_answer *answer, const char *format)
{
    const char *remark;

    if (strcmp(format, "ndjson") != 0 && strcmp(format, "csv") != 0)
        return;
    for (size_t i = 0; (remark = ap_answer_remark_at(answer, i)) != NULL; i++)
        cli_say("%s", remark);
}

enum ap_status answered_print(const struct asked *asked, const struct ap_answer *answer, const char *command,
                              struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;
    struct ap_query_head head;
    struct ap_query_look look;
    const char *format = answered_given.format;
    enum ap_status status;

    output_head(&head, asked, command);
    output_look(&look, asked, answered_given.raw);
    if (format == NULL)
        format = look.terminal ? "table" : "json";
    status = ap_answer_print(&out, answer, format, answered_given.part, &head, &look, err);
    if (status == AP_OK && answered_given.chart != NULL)
        status = draw(answer, &head, err);
    if (status == AP_OK)
        status = output_write(&out, err);
    if (status == AP_OK)
        say_remarks(answer, format);
    ap_buf_free(&out);
    return status;
}

int answered_run(const char *command, answered_build_fn *build)
{
    struct asked asked;
    struct ap_answer *answer = NULL;
    struct ap_error err;
    enum ap_status status = asked_open(&asked, &err);
    int result;

    if (status == AP_OK)
        status = ap_answer_new(&answer, &err);
    if (status == AP_OK)
        status = ap_db_exec(asked.db, ap_sql("queries/begin_snapshot"), &err);
    if (status == AP_OK)
        status = build(&asked, answer, &err);
    if (status == AP_OK)
        status = ap_answer_check(answer, &err);
    if (status == AP_OK)
        status = asked_record(&asked, command, NULL, 0, &err);
    if (status == AP_OK)
        status = answered_print(&asked, answer, command, &err);
    result = status != AP_OK ? cli_fail(&err) : asked.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
    if (status == AP_OK && asked.failed > 0)
        cli_error("%" PRIu64 " entries did not verify: see `auditverify`", asked.failed);
    ap_answer_free(answer);
    asked_free(&asked);
    return result;
}
