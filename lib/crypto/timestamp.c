#include "auditproof/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"

enum { NONCE_LEN = 16 };

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code == 0 ? NULL : ERR_reason_error_string(code);

    ERR_clear_error();
    return text == NULL ? "no reason given" : text;
}

static bool sha256(const void *data, size_t len, unsigned char out[32])
{
    unsigned n = 0;

    return EVP_Digest(data, len, out, &n, EVP_sha256(), NULL) == 1 && n == 32;
}

/* 0x00 first, so that the number is positive whatever the random bytes are; and never a leading zero octet too many. */
static ASN1_INTEGER *random_nonce(void)
{
    unsigned char bytes[NONCE_LEN];
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();

    if (nonce == NULL || ap_random(bytes, sizeof bytes, NULL) != AP_OK) {
        ASN1_INTEGER_free(nonce);
        return NULL;
    }
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
    if (ASN1_STRING_set(nonce, bytes, sizeof bytes) != 1) {
        ASN1_INTEGER_free(nonce);
        return NULL;
    }
    return nonce;
}

static bool fill_request(TS_REQ *request, const void *data, size_t len)
{
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_INTEGER *nonce = random_nonce();
    unsigned char hash[32];
    bool ok = imprint != NULL && algorithm != NULL && nonce != NULL && sha256(data, len, hash);

    if (ok) {
        X509_ALGOR_set_md(algorithm, EVP_sha256());
        ok = TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 && TS_MSG_IMPRINT_set_msg(imprint, hash, 32) == 1 &&
             TS_REQ_set_version(request, 1) == 1 && TS_REQ_set_msg_imprint(request, imprint) == 1 &&
             TS_REQ_set_nonce(request, nonce) == 1 && TS_REQ_set_cert_req(request, 1) == 1;
    }
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(algorithm);
    ASN1_INTEGER_free(nonce);
    return ok;
}

enum ap_status ap_timestamp_request(struct ap_buf *out, const void *data, size_t len, struct ap_error *err)
{
    TS_REQ *request = TS_REQ_new();
    unsigned char *der = NULL;
    int n = -1;

    if (request != NULL && fill_request(request, data, len))
        n = i2d_TS_REQ(request, &der);
    TS_REQ_free(request);
    if (n < 0)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not make a time-stamp request: %s", reason());
    ap_buf_add(out, der, (size_t)n);
    OPENSSL_free(der);
    return ap_buf_check(out, "a time-stamp request", err);
}

static int64_t time_of(const ASN1_GENERALIZEDTIME *at)
{
    struct tm tm;
    int64_t day;

    if (at == NULL || ASN1_TIME_to_tm(at, &tm) != 1)
        return AP_TIME_MINUS_INFINITY;
    day = ap_days_from_civil((int64_t)tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    return day * AP_US_PER_DAY + ((int64_t)tm.tm_hour * 3600 + (int64_t)tm.tm_min * 60 + tm.tm_sec) * AP_US_PER_SECOND;
}

static void read_serial(const ASN1_INTEGER *serial, char out[65])
{
    BIGNUM *number = serial == NULL ? NULL : ASN1_INTEGER_to_BN(serial, NULL);
    char *text = number == NULL ? NULL : BN_bn2hex(number);

    (void)snprintf(out, 65, "%s", text == NULL ? "" : text);
    OPENSSL_free(text);
    BN_free(number);
}

static void read_info(TS_RESP *reply, struct ap_timestamp *out)
{
    TS_TST_INFO *info = TS_RESP_get_tst_info(reply);
    PKCS7 *token = TS_RESP_get_token(reply);
    STACK_OF(X509) *signers = token == NULL ? NULL : PKCS7_get0_signers(token, NULL, 0);

    memset(out, 0, sizeof *out);
    out->at_us = AP_TIME_MINUS_INFINITY;
    if (info != NULL) {
        out->at_us = time_of(TS_TST_INFO_get_time(info));
        read_serial(TS_TST_INFO_get_serial(info), out->serial);
    }
    if (signers != NULL && sk_X509_num(signers) > 0)
        (void)X509_NAME_oneline(X509_get_subject_name(sk_X509_value(signers, 0)), out->authority,
                                (int)sizeof out->authority);
    sk_X509_free(signers);
    ERR_clear_error();
}

static enum ap_status parse(const void *reply, size_t len, TS_RESP **out, struct ap_error *err)
{
    const unsigned char *at = reply;

    *out = NULL;
    if (len > AP_TIMESTAMP_MAX)
        return ap_fail(err, AP_ELIMIT, "a time-stamp of %zu bytes is too long; the bound is %d", len, AP_TIMESTAMP_MAX);
    ERR_clear_error();
    *out = d2i_TS_RESP(NULL, &at, (long)len);
    if (*out == NULL || at != (const unsigned char *)reply + len) {
        TS_RESP_free(*out);
        *out = NULL;
        ERR_clear_error();
        return ap_fail(err, AP_EINPUT, "not a time-stamp reply (RFC 3161 TimeStampResp, DER)");
    }
    return AP_OK;
}

enum ap_status ap_timestamp_read(const void *reply, size_t reply_len, struct ap_timestamp *out, struct ap_error *err)
{
    TS_RESP *parsed;
    enum ap_status status = parse(reply, reply_len, &parsed, err);

    if (status != AP_OK)
        return status;
    read_info(parsed, out);
    TS_RESP_free(parsed);
    return AP_OK;
}

/* The certificates that the caller trusts, judged at the time-stamp's own time. */
static X509_STORE *open_trust(const char *trust, int64_t at_us)
{
    X509_STORE *store = X509_STORE_new();
    struct stat st;
    int ok;

    if (store == NULL || stat(trust, &st) != 0) {
        X509_STORE_free(store);
        return NULL;
    }
    ok = S_ISDIR(st.st_mode) ? X509_STORE_load_path(store, trust) : X509_STORE_load_file(store, trust);
    if (ok != 1) {
        X509_STORE_free(store);
        return NULL;
    }
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(at_us / AP_US_PER_SECOND));
    return store;
}

