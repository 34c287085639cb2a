/* Restores that were declared. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"
#include "seal_internal.h"

static const char header[] = "auditproof/epoch@v1";

static void add_state(struct ap_buf *out, uint64_t size, const struct ap_hash *root)
{
    char hash[AP_BASE64_LEN(AP_HASH_LEN) + 1];

    ap_base64_encode(hash, root->bytes, AP_HASH_LEN);
    hash[AP_BASE64_LEN(AP_HASH_LEN)] = '\0';
    ap_buf_addf(out, "%" PRIu64 "\n%s\n", size, hash);
}

void ap_epoch_text(struct ap_buf *out, const struct ap_epoch *epoch)
{
    size_t len = strlen(epoch->reason);
    char *room;

    ap_buf_addf(out, "%s\n%s\n%s\n%u\n", header, epoch->origin_before, epoch->origin_after, epoch->number);
    add_state(out, epoch->size, &epoch->root);
    add_state(out, epoch->known_size, &epoch->known_root);
    ap_buf_addf(out, "%" PRId64 "\n", epoch->at_us);
    room = ap_buf_reserve(out, AP_BASE64_LEN(len) + 2);
    if (room == NULL)
        return;
    ap_base64_encode(room, (const uint8_t *)epoch->reason, len);
    out->len += AP_BASE64_LEN(len);
    ap_buf_addc(out, '\n');
}

static bool origin_line(struct note_lines *lines, char out[AP_KEY_NAME_MAX + 1])
{
    const char *text;
    size_t len;

    if (!note_line(lines, &text, &len) || len == 0 || len > AP_KEY_NAME_MAX)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

static bool reason_line(struct note_lines *lines, char **out)
{
    const char *text;
    size_t len, n;

    if (!note_line(lines, &text, &len))
        return false;
    *out = malloc(AP_BASE64_BYTES(len) + 1);
    if (*out == NULL || !ap_base64_decode((uint8_t *)*out, &n, text, len))
        return false;
    (*out)[n] = '\0';
    return strlen(*out) == n;
}

static bool parse_epoch(struct ap_epoch *out, const struct ap_note *note)
{
    struct note_lines lines = {note->text, note->text_len};
    uint64_t number, at_us;

    if (!note_line_is(&lines, header) || !origin_line(&lines, out->origin_before) ||
        !origin_line(&lines, out->origin_after) || !note_line_number(&lines, &number) ||
        !note_line_number(&lines, &out->size) || !note_line_hash(&lines, &out->root) ||
        !note_line_number(&lines, &out->known_size) || !note_line_hash(&lines, &out->known_root) ||
        !note_line_number(&lines, &at_us) || !reason_line(&lines, &out->reason) || lines.left != 0)
        return false;
    out->number = (unsigned)number;
    out->at_us = (int64_t)at_us;
    return number > 0 && number <= INT32_MAX && at_us <= INT64_MAX;
}

/* The log took the new name at the size that the declaration says, with the key that signed it. */
static bool renamed(const struct ap_log_keys *keys, const struct ap_epoch *epoch, const struct ap_note *note)
{
    size_t i;

    for (i = 1; i < keys->count; i++) {
        const struct ap_log_key *before = &keys->keys[i - 1], *after = &keys->keys[i];

        if (strcmp(after->vkey.name, epoch->origin_after) == 0 &&
            strcmp(before->vkey.name, epoch->origin_before) == 0 && after->from_size == epoch->size &&
            ap_hash_equal(&after->root, &epoch->root))
            return note_signed_by(note, &before->vkey);
    }
    return false;
}

static enum ap_status take_epochs(struct ap_epochs *out, const struct ap_log_keys *keys, const struct ap_rows *rows,
                                  struct ap_error *err)
{
    size_t i, count = ap_rows_count(rows);
    struct ap_note *note = calloc(1, sizeof *note);
    struct ap_buf bytes = AP_BUF_INIT;

    out->epochs = calloc(count + 1, sizeof *out->epochs);
    if (out->epochs == NULL || note == NULL) {
        free(note);
        return ap_fail_memory(err, "declared restores");
    }
    for (i = 0; i < count; i++) {
        struct ap_epoch *epoch = &out->epochs[i];

        ap_buf_clear(&bytes);
        if (!hex_buffer(rows, i, 3, &bytes) || ap_note_parse(note, bytes.data, bytes.len, NULL) != AP_OK ||
            !parse_epoch(epoch, note) || epoch->number != i + 1 || ap_rows_int(rows, i, 0) != (int64_t)(i + 1) ||
            epoch->size != (uint64_t)ap_rows_int(rows, i, 1) || strcmp(epoch->reason, ap_rows_str(rows, i, 2)) != 0) {
            ap_finding_text(out->problem, "declared restore %zu cannot be read, or is not what its note says", i + 1);
        } else if (!renamed(keys, epoch, note)) {
            ap_finding_text(out->problem, "declared restore %zu is not signed by the log's key of its time", i + 1);
        }
        if (out->problem[0] != '\0') {
            free(epoch->reason);
            epoch->reason = NULL;
            break;
        }
        out->count++;
    }
    free(note);
    ap_buf_free(&bytes);
    return AP_OK;
}

enum ap_status ap_epochs_read(struct ap_db *db, const struct ap_log_keys *keys, struct ap_epochs *out,
                              struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    status = ap_db_query(db, ap_sql("queries/seal_epochs"), 0, NULL, &rows, err);
    if (status == AP_OK)
        status = take_epochs(out, keys, rows, err);
    ap_rows_free(rows);
    return status;
}

void ap_epochs_free(struct ap_epochs *epochs)
{
    size_t i;

    for (i = 0; i < epochs->count; i++)
        free(epochs->epochs[i].reason);
    free(epochs->epochs);
    memset(epochs, 0, sizeof *epochs);
}

const struct ap_epoch *ap_epochs_explain(const struct ap_epochs *epochs, const char *origin, size_t origin_len,
                                         uint64_t size, const struct ap_hash *root)
{
    size_t i;

    for (i = 0; i < epochs->count; i++) {
        const struct ap_epoch *epoch = &epochs->epochs[i];

        if (strlen(epoch->origin_before) != origin_len || memcmp(epoch->origin_before, origin, origin_len) != 0)
            continue;
        if (size == epoch->known_size ? ap_hash_equal(root, &epoch->known_root)
                                      : size > epoch->size && size < epoch->known_size)
            return epoch;
    }
    return NULL;
}
