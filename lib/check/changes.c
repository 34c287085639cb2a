/* proof/keys.json: the log at each change of its key is a part of the log that the checkpoint pins. */
#include <inttypes.h>

#include "check/check_internal.h"

static bool read_path(const struct ap_json_span *item, struct ap_hash path[AP_PROOF_MAX], size_t *count)
{
    struct json_members is = {NULL, 0};
    bool good = item->kind == AP_JSON_OBJECT && members_read(&is, item->text, item->len, NULL) == AP_OK &&
                json_hashes(members_get(&is, "consistency"), path, AP_PROOF_MAX, count);

    members_free(&is);
    return good;
}

static enum ap_status check_change(struct check *check, size_t i, const struct ap_json_span *item, struct ap_error *err)
{
    struct ap_hash path[AP_PROOF_MAX];
    bool holds = false;
    size_t count;
    enum ap_status status = AP_OK;

    if (read_path(item, path, &count))
        status = ap_log_keys_extended(&check->log_keys, i, check->digest, &check->checkpoint, path, count, &holds, err);
    if (status == AP_OK && !holds)
        check_found(check, AP_FINDING_PROOF, held_rules[HELD_KEYS].path, 0,
                    "the log is not shown to go on from what it was at change %zu of its key, at %" PRIu64 " seals", i,
                    check->log_keys.keys[i].from_size);
    check->report->changes_undone += !ap_log_keys_left(&check->log_keys, i);
    return status;
}

enum ap_status check_changes(struct check *check, struct ap_error *err)
{
    struct json_members is;
    struct ap_json_reader reader;
    struct ap_json_span item;
    size_t i = 0;
    enum ap_status status = AP_OK;

    if (!check->note_known || !check_members(check, HELD_KEYS, AP_FINDING_SIGNATURE, &is, &status, err))
        return status;
    /* That it is a list of as many keys was checked when they were read. */
    if (items_open(&reader, members_get(&is, "log")))
        for (; status == AP_OK && items_next(&reader, &item); i++)
            if (i > 0)
                status = check_change(check, i, &item, err);
    members_free(&is);
    return status;
}
