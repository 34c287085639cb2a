#include "correlate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "correlate_internal.h"

enum { DEFAULT_GROUPS = 100000, DEFAULT_EVENTS = 1000000, BUCKETS = 256, SCRATCH_MAX = 64 << 20 };
#define DEFAULT_LATE_US (INT64_C(600) * 1000000)

/* A number of entries that answers every bound: twice what the largest asks for. */
static size_t entries_to_answer(const struct ap_correlation *is)
{
    double most = is->type == AP_TEMPORAL ? (double)is->rule_count : 0;
    size_t i;

    for (i = 0; i < is->bound_count; i++)
        most = fmax(most, is->bounds[i].number);
    return most >= CORR_GROUP_MAX / 2 ? CORR_GROUP_MAX : (size_t)fmax((double)CORR_GROUP_FLOOR, ceil(most) * 2 + 2);
}

static bool is_closing(const struct ap_correlation *is)
{
    size_t i;

    for (i = 0; i < is->bound_count; i++)
        if (is->bounds[i].compare != AP_COMPARE_GTE && is->bounds[i].compare != AP_COMPARE_GT)
            return true;
    return false;
}

/* Which group-by value of a correlation is called so, or AP_NO_VALUE. */
static uint32_t group_named(const struct ap_correlation *is, const struct ap_text *name)
{
    size_t i;

    for (i = 0; i < is->group_count; i++)
        if (is->group[i].name.len == name->len && memcmp(is->group[i].name.text, name->text, name->len) == 0)
            return (uint32_t)i;
    return AP_NO_VALUE;
}

/* How many fields besides its first one a field of a correlation has, over all rules. */
static size_t count_others(const struct ap_correlation *is, const struct ap_group_field *wanted)
{
    size_t pos, n, total = 0;

    for (pos = 0; wanted->others != NULL && pos < is->rule_count; pos++)
        for (n = 0; wanted->others[pos] != NULL && wanted->others[pos][n].text != NULL; n++)
            total++;
    return total;
}

/* One field of an event rule, and those that are asked after it, which are put from *free_at on. */
static enum ap_status add_sources(struct corr_source *list, size_t at, const struct ap_group_field *wanted, size_t pos,
                                  size_t *free_at, struct ap_fields *fields, struct ap_error *err)
{
    const struct ap_text *other = wanted->others == NULL ? NULL : wanted->others[pos];
    enum ap_status status = ap_fields_add(fields, wanted->field[pos].text, wanted->field[pos].len, &list[at].id, err);

    for (; status == AP_OK && other != NULL && other->text != NULL; other++) {
        list[at].next = (uint32_t)*free_at;
        at = (*free_at)++;
        list[at].from = list[at].next = AP_NO_VALUE;
        status = ap_fields_add(fields, other->text, other->len, &list[at].id, err);
    }
    return status;
}

/* For each field and rule: where its value comes from, an event's field or a hit's group-by value. */
static enum ap_status resolve(const struct ap_rule_list *list, const struct ap_correlation *is,
                              const struct ap_group_field *wanted, size_t count, struct ap_fields *fields,
                              struct corr_source **out, struct ap_error *err)
{
    size_t i, pos, n = count * is->rule_count, total = n;
    enum ap_status status;

    for (i = 0; i < count; i++)
        total += count_others(is, &wanted[i]);
    *out = calloc(total + 1, sizeof **out);
    if (*out == NULL)
        return ap_fail_memory(err, "a correlation");
    for (i = 0; i < count; i++)
        for (pos = 0; pos < is->rule_count; pos++) {
            const struct ap_rule *rule = list->rules[is->rules[pos]];
            struct corr_source *source = &(*out)[i * is->rule_count + pos];

            source->id = source->from = source->next = AP_NO_VALUE;
            if (rule->kind == AP_RULE_CORRELATION) {
                source->from = group_named(rule->correlation, &wanted[i].field[pos]);
                continue;
            }
            status = add_sources(*out, i * is->rule_count + pos, &wanted[i], pos, &n, fields, err);
            if (status != AP_OK)
                return status;
        }
    return AP_OK;
}

static enum ap_status plan_one(struct ap_correlator *c, size_t rule, struct ap_fields *fields, struct ap_error *err)
{
    struct corr_plan *plan = &c->plans[c->plan_count++];
    const struct ap_correlation *is = c->list->rules[rule]->correlation;
    int64_t late = c->limits.late_us > is->span_us ? c->limits.late_us : is->span_us;
    enum ap_status status;

    plan->rule = rule;
    plan->is = is;
    plan->closing = is_closing(is);
    plan->queue = plan->closing ? c->closing_count++ : 0;
    plan->lossless = is->type != AP_EVENT_COUNT && is->type != AP_VALUE_COUNT && is->type != AP_TEMPORAL;
    plan->keep = plan->lossless ? CORR_GROUP_MAX : entries_to_answer(is);
    plan->retain_us = late > INT64_MAX - is->span_us ? INT64_MAX : late + is->span_us;
    status = resolve(c->list, is, is->group, is->group_count, fields, &plan->group, err);
    if (status == AP_OK)
        status = resolve(c->list, is, is->values, is->value_count, fields, &plan->values, err);
    return status;
}

/* Correlations that others refer to come first, so that one pass serves chains of them. */
static enum ap_status plan_all(struct ap_correlator *c, struct ap_fields *fields, struct ap_error *err)
{
    uint32_t depth, deepest = 0;
    size_t i, count = 0;

