#include "auditproof/rerun.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "rerun_internal.h"
#include "statement.h"

enum { BATCH = 200, BATCH_BYTES = 1 << 25 };

static const char *const names[AP_RERUN_OUTCOMES] = {"same",      "erased",  "purged", "altered", "gone",
                                                     "rewritten", "omitted", "unseen", "new",     "appeared"};

const char *ap_rerun_outcome_name(enum ap_rerun_outcome outcome)
{
    return names[outcome];
}

bool ap_rerun_is_finding(enum ap_rerun_outcome outcome)
{
    return outcome == AP_RERUN_ALTERED || outcome == AP_RERUN_GONE || outcome == AP_RERUN_REWRITTEN ||
           outcome == AP_RERUN_OMITTED;
}

enum ap_status rerun_tell(struct rerun *rerun, enum ap_rerun_outcome outcome, const struct ap_saved_place *kept,
                          const char *detail, struct ap_error *err)
{
    struct ap_rerun_item item = {outcome, outcome != AP_RERUN_REWRITTEN, kept->id, kept->chain, kept->seq, detail};

    rerun->report->counts[outcome]++;
    if ((outcome == AP_RERUN_SAME && detail[0] == '\0') ||
        (outcome == AP_RERUN_NEW && detail[0] == '\0' && rerun->report->counts[outcome] > AP_RERUN_NEW_MAX))
        return AP_OK;
    return rerun->options->item(rerun->options->context, &item, err);
}

/* --- what was kept */

/* Some entries that were kept, with their lines. */
struct batch {
    struct ap_buf text;
    size_t at[BATCH], len[BATCH];
    size_t first, count; /* of rerun->kept */
};

/* The chains and ids, or the ids alone, of those whose number is in `which`, as parameters. */
static enum ap_status ask(const struct rerun *rerun, const char *name, const struct batch *batch, const bool *which,
                          bool chains, bool binary, struct ap_rows **rows, struct ap_error *err)
{
    struct ap_buf arrays[2] = {AP_BUF_INIT, AP_BUF_INIT};
    struct statement statement;
    const char *values[2];
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    for (size_t i = 0; i < batch->count; i++) {
        const struct ap_saved_place *kept = &rerun->kept[batch->first + i];
        char text[AP_UUID_TEXT_SIZE];

        if (which != NULL && !which[i])
            continue;
        ap_uuid_format(text, &kept->chain);
        statement_array_add(&arrays[0], text, sizeof text - 1);
        ap_uuid_format(text, &kept->id);
        statement_array_add(&arrays[1], text, sizeof text - 1);
    }
    statement_array_end(&arrays[0]);
    statement_array_end(&arrays[1]);
    values[0] = ap_buf_str(&arrays[chains ? 0 : 1]);
    values[1] = ap_buf_str(&arrays[1]);
    status = ap_buf_check(&arrays[0], "what was kept", err);
    if (status == AP_OK)
        status = ap_buf_check(&arrays[1], "what was kept", err);
    statement_add(&statement, name, chains ? 2 : 1, values);
    if (status == AP_OK)
        status = binary ? statement_run_binary(&statement, rerun->db, rows, err)
                        : statement_run(&statement, rerun->db, rows, err);
    statement_free(&statement);
    ap_buf_free(&arrays[0]);
    ap_buf_free(&arrays[1]);
    return status;
}

/* Partitions may have an id more than once: the organization's is the one. */
static const struct ap_query_entry *find_entry(const struct ap_query_page *page, const struct ap_saved_place *kept)
{
    const struct ap_query_entry *found = NULL;

    for (size_t i = 0; i < ap_query_page_count(page); i++) {
        const struct ap_query_entry *entry = ap_query_page_entry(page, i);

        if (!ap_uuid_equal(&entry->row.id, &kept->id))
            continue;
        if (ap_uuid_equal(&entry->chain, &kept->chain))
            return entry;
        found = entry;
    }
    return found;
}

