#include "prove.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"

static void fail(struct found *found, const char *why)
{
    (void)snprintf(found->why, sizeof found->why, "%s", why);
    found->entry.proof = AP_QUERY_FAILED;
    found->entry.why = found->why;
}

void prove_unchained(struct found *found)
{
    fail(found, found->entry.row.has_salt ? "no chain has this entry"
                                          : "the row is from before the chain, and has not been adopted");
}

void prove_twice(struct found *found)
{
    fail(found, "the chain has this entry more than once");
}

static bool is_hash(const struct ap_field *field)
{
    return field->data != NULL && field->len == AP_HASH_LEN;
}

/* Does the entry before lead here? */
static enum ap_status check_before(bool *sound, const struct chained *chained, const struct ap_field *before,
                                   struct ap_digest *digest, struct ap_error *err)
{
    uint8_t hash[AP_HASH_LEN];
    const uint8_t *prev = chained->record.seq == 1 ? ap_hash_zero : before->data;
    enum ap_status status;

    *sound = false;
    if (chained->malformed || (chained->record.seq != 1 && !is_hash(before)))
        return AP_OK;
    status = ap_record_hash(digest, hash, &chained->record, prev, err);
    *sound = status == AP_OK && memcmp(hash, chained->entry_hash, AP_HASH_LEN) == 0;
    return status;
}

/* And does this one lead to the entry after, if there is one? */
static enum ap_status check_after(bool *sound, const struct chained *chained, const struct ap_field *after,
                                  struct ap_digest *digest, struct ap_error *err)
{
    struct ap_record record = chained->record;
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status;

    *sound = after[0].data == NULL;
    if (*sound || after[0].len != 8 || !is_hash(&after[1]) || !is_hash(&after[2]))
        return AP_OK;
    record.seq++;
    record.recorded_at_us = (int64_t)(ap_get_u64(after[0].data) + (uint64_t)AP_POSTGRES_EPOCH_US);
    memcpy(record.content_hash, after[1].data, AP_HASH_LEN);
    status = ap_record_hash(digest, hash, &record, chained->entry_hash, err);
    *sound = status == AP_OK && memcmp(hash, after[2].data, AP_HASH_LEN) == 0;
    return status;
}

enum ap_status prove(struct found *found, const struct chained *chained, const struct neighbours *neighbours,
                     struct ap_digest *digest, struct ap_buf *text, struct ap_error *err)
{
    const uint8_t *kept[AP_GROUPS];
    uint8_t hash[AP_HASH_LEN];
    uint64_t erased = 0;
    bool before = false, after = false;
    enum ap_status status;

    if (!found->entry.row.has_salt || !row_kept(&found->entry.row, found->fields, ROW_COLUMNS_ERASED, kept, &erased)) {
        fail(found, "a group has neither a salt nor a commitment that was kept of it");
        return AP_OK;
    }
    status = ap_entry_content_hash(digest, hash, &found->entry.row, kept, text, err);
    if (status == AP_OK)
        status = check_before(&before, chained, neighbours->before, digest, err);
    if (status == AP_OK)
        status = check_after(&after, chained, neighbours->after, digest, err);
    if (status != AP_OK)
        return status;
    if (memcmp(hash, chained->record.content_hash, AP_HASH_LEN) != 0)
        fail(found, "it is not what was chained: the content hash differs");
    else if (!before)
        fail(found, "its entry hash does not follow from the entry before it");
    else if (!after)
        fail(found, "the entry after it does not follow from this one");
    else
        found->entry.proof = AP_QUERY_VERIFIED;
    return AP_OK;
}
