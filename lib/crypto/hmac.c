#include "auditproof/hmac.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

struct ap_hmac {
    EVP_MAC_CTX *context;
};

enum ap_status ap_hmac_new(struct ap_hmac **out, const void *key, size_t len, struct ap_error *err)
{
    static char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                           OSSL_PARAM_construct_end()};
    struct ap_hmac *hmac = calloc(1, sizeof *hmac);
    EVP_MAC *mac;

    *out = NULL;
    if (hmac == NULL)
        return ap_fail_memory(err, "an HMAC");
    mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    hmac->context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    /* OpenSSL takes a key of no bytes only with a pointer. */
    if (hmac->context == NULL || EVP_MAC_init(hmac->context, len > 0 ? key : "", len, params) != 1) {
        ap_hmac_free(hmac);
        return ap_fail(err, AP_ECRYPTO, "OpenSSL offers no HMAC-SHA-256");
    }
    *out = hmac;
    return AP_OK;
}

void ap_hmac_free(struct ap_hmac *hmac)
{
    if (hmac == NULL)
        return;
    EVP_MAC_CTX_free(hmac->context);
    free(hmac);
}

enum ap_status ap_hmac(struct ap_hmac *hmac, const void *message, size_t len, uint8_t out[AP_HASH_LEN],
                       struct ap_error *err)
{
    size_t got = 0;

    /* Without a key, the one that it has. */
    if (EVP_MAC_init(hmac->context, NULL, 0, NULL) != 1 || EVP_MAC_update(hmac->context, message, len) != 1 ||
        EVP_MAC_final(hmac->context, out, &got, AP_HASH_LEN) != 1 || got != AP_HASH_LEN)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL failed to compute an HMAC");
    return AP_OK;
}
