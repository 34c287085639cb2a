/*
 * What a rule file says once it has been read: every modifier, filter and pipeline is already worked in, so that what
 * is left of a detection is a Boolean expression over tests (audit-rules(5)). Made by the loader (load.h), turned into
 * a program by program.h. Everything here lives in the rule list's arena and does not change after loading.
 */
#ifndef AUDITPROOF_RULES_RULE_H
#define AUDITPROOF_RULES_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/rules.h"

/* Where something stands in a rule file: line and column from 1, columns in characters; 0 when it stands nowhere. */
struct ap_mark {
    uint32_t line, column;
};

struct ap_text {
    const char *text; /* NUL-terminated, and may hold NULs */
    size_t len;       /* bytes */
};

/* One step of a string pattern. Neighbouring text is merged; of a run of wildcards the `?` come first, then one `*`. */
enum ap_step_kind { AP_STEP_TEXT, AP_STEP_ONE, AP_STEP_DASH, AP_STEP_RUN }; /* DASH: of windash (dash.h) */

struct ap_step {
    enum ap_step_kind kind;
    struct ap_text text; /* AP_STEP_TEXT: folded (fold.h) unless the test is cased */
};

/*
 * A pattern matches a whole value: `abc` is {TEXT}, `*abc*` {RUN TEXT RUN}, `` is no step at all (present and empty),
 * `*` is {RUN}.
 */
struct ap_pattern {
    const struct ap_step *steps;
    size_t count;
};

enum ap_test_kind {
    AP_TEST_STRING,  /* pattern, against strings, and against the text of numbers and Booleans */
    AP_TEST_NUMBER,  /* equal to a number of the rule, or a string that spells it as the rule does */
    AP_TEST_BOOL,    /* equal to a Boolean of the rule, or a string that spells it, in any case */
    AP_TEST_NULL,    /* the field is absent, or null */
    AP_TEST_EXISTS,  /* the field is there, be it null or empty */
    AP_TEST_REGEX,   /* an unanchored search */
    AP_TEST_CIDR,    /* an address within a network */
    AP_TEST_COMPARE, /* number op, or part of a time op */
    AP_TEST_FIELD,   /* a string relation to another field of the event */
};

enum ap_compare { AP_COMPARE_EQ, AP_COMPARE_NEQ, AP_COMPARE_LT, AP_COMPARE_LTE, AP_COMPARE_GT, AP_COMPARE_GTE };

/* AP_TEST_COMPARE: what of the value is compared; parts are of a time, in UTC, the week being ISO 8601's. */
enum ap_part { AP_PART_WHOLE, AP_PART_MINUTE, AP_PART_HOUR, AP_PART_DAY, AP_PART_WEEK, AP_PART_MONTH, AP_PART_YEAR };

/* AP_TEST_FIELD */
enum ap_relation { AP_RELATION_EQUAL, AP_RELATION_CONTAINS, AP_RELATION_STARTS, AP_RELATION_ENDS };

/* A number as a rule or an event gives it. Integers within ±2^63 compare exactly, all else as doubles. */
struct ap_number {
    bool is_integer;
    int64_t integer;
    double real; /* set in either case */
};

struct ap_cidr {
    uint8_t bytes[16];
    uint8_t len;  /* bytes: 4 or 16 */
    uint8_t bits; /* of the prefix */
};

struct ap_test {
    enum ap_test_kind kind;
    struct ap_text
        field;  /* text NULL: a keyword, held against every leaf value of the event (AP_TEST_STRING, _REGEX) */
    bool cased; /* AP_TEST_STRING, _FIELD */
    struct ap_pattern pattern;
    struct ap_number number; /* AP_TEST_NUMBER, _COMPARE */
    struct ap_text spelling; /* AP_TEST_NUMBER: as in the rule */
    bool truth;              /* AP_TEST_BOOL; AP_TEST_EXISTS: always true, the loader turns `false` into NOT */
    struct ap_text regex;    /* PCRE2 syntax, without delimiters */
    bool caseless, multiline, dotall;
    struct ap_cidr cidr;
    enum ap_compare compare;
    enum ap_part part;
    struct ap_text other; /* AP_TEST_FIELD: the field it is held against */
    enum ap_relation relation;
};

enum ap_expr_kind { AP_EXPR_TEST, AP_EXPR_AND, AP_EXPR_OR, AP_EXPR_NOT };

