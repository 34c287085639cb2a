/* The rule list of a loaded rule set, for what compiles it. */
#ifndef AUDITPROOF_RULES_RULES_H
#define AUDITPROOF_RULES_RULES_H

#include "rule.h"

struct ap_rules;

/* Borrowed; unchanging. */
const struct ap_rule_list *ap_rules_list(const struct ap_rules *rules);

#endif
