/* Whatever the bytes, what is shown of them is text without controls, and JSON on a terminal says what it said before.
 */
#include "auditproof/display.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/json.h"
#include "auditproof/json_read.h"
#include "auditproof/utf8.h"

#include "query/wrap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void no_controls(const struct ap_buf *out)
{
    check(ap_utf8_valid(ap_buf_str(out), out->len) == out->len);
    for (size_t i = 0; i < out->len; i++)
        check((unsigned char)out->data[i] >= 0x20 && out->data[i] != 0x7f);
}

static void show(const char *text, size_t size)
{
    struct ap_buf out = AP_BUF_INIT, again = AP_BUF_INIT;

    ap_display_put(&out, text, size);
    no_controls(&out);
    check(ap_display_width(text, size) == ap_display_width(ap_buf_str(&out), out.len));
    /* What is shown is shown as it is. */
    ap_display_put(&again, ap_buf_str(&out), out.len);
    check(out.len == again.len && memcmp(ap_buf_str(&out), ap_buf_str(&again), out.len) == 0);
    ap_buf_clear(&out);
    ap_buf_add(&out, text, size);
    ap_display_lines(&out, 0);
    for (size_t i = 0; i < out.len; i++)
        check((unsigned char)out.data[i] >= 0x20 || out.data[i] == '\n' || out.data[i] == '\r');
    ap_buf_free(&out);
    ap_buf_free(&again);
}

/* In lines of ten columns and more it says the same, and none is too long. */
static void wrap(const char *text, size_t size, unsigned columns)
{
    struct ap_buf whole = AP_BUF_INIT, lines = AP_BUF_INIT;
    struct ap_display display;

    ap_display_put(&whole, text, size);
    ap_display_start(&display, text, size);
    while (display.left > 0) {
        size_t left = display.left;

        check(wrap_line(&lines, &display, columns, false) <= columns && display.left < left);
    }
    check(whole.len == lines.len && memcmp(ap_buf_str(&whole), ap_buf_str(&lines), whole.len) == 0);
    ap_display_start(&display, text, size);
    check(wrap_line(&lines, &display, columns, true) <= columns);
    ap_buf_free(&whole);
    ap_buf_free(&lines);
}

static void json(const char *text, size_t size)
{
    struct ap_buf out = AP_BUF_INIT, back = AP_BUF_INIT;
    struct ap_json_span span;

    ap_json_string_n(&out, text, size);
    ap_display_json(&out, 0);
    no_controls(&out);
    check(ap_json_check(out.data, out.len, &span, NULL, NULL) == AP_OK);
    ap_json_decode(&span, &back);
    check(back.len == size && memcmp(ap_buf_str(&back), text, size) == 0);
    ap_buf_free(&out);
    ap_buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    show(text, size);
    wrap(text, size, 10 + (unsigned)size % 40);
    if (size > 0 && ap_utf8_valid(text, size) == size && memchr(text, '\0', size) == NULL)
        json(text, size);
    return 0;
}
