/* What a correlation says, apart from the rules that it refers to (correlation_link.c). */
#include "correlation.h"

#include <math.h>
#include <string.h>

static const char *const types[] = {"event_count",      "value_count", "value_sum",        "value_avg", "value_median",
                                    "value_percentile", "temporal",    "temporal_ordered", NULL};

static bool is_temporal(const struct ap_correlation *is)
{
    return is->type == AP_TEMPORAL || is->type == AP_TEMPORAL_ORDERED;
}

static bool read_type(struct ap_loader *l, const struct ap_yaml *map, struct ap_correlation *is)
{
    const struct ap_yaml *type = ap_field_scalar(l, map, "type");

    if (type == NULL) {
        return ap_load_error(l, map->at, "the correlation has no 'type'");
    }
    for (size_t i = 0; types[i] != NULL; i++) {
        if (ap_yaml_is(type, types[i])) {
            is->type = (enum ap_correlation_type)i;
            return true;
        }
    }
    return ap_load_error(l, type->at, "unknown type of correlation '%.40s'%s", type->text.text,
                         ap_load_hint(l, type->text.text, types));
}

static int64_t seconds_of(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    case 'M':
        return 2629746;
    case 'y':
        return 31556952;
    default:
        return 0;
    }
}

/* A number and one of s, m, h, d, w, M (a twelfth of a year) and y (365.2425 days). */
static void read_span(struct ap_loader *l, const struct ap_yaml *map, struct ap_correlation *is)
{
    static const int64_t max_s = INT64_C(100) * 31556952;
    const struct ap_yaml *span = ap_field_scalar(l, map, "timespan");
    int64_t unit, count = 0;
    const char *p;

    if (span == NULL) {
        (void)ap_load_error(l, map->at, "the correlation has no 'timespan'");
        return;
    }
    for (p = span->text.text; *p >= '0' && *p <= '9' && count <= max_s; p++)
        count = count * 10 + (*p - '0');
    unit = p == span->text.text || p[0] == '\0' || p[1] != '\0' ? 0 : seconds_of(*p);
    if (unit == 0 || count == 0)
        (void)ap_load_error(l, span->at,
                            "'%.40s' is no timespan: write a number and one of s, m, h, d, w, M and y, "
                            "such as 10m",
                            span->text.text);
    else if (count > max_s / unit)
        (void)ap_load_error(l, span->at, "the timespan '%.40s' is longer than a hundred years", span->text.text);
    else
        is->span_us = count * unit * 1000000;
}

static bool add_bound(struct ap_loader *l, struct ap_correlation *is, enum ap_compare compare,
                      const struct ap_yaml *value)
{
    if (value->kind != AP_YAML_NUMBER || !isfinite(value->number.real))
        return ap_load_error(l, value->at, "a condition compares with a number, not %s", ap_yaml_kind_name(value));
    is->bounds[is->bound_count].compare = compare;
    is->bounds[is->bound_count++].number = value->number.real;
    return true;
}

static void read_percentile(struct ap_loader *l, const struct ap_yaml *condition, struct ap_correlation *is)
{
    const struct ap_yaml *percentile = ap_yaml_get(condition, "percentile");

    if (is->type != AP_VALUE_PERCENTILE) {
        if (percentile != NULL)
            (void)ap_load_error(l, percentile->at, "'percentile' goes with the type value_percentile only");
        return;
    }
    if (percentile == NULL) {
        (void)ap_load_error(l, condition->at, "value_percentile needs 'percentile', from 0 to 100, in its condition");
        return;
    }
    if (percentile->kind != AP_YAML_NUMBER || !(percentile->number.real >= 0 && percentile->number.real <= 100))
        (void)ap_load_error(l, percentile->at, "'percentile' must be a number from 0 to 100");
    else
        is->percentile = percentile->number.real;
}

static void read_field(struct ap_loader *l, const struct ap_yaml *condition, struct ap_correlation *is,
                       struct ap_correlation_draft *draft)
{
    bool wanted = is->type != AP_EVENT_COUNT && !is_temporal(is);
    const struct ap_yaml *field = ap_yaml_get(condition, "field");

    if (field == NULL) {
        if (wanted)
            (void)ap_load_error(l, condition->at, "%s needs 'field' in its condition", types[is->type]);
        return;
    }
    if (!wanted) {
        (void)ap_load_error(l, field->at, "%s looks at no 'field'; value_count does", types[is->type]);
        return;
    }
    if (!ap_field_list(l, condition, "field", &draft->values, &draft->value_count))
        return;
    if (draft->value_count == 0)
        (void)ap_load_error(l, field->at, "'field' is empty");
    else if (draft->value_count > 1 && is->type != AP_VALUE_COUNT)
        (void)ap_load_error(l, field->at, "%s takes one 'field'; value_count takes several", types[is->type]);
}

