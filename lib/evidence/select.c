/* Which entries: the segments of the chain that hold them, and an independent count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence_internal.h"

/* As text, for parameters. */
struct bounds {
    char chain[AP_UUID_TEXT_SIZE], from[24], to[24], size[24], first[24], last[24];
};

static void put_bounds(struct bounds *b, const struct ap_evidence *evidence)
{
    ap_uuid_format(b->chain, &evidence->options.chain);
    (void)snprintf(b->from, sizeof b->from, "%" PRId64, evidence->options.from_us);
    (void)snprintf(b->to, sizeof b->to, "%" PRId64, evidence->options.to_us);
    (void)snprintf(b->size, sizeof b->size, "%" PRIu64, evidence->scope.cover.seal.size);
}

/* Segments are added in order: one that touches the last becomes part of it. */
static enum ap_status add(struct ap_evidence *evidence, uint64_t first, uint64_t last, struct ap_error *err)
{
    struct ap_evidence_segment *grown, *end;
    size_t count = evidence->scope.segment_count;

    end = count > 0 ? &evidence->segments[count - 1] : NULL;
    if (end != NULL && first <= end->last_seq + 1) {
        if (last > end->last_seq)
            end->last_seq = last;
        return AP_OK;
    }
    if (count == evidence->segment_cap) {
        size_t cap = count == 0 ? 64 : 2 * count;

        grown = reallocarray(evidence->segments, cap, sizeof *grown);
        if (grown == NULL)
            return ap_fail_memory(err, "the segments of a selection");
        evidence->segments = grown;
        evidence->segment_cap = cap;
    }
    evidence->segments[count] = (struct ap_evidence_segment){first, last};
    evidence->scope.segment_count = count + 1;
    evidence->scope.segments = evidence->segments;
    return AP_OK;
}

/* Nothing was recorded in the period, which the entries next to it show: the last before it, and the one after that. */
static enum ap_status find_around(struct ap_evidence *evidence, uint64_t *first, uint64_t *last, struct ap_error *err)
{
    uint64_t size = evidence->scope.cover.seal.size;
    struct bounds b;
    const char *values[3] = {b.chain, b.from, b.size};
    struct ap_rows *rows;
    enum ap_status status;

    put_bounds(&b, evidence);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_before"), 3, values, &rows, err);
    if (status != AP_OK)
        return status;
    *first = (uint64_t)ap_rows_int(rows, 0, 0);
    ap_rows_free(rows);
    *last = *first < size ? *first + 1 : size;
    if (*first == 0)
        *first = 1;
    return AP_OK;
}

/*
 * What was recorded in the period is one run, since a chain's times do not go back; one entry before it and one after
 * it show that nothing was cut off at its ends.
 */
static enum ap_status find_recorded(struct ap_evidence *evidence, uint64_t *first, uint64_t *last, struct ap_error *err)
{
    struct bounds b;
    const char *values[4] = {b.chain, b.from, b.to, b.size};
    struct ap_rows *rows;
    enum ap_status status;

    put_bounds(&b, evidence);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_recorded"), 4, values, &rows, err);
    if (status != AP_OK)
        return status;
    *first = (uint64_t)ap_rows_int(rows, 0, 0);
    *last = (uint64_t)ap_rows_int(rows, 0, 1);
    evidence->scope.unsealed = (uint64_t)ap_rows_int(rows, 0, 2);
    ap_rows_free(rows);
    if (*first == 0)
        return find_around(evidence, first, last, err);
    if (*first > 1)
        --*first;
    if (*last < evidence->scope.cover.seal.size)
        ++*last;
    return AP_OK;
}

/* Entries that claim to be of the period and were recorded before or after it, with that run in its place. */
static enum ap_status add_created(struct ap_evidence *evidence, uint64_t first, uint64_t last, struct ap_error *err)
{
    struct bounds b;
    const char *values[6] = {b.chain, b.from, b.to, b.size, b.first, b.last};
    struct ap_rows *rows;
    enum ap_status status;
    bool added = false;

