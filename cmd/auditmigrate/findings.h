/* Printing the findings of a schema check on standard output. */
#ifndef AUDITPROOF_CMD_AUDITMIGRATE_FINDINGS_H
#define AUDITPROOF_CMD_AUDITMIGRATE_FINDINGS_H

#include "auditproof/buf.h"
#include "auditproof/finding.h"

enum findings_format { FINDINGS_TEXT, FINDINGS_JSON, FINDINGS_NDJSON };

struct finding_printer {
    enum findings_format format;
    unsigned findings, notices;
    struct ap_buf held; /* JSON is printed whole, at the end, so that it is never half an object */
};

/* An ap_finding_fn; context is the struct finding_printer, which starts as {format, 0, 0, AP_BUF_INIT}. */
enum ap_status findings_print(void *context, const struct ap_finding *finding, struct ap_error *err);

/* The verdict: "as installed", "drifted", or with the error that kept the check from telling, "unknown". Frees held. */
void findings_finish(struct finding_printer *printer, const struct ap_error *unknown);

#endif
