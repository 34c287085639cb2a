/* One run of a series: what its parts share. Nothing outside lib/verify includes this. */
#ifndef AUDITPROOF_VERIFY_RECHECK_H
#define AUDITPROOF_VERIFY_RECHECK_H

#include "run.h"
#include "state.h"

struct recheck {
    struct run *run;
    struct ap_verify_report *report;
    struct state *state;
    unsigned cycle;
    struct read_mark now;
    size_t known;             /* chains that the state had before this run, sorted */
    struct resolver resolver; /* what differs */
    struct ap_digest *digest; /* owned */
    struct ap_buf text, told; /* told: of adoptions, by entries */
    bool share_due[AP_INCREMENTAL_MAX_CYCLE], share_bad[AP_INCREMENTAL_MAX_CYCLE];
    bool window_bad;  /* a row without an entry was found: rows as old have to be looked at again */
    int64_t shown_us; /* when progress was last shown */
};

/* A part of a chain, and the points in it. */
struct segment {
    struct ap_uuid chain;
    uint64_t from, to;
    struct point *before; /* where it begins, or NULL: with the chain */
    struct point *points; /* ascending; the last is `to` */
    size_t count;
    bool fresh; /* the points get the hashes that are found; else they are held against them */
};

/* heads.c: the chains that there are, into the report, held against those that the state has. */
AP_MUST_CHECK enum ap_status recheck_heads(struct recheck *recheck, struct ap_error *err);
/* The entries at all points, and at the pins of the seals. What is not as it was is marked, and read in this run. */
AP_MUST_CHECK enum ap_status recheck_points(struct recheck *recheck, struct ap_error *err);
/* After the reading: where a chain was made anew. */
AP_MUST_CHECK enum ap_status recheck_tell_rewritten(struct recheck *recheck, struct ap_error *err);

/* lookup.c: single entries. Each that is there is handed to fn, by its place in the order asked for. */
struct wanted {
    struct ap_uuid chain;
    uint64_t seq;
};
typedef void wanted_fn(void *context, size_t place, const uint8_t hash[AP_HASH_LEN], int64_t recorded_at_us);
AP_MUST_CHECK enum ap_status run_look_up(struct run *run, const struct wanted *wanted, size_t count, wanted_fn *fn,
                                         void *context, struct ap_error *err);

/* segment.c: read a part of a chain with its rows. *clean: nothing was found in it. */
AP_MUST_CHECK enum ap_status recheck_segment(struct recheck *recheck, const struct segment *segment, bool *clean,
                                             struct ap_error *err);

/* loose.c: rows that no entry covers. */
AP_MUST_CHECK enum ap_status recheck_loose(struct recheck *recheck, struct ap_error *err);

/* settle.c: what the run makes of the state. */
AP_MUST_CHECK enum ap_status recheck_settle(struct recheck *recheck, struct ap_error *err);

#endif
