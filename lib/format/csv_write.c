#include "auditproof/csv_write.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"

/*
 * What makes a spreadsheet compute instead of show: these as a field's first character, and the forms of the first four
 * that East Asian keyboards make (U+FF1D, U+FF0B, U+FF0D, U+FF20).
 */
static bool is_formula(const char *text, size_t len)
{
    static const char wide[][4] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

    if (len > 0 && memchr("=+-@\t\r\n", text[0], 7) != NULL)
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (len >= 3 && memcmp(text, wide[i], 3) == 0)
            return true;
    return false;
}

/* A record ends in a line end, a field in a quote. */
static void begin(struct ap_buf *out)
{
    if (out->len > 0 && out->data[out->len - 1] == '"')
        ap_buf_addc(out, ',');
    ap_buf_addc(out, '"');
}

void ap_csv_put_n(struct ap_buf *out, const char *text, size_t len)
{
    begin(out);
    if (is_formula(text, len))
        ap_buf_addc(out, '\'');
    while (len > 0) {
        const char *quote = memchr(text, '"', len);
        size_t part = quote == NULL ? len : (size_t)(quote - text) + 1;

        ap_buf_add(out, text, part);
        if (quote != NULL)
            ap_buf_addc(out, '"');
        text += part;
        len -= part;
    }
    ap_buf_addc(out, '"');
}

void ap_csv_put(struct ap_buf *out, const char *text)
{
    ap_csv_put_n(out, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

void ap_csv_put_int(struct ap_buf *out, int64_t value)
{
    begin(out);
    ap_buf_addf(out, "%" PRId64 "\"", value);
}

void ap_csv_put_number(struct ap_buf *out, const char *digits, size_t len)
{
    begin(out);
    ap_buf_add(out, digits, len);
    ap_buf_addc(out, '"');
}

void ap_csv_put_time(struct ap_buf *out, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    begin(out);
    ap_buf_addf(out, "%s\"", text);
}

void ap_csv_end(struct ap_buf *out)
{
    ap_buf_add(out, "\r\n", 2);
}

void ap_csv_put_record(struct ap_buf *out, const char *const *fields)
{
    for (; *fields != NULL; fields++)
        ap_csv_put(out, *fields);
    ap_csv_end(out);
}
