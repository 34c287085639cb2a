/* CSV: a table for spreadsheets, with the columns of audit_logs and what is known of the entry beside them. */
#include "auditproof/csv_write.h"
#include "auditproof/display.h"
#include "format_internal.h"

static const char *const columns[] = {
    "id",           "organization_id", "actor_id",   "actor_email", "actor_role", "action",     "resource_type",
    "resource_id",  "old_values",      "new_values", "risk_level",  "ip_address", "user_agent", "metadata",
    "session_id",   "created_at",      "level",      "rules",       "chain_id",   "seq",        "recorded_at",
    "content_hash", "entry_hash",      "erased",     "proof",       NULL,
};

static enum ap_status put_header(struct ap_query_output *output, struct ap_error *err)
{
    ap_csv_put_record(output->out, columns);
    return ap_buf_check(output->out, "the header", err);
}

static void put_value(struct ap_buf *out, const struct ap_value *value)
{
    if (value->data == NULL)
        ap_csv_put(out, NULL);
    else
        ap_csv_put_n(out, value->data, value->len);
}

static void put_uuid(struct ap_buf *out, bool present, const struct ap_uuid *value)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, value);
    ap_csv_put(out, present ? text : NULL);
}

static void put_time(struct ap_buf *out, bool present, int64_t time_us)
{
    if (present)
        ap_csv_put_time(out, time_us);
    else
        ap_csv_put(out, NULL);
}

static void put_hash(struct ap_buf *out, bool present, const uint8_t hash[AP_HASH_LEN])
{
    char text[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(text, hash, AP_HASH_LEN);
    text[AP_HASH_TEXT_SIZE - 1] = '\0';
    ap_csv_put(out, present ? text : NULL);
}

static void put_columns(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;
    char address[AP_INET_TEXT_SIZE];

    put_uuid(out, true, &row->id);
    put_uuid(out, row->organization_id.present, &row->organization_id.value);
    put_uuid(out, row->actor_id.present, &row->actor_id.value);
    put_value(out, &row->actor_email);
    put_value(out, &row->actor_role);
    put_value(out, &row->action);
    put_value(out, &row->resource_type);
    put_uuid(out, row->resource_id.present, &row->resource_id.value);
    put_value(out, &row->old_values);
    put_value(out, &row->new_values);
    put_value(out, &row->risk_level);
    if (row->ip_address.present)
        ap_inet_format(address, &row->ip_address);
    ap_csv_put(out, row->ip_address.present ? address : NULL);
    put_value(out, &row->user_agent);
    put_value(out, &row->metadata);
    put_value(out, &row->session_id);
    put_time(out, entry->has_created, entry->created_us);
}

static void put_said(struct ap_buf *out, const struct ap_query_entry *entry,
                     void (*say)(struct ap_buf *, const struct ap_query_entry *))
{
    struct ap_buf text = AP_BUF_INIT;

    say(&text, entry);
    ap_csv_put_n(out, ap_buf_str(&text), text.len);
    out->failed |= text.failed;
    ap_buf_free(&text);
}

static enum ap_status put_record(struct ap_query_output *output, const struct ap_query_entry *entry,
                                 struct ap_error *err)
{
    struct ap_buf *out = output->out;
    size_t from = out->len;

    put_columns(out, entry);
    put_value(out, &entry->level);
    put_said(out, entry, query_put_rules);
    put_uuid(out, entry->chained, &entry->chain);
    if (entry->chained)
        ap_csv_put_int(out, (int64_t)entry->seq);
    else
        ap_csv_put(out, NULL);
    put_time(out, entry->chained, entry->recorded_us);
    put_hash(out, entry->chained, entry->content_hash);
    put_hash(out, entry->chained, entry->entry_hash);
    put_said(out, entry, query_put_erased);
    put_said(out, entry, query_put_proof);
    ap_csv_end(out);
    if (query_shields(output))
        ap_display_lines(out, from);
    return ap_buf_check(out, "an entry", err);
}

const struct ap_query_format ap_query_format_csv = {"csv", put_header, put_record, NULL, NULL};
