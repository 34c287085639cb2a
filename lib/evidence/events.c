/* Reading what was selected, and data/events/ as it is read (audit-bundle(5), EVENTS). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"
#include "evidence_internal.h"

enum { LINES_MAX = 100000, PROGRESS_EVERY_US = 500000 };

struct writing {
    struct ap_evidence *evidence;
    struct ap_evidence_scope *scope;
    struct ap_bundle *bundle;
    const struct ap_evidence_sink *sinks;
    size_t sink_count;
    ap_finding_fn *found;
    void *found_context;
    struct ap_member *member; /* the bundle's */
    size_t lines;             /* in it */
    struct ap_buf line, text;
    const struct ap_evidence_segment *segment;
    struct ap_inclusion inclusion; /* of its last entry */
    size_t next_adopted, next_asked;
    uint64_t expected;
    int64_t told_us;
};

static void add_hash_member(struct ap_buf *out, const char *name, const uint8_t hash[AP_HASH_LEN])
{
    ap_buf_addf(out, ",\"%s\":\"", name);
    ap_buf_add_hex(out, hash, AP_HASH_LEN);
    ap_buf_addc(out, '"');
}

static bool is_erased(const struct ap_stretch_entry *entry, size_t group)
{
    return entry->kept[group] != NULL;
}

static void add_disclosed(struct writing *w, const struct ap_evidence_entry *is)
{
    const struct ap_stretch_entry *entry = is->entry;
    const char *before = ",\"disclosed\":{\"";

    for (size_t g = 0; g < AP_GROUPS; g++) {
        if (!is->disclosed[g])
            continue;
        w->scope->disclosed[g]++;
        ap_buf_adds(&w->line, before);
        ap_buf_adds(&w->line, ap_group_name((enum ap_group)g));
        ap_buf_adds(&w->line, "\":{\"salt\":\"");
        ap_buf_add_hex(&w->line, entry->row->salt + g * AP_SALT_LEN, AP_SALT_LEN);
        ap_buf_adds(&w->line, "\",\"text\":");
        ap_buf_clear(&w->text);
        ap_entry_group_text(&w->text, entry->row, (enum ap_group)g);
        ap_json_string_n(&w->line, ap_buf_str(&w->text), w->text.len);
        ap_buf_addc(&w->line, '}');
        before = ",\"";
    }
    if (before[2] != 'd')
        ap_buf_addc(&w->line, '}');
}

static void add_erased(struct writing *w, const struct ap_stretch_entry *entry)
{
    const char *before = ",\"erased\":[\"";

    for (size_t g = 0; g < AP_GROUPS; g++) {
        if (!is_erased(entry, g))
            continue;
        w->scope->erased[g]++;
        ap_buf_adds(&w->line, before);
        ap_buf_adds(&w->line, ap_group_name((enum ap_group)g));
        ap_buf_addc(&w->line, '"');
        before = ",\"";
    }
    if (before[2] != 'e')
        ap_buf_addc(&w->line, ']');
}

/* On a segment's last line: where the checkpoint has its entry, and with that all before it. */
static void add_inclusion(struct writing *w)
{
    ap_buf_addf(&w->line, ",\"size\":%" PRIu64 ",\"inclusion\":[", w->scope->cover.seal.size);
    for (size_t i = 0; i < w->inclusion.count; i++) {
        ap_buf_adds(&w->line, i == 0 ? "\"" : ",\"");
        ap_buf_add_hex(&w->line, w->inclusion.hashes[i].bytes, AP_HASH_LEN);
        ap_buf_addc(&w->line, '"');
    }
    ap_buf_addc(&w->line, ']');
}

static void format_line(struct writing *w, const struct ap_evidence_entry *is)
{
    const struct ap_stretch_entry *entry = is->entry;

    ap_buf_clear(&w->line);
    ap_buf_addf(&w->line, "{\"seq\":%" PRIu64, entry->record.seq);
    if (entry->record.seq == w->segment->first_seq)
        add_hash_member(&w->line, "prev", entry->prev.bytes);
    ap_buf_addf(&w->line, ",\"recorded_at_us\":%" PRId64, entry->record.recorded_at_us);
    add_hash_member(&w->line, "entry_hash", entry->entry_hash.bytes);
    if (is->purged) {
        add_hash_member(&w->line, "content_hash", entry->record.content_hash);
        ap_buf_adds(&w->line, ",\"purged\":true");
    } else {
        ap_buf_adds(&w->line, ",\"text\":");
        ap_json_string_n(&w->line, entry->text.data, entry->text.len);
        add_disclosed(w, is);
        add_erased(w, entry);
    }
    if (entry->record.seq == w->segment->last_seq)
        add_inclusion(w);
    ap_buf_adds(&w->line, "}\n");
}

