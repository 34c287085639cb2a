#include <string.h>

#include "loader.h"

enum { TESTS_MAX = 100000 };

static struct ap_expr *make(struct ap_loader *l, enum ap_expr_kind kind, const char *label, struct ap_mark at)
{
    struct ap_expr *expr = ap_arena_alloc(&l->list->arena, 1, sizeof *expr);

    if (expr == NULL)
        return NULL;
    expr->kind = kind;
    expr->label = label;
    expr->at = at;
    return expr;
}

struct ap_expr *ap_expr_test(struct ap_loader *l, const struct ap_test *test, const char *label, struct ap_mark at)
{
    struct ap_expr *expr = make(l, AP_EXPR_TEST, label, at);
    struct ap_test *copy = ap_arena_alloc(&l->list->arena, 1, sizeof *copy);

    if (expr == NULL || copy == NULL)
        return NULL;
    *copy = *test;
    expr->test = copy;
    return expr;
}

struct ap_expr *ap_expr_leaf(struct ap_loader *l, size_t refers, const char *label, struct ap_mark at)
{
    struct ap_expr *expr = make(l, AP_EXPR_TEST, label, at);

    if (expr != NULL)
        expr->refers = refers;
    return expr;
}

struct ap_expr *ap_expr_join(struct ap_loader *l, enum ap_expr_kind kind, const struct ap_expr *const *parts,
                             size_t count, const char *label, struct ap_mark at)
{
    struct ap_expr *expr = make(l, kind, label, at);
    const struct ap_expr **copy = ap_arena_alloc(&l->list->arena, count, sizeof *copy);

    if (expr == NULL || copy == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (parts[i] == NULL)
            return NULL;
        copy[i] = parts[i];
    }
    expr->parts = copy;
    expr->count = count;
    return expr;
}

struct ap_expr *ap_expr_not(struct ap_loader *l, const struct ap_expr *part, const char *label, struct ap_mark at)
{
    return ap_expr_join(l, AP_EXPR_NOT, &part, 1, label, at);
}

/* Parts are shared between expressions: what counts is how often they are met. */
static bool measure(const struct ap_expr *expr, size_t depth, size_t *tests, bool *deep)
{
    if (expr->kind == AP_EXPR_TEST)
        return ++*tests <= TESTS_MAX;
    *deep = *deep || depth == AP_RULE_DEPTH_MAX;
    if (*deep || ++*tests > TESTS_MAX)
        return false;
    for (size_t i = 0; i < expr->count; i++)
        if (!measure(expr->parts[i], depth + 1, tests, deep))
            return false;
    return true;
}

bool ap_expr_check(struct ap_loader *l, const struct ap_expr *expr, struct ap_mark at)
{
    size_t tests = 0;
    bool deep = false;

    if (measure(expr, 0, &tests, &deep))
        return true;
    if (deep)
        return ap_load_error(l, at,
                             "the rule nests more than %d deep: conditions, selections and what modifiers make "
                             "of values together",
                             AP_RULE_DEPTH_MAX);
    return ap_load_error(l, at, "the rule unfolds to more than %d tests: split it", TESTS_MAX);
}
