#include <string.h>

#include "auditproof/clock.h"
#include "run.h"

/* Column numbers of the two streams, as queries/verify_plan.sql lists them. */
enum { E_CHAIN, E_SEQ, E_LOG, E_RECORDED, E_CONTENT, E_ENTRY };
enum {
    R_ID,
    R_ORGANIZATION,
    R_ACTOR,
    R_EMAIL,
    R_ROLE,
    R_ACTION,
    R_TYPE,
    R_RESOURCE,
    R_OLD,
    R_NEW,
    R_RISK,
    R_IP,
    R_AGENT,
    R_METADATA,
    R_SESSION,
    R_CREATED,
    R_SALT,
    R_COMMITMENTS,
};

static enum ap_status malformed(struct ap_error *err, const char *what)
{
    return ap_fail(err, AP_EIO, "the server sent %s that this version cannot read", what);
}

static bool read_uuid(struct ap_uuid *out, const struct ap_field *field)
{
    if (field->len != AP_UUID_LEN || field->data == NULL)
        return false;
    memcpy(out->bytes, field->data, AP_UUID_LEN);
    return true;
}

static bool read_optional_uuid(struct ap_optional_uuid *out, const struct ap_field *field)
{
    out->present = field->data != NULL;
    return !out->present || read_uuid(&out->value, field);
}

static struct ap_value read_text(const struct ap_field *field)
{
    return (struct ap_value){(const char *)field->data, field->len};
}

/* jsonb's binary form is a version byte, 1, and the text of jsonb_out. */
static bool read_jsonb(struct ap_value *out, const struct ap_field *field)
{
    *out = (struct ap_value){NULL, 0};
    if (field->data == NULL)
        return true;
    if (field->len < 2 || field->data[0] != 1)
        return false;
    *out = (struct ap_value){(const char *)field->data + 1, field->len - 1};
    return true;
}

/* inet's binary form: family (2 or 3), prefix length, is-cidr flag, address length, address. */
static bool read_inet(struct ap_inet *out, const struct ap_field *field)
{
    size_t len;

    memset(out, 0, sizeof *out);
    if (field->data == NULL)
        return true;
    if (field->len < 4)
        return false;
    out->present = true;
    out->v6 = field->data[0] == 3;
    out->prefix = field->data[1];
    len = out->v6 ? 16 : 4;
    if ((!out->v6 && field->data[0] != 2) || field->data[3] != len || field->len != 4 + len || out->prefix > 8 * len)
        return false;
    memcpy(out->address, field->data + 4, len);
    return true;
}

static bool read_hash(uint8_t out[AP_HASH_LEN], const struct ap_field *field)
{
    memset(out, 0, AP_HASH_LEN);
    if (field->data == NULL || field->len != AP_HASH_LEN)
        return false;
    memcpy(out, field->data, AP_HASH_LEN);
    return true;
}

enum ap_status decode_chained(struct chained *out, const struct ap_field *fields, struct ap_error *err)
{
    if (!read_uuid(&out->record.chain, &fields[E_CHAIN]) || fields[E_SEQ].len != 8 ||
        !read_uuid(&out->log_id, &fields[E_LOG]) || fields[E_RECORDED].len != 8)
        return malformed(err, "a chain entry");
    out->record.seq = ap_get_u64(fields[E_SEQ].data);
    out->record.recorded_at_us = (int64_t)(ap_get_u64(fields[E_RECORDED].data) + (uint64_t)AP_POSTGRES_EPOCH_US);
    out->malformed = !read_hash(out->record.content_hash, &fields[E_CONTENT]);
    /* Zeros for an entry hash are wrong all the same, and make a link finding. */
    (void)read_hash(out->entry_hash, &fields[E_ENTRY]);
    return AP_OK;
}

enum ap_status decode_row(struct ap_entry *out, const struct ap_field *fields, struct ap_error *err)
{
    bool ok =
        read_uuid(&out->id, &fields[R_ID]) && read_optional_uuid(&out->organization_id, &fields[R_ORGANIZATION]) &&
        read_optional_uuid(&out->actor_id, &fields[R_ACTOR]) &&
        read_optional_uuid(&out->resource_id, &fields[R_RESOURCE]) && read_jsonb(&out->old_values, &fields[R_OLD]) &&
        read_jsonb(&out->new_values, &fields[R_NEW]) && read_jsonb(&out->metadata, &fields[R_METADATA]) &&
        read_inet(&out->ip_address, &fields[R_IP]) && (fields[R_CREATED].data == NULL || fields[R_CREATED].len == 8);

    if (!ok)
        return malformed(err, "a row of audit_logs");
    out->actor_email = read_text(&fields[R_EMAIL]);
    out->actor_role = read_text(&fields[R_ROLE]);
    out->action = read_text(&fields[R_ACTION]);
    out->resource_type = read_text(&fields[R_TYPE]);
    out->risk_level = read_text(&fields[R_RISK]);
    out->user_agent = read_text(&fields[R_AGENT]);
    out->session_id = read_text(&fields[R_SESSION]);
    out->has_created_at = fields[R_CREATED].data != NULL;
    out->created_at_pg = out->has_created_at ? (int64_t)ap_get_u64(fields[R_CREATED].data) : 0;
    out->has_salt = fields[R_SALT].data != NULL && fields[R_SALT].len == AP_ROW_SALT_LEN;
    if (out->has_salt)
        memcpy(out->salt, fields[R_SALT].data, AP_ROW_SALT_LEN);
    return AP_OK;
}

