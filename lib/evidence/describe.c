/* What a bundle says of itself: data/bundle.json, data/completeness.json, data/query.json. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "evidence_internal.h"

static void add_number(struct ap_buf *json, const char *name, uint64_t value)
{
    ap_buf_addf(json, ",\"%s\":%" PRIu64, name, value);
}

static void add_groups(struct ap_buf *json, const char *name, const uint64_t counts[AP_GROUPS])
{
    ap_buf_addf(json, ",\"%s\":{", name);
    for (size_t g = 0; g < AP_GROUPS; g++)
        ap_buf_addf(json, "%s\"%s\":%" PRIu64, g == 0 ? "" : ",", ap_group_name((enum ap_group)g), counts[g]);
    ap_buf_addc(json, '}');
}

static void add_time(struct ap_buf *json, const char *name, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_buf_addf(json, ",\"%s\":\"%s\"", name, text);
}

static enum ap_status finish(struct ap_bundle *bundle, const char *path, struct ap_buf *json, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_adds(json, "}\n");
    status = ap_buf_check(json, path, err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, path, json->data, json->len, err);
    ap_buf_free(json);
    return status;
}

static void add_ends(struct ap_buf *json, const struct ap_evidence_scope *scope)
{
    if (scope->segment_count == 0) {
        ap_buf_adds(json, ",\"first_seq\":null,\"last_seq\":null");
        return;
    }
    add_number(json, "first_seq", scope->segments[0].first_seq);
    add_number(json, "last_seq", scope->segments[scope->segment_count - 1].last_seq);
}

static enum ap_status write_bundle_json(const struct ap_evidence *evidence, struct ap_bundle *bundle, const char *kind,
                                        const char *more, struct ap_error *err)
{
    const struct ap_evidence_scope *scope = &evidence->scope;
    const struct ap_seal *seal = &scope->cover.seal;
    struct ap_buf json = AP_BUF_INIT;
    char chain[AP_UUID_TEXT_SIZE];
    bool any = false;

    ap_uuid_format(chain, &scope->chain);
    ap_buf_addf(&json, "{\"format\":\"auditproof-bundle/1\",\"kind\":\"%s\",\"chain\":\"%s\",\"organization\":", kind,
                chain);
    if (ap_uuid_equal(&scope->chain, &ap_uuid_nil))
        ap_buf_adds(&json, "null");
    else
        ap_buf_addf(&json, "\"%s\"", chain);
    ap_buf_addf(&json, ",\"from_us\":%" PRId64 ",\"to_us\":%" PRId64 ",\"as_of_us\":%" PRId64, scope->from_us,
                scope->to_us, seal->sealed_at_us);
    ap_buf_adds(&json, ",\"origin\":");
    ap_json_string(&json, scope->cover.origin);
    add_number(&json, "log_size", scope->cover.log_size);
    add_number(&json, "chain_size", seal->size);
    add_number(&json, "segments", scope->segment_count);
    add_number(&json, "entries", scope->entries);
    add_number(&json, "asked_for", scope->asked_for);
    add_ends(&json, scope);
    add_number(&json, "purged", scope->purged);
    add_number(&json, "erased_groups", scope->erased[0] + scope->erased[1] + scope->erased[2]);
    ap_buf_adds(&json, ",\"withheld\":[");
    for (size_t g = 0; g < AP_GROUPS; g++) {
        if (!evidence->options.withhold[g])
            continue;
        ap_buf_addf(&json, "%s\"%s\"", any ? "," : "", ap_group_name((enum ap_group)g));
        any = true;
    }
    ap_buf_addf(&json, "],\"status\":\"%s\",\"tool\":\"auditproof " AP_VERSION "\"%s",
                scope->unsealed > 0 ? "incomplete" : "complete", more);
    return finish(bundle, "data/bundle.json", &json, err);
}

static void add_ranges(struct ap_buf *json, const char *name, const struct ranges *ranges)
{
    ap_buf_addf(json, ",\"%s\":[", name);
    for (size_t i = 0; i < ranges->count; i++)
        ap_buf_addf(json, "%s[%" PRIu64 ",%" PRIu64 "]", i == 0 ? "" : ",", ranges->items[i].first,
                    ranges->items[i].last);
    ap_buf_addc(json, ']');
    if (ranges->more > 0)
        ap_buf_addf(json, ",\"%s_not_listed\":%" PRIu64, name, ranges->more);
}

static void add_date(struct ap_buf *json, int64_t day)
{
    int64_t year;
    int month, date;

    ap_civil_from_days(day, &year, &month, &date);
    ap_buf_addf(json, "\"%04" PRId64 "-%02d-%02d\"", year, month, date);
}

/* Of a period that had not ended, the days after the seal's are no days without entries. */
static size_t known_days(const struct tally *tally, int64_t as_of_us)
{
    size_t days = tally->days;

    while (days > 0 && tally->counts[days - 1] == 0 &&
           (tally->first_day + (int64_t)days - 1) * AP_US_PER_DAY > as_of_us)
        days--;
    return days;
}

