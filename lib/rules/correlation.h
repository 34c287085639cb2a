/* A correlation between reading it and finding its rules. */
#ifndef AUDITPROOF_RULES_CORRELATION_H
#define AUDITPROOF_RULES_CORRELATION_H

#include "loader.h"

struct ap_correlation_draft {
    const struct ap_yaml *map;
    const struct ap_yaml *const *rules;
    size_t rule_count;
    const struct ap_yaml *const *group;
    size_t group_count;
    const struct ap_yaml *const *values; /* `field` of the condition */
    size_t value_count;
    const struct ap_yaml *aliases; /* NULL for none */
    const struct ap_yaml *when;    /* a condition in words, or NULL */
    bool generate;
};

enum { AP_CORRELATION_DEPTH_MAX = 10 };

#endif
