#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay_internal.h"

#define READ_ENTRIES "500"

const char *ap_replay_kind_name(enum ap_replay_kind kind)
{
    static const char *const names[] = {
        [AP_REPLAY_ALTERED] = "altered", [AP_REPLAY_MISSING] = "missing", [AP_REPLAY_ADDED] = "added",
        [AP_REPLAY_DIGEST] = "digest",   [AP_REPLAY_RESULT] = "result",   [AP_REPLAY_UNCLASSIFIED] = "unclassified",
        [AP_REPLAY_OVERLAP] = "overlap", [AP_REPLAY_RULESET] = "ruleset", [AP_REPLAY_ERASED] = "erased",
    };

    return names[kind];
}

enum ap_status replay_report(struct replay *r, const struct told *told, struct ap_replay_difference *d,
                             struct ap_error *err)
{
    memcpy(d->ruleset, r->ruleset, sizeof d->ruleset);
    if (told != NULL) {
        memcpy(d->chain, told->chain, sizeof d->chain);
        memcpy(d->batch, told->log_id, sizeof d->batch);
        d->from = d->from == 0 ? told->from : d->from;
        d->through = d->through == 0 ? told->through : d->through;
    }
    if (d->kind == AP_REPLAY_ERASED)
        r->totals->erased++;
    else
        r->totals->differences++;
    return r->options->fn(r->options->context, d, err);
}

static enum ap_status report_range(struct replay *r, const struct told *told, enum ap_replay_kind kind, uint64_t from,
                                   uint64_t through, const char *what, struct ap_error *err)
{
    struct ap_replay_difference d;

    memset(&d, 0, sizeof d);
    d.kind = kind;
    d.from = from;
    d.through = through;
    (void)snprintf(d.found, sizeof d.found, "%.*s", AP_REPLAY_TEXT_SIZE - 1, what);
    return replay_report(r, told, &d, err);
}

/* One entry of the range. `keep`: it belongs to a batch; else it lies between two. */
static enum ap_status take_entry(struct replay *r, struct sifter *s, const struct ap_rows *rows, size_t row, bool keep,
                                 struct ap_error *err)
{
    const char *seq = ap_rows_str(rows, row, 0), *event = ap_rows_text(rows, row, 3);
    struct ap_classification c;
    enum ap_status status;

    if (event == NULL)
        return AP_OK;
    r->last = strtoull(seq, NULL, 10);
    if (r->entries++ == 0)
        r->first = r->last;
    if (!keep)
        return AP_OK;
    r->totals->entries++;
    status = sifter_entry(s, seq, event, ap_rows_int(rows, row, 4), &c, err);
    if (status == AP_EINPUT)
        return found_add_unreadable(&r->found, r->last, ap_rows_str(rows, row, 1), err);
    if (status == AP_OK)
        status = found_add(&r->found, s->rules, r->last, ap_rows_str(rows, row, 1), &c, err);
    return status;
}

static enum ap_status run_range(struct replay *r, struct sifter *s, uint64_t from, uint64_t through, bool keep,
                                struct ap_error *err)
{
    char after[SEQ_TEXT_SIZE], to[SEQ_TEXT_SIZE];
    const char *values[4] = {s->chain, after, to, READ_ENTRIES};
    enum ap_status status = AP_OK;
    size_t count = 1;

    found_clear(&r->found);
    r->entries = r->first = r->last = 0;
    (void)snprintf(after, sizeof after, "%" PRIu64, from - 1);
    (void)snprintf(to, sizeof to, "%" PRIu64, through);
    while (status == AP_OK && count > 0) {
        struct ap_rows *rows = NULL;

        status = ap_db_query(r->db, ap_sql("queries/classify_entries"), 4, values, &rows, err);
        count = status == AP_OK ? ap_rows_count(rows) : 0;
        for (size_t i = 0; i < count && status == AP_OK; i++)
            status = take_entry(r, s, rows, i, keep, err);
        if (status == AP_OK && count > 0)
            (void)snprintf(after, sizeof after, "%s", ap_rows_str(rows, count - 1, 0));
        ap_rows_free(rows);
    }
    return status;
}

