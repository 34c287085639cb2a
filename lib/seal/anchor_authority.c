/* A time-stamp authority: RFC 3161 over HTTP (§3.4). */
#include "auditproof/http.h"
#include "auditproof/timestamp.h"
#include "seal_internal.h"

static enum ap_status check(const char *url, const struct ap_anchor_means *means, const struct ap_buf *request,
                            const struct ap_http_answer *reply, const void *note, size_t len, struct ap_error *err)
{
    char why[AP_TIMESTAMP_WHY_SIZE];
    struct ap_timestamp stamp;
    bool good = false;
    enum ap_status status;

    if (reply->http_status != 200)
        return ap_fail(err, AP_EIO, "%s answers with HTTP status %u", url, reply->http_status);
    status = ap_timestamp_check(reply->body.data, reply->body.len, request->data, request->len, note, len,
                                means->authorities, &stamp, &good, why, err);
    if (status == AP_EINPUT)
        return ap_error_prefix(err, "what %s answers is of no use", url);
    if (status == AP_OK && !good)
        status = ap_fail(err, AP_ESTATE, "the time-stamp of %s does not hold: %s", url, why);
    return status;
}

enum ap_status anchor_authority_publish(const char *url, const struct ap_anchor_means *means, const void *note,
                                        size_t len, struct ap_buf *answer, struct ap_error *err)
{
    struct ap_buf request = AP_BUF_INIT;
    struct ap_http_request ask = {url,
                                  NULL,
                                  0,
                                  "application/timestamp-query",
                                  AP_TIMESTAMP_MAX,
                                  ANCHOR_ATTEMPTS,
                                  anchor_timeout_us(means),
                                  means->stop,
                                  means->tls_ca};
    struct ap_http_answer reply = {0, "", AP_BUF_INIT};
    enum ap_status status = ap_timestamp_request(&request, note, len, err);

    ask.body = request.data;
    ask.len = request.len;
    if (status == AP_OK)
        status = ap_http_ask(&ask, &reply, err);
    if (status == AP_OK)
        status = check(url, means, &request, &reply, note, len, err);
    if (status == AP_OK) {
        ap_buf_add(answer, reply.body.data, reply.body.len);
        status = ap_buf_check(answer, "a time-stamp", err);
    }
    ap_buf_free(&reply.body);
    ap_buf_free(&request);
    return status;
}
