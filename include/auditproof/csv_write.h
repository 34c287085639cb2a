/*
 * Writing CSV that a spreadsheet may open: RFC 4180, UTF-8, CRLF, every field in quotes. A text that a spreadsheet
 * would take for a formula gets an apostrophe before it (audit-bundle(5)); a table is for reading, and the unaltered
 * record is the NDJSON beside it.
 */
#ifndef AUDITPROOF_CSV_WRITE_H
#define AUDITPROOF_CSV_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"

/*
 * Append a field; the buffer holds CSV only, which is how a field knows whether it is its record's first. Control
 * characters other than the first stay, within the quotes.
 */
void ap_csv_put_n(struct ap_buf *out, const char *text, size_t len);
void ap_csv_put(struct ap_buf *out, const char *text); /* NULL: an empty field */

/* Numbers are no formulas, with whatever sign. A time is as ap_time_format has it. */
void ap_csv_put_int(struct ap_buf *out, int64_t value);
void ap_csv_put_number(struct ap_buf *out, const char *digits, size_t len); /* which the caller knows for one */
void ap_csv_put_time(struct ap_buf *out, int64_t time_us);

/* End the record. */
void ap_csv_end(struct ap_buf *out);

/* A whole record; the list ends with NULL. For header lines. */
void ap_csv_put_record(struct ap_buf *out, const char *const *fields);

#endif
