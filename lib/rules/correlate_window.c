/* What a window comes to: counts, sums, order (Sigma Correlation Rules 2.1; audit-rules(5), CORRELATIONS). */
#include <stdlib.h>
#include <string.h>

#include "correlate_internal.h"

size_t corr_first_after(const struct corr_group *group, int64_t t_us)
{
    const struct corr_entry *entries = corr_entries(group);
    size_t low = 0, high = group->count;

    /* Events come in order, so most questions are about the end. */
    if (high > 0 && entries[high - 1].at_us <= t_us)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (entries[middle].at_us <= t_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool bound_holds(const struct ap_bound *bound, double value)
{
    switch (bound->compare) {
    case AP_COMPARE_EQ:
        return value >= bound->number && value <= bound->number;
    case AP_COMPARE_NEQ:
        return value < bound->number || value > bound->number;
    case AP_COMPARE_LT:
        return value < bound->number;
    case AP_COMPARE_LTE:
        return value <= bound->number;
    case AP_COMPARE_GT:
        return value > bound->number;
    case AP_COMPARE_GTE:
        return value >= bound->number;
    }
    return false;
}

bool corr_bounds_hold(const struct ap_correlation *correlation, double value)
{
    size_t i;

    for (i = 0; i < correlation->bound_count; i++)
        if (!bound_holds(&correlation->bounds[i], value))
            return false;
    return true;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* The percentile by linear interpolation between the two nearest ranks, as rsigma and NumPy's default have it. */
static enum ap_status percentile(struct ap_correlator *c, const struct corr_entry *entries, size_t count,
                                 double percent, double *out, struct ap_error *err)
{
    double rank = percent / 100 * (double)(count - 1);
    size_t below = (size_t)rank, i;

    if (count > c->sorted_cap) {
        double *grown = realloc(c->sorted, count * 2 * sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "the values of a correlation window");
        c->sorted = grown;
        c->sorted_cap = count * 2;
    }
    for (i = 0; i < count; i++)
        c->sorted[i] = entries[i].number;
    qsort(c->sorted, count, sizeof *c->sorted, compare_doubles);
    *out = c->sorted[below];
    if (below + 1 < count)
        *out += (rank - (double)below) * (c->sorted[below + 1] - c->sorted[below]);
    return AP_OK;
}

static bool words_hold(const struct ap_expr *when, const struct corr_entry *entries, size_t count)
{
    size_t i;

    switch (when->kind) {
    case AP_EXPR_TEST:
        return corr_has_rule(entries, count, when->refers);
    case AP_EXPR_NOT:
        return !words_hold(when->parts[0], entries, count);
    case AP_EXPR_AND:
        for (i = 0; i < when->count; i++)
            if (!words_hold(when->parts[i], entries, count))
                return false;
        return true;
    case AP_EXPR_OR:
        for (i = 0; i < when->count; i++)
            if (words_hold(when->parts[i], entries, count))
                return true;
        return false;
    }
    return false;
}

/* What slides is told by the events that make it up, one of each rule; what closes, by all of its window. */
static void decide_order(const struct corr_plan *plan, const struct corr_entry *entries, size_t count,
                         struct corr_verdict *out)
{
    const struct ap_correlation *is = plan->is;
    size_t met = corr_order_met(entries, count, is->rule_count);

    out->value = (double)met;
    out->holds = is->bound_count > 0 ? corr_bounds_hold(is, out->value) : met == is->rule_count;
    if (plan->closing || met == 0)
        return;
    out->count = met;
    out->first_us = corr_order_began(entries, count, met);
}

static void decide_temporal(const struct corr_plan *plan, const struct corr_entry *entries, size_t count,
                            struct corr_verdict *out)
{
    const struct ap_correlation *is = plan->is;
    size_t pos, seen = 0;

    for (pos = 0; pos < is->rule_count; pos++)
        seen += corr_has_rule(entries, count, pos);
    out->value = (double)seen;
    if (is->when != NULL)
        out->holds = words_hold(is->when, entries, count);
    else if (is->bound_count > 0)
        out->holds = corr_bounds_hold(is, out->value);
    else
        out->holds = seen == is->rule_count;
    if (out->holds && is->type == AP_TEMPORAL_ORDERED)
        decide_order(plan, entries, count, out);
}

enum ap_status corr_decide(struct ap_correlator *c, const struct corr_group *group, size_t from, size_t to,
                           struct corr_verdict *out, struct ap_error *err)
{
    const struct ap_correlation *is = c->plans[group->correlation].is;
    const struct corr_entry *entries;
    size_t count = to - from, i;
    enum ap_status status = AP_OK;

    memset(out, 0, sizeof *out);
    if (count == 0)
        return AP_OK;
    entries = corr_entries(group) + from;
    out->count = count + group->spared;
    out->first_us = entries[0].at_us;
    out->last_us = entries[count - 1].at_us;
    switch (is->type) {
    case AP_EVENT_COUNT:
    case AP_VALUE_COUNT: /* of each value, only the newest entry is there */
        out->value = (double)count;
        break;
    case AP_VALUE_SUM:
    case AP_VALUE_AVG:
        for (i = 0; i < count; i++)
            out->value += entries[i].number;
        if (is->type == AP_VALUE_AVG)
            out->value /= (double)count;
        break;
    case AP_VALUE_MEDIAN:
        status = percentile(c, entries, count, 50, &out->value, err);
        break;
    case AP_VALUE_PERCENTILE:
        status = percentile(c, entries, count, is->percentile, &out->value, err);
        break;
    case AP_TEMPORAL:
    case AP_TEMPORAL_ORDERED:
        decide_temporal(&c->plans[group->correlation], entries, count, out);
        return AP_OK;
    }
    out->holds = status == AP_OK && corr_bounds_hold(is, out->value);
    return status;
}
