#include <string.h>

#include "auditproof/json.h"
#include "bundle.h"
#include "json_put.h"

static void add_finding(struct ap_buf *out, const struct ap_finding *finding)
{
    json_add_text(out, "kind", ap_finding_name(finding->kind));
    if (finding->object[0] != '\0')
        json_add_text(out, "path", finding->object);
    if (finding->has_seq)
        json_add_count(out, "seq", finding->seq);
    json_add_optional(out, "expected", finding->expected);
    json_add_optional(out, "found", finding->found);
    json_add_optional(out, "detail", finding->detail);
}

static void add_hash(struct ap_buf *out, const char *key, const uint8_t hash[AP_HASH_LEN])
{
    char text[AP_HASH_TEXT_SIZE];

    ap_hex_encode(text, hash, AP_HASH_LEN);
    text[AP_HASH_TEXT_SIZE - 1] = '\0';
    json_add_text(out, key, text);
}

static void add_signer(struct ap_buf *out, const char *name, const struct ap_bundle_key *key)
{
    if (!key->known)
        return;
    json_add_key(out, name);
    ap_buf_adds(out, "{");
    json_add_text(out, "vkey", key->vkey);
    add_hash(out, "fingerprint", key->fingerprint);
    json_add_bool(out, "pinned", key->pinned);
    ap_buf_adds(out, "}");
}

static void add_about(struct ap_buf *out, const struct ap_bundle_about *about)
{
    if (!about->known)
        return;
    json_add_text(out, "bundle_kind", about->kind);
    json_add_uuid(out, "chain", &about->chain);
    if (about->has_period) {
        json_add_time(out, "from", about->from_us);
        json_add_time(out, "to", about->to_us);
    }
    json_add_time(out, "as_of", about->as_of_us);
    json_add_text(out, "status", about->incomplete ? "incomplete" : "complete");
    json_add_text(out, "written_by", about->tool);
    json_add_key(out, "withheld");
    ap_buf_adds(out, "[");
    for (size_t g = 0; g < AP_GROUPS; g++)
        if (about->withheld[g]) {
            ap_buf_adds(out, out->data[out->len - 1] == '[' ? "" : ",");
            ap_json_string(out, ap_group_name((enum ap_group)g));
        }
    ap_buf_adds(out, "]");
}

static void add_extent(struct ap_buf *out, const struct ap_bundle_check_report *report)
{
    json_add_key(out, "extent");
    ap_buf_adds(out, "{");
    json_add_count(out, "files", report->members);
    json_add_count(out, "entries", report->entries);
    json_add_count(out, "segments", report->segments);
    if (report->first_seq > 0) {
        json_add_count(out, "first_seq", report->first_seq);
        json_add_count(out, "last_seq", report->last_seq);
        json_add_time(out, "first_recorded_at", report->first_recorded_us);
        json_add_time(out, "last_recorded_at", report->last_recorded_us);
    }
    json_add_count(out, "purged", report->purged);
    json_add_count(out, "erased_groups", report->erased_groups);
    json_add_key(out, "disclosed");
    ap_buf_adds(out, "{");
    for (size_t g = 0; g < AP_GROUPS; g++)
        json_add_count(out, ap_group_name((enum ap_group)g), report->disclosed[g]);
    ap_buf_adds(out, "}}");
}

