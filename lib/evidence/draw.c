#include "auditproof/draw.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/csv_write.h"
#include "auditproof/hmac.h"

enum { ACTION_SIZE = 1024 };

struct ap_draw {
    struct ap_evidence_draw is;
    struct ap_hmac *hmac;           /* owned */
    struct ap_evidence_drawn *heap; /* owned: the highest of the lowest first */
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

static bool is_of_population(const struct ap_evidence_draw *draw, const char *action, size_t len)
{
    char text[ACTION_SIZE];

    if (draw->action_count == 0)
        return true;
    if (action == NULL || len >= sizeof text)
        return false;
    memcpy(text, action, len);
    text[len] = '\0';
    for (size_t i = 0; i < draw->action_count; i++)
        if (fnmatch(draw->actions[i], text, 0) == 0)
            return true;
    return false;
}

enum ap_status ap_draw_new(struct ap_draw **out, const struct ap_evidence_draw *is, struct ap_error *err)
{
    struct ap_draw *draw;
    enum ap_status status;

    *out = NULL;
    if (is->n < 1 || is->n > AP_EVIDENCE_SAMPLE_MAX)
        return ap_fail(err, AP_EINPUT, "a sample has 1 to %d entries", AP_EVIDENCE_SAMPLE_MAX);
    if (is->seed[0] == '\0')
        return ap_fail(err, AP_EINPUT, "a sample is drawn by a seed, and that is empty");
    draw = calloc(1, sizeof *draw);
    if (draw == NULL)
        return ap_fail_memory(err, "a sample");
    draw->is = *is;
    draw->heap = calloc(is->n, sizeof *draw->heap);
    status = draw->heap == NULL ? ap_fail_memory(err, "a sample")
                                : ap_hmac_new(&draw->hmac, is->seed, strlen(is->seed), err);
    if (status != AP_OK)
        ap_draw_free(draw);
    else
        *out = draw;
    return status;
}

void ap_draw_free(struct ap_draw *draw)
{
    if (draw == NULL)
        return;
    ap_hmac_free(draw->hmac);
    free(draw->heap);
    free(draw);
}

enum ap_status ap_draw_take(struct ap_draw *draw, uint64_t seq, const uint8_t entry_hash[AP_HASH_LEN],
                            const char *action, size_t action_len, struct ap_error *err)
{
    struct ap_evidence_drawn is = {.seq = seq};
    enum ap_status status;

    if (!is_of_population(&draw->is, action, action_len))
        return AP_OK;
    draw->population++;
    status = ap_hmac(draw->hmac, entry_hash, AP_HASH_LEN, is.rank, err);
    if (status != AP_OK)
        return status;
    if (draw->count < draw->is.n) {
        draw->heap[draw->count] = is;
        sift_up(draw->heap, draw->count++);
    } else if (compare(&is, &draw->heap[0]) < 0) {
        draw->heap[0] = is;
        sift_down(draw->heap, draw->count);
    }
    return AP_OK;
}

static int by_rank(const void *a, const void *b)
{
    return compare(a, b);
}

const struct ap_evidence_drawn *ap_draw_end(struct ap_draw *draw, size_t *count)
{
    qsort(draw->heap, draw->count, sizeof *draw->heap, by_rank);
    *count = draw->count;
    return draw->heap;
}

uint64_t ap_draw_population(const struct ap_draw *draw)
{
    return draw->population;
}

void ap_draw_csv(struct ap_buf *out, const struct ap_evidence_drawn *drawn, size_t count)
{
    char hex[AP_HASH_TEXT_SIZE];

    memset(hex, 0, sizeof hex);
    ap_csv_put_record(out, (const char *const[]){"rank", "seq", "hmac_sha256", NULL});
    for (size_t i = 0; i < count; i++) {
        ap_hex_encode(hex, drawn[i].rank, AP_HASH_LEN);
        ap_csv_put_int(out, (int64_t)i + 1);
        ap_csv_put_int(out, (int64_t)drawn[i].seq);
        ap_csv_put(out, hex);
        ap_csv_end(out);
    }
}
