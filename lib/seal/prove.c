/* Proofs and the state of sealing, out of what is stored. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/stretch.h"
#include "seal_internal.h"

enum ap_status ap_seal_status(struct ap_db *db, struct ap_seal_state *state, struct ap_error *err)
{
    struct stored_checkpoint last;
    struct ap_rows *rows;
    enum ap_status status;

    memset(state, 0, sizeof *state);
    memset(&last, 0, sizeof last);
    status = seal_read_begin(db, err);
    if (status == AP_OK)
        status = stored_checkpoint_read(db, &last, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/seal_status"), 0, NULL, &rows, err);
    if (status == AP_OK) {
        state->sealed = last.there;
        if (last.there) {
            state->size = last.is.size;
            (void)snprintf(state->origin, sizeof state->origin, "%.*s", (int)last.is.origin_len, last.is.origin);
            state->note = last.note;
            last.note = (struct ap_buf)AP_BUF_INIT;
            state->sealed_at_us = last.sealed_at_us;
        }
        state->chains = (uint64_t)ap_rows_int(rows, 0, 0);
        state->sealed_chains = (uint64_t)ap_rows_int(rows, 0, 1);
        state->entries = (uint64_t)ap_rows_int(rows, 0, 2);
        state->sealed_entries = (uint64_t)ap_rows_int(rows, 0, 3);
        state->oldest_unsealed_us = ap_rows_text(rows, 0, 4) == NULL ? AP_TIME_INFINITY : ap_rows_int(rows, 0, 4);
        state->now_us = ap_rows_int(rows, 0, 5);
        state->attestations = (uint64_t)ap_rows_int(rows, 0, 6);
        ap_rows_free(rows);
    }
    stored_checkpoint_free(&last);
    ap_db_rollback(db);
    return status;
}

enum ap_status ap_seal_find(struct ap_db *db, const struct ap_uuid *log_id, struct ap_uuid *chain, uint64_t *seq,
                            struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *value = id;
    struct ap_rows *rows;
    enum ap_status status;

    ap_uuid_format(id, log_id);
    status = seal_read(db, ap_sql("queries/seal_find"), 1, &value, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) != 1 || !ap_uuid_parse(chain, ap_rows_str(rows, 0, 0)))
        status = ap_fail(err, AP_EINPUT, "no entry %s is in a chain", id);
    else
        *seq = (uint64_t)ap_rows_int(rows, 0, 1);
    ap_rows_free(rows);
    return status;
}

/* What a proof is put together from. */
struct proving {
    struct ap_entry_proof *proof;
    struct ap_digest *digest;
    bool found;
    char finding[AP_FINDING_TEXT_SIZE];
};

static enum ap_status take_text(void *context, const struct ap_stretch_entry *entry, struct ap_error *err)
{
    struct proving *p = context;

    ap_record_encode(p->proof->record, &entry->record, entry->prev.bytes);
    ap_buf_add(&p->proof->entry_text, entry->text.data, entry->text.len);
    return ap_buf_check(&p->proof->entry_text, "an entry text", err);
}

static enum ap_status take_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct proving *p = context;

    (void)err;
    p->found = true;
    ap_finding_text(p->finding, "%s: expected %s, found %s", ap_finding_name(finding->kind), finding->expected,
                    finding->found);
    return AP_OK;
}

/* The proof must hold before it is given to anybody. */
static enum ap_status check(struct ap_digest *digest, const struct ap_entry_proof *proof, struct ap_error *err)
{
    struct ap_note *note = calloc(1, sizeof *note);
    struct ap_checkpoint checkpoint;
    struct ap_seal seal;
    enum ap_proof_step step;
    enum ap_status status;

    if (note == NULL)
        return ap_fail_memory(err, "a proof");
    status = ap_entry_proof_check(proof, digest, &step, &seal, note, &checkpoint, err);
    if (status == AP_OK && step != AP_PROOF_HOLDS)
        status = ap_fail(err, AP_ESTATE, "no proof can be made: %s; run auditverify", ap_proof_step_text(step));
    free(note);
    return status;
}

/* From the row of queries/seal_of_entry. */
static enum ap_status put_together(struct ap_db *db, struct proving *p, const struct ap_uuid *chain, uint64_t seq,
                                   const struct ap_rows *rows, struct ap_buf *note, uint64_t *reads,
                                   struct ap_error *err)
{
    struct ap_stretch stretch = {*chain, seq, seq, {{0}}, NULL, NULL, 0};
    struct ap_entry_proof *proof = p->proof;
    char tree[AP_UUID_TEXT_SIZE];
    struct ap_seal seal;
    enum ap_status status;
    bool intact;

    memset(&seal, 0, sizeof seal);
    seal.chain = *chain;
    seal.size = (uint64_t)ap_rows_int(rows, 0, 5);
    seal.sealed_at_us = ap_rows_int(rows, 0, 8);
    if (!hex_column(rows, 0, 0, stretch.prev.bytes, AP_HASH_LEN) ||
        !hex_column(rows, 0, 6, seal.root.bytes, AP_HASH_LEN) ||
        !hex_column(rows, 0, 7, seal.entry_hash.bytes, AP_HASH_LEN) || !hex_buffer(rows, 0, 10, note))
        return ap_fail(err, AP_ESTATE, "the seal of this entry cannot be read; run auditverify");
    status = ap_stretch_verify(db, &stretch, take_text, take_finding, p, &intact, err);
    if (status == AP_OK && !intact)
        status = ap_fail(err, AP_ESTATE, "the entry does not verify (%s); run auditverify", p->finding);
    ap_uuid_format(tree, chain);
    if (status == AP_OK)
        status = seal_include(db, p->digest, tree, seq - 1, seal.size, &proof->inclusion, reads, err);
    ap_seal_encode(proof->seal.extra, &seal);
    proof->seal.extra_len = AP_SEAL_LEN;
    if (status == AP_OK)
        status = seal_include(db, p->digest, SEAL_LOG_TREE, (uint64_t)ap_rows_int(rows, 0, 4),
                              (uint64_t)ap_rows_int(rows, 0, 9), &proof->seal.inclusion, reads, err);
    proof->seal.note = note->data;
    proof->seal.note_len = note->len;
    return status == AP_OK ? check(p->digest, proof, err) : status;
}

