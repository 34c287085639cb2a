/* OCSF 1.8.0 (Open Cybersecurity Schema Framework): an event a line, of the class that the action's words tell. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "auditproof/json.h"
#include "format_internal.h"
#include "ocsf_class.h"
#include "field.h"

/* By level, informational to critical. */
static const int severities[] = {1, 2, 3, 4, 5};
static const char *const severity_names[] = {"Informational", "Low", "Medium", "High", "Critical"};
static const char *const risk_names[] = {"Info", "Low", "Medium", "High", "Critical"};

static void open_object(struct ap_buf *out, const char *name)
{
    field_name(out, name);
    ap_buf_addc(out, '{');
}

static void put_some(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    if (value->len > 0)
        field_text(out, name, value);
}

/* Milliseconds since 1970, rounded down. */
static void put_ms(struct ap_buf *out, const char *name, int64_t time_us)
{
    field_int(out, name, time_us / 1000 - (time_us % 1000 < 0));
}

/* The schema's email_t: [a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+ */
static bool is_email(const struct ap_value *text)
{
    static const char alphanumeric[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const char *at = text->len > 0 ? memchr(text->data, '@', text->len) : NULL, *end = text->data + text->len;
    size_t dots = 0;

    if (at == NULL || at == text->data || memchr(text->data, '\0', text->len) != NULL)
        return false;
    for (const char *c = text->data; c < at; c++)
        if (strchr(alphanumeric, *c) == NULL && strchr("!#$%&'*+,-./=?^_`{|}~", *c) == NULL)
            return false;
    for (const char *c = at + 1; c < end; c++) {
        if (strchr(alphanumeric, *c) == NULL && *c != '-' && *c != '.')
            return false;
        /* One dot that stands neither first nor last. */
        dots += *c == '.' && c > at + 1 && c + 1 < end;
    }
    return dots > 0 && at[1] != '.';
}

static void put_user_members(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;

    if (row->actor_id.present)
        field_uuid(out, "uid", true, &row->actor_id.value);
    put_some(out, "name", &row->actor_email);
    if (is_email(&row->actor_email))
        field_text(out, "email_addr", &row->actor_email);
}

static void put_affected(struct ap_buf *out, const struct ap_query_entry *entry)
{
    open_object(out, "user");
    if (ocsf_whose_account(entry) == OCSF_OF_RESOURCE)
        field_uuid(out, "uid", true, &entry->row.resource_id.value);
    else
        put_user_members(out, entry);
    ap_buf_addc(out, '}');
}

static void put_actor(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (!ocsf_has_user(entry) && entry->row.session_id.len == 0)
        return;
    open_object(out, "actor");
    if (ocsf_has_user(entry)) {
        open_object(out, "user");
        put_user_members(out, entry);
        ap_buf_addc(out, '}');
    }
    if (entry->row.session_id.len > 0) {
        open_object(out, "session");
        field_text(out, "uid", &entry->row.session_id);
        ap_buf_addc(out, '}');
    }
    ap_buf_addc(out, '}');
}

static void put_origin(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (query_is_host(&entry->row.ip_address)) {
        open_object(out, "src_endpoint");
        field_inet(out, "ip", &entry->row.ip_address);
        ap_buf_addc(out, '}');
    }
    if (entry->row.user_agent.data != NULL) {
        open_object(out, "http_request");
        field_text(out, "user_agent", &entry->row.user_agent);
        ap_buf_addc(out, '}');
    }
}

/* What was acted on, with the values before or after; `typed` where type_id is an attribute of it. */
static void put_resource(struct ap_buf *out, const struct ap_query_entry *entry, const struct ap_value *data,
                         bool typed)
{
    field_text(out, "name", &entry->row.resource_type);
    if (entry->row.resource_id.present)
        field_uuid(out, "uid", true, &entry->row.resource_id.value);
    if (typed)
        field_int(out, "type_id", ocsf_is_user(&entry->row.resource_type) ? 2 : OCSF_OTHER);
    field_text(out, "type", &entry->row.resource_type);
    if (data->data != NULL)
        field_json(out, "data", data);
}

static void put_entities(struct ap_buf *out, const struct ap_query_entry *entry)
{
    open_object(out, "entity");
    put_resource(out, entry, &entry->row.old_values, true);
    ap_buf_addc(out, '}');
    if (entry->row.new_values.data == NULL)
        return;
    open_object(out, "entity_result");
    put_resource(out, entry, &entry->row.new_values, true);
    ap_buf_addc(out, '}');
}

static void put_api(struct ap_buf *out, const struct ap_query_entry *entry)
{
    open_object(out, "api");
    field_text(out, "operation", &entry->row.action);
    ap_buf_addc(out, '}');
    field_name(out, "resources");
    ap_buf_adds(out, "[{");
    put_resource(out, entry, &entry->row.new_values, false);
    ap_buf_adds(out, "}]");
}

/* What only this class has. */
static void put_of_class(struct ap_buf *out, const struct ap_query_output *output, const struct ap_query_entry *entry,
                         const struct ocsf_kind *kind)
{
    switch (kind->class_uid) {
    case OCSF_AUTHENTICATION:
        open_object(out, "user");
        put_user_members(out, entry);
        ap_buf_addc(out, '}');
        open_object(out, "service");
        field_string(out, "name", output->head->database);
        ap_buf_addc(out, '}');
        break;
    case OCSF_ACCOUNT_CHANGE:
        put_affected(out, entry);
        break;
    case OCSF_USER_ACCESS:
        put_affected(out, entry);
        field_name(out, "privileges");
        ap_buf_addc(out, '[');
        (void)ocsf_put_privileges(out, entry, kind->activity == 2);
        ap_buf_addc(out, ']');
        break;
    case OCSF_API_ACTIVITY:
        put_api(out, entry);
        break;
    case OCSF_ENTITY_MANAGEMENT:
        put_entities(out, entry);
        break;
    }
}

static void put_class(struct ap_buf *out, const struct ap_query_entry *entry, const struct ocsf_kind *kind)
{
    const char *activity = ocsf_activity_name(kind->class_uid, kind->activity);

    field_int(out, "category_uid", kind->class_uid / 1000);
    field_string(out, "category_name",
                 kind->class_uid == OCSF_API_ACTIVITY ? "Application Activity" : "Identity & Access Management");
    field_int(out, "class_uid", (int64_t)kind->class_uid);
    field_string(out, "class_name", ocsf_class_name(kind->class_uid));
    field_int(out, "activity_id", kind->activity);
    if (activity != NULL)
        field_string(out, "activity_name", activity);
    else
        field_text(out, "activity_name", &entry->row.action);
    field_int(out, "type_uid", (int64_t)kind->class_uid * 100 + kind->activity);
    field_int(out, "status_id", (int64_t)kind->status);
    field_int(out, "severity_id", severities[query_level(entry)]);
    field_string(out, "severity", severity_names[query_level(entry)]);
}

static void put_metadata(struct ap_buf *out, const struct ap_query_output *output, const struct ap_query_entry *entry)
{
    open_object(out, "metadata");
    field_string(out, "version", "1.8.0");
    ap_buf_adds(out, ",\"profiles\":[\"security_control\"]");
    open_object(out, "product");
    field_string(out, "name", "auditproof");
    field_string(out, "vendor_name", "auditproof");
    field_string(out, "version", output->head->version);
    ap_buf_addc(out, '}');
    field_string(out, "log_name", "audit_logs");
    field_uuid(out, "uid", true, &entry->row.id);
    if (entry->row.organization_id.present)
        field_uuid(out, "tenant_uid", true, &entry->row.organization_id.value);
    field_text(out, "event_code", &entry->row.action);
    if (entry->has_created)
        field_time(out, "original_time", true, entry->created_us);
    if (entry->chained) {
        put_ms(out, "logged_time", entry->recorded_us);
        /* The schema's sequence ends at 32 bits; all of seq is under unmapped. */
        if (entry->seq <= INT32_MAX)
            field_int(out, "sequence", (int64_t)entry->seq);
    }
    ap_buf_addc(out, '}');
}

/* The profile security_control: the risk that the platform gave, and what rules say. */
static void put_risk(struct ap_buf *out, const struct ap_query_entry *entry)
{
    struct ap_buf titles = AP_BUF_INIT;

    if (entry->row.risk_level.data != NULL) {
        field_int(out, "risk_level_id", query_level_of(&entry->row.risk_level));
        field_string(out, "risk_level", risk_names[query_level_of(&entry->row.risk_level)]);
    }
    if (entry->looked_for_findings) {
        field_name(out, "is_alert");
        ap_buf_adds(out, entry->finding_count > 0 ? "true" : "false");
    }
    for (size_t i = 0; i < entry->finding_count; i++) {
        ap_buf_adds(&titles, i > 0 ? "; " : "");
        ap_buf_add(&titles, entry->findings[i].title.data, entry->findings[i].title.len);
    }
    if (titles.len > 0) {
        field_name(out, "risk_details");
        ap_json_string_n(out, titles.data, titles.len);
    }
    out->failed |= titles.failed;
    ap_buf_free(&titles);
}

/* What no attribute of the class is for. */
static void put_unmapped(struct ap_buf *out, const struct ap_query_entry *entry, const struct ocsf_kind *kind)
{
    const struct ap_entry *row = &entry->row;
    bool of_entity = kind->class_uid == OCSF_ENTITY_MANAGEMENT, of_api = kind->class_uid == OCSF_API_ACTIVITY;

    open_object(out, "unmapped");
    if (row->actor_role.data != NULL)
        field_text(out, "actor_role", &row->actor_role);
    if (!of_entity && !of_api) {
        field_text(out, "resource_type", &row->resource_type);
        if (row->resource_id.present)
            field_uuid(out, "resource_id", true, &row->resource_id.value);
    }
    if (!of_entity && row->old_values.data != NULL)
        field_json(out, "old_values", &row->old_values);
    if (!of_entity && !of_api && row->new_values.data != NULL)
        field_json(out, "new_values", &row->new_values);
    if (row->metadata.data != NULL)
        field_json(out, "metadata", &row->metadata);
    if (row->ip_address.present && !query_is_host(&row->ip_address))
        field_inet(out, "ip_address", &row->ip_address);
    query_put_known(out, entry);
    ap_buf_addc(out, '}');
}

static void put_message(struct ap_buf *out, const struct ap_query_entry *entry)
{
    struct ap_buf sentence = AP_BUF_INIT;

    query_put_sentence(&sentence, entry);
    field_name(out, "message");
    ap_json_string_n(out, ap_buf_str(&sentence), sentence.len);
    out->failed |= sentence.failed;
    ap_buf_free(&sentence);
}

static enum ap_status put_event(struct ap_query_output *output, const struct ap_query_entry *entry,
                                struct ap_error *err)
{
    struct ocsf_kind kind = ocsf_classify(entry);
    struct ap_buf *out = output->out;
    size_t from = out->len;
    int64_t when_us;

    /* An event must have a time: without any, the first there is. */
    if (!query_when(entry, &when_us))
        when_us = 0;
    ap_buf_addc(out, '{');
    put_class(out, entry, &kind);
    put_ms(out, "time", when_us);
    put_message(out, entry);
    put_metadata(out, output, entry);
    put_actor(out, entry);
    put_origin(out, entry);
    put_of_class(out, output, entry, &kind);
    put_risk(out, entry);
    put_unmapped(out, entry, &kind);
    ap_buf_adds(out, "}\n");
    if (query_shields(output))
        ap_display_json(out, from);
    return ap_buf_check(out, "an entry", err);
}

const struct ap_query_format ap_query_format_ocsf = {"ocsf", NULL, put_event, NULL, NULL};
