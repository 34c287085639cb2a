/*
 * Sealing: every chain that has grown is verified where it is new, pinned in the seal log, and the log in a signed
 * checkpoint, which is then handed to anchors outside of the database (audit-format(5), SEALS; auditseal(1)).
 */
#ifndef AUDITPROOF_SEAL_H
#define AUDITPROOF_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/anchor.h"
#include "auditproof/db.h"
#include "auditproof/finding.h"
#include "auditproof/log_key.h"
#include "auditproof/merkle.h"
#include "auditproof/note.h"
#include "auditproof/proof.h"
#include "auditproof/sign.h"

/* Called when another sealer has been waited for, for some seconds, and when it is another one: who it is, in words. */
typedef void ap_seal_waits_fn(void *context, const char *who);

struct ap_seal_options {
    const struct ap_signing_key *key;
    const struct ap_vkey *vkey; /* of that key; its name is the log's origin */
    const char *const *anchors; /* "dir:PATH", "exec:COMMAND", … (anchor.h) */
    size_t anchor_count;
    struct ap_anchor_means means;       /* all but prove and known_size; with a policy, its quorum is judged */
    const struct ap_log_notes *history; /* for ap_seal_epoch: beside what the anchors know; may be NULL */
    const volatile bool *stop;          /* may be NULL */
    bool wait_bounded; /* wait for another sealer no longer than wait_us; AP_ESTATE when it is not done by then */
    int64_t wait_us;
    ap_seal_waits_fn *waits; /* may be NULL */
    ap_finding_fn *found;    /* what keeps a chain, or everything, from being sealed */
    void *context;
};

struct ap_seal_report {
    uint64_t size; /* of the seal log; 0 when nothing was ever sealed */
    struct ap_hash root;
    int64_t sealed_at_us;
    bool sealed;      /* there was something new, and it is sealed now */
    uint64_t chains;  /* sealed in this round */
    uint64_t entries; /* new in them */
    uint64_t skipped; /* chains with findings, which were left unsealed */
    bool refused;     /* nothing was signed, because the log is not what was signed before: see the findings */
    struct ap_anchor_result anchors[AP_ANCHORS_MAX];
    size_t anchor_count;
    bool quorum; /* the policy's witnesses have cosigned the newest checkpoint; true without a policy */
    bool cosigned[AP_POLICY_MAX]; /* which of its witnesses have */
    struct ap_vkey vkey;          /* of a change of the key or a declared restore: from now on */
    size_t adopted;               /* changes that a declared restore took up */
};

/*
 * One round. AP_OK also when there are findings. AP_ESTATE when the key is not the log's. Anchors that fail do not undo
 * the seal: their results say so, and the next round hands them what they lack.
 */
AP_MUST_CHECK enum ap_status ap_seal(struct ap_db *db, const struct ap_seal_options *options,
                                     struct ap_seal_report *report, struct ap_error *err);

/*
 * From the newest checkpoint on, another key seals: what says so is signed by both. options are those of the key that
 * the log has. Findings as in ap_seal, after which nothing was changed: report->refused.
 */
AP_MUST_CHECK enum ap_status ap_seal_rotate(struct ap_db *db, const struct ap_seal_options *options,
                                            const struct ap_signing_key *new_key, const struct ap_vkey *new_vkey,
                                            struct ap_seal_report *report, struct ap_error *err);

/*
 * Declare that the database was restored from a backup: the anchors show checkpoints that it has lost, or changes of
 * its key and restores that it does not know, which it then takes up. options are those of the newest key. The log goes
 * on under another name. Refused as rewritten, in a finding, when the anchors show that it is not an older state of the
 * log; AP_ESTATE when they show nothing lost, or not enough to tell. *epoch says what was declared, without the reason
 * and note.
 */
AP_MUST_CHECK enum ap_status ap_seal_epoch(struct ap_db *db, const struct ap_seal_options *options, const char *reason,
                                           struct ap_seal_report *report, struct ap_epoch *epoch, struct ap_error *err);

struct ap_seal_repair {
    uint64_t kept_size;                        /* seals, of the newest signed checkpoint */
    uint64_t seals, checkpoints, declarations; /* that were removed */
};

/*
 * Remove what comes after the newest checkpoint that the key of its time signed: rows that somebody wrote who may seal
 * and has not the key. For the owner of the schema; recorded, with the reason. options->key is not looked at, ->vkey is
 * the log's. Findings as in ap_seal, after which nothing was changed; so, too, when an anchor shows a signed checkpoint
 * of more. AP_ESTATE when none is signed, unless nothing_signed says that none ever was.
 */
AP_MUST_CHECK enum ap_status ap_seal_repair(struct ap_db *db, const struct ap_seal_options *options, const char *reason,
                                            bool nothing_signed, struct ap_seal_report *report,
                                            struct ap_seal_repair *out, struct ap_error *err);

/*
 * Hand the anchors what they lack of what is sealed already; options->key and ->vkey are not looked at. AP_ESTATE when
 * nothing is.
 */
AP_MUST_CHECK enum ap_status ap_seal_hand_over(struct ap_db *db, const struct ap_seal_options *options,
                                               struct ap_seal_report *report, struct ap_error *err);

/*
 * What anchors have, into the report: those in options, which are looked at where they can show it; then those that the
 * record has answers of. Nothing is handed to them. With a policy, whether it is fulfilled. options->key and ->vkey are
 * not looked at.
 */
