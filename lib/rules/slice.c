/* Documents other than rules are refused until their own sources are here. */
#include "loader.h"
#include "pipeline.h"

bool ap_pipeline_read(struct ap_loader *l, const struct ap_yaml *root)
{
    const struct ap_yaml *events = ap_yaml_get(root, "events");

    if (ap_yaml_get(root, "transformations") != NULL)
        return ap_load_error(l, root->at, "transformations are not supported yet");
    return events == NULL || ap_profile_read(l, events);
}

void ap_pipelines_ready(struct ap_loader *l)
{
    (void)l;
}

const struct ap_active *ap_active_new(struct ap_loader *l, const struct ap_document *rule,
                                      struct ap_logsource *logsource)
{
    (void)rule;
    (void)logsource;
    return ap_arena_alloc(&l->list->arena, 1, 1);
}

bool ap_active_targets(struct ap_loader *l, const struct ap_active *active, const struct ap_text *field,
                       struct ap_target **targets, size_t *count)
{
    (void)active;
    *targets = ap_arena_alloc(&l->list->arena, 1, sizeof **targets);
    if (*targets == NULL)
        return false;
    (*targets)->field = *field;
    *count = 1;
    return true;
}

bool ap_target_strings(struct ap_loader *l, const struct ap_target *target, struct ap_strings *strings,
                       struct ap_mark at)
{
    (void)l;
    (void)target;
    (void)strings;
    (void)at;
    return true;
}

const struct ap_yaml *ap_active_values(const struct ap_active *active, const struct ap_text *field, const char *name)
{
    (void)active;
    (void)field;
    (void)name;
    return NULL;
}

const struct ap_expr *ap_active_conditions(struct ap_loader *l, const struct ap_active *active,
                                           const struct ap_expr *expr)
{
    (void)l;
    (void)active;
    return expr;
}

void ap_filter_read(struct ap_loader *l, struct ap_document *document)
{
    (void)ap_load_error(l, document->root->at, "filters are not supported yet");
}

const struct ap_expr *ap_filters_apply(struct ap_loader *l, struct ap_document *rule, const struct ap_expr *expr)
{
    (void)l;
    (void)rule;
    return expr;
}

void ap_correlation_read(struct ap_loader *l, struct ap_document *document)
{
    (void)ap_load_error(l, document->root->at, "correlations are not supported yet");
}

void ap_correlation_link(struct ap_loader *l, struct ap_document *document)
{
    (void)l;
    (void)document;
}

void ap_correlation_number(struct ap_loader *l, struct ap_document *document)
{
    (void)l;
    (void)document;
}
