/*
 * Evidence: entries of one chain, each verified as it is read and proven by a checkpoint, written into a bundle
 * (audit-bundle(5)).
 *
 * What is selected is read in one snapshot, as far as the newest seal of the chain that a checkpoint covers: the same
 * entries, checkpoint and period give the same bytes. Memory does not depend on the number of entries; it grows with
 * the number of segments (40 bytes each).
 */
#ifndef AUDITPROOF_EVIDENCE_H
#define AUDITPROOF_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bundle.h"
#include "auditproof/db.h"
#include "auditproof/draw.h"
#include "auditproof/finding.h"
#include "auditproof/policy.h"
#include "auditproof/reading.h"
#include "auditproof/seal.h"
#include "auditproof/stretch.h"

/* An entry of the selection. */
struct ap_evidence_entry {
    const struct ap_stretch_entry *entry; /* borrowed until the callback returns */
    int64_t time_us;                      /* created at, as its writer claims; recorded at where it claims nothing */
    bool asked_for;            /* in the period, or one of the entries asked for; else it only links others together */
    bool purged;               /* its row left after its window: there is the record only */
    bool adopted;              /* it was there before it was chained */
    bool disclosed[AP_GROUPS]; /* this reader may see it: asked for, not withheld, and not erased */
};

typedef enum ap_status ap_evidence_fn(void *context, const struct ap_evidence_entry *entry, struct ap_error *err);

/* Which groups of an entry this reader may see: disclose[] comes as `withhold` has it, and may be made less. */
typedef enum ap_status ap_evidence_disclose_fn(void *context, const struct ap_evidence_entry *entry,
                                               bool disclose[AP_GROUPS], struct ap_error *err);

struct ap_evidence_progress {
    uint64_t done, expected; /* entries */
};

/*
 * Chooses entries in the selection's own snapshot: sets *seqs, strictly ascending, and *count; they stay the callee's,
 * until the evidence is freed.
 */
typedef enum ap_status ap_evidence_choose_fn(void *context, const struct ap_reading *reading,
                                             const struct ap_uuid *chain, const uint64_t **seqs, size_t *count,
                                             struct ap_error *err);

struct ap_evidence_options {
    struct ap_uuid chain;
    int64_t from_us, to_us; /* entries created from the first on and before the second */
    const uint64_t *seqs;   /* NULL, or these entries instead, strictly ascending; the period is then stated only */
    size_t seq_count;
    const struct ap_evidence_draw *draw; /* NULL, or a sample of the period */
    ap_evidence_choose_fn *choose;       /* NULL, or what gives seqs instead */
    void *choice;                        /* context of choose and disclose */
    bool withhold[AP_GROUPS];
    const struct ap_buf
        *previous; /* NULL, or a checkpoint that the reader kept, to show the log going on from: a note */
    const struct ap_policy *policy;    /* NULL, or whose witnesses' keys the bundle has, for its reader's information */
    bool allow_incomplete;             /* go on without entries of the period that no checkpoint covers */
    ap_evidence_disclose_fn *disclose; /* may be NULL */
    const volatile bool *stop;         /* may be NULL */
    void (*progress)(void *context, const struct ap_evidence_progress *progress); /* twice a second; may be NULL */
    void *context;                                                                /* of progress */
};

/* A run of consecutive entries. */
struct ap_evidence_segment {
    uint64_t first_seq, last_seq;
};

/* What others said of the checkpoint. */
struct ap_evidence_attested {
    const char *cosignatures; /* the witnesses' signature lines; "" for none */
    bool stamped;             /* there is a time-stamp; what it says is not checked here */
    int64_t stamped_us;
    char authority[256]; /* that gave it; may be empty */
};

/* What was selected, and what was found in reading it. */
struct ap_evidence_scope {
    struct ap_uuid chain;
    int64_t from_us, to_us;
    struct ap_seal_cover cover;
    const struct ap_evidence_segment *segments;
    size_t segment_count;
    uint64_t unsealed;  /* entries of the period that the checkpoint does not cover; 0 unless incomplete */
    uint64_t row_count; /* rows of the period in audit_logs that the checkpoint covers, by an independent count */
    uint64_t unchained; /* rows of the period in no chain: 0, or the selection is refused */
    const struct ap_evidence_drawn *drawn; /* of a sample: by rank, the lowest first */
    size_t drawn_count;
    uint64_t population; /* that it was drawn from */
    /* once read */
    uint64_t entries;   /* in all segments */
    uint64_t asked_for; /* of them */
    uint64_t purged, adopted;
    uint64_t erased[AP_GROUPS];
    uint64_t disclosed[AP_GROUPS];
    uint64_t late;             /* asked for, and recorded outside of the period */
    int64_t first_us, last_us; /* of those asked for */
    /* once proven */
    struct ap_evidence_attested attested;
};

struct ap_evidence;

/*
 * Select in a new snapshot. AP_ESTATE when nothing is sealed, when entries of the period are not covered and
 * allow_incomplete is false, or when rows of the period are in no chain; AP_ESQL with 42501 when the login may not read
 * all of the chain. db is used for nothing else until the evidence is freed, which ends the snapshot.
 */
AP_MUST_CHECK enum ap_status ap_evidence_open(struct ap_evidence **out, struct ap_db *db,
                                              const struct ap_evidence_options *options, struct ap_error *err);
void ap_evidence_free(struct ap_evidence *evidence); /* NULL is harmless */
const struct ap_evidence_scope *ap_evidence_scope(const struct ap_evidence *evidence);

struct ap_evidence_sink {
    ap_evidence_fn *fn;
    void *context;
};

/*
 * Read and verify what was selected, in order: data/events/ of the bundle is written, and each sink gets every entry.
 * The first entry that does not verify goes to `found`, and *intact becomes false: nothing may be made of the bundle
 * then.
 */
AP_MUST_CHECK enum ap_status ap_evidence_read(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                              const struct ap_evidence_sink *sinks, size_t sink_count,
                                              ap_finding_fn *found, void *found_context, bool *intact,
                                              struct ap_error *err);

/*
 * proof/: checkpoint, cosignatures, time-stamp, seal, keys, the earlier checkpoint (options.previous, or the newest
 * before the period) with a proof that the log went on from it; and data/custody.csv. bundle_key signs the bundle;
 * log_key is any key that the seal log has had. AP_ESTATE when it does not lead to the one that signed the checkpoint,
 * or when the log has not the one in options.previous.
 */
AP_MUST_CHECK enum ap_status ap_evidence_prove(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                               const struct ap_vkey *bundle_key, const struct ap_vkey *log_key,
                                               struct ap_error *err);

/*
 * data/bundle.json, data/completeness.json, data/query.json. kind is "soc2", …; more is JSON members
 * of that kind's own for bundle.json, such as `,"criteria":["CC6.1"]`, or "".
 */
AP_MUST_CHECK enum ap_status ap_evidence_describe(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                                  const char *kind, const char *more, struct ap_error *err);

#endif
