/*
 * Handing out messages to a URL by HTTP POST, on a thread of its own: whoever has something to say never waits for
 * whoever is to hear it. TLS is verified; redirects are not followed.
 */
#ifndef AUDITPROOF_WEBHOOK_H
#define AUDITPROOF_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"

struct ap_webhook;

struct ap_webhook_options {
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value" */
    size_t header_count;
    const char *ca_file;  /* certificates to trust instead of the system's; NULL for these */
    int64_t timeout_us;   /* of one attempt, as a whole */
    int64_t retry_for_us; /* how long one message is tried again */
    size_t queue_max;     /* messages that wait; what comes when there are so many is dropped */
    size_t queue_bytes;   /* the same in bytes */
    /* Delivery stopped working, or works again; called on the webhook's thread. May be NULL. */
    void (*remark)(void *context, const char *message);
    void *context;
};

struct ap_webhook_stats {
    uint64_t delivered;
    uint64_t retries;
    uint64_t refused;  /* the other side would not have them: 3xx, and 4xx but 408 and 429 */
    uint64_t given_up; /* tried for too long, or still waiting at the end */
    uint64_t dropped;  /* the queue was full */
};

/* AP_EINPUT for a URL or header that cannot be used. Options are copied, but for context. */
AP_MUST_CHECK enum ap_status ap_webhook_open(struct ap_webhook **out, const struct ap_webhook_options *options,
                                             struct ap_error *err);

/* Queue a message of JSON, which is copied. Never waits; false when it was dropped, which is counted. */
bool ap_webhook_post(struct ap_webhook *webhook, const char *json, size_t len);

/* Deliver what waits, for at most wait_us, and end. *stats (may be NULL) is then final. NULL is harmless. */
void ap_webhook_close(struct ap_webhook *webhook, int64_t wait_us, struct ap_webhook_stats *stats);

#endif
