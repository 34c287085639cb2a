/*
 * What a text must contain for a regular expression to match it: a few literals, of which at least one is there. This
 * is what lets most events pass by most expressions unsearched (audit-rules(5), SPEED).
 */
#ifndef AUDITPROOF_RULES_LITERAL_H
#define AUDITPROOF_RULES_LITERAL_H

#include "auditproof/arena.h"
#include "rule.h"

enum { AP_LITERALS_MAX = 16 };

struct ap_literals {
    struct ap_text list[AP_LITERALS_MAX]; /* folded; in the arena */
    size_t count;                         /* 0: nothing is known to be necessary */
    size_t shortest;                      /* bytes */
};

/*
 * test is AP_TEST_REGEX and was taken by ap_regex_check. Knows only the plain parts of the syntax, and gives up at any
 * other: every match of the expression, folded, holds one of the literals, or there are none.
 */
AP_MUST_CHECK enum ap_status ap_literals_find(struct ap_literals *out, const struct ap_test *test,
                                              struct ap_arena *arena, struct ap_error *err);

#endif
