/* The seal log as static files (C2SP tlog-tiles v0.1.0): tiles and entry bundles first, the checkpoint last. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/file.h"
#include "seal_internal.h"

enum { PATH_SIZE = 4096, RECORD_LEN = 2 + AP_SEAL_LEN };

struct export
{
    struct ap_db *db;
    struct ap_digest *digest;
    const char *directory;
    struct tile_store store;
    struct ap_tile_source source;
    struct ap_tile tile;
    uint8_t bundle[AP_TILE_WIDTH * RECORD_LEN];
    struct stored_checkpoint last;
    struct ap_seal_export *report;
};

/* Make the directories that a file within ours is in, and replace the file. */
static enum ap_status put(struct export *x, const char *name, const void *bytes, size_t len, struct ap_error *err)
{
    char path[PATH_SIZE], *slash;
    int n = snprintf(path, sizeof path, "%s/%s", x->directory, name);
    enum ap_status status;

    if (n < 0 || (size_t)n >= sizeof path - 8)
        return ap_fail(err, AP_EINPUT, "the path %s is too long", x->directory);
    for (slash = strchr(path + strlen(x->directory) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return ap_fail_errno(err, errno, "cannot make %s", path);
        *slash = '/';
    }
    status = ap_file_replace(path, bytes, len, err);
    x->report->files += status == AP_OK ? 1 : 0;
    return status;
}

/* What the directory holds of this log already; a checkpoint that is not a prefix of it is not overwritten. */
static enum ap_status read_before(struct export *x, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_checkpoint is;
    struct ap_note note;
    struct ap_hash root;
    char path[PATH_SIZE];
    enum ap_status status;

    memset(&is, 0, sizeof is);
    (void)snprintf(path, sizeof path, "%.4000s/checkpoint", x->directory);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return AP_OK;
    status = ap_file_read(path, AP_NOTE_MAX, &bytes, err);
    if (status == AP_OK)
        status = ap_note_parse(&note, bytes.data, bytes.len, err);
    if (status == AP_OK)
        status = ap_checkpoint_parse(&is, note.text, note.text_len, err);
    if (status == AP_OK &&
        (is.origin_len != x->last.is.origin_len || memcmp(is.origin, x->last.is.origin, is.origin_len) != 0))
        status = ap_fail(err, AP_ESTATE, "%s holds another log: name another directory", x->directory);
    if (status == AP_OK && is.size <= x->last.is.size)
        status = ap_tiles_root(&x->source, x->digest, is.size, &root, err);
    if (status == AP_OK && (is.size > x->last.is.size || !ap_hash_equal(&root, &is.root)))
        status = ap_fail(err, AP_ESTATE,
                         "%s holds a checkpoint that the log in the database does not extend; run auditverify", path);
    if (status == AP_OK)
        x->report->before = is.size;
    ap_buf_free(&bytes);
    return status;
}

/* A row's record with its length before it, as a bundle has it. */
static enum ap_status take_record(struct export *x, const struct ap_rows *rows, size_t row, uint8_t out[RECORD_LEN],
                                  struct ap_error *err)
{
    struct ap_seal seal;
    struct ap_hash leaf;
    enum ap_status status;

    memset(&seal, 0, sizeof seal);
    seal.size = (uint64_t)ap_rows_int(rows, row, 1);
    seal.sealed_at_us = ap_rows_int(rows, row, 4);
    if (!ap_uuid_parse(&seal.chain, ap_rows_str(rows, row, 0)) ||
        !hex_column(rows, row, 2, seal.root.bytes, AP_HASH_LEN) ||
        !hex_column(rows, row, 3, seal.entry_hash.bytes, AP_HASH_LEN))
        return ap_fail(err, AP_ESTATE, "a seal in the database cannot be read; run auditverify");
    out[0] = 0;
    out[1] = AP_SEAL_LEN;
    ap_seal_encode(out + 2, &seal);
    status = ap_merkle_leaf(x->digest, out + 2, AP_SEAL_LEN, &leaf, err);
    if (status == AP_OK && !ap_hash_equal(&leaf, &x->tile.hashes[row]))
        status = ap_fail(err, AP_ESTATE, "seal %" PRIu64 " is not what the log was signed with; run auditverify",
                         x->tile.index * AP_TILE_WIDTH + row);
    return status;
}

/* The records under the tile of level 0 that was read last. */
static enum ap_status put_bundle(struct export *x, const char *tile_name, struct ap_error *err)
{
    char from[24], count[24], name[AP_TILE_PATH_SIZE + 16];
    const char *values[2] = {from, count};
    struct ap_rows *rows;
    enum ap_status status;
    size_t i;

