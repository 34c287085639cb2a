/* A runner: what makes the reports that are due, one after the other. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_RUNNER_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_RUNNER_H

#include "auditproof/clock.h"
#include "auditproof/db.h"
#include "auditproof/scheduler.h"
#include "child.h"
#include "evidence.h"
#include "output.h"

struct runner {
    struct ap_db *db;
    struct ap_runner who;
    struct output_place place;
    char name[160];
    char tool[OUTPUT_PATH_SIZE]; /* this program */
    struct ap_run run;           /* what it is at, */
    int64_t held_until_us;       /* for so long at least (monotonic), */
    bool lost;                   /* and whether that is another's by now */
    int64_t longest_us;          /* an attempt takes so long at most, */
    int64_t until_us;            /* this one until then (monotonic), */
    bool overdue;                /* and whether that was too short */
    uint64_t made, failed;
    bool mail_blocked; /* in this round no mail goes */
    int mail_silent;   /* so many mails of this round were not answered in time */
    bool mail_told;    /* somebody was told that nobody sends it */
};

/* Whether to go on with the run: the lease is renewed meanwhile. For struct child; context is the runner. */
bool runner_go_on(void *context);

/* attempt.c: make the report of runner->run, and record what became of it. */
AP_MUST_CHECK enum ap_status runner_attempt(struct runner *runner, struct ap_error *err);

/*
 * Connect again, now and then until the lease of the run is over, or a signal came. False where that was in vain:
 * err tells why.
 */
bool runner_reconnect(struct runner *runner, struct ap_error *err);
/* Wait for so long, or for a signal. */
void runner_wait(int64_t wait_us);

enum { CALL_MOST = 64 + EVIDENCE_ARGUMENTS };

/* call.c: what this program is called with, to make the report. */
struct call {
    char org[AP_UUID_TEXT_SIZE], since[AP_TIME_TEXT_SIZE], until[AP_TIME_TEXT_SIZE];
    char settle[EVIDENCE_NUMBER_SIZE];
    const char *argv[CALL_MOST];
    size_t count;
};

void call_of(struct call *call, const struct runner *runner, const struct output *output);

#endif
