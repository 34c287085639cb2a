/*
 * How long what is kept: policies and legal holds (audit-schema(5), RETENTION). The database decides; what it refuses
 * to do, because a period would get shorter or one login is not enough, is AP_EINPUT.
 */
#ifndef AUDITPROOF_RETAIN_H
#define AUDITPROOF_RETAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bytes.h"
#include "auditproof/db.h"
#include "auditproof/error.h"

struct ap_retention_file;

/* Texts are borrowed from the file. */
struct ap_retention_policy {
    const char *class_name, *table, *period, *basis, *jurisdiction, *approver;
    uint64_t version;
    int count; /* of the period, "7" */
    const char *unit;
    uint32_t line, column; /* where the file gives the period */
};

/*
 * A file of policies (rules/retention.yaml says how it is written). AP_EINPUT when something is wrong with it: the
 * message begins with file, line and column. *out is to be freed in every case.
 */
AP_MUST_CHECK enum ap_status ap_retention_read(struct ap_retention_file **out, const char *path, struct ap_error *err);
void ap_retention_free(struct ap_retention_file *file); /* NULL is harmless */

/* Told of each policy once all of them are set; entry is the id of the one that tells of it, or NULL: in force as it
 * is. */
typedef void ap_retention_set_fn(void *context, const struct ap_retention_policy *policy, const char *entry);

/* Set all of the file's, or none: those of a tenant, or of the platform where chain is the nil UUID. */
AP_MUST_CHECK enum ap_status ap_retention_apply(struct ap_db *db, const struct ap_retention_file *file,
                                                const struct ap_uuid *chain, ap_retention_set_fn *fn, void *context,
                                                struct ap_error *err);

/* What a hold covers, and why. What is NULL does not narrow it. */
struct ap_hold {
    const struct ap_uuid *chain; /* NULL: every tenant */
    const char *actor;           /* an account's UUID, or an e-mail address */
    const char *resource_type;
    const struct ap_uuid *resource_id;
    const char *action;        /* with * and ? */
    int64_t from_us, until_us; /* AP_TIME_MINUS_INFINITY and AP_TIME_INFINITY for none */
    const char *matter, *custodian, *reason;
    int64_t review_us; /* its UTC date counts */
};

AP_MUST_CHECK enum ap_status ap_hold_place(struct ap_db *db, const struct ap_hold *hold, struct ap_uuid *id,
                                           struct ap_error *err);

/* As one of two logins. *in_force: the other is lacking. */
AP_MUST_CHECK enum ap_status ap_hold_release(struct ap_db *db, const struct ap_uuid *id, const char *reason,
                                             bool *in_force, struct ap_error *err);

/*
 * Erasure on request (audit-schema(5), ERASURE). Whom it is about is sent to the server so that its log does not get
 * it, and is kept nowhere.
 */
struct ap_erasure_subject {
    const char *subject;     /* an account's UUID, or an e-mail address */
    const char *const *also; /* more of them, confirmed to be the same person's */
    size_t also_count;
    const struct ap_uuid *chain; /* NULL: every tenant */
    bool exact;                  /* nothing but what was given; else also what is shown with nothing else */
};

/* Columns of what ap_erasure_find gives. */
enum {
    AP_ERASE_CHAIN,
    AP_ERASE_ENTRY,
    AP_ERASE_CREATED,
    AP_ERASE_ACTION,
    AP_ERASE_RESOURCE_TYPE,
    AP_ERASE_AS,     /* actor, resource, in FIELDS */
    AP_ERASE_NAMED,  /* by the caller */
    AP_ERASE_GROUPS, /* that would be erased, separated by spaces; empty: to be reviewed */
    AP_ERASE_HOLD,   /* a legal hold that covers it, or NULL */
    AP_ERASE_MATTER,
    AP_ERASE_FIXED,   /* action, resource type or actor role mention the subject, and stay */
    AP_ERASE_EXCERPT, /* of a field that mentions it, or NULL */
};

struct ap_erasure_decision {
    bool kept; /* nothing is erased */
    const char *ground, *reason;
    int64_t review_us; /* where kept; its UTC date counts */
};

/*
 * Tell the session whom it is about. AP_EINPUT when the subject is neither an id nor an address; when it is not clear
 * whose an account or address is that entries show with it; when the texts of the decision (may be NULL), which stay,
 * name the subject. also (may be NULL) is called with each account and address that is the subject's as well.
 */
typedef void ap_erasure_also_fn(void *context, const char *identifier);
AP_MUST_CHECK enum ap_status ap_erasure_begin(struct ap_db *db, const struct ap_erasure_subject *subject,
                                              const struct ap_erasure_decision *decision, ap_erasure_also_fn *also,
                                              void *context, struct ap_error *err);

/*
 * The entries that show the subject of this session, and those named; groups (may be NULL) are erased of all that is
 * chosen, "account actor". Ordered by chain. *out is owned by the caller. AP_EINPUT when something named is not there.
 */
AP_MUST_CHECK enum ap_status ap_erasure_find(struct ap_db *db, const struct ap_uuid *chain, const char *const *named,
                                             size_t named_count, const char *groups, struct ap_rows **out,
                                             struct ap_error *err);

/* What a decision on entries of one chain became. */
struct ap_erasure_done {
    char chain[AP_UUID_TEXT_SIZE], decision[AP_UUID_TEXT_SIZE];
    uint64_t entries, held; /* erased; passed over for a hold that came meanwhile */
};

/*
 * Record the decision about rows first to end - 1, all of one chain, which may be about none: done->decision is empty
 * then. AP_EINPUT when a legal hold covers one that is to be erased, unless those are left out.
 */
AP_MUST_CHECK enum ap_status ap_erasure_decide(struct ap_db *db, const struct ap_erasure_decision *decision,
                                               const struct ap_rows *rows, size_t first, size_t end, bool except_held,
                                               struct ap_erasure_done *done, struct ap_error *err);

/* Erase what a decision says, in transactions of batch entries; what was done before stays done. */
AP_MUST_CHECK enum ap_status ap_erasure_run(struct ap_db *db, struct ap_erasure_done *done, uint64_t batch,
                                            struct ap_error *err);

/* Decisions of which something is left to be done, in columns 0 (chain) and 1 (decision). */
AP_MUST_CHECK enum ap_status ap_erasure_unfinished(struct ap_db *db, struct ap_rows **out, struct ap_error *err);

/* Columns of what ap_erasure_bundles gives. */
enum {
    AP_GIVEN_BUNDLE,
    AP_GIVEN_CHAIN,
    AP_GIVEN_AT,
    AP_GIVEN_KIND,
    AP_GIVEN_SHA256,
    AP_GIVEN_BY,
    AP_GIVEN_RECIPIENT,    /* or NULL */
    AP_GIVEN_ENCRYPTED_TO, /* SHA-256 of a certificate, or NULL */
    AP_GIVEN_ENTRIES,      /* how many of those asked about are in it */
};

/*
 * The bundles in the register that may hold what is to be erased of the entries that were found (may be NULL), or what
 * these decisions erased, an array of their ids as PostgreSQL writes it (may be NULL). *out is owned by the caller.
 */
AP_MUST_CHECK enum ap_status ap_erasure_bundles(struct ap_db *db, const struct ap_rows *found, const char *decisions,
                                                struct ap_rows **out, struct ap_error *err);

#endif
