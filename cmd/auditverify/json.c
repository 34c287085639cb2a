#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "json_put.h"

uint64_t unsealed_seconds(const struct ap_verify_report *report)
{
    int64_t since_us = report->seals.waiting_since_us;

    if (report->seals.uncovered == 0 || since_us >= report->snapshot_us)
        return 0;
    return ((uint64_t)report->snapshot_us - (uint64_t)since_us) / (uint64_t)AP_US_PER_SECOND;
}

static void add_chain(struct ap_buf *out, const struct ap_verify_chain *chain, const char *type)
{
    char hash[AP_HASH_TEXT_SIZE];

    ap_buf_adds(out, "{");
    if (type != NULL)
        json_add_text(out, "type", type);
    json_add_uuid(out, "chain", &chain->id);
    json_add_count(out, "entries", chain->entries);
    if (chain->entries > 0) {
        json_add_count(out, "first_seq", chain->first_seq);
        json_add_count(out, "head_seq", chain->head_seq);
        ap_hex_encode(hash, chain->head_hash, AP_HASH_LEN);
        hash[AP_HASH_TEXT_SIZE - 1] = '\0';
        json_add_text(out, "head_hash", hash);
        json_add_time(out, "first_recorded_at", chain->first_recorded_us);
        json_add_time(out, "last_recorded_at", chain->last_recorded_us);
    }
    if (chain->covered_seq > 0) {
        json_add_count(out, "sealed_seq", chain->covered_seq);
        json_add_time(out, "sealed_at", chain->covered_at_us);
    }
    if (chain->covered < chain->entries)
        json_add_time(out, "unsealed_since", chain->waiting_since_us);
    if (chain->purged > 0)
        json_add_count(out, "purged", chain->purged);
    if (chain->adopted > 0)
        json_add_count(out, "adopted", chain->adopted);
    ap_buf_adds(out, "}");
}

static void add_extent(struct ap_buf *out, const struct report_context *context, const struct ap_verify_report *report)
{
    json_add_key(out, "extent");
    ap_buf_adds(out, "{");
    if (context->options->has_chain)
        json_add_uuid(out, "chain", &context->options->chain);
    if (context->options->from_seq != 0)
        json_add_count(out, "from_seq", context->options->from_seq);
    if (context->options->to_seq != 0)
        json_add_count(out, "to_seq", context->options->to_seq);
    json_add_count(out, "chains", report->chain_count);
    json_add_count(out, "entries", report->entries);
    json_add_count(out, "rows", report->rows);
    json_add_count(out, "purged", report->purged);
    json_add_count(out, "erased_groups", report->erased_groups);
    json_add_count(out, "adopted_entries", report->adopted);
    json_add_count(out, "unadopted_rows", report->unadopted);
    json_add_bool(out, "unchained_rows_looked_for", !report->partial);
    json_add_bool(out, "guards_checked", !context->options->skip_guards);
    json_add_bool(out, "read_through_view", report->through_view);
    json_add_count(out, "anchored_entries", report->seals.counts ? report->seals.covered : 0);
    ap_buf_adds(out, "}");
}

static void add_checkpoint(struct ap_buf *out, const char *key, uint64_t size, int64_t at_us)
{
    if (size == 0)
        return;
    json_add_key(out, key);
    ap_buf_adds(out, "{");
    json_add_count(out, "size", size);
    json_add_time(out, "sealed_at", at_us);
    ap_buf_adds(out, "}");
}

/* The newest checkpoint that an authority saw. */
static void add_stamped(struct ap_buf *out, const struct ap_verify_seals *seals)
{
    if (seals->stamped_size == 0)
        return;
    json_add_key(out, "time_stamped_by");
    ap_buf_adds(out, "{");
    json_add_count(out, "size", seals->stamped_size);
    json_add_time(out, "sealed_at", seals->stamped_sealed_at_us);
    json_add_time(out, "time", seals->stamped_at_us);
    json_add_text(out, "authority", seals->stamped_by);
    ap_buf_adds(out, "}");
}

/* What of it all checkpoints cover, and what does not come under any. */
static void add_seals(struct ap_buf *out, const struct ap_verify_report *report)
{
    const struct ap_verify_seals *seals = &report->seals;

    json_add_key(out, "seals");
    ap_buf_adds(out, "{");
    json_add_optional(out, "log", seals->origin);
    json_add_count(out, "log_size", seals->log_size);
    json_add_count(out, "own_checkpoints", seals->own);
    json_add_count(out, "anchored_checkpoints", seals->elsewhere);
    json_add_count(out, "passed_over", seals->passed_over);
    json_add_count(out, "explained", seals->explained);
    json_add_bool(out, "key_pinned", seals->pinned);
    json_add_optional(out, "signed_by", seals->signer);
    if (seals->signer[0] != '\0')
        json_add_bool(out, "signer_pinned", seals->signer_pinned);
    add_checkpoint(out, "covered_by", seals->covered_size, seals->covered_at_us);
    add_checkpoint(out, "anchored_by", seals->outside_size, seals->outside_at_us);
    json_add_count(out, "time_stamps", seals->stamps);
    json_add_bool(out, "time_stamps_checked", seals->stamps_checked);
    if (seals->stamps_checked)
        json_add_count(out, "time_stamps_good", seals->stamps_good);
    add_stamped(out, seals);
    json_add_count(out, "covered_entries", seals->covered);
    json_add_count(out, "uncovered_entries", seals->uncovered);
    if (seals->uncovered > 0) {
        json_add_count(out, "uncovered_chains", seals->uncovered_chains);
        json_add_uuid(out, "waiting_chain", &seals->waiting_chain);
        json_add_count(out, "waiting_seq", seals->waiting_seq);
        json_add_time(out, "waiting_since", seals->waiting_since_us);
        json_add_count(out, "unsealed_seconds", unsealed_seconds(report));
    }
    ap_buf_adds(out, "}");
}

