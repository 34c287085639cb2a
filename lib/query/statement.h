/*
 * A statement put together from files of sql/queries, each constant text with parameters of its own. Nothing outside
 * lib/query includes this.
 */
#ifndef AUDITPROOF_QUERY_STATEMENT_H
#define AUDITPROOF_QUERY_STATEMENT_H

#include "auditproof/buf.h"
#include "auditproof/clock.h"
#include "auditproof/db.h"

enum { STATEMENT_MAX_VALUES = 384 };

/* Zero it first, and free it last. A failure to add shows when it is checked or run. */
struct statement {
    struct ap_buf sql;
    struct ap_buf values; /* one after the other, each with its NUL */
    size_t offsets[STATEMENT_MAX_VALUES];
    int count;
    bool overflowed;
};

void statement_free(struct statement *statement); /* and makes it empty */

/* Add a file by its name without "queries/", and the values of its parameters. Its own $1 becomes the next number. */
void statement_add(struct statement *statement, const char *name, int count, const char *const *values);
/* With one parameter, or none where value is NULL. */
void statement_add1(struct statement *statement, const char *name, const char *value);

/* Append an element to the text of an array; begin it with "", and end it with statement_array_end. */
void statement_array_add(struct ap_buf *array, const char *text, size_t len);
void statement_array_add_null(struct ap_buf *array);
void statement_array_end(struct ap_buf *array);

/* A time as PostgreSQL reads it, in whatever year. */
enum { STATEMENT_TIME_SIZE = AP_TIME_TEXT_SIZE + 8 };
void statement_time(char out[STATEMENT_TIME_SIZE], int64_t time_us);

AP_MUST_CHECK enum ap_status statement_check(const struct statement *statement, struct ap_error *err);
AP_MUST_CHECK enum ap_status statement_run(const struct statement *statement, struct ap_db *db, struct ap_rows **rows,
                                           struct ap_error *err);
/* The same, and its rows in binary. */
AP_MUST_CHECK enum ap_status statement_run_binary(const struct statement *statement, struct ap_db *db,
                                                  struct ap_rows **rows, struct ap_error *err);

#endif
