/*
 * From files to a rule list: YAML, rules, conditions, modifiers, filters, pipelines. One wrong document never hides
 * another and never loads by half.
 */
#ifndef AUDITPROOF_RULES_LOAD_H
#define AUDITPROOF_RULES_LOAD_H

#include "rule.h"

struct ap_problems {
    struct ap_rule_problem *list; /* texts live in the rule list's arena */
    size_t count, cap;
};

/*
 * files: rules and pipelines in the order of their names, already read. The list is the caller's: free it with
 * ap_rule_list_free. Problems are in the order of files and lines.
 */
AP_MUST_CHECK enum ap_status ap_rule_list_load(struct ap_rule_list *list, struct ap_problems *problems,
                                               const struct ap_rule_file *files, size_t count, bool every_rule,
                                               struct ap_error *err);
void ap_rule_list_free(struct ap_rule_list *list);

/* What a loaded rule set holds; lives as long as it does. */
const struct ap_rule_list *ap_rules_list(const struct ap_rules *rules);
void ap_problems_free(struct ap_problems *problems);

#endif
