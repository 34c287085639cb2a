/*
 * Which of many needles does a text hold, and where: the automaton of Aho and Corasick (1975), behind a filter that
 * passes over most of a text that holds none.
 */
#ifndef AUDITPROOF_RULES_AUTOMATON_H
#define AUDITPROOF_RULES_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"
#include "rule.h"

struct ap_automaton; /* unchanging; shared */

struct ap_needle {
    struct ap_text text; /* at least one byte */
    uint32_t ref;        /* what a hit gives back; several needles may have the same text */
};

/* Bounds: a table of transitions up to this size; past it, transitions are looked for one by one. */
#define AP_AUTOMATON_TABLE_MAX ((size_t)4 << 20)

AP_MUST_CHECK enum ap_status ap_automaton_new(struct ap_automaton **out, const struct ap_needle *needles, size_t count,
                                              struct ap_error *err);
void ap_automaton_free(struct ap_automaton *automaton); /* NULL is harmless */

/* Needles that end at `end` in the text; called for every place and length of needle. */
typedef void ap_automaton_fn(void *context, const uint32_t *refs, uint32_t count, size_t needle_len, size_t end);
void ap_automaton_scan(const struct ap_automaton *automaton, const char *text, size_t len, ap_automaton_fn *fn,
                       void *context);

/* Bytes of the shortest needle. */
size_t ap_automaton_shortest(const struct ap_automaton *automaton);

/* Bytes that it takes. */
size_t ap_automaton_size(const struct ap_automaton *automaton);

#endif
