/* Partitions, groups and the entries of their windows: found by hash, bounded, the least used leaving first. */
#include <stdlib.h>
#include <string.h>

#include "correlate_internal.h"
#include "hash.h"

/* Groups that are looked at to find one whose partition has more than its part. */
enum { LOOKS_MAX = 256 };

static uint64_t partition_hash(const struct ap_correlator *c, const char *name, size_t len)
{
    return name == NULL ? c->seed : hash_bytes(c->seed, name, len);
}

struct corr_partition *corr_partition_find(const struct ap_correlator *c, const char *name, size_t len)
{
    uint64_t hash = partition_hash(c, name, len);
    struct corr_partition *p = c->partitions[hash & (c->partition_buckets - 1)];

    while (p != NULL && (p->hash != hash || p->named != (name != NULL) || p->len != len ||
                         (name != NULL && memcmp(p->name, name, len) != 0)))
        p = p->next_in_bucket;
    return p;
}

/* Twice as many buckets when there is more than one partition a bucket; going on with what there is does no harm. */
static void partitions_grow(struct ap_correlator *c)
{
    size_t buckets = c->partition_buckets * 2;
    struct corr_partition **grown, *p;

    if (c->partition_count <= c->partition_buckets ||
        (grown = calloc(buckets, sizeof(struct corr_partition *))) == NULL)
        return;
    for (p = c->first; p != NULL; p = p->after) {
        p->next_in_bucket = grown[p->hash & (buckets - 1)];
        grown[p->hash & (buckets - 1)] = p;
    }
    free(c->partitions);
    c->partitions = grown;
    c->partition_buckets = buckets;
}

enum ap_status corr_partition_get(struct ap_correlator *c, const char *name, size_t len, struct corr_partition **out,
                                  struct ap_error *err)
{
    struct corr_partition *p = corr_partition_find(c, name, len);
    struct corr_partition **bucket;

    *out = p;
    if (p != NULL)
        return AP_OK;
    p = calloc(1, sizeof *p + len);
    if (p == NULL)
        return ap_fail_memory(err, "a partition of correlation state");
    if (c->closing_count > 0 && (p->queues = calloc(c->closing_count, sizeof *p->queues)) == NULL) {
        free(p);
        return ap_fail_memory(err, "a partition of correlation state");
    }
    p->hash = partition_hash(c, name, len);
    p->newest_us = INT64_MIN;
    p->named = name != NULL;
    p->len = len;
    if (len > 0)
        memcpy(p->name, name, len);
    p->before = c->last;
    if (c->last != NULL)
        c->last->after = p;
    else
        c->first = p;
    c->last = p;
    bucket = &c->partitions[p->hash & (c->partition_buckets - 1)];
    p->next_in_bucket = *bucket;
    *bucket = p;
    c->partition_count++;
    partitions_grow(c);
    *out = p;
    return AP_OK;
}

void corr_partition_drop(struct ap_correlator *c, struct corr_partition *partition)
{
    struct corr_partition **at = &c->partitions[partition->hash & (c->partition_buckets - 1)];

    while (partition->first != NULL)
        corr_group_drop(c, partition->first);
    while (*at != partition)
        at = &(*at)->next_in_bucket;
    *at = partition->next_in_bucket;
    if (partition->before != NULL)
        partition->before->after = partition->after;
    else
        c->first = partition->after;
    if (partition->after != NULL)
        partition->after->before = partition->before;
    else
        c->last = partition->before;
    c->partition_count--;
    free(partition->queues);
    free(partition);
}

static void member_unlink(struct corr_group *group)
{
    struct corr_partition *p = group->partition;

    if (group->before != NULL)
        group->before->after = group->after;
    else
        p->first = group->after;
    if (group->after != NULL)
        group->after->before = group->before;
    else
        p->last = group->before;
    p->group_count--;
}

static void member_append(struct corr_group *group)
{
    struct corr_partition *p = group->partition;

    group->before = p->last;
    group->after = NULL;
    if (p->last != NULL)
        p->last->after = group;
    else
        p->first = group;
    p->last = group;
    p->group_count++;
}

static void age_unlink(struct ap_correlator *c, struct corr_group *group)
{
    if (group->newer != NULL)
        group->newer->older = group->older;
    else
        c->newest = group->older;
    if (group->older != NULL)
        group->older->newer = group->newer;
    else
        c->oldest = group->newer;
    group->newer = group->older = NULL;
}

