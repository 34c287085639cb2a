/* What covers a chain: its newest seal, in the log of the newest checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seal_internal.h"

enum ap_status seal_include(struct ap_db *db, struct ap_digest *digest, const char *tree, uint64_t index, uint64_t size,
                            struct ap_inclusion *out, uint64_t *reads, struct ap_error *err)
{
    struct ap_tile_source *source = calloc(1, sizeof *source);
    struct tile_store store;
    enum ap_status status;

    if (source == NULL)
        return ap_fail_memory(err, "tiles");
    memset(&store, 0, sizeof store);
    store.db = db;
    memcpy(store.tree, tree, sizeof store.tree);
    source->read = tile_store_read;
    source->context = &store;
    out->index = index;
    status = ap_tiles_prove_inclusion(source, digest, index, size, out->hashes, &out->count, err);
    *reads += store.reads;
    tile_store_free(&store);
    free(source);
    return status;
}

struct ap_seal_prover {
    struct ap_digest *digest; /* owned */
    struct ap_tile_source source;
    struct tile_store store;
    uint64_t size;
};

enum ap_status ap_seal_prover_new(struct ap_seal_prover **out, struct ap_db *db, const struct ap_uuid *chain,
                                  uint64_t size, struct ap_error *err)
{
    struct ap_seal_prover *prover = calloc(1, sizeof *prover);

    *out = prover;
    if (prover == NULL)
        return ap_fail_memory(err, "tiles");
    prover->store.db = db;
    ap_uuid_format(prover->store.tree, chain);
    prover->source.read = tile_store_read;
    prover->source.context = &prover->store;
    prover->size = size;
    return ap_digest_new(&prover->digest, err);
}

enum ap_status ap_seal_prover_include(struct ap_seal_prover *prover, uint64_t seq, struct ap_inclusion *out,
                                      struct ap_error *err)
{
    if (seq < 1 || seq > prover->size)
        return ap_fail(err, AP_EINPUT, "entry %" PRIu64 " is not among the %" PRIu64 " that are sealed", seq,
                       prover->size);
    out->index = seq - 1;
    return ap_tiles_prove_inclusion(&prover->source, prover->digest, seq - 1, prover->size, out->hashes, &out->count,
                                    err);
}

void ap_seal_prover_free(struct ap_seal_prover *prover)
{
    if (prover == NULL)
        return;
    ap_digest_free(prover->digest);
    tile_store_free(&prover->store);
    free(prover);
}

static enum ap_status read_seal(struct ap_db *db, const struct ap_uuid *chain, struct ap_seal_cover *out,
                                struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE], size[24];
    const char *values[2] = {id, size};
    struct ap_rows *rows;
    enum ap_status status;

    ap_uuid_format(id, chain);
    (void)snprintf(size, sizeof size, "%" PRIu64, out->log_size);
    status = ap_db_query(db, ap_sql("queries/seal_cover"), 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    out->seal.chain = *chain;
    if (ap_rows_count(rows) == 0) {
        status =
            ap_fail(err, AP_ESTATE,
                    "nothing of chain %s is sealed: if that is the right organization, run auditseal seal first", id);
    } else {
        out->log_index = (uint64_t)ap_rows_int(rows, 0, 0);
        out->seal.size = (uint64_t)ap_rows_int(rows, 0, 1);
        out->seal.sealed_at_us = ap_rows_int(rows, 0, 4);
        if (!hex_column(rows, 0, 2, out->seal.root.bytes, AP_HASH_LEN) ||
            !hex_column(rows, 0, 3, out->seal.entry_hash.bytes, AP_HASH_LEN))
            status = ap_fail(err, AP_ESTATE, "the newest seal of chain %s cannot be read; run auditverify", id);
    }
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_seal_cover(struct ap_db *db, const struct ap_uuid *chain, struct ap_seal_cover *out,
                             struct ap_error *err)
{
    struct stored_checkpoint last;
    struct ap_digest *digest = NULL;
    uint64_t reads = 0;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = stored_checkpoint_read(db, &last, err);
    if (status == AP_OK && !last.there)
        status = ap_fail(err, AP_ESTATE, "nothing is sealed yet; run auditseal seal first");
    if (status == AP_OK) {
        out->log_size = last.size;
        (void)snprintf(out->origin, sizeof out->origin, "%.*s", (int)last.is.origin_len, last.is.origin);
        out->note = last.note;
        last.note = (struct ap_buf)AP_BUF_INIT;
        status = read_seal(db, chain, out, err);
    }
    if (status == AP_OK)
        status = ap_digest_new(&digest, err);
    if (status == AP_OK)
        status = seal_include(db, digest, SEAL_LOG_TREE, out->log_index, out->log_size, &out->inclusion, &reads, err);
    ap_digest_free(digest);
    stored_checkpoint_free(&last);
    return status;
}

void ap_seal_cover_free(struct ap_seal_cover *cover)
{
    ap_buf_free(&cover->note);
}
