#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auditproof/display.h"
#include "auditproof/mail.h"

enum { CONNECT_MS = 30000, SAID_SIZE = 512 };

struct sending {
    const struct ap_smtp *smtp;
    const struct ap_buf *message;
    size_t sent;
    bool named; /* the recipient was named: what the server says from then on is of this mail */
    bool more;  /* its last line goes on in the next */
    char why[CURL_ERROR_SIZE];
    char said[SAID_SIZE]; /* the server's last answer of 4xx or 5xx, its lines one after the other */
    size_t said_len;
};

static size_t give(char *room, size_t size, size_t count, void *context)
{
    struct sending *sending = context;
    size_t left = sending->message->len - sending->sent, take = size * count < left ? size * count : left;

    memcpy(room, sending->message->data + sending->sent, take);
    sending->sent += take;
    return take;
}

/* A line of an answer: "550-5.1.1 No such", "550 5.1.1 user". */
static void hear(struct sending *sending, const char *line, size_t len)
{
    bool goes_on = sending->more && len > 3 && strncmp(sending->said, line, 3) == 0;
    size_t skip = goes_on ? 4 : 0, room;

    if (len < 4 || (line[0] != '4' && line[0] != '5'))
        return;
    if (!goes_on)
        sending->said_len = 0;
    while (len > skip && (line[len - 1] == '\r' || line[len - 1] == '\n'))
        len--;
    if (goes_on && sending->said_len + 1 < sizeof sending->said)
        sending->said[sending->said_len++] = ' ';
    room = sizeof sending->said - 1 - sending->said_len;
    len = len - skip < room ? len - skip : room;
    memcpy(sending->said + sending->said_len, line + skip, len);
    sending->said_len += len;
    sending->said[sending->said_len] = '\0';
    sending->more = line[3] == '-';
}

static size_t take_line(char *text, size_t size, size_t count, void *context)
{
    hear(context, text, size * count);
    return size * count;
}

/* What is said to the server: of no interest but for how far it came. */
static int overhear(CURL *c, curl_infotype type, char *data, size_t size, void *context)
{
    struct sending *sending = context;

    (void)c;
    if (type == CURLINFO_HEADER_OUT && size >= 8 && strncasecmp(data, "RCPT TO:", 8) == 0) {
        sending->named = true;
        sending->said_len = 0;
    }
    return 0;
}

static int stop_asked(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct sending *sending = context;

    (void)a, (void)b, (void)c, (void)d;
    return sending->smtp->stop != NULL && sending->smtp->stop() ? 1 : 0;
}

static bool set_security(CURL *c, const struct ap_smtp *smtp)
{
    bool bad = curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(smtp->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL)) != CURLE_OK;

    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK;
    if (smtp->ca_file != NULL) {
        bad |= curl_easy_setopt(c, CURLOPT_CAINFO, smtp->ca_file) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_CAPATH, NULL) != CURLE_OK;
    }
    if (smtp->user != NULL) {
        bad |= curl_easy_setopt(c, CURLOPT_USERNAME, smtp->user) != CURLE_OK;
        bad |= curl_easy_setopt(c, CURLOPT_PASSWORD, smtp->password) != CURLE_OK;
    }
    return !bad;
}

static bool set_up(CURL *c, const char *from, struct curl_slist *to, struct sending *sending)
{
    long ms = (long)(sending->smtp->timeout_us / 1000);
    bool bad = curl_easy_setopt(c, CURLOPT_URL, sending->smtp->url) != CURLE_OK;

    bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps") != CURLE_OK;
    /* Not by what the environment may name for web pages. */
    bad |= curl_easy_setopt(c, CURLOPT_PROXY, "") != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms < 1 ? 1L : ms) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_MAIL_FROM, from) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_READFUNCTION, give) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_READDATA, sending) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_line) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_HEADERDATA, sending) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_VERBOSE, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, overhear) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_DEBUGDATA, sending) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, stop_asked) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_XFERINFODATA, sending) != CURLE_OK;
    bad |= curl_easy_setopt(c, CURLOPT_ERRORBUFFER, sending->why) != CURLE_OK;
    return !bad && set_security(c, sending->smtp);
}

static enum ap_mail_outcome outcome_of(CURLcode code, const struct sending *sending)
{
    if (code == CURLE_OK)
        return AP_MAIL_TAKEN;
    /* Who has to log in first (RFC 4954) is told at any step, of whatever mail. */
    if (!sending->named || strncmp(sending->said, "530", 3) == 0)
        return AP_MAIL_BLOCKED;
    return sending->said_len > 0 && sending->said[0] == '5' ? AP_MAIL_REFUSED : AP_MAIL_LATER;
}

