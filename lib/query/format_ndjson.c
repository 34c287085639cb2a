/* NDJSON: an object a line, as auditwrite and auditclassify read them. */
#include <inttypes.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "format_internal.h"

static void put_name(struct ap_buf *out, const char *name)
{
    ap_buf_addf(out, "%s\"%s\":", out->data != NULL && out->len > 0 && out->data[out->len - 1] != '{' ? "," : "", name);
}

static void put_text(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    put_name(out, name);
    if (value->data == NULL)
        ap_buf_adds(out, "null");
    else
        ap_json_string_n(out, value->data, value->len);
}

static void put_json(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    put_name(out, name);
    if (value->data == NULL)
        ap_buf_adds(out, "null");
    else
        ap_buf_add(out, value->data, value->len);
}

static void put_uuid(struct ap_buf *out, const char *name, bool present, const struct ap_uuid *value)
{
    char text[AP_UUID_TEXT_SIZE];

    put_name(out, name);
    ap_uuid_format(text, value);
    ap_json_string(out, present ? text : NULL);
}

static void put_time(struct ap_buf *out, const char *name, bool present, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    put_name(out, name);
    ap_time_format(text, time_us);
    ap_json_string(out, present ? text : NULL);
}

static void put_hash(struct ap_buf *out, const char *name, const uint8_t hash[AP_HASH_LEN])
{
    put_name(out, name);
    ap_buf_addc(out, '"');
    ap_buf_add_hex(out, hash, AP_HASH_LEN);
    ap_buf_addc(out, '"');
}

static void put_columns(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;
    char address[AP_INET_TEXT_SIZE];

    put_uuid(out, "id", true, &row->id);
    put_uuid(out, "organization_id", row->organization_id.present, &row->organization_id.value);
    put_uuid(out, "actor_id", row->actor_id.present, &row->actor_id.value);
    put_text(out, "actor_email", &row->actor_email);
    put_text(out, "actor_role", &row->actor_role);
    put_text(out, "action", &row->action);
    put_text(out, "resource_type", &row->resource_type);
    put_uuid(out, "resource_id", row->resource_id.present, &row->resource_id.value);
    put_json(out, "old_values", &row->old_values);
    put_json(out, "new_values", &row->new_values);
    put_text(out, "risk_level", &row->risk_level);
    put_name(out, "ip_address");
    if (row->ip_address.present)
        ap_inet_format(address, &row->ip_address);
    ap_json_string(out, row->ip_address.present ? address : NULL);
    put_text(out, "user_agent", &row->user_agent);
    put_json(out, "metadata", &row->metadata);
    put_text(out, "session_id", &row->session_id);
    put_time(out, "created_at", entry->has_created, entry->created_us);
}

static void put_findings(struct ap_buf *out, const struct ap_query_entry *entry)
{
    put_text(out, "risk_level", &entry->level);
    put_name(out, "matches");
    ap_buf_addc(out, '[');
    for (size_t i = 0; i < entry->finding_count; i++) {
        const struct ap_query_finding *finding = &entry->findings[i];

        ap_buf_adds(out, i > 0 ? ",{" : "{");
        put_text(out, "id", &finding->rule);
        put_text(out, "title", &finding->title);
        put_text(out, "level", &finding->level);
        ap_buf_adds(out, ",\"ruleset\":\"sha256:");
        ap_buf_add_hex(out, finding->ruleset, AP_HASH_LEN);
        ap_buf_adds(out, "\"}");
    }
    ap_buf_addc(out, ']');
}

static void put_chained(struct ap_buf *out, const struct ap_query_entry *entry)
{
    bool any = false;

    put_uuid(out, "chain_id", true, &entry->chain);
    put_name(out, "seq");
    ap_buf_addf(out, "%" PRIu64, entry->seq);
    put_time(out, "recorded_at", true, entry->recorded_us);
    put_hash(out, "content_hash", entry->content_hash);
    put_hash(out, "entry_hash", entry->entry_hash);
    for (int g = 0; g < AP_GROUPS; g++) {
        if (!entry->erased[g])
            continue;
        ap_buf_addf(out, any ? ",\"%s\"" : ",\"erased\":[\"%s\"", ap_group_name((enum ap_group)g));
        any = true;
    }
    if (any)
        ap_buf_addc(out, ']');
}

void query_put_json(struct ap_buf *out, const struct ap_query_entry *entry)
{
    ap_buf_addc(out, '{');
    put_columns(out, entry);
    if (entry->chained || entry->looked_for_findings || entry->proof != AP_QUERY_UNPROVEN) {
        put_name(out, "_auditproof");
        ap_buf_addc(out, '{');
        if (entry->chained)
            put_chained(out, entry);
        if (entry->looked_for_findings)
            put_findings(out, entry);
        if (entry->proof != AP_QUERY_UNPROVEN) {
            put_name(out, "verified");
            ap_buf_adds(out, entry->proof == AP_QUERY_VERIFIED ? "true" : "false");
        }
        if (entry->proof == AP_QUERY_FAILED) {
            put_name(out, "why");
            ap_json_string(out, entry->why);
        }
        ap_buf_addc(out, '}');
    }
    ap_buf_addc(out, '}');
}

static enum ap_status put_line(struct ap_query_output *output, const struct ap_query_entry *entry, struct ap_error *err)
{
    query_put_json(output->out, entry);
    ap_buf_addc(output->out, '\n');
    return ap_buf_check(output->out, "an entry", err);
}

const struct ap_query_format ap_query_format_ndjson = {"ndjson", NULL, put_line, NULL, NULL};
