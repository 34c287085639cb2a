#include <stdlib.h>

#include "automaton_internal.h"

/* The needles as a tree, before its nodes are numbered breadth first. Node 0 is the root; 0 as a link is none. */
struct tree {
    struct node {
        uint32_t child, sibling;
        uint8_t byte;
    } * nodes;
    uint32_t count, cap;
    uint32_t *ends; /* the node that each needle ends in */
};

static enum ap_status no_memory(struct ap_error *err)
{
    return ap_fail_memory(err, "the index of the rules' texts");
}

static bool tree_node(struct tree *tree, uint8_t byte, uint32_t *out)
{
    if (tree->count == tree->cap) {
        size_t cap = tree->cap == 0 ? 64 : (size_t)tree->cap * 2;
        struct node *nodes = cap >= AP_AUTOMATON_HIT ? NULL : realloc(tree->nodes, cap * sizeof *nodes);

        if (nodes == NULL)
            return false;
        tree->nodes = nodes;
        tree->cap = (uint32_t)cap;
    }
    *out = tree->count++;
    tree->nodes[*out] = (struct node){.byte = byte};
    return true;
}

static bool tree_add(struct tree *tree, const struct ap_text *text, uint32_t *end)
{
    uint32_t at = 0, child, made;

    for (size_t i = 0; i < text->len; i++, at = child) {
        uint8_t byte = (uint8_t)text->text[i];

        for (child = tree->nodes[at].child; child != 0 && tree->nodes[child].byte != byte;)
            child = tree->nodes[child].sibling;
        if (child != 0)
            continue;
        if (!tree_node(tree, byte, &made))
            return false;
        tree->nodes[made].sibling = tree->nodes[at].child;
        tree->nodes[at].child = child = made;
    }
    *end = at;
    return true;
}

static bool tree_make(struct tree *tree, const struct ap_needle *needles, size_t count)
{
    uint32_t root;

    tree->ends = calloc(count + 1, sizeof *tree->ends);
    if (tree->ends == NULL || !tree_node(tree, 0, &root))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!tree_add(tree, &needles[i].text, &tree->ends[i]))
            return false;
    return true;
}

static void tree_free(struct tree *tree)
{
    free(tree->nodes);
    free(tree->ends);
}

static void *take(struct ap_automaton *a, size_t count, size_t size)
{
    a->size += count * size;
    return calloc(count, size);
}

/* Number the tree's nodes breadth first; numbers[node] becomes a node's number, order its reverse. */
static void number_states(struct ap_automaton *a, const struct tree *tree, uint32_t *numbers, uint32_t *order)
{
    uint32_t made = 1;

    order[0] = 0;
    for (uint32_t state = 0; state < a->count; state++) {
        a->child[state] = made;
        for (uint32_t at = tree->nodes[order[state]].child; at != 0; at = tree->nodes[at].sibling) {
            a->byte[made] = tree->nodes[at].byte;
            a->depth[made] = a->depth[state] + 1;
            if (state == 0)
                a->root[tree->nodes[at].byte] = made;
            numbers[at] = made;
            order[made++] = at;
        }
    }
    a->child[a->count] = made;
}

static enum ap_status take_states(struct ap_automaton *a, const struct tree *tree, const struct ap_needle *needles,
                                  size_t count, struct ap_error *err)
{
    uint32_t *numbers = calloc(tree->count, sizeof *numbers);
    uint32_t *order = calloc(tree->count, sizeof *order);
    enum ap_status status = AP_OK;

    a->count = tree->count;
    a->child = take(a, (size_t)a->count + 1, sizeof *a->child);
    a->fail = take(a, a->count, sizeof *a->fail);
    a->suffix = take(a, a->count, sizeof *a->suffix);
    a->depth = take(a, a->count, sizeof *a->depth);
    a->byte = take(a, a->count, sizeof *a->byte);
    if (numbers == NULL || order == NULL || a->child == NULL || a->fail == NULL || a->suffix == NULL ||
        a->depth == NULL || a->byte == NULL) {
        status = no_memory(err);
        goto out;
    }
    number_states(a, tree, numbers, order);
    for (size_t i = 0; i < count && status == AP_OK; i++)
        status = ap_lists_add(&a->refs, numbers[tree->ends[i]], needles[i].ref, err);
    if (status == AP_OK)
        status = ap_lists_make(&a->refs, a->count, err);
    a->size += (a->count + count) * sizeof *a->refs.items;

out:
    free(numbers);
    free(order);
    return status;
}

/* The state that follows by way of suffixes, when it is not a child of the state's own. */
static uint32_t follow(const struct ap_automaton *a, uint32_t state, uint8_t byte)
{
    uint32_t next;

    while ((next = ap_automaton_child(a, state, byte)) == 0 && state != 0)
        state = a->fail[state];
    return next;
}

