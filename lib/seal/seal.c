#include "auditproof/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/stretch.h"
#include "seal_internal.h"

/*
 * Seals sent together; entries read at once. Tiles are sent between two readings, for the connection is busy during
 * one: so many entries fill fewer tiles than are gathered (store.c).
 */
enum { SEND_AT = 1000, READ_AT_ONCE = 8192 };

/* A chain that has grown. */
struct due {
    struct ap_uuid chain;
    uint64_t size, head;
    struct ap_hash entry_hash, root;
    bool purged; /* rows of entries past `size` are gone */
};

static enum ap_status tell(struct round *r, enum ap_finding_kind kind, const struct due *due, const char *expected,
                           const char *there, const char *detail, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    if (due != NULL) {
        finding.has_chain = finding.has_seq = true;
        finding.chain = due->chain;
        finding.seq = due->size;
    }
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", there);
    ap_finding_text(finding.detail, "%s", detail);
    return r->options->found(r->options->context, &finding, err);
}

static enum ap_status append_entry(void *context, const struct ap_stretch_entry *entry, struct ap_error *err)
{
    struct round *r = context;

    return ap_tree_append(&r->chain, r->digest, &entry->entry_hash, tile_store_write, &r->chain_tiles, err);
}

static enum ap_status found_entry(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    const struct round *r = context;

    return r->options->found(r->options->context, finding, err);
}

static enum ap_status send_seals(struct round *r, struct ap_error *err)
{
    char at[24];
    const char *values[2] = {NULL, at};
    enum ap_status status;

    if (r->gathered == 0)
        return AP_OK;
    ap_buf_addc(&r->seals, ']');
    (void)snprintf(at, sizeof at, "%" PRId64, r->at_us);
    status = ap_buf_check(&r->seals, "seals", err);
    values[0] = ap_buf_str(&r->seals);
    if (status == AP_OK)
        status = ap_db_query(r->db, ap_sql("queries/seal_keep_seals"), 2, values, NULL, err);
    ap_buf_clear(&r->seals);
    r->gathered = 0;
    return status;
}

static enum ap_status add_seal(struct round *r, const struct ap_seal *seal, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], root[AP_HASH_TEXT_SIZE] = "", hash[AP_HASH_TEXT_SIZE] = "";
    uint8_t record[AP_SEAL_LEN];
    struct ap_hash leaf;
    enum ap_status status;

    ap_uuid_format(chain, &seal->chain);
    ap_hex_encode(root, seal->root.bytes, AP_HASH_LEN);
    ap_hex_encode(hash, seal->entry_hash.bytes, AP_HASH_LEN);
    ap_buf_addf(&r->seals,
                "%s{\"log_index\":%" PRIu64 ",\"chain_id\":\"%s\",\"size\":%" PRIu64
                ",\"root\":\"%s\",\"entry_hash\":\"%s\"}",
                r->gathered == 0 ? "[" : ",", r->log.size, chain, seal->size, root, hash);
    ap_seal_encode(record, seal);
    status = ap_merkle_leaf(r->digest, record, sizeof record, &leaf, err);
    if (status == AP_OK)
        status = ap_tree_append(&r->log, r->digest, &leaf, tile_store_write, &r->log_tiles, err);
    if (status == AP_OK && ++r->gathered == SEND_AT)
        status = send_seals(r, err);
    return status;
}

/* The tree as it was sealed; *same false, and said, when the stored tiles are no longer that. */
static enum ap_status open_chain(struct round *r, const struct due *due, bool *same, struct ap_error *err)
{
    struct ap_hash root;
    enum ap_status status;

    *same = true;
    ap_uuid_format(r->chain_tiles.tree, &due->chain);
    status = ap_tree_open(&r->chain, due->size, tile_store_read, &r->chain_tiles, err);
    if (status == AP_ESTATE) {
        *same = false;
        return tell(r, AP_FINDING_SEAL, due, "tiles of the chain's tree", "none, or shorter ones",
                    "The stored tree does not reach as far as the chain's last seal.", err);
    }
    if (status == AP_OK && due->size > 0)
        status = ap_tree_root(&r->chain, r->digest, &root, err);
    if (status != AP_OK || due->size == 0 || ap_hash_equal(&root, &due->root))
        return status;
    *same = false;
    return tell(r, AP_FINDING_SEAL, due, "the root that was sealed", "another one",
                "The stored tree, or the seal, was changed.", err);
}

