/*
 * Drawing a sample that anybody can draw again: entries are ranked by HMAC-SHA-256 of their hash, keyed by the seed,
 * and the lowest are taken (audit-bundle(5), SAMPLES). Who wrote an entry cannot know its rank, and who draws cannot
 * choose.
 */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/copy.h"
#include "auditproof/hmac.h"
#include "evidence_internal.h"

enum { POPULATION_COLUMNS = 3, ACTION_SIZE = 1024 };

struct drawing {
    const struct ap_evidence_draw *draw;
    struct ap_hmac *hmac;           /* owned */
    struct ap_evidence_drawn *heap; /* the highest of the lowest first */
    size_t count;
    uint64_t population;
};

static int compare(const struct ap_evidence_drawn *a, const struct ap_evidence_drawn *b)
{
    int order = memcmp(a->rank, b->rank, AP_HASH_LEN);

    return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static void swap(struct ap_evidence_drawn *a, struct ap_evidence_drawn *b)
{
    struct ap_evidence_drawn kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct ap_evidence_drawn *heap, size_t at)
{
    while (at > 0 && compare(&heap[at], &heap[(at - 1) / 2]) > 0) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct ap_evidence_drawn *heap, size_t count)
{
    size_t at = 0, child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && compare(&heap[child + 1], &heap[child]) > 0)
            child++;
        if (compare(&heap[child], &heap[at]) <= 0)
            return;
        swap(&heap[child], &heap[at]);
        at = child;
    }
}

static bool is_of_population(const struct ap_evidence_draw *draw, const struct ap_field *action)
{
    char text[ACTION_SIZE];

    if (draw->action_count == 0)
        return true;
    if (action->data == NULL || action->len >= sizeof text)
        return false;
    memcpy(text, action->data, action->len);
    text[action->len] = '\0';
    for (size_t i = 0; i < draw->action_count; i++)
        if (fnmatch(draw->actions[i], text, 0) == 0)
            return true;
    return false;
}

static enum ap_status take(struct drawing *d, const struct ap_field *fields, struct ap_error *err)
{
    struct ap_evidence_drawn is;
    enum ap_status status;

    if (fields[0].len != 8 || fields[1].len != AP_HASH_LEN || fields[1].data == NULL)
        return ap_fail(err, AP_EIO, "the server sent an entry that this version cannot read");
    if (!is_of_population(d->draw, &fields[2]))
        return AP_OK;
    d->population++;
    is.seq = ap_get_u64(fields[0].data);
    status = ap_hmac(d->hmac, fields[1].data, AP_HASH_LEN, is.rank, err);
    if (status != AP_OK)
        return status;
    if (d->count < d->draw->n) {
        d->heap[d->count] = is;
        sift_up(d->heap, d->count++);
    } else if (compare(&is, &d->heap[0]) < 0) {
        d->heap[0] = is;
        sift_down(d->heap, d->count);
    }
    return AP_OK;
}

static enum ap_status open_copy(const struct ap_evidence *evidence, struct ap_copy **copy, struct ap_error *err)
{
    char chain[AP_UUID_TEXT_SIZE], from[24], to[24], size[24];
    const char *values[4] = {chain, from, to, size};
    struct ap_rows *rows;
    enum ap_status status;

    ap_uuid_format(chain, &evidence->options.chain);
    (void)snprintf(from, sizeof from, "%" PRId64, evidence->options.from_us);
    (void)snprintf(to, sizeof to, "%" PRId64, evidence->options.to_us);
    (void)snprintf(size, sizeof size, "%" PRIu64, evidence->scope.cover.seal.size);
    status = ap_db_query(evidence->db, ap_sql("queries/evidence_population"), 4, values, &rows, err);
    if (status != AP_OK)
        return status;
    status = ap_copy_open(copy, evidence->db, ap_rows_str(rows, 0, 0), POPULATION_COLUMNS, err);
    ap_rows_free(rows);
    return status;
}

static int by_rank(const void *a, const void *b)
{
    return compare(a, b);
}

static int by_seq(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static enum ap_status hand_over(struct ap_evidence *evidence, struct drawing *d, struct ap_error *err)
{
    evidence->seqs = calloc(d->count + 1, sizeof *evidence->seqs);
    if (evidence->seqs == NULL)
        return ap_fail_memory(err, "a sample");
    qsort(d->heap, d->count, sizeof *d->heap, by_rank);
    for (size_t i = 0; i < d->count; i++)
        evidence->seqs[i] = d->heap[i].seq;
    qsort(evidence->seqs, d->count, sizeof *evidence->seqs, by_seq);
    evidence->options.seqs = evidence->seqs;
    evidence->options.seq_count = d->count;
    evidence->scope.drawn = evidence->drawn = d->heap;
    evidence->scope.drawn_count = d->count;
    evidence->scope.population = d->population;
    d->heap = NULL;
    return AP_OK;
}

enum ap_status evidence_draw(struct ap_evidence *evidence, struct ap_error *err)
{
    const struct ap_evidence_draw *draw = evidence->options.draw;
    struct ap_field fields[AP_COPY_MAX_COLUMNS];
    struct drawing d = {draw, NULL, NULL, 0, 0};
    struct ap_copy *copy = NULL;
    enum ap_status status;
    bool more = true;

    if (draw->n < 1 || draw->n > AP_EVIDENCE_SAMPLE_MAX)
        return ap_fail(err, AP_EINPUT, "a sample has 1 to %d entries", AP_EVIDENCE_SAMPLE_MAX);
    d.heap = calloc(draw->n, sizeof *d.heap);
    if (d.heap == NULL)
        return ap_fail_memory(err, "a sample");
    status = ap_hmac_new(&d.hmac, draw->seed, strlen(draw->seed), err);
    if (status == AP_OK)
        status = open_copy(evidence, &copy, err);
    while (status == AP_OK && more) {
        status = ap_copy_next(copy, fields, &more, evidence->options.stop, err);
        if (status == AP_OK && more)
            status = take(&d, fields, err);
    }
    ap_copy_close(copy);
    if (status == AP_OK)
        status = hand_over(evidence, &d, err);
    ap_hmac_free(d.hmac);
    free(d.heap);
    return status;
}