static enum ap_status close_file(struct writing *w, struct ap_error *err)
{
    struct ap_member *member = w->member;

    w->member = NULL;
    ap_member_set_rows(member, w->lines);
    return ap_member_close(member, err);
}

/* Files are named by the number of their first entry, so that their order is the chain's. */
static enum ap_status write_line(struct writing *w, uint64_t seq, struct ap_error *err)
{
    char path[64];
    enum ap_status status = ap_buf_check(&w->line, "a line of data/events", err);

    if (status == AP_OK && w->member != NULL && w->lines == LINES_MAX) {
        status = close_file(w, err);
    }
    if (status == AP_OK && w->member == NULL) {
        (void)snprintf(path, sizeof path, "data/events/%020" PRIu64 ".ndjson", seq);
        status = ap_bundle_member(w->bundle, path, &w->member, err);
        w->lines = 0;
    }
    w->lines++;
    return status == AP_OK ? ap_member_write(w->member, w->line.data, w->line.len, err) : status;
}

static int64_t time_of(const struct ap_stretch_entry *entry)
{
    int64_t pg;

    if (entry->row == NULL || !entry->row->has_created_at)
        return entry->record.recorded_at_us;
    pg = entry->row->created_at_pg;
    if (pg == INT64_MIN)
        return AP_TIME_MINUS_INFINITY;
    return pg > INT64_MAX - AP_POSTGRES_EPOCH_US ? AP_TIME_INFINITY : pg + AP_POSTGRES_EPOCH_US;
}

/* Entries come in order, and so do ranges and numbers asked for. */
static bool was_adopted(struct writing *w, uint64_t seq)
{
    const struct ap_evidence *evidence = w->evidence;

    while (w->next_adopted < evidence->adopted_count && evidence->adopted[w->next_adopted].last < seq)
        w->next_adopted++;
    return w->next_adopted < evidence->adopted_count && evidence->adopted[w->next_adopted].first <= seq;
}

static bool was_asked_for(struct writing *w, const struct ap_evidence_entry *is, uint64_t seq)
{
    const struct ap_evidence_options *options = &w->evidence->options;

    if (options->seqs == NULL)
        return !is->purged && is->time_us >= options->from_us && is->time_us < options->to_us;
    while (w->next_asked < options->seq_count && options->seqs[w->next_asked] < seq)
        w->next_asked++;
    return w->next_asked < options->seq_count && options->seqs[w->next_asked] == seq;
}

static void count(struct writing *w, const struct ap_evidence_entry *is)
{
    struct ap_evidence_scope *scope = w->scope;
    int64_t recorded_us = is->entry->record.recorded_at_us;

    scope->entries++;
    scope->purged += is->purged;
    scope->adopted += is->adopted;
    if (!is->asked_for)
        return;
    if (scope->asked_for++ == 0 || is->time_us < scope->first_us)
        scope->first_us = is->time_us;
    if (scope->asked_for == 1 || is->time_us > scope->last_us)
        scope->last_us = is->time_us;
    scope->late += !is->adopted && (recorded_us < scope->from_us || recorded_us >= scope->to_us);
}

static void tell_progress(struct writing *w)
{
    const struct ap_evidence_options *options = &w->evidence->options;
    struct ap_evidence_progress progress = {w->scope->entries, w->expected};
    int64_t now_us;

    if (options->progress == NULL || w->scope->entries % 1024 != 0)
        return;
    now_us = ap_clock_monotonic_us();
    if (now_us - w->told_us < PROGRESS_EVERY_US)
        return;
    w->told_us = now_us;
    options->progress(options->context, &progress);
}

static enum ap_status take(void *context, const struct ap_stretch_entry *entry, struct ap_error *err)
{
    struct writing *w = context;
    const struct ap_evidence_options *options = &w->evidence->options;
    struct ap_evidence_entry is;
    bool disclose[AP_GROUPS];
    enum ap_status status = AP_OK;

