/* What the pipelines do to one rule: the transformations whose conditions hold of it, in order. */
#include <string.h>

#include "pipeline_internal.h"

struct active_step {
    const struct ap_transformation *step;
    const struct ap_pipeline *pipeline;
};

struct ap_active {
    const struct ap_pipeline *const *pipelines; /* for vars */
    size_t pipeline_count;
    struct active_step *steps;
    size_t count;
};

/* A rule while its transformations are found. */
struct subject {
    struct ap_loader *l;
    const struct ap_document *document;
    struct ap_logsource *logsource;
    struct ap_active *active;
};

/* The last state of that key, or NULL. */
static const char *state(const struct ap_active *active, const char *key)
{
    for (size_t i = active->count; i > 0; i--) {
        const struct ap_transformation *step = active->steps[i - 1].step;

        if (step->kind == AP_SET_STATE && strcmp(step->key, key) == 0)
            return step->text;
    }
    return NULL;
}

static bool was_applied(const struct ap_active *active, const char *id)
{
    for (size_t i = 0; i < active->count; i++)
        if (active->steps[i].step->id != NULL && strcmp(active->steps[i].step->id, id) == 0)
            return true;
    return false;
}

/* The text is the list's, or one of it. */
static bool among(const struct ap_yaml *value, const char *text)
{
    if (value->kind != AP_YAML_LIST)
        return ap_yaml_is(value, text);
    for (size_t i = 0; i < value->count; i++)
        if (ap_yaml_is(value->items[i], text))
            return true;
    return false;
}

/* Levels and numbers by their size; dates and all else by their text. */
static int compare(const struct ap_yaml *a, const struct ap_yaml *b)
{
    enum ap_level x, y;

    if (a->kind == AP_YAML_NUMBER && b->kind == AP_YAML_NUMBER)
        return (a->number.real > b->number.real) - (a->number.real < b->number.real);
    if (ap_level_parse(&x, a->text.text) && ap_level_parse(&y, b->text.text))
        return (x > y) - (x < y);
    return strcmp(a->text.text, b->text.text);
}

static bool attribute_holds(const struct ap_rule_condition *condition, const struct ap_yaml *is)
{
    int order;

    if (is == NULL)
        return condition->op == AP_OP_NE || condition->op == AP_OP_NOT_IN;
    switch (condition->op) {
    case AP_OP_EQ:
    case AP_OP_NE:
    case AP_OP_IN:
    case AP_OP_NOT_IN:
        if (is->kind == AP_YAML_LIST) {
            bool found = false;

            for (size_t i = 0; i < is->count; i++)
                found = found || (ap_yaml_is_scalar(is->items[i]) && among(condition->value, is->items[i]->text.text));
            return found == (condition->op == AP_OP_EQ || condition->op == AP_OP_IN);
        }
        return (ap_yaml_is_scalar(is) && among(condition->value, is->text.text)) ==
               (condition->op == AP_OP_EQ || condition->op == AP_OP_IN);
    case AP_OP_GTE:
    case AP_OP_GT:
    case AP_OP_LTE:
    case AP_OP_LT:
        break;
    }
    if (!ap_yaml_is_scalar(is) || !ap_yaml_is_scalar(condition->value))
        return false;
    order = compare(is, condition->value);
    if (condition->op == AP_OP_GTE || condition->op == AP_OP_LTE)
        return order == 0 || (order > 0) == (condition->op == AP_OP_GTE);
    return order != 0 && (order > 0) == (condition->op == AP_OP_GT);
}

static bool has_tag(const struct ap_rule *rule, const char *tag)
{
    for (size_t i = 0; i < rule->info.tag_count; i++)
        if (strcmp(rule->info.tags[i], tag) == 0)
            return true;
    return false;
}

static bool condition_holds(const struct subject *s, const struct ap_rule_condition *condition)
{
    const char *value;

    switch (condition->kind) {
    case AP_COND_LOGSOURCE:
        return ap_logsource_covers(s->logsource, &condition->logsource);
    case AP_COND_TAG:
        return has_tag(s->document->rule, condition->name);
    case AP_COND_ATTRIBUTE:
        return attribute_holds(condition, ap_yaml_get(s->document->root, condition->name));
    case AP_COND_STATE:
        value = state(s->active, condition->name);
        return (value != NULL && ap_yaml_is(condition->value, value)) == (condition->op == AP_OP_EQ);
    case AP_COND_APPLIED:
        return was_applied(s->active, condition->name);
    }
    return false;
}

static bool is_for(const struct subject *s, const struct ap_transformation *step)
{
    bool holds = !step->any || step->condition_count == 0;

    for (size_t i = 0; i < step->condition_count && holds != step->any; i++)
        holds = condition_holds(s, &step->conditions[i]);
    return holds != step->negated;
}

