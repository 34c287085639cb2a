/* Rules by id and by name: what correlations and filters refer to. */
#include <stdlib.h>
#include <string.h>

#include "loader.h"

struct ap_reference {
    const char *key;
    struct ap_document *document;
    bool name; /* key is the name, not the id */
};

static int compare(const void *left, const void *right)
{
    const struct ap_reference *a = left, *b = right;
    const struct ap_rule_info *x = &a->document->rule->info, *y = &b->document->rule->info;
    int order = strcmp(a->key, b->key);

    if (order == 0)
        order = strcmp(x->file, y->file);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static const struct ap_yaml *node_of(const struct ap_reference *reference)
{
    const struct ap_yaml *node = ap_yaml_get(reference->document->root, reference->name ? "name" : "id");

    return node == NULL ? reference->document->root : node;
}

/* The second of two is refused: nothing could tell their findings apart. */
static void refuse(struct ap_loader *l, const struct ap_reference *first, const struct ap_reference *second)
{
    const struct ap_rule_info *info = &first->document->rule->info;
    const struct ap_yaml *node = node_of(second);

    if (first->document == second->document)
        return;
    l->document = second->document;
    l->file = second->document->rule->info.file;
    if (node == second->document->root)
        (void)ap_load_error(l, node->at, "the same rule is at %s:%u", info->file, node_of(first)->at.line);
    else
        (void)ap_load_error(l, node->at, "%s '%.60s' is taken by the rule at %s:%u", second->name ? "name" : "id",
                            second->key, info->file, node_of(first)->at.line);
    l->document = NULL;
}

void ap_references_make(struct ap_loader *l)
{
    size_t n = 0;

    l->references = ap_arena_alloc(&l->list->arena, 2 * l->count, sizeof *l->references);
    if (l->references == NULL)
        return;
    for (size_t i = 0; i < l->count; i++) {
        struct ap_rule *rule = l->documents[i]->rule;

        l->references[n++] = (struct ap_reference){rule->info.id, l->documents[i], false};
        if (rule->name.text != NULL)
            l->references[n++] = (struct ap_reference){rule->name.text, l->documents[i], true};
    }
    qsort(l->references, n, sizeof *l->references, compare);
    l->reference_count = n;
    for (size_t i = 0, first = 0; i < n; i++) {
        if (strcmp(l->references[first].key, l->references[i].key) != 0)
            first = i;
        if (i > first)
            refuse(l, &l->references[first], &l->references[i]);
    }
}

struct ap_document *ap_reference_look(const struct ap_loader *l, const char *what)
{
    size_t low = 0, high = l->reference_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(l->references[middle].key, what) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->reference_count && strcmp(l->references[low].key, what) == 0 ? l->references[low].document : NULL;
}

struct ap_document *ap_reference_find(struct ap_loader *l, const struct ap_yaml *node)
{
    struct ap_document *document = ap_reference_look(l, node->text.text);
    const char **names;
    size_t n = 0;

    if (document != NULL)
        return document;
    names = ap_arena_alloc(&l->list->arena, l->reference_count + 1, sizeof *names);
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < l->reference_count; i++)
        if (l->references[i].name)
            names[n++] = l->references[i].key;
    (void)ap_load_error(l, node->at, "no rule has the id or name '%.60s'%s", node->text.text,
                        ap_load_hint(l, node->text.text, names));
    return NULL;
}
