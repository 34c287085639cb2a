/* proof/: the checkpoints, the log between them, and who else signed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/timestamp.h"
#include "check/check_internal.h"

static bool names_log(const struct check *check, const struct ap_vkey *vkey)
{
    for (size_t k = 0; k < check->log_keys.count; k++)
        if (strcmp(vkey->name, check->log_keys.keys[k].vkey.name) == 0)
            return true;
    return false;
}

/* Somebody who pinned this log must not be told "intact" of another that takes its name. */
static bool another_is_pinned(const struct check *check)
{
    for (size_t i = 0; i < check->options->pin_count; i++) {
        const struct ap_pin *pin = &check->options->pins[i];

        if (pin->of_log && !check->log_pinned)
            return true;
        if (pin->is_fingerprint || memcmp(pin->vkey.key, check->bundle_vkey.key, AP_PUBLIC_KEY_LEN) == 0)
            continue;
        if (names_log(check, &pin->vkey))
            return !check->log_pinned;
    }
    return false;
}

/* A policy says which logs its reader accepts: one that it does not name is none of them, whatever it is called. */
static bool policy_has_others(const struct check *check)
{
    const struct ap_policy *policy = check->options->policy;

    return policy != NULL && policy->log_count > 0 && !check->log_pinned;
}

/* NULL, or what is the matter with a checkpoint. *signer: the key that it must be, and is, signed by. */
static const char *read_checkpoint(const struct check *check, const struct ap_buf *bytes, struct ap_note *note,
                                   struct ap_checkpoint *out, const struct ap_log_key **signer)
{
    bool past;

    if (ap_note_parse(note, ap_buf_str(bytes), bytes->len, NULL) != AP_OK ||
        ap_checkpoint_parse(out, note->text, note->text_len, NULL) != AP_OK || out->extensions_len > 0)
        return "it is not a checkpoint";
    *signer = ap_log_keys_at(&check->log_keys, out->origin, out->origin_len, out->size, &past);
    if (*signer == NULL || past || !ap_note_signed_by(note, &(*signer)->vkey))
        return "it is not signed by the log's key of its time";
    if (another_is_pinned(check))
        return "it is not signed by the key that is pinned for this log";
    if (policy_has_others(check))
        return "it is of no log that the policy names";
    return NULL;
}

/* *known: it is there, and signed as it must be. */
static enum ap_status take_checkpoint(struct check *check, enum held_file file, struct ap_note **note,
                                      struct ap_checkpoint *out, const struct ap_log_key **signer, bool *known,
                                      struct ap_error *err)
{
    const struct ap_buf *bytes = check_held(check, file);
    const char *wrong;

    *known = false;
    if (bytes == NULL || !check->keys_known)
        return AP_OK;
    *note = calloc(1, sizeof **note);
    if (*note == NULL)
        return ap_fail_memory(err, "a checkpoint");
    wrong = read_checkpoint(check, bytes, *note, out, signer);
    *known = wrong == NULL;
    if (wrong != NULL)
        check_found(check, AP_FINDING_SIGNATURE, held_rules[file].path, 0, "%s", wrong);
    return AP_OK;
}

static enum ap_status check_consistency(struct check *check, struct ap_error *err)
{
    const char *path = held_rules[HELD_CONSISTENCY].path;
    struct ap_hash proof[AP_PROOF_MAX];
    struct json_members is;
    uint64_t old_size = 0, size = 0;
    size_t count = 0;
    bool good, holds = false;
    enum ap_status status = AP_OK;

    if (!check->note_known || !check->previous_known ||
        !check_members(check, HELD_CONSISTENCY, AP_FINDING_PROOF, &is, &status, err))
        return status;
    good = json_count(members_get(&is, "old_size"), &old_size) && json_count(members_get(&is, "size"), &size) &&
           json_int(members_get(&is, "old_sealed_at_us"), &check->report->previous_at_us) &&
           json_hashes(members_get(&is, "path"), proof, AP_PROOF_MAX, &count);
    members_free(&is);
    if (!good || old_size != check->earlier.size || size != check->checkpoint.size) {
        check_found(check, AP_FINDING_PROOF, path, 0, "its sizes are not those of the checkpoints, or it is no proof");
        return AP_OK;
    }
    status = ap_merkle_check_consistency(check->digest, old_size, size, &check->earlier.root, &check->checkpoint.root,
                                         proof, count, &holds, err);
    if (holds)
        check->report->previous_size = old_size;
    else if (status == AP_OK)
        check_found(check, AP_FINDING_PROOF, path, 0,
                    "the log of %" PRIu64 " seals is not shown to go on from that of %" PRIu64, size, old_size);
    return status;
}

static void need_both(struct check *check, enum held_file file, enum held_file other)
{
    if (check->held[file].there && !check->held[other].there)
        check_found(check, AP_FINDING_FILE_MISSING, held_rules[other].path, 0, "%s says nothing without it",
                    held_rules[file].path);
}

enum ap_status check_checkpoints(struct check *check, struct ap_error *err)
{
    struct ap_bundle_check_report *report = check->report;
    const struct ap_log_key *signer = NULL, *earlier = NULL;
    enum ap_status status =
        take_checkpoint(check, HELD_NOTE, &check->note, &check->checkpoint, &signer, &check->note_known, err);

