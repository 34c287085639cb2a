/* Which rules, and which of their fields, a transformation is for. */
#include <string.h>

#include "pipeline_internal.h"

static const char *const ops[] = {"eq", "ne", "gte", "gt", "lte", "lt", "in", "not_in", NULL};

static bool read_op(struct ap_loader *l, const struct ap_yaml *node, enum ap_rule_condition_op *op)
{
    const struct ap_yaml *word = ap_field_scalar(l, node, "op");

    if (word == NULL)
        return true;
    for (size_t i = 0; ops[i] != NULL; i++) {
        if (ap_yaml_is(word, ops[i])) {
            *op = (enum ap_rule_condition_op)i;
            return true;
        }
    }
    return ap_load_error(l, word->at, "unknown op '%.40s'%s", word->text.text, ap_load_hint(l, word->text.text, ops));
}

/* A key that the condition cannot do without. */
static const char *need(struct ap_loader *l, const struct ap_yaml *node, const char *key)
{
    const struct ap_yaml *value = ap_field_scalar(l, node, key);

    if (value != NULL)
        return value->text.text;
    (void)ap_load_error(l, node->at, "the rule condition has no '%s'", key);
    return NULL;
}

static bool read_attribute(struct ap_loader *l, const struct ap_yaml *node, struct ap_rule_condition *out)
{
    static const char *const keys[] = {"type", "attribute", "value", "op", NULL};

    out->name = need(l, node, "attribute");
    out->value = ap_yaml_get(node, "value");
    if (out->value == NULL)
        return ap_load_error(l, node->at, "the rule condition has no 'value'");
    return ap_field_known(l, node, "'rule_attribute'", keys) && read_op(l, node, &out->op) && out->name != NULL;
}

static bool read_state(struct ap_loader *l, const struct ap_yaml *node, struct ap_rule_condition *out)
{
    static const char *const keys[] = {"type", "key", "val", "op", NULL};

    out->name = need(l, node, "key");
    out->value = ap_field_scalar(l, node, "val");
    if (!read_op(l, node, &out->op))
        return false;
    if (out->op != AP_OP_EQ && out->op != AP_OP_NE)
        return ap_load_error(l, node->at, "a state is compared with eq or ne");
    return ap_field_known(l, node, "'processing_state'", keys) && out->name != NULL &&
           (out->value != NULL || ap_load_error(l, node->at, "the rule condition has no 'val'"));
}

static bool read_rule_condition(struct ap_loader *l, const struct ap_yaml *node, struct ap_rule_condition *out)
{
    static const char *const types[] = {
        "logsource", "tag", "rule_attribute", "processing_state", "rule_processing_item_applied", NULL};
    static const char *const logsource_keys[] = {"type", "category", "product", "service", NULL};
    static const char *const tag_keys[] = {"type", "tag", NULL};
    static const char *const applied_keys[] = {"type", "processing_item_id", NULL};
    const struct ap_yaml *type = ap_field_scalar(l, node, "type");
    size_t i = 0;

    if (type == NULL)
        return ap_load_error(l, node->at, "a rule condition must be a mapping with a 'type'");
    while (types[i] != NULL && !ap_yaml_is(type, types[i]))
        i++;
    if (types[i] == NULL)
        return ap_load_error(l, type->at, "unknown rule condition '%.60s'%s", type->text.text,
                             ap_load_hint(l, type->text.text, types));
    out->kind = (enum ap_rule_condition_kind)i;
    switch (out->kind) {
    case AP_COND_LOGSOURCE:
        return ap_field_known(l, node, "'logsource'", logsource_keys) && ap_logsource_read(l, &out->logsource, node);
    case AP_COND_TAG:
        out->name = need(l, node, "tag");
        return ap_field_known(l, node, "'tag'", tag_keys) && out->name != NULL;
    case AP_COND_ATTRIBUTE:
        return read_attribute(l, node, out);
    case AP_COND_STATE:
        return read_state(l, node, out);
    case AP_COND_APPLIED:
        out->name = need(l, node, "processing_item_id");
        return ap_field_known(l, node, "'rule_processing_item_applied'", applied_keys) && out->name != NULL;
    }
    return false;
}

static bool read_any(struct ap_loader *l, const struct ap_yaml *node, const char *key, bool *any)
{
    const struct ap_yaml *op = ap_field_scalar(l, node, key);

    *any = op != NULL && ap_yaml_is(op, "or");
    return op == NULL || *any || ap_yaml_is(op, "and") || ap_load_error(l, op->at, "'%s' must be 'and' or 'or'", key);
}

/* The list under a key; *list is NULL when there is none. */
static bool read_list(struct ap_loader *l, const struct ap_yaml *node, const char *key, const struct ap_yaml **list)
{
    *list = ap_yaml_get(node, key);
    return *list == NULL || (*list)->kind == AP_YAML_LIST ||
           ap_load_error(l, (*list)->at, "'%s' must be a list, not %s", key, ap_yaml_kind_name(*list));
}

bool ap_pipeline_rule_conditions(struct ap_loader *l, struct ap_transformation *step)
{
    struct ap_rule_condition *conditions;
    const struct ap_yaml *list;
    bool good = true;

    if (!read_any(l, step->node, "rule_cond_op", &step->any) ||
        !ap_field_bool(l, step->node, "rule_cond_not", &step->negated) ||
        !read_list(l, step->node, "rule_conditions", &list))
        return false;
    if (list == NULL)
        return true;
    conditions = ap_arena_alloc(&l->list->arena, list->count, sizeof *conditions);
    if (conditions == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++)
        good = read_rule_condition(l, list->items[i], &conditions[i]) && good;
    step->conditions = conditions;
    step->condition_count = list->count;
    return good;
}

static bool read_field_condition(struct ap_loader *l, const struct ap_yaml *node, struct ap_field_condition *out)
{
    static const char *const types[] = {"include_fields", "exclude_fields", NULL};
    static const char *const keys[] = {"type", "fields", NULL};
    const struct ap_yaml *type = ap_field_scalar(l, node, "type");

    if (type == NULL)
        return ap_load_error(l, node->at, "a field name condition must be a mapping with a 'type'");
    out->exclude = ap_yaml_is(type, types[1]);
    if (!out->exclude && !ap_yaml_is(type, types[0]))
        return ap_load_error(l, type->at, "unknown field name condition '%.60s'%s", type->text.text,
                             ap_load_hint(l, type->text.text, types));
    if (ap_yaml_get(node, "fields") == NULL)
        return ap_load_error(l, node->at, "the field name condition has no 'fields'");
    return ap_field_list(l, node, "fields", &out->fields, &out->count) &&
           ap_field_known(l, node, "the field name condition", keys);
}

bool ap_pipeline_field_conditions(struct ap_loader *l, struct ap_transformation *step)
{
    struct ap_field_condition *conditions;
    const struct ap_yaml *list;
    bool good = true;

    if (!read_any(l, step->node, "field_name_cond_op", &step->any_field) ||
        !ap_field_bool(l, step->node, "field_name_cond_not", &step->negated_field) ||
        !read_list(l, step->node, "field_name_conditions", &list))
        return false;
    if (list == NULL)
        return true;
    conditions = ap_arena_alloc(&l->list->arena, list->count, sizeof *conditions);
    if (conditions == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++)
        good = read_field_condition(l, list->items[i], &conditions[i]) && good;
    step->fields = conditions;
    step->field_count = list->count;
    return good;
}
