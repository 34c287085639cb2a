/* The mappings and rules that bundles are made by, as they lie in rules/: "soc2.yaml", "soc2/NAME.yml". */
#ifndef AUDITPROOF_RULES_RULE_FILES_H
#define AUDITPROOF_RULES_RULE_FILES_H

#include <stddef.h>

struct rule_file {
    const char *name;
    const char *text;
};

extern const struct rule_file rule_files[];
extern const size_t rule_file_count;

#endif
