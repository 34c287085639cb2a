/*
 * Regular expressions of rules: PCRE2, compiled to machine code where the machine allows it, searched for anywhere in a
 * value. `.` stands for a character, classes such as \w and the caseless flag know Unicode. A search has a limit, and
 * says so when it meets it (audit-rules(5), BOUNDS).
 */
#ifndef AUDITPROOF_RULES_REGEX_H
#define AUDITPROOF_RULES_REGEX_H

#include "rule.h"

struct ap_regex;          /* unchanging; shared */
struct ap_regex_searcher; /* scratch of one thread */

enum ap_regex_answer { AP_REGEX_MISS, AP_REGEX_HIT, AP_REGEX_CUT }; /* CUT: given up at a limit */

/* Bounds: of one value, of one search, and of all searches for one event. Times are of this thread's processor. */
#define AP_REGEX_VALUE_MAX ((size_t)4 << 20) /* bytes; a longer one is cut off unread */
#define AP_REGEX_STRETCH_MIN ((size_t)2048)  /* bytes; a shorter one is searched without looking at the clock */
#define AP_REGEX_TIME_MAX_NS 100000000
#define AP_REGEX_EVENT_TIME_MAX_NS 1000000000 /* past it, what is left to search is cut off unread */

/* test is AP_TEST_REGEX. AP_EINPUT: *at (may be NULL) is the offset in the expression. */
AP_MUST_CHECK enum ap_status ap_regex_new(struct ap_regex **out, const struct ap_test *test, size_t *at,
                                          struct ap_error *err);
void ap_regex_free(struct ap_regex *regex); /* NULL is harmless */

AP_MUST_CHECK enum ap_status ap_regex_searcher_new(struct ap_regex_searcher **out, struct ap_error *err);
void ap_regex_searcher_free(struct ap_regex_searcher *searcher); /* NULL is harmless */

/* What is searched from now on belongs to another event. */
void ap_regex_searcher_begin(struct ap_regex_searcher *searcher);

/* text is valid UTF-8. */
enum ap_regex_answer ap_regex_search(struct ap_regex_searcher *searcher, const struct ap_regex *regex, const char *text,
                                     size_t len);

#endif
