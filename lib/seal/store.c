/* Tiles and checkpoints in the database. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "seal_internal.h"

/* Tiles sent together: 64 of them are at most a megabyte of JSON. */
enum { SEND_AT = 64 };

bool hex_buffer(const struct ap_rows *rows, size_t row, int column, struct ap_buf *out)
{
    const char *text = ap_rows_str(rows, row, column);
    size_t len = strlen(text) / 2;
    char *room = ap_buf_reserve(out, len + 1);

    if (room == NULL || !ap_hex_decode((uint8_t *)room, len, text))
        return false;
    out->len += len;
    out->data[out->len] = '\0';
    return true;
}

bool hex_column(const struct ap_rows *rows, size_t row, int column, uint8_t *out, size_t len)
{
    const char *text = ap_rows_str(rows, row, column);

    return strlen(text) == 2 * len && ap_hex_decode(out, len, text);
}

enum ap_status tile_store_read(void *context, struct ap_tile *tile, unsigned need, struct ap_error *err)
{
    struct tile_store *store = context;
    char level[12], index[24];
    const char *values[3] = {store->tree, level, index}, *text;
    struct ap_rows *rows;
    enum ap_status status;
    size_t len;

    (void)snprintf(level, sizeof level, "%u", tile->level);
    (void)snprintf(index, sizeof index, "%" PRIu64, tile->index);
    store->reads++;
    status = ap_db_query(store->db, ap_sql("queries/seal_tile"), 3, values, &rows, err);
    if (status != AP_OK)
        return status;
    text = ap_rows_count(rows) == 0 ? "" : ap_rows_str(rows, 0, 0);
    len = strlen(text) / 2;
    if (len % AP_HASH_LEN != 0 || len > sizeof tile->hashes || len / AP_HASH_LEN < need ||
        !ap_hex_decode((uint8_t *)tile->hashes, len, text))
        status = ap_fail(err, AP_ESTATE, "tile %u/%" PRIu64 " of tree %s is not in the database as it was sealed",
                         tile->level, tile->index, store->tree);
    tile->width = (unsigned)(len / AP_HASH_LEN);
    ap_rows_free(rows);
    return status;
}

enum ap_status tile_store_write(void *context, const struct ap_tile *tile, struct ap_error *err)
{
    struct tile_store *store = context;
    char *room;

    ap_buf_addf(&store->json, "%s{\"tree\":\"%s\",\"level\":%u,\"index\":%" PRIu64 ",\"hashes\":\"",
                store->gathered == 0 ? "[" : ",", store->tree, tile->level, tile->index);
    room = ap_buf_reserve(&store->json, (size_t)tile->width * AP_HASH_LEN * 2 + 3);
    if (room == NULL)
        return ap_buf_check(&store->json, "tiles", err);
    ap_hex_encode(room, (const uint8_t *)tile->hashes, (size_t)tile->width * AP_HASH_LEN);
    store->json.len += (size_t)tile->width * AP_HASH_LEN * 2;
    ap_buf_adds(&store->json, "\"}");
    return ++store->gathered < SEND_AT ? AP_OK : tile_store_send(store, err);
}

enum ap_status tile_store_send(struct tile_store *store, struct ap_error *err)
{
    enum ap_status status;
    const char *value;

    if (store->gathered == 0)
        return AP_OK;
    ap_buf_addc(&store->json, ']');
    status = ap_buf_check(&store->json, "tiles", err);
    value = ap_buf_str(&store->json);
    if (status == AP_OK)
        status = ap_db_query(store->db, ap_sql("queries/seal_keep_tiles"), 1, &value, NULL, err);
    ap_buf_clear(&store->json);
    store->gathered = 0;
    return status;
}

void tile_store_free(struct tile_store *store)
{
    ap_buf_free(&store->json);
}

enum ap_status seal_read_begin(struct ap_db *db, struct ap_error *err)
{
    enum ap_status status = ap_db_exec(db, ap_sql("queries/begin_snapshot"), err);

    return status == AP_OK ? ap_db_exec(db, ap_sql("queries/seal_planner"), err) : status;
}

enum ap_status seal_read(struct ap_db *db, const char *sql, int count, const char *const *values, struct ap_rows **out,
                         struct ap_error *err)
{
    enum ap_status status = seal_read_begin(db, err);

    if (status == AP_OK)
        status = ap_db_query(db, sql, count, values, out, err);
    ap_db_rollback(db);
    return status;
}

/* The note of a row, taken apart; out->problem says why that does not work. */
static void take_note(struct stored_checkpoint *out, const struct ap_rows *rows, int column)
{
    struct ap_error why;

    if (!hex_buffer(rows, 0, column, &out->note)) {
        ap_finding_text(out->problem, "it is no text");
        return;
    }
    if (ap_note_parse(&out->parsed, out->note.data, out->note.len, &why) != AP_OK ||
        ap_checkpoint_parse(&out->is, out->parsed.text, out->parsed.text_len, &why) != AP_OK)
        ap_finding_text(out->problem, "%s", why.message);
    else if (out->is.size != out->size)
        ap_finding_text(out->problem, "it is of %" PRIu64 " seals", out->is.size);
}

enum ap_status stored_checkpoint_look(struct ap_db *db, struct stored_checkpoint *out, struct ap_error *err)
{
    struct ap_rows *rows;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = ap_db_query(db, ap_sql("queries/seal_last"), 0, NULL, &rows, err);
    if (status != AP_OK)
        return status;
    out->there = ap_rows_text(rows, 0, 0) != NULL;
    out->seals = (uint64_t)ap_rows_int(rows, 0, 5);
    if (out->there) {
        out->size = (uint64_t)ap_rows_int(rows, 0, 0);
        out->sealed_at_us = ap_rows_int(rows, 0, 4);
        take_note(out, rows, 3);
    }
    ap_rows_free(rows);
    return AP_OK;
}

enum ap_status stored_checkpoint_read(struct ap_db *db, struct stored_checkpoint *out, struct ap_error *err)
{
    enum ap_status status = stored_checkpoint_look(db, out, err);

    if (status == AP_OK && out->problem[0] != '\0')
        status = ap_fail(err, AP_ESTATE, "the note of checkpoint %" PRIu64 " in the database is none: %s", out->size,
                         out->problem);
    return status;
}

enum ap_status stored_checkpoint_before(struct ap_db *db, struct stored_checkpoint *checkpoint, struct ap_error *err)
{
    char size[24];
    const char *value = size;
    struct ap_rows *rows;
    enum ap_status status;

    (void)snprintf(size, sizeof size, "%" PRIu64, checkpoint->size);
    status = ap_db_query(db, ap_sql("queries/seal_before"), 1, &value, &rows, err);
    if (status != AP_OK)
        return status;
    ap_buf_clear(&checkpoint->note);
    checkpoint->problem[0] = '\0';
    checkpoint->there = ap_rows_count(rows) > 0;
    if (checkpoint->there) {
        checkpoint->size = (uint64_t)ap_rows_int(rows, 0, 0);
        take_note(checkpoint, rows, 1);
    }
    ap_rows_free(rows);
    return AP_OK;
}

void stored_checkpoint_free(struct stored_checkpoint *checkpoint)
{
    ap_buf_free(&checkpoint->note);
}
