#include "load.h"

#include <stdlib.h>
#include <string.h>

#include "loader.h"
#include "pipeline.h"

/* What a rule set may take in memory once it is loaded; a million expanded values fit many times over. */
#define LIST_MEMORY_MAX ((size_t)1 << 30)

/* Pipelines lie beside rules, and whoever names a directory means its rules. */
static bool is_pipeline(const struct ap_yaml *root)
{
    return (ap_yaml_get(root, "transformations") != NULL || ap_yaml_get(root, "events") != NULL) &&
           ap_yaml_get(root, "detection") == NULL && ap_yaml_get(root, "correlation") == NULL &&
           ap_yaml_get(root, "filter") == NULL;
}

/* So do mappings of bundles (rules/soc2.yaml). */
static bool is_mapping(const struct ap_yaml *root)
{
    const struct ap_yaml *format = ap_yaml_get(root, "format");

    return format != NULL && ap_yaml_is_scalar(format) && strncmp(format->text.text, "auditproof-", 11) == 0;
}

static bool add_document(struct ap_loader *l, struct ap_document *document)
{
    struct ap_document **grown;
    size_t cap;

    if (document == NULL)
        return false;
    if (l->count == l->cap) {
        cap = l->cap == 0 ? 64 : l->cap * 2;
        grown = realloc(l->documents, cap * sizeof(struct ap_document *));
        if (grown == NULL) {
            l->list->arena.failed = true;
            return false;
        }
        l->documents = grown;
        l->cap = cap;
    }
    l->documents[l->count++] = document;
    return true;
}

static void take_rule(void *context, const struct ap_yaml_document *yaml)
{
    struct ap_loader *l = context;

    if (yaml->problem != NULL)
        (void)ap_load_error(l, yaml->problem->at, "%s", yaml->problem->message);
    else if (yaml->root->kind == AP_YAML_NULL)
        return;
    else if (yaml->root->kind != AP_YAML_MAP)
        (void)ap_load_error(l, yaml->root->at, "a rule must be a mapping, not %s", ap_yaml_kind_name(yaml->root));
    else if (is_pipeline(yaml->root))
        (void)ap_load_warn(l, yaml->root->at, "a pipeline, not a rule, and passed over: --pipeline puts it in force");
    else if (is_mapping(yaml->root))
        (void)ap_load_warn(l, yaml->root->at, "a mapping of auditexport, not a rule, and passed over");
    else
        (void)add_document(l, ap_document_new(l, yaml));
}

static void take_pipeline(void *context, const struct ap_yaml_document *yaml)
{
    struct ap_loader *l = context;

    if (yaml->problem != NULL)
        (void)ap_load_error(l, yaml->problem->at, "%s", yaml->problem->message);
    else if (yaml->root->kind != AP_YAML_NULL)
        (void)ap_pipeline_read(l, yaml->root);
}

static enum ap_status read_file(struct ap_loader *l, const struct ap_rule_file *file, struct ap_error *err)
{
    const char *name = file->path != NULL ? file->path : file->name;
    struct ap_mark nowhere = {0, 0};
    size_t before = l->count, said = l->problems->count;
    enum ap_status status;

    l->file = ap_load_text(l, "%s", name);
    if (file->len > AP_RULE_FILE_MAX) {
        (void)ap_load_error(l, nowhere, "the file has more than %d bytes, which are the most that are read",
                            AP_RULE_FILE_MAX);
        return AP_OK;
    }
    status = ap_yaml_read(&l->list->arena, file->text, file->len, file->pipeline ? take_pipeline : take_rule, l, err);
    if (status == AP_OK && !file->pipeline && l->count == before && l->problems->count == said)
        (void)ap_load_warn(l, nowhere, "the file holds no rule");
    return status;
}

/* A pipeline that is wrong would give every rule another meaning: nothing is loaded then. */
static enum ap_status pipelines_failed(const struct ap_loader *l, struct ap_error *err)
{
    for (size_t i = 0; i < l->problems->count; i++) {
        const struct ap_rule_problem *problem = &l->problems->list[i];

        if (problem->kind == AP_PROBLEM_ERROR)
            return ap_fail(err, AP_EINPUT, "%s:%u:%u: %s", problem->file, problem->line, problem->column,
                           problem->message);
    }
    return AP_OK;
}

static enum ap_status read_files(struct ap_loader *l, const struct ap_rule_file *files, size_t count, bool pipelines,
                                 struct ap_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (files[i].pipeline == pipelines) {
            enum ap_status status = read_file(l, &files[i], err);

            if (status != AP_OK)
                return status;
        }
    }
    return AP_OK;
}

static bool applies(const struct ap_event_profile *profile, const struct ap_rule *rule)
{
    for (size_t i = 0; i < profile->logsource_count; i++)
        if (ap_logsource_covers(&profile->logsources[i], &rule->logsource))
            return true;
    return profile->every_rule;
}

/* Names of another taxonomy mean nothing here unless a pipeline turns them into the events'. */
static bool check_taxonomy(struct ap_loader *l, const struct ap_document *document)
{
    const struct ap_yaml *taxonomy = ap_field_scalar(l, document->root, "taxonomy");

    return taxonomy == NULL || ap_yaml_is(taxonomy, "sigma") || ap_active_any(document->active) ||
           ap_load_error(l, taxonomy->at, "taxonomy '%.40s' is not known: no pipeline maps its fields",
                         taxonomy->text.text);
}

