/* CSV of one part. */
#include <inttypes.h>
#include <stdio.h>

#include "auditproof/csv_write.h"
#include "answer_internal.h"

/* A number of ours has a sign and is no formula; a text with one may be. */
static void put_number(struct ap_buf *out, const char *text, size_t len)
{
    if (answer_is_number(text, len))
        ap_csv_put_number(out, text, len);
    else
        ap_csv_put_n(out, text, len);
}

static void put_made(struct ap_buf *out, const struct ap_answer *answer, enum ap_answer_kind kind,
                     const struct answer_cell *cell)
{
    struct ap_buf text = AP_BUF_INIT;

    if (kind == AP_ANSWER_SPAN)
        answer_put_seconds(&text, cell->number);
    else
        answer_put_series(&text, answer, cell, " ");
    put_number(out, ap_buf_str(&text), text.len);
    out->failed |= text.failed;
    ap_buf_free(&text);
}

static void put_field(struct ap_buf *out, const struct ap_answer *answer, enum ap_answer_kind kind,
                      const struct answer_cell *cell)
{
    char count[24];

    if (!cell->present) {
        ap_csv_put(out, NULL);
        return;
    }
    switch (kind) {
    case AP_ANSWER_TEXT:
    case AP_ANSWER_UNIT:
    case AP_ANSWER_LEVEL:
    case AP_ANSWER_JSON:
    case AP_ANSWER_BRIEF:
    case AP_ANSWER_ENTRY:
        ap_csv_put_n(out, answer_text(answer, cell), cell->len);
        break;
    case AP_ANSWER_NUMBER:
        put_number(out, answer_text(answer, cell), cell->len);
        break;
    case AP_ANSWER_TIME:
        ap_csv_put_time(out, cell->number);
        break;
    case AP_ANSWER_COUNT:
        (void)snprintf(count, sizeof count, "%" PRIu64, (uint64_t)cell->number);
        ap_csv_put(out, count);
        break;
    case AP_ANSWER_FLAG:
        ap_csv_put(out, cell->number != 0 ? "true" : "false");
        break;
    case AP_ANSWER_SPAN:
    case AP_ANSWER_SERIES:
        put_made(out, answer, kind, cell);
        break;
    }
}

static bool is_in_csv(const struct ap_answer_column *column)
{
    return column->kind != AP_ANSWER_ENTRY && column->kind != AP_ANSWER_BRIEF;
}

void answer_put_csv(struct ap_buf *out, const struct ap_answer *answer, const char *only)
{
    const struct answer_part *part = answer->parts;

    while (!answer_wants(part, only))
        part++;
    for (size_t c = 0; c < part->columns; c++)
        if (is_in_csv(&part->is->columns[c]))
            ap_csv_put(out, part->is->columns[c].name);
    ap_csv_end(out);
    for (size_t row = 0; row < part->rows; row++) {
        for (size_t c = 0; c < part->columns; c++)
            if (is_in_csv(&part->is->columns[c]))
                put_field(out, answer, part->is->columns[c].kind, answer_cell(answer, part, row, c));
        ap_csv_end(out);
    }
}
