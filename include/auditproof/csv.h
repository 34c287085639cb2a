/* Reading CSV as RFC 4180 has it: fields in double quotes may hold commas, line ends and doubled quotes. */
#ifndef AUDITPROOF_CSV_H
#define AUDITPROOF_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"

enum { AP_CSV_MAX_FIELDS = 256 };

/* Where records end, in a text that arrives in pieces. Zero it before each record. */
struct ap_csv_scan {
    size_t at; /* bytes looked at so far */
    enum { AP_CSV_FIELD_START, AP_CSV_PLAIN, AP_CSV_QUOTED, AP_CSV_AFTER_QUOTE } state;
};

/*
 * text is the record so far, len bytes of it. True when it is complete: *record_len is then its length without the line
 * end and *next the offset of the next record. Call again with more text otherwise; what was scanned is not scanned
 * again.
 */
bool ap_csv_scan(struct ap_csv_scan *scan, const char *text, size_t len, size_t *record_len, size_t *next);

struct ap_csv_field {
    const char *text; /* borrowed from the record, or from the row's buffer where quotes were doubled */
    size_t len;
    bool quoted;
    size_t offset; /* of the field in the record */
};

struct ap_csv_row {
    struct ap_csv_field fields[AP_CSV_MAX_FIELDS];
    size_t count;
    struct ap_buf plain; /* owned: free with ap_buf_free; kept from row to row */
};

/* Split a record without its line end. AP_EINPUT with *at (may be NULL) the offset of what is wrong. */
AP_MUST_CHECK enum ap_status ap_csv_parse(struct ap_csv_row *row, const char *record, size_t len, size_t *at,
                                          struct ap_error *err);

#endif
