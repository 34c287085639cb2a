#include <stdint.h>
#include <string.h>

#include "auditproof/bytes.h"
#include "auditproof/json_read.h"

static void add_utf8(struct ap_buf *out, uint32_t c)
{
    char utf8[4];
    size_t n = 0;

    if (c < 0x80) {
        utf8[n++] = (char)c;
    } else if (c < 0x800) {
        utf8[n++] = (char)(0xC0 | c >> 6);
        utf8[n++] = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        utf8[n++] = (char)(0xE0 | c >> 12);
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        utf8[n++] = (char)(0x80 | (c & 0x3F));
    } else {
        utf8[n++] = (char)(0xF0 | c >> 18);
        utf8[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        utf8[n++] = (char)(0x80 | (c & 0x3F));
    }
    ap_buf_add(out, utf8, n);
}

static uint32_t code_unit(const char *digits)
{
    uint8_t bytes[2] = {0, 0};

    /* The string was checked when it was read, so these are digits. */
    (void)ap_hex_decode(bytes, sizeof bytes, digits);
    return ap_get_u16(bytes);
}

/* p is past the backslash; returns the first byte past the escape. */
static const char *add_escape(struct ap_buf *out, const char *p)
{
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, *p);
    uint32_t unit;

    if (*p != 'u') {
        ap_buf_addc(out, letter != NULL ? controls[letter - letters] : *p);
        return p + 1;
    }
    unit = code_unit(p + 1);
    p += 5;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (code_unit(p + 2) - 0xDC00);
        p += 6;
    }
    add_utf8(out, unit);
    return p;
}

void ap_json_decode(const struct ap_json_span *string, struct ap_buf *out)
{
    const char *p = string->text + 1, *end = string->text + string->len - 1;

    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));

        ap_buf_add(out, p, (size_t)((escape != NULL ? escape : end) - p));
        if (escape == NULL)
            return;
        p = add_escape(out, escape + 1);
    }
}

bool ap_json_string_is(const struct ap_json_span *string, const char *text, size_t len)
{
    struct ap_buf plain = AP_BUF_INIT;
    bool same;

    if (memchr(string->text, '\\', string->len) == NULL)
        return string->len - 2 == len && memcmp(string->text + 1, text, len) == 0;
    ap_json_decode(string, &plain);
    same = !plain.failed && plain.len == len && memcmp(ap_buf_str(&plain), text, len) == 0;
    ap_buf_free(&plain);
    return same;
}

const char *ap_json_kind_name(enum ap_json_kind kind)
{
    static const char *const names[] = {
        [AP_JSON_NULL] = "null",        [AP_JSON_FALSE] = "false",     [AP_JSON_TRUE] = "true",
        [AP_JSON_NUMBER] = "a number",  [AP_JSON_STRING] = "a string", [AP_JSON_ARRAY] = "an array",
        [AP_JSON_OBJECT] = "an object",
    };

    return names[kind];
}
