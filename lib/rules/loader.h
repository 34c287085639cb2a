/*
 * What the parts of the loader share. A part that finds something wrong tells of it with ap_load_error and returns
 * false or NULL; it goes on with what does not depend on that, so that a reader sees everything that is wrong at once.
 */
#ifndef AUDITPROOF_RULES_LOADER_H
#define AUDITPROOF_RULES_LOADER_H

#include "load.h"
#include "yaml_tree.h"

enum ap_document_kind { AP_DOCUMENT_RULE, AP_DOCUMENT_CORRELATION, AP_DOCUMENT_FILTER };

/* One document of a rule file. */
struct ap_document {
    enum ap_document_kind kind;
    const struct ap_yaml *root;
    struct ap_rule *rule;               /* what it says of itself; of a filter too, which never gets into the list */
    bool bad;                           /* something is wrong with it: it is left out */
    bool referred;                      /* a correlation that does not generate refers to it */
    bool generated;                     /* a correlation that generates does */
    bool visiting;                      /* its references are being followed */
    bool linked;                        /* they have been */
    size_t index;                       /* in the rule list */
    struct ap_correlation *correlation; /* AP_DOCUMENT_CORRELATION, as the next three */
    struct ap_correlation_draft *draft;
    struct ap_document **refers;    /* AP_DOCUMENT_CORRELATION: the documents of correlation->rules */
    struct ap_filter *filter;       /* AP_DOCUMENT_FILTER */
    const struct ap_active *active; /* AP_DOCUMENT_RULE: what the pipelines do to it */
};

struct ap_loader {
    struct ap_rule_list *list;
    struct ap_problems *problems;
    struct ap_document **documents; /* in the order of files and lines */
    size_t count, cap;
    struct ap_reference *references; /* by id and by name, sorted (reference.c) */
    size_t reference_count;
    struct ap_document **filters;
    size_t filter_count;
    struct ap_pipeline **pipelines; /* in the order that they work in */
    size_t pipeline_count;
    const char *described;        /* the pipeline that has `events`, or NULL */
    const char *file;             /* that is being read */
    struct ap_document *document; /* that is being worked on, or NULL */
    size_t errors;                /* so far */
    struct ap_error failure;      /* status AP_OK, or what makes the whole loading fail */
    bool again;                   /* what is read has been read before: no warnings */
    bool trial;                   /* the expression is not used: placeholders may stay without values */
};

/* problem.c. Both return false. */
AP_PRINTF(3, 4) bool ap_load_error(struct ap_loader *l, struct ap_mark at, const char *fmt, ...);
AP_PRINTF(3, 4) bool ap_load_warn(struct ap_loader *l, struct ap_mark at, const char *fmt, ...);
void ap_problems_sort(struct ap_problems *problems);

/* Text in the arena; "" when memory ran out, which the arena remembers. */
AP_PRINTF(2, 3) const char *ap_load_text(struct ap_loader *l, const char *fmt, ...);

/* ": did you mean 'contains'?" for the nearest of the words (ended by NULL), or "". In the arena. */
const char *ap_load_hint(struct ap_loader *l, const char *word, const char *const *words);

/* document.c: a document's kind and what it says of itself; NULL when memory ran out. */
struct ap_document *ap_document_new(struct ap_loader *l, const struct ap_yaml_document *yaml);
/* A rule's logsource. */
bool ap_logsource_read(struct ap_loader *l, struct ap_logsource *out, const struct ap_yaml *node);

/* Whether each attribute that `wanted` sets is the same in `is`. */
bool ap_logsource_covers(const struct ap_logsource *is, const struct ap_logsource *wanted);

/* meta.c: title, level, tags, … */
void ap_meta_read(struct ap_loader *l, struct ap_document *document, const struct ap_text *text);

/* field.c: scalars and lists of them out of a mapping, with messages. What is absent is NULL or empty. */
const struct ap_yaml *ap_field_scalar(struct ap_loader *l, const struct ap_yaml *map, const char *key);
/* A list, or one scalar that stands for a list of one; its elements are scalars. */
bool ap_field_list(struct ap_loader *l, const struct ap_yaml *map, const char *key, const struct ap_yaml *const **items,
                   size_t *count);
bool ap_field_bool(struct ap_loader *l, const struct ap_yaml *map, const char *key, bool *value);
/* Keys that are not among words: an error each. what names the mapping. */
bool ap_field_known(struct ap_loader *l, const struct ap_yaml *map, const char *what, const char *const *words);

/* expr.c */
struct ap_expr *ap_expr_test(struct ap_loader *l, const struct ap_test *test, const char *label, struct ap_mark at);
/* Of a correlation's condition: one of its rules. */
struct ap_expr *ap_expr_leaf(struct ap_loader *l, size_t refers, const char *label, struct ap_mark at);
struct ap_expr *ap_expr_join(struct ap_loader *l, enum ap_expr_kind kind, const struct ap_expr *const *parts,
                             size_t count, const char *label, struct ap_mark at);
struct ap_expr *ap_expr_not(struct ap_loader *l, const struct ap_expr *part, const char *label, struct ap_mark at);
/* Bounds of what a program has to be made of: false, and an error, when the expression is past them. */
bool ap_expr_check(struct ap_loader *l, const struct ap_expr *expr, struct ap_mark at);

/*
 * detection.c: the selections of a detection (or a filter) and what its condition makes of them. active: what the
 * pipelines do to its items, or NULL for nothing. NULL after an error.
 */
const struct ap_expr *ap_detection_read(struct ap_loader *l, const struct ap_yaml *map, const struct ap_active *active,
                                        const char *const *others);
/* One selection, or what else has the form of one (a pipeline's add_condition). */
const struct ap_expr *ap_selection_read(struct ap_loader *l, const struct ap_yaml *node, const struct ap_active *active,
                                        const char *label);

/* item.c: `field|modifier: value`. key NULL: keywords. What a pipeline drops is ap_expr_dropped. */
extern const struct ap_expr ap_expr_dropped;
const struct ap_expr *ap_item_read(struct ap_loader *l, const struct ap_yaml *key, const struct ap_yaml *value,
                                   const struct ap_active *active);

/* condition.c: what names stand for is asked of find, which is given a whole name. */
struct ap_name {
    const char *name;
    const struct ap_expr *expr;
    struct ap_mark at;
    bool used;
};
const struct ap_expr *ap_condition_read(struct ap_loader *l, const struct ap_yaml *node, struct ap_name *names,
                                        size_t count);

/* reference.c: rules by id or name. */
void ap_references_make(struct ap_loader *l);
/* Of the rule that a scalar names: NULL, and an error, when there is none. */
struct ap_document *ap_reference_find(struct ap_loader *l, const struct ap_yaml *node);
struct ap_document *ap_reference_look(const struct ap_loader *l, const char *what);

/* filter.c */
void ap_filter_read(struct ap_loader *l, struct ap_document *document);
/* The rule's expression with what the filters make of it; NULL after an error. */
const struct ap_expr *ap_filters_apply(struct ap_loader *l, struct ap_document *rule, const struct ap_expr *expr);

/* correlation.c, and correlation_link.c: after all documents are read */
void ap_correlation_read(struct ap_loader *l, struct ap_document *document);
void ap_correlation_link(struct ap_loader *l, struct ap_document *document);
/* After the list's order is known: indices of rules. */
void ap_correlation_number(struct ap_loader *l, struct ap_document *document);

/* profile.c: our own entries; and a pipeline's `events` */
void ap_profile_default(struct ap_event_profile *profile);
bool ap_profile_read(struct ap_loader *l, const struct ap_yaml *events);

#endif
