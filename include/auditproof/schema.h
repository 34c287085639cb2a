/*
 * The schema: what this version installs, installing it, and comparing a database with it.
 *
 * What is installed is the SQL under sql/ (platform, then migrations, then objects, in byte order of their names), and
 * sql/manifest.tsv says what the catalogs hold afterwards. Function bodies are compared with the SQL itself.
 */
#ifndef AUDITPROOF_SCHEMA_H
#define AUDITPROOF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/db.h"
#include "auditproof/finding.h"

/* What a step of the installer, or a remark of its, is. */
enum ap_schema_event {
    AP_SCHEMA_REMARK,  /* waiting for another installer, trying again, … */
    AP_SCHEMA_PROBLEM, /* something that keeps the installer from starting */
    AP_SCHEMA_CREATED, /* text names the object */
    AP_SCHEMA_CHANGED, /* text names the object and what was different */
    AP_SCHEMA_REMOVED,
    AP_SCHEMA_KEPT,
};

/* text is borrowed for the call. */
typedef void ap_schema_event_fn(void *context, enum ap_schema_event event, const char *text);

struct ap_schema_install_options {
    unsigned lock_timeout_ms; /* how long to queue for a busy table before letting the application pass */
    unsigned attempts;        /* how often to try again after that */
    bool partitioned; /* the entries and performance_analytics by month: both are to be empty, or that already */
    ap_schema_event_fn *event;
    void *context;
};

struct ap_schema_summary {
    bool changed; /* false: all was as this version installs it, and nothing was touched */
    unsigned tables, views, indexes, policies, triggers, functions, roles;
};

/*
 * Install or upgrade, in one READ COMMITTED transaction. AP_ESTATE when a precondition does not hold: each was then
 * handed to `event` as AP_SCHEMA_PROBLEM and nothing was touched.
 */
AP_MUST_CHECK enum ap_status ap_schema_install(struct ap_db *db, const struct ap_schema_install_options *options,
                                               struct ap_schema_summary *summary, struct ap_error *err);

/* What ap_schema_install runs, as one script that can be pasted into any SQL editor and run again. Appends to out. */
AP_MUST_CHECK enum ap_status ap_schema_script(struct ap_buf *out, bool partitioned, struct ap_error *err);

struct ap_schema_check_options {
    bool audit_only; /* leave out the platform's tables other than audit_logs */
};

/*
 * Hand every difference between the database and what this version installs to `fn`, as findings and notices of kind
 * AP_FINDING_GUARD. Only reads, in the transaction that is open if there is one; works as auditproof_auditor and on a
 * standby. AP_ESTATE when auditproof is not installed.
 */
AP_MUST_CHECK enum ap_status ap_schema_check(struct ap_db *db, const struct ap_schema_check_options *options,
                                             ap_finding_fn *fn, void *context, struct ap_error *err);

#endif
