#include "pipeline_internal.h"

#include <stdlib.h>
#include <string.h>

struct kind {
    const char *name;
    enum ap_transformation_kind kind;
    const char *keys[4]; /* besides the common ones */
    const char *required;
};

static const struct kind kinds[] = {
    {"field_name_mapping", AP_MAP_FIELD, {"mapping"}, "mapping"},
    {"field_name_prefix_mapping", AP_MAP_PREFIX, {"mapping"}, "mapping"},
    {"add_condition", AP_ADD_CONDITION, {"conditions", "name", "negated"}, "conditions"},
    {"change_logsource", AP_CHANGE_LOGSOURCE, {"category", "product", "service"}, NULL},
    {"map_string", AP_MAP_STRING, {"mapping"}, "mapping"},
    {"replace_string", AP_REPLACE_STRING, {"regex", "replacement"}, "regex"},
    {"value_placeholders", AP_PLACEHOLDERS, {"include", "exclude"}, NULL},
    {"drop_detection_item", AP_DROP_ITEM, {NULL}, NULL},
    {"set_state", AP_SET_STATE, {"key", "val"}, "key"},
    {"rule_failure", AP_RULE_FAILURE, {"message"}, "message"},
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static const struct kind *kind_of(struct ap_loader *l, const struct ap_yaml *node)
{
    const struct ap_yaml *type = ap_field_scalar(l, node, "type");
    const char *names[KIND_COUNT + 1];

    if (type == NULL) {
        (void)ap_load_error(l, node->at, "the transformation has no 'type'");
        return NULL;
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, type->text.text) == 0)
            return &kinds[i];
        names[i] = kinds[i].name;
    }
    names[KIND_COUNT] = NULL;
    (void)ap_load_error(l, type->at, "unknown transformation '%.60s'%s", type->text.text,
                        ap_load_hint(l, type->text.text, names));
    return NULL;
}

static bool known_keys(struct ap_loader *l, const struct ap_yaml *node, const struct kind *kind)
{
    static const char *const common[] = {"id",
                                         "type",
                                         "rule_conditions",
                                         "rule_cond_op",
                                         "rule_cond_not",
                                         "field_name_conditions",
                                         "field_name_cond_op",
                                         "field_name_cond_not"};
    const char *keys[sizeof common / sizeof common[0] + 5];
    size_t n = sizeof common / sizeof common[0];

    memcpy(keys, common, sizeof common);
    for (size_t i = 0; i < 4 && kind->keys[i] != NULL; i++)
        keys[n++] = kind->keys[i];
    keys[n] = NULL;
    return ap_field_known(l, node, ap_load_text(l, "'%s'", kind->name), keys);
}

/* Field names, and strings, to one or several others. */
static bool check_mapping(struct ap_loader *l, const struct ap_yaml *mapping)
{
    const struct ap_yaml *const *items;
    bool good = true;
    size_t count;

    if (mapping->kind != AP_YAML_MAP)
        return ap_load_error(l, mapping->at, "'mapping' must be a mapping, not %s", ap_yaml_kind_name(mapping));
    for (size_t i = 0; i < mapping->count; i++) {
        const char *key = mapping->items[2 * i]->text.text;

        if (!ap_field_list(l, mapping, key, &items, &count))
            good = false;
        else if (count == 0)
            good = ap_load_error(l, mapping->items[2 * i]->at, "'%.60s' is mapped to nothing", key);
    }
    return good;
}

static bool check_conditions(struct ap_loader *l, const struct ap_yaml *items)
{
    const struct ap_expr *expr;

    if (items->kind != AP_YAML_MAP)
        return ap_load_error(l, items->at, "'conditions' must be a mapping, not %s", ap_yaml_kind_name(items));
    l->trial = true;
    expr = ap_selection_read(l, items, NULL, "conditions");
    l->trial = false;
    return expr != NULL;
}

static const char *text_of(struct ap_loader *l, const struct ap_yaml *node, const char *key)
{
    const struct ap_yaml *value = ap_field_scalar(l, node, key);

    return value == NULL ? "" : value->text.text;
}

static bool check_regex(struct ap_loader *l, const struct ap_yaml *node, const char *replacement)
{
    const struct ap_yaml *regex = ap_yaml_get(node, "regex");
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error err;
    enum ap_status status = ap_regex_replace(&out, regex->text.text, replacement, "", 0, &err);

    ap_buf_free(&out);
    return status == AP_OK || ap_load_error(l, regex->at, "%s", err.message);
}

/* What belongs to one kind only. */
static bool read_own(struct ap_loader *l, struct ap_transformation *step)
{
    const struct ap_yaml *node = step->node;

    switch (step->kind) {
    case AP_MAP_FIELD:
    case AP_MAP_PREFIX:
    case AP_MAP_STRING:
        step->mapping = ap_yaml_get(node, "mapping");
        return check_mapping(l, step->mapping);
    case AP_ADD_CONDITION:
        step->mapping = ap_yaml_get(node, "conditions");
        return ap_field_bool(l, node, "negated", &step->not_condition) && check_conditions(l, step->mapping);
    case AP_CHANGE_LOGSOURCE:
        return ap_logsource_read(l, &step->logsource, node);
    case AP_REPLACE_STRING:
        step->regex = text_of(l, node, "regex");
        step->replacement = text_of(l, node, "replacement");
        return check_regex(l, node, step->replacement);
    case AP_PLACEHOLDERS:
        return ap_field_list(l, node, "include", &step->include, &step->include_count) &&
               ap_field_list(l, node, "exclude", &step->exclude, &step->exclude_count);
    case AP_SET_STATE:
        step->key = text_of(l, node, "key");
        step->text = text_of(l, node, "val");
        return true;
    case AP_RULE_FAILURE:
        step->text = text_of(l, node, "message");
        return true;
    case AP_DROP_ITEM:
        break;
    }
    return true;
}

