/* Printing a verification's result on standard output, which cli_main checks when it closes it. */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_REPORT_H
#define AUDITPROOF_CMD_AUDITVERIFY_REPORT_H

#include "auditproof/verify.h"

struct report_context {
    const char *database;
    const char *server;
    const struct ap_verify_options *options;
    double seconds;
    bool colour;
};

/* How long the first entry that none covers has waited; 0 where all are covered. */
uint64_t unsealed_seconds(const struct ap_verify_report *report);

void report_text(const struct report_context *context, const struct ap_verify_report *report);

/* One object, or (lines) one object a line: findings, chains, and last the verdict. */
void report_json(const struct report_context *context, const struct ap_verify_report *report, bool lines);

/* The verdict "unknown", in JSON. */
void report_json_error(const struct ap_error *err);

#endif
