/* Filters: conditions that are added to rules without touching them (audit-rules(5), FILTERS). */
#include <string.h>

#include "loader.h"

struct ap_filter {
    const struct ap_yaml *map;
    struct ap_document **rules; /* sorted by nothing: there are few; NULL for any */
    size_t rule_count;
    bool any;
    bool keeps; /* its condition starts with "not" and says what is kept, not what is taken out */
};

static const char *const others[] = {"rules", "condition", NULL};

/* "not x", "not x and not y". */
static bool says_not(const struct ap_expr *expr)
{
    if (expr->kind != AP_EXPR_AND || expr->label == NULL || strcmp(expr->label, "and") != 0)
        return expr->kind == AP_EXPR_NOT;
    for (size_t i = 0; i < expr->count; i++)
        if (expr->parts[i]->kind != AP_EXPR_NOT)
            return false;
    return true;
}

static void read_rules(struct ap_loader *l, struct ap_filter *filter, const struct ap_yaml *node)
{
    const struct ap_yaml *const *items;
    size_t count;

    if (ap_yaml_is(node, "any")) {
        filter->any = true;
        return;
    }
    if (!ap_field_list(l, filter->map, "rules", &items, &count))
        return;
    if (count == 0) {
        (void)ap_load_error(l, node->at, "'rules' is empty: name rules by id or name, or write 'any'");
        return;
    }
    filter->rules = ap_arena_alloc(&l->list->arena, count, sizeof(struct ap_document *));
    for (size_t i = 0; filter->rules != NULL && i < count; i++) {
        struct ap_document *rule = ap_reference_look(l, items[i]->text.text);

        if (rule == NULL)
            (void)ap_load_warn(l, items[i]->at, "no rule has the id or name '%.60s'", items[i]->text.text);
        else if (rule->kind != AP_DOCUMENT_RULE)
            (void)ap_load_warn(l, items[i]->at, "a filter works on rules, and '%.60s' is %s", items[i]->text.text,
                               rule->kind == AP_DOCUMENT_FILTER ? "a filter" : "a correlation");
        else
            filter->rules[filter->rule_count++] = rule;
    }
}

void ap_filter_read(struct ap_loader *l, struct ap_document *document)
{
    struct ap_filter *filter = ap_arena_alloc(&l->list->arena, 1, sizeof *filter);
    const struct ap_yaml *rules;
    const struct ap_expr *expr;

    if (filter == NULL)
        return;
    document->filter = filter;
    filter->map = ap_yaml_get(document->root, "filter");
    if (filter->map->kind != AP_YAML_MAP) {
        (void)ap_load_error(l, filter->map->at, "'filter' must be a mapping, not %s", ap_yaml_kind_name(filter->map));
        return;
    }
    rules = ap_yaml_get(filter->map, "rules");
    if (rules == NULL)
        (void)ap_load_error(l, filter->map->at, "there is no 'rules': name rules by id or name, or write 'any'");
    else
        read_rules(l, filter, rules);
    l->trial = true;
    expr = ap_detection_read(l, filter->map, NULL, others);
    l->trial = false;
    filter->keeps = expr != NULL && says_not(expr);
}

static bool is_for(const struct ap_document *filter, const struct ap_document *rule)
{
    bool named = filter->filter->any;

    for (size_t i = 0; i < filter->filter->rule_count && !named; i++)
        named = filter->filter->rules[i] == rule;
    return named && ap_logsource_covers(&rule->rule->logsource, &filter->rule->logsource);
}

static const struct ap_expr *apply(struct ap_loader *l, const struct ap_document *filter,
                                   const struct ap_document *rule, const struct ap_expr *expr)
{
    const struct ap_expr *parts[2] = {expr, NULL};
    const char *file = l->file, *label = ap_load_text(l, "filter %s", filter->rule->info.title);

    /* Marks are the filter's. Its warnings have been told. */
    l->file = filter->rule->info.file;
    l->again = true;
    parts[1] = ap_detection_read(l, filter->filter->map, rule->active, others);
    l->again = false;
    l->file = file;
    if (parts[1] == NULL)
        return NULL;
    if (!filter->filter->keeps)
        parts[1] = ap_expr_not(l, parts[1], label, filter->filter->map->at);
    return ap_expr_join(l, AP_EXPR_AND, parts, 2, label, filter->filter->map->at);
}

const struct ap_expr *ap_filters_apply(struct ap_loader *l, struct ap_document *rule, const struct ap_expr *expr)
{
    for (size_t i = 0; i < l->filter_count && expr != NULL; i++)
        if (!l->filters[i]->bad && l->filters[i]->filter != NULL && is_for(l->filters[i], rule))
            expr = apply(l, l->filters[i], rule, expr);
    return expr;
}
