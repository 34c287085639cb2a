/*
 * Entries of a level and above, put together as incidents, and the answers that tell of them: all that there is
 * (auditquery(1), INCIDENTS), or a digest of a period beside the one before it (auditschedule(1), risk_digest).
 */
#ifndef AUDITPROOF_RISK_H
#define AUDITPROOF_RISK_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/answer.h"
#include "auditproof/incidents.h"

/* Entries that are looked at, which are the newest, and those without a time that are counted; the usual window. */
enum { AP_RISK_ENTRIES = 50000, AP_RISK_UNDATED = 1000, AP_RISK_WINDOW_MINUTES = 30 };

struct ap_risk_ask {
    const struct ap_query_filter *filter; /* with levels, and a time since when */
    int64_t window_us;                    /* that may lie between two entries of an incident */
    bool proof;                           /* verify each entry */
    void (*planned)(void *context, const struct ap_query_plan *plan); /* told of the server's plan; may be NULL */
    void *context;
};

/* What was read. */
struct ap_risk {
    const struct ap_query_filter *filter; /* borrowed */
    struct ap_incidents *incidents;       /* owned; grouped */
    uint64_t entries, failed, undated;    /* failed: did not verify; undated: of such a level, and in no period */
    bool more;                            /* there are more entries than were looked at */
};

/* In the caller's transaction, which must be a snapshot. Free *out in every case. */
AP_MUST_CHECK enum ap_status ap_risk_read(struct ap_risk *out, struct ap_db *db, const struct ap_query_access *access,
                                          const struct ap_risk_ask *ask, struct ap_error *err);
void ap_risk_free(struct ap_risk *risk);

/* An answer, and what it borrows. */
struct ap_risk_answer;

/* The worst incidents, `limit` of them, each with what is in it. Free *out in every case, before the risk. */
AP_MUST_CHECK enum ap_status ap_risk_tell(struct ap_risk_answer **out, struct ap_db *db,
                                          const struct ap_query_access *access, const struct ap_risk *risk,
                                          uint64_t limit, struct ap_error *err);

struct ap_risk_digest_ask {
    struct ap_uuid org;
    int64_t since_us, until_us; /* both finite; the period before is as long */
    uint64_t limit;             /* incidents, the worst; and of these */
    uint64_t details;           /* so many with what is in them, for people */
    uint64_t news;              /* of each kind of what is new, so many */
};

/*
 * Counts by level, rule and day, what is new against the period before, and the worst incidents: of levels high and
 * critical, as auditquery risk has them. Free *out in every case.
 */
AP_MUST_CHECK enum ap_status ap_risk_digest(struct ap_risk_answer **out, struct ap_db *db,
                                            const struct ap_query_access *access, const struct ap_risk_digest_ask *ask,
                                            struct ap_error *err);

struct ap_answer *ap_risk_answer_get(struct ap_risk_answer *answer); /* borrowed */
void ap_risk_answer_free(struct ap_risk_answer *answer);             /* NULL is harmless */

#endif
