/*
 * Classifying the entries of a database as they come (audit-schema(5), CLASSIFICATION).
 *
 * Each batch of a chain's entries is one transaction: what was found, how far the rule set got, and what its
 * correlations have open are there together or not at all. Any number of followers share the chains between them.
 */
#ifndef AUDITPROOF_FOLLOW_H
#define AUDITPROOF_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/rules.h"

/* Where a rule set begins in a chain that is new to it. */
enum ap_follow_start {
    AP_FOLLOW_FURTHEST, /* where any rule set got in it, or at its first entry */
    AP_FOLLOW_FIRST,    /* at its first entry */
    AP_FOLLOW_NOW,      /* after its last entry, as of the start; a chain that comes later, at its first */
};

/* An entry with findings of at least min_level, as a line of JSON without a line end; after its batch is committed. */
typedef enum ap_status ap_follow_found_fn(void *context, enum ap_level level, const char *line, size_t len,
                                          struct ap_error *err);

struct ap_follow_options {
    const struct ap_rules *rules;
    enum ap_follow_start start;
    const struct ap_uuid *chain; /* that one only; NULL for all */
    bool wait;                   /* for more, until `stopping`; else all that is there */
    enum ap_level min_level;
    uint64_t batch_entries;    /* a batch is told of in the chain once it has so many entries, */
    int64_t batch_age_us;      /* or is so old */
    int64_t poll_us;           /* longest wait for a notification before looking anyway */
    int wake_fd;               /* readable when `stopping` may have become true; -1 for none */
    ap_follow_found_fn *found; /* may be NULL */
    void (*remark)(void *context, const char *message); /* connection lost, tried again, …; may be NULL */
    bool (*stopping)(void *context);                    /* asked between batches; may be NULL */
    void *context;
};

struct ap_follow_totals {
    uint64_t entries;    /* classified */
    uint64_t findings;   /* recorded */
    uint64_t told;       /* batches that a chained entry tells of */
    uint64_t gone;       /* entries whose row is not there any more */
    uint64_t bad;        /* entries that could not be read as events */
    uint64_t late;       /* times that an entry came too late for a correlation's window */
    uint64_t limited;    /* searches for regular expressions that were cut off */
    uint64_t reconnects; /* connections made anew */
    uint64_t notified;   /* notifications */
};

/*
 * AP_OK when there is nothing left (without wait) or `stopping` said so. A lost connection is made anew for as long as
 * it takes; without wait it is an error. The connection is used up: its settings are changed.
 */
AP_MUST_CHECK enum ap_status ap_follow_run(struct ap_db *db, const struct ap_follow_options *options,
                                           struct ap_follow_totals *totals, struct ap_error *err);

#endif