    if (status == AP_OK)
        status = take_checkpoint(check, HELD_PREVIOUS, &check->previous, &check->earlier, &earlier,
                                 &check->previous_known, err);
    if (status != AP_OK)
        return status;
    if (check->note_known) {
        report->checkpoint_size = check->checkpoint.size;
        report->changes = check->log_keys.count - 1;
        report->log_key.known = true;
        report->log_key.pinned = check_is_pinned(check, &signer->vkey, true);
        report->log_key_followed = check->log_pinned && !report->log_key.pinned;
        ap_vkey_format(&signer->vkey, report->log_key.vkey);
        status = ap_public_key_fingerprint(signer->vkey.key, report->log_key.fingerprint, err);
    }
    need_both(check, HELD_PREVIOUS, HELD_CONSISTENCY);
    need_both(check, HELD_CONSISTENCY, HELD_PREVIOUS);
    return status == AP_OK ? check_consistency(check, err) : status;
}

enum ap_status check_timestamp(struct check *check, struct ap_error *err)
{
    const struct ap_buf *note = check_held(check, HELD_NOTE), *reply = check_held(check, HELD_TIMESTAMP);
    struct ap_bundle_check_report *report = check->report;
    struct ap_timestamp stamp;
    char why[AP_TIMESTAMP_WHY_SIZE];
    struct ap_error odd = {.status = AP_OK};
    bool good = false;
    enum ap_status status;

    if (note == NULL || reply == NULL)
        return AP_OK;
    status = ap_timestamp_check(ap_buf_str(reply), reply->len, NULL, 0, ap_buf_str(note), note->len,
                                check->options->authorities, &stamp, &good, why, &odd);
    if (status != AP_OK && status != AP_EINPUT) {
        if (err != NULL)
            *err = odd;
        return status;
    }
    if (status == AP_EINPUT || !good) {
        check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_TIMESTAMP].path, 0,
                    "it is no good time-stamp of the checkpoint: %s", status == AP_OK ? why : odd.message);
        return AP_OK;
    }
    report->stamped = true;
    report->stamp_checked = check->options->authorities != NULL;
    report->stamped_at_us = stamp.at_us;
    memcpy(report->stamped_by, stamp.authority, sizeof report->stamped_by);
    return AP_OK;
}

/* The root that the bundle knows for a log of this name and size: of its checkpoints, and where keys changed. */
static const struct ap_hash *known_root(const struct check *check, const struct ap_checkpoint *kept)
{
    const struct ap_checkpoint *own[] = {check->note_known ? &check->checkpoint : NULL,
                                         check->previous_known ? &check->earlier : NULL};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i] != NULL && own[i]->size == kept->size && own[i]->origin_len == kept->origin_len &&
            memcmp(own[i]->origin, kept->origin, kept->origin_len) == 0)
            return &own[i]->root;
    for (size_t i = 1; i < check->log_keys.count; i++) {
        const struct ap_log_key *key = &check->log_keys.keys[i];

        if (key->from_size == kept->size && strlen(key->vkey.name) == kept->origin_len &&
            memcmp(key->vkey.name, kept->origin, kept->origin_len) == 0)
            return &key->root;
    }
    return NULL;
}

/* Only of one that the log signed is there anything to tell: anybody can write a note. */
static void compare_kept(struct check *check, const struct ap_kept_note *kept, struct ap_note *note)
{
    struct ap_bundle_check_report *report = check->report;
    struct ap_checkpoint is;
    const struct ap_log_key *signer;
    const struct ap_hash *root = NULL;
    bool past, ours = ap_note_parse(note, kept->bytes, kept->len, NULL) == AP_OK &&
                      ap_checkpoint_parse(&is, note->text, note->text_len, NULL) == AP_OK;

    if (ours) {
        signer = ap_log_keys_at(&check->log_keys, is.origin, is.origin_len, is.size, &past);
        ours = signer != NULL && ap_note_signed_by(note, &signer->vkey);
    }
    if (ours)
        root = known_root(check, &is);
    if (root == NULL) {
        report->anchors_passed_over++;
    } else if (ap_hash_equal(root, &is.root)) {
        report->anchors_agree++;
        if (check->previous_known && is.size == check->earlier.size)
            report->previous_kept_as = kept->name;
    } else {
        check_found(check, AP_FINDING_REWRITTEN, held_rules[HELD_NOTE].path, 0,
                    "the log of %" PRIu64 " seals is another than %s says, which was kept elsewhere", is.size,
                    kept->name);
    }
}

enum ap_status check_kept(struct check *check, struct ap_error *err)
{
    struct ap_note *note;

    if (check->options->anchor_count == 0)
        return AP_OK;
    note = calloc(1, sizeof *note);
    if (note == NULL)
        return ap_fail_memory(err, "a checkpoint kept elsewhere");
    for (size_t i = 0; i < check->options->anchor_count; i++)
        compare_kept(check, &check->options->anchors[i], note);
    free(note);
    return AP_OK;
}
