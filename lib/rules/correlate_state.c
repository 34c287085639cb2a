/*
 * The state of one partition as bytes, so that what a stream was about to say survives a restart. The same state gives
 * the same bytes. Integers are big-endian:
 *
 *     "APC2" newest_us(8) behind(4) behind_us(8) groups(4), then each group in the order of correlation and key:
 *     correlation(4) flags(1: firing, 2: waiting) opened_us(8) spared(8) key length(4) key entries(4),
 *     then each entry: at_us(8) rule(4) number(8, IEEE 754) digest(16)
 */
#include <stdlib.h>
#include <string.h>

#include "correlate_internal.h"

static const char magic[4] = {'A', 'P', 'C', '2'};
enum { HEAD_LEN = 28, GROUP_LEN = 29, ENTRY_LEN = 36, FIRING = 1, WAITING = 2 };

static int by_key(const void *a, const void *b)
{
    const struct corr_group *x = *(const struct corr_group *const *)a, *y = *(const struct corr_group *const *)b;
    size_t len = x->key_len < y->key_len ? x->key_len : y->key_len;
    int order;

    if (x->correlation != y->correlation)
        return x->correlation < y->correlation ? -1 : 1;
    order = memcmp(x->key, y->key, len);
    return order != 0 ? order : x->key_len < y->key_len ? -1 : x->key_len > y->key_len;
}

bool corr_has_say(const struct ap_correlator *c, const struct corr_group *group)
{
    int64_t gone_us = corr_before(group->partition->newest_us, c->plans[group->correlation].retain_us);

    return group->waiting || (group->count > 0 && corr_entries(group)[group->count - 1].at_us > gone_us);
}

static void save_group(const struct corr_group *group, struct ap_buf *out)
{
    uint8_t bytes[ENTRY_LEN], *at = bytes;
    size_t i;

    ap_put_u32(at, group->correlation);
    at[4] = (uint8_t)((group->firing ? FIRING : 0) | (group->waiting ? WAITING : 0));
    ap_put_u64(at + 5, (uint64_t)group->opened_us);
    ap_put_u64(at + 13, group->spared);
    ap_put_u32(at + 21, (uint32_t)group->key_len);
    ap_put_u32(at + 25, (uint32_t)group->count);
    ap_buf_add(out, bytes, GROUP_LEN);
    ap_buf_add(out, group->key, group->key_len);
    for (i = 0; i < group->count; i++) {
        const struct corr_entry *entry = &corr_entries(group)[i];
        uint64_t number;

        memcpy(&number, &entry->number, sizeof number);
        ap_put_u64(bytes, (uint64_t)entry->at_us);
        ap_put_u32(bytes + 8, entry->pos);
        ap_put_u64(bytes + 12, number);
        memcpy(bytes + 20, entry->digest, sizeof entry->digest);
        ap_buf_add(out, bytes, ENTRY_LEN);
    }
}

enum ap_status ap_correlator_save(const struct ap_correlator *c, const char *partition, size_t len, struct ap_buf *out,
                                  struct ap_error *err)
{
    const struct corr_partition *p = corr_partition_find(c, partition, len);
    const struct corr_group **sorted, *g;
    uint8_t head[HEAD_LEN];
    size_t count = 0, i = 0;

    if (p == NULL)
        return AP_OK;
    for (g = p->first; g != NULL; g = g->after)
        count += corr_has_say(c, g);
    sorted = calloc(count + 1, sizeof(const struct corr_group *));
    if (sorted == NULL)
        return ap_fail_memory(err, "correlation state");
    for (g = p->first; g != NULL; g = g->after)
        if (corr_has_say(c, g))
            sorted[i++] = g;
    qsort(sorted, count, sizeof(const struct corr_group *), by_key);
    memcpy(head, magic, sizeof magic);
    ap_put_u64(head + 4, (uint64_t)p->newest_us);
    ap_put_u32(head + 12, p->behind);
    ap_put_u64(head + 16, (uint64_t)(p->behind > 0 ? p->behind_us : 0));
    ap_put_u32(head + 24, (uint32_t)count);
    ap_buf_add(out, head, sizeof head);
    for (i = 0; i < count; i++)
        save_group(sorted[i], out);
    free(sorted);
    return ap_buf_check(out, "correlation state", err);
}

struct reading {
    const uint8_t *at;
    size_t left;
};

static const uint8_t *take(struct reading *r, size_t len)
{
    const uint8_t *at = r->at;

    if (len > r->left)
        return NULL;
    r->at += len;
    r->left -= len;
    return at;
}

