/* The parts of an answer on pages. Nothing outside lib/pdf includes this. */
#ifndef AUDITPROOF_PDF_PARTS_H
#define AUDITPROOF_PDF_PARTS_H

#include "page.h"
#include "query/answer_internal.h"

/* A cell as text that may be set; into out, which is cleared. */
void cell_text(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part, size_t row,
               size_t column, enum answer_grain grain);

/* Columns that people see. */
bool column_shows(const struct ap_answer *answer, const struct answer_part *part, size_t column);

void put_chart(struct page *page, const struct ap_answer *answer, const struct answer_part *part);
void put_facts(struct page *page, const struct ap_answer *answer, const struct answer_part *part);
void put_table(struct page *page, const struct ap_answer *answer, const struct answer_part *part);

#endif