    (void)snprintf(from, sizeof from, "%" PRIu64, x->tile.index * AP_TILE_WIDTH);
    (void)snprintf(count, sizeof count, "%u", x->tile.width);
    status = ap_db_query(x->db, ap_sql("queries/seal_records"), 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) != x->tile.width)
        status = ap_fail(err, AP_ESTATE, "seals are missing from number %s on; run auditverify", from);
    for (i = 0; i < ap_rows_count(rows) && status == AP_OK; i++)
        status = take_record(x, rows, i, x->bundle + i * RECORD_LEN, err);
    ap_rows_free(rows);
    (void)snprintf(name, sizeof name, "tile/entries/%s", tile_name + strlen("tile/0/"));
    return status == AP_OK ? put(x, name, x->bundle, (size_t)x->tile.width * RECORD_LEN, err) : status;
}

static enum ap_status put_tile(struct export *x, unsigned level, uint64_t index, unsigned width, struct ap_error *err)
{
    char name[AP_TILE_PATH_SIZE];
    enum ap_status status;

    x->tile.level = level;
    x->tile.index = index;
    status = tile_store_read(&x->store, &x->tile, width, err);
    if (status != AP_OK)
        return status;
    x->tile.width = width;
    ap_tile_path(name, level, index, width);
    status = put(x, name, x->tile.hashes, (size_t)width * AP_HASH_LEN, err);
    return status == AP_OK && level == 0 ? put_bundle(x, name, err) : status;
}

/* From the first tile of each level on that was not full when the directory was last written. */
static enum ap_status put_tiles(struct export *x, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    unsigned level, width;

    for (level = 0; level < AP_TILE_LEVELS && status == AP_OK; level++) {
        uint64_t index = level == AP_TILE_LEVELS - 1 ? 0 : x->report->before >> (8 * (level + 1));

        while (status == AP_OK && (width = ap_tile_width(x->last.is.size, level, index)) > 0)
            status = put_tile(x, level, index++, width, err);
    }
    return status;
}

static enum ap_status export_log(struct export *x, struct ap_error *err)
{
    struct ap_hash root;
    enum ap_status status = stored_checkpoint_read(x->db, &x->last, err);

    if (status == AP_OK && !x->last.there)
        status = ap_fail(err, AP_ESTATE, "nothing is sealed yet; run auditseal seal first");
    if (status == AP_OK)
        status = ap_tiles_root(&x->source, x->digest, x->last.is.size, &root, err);
    if (status == AP_OK && !ap_hash_equal(&root, &x->last.is.root))
        status = ap_fail(err, AP_ESTATE, "the tiles of the seal log are not what was signed; run auditverify");
    if (status == AP_OK && mkdir(x->directory, 0777) != 0 && errno != EEXIST)
        status = ap_fail_errno(err, errno, "cannot make %s", x->directory);
    if (status == AP_OK)
        status = read_before(x, err);
    x->report->size = x->last.is.size;
    if (status == AP_OK && x->report->before < x->report->size)
        status = put_tiles(x, err);
    return status == AP_OK ? put(x, "checkpoint", x->last.note.data, x->last.note.len, err) : status;
}

enum ap_status ap_seal_tiles(struct ap_db *db, const char *directory, struct ap_seal_export *report,
                             struct ap_error *err)
{
    struct export *x = calloc(1, sizeof *x);
    enum ap_status status;

    memset(report, 0, sizeof *report);
    if (x == NULL)
        return ap_fail_memory(err, "tiles");
    x->db = x->store.db = db;
    x->directory = directory;
    x->report = report;
    memcpy(x->store.tree, SEAL_LOG_TREE, sizeof SEAL_LOG_TREE);
    x->source.read = tile_store_read;
    x->source.context = &x->store;
    status = ap_digest_new(&x->digest, err);
    if (status == AP_OK)
        status = seal_read_begin(db, err);
    if (status == AP_OK)
        status = export_log(x, err);
    ap_db_rollback(db);
    stored_checkpoint_free(&x->last);
    tile_store_free(&x->store);
    ap_digest_free(x->digest);
    free(x);
    return status;
}
