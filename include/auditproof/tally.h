/* Counting the entries that fit a filter: what there is most of, least of, and for the first time (auditquery(1)). */
#ifndef AUDITPROOF_TALLY_H
#define AUDITPROOF_TALLY_H

#include "auditproof/answer.h"

enum { AP_TALLY_LIMIT = 1000 };

struct ap_tally_options {
    uint64_t limit;             /* rows of a part at most: 1 to AP_TALLY_LIMIT */
    const char *by;             /* one of ap_tally_units, or NULL: what suits the period */
    int64_t now_us;             /* a period without an end ends here */
    struct ap_query_plan *plan; /* NULL, or filled: of what reads the most */
};

/* "hour|day|week|month", and the fields that entries can be counted by, for an option's choices. */
extern const char ap_tally_units[];
extern const char ap_tally_fields[];

/* What an answer borrows of a tally: it must outlive the answer. */
struct ap_tally_shape {
    struct ap_answer_column columns[12];
    struct ap_answer_part part;
    char title[128];
};

/* All in the caller's transaction, which must be a snapshot. AP_ESTATE for what this login's rights do not suffice for;
 * AP_EINPUT for a field that is none. */

/* Totals, over time, and by action, actor, risk, address, type of resource, organization and hour of the day. */
AP_MUST_CHECK enum ap_status ap_tally_summary(struct ap_answer *answer, struct ap_db *db,
                                              const struct ap_query_access *access,
                                              const struct ap_query_filter *filter,
                                              const struct ap_tally_options *options, struct ap_error *err);

/* The most frequent values of a field, or with `rare` the least frequent. */
AP_MUST_CHECK enum ap_status ap_tally_top(struct ap_answer *answer, struct ap_tally_shape *shape, struct ap_db *db,
                                          const struct ap_query_access *access, const struct ap_query_filter *filter,
                                          const struct ap_tally_options *options, const char *field, bool rare,
                                          struct ap_error *err);

/* Values that no entry had before filter->since_us, the newest first. The other filters hold for all of history. */
AP_MUST_CHECK enum ap_status ap_tally_first(struct ap_answer *answer, struct ap_tally_shape *shape, struct ap_db *db,
                                            const struct ap_query_access *access, const struct ap_query_filter *filter,
                                            const struct ap_tally_options *options, const char *field,
                                            struct ap_error *err);

#endif
