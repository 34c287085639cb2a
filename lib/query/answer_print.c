/* An answer in a format, and what goes before it: is there such a part? */
#include <string.h>

#include "auditproof/display.h"
#include "answer_internal.h"

const char ap_answer_format_names[] = "table|json|ndjson|csv";

static void put_names(struct ap_buf *out, const struct ap_answer *answer)
{
    size_t count = 0, told = 0;

    for (size_t i = 0; i < answer->part_count; i++)
        count += answer_wants(&answer->parts[i], NULL);
    for (size_t i = 0; i < answer->part_count; i++) {
        if (!answer_wants(&answer->parts[i], NULL))
            continue;
        ap_buf_adds(out, told == 0 ? "" : told + 1 < count ? ", " : " and ");
        ap_buf_adds(out, answer->parts[i].is->name);
        told++;
    }
}

static enum ap_status check_part(const struct ap_answer *answer, const char *only, bool one, struct ap_error *err)
{
    struct ap_buf names = AP_BUF_INIT;
    size_t wanted = 0;
    enum ap_status status;

    for (size_t i = 0; i < answer->part_count; i++)
        wanted += answer_wants(&answer->parts[i], only);
    if (wanted == 1 || (only == NULL && !one))
        return AP_OK;
    put_names(&names, answer);
    status = ap_buf_check(&names, "names of parts", err);
    if (status == AP_OK && wanted == 0)
        status = ap_fail(err, AP_EINPUT, "this answer has no part %s: it has %s", only != NULL ? only : "at all",
                         ap_buf_str(&names));
    else if (status == AP_OK)
        status = ap_fail(err, AP_EINPUT, "CSV is of one part: choose with --part from %s", ap_buf_str(&names));
    ap_buf_free(&names);
    return status;
}

enum ap_status ap_answer_print(struct ap_buf *out, const struct ap_answer *answer, const char *format, const char *only,
                               const struct ap_query_head *head, const struct ap_query_look *look, struct ap_error *err)
{
    bool shields = look->terminal && !look->raw, csv = strcmp(format, "csv") == 0;
    size_t from = out->len;
    enum ap_status status = ap_answer_check(answer, err);

    if (status == AP_OK)
        status = check_part(answer, only, csv, err);
    if (status != AP_OK)
        return status;
    if (strcmp(format, "table") == 0)
        answer_put_table(out, answer, only, look);
    else if (strcmp(format, "json") == 0)
        answer_put_json(out, answer, only, head);
    else if (strcmp(format, "ndjson") == 0)
        answer_put_ndjson(out, answer, only);
    else if (csv)
        answer_put_csv(out, answer, only);
    else
        return ap_fail(err, AP_EINPUT, "no format %s: one of %s", format, ap_answer_format_names);
    if (shields && csv)
        ap_display_lines(out, from);
    else if (shields && strcmp(format, "table") != 0)
        ap_display_json(out, from);
    return ap_buf_check(out, "an answer", err);
}
