/*
 * Events that are to come in the order of the rules (temporal_ordered), and which of them need keeping.
 *
 * Of events of one rule with none of another between them, the first and the last decide every order that there will
 * be, unless an event comes late and belongs between the two. For those, some in between are kept as well, so that what
 * a late event finds is at most a small part of the timespan away. Otherwise a group would hold all that an account
 * ever did within the timespan, and "deactivated, then active" would cost memory by the number of events.
 */
#include "correlate_internal.h"

/* Of one rule, events closer together than this part of the timespan are not kept for late ones. */
enum { SPAN_PARTS = 8 };

bool corr_has_rule(const struct corr_entry *entries, size_t count, size_t pos)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (entries[i].pos == pos)
            return true;
    return false;
}

/* Of one instant, any order will do. */
size_t corr_order_met(const struct corr_entry *entries, size_t count, size_t rules)
{
    size_t next = 0, from = 0, to;

    while (from < count && next < rules) {
        for (to = from + 1; to < count && entries[to].at_us == entries[from].at_us; to++)
            ;
        while (next < rules && corr_has_rule(entries + from, to - from, next))
            next++;
        from = to;
    }
    return next;
}

int64_t corr_order_began(const struct corr_entry *entries, size_t count, size_t met)
{
    int64_t until_us = count > 0 ? entries[count - 1].at_us : 0;
    size_t i;

    while (met-- > 0)
        for (i = count; i-- > 0;)
            if (entries[i].pos == met && entries[i].at_us <= until_us) {
                until_us = entries[i].at_us;
                break;
            }
    return until_us;
}

/* Whether the entry stands between two of its own rule, and nothing is lost with it. */
static bool is_spare(const struct corr_plan *plan, const struct corr_group *group, size_t i)
{
    const struct corr_entry *entries = corr_entries(group);

    if (i == 0 || i + 1 >= group->count || entries[i - 1].pos != entries[i].pos || entries[i + 1].pos != entries[i].pos)
        return false;
    /* Nothing leaves a window that closes before all of it does. */
    return plan->closing || corr_before(entries[i + 1].at_us, plan->is->span_us / SPAN_PARTS) <= entries[i - 1].at_us;
}

void corr_order_thin(struct ap_correlator *c, struct corr_group *group, size_t at)
{
    const struct corr_plan *plan = &c->plans[group->correlation];
    size_t i;

    if (plan->is->type != AP_TEMPORAL_ORDERED)
        return;
    for (i = at + 2; i-- > 0 && i + 1 >= at;) {
        if (!is_spare(plan, group, i))
            continue;
        corr_group_remove(c, group, i);
        group->spared += plan->closing;
    }
}

bool corr_order_waits(const struct ap_correlator *c, const struct corr_group *group)
{
    const struct corr_plan *plan = &c->plans[group->correlation];

    return plan->is->type == AP_TEMPORAL_ORDERED && corr_has_rule(corr_entries(group), group->count, 0);
}
