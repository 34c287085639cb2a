#include "auditproof/html.h"

#include <stdbool.h>
#include <string.h>

#include "auditproof/utf8.h"

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static uint32_t code_point(const char *text, size_t len)
{
    static const unsigned char first[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t point = (unsigned char)text[0] & first[len];

    for (size_t i = 1; i < len; i++)
        point = point << 6 | ((unsigned char)text[i] & 0x3f);
    return point;
}

/* Characters that are not seen, or change how others are. Joiners (U+200C, U+200D) belong to scripts and emoji. */
static bool is_invisible(uint32_t point)
{
    return point == 0xad || point == 0x61c || point == 0x180e || point == 0x200b || point == 0x200e ||
           point == 0x200f || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
           point == 0xfeff || (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe0fff);
}

static bool is_noncharacter(uint32_t point)
{
    return (point >= 0x80 && point < 0xa0) || (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
}

static void put_char(struct ap_buf *out, const char *text, size_t len)
{
    uint32_t point = code_point(text, len);
    const char *name = len == 1 ? entity(text[0]) : NULL;

    if (name != NULL)
        ap_buf_adds(out, name);
    else if (point < 0x20)
        ap_buf_addf(out, "&#x%x;", 0x2400u + (unsigned)point);
    else if (point == 0x7f)
        ap_buf_adds(out, "&#x2421;");
    else if (is_noncharacter(point))
        ap_buf_adds(out, "&#xfffd;");
    else if (is_invisible(point))
        ap_buf_addf(out, "[U+%04X]", (unsigned)point);
    else
        ap_buf_add(out, text, len);
}

void ap_html_put_cut(struct ap_buf *out, const char *text, size_t len, size_t max)
{
    for (; len > 0 && max > 0; max--) {
        size_t size = ap_utf8_char(text, len);

        if (size == 0) {
            ap_buf_adds(out, "&#xfffd;");
            size = 1;
        } else {
            put_char(out, text, size);
        }
        text += size;
        len -= size;
    }
    if (len > 0)
        ap_buf_adds(out, "&#x2026;");
}

void ap_html_put_n(struct ap_buf *out, const char *text, size_t len)
{
    ap_html_put_cut(out, text, len, len);
}

void ap_html_put(struct ap_buf *out, const char *text)
{
    if (text != NULL)
        ap_html_put_n(out, text, strlen(text));
}

void ap_html_put_count(struct ap_buf *out, uint64_t count)
{
    char digits[32];
    size_t at = sizeof digits;

    for (size_t n = 0; n == 0 || count > 0; n++, count /= 10) {
        if (n > 0 && n % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + count % 10);
    }
    ap_buf_add(out, digits + at, sizeof digits - at);
}
