/* Where a page ended, as text. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_CURSOR_H
#define AUDITPROOF_QUERY_CURSOR_H

#include "auditproof/query.h"

enum { CURSOR_BYTES = 1 + 8 + AP_UUID_LEN, CURSOR_SIZE = 2 * CURSOR_BYTES + 1 };
_Static_assert((int)CURSOR_SIZE == (int)AP_QUERY_CURSOR_SIZE, "the public header says how long a cursor is");

struct cursor {
    bool reverse, dated;
    int64_t created_us;
    struct ap_uuid id;
};

void cursor_format(char out[CURSOR_SIZE], const struct cursor *cursor);
AP_MUST_CHECK enum ap_status cursor_parse(struct cursor *out, const char *text, bool reverse, struct ap_error *err);

#endif
