/*
 * Verifying a stretch of one chain in order, entry by entry: its links and its content, before something is made of it
 * (a seal, a proof). The same bytes are computed as by ap_verify; what differs is that each verified entry is handed
 * on.
 */
#ifndef AUDITPROOF_STRETCH_H
#define AUDITPROOF_STRETCH_H

#include "auditproof/chain.h"
#include "auditproof/db.h"
#include "auditproof/entry.h"
#include "auditproof/finding.h"
#include "auditproof/merkle.h"
#include "auditproof/reading.h"

struct ap_stretch {
    struct ap_uuid chain;
    uint64_t from_seq, to_seq;      /* both included; 1 <= from_seq <= to_seq */
    struct ap_hash prev;            /* entry hash before from_seq; zeros when that is 1 */
    const volatile bool *stop;      /* looked at now and then; may be NULL */
    const struct ap_purged *purged; /* entries whose rows may be gone, in order; may be NULL */
    size_t purged_count;
};

struct ap_stretch_entry {
    struct ap_record record;
    struct ap_hash prev, entry_hash;
    struct ap_uuid log_id;
    const struct ap_entry *row;     /* borrowed until the callback returns; NULL for one that was purged */
    struct ap_value text;           /* the entry text that was hashed; likewise, and empty for one that was purged */
    const uint8_t *kept[AP_GROUPS]; /* commitments of erased groups, or NULL */
};

typedef enum ap_status ap_stretch_fn(void *context, const struct ap_stretch_entry *entry, struct ap_error *err);

/*
 * Hand each entry that is in its place, linked, and whose row has its content, to fn. The first that is not goes to
 * `found` instead (gap, fork, link, missing, altered), *intact becomes false, and the rest is not read. Rows are read
 * through the view auditproof.entry, so that the caller needs no more than a role of auditproof's. db is in a
 * transaction of the caller's.
 */
AP_MUST_CHECK enum ap_status ap_stretch_verify(struct ap_db *db, const struct ap_stretch *stretch, ap_stretch_fn *fn,
                                               ap_finding_fn *found, void *context, bool *intact, struct ap_error *err);

#endif
