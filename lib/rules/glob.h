/* String patterns: what shape one has, and whether a text matches it. */
#ifndef AUDITPROOF_RULES_GLOB_H
#define AUDITPROOF_RULES_GLOB_H

#include "rule.h"

enum ap_glob_shape {
    AP_GLOB_ANY,      /* `*` */
    AP_GLOB_EXACT,    /* `abc`, and the empty pattern */
    AP_GLOB_STARTS,   /* `abc*` */
    AP_GLOB_ENDS,     /* `*abc` */
    AP_GLOB_CONTAINS, /* `*abc*` */
    AP_GLOB_MIXED,    /* anything else */
};

/* *text: the one text of the pattern, or of a mixed one its longest, or empty. */
enum ap_glob_shape ap_glob_shape(const struct ap_pattern *pattern, struct ap_text *text);

/* Whether a pattern allows for anything before and after it, as `contains` does: such look into objects. */
bool ap_glob_looks_into(const struct ap_pattern *pattern);

/* text is valid UTF-8, folded if the pattern is. Time is bounded by len times the pattern's length. */
bool ap_glob_match(const struct ap_pattern *pattern, const char *text, size_t len);

#endif
