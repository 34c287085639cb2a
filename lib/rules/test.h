/*
 * Whether one test holds for an event, worked out from the event's values alone. This is what every test means; the
 * index (index.h) only spares asking.
 */
#ifndef AUDITPROOF_RULES_TEST_H
#define AUDITPROOF_RULES_TEST_H

#include "auditproof/buf.h"
#include "event.h"
#include "regex.h"
#include "rule.h"

/* A test with its field's number, and its expression compiled. */
struct ap_bound_test {
    const struct ap_test *test;
    uint32_t field;         /* AP_NO_FIELD: a keyword */
    uint32_t other;         /* AP_TEST_FIELD */
    bool looks_into;        /* objects */
    struct ap_regex *regex; /* AP_TEST_REGEX */
};

#define AP_NO_FIELD UINT32_MAX

/* What it takes to ask; one a thread. Failures are kept here until somebody looks. */
struct ap_asking {
    struct ap_event *event;
    struct ap_regex_searcher *searcher;
    struct ap_buf folded, other;
    enum ap_status status;
    struct ap_error error;
    uint64_t searches, cut; /* regular expressions, and those given up at a limit */
};

bool ap_test_holds(struct ap_asking *asking, const struct ap_bound_test *bound);

/* Fold into buf, whose content is replaced; NULL, and the failure kept, when memory runs out. */
const char *ap_asking_fold(struct ap_asking *asking, struct ap_buf *buf, const char *text, size_t len,
                           size_t *folded_len);

/* A value that string tests see: a string, or a number or a Boolean as its JSON text. */
static inline bool ap_value_is_text(const struct ap_event_value *value)
{
    return value->kind == AP_VALUE_STRING || value->kind == AP_VALUE_NUMBER || value->kind == AP_VALUE_BOOL;
}

#endif
