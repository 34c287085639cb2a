#include <string.h>

#include "loader.h"

const struct ap_yaml *ap_field_scalar(struct ap_loader *l, const struct ap_yaml *map, const char *key)
{
    const struct ap_yaml *value = ap_yaml_get(map, key);

    if (value == NULL || value->kind == AP_YAML_NULL)
        return NULL;
    if (ap_yaml_is_scalar(value)) {
        if (strlen(value->text.text) == value->text.len)
            return value;
        (void)ap_load_error(l, value->at, "'%s' holds a NUL character", key);
        return NULL;
    }
    (void)ap_load_error(l, value->at, "'%s' must be a string, not %s", key, ap_yaml_kind_name(value));
    return NULL;
}

bool ap_field_list(struct ap_loader *l, const struct ap_yaml *map, const char *key, const struct ap_yaml *const **items,
                   size_t *count)
{
    const struct ap_yaml *value = ap_yaml_get(map, key);
    const struct ap_yaml **list;

    *items = NULL;
    *count = 0;
    if (value == NULL || value->kind == AP_YAML_NULL)
        return true;
    if (value->kind == AP_YAML_MAP)
        return ap_load_error(l, value->at, "'%s' must be a list, not a mapping", key);
    list = ap_arena_alloc(&l->list->arena, value->kind == AP_YAML_LIST ? value->count : 1, sizeof(struct ap_yaml *));
    if (list == NULL)
        return false;
    *items = list;
    if (value->kind != AP_YAML_LIST) {
        list[(*count)++] = value;
        return true;
    }
    for (size_t i = 0; i < value->count; i++) {
        if (!ap_yaml_is_scalar(value->items[i]) || value->items[i]->kind == AP_YAML_NULL)
            return ap_load_error(l, value->items[i]->at, "'%s' must be a list of strings, and has %s in it", key,
                                 ap_yaml_kind_name(value->items[i]));
        list[(*count)++] = value->items[i];
    }
    return true;
}

bool ap_field_bool(struct ap_loader *l, const struct ap_yaml *map, const char *key, bool *value)
{
    const struct ap_yaml *node = ap_yaml_get(map, key);

    if (node == NULL)
        return true;
    if (node->kind != AP_YAML_BOOL)
        return ap_load_error(l, node->at, "'%s' must be true or false, not %s", key, ap_yaml_kind_name(node));
    *value = node->truth;
    return true;
}

bool ap_field_known(struct ap_loader *l, const struct ap_yaml *map, const char *what, const char *const *words)
{
    bool good = true;

    for (size_t i = 0; i < map->count; i++) {
        const struct ap_yaml *key = map->items[2 * i];
        size_t w = 0;

        while (words[w] != NULL && !ap_yaml_is(key, words[w]))
            w++;
        if (words[w] == NULL)
            good = ap_load_error(l, key->at, "unknown key '%.60s' in %s%s", key->text.text, what,
                                 ap_load_hint(l, key->text.text, words));
    }
    return good;
}
