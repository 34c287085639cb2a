/* What the parts of a purge share. */
#ifndef AP_RETAIN_PURGE_INTERNAL_H
#define AP_RETAIN_PURGE_INTERNAL_H

#include "auditproof/purge.h"

/* Begin a transaction. */
AP_MUST_CHECK enum ap_status purge_begin_step(struct ap_db *db, struct ap_error *err);

/*
 * archive.c: verify the bundles, each against the pinned keys, and fail with AP_ESTATE unless they hold, with its text,
 * every entry that the plan names. Appends JSON objects that name them.
 */
AP_MUST_CHECK enum ap_status archive_check(struct ap_db *db, const struct ap_purge_options *options,
                                           const struct ap_purge_text *plan, struct ap_buf *out, struct ap_error *err);

#endif
