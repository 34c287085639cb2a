#include "keys.h"

#include <string.h>
#include <unistd.h>

#include "auditproof/buf.h"
#include "auditproof/file.h"

enum { FILE_MAX = 1 << 20, KEY_FILE_MAX = 4096 };

/* One that is too long is not what was meant. */
static enum ap_status read_file(struct ap_buf *out, const char *path, size_t max, struct ap_error *err)
{
    enum ap_status status = ap_file_read(path, max, out, err);

    return status == AP_ELIMIT ? ap_fail(err, AP_EINPUT, "%s has more than %zu bytes", path, max) : status;
}

enum ap_status cli_read_key(struct ap_vkey *out, struct ap_digest *digest, const char *text, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    enum ap_status status = ap_vkey_parse(out, digest, text, strlen(text), err);

    /* What has a name, an id and a key is meant as one, unless there is a file of that name. */
    if (status == AP_EINPUT &&
        (strchr(text, '+') == NULL || strchr(strchr(text, '+') + 1, '+') == NULL || access(text, F_OK) == 0)) {
        status = read_file(&bytes, text, KEY_FILE_MAX, err);
        if (status == AP_OK) {
            status = ap_vkey_parse(out, digest, ap_buf_str(&bytes), strcspn(ap_buf_str(&bytes), "\r\n"), err);
            if (status != AP_OK)
                (void)ap_error_prefix(err, "%s", text);
        }
    }
    ap_buf_free(&bytes);
    return status;
}

static bool read_fingerprint(const char *text, uint8_t out[AP_HASH_LEN])
{
    char digits[2 * AP_HASH_LEN];
    size_t n = 0;

    for (; *text != '\0'; text++) {
        if (*text == ':')
            continue;
        if (n == sizeof digits)
            return false;
        digits[n++] = *text;
    }
    return n == sizeof digits && ap_hex_decode(out, AP_HASH_LEN, digits);
}

enum ap_status cli_read_pins(const struct cli_list *list, struct ap_pin *out, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    for (size_t i = 0; i < list->count && status == AP_OK; i++) {
        out[i].is_fingerprint = read_fingerprint(list->items[i], out[i].fingerprint);
        if (!out[i].is_fingerprint)
            status = cli_read_key(&out[i].vkey, digest, list->items[i], err);
    }
    ap_digest_free(digest);
    return status;
}

enum ap_status cli_read_keys(const struct cli_list *list, struct ap_vkey *out, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    for (size_t i = 0; i < list->count && status == AP_OK; i++) {
        status = cli_read_key(&out[i], digest, list->items[i], err);
        if (status == AP_OK && out[i].type != AP_KEY_NOTE)
            status =
                ap_fail(err, AP_EINPUT, "key %s is a witness's: pin the key of the log, and name witnesses in a policy",
                        out[i].name);
    }
    ap_digest_free(digest);
    return status;
}

enum ap_status cli_read_policy(const char *path, struct ap_policy **out, struct ap_error *err)
{
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_digest *digest = NULL;
    enum ap_status status = ap_digest_new(&digest, err);

    *out = NULL;
    if (status == AP_OK)
        status = read_file(&bytes, path, FILE_MAX, err);
    if (status == AP_OK) {
        status = ap_policy_parse(out, digest, ap_buf_str(&bytes), bytes.len, err);
        if (status != AP_OK)
            (void)ap_error_prefix(err, "%s", path);
    }
    ap_buf_free(&bytes);
    ap_digest_free(digest);
    return status;
}
