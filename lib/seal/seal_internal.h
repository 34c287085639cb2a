/* What the parts of sealing share. */
#ifndef AUDITPROOF_SEAL_INTERNAL_H
#define AUDITPROOF_SEAL_INTERNAL_H

#include "auditproof/log_key.h"
#include "auditproof/seal.h"
#include "verify/log_record.h"

/* The seal log's tree in auditproof.tile. */
#define SEAL_LOG_TREE "ffffffff-ffff-ffff-ffff-ffffffffffff"

/* anchor_dir.c */
AP_MUST_CHECK enum ap_status anchor_dir_newest(const char *path, struct ap_digest *digest, const char *origin,
                                               struct ap_buf *note, struct ap_error *err);
/* Every checkpoint, of the fewest seals first. */
typedef enum ap_status anchor_note_fn(void *context, const struct ap_buf *note, struct ap_error *err);
AP_MUST_CHECK enum ap_status anchor_dir_all(const char *path, struct ap_digest *digest, const char *origin,
                                            anchor_note_fn *fn, void *context, struct ap_error *err);
AP_MUST_CHECK enum ap_status anchor_dir_publish(const char *path, struct ap_digest *digest, const char *origin,
                                                uint64_t size, const void *note, size_t len, struct ap_buf *answer,
                                                struct ap_error *err);

/* anchor_witness.c */
AP_MUST_CHECK enum ap_status anchor_witness_newest(const char *url, const struct ap_anchor_means *means,
                                                   struct ap_digest *digest, const char *origin, struct ap_buf *note,
                                                   struct ap_error *err);
AP_MUST_CHECK enum ap_status anchor_witness_publish(const char *url, const struct ap_anchor_means *means, uint64_t size,
                                                    const char *note, size_t len, struct ap_buf *answer,
                                                    struct ap_error *err);
/* Has a witness that is known at this URL cosigned the note? */
AP_MUST_CHECK enum ap_status anchor_witness_vouches(const char *url, const struct ap_anchor_means *means,
                                                    const struct ap_note *note, bool *yes, struct ap_error *err);
/* anchor_authority.c */
AP_MUST_CHECK enum ap_status anchor_authority_publish(const char *url, const struct ap_anchor_means *means,
                                                      const void *note, size_t len, struct ap_buf *answer,
                                                      struct ap_error *err);
enum { ANCHOR_TIMEOUT_US = 30000000, ANCHOR_ATTEMPTS = 3 };

static inline int64_t anchor_timeout_us(const struct ap_anchor_means *means)
{
    return means->timeout_us > 0 ? means->timeout_us : ANCHOR_TIMEOUT_US;
}

/* One tree in auditproof.tile: the context of both callbacks. Tiles written are gathered and sent together. */
struct tile_store {
    struct ap_db *db;
    char tree[AP_UUID_TEXT_SIZE];
    struct ap_buf json; /* gathered */
    unsigned gathered;
    uint64_t reads;
};

/* store.c: ap_tile_read_fn, ap_tile_write_fn, and what sends the rest. */
enum ap_status tile_store_read(void *store, struct ap_tile *tile, unsigned need, struct ap_error *err);
enum ap_status tile_store_write(void *store, const struct ap_tile *tile, struct ap_error *err);
AP_MUST_CHECK enum ap_status tile_store_send(struct tile_store *store, struct ap_error *err);
void tile_store_free(struct tile_store *store);

/*
 * store.c: one view of the database, in which queries are answered by indexes however old the planner's statistics are.
 * It ends with ap_db_rollback; seal_read is one query in a view of its own.
 */
AP_MUST_CHECK enum ap_status seal_read_begin(struct ap_db *db, struct ap_error *err);
AP_MUST_CHECK enum ap_status seal_read(struct ap_db *db, const char *sql, int count, const char *const *values,
                                       struct ap_rows **out, struct ap_error *err);

/* cover.c: one inclusion proof out of a tree's tiles; *reads grows by those that it took. */
AP_MUST_CHECK enum ap_status seal_include(struct ap_db *db, struct ap_digest *digest, const char *tree, uint64_t index,
                                          uint64_t size, struct ap_inclusion *out, uint64_t *reads,
                                          struct ap_error *err);

