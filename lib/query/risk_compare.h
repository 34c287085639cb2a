/* What incidents are of, in a period and in the one before it. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_RISK_COMPARE_H
#define AUDITPROOF_QUERY_RISK_COMPARE_H

#include "auditproof/arena.h"
#include "auditproof/incidents.h"
#include "rules/intern.h"

enum risk_kind { RISK_RULE, RISK_ACTION, RISK_ACTOR, RISK_ADDRESS, RISK_KINDS };

enum risk_when { RISK_NOW, RISK_BEFORE, RISK_TIMES };

enum { RISK_LEVELS = 5 }; /* informational to critical */

extern const char *const risk_level_names[RISK_LEVELS];

/* A rule, an action, somebody or an address. */
struct risk_thing {
    enum risk_kind kind;
    const char *text, *more; /* as in struct ap_incident_tally; kept */
    int level;               /* of a rule, the highest at which it found something; else of the worst incident */
    uint64_t incidents[RISK_TIMES], entries[RISK_TIMES];
    size_t first; /* number of the worst incident of the period that has it; from 0 */
};

struct risk_compare {
    struct ap_arena arena;
    struct ap_intern texts;
    struct risk_thing *things; /* owned; by their number in texts */
    size_t room;
    uint64_t incidents[RISK_TIMES][RISK_LEVELS], entries[RISK_TIMES][RISK_LEVELS];
};

void risk_compare_init(struct risk_compare *compare);
void risk_compare_free(struct risk_compare *compare);

/* Count an incident. `number` is its own among those of the period, which come the worst first. */
AP_MUST_CHECK enum ap_status risk_compare_add(struct risk_compare *compare, enum risk_when when, size_t number,
                                              const struct ap_incident *incident, struct ap_error *err);

#endif
