/*
 * The state between incremental verifications, in memory and as a file. Nothing outside lib/verify includes this.
 *
 * Each chain has points: sequence numbers with the entry hash that was there. Between two of them lies a segment, which
 * is read as a whole, and belongs to the point where it ends. The ids of rows are divided into shares of equal width.
 */
#ifndef AUDITPROOF_VERIFY_STATE_H
#define AUDITPROOF_VERIFY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/incremental.h"

/* The last good reading of something. Runs are numbered from 1; 0: there was a finding since, and it is always due. */
struct read_mark {
    uint64_t run;
    int64_t at_us;
};

struct point {
    uint64_t seq;
    uint8_t hash[AP_HASH_LEN];
    struct read_mark read; /* of the segment that ends here */
    /* Of the run that is under way: */
    bool due;    /* the segment is to be read, */
    bool clean;  /* and nothing was found in it */
    bool absent; /* the entry is not there; */
    bool other;  /* or it is, with another hash */
};

struct known_chain {
    struct ap_uuid id;
    struct point *points; /* owned; sorted by seq; at least one */
    size_t count, cap;
    size_t old; /* of the points, how many are from runs before this one */
};

struct state {
    int64_t installed_us;   /* when auditproof was installed, which tells databases apart */
    uint64_t copy;          /* of it: a clone has another */
    uint64_t run;           /* the last; 0: there was none */
    int64_t rows_since_us;  /* rows created before this, less a day, were looked at when they were new; 0 for none */
    struct read_mark trees; /* under the seals */
    struct read_mark shares[AP_INCREMENTAL_MAX_CYCLE]; /* of the ids of rows */
    size_t share_count;
    struct known_chain *chains; /* owned; sorted by id */
    size_t count, cap;
};

void state_free(struct state *state);

/* A chain at the end of the table, which is then not sorted; at index state->count - 1. */
AP_MUST_CHECK enum ap_status state_add_chain(struct state *state, const struct ap_uuid *id, struct ap_error *err);
/* A point past the chain's last. */
AP_MUST_CHECK enum ap_status chain_add_point(struct known_chain *chain, const struct point *point,
                                             struct ap_error *err);
void state_sort(struct state *state);
/* Among the first `count` chains, which are sorted; or NULL. */
struct known_chain *state_find(const struct state *state, size_t count, const struct ap_uuid *id);

/* The file's bytes. */
AP_MUST_CHECK enum ap_status state_encode(struct ap_buf *out, const struct state *state, struct ap_error *err);
/* AP_EINPUT for anything but what state_encode writes; the state is then to be freed all the same. */
AP_MUST_CHECK enum ap_status state_parse(struct state *state, const char *text, size_t len, struct ap_error *err);

struct ap_incremental {
    char *path; /* owned */
    int lock;   /* a file descriptor */
    unsigned cycle;
    bool advanced; /* a verification has made a state of it that can be written */
    struct state state;
};

/* share.c */

/* Mark what this run has to read again: all that is to be read within `cycle` runs, and at least that share of it. */
AP_MUST_CHECK enum ap_status state_choose(struct state *state, unsigned cycle, uint64_t run, struct ap_error *err);
/* The same for the shares of ids, of which there are to be `cycle` from now on. */
void state_choose_shares(struct state *state, unsigned cycle, uint64_t run, bool due[AP_INCREMENTAL_MAX_CYCLE]);
bool is_due(const struct read_mark *read, unsigned cycle, uint64_t run);
size_t share_of(const struct ap_uuid *id, size_t shares);
/* The least id of a share. */
struct ap_uuid share_first(size_t share, size_t shares);
/* How many segments so many entries make, and where the i-th of these ends (i from 1), counted from the first. */
size_t segments_of(uint64_t entries, unsigned cycle);
uint64_t segment_end(uint64_t entries, size_t segments, size_t i);
/* Make one of neighbouring segments that are small for the length of their chain. */
void chain_merge_small(struct known_chain *chain, unsigned cycle);

#endif
