#include "auditproof/webhook.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/bytes.h"
#include "auditproof/clock.h"
#include "auditproof/digest.h"

enum { FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 60000, CONNECT_MS = 5000, RUN_BYTES = 8, PLACE_SIZE = 300 };

struct message {
    struct message *next;
    size_t len;
    char json[];
};

struct ap_webhook {
    CURL *curl;
    struct curl_slist *headers;
    char place[PLACE_SIZE]; /* scheme and host: a path may be a secret */
    char run[2 * RUN_BYTES + 1];
    int64_t retry_for_us;
    size_t queue_max, queue_bytes;
    void (*remark)(void *context, const char *message);
    void *context;

    pthread_t thread;
    bool has_thread, has_lock;
    pthread_mutex_t lock;
    pthread_cond_t changed;

    /* under the lock */
    struct message *first, *last; /* the first is the one that is being delivered */
    size_t count, bytes;
    bool ending;
    int64_t end_us; /* when ending: give up what is left then (monotonic) */
    struct ap_webhook_stats stats;

    /* of the thread */
    uint64_t number;
    bool failing;
    int64_t failing_since_us;
    char why[CURL_ERROR_SIZE];
};

enum outcome { DELIVERED, REFUSED, AGAIN };

static size_t discard(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static bool past_end(struct ap_webhook *w)
{
    bool past;

    (void)pthread_mutex_lock(&w->lock);
    past = w->ending && ap_clock_monotonic_us() >= w->end_us;
    (void)pthread_mutex_unlock(&w->lock);
    return past;
}

static int give_up_at_end(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return past_end(context) ? 1 : 0;
}

static void say(struct ap_webhook *w, const char *text)
{
    if (w->remark != NULL)
        w->remark(w->context, text);
}

static void tell_state(struct ap_webhook *w, enum outcome outcome, const char *why)
{
    char text[PLACE_SIZE + CURL_ERROR_SIZE + 100];

    if (outcome == AGAIN && !w->failing) {
        (void)snprintf(text, sizeof text, "alerts cannot be delivered to %s, trying again: %s", w->place, why);
        w->failing = true;
        w->failing_since_us = ap_clock_monotonic_us();
        say(w, text);
    } else if (outcome == REFUSED) {
        (void)snprintf(text, sizeof text, "%s does not take an alert: %s", w->place, why);
        say(w, text);
    } else if (outcome == DELIVERED && w->failing) {
        (void)snprintf(text, sizeof text, "alerts are delivered to %s again, after %" PRId64 " s", w->place,
                       (ap_clock_monotonic_us() - w->failing_since_us) / AP_US_PER_SECOND);
        w->failing = false;
        say(w, text);
    }
}

/* One attempt. A receiver can tell a repetition of a message that it has by Idempotency-Key. */
static enum outcome attempt(struct ap_webhook *w, const struct message *m)
{
    char key[80], status[64];
    struct curl_slist with = {key, w->headers};
    enum outcome outcome = AGAIN;
    const char *why;
    long code = 0;
    CURLcode result;

    (void)snprintf(key, sizeof key, "Idempotency-Key: %s-%" PRIu64, w->run, w->number);
    w->why[0] = '\0';
    if (curl_easy_setopt(w->curl, CURLOPT_HTTPHEADER, &with) != CURLE_OK ||
        curl_easy_setopt(w->curl, CURLOPT_POSTFIELDS, &m->json[0]) != CURLE_OK ||
        curl_easy_setopt(w->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->len) != CURLE_OK)
        result = CURLE_OUT_OF_MEMORY;
    else
        result = curl_easy_perform(w->curl);
    why = w->why[0] != '\0' ? w->why : curl_easy_strerror(result);
    if (result == CURLE_OK) {
        result = curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &code);
        (void)snprintf(status, sizeof status, "HTTP status %ld%s", code,
                       code >= 300 && code < 400 ? ", and redirects are not followed" : "");
        why = status;
        if (result == CURLE_OK && code >= 200 && code < 300)
            outcome = DELIVERED;
        else if (result == CURLE_OK && code >= 300 && code < 500 && code != 408 && code != 429)
            outcome = REFUSED;
    }
    tell_state(w, outcome, why);
    return outcome;
}

