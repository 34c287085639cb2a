/* Classifying a range of a database's entries, without recording anything. */
#ifndef AUDITPROOF_RANGE_H
#define AUDITPROOF_RANGE_H

#include "auditproof/follow.h"

struct ap_range_options {
    const struct ap_rules *rules;
    const struct ap_uuid *chain; /* that one only; NULL for all */
    uint64_t from_seq;           /* 0 for the first */
    bool has_since, has_until;
    int64_t since_us, until_us; /* created_at: from, and before */
    enum ap_level min_level;
    ap_follow_found_fn *found;       /* an entry with findings, or a window that ended */
    bool (*stopping)(void *context); /* may be NULL */
    void *context;
};

struct ap_range_totals {
    uint64_t entries, bad, matched, late, limited;
};

/* Correlations begin with nothing open; what actors did before is asked of the whole chain. Reads one snapshot. */
AP_MUST_CHECK enum ap_status ap_range_run(struct ap_db *db, const struct ap_range_options *options,
                                          struct ap_range_totals *totals, struct ap_error *err);

#endif
