#include "auditproof/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"

/*
 * The texts are written with bare pointers into memory reserved once a text: this runs for every entry that is
 * verified. bound_*() and put_*() must agree.
 */
enum {
    UUID_BOUND = AP_UUID_TEXT_SIZE + 2,
    TIME_BOUND = 24,
    SEPARATORS_BOUND = 64,
    HASH_BOUND = 2 * AP_HASH_LEN + 2,
    SHORT_STRING = 4096,
};

const char *ap_group_name(enum ap_group group)
{
    static const char *const names[AP_GROUPS] = {"account", "actor", "content"};

    return names[group];
}

const struct ap_uuid *ap_entry_chain(const struct ap_entry *entry)
{
    return entry->organization_id.present ? &entry->organization_id.value : &ap_uuid_nil;
}

/* Room for a string. Of a long one the escapes are counted: six times its length could be more than there is. */
static size_t bound_string(const struct ap_value *value)
{
    size_t bound = value->len + 2;

    if (value->data == NULL)
        return sizeof "null";
    if (value->len <= SHORT_STRING)
        return 6 * value->len + 2;
    for (size_t i = 0; i < value->len; i++)
        if ((unsigned char)value->data[i] < ' ' || value->data[i] == '"' || value->data[i] == '\\')
            bound += 5;
    return bound;
}

static size_t bound_json(const struct ap_value *value)
{
    return value->data != NULL ? value->len : sizeof "null";
}

static char *put_null(char *out)
{
    memcpy(out, "null", 4);
    return out + 4;
}

static char *put_separator(char *out)
{
    *out++ = ',';
    *out++ = ' ';
    return out;
}

static char *put_string(char *out, const struct ap_value *value)
{
    return value->data != NULL ? ap_json_quote(out, value->data, value->len) : put_null(out);
}

static char *put_json(char *out, const struct ap_value *value)
{
    if (value->data == NULL)
        return put_null(out);
    memcpy(out, value->data, value->len);
    return out + value->len;
}

static char *put_uuid(char *out, const struct ap_uuid *uuid)
{
    *out++ = '"';
    ap_uuid_format(out, uuid);
    out += AP_UUID_TEXT_SIZE - 1;
    *out++ = '"';
    return out;
}

static char *put_optional_uuid(char *out, const struct ap_optional_uuid *uuid)
{
    return uuid->present ? put_uuid(out, &uuid->value) : put_null(out);
}

static char *put_inet(char *out, const struct ap_inet *inet)
{
    char text[AP_INET_TEXT_SIZE];

    if (!inet->present)
        return put_null(out);
    ap_inet_format(text, inet);
    return ap_json_quote(out, text, strlen(text));
}

static char *put_decimal(char *out, uint64_t value)
{
    char digits[20];
    int n = 0;

    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0)
        *out++ = digits[--n];
    return out;
}

/* time_us counts from 1970. PostgreSQL's last days lie beyond a signed 64-bit count from there, hence the unsigned. */
static char *put_time(char *out, const struct ap_entry *entry)
{
    int64_t pg = entry->created_at_pg;

    if (!entry->has_created_at)
        return put_null(out);
    if (pg == AP_TIME_INFINITY)
        return ap_json_quote(out, "infinity", 8);
    if (pg == AP_TIME_MINUS_INFINITY)
        return ap_json_quote(out, "-infinity", 9);
    if (pg >= -AP_POSTGRES_EPOCH_US)
        return put_decimal(out, (uint64_t)pg + (uint64_t)AP_POSTGRES_EPOCH_US);
    *out++ = '-';
    return put_decimal(out, (uint64_t) - (pg + AP_POSTGRES_EPOCH_US));
}

static char *put_hash(char *out, const uint8_t hash[AP_HASH_LEN])
{
    *out++ = '"';
    ap_hex_encode(out, hash, AP_HASH_LEN);
    out += (size_t)2 * AP_HASH_LEN;
    *out++ = '"';
    return out;
}

bool ap_entry_is_erased(const struct ap_entry *entry, enum ap_group group)
{
    static const uint8_t zeros[AP_SALT_LEN];

    return entry->has_salt && memcmp(entry->salt + (size_t)group * AP_SALT_LEN, zeros, AP_SALT_LEN) == 0;
}

bool ap_entry_group_is_null(const struct ap_entry *entry, enum ap_group group)
{
    switch (group) {
    case AP_GROUP_ACCOUNT:
        return !entry->actor_id.present;
    case AP_GROUP_ACTOR:
        return entry->actor_email.data == NULL && !entry->ip_address.present && entry->user_agent.data == NULL &&
               entry->session_id.data == NULL;
    case AP_GROUP_CONTENT:
        return !entry->resource_id.present && entry->old_values.data == NULL && entry->new_values.data == NULL &&
               entry->metadata.data == NULL;
    }
    return false;
}

static bool is_json_null(const struct ap_value *value)
{
    return value->len == 4 && memcmp(value->data, "null", 4) == 0;
}

/* SQL's NULL and JSON's null print alike: a fifth element says where the latter stands. */
static char *put_json_nulls(char *out, const struct ap_entry *entry)
{
    int mask = (is_json_null(&entry->old_values) ? 1 : 0) + (is_json_null(&entry->new_values) ? 2 : 0) +
               (is_json_null(&entry->metadata) ? 4 : 0);

    if (mask == 0)
        return out;
    out = put_separator(out);
    *out++ = (char)('0' + mask);
    return out;
}

