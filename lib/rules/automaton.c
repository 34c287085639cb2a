#include "automaton_internal.h"

/*
 * No needle that has not been found begins before `from`. Where the next one may begin at the earliest; *past: what
 * made it look so. len when there is none.
 */
static inline size_t pass(const struct ap_gram_filter *filter, unsigned gram, const char *text, size_t len, size_t from,
                          size_t *past)
{
    const uint64_t *words = filter->words;
    size_t stride = filter->stride;

    for (size_t at = from + stride - 1; at + gram <= len; at += stride) {
        uint64_t hash = ap_filter_hash(gram, text + at), bits = ap_filter_bits(hash);

        if ((words[hash >> filter->shift] & bits) == bits) {
            *past = at;
            return at + 1 - stride;
        }
    }
    *past = len;
    return len;
}

static size_t next_place(const struct ap_gram_filter *filter, const char *text, size_t len, size_t from, size_t *past)
{
    /* Told apart here, so that each loop knows its own length. */
    switch (filter->gram) {
    case 2:
        return pass(filter, 2, text, len, from, past);
    case 3:
        return pass(filter, 3, text, len, from, past);
    case 4:
        return pass(filter, 4, text, len, from, past);
    case 6:
        return pass(filter, 6, text, len, from, past);
    default:
        *past = len;
        return from;
    }
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
    size_t past, at = next_place(&a->filter, text, len, 0, &past);
    uint32_t state = 0;

    while (at < len) {
        state = table[state + a->class[(uint8_t)text[at++]]];
        if ((state & AP_AUTOMATON_HIT) != 0) {
            state &= ~AP_AUTOMATON_HIT;
            report(a, state / a->classes, at, fn, context);
        }
        /* Back at the root, no needle has begun before here. */
        if (state == 0 && at > past)
            at = next_place(&a->filter, text, len, at, &past);
    }
}

static void scan_tree(const struct ap_automaton *a, const char *text, size_t len, ap_automaton_fn *fn, void *context)
{
    size_t past, at = next_place(&a->filter, text, len, 0, &past), count;
    uint32_t state = 0, next;

    while (at < len) {
        uint8_t byte = (uint8_t)text[at++];

        while ((next = ap_automaton_child(a, state, byte)) == 0 && state != 0)
            state = a->fail[state];
        state = next;
        count = a->refs.first[state + 1] - a->refs.first[state];
        if (count > 0 || a->suffix[state] != 0)
            report(a, state, at, fn, context);
        if (state == 0 && at > past)
            at = next_place(&a->filter, text, len, at, &past);
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
