/* The key of a detection item, `field|modifier|modifier`: what is done to its values, and what is asked of them. */
#ifndef AUDITPROOF_RULES_MODIFIER_H
#define AUDITPROOF_RULES_MODIFIER_H

#include "loader.h"

/* What a modifier does to a string. They work in the order in which they are written. */
enum ap_transform {
    AP_MAKE_OPEN_BOTH,  /* contains */
    AP_MAKE_OPEN_END,   /* startswith */
    AP_MAKE_OPEN_FRONT, /* endswith */
    AP_MAKE_WIDE_LE,
    AP_MAKE_WIDE_BE,
    AP_MAKE_WIDE_BOM,
    AP_MAKE_BASE64,
    AP_MAKE_BASE64_OFFSET,
    AP_MAKE_DASHES,
    AP_MAKE_VALUES, /* expand */
};

enum ap_form {
    AP_FORM_VALUE, /* a string, number, Boolean or null */
    AP_FORM_REGEX,
    AP_FORM_CIDR,
    AP_FORM_COMPARE,
    AP_FORM_EXISTS,
    AP_FORM_FIELD,
};

enum { AP_MODIFIERS_MAX = 12 };

struct ap_modifiers {
    struct ap_text field; /* text NULL for keywords */
    enum ap_form form;
    bool all, cased, neq, caseless, multiline, dotall;
    enum ap_compare compare;
    enum ap_part part;
    enum ap_transform transforms[AP_MODIFIERS_MAX];
    size_t transform_count;
    bool opened; /* one of contains, startswith, endswith is among them */
};

/* key NULL: keywords without modifiers. */
bool ap_modifiers_read(struct ap_loader *l, const struct ap_yaml *key, struct ap_modifiers *out);

#endif
