/* Text in a number of columns. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_WRAP_H
#define AUDITPROOF_QUERY_WRAP_H

#include "auditproof/display.h"

/*
 * Append to out as much of the text as has room in so many columns, at least a character, and take it from the text.
 * Breaks after a space or a slash past the first quarter, or else after one of . @ - _ , : in the second half, or else
 * anywhere. `last` marks what is left over with an ellipsis, for which a column is kept; it stands alone where a
 * character would leave none.
 * Returns the columns that it took.
 */
unsigned wrap_line(struct ap_buf *out, struct ap_display *text, unsigned columns, bool last);

#endif
