#include "form.h"

#include <string.h>

#include "auditproof/clock.h"

enum { TOLD_MAX = 3 };

static void take(void *context, const struct ap_yaml_document *document)
{
    struct ap_yaml_form *form = context;

    if (document->problem != NULL)
        (void)ap_load_error(&form->loader, document->problem->at, "%s", document->problem->message);
    else if (document->root->kind != AP_YAML_MAP)
        (void)ap_load_error(&form->loader, document->root->at, "the file must be a mapping that begins with 'format'");
    else if (form->root != NULL)
        (void)ap_load_error(&form->loader, document->root->at, "the file must be one document");
    else
        form->root = document->root;
}

enum ap_status ap_form_open(struct ap_yaml_form *form, const char *name, const char *text, size_t len,
                            const char *format, struct ap_error *err)
{
    const struct ap_yaml *is;
    enum ap_status status;

    memset(form, 0, sizeof *form);
    ap_arena_init(&form->list.arena, 0);
    form->loader.list = &form->list;
    form->loader.problems = &form->problems;
    form->loader.file = form->name = name;
    status = ap_yaml_read(&form->list.arena, text, len, take, form, err);
    if (status != AP_OK || form->problems.count > 0)
        return status == AP_OK ? ap_form_check(form, err) : status;
    if (form->root == NULL)
        return ap_fail(err, AP_EINPUT, "%s is empty; it must begin with 'format: %s'", name, format);
    is = ap_field_scalar(&form->loader, form->root, "format");
    if (is == NULL || !ap_yaml_is(is, format))
        (void)ap_load_error(&form->loader, is == NULL ? form->root->at : is->at, "'format' must be %s", format);
    return ap_form_check(form, err);
}

void ap_form_free(struct ap_yaml_form *form)
{
    ap_problems_free(&form->problems);
    ap_arena_free(&form->list.arena);
}

enum ap_status ap_form_check(struct ap_yaml_form *form, struct ap_error *err)
{
    struct ap_buf said = AP_BUF_INIT;
    enum ap_status status = ap_arena_check(&form->list.arena, form->name, err);

    if (status != AP_OK || form->problems.count == 0)
        return status;
    ap_problems_sort(&form->problems);
    for (size_t i = 0; i < form->problems.count && i < TOLD_MAX; i++) {
        const struct ap_rule_problem *is = &form->problems.list[i];

        ap_buf_addf(&said, "%s%s:%u:%u: %s", i == 0 ? "" : "; ", form->name, is->line, is->column, is->message);
    }
    status = ap_fail(err, AP_EINPUT, "%s%s", ap_buf_str(&said),
                     form->problems.count > TOLD_MAX ? "; and more is wrong in this file" : "");
    ap_buf_free(&said);
    return status;
}

void ap_form_known(struct ap_yaml_form *form, const struct ap_yaml *map, const char *what, const char *const *words)
{
    if (map->kind != AP_YAML_MAP)
        (void)ap_load_error(&form->loader, map->at, "%s must be a mapping, not %s", what, ap_yaml_kind_name(map));
    else
        (void)ap_field_known(&form->loader, map, what, words);
}

static const char *copy_text(struct ap_yaml_form *form, const struct ap_yaml *value, const char *key)
{
    size_t len = value->text.len;

    while (len > 0 && strchr(" \t\r\n", value->text.text[len - 1]) != NULL)
        len--;
    if (len > AP_FORM_TEXT_MAX) {
        (void)ap_load_error(&form->loader, value->at, "'%s' has more than %d bytes", key, AP_FORM_TEXT_MAX);
        return NULL;
    }
    return ap_arena_copy(&form->list.arena, value->text.text, len);
}

static const struct ap_yaml *find_scalar(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key,
                                         bool required)
{
    const struct ap_yaml *value = map->kind == AP_YAML_MAP ? ap_field_scalar(&form->loader, map, key) : NULL;

    if (required && map->kind == AP_YAML_MAP &&
        (value == NULL ? ap_yaml_get(map, key) == NULL || ap_yaml_get(map, key)->kind == AP_YAML_NULL
                       : value->text.len == 0))
        (void)ap_load_error(&form->loader, value == NULL ? map->at : value->at, "'%s' is required here", key);
    return value;
}