bool row_kept(const struct ap_entry *row, const struct ap_field *fields, size_t columns, const uint8_t *kept[AP_GROUPS],
              uint64_t *erased)
{
    for (size_t g = 0; g < AP_GROUPS; g++) {
        const struct ap_field *field = columns == ROW_COLUMNS_ERASED ? &fields[R_COMMITMENTS + g] : NULL;

        kept[g] = NULL;
        if (!ap_entry_is_erased(row, (enum ap_group)g)) {
            /* On record as erased, and filled again: with what was there before it would hash as it did. */
            if (field != NULL && field->data != NULL)
                return false;
            continue;
        }
        (*erased)++;
        if (field == NULL || field->data == NULL || field->len != AP_HASH_LEN ||
            !ap_entry_group_is_null(row, (enum ap_group)g))
            return false;
        kept[g] = field->data;
    }
    return true;
}

bool row_created(int64_t *us, const struct ap_field *fields)
{
    int64_t at;

    if (fields[R_CREATED].data == NULL)
        return false;
    at = (int64_t)ap_get_u64(fields[R_CREATED].data);
    if (at == INT64_MIN) /* -infinity */
        return false;
    *us = at > INT64_MAX - AP_POSTGRES_EPOCH_US ? INT64_MAX : at + AP_POSTGRES_EPOCH_US;
    return true;
}

static bool may_wait(const struct run *run, const struct multiset_item *item, const struct ap_field *fields)
{
    int64_t created_us = 0;
    bool dated = row_created(&created_us, fields);

    return fields[R_SALT].data == NULL && run_may_wait(run, &item->chain, dated, created_us);
}

bool item_is(const struct run *run, const struct multiset_item *item, enum mark mark)
{
    return memcmp(item->content_hash, run->marks[mark], AP_HASH_LEN) == 0;
}

enum ap_status row_item(const struct run *run, struct ap_digest *digest, struct ap_buf *text,
                        const struct ap_field *fields, size_t columns, struct multiset_item *item, uint64_t *erased,
                        struct ap_error *err)
{
    const uint8_t *kept[AP_GROUPS];
    struct ap_entry row;
    enum ap_status status = decode_row(&row, fields, err);

    if (status != AP_OK)
        return status;
    item->chain = *ap_entry_chain(&row);
    item->log_id = row.id;
    if (!row.has_salt)
        memcpy(item->content_hash, run->marks[may_wait(run, item, fields) ? MARK_UNADOPTED : MARK_NO_SALT],
               AP_HASH_LEN);
    else if (!row_kept(&row, fields, columns, kept, erased))
        memcpy(item->content_hash, run->marks[MARK_ERASURE], AP_HASH_LEN);
    else
        return ap_entry_content_hash(digest, item->content_hash, &row, kept, text, err);
    return AP_OK;
}

enum ap_status row_tells(struct ap_digest *digest, const struct ap_field *fields, const struct multiset_item *item,
                         enum told_of *of, struct ap_error *err)
{
    static const struct {
        const char *prefix, *domain;
        enum told_of of;
    } ours[] = {{"audit.adoption_", "auditproof/adoption", TOLD_ADOPTION},
                {"audit.policy_", "auditproof/retention", TOLD_POLICY},
                {"audit.hold_", "auditproof/retention", TOLD_HOLD},
                {"audit.account_", "auditproof/retention", TOLD_ERASURE},
                {"audit.erasure_", "auditproof/retention", TOLD_ERASURE},
                {"audit.fields_", "auditproof/retention", TOLD_ERASURE},
                {"audit.purge_", "auditproof/retention", TOLD_PURGE},
                {"audit.entries_", "auditproof/retention", TOLD_PURGE},
                {"audit.export", "auditproof/retention", TOLD_BUNDLE}};
    const struct ap_field *action = &fields[R_ACTION], *salt = &fields[R_SALT];
    uint8_t hash[AP_HASH_LEN];

    *of = TOLD_NOTHING;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0] && action->data != NULL && salt->data != NULL; i++) {
        const struct ap_span spans[] = {{ours[i].domain, strlen(ours[i].domain)}, {salt->data, salt->len}};
        size_t len = strlen(ours[i].prefix);
        enum ap_status status;

        if (action->len <= len || memcmp(action->data, ours[i].prefix, len) != 0)
            continue;
        status = ap_digest_spans(digest, hash, spans, 2, err);
        if (status == AP_OK && memcmp(hash, item->log_id.bytes, AP_UUID_LEN) == 0)
            *of = ours[i].of;
        return status;
    }
    return AP_OK;
}

void chained_item(const struct run *run, struct multiset_item *item, const struct chained *entry)
{
    item->chain = entry->record.chain;
    item->log_id = entry->log_id;
    memcpy(item->content_hash, entry->malformed ? run->marks[MARK_MALFORMED] : entry->record.content_hash, AP_HASH_LEN);
}
