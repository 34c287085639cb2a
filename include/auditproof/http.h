/*
 * Asking a server by HTTP, for answers that are short: every request has an end, every answer a bound. TLS is verified;
 * redirects are not followed.
 */
#ifndef AUDITPROOF_HTTP_H
#define AUDITPROOF_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"

struct ap_http_request {
    const char *url;  /* http or https */
    const void *body; /* NULL: GET; else POST */
    size_t len;
    const char *content_type;  /* of body */
    size_t answer_max;         /* bytes */
    unsigned attempts;         /* at least 1; again after no answer, 429 and 5xx */
    int64_t timeout_us;        /* of all attempts together, pauses not counted */
    const volatile bool *stop; /* may be NULL */
    const char *ca_file;       /* certificates to trust instead of the system's; NULL for these */
};

#define AP_HTTP_CONTENT_TYPE_SIZE 128

struct ap_http_answer {
    unsigned http_status;
    char content_type[AP_HTTP_CONTENT_TYPE_SIZE]; /* in lower case, without parameters; empty when there is none */
    struct ap_buf body;                           /* the caller's to free, in every case */
};

/* AP_OK for any answer, whatever its status. AP_EIO when none came, AP_ELIMIT when it was too long. */
AP_MUST_CHECK enum ap_status ap_http_ask(const struct ap_http_request *request, struct ap_http_answer *out,
                                         struct ap_error *err);

#endif
