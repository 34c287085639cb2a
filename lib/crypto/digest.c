#include "auditproof/digest.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

struct ap_digest {
    EVP_MD *md;
    EVP_MD_CTX *ctx;
};

enum ap_status ap_digest_new(struct ap_digest **out, struct ap_error *err)
{
    struct ap_digest *digest = calloc(1, sizeof *digest);

    *out = NULL;
    if (digest == NULL)
        return ap_fail_memory(err, "a digest");
    digest->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    digest->ctx = EVP_MD_CTX_new();
    /* Later initialisations pass no type, which lets OpenSSL reuse the context's state instead of allocating anew. */
    if (digest->md == NULL || digest->ctx == NULL || EVP_DigestInit_ex(digest->ctx, digest->md, NULL) != 1) {
        ap_digest_free(digest);
        return ap_fail(err, AP_ECRYPTO, "OpenSSL offers no SHA-256");
    }
    *out = digest;
    return AP_OK;
}

void ap_digest_free(struct ap_digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->ctx);
    EVP_MD_free(digest->md);
    free(digest);
}

static enum ap_status outcome(int ok, struct ap_error *err)
{
    return ok == 1 ? AP_OK : ap_fail(err, AP_ECRYPTO, "OpenSSL could not compute a SHA-256");
}

enum ap_status ap_digest_spans(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], const struct ap_span *spans,
                               size_t count, struct ap_error *err)
{
    int ok = EVP_DigestInit_ex2(digest->ctx, NULL, NULL);

    for (size_t i = 0; i < count && ok == 1; i++)
        ok = EVP_DigestUpdate(digest->ctx, spans[i].data, spans[i].len);
    return outcome(ok == 1 ? EVP_DigestFinal_ex(digest->ctx, out, NULL) : ok, err);
}

enum ap_status ap_digest_start(struct ap_digest *digest, struct ap_error *err)
{
    return outcome(EVP_DigestInit_ex2(digest->ctx, NULL, NULL), err);
}

enum ap_status ap_digest_add(struct ap_digest *digest, const void *bytes, size_t len, struct ap_error *err)
{
    return outcome(EVP_DigestUpdate(digest->ctx, bytes, len), err);
}

enum ap_status ap_digest_end(struct ap_digest *digest, uint8_t out[AP_HASH_LEN], struct ap_error *err)
{
    return outcome(EVP_DigestFinal_ex(digest->ctx, out, NULL), err);
}

enum ap_status ap_random(void *out, size_t len, struct ap_error *err)
{
    if (len > INT_MAX || RAND_bytes(out, (int)len) != 1)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not produce %zu random bytes", len);
    return AP_OK;
}
