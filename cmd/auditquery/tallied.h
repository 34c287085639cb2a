/* What the commands that count have in common. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_TALLIED_H
#define AUDITPROOF_CMD_AUDITQUERY_TALLIED_H

#include "asked.h"
#include "auditproof/tally.h"

struct tallied {
    const struct asked *asked;
    struct ap_answer *answer;
    struct ap_tally_shape shape; /* which the answer borrows */
    struct ap_tally_options options;
    const char *field; /* the operand, or NULL */
};

typedef enum ap_status tallied_fn(struct tallied *tallied, struct ap_error *err);

/* Ask, count, record, print: the exit status. */
int tallied_run(const char *command, uint64_t limit, const char *by, tallied_fn *count, const char *field);

#endif
