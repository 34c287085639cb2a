/*
 * Classifying again what a rule set classified, with that rule set as the database keeps it, and comparing: what is
 * recorded, what the chain tells of it, and what the rules find now (audit-schema(5), CLASSIFICATION).
 */
#ifndef AUDITPROOF_REPLAY_H
#define AUDITPROOF_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/error.h"

enum ap_replay_kind {
    AP_REPLAY_ALTERED,      /* a recorded finding is not what the rules find */
    AP_REPLAY_MISSING,      /* the rules find what is not recorded */
    AP_REPLAY_ADDED,        /* what is recorded, the rules do not find */
    AP_REPLAY_DIGEST,       /* what is recorded is not what the chain tells of */
    AP_REPLAY_RESULT,       /* what the rules find is not what the chain tells of */
    AP_REPLAY_UNCLASSIFIED, /* entries between batches that none covers */
    AP_REPLAY_OVERLAP,      /* entries that two batches cover */
    AP_REPLAY_RULESET,      /* a rule set is missing, or is not what its digest says */
    AP_REPLAY_ERASED,       /* notice: entries were erased since, so that the rules cannot find the same */
};

/* "altered", "missing", … Static. */
const char *ap_replay_kind_name(enum ap_replay_kind kind);

enum { AP_REPLAY_TEXT_SIZE = 512 };

struct ap_replay_difference {
    enum ap_replay_kind kind;
    char ruleset[AP_HASH_TEXT_SIZE];
    char chain[AP_UUID_TEXT_SIZE]; /* "" when it is about the rule set as a whole */
    char batch[AP_UUID_TEXT_SIZE]; /* log id of the entry that tells of the batch; "" for an open one */
    uint64_t from, through;        /* of the batch, or of the entries meant */
    uint64_t seq;                  /* of the finding's entry; 0 when none is meant */
    const char *rule_id;           /* borrowed; NULL when no finding is meant */
    char expected[AP_REPLAY_TEXT_SIZE], found[AP_REPLAY_TEXT_SIZE]; /* cut at a character */
};

typedef enum ap_status ap_replay_fn(void *context, const struct ap_replay_difference *difference, struct ap_error *err);

struct ap_replay_options {
    const struct ap_uuid *chain; /* that one only; NULL for all */
    uint64_t from_seq; /* compare batches that reach it; 0 for all. Earlier ones are classified all the same */
    ap_replay_fn *fn;
    bool (*stopping)(void *context); /* may be NULL */
    void *context;
};

struct ap_replay_totals {
    uint64_t rulesets, chains, batches, open_batches, entries, findings;
    uint64_t differences;
    uint64_t erased; /* batches whose result cannot be had again, because entries were erased */
};

/*
 * AP_ESTATE when there is nothing to compare. Reads within one snapshot.
 */
AP_MUST_CHECK enum ap_status ap_replay_run(struct ap_db *db, const struct ap_replay_options *options,
                                           struct ap_replay_totals *totals, struct ap_error *err);

#endif
