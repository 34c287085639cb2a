/* proof/previous.note and proof/consistency.json: what the log was before the period, and that it only grew since. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence_internal.h"

struct previous {
    uint64_t size;
    int64_t sealed_at_us;
    struct ap_buf note; /* owned; empty: there is none */
};

static enum ap_status read_note(const char *hex, struct ap_buf *out, struct ap_error *err)
{
    size_t len = strlen(hex) / 2;
    char *room = ap_buf_reserve(out, len + 1);

    if (room == NULL)
        return ap_buf_check(out, "a checkpoint", err);
    if (!ap_hex_decode((uint8_t *)room, len, hex))
        return ap_fail(err, AP_ESTATE, "the note of a checkpoint in the database cannot be read; run auditverify");
    out->len = len;
    out->data[len] = '\0';
    return AP_OK;
}

/* The newest of fewer seals than `below`, where there is one. */
static enum ap_status find(struct ap_db *db, uint64_t below, const int64_t *before_us, struct previous *out,
                           struct ap_error *err)
{
    char size[24], time[24];
    const char *values[2] = {size, before_us != NULL ? time : NULL};
    struct ap_rows *rows;
    enum ap_status status;

    (void)snprintf(size, sizeof size, "%" PRIu64, below);
    if (before_us != NULL)
        (void)snprintf(time, sizeof time, "%" PRId64, *before_us);
    status = ap_db_query(db, ap_sql("queries/evidence_previous"), 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) > 0) {
        out->size = (uint64_t)ap_rows_int(rows, 0, 0);
        out->sealed_at_us = ap_rows_int(rows, 0, 1);
        status = read_note(ap_rows_str(rows, 0, 2), &out->note, err);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status parse(const struct ap_buf *bytes, struct ap_note *note, struct ap_checkpoint *is,
                            struct ap_error *err)
{
    enum ap_status status = ap_note_parse(note, ap_buf_str(bytes), bytes->len, err);

    return status == AP_OK ? ap_checkpoint_parse(is, note->text, note->text_len, err) : status;
}

static enum ap_status say_unknown(uint64_t size, struct ap_error *err)
{
    return ap_fail(err, AP_ESTATE,
                   "the earlier checkpoint that was given, of %" PRIu64 " seals, is not one that this log has; "
                   "auditverify --anchors tells what that means",
                   size);
}

/* The one that the reader kept. What is signed must be the same; who signed may not be, of witnesses. */
static enum ap_status find_kept(struct ap_evidence *evidence, const struct ap_buf *kept, struct previous *out,
                                struct ap_error *err)
{
    struct ap_note *notes = calloc(2, sizeof *notes);
    struct ap_checkpoint given, stored;
    enum ap_status status;

    if (notes == NULL)
        return ap_fail_memory(err, "a checkpoint");
    status = parse(kept, &notes[0], &given, err);
    if (status != AP_OK)
        status = ap_error_prefix(err, "the earlier checkpoint that was given");
    if (status == AP_OK && given.size > evidence->scope.cover.log_size)
        status = say_unknown(given.size, err);
    if (status == AP_OK)
        status = find(evidence->db, given.size + 1, NULL, out, err);
    if (status == AP_OK && out->note.len == 0)
        status = say_unknown(given.size, err);
    if (status == AP_OK)
        status = parse(&out->note, &notes[1], &stored, err);
    if (status == AP_OK &&
        (notes[0].text_len != notes[1].text_len || memcmp(notes[0].text, notes[1].text, notes[0].text_len) != 0))
        status = say_unknown(given.size, err);
    free(notes);
    return status;
}

static enum ap_status add_consistency(struct ap_evidence *evidence, const struct previous *is, struct ap_bundle *bundle,
                                      struct ap_error *err)
{
    struct ap_hash path[AP_PROOF_MAX];
    struct ap_buf json = AP_BUF_INIT;
    uint64_t size = evidence->scope.cover.log_size;
    size_t count;
    enum ap_status status =
        ap_seal_consistency(evidence->db, evidence->digest, is->size, size, path, &count, NULL, err);

    if (status != AP_OK)
        return status;
    ap_buf_addf(&json,
                "{\"old_size\":%" PRIu64 ",\"old_sealed_at_us\":%" PRId64 ",\"size\":%" PRIu64 ",\"path\":", is->size,
                is->sealed_at_us, size);
    evidence_put_hashes(&json, path, count);
    ap_buf_adds(&json, "}\n");
    status = evidence_add(bundle, "proof/consistency.json", &json, err);
    ap_buf_free(&json);
    return status;
}

enum ap_status evidence_previous(struct ap_evidence *evidence, const struct ap_log_keys *keys, struct ap_bundle *bundle,
                                 struct ap_error *err)
{
    const struct ap_buf *kept = evidence->options.previous;
    struct previous is = {.note = AP_BUF_INIT};
    enum ap_status status;

    if (kept != NULL)
        status = find_kept(evidence, kept, &is, err);
    else
        status = find(evidence->db, evidence->scope.cover.log_size, &evidence->options.from_us, &is, err);
    if (status == AP_OK && is.note.len > 0)
        status = evidence_check_signer(keys, &is.note, err);
    if (status == AP_OK && is.note.len > 0)
        status = evidence_add(bundle, "proof/previous.note", &is.note, err);
    if (status == AP_OK && is.note.len > 0)
        status = add_consistency(evidence, &is, bundle, err);
    ap_buf_free(&is.note);
    return status;
}
