/* A program as it is compiled (program.c, bind.c, plan.c, index.c) and run (matcher.c). */
#ifndef AUDITPROOF_RULES_PROGRAM_INTERNAL_H
#define AUDITPROOF_RULES_PROGRAM_INTERNAL_H

#include "automaton.h"
#include "intern.h"
#include "lists.h"
#include "program.h"
#include "test.h"

/*
 * Facts: what may hold of an event. The first test_count of them are the distinct tests of all rules; the others are
 * groups, each of which holds when any of some tests does, so that a rule with a list of a thousand names asks once.
 */
enum ap_fact_flags {
    AP_FACT_ASKED = 1,  /* the index never says that it holds: ask (test.h) */
    AP_FACT_HINTED = 2, /* the index says when it may hold: then ask */
    AP_FACT_INTO = 4,   /* holds of objects by what is beneath them: the index says nothing before it was taken there */
};

struct ap_fact {
    uint32_t field; /* AP_NO_FIELD: a keyword */
    uint32_t flags; /* neither ASKED nor HINTED: the index says exactly when it holds */
};

/* A hit in the index: fact << AP_REF_SHIFT | flags. */
enum { AP_REF_SURE = 1, AP_REF_AT_START = 2, AP_REF_AT_END = 4, AP_REF_SHIFT = 3 };

/* What the index has for one field, or for the leaves of an event. */
struct ap_field_index {
    struct ap_automaton *needles;   /* owned; or NULL */
    size_t needle_least;            /* bytes of the shortest needle, SIZE_MAX without */
    size_t exact_least, exact_most; /* bytes of its exact texts, folded; none when least > most */
    bool numbers;                   /* are looked up by value */
    bool into;                      /* tests look into objects */
    bool any;                       /* any of the above: its values are to be looked at */
};

/* One step of a rule's code: ask for a fact, and go where the answer leads. */
struct ap_code {
    uint32_t fact, yes, no; /* steps, or one of the two below */
};

#define AP_CODE_MATCH (UINT32_MAX - 1)
#define AP_CODE_MISS UINT32_MAX

struct ap_program {
    const struct ap_rule_list *list; /* borrowed */
    struct ap_arena arena;
    struct ap_intern tests; /* by the bytes of a test's canonical form */
    struct ap_intern groups;
    struct ap_bound_test *bound; /* owned; by fact, test_count of them */
    struct ap_fact *facts;       /* owned; by fact */
    uint32_t test_count, fact_count;
    struct ap_lists groups_of; /* by test: the groups that it is in */

    size_t *rules; /* owned; where each rule compiled is in the list, ascending */
    uint32_t rule_count;
    uint32_t *entry;      /* owned; by rule: its first step */
    struct ap_code *code; /* owned */
    uint32_t code_count, code_cap;

    /* Rules to be woken: by a fact that holds or may hold; by a field that is there; by an object in a field. */
    struct ap_lists woken_by_fact, woken_by_presence, woken_by_object;
    uint32_t *always; /* owned; rules that nothing needs to wake */
    uint32_t always_count;

    uint32_t field_count;         /* fields are below; field_count itself stands for the leaves */
    struct ap_field_index *index; /* owned; field_count + 1 of them */
    struct ap_intern exact;       /* texts by field * 2, numbers by field * 2 + 1 */
    struct ap_lists exact_refs;   /* by number in `exact` */
    bool leaves;                  /* there are keywords */
};

static inline uint32_t ap_index_of(const struct ap_program *program, uint32_t field)
{
    return field == AP_NO_FIELD ? program->field_count : field;
}

/* The distinct tests of every rule, bound to their fields (bind.c). */
AP_MUST_CHECK enum ap_status ap_bind_rules(struct ap_program *program, struct ap_fields *fields, struct ap_error *err);
/* The fact of a test that is in the program, or AP_INTERN_NONE when memory runs out. scratch is cleared and used. */
uint32_t ap_bind_find(const struct ap_program *program, const struct ap_test *test, struct ap_buf *scratch);

/* What wakes each rule, and its code (plan.c). */
AP_MUST_CHECK enum ap_status ap_plan_rules(struct ap_program *program, struct ap_error *err);

/* The index over the tests (index.c); flags of the facts must be known before rules are planned. */
AP_MUST_CHECK enum ap_status ap_index_tests(struct ap_program *program, struct ap_error *err);

/* A number's key in the index: equal numbers have equal keys. */
static inline double ap_index_number(const struct ap_number *number)
{
    return number->real == 0 ? 0 : number->real;
}

#endif
