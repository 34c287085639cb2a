/* What the parts of auditclassify share. */
#ifndef AUDITPROOF_CMD_CLASSIFY_H
#define AUDITPROOF_CMD_CLASSIFY_H

#include "auditproof/input.h"
#include "auditproof/rules.h"
#include "options.h"
#include "ruleset.h"

struct classify_options {
    struct cli_ruleset set;
    const char *format; /* --list and --check: "text" or "json" */
    enum ap_input_format format_in;
    const char *on_error;     /* "skip" or "stop" */
    enum ap_level min_level;  /* events below it are not written; AP_LEVEL_NONE: all are */
    enum ap_level fail_level; /* an event of it or above makes the exit status 1; AP_LEVEL_NONE: none does */
    uint64_t max_line;
    const char *const *files;
    size_t file_count;
};

/* Say so when no rule is for these events. */
void classify_warn_when_idle(const struct ap_rules *rules);

/* Each prints what it has to say and returns an exit status. */
int classify_stream(const struct classify_options *options, const struct ap_rules *rules);
int classify_explain(const struct classify_options *options, const struct ap_rules *rules, const char *rule);
int classify_list(const struct classify_options *options, const struct ap_rules *rules);
int classify_check(const struct classify_options *options, const struct ap_rules *rules);

#endif
