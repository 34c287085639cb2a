/* What the parts of sealing share. */
#ifndef AUDITPROOF_SEAL_INTERNAL_H
#define AUDITPROOF_SEAL_INTERNAL_H

#include "auditproof/seal.h"

/* The seal log's tree in auditproof.tile. */
#define SEAL_LOG_TREE "ffffffff-ffff-ffff-ffff-ffffffffffff"

/* anchor_dir.c */
AP_MUST_CHECK enum ap_status anchor_dir_newest(const char *path, struct ap_digest *digest, const char *origin,
                                               struct ap_buf *note, struct ap_error *err);
AP_MUST_CHECK enum ap_status anchor_dir_publish(const char *path, struct ap_digest *digest, const char *origin,
                                                uint64_t size, const void *note, size_t len, struct ap_buf *answer,
                                                struct ap_error *err);

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

/* The newest checkpoint in the database. */
struct stored_checkpoint {
    bool there;
    uint64_t size;
    struct ap_buf note; /* owned */
    struct ap_note parsed;
    struct ap_checkpoint is;
    int64_t sealed_at_us;
    uint64_t seals; /* in the log */
};

AP_MUST_CHECK enum ap_status stored_checkpoint_read(struct ap_db *db, struct stored_checkpoint *out,
                                                    struct ap_error *err);
void stored_checkpoint_free(struct stored_checkpoint *checkpoint);

/* publish.c: hand every anchor what it lacks; their results go to the report. Fails only when the database does. */
AP_MUST_CHECK enum ap_status seal_publish(struct ap_db *db, const struct ap_seal_options *options,
                                          struct ap_digest *digest, struct ap_seal_report *report,
                                          struct ap_error *err);

/* Hexadecimal of a column, exactly len bytes or any number of them. */
bool hex_column(const struct ap_rows *rows, size_t row, int column, uint8_t *out, size_t len);
bool hex_buffer(const struct ap_rows *rows, size_t row, int column, struct ap_buf *out);

#endif
