/*
 * Reading `COPY … TO STDOUT (FORMAT binary)` as a stream of rows, in constant memory.
 *
 * Whatever is not exactly such a stream, ended by its trailer and by the server's own "done", is an error: a stream
 * that was cut off never looks like one that ended.
 */
#ifndef AUDITPROOF_COPY_H
#define AUDITPROOF_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/db.h"

struct ap_copy;

enum { AP_COPY_MAX_COLUMNS = 32 };

/* Run the COPY statement; rows must have exactly `columns` columns (at most AP_COPY_MAX_COLUMNS). */
AP_MUST_CHECK enum ap_status ap_copy_open(struct ap_copy **out, struct ap_db *db, const char *sql, size_t columns,
                                          struct ap_error *err);

/*
 * The next row's columns, borrowed until the one after, waiting for it as long as it takes; *more false after the last.
 * Between attempts the reader naps instead of being woken for each packet, which leaves the server an eighth more of
 * its processor; it looks at *stop (may be NULL) meanwhile and returns AP_ECANCELLED when that becomes true.
 */
AP_MUST_CHECK enum ap_status ap_copy_next(struct ap_copy *copy, struct ap_field *fields, bool *more,
                                          const volatile bool *stop, struct ap_error *err);

/* Also ends a stream that was not read to its end, by cancelling the statement. NULL is harmless. */
void ap_copy_close(struct ap_copy *copy);

#endif
