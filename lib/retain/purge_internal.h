/* What the parts of a purge share. */
#ifndef AP_RETAIN_PURGE_INTERNAL_H
#define AP_RETAIN_PURGE_INTERNAL_H

#include "auditproof/purge.h"

enum { PURGE_NUMBER_SIZE = 24 };

/* Begin a transaction. */
AP_MUST_CHECK enum ap_status purge_begin_step(struct ap_db *db, struct ap_error *err);

/* One statement, in a transaction of its own; again where somebody else was at the same rows. */
AP_MUST_CHECK enum ap_status purge_run_step(struct ap_db *db, const char *name, int count, const char *const *values,
                                            struct ap_rows **rows, struct ap_error *err);

/* The clock, in microseconds since 1970, as the database's functions ask for it. */
void purge_now_text(char out[PURGE_NUMBER_SIZE]);

/* Is told how many rows left, and may say that it is enough. */
typedef enum ap_status purge_gone(void *context, uint64_t rows, struct ap_error *err);

/* purge_months.c: drop the months that may leave as a whole. What stays of the others is for whoever goes row by row.
 */
AP_MUST_CHECK enum ap_status purge_months(struct ap_db *db, const char *digest, bool chained, purge_gone *tell,
                                          void *context, struct ap_error *err);

/*
 * archive.c: verify the bundles, each against the pinned keys, and fail with AP_ESTATE unless they hold, with its text,
 * every entry that the plan names. Appends JSON objects that name them.
 */
AP_MUST_CHECK enum ap_status archive_check(struct ap_db *db, const struct ap_purge_options *options,
                                           const struct ap_purge_text *plan, struct ap_buf *out, struct ap_error *err);

#endif