static void add_days(struct ap_buf *json, const struct tally *tally, int64_t as_of_us)
{
    size_t days = known_days(tally, as_of_us);
    bool any = false;

    ap_buf_adds(json, ",\"days\":[");
    for (size_t i = 0; i < days; i++) {
        ap_buf_adds(json, i == 0 ? "[" : ",[");
        add_date(json, tally->first_day + (int64_t)i);
        ap_buf_addf(json, ",%" PRIu64 "]", tally->counts[i]);
    }
    ap_buf_adds(json, "],\"days_without_entries\":[");
    for (size_t i = 0; i < days; i++) {
        if (tally->counts[i] > 0)
            continue;
        if (any)
            ap_buf_addc(json, ',');
        add_date(json, tally->first_day + (int64_t)i);
        any = true;
    }
    ap_buf_addc(json, ']');
}

static void add_segments(struct ap_buf *json, const struct ap_evidence_scope *scope)
{
    enum { LISTED_MAX = 1000 };

    ap_buf_adds(json, ",\"segment_list\":[");
    for (size_t i = 0; i < scope->segment_count && i < LISTED_MAX; i++)
        ap_buf_addf(json, "%s[%" PRIu64 ",%" PRIu64 "]", i == 0 ? "" : ",", scope->segments[i].first_seq,
                    scope->segments[i].last_seq);
    ap_buf_addc(json, ']');
    if (scope->segment_count > LISTED_MAX)
        ap_buf_addf(json, ",\"segment_list_goes_on\":%zu", scope->segment_count - LISTED_MAX);
}

static enum ap_status write_completeness(const struct ap_evidence *evidence, struct ap_bundle *bundle,
                                         struct ap_error *err)
{
    const struct ap_evidence_scope *scope = &evidence->scope;
    struct ap_buf json = AP_BUF_INIT;

    ap_buf_addf(&json, "{\"status\":\"%s\"", scope->unsealed > 0 ? "incomplete" : "complete");
    add_time(&json, "from", scope->from_us);
    add_time(&json, "to", scope->to_us);
    add_time(&json, "as_of", scope->cover.seal.sealed_at_us);
    add_number(&json, "entries", scope->entries);
    add_number(&json, "segments", scope->segment_count);
    add_ends(&json, scope);
    add_number(&json, "asked_for", scope->asked_for);
    if (evidence->options.seqs == NULL) {
        add_number(&json, "rows_by_independent_count", scope->row_count);
        add_number(&json, "rows_in_no_chain", scope->unchained);
    }
    add_number(&json, "not_covered_by_the_checkpoint", scope->unsealed);
    add_number(&json, "adopted", scope->adopted);
    add_number(&json, "recorded_outside_of_the_period", scope->late);
    add_number(&json, "purged", scope->purged);
    if (scope->asked_for > 0) {
        add_time(&json, "first_time", scope->first_us);
        add_time(&json, "last_time", scope->last_us);
    }
    add_groups(&json, "erased", scope->erased);
    add_groups(&json, "disclosed", scope->disclosed);
    add_segments(&json, scope);
    add_ranges(&json, "purged_ranges", &evidence->tally.purged);
    add_ranges(&json, "erased_ranges", &evidence->tally.erased);
    if (evidence->options.seqs == NULL)
        add_days(&json, &evidence->tally, scope->cover.seal.sealed_at_us);
    ap_buf_adds(&json,
                ",\"limits\":[\"The proofs show that nothing was changed or removed since it was sealed; they cannot"
                " show that everything was logged.\","
                "\"Of entries that were there before they were chained, the time and order are as the platform"
                " had them then.\"]");
    return finish(bundle, "data/completeness.json", &json, err);
}