/* Entries, and findings, of a range that no batch covers. Before a chain's first batch there may be entries. */
static enum ap_status replay_gap(struct replay *r, struct sifter *s, const struct told *told, uint64_t from,
                                 uint64_t through, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (from > 1 && from <= through) {
        status = run_range(r, s, from, through, false, err);
        if (status == AP_OK && r->entries > 0 && through >= r->options->from_seq)
            status =
                report_range(r, told, AP_REPLAY_UNCLASSIFIED, r->first, r->last, "no batch covers these entries", err);
    }
    if (status == AP_OK && through >= r->options->from_seq)
        status = replay_stray(r, told, from, through, err);
    return status;
}

/* Behind the last batch of a chain. The position was moved when it is not there, but for what are no entries. */
static enum ap_status replay_end(struct replay *r, struct sifter *s, const struct told *end, uint64_t done,
                                 struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (end->through < done)
        return report_range(r, end, AP_REPLAY_OVERLAP, end->through + 1, done,
                            "the position is before the end of the last batch", err);
    if (done > 0)
        status = replay_gap(r, s, end, done + 1, end->through, err);
    return status == AP_OK ? replay_stray(r, end, done > 0 ? end->through + 1 : 1, INT64_MAX, err) : status;
}

/* The next batch of the chain that the sifter is at; *done is how far it got. */
static enum ap_status replay_batch(struct replay *r, struct sifter *s, const struct told *told, uint64_t *done,
                                   struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool wanted = told->through >= r->options->from_seq;

    if (told->from <= *done) {
        status =
            report_range(r, told, AP_REPLAY_OVERLAP, told->from, *done, "an earlier batch covers these entries", err);
        if (status != AP_OK || told->through <= *done)
            return status;
    } else {
        status = replay_gap(r, s, told, *done + 1, told->from - 1, err);
    }
    if (status == AP_OK)
        status = run_range(r, s, told->from, told->through, true, err);
    *done = told->through;
    if (status != AP_OK || !wanted)
        return status;
    r->totals->findings += r->found.count;
    if (told->log_id[0] != '\0')
        r->totals->batches++;
    else
        r->totals->open_batches++;
    return replay_compare(r, told, err);
}

static void read_told(struct told *t, const struct ap_rows *rows, size_t row)
{
    memset(t, 0, sizeof *t);
    (void)snprintf(t->chain, sizeof t->chain, "%s", ap_rows_str(rows, row, 0));
    (void)snprintf(t->log_id, sizeof t->log_id, "%s", ap_rows_str(rows, row, 1));
    t->from = (uint64_t)ap_rows_int(rows, row, 3);
    t->through = (uint64_t)ap_rows_int(rows, row, 4);
    t->entries = (uint64_t)ap_rows_int(rows, row, 5);
    t->findings = (uint64_t)ap_rows_int(rows, row, 6);
    (void)snprintf(t->digest, sizeof t->digest, "%s", ap_rows_str(rows, row, 7));
    t->erased = ap_rows_bool(rows, row, 8);
}

static bool stopping(const struct replay *r)
{
    return r->options->stopping != NULL && r->options->stopping(r->options->context);
}

/* Batches come sorted by chain and by their first entries, the open one of a chain last. */
static enum ap_status replay_batches(struct replay *r, struct sifter *s, const struct ap_rows *rows,
                                     struct ap_error *err)
{
    enum ap_status status = AP_OK;
    uint64_t done = 0;

    for (size_t i = 0; i < ap_rows_count(rows) && status == AP_OK; i++) {
        struct told told;

        if (stopping(r))
            return ap_fail(err, AP_ECANCELLED, "interrupted");
        read_told(&told, rows, i);
        if (strcmp(told.chain, s->chain) != 0) {
            status = sifter_chain(s, told.chain, NULL, err);
            r->totals->chains += ap_rows_text(rows, i, 3) != NULL ? 1 : 0;
            done = 0;
        }
        if (status == AP_OK && ap_rows_text(rows, i, 3) == NULL)
            status = replay_end(r, s, &told, done, err);
        else if (told.from < 1 || told.through < told.from)
            status = report_range(r, &told, AP_REPLAY_RESULT, told.from, told.through, "no range of entries", err);
        else if (status == AP_OK)
            status = replay_batch(r, s, &told, &done, err);
    }
    return status;
}