static bool take(struct subject *s, const struct ap_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->step_count; i++) {
        const struct ap_transformation *step = &pipeline->steps[i];

        if (!is_for(s, step))
            continue;
        if (step->kind == AP_RULE_FAILURE)
            return ap_load_error(s->l, s->document->root->at, "the pipeline %s refuses the rule: %s", pipeline->file,
                                 step->text);
        if (step->kind == AP_CHANGE_LOGSOURCE)
            *s->logsource = step->logsource;
        s->active->steps[s->active->count].step = step;
        s->active->steps[s->active->count++].pipeline = pipeline;
    }
    return true;
}

const struct ap_active *ap_active_new(struct ap_loader *l, const struct ap_document *rule,
                                      struct ap_logsource *logsource)
{
    struct ap_active *active = ap_arena_alloc(&l->list->arena, 1, sizeof *active);
    struct subject subject = {.l = l, .document = rule, .logsource = logsource, .active = active};
    size_t count = 0;

    for (size_t i = 0; i < l->pipeline_count; i++)
        count += l->pipelines[i]->step_count;
    if (active == NULL)
        return NULL;
    active->steps = ap_arena_alloc(&l->list->arena, count, sizeof *active->steps);
    active->pipelines = (const struct ap_pipeline *const *)l->pipelines;
    active->pipeline_count = l->pipeline_count;
    if (active->steps == NULL)
        return NULL;
    for (size_t i = 0; i < l->pipeline_count; i++)
        if (!take(&subject, l->pipelines[i]))
            return NULL;
    return active;
}

bool ap_active_any(const struct ap_active *active)
{
    for (size_t i = 0; i < active->count; i++)
        if (active->steps[i].step->kind == AP_MAP_FIELD || active->steps[i].step->kind == AP_MAP_PREFIX)
            return true;
    return false;
}

static bool field_holds(const struct ap_field_condition *condition, const struct ap_text *field)
{
    bool found = false;

    for (size_t i = 0; field->text != NULL && i < condition->count; i++)
        found = found || ap_yaml_is(condition->fields[i], field->text);
    return found != condition->exclude;
}

static bool is_for_field(const struct ap_transformation *step, const struct ap_text *field)
{
    bool holds = !step->any_field || step->field_count == 0;

    for (size_t i = 0; i < step->field_count && holds != step->any_field; i++)
        holds = field_holds(&step->fields[i], field);
    return holds != step->negated_field;
}

/* The targets that one target becomes are appended to a list. */
struct targets {
    struct ap_loader *l;
    struct ap_target *list;
    size_t count, cap;
};

static bool push(struct targets *to, const struct ap_target *target)
{
    struct ap_mark nowhere = {0, 0};

    if (to->count == AP_TARGETS_MAX)
        return ap_load_error(to->l, nowhere, "pipelines make more than %d fields of '%.60s'", AP_TARGETS_MAX,
                             target->field.text);
    if (to->count == to->cap) {
        size_t cap = to->cap == 0 ? 2 : to->cap * 2;
        struct ap_target *list = ap_arena_alloc(&to->l->list->arena, cap, sizeof *list);

        if (list == NULL)
            return false;
        if (to->count > 0)
            memcpy(list, to->list, to->count * sizeof *list);
        to->list = list;
        to->cap = cap;
    }
    to->list[to->count++] = *target;
    return true;
}

static bool push_renamed(struct targets *to, const struct ap_target *target, const struct ap_yaml *names,
                         size_t prefix_len)
{
    size_t count = names->kind == AP_YAML_LIST ? names->count : 1;

    for (size_t i = 0; i < count; i++) {
        const struct ap_yaml *name = names->kind == AP_YAML_LIST ? names->items[i] : names;
        struct ap_target renamed = *target;

        renamed.field.text = ap_load_text(to->l, "%s%s", name->text.text, target->field.text + prefix_len);
        renamed.field.len = strlen(renamed.field.text);
        if (!push(to, &renamed))
            return false;
    }
    return true;
}

/* The longest prefix of the field that the mapping has, or NULL. */
static const struct ap_yaml *prefix_of(const struct ap_yaml *mapping, const char *field, size_t *len)
{
    const struct ap_yaml *found = NULL;

    *len = 0;
    for (size_t i = 0; i < mapping->count; i++) {
        const struct ap_text *prefix = &mapping->items[2 * i]->text;

        if ((found == NULL || prefix->len > *len) && strncmp(field, prefix->text, prefix->len) == 0) {
            found = mapping->items[2 * i + 1];
            *len = prefix->len;
        }
    }
    return found;
}

static bool push_valued(struct targets *to, const struct ap_target *target, const struct ap_transformation *step)
{
    const struct ap_transformation **values =
        ap_arena_alloc(&to->l->list->arena, target->value_count + 1, sizeof *values);
    struct ap_target valued = *target;

    if (values == NULL)
        return false;
    for (size_t i = 0; i < target->value_count; i++)
        values[i] = target->values[i];
    values[valued.value_count++] = step;
    valued.values = values;
    return push(to, &valued);
}

