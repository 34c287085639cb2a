/* Base64 and UTF-16 of a rule's values, to be found within what a shell or a script was given. */
#include <string.h>

#include "auditproof/utf8.h"
#include "value.h"

/* The character at text, which is valid UTF-8 of n bytes. */
static uint32_t decode(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    uint32_t c = n == 1 ? p[0] : p[0] & (0xFFU >> (n + 1));

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3FU);
    return c;
}

static char *put_unit(char *to, uint32_t unit, bool big)
{
    to[big ? 0 : 1] = (char)(unsigned char)(unit >> 8);
    to[big ? 1 : 0] = (char)(unsigned char)(unit & 0xFFU);
    return to + 2;
}

/* `utf16` is little-endian after a byte order mark, FF FE. */
bool ap_encode_wide(struct ap_loader *l, struct ap_text *out, const struct ap_text *text, enum ap_wide wide)
{
    char *bytes = ap_arena_bytes(&l->list->arena, 2 * text->len + 3), *to = bytes;
    bool big = wide == AP_WIDE_BE;

    if (bytes == NULL)
        return false;
    if (wide == AP_WIDE_BOM)
        to = put_unit(to, 0xFEFF, false);
    for (size_t i = 0; i < text->len;) {
        size_t n = ap_utf8_char(text->text + i, text->len - i);
        uint32_t c = n == 0 ? (unsigned char)text->text[i] : decode(text->text + i, n);

        if (c > 0xFFFF) {
            to = put_unit(to, 0xD800U + ((c - 0x10000U) >> 10), big);
            c = 0xDC00U + ((c - 0x10000U) & 0x3FFU);
        }
        to = put_unit(to, c, big);
        i += n == 0 ? 1 : n;
    }
    *to = '\0';
    out->text = bytes;
    out->len = (size_t)(to - bytes);
    return true;
}

static size_t encode(char *out, const unsigned char *in, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;

    for (size_t i = 0; i < len; i += 3) {
        uint32_t v =
            (uint32_t)in[i] << 16 | (i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0) | (i + 2 < len ? in[i + 2] : 0);

        out[n++] = digits[v >> 18];
        out[n++] = digits[v >> 12 & 63];
        out[n++] = i + 1 < len ? digits[v >> 6 & 63] : '=';
        out[n++] = i + 2 < len ? digits[v & 63] : '=';
    }
    return n;
}

bool ap_encode_base64(struct ap_loader *l, struct ap_text *out, const struct ap_text *text)
{
    char *bytes = ap_arena_bytes(&l->list->arena, (text->len + 2) / 3 * 4 + 1);

    if (bytes == NULL)
        return false;
    out->len = encode(bytes, (const unsigned char *)text->text, text->len);
    bytes[out->len] = '\0';
    out->text = bytes;
    return true;
}

/* What does not depend on the bytes around it, for each of the three places where the value may start in a group. */
bool ap_encode_base64_offset(struct ap_loader *l, struct ap_text out[3], const struct ap_text *text)
{
    static const size_t start[3] = {0, 2, 3}, cut[3] = {0, 3, 2};

    for (size_t i = 0; i < 3; i++) {
        char *padded = ap_arena_bytes(&l->list->arena, text->len + i + 1);
        struct ap_text whole, shifted;

        if (padded == NULL)
            return false;
        memset(padded, ' ', i);
        memcpy(padded + i, text->text, text->len);
        shifted.text = padded;
        shifted.len = text->len + i;
        if (!ap_encode_base64(l, &whole, &shifted))
            return false;
        out[i].text = whole.text + start[i];
        out[i].len = whole.len - start[i] - cut[shifted.len % 3];
    }
    return true;
}
