/*
 * Entries at risk, put together as incidents (auditquery(1), INCIDENTS).
 *
 * Two entries of one organization belong together when they are of one account, one address of mail or one session, and
 * no more time than a window lies between them; and so do all that are linked through others. Entries that name neither
 * a person nor a session are linked by their IP address, and those without one by their action.
 */
#ifndef AUDITPROOF_INCIDENTS_H
#define AUDITPROOF_INCIDENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/query.h"

/* Bytes of a text that are kept and compared, and findings of an entry: some 2 kB an entry in all, and rarely 300. */
enum { AP_INCIDENT_TEXT_MAX = 300, AP_INCIDENT_FINDINGS_MAX = 64 };

struct ap_incidents;

/* How often there is something among the entries of an incident. */
struct ap_incident_tally {
    const char *text;  /* a rule's id, an action, an address, a session; an account, or else an address of mail */
    const char *more;  /* a rule's title, an account's address of mail; NULL where there is none */
    const char *level; /* of a rule, the highest that it found here; else NULL */
    uint64_t count;
};

struct ap_incident_list {
    const struct ap_incident_tally *items; /* rules: the worst first; then, as all others, the most frequent first */
    size_t count;
};

struct ap_incident_entry {
    struct ap_uuid id;
    int64_t time_us;
    bool chained;
    uint64_t seq;
    const char *level, *action;
    enum ap_query_proof proof;
};

/* All of it is borrowed, until the next one is asked for. */
struct ap_incident {
    struct ap_uuid org; /* the nil UUID: the system */
    const char *level;  /* the highest of its entries */
    int64_t first_us, last_us;
    struct ap_incident_list who, addresses, sessions, rules, actions;
    const struct ap_incident_entry *entries; /* in the order of their times */
    size_t entry_count;
    size_t worst;    /* number of the first entry of the highest level */
    uint64_t failed; /* entries that did not verify */
};

AP_MUST_CHECK enum ap_status ap_incidents_new(struct ap_incidents **out, int64_t window_us, struct ap_error *err);
void ap_incidents_free(struct ap_incidents *incidents); /* NULL is harmless */

/* In any order; each entry once, and with a time. What is kept of it is copied. */
AP_MUST_CHECK enum ap_status ap_incidents_add(struct ap_incidents *incidents, const struct ap_query_entry *entry,
                                              struct ap_error *err);

/* All entries are there: put them together, the worst first: by level, rules, entries, and how late it ended. */
AP_MUST_CHECK enum ap_status ap_incidents_group(struct ap_incidents *incidents, struct ap_error *err);

size_t ap_incidents_count(const struct ap_incidents *incidents);
AP_MUST_CHECK enum ap_status ap_incidents_get(struct ap_incidents *incidents, size_t index, struct ap_incident *out,
                                              struct ap_error *err);

/* What a rule found at the end of a window: that something did not happen. It is no matter of one entry. */
struct ap_query_closed {
    const char *level, *rule, *title; /* borrowed until the function returns */
    struct ap_uuid chain, id;         /* of the entry whose time showed it */
    int64_t time_us;
};

typedef enum ap_status ap_query_closed_fn(void *context, const struct ap_query_closed *closed, struct ap_error *err);

/* Can such findings fit the filter at all? It may ask for no more than organization, period, levels and rule. */
bool ap_query_closed_fits(const struct ap_query_filter *filter);

/* Those that do, the worst first, at most so many. For logins that may read findings. */
AP_MUST_CHECK enum ap_status ap_query_closed(struct ap_db *db, const struct ap_query_filter *filter, uint64_t most,
                                             ap_query_closed_fn *fn, void *context, struct ap_error *err);

#endif
