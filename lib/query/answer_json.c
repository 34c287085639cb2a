/* JSON, one object of the whole; and NDJSON, an object a row. */
#include <inttypes.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "answer_internal.h"
#include "field.h"

/* PostgreSQL has numbers that JSON has not: NaN and the infinities. */
static void put_number(struct ap_buf *out, const char *text, size_t len)
{
    if (answer_is_number(text, len))
        ap_buf_add(out, text, len);
    else
        ap_json_string_n(out, text, len);
}

static void put_time(struct ap_buf *out, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_json_string(out, text);
}

static void put_value(struct ap_buf *out, const struct ap_answer *answer, const struct ap_answer_column *column,
                      const struct answer_cell *cell)
{
    if (!cell->present) {
        ap_buf_adds(out, "null");
        return;
    }
    switch (column->kind) {
    case AP_ANSWER_TEXT:
    case AP_ANSWER_UNIT:
    case AP_ANSWER_LEVEL:
        ap_json_string_n(out, answer_text(answer, cell), cell->len);
        break;
    case AP_ANSWER_TIME:
        put_time(out, cell->number);
        break;
    case AP_ANSWER_SPAN:
        answer_put_seconds(out, cell->number);
        break;
    case AP_ANSWER_COUNT:
        ap_buf_addf(out, "%" PRIu64, (uint64_t)cell->number);
        break;
    case AP_ANSWER_NUMBER:
        put_number(out, answer_text(answer, cell), cell->len);
        break;
    case AP_ANSWER_FLAG:
        ap_buf_adds(out, cell->number != 0 ? "true" : "false");
        break;
    case AP_ANSWER_JSON:
    case AP_ANSWER_BRIEF:
    case AP_ANSWER_ENTRY:
        ap_buf_add(out, answer_text(answer, cell), cell->len);
        break;
    case AP_ANSWER_SERIES:
        ap_buf_addc(out, '[');
        answer_put_series(out, answer, cell, ",");
        ap_buf_addc(out, ']');
        break;
    }
}

/* The members of a row, within an object that is begun. */
static void put_members(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part, size_t row)
{
    for (size_t c = 0; c < part->columns; c++) {
        const struct answer_cell *cell = answer_cell(answer, part, row, c);

        if (part->is->columns[c].kind != AP_ANSWER_ENTRY || cell->len < 2)
            continue;
        ap_buf_adds(out, out->data[out->len - 1] == '{' ? "" : ",");
        ap_buf_add(out, answer_text(answer, cell) + 1, cell->len - 2); /* without its braces */
        return;
    }
    for (size_t c = 0; c < part->columns; c++) {
        if (part->is->columns[c].kind == AP_ANSWER_BRIEF)
            continue;
        field_name(out, part->is->columns[c].name);
        put_value(out, answer, &part->is->columns[c], answer_cell(answer, part, row, c));
    }
}

static void put_part(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part)
{
    ap_buf_addf(out, ",\n\"%s\":", part->is->name);
    if (part->is->shape == AP_ANSWER_FACTS) {
        ap_buf_adds(out, part->rows > 0 ? "{" : "null");
        if (part->rows > 0)
            put_members(out, answer, part, 0);
        ap_buf_adds(out, part->rows > 0 ? "}" : "");
        return;
    }
    ap_buf_addc(out, '[');
    for (size_t row = 0; row < part->rows; row++) {
        ap_buf_adds(out, row > 0 ? ",\n{" : "\n{");
        put_members(out, answer, part, row);
        ap_buf_addc(out, '}');
    }
    ap_buf_addc(out, ']');
}

void answer_put_json(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                     const struct ap_query_head *head)
{
    const char *remark;

    ap_buf_addc(out, '{');
    field_string(out, "program", head->program);
    field_string(out, "version", head->version);
    field_string(out, "database", head->database);
    field_string(out, "command", head->command);
    field_uuid(out, "organization_id", head->has_org, &head->org);
    field_time(out, "now", true, head->now_us);
    if (head->filter != NULL) {
        field_name(out, "filters");
        ap_query_describe(out, head->filter, true);
    }
    for (size_t i = 0; i < answer->part_count; i++)
        if (answer_wants(&answer->parts[i], only))
            put_part(out, answer, &answer->parts[i]);
    ap_buf_adds(out, ",\n\"remarks\":[");
    for (size_t i = 0; (remark = ap_answer_remark_at(answer, i)) != NULL; i++) {
        ap_buf_adds(out, i > 0 ? ",\n" : "\n");
        ap_json_string(out, remark);
    }
    ap_buf_adds(out, "]}\n");
}

void answer_put_ndjson(struct ap_buf *out, const struct ap_answer *answer, const char *only)
{
    for (size_t i = 0; i < answer->part_count; i++) {
        const struct answer_part *part = &answer->parts[i];

        for (size_t row = 0; row < part->rows && answer_wants(part, only); row++) {
            ap_buf_addc(out, '{');
            field_string(out, "part", part->is->name);
            put_members(out, answer, part, row);
            ap_buf_adds(out, "}\n");
        }
    }
}
