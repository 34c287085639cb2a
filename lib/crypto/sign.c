#include "auditproof/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "auditproof/base64.h"
#include "auditproof/bytes.h"

struct ap_signing_key {
    EVP_PKEY *pkey;
    uint8_t public_key[AP_PUBLIC_KEY_LEN];
};

/* What OpenSSL says of its last failure, in words; empties its queue. */
static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code == 0 ? NULL : ERR_reason_error_string(code);

    ERR_clear_error();
    return text == NULL ? "no reason given" : text;
}

/* Takes pkey over, also when it fails. */
static enum ap_status wrap(struct ap_signing_key **out, EVP_PKEY *pkey, struct ap_error *err)
{
    struct ap_signing_key *key = calloc(1, sizeof *key);
    size_t len = sizeof key->public_key;

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return ap_fail_memory(err, "a key");
    }
    key->pkey = pkey;
    if (EVP_PKEY_get_raw_public_key(pkey, key->public_key, &len) != 1 || len != sizeof key->public_key) {
        ap_signing_key_free(key);
        return ap_fail(err, AP_ECRYPTO, "the key has no public half: %s", reason());
    }
    *out = key;
    return AP_OK;
}

enum ap_status ap_signing_key_new(struct ap_signing_key **out, struct ap_error *err)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    *out = NULL;
    if (pkey == NULL)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not make an Ed25519 key: %s", reason());
    return wrap(out, pkey, err);
}

void ap_signing_key_free(struct ap_signing_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* What the passphrase question needs to know, and whether it was given up. */
struct asking {
    ap_passphrase_fn *ask;
    void *context;
    const char *what;
    bool refused;
};

static int answer(UI *ui, UI_STRING *question)
{
    struct asking *asking = UI_get0_user_data(ui);
    char text[AP_PASSPHRASE_MAX + 1];
    int len, ok;

    if (UI_get_string_type(question) != UIT_PROMPT && UI_get_string_type(question) != UIT_VERIFY)
        return 1;
    len = asking->ask == NULL ? -1 : asking->ask(asking->context, asking->what, text, AP_PASSPHRASE_MAX);
    if (len < 0 || len > AP_PASSPHRASE_MAX) {
        asking->refused = true;
        return 0;
    }
    text[len] = '\0';
    ok = UI_set_result_ex(ui, question, text, len);
    ap_wipe(text, sizeof text);
    return ok == 0 ? 1 : 0;
}

/* The store's first private key; *count says how many there were. */
static EVP_PKEY *first_key(OSSL_STORE_CTX *store, unsigned *count)
{
    EVP_PKEY *found = NULL;

    *count = 0;
    while (OSSL_STORE_eof(store) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(store);

        if (info == NULL && OSSL_STORE_error(store) != 0)
            break;
        if (info == NULL)
            continue;
        if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY && (*count)++ == 0)
            found = OSSL_STORE_INFO_get1_PKEY(info);
        OSSL_STORE_INFO_free(info);
    }
    return found;
}

static enum ap_status open_failed(const struct asking *asking, unsigned count, struct ap_error *err)
{
    if (asking->refused)
        return ap_fail(err, AP_EINPUT, "key %s is encrypted, and no passphrase was given", asking->what);
    if (count > 1)
        return ap_fail(err, AP_EINPUT, "%s holds %u private keys; one is wanted", asking->what, count);
    return ap_fail(err, AP_EINPUT, "%s holds no private key that can be opened: %s", asking->what, reason());
}

enum ap_status ap_signing_key_open(struct ap_signing_key **out, const char *uri, ap_passphrase_fn *ask, void *context,
                                   struct ap_error *err)
{
    struct asking asking = {ask, context, uri, false};
    UI_METHOD *method = UI_create_method("auditproof");
    OSSL_STORE_CTX *store = NULL;
    EVP_PKEY *pkey = NULL;
    unsigned count = 0;
    enum ap_status status;

    *out = NULL;
    ERR_clear_error();
    if (strchr(uri, ':') == NULL && access(uri, R_OK) != 0) {
        status = ap_fail_errno(err, errno, "cannot read key %s", uri);
        goto out;
    }
    if (method == NULL || UI_method_set_reader(method, answer) != 0) {
        status = ap_fail_memory(err, "a key");
        goto out;
    }
    store = OSSL_STORE_open(uri, method, &asking, NULL, NULL);
    if (store != NULL && OSSL_STORE_expect(store, OSSL_STORE_INFO_PKEY) == 1)
        pkey = first_key(store, &count);
    if (pkey == NULL || count > 1) {
        status = open_failed(&asking, count, err);
    } else if (EVP_PKEY_is_a(pkey, "ED25519") != 1) {
        status = ap_fail(err, AP_EINPUT, "%s is not an Ed25519 key; `auditseal keygen` makes one", uri);
    } else {
        status = wrap(out, pkey, err);
        pkey = NULL;
    }

out:
    EVP_PKEY_free(pkey);
    OSSL_STORE_close(store);
    UI_destroy_method(method);
    ERR_clear_error();
    return status;
}

