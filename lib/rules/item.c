#include <stdio.h>
#include <math.h>
#include <string.h>

#include "auditproof/utf8.h"
#include "item.h"
#include "program.h"

const struct ap_expr ap_expr_dropped = {.kind = AP_EXPR_AND};

enum { LABEL_MAX = 100 };

/* A value as a rule has it, for people. */
static const char *label_of(const struct ap_item *item, const struct ap_yaml *value)
{
    const char *key = item->key == NULL ? "keyword" : item->key->text.text;
    size_t len;

    if (value == NULL || value->kind == AP_YAML_NULL)
        return ap_load_text(item->l, "%s: null", key);
    len = value->text.len <= LABEL_MAX ? value->text.len : ap_utf8_valid(value->text.text, LABEL_MAX);
    return ap_load_text(item->l, value->kind == AP_YAML_STRING ? "%s: '%.*s%s'" : "%s: %.*s%s", key, (int)len,
                        value->text.text, len < value->text.len ? "..." : "");
}

static struct ap_mark mark_of(const struct ap_item *item, const struct ap_yaml *value)
{
    return value != NULL ? value->at : item->key->at;
}

static const struct ap_expr *test(const struct ap_item *item, struct ap_test *test, const struct ap_yaml *value)
{
    test->field = item->target->field;
    return ap_expr_test(item->l, test, label_of(item, value), mark_of(item, value));
}

/* The value's alternatives as patterns, any of which may match. */
static const struct ap_expr *patterns(const struct ap_item *item, const struct ap_strings *strings,
                                      const struct ap_yaml *value)
{
    const struct ap_expr **parts = ap_arena_alloc(&item->l->list->arena, strings->count, sizeof *parts);

    if (parts == NULL)
        return NULL;
    for (size_t i = 0; i < strings->count; i++) {
        struct ap_test one = {.kind = AP_TEST_STRING, .cased = item->modifiers.cased};

        if (!ap_string_pattern(item->l, &strings->list[i], one.cased, &one.pattern))
            return NULL;
        parts[i] = test(item, &one, value);
    }
    if (strings->count == 1)
        return parts[0];
    return ap_expr_join(item->l, AP_EXPR_OR, parts, strings->count, label_of(item, value), value->at);
}

static const struct ap_expr *string_value(const struct ap_item *item, const struct ap_yaml *value)
{
    struct ap_strings strings;

    if (!ap_item_strings(item, value, &strings))
        return NULL;
    return patterns(item, &strings, value);
}

static const struct ap_expr *null_value(const struct ap_item *item, const struct ap_yaml *value)
{
    struct ap_test one = {.kind = AP_TEST_NULL};
    struct ap_mark at = mark_of(item, value);

    if (item->target->field.text == NULL)
        (void)ap_load_error(item->l, at, "a keyword cannot be null");
    else if (item->modifiers.transform_count > 0 || item->modifiers.cased)
        (void)ap_load_error(item->l, at, "null has no text that the modifiers of '%.60s' could work on",
                            item->key->text.text);
    else
        return test(item, &one, value);
    return NULL;
}

static const struct ap_expr *plain_value(const struct ap_item *item, const struct ap_yaml *value)
{
    bool text = item->target->field.text == NULL || item->modifiers.transform_count > 0;
    struct ap_test one = {.kind = AP_TEST_NUMBER};

    switch (value->kind) {
    case AP_YAML_NULL:
        return null_value(item, value);
    case AP_YAML_NUMBER:
        if (text || !isfinite(value->number.real))
            return string_value(item, value);
        one.number = value->number;
        one.spelling = value->text;
        return test(item, &one, value);
    case AP_YAML_BOOL:
        if (text)
            return string_value(item, value);
        if (strchr("yYnNoO", value->text.text[0]) != NULL)
            (void)ap_load_warn(item->l, value->at,
                               "%s is a Boolean in YAML and matches %s: quote it if the word is meant",
                               value->text.text, value->truth ? "true" : "false");
        one.kind = AP_TEST_BOOL;
        one.truth = value->truth;
        return test(item, &one, value);
    case AP_YAML_STRING:
        return string_value(item, value);
    case AP_YAML_LIST:
    case AP_YAML_MAP:
        break;
    }
    return NULL;
}

static const struct ap_expr *regex_value(const struct ap_item *item, const struct ap_yaml *value)
{
    struct ap_test one = {.kind = AP_TEST_REGEX,
                          .regex = value->text,
                          .caseless = item->modifiers.caseless,
                          .multiline = item->modifiers.multiline,
                          .dotall = item->modifiers.dotall};
    struct ap_error err;
    enum ap_status status;
    size_t at = 0;

    status = ap_regex_check(&one, &at, &err);
    if (status == AP_OK)
        return test(item, &one, value);
    if (status == AP_ENOMEM)
        item->l->list->arena.failed = true;
    else
        (void)ap_load_error(item->l, ap_yaml_mark(value, at), "%s, at character %zu of it", err.message,
                            ap_utf8_count(value->text.text, at < value->text.len ? at : value->text.len) + 1);
    return NULL;
}