/* Verify what is new of a chain, and have its tree grow by it. */
static enum ap_status grow_chain(struct round *r, const struct due *due, bool *intact, struct ap_error *err)
{
    struct ap_stretch stretch = {due->chain, due->size + 1, 0, due->entry_hash, r->options->stop, NULL, 0};
    const struct ap_reading reading = {r->db, true};
    struct ap_purged *purged = NULL;
    enum ap_status status = AP_OK;

    if (due->purged)
        status = ap_reading_purged(&reading, &due->chain, &purged, &stretch.purged_count, err);
    stretch.purged = purged;

    while (status == AP_OK && *intact && stretch.from_seq <= due->head) {
        uint64_t left = due->head - stretch.from_seq;

        stretch.to_seq = left < READ_AT_ONCE ? due->head : stretch.from_seq + READ_AT_ONCE - 1;
        status = ap_stretch_verify(r->db, &stretch, append_entry, found_entry, r, intact, err);
        if (status == AP_OK && *intact)
            status = tile_store_send(&r->chain_tiles, err);
        stretch.prev = r->chain.edge[0].hashes[(stretch.to_seq - 1) % AP_TILE_WIDTH];
        stretch.from_seq = stretch.to_seq + 1;
    }
    free(purged);
    if (status == AP_OK && *intact)
        status = ap_tree_flush(&r->chain, tile_store_write, &r->chain_tiles, err);
    return status == AP_OK && *intact ? tile_store_send(&r->chain_tiles, err) : status;
}

static enum ap_status seal_chain(struct round *r, const struct due *due, struct ap_error *err)
{
    bool large = due->head - due->size > READ_AT_ONCE, intact = false;
    struct ap_seal seal;
    enum ap_status status = AP_OK;

    if (large)
        status = ap_db_exec(r->db, ap_sql("queries/seal_savepoint"), err);
    if (status == AP_OK)
        status = open_chain(r, due, &intact, err);
    if (status == AP_OK && intact)
        status = grow_chain(r, due, &intact, err);
    if (status != AP_OK)
        return status;
    if (!intact) {
        r->report->skipped++;
        r->chain_tiles.gathered = 0;
        ap_buf_clear(&r->chain_tiles.json);
        return large ? ap_db_exec(r->db, ap_sql("queries/seal_take_back"), err) : AP_OK;
    }
    memset(&seal, 0, sizeof seal);
    seal.chain = due->chain;
    seal.size = due->head;
    seal.sealed_at_us = r->at_us;
    if (status == AP_OK)
        status = ap_tree_root(&r->chain, r->digest, &seal.root, err);
    if (status == AP_OK) {
        /* The tree's last leaf is the last entry's hash. */
        unsigned last = (unsigned)((due->head - 1) % AP_TILE_WIDTH);

        seal.entry_hash = r->chain.edge[0].hashes[last];
        status = add_seal(r, &seal, err);
    }
    r->report->chains++;
    r->report->entries += due->head - due->size;
    return status;
}

static enum ap_status seal_due(struct round *r, struct ap_error *err)
{
    struct ap_rows *rows;
    enum ap_status status = ap_db_query(r->db, ap_sql("queries/seal_due"), 0, NULL, &rows, err);
    size_t i;

