/* An answer to standard output, and the columns that several have. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_SHOWN_ANSWER_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_SHOWN_ANSWER_H

#include "auditproof/answer.h"
#include "auditproof/db.h"
#include "options.h"

/* Of which organization, and how to print it: NULL for a table on a terminal, else json. */
struct shown_answer {
    const char *command;
    struct cli_uuid org;
    const char *format;
};

/* A line of a table of options. */
#define SHOWN_FORMAT_OPTION(format)                                                                                    \
    {                                                                                                                  \
        0, "format", "FORMAT", CLI_CHOICE, &(format), "table|json|ndjson|csv",                                         \
            "how to print it: table on a terminal, else json; ndjson, csv", NULL                                       \
    }

/* only: the name of the part that a file of rows has: formats that have no place for several take that one. */
AP_MUST_CHECK enum ap_status shown_answer_put(const struct ap_answer *answer, struct ap_db *db,
                                              const struct shown_answer *how, const char *only, struct ap_error *err);

#endif
