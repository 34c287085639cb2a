#include "auditproof/cms.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

enum { CHUNK = 1 << 16 };

/* OpenSSL reads a CMS file into one buffer before it looks at it, which grows to 1.5 GiB; 16 MiB for the encoding. */
#define LENGTH_MAX ((INT64_C(3) << 29) - (INT64_C(1) << 24))

struct ap_cms_recipient {
    X509 *certificate;
};

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code == 0 ? NULL : ERR_reason_error_string(code);

    ERR_clear_error();
    return text == NULL ? "no reason given" : text;
}

static bool can_take(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);

    return key != NULL &&
           (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "EC") == 1 || EVP_PKEY_is_a(key, "X25519") == 1);
}

/* Certificates that say what their key is for (RFC 5280, section 4.2.1.3) have to say this. */
static bool is_for_this(X509 *certificate)
{
    bool rsa = EVP_PKEY_is_a(X509_get0_pubkey(certificate), "RSA") == 1;

    return (X509_get_key_usage(certificate) & (rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT)) != 0;
}

static enum ap_status check_certificate(X509 *certificate, const char *path, struct ap_error *err)
{
    if (!can_take(certificate))
        return ap_fail(err, AP_EINPUT, "nothing can be encrypted to the key of certificate %s; RSA, EC and X25519 do",
                       path);
    if (!is_for_this(certificate))
        return ap_fail(err, AP_EINPUT, "certificate %s is not for encryption: its key usage is another", path);
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        return ap_fail(err, AP_EINPUT, "certificate %s has run out; ask its owner for the new one", path);
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        return ap_fail(err, AP_EINPUT, "certificate %s is not valid yet", path);
    return AP_OK;
}

enum ap_status ap_cms_recipient_open(struct ap_cms_recipient **out, const char *path, struct ap_error *err)
{
    BIO *file = BIO_new_file(path, "r");
    struct ap_cms_recipient *recipient;
    enum ap_status status;
    X509 *certificate;

    *out = NULL;
    if (file == NULL) {
        ERR_clear_error();
        return ap_fail_errno(err, errno, "cannot read certificate %s", path);
    }
    certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);
    (void)BIO_free(file);
    if (certificate == NULL)
        return ap_fail(err, AP_EINPUT, "%s holds no certificate in PEM: %s", path, reason());
    status = check_certificate(certificate, path, err);
    if (status != AP_OK) {
        X509_free(certificate);
        return status;
    }
    recipient = calloc(1, sizeof *recipient);
    if (recipient == NULL) {
        X509_free(certificate);
        return ap_fail_memory(err, "a certificate");
    }
    recipient->certificate = certificate;
    *out = recipient;
    return AP_OK;
}

enum ap_status ap_cms_recipient_fingerprint(const struct ap_cms_recipient *recipient, uint8_t out[AP_HASH_LEN],
                                            struct ap_error *err)
{
    unsigned len = AP_HASH_LEN;

    if (X509_digest(recipient->certificate, EVP_sha256(), out, &len) != 1)
        return ap_fail(err, AP_EINTERNAL, "cannot compute a certificate's fingerprint: %s", reason());
    return AP_OK;
}

void ap_cms_recipient_free(struct ap_cms_recipient *recipient)
{
    if (recipient == NULL)
        return;
    X509_free(recipient->certificate);
    free(recipient);
}

/* What OpenSSL would take of itself is PKCS #1 v1.5 for RSA, and SHA-1 in the key derivation for EC. */
static bool add_recipient(CMS_ContentInfo *cms, X509 *certificate, int rsa_padding)
{
    CMS_RecipientInfo *info = CMS_add1_recipient_cert(cms, certificate, CMS_KEY_PARAM);
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    EVP_PKEY_CTX *ctx = info == NULL ? NULL : CMS_RecipientInfo_get0_pkey_ctx(info);

    if (info == NULL)
        return false;
    if (EVP_PKEY_is_a(key, "RSA") == 1)
        return ctx != NULL && EVP_PKEY_CTX_set_rsa_padding(ctx, rsa_padding) == 1 &&
               (rsa_padding != RSA_PKCS1_OAEP_PADDING || EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1);
    if (EVP_PKEY_is_a(key, "EC") == 1)
        return ctx != NULL && EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) == 1;
    return true;
}

