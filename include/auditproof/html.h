/*
 * Text into HTML. Text of a log is hostile: it may hold markup, terminal escapes, and characters that turn the
 * direction of what follows. What these functions append is safe as content and within a quoted attribute, and shows
 * what was there: a control character as its symbol (U+2400 on), an invisible or direction-turning one as [U+202E].
 */
#ifndef AUDITPROOF_HTML_H
#define AUDITPROOF_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"

/* Bytes that are not UTF-8 become U+FFFD. */
void ap_html_put_n(struct ap_buf *out, const char *text, size_t len);
void ap_html_put(struct ap_buf *out, const char *text); /* NULL: nothing */

/* At most `max` characters of it, and then an ellipsis when that is not all. */
void ap_html_put_cut(struct ap_buf *out, const char *text, size_t len, size_t max);

/* A number with its thousands set off: 12,345. */
void ap_html_put_count(struct ap_buf *out, uint64_t count);

#endif
