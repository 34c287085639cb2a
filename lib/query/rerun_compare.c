/* An entry held against what was kept of it. */
#include <string.h>

#include "auditproof/chain.h"
#include "auditproof/digest.h"
#include "auditproof/json_read.h"
#include "format_internal.h"
#include "page.h"
#include "rerun_internal.h"

static bool is_name(const struct ap_json_span *key, const char *name)
{
    return ap_json_string_is(key, name, strlen(name));
}

/* The member of that name in an object that was checked. */
static bool find_member(const struct ap_json_span *name, const char *object, size_t len, struct ap_json_span *out)
{
    struct ap_json_reader reader;
    struct ap_json_span key;
    struct ap_error unused;
    bool more = true;

    ap_json_reader_init(&reader, object, len);
    if (ap_json_read_open(&reader, &unused) != AP_OK)
        return false;
    while (ap_json_read_member(&reader, &more, &key, out, &unused) == AP_OK && more)
        if (key.len == name->len && memcmp(key.text, name->text, key.len) == 0)
            return true;
    return false;
}

/* What the erasure of a group leaves empty. */
static bool was_erased(const struct ap_json_span *name, const struct ap_json_span *now, const struct ap_entry *row)
{
    static const struct {
        enum ap_group group;
        const char *column;
    } columns[] = {
        {AP_GROUP_ACCOUNT, "actor_id"},   {AP_GROUP_ACTOR, "actor_email"},  {AP_GROUP_ACTOR, "ip_address"},
        {AP_GROUP_ACTOR, "user_agent"},   {AP_GROUP_ACTOR, "session_id"},   {AP_GROUP_CONTENT, "resource_id"},
        {AP_GROUP_CONTENT, "old_values"}, {AP_GROUP_CONTENT, "new_values"}, {AP_GROUP_CONTENT, "metadata"}};

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (is_name(name, columns[i].column))
            return now->kind == AP_JSON_NULL && ap_entry_is_erased(row, columns[i].group);
    return false;
}

static void put_name(struct ap_buf *out, const struct ap_json_span *name)
{
    ap_buf_adds(out, out->len > 0 ? ", " : "");
    ap_json_decode(name, out);
}

/* Columns that the entry has and the line has not: what is left out is no more the same than what is changed. */
static bool has_less(struct ap_buf *why, const char *line, size_t len, const struct ap_buf *now)
{
    struct ap_json_reader reader;
    struct ap_json_span key, is, was;
    struct ap_error unused;
    bool more = true, less = false;

    ap_json_reader_init(&reader, now->data, now->len);
    if (ap_json_read_open(&reader, &unused) != AP_OK)
        return true;
    while (ap_json_read_member(&reader, &more, &key, &is, &unused) == AP_OK && more)
        if (!is_name(&key, "_auditproof") && !find_member(&key, line, len, &was)) {
            put_name(why, &key);
            less = true;
        }
    return less;
}

static bool stands_elsewhere(const struct ap_saved_place *kept, const struct ap_query_entry *entry)
{
    if (kept->seq == 0)
        return false;
    if (!entry->chained)
        return entry->proof == AP_QUERY_FAILED; /* the chain was asked, and has it not */
    return kept->seq != entry->seq || memcmp(kept->entry_hash, entry->entry_hash, AP_HASH_LEN) != 0;
}

enum ap_status kept_compare(enum ap_rerun_outcome *out, struct ap_buf *why, const struct ap_saved_place *kept,
                            const char *line, size_t len, const struct ap_query_entry *entry, struct ap_error *err)
{
    struct ap_buf now = AP_BUF_INIT;
    struct ap_json_reader reader;
    struct ap_json_span key, was, is;
    bool more = true, found, erased = false, altered = false;
    enum ap_status status;

    ap_buf_clear(why);
    query_put_json(&now, entry);
    status = ap_buf_check(&now, "an entry", err);
    ap_json_reader_init(&reader, line, len);
    if (status == AP_OK)
        status = ap_json_read_open(&reader, err);
    while (status == AP_OK && more) {
        status = ap_json_read_member(&reader, &more, &key, &was, err);
        if (status != AP_OK || !more || is_name(&key, "_auditproof"))
            continue;
        found = find_member(&key, now.data, now.len, &is);
        if (found && is.len == was.len && memcmp(is.text, was.text, is.len) == 0)
            continue;
        if (found && was_erased(&key, &is, &entry->row))
            erased = true;
        else
            altered = true;
        put_name(why, &key);
    }
    if (status == AP_OK)
        altered = has_less(why, line, len, &now) || altered;
    ap_buf_free(&now);
    if (status == AP_OK && altered && kept->seq > 0 && entry->proof == AP_QUERY_VERIFIED &&
        !stands_elsewhere(kept, entry))
        ap_buf_adds(why, ": the entry is what was chained, and what the case has of it is not");
    if (status == AP_OK && stands_elsewhere(kept, entry)) {
        altered = true;
        ap_buf_adds(why, why->len > 0 ? ", entry hash" : "entry hash");
    }
    if (status == AP_OK && entry->proof == AP_QUERY_FAILED) {
        altered = altered || kept->verified || erased;
        ap_buf_addf(why, "%s%s", why->len > 0 ? ": " : "", entry->why);
    }
    *out = altered ? AP_RERUN_ALTERED : erased ? AP_RERUN_ERASED : AP_RERUN_SAME;
    return status == AP_OK ? ap_buf_check(why, "what differs", err) : status;
}

enum ap_status ap_saved_says(bool *same, const struct ap_saved_place *place, const struct ap_saved_chained *chained,
                             struct ap_error *err)
{
    struct ap_query_entry entry;
    struct ap_buf text = AP_BUF_INIT;
    struct ap_digest *digest = NULL;
    struct ap_span said;
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_new(&digest, err);

    memset(&entry, 0, sizeof entry);
    entry.row = *chained->row;
    entry.chained = true;
    entry.chain = *ap_entry_chain(&entry.row);
    entry.seq = chained->record->seq;
    entry.recorded_us = chained->record->recorded_at_us;
    memcpy(entry.content_hash, chained->record->content_hash, AP_HASH_LEN);
    memcpy(entry.entry_hash, chained->entry_hash, AP_HASH_LEN);
    for (int g = 0; g < AP_GROUPS; g++)
        entry.erased[g] = chained->kept[g] != NULL;
    page_created(&entry);
    query_put_json(&text, &entry);
    if (status == AP_OK)
        status = ap_buf_check(&text, "an entry", err);
    said = (struct ap_span){text.data, text.len > 2 ? text.len - 2 : 0}; /* less the braces that end it */
    if (status == AP_OK)
        status = ap_digest_spans(digest, hash, &said, 1, err);
    *same = status == AP_OK && memcmp(hash, place->said, AP_HASH_LEN) == 0;
    ap_digest_free(digest);
    ap_buf_free(&text);
    return status;
}
