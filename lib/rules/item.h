/* One item of a detection, `field|modifier: value`, on its way to an expression. */
#ifndef AUDITPROOF_RULES_ITEM_H
#define AUDITPROOF_RULES_ITEM_H

#include "modifier.h"
#include "pipeline.h"
#include "value.h"

struct ap_item {
    struct ap_loader *l;
    const struct ap_yaml *key; /* NULL: keywords */
    struct ap_modifiers modifiers;
    const struct ap_active *active; /* may be NULL */
    const struct ap_target *target; /* the field that it is about */
};

/* item_string.c: what the modifiers make of a scalar's text. False after an error. */
bool ap_item_strings(const struct ap_item *item, const struct ap_yaml *value, struct ap_strings *out);

/* cidr.c */
bool ap_cidr_read(struct ap_loader *l, const struct ap_yaml *value, struct ap_cidr *out);

#endif