    for (i = 0; i < c->list->count; i++)
        if (c->list->rules[i]->kind == AP_RULE_CORRELATION && c->list->rules[i]->applies) {
            count++;
            if (c->list->rules[i]->correlation->depth > deepest)
                deepest = c->list->rules[i]->correlation->depth;
        }
    c->plans = calloc(count + 1, sizeof *c->plans);
    if (c->plans == NULL)
        return ap_fail_memory(err, "correlations");
    for (depth = 0; depth <= deepest; depth++)
        for (i = 0; i < c->list->count; i++) {
            const struct ap_rule *rule = c->list->rules[i];
            enum ap_status status;

            if (rule->kind != AP_RULE_CORRELATION || !rule->applies || rule->correlation->depth != depth)
                continue;
            status = plan_one(c, i, fields, err);
            if (status != AP_OK)
                return status;
        }
    return AP_OK;
}

static enum ap_status link_rules(struct ap_correlator *c, struct ap_error *err)
{
    size_t i, pos, total = 0;

    c->link_at = calloc(c->list->count + 2, sizeof *c->link_at);
    if (c->link_at == NULL)
        return ap_fail_memory(err, "correlations");
    for (i = 0; i < c->plan_count; i++)
        for (pos = 0; pos < c->plans[i].is->rule_count; pos++, total++)
            c->link_at[c->plans[i].is->rules[pos] + 2]++;
    for (i = 2; i < c->list->count + 2; i++)
        c->link_at[i] += c->link_at[i - 1];
    c->links = calloc(total + 1, sizeof *c->links);
    if (c->links == NULL)
        return ap_fail_memory(err, "correlations");
    /* link_at[r + 1] runs from the start of r's links to their end, where it belongs. */
    for (i = 0; i < c->plan_count; i++)
        for (pos = 0; pos < c->plans[i].is->rule_count; pos++) {
            struct corr_link *link = &c->links[c->link_at[c->plans[i].is->rules[pos] + 1]++];

            link->correlation = (uint32_t)i;
            link->pos = (uint32_t)pos;
        }
    return AP_OK;
}

static enum ap_status prepare(struct ap_correlator *c, struct ap_fields *fields, struct ap_error *err)
{
    const struct ap_event_profile *profile = &c->list->profile;
    enum ap_status status = ap_random(&c->seed, sizeof c->seed, err);

    c->group_buckets = c->partition_buckets = BUCKETS;
    c->groups = calloc(BUCKETS, sizeof(struct corr_group *));
    c->partitions = calloc(BUCKETS, sizeof(struct corr_partition *));
    if (status == AP_OK && (c->groups == NULL || c->partitions == NULL))
        status = ap_fail_memory(err, "correlations");
    if (status == AP_OK)
        status = ap_digest_new(&c->digest, err);
    if (status == AP_OK)
        status = plan_all(c, fields, err);
    if (status == AP_OK)
        status = link_rules(c, err);
    if (status != AP_OK || c->plan_count == 0)
        return status;
    status = ap_fields_add(fields, profile->time.text, profile->time.len, &c->time_field, err);
    c->has_partition_field = profile->partition.text != NULL;
    if (status == AP_OK && c->has_partition_field)
        status = ap_fields_add(fields, profile->partition.text, profile->partition.len, &c->partition_field, err);
    return status;
}

enum ap_status ap_correlator_new(struct ap_correlator **out, const struct ap_rule_list *list, struct ap_fields *fields,
                                 const struct ap_correlator_limits *limits, struct ap_error *err)
{
    struct ap_correlator *c = calloc(1, sizeof *c);
    enum ap_status status;

    *out = NULL;
    if (c == NULL)
        return ap_fail_memory(err, "correlations");
    c->list = list;
    c->limits.groups = limits != NULL && limits->groups > 0 ? limits->groups : DEFAULT_GROUPS;
    c->limits.events = limits != NULL && limits->events > 0 ? limits->events : DEFAULT_EVENTS;
    c->limits.late_us = limits != NULL && limits->late_us > 0 ? limits->late_us : DEFAULT_LATE_US;
    ap_arena_init(&c->scratch, SCRATCH_MAX);
    status = prepare(c, fields, err);
    if (status != AP_OK) {
        ap_correlator_free(c);
        return status;
    }
    *out = c;
    return AP_OK;
}

void ap_correlator_free(struct ap_correlator *c)
{
    size_t i;

    if (c == NULL)
        return;
    while (c->first != NULL)
        corr_partition_drop(c, c->first);
    for (i = 0; i < c->plan_count; i++) {
        free(c->plans[i].group);
        free(c->plans[i].values);
    }
    free(c->plans);
    free(c->links);
    free(c->link_at);
    free(c->groups);
    free(c->partitions);
    free(c->inputs);
    free(c->hits);
    free(c->sorted);
    ap_digest_free(c->digest);
    ap_arena_free(&c->scratch);
    free(c);
}

void ap_correlator_stats(const struct ap_correlator *c, struct ap_correlation_stats *out)
{
    *out = c->stats;
}

void ap_correlator_recorded(struct ap_correlator *c, bool known, int64_t at_us)
{
    c->has_recorded = known;
    c->recorded_us = at_us;
}

void ap_correlator_forget(struct ap_correlator *c, const char *partition, size_t len)
{
    struct corr_partition *p = corr_partition_find(c, partition, len);

    if (p != NULL)
        corr_partition_drop(c, p);
}