/* AND of nothing is true, OR of nothing is false, NOT has one part. Nesting is bounded by the loader (64). */
struct ap_expr {
    enum ap_expr_kind kind;
    const struct ap_expr *const *parts;
    size_t count;
    const struct ap_test *test; /* AP_EXPR_TEST; NULL in a correlation's condition */
    size_t refers;              /* AP_EXPR_TEST in a correlation's condition: index into its `rules` */
    /* For --explain, may be NULL: "selection", "1 of filter_*", "eventName|contains: 'x'" as the rule has it. */
    const char *label;
    struct ap_mark at;
};

enum ap_correlation_type {
    AP_EVENT_COUNT,
    AP_VALUE_COUNT,
    AP_VALUE_SUM,
    AP_VALUE_AVG,
    AP_VALUE_MEDIAN,
    AP_VALUE_PERCENTILE,
    AP_TEMPORAL,
    AP_TEMPORAL_ORDERED,
};

/* A condition such as `gte: 10`; several are ANDed. */
struct ap_bound {
    enum ap_compare compare;
    double number;
};

enum { AP_BOUNDS_MAX = 6 };

/* A field of one referred-to rule, where an alias renames it for that rule; else every rule's field is the same. */
struct ap_group_field {
    struct ap_text name;         /* as in group-by: what a hit calls it */
    const struct ap_text *field; /* one for each referred-to rule, in the order of `rules` */
    /* Where pipelines make several fields of one: for each rule the others, ended by one whose text is NULL, or NULL.
     * The first that an event has counts. NULL altogether when no rule has others. */
    const struct ap_text *const *others;
};

struct ap_correlation {
    enum ap_correlation_type type;
    const size_t *rules; /* indices into the rule list, in the order listed */
    size_t rule_count;
    int64_t span_us;
    const struct ap_group_field *group;
    size_t group_count; /* 0: one group for all */
    struct ap_bound bounds[AP_BOUNDS_MAX];
    size_t bound_count;
    const struct ap_group_field *values; /* value_*: one, or for value_count several (distinct tuples) */
    size_t value_count;
    double percentile; /* 0 to 100 */
    const struct ap_expr
        *when;      /* temporal with a condition in words ("a and not b"): its leaves refer to rules; or NULL */
    uint32_t depth; /* 1 + the deepest correlation referred to; bounded by 10 */
};

enum ap_rule_kind { AP_RULE_EVENT, AP_RULE_CORRELATION };

/* An attribute that is absent has a NULL text. */
struct ap_logsource {
    struct ap_text category, product, service;
};

struct ap_rule {
    enum ap_rule_kind kind;
    struct ap_rule_info info; /* rules.h: id, title, level, tags, file, line … */
    struct ap_text name;      /* NULL text when it has none */
    struct ap_logsource logsource;
    bool applies; /* the stream's logsource is one that this rule is for (or every rule was asked for) */
    bool reports; /* false: referred to by a correlation without `generate: true`, so it does not report on its own */
    const struct ap_expr *expr;               /* AP_RULE_EVENT */
    const struct ap_correlation *correlation; /* AP_RULE_CORRELATION */
};

/*
 * What the pipelines say of the events of a stream (audit-rules(5), PIPELINES, `events`). Field names are as in a rule.
 * Without a pipeline: our own entries.
 */
struct ap_event_profile {
    struct ap_text unwrap;    /* the member that holds an array of events; NULL text: the line is the event */
    struct ap_text time;      /* "created_at" */
    struct ap_text partition; /* correlations and history stay within one value of it: "organization_id" */
    struct ap_text actor;     /* "actor_id": for enrichment */
    struct ap_text address;   /* "ip_address" */
    struct ap_text agent;     /* "user_agent" */
    struct ap_text id;        /* "id": names the event in messages */
    const struct ap_logsource *logsources; /* what the stream is; a rule applies when every attribute that it sets is
                                              the same in one of these */
    size_t logsource_count;
    bool every_rule; /* --no-pipeline */
    /* enrich.off_hours (enrich.h): working hours [from, to) in minutes of the day, in UTC */
    int32_t hours_from_min, hours_to_min;
    uint8_t work_days; /* bit 0 Monday … bit 6 Sunday */
};

struct ap_rule_list {
    struct ap_arena arena;
    struct ap_rule **rules; /* by id, then by file and line: the order of every output. Stable for the same rule set */
    size_t count;
    struct ap_event_profile profile;
};

#endif
