/* From an event and the rules that it matched to hits, through chains of correlations. */
#include <stdlib.h>
#include <string.h>

#include "correlate_internal.h"

enum { HITS_AT_ONCE = 1024 };

static enum ap_status push_input(struct ap_correlator *c, const struct corr_link *link, size_t hit,
                                 struct ap_error *err)
{
    struct corr_input *input;
    size_t i;

    /* One event counts once, however many of a correlation's rules it matches; which ones, order and togetherness ask.
     */
    if (hit == CORR_NONE && c->plans[link->correlation].is->type != AP_TEMPORAL &&
        c->plans[link->correlation].is->type != AP_TEMPORAL_ORDERED)
        for (i = 0; i < c->input_count; i++)
            if (c->inputs[i].correlation == link->correlation && c->inputs[i].hit == CORR_NONE) {
                if (link->pos < c->inputs[i].pos)
                    c->inputs[i].pos = link->pos;
                return AP_OK;
            }
    if (c->input_count == c->input_cap) {
        size_t cap = c->input_cap == 0 ? 16 : c->input_cap * 2;
        struct corr_input *grown = realloc(c->inputs, cap * sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "correlations of an event");
        c->inputs = grown;
        c->input_cap = cap;
    }
    input = &c->inputs[c->input_count++];
    input->correlation = link->correlation;
    input->pos = link->pos;
    input->hit = hit;
    input->done = false;
    return AP_OK;
}

static enum ap_status push_links(struct ap_correlator *c, size_t rule, size_t hit, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t i;

    for (i = c->link_at[rule]; i < c->link_at[rule + 1] && status == AP_OK; i++)
        status = push_input(c, &c->links[i], hit, err);
    return status;
}

/* A hit, with its group-by values copied to where they last until the next event. */
static enum ap_status push_hit(struct ap_correlator *c, const struct corr_group *group,
                               const struct corr_verdict *verdict, struct ap_error *err)
{
    const struct corr_plan *plan = &c->plans[group->correlation];
    struct ap_correlation_hit *hit;
    struct ap_text *texts;
    const char *at;
    size_t i;

    if (c->hit_count == c->hit_cap) {
        size_t cap = c->hit_cap == 0 ? 16 : c->hit_cap * 2;
        struct corr_hit *grown = realloc(c->hits, cap * sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "correlation hits");
        c->hits = grown;
        c->hit_cap = cap;
    }
    texts = ap_arena_alloc(&c->scratch, plan->is->group_count + 1, sizeof *texts);
    at = ap_arena_copy(&c->scratch, group->key, group->key_len);
    if (texts == NULL || at == NULL)
        return ap_arena_check(&c->scratch, "correlation hits of one event", err);
    for (i = 0; i < plan->is->group_count; i++) {
        texts[i].len = ap_get_u32((const uint8_t *)at + 1);
        texts[i].text = at[0] != 0 ? at + 5 : NULL;
        at += 5 + texts[i].len;
    }
    c->hits[c->hit_count].order = c->hit_count;
    hit = &c->hits[c->hit_count++].is;
    hit->rule = plan->rule;
    hit->first_us = verdict->first_us;
    hit->last_us = verdict->last_us;
    hit->count = verdict->count;
    hit->value = verdict->value;
    hit->group = texts;
    hit->group_count = plan->is->group_count;
    return push_links(c, plan->rule, c->hit_count - 1, err);
}

/* Only the newest entry of a value, or of a rule that is to be met, can make a difference. */
static void forget_older(struct ap_correlator *c, struct corr_group *group, const struct corr_entry *entry)
{
    enum ap_correlation_type type = c->plans[group->correlation].is->type;
    const struct corr_entry *entries = corr_entries(group);
    size_t i;

    if (type != AP_VALUE_COUNT && type != AP_TEMPORAL)
        return;
    for (i = group->count; i-- > 0;)
        if (type == AP_TEMPORAL ? entries[i].pos == entry->pos
                                : memcmp(entries[i].digest, entry->digest, sizeof entry->digest) == 0) {
            corr_group_remove(c, group, i);
            return;
        }
}

/*
 * A sliding window: it hits when the condition comes to hold, and again only after it has ceased to. An event that
 * comes late is looked at in every window that ends between it and the newest.
 */
static enum ap_status slide(struct ap_correlator *c, struct corr_group *group, const struct corr_entry *entry,
                            struct ap_error *err)
{
    const struct corr_plan *plan = &c->plans[group->correlation];
    int64_t span = plan->is->span_us;
    struct corr_verdict verdict;
    enum ap_status status = AP_OK;
    size_t put = 0, at, from, old;