static void add_signatures(struct ap_buf *out, const struct bundle_context *context,
                           const struct ap_bundle_check_report *report)
{
    add_signer(out, "bundle_key", &report->bundle_key);
    add_signer(out, "log_key", &report->log_key);
    if (report->log_key.known) {
        json_add_bool(out, "log_key_follows_a_pinned_one", report->log_key_followed);
        json_add_count(out, "checkpoint_size", report->checkpoint_size);
        json_add_count(out, "changes_of_the_key", report->changes);
        json_add_count(out, "changes_undone_by_a_restore", report->changes_undone);
    }
    if (report->previous_size > 0) {
        json_add_count(out, "previous_checkpoint_size", report->previous_size);
        json_add_time(out, "previous_checkpoint_at", report->previous_at_us);
        if (report->previous_kept_as != NULL)
            json_add_text(out, "previous_checkpoint_kept_as", report->previous_kept_as);
    }
    json_add_count(out, "cosignatures", report->cosignatures);
    if (context->asked->policy != NULL) {
        json_add_count(out, "policy_witnesses", context->asked->policy->witness_count);
        json_add_count(out, "policy_cosignatures", report->policy_cosignatures);
    }
    if (report->stamped) {
        json_add_key(out, "time_stamp");
        ap_buf_adds(out, "{");
        json_add_time(out, "time", report->stamped_at_us);
        json_add_optional(out, "authority", report->stamped_by);
        json_add_bool(out, "checked", report->stamp_checked);
        ap_buf_adds(out, "}");
    }
    if (context->asked->anchor_count > 0) {
        json_add_count(out, "anchors_that_agree", report->anchors_agree);
        json_add_count(out, "anchors_passed_over", report->anchors_passed_over);
    }
}

static void add_summary(struct ap_buf *out, const struct bundle_context *context,
                        const struct ap_bundle_check_report *report)
{
    json_add_text(out, "file", context->file);
    json_add_text(out, "verdict", bundle_verdict_name(report->verdict));
    json_add_optional(out, "name", report->name);
    add_about(out, &report->about);
    json_add_bool(out, "read_to_the_end", report->whole);
    add_extent(out, report);
    add_signatures(out, context, report);
    json_add_count(out, "bytes", report->bytes);
    json_add_count(out, "tar_bytes", report->tar_bytes);
    if (report->whole) {
        add_hash(out, "sha256", report->sha256);
        add_hash(out, "tar_sha256", report->tar_sha256);
    }
    json_add_count(out, "findings_total", report->found);
    json_add_key(out, "findings_by_kind");
    ap_buf_adds(out, "{");
    for (int kind = 0; kind < AP_FINDING_KINDS; kind++)
        if (report->by_kind[kind] > 0)
            json_add_count(out, ap_finding_name((enum ap_finding_kind)kind), report->by_kind[kind]);
    ap_buf_adds(out, "}");
}

static void put_lines(const struct bundle_context *context, const struct ap_bundle_check_report *report)
{
    struct ap_buf out = AP_BUF_INIT;

    for (size_t i = 0; i < report->finding_count; i++) {
        ap_buf_adds(&out, "{");
        json_add_text(&out, "type", "finding");
        json_add_text(&out, "file", context->file);
        add_finding(&out, &report->findings[i]);
        ap_buf_adds(&out, "}\n");
        json_put(&out);
    }
    ap_buf_adds(&out, "{");
    json_add_text(&out, "type", "verdict");
    add_summary(&out, context, report);
    ap_buf_adds(&out, "}\n");
    json_put(&out);
    ap_buf_free(&out);
}

void bundle_json(const struct bundle_context *context, const struct ap_bundle_check_report *report, bool lines)
{
    struct ap_buf out = AP_BUF_INIT;

    if (lines) {
        put_lines(context, report);
        return;
    }
    ap_buf_adds(&out, "{");
    add_summary(&out, context, report);
    json_add_key(&out, "findings");
    ap_buf_adds(&out, "[");
    for (size_t i = 0; i < report->finding_count; i++) {
        ap_buf_adds(&out, i > 0 ? ",\n{" : "\n{");
        add_finding(&out, &report->findings[i]);
        ap_buf_adds(&out, "}");
        json_put(&out);
    }
    ap_buf_adds(&out, "]}");
    json_put(&out);
    ap_buf_free(&out);
}

void bundle_json_unknown(const char *file, const struct ap_error *why, bool lines)
{
    struct ap_buf out = AP_BUF_INIT;

    ap_buf_adds(&out, "{");
    if (lines)
        json_add_text(&out, "type", "verdict");
    json_add_text(&out, "file", file);
    json_add_text(&out, "verdict", "unknown");
    json_add_text(&out, "error", why->message);
    ap_buf_adds(&out, lines ? "}\n" : "}");
    json_put(&out);
    ap_buf_free(&out);
}
