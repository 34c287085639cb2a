#include "top.h"

#include <stdlib.h>
#include <string.h>

enum { CHAINS = 2 * TOP_ROOM };

enum ap_status top_init(struct top *top, struct ap_error *err)
{
    memset(top, 0, sizeof *top);
    top->items = calloc(TOP_ROOM, sizeof *top->items);
    top->heads = calloc(CHAINS, sizeof *top->heads);
    top->heap = calloc(TOP_ROOM, sizeof *top->heap);
    return top->items != NULL && top->heads != NULL && top->heap != NULL
               ? AP_OK
               : ap_fail_memory(err, "the most frequent values");
}

void top_free(struct top *top)
{
    free(top->items);
    free(top->heads);
    free(top->heap);
}

size_t top_kept(const struct top_item *item)
{
    return item->len < TOP_TEXT_MAX ? (size_t)item->len : TOP_TEXT_MAX;
}

/* FNV-1a. */
static uint64_t hash_of(uint8_t kind, const char *text, size_t len)
{
    uint64_t hash = (UINT64_C(14695981039346656037) ^ kind) * UINT64_C(1099511628211);

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32;
}

static struct top_item *find(const struct top *top, uint64_t hash, uint8_t kind, const char *text, size_t len)
{
    size_t kept = len < TOP_TEXT_MAX ? len : TOP_TEXT_MAX;

    for (uint16_t i = top->heads[hash % CHAINS]; i != 0; i = top->items[i - 1].next) {
        struct top_item *item = &top->items[i - 1];

        if (item->hash == hash && item->kind == kind && item->len == len && memcmp(item->text, text, kept) == 0)
            return item;
    }
    return NULL;
}

static void put_heap(struct top *top, size_t at, uint16_t item)
{
    top->heap[at] = item;
    top->items[item].at = (uint16_t)at;
}

/* The item at this place has become more. */
static void sink(struct top *top, size_t at)
{
    uint16_t item = top->heap[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child < TOP_ROOM - 1 && top->items[top->heap[child + 1]].count < top->items[top->heap[child]].count)
            child++;
        if (child >= TOP_ROOM || top->items[top->heap[child]].count >= top->items[item].count)
            break;
        put_heap(top, at, top->heap[child]);
        at = child;
    }
    put_heap(top, at, item);
}

static void begin_heap(struct top *top)
{
    top->full = true;
    for (size_t i = 0; i < TOP_ROOM; i++)
        put_heap(top, i, (uint16_t)i);
    for (size_t i = TOP_ROOM / 2; i-- > 0;)
        sink(top, i);
}

static void unlink_item(struct top *top, const struct top_item *item)
{
    uint16_t *link = &top->heads[item->hash % CHAINS];

    while (*link != 0 && &top->items[*link - 1] != item)
        link = &top->items[*link - 1].next;
    if (*link != 0)
        *link = item->next;
}

void top_add(struct top *top, uint8_t kind, const char *text, size_t len)
{
    size_t kept = len < TOP_TEXT_MAX ? len : TOP_TEXT_MAX;
    uint64_t hash = hash_of(kind, text, kept);
    struct top_item *item = find(top, hash, kind, text, len);

    top->total++;
    if (item != NULL) {
        item->count++;
        if (top->full)
            sink(top, item->at);
        return;
    }
    if (top->count < TOP_ROOM) {
        item = &top->items[top->count++];
    } else {
        if (!top->full)
            begin_heap(top);
        item = &top->items[top->heap[0]];
        unlink_item(top, item);
        item->over = item->count;
    }
    item->count++;
    item->len = len;
    item->hash = hash;
    item->kind = kind;
    memcpy(item->text, text, kept);
    item->next = top->heads[hash % CHAINS];
    top->heads[hash % CHAINS] = (uint16_t)(item - top->items + 1);
    if (top->full)
        sink(top, item->at);
}

static int compare(const void *a, const void *b)
{
    const struct top_item *x = *(const struct top_item *const *)a, *y = *(const struct top_item *const *)b;
    size_t kept = top_kept(x) < top_kept(y) ? top_kept(x) : top_kept(y);
    int order;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    order = memcmp(x->text, y->text, kept);
    if (order != 0)
        return order;
    return x->len < y->len ? -1 : x->len > y->len;
}

size_t top_sorted(const struct top *top, const struct top_item **out, size_t max)
{
    const struct top_item *all[TOP_ROOM];

    if (top->count == 0)
        return 0;
    for (size_t i = 0; i < top->count; i++)
        all[i] = &top->items[i];
    qsort(all, top->count, sizeof *all, compare);
    if (max > top->count)
        max = top->count;
    for (size_t i = 0; i < max; i++)
        out[i] = all[i];
    return max;
}