static enum ap_status unpack(struct replay *r, const char *packed, struct ap_rules **rules, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_error why;
    char digest[BYTEA_DIGEST_SIZE] = "";
    enum ap_status status = AP_OK;

    *rules = NULL;
    if (packed == NULL)
        return report_range(r, NULL, AP_REPLAY_RULESET, 0, 0, "it is not kept in auditproof.ruleset", err);
    status = classify_bytea_read(&bytes, packed, err);
    if (status == AP_OK) {
        status = ap_rules_unpack(rules, bytes.data, bytes.len, false, &why);
        if (status == AP_OK)
            classify_digest_text(digest, ap_rules_digest(*rules));
        if (status == AP_ENOMEM) {
            *err = why;
        } else if (status != AP_OK) {
            status = report_range(r, NULL, AP_REPLAY_RULESET, 0, 0, why.message, err);
        } else if (strcmp(digest + 2, r->ruleset) != 0) {
            ap_rules_free(*rules);
            *rules = NULL;
            status = report_range(r, NULL, AP_REPLAY_RULESET, 0, 0, "its files have another digest", err);
        }
    }
    ap_buf_free(&bytes);
    return status;
}

/* A position alone is no classification. */
static bool is_used(const struct ap_rows *rows)
{
    for (size_t i = 0; i < ap_rows_count(rows); i++)
        if (ap_rows_text(rows, i, 3) != NULL)
            return true;
    return false;
}

static enum ap_status replay_ruleset(struct replay *r, const char *chain, const char *packed, struct ap_error *err)
{
    const char *values[2] = {r->ruleset, chain};
    struct ap_rows *rows = NULL;
    struct ap_rules *rules = NULL;
    struct sifter s;
    enum ap_status status;

    memset(&s, 0, sizeof s);
    status = ap_db_query(r->db, ap_sql("queries/classify_told"), 2, values, &rows, err);
    if (status == AP_OK && ap_rows_count(rows) > 0) {
        r->totals->rulesets += is_used(rows) ? 1 : 0;
        status = unpack(r, packed, &rules, err);
    }
    if (status == AP_OK && rules != NULL) {
        status = sifter_open(&s, r->db, rules, err);
        if (status == AP_OK)
            status = replay_batches(r, &s, rows, err);
        sifter_close(&s);
    }
    found_free(&r->found); /* borrows from the rules */
    ap_rules_free(rules);
    ap_rows_free(rows);
    return status;
}

static enum ap_status run(struct replay *r, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE];
    const char *only = NULL;
    struct ap_rows *rows = NULL;
    enum ap_status status = classify_prepare(r->db, false, err);

    if (r->options->chain != NULL) {
        ap_uuid_format(chain, r->options->chain);
        only = chain;
    }
    if (status == AP_OK)
        status = ap_db_exec(r->db, ap_sql("queries/classify_snapshot"), err);
    if (status == AP_OK)
        status = ap_db_query(r->db, ap_sql("queries/classify_rulesets"), 1, &only, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        (void)snprintf(r->ruleset, sizeof r->ruleset, "%s", ap_rows_str(rows, i, 0));
        status = replay_ruleset(r, only, ap_rows_text(rows, i, 1), err);
    }
    if (status == AP_OK && r->totals->rulesets == 0 && r->totals->differences == 0)
        status = ap_fail(err, AP_ESTATE,
                         "there is nothing to replay: no entry tells of a classification%s; run auditclassify --follow",
                         only != NULL ? " of this chain" : "");
    ap_rows_free(rows);
    return status;
}

enum ap_status ap_replay_run(struct ap_db *db, const struct ap_replay_options *options, struct ap_replay_totals *totals,
                             struct ap_error *err)
{
    struct replay r;
    enum ap_status status;

    memset(totals, 0, sizeof *totals);
    memset(&r, 0, sizeof r);
    r.db = db;
    r.options = options;
    r.totals = totals;
    status = ap_digest_new(&r.digest, err);
    if (status == AP_OK)
        status = run(&r, err);
    ap_db_rollback(db);
    ap_digest_free(r.digest);
    found_free(&r.found);
    ap_buf_free(&r.lines);
    return status;
}
