#include "auditproof/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What follows the backslash for a byte that has a short escape; 'u' for other control characters; 0 for the rest. */
static const char short_escape[256] = {
    [0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u',  [0x06] = 'u',
    [0x07] = 'u', ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [0x0b] = 'u', ['\f'] = 'f',  ['\r'] = 'r',
    [0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',  [0x14] = 'u',
    [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u',  [0x1b] = 'u',
    [0x1c] = 'u', [0x1d] = 'u', [0x1e] = 'u', [0x1f] = 'u', ['"'] = '"',  ['\\'] = '\\',
};

/* Does one of the eight bytes need an escape? In each byte of the sums, the top bit tells. */
static bool needs_escape(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t quote = x ^ ones * '"', backslash = x ^ ones * '\\';

    return (((x - ones * ' ') & ~x) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & tops;
}

static char *put_byte(char *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char escape = short_escape[c];

    if (escape == 0) {
        *out++ = (char)c;
        return out;
    }
    *out++ = '\\';
    *out++ = escape;
    if (escape == 'u') {
        *out++ = '0';
        *out++ = '0';
        *out++ = digits[c >> 4];
        *out++ = digits[c & 15];
    }
    return out;
}

char *ap_json_quote(char *out, const char *text, size_t len)
{
    const char *end = text + len;
    uint64_t eight;

    *out++ = '"';
    while (text < end) {
        if ((size_t)(end - text) >= sizeof eight) {
            memcpy(&eight, text, sizeof eight);
            if (!needs_escape(eight)) {
                memcpy(out, &eight, sizeof eight);
                out += sizeof eight;
                text += sizeof eight;
                continue;
            }
        }
        out = put_byte(out, (unsigned char)*text++);
    }
    *out++ = '"';
    return out;
}

void ap_json_string_n(struct ap_buf *buf, const char *text, size_t len)
{
    char *start, *end;

    if (len > (AP_BUF_MAX - 2) / 6) {
        buf->failed = true;
        return;
    }
    start = ap_buf_reserve(buf, 6 * len + 2);
    if (start == NULL)
        return;
    end = ap_json_quote(start, text, len);
    *end = '\0';
    buf->len += (size_t)(end - start);
}

void ap_json_string(struct ap_buf *buf, const char *text)
{
    if (text == NULL)
        ap_buf_add(buf, "null", 4);
    else
        ap_json_string_n(buf, text, strlen(text));
}