enum ap_status ap_signing_key_write(const struct ap_signing_key *key, const char *path, const char *passphrase,
                                    size_t len, struct ap_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    FILE *file;
    int written;

    if (fd < 0 && errno == EEXIST)
        return ap_fail(err, AP_ESTATE, "%s is there already, and a key is never overwritten", path);
    if (fd < 0)
        return ap_fail_errno(err, errno, "cannot make %s", path);
    file = fdopen(fd, "w");
    if (file == NULL) {
        (void)close(fd);
        (void)unlink(path);
        return ap_fail_memory(err, "a key file");
    }
    written = PEM_write_PKCS8PrivateKey(file, key->pkey, passphrase == NULL ? NULL : EVP_aes_256_cbc(), passphrase,
                                        (int)len, NULL, NULL);
    if (written != 1 || fflush(file) != 0 || fsync(fd) != 0) {
        int saved = errno;

        (void)fclose(file);
        (void)unlink(path);
        return ap_fail_errno(err, saved, "cannot write %s", path);
    }
    if (fclose(file) != 0) {
        (void)unlink(path);
        return ap_fail_errno(err, errno, "cannot write %s", path);
    }
    return AP_OK;
}

void ap_signing_key_public(const struct ap_signing_key *key, uint8_t out[AP_PUBLIC_KEY_LEN])
{
    memcpy(out, key->public_key, AP_PUBLIC_KEY_LEN);
}

enum ap_status ap_sign(const struct ap_signing_key *key, const void *message, size_t len, uint8_t out[AP_SIGNATURE_LEN],
                       struct ap_error *err)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t out_len = AP_SIGNATURE_LEN;
    int ok = 0;

    if (ctx == NULL)
        return ap_fail_memory(err, "a signature");
    if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1)
        ok = EVP_DigestSign(ctx, out, &out_len, message, len);
    EVP_MD_CTX_free(ctx);
    if (ok != 1 || out_len != AP_SIGNATURE_LEN)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not sign: %s", reason());
    return AP_OK;
}

enum ap_status ap_signature_check(const uint8_t key[AP_PUBLIC_KEY_LEN], const void *message, size_t len,
                                  const uint8_t signature[AP_SIGNATURE_LEN], bool *good, struct ap_error *err)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key, AP_PUBLIC_KEY_LEN);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = -1;

    *good = false;
    if (pkey != NULL && ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1) {
        ok = EVP_DigestVerify(ctx, signature, AP_SIGNATURE_LEN, message, len);
        *good = ok == 1;
        ok = 1;
    }
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    if (ok != 1)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not check a signature: %s", reason());
    ERR_clear_error();
    return AP_OK;
}

/* RFC 8410 section 4 leaves one way to write an Ed25519 key: this, then the key's bytes. */
static const uint8_t spki_prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

enum { SPKI_LEN = sizeof spki_prefix + AP_PUBLIC_KEY_LEN };

static void spki(uint8_t out[SPKI_LEN], const uint8_t key[AP_PUBLIC_KEY_LEN])
{
    memcpy(out, spki_prefix, sizeof spki_prefix);
    memcpy(out + sizeof spki_prefix, key, AP_PUBLIC_KEY_LEN);
}

enum ap_status ap_public_key_pem(struct ap_buf *out, const uint8_t key[AP_PUBLIC_KEY_LEN], struct ap_error *err)
{
    char text[AP_BASE64_LEN(SPKI_LEN)];
    uint8_t der[SPKI_LEN];

    spki(der, key);
    ap_base64_encode(text, der, sizeof der);
    ap_buf_addf(out, "-----BEGIN PUBLIC KEY-----\n%.*s\n-----END PUBLIC KEY-----\n", (int)sizeof text, text);
    return ap_buf_check(out, "a public key", err);
}

enum ap_status ap_public_key_fingerprint(const uint8_t key[AP_PUBLIC_KEY_LEN], uint8_t out[AP_HASH_LEN],
                                         struct ap_error *err)
{
    uint8_t der[SPKI_LEN];

    spki(der, key);
    if (EVP_Q_digest(NULL, "SHA256", NULL, der, sizeof der, out, NULL) != 1)
        return ap_fail(err, AP_ECRYPTO, "OpenSSL could not compute a SHA-256: %s", reason());
    return AP_OK;
}