/* For each change of the key, that the log up to it is in the log of the checkpoint; nothing where a restore left less.
 */
static enum ap_status put_changes(struct ap_db *db, struct proving *p, uint64_t size, uint64_t *reads,
                                  struct ap_error *err)
{
    struct ap_rows *rows;
    struct ap_hash path[AP_PROOF_MAX];
    enum ap_status status = ap_db_query(db, ap_sql("queries/seal_keys"), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        uint64_t from = (uint64_t)ap_rows_int(rows, i, 2);
        size_t count = 0;
        bool left = true;

        for (size_t j = i + 1; j < ap_rows_count(rows); j++)
            left = left && (uint64_t)ap_rows_int(rows, j, 2) >= from;
        if (left)
            status = ap_seal_consistency(db, p->digest, from, size, path, &count, reads, err);
        if (status == AP_OK)
            status = ap_entry_proof_add_change(p->proof, path, count, err);
    }
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_seal_prove(struct ap_db *db, const struct ap_uuid *chain, uint64_t seq, struct ap_entry_proof *proof,
                             struct ap_buf *note, uint64_t *rows_read, struct ap_error *err)
{
    struct proving p = {proof, NULL, false, ""};
    char id[AP_UUID_TEXT_SIZE], number[24];
    const char *values[2] = {id, number};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(proof, 0, sizeof *proof);
    *rows_read = 0;
    ap_uuid_format(id, chain);
    (void)snprintf(number, sizeof number, "%" PRIu64, seq);
    status = ap_digest_new(&p.digest, err);
    if (status == AP_OK)
        status = seal_read_begin(db, err);
    if (status == AP_OK)
        status = ap_db_query(db, ap_sql("queries/seal_of_entry"), 2, values, &rows, err);
    if (status == AP_OK && ap_rows_count(rows) == 0)
        status = ap_fail(err, AP_EINPUT, "chain %s has no entry %" PRIu64, id, seq);
    else if (status == AP_OK && (ap_rows_text(rows, 0, 4) == NULL || ap_rows_text(rows, 0, 9) == NULL ||
                                 ap_rows_int(rows, 0, 4) >= ap_rows_int(rows, 0, 9)))
        status = ap_fail(err, AP_ESTATE, "entry %" PRIu64 " of chain %s is not sealed yet; run auditseal seal first",
                         seq, id);
    if (status == AP_OK)
        status = put_together(db, &p, chain, seq, rows, note, rows_read, err);
    if (status == AP_OK)
        status = ap_seal_history(db, &proof->history, err);
    if (status == AP_OK && proof->history.len > 0)
        status = put_changes(db, &p, (uint64_t)ap_rows_int(rows, 0, 9), rows_read, err);
    /* The row of the entry, the one before it, the seal, the checkpoint, the row of audit_logs. */
    *rows_read += 5;
    ap_rows_free(rows);
    ap_db_rollback(db);
    ap_digest_free(p.digest);
    return status;
}

/* A size that the log never had is the caller's mistake; that its tiles are not there is none of his. */
static enum ap_status require_size(struct ap_db *db, uint64_t size, struct ap_error *err)
{
    struct stored_checkpoint last;
    enum ap_status status = stored_checkpoint_read(db, &last, err);

    if (status == AP_OK && !last.there)
        status = ap_fail(err, AP_ESTATE, "nothing is sealed yet; run auditseal seal first");
    if (status == AP_OK && size > last.size)
        status = ap_fail(err, AP_EINPUT, "there is no checkpoint of %" PRIu64 " seals: the newest is of %" PRIu64, size,
                         last.size);
    stored_checkpoint_free(&last);
    return status;
}

enum ap_status ap_seal_consistency(struct ap_db *db, struct ap_digest *digest, uint64_t size1, uint64_t size2,
                                   struct ap_hash *proof, size_t *count, uint64_t *reads, struct ap_error *err)
{
    struct ap_tile_source *source = calloc(1, sizeof *source);
    struct tile_store store;
    enum ap_status status;

    if (source == NULL)
        return ap_fail_memory(err, "tiles");
    memset(&store, 0, sizeof store);
    store.db = db;
    memcpy(store.tree, SEAL_LOG_TREE, sizeof SEAL_LOG_TREE);
    source->read = tile_store_read;
    source->context = &store;
    status = ap_tiles_prove_consistency(source, digest, size1, size2, proof, count, err);
    if (reads != NULL)
        *reads += store.reads;
    tile_store_free(&store);
    free(source);
    return status;
}

enum ap_status ap_seal_prove_consistency(struct ap_db *db, uint64_t size1, uint64_t size2, struct ap_hash *proof,
                                         size_t *count, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    enum ap_status status = seal_read_begin(db, err);

    if (status == AP_OK)
        status = require_size(db, size2, err);
    if (status == AP_OK)
        status = ap_digest_new(&digest, err);
    if (status == AP_OK)
        status = ap_seal_consistency(db, digest, size1, size2, proof, count, NULL, err);
    ap_db_rollback(db);
    ap_digest_free(digest);
    return status;
}
