/* A query's rows as an aligned table for people, or as a JSON array of objects. */
#ifndef AUDITPROOF_CMD_SHEET_H
#define AUDITPROOF_CMD_SHEET_H

#include "auditproof/db.h"

enum sheet_kind {
    SHEET_TEXT,
    SHEET_NUMBER, /* right-aligned; a JSON number */
    SHEET_BYTES,  /* as "1.5 MB" for people; a JSON number */
    SHEET_FLAG,   /* "yes" or "no"; a JSON boolean */
};

struct sheet_column {
    const char *name; /* JSON member; NULL ends the list */
    const char *heading;
    enum sheet_kind kind;
};

/* The first columns of rows, in the order of `columns`. SQL NULL prints as "-", and as null. */
AP_MUST_CHECK enum ap_status sheet_print(const struct sheet_column *columns, const struct ap_rows *rows,
                                         struct ap_error *err);
/* No more than so many of them. */
AP_MUST_CHECK enum ap_status sheet_print_some(const struct sheet_column *columns, const struct ap_rows *rows,
                                              size_t most, struct ap_error *err);
AP_MUST_CHECK enum ap_status sheet_print_json_row(const struct sheet_column *columns, const struct ap_rows *rows,
                                                  size_t row, struct ap_error *err);
AP_MUST_CHECK enum ap_status sheet_print_json(const struct sheet_column *columns, const struct ap_rows *rows,
                                              struct ap_error *err);

#endif
