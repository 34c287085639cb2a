/* One batch: the next entries of one chain, classified and recorded in one transaction. */
#ifndef AUDITPROOF_CLASSIFY_BATCH_H
#define AUDITPROOF_CLASSIFY_BATCH_H

#include "auditproof/follow.h"
#include "classify_internal.h"

struct batch_line {
    enum ap_level level;
    size_t start, len; /* in lines */
};

struct batch {
    struct ap_db *db;
    const struct ap_follow_options *options;
    struct ap_follow_totals *totals;
    struct sifter sifter;
    char ruleset[BYTEA_DIGEST_SIZE];
    const char *start; /* as classify_claim takes it */
    char most_entries[SEQ_TEXT_SIZE];
    char most_age[64];

    bool full; /* the last batch had as many entries as one takes: there are more */

    /* of the batch at hand */
    char chain[AP_UUID_TEXT_SIZE];
    uint64_t from, through, classified, gone, bad;
    struct found_list found;
    struct ap_buf lines, scratch, json, state;
    struct batch_line *line; /* what to tell of once it is committed */
    size_t line_count, line_cap;
};

AP_MUST_CHECK enum ap_status batch_open(struct batch *b, struct ap_db *db, const struct ap_follow_options *options,
                                        struct ap_follow_totals *totals, struct ap_error *err);
void batch_close(struct batch *b);

/*
 * The next entries of a chain. *moved: there were some; not when another follower has the chain. Whatever fails,
 * nothing of the batch is there afterwards: roll back, renew the sifter, and try again.
 */
AP_MUST_CHECK enum ap_status batch_run(struct batch *b, const char *chain, bool *moved, struct ap_error *err);

/* Begin after the last entries of all chains (or of `only`) that the rule set has not been used in. */
AP_MUST_CHECK enum ap_status batch_begin_now(struct batch *b, const char *only, struct ap_error *err);

#endif