/* The newest checkpoint in the database. */
struct stored_checkpoint {
    bool there;
    uint64_t size;
    struct ap_buf note; /* owned */
    struct ap_note parsed;
    struct ap_checkpoint is;
    int64_t sealed_at_us;
    uint64_t seals;                     /* in the log */
    char problem[AP_FINDING_TEXT_SIZE]; /* why the note is no checkpoint of this size; empty when it is one */
};

/* AP_ESTATE when the note is no checkpoint; stored_checkpoint_look says that in ->problem. */
AP_MUST_CHECK enum ap_status stored_checkpoint_read(struct ap_db *db, struct stored_checkpoint *out,
                                                    struct ap_error *err);
AP_MUST_CHECK enum ap_status stored_checkpoint_look(struct ap_db *db, struct stored_checkpoint *out,
                                                    struct ap_error *err);
/* On to the newest one of fewer seals; ->there is false when there is none. */
AP_MUST_CHECK enum ap_status stored_checkpoint_before(struct ap_db *db, struct stored_checkpoint *checkpoint,
                                                      struct ap_error *err);
void stored_checkpoint_free(struct stored_checkpoint *checkpoint);

/* One transaction of the log: a round of sealing, or a change of its key. */
struct round {
    struct ap_db *db;
    struct ap_seal_options own; /* as given, but for the verifier key: that of the log as it is now named */
    const struct ap_seal_options *options;
    struct ap_seal_report *report;
    struct ap_digest *digest;
    struct tile_store log_tiles, chain_tiles;
    struct ap_tree log, chain; /* the seal log, and the chain being sealed */
    struct ap_buf seals;       /* JSON, gathered */
    unsigned gathered;
    int64_t at_us;
    struct stored_checkpoint last;
    struct ap_log_keys keys;
    struct ap_epochs epochs;
    bool adopts;                       /* takes up what others know of the log's keys and restores */
    size_t stored_keys, stored_epochs; /* in the database already */
};

/* check.c. Free what round_new gave in every case; that also ends the transaction, without what was not committed. */
AP_MUST_CHECK enum ap_status round_new(struct round **out, struct ap_db *db, const struct ap_seal_options *options,
                                       struct ap_seal_report *report, struct ap_error *err);
void round_free(struct round *r);
/* wait.c: wait for whoever seals, in the transaction; r->at_us is when that was over, by the database's clock. */
AP_MUST_CHECK enum ap_status round_wait(struct round *r, struct ap_error *err);
/* Begin, and wait for whoever seals. */
AP_MUST_CHECK enum ap_status round_begin(struct round *r, struct ap_error *err);
/* The log's keys and restores, as far as they hold. */
AP_MUST_CHECK enum ap_status round_read_history(struct round *r, struct ap_error *err);
/* From r->last back to the newest checkpoint that the key of its time signed; ->there is false when there is none. */
AP_MUST_CHECK enum ap_status round_find_signed(struct round *r, struct ap_error *err);
/* round_begin, and hold the log against what was last signed: report->refused when it differs. */
AP_MUST_CHECK enum ap_status round_open(struct round *r, struct ap_error *err);
/* shown.c. And against what the anchors show. */
AP_MUST_CHECK enum ap_status round_check_anchors(struct round *r, struct ap_error *err);
/*
 * shown.c. Is the log a part of what the anchors show, which was longer? Then known_size and known_root of the epoch
 * are those of the newest checkpoint that was lost. report->refused when it is another log; AP_ESTATE when that cannot
 * be told, or nothing was lost.
 */
AP_MUST_CHECK enum ap_status round_find_lost(struct round *r, struct ap_epoch *epoch, struct ap_error *err);
void round_describe(char out[AP_FINDING_TEXT_SIZE], uint64_t size, const struct ap_hash *root);
AP_MUST_CHECK enum ap_status round_refuse(struct round *r, enum ap_finding_kind kind, const char *expected,
                                          const char *there, const char *detail, struct ap_error *err);
/* The newest checkpoint has the name that the log has now. */
bool round_is_own(const struct round *r);
/* The root that the log had at a size. */
AP_MUST_CHECK enum ap_status round_root(struct round *r, uint64_t size, struct ap_hash *out, struct ap_error *err);

