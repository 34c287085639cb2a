/*
 * Processing pipelines: what turns the field names and values of a rule into those of a stream's events
 * (audit-rules(5), PIPELINES; pySigma's file format, the subset named there).
 */
#ifndef AUDITPROOF_RULES_PIPELINE_H
#define AUDITPROOF_RULES_PIPELINE_H

#include "loader.h"

struct ap_transformation;

/* What an item's field becomes: the values are worked on by the transformations that were met on the way. */
struct ap_target {
    struct ap_text field; /* text NULL for keywords */
    const struct ap_transformation *const *values;
    size_t value_count;
};

enum { AP_TARGETS_MAX = 256 };

/* Read a pipeline file. False after an error. */
bool ap_pipeline_read(struct ap_loader *l, const struct ap_yaml *root);
void ap_pipelines_ready(struct ap_loader *l); /* after the last: puts them in order */

/*
 * What the pipelines do to a rule. logsource is the rule's and becomes that of the events. NULL after an error (a
 * pipeline's rule_failure is one).
 */
const struct ap_active *ap_active_new(struct ap_loader *l, const struct ap_document *rule,
                                      struct ap_logsource *logsource);
bool ap_active_any(const struct ap_active *active); /* some transformation is for this rule */

/* The fields that a field becomes; none when the item is dropped. active may be NULL. */
bool ap_active_targets(struct ap_loader *l, const struct ap_active *active, const struct ap_text *field,
                       struct ap_target **targets, size_t *count);
/* What map_string and replace_string make of a scalar: one or several; NULL after an error. */
const struct ap_yaml *const *ap_target_values(struct ap_loader *l, const struct ap_target *target,
                                              const struct ap_yaml *value, size_t *count);
/* The values of a placeholder, or NULL. */
const struct ap_yaml *ap_active_values(const struct ap_active *active, const struct ap_text *field, const char *name);
/* The rule's expression with what add_condition adds; NULL after an error. */
const struct ap_expr *ap_active_conditions(struct ap_loader *l, const struct ap_active *active,
                                           const struct ap_expr *expr);
/* The field of the events that a correlation's field is, for one of its rules; the others, where there are several,
 * ended by one whose text is NULL. */
bool ap_active_field(struct ap_loader *l, const struct ap_active *active, struct ap_text *field,
                     const struct ap_text **others);

#endif
