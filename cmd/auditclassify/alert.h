/* Whoever is to hear of risky entries: standard output, and a webhook. */
#ifndef AUDITPROOF_CMD_CLASSIFY_ALERT_H
#define AUDITPROOF_CMD_CLASSIFY_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "auditproof/rules.h"
#include "auditproof/webhook.h"

struct alert_options {
    const char *webhook;     /* a URL, or "@FILE" for one in a file; NULL for none */
    const char *header_file; /* lines "Name: value"; NULL for none */
    const char *ca_file;
    uint64_t timeout_s, retry_for_s, queue;
};

struct alerts {
    struct ap_webhook *webhook;
    int64_t wait_us; /* for what is left at the end */
    bool at_once;    /* each line is passed on as it comes */
    bool dropping;
    uint64_t by_level[AP_LEVEL_CRITICAL + 1];
    enum ap_level highest;
};

AP_MUST_CHECK enum ap_status alerts_open(struct alerts *alerts, const struct alert_options *options,
                                         struct ap_error *err);

/* An ap_follow_found_fn; the context is a struct alerts. */
AP_MUST_CHECK enum ap_status alerts_found(void *alerts, enum ap_level level, const char *line, size_t len,
                                          struct ap_error *err);

/* Deliver what waits, say what could not be, and close. False when something was not delivered. */
bool alerts_close(struct alerts *alerts);

#endif
