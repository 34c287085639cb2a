/*
 * Reading what is chained in one snapshot, as a role that sees all of it or is refused: for what is made of entries
 * beside a verification.
 */
#ifndef AUDITPROOF_READING_H
#define AUDITPROOF_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/error.h"

struct ap_reading {
    struct ap_db *db;  /* borrowed */
    bool through_view; /* policies apply to the role: rows come through auditproof.entry */
};

/*
 * Begin a REPEATABLE READ, READ ONLY transaction, as auditproof_auditor where the login is a member and policies would
 * hide rows from it. AP_ESTATE when the tables, or the view that would be read, are not what they must be; AP_ESQL with
 * 42501 when the login may not read.
 */
AP_MUST_CHECK enum ap_status ap_reading_begin(struct ap_db *db, struct ap_reading *reading, struct ap_error *err);

/* ap_db_query of an embedded file that names public.audit_logs, which is the view where that is read. */
AP_MUST_CHECK enum ap_status ap_reading_query(const struct ap_reading *reading, const char *name, int count,
                                              const char *const *values, struct ap_rows **rows, struct ap_error *err);

/* Entries whose rows left after their window. */
struct ap_purged {
    uint64_t from_seq, to_seq; /* both included */
    int64_t purged_at_us;
};

/* Those of a chain that a chained entry authorises, in order. *out is the caller's, to be freed with free(). */
AP_MUST_CHECK enum ap_status ap_reading_purged(const struct ap_reading *reading, const struct ap_uuid *chain,
                                               struct ap_purged **out, size_t *count, struct ap_error *err);

#endif
