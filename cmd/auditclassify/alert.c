#include "alert.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "options.h"
#include "signals.h"

enum { FILE_MAX_BYTES = 64 << 10, HEADERS_MAX = 32, LAST_WAIT_S = 5 };

#define QUEUE_BYTES ((size_t)64 << 20)

static void remark(void *context, const char *message)
{
    (void)context;
    cli_warn("%s", message);
}

/* A small file of settings that are nobody else's business. */
static enum ap_status read_file(struct ap_buf *out, const char *path, struct ap_error *err)
{
    FILE *in = fopen(path, "re");
    enum ap_status status = AP_OK;
    char *at = ap_buf_reserve(out, FILE_MAX_BYTES + 1);
    size_t n = 0;

    if (in == NULL)
        return ap_fail_errno(err, errno, "cannot read %s", path);
    if (at == NULL)
        status = ap_fail_memory(err, path);
    else
        n = fread(at, 1, FILE_MAX_BYTES + 1, in);
    if (status == AP_OK && ferror(in) != 0)
        status = ap_fail_errno(err, errno, "cannot read %s", path);
    else if (status == AP_OK && n > FILE_MAX_BYTES)
        status = ap_fail(err, AP_EINPUT, "%s has more than %d bytes", path, FILE_MAX_BYTES);
    else if (status == AP_OK && memchr(at, '\0', n) != NULL)
        status = ap_fail(err, AP_EINPUT, "%s is not text", path);
    if (status == AP_OK) {
        out->len += n;
        at[n] = '\0';
    }
    (void)fclose(in);
    return status;
}

/* Splits text in place; empty lines and those that begin with # are passed over. */
static enum ap_status split_lines(char *text, const char *lines[HEADERS_MAX], size_t *count, const char *path,
                                  struct ap_error *err)
{
    char *rest = NULL;

    *count = 0;
    for (char *line = strtok_r(text, "\r\n", &rest); line != NULL; line = strtok_r(NULL, "\r\n", &rest)) {
        if (line[0] == '#')
            continue;
        if (*count == HEADERS_MAX)
            return ap_fail(err, AP_ELIMIT, "%s has more than %d lines", path, HEADERS_MAX);
        lines[(*count)++] = line;
    }
    return AP_OK;
}

enum ap_status alerts_open(struct alerts *alerts, const struct alert_options *o, struct ap_error *err)
{
    struct ap_buf url = AP_BUF_INIT, headers = AP_BUF_INIT;
    const char *lines[HEADERS_MAX], *urls[HEADERS_MAX];
    size_t count = 0;
    struct ap_webhook_options w = {.url = o->webhook,
                                   .headers = lines,
                                   .ca_file = o->ca_file,
                                   .timeout_us = (int64_t)o->timeout_s * AP_US_PER_SECOND,
                                   .retry_for_us = (int64_t)o->retry_for_s * AP_US_PER_SECOND,
                                   .queue_max = (size_t)o->queue,
                                   .queue_bytes = QUEUE_BYTES,
                                   .remark = remark};
    enum ap_status status = AP_OK;

    memset(alerts, 0, sizeof *alerts);
    alerts->wait_us = w.retry_for_us + w.timeout_us;
    if (o->webhook == NULL)
        return AP_OK;
    if (o->webhook[0] == '@') {
        status = read_file(&url, o->webhook + 1, err);
        if (status == AP_OK)
            status = split_lines(url.data, urls, &count, o->webhook + 1, err);
        if (status == AP_OK && count != 1)
            status = ap_fail(err, AP_EINPUT, "%s has %zu lines, not one with a URL", o->webhook + 1, count);
        w.url = count > 0 ? urls[0] : NULL;
    }
    if (status == AP_OK && o->header_file != NULL) {
        status = read_file(&headers, o->header_file, err);
        if (status == AP_OK)
            status = split_lines(headers.data, lines, &w.header_count, o->header_file, err);
    }
    if (status == AP_OK)
        status = ap_webhook_open(&alerts->webhook, &w, err);
    if (url.data != NULL)
        ap_wipe(url.data, url.len);
    if (headers.data != NULL)
        ap_wipe(headers.data, headers.len);
    ap_buf_free(&url);
    ap_buf_free(&headers);
    return status;
}

enum ap_status alerts_found(void *context, enum ap_level level, const char *line, size_t len, struct ap_error *err)
{
    struct alerts *a = context;

    a->by_level[level]++;
    if (level > a->highest)
        a->highest = level;
    if (a->webhook != NULL && level > AP_LEVEL_NONE) {
        bool taken = ap_webhook_post(a->webhook, line, len);

        if (!taken && !a->dropping)
            cli_warn("alerts wait for the webhook and the queue is full: those that come now are not delivered");
        a->dropping = !taken;
    }
    if (fwrite(line, 1, len, stdout) != len || putchar('\n') == EOF || (a->at_once && fflush(stdout) != 0)) {
        /* Whoever reads has seen enough: `| head` is no mishap, but what was found did not arrive. */
        if (errno == EPIPE)
            return ap_fail(err, AP_ECANCELLED, "nobody reads standard output any more");
        return ap_fail_errno(err, errno, "cannot write to standard output");
    }
    return AP_OK;
}

bool alerts_close(struct alerts *alerts)
{
    struct ap_webhook_stats stats;
    uint64_t lost;

    if (alerts->webhook == NULL)
        return true;
    ap_webhook_close(alerts->webhook, cli_interrupted() ? (int64_t)LAST_WAIT_S * AP_US_PER_SECOND : alerts->wait_us,
                     &stats);
    alerts->webhook = NULL;
    lost = stats.refused + stats.given_up + stats.dropped;
    if (lost > 0)
        cli_error("%" PRIu64 " of %" PRIu64 " alerts were not delivered to the webhook: %" PRIu64 " refused, %" PRIu64
                  " given up, %" PRIu64 " dropped because the queue was full",
                  lost, lost + stats.delivered, stats.refused, stats.given_up, stats.dropped);
    else
        cli_say("%" PRIu64 " alerts delivered to the webhook, %" PRIu64 " retries", stats.delivered, stats.retries);
    return lost == 0;
}
