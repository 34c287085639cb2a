/*
 * What a SOC 2 bundle holds beside the entries and what proves them: populations by criterion, exceptions, what no
 * population has, and how each was made (audit-bundle(5), SOC 2). Which entries a criterion is about is in YAML
 * mappings, the first of which is ours (rules/soc2.yaml); exceptions are Sigma rules that a criterion is a tag of.
 *
 * Memory does not grow with the number of entries: of actions, and of what correlations remember, there is a bound, and
 * exceptions wait in a file until all entries were read.
 */
#ifndef AUDITPROOF_SOC2_H
#define AUDITPROOF_SOC2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/export.h"

enum {
    AP_SOC2_CRITERIA_MAX = 48,
    AP_SOC2_POPULATIONS_MAX = 80, /* of all criteria: each is two members of the bundle that are open at once */
    AP_SOC2_MAPPINGS_MAX = 16,
    AP_SOC2_ACTIONS_MAX = 16384, /* pairs of action and resource type that are listed as in no population */
};

struct ap_soc2;

struct ap_soc2_options {
    const char *const *mappings; /* files, each of which changes what those before it say; ours comes first */
    size_t mapping_count;
    const char *const *rules; /* files or directories of rules, beside ours */
    size_t rule_count;
    bool oscal; /* data/oscal-ar.json, too */
};

/*
 * AP_EINPUT when a mapping or a rule is wrong: the message begins with file, line and column. *out is the caller's, to
 * be freed in every case.
 */
AP_MUST_CHECK enum ap_status ap_soc2_load(struct ap_soc2 **out, const struct ap_soc2_options *options,
                                          struct ap_error *err);
void ap_soc2_free(struct ap_soc2 *soc2); /* NULL is harmless */

/* Members for data/bundle.json (ap_export_options.more). Borrowed. */
const char *ap_soc2_more(const struct ap_soc2 *soc2);

/* The part of one export. soc2 and db, which is the export's, must outlive it; a soc2 serves one export. */
void ap_soc2_part(struct ap_soc2 *soc2, struct ap_db *db, struct ap_export_part *part);

/* A criterion, and once the part is finished how much there is of it. Texts are borrowed. */
struct ap_soc2_total {
    const char *criterion; /* "CC6.1" */
    const char *title, *asks;
    const char *strength; /* "strong", "partial", "weak" or "none": of this log as evidence */
    const char *limits;
    size_t populations;
    uint64_t rows;       /* in all populations: an entry may be in several */
    size_t rules;        /* that look for exceptions */
    uint64_t exceptions; /* one may be of several criteria */
};
const struct ap_soc2_total *ap_soc2_totals(const struct ap_soc2 *soc2, size_t *count);

/* Once the part is finished: exceptions, each counted once. */
uint64_t ap_soc2_exceptions(const struct ap_soc2 *soc2);

/* Entries of the period that no population has, and how many pairs of action and resource type they have. */
uint64_t ap_soc2_unmapped(const struct ap_soc2 *soc2, size_t *pairs);

#endif
