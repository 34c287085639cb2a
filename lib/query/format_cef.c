/*
 * CEF, version 0 (ArcSight Common Event Format): a line an entry. In the header \ and | are escaped and line ends
 * cannot be; in a value \, = and line ends are.
 */
#include <inttypes.h>
#include <string.h>

#include "auditproof/display.h"
#include "format_internal.h"

/* By the effective level, informational to critical. */
static const char *const severities[] = {"1", "3", "5", "8", "10"};

/* Other controls than line ends would be taken for one by some readers too: all are shown as display.h has it. */
static void put_header(struct ap_buf *out, const struct ap_value *value)
{
    struct ap_buf shown = AP_BUF_INIT;

    ap_display_put(&shown, value->data == NULL ? "" : value->data, value->len);
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.data[i] == '\\' || shown.data[i] == '|')
            ap_buf_addc(out, '\\');
        ap_buf_addc(out, shown.data[i]);
    }
    out->failed |= shown.failed;
    ap_buf_free(&shown);
}

static void put_escaped(struct ap_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '\\':
        case '=':
            ap_buf_addc(out, '\\');
            ap_buf_addc(out, text[i]);
            break;
        case '\n':
            ap_buf_adds(out, "\\n");
            break;
        case '\r':
            ap_buf_adds(out, "\\r");
            break;
        default:
            ap_buf_addc(out, text[i]);
        }
    }
}

/* A key whose value is absent or empty is left out. The space before the first is what some readers count on. */
static void put_pair(struct ap_buf *out, const char *key, const char *text, size_t len)
{
    if (len == 0)
        return;
    ap_buf_addf(out, " %s=", key);
    put_escaped(out, text, len);
}

static void put_value(struct ap_buf *out, const char *key, const struct ap_value *value)
{
    put_pair(out, key, value->data, value->data == NULL ? 0 : value->len);
}

static void put_id(struct ap_buf *out, const char *key, bool present, const struct ap_uuid *id)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, id);
    put_pair(out, key, text, present ? strlen(text) : 0);
}

static void put_said(struct ap_buf *out, const char *key, const struct ap_query_entry *entry,
                     void (*say)(struct ap_buf *, const struct ap_query_entry *))
{
    struct ap_buf text = AP_BUF_INIT;

    say(&text, entry);
    put_pair(out, key, ap_buf_str(&text), text.len);
    out->failed |= text.failed;
    ap_buf_free(&text);
}

/* The dictionary's deviceCustomString: its label, where there is something to label. */
static void put_label(struct ap_buf *out, const char *key, const char *label, bool present)
{
    if (present)
        ap_buf_addf(out, " %sLabel=%s", key, label);
}

/* Milliseconds since 1970. */
static void put_time(struct ap_buf *out, const char *key, int64_t time_us)
{
    ap_buf_addf(out, " %s=%" PRId64, key, time_us / 1000);
}

static void put_address(struct ap_buf *out, const struct ap_inet *inet)
{
    char text[AP_INET_TEXT_SIZE];

    if (!inet->present)
        return;
    ap_inet_format(text, inet);
    if (!query_is_host(inet)) {
        put_pair(out, "auditproofSourceNetwork", text, strlen(text));
    } else if (inet->v6) {
        put_pair(out, "c6a2", text, strlen(text));
        put_label(out, "c6a2", "sourceIpv6Address", true);
    } else {
        put_pair(out, "src", text, strlen(text));
    }
}

static void put_chain(struct ap_buf *out, const struct ap_query_entry *entry)
{
    char hash[AP_HASH_TEXT_SIZE];

    if (!entry->chained)
        return;
    ap_buf_addf(out, " cn1=%" PRIu64, entry->seq);
    put_label(out, "cn1", "seq", true);
    ap_hex_encode(hash, entry->entry_hash, AP_HASH_LEN);
    put_pair(out, "cs6", hash, sizeof hash - 1);
    put_label(out, "cs6", "entryHash", true);
}

static void put_extension(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;
    int64_t when_us;

    if (query_when(entry, &when_us))
        put_time(out, "rt", when_us);
    put_id(out, "externalId", true, &row->id);
    put_value(out, "act", &row->action);
    put_value(out, "suser", &row->actor_email);
    put_id(out, "suid", row->actor_id.present, &row->actor_id.value);
    put_value(out, "spriv", &row->actor_role);
    put_address(out, &row->ip_address);
    put_value(out, "requestClientApplication", &row->user_agent);
    put_id(out, "cs1", row->organization_id.present, &row->organization_id.value);
    put_label(out, "cs1", "organizationId", row->organization_id.present);
    put_value(out, "cs2", &row->resource_type);
    put_label(out, "cs2", "resourceType", row->resource_type.len > 0);
    put_id(out, "cs3", row->resource_id.present, &row->resource_id.value);
    put_label(out, "cs3", "resourceId", row->resource_id.present);
    put_value(out, "cs4", &row->session_id);
    put_label(out, "cs4", "sessionId", row->session_id.len > 0);
    put_said(out, "cs5", entry, query_put_rules);
    put_label(out, "cs5", "rules", entry->finding_count > 0);
    put_chain(out, entry);
    put_value(out, "auditproofRiskLevel", &row->risk_level);
    put_value(out, "auditproofOldValues", &row->old_values);
    put_value(out, "auditproofNewValues", &row->new_values);
    put_value(out, "auditproofMetadata", &row->metadata);
    if (entry->chained)
        put_time(out, "auditproofRecordedAt", entry->recorded_us);
    put_said(out, "auditproofErased", entry, query_put_erased);
    put_said(out, "auditproofProof", entry, query_put_proof);
    put_said(out, "msg", entry, query_put_sentence);
}

static enum ap_status put_line(struct ap_query_output *output, const struct ap_query_entry *entry, struct ap_error *err)
{
    struct ap_buf *out = output->out;
    size_t from = out->len;

    ap_buf_addf(out, "CEF:0|auditproof|auditproof|%s|", output->head->version);
    put_header(out, &entry->row.action);
    ap_buf_addc(out, '|');
    put_header(out, entry->finding_count > 0 && entry->findings[0].title.len > 0 ? &entry->findings[0].title
                                                                                 : &entry->row.action);
    ap_buf_addf(out, "|%s|", severities[query_level(entry)]);
    put_extension(out, entry);
    ap_buf_addc(out, '\n');
    if (query_shields(output))
        ap_display_lines(out, from);
    return ap_buf_check(out, "an entry", err);
}

const struct ap_query_format ap_query_format_cef = {"cef", NULL, put_line, NULL, NULL};
