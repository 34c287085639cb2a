/* What answers about incidents share: a row an incident, and for people what there is in each. Nothing outside
 * lib/query includes this. */
#ifndef AUDITPROOF_QUERY_RISK_ANSWER_H
#define AUDITPROOF_QUERY_RISK_ANSWER_H

#include "auditproof/risk.h"

struct risk_detail;

struct ap_risk_answer {
    struct ap_answer *answer; /* owned */
    const struct ap_risk *risk;
    size_t rows, parted;       /* incidents that get a row, and of these a part of their own */
    struct risk_detail *parts; /* owned */
    struct ap_buf text;
    bool failed; /* to append to it */
};

/* Of what was read, which is borrowed. Free *out in every case. */
AP_MUST_CHECK enum ap_status risk_answer_new(struct ap_risk_answer **out, const struct ap_risk *risk, size_t rows,
                                             size_t details, struct ap_error *err);
/* What was asked for; then the incidents. */
void risk_answer_asked(struct ap_risk_answer *answer);
AP_MUST_CHECK enum ap_status risk_answer_incidents(struct ap_risk_answer *answer, struct ap_error *err);

/* What rules found at the ends of windows: begin with it, then each; or all that fit. */
void risk_answer_begin_closed(struct ap_risk_answer *answer);
void risk_answer_add_closed(struct ap_risk_answer *answer, const struct ap_query_closed *closed);
AP_MUST_CHECK enum ap_status risk_answer_closed(struct ap_risk_answer *answer, struct ap_db *db,
                                                const struct ap_query_access *access,
                                                const struct ap_query_filter *filter, struct ap_error *err);

/* What was not looked at; what is in no period. */
void risk_remark_read(struct ap_answer *answer, const struct ap_query_access *access, const struct ap_risk *risk);
void risk_remark_undated(struct ap_answer *answer, const struct ap_risk *risk);

#endif
