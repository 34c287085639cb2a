/* The events of the input one after the other, whatever is done with each. */
#ifndef AUDITPROOF_CMD_CLASSIFY_EVENTS_H
#define AUDITPROOF_CMD_CLASSIFY_EVENTS_H

#include "auditproof/input.h"
#include "classify.h"

struct event_place {
    const char *file;
    uint64_t line;
};

struct events {
    const struct classify_options *options;
    struct ap_classifier *classifier; /* NULL until events_run */
    /* An event that was read, and what was found of it. */
    enum ap_status (*event)(void *context, const struct event_place *place, const struct ap_classification *found,
                            struct ap_error *err);
    /* Nothing more is there for the moment: pass on what is ready. AP_ECANCELLED ends the run without another word. */
    enum ap_status (*pause)(void *context, struct ap_error *err);
    void *context;
    uint64_t lines, bad;

    struct ap_input *input; /* the rest is the events' own: start from zero */
    int64_t started_us, progress_us, paused_us;
    bool stop;
};

/* Returns an exit status: EXIT_DONE, EXIT_USAGE after a bad line, or what an error deserves. Closes nothing. */
int events_run(struct events *events, const struct ap_rules *rules);
void events_close(struct events *events);

#endif
