/* A loaded rule set: the files as they were, and what they say (rules.c, rules_files.c). */
#ifndef AUDITPROOF_RULES_RULES_INTERNAL_H
#define AUDITPROOF_RULES_RULES_INTERNAL_H

#include "load.h"
#include "rules.h"

/* Bytes of all files of a rule set together. */
#define AP_RULE_SET_MAX ((size_t)512 << 20)

struct ap_rules {
    struct ap_arena arena;      /* names and texts of the files */
    struct ap_rule_file *files; /* by name */
    size_t file_count, file_cap;
    struct ap_rule_list list;
    struct ap_problems problems;
    uint8_t digest[AP_HASH_LEN];
};

/* A copy of the file, its name and its text. */
AP_MUST_CHECK enum ap_status ap_rules_add_file(struct ap_rules *rules, const struct ap_rule_file *file,
                                               struct ap_error *err);
/* Read what the options name. */
AP_MUST_CHECK enum ap_status ap_rules_collect(struct ap_rules *rules, const struct ap_rules_options *options,
                                              struct ap_error *err);

#endif
