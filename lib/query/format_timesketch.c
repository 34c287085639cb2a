/*
 * Timesketch's JSONL: message, datetime and timestamp_desc are what it wants, timestamp is the same in microseconds.
 * JSON values are given as text, for an index that has one type for a field.
 */
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "auditproof/json.h"
#include "format_internal.h"
#include "field.h"

static void put_datetime(struct ap_buf *out, const struct ap_query_entry *entry)
{
    char text[AP_TIME_TEXT_SIZE];
    int64_t when_us;
    bool known = query_when(entry, &when_us) && query_is_rfc3339(when_us);

    /* Timesketch takes nothing without a time, and this for what has none. */
    if (!known)
        when_us = 0;
    ap_time_format(text, when_us);
    text[strlen(text) - 1] = '\0'; /* without Z */
    field_name(out, "datetime");
    ap_buf_addf(out, "\"%s+00:00\"", text);
    field_int(out, "timestamp", when_us);
    field_string(out, "timestamp_desc",
                 !known                                               ? "Not a time"
                 : entry->has_created && when_us == entry->created_us ? "Event Time"
                                                                      : "Recorded Time");
}

static void put_some(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    if (value->data != NULL)
        field_text(out, name, value);
}

static void put_some_id(struct ap_buf *out, const char *name, bool present, const struct ap_uuid *id)
{
    if (present)
        field_uuid(out, name, present, id);
}

static void put_said(struct ap_buf *out, const char *name, const struct ap_query_entry *entry,
                     void (*say)(struct ap_buf *, const struct ap_query_entry *))
{
    struct ap_buf text = AP_BUF_INIT;

    say(&text, entry);
    if (text.len > 0) {
        field_name(out, name);
        ap_json_string_n(out, text.data, text.len);
    }
    out->failed |= text.failed;
    ap_buf_free(&text);
}

static void put_columns(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;

    field_uuid(out, "id", true, &row->id);
    put_some_id(out, "organization_id", row->organization_id.present, &row->organization_id.value);
    put_some_id(out, "actor_id", row->actor_id.present, &row->actor_id.value);
    put_some(out, "actor_email", &row->actor_email);
    put_some(out, "actor_role", &row->actor_role);
    put_some(out, "action", &row->action);
    put_some(out, "resource_type", &row->resource_type);
    put_some_id(out, "resource_id", row->resource_id.present, &row->resource_id.value);
    put_some(out, "old_values", &row->old_values);
    put_some(out, "new_values", &row->new_values);
    put_some(out, "risk_level", &row->risk_level);
    if (row->ip_address.present)
        field_inet(out, "ip_address", &row->ip_address);
    put_some(out, "user_agent", &row->user_agent);
    put_some(out, "metadata", &row->metadata);
    put_some(out, "session_id", &row->session_id);
    if (entry->has_created)
        field_time(out, "created_at", true, entry->created_us);
}

static void put_known(struct ap_buf *out, const struct ap_query_entry *entry)
{
    put_some(out, "level", &entry->level);
    put_said(out, "rules", entry, query_put_rules);
    if (entry->chained) {
        field_uuid(out, "chain_id", true, &entry->chain);
        field_int(out, "seq", (int64_t)entry->seq);
        field_time(out, "recorded_at", true, entry->recorded_us);
        field_hash(out, "content_hash", entry->content_hash);
        field_hash(out, "entry_hash", entry->entry_hash);
    }
    put_said(out, "erased", entry, query_put_erased);
    put_said(out, "proof", entry, query_put_proof);
}

static enum ap_status put_line(struct ap_query_output *output, const struct ap_query_entry *entry, struct ap_error *err)
{
    struct ap_buf *out = output->out;
    size_t from = out->len;

    ap_buf_addc(out, '{');
    put_said(out, "message", entry, query_put_sentence);
    put_datetime(out, entry);
    field_string(out, "data_type", "auditproof:entry");
    put_columns(out, entry);
    put_known(out, entry);
    ap_buf_adds(out, "}\n");
    if (query_shields(output))
        ap_display_json(out, from);
    return ap_buf_check(out, "an entry", err);
}

const struct ap_query_format ap_query_format_timesketch = {"timesketch", NULL, put_line, NULL, NULL};
