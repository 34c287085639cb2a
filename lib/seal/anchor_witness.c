/* A witness, asked by HTTP: C2SP tlog-witness. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/http.h"
#include "auditproof/witness.h"
#include "seal_internal.h"

/* Another size may be cosigned between its answer and our next request. */
enum { CONFLICTS_MAX = 3 };

/* "URL/rest", whether or not the URL ends in a slash. */
static enum ap_status make_url(struct ap_buf *out, const char *url, const char *rest, struct ap_error *err)
{
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    ap_buf_add(out, url, len);
    ap_buf_addf(out, "/%s", rest);
    return ap_buf_check(out, "a URL", err);
}

static bool is_of(const struct ap_buf *bytes, const char *origin)
{
    struct ap_checkpoint is;
    struct ap_note note;

    return bytes->len > 0 && ap_note_parse(&note, bytes->data, bytes->len, NULL) == AP_OK &&
           ap_checkpoint_parse(&is, note.text, note.text_len, NULL) == AP_OK && is.origin_len == strlen(origin) &&
           memcmp(is.origin, origin, is.origin_len) == 0;
}

/* What monitors read. A witness need not serve it, or not there: what is no checkpoint of this log shows nothing. */
enum ap_status anchor_witness_newest(const char *url, const struct ap_anchor_means *means, struct ap_digest *digest,
                                     const char *origin, struct ap_buf *note, struct ap_error *err)
{
    struct ap_http_request ask = {NULL,        NULL,         0, NULL, AP_NOTE_MAX, 1, anchor_timeout_us(means),
                                  means->stop, means->tls_ca};
    struct ap_http_answer answer = {0, "", AP_BUF_INIT};
    char hash[AP_ORIGIN_HASH_SIZE], rest[AP_ORIGIN_HASH_SIZE + 16];
    struct ap_buf from = AP_BUF_INIT;
    enum ap_status status = ap_witness_origin_hash(digest, origin, strlen(origin), hash, err);

    (void)snprintf(rest, sizeof rest, "%s/checkpoint", hash);
    if (status == AP_OK)
        status = make_url(&from, url, rest, err);
    ask.url = from.data;
    if (status == AP_OK)
        status = ap_http_ask(&ask, &answer, err);
    if (status == AP_OK && answer.http_status == 200 && is_of(&answer.body, origin)) {
        ap_buf_add(note, answer.body.data, answer.body.len);
        status = ap_buf_check(note, "a checkpoint", err);
    }
    ap_buf_free(&answer.body);
    ap_buf_free(&from);
    return status;
}

/* Is the signature one of a witness that is known at this URL? Those that the policy names there count alone. */
static enum ap_status is_known(const struct ap_anchor_means *means, const char *url, const struct ap_note *one,
                               bool *good, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    bool named = false;
    enum ap_signed by;
    uint64_t time_s = 0;

    *good = false;
    for (size_t i = 0; means->policy != NULL && i < means->policy->witness_count && !*good && status == AP_OK; i++) {
        const struct ap_policy_key *key = &means->policy->witnesses[i];

        if (key->url == NULL || strcmp(key->url, url) != 0)
            continue;
        named = true;
        status = ap_note_check(one, &key->key, &by, &time_s, err);
        *good = status == AP_OK && by == AP_SIGNED_WELL && time_s > 0;
    }
    for (size_t i = 0; !named && i < means->witness_key_count && !*good && status == AP_OK; i++) {
        status = ap_note_check(one, &means->witness_keys[i], &by, &time_s, err);
        *good = status == AP_OK && by == AP_SIGNED_WELL && time_s > 0;
    }
    return status;
}

enum ap_status anchor_witness_vouches(const char *url, const struct ap_anchor_means *means, const struct ap_note *note,
                                      bool *yes, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    *yes = false;
    for (size_t i = 0; i < note->count && status == AP_OK && !*yes; i++) {
        struct ap_note one = *note;

        one.signatures[0] = note->signatures[i];
        one.count = 1;
        status = is_known(means, url, &one, yes, err);
    }
    return status;
}

/* Of the lines that the witness answered, those by known keys. */
static enum ap_status take_lines(const char *url, const struct ap_anchor_means *means, const char *note, size_t len,
                                 const struct ap_buf *lines, struct ap_buf *answer, struct ap_error *err)
{
    struct ap_buf whole = AP_BUF_INIT;
    struct ap_note parsed, one;
    size_t before = answer->len;
    enum ap_status status;

    ap_buf_add(&whole, note, len);
    ap_buf_add(&whole, lines->data, lines->len);
    status = ap_buf_check(&whole, "a cosigned checkpoint", err);
    if (status == AP_OK && ap_note_parse(&parsed, whole.data, whole.len, NULL) != AP_OK)
        status = ap_fail(err, AP_EIO, "witness %s answers what is no signature line", url);
    for (size_t i = 0; status == AP_OK && i < parsed.count; i++) {
        const char *line = parsed.signatures[i].name - 4;
        bool good = false;

        if (line < whole.data + len)
            continue;
        one = parsed;
        one.signatures[0] = parsed.signatures[i];
        one.count = 1;
        status = is_known(means, url, &one, &good, err);
        if (status == AP_OK && good)
            ap_buf_add(answer, line, (size_t)(strchr(line, '\n') - line) + 1);
    }
    if (status == AP_OK && answer->len == before)
        status =
            ap_fail(err, AP_ESTATE,
                    "witness %s answers no cosignature that verifies by a key that is known: give its verifier key "
                    "by --witness-key, or in the policy",
                    url);
    ap_buf_free(&whole);
    return status == AP_OK ? ap_buf_check(answer, "a cosignature", err) : status;
}