/* As many parts as there are group-by fields, and nothing after them. */
static bool key_is_whole(const struct corr_plan *plan, const uint8_t *key, size_t len)
{
    struct reading r = {key, len};
    size_t i;

    for (i = 0; i < plan->is->group_count; i++) {
        const uint8_t *head = take(&r, 5);

        if (head == NULL || head[0] > 1 || (head[0] == 0 && ap_get_u32(head + 1) != 0) ||
            take(&r, ap_get_u32(head + 1)) == NULL)
            return false;
    }
    return r.left == 0;
}

static enum ap_status broken(struct ap_error *err)
{
    return ap_fail(err, AP_EINPUT,
                   "correlation state is damaged, or is another rule set's; without it, windows start anew");
}

static enum ap_status load_entries(struct ap_correlator *c, struct corr_group *group, struct reading *r, uint32_t count,
                                   struct ap_error *err)
{
    const struct corr_plan *plan = &c->plans[group->correlation];
    int64_t last_us = INT64_MIN;
    uint32_t i;

    if (count > plan->keep || group->count != 0)
        return broken(err);
    for (i = 0; i < count; i++) {
        const uint8_t *bytes = take(r, ENTRY_LEN);
        struct corr_entry entry;
        enum ap_status status;
        uint64_t number;
        size_t at;

        if (bytes == NULL)
            return broken(err);
        entry.at_us = (int64_t)ap_get_u64(bytes);
        entry.pos = ap_get_u32(bytes + 8);
        number = ap_get_u64(bytes + 12);
        memcpy(&entry.number, &number, sizeof number);
        memcpy(entry.digest, bytes + 20, sizeof entry.digest);
        if (entry.at_us < last_us || entry.pos >= plan->is->rule_count)
            return broken(err);
        last_us = entry.at_us;
        status = corr_group_add(c, group, &entry, &at, err);
        if (status != AP_OK)
            return status;
    }
    return AP_OK;
}

static enum ap_status load_group(struct ap_correlator *c, struct corr_partition *p, struct reading *r,
                                 struct ap_error *err)
{
    const uint8_t *head = take(r, GROUP_LEN), *bytes;
    struct ap_buf key = AP_BUF_INIT;
    struct corr_group *group;
    enum ap_status status;
    uint32_t correlation;

    if (head == NULL || (correlation = ap_get_u32(head)) >= c->plan_count || head[4] > (FIRING | WAITING))
        return broken(err);
    bytes = take(r, ap_get_u32(head + 21));
    if (bytes == NULL || !key_is_whole(&c->plans[correlation], bytes, ap_get_u32(head + 21)) ||
        ((head[4] & WAITING) != 0) != c->plans[correlation].closing || ap_get_u32(head + 25) == 0)
        return broken(err);
    ap_buf_add(&key, bytes, ap_get_u32(head + 21));
    status = ap_buf_check(&key, "correlation state", err);
    if (status == AP_OK)
        status = corr_group_get(c, p, correlation, &key, &group, err);
    ap_buf_free(&key);
    if (status != AP_OK)
        return status;
    status = load_entries(c, group, r, ap_get_u32(head + 25), err);
    group->firing = (head[4] & FIRING) != 0;
    group->opened_us = (int64_t)ap_get_u64(head + 5);
    group->spared = ap_get_u64(head + 13);
    if (status == AP_OK && c->plans[correlation].closing)
        corr_queue_add(&p->queues[c->plans[correlation].queue], group);
    return status;
}

enum ap_status ap_correlator_load(struct ap_correlator *c, const char *partition, size_t len, const void *state,
                                  size_t state_len, struct ap_error *err)
{
    struct reading r = {state, state_len};
    const uint8_t *head;
    struct corr_partition *p;
    enum ap_status status;
    uint32_t count, i;

    ap_correlator_forget(c, partition, len);
    if (state_len == 0)
        return AP_OK;
    head = take(&r, HEAD_LEN);
    if (head == NULL || memcmp(head, magic, sizeof magic) != 0)
        return broken(err);
    count = ap_get_u32(head + 24);
    if (ap_get_u32(head + 12) >= CORR_LATE_RUN || count > r.left / GROUP_LEN)
        return broken(err);
    status = corr_partition_get(c, partition, len, &p, err);
    if (status != AP_OK)
        return status;
    p->newest_us = (int64_t)ap_get_u64(head + 4);
    p->behind = ap_get_u32(head + 12);
    p->behind_us = (int64_t)ap_get_u64(head + 16);
    for (i = 0; i < count && status == AP_OK; i++)
        status = load_group(c, p, &r, err);
    if (status == AP_OK && r.left != 0)
        status = broken(err);
    if (status != AP_OK)
        ap_correlator_forget(c, partition, len);
    return status;
}