static enum ap_status compare_batch(struct rerun *rerun, const struct batch *batch, const struct ap_query_page *page,
                                    bool *missing, struct ap_error *err)
{
    struct ap_buf why = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < batch->count; i++) {
        const struct ap_saved_place *kept = &rerun->kept[batch->first + i];
        const struct ap_query_entry *entry = find_entry(page, kept);
        enum ap_rerun_outcome outcome;

        missing[i] = entry == NULL;
        if (entry == NULL)
            continue;
        status = kept_compare(&outcome, &why, kept, batch->text.data + batch->at[i], batch->len[i], entry, err);
        if (status == AP_OK)
            status = rerun_tell(rerun, outcome, kept, ap_buf_str(&why), err);
        if (status == AP_OK)
            rerun->report->failed += entry->proof == AP_QUERY_FAILED && !ap_rerun_is_finding(outcome);
    }
    ap_buf_free(&why);
    return status;
}

/* What the chain, which stays, has of an entry whose row is not to be seen. */
struct remains {
    bool chained, purged, same;
};

static enum ap_status tell_gone(struct rerun *rerun, const struct ap_saved_place *kept, const struct remains *remains,
                                struct ap_error *err)
{
    const char *detail = "neither its row nor its place in the chain is there";

    if (remains->purged && remains->same)
        return rerun_tell(rerun, AP_RERUN_PURGED, kept, "", err);
    if (remains->purged)
        detail = "it was purged, and its place in the chain is not what it was";
    else if (rerun->access->row_security)
        return rerun_tell(rerun, AP_RERUN_UNSEEN, kept, "row level security may hide it from this login", err);
    else if (!rerun->access->chain)
        return rerun_tell(rerun, AP_RERUN_UNSEEN, kept,
                          "there is no row, and this login may not read whether it was purged", err);
    else if (remains->chained)
        detail = "its row is gone without a purge";
    return rerun_tell(rerun, AP_RERUN_GONE, kept, detail, err);
}

