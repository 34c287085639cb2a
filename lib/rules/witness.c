/*
 * What wakes a rule: facts of which at least one holds, or may hold, whenever the rule matches. The fewer events have
 * one of them the better; how many other rules ask for a fact is all there is to guess that by: an event's name is
 * asked for by few, the service that it comes from by many.
 */
#include "plan.h"

/* How much worse than an exact text it is to wait for a text anywhere in a value, or for a field to be there at all. */
enum { COST_EXACT = 1, COST_HINTED = 2, COST_INTO = 4, COST_ASKED = 256 };

/* There is no such set. */
#define COST_NONE UINT64_MAX

static uint64_t fact_cost(const struct ap_planner *planner, const struct ap_plan *plan)
{
    uint32_t flags = planner->program->facts[plan->fact].flags;
    uint64_t each = COST_EXACT;

    /* Absence makes a negation true, and some tests are of absence. */
    if (plan->negated)
        return COST_NONE;
    if ((flags & AP_FACT_ASKED) != 0) {
        if (planner->program->bound[plan->fact].test->kind == AP_TEST_NULL)
            return COST_NONE;
        each = COST_ASKED;
    } else if ((flags & AP_FACT_INTO) != 0) {
        each = COST_INTO;
    } else if ((flags & AP_FACT_HINTED) != 0) {
        each = COST_HINTED;
    }
    return each * planner->uses[plan->fact] * planner->members[plan->fact];
}

static const struct ap_plan *cheapest(const struct ap_planner *planner, const struct ap_plan *plan, uint64_t *cost);

static uint64_t cost_of(const struct ap_planner *planner, const struct ap_plan *plan)
{
    uint64_t total = 0, one;

    if (plan->kind == AP_PLAN_FACT)
        return fact_cost(planner, plan);
    if (plan->kind == AP_PLAN_ALL) {
        (void)cheapest(planner, plan, &one);
        return one;
    }
    for (size_t i = 0; i < plan->count; i++) {
        one = cost_of(planner, plan->parts[i]);
        if (one == COST_NONE)
            return COST_NONE;
        total += one;
    }
    return total;
}

/* Of parts that must all hold, the one to wait for; NULL when none will do. */
static const struct ap_plan *cheapest(const struct ap_planner *planner, const struct ap_plan *plan, uint64_t *cost)
{
    const struct ap_plan *best = NULL;

    *cost = COST_NONE;
    for (size_t i = 0; i < plan->count; i++) {
        uint64_t one = cost_of(planner, plan->parts[i]);

        if (one >= *cost)
            continue;
        *cost = one;
        best = plan->parts[i];
    }
    return best;
}

static enum ap_status wake_by(struct ap_planner *planner, uint32_t fact, uint32_t rule, struct ap_error *err)
{
    struct ap_program *program = planner->program;
    uint32_t field = ap_index_of(program, program->facts[fact].field), flags = program->facts[fact].flags;
    enum ap_status status = AP_OK;

    if ((flags & AP_FACT_ASKED) != 0)
        return ap_lists_add(&program->woken_by_presence, field, rule, err);
    if ((flags & AP_FACT_INTO) != 0)
        status = ap_lists_add(&program->woken_by_object, field, rule, err);
    if (status == AP_OK)
        status = ap_lists_add(&program->woken_by_fact, fact, rule, err);
    return status;
}

static enum ap_status wake_by_all(struct ap_planner *planner, const struct ap_plan *plan, uint32_t rule,
                                  struct ap_error *err)
{
    enum ap_status status = AP_OK;
    uint64_t cost;

    while (plan != NULL && plan->kind == AP_PLAN_ALL)
        plan = cheapest(planner, plan, &cost);
    if (plan == NULL)
        return ap_fail(err, AP_EINTERNAL, "a rule that nothing can wake was to be woken");
    if (plan->kind == AP_PLAN_FACT)
        return wake_by(planner, plan->fact, rule, err);
    for (size_t i = 0; i < plan->count && status == AP_OK; i++)
        status = wake_by_all(planner, plan->parts[i], rule, err);
    return status;
}

enum ap_status ap_witness_rule(struct ap_planner *planner, uint32_t rule, struct ap_error *err)
{
    struct ap_program *program = planner->program;
    const struct ap_plan *plan = planner->plans[rule];

    if (cost_of(planner, plan) != COST_NONE)
        return wake_by_all(planner, plan, rule, err);
    program->always[program->always_count++] = rule;
    return AP_OK;
}
