/* Delivery: mail from the outbox, as run's options say. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_DELIVER_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_DELIVER_H

#include "mailer.h"
#include "runner.h"

struct deliver_options {
    uint64_t attach_max, attempts, keep_days;
    const char *recipients;
};

extern struct deliver_options deliver_options;

#define DELIVER_ROW(name, arg, kind, field, choices, brief, manual)                                                    \
    {                                                                                                                  \
        0, name, arg, kind, &deliver_options.field, choices, brief, manual                                             \
    }

/* Rows of run's table of options. */
#define DELIVER_OPTIONS                                                                                                \
    MAILER_OPTIONS,                                                                                                    \
        DELIVER_ROW("attach-max", "BYTES", CLI_SIZE, attach_max, NULL,                                                 \
                    "attach reports of so many bytes at most to mail that is encrypted (5M)", NULL),                   \
        DELIVER_ROW("mail-attempts", "N", CLI_U64, attempts, NULL, "try a mail so often at most (30)", NULL),          \
        DELIVER_ROW(                                                                                                   \
            "mail-keep", "DAYS", CLI_U64, keep_days, NULL, "forget after so long who was sent what (400)",             \
            "Forget after so long who was sent what, at least 30: it has people's addresses.\n400 by default, "        \
            "which is a year and the time to audit it; 0 keeps it for ever."),                                         \
        DELIVER_ROW("recipients", "WHOSE", CLI_CHOICE, recipients, "members|any",                                      \
                    "members: only active members of the organization (the default); any",                             \
                    "Send only to\n.Cm members ,\nactive ones of the organization (the default), or to\n.Cm any\n"     \
                    "whom the report names.")

/* Whether the options go together: 0, or EXIT_USAGE, and it was told why not. */
int deliver_check(void);

/* Send what is due. What is refused, or given up, counts among runner->failed, and whatever keeps all mail from going.
 */
AP_MUST_CHECK enum ap_status deliver_round(struct runner *runner, struct ap_error *err);

/* At the beginning of a round: what kept mail from going may not do so any more. Warn, once, of mail that nobody sends.
 */
AP_MUST_CHECK enum ap_status deliver_begin(struct runner *runner, struct ap_error *err);

/* Forget who was sent what long ago. */
AP_MUST_CHECK enum ap_status deliver_forget(struct runner *runner, struct ap_error *err);

/* Whether mail that is due is a reason for another round: not where none can go now. */
bool deliver_waits(const struct runner *runner);

#endif
