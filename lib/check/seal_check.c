/* proof/seal.json: from the segments' trees to the checkpoint. */
#include <string.h>

#include "check/check_internal.h"

struct sealing {
    uint64_t index, log_size;
    uint8_t record[AP_SEAL_LEN];
    struct ap_hash proof[AP_PROOF_MAX];
    size_t count;
};

static bool read_seal(const struct json_members *is, struct sealing *out)
{
    return json_count(members_get(is, "log_index"), &out->index) &&
           json_count(members_get(is, "log_size"), &out->log_size) &&
           json_hex(members_get(is, "record"), out->record, sizeof out->record) &&
           json_hashes(members_get(is, "inclusion"), out->proof, AP_PROOF_MAX, &out->count);
}

static enum ap_status check_in_log(struct check *check, const struct sealing *is, const char **wrong,
                                   struct ap_error *err)
{
    struct ap_hash leaf, root;
    bool leads = false;
    enum ap_status status = ap_merkle_leaf(check->digest, is->record, sizeof is->record, &leaf, err);

    if (status == AP_OK)
        status = ap_merkle_inclusion_root(check->digest, &leaf, is->index, is->log_size, is->proof, is->count, &root,
                                          &leads, err);
    if (status != AP_OK)
        return status;
    if (!leads || (check->note_known &&
                   (is->log_size != check->checkpoint.size || !ap_hash_equal(&root, &check->checkpoint.root))))
        *wrong = "it does not lead to the checkpoint";
    return AP_OK;
}

static void check_segments(struct check *check)
{
    const struct events *events = &check->events;

    for (size_t i = 0; i < events->root_count; i++)
        if (events->roots[i].size != check->seal.size || !ap_hash_equal(&events->roots[i].root, &check->seal.root))
            check_found(check, AP_FINDING_PROOF, events->roots[i].path, events->roots[i].seq,
                        "its inclusion proof does not lead to the seal");
    if (events->has_before && events->before->seq == check->seal.size &&
        !ap_hash_equal(&events->before->entry_hash, &check->seal.entry_hash))
        check_found(check, AP_FINDING_PROOF, held_rules[HELD_SEAL].path, 0,
                    "the seal has another hash for the chain's last entry");
}

enum ap_status check_seal(struct check *check, struct ap_error *err)
{
    const struct ap_bundle_about *about = &check->report->about;
    struct sealing is;
    struct json_members members;
    const char *wrong = NULL;
    bool good;
    enum ap_status status = AP_OK;

    if (!check_members(check, HELD_SEAL, AP_FINDING_PROOF, &members, &status, err))
        return status;
    good = read_seal(&members, &is);
    members_free(&members);
    check->sealed = good && ap_seal_decode(&check->seal, is.record, sizeof is.record);
    if (!check->sealed)
        wrong = "it holds no seal, or no proof";
    else if (about->known && !ap_uuid_equal(&check->seal.chain, &about->chain))
        wrong = "it is the seal of another chain";
    else
        status = check_in_log(check, &is, &wrong, err);
    if (wrong != NULL)
        check_found(check, AP_FINDING_PROOF, held_rules[HELD_SEAL].path, 0, "%s", wrong);
    else if (status == AP_OK && about->known)
        check_segments(check);
    return status;
}
