/* Cells of answers, from what entries and rows have. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_CELLS_H
#define AUDITPROOF_QUERY_CELLS_H

#include "auditproof/answer.h"

void cell_uuid(struct ap_answer *answer, bool present, const struct ap_uuid *value);
void cell_value(struct ap_answer *answer, const struct ap_value *value);
void cell_inet(struct ap_answer *answer, const struct ap_inet *inet);
void cell_time(struct ap_answer *answer, bool present, int64_t time_us);
/* Who acted: by address of mail, else by id; NULL where neither is told. */
void cell_actor(struct ap_answer *answer, const struct ap_query_entry *entry);
/* What was put into the buffer, which is cleared. */
void cell_buf(struct ap_answer *answer, struct ap_buf *text);

/* Cells from a row that was sent as text: times as microseconds, counts as digits, NULL as NULL. */
void cell_row_text(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column);
void cell_row_time(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column);
void cell_row_count(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column);
void cell_row_flag(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column);

#endif
