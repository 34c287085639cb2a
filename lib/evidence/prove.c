/* proof/ of a bundle: what leads from the chain to a signature. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/json.h"
#include "auditproof/log_key.h"
#include "auditproof/timestamp.h"
#include "evidence_internal.h"

enum ap_status evidence_add(struct ap_bundle *bundle, const char *path, const struct ap_buf *content,
                            struct ap_error *err)
{
    enum ap_status status = ap_buf_check(content, path, err);

    return status == AP_OK ? ap_bundle_add(bundle, path, content->data, content->len, err) : status;
}

void evidence_put_hashes(struct ap_buf *json, const struct ap_hash *hashes, size_t count)
{
    ap_buf_addc(json, '[');
    for (size_t i = 0; i < count; i++) {
        ap_buf_adds(json, i == 0 ? "\"" : ",\"");
        ap_buf_add_hex(json, hashes[i].bytes, AP_HASH_LEN);
        ap_buf_addc(json, '"');
    }
    ap_buf_addc(json, ']');
}

static enum ap_status add_seal(const struct ap_seal_cover *cover, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf json = AP_BUF_INIT;
    uint8_t record[AP_SEAL_LEN];
    enum ap_status status;

    ap_seal_encode(record, &cover->seal);
    ap_buf_addf(&json, "{\"log_index\":%" PRIu64 ",\"log_size\":%" PRIu64 ",\"record\":\"", cover->log_index,
                cover->log_size);
    ap_buf_add_hex(&json, record, sizeof record);
    ap_buf_adds(&json, "\",\"inclusion\":");
    evidence_put_hashes(&json, cover->inclusion.hashes, cover->inclusion.count);
    ap_buf_adds(&json, "}\n");
    status = evidence_add(bundle, "proof/seal.json", &json, err);
    ap_buf_free(&json);
    return status;
}

/* What others said of the checkpoint, where they did. */
static enum ap_status add_attestations(struct ap_evidence *evidence, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct ap_buf *note = &evidence->scope.cover.note;
    struct ap_evidence_attested *attested = &evidence->scope.attested;
    struct ap_buf *cosigned = &evidence->cosignatures, reply = AP_BUF_INIT;
    struct ap_timestamp stamp;
    enum ap_status status =
        ap_seal_attested(evidence->db, evidence->scope.cover.log_size, cosigned, &reply, &attested->stamped, err);

    memset(&stamp, 0, sizeof stamp);
    attested->cosignatures = ap_buf_str(cosigned);
    if (status == AP_OK && cosigned->len > 0)
        status = ap_bundle_add(bundle, "proof/cosignatures.txt", cosigned->data, cosigned->len, err);
    if (status == AP_OK && attested->stamped)
        status = ap_timestamp_read(reply.data, reply.len, &stamp, err);
    if (status == AP_OK && attested->stamped) {
        attested->stamped_us = stamp.at_us;
        (void)snprintf(attested->authority, sizeof attested->authority, "%s", stamp.authority);
        status = ap_bundle_add(bundle, "proof/timestamp.tsr", reply.data, reply.len, err);
    }
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "proof/checkpoint.note", note->data, note->len, err);
    ap_buf_free(&reply);
    return status;
}

static enum ap_status add_key(struct ap_evidence *evidence, const struct ap_log_keys *keys, size_t i,
                              struct ap_buf *json, struct ap_error *err)
{
    const struct ap_log_key *key = &keys->keys[i];
    struct ap_hash path[AP_PROOF_MAX];
    char vkey[AP_VKEY_TEXT_SIZE];
    size_t count = 0;
    enum ap_status status = AP_OK;

    ap_vkey_format(&key->vkey, vkey);
    ap_buf_adds(json, i == 0 ? "{\"vkey\":" : ",{\"vkey\":");
    ap_json_string(json, vkey);
    ap_buf_addf(json, ",\"from_size\":%" PRIu64, key->from_size);
    if (i > 0 && ap_log_keys_left(keys, i))
        status = ap_seal_consistency(evidence->db, evidence->digest, key->from_size, evidence->scope.cover.log_size,
                                     path, &count, NULL, err);
    if (i > 0) {
        ap_buf_adds(json, ",\"consistency\":");
        evidence_put_hashes(json, path, count);
    }
    ap_buf_addc(json, '}');
    return status;
}

/* The notes of a query's rows, hexadecimal in the column, as JSON strings. */
static enum ap_status add_notes(struct ap_evidence *evidence, const char *query, int column, struct ap_buf *json,
                                bool *first, struct ap_error *err)
{
    struct ap_rows *rows;
    enum ap_status status = ap_db_query(evidence->db, ap_sql(query), 0, NULL, &rows, err);

    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *hex = ap_rows_str(rows, i, column);
        size_t len = strlen(hex) / 2;
        struct ap_buf note = AP_BUF_INIT;
        char *room = ap_buf_reserve(&note, len + 1);

        if (room == NULL || !ap_hex_decode((uint8_t *)room, len, hex)) {
            status = ap_fail(err, AP_ESTATE, "a change of the log's keys cannot be read; run auditverify");
        } else {
            if (!*first)
                ap_buf_addc(json, ',');
            ap_json_string_n(json, room, len);
            *first = false;
        }
        ap_buf_free(&note);
    }
    ap_rows_free(rows);
    return status;
}