static const struct ap_expr *cidr_value(const struct ap_item *item, const struct ap_yaml *value)
{
    struct ap_test one = {.kind = AP_TEST_CIDR};

    return ap_cidr_read(item->l, value, &one.cidr) ? test(item, &one, value) : NULL;
}

static const struct ap_expr *compare_value(const struct ap_item *item, const struct ap_yaml *value)
{
    struct ap_test one = {.kind = AP_TEST_COMPARE,
                          .number = value->number,
                          .spelling = value->text,
                          .compare = item->modifiers.compare,
                          .part = item->modifiers.part};

    if (value->kind == AP_YAML_NUMBER && isfinite(value->number.real))
        return test(item, &one, value);
    if (value->kind == AP_YAML_NUMBER)
        (void)ap_load_error(item->l, value->at, "'%.60s' is compared with numbers that end, and not with %.20s",
                            item->key->text.text, value->text.text);
    else
        (void)ap_load_error(item->l, value->at, "'%.60s' is compared with numbers, and '%.40s' is %s%s",
                            item->key->text.text, value->text.text, ap_yaml_kind_name(value),
                            value->kind == AP_YAML_STRING ? ": write a number, without quotes" : "");
    return NULL;
}

static const struct ap_expr *exists_value(const struct ap_item *item, const struct ap_yaml *value)
{
    struct ap_test one = {.kind = AP_TEST_EXISTS, .truth = true};
    const struct ap_expr *expr;

    if (value->kind != AP_YAML_BOOL) {
        (void)ap_load_error(item->l, value->at, "'%.60s' takes true or false, not %s", item->key->text.text,
                            ap_yaml_kind_name(value));
        return NULL;
    }
    expr = test(item, &one, value);
    return value->truth || expr == NULL ? expr : ap_expr_not(item->l, expr, label_of(item, value), value->at);
}

static const struct ap_expr *field_value(const struct ap_item *item, const struct ap_yaml *value)
{
    static const enum ap_relation relations[] = {AP_RELATION_CONTAINS, AP_RELATION_STARTS, AP_RELATION_ENDS};
    struct ap_test one = {.kind = AP_TEST_FIELD, .cased = item->modifiers.cased};
    const struct ap_expr *parts[AP_TARGETS_MAX];
    struct ap_target *others;
    size_t count;

    if (value->kind == AP_YAML_NULL || value->text.len == 0) {
        (void)ap_load_error(item->l, value->at, "'%.60s' takes the name of a field", item->key->text.text);
        return NULL;
    }
    if (item->modifiers.transform_count > 1) {
        (void)ap_load_error(item->l, item->key->at, "'fieldref' goes with one of contains, startswith and endswith");
        return NULL;
    }
    if (item->modifiers.transform_count == 1)
        one.relation = relations[item->modifiers.transforms[0]];
    if (!ap_active_targets(item->l, item->active, &value->text, &others, &count))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        one.other = others[i].field;
        parts[i] = test(item, &one, value);
    }
    if (count == 1)
        return parts[0];
    return ap_expr_join(item->l, AP_EXPR_OR, parts, count, label_of(item, value), value->at);
}

/* What pipelines make of a value: any of it may match. */
static const struct ap_expr *mapped_value(const struct ap_item *item, const struct ap_yaml *value)
{
    const struct ap_yaml *const *values;
    const struct ap_expr **parts;
    size_t count;

    if (value->kind == AP_YAML_NULL || item->target->value_count == 0)
        return plain_value(item, value);
    values = ap_target_values(item->l, item->target, value, &count);
    if (values == NULL)
        return NULL;
    parts = ap_arena_alloc(&item->l->list->arena, count, sizeof *parts);
    if (parts == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        parts[i] = plain_value(item, values[i]);
        if (parts[i] == NULL)
            return NULL;
    }
    return count == 1 ? parts[0] : ap_expr_join(item->l, AP_EXPR_OR, parts, count, label_of(item, value), value->at);
}

