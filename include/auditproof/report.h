/*
 * The pages of a bundle: data/report.html, which says what is there, how far it was verified, what it does not show and
 * how to check it, with the entries in figures; and data/index.html, the list of all files (audit-bundle(5)).
 *
 * Each is one file that needs nothing else, no script, and no network. The same entries give the same bytes. Memory
 * grows with the days of the period (40 bytes each), not with the number of entries.
 */
#ifndef AUDITPROOF_REPORT_H
#define AUDITPROOF_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/bundle.h"
#include "auditproof/evidence.h"
#include "auditproof/note.h"

struct ap_report;

struct ap_report_options {
    const char *kind;           /* "soc2", "gdpr-subject", "gdpr-breach", "sample", "case" */
    const char *name;           /* the bundle's */
    const struct ap_vkey *vkey; /* that signs it */
    bool selected;              /* entries were asked for by number: the period is stated only */
    bool withheld[AP_GROUPS];
};

/* The options are borrowed until the report is freed. scope: as it is when the selection is known. */
AP_MUST_CHECK enum ap_status ap_report_new(struct ap_report **out, const struct ap_report_options *options,
                                           const struct ap_evidence_scope *scope, struct ap_error *err);
void ap_report_free(struct ap_report *report); /* NULL is harmless */

/* Count an entry; the context is the report. Only what the entry discloses is looked at. */
enum ap_status ap_report_add(void *report, const struct ap_evidence_entry *entry, struct ap_error *err);

/* What there is for a criterion. Strings are copied. */
struct ap_report_control {
    const char *criterion, *title;
    const char *strength; /* of the log as evidence: "strong", …; "none" when it cannot evidence it */
    const char *limit;    /* what it cannot show; may be NULL */
    size_t populations;
    uint64_t rows;       /* in all of them: an entry may be in several */
    size_t rules;        /* that look for exceptions */
    uint64_t exceptions; /* of this criterion */
};

AP_MUST_CHECK enum ap_status ap_report_control(struct ap_report *report, const struct ap_report_control *control,
                                               struct ap_error *err);
/* How many exceptions there are, each counted once: one may be of several criteria. */
void ap_report_exceptions(struct ap_report *report, uint64_t count);
/* An action that no population holds, with the type of its resource. */
AP_MUST_CHECK enum ap_status ap_report_unmapped(struct ap_report *report, const char *action, const char *resource_type,
                                                uint64_t rows, struct ap_error *err);
/* Something else that the kind has to say of its contents: a line of the table under "What was verified". */
AP_MUST_CHECK enum ap_status ap_report_fact(struct ap_report *report, const char *name, const char *text,
                                            struct ap_error *err);

/* data/report.html, once everything was read and proven. */
AP_MUST_CHECK enum ap_status ap_report_write(struct ap_report *report, const struct ap_evidence_scope *scope,
                                             struct ap_bundle *bundle, struct ap_error *err);

/* data/index.html: all members so far, and those that are always written after it. */
AP_MUST_CHECK enum ap_status ap_index_write(const char *name, struct ap_bundle *bundle, struct ap_error *err);

#endif
