/* What the parts of the classifier share (classifier*.c). */
#ifndef AUDITPROOF_RULES_CLASSIFIER_H
#define AUDITPROOF_RULES_CLASSIFIER_H

#include "auditproof/arena.h"
#include "correlate.h"
#include "enrich.h"
#include "event.h"
#include "load.h"
#include "program.h"
#include "unwrap.h"

struct ap_hit_list {
    struct ap_correlated *list;
    size_t count, cap;
};

struct ap_classifier {
    const struct ap_rules *rules;
    const struct ap_rule_list *list;
    struct ap_fields *fields;
    struct ap_program *program;
    struct ap_matcher *matcher;
    struct ap_event *event;
    struct ap_enricher *enricher;
    struct ap_correlator *correlator;

    struct ap_unwrap unwrap;
    struct ap_buf scratch;
    struct ap_classifier_options options;
    struct ap_arena arena; /* texts of the hits of one event */
    const char *text;      /* the last event, within its line */
    size_t *reported;      /* its rules that report: as many as the list has */
    bool *completed;       /* correlations that came true, those that do not report too */
    struct ap_hit_list hits, closed;
    struct ap_classifier_stats stats;
    const size_t *matched; /* by the last event, reporting or not; the matcher's */
    size_t matched_count;
};

/* Whether the rule matches the last event, or is a correlation that came true with it, or at the end. */
bool ap_classifier_has(const struct ap_classifier *classifier, size_t rule);

/* Forget everything that went before: correlations and what actors did. */
AP_MUST_CHECK enum ap_status ap_classifier_reset(struct ap_classifier *classifier, struct ap_error *err);

#endif
