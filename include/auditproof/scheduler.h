/*
 * Reports that are due, from the platform's scheduled_reports: planned, claimed by one runner of many, and what became
 * of them (auditschedule(1), audit-schema(5)).
 *
 * Each report runs once for each time that it is due, by the key of auditproof.report_run, whatever stops in between: a
 * runner holds a run for as long as its lease, which it renews; another takes it up when the lease is over.
 * By the server's clock. The connection has row security on, and acts as a member of auditproof_scheduler.
 */
#ifndef AUDITPROOF_SCHEDULER_H
#define AUDITPROOF_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/uuid.h"

struct ap_schedule_planned {
    bool any;              /* a report was due: there may be more */
    struct ap_uuid report; /* it, */
    uint64_t runs;         /* that many of its times were not known, */
    bool wrong;            /* or it cannot be planned, and is due no more, because: */
    char why[AP_ERROR_MESSAGE_SIZE];
};

/* Plan one report that is due, in a transaction of its own. */
AP_MUST_CHECK enum ap_status ap_schedule_plan(struct ap_db *db, struct ap_schedule_planned *out, struct ap_error *err);

enum { AP_RUN_TYPE_SIZE = 32, AP_RUN_NAME_SIZE = 256 };

/* A run that was claimed. */
struct ap_run {
    struct ap_uuid report, organization;
    int64_t scheduled_us, from_us, until_us;
    char type[AP_RUN_TYPE_SIZE], format[AP_RUN_TYPE_SIZE];
    char name[AP_RUN_NAME_SIZE]; /* the report's, cut at a character; empty where it has none */
    int attempt;                 /* from 1, and never again the same */
    int tries;                   /* how many of these count: less after it was retried, or given back */
    bool given_up;               /* it was tried too often, and is no more: */
    char error[AP_ERROR_MESSAGE_SIZE];
};

struct ap_runner {
    const char *name; /* of this process among others */
    int64_t lease_us; /* whole seconds */
    int most_attempts;
};

/* *found is false where nothing is to be done now. What was given up is told to the application here. */
AP_MUST_CHECK enum ap_status ap_run_claim(struct ap_db *db, const struct ap_runner *runner, struct ap_run *run,
                                          bool *found, struct ap_error *err);
/* *mine is false when the run is another runner's by now, or nobody wants it any more: nothing is to be recorded. */
AP_MUST_CHECK enum ap_status ap_run_renew(struct ap_db *db, const struct ap_runner *runner, const struct ap_run *run,
                                          bool *mine, struct ap_error *err);

struct ap_run_result {
    const char *error; /* what went wrong, or NULL */
    bool lasting;      /* and would again: it is not tried again */
    const char *url;   /* of the output, */
    uint8_t sha256[AP_HASH_LEN];
    uint64_t bytes;
    const char *verdict;          /* "intact", "findings", … */
    const uint8_t *bundle_sha256; /* of the evidence bundle beside it; NULL: there is none */

    /*
     * May be NULL. Called when the run is known to be this runner's, and nobody can take it before this is recorded:
     * to put the output in its place. Where that fails nothing is recorded.
     */
    enum ap_status (*place)(void *context, struct ap_error *err);
    void *context;
};

/*
 * Record how it ended, in the database and for the application. One that may be tried again waits for a minute at
 * first, twice as long each time, an hour at most, with a random tenth of that more or less. Where *mine is false
 * nothing was recorded, and the output is not to be kept. When the connection is lost it is not known whether it was
 * recorded: the same may be asked again.
 */
AP_MUST_CHECK enum ap_status ap_run_finish(struct ap_db *db, const struct ap_runner *runner, const struct ap_run *run,
                                           const struct ap_run_result *result, bool *mine, struct ap_error *err);

/* Give a run back that was not made, for another runner to claim at once. */
AP_MUST_CHECK enum ap_status ap_run_release(struct ap_db *db, const struct ap_run *run, struct ap_error *err);

/*
 * How long until something is due, mail as well if that counts, or a lease is over; at most most_us, and 0 where
 * something is now. By the server's clock.
 */
AP_MUST_CHECK enum ap_status ap_schedule_wait(struct ap_db *db, bool mail, int64_t most_us, int64_t *wait_us,
                                              struct ap_error *err);

struct ap_schedule_add {
    struct ap_uuid organization;
    const char *type;            /* one of auditproof's */
    const char *creator;         /* the id or the e-mail of an active profile of the organization */
    const char *name;            /* or NULL */
    const char *format;          /* json, csv or pdf */
    const char *scheduling;      /* JSON, which schedule.h has parsed */
    int64_t first_day, last_day; /* of its period, or the first of its periods; counted from 1970-01-01 */
    int64_t due_us;              /* the first time */
    const char *const *emails;   /* whom it is mailed to */
    size_t email_count;
};

enum { AP_SCHEDULE_ADDRESS_SIZE = 256 };

struct ap_schedule_added {
    struct ap_uuid report;
    char
        stranger[AP_SCHEDULE_ADDRESS_SIZE]; /* one of the addresses that is of no active profile of the organization, or
                                             "" */
};

/*
 * Schedule a report, and tell of it in the organization's chain; without `keep`, find out whether that can be done.
 * AP_EINPUT where a value cannot be.
 */
AP_MUST_CHECK enum ap_status ap_schedule_add(struct ap_db *db, const struct ap_schedule_add *add, bool keep,
                                             struct ap_schedule_added *out, struct ap_error *err);

enum { AP_NOTICE_WORD_SIZE = 64, AP_NOTICE_ABOUT_SIZE = 128, AP_NOTICE_TIME_SIZE = 24 };

/*
 * What somebody should know of a report, claimed to be told: it failed for good, is late, cannot be planned, or
 * its mail was not taken (audit-schema(5), report_trouble). Free with ap_notice_free in every case.
 */
struct ap_notice {
    struct ap_buf json; /* all of it, an object */
    char report[AP_UUID_TEXT_SIZE], organization[AP_UUID_TEXT_SIZE];
    char type[AP_RUN_TYPE_SIZE];
    char moment[AP_NOTICE_WORD_SIZE], about[AP_NOTICE_ABOUT_SIZE];
    char scheduled[AP_NOTICE_WORD_SIZE];                        /* UTC; empty where it is of no time */
    char at[AP_NOTICE_TIME_SIZE], attempt[AP_NOTICE_TIME_SIZE]; /* which claim it is */
};

struct ap_notices {
    bool late;          /* those that are late, beside all others */
    int64_t grace_us;   /* what is due and not done is late after so long, whole seconds */
    int64_t lease_us;   /* for so long nobody else tells of a notice that was claimed */
    int64_t started_us; /* those tried since then wait for the next call; by the server's clock */
};

/* *found is false where nobody has to be told of anything. */
AP_MUST_CHECK enum ap_status ap_notice_claim(struct ap_db *db, const struct ap_notices *wanted, struct ap_notice *out,
                                             bool *found, struct ap_error *err);
/* why NULL: somebody was told. Else it will be tried again. */
AP_MUST_CHECK enum ap_status ap_notice_end(struct ap_db *db, const struct ap_notice *notice, const char *why,
                                           struct ap_error *err);
void ap_notice_free(struct ap_notice *notice);

/* The server's clock. */
AP_MUST_CHECK enum ap_status ap_schedule_now(struct ap_db *db, int64_t *now_us, struct ap_error *err);

#endif
