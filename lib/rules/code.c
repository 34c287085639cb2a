/*
 * A rule's code: each step asks for one fact and says where to go when it holds and when it does not. Made from the
 * end to the beginning, so that where a step leads is known when it is made.
 */
#include <stdlib.h>

#include "plan.h"

static enum ap_status emit_fact(struct ap_program *program, const struct ap_plan *plan, uint32_t yes, uint32_t no,
                                uint32_t *entry, struct ap_error *err)
{
    struct ap_code *code;

    if (program->code_count == program->code_cap) {
        uint32_t cap = program->code_cap == 0 ? 64 : program->code_cap * 2;

        code = cap >= AP_CODE_MATCH / 2 ? NULL : realloc(program->code, cap * sizeof *code);
        if (code == NULL)
            return ap_fail_memory(err, "the rules' program");
        program->code = code;
        program->code_cap = cap;
    }
    code = &program->code[program->code_count];
    code->fact = plan->fact;
    code->yes = plan->negated ? no : yes;
    code->no = plan->negated ? yes : no;
    *entry = program->code_count++;
    return AP_OK;
}

/* What the index knows costs a look; what has to be asked comes after, and what asks more after that. */
static unsigned price(const struct ap_program *program, const struct ap_plan *plan)
{
    unsigned dearest = 0, one;
    uint32_t flags;

    if (plan->kind == AP_PLAN_FACT) {
        flags = program->facts[plan->fact].flags;
        return (flags & AP_FACT_ASKED) != 0 ? 3 : (flags & AP_FACT_INTO) != 0 ? 2 : (flags & AP_FACT_HINTED) != 0;
    }
    for (size_t i = 0; i < plan->count; i++) {
        one = price(program, plan->parts[i]);
        if (one > dearest)
            dearest = one;
    }
    return dearest;
}

static enum ap_status emit(struct ap_program *program, const struct ap_plan *plan, uint32_t yes, uint32_t no,
                           uint32_t *entry, struct ap_error *err)
{
    bool all = plan->kind == AP_PLAN_ALL;
    enum ap_status status = AP_OK;

    if (plan->kind == AP_PLAN_FACT)
        return emit_fact(program, plan, yes, no, entry, err);
    *entry = all ? yes : no;
    for (unsigned dear = 4; dear-- > 0;) {
        for (size_t i = plan->count; i-- > 0 && status == AP_OK;) {
            if (price(program, plan->parts[i]) == dear)
                status = emit(program, plan->parts[i], all ? *entry : yes, all ? no : *entry, entry, err);
        }
    }
    return status;
}

enum ap_status ap_code_rule(struct ap_planner *planner, uint32_t rule, struct ap_error *err)
{
    struct ap_program *program = planner->program;

    return emit(program, planner->plans[rule], AP_CODE_MATCH, AP_CODE_MISS, &program->entry[rule], err);
}