    old = corr_first_after(group, corr_before(group->partition->newest_us, plan->retain_us));
    corr_group_shed(c, group, old);
    if (group->firing) {
        status = corr_decide(c, group, corr_first_after(group, corr_before(entry->at_us, span)),
                             corr_first_after(group, entry->at_us), &verdict, err);
        group->firing = verdict.holds;
    }
    forget_older(c, group, entry);
    if (status == AP_OK)
        status = corr_group_add(c, group, entry, &put, err);
    for (at = put; status == AP_OK && at < group->count; at++) {
        int64_t end_us = corr_entries(group)[at].at_us;

        if (corr_before(end_us, span) >= entry->at_us && end_us != entry->at_us)
            break;
        from = corr_first_after(group, corr_before(end_us, span));
        status = corr_decide(c, group, from, at + 1, &verdict, err);
        if (status == AP_OK && verdict.holds && !group->firing)
            status = push_hit(c, group, &verdict, err);
        group->firing = verdict.holds;
    }
    if (status == AP_OK)
        corr_order_thin(c, group, put);
    return status;
}

/* A window that opens with its first event and is decided when it closes. */
static enum ap_status await_close(struct ap_correlator *c, struct corr_group *group, const struct corr_entry *entry,
                                  struct ap_error *err)
{
    enum ap_status status;
    size_t at;

    forget_older(c, group, entry);
    status = corr_group_add(c, group, entry, &at, err);
    if (status == AP_OK)
        corr_order_thin(c, group, at);
    if (status == AP_OK && !group->waiting) {
        group->opened_us = entry->at_us;
        corr_queue_add(&group->partition->queues[c->plans[group->correlation].queue], group);
    }
    return status;
}

static enum ap_status take_in(struct corr_feeding *f, const struct corr_input *input, struct ap_error *err)
{
    struct ap_correlator *c = f->c;
    const struct corr_plan *plan = &c->plans[input->correlation];
    struct corr_group *group;
    struct corr_entry entry;
    enum ap_status status;
    int64_t late_us = c->limits.late_us > plan->is->span_us ? c->limits.late_us : plan->is->span_us;
    bool usable;

    status = corr_make_entry(f, input, &entry, &usable, err);
    if (status != AP_OK)
        return status;
    if (!usable) {
        c->stats.lacking++;
        return AP_OK;
    }
    if (entry.at_us < corr_before(f->partition->newest_us, late_us)) {
        c->stats.late++;
        return AP_OK;
    }
    c->stats.events++;
    status = corr_find_group(f, input, &group, err);
    if (status != AP_OK)
        return status;
    return plan->closing ? await_close(c, group, &entry, err) : slide(c, group, &entry, err);
}

/* Inputs in the order of correlations, those that hits add on the way too: a correlation comes after what it refers to.
 */
static enum ap_status work_through(struct corr_feeding *f, struct ap_error *err)
{
    struct ap_correlator *c = f->c;
    enum ap_status status = AP_OK;

    while (status == AP_OK) {
        size_t i, best = CORR_NONE;
        struct corr_input input;

        for (i = 0; i < c->input_count; i++)
            if (!c->inputs[i].done && (best == CORR_NONE || c->inputs[i].correlation < c->inputs[best].correlation))
                best = i;
        if (best == CORR_NONE)
            break;
        c->inputs[best].done = true;
        input = c->inputs[best];
        status = take_in(f, &input, err);
    }
    return status;
}