/* history.c: what the anchors and the caller know of the log's keys and restores, and the database does not. */
AP_MUST_CHECK enum ap_status round_adopt(struct round *r, struct ap_error *err);
AP_MUST_CHECK enum ap_status round_check_history(struct round *r, struct ap_error *err);

/*
 * tell.c: hand directories the changes of keys and the declared restores that they lack; and commands, where `now`,
 * what came after the newest checkpoint that they took.
 */
AP_MUST_CHECK enum ap_status seal_publish_changes(struct ap_db *db, const struct ap_seal_options *options,
                                                  struct ap_digest *digest, bool now, struct ap_seal_report *report,
                                                  struct ap_error *err);
/* tell.c: a command is told of what came before this checkpoint. *failed, and the result says why, when it was not. */
AP_MUST_CHECK enum ap_status seal_tell_before(struct ap_db *db, const struct ap_seal_options *options,
                                              struct ap_digest *digest, const struct ap_anchor *anchor,
                                              const char *origin, uint64_t size, struct ap_anchor_result *result,
                                              bool *failed, struct ap_error *err);
/* anchor.c: run a command with a note on its standard input; AUDITPROOF_NOTE is what it is a note of. */
AP_MUST_CHECK enum ap_status anchor_command_tell(const char *command, const char *what, const char *note, size_t len,
                                                 struct ap_error *err);

/* anchor_dir.c: the notes of changed keys and declared restores that a directory has under one name of the log. */
AP_MUST_CHECK enum ap_status anchor_dir_notes(const char *path, struct ap_digest *digest, const char *origin,
                                              struct ap_log_notes *notes, struct ap_error *err);

/* anchor_dir.c: keep bytes as PATH/<origin's hash>/name, never overwritten. The file's name is appended to answer. */
AP_MUST_CHECK enum ap_status anchor_dir_keep(const char *path, struct ap_digest *digest, const char *origin,
                                             const char *name, const void *bytes, size_t len, struct ap_buf *answer,
                                             struct ap_error *err);

/* cosigned.c: ap_seal_cosigned of the checkpoint of this size. */
AP_MUST_CHECK enum ap_status cosigned_read(struct ap_db *db, uint64_t size, struct ap_buf *note, struct ap_error *err);

/* check.c: is the log of so many seals the one with this root? */
AP_MUST_CHECK enum ap_status round_compare_root(struct round *r, struct ap_error *err);

/* anchored.c: the newest checkpoint that an anchor answered for, and when, into the result; size 0: none. */
AP_MUST_CHECK enum ap_status anchor_answered(struct ap_db *db, const struct ap_anchor *anchor, const char *origin,
                                             struct ap_anchor_result *result, struct ap_error *err);
/*
 * A directory that had notes and shows none. A file system that is not mounted looks like that, and what is then put
 * into its mount point is neither kept elsewhere nor seen again. result->message says so.
 */
AP_MUST_CHECK enum ap_status anchor_lost(struct ap_db *db, const struct ap_anchor *anchor,
                                         const struct ap_anchor_means *means, struct ap_digest *digest,
                                         const char *origin, struct ap_anchor_result *result, bool *lost,
                                         struct ap_error *err);

/* publish.c: whether the newest checkpoint fulfils the policy, into the report. */
AP_MUST_CHECK enum ap_status seal_judge_quorum(struct ap_db *db, const struct ap_seal_options *options,
                                               struct ap_digest *digest, const char *origin,
                                               struct ap_seal_report *report, struct ap_error *err);

/* publish.c: hand every anchor what it lacks; their results go to the report. Fails only when the database does. */
AP_MUST_CHECK enum ap_status seal_publish(struct ap_db *db, const struct ap_seal_options *options,
                                          struct ap_digest *digest, struct ap_seal_report *report,
                                          struct ap_error *err);

/* Hexadecimal of a column, exactly len bytes or any number of them. */
bool hex_column(const struct ap_rows *rows, size_t row, int column, uint8_t *out, size_t len);
bool hex_buffer(const struct ap_rows *rows, size_t row, int column, struct ap_buf *out);

#endif
