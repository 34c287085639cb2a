/* Columns of reports put together here, and cells that may be empty. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_COLUMNS_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_COLUMNS_H

#include "auditproof/answer.h"

#define TEXT(name, heading)                                                                                            \
    {                                                                                                                  \
        name, heading, AP_ANSWER_TEXT, false                                                                           \
    }
#define COUNT(name, heading)                                                                                           \
    {                                                                                                                  \
        name, heading, AP_ANSWER_COUNT, false                                                                          \
    }
#define TIME(name, heading)                                                                                            \
    {                                                                                                                  \
        name, heading, AP_ANSWER_TIME, false                                                                           \
    }
#define FLAG(name, heading)                                                                                            \
    {                                                                                                                  \
        name, heading, AP_ANSWER_FLAG, false                                                                           \
    }
#define BRIEF(heading)                                                                                                 \
    {                                                                                                                  \
        "", heading, AP_ANSWER_BRIEF, false                                                                            \
    }
#define END                                                                                                            \
    {                                                                                                                  \
        NULL, NULL, AP_ANSWER_TEXT, false                                                                              \
    }

static inline void column_said(struct ap_answer *answer, const char *text)
{
    ap_answer_add_str(answer, text[0] != '\0' ? text : NULL);
}

static inline void column_count_if(struct ap_answer *answer, bool known, uint64_t count)
{
    if (known)
        ap_answer_add_count(answer, count);
    else
        ap_answer_add_null(answer);
}

static inline void column_time_if(struct ap_answer *answer, bool known, int64_t time_us)
{
    if (known)
        ap_answer_add_time(answer, time_us);
    else
        ap_answer_add_null(answer);
}

#endif
