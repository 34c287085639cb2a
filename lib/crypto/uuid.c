#include "auditproof/uuid.h"

#include <string.h>

#include <openssl/evp.h>

enum { SHA1_LEN = 20 };

/* SHA-1 is what the standard names; nothing rests on its strength. */
enum ap_status ap_uuid_v5(struct ap_uuid *out, const struct ap_uuid *space, const char *name, size_t len,
                          struct ap_error *err)
{
    uint8_t hash[SHA1_LEN];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
                EVP_DigestUpdate(ctx, space->bytes, AP_UUID_LEN) == 1 && EVP_DigestUpdate(ctx, name, len) == 1 &&
                EVP_DigestFinal_ex(ctx, hash, NULL) == 1;

    EVP_MD_CTX_free(ctx);
    if (!good)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL offers no SHA-1, which UUIDs of version 5 are made with");
    memcpy(out->bytes, hash, AP_UUID_LEN);
    out->bytes[6] = (uint8_t)((out->bytes[6] & 0x0F) | 0x50);
    out->bytes[8] = (uint8_t)((out->bytes[8] & 0x3F) | 0x80);
    return AP_OK;
}
