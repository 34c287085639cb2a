/* How reports stand, put together for people and programs. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_STATUS_ANSWER_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_STATUS_ANSWER_H

#include "auditproof/answer.h"
#include "status.h"

/* all: every report, not only the first of them. */
void status_answer(struct ap_answer *answer, const struct standing *standing, bool all);

#endif