/* The context owns the store, the imprint and what it takes from the request. */
static TS_VERIFY_CTX *prepare(X509_STORE *store, const void *request, size_t request_len, const unsigned char hash[32])
{
    const unsigned char *at = request;
    TS_REQ *asked = request == NULL ? NULL : d2i_TS_REQ(NULL, &at, (long)request_len);
    TS_VERIFY_CTX *ctx = asked == NULL ? TS_VERIFY_CTX_new() : TS_REQ_to_TS_VERIFY_CTX(asked, NULL);
    unsigned char *imprint = OPENSSL_malloc(32);
    int flags =
        TS_VFY_VERSION | TS_VFY_IMPRINT | (store == NULL ? 0 : TS_VFY_SIGNATURE) | (asked == NULL ? 0 : TS_VFY_NONCE);

    TS_REQ_free(asked);
    if (ctx == NULL || imprint == NULL || (request != NULL && asked == NULL)) {
        OPENSSL_free(imprint);
        TS_VERIFY_CTX_free(ctx);
        X509_STORE_free(store);
        return NULL;
    }
    memcpy(imprint, hash, 32);
    (void)TS_VERIFY_CTX_set_flags(ctx, flags);
    (void)TS_VERIFY_CTX_set_imprint(ctx, imprint, 32);
    (void)TS_VERIFY_CTX_set_store(ctx, store);
    return ctx;
}

/* Says why not. */
static bool is_granted(TS_RESP *reply, char why[AP_TIMESTAMP_WHY_SIZE])
{
    TS_STATUS_INFO *info = TS_RESP_get_status_info(reply);
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
    long granted = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
    const ASN1_UTF8STRING *text = sk_ASN1_UTF8STRING_num(texts) > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;

    if (granted == TS_STATUS_GRANTED || granted == TS_STATUS_GRANTED_WITH_MODS)
        return true;
    (void)snprintf(why, AP_TIMESTAMP_WHY_SIZE, "the authority did not grant it%s%.*s", text == NULL ? "" : ": ",
                   text == NULL ? 0 : ASN1_STRING_length(text),
                   text == NULL ? "" : (const char *)ASN1_STRING_get0_data(text));
    return false;
}

enum ap_status ap_timestamp_check(const void *reply, size_t reply_len, const void *request, size_t request_len,
                                  const void *data, size_t len, const char *trust, struct ap_timestamp *out, bool *good,
                                  char why[AP_TIMESTAMP_WHY_SIZE], struct ap_error *err)
{
    unsigned char hash[32];
    TS_VERIFY_CTX *ctx;
    X509_STORE *store;
    TS_RESP *parsed;
    enum ap_status status = parse(reply, reply_len, &parsed, err);

    *good = false;
    why[0] = '\0';
    if (status != AP_OK)
        return status;
    read_info(parsed, out);
    if (!is_granted(parsed, why)) {
        TS_RESP_free(parsed);
        return AP_OK;
    }
    if (!sha256(data, len, hash)) {
        TS_RESP_free(parsed);
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not check a time-stamp: %s", reason());
    }
    store = trust == NULL ? NULL : open_trust(trust, out->at_us);
    if (store == NULL && trust != NULL) {
        TS_RESP_free(parsed);
        return ap_fail(err, AP_EIO, "cannot read trusted certificates from %s: %s", trust, reason());
    }
    ctx = prepare(store, request, request_len, hash);
    if (ctx == NULL) {
        TS_RESP_free(parsed);
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not check a time-stamp: %s", reason());
    }
    *good = TS_RESP_verify_response(ctx, parsed) == 1;
    if (!*good)
        (void)snprintf(why, AP_TIMESTAMP_WHY_SIZE, "%s", reason());
    TS_VERIFY_CTX_free(ctx);
    TS_RESP_free(parsed);
    ERR_clear_error();
    return AP_OK;
}