static void make_rule(struct ap_loader *l, struct ap_document *document)
{
    static const char *const others[] = {"condition", "timeframe", NULL};
    const struct ap_yaml *detection = ap_yaml_get(document->root, "detection");
    struct ap_logsource logsource = document->rule->logsource;
    const struct ap_expr *expr;

    if (detection == NULL || detection->kind != AP_YAML_MAP)
        return;
    document->active = ap_active_new(l, document, &logsource);
    if (document->active == NULL || !check_taxonomy(l, document))
        return;
    expr = ap_detection_read(l, detection, document->active, others);
    if (expr != NULL)
        expr = ap_filters_apply(l, document, expr);
    if (expr != NULL)
        expr = ap_active_conditions(l, document->active, expr);
    if (expr == NULL || !ap_expr_check(l, expr, detection->at))
        return;
    document->rule->logsource = logsource;
    document->rule->applies = applies(&l->list->profile, document->rule);
    document->rule->expr = expr;
}

static void each(struct ap_loader *l, enum ap_document_kind kind,
                 void (*work)(struct ap_loader *, struct ap_document *))
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->documents[i]->kind != kind)
            continue;
        l->document = l->documents[i];
        l->file = l->document->rule->info.file;
        work(l, l->document);
    }
    l->document = NULL;
}

/* Filters are few: rules look through them, not through all documents. */
static void find_filters(struct ap_loader *l)
{
    l->filters = ap_arena_alloc(&l->list->arena, l->count, sizeof(struct ap_document *));
    for (size_t i = 0; l->filters != NULL && i < l->count; i++)
        if (l->documents[i]->kind == AP_DOCUMENT_FILTER)
            l->filters[l->filter_count++] = l->documents[i];
}

static int by_id(const void *left, const void *right)
{
    const struct ap_document *a = *(struct ap_document *const *)left, *b = *(struct ap_document *const *)right;
    int order = strcmp(a->rule->info.id, b->rule->info.id);

    if (order == 0)
        order = strcmp(a->rule->info.file, b->rule->info.file);
    return order != 0 ? order : (a->rule->info.line > b->rule->info.line) - (a->rule->info.line < b->rule->info.line);
}

/* The rules that are whole, in their order. */
static void list_rules(struct ap_loader *l)
{
    struct ap_rule_list *list = l->list;

    if (l->count > 1)
        qsort(l->documents, l->count, sizeof(struct ap_document *), by_id);
    list->rules = ap_arena_alloc(&list->arena, l->count, sizeof *list->rules);
    if (list->rules == NULL)
        return;
    for (size_t i = 0; i < l->count; i++) {
        struct ap_document *document = l->documents[i];

        if (document->bad || document->kind == AP_DOCUMENT_FILTER)
            continue;
        document->index = list->count;
        document->rule->reports = !document->referred || document->generated;
        list->rules[list->count++] = document->rule;
    }
    each(l, AP_DOCUMENT_CORRELATION, ap_correlation_number);
    for (size_t i = 0; i < list->count; i++) {
        list->rules[i]->info.applies = list->rules[i]->applies;
        list->rules[i]->info.reports = list->rules[i]->reports;
    }
}

static enum ap_status load(struct ap_loader *l, const struct ap_rule_file *files, size_t count, struct ap_error *err)
{
    enum ap_status status = read_files(l, files, count, true, err);

    if (status != AP_OK)
        return status;
    ap_pipelines_ready(l);
    if (l->errors > 0)
        return pipelines_failed(l, err);
    status = read_files(l, files, count, false, err);
    if (status != AP_OK)
        return status;
    ap_references_make(l);
    find_filters(l);
    each(l, AP_DOCUMENT_FILTER, ap_filter_read);
    each(l, AP_DOCUMENT_RULE, make_rule);
    each(l, AP_DOCUMENT_CORRELATION, ap_correlation_read);
    each(l, AP_DOCUMENT_CORRELATION, ap_correlation_link);
    list_rules(l);
    ap_problems_sort(l->problems);
    if (l->failure.status != AP_OK)
        return ap_fail(err, l->failure.status, "%s", l->failure.message);
    return ap_arena_check(&l->list->arena, "the rule set", err);
}

enum ap_status ap_rule_list_load(struct ap_rule_list *list, struct ap_problems *problems,
                                 const struct ap_rule_file *files, size_t count, bool every_rule, struct ap_error *err)
{
    struct ap_loader loader = {.list = list, .problems = problems};
    enum ap_status status;

    memset(list, 0, sizeof *list);
    memset(problems, 0, sizeof *problems);
    ap_arena_init(&list->arena, LIST_MEMORY_MAX);
    ap_profile_default(&list->profile);
    list->profile.every_rule = every_rule;
    status = load(&loader, files, count, err);
    free(loader.documents);
    if (status != AP_OK) {
        ap_rule_list_free(list);
        ap_problems_free(problems);
    }
    return status;
}

void ap_rule_list_free(struct ap_rule_list *list)
{
    ap_arena_free(&list->arena);
    memset(list, 0, sizeof *list);
}