static void put_why(struct ap_mail_result *result, const char *said)
{
    struct ap_buf shown = AP_BUF_INIT;
    size_t len;

    ap_display_put(&shown, said, strlen(said));
    len = shown.len < sizeof result->why ? shown.len : sizeof result->why - 1;
    while (len > 0 && len < shown.len && ((unsigned char)shown.data[len] & 0xC0U) == 0x80U)
        len--;
    memcpy(result->why, ap_buf_str(&shown), len);
    result->why[len] = '\0';
    ap_buf_free(&shown);
}

static enum ap_status perform(CURL *c, struct sending *sending, struct ap_mail_result *result, struct ap_error *err)
{
    CURLcode code = curl_easy_perform(c);

    if (code == CURLE_ABORTED_BY_CALLBACK)
        return ap_fail(err, AP_ECANCELLED, "stopped while a mail was handed over");
    if (code == CURLE_OUT_OF_MEMORY)
        return ap_fail_memory(err, "a mail");
    result->outcome = outcome_of(code, sending);
    result->silent = result->outcome == AP_MAIL_LATER && code == CURLE_OPERATION_TIMEDOUT;
    result->why[0] = '\0';
    if (result->outcome != AP_MAIL_TAKEN)
        put_why(result, sending->said_len > 0     ? sending->said
                        : sending->why[0] != '\0' ? sending->why
                                                  : curl_easy_strerror(code));
    return AP_OK;
}

static bool is_loopback(const char *host)
{
    struct in_addr v4;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET);
}

static enum ap_status check_parts(const struct ap_smtp *smtp, CURLU *parts, struct ap_error *err)
{
    char *scheme = NULL, *host = NULL, *user = NULL;
    enum ap_status status = AP_OK;

    if (curl_url_set(parts, CURLUPART_URL, smtp->url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
        (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0))
        status = ap_fail(err, AP_EINPUT, "a server for mail is named smtps://HOST, or smtp://HOST:587");
    else if (curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_OK)
        status = ap_fail(err, AP_EINPUT, "who logs in to the server for mail is not a part of its URL, nor a password");
    else if (smtp->plain && (strcmp(scheme, "smtp") != 0 || !is_loopback(host)))
        status = ap_fail(err, AP_EINPUT, "only a server on this machine, smtp://localhost, is given mail without TLS");
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    return status;
}

enum ap_status ap_smtp_check(const struct ap_smtp *smtp, struct ap_error *err)
{
    CURLU *parts;
    enum ap_status status;

    if ((smtp->user != NULL) != (smtp->password != NULL))
        return ap_fail(err, AP_EINPUT, "a login for mail is a user and a password");
    if (smtp->plain && smtp->user != NULL)
        return ap_fail(err, AP_EINPUT, "a password is never sent without TLS");
    parts = curl_url();
    if (parts == NULL)
        return ap_fail_memory(err, "a URL");
    status = check_parts(smtp, parts, err);
    curl_url_cleanup(parts);
    return status;
}

enum ap_status ap_mail_smtp(const struct ap_smtp *smtp, const char *from, const char *to, const struct ap_buf *message,
                            struct ap_mail_result *result, struct ap_error *err)
{
    struct sending sending = {.smtp = smtp, .message = message};
    struct curl_slist *recipients = NULL;
    CURL *c = NULL;
    enum ap_status status = ap_smtp_check(smtp, err);

    if (status == AP_OK)
        status = ap_mail_check_address(from, err);
    if (status == AP_OK)
        status = ap_mail_check_address(to, err);
    if (status != AP_OK)
        return status;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ap_fail(err, AP_EINTERNAL, "libcurl cannot be set up");
    c = curl_easy_init();
    recipients = curl_slist_append(NULL, to);
    if (c == NULL || recipients == NULL)
        status = ap_fail_memory(err, "a mail");
    else if (!set_up(c, from, recipients, &sending))
        status = ap_fail(err, AP_EINTERNAL, "libcurl does not take the options of a mail");
    if (status == AP_OK)
        status = perform(c, &sending, result, err);
    curl_slist_free_all(recipients);
    curl_easy_cleanup(c);
    curl_global_cleanup();
    return status;
}
