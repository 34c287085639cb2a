/* What the tallies share. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_TALLY_H
#define AUDITPROOF_QUERY_TALLY_H

#include "auditproof/tally.h"
#include "period.h"
#include "statement.h"

/* What entries can be counted by. */
struct tally_field {
    const char *name;
    const char *plural;         /* "actions" */
    const char *value, *detail; /* names of the columns; detail NULL where there is none */
    const char *label;          /* what is told of a value beside it, or NULL; "email" is told instead of it */
    enum ap_answer_kind kind;   /* of the value */
    const char *file;           /* query_value_FILE */
    const char *filter;         /* by which search finds the entries of a value, or NULL */
    bool indexed;               /* an index leads from a value to its entries */
};

/* NULL when there is none. */
const struct tally_field *tally_field(const char *name);

/* Begin a part of the field's values: with the columns that name one. Then a row with those cells, of the columns
 * value, detail and label of rows. */
void tally_begin_columns(struct ap_tally_shape *shape, const struct tally_field *field);
void tally_begin_row(struct ap_answer *answer, const struct tally_field *field, const struct ap_rows *rows, size_t row);
/* Add a column; returns its number. */
size_t tally_add_column(struct ap_tally_shape *shape, const char *name, const char *heading, enum ap_answer_kind kind,
                        bool bar);

/* The field's values where the filter fits, as part of a statement. */
AP_MUST_CHECK enum ap_status tally_add_found(struct statement *statement, struct ap_db *db,
                                             const struct ap_query_access *access, const struct ap_query_filter *filter,
                                             const struct tally_field *field, bool *none, struct ap_error *err);

AP_MUST_CHECK enum ap_status tally_check_rights(const struct ap_query_access *access,
                                                const struct ap_query_filter *filter, const struct tally_field *field,
                                                struct ap_error *err);

/* The organization, or "" for all. */
void tally_org(char out[AP_UUID_TEXT_SIZE], const struct ap_query_filter *filter);

/* The period of the filter, and where that is open what was counted, from first to last if there is any; but no time
 * that lies ahead makes it longer. */
AP_MUST_CHECK enum ap_status tally_period(struct period *out, const struct ap_query_filter *filter,
                                          const struct ap_tally_options *options, bool any, int64_t first_us,
                                          int64_t last_us, struct ap_error *err);

/* An entry of each of these rows, whose columns are value, detail and, in `time`, when: ids by row, each NULL where
 * none was found. The rows of *ids, of columns which and id, are the caller's. */
AP_MUST_CHECK enum ap_status tally_entries(struct ap_rows **ids, struct ap_db *db, const struct ap_query_access *access,
                                           const struct ap_query_filter *filter, const struct tally_field *field,
                                           const struct ap_rows *rows, int time, struct ap_error *err);
/* Of those, the id that belongs to a row, or NULL. Rows are asked for in their order; *at begins with 0. */
const char *tally_entry_of(const struct ap_rows *ids, size_t row, size_t *at);

/* Values and details of rows as arrays for unnest. */
void tally_put_arrays(struct ap_buf *values, struct ap_buf *details, const struct ap_rows *rows);

/* Of a whole, in percent with one decimal. */
void tally_add_share(struct ap_answer *answer, uint64_t part, uint64_t whole);
/* "12 others have 1,234 entries", after "WHAT: " where that is not NULL. */
void tally_remark_others(struct ap_answer *answer, const char *what, uint64_t others, uint64_t entries);
/* A column of rows as a cell: NULL stays NULL. */
void tally_add_time(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column);

#endif
