/* How every command prints that gives an answer instead of entries. */
#ifndef AUDITPROOF_CMD_AUDITQUERY_ANSWERED_H
#define AUDITPROOF_CMD_AUDITQUERY_ANSWERED_H

#include "asked.h"
#include "auditproof/answer.h"

/* What was given of the options below. */
struct answered_given {
    const char *format, *part, *chart;
    bool raw;
};

extern struct answered_given answered_given;

/* Elements of the command's table of options. */
#define ANSWERED_OPTIONS                                                                                               \
    {0,                                                                                                                \
     "format",                                                                                                         \
     "FORMAT",                                                                                                         \
     CLI_CHOICE,                                                                                                       \
     &answered_given.format,                                                                                           \
     ap_answer_format_names,                                                                                           \
     "how to print it: a table on a terminal, else json",                                                              \
     "How to print it: see\n.Sx ANSWERS ."},                                                                           \
        {0,                                                                                                            \
         "part",                                                                                                       \
         "NAME",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &answered_given.part,                                                                                         \
         NULL,                                                                                                         \
         "only this part of the answer",                                                                               \
         "Only this part of the answer, by its name in JSON."},                                                        \
        {0,                                                                                                            \
         "chart",                                                                                                      \
         "FILE",                                                                                                       \
         CLI_STRING,                                                                                                   \
         &answered_given.chart,                                                                                        \
         NULL,                                                                                                         \
         "draw it as well, into this SVG file",                                                                        \
         "Draw it as well, as an SVG image in\n.Ar FILE ."},                                                           \
    {                                                                                                                  \
        0, "raw", NULL, CLI_FLAG, &answered_given.raw, NULL, "leave what a terminal would obey in texts as it is",     \
            NULL                                                                                                       \
    }

/* Draw it where that was asked for, and print it. What was asked must have been recorded. */
AP_MUST_CHECK enum ap_status answered_print(const struct asked *asked, const struct ap_answer *answer,
                                            const char *command, struct ap_error *err);

/* Put together what a command answers, in the snapshot that asked->db is in. */
typedef enum ap_status answered_build_fn(struct asked *asked, struct ap_answer *answer, struct ap_error *err);

/* All that such a command does once its options are sound: ask, record, print. Returns the exit status. */
int answered_run(const char *command, answered_build_fn *build);

#endif
