/*
 * Checking the links of chains whose entries arrive in any order.
 *
 * What has been seen of a chain is kept as segments: runs of sequence numbers without a gap, each link of which has
 * been recomputed. A segment's first entry waits, whole, for its predecessor. Entries lie on disk nearly in order, so
 * there are few segments; an adversary can make them many, and past a bound the caller reads again in order.
 */
#ifndef AUDITPROOF_VERIFY_LINKS_H
#define AUDITPROOF_VERIFY_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/chain.h"
#include "auditproof/finding.h"
#include "row.h"

/* The end of a segment: what its successor is checked against. */
struct link_end {
    uint64_t seq;
    int64_t recorded_at_us;
    uint8_t hash[AP_HASH_LEN];     /* as stored */
    uint8_t computed[AP_HASH_LEN]; /* as recomputed; differs from hash only where a link finding was made */
};

struct link_segment {
    struct chained first; /* waits for its predecessor, unless it is seq 1 */
    struct link_end last;
};

struct pin;

struct link_chain {
    struct ap_uuid id;
    bool used;
    bool registered; /* there is a row in auditproof.chain */
    uint32_t segment_count, segment_cap, recent;
    struct link_segment **segments; /* owned, each too; sorted by first.record.seq */
    uint64_t entries, purged;
    int64_t first_recorded_us, last_recorded_us;
    bool pin_sought;
    struct pin *pin; /* borrowed, for the caller; NULL also when it has not been sought */
};

struct links {
    struct link_chain *table; /* open addressing; owned */
    size_t cap, chains;
    size_t segments;
    uint64_t from_seq;        /* set by the caller: the first to count; the one before it gives its hash only */
    int64_t latest_us;        /* set by the caller: no entry can have been recorded later; INT64_MAX at first */
    bool in_order;            /* entries come in order of seq: a chain needs one segment, and a gap is known at once */
    struct ap_digest *digest; /* owned */
    ap_finding_fn *report;
    void *context;
};

enum {
    LINKS_MAX_SEGMENTS = 32768, /* all chains together, beside one for each: 7 MiB */
};

AP_MUST_CHECK enum ap_status links_init(struct links *links, ap_finding_fn *report, void *context,
                                        struct ap_error *err);
void links_free(struct links *links);

/* The chain's state, made when new. Valid until the next call that may add a chain. */
AP_MUST_CHECK enum ap_status links_chain(struct links *links, const struct ap_uuid *id, struct link_chain **out,
                                         struct ap_error *err);

/*
 * One entry. AP_ELIMIT, unless in_order, when the chains have fallen into more than LINKS_MAX_SEGMENTS segments, and
 * when a number is there twice: the caller then starts again, in order.
 */
AP_MUST_CHECK enum ap_status links_add(struct links *links, struct link_chain *chain, const struct chained *entry,
                                       struct ap_error *err);

/* Take over what another thread has seen. AP_ELIMIT also when the two overlap: only order tells which is the fork. */
AP_MUST_CHECK enum ap_status links_merge(struct links *links, const struct links *from, struct ap_error *err);

/*
 * All entries are in: report the gaps between segments, before the first where it does not begin at from_seq (or the
 * entry before it), and after the last where that is below to_seq (0: the chain ends where it ends).
 */
AP_MUST_CHECK enum ap_status links_finish(struct links *links, uint64_t to_seq, struct ap_error *err);

#endif