    put_bounds(&b, evidence);
    (void)snprintf(b.first, sizeof b.first, "%" PRIu64, first);
    (void)snprintf(b.last, sizeof b.last, "%" PRIu64, last);
    status = ap_reading_query(&evidence->reading, "queries/evidence_created", 6, values, &rows, err);
    if (status != AP_OK)
        return status;
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        uint64_t from = (uint64_t)ap_rows_int(rows, i, 0);

        if (!added && from > first) {
            status = add(evidence, first, last, err);
            added = true;
        }
        if (status == AP_OK)
            status = add(evidence, from, (uint64_t)ap_rows_int(rows, i, 1), err);
    }
    if (status == AP_OK && !added)
        status = add(evidence, first, last, err);
    ap_rows_free(rows);
    return status;
}

/* Counted from the rows and not from the chain. */
static enum ap_status count_rows(struct ap_evidence *evidence, struct ap_error *err)
{
    struct ap_evidence_scope *scope = &evidence->scope;
    struct bounds b;
    const char *values[4] = {b.chain, b.from, b.to, b.size};
    struct ap_rows *rows;
    enum ap_status status;
    uint64_t unsealed;

    put_bounds(&b, evidence);
    status = ap_reading_query(&evidence->reading, "queries/evidence_count", 4, values, &rows, err);
    if (status != AP_OK)
        return status;
    unsealed = (uint64_t)ap_rows_int(rows, 0, 1);
    scope->unchained = (uint64_t)ap_rows_int(rows, 0, 2);
    scope->row_count = (uint64_t)ap_rows_int(rows, 0, 0) - unsealed - scope->unchained;
    ap_rows_free(rows);
    /* Of those that were recorded in the period and those that claim to be of it, whichever are more. */
    if (unsealed > scope->unsealed)
        scope->unsealed = unsealed;
    if (scope->unchained > 0)
        return ap_fail(err, AP_ESTATE,
                       "%" PRIu64 " rows of chain %s in this period are in no chain, so that nothing proves them;"
                       " run auditverify",
                       scope->unchained, b.chain);
    if (scope->unsealed > 0 && !evidence->options.allow_incomplete)
        return ap_fail(err, AP_ESTATE,
                       "%" PRIu64 " entries of chain %s in this period are covered by no checkpoint yet: run"
                       " auditseal seal, or seal first (--seal)",
                       scope->unsealed, b.chain);
    return AP_OK;
}

static enum ap_status select_period(struct ap_evidence *evidence, struct ap_error *err)
{
    uint64_t first = 0, last = 0;
    enum ap_status status = find_recorded(evidence, &first, &last, err);

    if (status == AP_OK)
        status = add_created(evidence, first, last, err);
    return status == AP_OK ? count_rows(evidence, err) : status;
}

static enum ap_status select_seqs(struct ap_evidence *evidence, struct ap_error *err)
{
    const struct ap_evidence_options *options = &evidence->options;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < options->seq_count; i++) {
        if (options->seqs[i] == 0 || (i > 0 && options->seqs[i] <= options->seqs[i - 1]))
            status = ap_fail(err, AP_EINTERNAL, "entries are asked for out of order");
        else if (options->seqs[i] <= evidence->scope.cover.seal.size)
            status = add(evidence, options->seqs[i], options->seqs[i], err);
        else
            evidence->scope.unsealed++;
    }
    if (status == AP_OK && evidence->scope.unsealed > 0 && !options->allow_incomplete)
        status =
            ap_fail(err, AP_ESTATE,
                    "%" PRIu64 " of the entries are covered by no checkpoint yet: run auditseal seal, or seal first"
                    " (--seal)",
                    evidence->scope.unsealed);
    return status;
}

enum ap_status evidence_select(struct ap_evidence *evidence, struct ap_error *err)
{
    return evidence->options.seqs != NULL ? select_seqs(evidence, err) : select_period(evidence, err);
}