static void age_touch(struct ap_correlator *c, struct corr_group *group, bool linked)
{
    if (linked) {
        age_unlink(c, group);
        member_unlink(group);
    }
    member_append(group);
    group->older = c->newest;
    if (c->newest != NULL)
        c->newest->newer = group;
    else
        c->oldest = group;
    c->newest = group;
}

void corr_queue_add(struct corr_queue *queue, struct corr_group *group)
{
    struct corr_group *at = queue->last;

    /* Nearly always the last: windows open in the order of time. */
    while (at != NULL && at->opened_us > group->opened_us)
        at = at->sooner;
    group->sooner = at;
    group->later = at == NULL ? queue->first : at->later;
    if (group->later != NULL)
        group->later->sooner = group;
    else
        queue->last = group;
    if (at != NULL)
        at->later = group;
    else
        queue->first = group;
    group->waiting = true;
}

void corr_queue_remove(struct corr_queue *queue, struct corr_group *group)
{
    if (group->sooner != NULL)
        group->sooner->later = group->later;
    else
        queue->first = group->later;
    if (group->later != NULL)
        group->later->sooner = group->sooner;
    else
        queue->last = group->sooner;
    group->sooner = group->later = NULL;
    group->waiting = false;
}

void corr_group_drop(struct ap_correlator *c, struct corr_group *group)
{
    struct corr_group **at = &c->groups[group->hash & (c->group_buckets - 1)];
    struct corr_partition *p = group->partition;

    while (*at != group)
        at = &(*at)->next_in_bucket;
    *at = group->next_in_bucket;
    age_unlink(c, group);
    if (group->waiting)
        corr_queue_remove(&p->queues[c->plans[group->correlation].queue], group);
    member_unlink(group);
    c->stats.held -= group->count;
    p->held -= group->count;
    c->stats.groups--;
    free(group->entries);
    free(group);
}

/*
 * Whether the group still has something to say: otherwise nothing is lost with it. An order that has not begun has not,
 * but to an event that comes late.
 */
static bool is_live(const struct ap_correlator *c, const struct corr_group *group)
{
    const struct corr_plan *plan = &c->plans[group->correlation];
    int64_t span_us = plan->is->span_us;

    if (plan->is->type == AP_TEMPORAL_ORDERED && span_us > c->limits.late_us && !corr_order_waits(c, group))
        span_us = c->limits.late_us;
    return group->waiting || (group->count > 0 && corr_entries(group)[group->count - 1].at_us >
                                                      corr_before(group->partition->newest_us, span_us));
}

/* What a partition takes of what is short: entries or groups. */
static size_t taken(const struct corr_partition *p, bool entries)
{
    return entries ? p->held : p->group_count;
}

/*
 * The group that is to leave; there is one besides `but`. It is the one touched longest ago of whoever has a fair part
 * or more, or a single tenant could drive out the groups of all others; not one that waits for the next event of an
 * order, as long as others are near, for those that wait longest are what it is about.
 */
static struct corr_group *give_way(const struct ap_correlator *c, const struct corr_group *but, bool entries)
{
    size_t part = (entries ? c->stats.held : c->stats.groups) / c->partition_count;
    struct corr_group *group = taken(but->partition, entries) > part ? but->partition->first : c->oldest;

    for (int looks = 0; looks < LOOKS_MAX && group != NULL; looks++) {
        if (taken(group->partition, entries) >= part && !corr_order_waits(c, group))
            break;
        group = group->newer;
    }
    if (group == NULL || group == but || taken(group->partition, entries) < part)
        group = c->oldest;
    return group == but ? group->newer : group;
}

/* Make room; a group's partition leaves with it when it was the last one. */
static void evict(struct ap_correlator *c, const struct corr_group *but, bool entries)
{
    struct corr_group *group = give_way(c, but, entries);
    struct corr_partition *p;

    if (group == NULL)
        return;
    p = group->partition;
    if (is_live(c, group))
        c->stats.evicted_groups++;
    corr_group_drop(c, group);
    if (p->first == NULL && but->partition != p)
        corr_partition_drop(c, p);
}

