#include "auditproof/json.h"

#include <string.h>

static void escape(struct ap_buf *buf, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char text[] = "\\u00xx";

    switch (c) {
    case '\b':
        ap_buf_add(buf, "\\b", 2);
        return;
    case '\f':
        ap_buf_add(buf, "\\f", 2);
        return;
    case '\n':
        ap_buf_add(buf, "\\n", 2);
        return;
    case '\r':
        ap_buf_add(buf, "\\r", 2);
        return;
    case '\t':
        ap_buf_add(buf, "\\t", 2);
        return;
    case '"':
        ap_buf_add(buf, "\\\"", 2);
        return;
    case '\\':
        ap_buf_add(buf, "\\\\", 2);
        return;
    default:
        text[4] = digits[c >> 4];
        text[5] = digits[c & 15];
        ap_buf_add(buf, text, sizeof text - 1);
    }
}

void ap_json_string_n(struct ap_buf *buf, const char *text, size_t len)
{
    size_t plain = 0;

    ap_buf_addc(buf, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        ap_buf_add(buf, text + plain, i - plain);
        escape(buf, c);
        plain = i + 1;
    }
    ap_buf_add(buf, text + plain, len - plain);
    ap_buf_addc(buf, '"');
}

void ap_json_string(struct ap_buf *buf, const char *text)
{
    if (text == NULL)
        ap_buf_add(buf, "null", 4);
    else
        ap_json_string_n(buf, text, strlen(text));
}
