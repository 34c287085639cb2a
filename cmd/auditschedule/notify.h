/* A program of somebody's own, told what he should know of reports. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_NOTIFY_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_NOTIFY_H

#include "auditproof/db.h"
#include "options.h"

struct notify {
    const char *command;   /* a path, or NULL: nobody is told */
    uint64_t timeout_s;    /* then it is killed */
    uint64_t grace_s;      /* what is due and not done is late after so long */
    bool late;             /* tell of what is late, too */
    uint64_t told, failed; /* what came of it */
};

enum { NOTIFY_TIMEOUT_S = 30, NOTIFY_GRACE_S = 3600 };

/* Lines of a table of options. */
#define NOTIFY_OPTIONS(notify)                                                                                         \
    {0,                                                                                                                \
     "notify-command",                                                                                                 \
     "PROGRAM",                                                                                                        \
     CLI_STRING,                                                                                                       \
     &(notify).command,                                                                                                \
     NULL,                                                                                                             \
     "tell this program, a whole path, of trouble: see NOTICES",                                                       \
     "Tell this program, a whole path, of trouble: see\n.Sx NOTICES ."},                                               \
    {                                                                                                                  \
        0, "notify-timeout", "SECONDS", CLI_U64, &(notify).timeout_s, NULL, "kill it after so long (30)", NULL         \
    }

/* EXIT_DONE where the options can be, else said and EXIT_USAGE. */
int notify_check(const struct notify *notify);

/* Tell of everything that nobody was told of yet, each once. What the program would not take is tried by the next call.
 */
AP_MUST_CHECK enum ap_status notify_all(struct notify *notify, struct ap_db *db, struct ap_error *err);

#endif
