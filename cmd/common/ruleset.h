/* Loading a rule set as --rules and --pipeline name it. */
#ifndef AUDITPROOF_CMD_RULESET_H
#define AUDITPROOF_CMD_RULESET_H

#include "auditproof/rules.h"
#include "options.h"

struct cli_ruleset {
    struct cli_list rules;     /* files and directories; none: the rules that came with the tools */
    struct cli_list pipelines; /* files, or names of those that came with the tools */
    bool every_rule;           /* --no-pipeline */
};

/* For tables of options: what --rules and --pipeline take is the same everywhere. */
#define CLI_RULES_MANUAL                                                                                               \
    "Load the rules of a file, or of a directory and those below it: every\n.Pa *.yml\nand\n.Pa *.yaml\nbut the "      \
    "tests,\n.Pa *.test.yml .\nMay be repeated."
#define CLI_PIPELINE_MANUAL                                                                                            \
    "Apply a processing pipeline\n.Pq see Xr audit-rules 5 ,\nwhich says what the events are and how the fields of "   \
    "rules are called there.\nA word with neither slash nor full stop is the name of one that came with the tools.\n"  \
    "May be repeated."

/* *out is the caller's. AP_EINPUT when there is no rule at all. */
AP_MUST_CHECK enum ap_status cli_rules_load(struct ap_rules **out, const struct cli_ruleset *set, struct ap_error *err);

/* Name on stderr what is wrong with rule files; returns how many errors there were. Remarks are for --check. */
size_t cli_rules_complain(const struct ap_rules *rules);

#endif