static bool read_step(struct ap_loader *l, struct ap_transformation *step, const struct ap_yaml *node)
{
    const struct ap_yaml *id;
    const struct kind *kind;
    bool good;

    if (node->kind != AP_YAML_MAP)
        return ap_load_error(l, node->at, "a transformation must be a mapping, not %s", ap_yaml_kind_name(node));
    kind = kind_of(l, node);
    if (kind == NULL)
        return false;
    step->kind = kind->kind;
    step->node = node;
    id = ap_field_scalar(l, node, "id");
    step->id = id == NULL ? NULL : id->text.text;
    good = known_keys(l, node, kind);
    good = ap_pipeline_rule_conditions(l, step) && good;
    good = ap_pipeline_field_conditions(l, step) && good;
    if (kind->required != NULL && ap_yaml_get(node, kind->required) == NULL)
        return ap_load_error(l, node->at, "'%s' has no '%s'", kind->name, kind->required);
    return read_own(l, step) && good;
}

static bool read_steps(struct ap_loader *l, struct ap_pipeline *pipeline, const struct ap_yaml *list)
{
    bool good = true;

    if (list == NULL || list->kind == AP_YAML_NULL)
        return true;
    if (list->kind != AP_YAML_LIST)
        return ap_load_error(l, list->at, "'transformations' must be a list, not %s", ap_yaml_kind_name(list));
    pipeline->steps = ap_arena_alloc(&l->list->arena, list->count, sizeof *pipeline->steps);
    if (pipeline->steps == NULL)
        return false;
    for (size_t i = 0; i < list->count; i++)
        good = read_step(l, &pipeline->steps[i], list->items[i]) && good;
    pipeline->step_count = list->count;
    return good;
}

static bool read_vars(struct ap_loader *l, struct ap_pipeline *pipeline, const struct ap_yaml *vars)
{
    const struct ap_yaml *const *items;
    bool good = true;
    size_t count;

    if (vars == NULL || vars->kind == AP_YAML_NULL)
        return true;
    if (vars->kind != AP_YAML_MAP)
        return ap_load_error(l, vars->at, "'vars' must be a mapping, not %s", ap_yaml_kind_name(vars));
    for (size_t i = 0; i < vars->count; i++)
        good = ap_field_list(l, vars, vars->items[2 * i]->text.text, &items, &count) && good;
    pipeline->vars = vars;
    return good;
}

static bool read_events(struct ap_loader *l, const struct ap_yaml *events)
{
    if (events == NULL)
        return true;
    if (l->described != NULL)
        return ap_load_error(l, events->at, "'events' is described by %s already: one pipeline says what a stream is",
                             l->described);
    l->described = l->file;
    return ap_profile_read(l, events);
}

static bool add(struct ap_loader *l, struct ap_pipeline *pipeline)
{
    struct ap_pipeline **list = ap_arena_alloc(&l->list->arena, l->pipeline_count + 1, sizeof(struct ap_pipeline *));

    if (list == NULL)
        return false;
    if (l->pipeline_count > 0)
        memcpy(list, l->pipelines, l->pipeline_count * sizeof(struct ap_pipeline *));
    pipeline->number = l->pipeline_count;
    list[l->pipeline_count++] = pipeline;
    l->pipelines = list;
    return true;
}

bool ap_pipeline_read(struct ap_loader *l, const struct ap_yaml *root)
{
    static const char *const keys[] = {"name",   "priority",         "vars", "transformations",
                                       "events", "allowed_backends", NULL};
    struct ap_pipeline *pipeline = ap_arena_alloc(&l->list->arena, 1, sizeof *pipeline);
    const struct ap_yaml *priority;
    bool good;

    if (pipeline == NULL)
        return false;
    if (root->kind != AP_YAML_MAP)
        return ap_load_error(l, root->at, "a pipeline must be a mapping, not %s", ap_yaml_kind_name(root));
    pipeline->file = l->file;
    good = ap_field_known(l, root, "the pipeline", keys);
    priority = ap_yaml_get(root, "priority");
    if (priority != NULL && (priority->kind != AP_YAML_NUMBER || !priority->integer))
        good = ap_load_error(l, priority->at, "'priority' must be a whole number");
    else if (priority != NULL)
        pipeline->priority = priority->number.integer;
    good = read_vars(l, pipeline, ap_yaml_get(root, "vars")) && good;
    good = read_events(l, ap_yaml_get(root, "events")) && good;
    return read_steps(l, pipeline, ap_yaml_get(root, "transformations")) && add(l, pipeline) && good;
}

static int compare(const void *left, const void *right)
{
    const struct ap_pipeline *a = *(struct ap_pipeline *const *)left, *b = *(struct ap_pipeline *const *)right;

    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

void ap_pipelines_ready(struct ap_loader *l)
{
    if (l->pipeline_count > 1)
        qsort(l->pipelines, l->pipeline_count, sizeof(struct ap_pipeline *), compare);
}
