/*
 * Text that others chose, on its way to a terminal: how many columns it takes, and how it is shown so that it cannot
 * act on the terminal, nor look like what it is not. By Unicode's tables as of the build, not by the machine's locale.
 *
 * Shown as \x1b, \u202e or \U000e0041: control characters; bytes that are not UTF-8; characters that are invisible,
 * turn the direction of writing, are private or unassigned; marks that have no character before them to stand on, or
 * stand on one that has AP_DISPLAY_MARKS already.
 */
#ifndef AUDITPROOF_DISPLAY_H
#define AUDITPROOF_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/buf.h"

enum { AP_DISPLAY_MARKS = 8, AP_DISPLAY_SIZE = 12 };

struct ap_display {
    const char *text; /* what is left: borrowed */
    size_t left;
    unsigned marks; /* room for marks on the character before */
    bool raw;       /* to be set after the start: nothing is shown as an escape, and what would be takes no column */
};

struct ap_display_char {
    char text[AP_DISPLAY_SIZE]; /* NUL-terminated */
    size_t len;
    unsigned width; /* columns: 0 for a mark, 1, 2, or an escape's */
};

void ap_display_start(struct ap_display *display, const char *text, size_t len);

/* The next character as it is shown; false at the end. */
bool ap_display_next(struct ap_display *display, struct ap_display_char *out);

/* Append text as it is shown. */
void ap_display_put(struct ap_buf *out, const char *text, size_t len);

/* Columns that it takes. */
size_t ap_display_width(const char *text, size_t len);

/*
 * What out has from offset `from` on is JSON: of the characters above, write those that are not marks as JSON's own
 * \u202e, which leaves every value what it is. Line ends stay.
 */
void ap_display_json(struct ap_buf *out, size_t from);

/* The same in lines of any text, as escapes like those above. "\r\n" is a line end too. */
void ap_display_lines(struct ap_buf *out, size_t from);

#endif
