/*
 * The seal log's keys over time, and the restores that were declared (audit-format(5), KEYS AND EPOCHS): which key must
 * have signed a checkpoint of a name and size, and which checkpoints beyond the log a restore explains.
 */
#ifndef AUDITPROOF_LOG_KEY_H
#define AUDITPROOF_LOG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/db.h"
#include "auditproof/finding.h"
#include "auditproof/note.h"

/* A name and key of the log. It signs checkpoints of more than from_size seals, until the next one does. */
struct ap_log_key {
    struct ap_vkey vkey;
    uint64_t from_size;
    struct ap_hash root; /* of the log at from_size, as the change says; of no use for the first key */
    char *note;          /* owned: what says so, byte for byte; NULL for the first key */
    size_t note_len;
    int64_t at_us;
};

struct ap_log_keys {
    struct ap_log_key *keys; /* owned; oldest first, at least one */
    size_t count;
    bool known;                         /* the pinned key is one of them */
    char problem[AP_FINDING_TEXT_SIZE]; /* a row that does not verify: only the keys before it are there. Or empty */
};

/*
 * The history in the database, every change checked to be signed by the key before and the key after. It must lead from
 * or to `pinned`, else known is false, and the pinned key is the only one. Free in every case.
 */
AP_MUST_CHECK enum ap_status ap_log_keys_read(struct ap_db *db, struct ap_digest *digest, const struct ap_vkey *pinned,
                                              struct ap_log_keys *out, struct ap_error *err);
void ap_log_keys_free(struct ap_log_keys *keys);

/*
 * The key that must have signed a checkpoint of this origin and size; NULL when the log never had that name.
 * *past: the log had another name by then, so that only a declared restore explains such a checkpoint.
 */
const struct ap_log_key *ap_log_keys_at(const struct ap_log_keys *keys, const char *origin, size_t origin_len,
                                        uint64_t size, bool *past);

/*
 * Is what the log was at change i, 1 to count - 1, in the log as it is after the last? Not when a restore that was
 * declared later left fewer seals.
 */
bool ap_log_keys_left(const struct ap_log_keys *keys, size_t i);

/*
 * Do the log's first seals, as many as change i says, have the root that it says? *holds: the proof of consistency
 * shows it to the checkpoint, or it is empty and a restore left fewer (audit-format(5), KEYS AND EPOCHS).
 */
AP_MUST_CHECK enum ap_status ap_log_keys_extended(const struct ap_log_keys *keys, size_t i, struct ap_digest *digest,
                                                  const struct ap_checkpoint *by, const struct ap_hash *proof,
                                                  size_t count, bool *holds, struct ap_error *err);

/* The note's text, to be signed by both. */
void ap_log_key_text(struct ap_buf *out, unsigned number, const struct ap_vkey *before, const struct ap_vkey *after,
                     uint64_t size, const struct ap_hash *root, int64_t at_us);

/* A declared restore: the log was at `size` then, and as `origin_before` had been at `known_size`. */
struct ap_epoch {
    char origin_before[AP_KEY_NAME_MAX + 1], origin_after[AP_KEY_NAME_MAX + 1];
    unsigned number;
    uint64_t size, known_size;
    struct ap_hash root, known_root;
    int64_t at_us;
    char *reason; /* owned */
    char *note;   /* owned: byte for byte */
    size_t note_len;
    uint64_t kept; /* of the log as it was then, what this restore and all after it left */
};

struct ap_epochs {
    struct ap_epoch *epochs; /* owned; oldest first */
    size_t count;
    char problem[AP_FINDING_TEXT_SIZE]; /* as in ap_log_keys */
};

/* Each checked to be signed by the key that the log had. Free in every case. */
AP_MUST_CHECK enum ap_status ap_epochs_read(struct ap_db *db, const struct ap_log_keys *keys, struct ap_epochs *out,
                                            struct ap_error *err);
void ap_epochs_free(struct ap_epochs *epochs);

/* The restore that explains why a checkpoint of this origin, size and root is not of the log that there is; or NULL. */
const struct ap_epoch *ap_epochs_explain(const struct ap_epochs *epochs, const char *origin, size_t origin_len,
                                         uint64_t size, const struct ap_hash *root);

void ap_epoch_text(struct ap_buf *out, const struct ap_epoch *epoch);

/*
 * Such notes, of whatever log and in any order, as anchors, operators and proofs keep them: outside of the database.
 */
struct ap_log_note {
    char *bytes; /* owned, byte for byte */
    size_t len;
    bool epoch; /* a declared restore, and not a change of the key */
    uint64_t number;
};

struct ap_log_notes {
    struct ap_log_note *notes; /* owned */
    size_t count;
};

enum { AP_LOG_NOTES_MAX = 4096 };

/*
 * Add notes that follow each other, as a file has them; empty lines between them are passed over, and so is a note that
 * is there already. AP_EINPUT for what is no such note. Nothing is checked but their form.
 */
AP_MUST_CHECK enum ap_status ap_log_notes_add(struct ap_log_notes *notes, const char *text, size_t len,
                                              struct ap_error *err);
void ap_log_notes_free(struct ap_log_notes *notes);

/*
 * The history that these notes tell, as far as a pinned key vouches for it; ap_log_keys_read and ap_epochs_read do the
 * same for a database. Two notes for one step are a problem: somebody signed both. Free both in every case.
 */
AP_MUST_CHECK enum ap_status ap_log_notes_read(const struct ap_log_notes *notes, struct ap_digest *digest,
                                               const struct ap_vkey *pinned, struct ap_log_keys *keys,
                                               struct ap_epochs *epochs, struct ap_error *err);

#endif
