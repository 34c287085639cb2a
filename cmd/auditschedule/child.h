/* Another of the tools, run to make a report. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_CHILD_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/error.h"

enum { CHILD_SAID_SIZE = 900 };

struct child {
    const char *const *argv;      /* argv[0] is a path */
    int out;                      /* its standard output */
    int64_t tick_us;              /* how often it is asked whether to go on; */
    bool (*go_on)(void *context); /* where not, it is killed */
    void *context;

    bool ended;                 /* by itself, with: */
    int status;                 /* its exit status, or 128 and the signal that ended it */
    char said[CHILD_SAID_SIZE]; /* the last line that it wrote to standard error, as it may be shown */
};

/* Run it until it ends. Its standard input is empty; it has our environment. */
AP_MUST_CHECK enum ap_status child_run(struct child *child, struct ap_error *err);

#endif