static size_t bound_group(const struct ap_entry *entry, enum ap_group group)
{
    switch (group) {
    case AP_GROUP_ACCOUNT:
        return UUID_BOUND + SEPARATORS_BOUND;
    case AP_GROUP_ACTOR:
        return bound_string(&entry->actor_email) + AP_INET_TEXT_SIZE + bound_string(&entry->user_agent) +
               bound_string(&entry->session_id) + SEPARATORS_BOUND;
    case AP_GROUP_CONTENT:
        return UUID_BOUND + bound_json(&entry->old_values) + bound_json(&entry->new_values) +
               bound_json(&entry->metadata) + SEPARATORS_BOUND;
    }
    return 0;
}

static char *put_group(char *p, const struct ap_entry *entry, enum ap_group group)
{
    *p++ = '[';
    switch (group) {
    case AP_GROUP_ACCOUNT:
        p = put_optional_uuid(p, &entry->actor_id);
        break;
    case AP_GROUP_ACTOR:
        p = put_separator(put_string(p, &entry->actor_email));
        p = put_separator(put_inet(p, &entry->ip_address));
        p = put_separator(put_string(p, &entry->user_agent));
        p = put_string(p, &entry->session_id);
        break;
    case AP_GROUP_CONTENT:
        p = put_separator(put_optional_uuid(p, &entry->resource_id));
        p = put_separator(put_json(p, &entry->old_values));
        p = put_separator(put_json(p, &entry->new_values));
        p = put_json(p, &entry->metadata);
        p = put_json_nulls(p, entry);
        break;
    }
    *p++ = ']';
    return p;
}

/* What was written into the room that ap_buf_reserve gave ends at `end`. */
static void finish(struct ap_buf *buf, char *end)
{
    *end = '\0';
    buf->len = (size_t)(end - buf->data);
}

void ap_entry_group_text(struct ap_buf *buf, const struct ap_entry *entry, enum ap_group group)
{
    char *start = ap_buf_reserve(buf, bound_group(entry, group));

    if (start != NULL)
        finish(buf, put_group(start, entry, group));
}

enum ap_status ap_commitment(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], const uint8_t salt[AP_SALT_LEN],
                             const void *text, size_t len, struct ap_error *err)
{
    uint8_t head[1 + AP_SALT_LEN];
    struct ap_span spans[] = {{head, sizeof head}, {text, len}};

    head[0] = 0x02;
    memcpy(head + 1, salt, AP_SALT_LEN);
    return ap_digest_spans(digest, out, spans, 2, err);
}

void ap_entry_text(struct ap_buf *buf, const struct ap_entry *entry, const uint8_t commitments[AP_GROUPS][AP_HASH_LEN])
{
    static const char version[] = "[\"auditproof/1\", ";
    size_t bound = sizeof version + 2 * (size_t)UUID_BOUND + TIME_BOUND + bound_string(&entry->actor_role) +
                   bound_string(&entry->action) + bound_string(&entry->resource_type) +
                   bound_string(&entry->risk_level) + AP_GROUPS * (size_t)HASH_BOUND + SEPARATORS_BOUND;
    char *start = ap_buf_reserve(buf, bound);
    char *p = start;

    if (start == NULL)
        return;
    memcpy(p, version, sizeof version - 1);
    p += sizeof version - 1;
    p = put_separator(put_uuid(p, &entry->id));
    p = put_separator(put_optional_uuid(p, &entry->organization_id));
    p = put_separator(put_time(p, entry));
    p = put_separator(put_string(p, &entry->actor_role));
    p = put_separator(put_string(p, &entry->action));
    p = put_separator(put_string(p, &entry->resource_type));
    p = put_separator(put_string(p, &entry->risk_level));
    for (size_t g = 0; g < AP_GROUPS; g++) {
        if (g > 0)
            p = put_separator(p);
        p = put_hash(p, commitments[g]);
    }
    *p++ = ']';
    finish(buf, p);
}

enum ap_status ap_entry_content_hash(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], const struct ap_entry *entry,
                                     const uint8_t *const kept[AP_GROUPS], struct ap_buf *scratch, struct ap_error *err)
{
    uint8_t commitments[AP_GROUPS][AP_HASH_LEN];
    struct ap_span span;
    enum ap_status status;

    for (size_t g = 0; g < AP_GROUPS; g++) {
        if (kept != NULL && kept[g] != NULL) {
            memcpy(commitments[g], kept[g], AP_HASH_LEN);
            continue;
        }
        /* What ap_commitment hashes, laid out in one piece: feeding a digest twice costs more than copying a salt. */
        ap_buf_clear(scratch);
        ap_buf_add(scratch, "\x02", 1);
        ap_buf_add(scratch, entry->salt + g * AP_SALT_LEN, AP_SALT_LEN);
        ap_entry_group_text(scratch, entry, (enum ap_group)g);
        status = ap_buf_check(scratch, "an entry's text", err);
        span = (struct ap_span){scratch->data, scratch->len};
        if (status == AP_OK)
            status = ap_digest_spans(digest, commitments[g], &span, 1, err);
        if (status != AP_OK)
            return status;
    }
    ap_buf_clear(scratch);
    ap_entry_text(scratch, entry, (const uint8_t(*)[AP_HASH_LEN])commitments);
    status = ap_buf_check(scratch, "an entry's text", err);
    if (status != AP_OK)
        return status;
    span = (struct ap_span){scratch->data, scratch->len};
    return ap_digest_spans(digest, out, &span, 1, err);
}
