/* What `make` tells the runner that called it of the report that it has written: a line of JSON. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_RECEIPT_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_RECEIPT_H

#include "reports.h"

enum { RECEIPT_SIZE = 512 };

struct receipt {
    char word[REPORT_WORD_SIZE]; /* the verdict */
    bool has_bundle;
    uint8_t bundle_sha256[AP_HASH_LEN];
};

void receipt_put(struct ap_buf *out, const struct making *making);
AP_MUST_CHECK enum ap_status receipt_read(struct receipt *out, const char *text, struct ap_error *err);

#endif
