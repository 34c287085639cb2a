/* What kind of document it is, and its logsource. */
#include <string.h>

#include "loader.h"

static const char *const keys[] = {"title",       "id",        "name",        "related", "taxonomy", "status",
                                   "description", "license",   "references",  "author",  "date",     "modified",
                                   "logsource",   "detection", "correlation", "filter",  "fields",   "falsepositives",
                                   "level",       "tags",      "scope",       NULL};

bool ap_logsource_covers(const struct ap_logsource *is, const struct ap_logsource *wanted)
{
    const struct ap_text *a[] = {&is->category, &is->product, &is->service};
    const struct ap_text *b[] = {&wanted->category, &wanted->product, &wanted->service};

    for (size_t i = 0; i < 3; i++)
        if (b[i]->text != NULL && (a[i]->text == NULL || strcmp(a[i]->text, b[i]->text) != 0))
            return false;
    return true;
}

bool ap_logsource_read(struct ap_loader *l, struct ap_logsource *out, const struct ap_yaml *node)
{
    static const char *const names[] = {"category", "product", "service"};
    struct ap_text *parts[] = {&out->category, &out->product, &out->service};
    size_t errors = l->errors;

    memset(out, 0, sizeof *out);
    if (node->kind != AP_YAML_MAP)
        return ap_load_error(l, node->at, "'logsource' must be a mapping, not %s", ap_yaml_kind_name(node));
    for (size_t i = 0; i < 3; i++) {
        const struct ap_yaml *value = ap_field_scalar(l, node, names[i]);

        if (value != NULL)
            *parts[i] = value->text;
    }
    if (l->errors > errors)
        return false;
    if (out->category.text == NULL && out->product.text == NULL && out->service.text == NULL)
        return ap_load_error(l, node->at, "'logsource' sets none of category, product and service");
    return true;
}

static enum ap_document_kind kind_of(const struct ap_yaml *root)
{
    if (ap_yaml_get(root, "correlation") != NULL)
        return AP_DOCUMENT_CORRELATION;
    return ap_yaml_get(root, "filter") != NULL && ap_yaml_get(root, "detection") == NULL ? AP_DOCUMENT_FILTER
                                                                                         : AP_DOCUMENT_RULE;
}

static void check_legacy(struct ap_loader *l, const struct ap_yaml *root)
{
    const struct ap_yaml *action = ap_yaml_get(root, "action");

    if (action != NULL)
        (void)ap_load_error(l, action->at,
                            "'action: %.20s' is legacy Sigma and not supported: write each rule out in full",
                            ap_yaml_is_scalar(action) ? action->text.text : "");
}

/* Other keys are legal; one that is nearly one of ours is more likely a slip. */
static void check_keys(struct ap_loader *l, const struct ap_yaml *root)
{
    for (size_t i = 0; i < root->count; i++) {
        const struct ap_yaml *key = root->items[2 * i];
        const char *hint;
        size_t k = 0;

        while (keys[k] != NULL && !ap_yaml_is(key, keys[k]))
            k++;
        if (keys[k] != NULL || ap_yaml_is(key, "action"))
            continue;
        hint = ap_load_hint(l, key->text.text, keys);
        if (*hint != '\0')
            (void)ap_load_warn(l, key->at, "unknown key '%.60s'%s", key->text.text, hint);
    }
}

static void check_detection(struct ap_loader *l, const struct ap_yaml *root)
{
    const struct ap_yaml *detection = ap_yaml_get(root, "detection"), *timeframe = ap_yaml_get(detection, "timeframe");

    if (detection == NULL)
        (void)ap_load_error(l, root->at, "there is no 'detection'");
    else if (detection->kind != AP_YAML_MAP)
        (void)ap_load_error(l, detection->at, "'detection' must be a mapping, not %s", ap_yaml_kind_name(detection));
    else if (timeframe != NULL)
        (void)ap_load_error(l, timeframe->at,
                            "'timeframe' is legacy Sigma and not supported: write a correlation rule with a timespan");
}

struct ap_document *ap_document_new(struct ap_loader *l, const struct ap_yaml_document *yaml)
{
    struct ap_document *document = ap_arena_alloc(&l->list->arena, 1, sizeof *document);
    const struct ap_yaml *root = yaml->root, *logsource;

    if (document == NULL)
        return NULL;
    document->rule = ap_arena_alloc(&l->list->arena, 1, sizeof *document->rule);
    if (document->rule == NULL)
        return NULL;
    document->root = root;
    document->rule->info.title = "";
    document->rule->info.file = l->file;
    document->rule->info.line = root->at.line;
    document->kind = kind_of(root);
    l->document = document;
    ap_meta_read(l, document, &yaml->text);
    check_legacy(l, root);
    check_keys(l, root);
    document->rule->kind = document->kind == AP_DOCUMENT_CORRELATION ? AP_RULE_CORRELATION : AP_RULE_EVENT;
    document->rule->info.correlation = document->kind == AP_DOCUMENT_CORRELATION;
    if (document->kind != AP_DOCUMENT_CORRELATION) {
        logsource = ap_yaml_get(root, "logsource");
        if (logsource == NULL)
            (void)ap_load_error(l, root->at, "there is no 'logsource'");
        else
            (void)ap_logsource_read(l, &document->rule->logsource, logsource);
    }
    if (document->kind == AP_DOCUMENT_RULE)
        check_detection(l, root);
    l->document = NULL;
    return document;
}
