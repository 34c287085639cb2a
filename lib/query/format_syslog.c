/*
 * Syslog as RFC 5424 has it, a message a line: facility 13 (log audit), what is in the columns as structured data, and
 * a sentence for people.
 */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "format_internal.h"

enum { FACILITY = 13, MSGID_MAX = 32 };

/* By the effective level: informational, informational, warning, error, critical (RFC 5424 §6.2.1). */
static const int severities[] = {6, 6, 4, 3, 2};

/* 32473 is the number that RFC 5612 keeps for documents: nobody has registered one for auditproof. */
static const char element[] = "auditproof@32473";

/*
 * Line ends would end the message, and §6.4 and §8.2 warn of the other controls: both are shown as display.h has it.
 * Then §6.3.3's escapes.
 */
static void put_param(struct ap_buf *out, const char *name, const char *text, size_t len)
{
    struct ap_buf shown = AP_BUF_INIT;

    if (len == 0)
        return;
    ap_display_put(&shown, text, len);
    ap_buf_addf(out, " %s=\"", name);
    for (size_t i = 0; i < shown.len; i++) {
        if (memchr("\"\\]", shown.data[i], 3) != NULL)
            ap_buf_addc(out, '\\');
        ap_buf_addc(out, shown.data[i]);
    }
    ap_buf_addc(out, '"');
    out->failed |= shown.failed;
    ap_buf_free(&shown);
}

static void put_value(struct ap_buf *out, const char *name, const struct ap_value *value)
{
    put_param(out, name, value->data, value->data == NULL ? 0 : value->len);
}

static void put_id(struct ap_buf *out, const char *name, bool present, const struct ap_uuid *id)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, id);
    put_param(out, name, text, present ? strlen(text) : 0);
}

static void put_inet(struct ap_buf *out, const char *name, const struct ap_inet *inet)
{
    char text[AP_INET_TEXT_SIZE] = "";

    if (inet->present)
        ap_inet_format(text, inet);
    put_param(out, name, text, strlen(text));
}

static void put_said(struct ap_buf *out, const char *name, const struct ap_query_entry *entry,
                     void (*say)(struct ap_buf *, const struct ap_query_entry *))
{
    struct ap_buf text = AP_BUF_INIT;

    say(&text, entry);
    put_param(out, name, ap_buf_str(&text), text.len);
    out->failed |= text.failed;
    ap_buf_free(&text);
}

static void put_chain(struct ap_buf *out, const struct ap_query_entry *entry)
{
    char recorded[AP_TIME_TEXT_SIZE], hash[AP_HASH_TEXT_SIZE];

    if (!entry->chained)
        return;
    ap_time_format(recorded, entry->recorded_us);
    ap_hex_encode(hash, entry->entry_hash, AP_HASH_LEN);
    put_id(out, "chainId", true, &entry->chain);
    ap_buf_addf(out, " seq=\"%" PRIu64 "\"", entry->seq);
    put_param(out, "recordedAt", recorded, strlen(recorded));
    put_param(out, "entryHash", hash, sizeof hash - 1);
}

static void put_data(struct ap_buf *out, const struct ap_query_entry *entry)
{
    const struct ap_entry *row = &entry->row;

    ap_buf_addf(out, "[%s", element);
    put_id(out, "id", true, &row->id);
    put_id(out, "organizationId", row->organization_id.present, &row->organization_id.value);
    put_id(out, "actorId", row->actor_id.present, &row->actor_id.value);
    put_value(out, "actorEmail", &row->actor_email);
    put_value(out, "actorRole", &row->actor_role);
    put_value(out, "action", &row->action);
    put_value(out, "resourceType", &row->resource_type);
    put_id(out, "resourceId", row->resource_id.present, &row->resource_id.value);
    put_value(out, "oldValues", &row->old_values);
    put_value(out, "newValues", &row->new_values);
    put_value(out, "riskLevel", &row->risk_level);
    put_inet(out, "ipAddress", &row->ip_address);
    put_value(out, "userAgent", &row->user_agent);
    put_value(out, "metadata", &row->metadata);
    put_value(out, "sessionId", &row->session_id);
    put_value(out, "level", &entry->level);
    put_said(out, "rules", entry, query_put_rules);
    put_chain(out, entry);
    put_said(out, "erased", entry, query_put_erased);
    put_said(out, "proof", entry, query_put_proof);
    ap_buf_addc(out, ']');
}

/* MSGID is printable ASCII without spaces, and short: the action as far as it goes. All of it is in the data. */
static void put_msgid(struct ap_buf *out, const struct ap_value *action)
{
    size_t len = action->len < MSGID_MAX ? action->len : MSGID_MAX;

    if (len == 0)
        ap_buf_addc(out, '-');
    for (size_t i = 0; i < len; i++)
        ap_buf_addc(out, action->data[i] > ' ' && action->data[i] < 0x7F ? action->data[i] : '_');
}

static void put_head(struct ap_query_output *output, const struct ap_query_entry *entry)
{
    char text[AP_TIME_TEXT_SIZE] = "-";
    int64_t when_us;

    if (query_when(entry, &when_us) && query_is_rfc3339(when_us))
        ap_time_format(text, when_us);
    ap_buf_addf(output->out, "<%d>1 %s - auditproof - ", FACILITY * 8 + severities[query_level(entry)], text);
    put_msgid(output->out, &entry->row.action);
    ap_buf_addf(output->out, " [origin software=\"auditproof\" swVersion=\"%s\"]", output->head->version);
}

static enum ap_status put_message(struct ap_query_output *output, const struct ap_query_entry *entry,
                                  struct ap_error *err)
{
    struct ap_buf *out = output->out, sentence = AP_BUF_INIT;

    put_head(output, entry);
    put_data(out, entry);
    query_put_sentence(&sentence, entry);
    /* The mark says that the message is UTF-8; it is for programs. */
    ap_buf_adds(out, query_shields(output) ? " " : " \xef\xbb\xbf");
    ap_display_put(out, ap_buf_str(&sentence), sentence.len);
    ap_buf_addc(out, '\n');
    out->failed |= sentence.failed;
    ap_buf_free(&sentence);
    return ap_buf_check(out, "an entry", err);
}

const struct ap_query_format ap_query_format_syslog = {"syslog", NULL, put_message, NULL, NULL};
