/*
 * Exporting evidence: a selection is read, verified, proven and written as a bundle, which is checked as its reader
 * would check it before it gets its name (auditexport(1), audit-bundle(5)). A bundle is complete or it is not written.
 */
#ifndef AUDITPROOF_EXPORT_H
#define AUDITPROOF_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/bundle.h"
#include "auditproof/evidence.h"
#include "auditproof/note.h"
#include "auditproof/report.h"
#include "auditproof/sign.h"

/*
 * What a kind of bundle holds beside the common files. Each member may be NULL. begin is called when the selection is
 * known and the bundle is open, add for every entry in order, finish when all were read: the scope is then complete.
 * tell is called last: what the report shall show of the part.
 */
struct ap_export_part {
    enum ap_status (*begin)(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                            struct ap_error *err);
    ap_evidence_fn *add;
    enum ap_status (*finish)(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                             struct ap_error *err);
    void *context;
    enum ap_status (*tell)(void *context, struct ap_report *report, struct ap_error *err);
};

enum { AP_EXPORT_PARTS_MAX = 8, AP_EXPORT_NAME_SIZE = 80 };

struct ap_export_options {
    struct ap_evidence_options evidence;
    const char *kind;       /* "soc2", "gdpr-subject", "gdpr-breach", "sample", "case" */
    const char *suffix;     /* of the bundle's name, [a-z0-9-], read once entries are chosen; NULL for none */
    const char *more;       /* members of the kind's own for data/bundle.json, each after a comma; NULL for none */
    const char *path;       /* the file to be; NULL: the bundle's name with .tar.gz, in the working directory */
    bool force;             /* may replace a file that is there */
    unsigned jobs;          /* threads that compress; 0: one a processor */
    int level;              /* of compression; 0: the usual one */
    const char *encrypt_to; /* PEM certificate, or NULL */
    ap_bundle_inspect_fn *inspect; /* what sees every byte of the bundle first; may be NULL */
    void *inspect_context;
    const struct ap_signing_key *key; /* signs the bundle */
    const struct ap_vkey *vkey;       /* of that key */
    const struct ap_vkey *log_key;    /* any key that the seal log has had */
    const struct ap_export_part *parts;
    size_t part_count;
    bool nobodys;          /* nothing of any group of any entry comes into the bundle */
    bool unregistered;     /* keep it out of the register of bundles */
    const char *recipient; /* to whom it is given, for the register; NULL: not said */
    ap_finding_fn *found;  /* what keeps the bundle from being made */
    void *found_context;
};

struct ap_export_report {
    bool intact; /* else findings kept the bundle from being made */
    char name[AP_EXPORT_NAME_SIZE];
    char *path; /* owned: what was written */
    struct ap_bundle_summary bundle;
    uint64_t entries, asked_for;
    bool incomplete;                    /* and allowed to be */
    char registered[AP_UUID_TEXT_SIZE]; /* its id in the register; empty: it is not in it */
    struct ap_error unregistered;       /* and that is why, where it should be */
};

/* Free the report in every case. */
AP_MUST_CHECK enum ap_status ap_export(struct ap_db *db, const struct ap_export_options *options,
                                       struct ap_export_report *report, struct ap_error *err);
void ap_export_report_free(struct ap_export_report *report);

#endif