static void read_condition(struct ap_loader *l, const struct ap_yaml *map, struct ap_correlation *is,
                           struct ap_correlation_draft *draft)
{
    static const char *const words[] = {"eq", "neq", "lt", "lte", "gt", "gte", "field", "percentile", NULL};
    static const enum ap_compare compares[] = {AP_COMPARE_EQ,  AP_COMPARE_NEQ, AP_COMPARE_LT,
                                               AP_COMPARE_LTE, AP_COMPARE_GT,  AP_COMPARE_GTE};
    const struct ap_yaml *condition = ap_yaml_get(map, "condition");

    if (condition == NULL) {
        if (!is_temporal(is))
            (void)ap_load_error(l, map->at, "the correlation has no 'condition'");
        return;
    }
    if (condition->kind == AP_YAML_STRING) {
        draft->when = condition;
        if (!is_temporal(is))
            (void)ap_load_error(l, condition->at, "a condition in words goes with temporal types only");
        return;
    }
    if (condition->kind != AP_YAML_MAP) {
        (void)ap_load_error(l, condition->at, "'condition' must be a mapping such as 'gte: 10', not %s",
                            ap_yaml_kind_name(condition));
        return;
    }
    if (!ap_field_known(l, condition, "the condition", words))
        return;
    for (size_t i = 0; i < sizeof compares / sizeof compares[0]; i++)
        if (ap_yaml_get(condition, words[i]) != NULL)
            (void)add_bound(l, is, compares[i], ap_yaml_get(condition, words[i]));
    read_field(l, condition, is, draft);
    read_percentile(l, condition, is);
    if (is->bound_count == 0 && !is_temporal(is) && !l->document->bad)
        (void)ap_load_error(l, condition->at,
                            "the condition compares with nothing: give one of gt, gte, lt, lte, eq, neq");
}

static void read_aliases(struct ap_loader *l, const struct ap_yaml *map, struct ap_correlation_draft *draft)
{
    const struct ap_yaml *aliases = ap_yaml_get(map, "aliases");

    if (aliases == NULL || aliases->kind == AP_YAML_NULL)
        return;
    draft->aliases = aliases;
    if (aliases->kind != AP_YAML_MAP) {
        (void)ap_load_error(l, aliases->at, "'aliases' must be a mapping, not %s", ap_yaml_kind_name(aliases));
        return;
    }
    for (size_t i = 0; i < aliases->count; i++) {
        const struct ap_yaml *alias = aliases->items[2 * i + 1];

        if (alias->kind != AP_YAML_MAP) {
            (void)ap_load_error(l, alias->at, "alias '%.60s' must be a mapping from rules to fields, not %s",
                                aliases->items[2 * i]->text.text, ap_yaml_kind_name(alias));
            continue;
        }
        for (size_t k = 0; k < alias->count; k++)
            if (!ap_yaml_is_scalar(alias->items[2 * k + 1]) || alias->items[2 * k + 1]->kind == AP_YAML_NULL)
                (void)ap_load_error(l, alias->items[2 * k + 1]->at, "an alias stands for a field's name, not %s",
                                    ap_yaml_kind_name(alias->items[2 * k + 1]));
    }
}

void ap_correlation_read(struct ap_loader *l, struct ap_document *document)
{
    static const char *const keys[] = {"type",      "rules",   "group-by", "timespan",
                                       "condition", "aliases", "generate", NULL};
    struct ap_correlation *is = ap_arena_alloc(&l->list->arena, 1, sizeof *is);
    struct ap_correlation_draft *draft = ap_arena_alloc(&l->list->arena, 1, sizeof *draft);
    const struct ap_yaml *map = ap_yaml_get(document->root, "correlation");

    if (is == NULL || draft == NULL)
        return;
    document->correlation = is;
    document->draft = draft;
    draft->map = map;
    if (map->kind != AP_YAML_MAP) {
        (void)ap_load_error(l, map->at, "'correlation' must be a mapping, not %s", ap_yaml_kind_name(map));
        return;
    }
    (void)ap_field_known(l, map, "the correlation", keys);
    if (read_type(l, map, is))
        read_condition(l, map, is, draft);
    read_span(l, map, is);
    read_aliases(l, map, draft);
    (void)ap_field_bool(l, map, "generate", &draft->generate);
    (void)ap_field_list(l, map, "group-by", &draft->group, &draft->group_count);
    if (ap_field_list(l, map, "rules", &draft->rules, &draft->rule_count) && draft->rule_count == 0)
        (void)ap_load_error(l, map->at, "the correlation has no 'rules'");
}
