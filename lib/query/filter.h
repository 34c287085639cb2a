/* What a filter asks, as parts of a statement. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_FILTER_H
#define AUDITPROOF_QUERY_FILTER_H

#include "auditproof/query.h"
#include "statement.h"

/* Which of the entries that a filter of risk asks for. */
enum filter_risk {
    FILTER_RISK_EITHER, /* all of them: no index leads to them */
    FILTER_RISK_OWN,    /* those whose own level fits */
    FILTER_RISK_RULES,  /* the others, which a rule found at such a level */
};

/* What became of a filter. Zero it first, and free it last; what the database said is not asked for again meanwhile. */
struct filter_way {
    bool none; /* no entry can fit */
    bool led;  /* it names something of which there are few, and an index of its own leads there */
    bool knows_actions, knows_emails, all_emails;
    struct ap_buf actions, emails; /* those that fit, as an array's text without its end */
};

void filter_way_free(struct filter_way *way);

/*
 * Patterns of actions are replaced by the actions that fit, an address by how it is spelled. *none: no entry can. Asks
 * the database.
 */
AP_MUST_CHECK enum ap_status filter_add(struct statement *statement, struct ap_db *db,
                                        const struct ap_query_access *access, const struct ap_query_filter *filter,
                                        bool *none, struct ap_error *err);
/* The same, for a statement that asks for the two kinds apart. */
AP_MUST_CHECK enum ap_status filter_add_risk(struct statement *statement, struct ap_db *db,
                                             const struct ap_query_access *access, const struct ap_query_filter *filter,
                                             enum filter_risk risk, struct filter_way *way, struct ap_error *err);

#endif
