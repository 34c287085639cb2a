/* UTF-8 as PostgreSQL checks it (RFC 3629): no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef AUDITPROOF_UTF8_H
#define AUDITPROOF_UTF8_H

#include <stddef.h>

/* Bytes of the longest valid prefix of text: len when all of it is valid. NUL bytes are valid. */
size_t ap_utf8_valid(const char *text, size_t len);

/* Bytes, 1 to 4, of the valid character at text, or 0. len is what may be read, at least 1. */
size_t ap_utf8_char(const char *text, size_t len);

/* Characters in len bytes; a byte that is not part of a valid character counts as one. */
size_t ap_utf8_count(const char *text, size_t len);

#endif
