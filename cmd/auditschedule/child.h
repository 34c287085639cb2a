/* Another program, run to make a report or to be told of one. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_CHILD_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

enum { CHILD_SAID_SIZE = 900 };

struct child {
    const char *const *argv;        /* argv[0] is a path: no shell, no PATH */
    const char *const *environment; /* NAME=VALUE, in front of what we have; or NULL */
    int in;                         /* its standard input; 0: an empty one */
    int out;                        /* its standard output; 0: its beginning is kept in answer */
    char *answer;                   /* terminated; */
    size_t answer_size;             /* 0: none is wanted */
    int64_t tick_us;                /* how often it is asked whether to go on; */
    bool (*go_on)(void *context);   /* where not, it is killed, and whatever it started with it */
    void *context;
    int wake_fd; /* asked at once when this is readable; 0: none */

    bool ended;                 /* by itself, with: */
    int status;                 /* its exit status, or 128 and the signal that ended it */
    char said[CHILD_SAID_SIZE]; /* the last line that it wrote to standard error, as it may be shown */
};

/* Run it until it ends; it is killed should this process be. Its exit status is 127 where there is no such program. */
AP_MUST_CHECK enum ap_status child_run(struct child *child, struct ap_error *err);

#endif