/* Rows that this login does not see. */
static enum ap_status tell_missing(struct rerun *rerun, const struct batch *batch, const bool *missing,
                                   struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    size_t row = 0, n = 0;
    enum ap_status status = AP_OK;

    if (rerun->access->chain)
        status = ask(rerun, "query_purged", batch, missing, true, true, &rows, err);
    for (size_t i = 0; status == AP_OK && i < batch->count; i++) {
        const struct ap_saved_place *kept = &rerun->kept[batch->first + i];
        struct remains remains = {false, false, false};

        if (!missing[i])
            continue;
        n++;
        for (; rows != NULL && row < ap_rows_count(rows) && ap_get_u64(ap_rows_field(rows, row, 0).data) == n; row++) {
            struct ap_field hash = ap_rows_field(rows, row, 2), covered = ap_rows_field(rows, row, 3);

            remains.chained = true;
            remains.purged = covered.len == 1 && covered.data[0] != 0;
            remains.same =
                kept->seq == 0 || (hash.len == AP_HASH_LEN && memcmp(hash.data, kept->entry_hash, AP_HASH_LEN) == 0);
        }
        status = tell_gone(rerun, kept, &remains, err);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status check_batch(struct rerun *rerun, const struct batch *batch, struct ap_error *err)
{
    struct ap_query_page *page = NULL;
    struct ap_rows *rows = NULL;
    bool missing[BATCH];
    enum ap_status status;

    if (batch->count == 0)
        return AP_OK;
    status = ask(rerun, "query_entries_of", batch, NULL, false, true, &rows, err);
    if (status == AP_OK)
        status = page_of_rows(&page, rerun->db, rerun->access, rows, rerun->access->chain, err);
    if (status == AP_OK)
        status = compare_batch(rerun, batch, page, missing, err);
    if (status == AP_OK)
        status = tell_missing(rerun, batch, missing, err);
    ap_query_page_free(page);
    return status;
}

static enum ap_status keep(struct rerun *rerun, struct batch *batch, const char *line, size_t len, struct ap_error *err)
{
    size_t unused;

    if (rerun->count == AP_SAVED_ENTRIES_MAX)
        return ap_fail(err, AP_EINPUT, "what was kept has more than %d entries", AP_SAVED_ENTRIES_MAX);
    if (rerun->count == rerun->cap) {
        size_t cap = rerun->cap == 0 ? 256 : 2 * rerun->cap;
        struct ap_saved_place *grown = reallocarray(rerun->kept, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "what was kept");
        rerun->kept = grown;
        rerun->cap = cap;
    }
    batch->at[batch->count] = batch->text.len;
    batch->len[batch->count++] = len;
    ap_buf_add(&batch->text, line, len);
    return kept_parse(&rerun->kept[rerun->count++], &unused, line, len, err);
}

static enum ap_status check_kept(struct rerun *rerun, struct ap_error *err)
{
    struct lines lines = {rerun->options->result_fd, AP_BUF_INIT, 0, false};
    struct batch batch;
    const char *line = NULL;
    size_t len = 0;
    enum ap_status status;

    memset(&batch, 0, sizeof batch);
    do {
        status = lines_next(&lines, AP_SAVED_LINE_MAX, &line, &len, err);
        if (status == AP_OK && line != NULL)
            status = keep(rerun, &batch, line, len, err);
        if (status == AP_OK && (line == NULL || batch.count == BATCH || batch.text.len > BATCH_BYTES)) {
            status = ap_buf_check(&batch.text, "what was kept", err);
            if (status == AP_OK)
                status = check_batch(rerun, &batch, err);
            ap_buf_clear(&batch.text);
            batch.first = rerun->count;
            batch.count = 0;
        }
    } while (status == AP_OK && line != NULL);
    ap_buf_free(&lines.text);
    ap_buf_free(&batch.text);
    return status;
}

/* --- the chains where they ended */

static enum ap_status check_head(struct rerun *rerun, const struct kept_head *head, struct ap_error *err)
{
    struct ap_saved_place kept;
    char chain[AP_UUID_TEXT_SIZE + 2], seq[32];
    const char *values[2] = {chain, seq};
    struct ap_rows *rows = NULL;
    struct ap_field hash = {NULL, 0};
    bool same;
    enum ap_status status;

    memset(&kept, 0, sizeof kept);
    kept.chain = head->chain;
    kept.seq = head->seq;
    chain[0] = '{';
    ap_uuid_format(chain + 1, &head->chain);
    chain[AP_UUID_TEXT_SIZE] = '}';
    chain[AP_UUID_TEXT_SIZE + 1] = '\0';
    (void)snprintf(seq, sizeof seq, "{%" PRIu64 "}", head->seq);
    status = ap_db_query_binary(rerun->db, ap_sql("queries/query_heads_at"), 2, values, &rows, err);
    if (status != AP_OK)
        return status;
    if (ap_rows_count(rows) > 0)
        hash = ap_rows_field(rows, 0, 1);
    same = hash.len == AP_HASH_LEN && memcmp(hash.data, head->entry_hash, AP_HASH_LEN) == 0;
    if (!same)
        status = rerun_tell(rerun, AP_RERUN_REWRITTEN, &kept,
                            hash.data == NULL ? "the chain is shorter than it was" : "another entry stands there", err);
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_rerun(struct ap_db *db, const struct ap_query_access *access, const struct ap_rerun_options *options,
                        struct ap_rerun_report *report, struct ap_error *err)
{
    struct rerun rerun = {db, access, options, report, NULL, 0, 0, NULL, 0, 0};
    enum ap_status status;

    memset(report, 0, sizeof *report);
    report->chained = access->chain;
    status = kept_heads(&rerun, err);
    if (status == AP_OK)
        status = check_kept(&rerun, err);
    for (size_t i = 0; status == AP_OK && access->chain && i < rerun.head_count; i++)
        status = check_head(&rerun, &rerun.heads[i], err);
    if (status == AP_OK)
        status = rerun_fitting(&rerun, err);
    free(rerun.kept);
    free(rerun.heads);
    return status;
}
