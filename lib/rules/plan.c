#include "plan.h"

#include <stdlib.h>
#include <string.h>

/* Fewer tests than this are as well asked one by one. */
enum { GROUP_LEAST = 3 };

static enum ap_status no_memory(struct ap_error *err)
{
    return ap_fail_memory(err, "the rules' program");
}

static struct ap_plan *new_plan(struct ap_planner *planner, enum ap_plan_kind kind)
{
    struct ap_plan *plan = ap_arena_alloc(&planner->arena, 1, sizeof *plan);

    if (plan != NULL)
        plan->kind = kind;
    return plan;
}

static bool grow_facts(struct ap_planner *planner)
{
    struct ap_program *program = planner->program;
    uint32_t cap = planner->fact_cap < 64 ? 64 : planner->fact_cap * 2;
    struct ap_fact *facts;
    uint32_t *members;

    if (program->fact_count < planner->fact_cap)
        return true;
    if (cap >= UINT32_MAX >> (AP_REF_SHIFT + 1))
        return false;
    facts = realloc(program->facts, cap * sizeof *facts);
    if (facts != NULL)
        program->facts = facts;
    members = realloc(planner->members, cap * sizeof *members);
    if (members != NULL)
        planner->members = members;
    if (facts == NULL || members == NULL)
        return false;
    planner->fact_cap = cap;
    return true;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The group of these tests, which are of one field; sorts them. */
static enum ap_status group_of(struct ap_planner *planner, uint32_t *tests, size_t count, uint32_t *fact,
                               struct ap_error *err)
{
    struct ap_program *program = planner->program;
    enum ap_status status;
    uint32_t group;

    qsort(tests, count, sizeof *tests, by_number);
    status = ap_intern_add(&program->groups, 0, tests, count * sizeof *tests, &group, err);
    if (status != AP_OK)
        return status;
    *fact = program->test_count + group;
    if (*fact < program->fact_count)
        return AP_OK;
    if (!grow_facts(planner))
        return no_memory(err);
    program->fact_count++;
    program->facts[*fact] = (struct ap_fact){.field = program->facts[tests[0]].field};
    planner->members[*fact] = (uint32_t)count;
    for (size_t i = 0; i < count && status == AP_OK; i++) {
        program->facts[*fact].flags |= program->facts[tests[i]].flags;
        status = ap_lists_add(&program->groups_of, tests[i], *fact, err);
    }
    return status;
}

/* A test that the index alone decides, wanted as it is in this kind of node: such can stand together in a group. */
static bool groups(const struct ap_planner *planner, enum ap_plan_kind kind, const struct ap_plan *part)
{
    return part->kind == AP_PLAN_FACT && part->fact < planner->program->test_count &&
           part->negated == (kind == AP_PLAN_ALL) &&
           (planner->program->facts[part->fact].flags & (AP_FACT_ASKED | AP_FACT_HINTED)) == 0;
}

static int by_field(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b; /* field, fact */

    return x[0] != y[0] ? by_number(x, y) : by_number(x + 1, y + 1);
}

/* Drop doubles, and leave facts only. Returns how many. */
static size_t distinct(uint32_t (*pairs)[2], size_t count, uint32_t *facts)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (i == 0 || pairs[i][1] != pairs[i - 1][1])
            facts[kept++] = pairs[i][1];
    return kept;
}

/* Parts that can be grouped, sorted by field: put the groups, and those that are too few for one, into parts. */
static enum ap_status group_parts(struct ap_planner *planner, bool negated, uint32_t (*pairs)[2], size_t count,
                                  struct ap_plan **parts, size_t *part_count, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    uint32_t *facts = ap_arena_alloc(&planner->arena, count, sizeof *facts);

    if (facts == NULL)
        return no_memory(err);
    for (size_t from = 0, to; from < count && status == AP_OK; from = to) {
        size_t kept;

        for (to = from + 1; to < count && pairs[to][0] == pairs[from][0];)
            to++;
        kept = distinct(pairs + from, to - from, facts);
        if (kept >= GROUP_LEAST) {
            uint32_t group = 0;

            status = group_of(planner, facts, kept, &group, err);
            facts[0] = group;
            kept = 1;
        }
        for (size_t i = 0; i < kept && status == AP_OK; i++) {
            struct ap_plan *part = new_plan(planner, AP_PLAN_FACT);

            if (part == NULL)
                return no_memory(err);
            part->fact = facts[i];
            part->negated = negated;
            parts[(*part_count)++] = part;
        }
    }
    return status;
}

/* Take the facts that can stand in groups out of the parts, and put the groups in. */
static enum ap_status group_node(struct ap_planner *planner, enum ap_plan_kind kind, struct ap_plan **parts,
                                 size_t *count, struct ap_error *err)
{
    uint32_t(*pairs)[2] = ap_arena_alloc(&planner->arena, *count, sizeof *pairs);
    size_t kept = 0, grouped = 0;

    if (pairs == NULL)
        return no_memory(err);
    for (size_t i = 0; i < *count; i++) {
        if (!groups(planner, kind, parts[i])) {
            parts[kept++] = parts[i];
            continue;
        }
        pairs[grouped][0] = planner->program->facts[parts[i]->fact].field;
        pairs[grouped++][1] = parts[i]->fact;
    }
    *count = kept;
    qsort(pairs, grouped, sizeof *pairs, by_field);
    return grouped == 0 ? AP_OK : group_parts(planner, kind == AP_PLAN_ALL, pairs, grouped, parts, count, err);
}

static size_t flat_count(const struct ap_plan *part, enum ap_plan_kind kind)
{
    return part->kind == kind ? part->count : 1;
}

