/* NDJSON: an object a line, as auditwrite and auditclassify read them. */
#include <inttypes.h>

#include "auditproof/display.h"
#include "auditproof/json.h"
#include "format_internal.h"
#include "field.h"

static void put_columns(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;

    field_uuid(out, "id", true, &row->id);
    field_uuid(out, "organization_id", row->organization_id.present, &row->organization_id.value);
    field_uuid(out, "actor_id", row->actor_id.present, &row->actor_id.value);
    field_text(out, "actor_email", &row->actor_email);
    field_text(out, "actor_role", &row->actor_role);
    field_text(out, "action", &row->action);
    field_text(out, "resource_type", &row->resource_type);
    field_uuid(out, "resource_id", row->resource_id.present, &row->resource_id.value);
    field_json(out, "old_values", &row->old_values);
    field_json(out, "new_values", &row->new_values);
    field_text(out, "risk_level", &row->risk_level);
    field_inet(out, "ip_address", &row->ip_address);
    field_text(out, "user_agent", &row->user_agent);
    field_json(out, "metadata", &row->metadata);
    field_text(out, "session_id", &row->session_id);
    field_time(out, "created_at", entry->has_created, entry->created_us);
}

static void put_findings(struct ap_buf *out, const struct ap_query_entry *entry)
{
    field_text(out, "risk_level", &entry->level);
    field_name(out, "matches");
    ap_buf_addc(out, '[');
    for (size_t i = 0; i < entry->finding_count; i++) {
        const struct ap_query_finding *finding = &entry->findings[i];

        ap_buf_adds(out, i > 0 ? ",{" : "{");
        field_text(out, "id", &finding->rule);
        field_text(out, "title", &finding->title);
        field_text(out, "level", &finding->level);
        ap_buf_adds(out, ",\"ruleset\":\"sha256:");
        ap_buf_add_hex(out, finding->ruleset, AP_HASH_LEN);
        ap_buf_adds(out, "\"}");
    }
    ap_buf_addc(out, ']');
}

static void put_chained(struct ap_buf *out, const struct ap_query_entry *entry)
{
    bool any = false;

    field_uuid(out, "chain_id", true, &entry->chain);
    field_name(out, "seq");
    ap_buf_addf(out, "%" PRIu64, entry->seq);
    field_time(out, "recorded_at", true, entry->recorded_us);
    field_hash(out, "content_hash", entry->content_hash);
    field_hash(out, "entry_hash", entry->entry_hash);
    for (int g = 0; g < AP_GROUPS; g++) {
        if (!entry->erased[g])
            continue;
        ap_buf_addf(out, any ? ",\"%s\"" : ",\"erased\":[\"%s\"", ap_group_name((enum ap_group)g));
        any = true;
    }
    if (any)
        ap_buf_addc(out, ']');
}

void query_put_known(struct ap_buf *out, const struct ap_query_entry *entry)
{
    if (!entry->chained && !entry->looked_for_findings && entry->proof == AP_QUERY_UNPROVEN)
        return;
    field_name(out, "_auditproof");
    ap_buf_addc(out, '{');
    if (entry->chained)
        put_chained(out, entry);
    if (entry->looked_for_findings)
        put_findings(out, entry);
    if (entry->proof != AP_QUERY_UNPROVEN) {
        field_name(out, "verified");
        ap_buf_adds(out, entry->proof == AP_QUERY_VERIFIED ? "true" : "false");
    }
    if (entry->proof == AP_QUERY_FAILED)
        field_string(out, "why", entry->why);
    ap_buf_addc(out, '}');
}

void query_put_json(struct ap_buf *out, const struct ap_query_entry *entry)
{
    ap_buf_addc(out, '{');
    put_columns(out, entry);
    query_put_known(out, entry);
    ap_buf_addc(out, '}');
}

static enum ap_status put_line(struct ap_query_output *output, const struct ap_query_entry *entry, struct ap_error *err)
{
    size_t from = output->out->len;

    query_put_json(output->out, entry);
    ap_buf_addc(output->out, '\n');
    if (query_shields(output))
        ap_display_json(output->out, from);
    return ap_buf_check(output->out, "an entry", err);
}

const struct ap_query_format ap_query_format_ndjson = {"ndjson", NULL, put_line, NULL, NULL};
