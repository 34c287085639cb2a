/*
 * What an entry shows of its values. Nothing, unless it is named: by gdpr.yaml for the subject's own record, by a
 * review's decision for entries that name the subject. What is not shown has a line in data/redactions.csv, with the
 * place and the reason, and never the value.
 */
#include <string.h>

#include "auditproof/csv_write.h"
#include "auditproof/json.h"
#include "json_walk.h"
#include "subject.h"

enum { KEY_MAX = 40 };

struct projecting {
    struct ap_gdpr_subject *subject;
    const struct gdpr_pick *pick;
    const struct ap_form_list *shown; /* members that are, or NULL */
    const char *reason;               /* why the others are not */
    struct ap_buf last;               /* the pointer of the last redaction */
    struct ap_buf text, masked;
    uint64_t count;
};

void gdpr_redaction_put(struct ap_gdpr_subject *subject, uint64_t seq, const char *pointer, const char *reason,
                        const char *replacement)
{
    ap_csv_put_int(&subject->redacted, (int64_t)seq);
    ap_csv_put(&subject->redacted, pointer);
    ap_csv_put(&subject->redacted, reason);
    ap_csv_put(&subject->redacted, replacement);
    ap_csv_end(&subject->redacted);
}

/* "/old_values/name": where the member of a document is; its name only when it looks like one. */
static void put_place(struct ap_buf *out, const char *pointer)
{
    const char *key = strchr(pointer + 1, '/');
    size_t len = key == NULL ? 0 : strcspn(key + 1, "/");

    ap_buf_clear(out);
    ap_buf_add(out, pointer, key == NULL ? strlen(pointer) : (size_t)(key - pointer));
    if (key == NULL)
        return;
    if (len > 0 && len <= KEY_MAX &&
        strspn(key + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") >= len)
        ap_buf_add(out, key, len + 1);
    else
        ap_buf_adds(out, "/*");
}

static void redact(struct projecting *p, const char *pointer, const char *reason, const char *replacement)
{
    struct ap_buf place = AP_BUF_INIT;

    /* Of what is not the subject's at all, the names of its members are not either. */
    if (p->shown == NULL && p->pick->class != GDPR_MENTION)
        ap_buf_add(&place, pointer, 1 + strcspn(pointer + 1, "/"));
    else
        put_place(&place, pointer);
    if (strcmp(ap_buf_str(&place), ap_buf_str(&p->last)) != 0) {
        gdpr_redaction_put(p->subject, p->pick->seq, ap_buf_str(&place), reason, replacement);
        ap_buf_clear(&p->last);
        ap_buf_adds(&p->last, ap_buf_str(&place));
        p->count++;
    }
    ap_buf_free(&place);
}

/* Of a member that is listed: itself, or an element of the list that it is. */
static bool is_listed(const struct ap_form_list *shown, const char *pointer)
{
    const char *key = strchr(pointer + 1, '/'), *rest;
    size_t len;

    if (shown == NULL || key == NULL)
        return false;
    len = strcspn(++key, "/");
    rest = key + len;
    if (rest[0] == '/' && (rest[1] == '\0' || strspn(rest + 1, "0123456789") != strlen(rest + 1)))
        return false;
    return gdpr_texts_have(shown, key, len);
}

/* Named in a decision, or beneath what is. */
static bool is_decided(const char *disclose, const char *pointer)
{
    for (const char *at = disclose; *at != '\0';) {
        size_t len = strcspn(at, " ");

        if (len > 1 && strncmp(pointer, at, len) == 0 && (pointer[len] == '\0' || pointer[len] == '/'))
            return true;
        at += len;
        at += strspn(at, " ");
    }
    return false;
}

static void put_value(struct projecting *p, const char *pointer, const struct ap_json_span *value)
{
    struct ap_buf *out = &p->subject->values;

    ap_buf_adds(out, out->len > 1 ? "," : "");
    ap_json_string(out, pointer);
    ap_buf_addc(out, ':');
    if (value->kind != AP_JSON_STRING) {
        ap_buf_add(out, value->text, value->len);
        return;
    }
    ap_buf_clear(&p->text);
    ap_json_decode(value, &p->text);
    ap_buf_clear(&p->masked);
    if (gdpr_own_mask(&p->subject->own, &p->masked, ap_buf_str(&p->text), p->text.len) > 0)
        redact(p, pointer, "other-person", "in part");
    ap_json_string_n(out, ap_buf_str(&p->masked), p->masked.len);
}

static enum ap_status take_leaf(void *context, const char *pointer, const struct ap_json_span *value,
                                struct ap_error *err)
{
    struct projecting *p = context;
    bool shown = p->pick->class == GDPR_MENTION ? is_decided(p->pick->decision->disclose, pointer)
                                                : is_listed(p->shown, pointer);
    bool empty = value->kind == AP_JSON_OBJECT || value->kind == AP_JSON_ARRAY;

    if (empty && strchr(pointer + 1, '/') == NULL)
        return AP_OK; /* no value at all */
    if (shown && gdpr_own_is_clean(&p->subject->own, pointer, strlen(pointer)))
        put_value(p, pointer, value);
    else
        redact(p, pointer, p->reason, "");
    return ap_buf_check(&p->subject->values, "an entry's values", err);
}

static enum ap_status project_document(struct projecting *p, const struct ap_value *value, const char *name,
                                       const struct ap_form_list *shown, const char *reason, struct ap_error *err)
{
    if (value->data == NULL)
        return AP_OK;
    p->shown = shown;
    p->reason = reason;
    return gdpr_json_walk(value->data, value->len, name, take_leaf, p, err);
}

static bool is_own_record(const struct ap_gdpr_subject *subject, const struct ap_entry *entry)
{
    char id[AP_UUID_TEXT_SIZE];

    if (!entry->resource_id.present)
        return false;
    ap_uuid_format(id, &entry->resource_id.value);
    return gdpr_names_have(&subject->identity.ids, id);
}

enum ap_status gdpr_project(struct ap_gdpr_subject *subject, const struct gdpr_pick *pick, const struct ap_entry *entry,
                            uint64_t *redacted, struct ap_error *err)
{
    bool own_record = is_own_record(subject, entry);
    const struct ap_form_list *fields = own_record ? &subject->config.fields : NULL;
    const struct ap_form_list *metadata = pick->class == GDPR_OWN ? &subject->config.metadata : NULL;
    const char *mention = "not-approved";
    struct projecting p;
    enum ap_status status;

    memset(&p, 0, sizeof p);
    p.subject = subject;
    p.pick = pick;
    ap_buf_clear(&subject->values);
    ap_buf_addc(&subject->values, '{');
    status = project_document(&p, &entry->old_values, "/old_values", fields,
                              pick->class == GDPR_MENTION ? mention
                              : own_record                ? "not-listed"
                                                          : "other-record",
                              err);
    if (status == AP_OK)
        status = project_document(&p, &entry->new_values, "/new_values", fields,
                                  pick->class == GDPR_MENTION ? mention
                                  : own_record                ? "not-listed"
                                                              : "other-record",
                                  err);
    if (status == AP_OK)
        status = project_document(&p, &entry->metadata, "/metadata", metadata,
                                  pick->class == GDPR_MENTION ? mention
                                  : metadata != NULL          ? "not-listed"
                                                              : "other-person",
                                  err);
    ap_buf_addc(&subject->values, '}');
    *redacted += p.count;
    ap_buf_free(&p.last);
    ap_buf_free(&p.text);
    ap_buf_free(&p.masked);
    return status == AP_OK ? ap_buf_check(&subject->values, "an entry's values", err) : status;
}
