/* From the names in a correlation to rules: after every document has been read, whatever file it is in. */
#include <string.h>

#include "correlation.h"
#include "pipeline.h"

static bool add_rule(struct ap_loader *l, struct ap_document *document, const struct ap_yaml *node)
{
    struct ap_document *rule = ap_reference_find(l, node);
    size_t count = document->correlation->rule_count;

    if (rule == NULL)
        return false;
    if (rule->kind == AP_DOCUMENT_FILTER)
        return ap_load_error(l, node->at, "'%.60s' is a filter: a correlation refers to rules", node->text.text);
    for (size_t i = 0; i < count; i++)
        if (document->refers[i] == rule)
            return ap_load_error(l, node->at, "the rule '%.60s' is listed twice", node->text.text);
    document->refers[count] = rule;
    document->correlation->rule_count++;
    return true;
}

static bool find_rules(struct ap_loader *l, struct ap_document *document)
{
    const struct ap_correlation_draft *draft = document->draft;
    bool good = true;

    document->refers = ap_arena_alloc(&l->list->arena, draft->rule_count, sizeof(struct ap_document *));
    if (document->refers == NULL)
        return false;
    for (size_t i = 0; i < draft->rule_count; i++)
        good = add_rule(l, document, draft->rules[i]) && good;
    return good;
}

static void link_from(struct ap_loader *l, struct ap_document *document);

/* Correlations that this one refers to come first. */
static bool follow(struct ap_loader *l, struct ap_document *document, const struct ap_yaml *node,
                   struct ap_document *rule)
{
    const struct ap_rule_info *info = &rule->rule->info;

    if (rule->visiting)
        return ap_load_error(l, node->at, "the correlation refers to itself by way of '%.60s' (%s:%u)", node->text.text,
                             info->file, info->line);
    if (rule->kind == AP_DOCUMENT_CORRELATION && !rule->linked) {
        struct ap_document *now = l->document;
        const char *file = l->file;

        link_from(l, rule);
        l->document = now;
        l->file = file;
    }
    if (rule->bad)
        return ap_load_error(l, node->at, "the rule '%.60s' that it refers to (%s:%u) did not load", node->text.text,
                             info->file, info->line);
    if (rule->kind == AP_DOCUMENT_CORRELATION && rule->correlation->depth >= document->correlation->depth)
        document->correlation->depth = rule->correlation->depth + 1;
    return document->correlation->depth <= AP_CORRELATION_DEPTH_MAX ||
           ap_load_error(l, node->at, "correlations refer to each other more than %d deep", AP_CORRELATION_DEPTH_MAX);
}

static bool is_rule(const struct ap_document *document, const struct ap_yaml *key)
{
    const struct ap_rule *rule = document->rule;

    return ap_yaml_is(key, rule->info.id) || (rule->name.text != NULL && ap_yaml_is(key, rule->name.text));
}

/* The field that an alias stands for in a rule, or NULL. */
static const struct ap_yaml *alias_of(const struct ap_document *document, const struct ap_yaml *name, size_t rule)
{
    const struct ap_yaml *alias =
        document->draft->aliases == NULL ? NULL : ap_yaml_get(document->draft->aliases, name->text.text);

    for (size_t i = 0; alias != NULL && i < alias->count; i++)
        if (is_rule(document->refers[rule], alias->items[2 * i]))
            return alias->items[2 * i + 1];
    return NULL;
}

/* One name of group-by or of `field`: which field it is of each rule. */
static bool make_field(struct ap_loader *l, const struct ap_document *document, const struct ap_yaml *name,
                       struct ap_group_field *out)
{
    const struct ap_yaml *aliases = document->draft->aliases;
    bool aliased = aliases != NULL && ap_yaml_get(aliases, name->text.text) != NULL;
    size_t count = document->correlation->rule_count;
    struct ap_text *field = ap_arena_alloc(&l->list->arena, count, sizeof *field);
    const struct ap_text **others = ap_arena_alloc(&l->list->arena, count, sizeof *others);

    if (field == NULL || others == NULL)
        return false;
    out->name = name->text;
    out->field = field;
    out->others = others;
    for (size_t r = 0; r < count; r++) {
        const struct ap_document *rule = document->refers[r];
        const struct ap_yaml *alias = alias_of(document, name, r);

        field[r] = alias == NULL ? name->text : alias->text;
        if (aliased && alias == NULL)
            (void)ap_load_warn(l, name->at, "alias '%.60s' has no field for the rule '%.60s': its own '%.60s' is taken",
                               name->text.text, rule->rule->info.title, name->text.text);
        if (rule->kind == AP_DOCUMENT_RULE && rule->active != NULL &&
            !ap_active_field(l, rule->active, &field[r], &others[r]))
            return false;
    }
    return true;
}