static int by_rule(const void *a, const void *b)
{
    const struct corr_hit *x = a, *y = b;

    if (x->is.rule != y->is.rule)
        return x->is.rule < y->is.rule ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Hands over what was hit, and forgets how it came about. closed: what led to it is that windows ended. */
static enum ap_status report(const struct corr_feeding *f, bool closed, struct ap_error *err)
{
    struct ap_correlator *c = f->c;
    enum ap_status status = AP_OK;
    size_t i;

    if (c->hit_count > 1)
        qsort(c->hits, c->hit_count, sizeof *c->hits, by_rule);
    for (i = 0; i < c->hit_count && status == AP_OK; i++) {
        if (c->list->rules[c->hits[i].is.rule]->reports)
            c->stats.hits++;
        c->hits[i].is.closed = closed;
        status = f->fn(f->context, &c->hits[i].is, err);
    }
    c->hit_count = 0;
    c->input_count = 0;
    ap_arena_reset(&c->scratch);
    return status;
}

/* Windows that end at or before the partition's newest time, or all of them; reported a bounded number at a time. */
static enum ap_status close_windows(struct corr_feeding *f, bool all, struct ap_error *err)
{
    struct ap_correlator *c = f->c;
    enum ap_status status = AP_OK;
    size_t i;

    for (i = 0; i < c->plan_count && f->partition->queues != NULL && status == AP_OK; i++) {
        struct corr_queue *queue = &f->partition->queues[c->plans[i].queue];
        int64_t ended_us = corr_before(f->partition->newest_us, c->plans[i].is->span_us);

        while (c->plans[i].closing && status == AP_OK && queue->first != NULL &&
               (all || queue->first->opened_us <= ended_us)) {
            struct corr_group *group = queue->first;
            struct corr_verdict verdict;

            status = corr_decide(c, group, 0, group->count, &verdict, err);
            if (status == AP_OK && verdict.holds)
                status = push_hit(c, group, &verdict, err);
            corr_group_drop(c, group);
            if (status == AP_OK && c->hit_count > 0)
                status = work_through(f, err);
            if (status == AP_OK && c->hit_count >= HITS_AT_ONCE)
                status = report(f, true, err);
        }
    }
    return status == AP_OK ? report(f, true, err) : status;
}

static bool any_links(const struct ap_correlator *c, const size_t *rules, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (c->link_at[rules[i]] < c->link_at[rules[i] + 1])
            return true;
    return false;
}

/* What the event claims, unless that cannot be; false when there is no time that it could be of. */
static bool event_time(const struct corr_feeding *f, int64_t *out)
{
    const struct ap_correlator *c = f->c;
    const struct ap_event_value *values;
    uint32_t first = ap_event_first(f->event, c->time_field);
    size_t count;
    bool said = false;

    if (first != AP_NO_VALUE) {
        values = ap_event_values(f->event, &count);
        said = ap_event_time(out, &values[first]);
    }
    if (c->has_recorded && (!said || corr_before(*out, c->limits.late_us) > c->recorded_us)) {
        *out = c->recorded_us;
        said = true;
    }
    return said;
}

/*
 * A partition's time goes on with its newest event. One event of a false time far ahead would leave all that follow
 * behind for ever: when several are so without a break, it is they who are believed.
 */
static void tell_time(struct ap_correlator *c, struct corr_partition *p, int64_t at_us)
{
    struct corr_group *group, *next;

    if (at_us >= corr_before(p->newest_us, c->limits.late_us)) {
        p->behind = 0;
        if (at_us > p->newest_us)
            p->newest_us = at_us;
        return;
    }
    if (p->behind == 0 || at_us > p->behind_us)
        p->behind_us = at_us;
    if (++p->behind < CORR_LATE_RUN)
        return;
    /* What was over by the false time is not in saved state, and must not come back where the state was never saved. */
    for (group = p->first; group != NULL; group = next) {
        next = group->after;
        if (!corr_has_say(c, group))
            corr_group_drop(c, group);
    }
    p->newest_us = p->behind_us;
    p->behind = 0;
}

/* The event's partition; NULL when nothing is kept for it and nothing needs to be. */
static enum ap_status find_partition(struct corr_feeding *f, bool linked, struct ap_error *err)
{
    struct corr_source partition = {f->c->partition_field, AP_NO_VALUE, AP_NO_VALUE};
    struct corr_input itself = {0, 0, CORR_NONE, false};
    struct ap_text name = {NULL, 0};

    if (f->c->has_partition_field)
        name = corr_text(f, &itself, &partition, 0);
    if (!linked) {
        f->partition = corr_partition_find(f->c, name.text, name.len);
        return AP_OK;
    }
    return corr_partition_get(f->c, name.text, name.len, &f->partition, err);
}

enum ap_status ap_correlator_feed(struct ap_correlator *c, const struct ap_event *event, const size_t *rules,
                                  size_t count, ap_correlation_fn *fn, void *context, struct ap_error *err)
{
    struct corr_feeding f = {c, event, NULL, 0, fn, context};
    enum ap_status status;
    bool linked;
    size_t i;

    if (c->plan_count == 0)
        return AP_OK;
    linked = any_links(c, rules, count);
    if (!linked && c->closing_count == 0)
        return AP_OK;
    if (!event_time(&f, &f.at_us)) {
        c->stats.lacking += linked;
        return AP_OK;
    }
    status = find_partition(&f, linked, err);
    if (status != AP_OK || f.partition == NULL)
        return status;
    tell_time(c, f.partition, f.at_us);
    status = close_windows(&f, false, err);
    for (i = 0; i < count && status == AP_OK; i++)
        status = push_links(c, rules[i], CORR_NONE, err);
    if (status == AP_OK)
        status = work_through(&f, err);
    if (status == AP_OK)
        status = report(&f, false, err);
    /* Its time is kept, as saved state keeps it, while partitions are few. */
    if (f.partition->first == NULL && c->partition_count > c->limits.groups)
        corr_partition_drop(c, f.partition);
    c->hit_count = c->input_count = 0;
    return status;
}

enum ap_status ap_correlator_end(struct ap_correlator *c, ap_correlation_fn *fn, void *context, struct ap_error *err)
{
    struct corr_feeding f = {c, NULL, NULL, 0, fn, context};
    struct corr_partition *next;
    enum ap_status status = AP_OK;

    for (f.partition = c->first; f.partition != NULL && status == AP_OK; f.partition = next) {
        status = close_windows(&f, true, err);
        next = f.partition->after;
        if (f.partition->first == NULL)
            corr_partition_drop(c, f.partition);
    }
    return status;
}