    if (status != AP_OK)
        return status;
    for (i = 0; i < ap_rows_count(rows) && status == AP_OK; i++) {
        struct due due;

        memset(&due, 0, sizeof due);
        due.size = (uint64_t)ap_rows_int(rows, i, 1);
        due.head = (uint64_t)ap_rows_int(rows, i, 4);
        due.purged = ap_rows_bool(rows, i, 5);
        if (!ap_uuid_parse(&due.chain, ap_rows_str(rows, i, 0)) ||
            (due.size > 0 && (!hex_column(rows, i, 2, due.entry_hash.bytes, AP_HASH_LEN) ||
                              !hex_column(rows, i, 3, due.root.bytes, AP_HASH_LEN)))) {
            status = ap_fail(err, AP_ESTATE, "a seal in the database cannot be read");
        } else if (due.head < due.size) {
            r->report->skipped++;
            status = tell(r, AP_FINDING_TRUNCATED, &due, "as many entries as were sealed", "fewer",
                          "The chain was cut off below its last seal.", err);
        } else if (due.head == due.size) {
            r->report->skipped++;
            status = tell(r, AP_FINDING_REWRITTEN, &due, "the last entry that was sealed", "another one",
                          "The chain was rewritten after it was sealed.", err);
        } else {
            status = seal_chain(r, &due, err);
        }
    }
    ap_rows_free(rows);
    if (status == AP_OK)
        status = send_seals(r, err);
    if (status == AP_OK)
        status = ap_tree_flush(&r->log, tile_store_write, &r->log_tiles, err);
    return status == AP_OK ? tile_store_send(&r->log_tiles, err) : status;
}

static enum ap_status sign_log(struct round *r, struct ap_error *err)
{
    struct ap_buf note = AP_BUF_INIT, hex = AP_BUF_INIT;
    char size[24], at[24], root[AP_HASH_TEXT_SIZE] = "";
    const char *values[5] = {size, r->options->vkey->name, root, NULL, at};
    struct ap_hash hash;
    enum ap_status status = ap_tree_root(&r->log, r->digest, &hash, err);
    size_t text_len;
    char *room;

    if (status != AP_OK)
        return status;
    ap_checkpoint_format(&note, r->options->vkey->name, r->log.size, &hash);
    text_len = note.len;
    ap_buf_addc(&note, '\n');
    status = ap_buf_check(&note, "a checkpoint", err);
    if (status == AP_OK)
        status = ap_note_sign(&note, note.data, text_len, r->options->vkey, r->options->key, 0, err);
    room = ap_buf_reserve(&hex, 2 * note.len + 1);
    if (status == AP_OK && room == NULL)
        status = ap_fail_memory(err, "a checkpoint");
    if (status == AP_OK) {
        ap_hex_encode(room, (const uint8_t *)note.data, note.len);
        room[2 * note.len] = '\0';
        values[3] = room;
        (void)snprintf(size, sizeof size, "%" PRIu64, r->log.size);
        (void)snprintf(at, sizeof at, "%" PRId64, r->at_us);
        ap_hex_encode(root, hash.bytes, AP_HASH_LEN);
        status = ap_db_query(r->db, ap_sql("queries/seal_keep_checkpoint"), 5, values, NULL, err);
    }
    r->report->size = r->log.size;
    r->report->root = hash;
    r->report->sealed_at_us = r->at_us;
    r->report->sealed = status == AP_OK;
    ap_buf_free(&note);
    ap_buf_free(&hex);
    return status;
}

static enum ap_status run(struct round *r, struct ap_error *err)
{
    enum ap_status status = round_open(r, err);

    if (status == AP_OK && !r->report->refused)
        status = round_check_anchors(r, err);
    if (status != AP_OK || r->report->refused)
        return status;
    if (r->last.there) {
        r->report->size = r->last.size;
        r->report->root = r->last.is.root;
        r->report->sealed_at_us = r->last.sealed_at_us;
    }
    status = seal_due(r, err);
    return status == AP_OK && r->report->chains > 0 ? sign_log(r, err) : status;
}

enum ap_status ap_seal(struct ap_db *db, const struct ap_seal_options *options, struct ap_seal_report *report,
                       struct ap_error *err)
{
    struct round *r;
    enum ap_status status = round_new(&r, db, options, report, err);

    if (status == AP_OK)
        status = run(r, err);
    if (status == AP_OK && report->sealed)
        status = ap_db_exec(db, ap_sql("install/commit"), err);
    if (status != AP_OK)
        report->sealed = false;
    ap_db_rollback(db);
    /* After a declared restore there is nothing to hand over under the new name until something is sealed. */
    if (status == AP_OK && !report->refused && (report->sealed || round_is_own(r)))
        status = seal_publish(db, r->options, r->digest, report, err);
    if (status == AP_OK && !report->refused)
        status = seal_publish_changes(db, r->options, r->digest, false, report, err);
    round_free(r);
    return status;
}
