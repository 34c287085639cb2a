/* A rule's expression on its way to code: what it asks, with NOT pushed down to the facts. */
#ifndef AUDITPROOF_RULES_PLAN_H
#define AUDITPROOF_RULES_PLAN_H

#include "program_internal.h"

enum ap_plan_kind { AP_PLAN_FACT, AP_PLAN_ALL, AP_PLAN_ANY };

struct ap_plan {
    enum ap_plan_kind kind;
    bool negated; /* AP_PLAN_FACT: it must not hold */
    uint32_t fact;
    struct ap_plan *const *parts;
    size_t count;
};

struct ap_planner {
    struct ap_program *program;
    struct ap_arena arena;  /* of the plans; lives as long as the planning */
    struct ap_plan **plans; /* by rule */
    uint32_t *uses;         /* owned; by fact: how many rules ask for it */
    uint32_t *members;      /* owned; by fact: tests in a group, 1 for a test */
    struct ap_buf scratch;
    uint32_t fact_cap; /* of program->facts, uses and members */
};

/* The plan of an expression, or NULL when memory runs out (plan.c). */
AP_MUST_CHECK enum ap_status ap_plan_expr(struct ap_planner *planner, const struct ap_expr *expr, bool negated,
                                          struct ap_plan **out, struct ap_error *err);

/* What wakes the rule (witness.c). */
AP_MUST_CHECK enum ap_status ap_witness_rule(struct ap_planner *planner, uint32_t rule, struct ap_error *err);

/* The code of the rule (code.c). */
AP_MUST_CHECK enum ap_status ap_code_rule(struct ap_planner *planner, uint32_t rule, struct ap_error *err);

#endif