static void put_witnesses(const struct ap_policy *policy, struct ap_buf *json)
{
    char vkey[AP_VKEY_TEXT_SIZE];

    for (size_t i = 0; policy != NULL && i < policy->witness_count; i++) {
        ap_vkey_format(&policy->witnesses[i].key, vkey);
        ap_buf_adds(json, i == 0 ? ",\"witnesses\":[" : ",");
        ap_json_string(json, vkey);
    }
    if (policy != NULL && policy->witness_count > 0)
        ap_buf_addc(json, ']');
}

static enum ap_status put_keys(struct ap_evidence *evidence, const struct ap_log_keys *keys,
                               const struct ap_vkey *bundle_key, struct ap_buf *json, struct ap_error *err)
{
    uint8_t fingerprint[AP_HASH_LEN];
    char vkey[AP_VKEY_TEXT_SIZE];
    bool first = true;
    enum ap_status status = ap_public_key_fingerprint(bundle_key->key, fingerprint, err);

    if (status != AP_OK)
        return status;
    ap_vkey_format(bundle_key, vkey);
    ap_buf_adds(json, "{\"bundle\":{\"vkey\":");
    ap_json_string(json, vkey);
    ap_buf_adds(json, ",\"fingerprint\":\"");
    ap_buf_add_hex(json, fingerprint, sizeof fingerprint);
    ap_buf_adds(json, "\"},\"log\":[");
    for (size_t i = 0; i < keys->count && status == AP_OK; i++)
        status = add_key(evidence, keys, i, json, err);
    ap_buf_adds(json, "],\"notes\":[");
    if (status == AP_OK)
        status = add_notes(evidence, "queries/seal_keys", 3, json, &first, err);
    if (status == AP_OK)
        status = add_notes(evidence, "queries/seal_epochs", 3, json, &first, err);
    ap_buf_addc(json, ']');
    put_witnesses(evidence->options.policy, json);
    ap_buf_adds(json, "}\n");
    return status;
}

enum ap_status evidence_check_signer(const struct ap_log_keys *keys, const struct ap_buf *checkpoint,
                                     struct ap_error *err)
{
    const struct ap_log_key *signer = NULL;
    struct ap_checkpoint is;
    struct ap_note *note;
    enum ap_signed how = AP_SIGNED_NOT;
    enum ap_status status;
    bool past = false;

    if (keys->problem[0] != '\0')
        return ap_fail(err, AP_ESTATE, "the log's record of its keys does not verify (%s); run auditverify",
                       keys->problem);
    note = calloc(1, sizeof *note);
    if (note == NULL)
        return ap_fail_memory(err, "a checkpoint");
    status = ap_note_parse(note, ap_buf_str(checkpoint), checkpoint->len, err);
    if (status == AP_OK)
        status = ap_checkpoint_parse(&is, note->text, note->text_len, err);
    if (status == AP_OK)
        signer = ap_log_keys_at(keys, is.origin, is.origin_len, is.size, &past);
    if (status == AP_OK && signer != NULL)
        status = ap_note_check(note, &signer->vkey, &how, NULL, err);
    if (status == AP_OK && (how != AP_SIGNED_WELL || past))
        status = ap_fail(err, AP_ESTATE,
                         "the checkpoint of %" PRIu64 " seals, of log %.*s, is not signed by the log key that was "
                         "given, nor by one that the log's record leads to from it",
                         is.size, (int)is.origin_len, is.origin);
    free(note);
    return status;
}

enum ap_status ap_evidence_prove(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                 const struct ap_vkey *bundle_key, const struct ap_vkey *log_key, struct ap_error *err)
{
    struct ap_buf json = AP_BUF_INIT;
    struct ap_log_keys keys;
    enum ap_status status = ap_log_keys_read(evidence->db, evidence->digest, log_key, &keys, err);

    if (status == AP_OK)
        status = evidence_check_signer(&keys, &evidence->scope.cover.note, err);
    if (status == AP_OK)
        status = put_keys(evidence, &keys, bundle_key, &json, err);
    if (status == AP_OK)
        status = evidence_add(bundle, "proof/keys.json", &json, err);
    if (status == AP_OK)
        status = add_seal(&evidence->scope.cover, bundle, err);
    if (status == AP_OK)
        status = add_attestations(evidence, bundle, err);
    if (status == AP_OK)
        status = evidence_previous(evidence, &keys, bundle, err);
    if (status == AP_OK)
        status = evidence_custody(evidence, bundle, bundle_key, err);
    ap_log_keys_free(&keys);
    ap_buf_free(&json);
    return status;
}
