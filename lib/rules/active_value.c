/* What map_string and replace_string of pipelines make of a rule's values, as they are written. */
#include <string.h>

#include "pipeline_internal.h"
#include "value.h"

struct values {
    const struct ap_yaml **list;
    size_t count, cap;
};

static bool push(struct ap_loader *l, struct values *to, const struct ap_yaml *value)
{
    if (to->count == to->cap) {
        size_t cap = to->cap == 0 ? 4 : to->cap * 2;
        const struct ap_yaml **list = ap_arena_alloc(&l->list->arena, cap, sizeof *list);

        if (list == NULL)
            return false;
        if (to->count > 0)
            memcpy(list, to->list, to->count * sizeof *list);
        to->list = list;
        to->cap = cap;
    }
    if (to->count == AP_STRINGS_MAX)
        return ap_load_error(l, value->at, "pipelines make more than %d values of this one", AP_STRINGS_MAX);
    to->list[to->count++] = value;
    return true;
}

static bool push_text(struct ap_loader *l, struct values *to, const struct ap_yaml *value, const char *text, size_t len)
{
    struct ap_yaml *made = ap_arena_alloc(&l->list->arena, 1, sizeof *made);

    if (made == NULL)
        return false;
    made->kind = AP_YAML_STRING;
    made->at = value->at;
    made->text.text = ap_arena_copy(&l->list->arena, text, len);
    made->text.len = len;
    return made->text.text != NULL && push(l, to, made);
}

static bool map(struct ap_loader *l, struct values *to, const struct ap_yaml *value, const struct ap_yaml *mapping)
{
    const struct ap_yaml *others = ap_yaml_get(mapping, value->text.text);
    size_t count = others == NULL || others->kind != AP_YAML_LIST ? 1 : others->count;

    if (others == NULL)
        return push(l, to, value);
    for (size_t i = 0; i < count; i++) {
        const struct ap_yaml *other = others->kind == AP_YAML_LIST ? others->items[i] : others;

        if (!push_text(l, to, value, other->text.text, other->text.len))
            return false;
    }
    return true;
}

static bool replace(struct ap_loader *l, struct values *to, const struct ap_yaml *value,
                    const struct ap_transformation *step)
{
    struct ap_buf out = AP_BUF_INIT;
    struct ap_error err;
    bool good;

    if (value->kind != AP_YAML_STRING)
        return push(l, to, value);
    if (ap_regex_replace(&out, step->regex, step->replacement, value->text.text, value->text.len, &err) == AP_OK)
        good = push_text(l, to, value, ap_buf_str(&out), out.len);
    else
        good = ap_load_error(l, value->at, "a pipeline's replace_string fails on this value: %s", err.message);
    ap_buf_free(&out);
    return good;
}

const struct ap_yaml *const *ap_target_values(struct ap_loader *l, const struct ap_target *target,
                                              const struct ap_yaml *value, size_t *count)
{
    struct values from = {NULL, 0, 0};

    if (!push(l, &from, value))
        return NULL;
    for (size_t i = 0; i < target->value_count; i++) {
        const struct ap_transformation *step = target->values[i];
        struct values to = {NULL, 0, 0};

        for (size_t v = 0; v < from.count; v++)
            if (!(step->kind == AP_MAP_STRING ? map(l, &to, from.list[v], step->mapping)
                                              : replace(l, &to, from.list[v], step)))
                return NULL;
        from = to;
    }
    *count = from.count;
    return from.list;
}
