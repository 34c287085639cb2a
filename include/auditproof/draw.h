/*
 * Drawing a sample that anybody can draw again: entries are ranked by HMAC-SHA-256 of their hash, keyed by the seed,
 * and the lowest are taken (audit-bundle(5), SAMPLES). Who wrote an entry cannot know its rank, and who draws cannot
 * choose.
 */
#ifndef AUDITPROOF_DRAW_H
#define AUDITPROOF_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"

enum { AP_EVIDENCE_SAMPLE_MAX = 100000 };

/* A sample: the n entries of a period whose HMAC-SHA-256, of their entry hash and keyed by the seed, is lowest. */
struct ap_evidence_draw {
    size_t n;
    const char *seed;           /* its bytes are the key */
    const char *const *actions; /* only entries whose action one of these patterns matches, as fnmatch(3); none: all */
    size_t action_count;
};

struct ap_evidence_drawn {
    uint64_t seq;
    uint8_t rank[AP_HASH_LEN]; /* that HMAC */
};

struct ap_draw;

/* The texts of `is` are borrowed. AP_EINPUT when n is not 1 to AP_EVIDENCE_SAMPLE_MAX, or the seed is empty. */
AP_MUST_CHECK enum ap_status ap_draw_new(struct ap_draw **out, const struct ap_evidence_draw *is, struct ap_error *err);
void ap_draw_free(struct ap_draw *draw); /* NULL is harmless */

/* An entry of the period, in any order; action NULL: it has none. */
AP_MUST_CHECK enum ap_status ap_draw_take(struct ap_draw *draw, uint64_t seq, const uint8_t entry_hash[AP_HASH_LEN],
                                          const char *action, size_t action_len, struct ap_error *err);

/* What was drawn of all that was taken, by rank, the lowest first. Borrowed; nothing is taken after that. */
const struct ap_evidence_drawn *ap_draw_end(struct ap_draw *draw, size_t *count);
uint64_t ap_draw_population(const struct ap_draw *draw);

/* data/sample.csv. */
void ap_draw_csv(struct ap_buf *out, const struct ap_evidence_drawn *drawn, size_t count);

#endif
