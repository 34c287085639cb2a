/*
 * A small HTTP server, for what other machines ask of a tool: whole requests of bounded size in, whole answers out, one
 * at a time. No TLS: that is what a proxy before it is for.
 */
#ifndef AUDITPROOF_HTTP_SERVER_H
#define AUDITPROOF_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/error.h"

struct ap_http_server;

struct ap_http_exchange {
    const char *method, *path;
    const char *body;
    size_t len;
    /* The answer. It starts as 500 and empty. */
    unsigned http_status;
    const char *content_type; /* static */
    const char *allow;        /* the methods that would do, with 405; static, or NULL */
    struct ap_buf answer;
};

/* Called on the server's thread, never twice at once. */
typedef void ap_http_handler(void *context, struct ap_http_exchange *exchange);

/*
 * Serve on "HOST:PORT", "[ADDRESS]:PORT", or port 0 for any. A body longer than body_max is answered 413, a connection
 * that says nothing for half a minute is closed. AP_EINPUT for what is no address.
 */
AP_MUST_CHECK enum ap_status ap_http_server_open(struct ap_http_server **out, const char *address, size_t body_max,
                                                 ap_http_handler *handler, void *context, struct ap_error *err);
unsigned ap_http_server_port(const struct ap_http_server *server);
/* What is being answered is answered first. NULL is harmless. */
void ap_http_server_close(struct ap_http_server *server);

#endif
