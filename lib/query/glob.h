/* Patterns with * and ?. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_GLOB_H
#define AUDITPROOF_QUERY_GLOB_H

#include <stdbool.h>

#include "auditproof/buf.h"

bool glob_is(const char *text);
/* As a pattern of LIKE; * and ? stand for themselves unless `wild`. A backslash takes the meaning of what follows. */
void glob_like(struct ap_buf *out, const char *text, bool wild);

#endif
