/* Printing the findings of a schema check on standard output. */
#ifndef AUDITPROOF_CMD_AUDITMIGRATE_FINDINGS_H
#define AUDITPROOF_CMD_AUDITMIGRATE_FINDINGS_H

#include "auditproof/finding.h"

enum findings_format { FINDINGS_TEXT, FINDINGS_JSON, FINDINGS_NDJSON };

struct finding_counts {
    unsigned findings, notices;
};

struct finding_printer {
    enum findings_format format;
    struct finding_counts counts;
};

/* An ap_finding_fn; context is the struct finding_printer. */
enum ap_status findings_print(void *context, const struct ap_finding *finding, struct ap_error *err);

#endif
