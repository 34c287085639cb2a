/* Restores that were declared. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"
#include "log_record.h"

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

const char *epoch_read(struct ap_epoch *out, struct record_reader *reader, const struct ap_rows *rows, size_t row,
                       bool *parsed)
{
    memset(out, 0, sizeof *out);
    *parsed = record_note(reader, rows, row) && parse_epoch(out, &reader->note);
    if (!*parsed)
        return "its note cannot be read";
    if (ap_rows_int(rows, row, 0) != (int64_t)out->number || out->size != (uint64_t)ap_rows_int(rows, row, 1) ||
        strcmp(out->reason, ap_rows_str(rows, row, 2)) != 0)
        return "its row and its note disagree";
    return NULL;
}

bool epoch_is_of(const struct ap_epoch *epoch, const struct ap_note *note, const struct ap_vkey *before,
                 const struct ap_vkey *after, uint64_t size, const struct ap_hash *root)
{
    return strcmp(after->name, epoch->origin_after) == 0 && strcmp(before->name, epoch->origin_before) == 0 &&
           size == epoch->size && ap_hash_equal(root, &epoch->root) && ap_note_signed_by(note, before);
}

/* The log took the new name at the size that the declaration says, with the key that signed it. */
static bool renamed(const struct ap_log_keys *keys, const struct ap_epoch *epoch, const struct ap_note *note)
{
    size_t i;

    for (i = 1; i < keys->count; i++)
        if (epoch_is_of(epoch, note, &keys->keys[i - 1].vkey, &keys->keys[i].vkey, keys->keys[i].from_size,
                        &keys->keys[i].root))
            return true;
    return false;
}

void epochs_settle(struct ap_epoch *epochs, size_t count)
{
    uint64_t kept = UINT64_MAX;

    while (count-- > 0) {
        if (epochs[count].size < kept)
            kept = epochs[count].size;
        epochs[count].kept = kept;
    }
}

void epoch_clear(struct ap_epoch *epoch)
{
    free(epoch->reason);
    free(epoch->note);
    memset(epoch, 0, sizeof *epoch);
}

/* Takes the epoch over, also after a failure. */
static enum ap_status append(struct ap_epochs *epochs, struct ap_epoch *epoch, const char *note, size_t len,
                             struct ap_error *err)
{
    struct ap_epoch *more = realloc(epochs->epochs, (epochs->count + 1) * sizeof *more);

    if (more != NULL)
        epochs->epochs = more;
    epoch->note = strndup(note, len);
    epoch->note_len = len;
    if (more == NULL || epoch->note == NULL) {
        epoch_clear(epoch);
        return ap_fail_memory(err, "declared restores");
    }
    more[epochs->count++] = *epoch;
    epochs_settle(epochs->epochs, epochs->count);
    return AP_OK;
}

static enum ap_status take_row(struct ap_epochs *out, const struct ap_log_keys *keys, struct record_reader *reader,
                               const struct ap_rows *rows, size_t i, struct ap_error *err)
{
    struct ap_epoch epoch;
    bool parsed;

    if (epoch_read(&epoch, reader, rows, i, &parsed) != NULL || epoch.number != i + 1)
        ap_finding_text(out->problem, "declared restore %zu cannot be read, or is not what its note says", i + 1);
    else if (!renamed(keys, &epoch, &reader->note))
        ap_finding_text(out->problem, "declared restore %zu is not signed by the log's key of its time", i + 1);
    if (out->problem[0] == '\0')
        return append(out, &epoch, reader->bytes.data, reader->bytes.len, err);
    epoch_clear(&epoch);
    return AP_OK;
}

enum ap_status ap_epochs_read(struct ap_db *db, const struct ap_log_keys *keys, struct ap_epochs *out,
                              struct ap_error *err)
{
    struct record_reader reader = {.digest = NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;
    size_t i;

    memset(out, 0, sizeof *out);
    status = ap_db_query(db, ap_sql("queries/seal_epochs"), 0, NULL, &rows, err);
    for (i = 0; status == AP_OK && i < ap_rows_count(rows) && out->problem[0] == '\0'; i++)
        status = take_row(out, keys, &reader, rows, i, err);
    ap_rows_free(rows);
    ap_buf_free(&reader.bytes);
    return status;
}

static bool same_text(const struct ap_note *note, const struct ap_epoch *epoch)
{
    return epoch->note_len > note->text_len && memcmp(epoch->note, note->text, note->text_len) == 0;
}

static enum ap_status take_note(struct ap_epochs *epochs, const struct ap_log_keys *keys,
                                const struct ap_log_note *from, struct ap_note *note, struct ap_error *err)
{
    struct ap_epoch epoch;

    memset(&epoch, 0, sizeof epoch);
    if (ap_note_parse(note, from->bytes, from->len, NULL) == AP_OK && parse_epoch(&epoch, note) &&
        renamed(keys, &epoch, note)) {
        if (epoch.number == epochs->count + 1)
            return append(epochs, &epoch, from->bytes, from->len, err);
        if (!same_text(note, &epochs->epochs[epoch.number - 1]))
            ap_finding_text(epochs->problem,
                            "there are two different declared restores %u: somebody has a key of the log",
                            epoch.number);
    }
    epoch_clear(&epoch);
    return AP_OK;
}

enum ap_status epochs_follow(struct ap_epochs *epochs, const struct ap_log_keys *keys, const struct ap_log_notes *notes,
                             struct ap_error *err)
{
    struct ap_note *note = calloc(1, sizeof *note);
    enum ap_status status = note == NULL ? ap_fail_memory(err, "a note") : AP_OK;
    size_t number, i;

    for (number = 1; number <= epochs->count + 1 && epochs->problem[0] == '\0'; number++)
        for (i = 0; i < notes->count && status == AP_OK && epochs->problem[0] == '\0'; i++)
            if (notes->notes[i].epoch && notes->notes[i].number == number)
                status = take_note(epochs, keys, &notes->notes[i], note, err);
    free(note);
    return status;
}

void ap_epochs_free(struct ap_epochs *epochs)
{
    size_t i;

    for (i = 0; i < epochs->count; i++)
        epoch_clear(&epochs->epochs[i]);
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
                                      : size > epoch->kept && size < epoch->known_size)
            return epoch;
    }
    return NULL;
}
