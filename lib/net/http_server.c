#include "auditproof/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, IDLE_S = 30, HOST_SIZE = 256, BACKLOG = 64 };

struct ap_http_server {
    struct MHD_Daemon *daemon;
    size_t body_max;
    ap_http_handler *handler;
    void *context;
    unsigned port;
};

/* A request that is coming in. */
struct incoming {
    struct ap_buf body;
    bool too_long;
};

static enum MHD_Result answer(struct MHD_Connection *connection, struct ap_http_exchange *x)
{
    struct MHD_Response *response;
    enum MHD_Result result = MHD_YES;

    if (x->answer.failed) {
        ap_buf_clear(&x->answer);
        x->http_status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
    response = MHD_create_response_from_buffer(x->answer.len, x->answer.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    if (x->content_type != NULL)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, x->content_type);
    if (result == MHD_YES && x->allow != NULL)
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, x->allow);
    if (result == MHD_YES)
        result = MHD_queue_response(connection, x->http_status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *len, void **state)
{
    struct ap_http_server *server = context;
    struct incoming *in = *state;
    struct ap_http_exchange x;
    enum MHD_Result result;

    (void)version;
    if (in == NULL) {
        *state = calloc(1, sizeof *in);
        return *state == NULL ? MHD_NO : MHD_YES;
    }
    if (*len > 0) {
        if (in->too_long || *len > server->body_max - in->body.len)
            in->too_long = true;
        else
            ap_buf_add(&in->body, data, *len);
        *len = 0;
        return MHD_YES;
    }
    memset(&x, 0, sizeof x);
    x.method = method;
    x.path = url;
    x.body = ap_buf_str(&in->body);
    x.len = in->body.len;
    x.http_status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    if (in->too_long)
        x.http_status = MHD_HTTP_CONTENT_TOO_LARGE;
    else if (!in->body.failed)
        server->handler(server->context, &x);
    result = answer(connection, &x);
    ap_buf_free(&x.answer);
    return result;
}

static void forget(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    struct incoming *in = *state;

    (void)context;
    (void)connection;
    (void)why;
    if (in != NULL)
        ap_buf_free(&in->body);
    free(in);
    *state = NULL;
}

/* "HOST:PORT" or "[HOST]:PORT". */
static bool split(const char *address, char host[HOST_SIZE], const char **port)
{
    const char *colon = strrchr(address, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - address);

    if (len == 0 || len >= HOST_SIZE || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    if (address[0] == '[' && address[len - 1] == ']') {
        address++;
        len -= 2;
    } else if (memchr(address, ':', len) != NULL) {
        return false;
    }
    memcpy(host, address, len);
    host[len] = '\0';
    *port = colon + 1;
    return len > 0;
}

static int listen_on(const struct addrinfo *at)
{
    int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol), one = 1, saved;

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 && bind(fd, at->ai_addr, at->ai_addrlen) == 0 &&
        listen(fd, BACKLOG) == 0)
        return fd;
    saved = errno;
    (void)close(fd);
    errno = saved;
    return -1;
}

static enum ap_status open_socket(const char *address, int *fd, struct ap_error *err)
{
    struct addrinfo wanted, *found = NULL;
    char host[HOST_SIZE];
    const char *port;
    int failed;

    if (!split(address, host, &port))
        return ap_fail(err, AP_EINPUT, "\"%s\" is no address to listen on: ADDRESS:PORT or [ADDRESS]:PORT is wanted",
                       address);
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    failed = getaddrinfo(host, port, &wanted, &found);
    if (failed != 0)
        return ap_fail(err, AP_EINPUT, "cannot listen on %s: %s", address, gai_strerror(failed));
    *fd = listen_on(found);
    failed = errno;
    freeaddrinfo(found);
    return *fd >= 0 ? AP_OK : ap_fail_errno(err, failed, "cannot listen on %s", address);
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage at;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    socklen_t len = sizeof at;

    memset(&at, 0, sizeof at);
    if (getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        return 0;
    memcpy(&v4, &at, sizeof v4);
    memcpy(&v6, &at, sizeof v6);
    return ntohs(at.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

enum ap_status ap_http_server_open(struct ap_http_server **out, const char *address, size_t body_max,
                                   ap_http_handler *handler, void *context, struct ap_error *err)
{
    struct ap_http_server *server = calloc(1, sizeof *server);
    enum ap_status status;
    int fd = -1;

    *out = NULL;
    if (server == NULL)
        return ap_fail_memory(err, "a server");
    server->body_max = body_max;
    server->handler = handler;
    server->context = context;
    status = open_socket(address, &fd, err);
    if (status != AP_OK) {
        free(server);
        return status;
    }
    server->port = port_of(fd);
    /* One thread for all connections: so the handler is never called twice at once, and slow peers hold up nobody. */
    server->daemon = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, server,
                                      MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                      (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
                                      MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
    if (server->daemon == NULL) {
        (void)close(fd);
        free(server);
        return ap_fail(err, AP_EIO, "the HTTP server on %s does not start", address);
    }
    *out = server;
    return AP_OK;
}

unsigned ap_http_server_port(const struct ap_http_server *server)
{
    return server->port;
}

void ap_http_server_close(struct ap_http_server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}
