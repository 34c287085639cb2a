#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "soc2_internal.h"

static void put_text(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    ap_buf_addf(out, ",\"%s\":", name);
    if (value->data == NULL)
        ap_buf_adds(out, "null");
    else
        ap_json_string_n(out, value->data, value->len);
}

static void put_json(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    ap_buf_addf(out, ",\"%s\":", name);
    if (value->data == NULL)
        ap_buf_adds(out, "null");
    else
        ap_buf_add(out, value->data, value->len);
}

static void put_uuid(struct ap_buf *out, const char *name, const struct ap_optional_uuid *uuid)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, &uuid->value);
    if (uuid->present)
        ap_buf_addf(out, ",\"%s\":\"%s\"", name, text);
    else
        ap_buf_addf(out, ",\"%s\":null", name);
}

static void put_address(struct ap_buf *out, const struct ap_inet *address)
{
    char text[AP_INET_TEXT_SIZE];

    ap_inet_format(text, address);
    if (address->present)
        ap_buf_addf(out, ",\"ip_address\":\"%s\"", text);
    else
        ap_buf_adds(out, ",\"ip_address\":null");
}

void put_members(struct ap_buf *out, const struct ap_entry *row, const bool shown[AP_GROUPS])
{
    char id[AP_UUID_TEXT_SIZE];

    ap_uuid_format(id, &row->id);
    ap_buf_addf(out, ",\"id\":\"%s\"", id);
    put_uuid(out, "organization_id", &row->organization_id);
    put_text(out, "action", &row->action);
    if (shown[AP_GROUP_ACCOUNT])
        put_uuid(out, "actor_id", &row->actor_id);
    if (shown[AP_GROUP_ACTOR])
        put_text(out, "actor_email", &row->actor_email);
    put_text(out, "actor_role", &row->actor_role);
    put_text(out, "resource_type", &row->resource_type);
    if (shown[AP_GROUP_CONTENT]) {
        put_uuid(out, "resource_id", &row->resource_id);
        put_json(out, "old_values", &row->old_values);
        put_json(out, "new_values", &row->new_values);
    }
    put_text(out, "risk_level", &row->risk_level);
    if (shown[AP_GROUP_ACTOR]) {
        put_address(out, &row->ip_address);
        put_text(out, "user_agent", &row->user_agent);
        put_text(out, "session_id", &row->session_id);
    }
    if (shown[AP_GROUP_CONTENT])
        put_json(out, "metadata", &row->metadata);
}