/* A statement with its parameters, as it was run. */
static enum ap_status add_statement(struct ap_buf *json, struct ap_digest *digest, const char *name, const char *what,
                                    const char *parameters, struct ap_error *err)
{
    const char *sql = ap_sql(name);
    struct ap_span span = {sql, strlen(sql)};
    uint8_t hash[AP_HASH_LEN];
    enum ap_status status = ap_digest_spans(digest, hash, &span, 1, err);

    if (status != AP_OK)
        return status;
    if (json->data[json->len - 1] == '}')
        ap_buf_addc(json, ',');
    ap_buf_adds(json, "{\"for\":");
    ap_json_string(json, what);
    ap_buf_adds(json, ",\"sql\":");
    ap_json_string(json, sql);
    ap_buf_adds(json, ",\"sha256\":\"");
    ap_buf_add_hex(json, hash, sizeof hash);
    ap_buf_addf(json, "\",\"parameters\":%s}", parameters);
    return AP_OK;
}

static enum ap_status write_query(struct ap_evidence *evidence, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct ap_evidence_scope *scope = &evidence->scope;
    struct ap_buf json = AP_BUF_INIT;
    char chain[AP_UUID_TEXT_SIZE], period[256];
    enum ap_status status = AP_OK;

    ap_uuid_format(chain, &scope->chain);
    (void)snprintf(period, sizeof period, "[\"%s\",%" PRId64 ",%" PRId64 ",%" PRIu64 "]", chain, scope->from_us,
                   scope->to_us, scope->cover.seal.size);
    ap_buf_adds(&json,
                "{\"source\":\"auditproof.chain_entry with public.audit_logs\",\"isolation\":\"one REPEATABLE READ,"
                " READ ONLY snapshot\",\"time_zone\":\"UTC\",\"filters\":\"none but those in the statements\","
                "\"statements\":[");
    if (evidence->options.seqs == NULL) {
        status = add_statement(&json, evidence->digest, "queries/evidence_recorded", "entries recorded in the period",
                               period, err);
        if (status == AP_OK)
            status = add_statement(&json, evidence->digest, "queries/evidence_created",
                                   "entries created in the period, recorded outside of it ($5, $6: that range)", period,
                                   err);
        if (status == AP_OK)
            status =
                add_statement(&json, evidence->digest, "queries/evidence_count", "the independent count", period, err);
    }
    if (status == AP_OK) {
        (void)snprintf(period, sizeof period, "[\"%s\"]", chain);
        status = add_statement(&json, evidence->digest, "queries/verify_stretch",
                               "the entries of each segment ($2, $3: its first and last)", period, err);
    }
    ap_buf_addc(&json, ']');
    if (status != AP_OK) {
        ap_buf_free(&json);
        return status;
    }
    return finish(bundle, "data/query.json", &json, err);
}

enum ap_status ap_evidence_describe(struct ap_evidence *evidence, struct ap_bundle *bundle, const char *kind,
                                    const char *more, struct ap_error *err)
{
    enum ap_status status = write_bundle_json(evidence, bundle, kind, more, err);

    if (status == AP_OK)
        status = write_completeness(evidence, bundle, err);
    if (status == AP_OK)
        status = write_query(evidence, bundle, err);
    return status;
}
