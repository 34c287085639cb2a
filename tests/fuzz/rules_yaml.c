/* YAML in arbitrary bytes: every node is within the bounds, and every place within the file. */
#include <stdlib.h>
#include <string.h>

#include "rules/yaml_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ap_yaml *node, unsigned depth, size_t size)
{
    if (depth > AP_RULE_DEPTH_MAX || node->at.line == 0 || node->at.line > size + 1 || node->at.column == 0)
        abort();
    if (ap_yaml_is_scalar(node)) {
        struct ap_mark at = ap_yaml_mark(node, node->text.len);

        if (node->text.text[node->text.len] != '\0' || at.line == 0)
            abort();
        return;
    }
    for (size_t i = 0; i < (node->kind == AP_YAML_MAP ? 2 : 1) * node->count; i++)
        check(node->items[i], depth + 1, size);
}

static void take(void *context, const struct ap_yaml_document *document)
{
    size_t size = *(const size_t *)context;

    if ((document->root == NULL) == (document->problem == NULL))
        abort();
    if (document->problem != NULL) {
        if (document->problem->message[0] == '\0' || document->problem->at.line > size + 1)
            abort();
        return;
    }
    /* What aliases unfold to is bounded, but takes a fuzzer's time. */
    if (document->root->nodes < 10000)
        check(document->root, 0, size);
    if (document->text.len > size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ap_arena arena;
    struct ap_error err;

    ap_arena_init(&arena, 0);
    if (ap_yaml_read(&arena, (const char *)data, size, take, &size, &err) != AP_OK)
        abort();
    ap_arena_free(&arena);
    return 0;
}
