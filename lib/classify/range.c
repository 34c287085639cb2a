#include "auditproof/range.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "classify_internal.h"

struct range {
    const struct ap_range_options *options;
    struct ap_range_totals *totals;
    struct sifter sifter;
    struct ap_buf scratch;
};

static enum ap_status classify_rows(struct range *r, const struct ap_rows *rows, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < ap_rows_count(rows) && status == AP_OK; i++) {
        const char *chain = ap_rows_str(rows, i, 0);
        struct ap_classification c;

        if (strcmp(chain, r->sifter.chain) != 0)
            status = sifter_chain(&r->sifter, chain, NULL, err);
        if (status == AP_OK)
            status = sifter_entry(&r->sifter, ap_rows_str(rows, i, 1), ap_rows_str(rows, i, 3), ap_rows_int(rows, i, 4),
                                  &c, err);
        r->totals->entries++;
        if (status == AP_EINPUT) {
            r->totals->bad++;
            status = classify_unreadable_line(&r->sifter, ap_rows_str(rows, i, 2), &r->scratch, r->options->found,
                                              r->options->context, err);
        } else if (status == AP_OK) {
            r->totals->matched += c.rule_count + c.correlated_count > 0 ? 1 : 0;
            status = classify_lines(&r->sifter, &c, r->options->min_level, &r->scratch, r->options->found,
                                    r->options->context, err);
        }
    }
    return status;
}

static enum ap_status open_cursor(struct ap_db *db, const struct ap_range_options *o, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], seq[SEQ_TEXT_SIZE], since[AP_TIME_TEXT_SIZE], until[AP_TIME_TEXT_SIZE];
    const char *values[4] = {NULL, NULL, NULL, NULL};

    if (o->chain != NULL) {
        ap_uuid_format(chain, o->chain);
        values[0] = chain;
    }
    if (o->from_seq > 0) {
        (void)snprintf(seq, sizeof seq, "%" PRIu64, o->from_seq);
        values[1] = seq;
    }
    if (o->has_since) {
        ap_time_format(since, o->since_us);
        values[2] = since;
    }
    if (o->has_until) {
        ap_time_format(until, o->until_us);
        values[3] = until;
    }
    return ap_db_query(db, ap_sql("queries/classify_range"), 4, values, NULL, err);
}

static enum ap_status run(struct range *r, struct ap_db *db, struct ap_error *err)
{
    enum ap_status status = classify_prepare(db, false, err);
    bool more = true;

    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("queries/classify_snapshot"), err);
    if (status == AP_OK)
        status = open_cursor(db, r->options, err);
    while (status == AP_OK && more && (r->options->stopping == NULL || !r->options->stopping(r->options->context))) {
        struct ap_rows *rows = NULL;

        status = ap_db_query(db, ap_sql("queries/classify_fetch"), 0, NULL, &rows, err);
        if (status == AP_OK) {
            more = ap_rows_count(rows) > 0;
            status = classify_rows(r, rows, err);
        }
        ap_rows_free(rows);
    }
    return status;
}

enum ap_status ap_range_run(struct ap_db *db, const struct ap_range_options *options, struct ap_range_totals *totals,
                            struct ap_error *err)
{
    struct ap_classifier_stats stats;
    struct range r;
    enum ap_status status;

    memset(totals, 0, sizeof *totals);
    memset(&r, 0, sizeof r);
    r.options = options;
    r.totals = totals;
    status = sifter_open(&r.sifter, db, options->rules, err);
    if (status == AP_OK)
        status = run(&r, db, err);
    ap_db_rollback(db);
    sifter_stats(&r.sifter, &stats);
    totals->late = stats.late;
    totals->limited = stats.regex_limits;
    sifter_close(&r.sifter);
    ap_buf_free(&r.scratch);
    return status;
}