AP_MUST_CHECK enum ap_status ap_seal_anchors(struct ap_db *db, const struct ap_seal_options *options,
                                             struct ap_seal_report *report, struct ap_error *err);

/* The newest checkpoint with the cosignatures of witnesses. AP_ESTATE when nothing is sealed. */
AP_MUST_CHECK enum ap_status ap_seal_cosigned(struct ap_db *db, struct ap_buf *note, struct ap_error *err);
/* And the newest time-stamp reply over it. AP_ESTATE when it has none. */
AP_MUST_CHECK enum ap_status ap_seal_timestamp(struct ap_db *db, struct ap_buf *reply, struct ap_error *err);

/* The notes of changed keys and declared restores, oldest first, as they are stored: nothing is checked but their form.
 */
AP_MUST_CHECK enum ap_status ap_seal_history(struct ap_db *db, struct ap_buf *notes, struct ap_error *err);

/* What others said of the checkpoint of this size, in a transaction of the caller's: appended are the cosignature lines
 * of witnesses, without the note, and, where *stamped, the newest time-stamp reply. */
AP_MUST_CHECK enum ap_status ap_seal_attested(struct ap_db *db, uint64_t size, struct ap_buf *lines,
                                              struct ap_buf *reply, bool *stamped, struct ap_error *err);

struct ap_seal_state {
    bool sealed; /* ever */
    uint64_t size;
    char origin[AP_KEY_NAME_MAX + 1];
    struct ap_buf note; /* owned; exact bytes */
    int64_t sealed_at_us, now_us;
    uint64_t chains, sealed_chains;
    uint64_t entries, sealed_entries;
    int64_t oldest_unsealed_us; /* recorded at; AP_TIME_INFINITY when all is sealed */
    uint64_t attestations;      /* of the newest checkpoint */
};

/* Free state->note in every case. */
AP_MUST_CHECK enum ap_status ap_seal_status(struct ap_db *db, struct ap_seal_state *state, struct ap_error *err);

/* The proof of an entry out of what is stored; rows read is how many tiles and rows it took. Clear it in every case. */
AP_MUST_CHECK enum ap_status ap_seal_prove(struct ap_db *db, const struct ap_uuid *chain, uint64_t seq,
                                           struct ap_entry_proof *proof, struct ap_buf *note, uint64_t *rows_read,
                                           struct ap_error *err);
/* Where an entry of this log id is. AP_EINPUT when none is chained. */
AP_MUST_CHECK enum ap_status ap_seal_find(struct ap_db *db, const struct ap_uuid *log_id, struct ap_uuid *chain,
                                          uint64_t *seq, struct ap_error *err);

/* What covers a chain: its newest seal in the log of the newest checkpoint. */
struct ap_seal_cover {
    struct ap_seal seal;
    uint64_t log_index, log_size;
    struct ap_inclusion inclusion; /* of the seal, in the log of log_size */
    char origin[AP_KEY_NAME_MAX + 1];
    struct ap_buf note; /* owned: the checkpoint, exact bytes, with the log's signature only */
};

/* AP_ESTATE when nothing of the chain is sealed. Free in every case. */
AP_MUST_CHECK enum ap_status ap_seal_cover(struct ap_db *db, const struct ap_uuid *chain, struct ap_seal_cover *out,
                                           struct ap_error *err);
void ap_seal_cover_free(struct ap_seal_cover *cover);

/*
 * Inclusion of entries in their chain's tree as it was at one size, out of stored tiles; what neighbours share is read
 * once.
 */
struct ap_seal_prover;
AP_MUST_CHECK enum ap_status ap_seal_prover_new(struct ap_seal_prover **out, struct ap_db *db,
                                                const struct ap_uuid *chain, uint64_t size, struct ap_error *err);
/* AP_EINPUT when seq is not 1 to size. */
AP_MUST_CHECK enum ap_status ap_seal_prover_include(struct ap_seal_prover *prover, uint64_t seq,
                                                    struct ap_inclusion *out, struct ap_error *err);
void ap_seal_prover_free(struct ap_seal_prover *prover); /* NULL is harmless */

/* Consistency between two sizes of the seal log. */
AP_MUST_CHECK enum ap_status ap_seal_prove_consistency(struct ap_db *db, uint64_t size1, uint64_t size2,
                                                       struct ap_hash *proof, size_t *count, struct ap_error *err);

/* The same in a transaction of the caller's, who knows that the log has had both sizes. *reads, which may be NULL,
 * grows by the tiles that it took. */
AP_MUST_CHECK enum ap_status ap_seal_consistency(struct ap_db *db, struct ap_digest *digest, uint64_t size1,
                                                 uint64_t size2, struct ap_hash *proof, size_t *count, uint64_t *reads,
                                                 struct ap_error *err);

struct ap_seal_export {
    uint64_t before, size; /* seals in the directory before, and now */
    uint64_t files;        /* written */
};

/*
 * The seal log as static files in a directory (C2SP tlog-tiles): checkpoint, tile/LEVEL/N, and tile/entries/N with the
 * seals' records. Files that are full are written once; the checkpoint is replaced last. AP_ESTATE when the directory
 * holds another log, or one that this does not extend.
 */
AP_MUST_CHECK enum ap_status ap_seal_tiles(struct ap_db *db, const char *directory, struct ap_seal_export *report,
                                           struct ap_error *err);

#endif