/* The pause before the next attempt, or less when the end has come. */
static void pause_ms(struct ap_webhook *w, int ms)
{
    int64_t until_us = ap_clock_monotonic_us() + (int64_t)ms * 1000;

    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        int64_t end_us = w->ending && w->end_us < until_us ? w->end_us : until_us;
        struct timespec at = {(time_t)(end_us / AP_US_PER_SECOND), (long)(end_us % AP_US_PER_SECOND) * 1000};

        if (ap_clock_monotonic_us() >= end_us)
            break;
        (void)pthread_cond_timedwait(&w->changed, &w->lock, &at);
    }
    (void)pthread_mutex_unlock(&w->lock);
}

static void deliver(struct ap_webhook *w, const struct message *m)
{
    int64_t since_us = ap_clock_monotonic_us();
    enum outcome outcome;
    int ms = FIRST_PAUSE_MS;

    w->number++;
    while ((outcome = attempt(w, m)) == AGAIN && !past_end(w) && ap_clock_monotonic_us() - since_us < w->retry_for_us) {
        pause_ms(w, ms);
        ms = ms * 2 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : ms * 2;
        (void)pthread_mutex_lock(&w->lock);
        w->stats.retries++;
        (void)pthread_mutex_unlock(&w->lock);
    }
    (void)pthread_mutex_lock(&w->lock);
    w->stats.delivered += outcome == DELIVERED ? 1 : 0;
    w->stats.refused += outcome == REFUSED ? 1 : 0;
    w->stats.given_up += outcome == AGAIN ? 1 : 0;
    (void)pthread_mutex_unlock(&w->lock);
}

/* Takes the first message out of the queue; with the lock held. */
static void drop_first(struct ap_webhook *w)
{
    struct message *m = w->first;

    w->first = m->next;
    if (w->first == NULL)
        w->last = NULL;
    w->count--;
    w->bytes -= m->len;
    free(m);
}

static void *run(void *context)
{
    struct ap_webhook *w = context;

    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->first == NULL && !w->ending)
            (void)pthread_cond_wait(&w->changed, &w->lock);
        if (w->first == NULL)
            break;
        if (w->ending && ap_clock_monotonic_us() >= w->end_us) {
            w->stats.given_up++;
        } else {
            const struct message *m = w->first;

            (void)pthread_mutex_unlock(&w->lock);
            deliver(w, m);
            (void)pthread_mutex_lock(&w->lock);
        }
        drop_first(w);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* "https://host" of a URL, for messages. */
static enum ap_status keep_place(struct ap_webhook *w, const char *url, struct ap_error *err)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL;
    enum ap_status status = AP_OK;

    if (parts == NULL)
        return ap_fail_memory(err, "a URL");
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        status = ap_fail(err, AP_EINPUT, "the webhook's URL is none");
    else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
        status = ap_fail(err, AP_EINPUT, "the webhook's URL begins with %s: only https and http will do", scheme);
    else
        (void)snprintf(w->place, sizeof w->place, "%s://%s", scheme, host);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return status;
}

static enum ap_status add_header(struct ap_webhook *w, const char *line, struct ap_error *err)
{
    struct curl_slist *grown;

    for (const char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' && *c != '\t')
            return ap_fail(err, AP_EINPUT, "a header of the webhook has control characters");
    if (strchr(line, ':') == NULL || line[0] == ':')
        return ap_fail(err, AP_EINPUT, "a header of the webhook is not \"Name: value\"");
    grown = curl_slist_append(w->headers, line);
    if (grown == NULL)
        return ap_fail_memory(err, "headers");
    w->headers = grown;
    return AP_OK;
}

static enum ap_status set_options(struct ap_webhook *w, const struct ap_webhook_options *o, struct ap_error *err)
{
    int64_t timeout_ms = o->timeout_us / 1000;
    CURL *c = w->curl;
    int bad = 0;

    bad |= curl_easy_setopt(c, CURLOPT_URL, o->url) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_POST, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_USERAGENT, "auditproof/" AP_VERSION) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(timeout_ms < 1 ? 1 : timeout_ms)) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, discard) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, w->why) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, give_up_at_end) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, w) != CURLE_OK;
    if (o->ca_file != NULL) {
        bad |= curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL) != CURLE_OK;
    }
    return bad != 0 ? ap_fail(err, AP_EINTERNAL, "libcurl does not take the options of a webhook") : AP_OK;
}