static enum ap_status copy(int from, BIO *to, const char *what, const volatile bool *stop, struct ap_error *err)
{
    char *chunk = malloc(CHUNK);
    enum ap_status status = chunk == NULL ? ap_fail_memory(err, "encryption") : AP_OK;
    off_t offset = 0;

    while (status == AP_OK) {
        ssize_t n = pread(from, chunk, CHUNK, offset);

        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            status = ap_fail_errno(err, errno, "cannot read what is to be encrypted into %s", what);
        if (n > 0 && BIO_write(to, chunk, (int)n) != n)
            status = ap_fail_errno(err, errno, "cannot write %s", what);
        offset += n > 0 ? n : 0;
        if (status == AP_OK && stop != NULL && *stop)
            status = ap_fail(err, AP_ECANCELLED, "stopped");
    }
    if (status == AP_OK && BIO_flush(to) != 1)
        status = ap_fail_errno(err, errno, "cannot write %s", what);
    free(chunk);
    return status;
}

/* Free what BIO_new_CMS has put upon out. */
static void pop_until(BIO *top, const BIO *out)
{
    while (top != NULL && top != out) {
        BIO *below = BIO_pop(top);

        (void)BIO_free(top);
        top = below;
    }
}

static enum ap_status check_length(int from, const char *what, struct ap_error *err)
{
    struct stat st;

    if (fstat(from, &st) != 0)
        return ap_fail_errno(err, errno, "cannot read what is to be encrypted into %s", what);
    if (st.st_size > LENGTH_MAX)
        return ap_fail(err, AP_ELIMIT,
                       "%s would be too long for openssl cms, which opens 1.5 GiB at most; choose a shorter period, or "
                       "leave encryption to another tool",
                       what);
    return AP_OK;
}

enum ap_status ap_cms_encrypt(const struct ap_cms_recipient *recipient, int from, int to, const char *what,
                              const volatile bool *stop, struct ap_error *err)
{
    BIO *file = BIO_new_fd(to, BIO_NOCLOSE), *gather = BIO_new(BIO_f_buffer()), *out = NULL, *in = NULL;
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_cbc(), CMS_BINARY | CMS_STREAM | CMS_PARTIAL);
    enum ap_status status = check_length(from, what, err);

    if (status == AP_OK && file != NULL && gather != NULL && BIO_set_write_buffer_size(gather, CHUNK) == 1)
        out = BIO_push(gather, file);
    if (out != NULL && cms != NULL && add_recipient(cms, recipient->certificate, RSA_PKCS1_OAEP_PADDING))
        in = BIO_new_CMS(out, cms);
    if (status == AP_OK && in == NULL)
        status = ap_fail(err, AP_ECRYPTO, "OpenSSL could not encrypt %s: %s", what, reason());
    if (status == AP_OK)
        status = copy(from, in, what, stop, err);
    pop_until(in, out);
    CMS_ContentInfo_free(cms);
    (void)BIO_free(gather);
    (void)BIO_free(file);
    ERR_clear_error();
    return status;
}

enum ap_status ap_cms_encrypt_bytes(const struct ap_cms_recipient *recipient, const void *bytes, size_t len,
                                    struct ap_buf *out, struct ap_error *err)
{
    BIO *in = len <= INT_MAX ? BIO_new_mem_buf(bytes, (int)len) : NULL;
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_cbc(), CMS_BINARY | CMS_PARTIAL);
    unsigned char *der = NULL;
    int der_len = -1;

    if (in != NULL && cms != NULL && add_recipient(cms, recipient->certificate, RSA_PKCS1_PADDING) &&
        CMS_final(cms, in, NULL, CMS_BINARY) == 1)
        der_len = i2d_CMS_ContentInfo(cms, &der);
    if (der_len > 0)
        ap_buf_add(out, der, (size_t)der_len);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    (void)BIO_free(in);
    if (der_len <= 0)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not encrypt a mail: %s", reason());
    ERR_clear_error();
    return ap_buf_check(out, "what is encrypted", err);
}
