/*
 * What the GDPR asks of an audit log: a subject's own data (Art. 15, 20), and the notification of a breach (Art. 33),
 * as parts of a bundle (auditexport(1), audit-bundle(5)).
 *
 * A subject's bundle holds what is the subject's and nothing of anybody else. What is shown has been chosen field by
 * field; staff have pseudonyms, which are made anew for each bundle; and each byte is looked at before it is kept: an
 * e-mail address, id or IP address that is not the subject's fails the bundle.
 */
#ifndef AUDITPROOF_GDPR_H
#define AUDITPROOF_GDPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/export.h"

/* A file of the caller's. text NULL: none. */
struct ap_gdpr_file {
    const char *name; /* as messages have it */
    const struct ap_buf *text;
};

struct ap_gdpr_subject_options {
    const char *subject;     /* id or e-mail address */
    const char *const *also; /* more ids and e-mail addresses, confirmed to be the subject's */
    size_t also_count;
    struct ap_gdpr_file config; /* over the shipped gdpr.yaml */
    struct ap_gdpr_file review; /* the queue with its decisions */
    const uint64_t *withhold;   /* numbers of entries that name somebody else in their text, to be left out */
    size_t withhold_count;
    bool all_time; /* entries of whatever time; else of the period only */
    bool letter;   /* data/letter.html */
};

struct ap_gdpr_subject;

/* AP_EINPUT, with file, line and column, when a file is wrong. The options are borrowed until it is freed. */
AP_MUST_CHECK enum ap_status ap_gdpr_subject_new(struct ap_gdpr_subject **out,
                                                 const struct ap_gdpr_subject_options *options, struct ap_error *err);
void ap_gdpr_subject_free(struct ap_gdpr_subject *subject); /* NULL is harmless */

/*
 * Make an export one of this subject; the rest of its options is the caller's. The export fails with AP_ESTATE when it
 * is not clear who the subject is, when the text of an entry names somebody else and nobody decided to withhold it, and
 * when something of somebody else would get into the bundle.
 */
void ap_gdpr_subject_attach(struct ap_gdpr_subject *subject, struct ap_export_options *options);

/* Once exported. */
struct ap_gdpr_subject_counts {
    uint64_t own;      /* the subject's acts */
    uint64_t about;    /* others' acts on the subject's record */
    uint64_t reviewed; /* entries that name the subject, and were let in */
    uint64_t excluded; /* and that were not */
    uint64_t pending;  /* that nobody has looked at */
    uint64_t withheld; /* the subject's, and left out as a whole: data/redactions.csv has them */
};
const struct ap_gdpr_subject_counts *ap_gdpr_subject_counts(const struct ap_gdpr_subject *subject);

/*
 * The review queue, as CSV: for the controller's staff, and never part of a bundle. Borrowed. It is there, with a
 * header, when entries were looked for, also where the export then failed.
 */
const struct ap_buf *ap_gdpr_subject_queue(const struct ap_gdpr_subject *subject);

struct ap_gdpr_breach_options {
    struct ap_gdpr_file incident; /* what people know of it (auditexport(1)) */
    struct ap_gdpr_file config;   /* over the shipped gdpr.yaml; must name the controller */
};

struct ap_gdpr_breach;

/* As ap_gdpr_subject_new. */
AP_MUST_CHECK enum ap_status ap_gdpr_breach_new(struct ap_gdpr_breach **out,
                                                const struct ap_gdpr_breach_options *options, struct ap_error *err);
void ap_gdpr_breach_free(struct ap_gdpr_breach *breach); /* NULL is harmless */

/* The period of the incident's entries, and until when the authority has to be notified. */
void ap_gdpr_breach_period(const struct ap_gdpr_breach *breach, int64_t *from_us, int64_t *to_us);
int64_t ap_gdpr_breach_notify_by_us(const struct ap_gdpr_breach *breach, bool *notified);

/*
 * Make an export one of this breach. People have pseudonyms in it, and no group of an entry is disclosed; an identifier
 * that the incident file does not name fails the export with AP_ESTATE.
 */
void ap_gdpr_breach_attach(struct ap_gdpr_breach *breach, struct ap_export_options *options);

/* Once exported: who has which pseudonym, as CSV, and never part of a bundle. Borrowed. */
const struct ap_buf *ap_gdpr_breach_keys(const struct ap_gdpr_breach *breach);

#endif
