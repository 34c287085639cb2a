#include "auditproof/display.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/utf8.h"
#include "width_table.h"

enum kind { NARROW, WIDE, MARK, HIDDEN };

static uint32_t code_point(const char *text, size_t len)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = (unsigned char)text[0] & first_bits[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((unsigned char)text[i] & 0x3FU);
    return c;
}

static enum kind kind_of(uint32_t c)
{
    return c >> 6 < WIDTH_PAGES ? (enum kind)width_kind[width_page[c >> 6]][c & 63] : HIDDEN;
}

/* The character at text: its bytes, 1 where they are none, its number and its kind. */
static size_t look(const char *text, size_t len, uint32_t *c, enum kind *kind)
{
    size_t taken = ap_utf8_char(text, len);

    *c = taken > 0 ? code_point(text, taken) : (unsigned char)text[0];
    *kind = taken > 0 ? kind_of(*c) : HIDDEN;
    return taken > 0 ? taken : 1;
}

/* c is one byte, part of a character or not, or a character past ASCII. Returns the length. */
static size_t escape(char out[AP_DISPLAY_SIZE], uint32_t c, size_t taken)
{
    if (taken == 1)
        return (size_t)snprintf(out, AP_DISPLAY_SIZE, "\\x%02x", (unsigned)c);
    return (size_t)snprintf(out, AP_DISPLAY_SIZE, c > 0xFFFF ? "\\U%08x" : "\\u%04x", (unsigned)c);
}

void ap_display_start(struct ap_display *display, const char *text, size_t len)
{
    *display = (struct ap_display){.text = text, .left = len};
}

bool ap_display_next(struct ap_display *display, struct ap_display_char *out)
{
    enum kind kind;
    uint32_t c;
    size_t taken;

    if (display->left == 0)
        return false;
    taken = look(display->text, display->left, &c, &kind);
    if (!display->raw && (kind == HIDDEN || (kind == MARK && display->marks == 0))) {
        out->len = escape(out->text, c, taken);
        out->width = (unsigned)out->len;
        display->marks = 0;
    } else {
        memcpy(out->text, display->text, taken);
        out->text[taken] = '\0';
        out->len = taken;
        out->width = kind == NARROW ? 1 : kind == WIDE ? 2 : 0;
        if (kind != MARK)
            display->marks = AP_DISPLAY_MARKS;
        else if (display->marks > 0)
            display->marks--;
    }
    display->text += taken;
    display->left -= taken;
    return true;
}

void ap_display_put(struct ap_buf *out, const char *text, size_t len)
{
    struct ap_display display;
    struct ap_display_char c;

    ap_display_start(&display, text, len);
    while (ap_display_next(&display, &c))
        ap_buf_add(out, c.text, c.len);
}

size_t ap_display_width(const char *text, size_t len)
{
    struct ap_display display;
    struct ap_display_char c;
    size_t width = 0;

    ap_display_start(&display, text, len);
    while (ap_display_next(&display, &c))
        width += c.width;
    return width;
}

/* Bytes at text that may go out as they are. */
static size_t harmless(const char *text, size_t len, bool crlf)
{
    size_t at = 0;

    while (at < len) {
        enum kind kind;
        uint32_t c;
        size_t taken = look(text + at, len - at, &c, &kind);

        if (crlf && c == '\r' && at + 1 < len && text[at + 1] == '\n')
            taken = 2;
        else if (kind == HIDDEN && c != '\n')
            break;
        at += taken;
    }
    return at;
}

static void put_json(struct ap_buf *out, uint32_t c, size_t taken)
{
    if (taken == 1 && c >= 0x80)
        ap_buf_adds(out, "\\ufffd");
    else if (c > 0xFFFF)
        ap_buf_addf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF));
    else
        ap_buf_addf(out, "\\u%04x", (unsigned)c);
}

static void shield(struct ap_buf *out, size_t from, bool json)
{
    struct ap_buf old = AP_BUF_INIT;
    size_t at = from < out->len ? from + harmless(out->data + from, out->len - from, !json) : out->len;

    if (out->failed || at == out->len)
        return;
    ap_buf_add(&old, out->data + at, out->len - at);
    out->len = at;
    out->failed = old.failed;
    for (at = 0; at < old.len && !out->failed;) {
        char text[AP_DISPLAY_SIZE];
        enum kind kind;
        uint32_t c;
        size_t taken = look(old.data + at, old.len - at, &c, &kind), plain;

        if (json)
            put_json(out, c, taken);
        else
            ap_buf_add(out, text, escape(text, c, taken));
        at += taken;
        plain = harmless(old.data + at, old.len - at, !json);
        ap_buf_add(out, old.data + at, plain);
        at += plain;
    }
    ap_buf_free(&old);
}

void ap_display_json(struct ap_buf *out, size_t from)
{
    shield(out, from, true);
}

void ap_display_lines(struct ap_buf *out, size_t from)
{
    shield(out, from, false);
}
