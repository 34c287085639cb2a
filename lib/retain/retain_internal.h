#ifndef AUDITPROOF_RETAIN_INTERNAL_H
#define AUDITPROOF_RETAIN_INTERNAL_H

#include "auditproof/buf.h"
#include "auditproof/retain.h"
#include "auditproof/retention_status.h"
#include "rules/form.h"

/* Tables that there are policies for: a file has one at most for each. */
enum { RETAIN_TABLES = 2 };

struct ap_retention_file {
    struct ap_yaml_form form;
    struct ap_retention_policy policies[RETAIN_TABLES];
    size_t count;
    char *name;
};

/* As ap_retention_read, of a file's text. */
AP_MUST_CHECK enum ap_status retain_policies_read(struct ap_retention_file **out, const char *name,
                                                  const struct ap_buf *text, struct ap_error *err);

/* AP_EINPUT in the place of AP_ESQL where the database refuses what was asked for, and not because it is broken. */
enum ap_status retain_refused(enum ap_status status, struct ap_error *err);

/*
 * Whom an erasure or a hold is about: a place in this session, which is made once and filled by COPY, which the
 * server's log does not get. Lines are ids in their usual form and e-mail addresses as given; AP_EINPUT for what is
 * neither.
 */
AP_MUST_CHECK enum ap_status retain_subject_add(struct ap_buf *lines, const char *text, struct ap_error *err);
AP_MUST_CHECK enum ap_status retain_subject_make(struct ap_db *db, struct ap_error *err);
AP_MUST_CHECK enum ap_status retain_subject_send(struct ap_db *db, const struct ap_buf *lines, struct ap_error *err);

/* Purges of a period, of which something is a tenant's. */
struct retain_purges {
    struct ap_uuid org;
    struct ap_rows *rows; /* owned */
    const char **why;     /* owned: of each, why its certificate does not verify; NULL where it does */
    uint64_t count, bad;
};

/* Free *out in every case. */
AP_MUST_CHECK enum ap_status retain_purges_read(struct retain_purges *out, struct ap_db *db,
                                                const struct ap_retention_ask *ask, struct ap_error *err);
AP_MUST_CHECK enum ap_status retain_purges_tell(const struct retain_purges *purges, struct ap_answer *answer,
                                                const struct ap_answer_part *part, uint64_t limit,
                                                struct ap_error *err);
void retain_purges_free(struct retain_purges *purges);

#endif
