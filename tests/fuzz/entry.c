/*
 * Entries of any content: their texts stay within the memory that is reserved for them, and the text of a string does
 * not depend on which of the two writers of JSON made it.
 */
#include "auditproof/entry.h"
#include "auditproof/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    const uint8_t *data;
    size_t left;
};

static void take(void *out, size_t len, struct input *in)
{
    size_t n = len < in->left ? len : in->left;

    memset(out, 0, len);
    memcpy(out, in->data, n);
    in->data += n;
    in->left -= n;
}

static bool flip(struct input *in)
{
    uint8_t byte;

    take(&byte, 1, in);
    return (byte & 1) != 0;
}

/* NULL, or the next bytes, as many as the byte before them says. */
static struct ap_value value(struct input *in)
{
    struct ap_value v = {NULL, 0};
    uint8_t len;

    if (!flip(in))
        return v;
    take(&len, 1, in);
    v.data = (const char *)in->data;
    v.len = len < in->left ? len : in->left;
    in->data += v.len;
    in->left -= v.len;
    return v;
}

static struct ap_optional_uuid uuid(struct input *in)
{
    struct ap_optional_uuid u = {flip(in), {{0}}};

    if (u.present)
        take(u.value.bytes, AP_UUID_LEN, in);
    return u;
}

static void fill(struct ap_entry *entry, struct input *in)
{
    memset(entry, 0, sizeof *entry);
    take(entry->id.bytes, AP_UUID_LEN, in);
    take(&entry->created_at_pg, sizeof entry->created_at_pg, in);
    entry->has_created_at = flip(in);
    entry->organization_id = uuid(in);
    entry->actor_id = uuid(in);
    entry->resource_id = uuid(in);
    entry->ip_address.present = flip(in);
    entry->ip_address.v6 = flip(in);
    take(&entry->ip_address.prefix, 1, in);
    take(entry->ip_address.address, sizeof entry->ip_address.address, in);
    entry->has_salt = true;
    take(entry->salt, sizeof entry->salt, in);
    entry->actor_email = value(in);
    entry->actor_role = value(in);
    entry->action = value(in);
    entry->resource_type = value(in);
    entry->old_values = value(in);
    entry->new_values = value(in);
    entry->risk_level = value(in);
    entry->user_agent = value(in);
    entry->metadata = value(in);
    entry->session_id = value(in);
}

/* The account group's neighbour: [actor_email, ...] begins with the string as ap_json_string_n writes it. */
static void check_email(const struct ap_entry *entry, struct ap_buf *buf, struct ap_buf *other)
{
    ap_buf_clear(buf);
    ap_entry_group_text(buf, entry, AP_GROUP_ACTOR);
    ap_buf_clear(other);
    ap_buf_addc(other, '[');
    if (entry->actor_email.data != NULL)
        ap_json_string_n(other, entry->actor_email.data, entry->actor_email.len);
    else
        ap_json_string(other, NULL);
    if (other->len > buf->len || memcmp(other->data, buf->data, other->len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ap_digest *digest;
    struct ap_buf buf = AP_BUF_INIT, other = AP_BUF_INIT;
    struct input in = {data, size};
    struct ap_entry entry;
    uint8_t hash[AP_HASH_LEN];

    if (digest == NULL && ap_digest_new(&digest, NULL) != AP_OK)
        abort();
    fill(&entry, &in);
    if (ap_entry_content_hash(digest, hash, &entry, NULL, &buf, NULL) != AP_OK)
        abort();
    check_email(&entry, &buf, &other);
    ap_buf_free(&other);
    ap_buf_free(&buf);
    return 0;
}