static enum ap_status start_thread(struct ap_webhook *w, struct ap_error *err)
{
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);

    if (failed == 0) {
        failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        if (failed == 0)
            failed = pthread_cond_init(&w->changed, &attributes);
        (void)pthread_condattr_destroy(&attributes);
    }
    if (failed == 0) {
        failed = pthread_mutex_init(&w->lock, NULL);
        if (failed != 0)
            (void)pthread_cond_destroy(&w->changed);
    }
    w->has_lock = failed == 0;
    if (failed == 0)
        failed = pthread_create(&w->thread, NULL, run, w);
    w->has_thread = failed == 0;
    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot start the webhook's thread");
}

enum ap_status ap_webhook_open(struct ap_webhook **out, const struct ap_webhook_options *options, struct ap_error *err)
{
    struct ap_webhook *w;
    uint8_t run_id[RUN_BYTES];
    enum ap_status status;

    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ap_fail(err, AP_EINTERNAL, "libcurl cannot be set up");
    w = calloc(1, sizeof *w);
    if (w == NULL) {
        curl_global_cleanup();
        return ap_fail_memory(err, "a webhook");
    }
    w->retry_for_us = options->retry_for_us;
    w->queue_max = options->queue_max;
    w->queue_bytes = options->queue_bytes;
    w->remark = options->remark;
    w->context = options->context;
    w->curl = curl_easy_init();
    status = w->curl == NULL ? ap_fail_memory(err, "a webhook") : keep_place(w, options->url, err);
    if (status == AP_OK)
        status = ap_random(run_id, sizeof run_id, err);
    if (status == AP_OK) {
        ap_hex_encode(w->run, run_id, sizeof run_id);
        status = add_header(w, "Content-Type: application/json", err);
    }
    for (size_t i = 0; i < options->header_count && status == AP_OK; i++)
        status = add_header(w, options->headers[i], err);
    if (status == AP_OK)
        status = set_options(w, options, err);
    if (status == AP_OK)
        status = start_thread(w, err);
    if (status != AP_OK) {
        ap_webhook_close(w, 0, NULL);
        return status;
    }
    *out = w;
    return AP_OK;
}

bool ap_webhook_post(struct ap_webhook *w, const char *json, size_t len)
{
    struct message *m = malloc(sizeof *m + len);
    bool taken = false;

    if (m != NULL) {
        m->next = NULL;
        m->len = len;
        memcpy(m->json, json, len);
    }
    (void)pthread_mutex_lock(&w->lock);
    if (m != NULL && w->count < w->queue_max && len <= w->queue_bytes && w->bytes <= w->queue_bytes - len) {
        if (w->last != NULL)
            w->last->next = m;
        else
            w->first = m;
        w->last = m;
        w->count++;
        w->bytes += len;
        taken = true;
        (void)pthread_cond_broadcast(&w->changed);
    } else {
        w->stats.dropped++;
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (!taken)
        free(m);
    return taken;
}

void ap_webhook_close(struct ap_webhook *w, int64_t wait_us, struct ap_webhook_stats *stats)
{
    if (stats != NULL)
        memset(stats, 0, sizeof *stats);
    if (w == NULL)
        return;
    if (w->has_thread) {
        (void)pthread_mutex_lock(&w->lock);
        w->ending = true;
        w->end_us = ap_clock_monotonic_us() + wait_us;
        (void)pthread_cond_broadcast(&w->changed);
        (void)pthread_mutex_unlock(&w->lock);
        (void)pthread_join(w->thread, NULL);
        if (stats != NULL)
            *stats = w->stats;
    }
    if (w->has_lock) {
        (void)pthread_cond_destroy(&w->changed);
        (void)pthread_mutex_destroy(&w->lock);
    }
    while (w->first != NULL)
        drop_first(w);
    curl_slist_free_all(w->headers);
    curl_easy_cleanup(w->curl);
    free(w);
    curl_global_cleanup();
}
