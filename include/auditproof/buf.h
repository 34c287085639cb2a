/*
 * Growable byte buffers.
 *
 * An append that runs out of memory, or would pass AP_BUF_MAX, marks the buffer failed and later appends do nothing,
 * so a run of appends needs one ap_buf_check at its end. The data is always NUL-terminated (the NUL is not counted).
 */
#ifndef AUDITPROOF_BUF_H
#define AUDITPROOF_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

/* PostgreSQL's own limit for one value is 1 GiB; nothing of ours needs more. */
#define AP_BUF_MAX ((size_t)1 << 30)

struct ap_buf {
    char *data; /* owned; NULL until the first append */
    size_t len; /* bytes in use */
    size_t cap; /* bytes allocated */
    bool failed;
};

#define AP_BUF_INIT                                                                                                    \
    {                                                                                                                  \
        NULL, 0, 0, false                                                                                              \
    }

void ap_buf_free(struct ap_buf *buf);  /* frees the data and makes buf empty; harmless on an empty or NULL buf */
void ap_buf_clear(struct ap_buf *buf); /* len = 0 and not failed; keeps the allocation */

/* Room for `more` bytes beyond len: returns where they go (then add to len), or NULL and marks buf failed. */
char *ap_buf_reserve(struct ap_buf *buf, size_t more);

void ap_buf_add(struct ap_buf *buf, const void *bytes, size_t len);
void ap_buf_addc(struct ap_buf *buf, char c);
void ap_buf_adds(struct ap_buf *buf, const char *text);
void ap_buf_add_hex(struct ap_buf *buf, const uint8_t *bytes, size_t len); /* 2·len lower-case digits */
void ap_buf_addf(struct ap_buf *buf, const char *fmt, ...) AP_PRINTF(2, 3);

/* AP_OK, or AP_ENOMEM when any append since the last clear failed; `what` names the content. */
AP_MUST_CHECK enum ap_status ap_buf_check(const struct ap_buf *buf, const char *what, struct ap_error *err);

/* "" instead of NULL for a buffer that was never written to. Borrowed. */
const char *ap_buf_str(const struct ap_buf *buf);

#endif
