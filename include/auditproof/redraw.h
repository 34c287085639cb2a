/*
 * A sample, drawn again from the bundle of a period, without a database; and whether the bundle of a sample is what is
 * drawn (audit-bundle(5), SAMPLES). Bundles are checked as they are read, and their writers are not trusted.
 */
#ifndef AUDITPROOF_REDRAW_H
#define AUDITPROOF_REDRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/arena.h"
#include "auditproof/bundle_check.h"
#include "auditproof/draw.h"

/* The bundle of a sample: how it says that it was drawn, and what it holds. */
struct ap_sample {
    struct ap_bundle_check_report checked; /* where it has findings, nothing else is to be used */
    struct ap_evidence_draw draw;
    struct ap_draw *held; /* its entries, ranked by that seed */
    uint8_t csv_sha256[AP_HASH_LEN];
    bool has_csv;
    struct ap_arena arena; /* owns what draw points to */
};

/*
 * Check the bundle, and read it. AP_EINPUT when it is no gzip file, or verifies and is not the bundle of a sample.
 * check: its reader is ours. Free in every case.
 */
AP_MUST_CHECK enum ap_status ap_sample_read(struct ap_sample *out, int fd, const char *name,
                                            const struct ap_bundle_check_options *check, struct ap_error *err);
void ap_sample_free(struct ap_sample *sample);

struct ap_redraw_options {
    struct ap_bundle_check_options check; /* its reader is ours */
    struct ap_evidence_draw draw;
    int64_t from_us, to_us; /* entries created from the first on and before the second; INT64_MIN: as the bundle's */
    uint64_t to_seq;        /* of entries up to this one only, as the chain was then; 0: of all */
};

struct ap_redraw {
    struct ap_bundle_check_report checked;
    int64_t from_us, to_us;                /* the period, as it was taken */
    const struct ap_evidence_drawn *drawn; /* by rank; NULL where the bundle has findings */
    size_t drawn_count;
    uint64_t population;
    struct ap_draw *draw; /* owns drawn */
};

/*
 * Check the bundle of a period, and draw from it. AP_EINPUT when it is no gzip file, is not of a period, or its period
 * is not as long; AP_ESTATE when it ends before to_seq. Free in every case; the options are borrowed until then.
 */
AP_MUST_CHECK enum ap_status ap_redraw(struct ap_redraw *out, int fd, const char *name,
                                       const struct ap_redraw_options *options, struct ap_error *err);
void ap_redraw_free(struct ap_redraw *redraw);

/*
 * Is the sample what was drawn: the same entries, by number and hash, and the same list of them? What differs is
 * appended to `differences`, a line for each thing, of which there are none when it is. Neither may have findings.
 */
AP_MUST_CHECK enum ap_status ap_redraw_compare(const struct ap_redraw *redraw, const struct ap_sample *sample,
                                               struct ap_buf *differences, struct ap_error *err);

#endif
