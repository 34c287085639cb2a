#include "auditproof/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FIRST_PAUSE_MS = 250, CONNECT_MS = 5000, HEADER_SIZE = 200 };

/* One attempt. */
struct call {
    const struct ap_http_request *request;
    struct ap_http_answer *answer;
    bool too_long;
    char why[CURL_ERROR_SIZE];
};

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct call *call = context;
    size_t len = size * count;

    if (len > call->request->answer_max - call->answer->body.len) {
        call->too_long = true;
        return 0;
    }
    ap_buf_add(&call->answer->body, data, len);
    return call->answer->body.failed ? 0 : len;
}

static int stop_asked(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct call *call = context;

    (void)a, (void)b, (void)c, (void)d;
    return call->request->stop != NULL && *call->request->stop ? 1 : 0;
}

static bool set_options(CURL *c, struct call *call, struct curl_slist *headers)
{
    const struct ap_http_request *r = call->request;
    int64_t ms = r->timeout_us / 1000 / r->attempts;
    int bad = 0;

    bad |= curl_easy_setopt(c, CURLOPT_URL, r->url) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_USERAGENT, "auditproof/" AP_VERSION) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(ms < 1 ? 1 : ms)) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_WRITEDATA, call) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, call->why) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, stop_asked) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, call) != CURLE_OK;
    if (r->ca_file != NULL) {
        bad |= curl_easy_setopt(c, CURLOPT_CAINFO, r->ca_file) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL) != CURLE_OK;
    }
    if (r->body != NULL) {
        bad |= curl_easy_setopt(c, CURLOPT_POST, 1L) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) != CURLE_OK;
    }
    return bad == 0;
}

/* "Text/Plain; charset=utf-8" becomes "text/plain". */
static void keep_content_type(struct ap_http_answer *answer, const char *value)
{
    size_t len = value == NULL ? 0 : strcspn(value, "; \t"), i;

    for (i = 0; i < len && i < sizeof answer->content_type - 1; i++)
        answer->content_type[i] = (char)tolower((unsigned char)value[i]);
    answer->content_type[i] = '\0';
}

static enum ap_status attempt(CURL *curl, struct call *call, struct ap_error *err)
{
    char *content_type = NULL;
    long code = 0;
    CURLcode result;

    ap_buf_clear(&call->answer->body);
    call->too_long = false;
    call->why[0] = '\0';
    result = curl_easy_perform(curl);
    if (call->too_long)
        return ap_fail(err, AP_ELIMIT, "%s answers more than %zu bytes", call->request->url, call->request->answer_max);
    if (result == CURLE_ABORTED_BY_CALLBACK)
        return ap_fail(err, AP_ECANCELLED, "stopped while %s was asked", call->request->url);
    if (call->answer->body.failed || result == CURLE_OUT_OF_MEMORY)
        return ap_fail_memory(err, "an answer");
    if (result == CURLE_OK)
        result = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (result == CURLE_OK)
        result = curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &content_type);
    if (result == CURLE_URL_MALFORMAT || result == CURLE_UNSUPPORTED_PROTOCOL)
        return ap_fail(err, AP_EINPUT, "%s is no URL of http or https", call->request->url);
    if (result == CURLE_SSL_CACERT_BADFILE)
        return ap_fail(err, AP_EINPUT, "%s has no certificates that can be used", call->request->ca_file);
    if (result != CURLE_OK)
        return ap_fail(err, AP_EIO, "%s does not answer: %s", call->request->url,
                       call->why[0] != '\0' ? call->why : curl_easy_strerror(result));
    call->answer->http_status = (unsigned)code;
    keep_content_type(call->answer, content_type);
    return AP_OK;
}

static void pause_ms(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&left, NULL);
}

/* Worth another attempt? */
static bool may_pass(enum ap_status status, const struct ap_http_answer *answer)
{
    return status == AP_EIO || (status == AP_OK && (answer->http_status == 429 || answer->http_status >= 500));
}

enum ap_status ap_http_ask(const struct ap_http_request *request, struct ap_http_answer *out, struct ap_error *err)
{
    struct call call = {request, out, false, ""};
    struct curl_slist *headers = NULL;
    char header[HEADER_SIZE];
    enum ap_status status = AP_OK;
    CURL *curl;
    unsigned i;

    memset(out, 0, sizeof *out);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ap_fail(err, AP_EINTERNAL, "libcurl cannot be set up");
    curl = curl_easy_init();
    if (request->body != NULL) {
        (void)snprintf(header, sizeof header, "Content-Type: %s", request->content_type);
        headers = curl_slist_append(NULL, header);
    }
    if (curl == NULL || (request->body != NULL && headers == NULL))
        status = ap_fail_memory(err, "a request");
    else if (!set_options(curl, &call, headers))
        status = ap_fail(err, AP_EINTERNAL, "libcurl does not take the options of a request");
    for (i = 0; status == AP_OK && i < request->attempts; i++) {
        if (i > 0)
            pause_ms((long)FIRST_PAUSE_MS << (i - 1 < 6 ? i - 1 : 6));
        status = attempt(curl, &call, err);
        if (!may_pass(status, out) || i + 1 == request->attempts)
            break;
        status = AP_OK;
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    return status;
}
