/* Rows as the server sent them, as cells of an answer. */
#include <stdlib.h>

#include "auditproof/answer.h"

void ap_answer_add_value(struct ap_answer *answer, enum ap_answer_kind kind, const char *text)
{
    if (text == NULL || kind == AP_ANSWER_SERIES) /* which has no such text */
        ap_answer_add_null(answer);
    else if (kind == AP_ANSWER_COUNT)
        ap_answer_add_count(answer, strtoull(text, NULL, 10));
    else if (kind == AP_ANSWER_TIME || kind == AP_ANSWER_SPAN)
        ap_answer_add_time(answer, strtoll(text, NULL, 10));
    else if (kind == AP_ANSWER_FLAG)
        ap_answer_add_flag(answer, text[0] == 't');
    else
        ap_answer_add_str(answer, text);
}

void ap_answer_add_rows(struct ap_answer *answer, const struct ap_answer_part *part, const struct ap_rows *rows,
                        size_t first, size_t most)
{
    size_t count = ap_rows_count(rows);

    ap_answer_add_part(answer, part);
    for (size_t row = first; row < count && row - first < most; row++) {
        ap_answer_add_row(answer);
        for (int c = 0; part->columns[c].name != NULL; c++)
            ap_answer_add_value(answer, part->columns[c].kind, ap_rows_text(rows, row, c));
    }
}
