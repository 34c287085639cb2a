/* Writing JSON. Text is UTF-8; strings are escaped exactly as PostgreSQL's to_json(text) does (audit-format(5)). */
#ifndef AUDITPROOF_JSON_H
#define AUDITPROOF_JSON_H

#include "auditproof/buf.h"

/* Append text as a quoted JSON string. `len` bytes; they are not checked for being UTF-8. */
void ap_json_string_n(struct ap_buf *buf, const char *text, size_t len);

/* As above for a NUL-terminated string; NULL becomes null. */
void ap_json_string(struct ap_buf *buf, const char *text);

/*
 * The same into memory that the caller has made sure of: out has room for 6·len + 2 bytes. Returns the end; writes no
 * NUL. For hot paths that reserve once for a whole row.
 */
char *ap_json_quote(char *out, const char *text, size_t len);

#endif
