/* The answer of risk: a row an incident, and for people what there is in each. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_RISK_ANSWER_H
#define AUDITPROOF_CMD_AUDITQUERY_RISK_ANSWER_H

#include "auditproof/answer.h"
#include "auditproof/incidents.h"

struct risk_answer;

/* Of entries that were put together, and asked for by the filter; for so many incidents. All are borrowed. */
AP_MUST_CHECK enum ap_status risk_answer_new(struct risk_answer **out, struct ap_incidents *incidents,
                                             const struct ap_query_filter *filter, uint64_t entries, size_t most,
                                             struct ap_error *err);
void risk_answer_free(struct risk_answer *answer); /* NULL is harmless */
/* Tell all of the incidents. */
AP_MUST_CHECK enum ap_status risk_answer_tell(struct risk_answer *answer, struct ap_error *err);
/* And what rules found at the ends of windows: begin with it, then each. */
void risk_answer_begin_closed(struct risk_answer *answer);
void risk_answer_add_closed(struct risk_answer *answer, const struct ap_query_closed *closed);
struct ap_answer *risk_answer_get(struct risk_answer *answer); /* borrowed */

#endif
