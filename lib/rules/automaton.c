#include "automaton_internal.h"

/* Where the next needle may begin at the earliest, or len. */
static inline size_t jump(const struct ap_filter *filter, const char *text, size_t len, size_t at)
{
    size_t last = filter->window - filter->block;

    while (at + filter->window <= len) {
        uint8_t by = filter->jumps[ap_filter_hash(filter, text + at + last)];

        if (by == 0)
            return at;
        at += by;
    }
    return len;
}

static void report(const struct ap_automaton *a, uint32_t state, size_t end, ap_automaton_fn *fn, void *context)
{
    for (; state != 0; state = a->suffix[state]) {
        uint32_t count;
        const uint32_t *refs = ap_lists_of(&a->refs, state, &count);

        if (count > 0)
            fn(context, refs, count, a->depth[state], end);
    }
}

static void scan_table(const struct ap_automaton *a, const char *text, size_t len, ap_automaton_fn *fn, void *context)
{
    const uint32_t *table = a->table;
    bool filtered = a->filter.jumps != NULL;
    size_t at = filtered ? jump(&a->filter, text, len, 0) : 0;
    uint32_t state = 0;

    while (at < len) {
        state = table[state + a->class[(uint8_t)text[at++]]];
        if ((state & AP_AUTOMATON_HIT) != 0) {
            state &= ~AP_AUTOMATON_HIT;
            report(a, state / a->classes, at, fn, context);
        }
        /* Back at the root, no needle has begun before here. */
        if (state == 0 && filtered)
            at = jump(&a->filter, text, len, at);
    }
}

static void scan_tree(const struct ap_automaton *a, const char *text, size_t len, ap_automaton_fn *fn, void *context)
{
    bool filtered = a->filter.jumps != NULL;
    size_t at = filtered ? jump(&a->filter, text, len, 0) : 0, count;
    uint32_t state = 0, next;

    while (at < len) {
        uint8_t byte = (uint8_t)text[at++];

        while ((next = ap_automaton_child(a, state, byte)) == 0 && state != 0)
            state = a->fail[state];
        state = next;
        count = a->refs.first[state + 1] - a->refs.first[state];
        if (count > 0 || a->suffix[state] != 0)
            report(a, state, at, fn, context);
        if (state == 0 && filtered)
            at = jump(&a->filter, text, len, at);
    }
}

void ap_automaton_scan(const struct ap_automaton *automaton, const char *text, size_t len, ap_automaton_fn *fn,
                       void *context)
{
    if (automaton->table != NULL)
        scan_table(automaton, text, len, fn, context);
    else
        scan_tree(automaton, text, len, fn, context);
}

size_t ap_automaton_shortest(const struct ap_automaton *automaton)
{
    return automaton->shortest;
}

size_t ap_automaton_size(const struct ap_automaton *automaton)
{
    return automaton->size;
}
