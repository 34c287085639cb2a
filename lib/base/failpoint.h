/*
 * Where a test kills a runner of reports: every point at which something is done and what follows is not. A name that
 * is not in this list does not compile; what is in it is tested, each in turn (tests/cli/auditschedule-crash.t reads it
 * from here). In the tools that are installed these are nothing at all: only the build of them in B/failpoint, which
 * defines AP_FAILPOINTS, has what is in tests/failpoint.
 */
#ifndef AUDITPROOF_FAILPOINT_H
#define AUDITPROOF_FAILPOINT_H

#define AP_FAILPOINT_LIST(X)                                                                                           \
    X(in_plan)       /* the times are recorded, and the report has not moved on; neither is committed */               \
    X(after_plan)    /* planned, and not claimed */                                                                    \
    X(in_claim)      /* claimed, and not committed */                                                                  \
    X(after_claim)   /* claimed, and nothing is done */                                                                \
    X(before_child)  /* its directory is there, and nothing in it */                                                   \
    X(after_child)   /* the report is whole, and not in its place */                                                   \
    X(after_command) /* the command has it, and nothing is recorded */                                                 \
    X(in_finish)     /* recorded and told to the application, and not committed; the report is not in its place */     \
    X(between_files) /* of a report of more than one file one is in its place */                                       \
    X(after_place)   /* the report is in its place, and nothing is committed */                                        \
    X(after_finish)  /* committed, and what follows is not done */

/* The same of mail, which tests/cli/auditschedule-outbox.t reads. */
#define AP_FAILPOINT_MAIL_LIST(M)                                                                                      \
    M(after_mail_claim)   /* a mail is claimed, and nobody was told of it */                                           \
    M(before_mail_settle) /* it was handed over, and that is not recorded */

enum ap_failpoint {
#define AP_FAILPOINT_ENUM(name) AP_FAILPOINT_##name,
    AP_FAILPOINT_LIST(AP_FAILPOINT_ENUM) AP_FAILPOINT_MAIL_LIST(AP_FAILPOINT_ENUM)
#undef AP_FAILPOINT_ENUM
        AP_FAILPOINTS_COUNT
};

#ifdef AP_FAILPOINTS
/* Kill this process where the environment says so. */
void ap_failpoint(enum ap_failpoint point);
#define AP_FAILPOINT(name) ap_failpoint(AP_FAILPOINT_##name)
#else
/* Looked at by the compiler, and nothing of it in the program. */
#define AP_FAILPOINT(name)                                                                                             \
    do {                                                                                                               \
        _Static_assert(AP_FAILPOINT_##name >= 0, "a name in the list");                                                \
    } while (0)
#endif

#endif
