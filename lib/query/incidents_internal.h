/* What is kept of entries until they are put together. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_INCIDENTS_INTERNAL_H
#define AUDITPROOF_QUERY_INCIDENTS_INTERNAL_H

#include "auditproof/arena.h"
#include "auditproof/incidents.h"
#include "rules/intern.h"

/* An account, an address of mail and a session at most. */
enum { EVENT_LINKS = 3 };

struct event {
    struct ap_uuid id, org;
    int64_t time_us;
    uint64_t seq;
    uint32_t links[EVENT_LINKS];
    uint32_t account, mail, session, address, action; /* AP_INTERN_NONE: it has none */
    size_t first_finding, finding_count;
    size_t group; /* while grouping, an event that it belongs to; then its incident */
    int level;
    unsigned link_count;
    enum ap_query_proof proof;
    bool chained;
};

/* Something that is counted; of equal texts, the highest level and the lowest `more` are told. */
struct tally_item {
    uint32_t text, more;
    int level;
};

struct group {
    size_t first, count; /* of events */
    size_t rules;        /* different ones */
    int level;
    int64_t last_us;
};

enum { LIST_WHO, LIST_ADDRESSES, LIST_SESSIONS, LIST_RULES, LIST_ACTIONS, LISTS };

struct ap_incidents {
    uint64_t window_us;
    struct ap_arena arena;
    struct ap_intern texts;
    struct event *events; /* owned */
    size_t count, cap;
    struct tally_item *findings; /* owned */
    size_t finding_count, finding_cap;
    struct group *groups; /* owned */
    size_t group_count;
    /* of the incident that was asked for last; owned */
    struct tally_item *items;
    struct ap_incident_tally *lists[LISTS];
    struct ap_incident_entry *entries;
};

/* Different rules that found something in these events. */
AP_MUST_CHECK enum ap_status incident_rules(struct ap_incidents *incidents, const struct group *group, size_t *out,
                                            struct ap_error *err);
void incident_forget(struct ap_incidents *incidents);

#endif
