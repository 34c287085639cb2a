/*
 * Letting entries go after their window: plan, approve, execute, certify (auditretain(1), PURGING;
 * audit-certificate(5)). The database's own functions check each step again; what is here drives them, and signs.
 */
#ifndef AUDITPROOF_PURGE_H
#define AUDITPROOF_PURGE_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/bundle_check.h"
#include "auditproof/certificate.h"
#include "auditproof/db.h"
#include "auditproof/note.h"
#include "auditproof/sign.h"

enum { AP_PURGE_BATCH = 5000, AP_PURGE_BATCH_MAX = 100000 };

struct ap_purge_request {
    bool has_chain; /* else of all */
    struct ap_uuid chain;
    const char *table; /* "audit_logs" or "performance_analytics" */
    int64_t approve_within_us, execute_within_us;
};

/*
 * Write a plan. *due false: nothing may leave, and nothing was written. Else digest names it and text, which may be of
 * several megabytes, is it.
 */
AP_MUST_CHECK enum ap_status ap_purge_plan(struct ap_db *db, const struct ap_purge_request *request, bool *due,
                                           char digest[AP_HASH_TEXT_SIZE], struct ap_buf *text, struct ap_error *err);

/* Is told what came of a month: why it cannot leave as a whole, or NULL. */
typedef void ap_purge_month(void *context, const char *month, const char *why);

/*
 * Where audit_logs is partitioned: verify the months that a plan may take as a whole, so that executing it need only
 * see that they are still the same. Those which nobody verified are verified then.
 */
AP_MUST_CHECK enum ap_status ap_purge_verify(struct ap_db *db, const char *digest, ap_purge_month *tell, void *context,
                                             struct ap_error *err);

/* A plan as it is on record. */
struct ap_purge_standing {
    struct ap_buf text;
    char approved_by[AP_LOGIN_SIZE]; /* "" for nobody */
    bool begun;
    struct ap_buf certificate; /* the signed note; empty while there is none */
};

/* AP_EINPUT when there is none of that digest. Free the standing in every case. */
AP_MUST_CHECK enum ap_status ap_purge_find(struct ap_db *db, const char *digest, struct ap_purge_standing *out,
                                           struct ap_error *err);
void ap_purge_standing_free(struct ap_purge_standing *standing);

/* By another login than the one that asked. */
AP_MUST_CHECK enum ap_status ap_purge_approve(struct ap_db *db, const char *digest, struct ap_error *err);

struct ap_purge_progress {
    uint64_t done, planned; /* rows looked at, and all of them */
};

struct ap_purge_options {
    const char *digest;
    const struct ap_signing_key *key;
    const struct ap_vkey *vkey;
    unsigned batch;             /* rows a transaction; 0 means AP_PURGE_BATCH */
    const char *creator;        /* whose records they are */
    const char *backups_expire; /* a date, as given; or NULL */
    /* Bundles that must hold every entry, with its text: files and the keys that signed them and the log. */
    const char *const *bundles;
    size_t bundle_count;
    const struct ap_pin *pins;
    size_t pin_count;
    const volatile bool *stop;                                                 /* may be NULL */
    void (*progress)(void *context, const struct ap_purge_progress *progress); /* after each batch; may be NULL */
    void *context;
};

struct ap_purge_report {
    bool was_done;             /* before: it has its certificate */
    bool late;                 /* the plan's time ended first: the rest stays */
    struct ap_buf certificate; /* the signed note; owned */
    struct ap_purge_text says; /* and what it says */
};

/*
 * Execute, or go on with, an approved plan, each batch a transaction; then sign and keep the certificate. AP_ECANCELLED
 * when stopped: what was begun stands, and another call goes on. Free the report in every case.
 */
AP_MUST_CHECK enum ap_status ap_purge_execute(struct ap_db *db, const struct ap_purge_options *options,
                                              struct ap_purge_report *report, struct ap_error *err);
void ap_purge_report_free(struct ap_purge_report *report);

#endif
