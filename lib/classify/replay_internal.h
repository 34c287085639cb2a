/* What the parts of a replay share (replay*.c). */
#ifndef AUDITPROOF_CLASSIFY_REPLAY_INTERNAL_H
#define AUDITPROOF_CLASSIFY_REPLAY_INTERNAL_H

#include "auditproof/digest.h"
#include "auditproof/replay.h"
#include "classify_internal.h"

/* A batch as the chain tells of it, or one that is open; or the end of a chain's batches. */
struct told {
    char chain[AP_UUID_TEXT_SIZE];
    char log_id[AP_UUID_TEXT_SIZE];            /* "" for an open one, of which there is no digest and no count */
    uint64_t from, through, entries, findings; /* from is 0 at the end, and through the position then */
    char digest[AP_HASH_TEXT_SIZE];
    bool erased;
};

struct replay {
    struct ap_db *db;
    const struct ap_replay_options *options;
    struct ap_replay_totals *totals;
    struct ap_digest *digest;
    char ruleset[AP_HASH_TEXT_SIZE];

    /* of the batch at hand */
    struct found_list found;       /* by running the rules again */
    uint64_t entries, first, last; /* how many, and the numbers of the first and the last */
    struct ap_buf lines;
};

/* Hand out a difference: kind, place and texts from the caller, the rest filled in. */
AP_MUST_CHECK enum ap_status replay_report(struct replay *r, const struct told *told,
                                           struct ap_replay_difference *difference, struct ap_error *err);

/* What is recorded, what the chain tells of, and what was found again. */
AP_MUST_CHECK enum ap_status replay_compare(struct replay *r, const struct told *told, struct ap_error *err);

/* Findings that are recorded of a range which no batch covers. */
AP_MUST_CHECK enum ap_status replay_stray(struct replay *r, const struct told *told, uint64_t from, uint64_t through,
                                          struct ap_error *err);

#endif
