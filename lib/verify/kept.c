/*
 * The notes of changed keys and declared restores that directories keep beside checkpoints: what they say, and the
 * database does not know, was taken from it, or somebody goes on with a key that was retired.
 */
#include <inttypes.h>
#include <string.h>

#include "log_record.h"
#include "run.h"

static enum ap_status tell_unknown(struct run *run, size_t number, const struct ap_log_key *key, struct ap_error *err)
{
    char vkey[AP_VKEY_TEXT_SIZE];
    struct ap_finding finding;

    ap_vkey_format(&key->vkey, vkey);
    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_TRUNCATED;
    ap_finding_text(finding.object, "log_key %zu", number);
    ap_finding_text(finding.expected, "the change of the log's key to %s, at %" PRIu64 " seals", vkey, key->from_size);
    ap_finding_text(finding.found, "none");
    ap_finding_text(finding.detail,
                    "an anchor keeps the note of it: the database was set back to before it, or another one goes on "
                    "from there. What the key before it signs since proves nothing. A restore from a backup is "
                    "declared with auditseal epoch");
    return findings_add(&run->findings, &finding, err);
}

static enum ap_status tell_other(struct run *run, const char *object, const char *problem, struct ap_error *err)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_SIGNATURE;
    ap_finding_text(finding.object, "%s", object);
    ap_finding_text(finding.expected, "one history of the log's keys");
    ap_finding_text(finding.found, "%s", problem);
    ap_finding_text(finding.detail, "the database and an anchor, or two anchors, have notes that disagree: find out "
                                    "which were made by someone who stole a key");
    return findings_add(&run->findings, &finding, err);
}

/* The database's record, and where the notes lead from there. */
static enum ap_status follow(struct run *run, const struct ap_vkey *pinned, struct ap_log_keys *keys,
                             struct ap_epochs *epochs, size_t *stored, struct ap_error *err)
{
    enum ap_status status = log_keys_stored(run->db, run->seals.digest, pinned, keys, err);

    *stored = keys->count;
    if (status == AP_OK)
        status = ap_epochs_read(run->db, keys, epochs, err);
    /* What does not hold in the record was told of. */
    if (status != AP_OK || keys->problem[0] != '\0' || epochs->problem[0] != '\0') {
        keys->known = false;
        return status;
    }
    if (keys->count == 1)
        status = log_keys_begin(keys, run->seals.digest, &run->seals.notes, pinned, NULL, err);
    if (status == AP_OK)
        status = log_keys_follow(keys, run->seals.digest, &run->seals.notes, err);
    if (status == AP_OK && keys->problem[0] == '\0')
        status = epochs_follow(epochs, keys, &run->seals.notes, err);
    if (status == AP_OK)
        log_keys_settle(keys, pinned);
    return status;
}

/* *told: there is something, and it need not be said again for another key of the log. */
static enum ap_status compare_notes(struct run *run, const struct ap_vkey *pinned, bool *told, struct ap_error *err)
{
    struct ap_log_keys keys;
    struct ap_epochs epochs;
    size_t stored = 0;
    enum ap_status status;

    memset(&keys, 0, sizeof keys);
    memset(&epochs, 0, sizeof epochs);
    status = follow(run, pinned, &keys, &epochs, &stored, err);
    *told = status == AP_OK && keys.known;
    if (*told && keys.problem[0] != '\0')
        status = tell_other(run, "log_key", keys.problem, err);
    else if (*told && epochs.problem[0] != '\0')
        status = tell_other(run, "epoch", epochs.problem, err);
    else if (*told && keys.count > stored)
        for (size_t i = stored; i < keys.count && status == AP_OK; i++)
            status = tell_unknown(run, i, &keys.keys[i], err);
    else
        *told = false;
    ap_log_keys_free(&keys);
    ap_epochs_free(&epochs);
    return status;
}

enum ap_status run_check_notes(struct run *run, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool told = false;

    for (size_t i = 0; run->seals.notes.count > 0 && i < pinned_count(run->options) && !told && status == AP_OK; i++)
        status = compare_notes(run, pinned_key(run->options, i), &told, err);
    return status;
}