static const struct ap_expr *value_of(const struct ap_item *item, const struct ap_yaml *value)
{
    enum ap_form form = item->modifiers.form;

    if (!ap_yaml_is_scalar(value)) {
        (void)ap_load_error(item->l, value->at, "a value cannot be %s%s", ap_yaml_kind_name(value),
                            value->kind == AP_YAML_MAP ? ": name a member of a member as 'outer.inner'" : "");
        return NULL;
    }
    if (form == AP_FORM_VALUE)
        return mapped_value(item, value);
    if (form == AP_FORM_EXISTS)
        return exists_value(item, value);
    if (form == AP_FORM_COMPARE)
        return compare_value(item, value);
    if (value->kind == AP_YAML_NULL) {
        (void)ap_load_error(item->l, value->at, "'%.60s' takes a string, not null", item->key->text.text);
        return NULL;
    }
    if (form == AP_FORM_REGEX)
        return regex_value(item, value);
    return form == AP_FORM_CIDR ? cidr_value(item, value) : field_value(item, value);
}

static const struct ap_expr *value_list(const struct ap_item *item, const struct ap_yaml *list)
{
    const struct ap_expr **parts = ap_arena_alloc(&item->l->list->arena, list->count, sizeof *parts);
    bool good = parts != NULL;

    for (size_t i = 0; good && i < list->count; i++) {
        if (list->items[i]->kind == AP_YAML_NULL) {
            (void)ap_load_error(item->l, list->items[i]->at,
                                "null cannot stand in a list: give it a selection of its own");
            parts[i] = NULL;
            continue;
        }
        parts[i] = value_of(item, list->items[i]);
    }
    for (size_t i = 0; good && i < list->count; i++)
        good = parts[i] != NULL;
    if (!good)
        return NULL;
    if (list->count == 1)
        return parts[0];
    return ap_expr_join(item->l, item->modifiers.all ? AP_EXPR_AND : AP_EXPR_OR, parts, list->count,
                        item->key == NULL ? "keywords" : item->key->text.text, list->at);
}

static const struct ap_expr *target_expr(const struct ap_item *item, const struct ap_yaml *value)
{
    if (value->kind != AP_YAML_LIST)
        return value_of(item, value);
    /* An empty list is null, as pySigma has it. */
    return value->count > 0
               ? value_list(item, value)
               : (item->modifiers.form == AP_FORM_VALUE ? null_value(item, value) : value_list(item, value));
}

/* Of `exists`: its Boolean may stand in a list by itself. */
static bool truth_of(const struct ap_yaml *value)
{
    return value->kind == AP_YAML_LIST && value->count == 1 ? value->items[0]->truth : value->truth;
}

/* `null` asks that none of the fields is there, as it does of one: any of them would always be absent. */
static bool asks_for_null(const struct ap_item *item, const struct ap_yaml *value)
{
    return item->modifiers.form == AP_FORM_VALUE &&
           (value->kind == AP_YAML_NULL || (value->kind == AP_YAML_LIST && value->count == 0));
}

const struct ap_expr *ap_item_read(struct ap_loader *l, const struct ap_yaml *key, const struct ap_yaml *value,
                                   const struct ap_active *active)
{
    struct ap_item item = {.l = l, .key = key, .active = active};
    const struct ap_expr *parts[AP_TARGETS_MAX], *expr;
    const char *label = key == NULL ? "keywords" : key->text.text;
    enum ap_expr_kind kind = AP_EXPR_OR;
    struct ap_target *targets;
    size_t count;

    if (!ap_modifiers_read(l, key, &item.modifiers) ||
        !ap_active_targets(l, active, &item.modifiers.field, &targets, &count))
        return NULL;
    if (value->kind == AP_YAML_LIST && value->count == 0 && item.modifiers.form != AP_FORM_VALUE) {
        (void)ap_load_error(l, value->at, "'%.60s' has no value", label);
        return NULL;
    }
    if (value->kind == AP_YAML_LIST && value->count > 1 && item.modifiers.form == AP_FORM_EXISTS) {
        (void)ap_load_error(l, value->at, "'%.60s' takes one of true and false, not a list", label);
        return NULL;
    }
    if (item.modifiers.all && (value->kind != AP_YAML_LIST || value->count == 1))
        (void)ap_load_warn(l, key->at, "'all' does nothing to one value");
    if (asks_for_null(&item, value) || (item.modifiers.form == AP_FORM_EXISTS && !truth_of(value)))
        kind = AP_EXPR_AND;
    if (count == 0)
        return &ap_expr_dropped;
    for (size_t i = 0; i < count; i++) {
        item.target = &targets[i];
        parts[i] = target_expr(&item, value);
        if (parts[i] == NULL)
            return NULL;
    }
    expr = count == 1 ? parts[0] : ap_expr_join(l, kind, parts, count, label, value->at);
    if (expr != NULL && item.modifiers.neq)
        expr = ap_expr_not(l, expr, label, key->at);
    return expr;
}
