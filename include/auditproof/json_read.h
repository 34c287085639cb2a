/*
 * Reading JSON (RFC 8259) without building a tree: the text is checked from end to end and its parts are handed out as
 * spans of it, so that a number keeps every digit it was written with. What PostgreSQL's jsonb could not store is
 * refused here already, with its place: \u0000, half a surrogate pair, text that is not UTF-8.
 */
#ifndef AUDITPROOF_JSON_READ_H
#define AUDITPROOF_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"

/* Deepest nesting of arrays and objects that is read. */
#define AP_JSON_MAX_DEPTH 512

enum ap_json_kind {
    AP_JSON_NULL,
    AP_JSON_FALSE,
    AP_JSON_TRUE,
    AP_JSON_NUMBER,
    AP_JSON_STRING,
    AP_JSON_ARRAY,
    AP_JSON_OBJECT,
};

/* A checked value as it stands in the text; a string's span includes its quotes. */
struct ap_json_span {
    enum ap_json_kind kind;
    const char *text;
    size_t len;
};

/* `at` is where reading stands and, after a failure, what it stumbled over; it is never past `end`. */
struct ap_json_reader {
    const char *at;
    const char *end;
};

/* text is borrowed and need not be terminated. */
void ap_json_reader_init(struct ap_json_reader *reader, const char *text, size_t len);

/* The next value. AP_EINPUT, with a message that names no position, when there is none or it is malformed. */
AP_MUST_CHECK enum ap_status ap_json_read_value(struct ap_json_reader *reader, struct ap_json_span *out,
                                                struct ap_error *err);

/* An object member by member: open it, then read members until *more is false. */
AP_MUST_CHECK enum ap_status ap_json_read_open(struct ap_json_reader *reader, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_json_read_member(struct ap_json_reader *reader, bool *more, struct ap_json_span *key,
                                                 struct ap_json_span *value, struct ap_error *err);

/* Fails unless nothing but white space is left. */
AP_MUST_CHECK enum ap_status ap_json_read_end(struct ap_json_reader *reader, struct ap_error *err);

/* The whole text is one value. *at, which may be NULL, is the offset of what is wrong. */
AP_MUST_CHECK enum ap_status ap_json_check(const char *text, size_t len, struct ap_json_span *out, size_t *at,
                                           struct ap_error *err);

/* Append the characters that a string span stands for. */
void ap_json_decode(const struct ap_json_span *string, struct ap_buf *out);

/* Whether a string span stands for exactly these len bytes. */
bool ap_json_string_is(const struct ap_json_span *string, const char *text, size_t len);

/*
 * Where the values of a JSON text end, told by its brackets and quotes alone: values one after the other, or in an
 * array around all of them. Zero it at the text's start; text is what follows the last value, or what was dropped of
 * it.
 */
struct ap_json_scan {
    size_t done; /* bytes of text that were looked at */
    size_t depth;
    bool begun, in_array, in_string, escaped;
};

/* Bytes before the next value, to be dropped from the text. */
size_t ap_json_scan_skip(struct ap_json_scan *scan, const char *text, size_t len);

/* Whether the value that begins the text ends within it, and its length, to be dropped. Ask again with more text. */
bool ap_json_scan_end(struct ap_json_scan *scan, const char *text, size_t len, size_t *value_len);

/* "a string", "an object", … */
const char *ap_json_kind_name(enum ap_json_kind kind);

#endif