static void link_suffixes(struct ap_automaton *a)
{
    for (uint32_t state = 0; state < a->count; state++) {
        for (uint32_t at = a->child[state]; at < a->child[state + 1]; at++) {
            uint32_t fail = state == 0 ? 0 : follow(a, a->fail[state], a->byte[at]);
            bool needle = a->refs.first[fail + 1] > a->refs.first[fail];

            a->fail[at] = fail;
            a->suffix[at] = needle ? fail : a->suffix[fail];
        }
    }
}

static void count_classes(struct ap_automaton *a)
{
    bool used[256] = {false};

    for (uint32_t state = 1; state < a->count; state++)
        used[a->byte[state]] = true;
    a->classes = 1;
    for (int byte = 0; byte < 256; byte++)
        if (used[byte])
            a->class[byte] = (uint16_t)a->classes++;
}

/* A state's row is that of its suffix, which is shorter and so filled already, with its own children put in. */
static bool fill_table(struct ap_automaton *a)
{
    size_t cells = (size_t)a->count * a->classes;

    if (cells > AP_AUTOMATON_TABLE_MAX / sizeof *a->table)
        return true;
    a->table = take(a, cells, sizeof *a->table);
    if (a->table == NULL)
        return false;
    for (uint32_t state = 0; state < a->count; state++) {
        uint32_t *row = a->table + (size_t)state * a->classes;

        if (state != 0)
            memcpy(row, a->table + (size_t)a->fail[state] * a->classes, a->classes * sizeof *row);
        for (uint32_t at = a->child[state]; at < a->child[state + 1]; at++) {
            bool hit = a->refs.first[at + 1] > a->refs.first[at] || a->suffix[at] != 0;

            row[a->class[a->byte[at]]] = at * a->classes | (hit ? AP_AUTOMATON_HIT : 0);
        }
    }
    return true;
}

static void fill_filter(struct ap_gram_filter *filter, const struct ap_needle *needles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < filter->stride; at++) {
            uint64_t hash = ap_filter_hash(filter->gram, needles[i].text.text + at);

            filter->words[hash >> filter->shift] |= ap_filter_bits(hash);
        }
    }
}

/* Long grams tell more, a long stride looks at less. */
static bool make_filter(struct ap_automaton *a, const struct ap_needle *needles, size_t count)
{
    struct ap_gram_filter *filter = &a->filter;
    size_t words = AP_FILTER_WORDS_MIN;

    a->shortest = SIZE_MAX;
    for (size_t i = 0; i < count; i++)
        if (needles[i].text.len < a->shortest)
            a->shortest = needles[i].text.len;
    if (a->shortest < 2)
        return true;
    filter->gram = a->shortest >= 6 ? 4 : a->shortest >= 3 ? 3 : 2;
    if (count >= AP_FILTER_MANY && a->shortest >= 8)
        filter->gram = 6;
    filter->stride = a->shortest + 1 - filter->gram;
    if (filter->stride > AP_FILTER_STRIDE_MAX)
        filter->stride = AP_FILTER_STRIDE_MAX;
    /* Sixteen bits a gram. */
    for (filter->shift = 58; words < AP_FILTER_WORDS_MAX && words * 4 < count * filter->stride; filter->shift--)
        words *= 2;
    filter->words = take(a, words, sizeof *filter->words);
    if (filter->words == NULL)
        return false;
    fill_filter(filter, needles, count);
    return true;
}

enum ap_status ap_automaton_new(struct ap_automaton **out, const struct ap_needle *needles, size_t count,
                                struct ap_error *err)
{
    struct ap_automaton *a = calloc(1, sizeof *a);
    struct tree tree = {.nodes = NULL};
    enum ap_status status = AP_OK;

    *out = NULL;
    if (a == NULL)
        return no_memory(err);
    a->size = sizeof *a;
    if (!tree_make(&tree, needles, count))
        status = no_memory(err);
    else
        status = take_states(a, &tree, needles, count, err);
    tree_free(&tree);
    if (status == AP_OK) {
        link_suffixes(a);
        count_classes(a);
        if (!fill_table(a) || !make_filter(a, needles, count))
            status = no_memory(err);
    }
    if (status != AP_OK) {
        ap_automaton_free(a);
        return status;
    }
    *out = a;
    return AP_OK;
}

void ap_automaton_free(struct ap_automaton *automaton)
{
    if (automaton == NULL)
        return;
    free(automaton->table);
    free(automaton->child);
    free(automaton->fail);
    free(automaton->suffix);
    free(automaton->depth);
    free(automaton->byte);
    ap_lists_free(&automaton->refs);
    free(automaton->filter.words);
    free(automaton);
}
