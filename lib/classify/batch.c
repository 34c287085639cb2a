#include "batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entries read and recorded at once: few enough that no reader of the rows waits, or fills much memory. */
#define READ_ENTRIES "500"
enum { MANY_ENTRIES = 400 };

static const char *start_name(enum ap_follow_start start)
{
    return start == AP_FOLLOW_FIRST ? "first" : "furthest";
}

enum ap_status batch_open(struct batch *b, struct ap_db *db, const struct ap_follow_options *options,
                          struct ap_follow_totals *totals, struct ap_error *err)
{
    memset(b, 0, sizeof *b);
    b->db = db;
    b->options = options;
    b->totals = totals;
    b->start = start_name(options->start);
    classify_digest_text(b->ruleset, ap_rules_digest(options->rules));
    (void)snprintf(b->most_entries, sizeof b->most_entries, "%" PRIu64,
                   options->batch_entries < INT64_MAX ? options->batch_entries : (uint64_t)INT64_MAX);
    (void)snprintf(b->most_age, sizeof b->most_age, "%" PRId64 " microseconds", options->batch_age_us);
    return sifter_open(&b->sifter, db, options->rules, err);
}

void batch_close(struct batch *b)
{
    sifter_close(&b->sifter);
    found_free(&b->found);
    ap_buf_free(&b->lines);
    ap_buf_free(&b->scratch);
    ap_buf_free(&b->json);
    ap_buf_free(&b->state);
    free(b->line);
    memset(b, 0, sizeof *b);
}

static enum ap_status keep_line(void *context, enum ap_level level, const char *line, size_t len, struct ap_error *err)
{
    struct batch *b = context;

    if (b->line_count == b->line_cap) {
        size_t cap = b->line_cap > 0 ? 2 * b->line_cap : 64;
        struct batch_line *grown = realloc(b->line, cap * sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "lines to print");
        b->line = grown;
        b->line_cap = cap;
    }
    b->line[b->line_count++] = (struct batch_line){level, b->lines.len, len};
    ap_buf_add(&b->lines, line, len);
    return ap_buf_check(&b->lines, "lines to print", err);
}

static void clear(struct batch *b)
{
    found_clear(&b->found);
    ap_buf_clear(&b->lines);
    b->line_count = 0;
    b->classified = b->gone = b->bad = 0;
}

static enum ap_status classify_one(struct batch *b, const struct ap_rows *rows, size_t row, struct ap_error *err)
{
    const char *seq = ap_rows_str(rows, row, 0), *log_id = ap_rows_str(rows, row, 1),
               *event = ap_rows_text(rows, row, 3);
    struct ap_classification c;
    enum ap_status status;

    b->through = strtoull(seq, NULL, 10);
    if (event == NULL) {
        b->gone += strcmp(ap_rows_str(rows, row, 2), "gone") == 0 ? 1 : 0;
        return AP_OK;
    }
    b->classified++;
    status = sifter_entry(&b->sifter, seq, event, ap_rows_int(rows, row, 4), &c, err);
    if (status == AP_EINPUT) {
        b->bad++;
        status = found_add_unreadable(&b->found, b->through, log_id, err);
        if (status == AP_OK && b->options->found != NULL && UNREADABLE_LEVEL >= b->options->min_level)
            status = classify_unreadable_line(&b->sifter, log_id, &b->scratch, keep_line, b, err);
        return status;
    }
    if (status == AP_OK)
        status = found_add(&b->found, b->options->rules, b->through, log_id, &c, err);
    if (status == AP_OK && b->options->found != NULL)
        status = classify_lines(&b->sifter, &c, b->options->min_level, &b->scratch, keep_line, b, err);
    return status;
}

