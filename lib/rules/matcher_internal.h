/* One thread's run of a program over events: what the index finds (scan.c), and what follows from it (matcher.c). */
#ifndef AUDITPROOF_RULES_MATCHER_INTERNAL_H
#define AUDITPROOF_RULES_MATCHER_INTERNAL_H

#include "program_internal.h"

/*
 * What is known of a fact in this event is event number << AP_KNOWN_SHIFT | one of these; of an older number, nothing.
 * So nothing is cleared between events.
 */
enum ap_known { AP_KNOWN_CUT, AP_KNOWN_TRUE, AP_KNOWN_FALSE, AP_KNOWN_MAYBE };
enum { AP_KNOWN_SHIFT = 2 };
#define AP_MATCHER_EVENTS_MAX (UINT32_MAX >> AP_KNOWN_SHIFT)

struct ap_matcher {
    const struct ap_program *program; /* borrowed */
    struct ap_asking asking;
    struct ap_buf folded; /* the value that is being looked at; asking has its own */
    uint32_t now;         /* the event's number, from 1 */
    uint32_t *known;      /* owned; by fact */
    uint32_t *object;     /* owned; by field: the event that has an object there which nobody looked into */
    uint32_t *woken_at;   /* owned; by rule: the event that last woke it */
    uint32_t *woken;      /* owned; the rules woken by this event */
    uint32_t woken_count;
    size_t *hits; /* owned; the result */
    bool cut;     /* a search was cut off in this event */

    bool *limited;           /* owned; by rule: told of */
    uint32_t *limited_rules; /* owned; to be told of */
    uint32_t limited_count, limited_told;
    struct ap_match_stats stats;
};

static inline uint32_t ap_known(const struct ap_matcher *m, enum ap_known known)
{
    return m->now << AP_KNOWN_SHIFT | (uint32_t)known;
}

static inline bool ap_is_known(const struct ap_matcher *m, uint32_t fact)
{
    return m->known[fact] >> AP_KNOWN_SHIFT == m->now;
}

/* Look the event's values up in the index, and wake the rules that they concern. */
void ap_scan_event(struct ap_matcher *m);

/* Look up what is beneath the objects of a field. */
void ap_scan_objects(struct ap_matcher *m, uint32_t field);

#endif