static bool step_on(struct targets *to, const struct ap_target *target, const struct ap_transformation *step)
{
    const struct ap_yaml *names = NULL;
    size_t prefix_len = target->field.len;

    if (!is_for_field(step, &target->field))
        return push(to, target);
    switch (step->kind) {
    case AP_MAP_FIELD:
        if (target->field.text != NULL)
            names = ap_yaml_get(step->mapping, target->field.text);
        return names == NULL ? push(to, target) : push_renamed(to, target, names, prefix_len);
    case AP_MAP_PREFIX:
        if (target->field.text != NULL)
            names = prefix_of(step->mapping, target->field.text, &prefix_len);
        return names == NULL ? push(to, target) : push_renamed(to, target, names, prefix_len);
    case AP_MAP_STRING:
    case AP_REPLACE_STRING:
        return push_valued(to, target, step);
    case AP_DROP_ITEM:
        return true;
    case AP_ADD_CONDITION:
    case AP_CHANGE_LOGSOURCE:
    case AP_PLACEHOLDERS:
    case AP_SET_STATE:
    case AP_RULE_FAILURE:
        break;
    }
    return push(to, target);
}

bool ap_active_targets(struct ap_loader *l, const struct ap_active *active, const struct ap_text *field,
                       struct ap_target **targets, size_t *count)
{
    struct ap_target first = {.field = *field};
    struct targets from = {.l = l}, to;
    size_t steps = active == NULL ? 0 : active->count;

    if (!push(&from, &first))
        return false;
    for (size_t i = 0; i < steps; i++) {
        enum ap_transformation_kind kind = active->steps[i].step->kind;

        if (kind != AP_MAP_FIELD && kind != AP_MAP_PREFIX && kind != AP_MAP_STRING && kind != AP_REPLACE_STRING &&
            kind != AP_DROP_ITEM)
            continue;
        to = (struct targets){.l = l};
        for (size_t t = 0; t < from.count; t++)
            if (!step_on(&to, &from.list[t], active->steps[i].step))
                return false;
        from = to;
    }
    *targets = from.list;
    *count = from.count;
    return true;
}

static bool names_it(const struct ap_yaml *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (ap_yaml_is(names[i], name))
            return true;
    return false;
}

const struct ap_yaml *ap_active_values(const struct ap_active *active, const struct ap_text *field, const char *name)
{
    for (size_t i = 0; active != NULL && i < active->count; i++) {
        const struct ap_transformation *step = active->steps[i].step;

        if (step->kind != AP_PLACEHOLDERS || !is_for_field(step, field) ||
            (step->include_count > 0 && !names_it(step->include, step->include_count, name)) ||
            names_it(step->exclude, step->exclude_count, name))
            continue;
        /* Pipelines share their variables; of two of a name the later pipeline's counts. */
        for (size_t p = active->pipeline_count; p > 0; p--) {
            const struct ap_yaml *values = ap_yaml_get(active->pipelines[p - 1]->vars, name);

            if (values != NULL)
                return values;
        }
    }
    return NULL;
}

/* What later transformations would do to the condition is done. */
const struct ap_expr *ap_active_conditions(struct ap_loader *l, const struct ap_active *active,
                                           const struct ap_expr *expr)
{
    const char *file = l->file;

    for (size_t i = 0; i < active->count && expr != NULL; i++) {
        const struct ap_transformation *step = active->steps[i].step;
        struct ap_active later = *active;
        const struct ap_expr *parts[2] = {NULL, expr};

        if (step->kind != AP_ADD_CONDITION)
            continue;
        later.steps += i + 1;
        later.count -= i + 1;
        l->file = active->steps[i].pipeline->file;
        l->again = true;
        parts[0] = ap_selection_read(l, step->mapping, &later, "pipeline");
        l->again = false;
        l->file = file;
        if (parts[0] != NULL && step->not_condition)
            parts[0] = ap_expr_not(l, parts[0], "pipeline", step->node->at);
        expr = parts[0] == NULL ? NULL : ap_expr_join(l, AP_EXPR_AND, parts, 2, "and", step->node->at);
    }
    return expr;
}

bool ap_active_field(struct ap_loader *l, const struct ap_active *active, struct ap_text *field,
                     const struct ap_text **others)
{
    struct ap_target *targets;
    struct ap_text *rest;
    size_t count;

    *others = NULL;
    if (!ap_active_targets(l, active, field, &targets, &count))
        return false;
    if (count > 0)
        *field = targets[0].field;
    if (count < 2)
        return true;
    rest = ap_arena_alloc(&l->list->arena, count, sizeof *rest);
    for (size_t i = 1; rest != NULL && i < count; i++)
        rest[i - 1] = targets[i].field;
    *others = rest;
    return rest != NULL;
}
