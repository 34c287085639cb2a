/* What the parts of an evidence selection share. */
#ifndef AUDITPROOF_EVIDENCE_INTERNAL_H
#define AUDITPROOF_EVIDENCE_INTERNAL_H

#include "auditproof/evidence.h"
#include "auditproof/log_key.h"

struct seq_range {
    uint64_t first, last;
};

struct ranges {
    struct seq_range *items; /* owned */
    size_t count, cap;
    uint64_t more; /* entries past those */
};

/* What is counted on the way (days.c). */
struct tally {
    int64_t first_day; /* since 1970 */
    size_t days;
    uint64_t *counts; /* owned: a day's entries */
    struct ranges purged, erased;
};

AP_MUST_CHECK enum ap_status tally_init(struct tally *tally, int64_t from_us, int64_t to_us, struct ap_error *err);
AP_MUST_CHECK enum ap_status tally_add(struct tally *tally, const struct ap_evidence_entry *is, struct ap_error *err);
void tally_free(struct tally *tally);

struct ap_evidence {
    struct ap_db *db; /* borrowed; its snapshot is ours */
    struct ap_evidence_options options;
    struct ap_reading reading;
    struct ap_digest *digest;
    struct ap_evidence_scope scope;
    struct ap_evidence_segment *segments; /* owned */
    size_t segment_cap;
    struct ap_purged *purged; /* owned */
    size_t purged_count;
    struct seq_range *adopted; /* owned; in order */
    size_t adopted_count;
    struct ap_seal_prover *prover; /* owned */
    struct tally tally;
    uint64_t *seqs;             /* owned: a sample's, in order */
    struct ap_draw *draw;       /* owned */
    struct ap_buf cosignatures; /* owned */
};

/* select.c: the segments, in order, none touching the next. */
AP_MUST_CHECK enum ap_status evidence_select(struct ap_evidence *evidence, struct ap_error *err);

/* sample.c: draws, and makes the sample what was asked for. */
AP_MUST_CHECK enum ap_status evidence_draw(struct ap_evidence *evidence, struct ap_error *err);

/* custody.c: data/custody.csv. */
AP_MUST_CHECK enum ap_status evidence_custody(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                              const struct ap_vkey *bundle_key, struct ap_error *err);

/* prove.c: a member, made of a buffer that may have run out of memory; hashes as a JSON list. */
AP_MUST_CHECK enum ap_status evidence_add(struct ap_bundle *bundle, const char *path, const struct ap_buf *content,
                                          struct ap_error *err);
void evidence_put_hashes(struct ap_buf *json, const struct ap_hash *hashes, size_t count);
/* AP_ESTATE when it is not signed by the log's key of its time: whoever checks the bundle would refuse it. */
AP_MUST_CHECK enum ap_status evidence_check_signer(const struct ap_log_keys *keys, const struct ap_buf *checkpoint,
                                                   struct ap_error *err);

/* previous.c: the earlier checkpoint, where there is one, and the log between it and the one that covers. */
AP_MUST_CHECK enum ap_status evidence_previous(struct ap_evidence *evidence, const struct ap_log_keys *keys,
                                               struct ap_bundle *bundle, struct ap_error *err);

#endif
