/* auditverify FILE...: evidence bundles, without a database. */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_BUNDLE_H
#define AUDITPROOF_CMD_AUDITVERIFY_BUNDLE_H

#include "auditproof/bundle_check.h"
#include "options.h"

struct bundle_run {
    const struct cli_list *pins, *anchors;
    const char *policy; /* file; NULL */
    const char *authorities;
    uint64_t max_findings;
    const char *format;  /* "text", "json" or "ndjson" */
    const char *extract; /* directory; NULL */
    const volatile bool *stop;
};

/* Checks each, prints, and returns the worst exit status. */
int bundle_run(const struct bundle_run *run, int count, char **files);

/* What was asked, for reports. */
struct bundle_context {
    const char *file;
    const struct ap_bundle_check_options *asked;
    bool colour;
};

const char *bundle_verdict_name(enum ap_bundle_verdict verdict);

void bundle_text(const struct bundle_context *context, const struct ap_bundle_check_report *report);

/* One object; (lines) one a line: findings, and last the verdict. The second: of a file that was not checked. */
void bundle_json(const struct bundle_context *context, const struct ap_bundle_check_report *report, bool lines);
void bundle_json_unknown(const char *file, const struct ap_error *why, bool lines);

#endif