const char *ap_form_text(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, bool required)
{
    const struct ap_yaml *value = find_scalar(form, map, key, required);

    return value == NULL || value->text.len == 0 ? NULL : copy_text(form, value, key);
}

bool ap_form_time(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, bool required,
                  int64_t *time_us)
{
    const struct ap_yaml *value = find_scalar(form, map, key, required);
    const char *clock;
    struct ap_error err;

    if (value == NULL || value->text.len == 0)
        return false;
    /* Times of record do not depend on when the file is read, nor on where. */
    clock = strpbrk(value->text.text, "Tt ");
    if (clock == NULL || strpbrk(clock, "Zz+-") == NULL)
        return ap_load_error(&form->loader, value->at,
                             "'%s' must be a time with its zone, such as 2026-03-29T01:30:00+01:00, not '%.40s'", key,
                             value->text.text);
    if (ap_time_parse(time_us, value->text.text, 0, &err) == AP_OK)
        return true;
    return ap_load_error(&form->loader, value->at, "'%s': %.200s", key, err.message);
}

bool ap_form_number(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, uint64_t max,
                    uint64_t *value)
{
    const struct ap_yaml *node = find_scalar(form, map, key, false);

    if (node == NULL)
        return false;
    if (node->kind != AP_YAML_NUMBER || !node->number.is_integer || node->number.integer < 0 ||
        (uint64_t)node->number.integer > max)
        return ap_load_error(&form->loader, node->at, "'%s' must be a number of 0 to %llu", key,
                             (unsigned long long)max);
    *value = (uint64_t)node->number.integer;
    return true;
}

void ap_form_texts(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, struct ap_form_list *out)
{
    const struct ap_yaml *const *items;
    size_t count;

    if (map->kind != AP_YAML_MAP || ap_yaml_get(map, key) == NULL)
        return;
    memset(out, 0, sizeof *out);
    if (!ap_field_list(&form->loader, map, key, &items, &count))
        return;
    if (count > AP_FORM_LIST_MAX) {
        (void)ap_load_error(&form->loader, items[AP_FORM_LIST_MAX]->at, "'%s' has more than %d elements", key,
                            AP_FORM_LIST_MAX);
        return;
    }
    out->items = ap_arena_alloc(&form->list.arena, count + 1, sizeof(const char *));
    for (size_t i = 0; out->items != NULL && i < count; i++) {
        out->items[i] = copy_text(form, items[i], key);
        if (out->items[i] == NULL)
            return;
        out->count = i + 1;
    }
}

static void read_row(struct ap_yaml_form *form, const struct ap_yaml *node, const char *key, const char *const *words,
                     size_t required, const char **row)
{
    ap_form_known(form, node, key, words);
    for (size_t w = 0; node->kind == AP_YAML_MAP && words[w] != NULL; w++)
        row[w] = ap_form_text(form, node, words[w], w < required);
}

void ap_form_rows(struct ap_yaml_form *form, const struct ap_yaml *map, const char *key, const char *const *words,
                  size_t required, struct ap_form_table *out)
{
    const struct ap_yaml *list = map->kind == AP_YAML_MAP ? ap_yaml_get(map, key) : NULL;
    size_t columns = 0;

    if (list == NULL || list->kind == AP_YAML_NULL)
        return;
    memset(out, 0, sizeof *out);
    if (list->kind != AP_YAML_LIST || list->count > AP_FORM_LIST_MAX) {
        (void)ap_load_error(&form->loader, list->at, "'%s' must be a list of at most %d mappings", key,
                            AP_FORM_LIST_MAX);
        return;
    }
    while (words[columns] != NULL)
        columns++;
    out->items = ap_arena_alloc(&form->list.arena, list->count + 1, sizeof(const char **));
    out->nodes = ap_arena_alloc(&form->list.arena, list->count + 1, sizeof(const struct ap_yaml *));
    for (size_t i = 0; out->items != NULL && out->nodes != NULL && i < list->count; i++) {
        out->items[i] = ap_arena_alloc(&form->list.arena, columns, sizeof(const char *));
        if (out->items[i] == NULL)
            return;
        out->nodes[i] = list->items[i];
        read_row(form, list->items[i], key, words, required, out->items[i]);
        out->count = i + 1;
    }
}
