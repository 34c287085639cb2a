/*
 * Change capture: the changes of any table with a primary key become entries (audit-schema(5), CHANGE CAPTURE).
 * The work is done by triggers in the database; these attach, detach and list them.
 */
#ifndef AUDITPROOF_CAPTURE_H
#define AUDITPROOF_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/db.h"

/* All members may be NULL or 0, which stands for the default. Borrowed for the call. */
struct ap_capture_options {
    const char *const *withheld; /* columns whose values never enter an entry; that they changed does */
    size_t withheld_count;
    const char *const *ignored; /* columns whose change alone is not worth an entry */
    size_t ignored_count;
    const char *risk_level;          /* low */
    const char *resource_type;       /* the table's name */
    const char *organization_column; /* organization_id where there is one; id for organizations */
};

enum ap_capture_outcome { AP_CAPTURE_UNCHANGED, AP_CAPTURE_ATTACHED, AP_CAPTURE_CHANGED };

/*
 * Attach capture to a table, or give it other options. `table` is a name as SQL writes it; without a schema, public's.
 * The connection's role must own the table. AP_ESTATE when auditproof is not installed, AP_EINPUT when there is no such
 * table; AP_ESQL when the database refuses (no primary key, no such column, part of the audit trail itself). Where
 * other sessions hold the table, it is tried again for about ten seconds.
 */
AP_MUST_CHECK enum ap_status ap_capture_attach(struct ap_db *db, const char *table,
                                               const struct ap_capture_options *options,
                                               enum ap_capture_outcome *outcome, struct ap_error *err);

/* Take it off again; *was_attached (may be NULL) tells whether there was anything to take off. */
AP_MUST_CHECK enum ap_status ap_capture_detach(struct ap_db *db, const char *table, bool *was_attached,
                                               struct ap_error *err);

/* A table that is captured. Lists of columns are joined with ", "; "" is none. Borrowed for the call of the function.
 */
struct ap_capture_table {
    const char *table;
    const char *resource_type;
    const char *risk_level;
    const char *organization_column;
    const char *key;
    const char *withheld;
    const char *ignored;
    const char *trouble; /* why it captures less than it says, or "" */
};

/* A status other than AP_OK ends the listing with that status. */
typedef enum ap_status ap_capture_fn(void *context, const struct ap_capture_table *table, struct ap_error *err);

AP_MUST_CHECK enum ap_status ap_capture_list(struct ap_db *db, ap_capture_fn *fn, void *context, struct ap_error *err);

#endif
