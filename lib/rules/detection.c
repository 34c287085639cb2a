/*
 * Selections: a mapping is the AND of its items, a list the OR of its parts, a scalar a keyword; they nest.
 */
#include <string.h>

#include "loader.h"

static const struct ap_expr *part_of(struct ap_loader *l, const struct ap_yaml *node, const struct ap_active *active,
                                     const char *label);

/* Joins what a pipeline has not dropped. */
static const struct ap_expr *join(struct ap_loader *l, enum ap_expr_kind kind, const struct ap_expr **parts,
                                  size_t count, const char *label, struct ap_mark at)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (parts[i] == NULL)
            return NULL;
        if (parts[i] != &ap_expr_dropped)
            parts[kept++] = parts[i];
    }
    return kept == 0 ? &ap_expr_dropped : ap_expr_join(l, kind, parts, kept, label, at);
}

/* A key's value that is a mapping, or a list with one in it, is a detection of its own only where there is no field. */
static const struct ap_expr *map_part(struct ap_loader *l, const struct ap_yaml *node, const struct ap_active *active,
                                      const char *label)
{
    const struct ap_expr **parts = ap_arena_alloc(&l->list->arena, node->count, sizeof *parts);

    if (parts == NULL)
        return NULL;
    if (node->count == 0) {
        (void)ap_load_error(l, node->at, "the mapping is empty: it would match every event");
        return NULL;
    }
    for (size_t i = 0; i < node->count; i++)
        parts[i] = ap_item_read(l, node->items[2 * i], node->items[2 * i + 1], active);
    return join(l, AP_EXPR_AND, parts, node->count, label, node->at);
}

static const struct ap_expr *list_part(struct ap_loader *l, const struct ap_yaml *node, const struct ap_active *active,
                                       const char *label)
{
    const struct ap_expr **parts = ap_arena_alloc(&l->list->arena, node->count, sizeof *parts);

    if (parts == NULL)
        return NULL;
    if (node->count == 0) {
        (void)ap_load_error(l, node->at, "the list is empty: it would match no event");
        return NULL;
    }
    for (size_t i = 0; i < node->count; i++)
        parts[i] = part_of(l, node->items[i], active, NULL);
    return join(l, AP_EXPR_OR, parts, node->count, label, node->at);
}

static const struct ap_expr *part_of(struct ap_loader *l, const struct ap_yaml *node, const struct ap_active *active,
                                     const char *label)
{
    if (node->kind == AP_YAML_MAP)
        return map_part(l, node, active, label);
    if (node->kind == AP_YAML_LIST)
        return list_part(l, node, active, label);
    return ap_item_read(l, NULL, node, active);
}

const struct ap_expr *ap_selection_read(struct ap_loader *l, const struct ap_yaml *node, const struct ap_active *active,
                                        const char *label)
{
    const struct ap_expr *expr = part_of(l, node, active, label);

    if (expr == &ap_expr_dropped) {
        (void)ap_load_error(l, node->at, "a pipeline drops all of '%s'", label);
        return NULL;
    }
    /* A wrapper, so that the name of a single keyword's selection is there to explain with. */
    return expr == NULL || expr->label == label ? expr : ap_expr_join(l, AP_EXPR_AND, &expr, 1, label, node->at);
}

static bool is_other(const struct ap_yaml *key, const char *const *others)
{
    while (*others != NULL && !ap_yaml_is(key, *others))
        others++;
    return *others != NULL;
}

static void warn_unused(struct ap_loader *l, const struct ap_name *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!names[i].used)
            (void)ap_load_warn(l, names[i].at, "the condition does not use '%s'", names[i].name);
}

const struct ap_expr *ap_detection_read(struct ap_loader *l, const struct ap_yaml *map, const struct ap_active *active,
                                        const char *const *others)
{
    struct ap_name *names = ap_arena_alloc(&l->list->arena, map->count, sizeof *names);
    const struct ap_yaml *condition = ap_yaml_get(map, "condition");
    const struct ap_expr *expr;
    size_t count = 0;

    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < map->count; i++) {
        const struct ap_yaml *key = map->items[2 * i];

        if (is_other(key, others))
            continue;
        names[count].name = key->text.text;
        names[count].at = key->at;
        names[count].expr = ap_selection_read(l, map->items[2 * i + 1], active, key->text.text);
        count++;
    }
    if (count == 0)
        (void)ap_load_error(l, map->at, "there is no selection: give at least one beside 'condition'");
    if (condition == NULL)
        (void)ap_load_error(l, map->at, "there is no 'condition'");
    if (count == 0 || condition == NULL)
        return NULL;
    expr = ap_condition_read(l, condition, names, count);
    if (expr == NULL)
        return NULL;
    warn_unused(l, names, count);
    for (size_t i = 0; i < count; i++)
        if (names[i].expr == NULL)
            return NULL;
    return ap_expr_check(l, expr, condition->at) ? expr : NULL;
}
