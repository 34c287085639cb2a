#include "auditproof/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"

enum { FIRST_CAPACITY = 256 };

void ap_buf_free(struct ap_buf *buf)
{
    if (buf == NULL)
        return;
    free(buf->data);
    *buf = (struct ap_buf)AP_BUF_INIT;
}

void ap_buf_clear(struct ap_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

char *ap_buf_reserve(struct ap_buf *buf, size_t more)
{
    size_t need, cap;
    char *data;

    if (buf->failed)
        return NULL;
    if (more >= AP_BUF_MAX - buf->len) {
        buf->failed = true;
        return NULL;
    }
    need = buf->len + more + 1;
    if (need <= buf->cap)
        return buf->data + buf->len;
    cap = buf->cap > 0 ? buf->cap : FIRST_CAPACITY;
    while (cap < need)
        cap *= 2;
    data = realloc(buf->data, cap);
    if (data == NULL) {
        buf->failed = true;
        return NULL;
    }
    buf->data = data;
    buf->cap = cap;
    return buf->data + buf->len;
}

void ap_buf_add(struct ap_buf *buf, const void *bytes, size_t len)
{
    char *to = ap_buf_reserve(buf, len);

    if (to == NULL)
        return;
    if (len > 0)
        memcpy(to, bytes, len);
    to[len] = '\0';
    buf->len += len;
}

void ap_buf_addc(struct ap_buf *buf, char c)
{
    ap_buf_add(buf, &c, 1);
}

void ap_buf_adds(struct ap_buf *buf, const char *text)
{
    ap_buf_add(buf, text, strlen(text));
}

void ap_buf_add_hex(struct ap_buf *buf, const uint8_t *bytes, size_t len)
{
    char *room = len > AP_BUF_MAX / 2 ? NULL : ap_buf_reserve(buf, 2 * len);

    if (room == NULL) {
        buf->failed = true;
        return;
    }
    ap_hex_encode(room, bytes, len);
    buf->len += 2 * len;
    buf->data[buf->len] = '\0';
}

void ap_buf_addf(struct ap_buf *buf, const char *fmt, ...)
{
    va_list args, again;
    int n;
    char *to;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        buf->failed = true;
    } else {
        to = ap_buf_reserve(buf, (size_t)n);
        if (to != NULL) {
            if (vsnprintf(to, (size_t)n + 1, fmt, again) == n)
                buf->len += (size_t)n;
            else
                buf->failed = true;
        }
    }
    va_end(again);
}

enum ap_status ap_buf_check(const struct ap_buf *buf, const char *what, struct ap_error *err)
{
    return buf->failed ? ap_fail_memory(err, what) : AP_OK;
}

const char *ap_buf_str(const struct ap_buf *buf)
{
    return buf->data != NULL ? buf->data : "";
}
