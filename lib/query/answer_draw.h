/* Amounts drawn in characters. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_ANSWER_DRAW_H
#define AUDITPROOF_QUERY_ANSWER_DRAW_H

#include "answer_internal.h"

/* A bar of at most so many columns, in eighths: what is more than nothing has one. */
void answer_put_bar(struct ap_buf *out, double amount, double most, unsigned columns);

/* A character for each count, or for several that lie together where there is no room; the most of them is full, and
 * nothing at all a dot. */
void answer_put_sparkline(struct ap_buf *out, const struct ap_answer *answer, const struct answer_cell *cell,
                          unsigned columns);

#endif