static const struct ap_group_field *make_fields(struct ap_loader *l, const struct ap_document *document,
                                                const struct ap_yaml *const *names, size_t count)
{
    struct ap_group_field *fields = ap_arena_alloc(&l->list->arena, count, sizeof *fields);

    for (size_t i = 0; fields != NULL && i < count; i++)
        if (!make_field(l, document, names[i], &fields[i]))
            return NULL;
    return fields;
}

static bool is_name_among(const struct ap_yaml *name, const struct ap_yaml *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ap_yaml_is(names[i], name->text.text))
            return true;
    return false;
}

static bool check_aliases(struct ap_loader *l, const struct ap_document *document)
{
    const struct ap_correlation_draft *draft = document->draft;
    bool good = true;

    for (size_t i = 0; draft->aliases != NULL && i < draft->aliases->count; i++) {
        const struct ap_yaml *name = draft->aliases->items[2 * i], *alias = draft->aliases->items[2 * i + 1];

        if (!is_name_among(name, draft->group, draft->group_count) &&
            !is_name_among(name, draft->values, draft->value_count))
            (void)ap_load_warn(l, name->at, "alias '%.60s' is in neither 'group-by' nor 'field'", name->text.text);
        for (size_t k = 0; k < alias->count; k++) {
            bool found = false;

            for (size_t r = 0; r < document->correlation->rule_count && !found; r++)
                found = is_rule(document->refers[r], alias->items[2 * k]);
            if (!found)
                good = ap_load_error(l, alias->items[2 * k]->at, "'%.60s' is none of the correlation's rules",
                                     alias->items[2 * k]->text.text);
        }
    }
    return good;
}

/* A condition in words names rules as `rules` does; by either of a rule's names. */
static bool make_words(struct ap_loader *l, struct ap_document *document)
{
    const struct ap_correlation_draft *draft = document->draft;
    size_t count = document->correlation->rule_count, n = 0;
    struct ap_name *names;

    if (draft->when == NULL)
        return true;
    names = ap_arena_alloc(&l->list->arena, count, sizeof *names);
    if (names == NULL)
        return false;
    for (size_t r = 0; r < count; r++) {
        struct ap_expr *leaf = ap_expr_leaf(l, r, draft->rules[r]->text.text, draft->rules[r]->at);

        names[n].name = draft->rules[r]->text.text;
        names[n].at = draft->rules[r]->at;
        names[n++].expr = leaf;
    }
    document->correlation->when = ap_condition_read(l, draft->when, names, n);
    for (size_t i = 0; document->correlation->when != NULL && i < n; i++)
        if (!names[i].used)
            (void)ap_load_warn(l, names[i].at, "the condition does not use '%s'", names[i].name);
    return document->correlation->when != NULL && ap_expr_check(l, document->correlation->when, draft->when->at);
}

static void link_from(struct ap_loader *l, struct ap_document *document)
{
    const struct ap_correlation_draft *draft = document->draft;
    struct ap_correlation *is = document->correlation;

    if (document->linked || draft == NULL || is == NULL || l->list->arena.failed)
        return;
    document->linked = true;
    l->document = document;
    l->file = document->rule->info.file;
    is->depth = 1;
    if (document->bad || !find_rules(l, document))
        return;
    document->visiting = true;
    for (size_t i = 0; i < is->rule_count; i++)
        (void)follow(l, document, draft->rules[i], document->refers[i]);
    document->visiting = false;
    if (document->bad || !check_aliases(l, document))
        return;
    is->group = make_fields(l, document, draft->group, draft->group_count);
    is->group_count = draft->group_count;
    is->values = make_fields(l, document, draft->values, draft->value_count);
    is->value_count = draft->value_count;
    if (!make_words(l, document) || document->bad)
        return;
    if (is->bound_count == 0 && is->when == NULL)
        is->bounds[is->bound_count++] = (struct ap_bound){AP_COMPARE_GTE, (double)is->rule_count};
    document->rule->correlation = is;
    for (size_t i = 0; i < is->rule_count; i++) {
        document->refers[i]->referred = document->refers[i]->referred || !draft->generate;
        document->refers[i]->generated = document->refers[i]->generated || draft->generate;
        document->rule->applies = document->rule->applies || document->refers[i]->rule->applies;
    }
}

void ap_correlation_link(struct ap_loader *l, struct ap_document *document)
{
    link_from(l, document);
}

void ap_correlation_number(struct ap_loader *l, struct ap_document *document)
{
    size_t *rules;

    if (document->bad)
        return;
    rules = ap_arena_alloc(&l->list->arena, document->correlation->rule_count, sizeof *rules);
    if (rules == NULL)
        return;
    for (size_t i = 0; i < document->correlation->rule_count; i++)
        rules[i] = document->refers[i]->index;
    document->correlation->rules = rules;
}