static enum ap_status refusal(const char *url, unsigned http_status, struct ap_error *err)
{
    switch (http_status) {
    case AP_WITNESS_HTTP_UNKNOWN:
        return ap_fail(err, AP_ESTATE, "witness %s does not know this log: its operator must give it the verifier key",
                       url);
    case AP_WITNESS_HTTP_FORBIDDEN:
        return ap_fail(err, AP_ESTATE, "witness %s knows this log by another key", url);
    case AP_WITNESS_HTTP_WRONG:
        return ap_fail(err, AP_ESTATE,
                       "witness %s has cosigned another history of this log: the log, or what it signed, was tampered "
                       "with",
                       url);
    default:
        return ap_fail(err, AP_EIO, "witness %s answers with HTTP status %u", url, http_status);
    }
}

/* The size that the witness says it has. */
static enum ap_status read_size(const char *url, const struct ap_buf *body, uint64_t size, uint64_t *old,
                                struct ap_error *err)
{
    if (body->len < 2 || body->data[body->len - 1] != '\n' || !ap_decimal_parse(old, body->data, body->len - 1))
        return ap_fail(err, AP_EIO, "witness %s does not say what size it has cosigned last", url);
    if (*old > size)
        return ap_fail(err, AP_ESTATE,
                       "witness %s has cosigned %" PRIu64 " seals of this log, and here are %" PRIu64
                       ": the database was put back to an older state, or cut",
                       url, *old, size);
    return AP_OK;
}

/* One request. *old becomes the size to begin from when that was wrong, and *conflict true. */
static enum ap_status ask_once(const char *url, const char *to, const struct ap_anchor_means *means, uint64_t *old,
                               uint64_t size, const char *note, size_t len, struct ap_buf *answer, bool *conflict,
                               struct ap_error *err)
{
    struct ap_http_request ask = {to,
                                  NULL,
                                  0,
                                  "text/plain; charset=utf-8",
                                  AP_WITNESS_BODY_MAX,
                                  ANCHOR_ATTEMPTS,
                                  anchor_timeout_us(means),
                                  means->stop,
                                  means->tls_ca};
    struct ap_http_answer said = {0, "", AP_BUF_INIT};
    struct ap_hash proof[AP_PROOF_MAX];
    struct ap_buf body = AP_BUF_INIT;
    size_t count = 0;
    enum ap_status status = AP_OK;

    if (*old > 0 && *old < size)
        status = means->prove(means->prove_context, *old, size, proof, &count, err);
    if (status == AP_OK)
        status = ap_witness_request_format(&body, *old, proof, count, note, len, err);
    ask.body = body.data;
    ask.len = body.len;
    if (status == AP_OK)
        status = ap_http_ask(&ask, &said, err);
    *conflict = status == AP_OK && said.http_status == AP_WITNESS_HTTP_CONFLICT;
    if (*conflict)
        status = read_size(url, &said.body, size, old, err);
    if (*conflict && means->newer_size != NULL && *old > size)
        *means->newer_size = *old;
    if (!*conflict && status == AP_OK && said.http_status != AP_WITNESS_HTTP_OK)
        status = refusal(url, said.http_status, err);
    else if (!*conflict && status == AP_OK)
        status = take_lines(url, means, note, len, &said.body, answer, err);
    ap_buf_free(&said.body);
    ap_buf_free(&body);
    return status;
}

enum ap_status anchor_witness_publish(const char *url, const struct ap_anchor_means *means, uint64_t size,
                                      const char *note, size_t len, struct ap_buf *answer, struct ap_error *err)
{
    struct ap_buf to = AP_BUF_INIT;
    uint64_t old = means->known_size <= size ? means->known_size : 0;
    enum ap_status status = make_url(&to, url, "add-checkpoint", err);
    bool conflict = true;

    if (means->newer_size != NULL)
        *means->newer_size = 0;
    for (int i = 0; status == AP_OK && conflict && i < CONFLICTS_MAX; i++)
        status = ask_once(url, to.data, means, &old, size, note, len, answer, &conflict, err);
    if (status == AP_OK && conflict)
        status = ap_fail(err, AP_EIO, "witness %s names another size each time it is asked", url);
    ap_buf_free(&to);
    return status;
}
