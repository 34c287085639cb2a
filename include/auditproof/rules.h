/*
 * Risk rules: Sigma 2.1 over audit events (audit-rules(5)).
 *
 *     ap_rules_load       files of rules and pipelines -> a rule set, and a list of what is wrong with some of them
 *     ap_classifier_new   a rule set -> something that takes events one by one
 *     ap_classify         one event -> its risk level and the rules that match it
 *
 * A rule set does not change after loading and may serve any number of classifiers, one a thread.
 */
#ifndef AUDITPROOF_RULES_H
#define AUDITPROOF_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/error.h"

/* In order: the risk of an event is the highest level of the rules that match it. */
enum ap_level {
    AP_LEVEL_NONE, /* no rule matches */
    AP_LEVEL_INFORMATIONAL,
    AP_LEVEL_LOW,
    AP_LEVEL_MEDIUM, /* also of a rule that gives none */
    AP_LEVEL_HIGH,
    AP_LEVEL_CRITICAL,
};

/* "none", "informational", "low", … Static. And back: false for any other word. */
const char *ap_level_name(enum ap_level level);
bool ap_level_parse(enum ap_level *out, const char *word);

/* The risk_level of audit_logs that a level stands for: low for everything below medium. Static. */
const char *ap_level_risk(enum ap_level level);

/* What people read of a rule. Texts are NUL-terminated UTF-8, "" where the rule says nothing. */
struct ap_rule_info {
    const char *id; /* the rule's, or "sha256:" and 16 digits of its document where it has none */
    const char *title, *status, *author, *description;
    enum ap_level level;
    bool level_given;
    const char *const *tags;
    size_t tag_count;
    const char *const *false_positives;
    size_t false_positive_count;
    const char *const *references;
    size_t reference_count;
    const char *file; /* as it was named when loading */
    uint32_t line;    /* of the document's first line, from 1 */
    bool correlation;
    bool applies; /* to the stream that the pipelines describe */
    bool reports; /* false: it only feeds a correlation */
};

/* Something in a rule file that keeps a rule, a filter or a pipeline from being loaded, or a remark about one that was.
 */
enum ap_problem_kind { AP_PROBLEM_ERROR, AP_PROBLEM_WARNING };

struct ap_rule_problem {
    enum ap_problem_kind kind;
    const char *file;
    uint32_t line, column; /* from 1; 0 when the file as a whole is meant */
    const char *rule;      /* title of the rule meant, or "" */
    const char *message;   /* what is wrong, and what would be right */
};

/* Bounds of loading. A file past one is an error of that file. */
enum {
    AP_RULE_FILE_MAX = 4 << 20,  /* bytes of one file */
    AP_RULE_FILES_MAX = 100000,  /* files of one rule set */
    AP_RULE_NODES_MAX = 1000000, /* YAML nodes of one file, aliases counted each time that they are used */
    AP_RULE_DEPTH_MAX = 64,      /* nesting, of YAML and of conditions */
};

struct ap_rules;

/* One file of a rule set, by name and content; a rule set can be loaded from such, for it is kept in the database. */
struct ap_rule_file {
    const char *name; /* relative, '/' between parts, no "." or ".." */
    const char *path; /* what messages call it; NULL: name */
    const char *text;
    size_t len;
    bool pipeline;
};

struct ap_rules_options {
    const char *const *paths; /* files, or directories that are searched for *.yml and *.yaml (not *.test.yml) */
    size_t path_count;
    const char *const *pipelines; /* files */
    size_t pipeline_count;
    const struct ap_rule_file *files; /* instead of, or besides, paths and pipelines */
    size_t file_count;
    bool every_rule; /* rules apply whatever their logsource */
};

/*
 * Load a rule set. AP_OK also when some rules are wrong: they are left out, whole, and ap_rules_problems names them;
 * the caller decides what that means. Fails when a path cannot be read, a pipeline is wrong, or memory runs out. *out
 * is the caller's.
 */
AP_MUST_CHECK enum ap_status ap_rules_load(struct ap_rules **out, const struct ap_rules_options *options,
                                           struct ap_error *err);
void ap_rules_free(struct ap_rules *rules); /* NULL is harmless */

size_t ap_rules_count(const struct ap_rules *rules);
const struct ap_rule_info *ap_rules_info(const struct ap_rules *rules, size_t rule);
/* The rule of that id, name or title, or SIZE_MAX. */
size_t ap_rules_find(const struct ap_rules *rules, const char *what);
const struct ap_rule_problem *ap_rules_problems(const struct ap_rules *rules, size_t *count);

/*
 * The rule set's digest: SHA-256 of its canonical bytes, which hold every file with its name, pipelines too, in the
 * order of names (audit-rules(5), RULE SETS). The bytes are appended to out, and can be loaded again.
 */
AP_MUST_CHECK enum ap_status ap_rules_pack(const struct ap_rules *rules, struct ap_buf *out, struct ap_error *err);
const uint8_t *ap_rules_digest(const struct ap_rules *rules); /* AP_HASH_LEN bytes */
AP_MUST_CHECK enum ap_status ap_rules_unpack(struct ap_rules **out, const void *bytes, size_t len, bool every_rule,
                                             struct ap_error *err);

/* What became of a test that lies beside a rule file. */
struct ap_rule_test {
    const char *file;
    uint32_t line;       /* 0: the file as a whole */
    const char *name;    /* "" where it has none */
    const char *rule;    /* title of the rule that it is about, or "" */
    const char *message; /* NULL: passed; else what is wrong */
};