/* Parts of the same kind as their node are taken apart. */
static struct ap_plan **flatten(struct ap_planner *planner, enum ap_plan_kind kind, struct ap_plan **parts,
                                size_t *count)
{
    size_t total = 0;
    struct ap_plan **flat;

    for (size_t i = 0; i < *count; i++)
        total += flat_count(parts[i], kind);
    flat = ap_arena_alloc(&planner->arena, total + 1, sizeof(struct ap_plan *));
    if (flat == NULL)
        return NULL;
    total = 0;
    for (size_t i = 0; i < *count; i++) {
        if (parts[i]->kind != kind) {
            flat[total++] = parts[i];
            continue;
        }
        for (size_t k = 0; k < parts[i]->count; k++)
            flat[total++] = parts[i]->parts[k];
    }
    *count = total;
    return flat;
}

static enum ap_status plan_node(struct ap_planner *planner, const struct ap_expr *expr, bool negated,
                                struct ap_plan **out, struct ap_error *err)
{
    enum ap_plan_kind kind = (expr->kind == AP_EXPR_AND) != negated ? AP_PLAN_ALL : AP_PLAN_ANY;
    struct ap_plan **parts = ap_arena_alloc(&planner->arena, expr->count + 1, sizeof(struct ap_plan *));
    struct ap_plan *plan = new_plan(planner, kind);
    enum ap_status status = AP_OK;
    size_t count = expr->count;

    if (parts == NULL || plan == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count && status == AP_OK; i++)
        status = ap_plan_expr(planner, expr->parts[i], negated, &parts[i], err);
    if (status != AP_OK)
        return status;
    parts = flatten(planner, kind, parts, &count);
    if (parts == NULL)
        return no_memory(err);
    status = group_node(planner, kind, parts, &count, err);
    plan->parts = parts;
    plan->count = count;
    *out = count == 1 ? parts[0] : plan;
    return status;
}

enum ap_status ap_plan_expr(struct ap_planner *planner, const struct ap_expr *expr, bool negated, struct ap_plan **out,
                            struct ap_error *err)
{
    struct ap_plan *plan;

    *out = NULL;
    if (expr->kind == AP_EXPR_NOT)
        return ap_plan_expr(planner, expr->parts[0], !negated, out, err);
    if (expr->kind != AP_EXPR_TEST)
        return plan_node(planner, expr, negated, out, err);
    plan = new_plan(planner, AP_PLAN_FACT);
    if (plan == NULL)
        return no_memory(err);
    plan->fact = ap_bind_find(planner->program, expr->test, &planner->scratch);
    plan->negated = negated;
    *out = plan;
    return plan->fact == AP_INTERN_NONE ? no_memory(err) : AP_OK;
}

static void count_uses(struct ap_planner *planner, const struct ap_plan *plan)
{
    if (plan->kind == AP_PLAN_FACT)
        planner->uses[plan->fact]++;
    for (size_t i = 0; i < plan->count; i++)
        count_uses(planner, plan->parts[i]);
}

static enum ap_status plan_rules(struct ap_planner *planner, struct ap_error *err)
{
    struct ap_program *program = planner->program;
    enum ap_status status = AP_OK;

    for (uint32_t rule = 0; rule < program->rule_count && status == AP_OK; rule++)
        status =
            ap_plan_expr(planner, program->list->rules[program->rules[rule]]->expr, false, &planner->plans[rule], err);
    if (status != AP_OK)
        return status;
    planner->uses = calloc((size_t)program->fact_count + 1, sizeof *planner->uses);
    if (planner->uses == NULL)
        return no_memory(err);
    for (uint32_t rule = 0; rule < program->rule_count; rule++)
        count_uses(planner, planner->plans[rule]);
    for (uint32_t rule = 0; rule < program->rule_count && status == AP_OK; rule++) {
        status = ap_witness_rule(planner, rule, err);
        if (status == AP_OK)
            status = ap_code_rule(planner, rule, err);
    }
    return status;
}

static enum ap_status make_lists(struct ap_program *program, struct ap_error *err)
{
    enum ap_status status = ap_lists_make(&program->groups_of, program->test_count, err);

    if (status == AP_OK)
        status = ap_lists_make(&program->woken_by_fact, program->fact_count, err);
    if (status == AP_OK)
        status = ap_lists_make(&program->woken_by_presence, program->field_count + 1, err);
    if (status == AP_OK)
        status = ap_lists_make(&program->woken_by_object, program->field_count + 1, err);
    return status;
}

enum ap_status ap_plan_rules(struct ap_program *program, struct ap_error *err)
{
    struct ap_planner planner = {.program = program, .scratch = AP_BUF_INIT, .fact_cap = program->test_count};
    enum ap_status status;

    ap_arena_init(&planner.arena, 0);
    planner.plans = calloc((size_t)program->rule_count + 1, sizeof(struct ap_plan *));
    planner.members = calloc((size_t)program->test_count + 1, sizeof *planner.members);
    program->entry = calloc((size_t)program->rule_count + 1, sizeof *program->entry);
    program->always = calloc((size_t)program->rule_count + 1, sizeof *program->always);
    if (planner.plans == NULL || planner.members == NULL || program->entry == NULL || program->always == NULL) {
        status = no_memory(err);
        goto out;
    }
    for (uint32_t test = 0; test < program->test_count; test++)
        planner.members[test] = 1;
    status = plan_rules(&planner, err);
    if (status == AP_OK)
        status = make_lists(program, err);

out:
    ap_arena_free(&planner.arena);
    ap_buf_free(&planner.scratch);
    free(planner.plans);
    free(planner.members);
    free(planner.uses);
    return status;
}
