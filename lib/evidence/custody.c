/* data/custody.csv: through whose hands the entries went until they were signed for. The run itself, with its time and
 * host, is in the statement beside the archive: the same entries are to give the same bytes. */
#include <inttypes.h>
#include <stdio.h>

#include "auditproof/csv_write.h"
#include "evidence_internal.h"

/* time_us INT64_MIN: it stands elsewhere. */
static void put_step(struct ap_buf *csv, int64_t time_us, const char *actor, const char *action, const char *what,
                     const char *sha256, const char *note)
{
    if (time_us == INT64_MIN)
        ap_csv_put(csv, "");
    else
        ap_csv_put_time(csv, time_us);
    ap_csv_put(csv, actor);
    ap_csv_put(csv, action);
    ap_csv_put(csv, what);
    ap_csv_put(csv, sha256);
    ap_csv_put(csv, "auditproof " AP_VERSION);
    ap_csv_put(csv, note);
    ap_csv_end(csv);
}

static enum ap_status put_sealed(struct ap_evidence *evidence, struct ap_buf *csv, struct ap_error *err)
{
    const struct ap_seal_cover *cover = &evidence->scope.cover;
    struct ap_span note = {cover->note.data, cover->note.len};
    char root[AP_HASH_TEXT_SIZE] = "", digest[AP_HASH_TEXT_SIZE] = "", what[64];
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_spans(evidence->digest, hash, &note, 1, err);

    if (status != AP_OK)
        return status;
    ap_hex_encode(root, cover->seal.root.bytes, AP_HASH_LEN);
    ap_hex_encode(digest, hash, AP_HASH_LEN);
    (void)snprintf(what, sizeof what, "entries 1 to %" PRIu64, cover->seal.size);
    put_step(csv, cover->seal.sealed_at_us, cover->origin, "sealed", what, root,
             "sha256 is the root of the chain's tree; proof/seal.json");
    put_step(csv, cover->seal.sealed_at_us, cover->origin, "signed", "checkpoint", digest, "proof/checkpoint.note");
    return AP_OK;
}

static enum ap_status put_attested(struct ap_evidence *evidence, struct ap_buf *csv, struct ap_error *err)
{
    char size[24];
    const char *value = size;
    struct ap_rows *rows;
    enum ap_status status;

    (void)snprintf(size, sizeof size, "%" PRIu64, evidence->scope.cover.log_size);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_custody"), 1, &value, &rows, err);
    if (status != AP_OK)
        return status;
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        bool witness = ap_rows_str(rows, i, 0)[0] == 'w';

        put_step(csv, ap_rows_int(rows, i, 2), ap_rows_str(rows, i, 1), witness ? "witnessed" : "time-stamped",
                 "checkpoint", ap_rows_str(rows, i, 3),
                 witness ? "sha256 is that of the answer; proof/cosignatures.txt"
                         : "sha256 is that of the answer; proof/timestamp.tsr");
    }
    ap_rows_free(rows);
    return AP_OK;
}

enum ap_status evidence_custody(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                const struct ap_vkey *bundle_key, struct ap_error *err)
{
    static const char *const header[] = {"time", "actor", "action", "what", "sha256", "tool", "note", NULL};
    char fingerprint[AP_HASH_TEXT_SIZE] = "";
    uint8_t hash[AP_HASH_LEN];
    struct ap_buf csv = AP_BUF_INIT;
    enum ap_status status = ap_public_key_fingerprint(bundle_key->key, hash, err);

    if (status != AP_OK)
        return status;
    ap_hex_encode(fingerprint, hash, AP_HASH_LEN);
    ap_csv_put_record(&csv, header);
    status = put_sealed(evidence, &csv, err);
    if (status == AP_OK)
        status = put_attested(evidence, &csv, err);
    put_step(
        &csv, INT64_MIN, bundle_key->name, "exported and signed", "this bundle", fingerprint,
        "sha256 is the key's fingerprint; who ran the export, when and where is in the statement beside the archive");
    if (status == AP_OK)
        status = ap_buf_check(&csv, "data/custody.csv", err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/custody.csv", csv.data, csv.len, err);
    ap_buf_free(&csv);
    return status;
}
