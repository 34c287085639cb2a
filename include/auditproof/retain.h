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

#endif