static void groups_grow(struct ap_correlator *c)
{
    size_t buckets = c->group_buckets * 2;
    struct corr_group **grown, *g;

    if (c->stats.groups <= c->group_buckets || (grown = calloc(buckets, sizeof(struct corr_group *))) == NULL)
        return;
    for (g = c->oldest; g != NULL; g = g->newer) {
        g->next_in_bucket = grown[g->hash & (buckets - 1)];
        grown[g->hash & (buckets - 1)] = g;
    }
    free(c->groups);
    c->groups = grown;
    c->group_buckets = buckets;
}

enum ap_status corr_group_get(struct ap_correlator *c, struct corr_partition *partition, uint32_t correlation,
                              const struct ap_buf *key, struct corr_group **out, struct ap_error *err)
{
    uint64_t hash = hash_mix(hash_bytes(c->seed, ap_buf_str(key), key->len) ^ correlation, partition->hash);
    struct corr_group *g = c->groups[hash & (c->group_buckets - 1)];

    while (g != NULL && (g->hash != hash || g->partition != partition || g->correlation != correlation ||
                         g->key_len != key->len || (key->len > 0 && memcmp(g->key, key->data, key->len) != 0)))
        g = g->next_in_bucket;
    if (g != NULL) {
        age_touch(c, g, true);
        *out = g;
        return AP_OK;
    }
    g = calloc(1, sizeof *g + key->len);
    if (g == NULL)
        return ap_fail_memory(err, "a group of a correlation");
    g->partition = partition;
    g->hash = hash;
    g->correlation = correlation;
    g->key_len = key->len;
    if (key->len > 0)
        memcpy(g->key, key->data, key->len);
    g->next_in_bucket = c->groups[hash & (c->group_buckets - 1)];
    c->groups[hash & (c->group_buckets - 1)] = g;
    age_touch(c, g, false);
    c->stats.groups++;
    while (c->stats.groups > c->limits.groups && c->oldest != g)
        evict(c, g, false);
    groups_grow(c);
    *out = g;
    return AP_OK;
}

void corr_group_shed(struct ap_correlator *c, struct corr_group *group, size_t from_start)
{
    group->start += from_start;
    group->count -= from_start;
    c->stats.held -= from_start;
    group->partition->held -= from_start;
    if (group->count == 0)
        group->start = 0;
}

void corr_group_remove(struct ap_correlator *c, struct corr_group *group, size_t at)
{
    struct corr_entry *entries = corr_entries(group);

    memmove(entries + at, entries + at + 1, (group->count - at - 1) * sizeof *entries);
    group->count--;
    c->stats.held--;
    group->partition->held--;
}

/* Room for one more behind the last. */
static enum ap_status make_room(struct corr_group *group, struct ap_error *err)
{
    struct corr_entry *grown;
    size_t cap;

    if (group->start + group->count < group->cap)
        return AP_OK;
    if (group->start > group->cap / 2) {
        memmove(group->entries, group->entries + group->start, group->count * sizeof *group->entries);
        group->start = 0;
        return AP_OK;
    }
    cap = group->cap == 0 ? 4 : group->cap * 2;
    grown = realloc(group->entries, cap * sizeof *grown);
    if (grown == NULL)
        return ap_fail_memory(err, "a correlation window");
    group->entries = grown;
    group->cap = cap;
    return AP_OK;
}

enum ap_status corr_group_add(struct ap_correlator *c, struct corr_group *group, const struct corr_entry *entry,
                              size_t *at, struct ap_error *err)
{
    struct corr_entry *entries;
    enum ap_status status;
    size_t i;

    if (group->count >= c->plans[group->correlation].keep) {
        corr_group_shed(c, group, 1);
        if (c->plans[group->correlation].lossless)
            c->stats.evicted_events++;
    }
    while (c->stats.held >= c->limits.events && (c->oldest != group || group->newer != NULL)) {
        if (group->partition->group_count > 1 || group->partition->held <= c->stats.held / c->partition_count) {
            evict(c, group, true);
            continue;
        }
        /* Its partition's only one, and more than its part. */
        corr_group_shed(c, group, 1);
        c->stats.evicted_events++;
    }
    status = make_room(group, err);
    if (status != AP_OK)
        return status;
    i = corr_first_after(group, entry->at_us);
    entries = corr_entries(group);
    memmove(entries + i + 1, entries + i, (group->count - i) * sizeof *entries);
    entries[i] = *entry;
    group->count++;
    c->stats.held++;
    group->partition->held++;
    *at = i;
    return AP_OK;
}
