/* How a rule fares with an event, part by part, without the index: from the rule's own expression. */
#include <stdlib.h>

#include "matcher_internal.h"

struct explaining {
    struct ap_matcher *m;
    struct ap_buf scratch;
    bool failed; /* out of memory */
};

static bool holds(struct explaining *explaining, const struct ap_expr *expr)
{
    const struct ap_program *program = explaining->m->program;
    uint32_t fact;

    if (expr->kind == AP_EXPR_NOT)
        return !holds(explaining, expr->parts[0]);
    if (expr->kind != AP_EXPR_TEST) {
        bool any = expr->kind == AP_EXPR_OR;

        for (size_t i = 0; i < expr->count; i++)
            if (holds(explaining, expr->parts[i]) == any)
                return any;
        return !any;
    }
    fact = ap_bind_find(program, expr->test, &explaining->scratch);
    if (fact == AP_INTERN_NONE) {
        explaining->failed = true;
        return false;
    }
    return ap_test_holds(&explaining->m->asking, &program->bound[fact]);
}

static void explain(struct explaining *explaining, const struct ap_expr *expr, unsigned depth, ap_explain_fn *fn,
                    void *context)
{
    fn(context, expr, depth, holds(explaining, expr));
    for (size_t i = 0; i < expr->count; i++)
        explain(explaining, expr->parts[i], depth + 1, fn, context);
}

enum ap_status ap_matcher_explain(struct ap_matcher *matcher, struct ap_event *event, size_t rule, ap_explain_fn *fn,
                                  void *context, bool *matches, struct ap_error *err)
{
    const struct ap_rule_list *list = matcher->program->list;
    struct explaining explaining = {.m = matcher, .scratch = AP_BUF_INIT};
    struct ap_asking *asking = &matcher->asking;

    *matches = false;
    if (rule >= list->count || list->rules[rule]->kind != AP_RULE_EVENT)
        return ap_fail(err, AP_EINPUT, "only a rule over single events can be explained by one");
    if (!list->rules[rule]->applies)
        return ap_fail(err, AP_ESTATE, "the rule does not apply to these events: its logsource is another");
    asking->event = event;
    ap_regex_searcher_begin(asking->searcher);
    asking->status = AP_OK;
    *matches = holds(&explaining, list->rules[rule]->expr);
    if (fn != NULL)
        explain(&explaining, list->rules[rule]->expr, 0, fn, context);
    ap_buf_free(&explaining.scratch);
    if (explaining.failed)
        return ap_fail_memory(err, "explaining a rule");
    if (asking->status != AP_OK && err != NULL)
        *err = asking->error;
    return asking->status;
}
