/*
 * The record of the log's keys and declared restores, row by row and note by note (audit-format(5), KEYS AND EPOCHS).
 * Nothing outside lib/verify and lib/seal includes this.
 */
#ifndef AUDITPROOF_VERIFY_LOG_RECORD_H
#define AUDITPROOF_VERIFY_LOG_RECORD_H

#include "auditproof/log_key.h"

/* The lines of a note's text. False at its end, or when a line is not what is wanted. */
struct note_lines {
    const char *at;
    size_t left;
};

bool note_line(struct note_lines *lines, const char **text, size_t *len);
bool note_line_is(struct note_lines *lines, const char *want);
bool note_line_number(struct note_lines *lines, uint64_t *out);
bool note_line_hash(struct note_lines *lines, struct ap_hash *out);

/* What rows are read with; clear the bytes in the end. */
struct record_reader {
    struct ap_digest *digest; /* borrowed; not looked at for restores */
    struct ap_note note;
    struct ap_buf bytes; /* owned; the note's */
};

/* log_key.c. A change of the key. */
struct key_change {
    bool sound; /* the note, whatever stands beside it: signed by both */
    struct ap_vkey before, after;
    uint64_t number, size, at_us;
    struct ap_hash root;
};

/* The note in the column of a row of queries/seal_keys or queries/seal_epochs. False when there is none. */
bool record_note(struct record_reader *reader, const struct ap_rows *rows, size_t row);

/* From queries/seal_keys: NULL, or what is wrong with the row on its own. */
const char *key_change_read(struct key_change *out, struct record_reader *reader, const struct ap_rows *rows,
                            size_t row);
/* May it come after a change to `last` at `from_size`? Under one name the log never shrinks. */
bool key_change_goes_on(const struct key_change *change, const struct ap_vkey *last, uint64_t from_size);

/*
 * epoch.c. From queries/seal_epochs, likewise; *parsed: the note says one, whatever stands beside it. The reason is
 * owned in every case.
 */
const char *epoch_read(struct ap_epoch *out, struct record_reader *reader, const struct ap_rows *rows, size_t row,
                       bool *parsed);
/* Is the change of the key, which has been checked, the one that the restore came with? */
bool epoch_is_of(const struct ap_epoch *epoch, const struct ap_note *note, const struct ap_vkey *before,
                 const struct ap_vkey *after, uint64_t size, const struct ap_hash *root);
/* What the restores after each left of what it kept. */
void epochs_settle(struct ap_epoch *epochs, size_t count);
void epoch_clear(struct ap_epoch *epoch);

/* What the database has, whoever is pinned; `first` where it has no change. */
AP_MUST_CHECK enum ap_status log_keys_stored(struct ap_db *db, struct ap_digest *digest, const struct ap_vkey *first,
                                             struct ap_log_keys *out, struct ap_error *err);
/* Only what leads from or to the pinned key counts. */
void log_keys_settle(struct ap_log_keys *keys, const struct ap_vkey *pinned);
/* Go on, from the first key there is, with what these notes say; epochs likewise (epoch.c). */
AP_MUST_CHECK enum ap_status log_keys_follow(struct ap_log_keys *keys, struct ap_digest *digest,
                                             const struct ap_log_notes *notes, struct ap_error *err);
AP_MUST_CHECK enum ap_status epochs_follow(struct ap_epochs *epochs, const struct ap_log_keys *keys,
                                           const struct ap_log_notes *notes, struct ap_error *err);
/*
 * With no change in the database, the log's first key is the one from which notes lead to the pinned one; it must have
 * signed this, where it is not NULL.
 */
AP_MUST_CHECK enum ap_status log_keys_begin(struct ap_log_keys *keys, struct ap_digest *digest,
                                            const struct ap_log_notes *notes, const struct ap_vkey *pinned,
                                            const struct ap_note *signed_by_it, struct ap_error *err);

#endif