/* The scope says at a glance what the verdict rests on; this says how much of it is from runs before. */
static void add_incremental(struct ap_buf *out, const struct ap_verify_report *report)
{
    const struct ap_verify_incremental *sums = &report->incremental;

    if (!sums->asked)
        return;
    json_add_key(out, "incremental");
    ap_buf_adds(out, "{");
    json_add_count(out, "run", sums->run);
    json_add_count(out, "cycle", sums->cycle);
    json_add_count(out, "new_entries", sums->fresh);
    json_add_count(out, "old_entries", sums->old);
    json_add_count(out, "old_entries_read", sums->reread);
    json_add_count(out, "entries_not_read", sums->old - sums->reread);
    if (sums->oldest_at_us != 0) {
        json_add_count(out, "oldest_read_run", sums->oldest_run);
        json_add_time(out, "oldest_read_at", sums->oldest_at_us);
    }
    json_add_count(out, "row_shares_looked_at", sums->shares_read);
    if (!sums->first && sums->rows_since_us != 0)
        json_add_time(out, "rows_looked_at_since", sums->rows_since_us);
    json_add_count(out, "held_chains", sums->held_chains);
    json_add_bool(out, "moved", sums->moved);
    json_add_bool(out, "advances", sums->advanced);
    ap_buf_adds(out, "}");
}

static void add_summary(struct ap_buf *out, const struct report_context *context, const struct ap_verify_report *report)
{
    static const char *const verdicts[] = {[AP_VERDICT_FINDINGS] = "findings",
                                           [AP_VERDICT_INTACT] = "intact",
                                           [AP_VERDICT_ANCHORED] = "anchored",
                                           [AP_VERDICT_TRUSTED] = "trusted"};

    json_add_text(out, "verdict", verdicts[report->verdict]);
    json_add_text(out, "scope", !report->incremental.asked || report->incremental.first ? "full" : "incremental");
    add_incremental(out, report);
    json_add_text(out, "database", context->database);
    json_add_time(out, "snapshot", report->snapshot_us);
    json_add_bool(out, "standby", report->in_recovery);
    add_extent(out, context, report);
    add_seals(out, report);
    json_add_count(out, "findings_total", report->found);
    json_add_count(out, "notices_total", report->noticed);
    json_add_key(out, "findings_by_kind");
    ap_buf_adds(out, "{");
    for (int kind = 0; kind < AP_FINDING_KINDS; kind++)
        if (report->by_kind[kind] > 0)
            json_add_count(out, ap_finding_name((enum ap_finding_kind)kind), report->by_kind[kind]);
    ap_buf_adds(out, "}");
}

static void report_lines(const struct report_context *context, const struct ap_verify_report *report)
{
    struct ap_buf out = AP_BUF_INIT;

    for (size_t i = 0; i < report->finding_count; i++) {
        json_add_finding(&out, &report->findings[i], "finding");
        ap_buf_adds(&out, "\n");
        json_put(&out);
    }
    for (size_t i = 0; i < report->chain_count; i++) {
        add_chain(&out, &report->chains[i], "chain");
        ap_buf_adds(&out, "\n");
        json_put(&out);
    }
    ap_buf_adds(&out, "{");
    json_add_text(&out, "type", "verdict");
    add_summary(&out, context, report);
    ap_buf_adds(&out, "}\n");
    json_put(&out);
    ap_buf_free(&out);
}

void report_json(const struct report_context *context, const struct ap_verify_report *report, bool lines)
{
    struct ap_buf out = AP_BUF_INIT;

    if (lines) {
        report_lines(context, report);
        return;
    }
    ap_buf_adds(&out, "{");
    add_summary(&out, context, report);
    json_add_key(&out, "findings");
    ap_buf_adds(&out, "[");
    for (size_t i = 0; i < report->finding_count; i++) {
        ap_buf_adds(&out, i > 0 ? ",\n" : "\n");
        json_add_finding(&out, &report->findings[i], NULL);
        json_put(&out);
    }
    ap_buf_adds(&out, "],\n\"chains\":[");
    for (size_t i = 0; i < report->chain_count; i++) {
        ap_buf_adds(&out, i > 0 ? ",\n" : "\n");
        add_chain(&out, &report->chains[i], NULL);
        json_put(&out);
    }
    ap_buf_adds(&out, "]}\n");
    json_put(&out);
    ap_buf_free(&out);
}

void report_json_error(const struct ap_error *err)
{
    struct ap_buf out = AP_BUF_INIT;

    ap_buf_adds(&out, "{");
    json_add_text(&out, "type", "verdict");
    json_add_text(&out, "verdict", "unknown");
    json_add_text(&out, "error", err->message);
    json_add_optional(&out, "sqlstate", err->sqlstate);
    ap_buf_adds(&out, "}\n");
    json_put(&out);
    ap_buf_free(&out);
}
