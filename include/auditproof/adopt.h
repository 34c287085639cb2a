/*
 * Adoption: the entries that were in audit_logs before it was chained get their salts and are chained, in the order
 * (created_at, id) along each chain, while the application goes on writing (audit-schema(5), ADOPTION).
 */
#ifndef AUDITPROOF_ADOPT_H
#define AUDITPROOF_ADOPT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "auditproof/db.h"

enum ap_adopt_step {
    AP_ADOPT_PLAN,  /* counting what is to be adopted */
    AP_ADOPT_INDEX, /* making the index that finds it: waits for the transactions that run meanwhile */
    AP_ADOPT_ROWS,  /* done of total */
    AP_ADOPT_TIDY,  /* dropping the index, requiring the salt */
};

typedef void ap_adopt_progress_fn(void *context, enum ap_adopt_step step, uint64_t done, uint64_t total);

struct ap_adopt_options {
    unsigned lock_ms;                  /* how long a batch may lock chains; 0 is 200 */
    ap_adopt_progress_fn *progress;    /* may be NULL; called after each batch */
    void *context;                     /* for progress */
    const volatile sig_atomic_t *stop; /* may be NULL; set it to stop after the batch under way */
};

struct ap_adopt_result {
    uint64_t chains;  /* that had rows to adopt */
    uint64_t planned; /* rows found when it began */
    uint64_t adopted; /* rows that this run adopted */
    uint64_t batches;
    uint64_t retries;         /* batches that gave way to another transaction and were run again */
    unsigned longest_lock_ms; /* the longest that a batch locked chains, without its commit */
    bool complete;            /* chain_salt is NOT NULL: nothing is left, and nothing can be */
};

/*
 * Adopt everything. Every batch is a transaction: what was done stays done, and a later call goes on from there. The
 * connection must not be in a transaction, and its role must own audit_logs. AP_ESTATE when auditproof is not
 * installed, another session is adopting, or rows remain that cannot be adopted; AP_ECANCELLED when stopped. *result is
 * filled in all cases.
 */
AP_MUST_CHECK enum ap_status ap_adopt_run(struct ap_db *db, const struct ap_adopt_options *options,
                                          struct ap_adopt_result *result, struct ap_error *err);

#endif