static enum ap_status record(struct batch *b, bool *told, struct ap_error *err)
{
    char from[SEQ_TEXT_SIZE], through[SEQ_TEXT_SIZE], entries[SEQ_TEXT_SIZE];
    const char *values[9] = {b->chain, b->ruleset, from, through, entries, NULL, NULL, b->most_entries, b->most_age};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    (void)snprintf(from, sizeof from, "%" PRIu64, b->from);
    (void)snprintf(through, sizeof through, "%" PRIu64, b->through);
    (void)snprintf(entries, sizeof entries, "%" PRIu64, b->classified);
    ap_buf_clear(&b->state);
    ap_buf_clear(&b->json);
    found_write(&b->found, &b->json);
    status = ap_buf_check(&b->json, "findings", err);
    if (status == AP_OK)
        status = sifter_state(&b->sifter, &b->state, err);
    if (status != AP_OK)
        return status;
    values[5] = b->state.len > 0 ? b->state.data : NULL;
    values[6] = b->json.data;
    status = ap_db_query(b->db, ap_sql("queries/classify_record"), 9, values, &rows, err);
    if (status == AP_OK)
        *told = ap_rows_bool(rows, 0, 0);
    ap_rows_free(rows);
    return status;
}

static enum ap_status tell(struct batch *b, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < b->line_count && status == AP_OK; i++)
        status = b->options->found(b->options->context, b->line[i].level, b->lines.data + b->line[i].start,
                                   b->line[i].len, err);
    return status;
}

static enum ap_status claimed(struct batch *b, const struct ap_rows *claim, bool *moved, struct ap_error *err)
{
    const char *seq = ap_rows_str(claim, 0, 0);
    const char *values[4] = {b->chain, seq, "9223372036854775807", READ_ENTRIES};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(b->db, ap_sql("queries/classify_entries"), 4, values, &rows, err);
    bool told = false;
    size_t count;

    clear(b);
    b->from = strtoull(seq, NULL, 10) + 1;
    count = status == AP_OK ? ap_rows_count(rows) : 0;
    b->full = count > MANY_ENTRIES;
    if (count > 0)
        status = sifter_chain(&b->sifter, b->chain, ap_rows_text(claim, 0, 1), err);
    for (size_t i = 0; i < count && status == AP_OK; i++)
        status = classify_one(b, rows, i, err);
    ap_rows_free(rows);
    if (status == AP_OK && count > 0)
        status = record(b, &told, err);
    /* Also without entries: the claim may have made the position. */
    if (status == AP_OK)
        status = ap_db_exec(b->db, "COMMIT", err);
    if (status != AP_OK || count == 0)
        return status;
    *moved = true;
    b->totals->entries += b->classified;
    b->totals->findings += b->found.count;
    b->totals->gone += b->gone;
    b->totals->bad += b->bad;
    b->totals->told += told ? 1 : 0;
    return tell(b, err);
}

enum ap_status batch_run(struct batch *b, const char *chain, bool *moved, struct ap_error *err)
{
    const char *values[3] = {b->chain, b->ruleset, b->start};
    struct ap_rows *claim = NULL;
    enum ap_status status;

    (void)snprintf(b->chain, sizeof b->chain, "%s", chain);
    status = ap_db_exec(b->db, ap_sql("queries/classify_begin"), err);
    if (status == AP_OK)
        status = ap_db_query(b->db, ap_sql("queries/classify_claim"), 3, values, &claim, err);
    if (status == AP_OK && ap_rows_count(claim) == 0)
        status = ap_db_exec(b->db, "ROLLBACK", err);
    else if (status == AP_OK)
        status = claimed(b, claim, moved, err);
    ap_rows_free(claim);
    return status;
}

enum ap_status batch_begin_now(struct batch *b, const char *only, struct ap_error *err)
{
    const char *due[4] = {b->ruleset, "now", "2147483647", only};
    struct ap_rows *rows = NULL;
    enum ap_status status = ap_db_query(b->db, ap_sql("queries/classify_due"), 4, due, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *values[3] = {ap_rows_str(rows, i, 0), b->ruleset, "now"};

        status = ap_db_query(b->db, ap_sql("queries/classify_claim"), 3, values, NULL, err);
    }
    ap_rows_free(rows);
    return status;
}