typedef enum ap_status ap_rule_test_fn(void *context, const struct ap_rule_test *test, struct ap_error *err);

/* Run the tests of NAME.test.yml beside each rule file NAME.yml, in the order of files (audit-rules(5), TESTS). Tests
 * that have lost their rule file fail. */
AP_MUST_CHECK enum ap_status ap_rules_test(const struct ap_rules *rules, ap_rule_test_fn *fn, void *context,
                                           struct ap_error *err);

struct ap_classifier;

/*
 * What happened before: enrichment asks it where the classifier's own history does not go back far enough
 * (audit-rules(5), ENRICHMENT). *seen: whether the actor was ever seen, and whether with this value.
 */
enum ap_history_kind { AP_HISTORY_ACTOR, AP_HISTORY_ADDRESS, AP_HISTORY_AGENT }; /* ACTOR: value is NULL */
struct ap_history_answer {
    bool actor_seen, value_seen;
};
typedef enum ap_status ap_history_fn(void *context, enum ap_history_kind kind, const char *partition, const char *actor,
                                     const char *value, struct ap_history_answer *answer, struct ap_error *err);

struct ap_classifier_options {
    ap_history_fn *history; /* NULL: what this classifier has seen */
    void *history_context;
    size_t correlation_groups; /* 0: the default (audit-rules(5), BOUNDS) */
    size_t history_actors;     /* 0: the default */
};

/* rules must outlive it; options may be NULL. */
AP_MUST_CHECK enum ap_status ap_classifier_new(struct ap_classifier **out, const struct ap_rules *rules,
                                               const struct ap_classifier_options *options, struct ap_error *err);
void ap_classifier_free(struct ap_classifier *classifier); /* NULL is harmless */

/* A correlation that has come true. */
struct ap_correlated {
    size_t rule;
    int64_t first_us, last_us; /* of the events in its window */
    uint64_t count;
    double value;
    const char *group_json; /* {"actor_id":"…"}: the group-by values, null where absent */
};

struct ap_classification {
    enum ap_level level;
    const size_t *rules; /* event rules that match and report, ascending; borrowed until the next event */
    size_t rule_count;
    const struct ap_correlated *correlated; /* those that this event completed */
    size_t correlated_count;
    /* Those whose window has ended without what would have kept them from coming true ("less than"): they are no matter
     * of this event, whose time only showed it, and do not count in `level`. */
    const struct ap_correlated *closed;
    size_t closed_count;
};

/*
 * Open a line for ap_classify_next. It holds one event, or those of the pipeline's `unwrap` array; it is borrowed until
 * ap_classify_next has said that there are no more.
 */
void ap_classify_line(struct ap_classifier *classifier, const char *line, size_t len);
/* When the line's events were recorded, by a clock that is not the writer's: correlations take no event to be of a
 * later time (audit-rules(5), CORRELATIONS). After ap_classify_line, and for that line. */
void ap_classify_recorded(struct ap_classifier *classifier, int64_t at_us);
/*
 * The line's next event; *more false after the last. AP_EINPUT for one that is not an object or not JSON, *at being the
 * offset in the line: ask for the next one all the same, the classifier is unharmed.
 */
AP_MUST_CHECK enum ap_status ap_classify_next(struct ap_classifier *classifier, bool *more,
                                              struct ap_classification *out, size_t *at, struct ap_error *err);

/* The event of the last ap_classify_next with its member "_auditproof", as one line without a line end, appended to
 * out. */
AP_MUST_CHECK enum ap_status ap_classify_write(struct ap_classifier *classifier, const struct ap_classification *found,
                                               struct ap_buf *out, struct ap_error *err);

/* A line of its own for one of `closed`: {"_auditproof":{…}}, without a line end. */
AP_MUST_CHECK enum ap_status ap_classify_write_closed(struct ap_classifier *classifier,
                                                      const struct ap_correlated *closed, struct ap_buf *out,
                                                      struct ap_error *err);

/* The stream is over: what correlations still had open, all of it in `closed`. */
AP_MUST_CHECK enum ap_status ap_classify_end(struct ap_classifier *classifier, struct ap_classification *out,
                                             struct ap_error *err);

/*
 * How a rule fares with the last event, part by part, depth first; a correlation by the rules that it refers to. text
 * is for people, and may hold anything that the event holds. *matches: the rule as a whole.
 */
typedef void ap_explain_part_fn(void *context, unsigned depth, bool holds, const char *text);
AP_MUST_CHECK enum ap_status ap_classify_explain(struct ap_classifier *classifier, size_t rule, ap_explain_part_fn *fn,
                                                 void *context, bool *matches, struct ap_error *err);

/* A rule whose regular expression was cut off for the first time since this was asked, or SIZE_MAX. */
size_t ap_classify_limited(struct ap_classifier *classifier);

struct ap_classifier_stats {
    uint64_t events, bad, matched;
    uint64_t candidates, regex_searches, regex_limits;
    uint64_t late, evicted_groups, evicted_events, evicted_actors;
};
void ap_classifier_stats(const struct ap_classifier *classifier, struct ap_classifier_stats *out);

/* Correlation state of one tenant as bytes, and back (audit-schema(5), classification_state). */
AP_MUST_CHECK enum ap_status ap_classifier_save(const struct ap_classifier *classifier, const char *partition,
                                                struct ap_buf *out, struct ap_error *err);
AP_MUST_CHECK enum ap_status ap_classifier_load(struct ap_classifier *classifier, const char *partition,
                                                const void *state, size_t len, struct ap_error *err);
void ap_classifier_forget(struct ap_classifier *classifier, const char *partition);

#endif
