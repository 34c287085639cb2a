/*
 * A rule set as a program: every distinct test once, an index of necessary conditions over them (exact values by hash,
 * substrings by one automaton a field, a literal out of each regular expression, presence), and for each rule the
 * condition that must hold before its expression is evaluated at all (audit-rules(5), SPEED).
 */
#ifndef AUDITPROOF_RULES_PROGRAM_H
#define AUDITPROOF_RULES_PROGRAM_H

#include "event.h"
#include "rule.h"

struct ap_program; /* unchanging; shared by any number of matchers */
struct ap_matcher; /* scratch of one thread */

/*
 * Compile the event rules of the list that apply, and add the fields that they look at. The caller may add more (for
 * correlations) before it seals the fields. A regular expression that PCRE2 does not take was refused by the loader
 * with ap_regex_check; it cannot fail here. list and fields must outlive the program.
 */
AP_MUST_CHECK enum ap_status ap_program_new(struct ap_program **out, const struct ap_rule_list *list,
                                            struct ap_fields *fields, struct ap_error *err);
void ap_program_free(struct ap_program *program); /* NULL is harmless */

/* After ap_fields_seal. */
AP_MUST_CHECK enum ap_status ap_matcher_new(struct ap_matcher **out, const struct ap_program *program,
                                            struct ap_error *err);
void ap_matcher_free(struct ap_matcher *matcher); /* NULL is harmless */

/* The rules that match, as indices into the list, ascending; borrowed until the next run. */
AP_MUST_CHECK enum ap_status ap_matcher_run(struct ap_matcher *matcher, struct ap_event *event, const size_t **rules,
                                            size_t *count, struct ap_error *err);

/* How one rule fares with the event of the last run: called for each part of its expression, depth first. */
typedef void ap_explain_fn(void *context, const struct ap_expr *expr, unsigned depth, bool holds);
AP_MUST_CHECK enum ap_status ap_matcher_explain(struct ap_matcher *matcher, struct ap_event *event, size_t rule,
                                                ap_explain_fn *fn, void *context, bool *matches, struct ap_error *err);

/* What the index did, over all runs: rules evaluated against rules there, regex searches, searches cut off. */
struct ap_match_stats {
    uint64_t events, rules, candidates, hits, searches, limits;
};
void ap_matcher_stats(const struct ap_matcher *matcher, struct ap_match_stats *out);

/*
 * A rule whose regular expression has run into the match limit, the first time it happens to it: the test counts as not
 * holding. Returns the rule's index and clears it, or SIZE_MAX when there is none to tell of.
 */
size_t ap_matcher_limited(struct ap_matcher *matcher);

/* For the loader. AP_EINPUT: *at is the offset in the expression. */
AP_MUST_CHECK enum ap_status ap_regex_check(const struct ap_test *test, size_t *at, struct ap_error *err);

#endif