    is.entry = entry;
    is.purged = entry->row == NULL;
    is.time_us = time_of(entry);
    is.adopted = was_adopted(w, entry->record.seq);
    is.asked_for = was_asked_for(w, &is, entry->record.seq);
    for (size_t g = 0; g < AP_GROUPS; g++)
        disclose[g] = is.asked_for && !is.purged && !options->withhold[g];
    if (options->disclose != NULL && is.asked_for)
        status = options->disclose(options->choice, &is, disclose, err);
    if (status != AP_OK)
        return status;
    for (size_t g = 0; g < AP_GROUPS; g++)
        is.disclosed[g] = disclose[g] && !is_erased(entry, g);
    count(w, &is);
    status = tally_add(&w->evidence->tally, &is, err);
    if (status != AP_OK)
        return status;
    format_line(w, &is);
    status = write_line(w, entry->record.seq, err);
    for (size_t i = 0; status == AP_OK && i < w->sink_count; i++)
        status = w->sinks[i].fn(w->sinks[i].context, &is, err);
    tell_progress(w);
    return status;
}

static enum ap_status take_finding(void *context, const struct ap_finding *finding, struct ap_error *err)
{
    struct writing *w = context;

    return w->found(w->found_context, finding, err);
}

static enum ap_status read_prev(struct ap_evidence *evidence, uint64_t seq, struct ap_hash *out, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], number[24];
    const char *values[2] = {chain, number};
    struct ap_rows *rows;
    enum ap_status status;

    memset(out, 0, sizeof *out);
    if (seq == 1)
        return AP_OK;
    ap_uuid_format(chain, &evidence->options.chain);
    (void)snprintf(number, sizeof number, "%" PRIu64, seq - 1);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_prev"), 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) != 1 || strlen(ap_rows_str(rows, 0, 0)) != 2 * (size_t)AP_HASH_LEN ||
        !ap_hex_decode(out->bytes, AP_HASH_LEN, ap_rows_str(rows, 0, 0)))
        status = ap_fail(err, AP_ESTATE, "entry %s of chain %s is not in the chain; run auditverify", number, chain);
    ap_rows_free(rows);
    return status;
}

static enum ap_status read_segment(struct writing *w, bool *intact, struct ap_error *err)
{
    struct ap_evidence *evidence = w->evidence;
    struct ap_stretch stretch;
    enum ap_status status;

    memset(&stretch, 0, sizeof stretch);
    stretch.chain = evidence->options.chain;
    stretch.from_seq = w->segment->first_seq;
    stretch.to_seq = w->segment->last_seq;
    stretch.stop = evidence->options.stop;
    stretch.purged = evidence->purged;
    stretch.purged_count = evidence->purged_count;
    status = read_prev(evidence, stretch.from_seq, &stretch.prev, err);
    if (status == AP_OK)
        status = ap_seal_prover_include(evidence->prover, stretch.to_seq, &w->inclusion, err);
    if (status == AP_OK)
        status = ap_stretch_verify(evidence->db, &stretch, take, take_finding, w, intact, err);
    return status;
}

/* The chain and the independent count must tell of the same entries. */
static enum ap_status compare_counts(const struct ap_evidence *evidence, struct ap_error *err)
{
    const struct ap_evidence_scope *scope = &evidence->scope;

    if (evidence->options.seqs == NULL && scope->asked_for != scope->row_count)
        return ap_fail(err, AP_ESTATE,
                       "audit_logs has %" PRIu64 " rows of this period, and the chain %" PRIu64 ": run auditverify",
                       scope->row_count, scope->asked_for);
    return AP_OK;
}

enum ap_status ap_evidence_read(struct ap_evidence *evidence, struct ap_bundle *bundle,
                                const struct ap_evidence_sink *sinks, size_t sink_count, ap_finding_fn *found,
                                void *found_context, bool *intact, struct ap_error *err)
{
    struct ap_evidence_scope *scope = &evidence->scope;
    enum ap_status status;
    struct writing w;

    *intact = true;
    memset(&w, 0, sizeof w);
    w.evidence = evidence;
    w.scope = scope;
    w.bundle = bundle;
    w.sinks = sinks;
    w.sink_count = sink_count;
    w.found = found;
    w.found_context = found_context;
    /* What compresses needs the processors more than the server does; and what is joined shall not go to its disk. */
    status =
        ap_db_exec(evidence->db, "SET LOCAL work_mem = '64MB'; SET LOCAL max_parallel_workers_per_gather = 0", err);
    for (size_t i = 0; i < scope->segment_count; i++)
        w.expected += scope->segments[i].last_seq - scope->segments[i].first_seq + 1;
    for (size_t i = 0; status == AP_OK && *intact && i < scope->segment_count; i++) {
        w.segment = &scope->segments[i];
        status = read_segment(&w, intact, err);
    }
    if (status == AP_OK && w.member != NULL)
        status = close_file(&w, err);
    if (status == AP_OK && *intact)
        status = compare_counts(evidence, err);
    ap_buf_free(&w.line);
    ap_buf_free(&w.text);
    return status;
}
