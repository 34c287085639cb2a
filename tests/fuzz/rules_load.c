/*
 * Rule files in arbitrary bytes, the part after a line "@pipeline" as a pipeline: what loads is whole and within its
 * bounds, what does not says why, and the same files give the same rules.
 */
#include <stdlib.h>
#include <string.h>

#include "rules/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_expr(const struct ap_expr *expr, unsigned depth, size_t *budget, size_t refers)
{
    if (depth > AP_RULE_DEPTH_MAX + 1 || (expr->kind == AP_EXPR_NOT && expr->count != 1))
        abort();
    if (*budget == 0)
        return;
    --*budget;
    if (expr->kind == AP_EXPR_TEST && expr->test == NULL && expr->refers >= refers)
        abort();
    for (size_t i = 0; i < expr->count; i++)
        check_expr(expr->parts[i], depth + 1, budget, refers);
}

static void check_rule(const struct ap_rule_list *list, const struct ap_rule *rule)
{
    size_t budget = 10000;

    if (rule->info.title[0] == '\0' || rule->info.id[0] == '\0' || rule->info.line == 0)
        abort();
    if (rule->kind == AP_RULE_EVENT) {
        check_expr(rule->expr, 0, &budget, 0);
        return;
    }
    if (rule->correlation->depth == 0 || rule->correlation->depth > 10 || rule->correlation->span_us <= 0)
        abort();
    for (size_t i = 0; i < rule->correlation->rule_count; i++)
        if (rule->correlation->rules[i] >= list->count)
            abort();
    if (rule->correlation->when != NULL)
        check_expr(rule->correlation->when, 0, &budget, rule->correlation->rule_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n@pipeline\n";
    const char *text = (const char *)data, *split = memmem(text, size, mark, sizeof mark - 1);
    struct ap_rule_file files[2] = {{.name = "a.yml", .text = text, .len = size}, {.name = "p.yml", .pipeline = true}};
    struct ap_problems problems;
    struct ap_rule_list list;
    struct ap_error err;

    if (split != NULL) {
        files[0].len = (size_t)(split - text) + 1;
        files[1].text = split + sizeof mark - 1;
        files[1].len = (size_t)(text + size - files[1].text);
    }
    if (ap_rule_list_load(&list, &problems, files, split == NULL ? 1 : 2, false, &err) != AP_OK) {
        if (err.message[0] == '\0')
            abort();
        return 0;
    }
    for (size_t i = 0; i < problems.count; i++)
        if (problems.list[i].message[0] == '\0')
            abort();
    for (size_t i = 0; i < list.count; i++)
        check_rule(&list, list.rules[i]);
    ap_rule_list_free(&list);
    ap_problems_free(&problems);
    return 0;
}
