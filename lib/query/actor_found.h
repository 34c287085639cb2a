/* An actor's page on its way into an answer. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_ACTOR_FOUND_H
#define AUDITPROOF_QUERY_ACTOR_FOUND_H

#include "auditproof/actor.h"

/* Columns of queries/query_actor_seen, _sessions, _logins, query_profile and query_actor_since. */
enum { S_DIMENSION, S_VALUE, S_NOW, S_BASE, S_BEFORE, S_FIRST, S_LAST, S_LAST_BEFORE, S_KINDS, S_FIRST_NOW };
enum { N_ID, N_START, N_END, N_ENTRIES, N_ADDRESS, N_ADDRESSES, N_AGENT, N_AGENTS, N_COUNT };
enum { L_TIME, L_ADDRESS, L_FAILURES, L_ADDRESSES };
enum { P_ID, P_EMAIL, P_ACTIVE, P_UPDATED };
enum { A_ENTRIES, A_FIRST, A_LAST };

struct actor_found {
    const struct ap_query_filter *filter;
    const struct ap_actor_options *options;
    struct ap_rows *seen, *sessions, *logins, *profile; /* profile NULL where it cannot be read */
    struct ap_rows
        *after; /* of query_actor_since: since the profile that is not active was changed; NULL: it is active */
    size_t all; /* row of `seen` of everything; its last where there is none */
    int64_t baseline_us;        /* where it begins */
    double now_days, base_days; /* base_days 0: there is none */
};

/* Rows of one dimension, which stand together: from, and how many. */
size_t actor_rows(const struct actor_found *found, const char *dimension, size_t *count);

/* The most frequent value of one, of the period if it can be; else the other. And the address of mail, or NULL. */
const char *actor_name(const struct actor_found *found, const char *dimension, const char *other);
const char *actor_email(const struct actor_found *found);

/* Entries a day, in the period and in the baseline. */
double actor_rate_now(const struct actor_found *found, size_t row);
double actor_rate_base(const struct actor_found *found, size_t row);

/* What is out of the ordinary. */
void actor_findings(struct ap_answer *answer, const struct actor_found *found);

AP_MUST_CHECK enum ap_status actor_answer(struct ap_answer *answer, const struct actor_found *found,
                                          struct ap_error *err);

#endif
