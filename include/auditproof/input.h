/* Lines from files or standard input, one after the other, without ever waiting for more than was asked for. */
#ifndef AUDITPROOF_INPUT_H
#define AUDITPROOF_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

enum ap_input_format {
    AP_INPUT_AUTO, /* CSV when a file's name ends so, else NDJSON */
    AP_INPUT_NDJSON,
    AP_INPUT_CSV,
    AP_INPUT_JSON,      /* values that may span lines, one after the other or in an array: each counts as a line */
    AP_INPUT_AUTO_JSON, /* JSON when a file's first line begins with '[' or is just '{', else NDJSON */
};

enum ap_input_event {
    AP_INPUT_LINE,  /* a line, or a CSV record, without its line end */
    AP_INPUT_PIECE, /* a part of a line that is too long to be held */
    AP_INPUT_MORE,  /* nothing complete: read */
    AP_INPUT_END,   /* the last file has ended */
};

struct ap_input_line {
    const char *file; /* "stdin", or its name; lives as long as the input */
    uint64_t number;  /* of the line that it begins on, from 1 */
    size_t column;    /* characters before it on that line; 0 but for AP_INPUT_JSON */
    const char *text; /* valid until the next read */
    size_t len;
    bool csv;
    bool header;      /* the first record of a CSV file */
    bool unended;     /* the last line of a file, and no line end after it; empty for JSON that ends within an array */
    bool first, last; /* AP_INPUT_PIECE */
};

struct ap_input;

/* names are borrowed; "-" is standard input; none at all means standard input. */
AP_MUST_CHECK enum ap_status ap_input_new(struct ap_input **out, const char *const *names, size_t count,
                                          enum ap_input_format format, size_t max_line, struct ap_error *err);
void ap_input_free(struct ap_input *input); /* NULL is harmless */

/* The next thing that has been read. Opens the next file when one ends. */
AP_MUST_CHECK enum ap_status ap_input_next(struct ap_input *input, enum ap_input_event *event,
                                           struct ap_input_line *line, struct ap_error *err);

/* One read(2) from ap_input_fd, which waits when there is nothing to read. */
AP_MUST_CHECK enum ap_status ap_input_read(struct ap_input *input, struct ap_error *err);
int ap_input_fd(const struct ap_input *input);

/* Take nothing more: what was read still comes out, then AP_INPUT_END. */
void ap_input_close(struct ap_input *input);

/* What was read and has not come out yet. *stream: from a pipe or terminal, so it is nowhere else. */
void ap_input_rest(const struct ap_input *input, const char **text, size_t *len, bool *stream);

#endif
