/* What a pipeline file says, between its reader (pipeline.c, pipeline_conditions.c) and its use (active.c). */
#ifndef AUDITPROOF_RULES_PIPELINE_INTERNAL_H
#define AUDITPROOF_RULES_PIPELINE_INTERNAL_H

#include "pipeline.h"

enum ap_transformation_kind {
    AP_MAP_FIELD,
    AP_MAP_PREFIX,
    AP_ADD_CONDITION,
    AP_CHANGE_LOGSOURCE,
    AP_MAP_STRING,
    AP_REPLACE_STRING,
    AP_PLACEHOLDERS,
    AP_DROP_ITEM,
    AP_SET_STATE,
    AP_RULE_FAILURE,
};

enum ap_rule_condition_kind { AP_COND_LOGSOURCE, AP_COND_TAG, AP_COND_ATTRIBUTE, AP_COND_STATE, AP_COND_APPLIED };

enum ap_rule_condition_op { AP_OP_EQ, AP_OP_NE, AP_OP_GTE, AP_OP_GT, AP_OP_LTE, AP_OP_LT, AP_OP_IN, AP_OP_NOT_IN };

/* What must hold of a rule for a transformation to work on it. */
struct ap_rule_condition {
    enum ap_rule_condition_kind kind;
    enum ap_rule_condition_op op;
    struct ap_logsource logsource;
    const char *name;            /* the attribute, the state's key, the tag, or the id of what was applied */
    const struct ap_yaml *value; /* what it is held against */
};

/* Which fields a transformation works on. */
struct ap_field_condition {
    bool exclude;
    const struct ap_yaml *const *fields;
    size_t count;
};

struct ap_transformation {
    enum ap_transformation_kind kind;
    const struct ap_yaml *node;
    const char *id; /* NULL when it has none */
    const struct ap_rule_condition *conditions;
    size_t condition_count;
    bool any, negated; /* of the rule conditions */
    const struct ap_field_condition *fields;
    size_t field_count;
    bool any_field, negated_field;
    const struct ap_yaml *mapping; /* AP_MAP_*; AP_ADD_CONDITION: the items */
    bool not_condition;            /* AP_ADD_CONDITION: negated */
    struct ap_logsource logsource;
    const char *regex, *replacement;
    const char *key;                                       /* AP_SET_STATE */
    const char *text;                                      /* AP_SET_STATE: the value; AP_RULE_FAILURE: the message */
    const struct ap_yaml *const *include, *const *exclude; /* AP_PLACEHOLDERS: names; none: all */
    size_t include_count, exclude_count;
};

struct ap_pipeline {
    const char *file;
    int64_t priority;
    size_t number; /* in the order of reading */
    const struct ap_yaml *vars;
    struct ap_transformation *steps;
    size_t step_count;
};

/* pipeline_conditions.c */
bool ap_pipeline_rule_conditions(struct ap_loader *l, struct ap_transformation *step);
bool ap_pipeline_field_conditions(struct ap_loader *l, struct ap_transformation *step);

/* regex_replace.c: every match of the expression replaced (\1, \g<1> and \g<name> stand for groups). */
AP_MUST_CHECK enum ap_status ap_regex_replace(struct ap_buf *out, const char *regex, const char *replacement,
                                              const char *text, size_t len, struct ap_error *err);

#endif
