#include <stdlib.h>
#include <string.h>

#include "auditproof/buf.h"
#include "auditproof/utf8.h"
#include "bundle_internal.h"

static const char declaration[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
static const char payload[] = "data/";
static const char manifest_name[] = "manifest-sha256.txt", tagmanifest_name[] = "tagmanifest-sha256.txt";

static bool is_payload(const struct ap_member *member)
{
    return strncmp(member->path, payload, sizeof payload - 1) == 0;
}

/* A value has no second line (RFC 8493 section 2.2.2 would fold it), and does nothing to a terminal. */
static enum ap_status add_info(struct ap_buf *out, const char *label, const char *value, struct ap_error *err)
{
    const size_t len = strlen(value);

    if (ap_utf8_valid(value, len) != len)
        return ap_fail(err, AP_EINPUT, "the value of %s in bag-info.txt is not UTF-8", label);
    ap_buf_addf(out, "%s: ", label);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i], next = (unsigned char)value[i + 1];
        bool is_c1 = c == 0xc2 && next >= 0x80 && next <= 0x9f;

        ap_buf_addc(out, c < 0x20 || c == 0x7f || is_c1 ? ' ' : value[i]);
        i += is_c1 ? 1 : 0;
    }
    ap_buf_addc(out, '\n');
    return AP_OK;
}

static enum ap_status put_info(struct ap_bundle *bundle, const struct ap_bag_info *info, size_t count,
                               struct ap_bundle_summary *out, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < bundle->count; i++) {
        out->payload_files += is_payload(bundle->members[i]) ? 1 : 0;
        out->payload_bytes += is_payload(bundle->members[i]) ? bundle->members[i]->size : 0;
    }
    for (size_t i = 0; i < count && status == AP_OK; i++)
        if (info[i].value != NULL)
            status = add_info(&text, info[i].label, info[i].value, err);
    ap_buf_addf(&text, "Payload-Oxum: %llu.%llu\n", (unsigned long long)out->payload_bytes,
                (unsigned long long)out->payload_files);
    ap_buf_addf(&text, "Bag-Software-Agent: auditproof %s\n", ap_version());
    if (status == AP_OK)
        status = ap_buf_check(&text, "bag-info.txt", err);
    if (status == AP_OK)
        status = bundle_put(bundle, "bag-info.txt", text.data, text.len, err);
    ap_buf_free(&text);
    return status;
}

static enum ap_status put_key(struct ap_bundle *bundle, const uint8_t key[AP_PUBLIC_KEY_LEN],
                              struct ap_bundle_summary *out, struct ap_error *err)
{
    struct ap_buf pem = AP_BUF_INIT;
    enum ap_status status = ap_public_key_pem(&pem, key, err);

    if (status == AP_OK)
        status = ap_public_key_fingerprint(key, out->fingerprint, err);
    if (status == AP_OK)
        status = bundle_put(bundle, "proof/pubkeys.pem", pem.data, pem.len, err);
    ap_buf_free(&pem);
    return status;
}

/* The lines of sha256sum for the members that are payload, or for those that are not, sorted. */
static enum ap_status list(struct ap_bundle *bundle, bool want_payload, struct ap_buf *out, struct ap_error *err)
{
    char hex[2 * AP_HASH_LEN];

    bundle_sort(bundle);
    for (size_t i = 0; i < bundle->count; i++) {
        const struct ap_member *member = bundle->members[i];

        if (is_payload(member) != want_payload)
            continue;
        ap_hex_encode(hex, member->sha256, AP_HASH_LEN);
        ap_buf_addf(out, "%.*s  %s\n", (int)sizeof hex, hex, member->path);
    }
    return ap_buf_check(out, "a manifest", err);
}

/* Signed is what the tag manifest says, which says all the rest. */
static enum ap_status put_manifests(struct ap_bundle *bundle, const struct ap_signing_key *key,
                                    struct ap_bundle_summary *out, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    uint8_t signature[AP_SIGNATURE_LEN];
    struct ap_member *member = NULL;
    enum ap_status status = list(bundle, true, &text, err);

    if (status == AP_OK)
        status = bundle_put(bundle, manifest_name, text.data, text.len, err);
    ap_buf_clear(&text);
    if (status == AP_OK)
        status = list(bundle, false, &text, err);
    if (status == AP_OK)
        status = ap_sign(key, text.data, text.len, signature, err);
    if (status == AP_OK)
        status = bundle_put(bundle, "tagmanifest.sig", signature, sizeof signature, err);
    if (status == AP_OK)
        status = bundle_begin(bundle, tagmanifest_name, &member, err);
    if (status == AP_OK)
        status = ap_member_write(member, text.data, text.len, err);
    if (status == AP_OK)
        status = ap_member_close(member, err);
    if (status == AP_OK)
        memcpy(out->tagmanifest_sha256, member->sha256, AP_HASH_LEN);
    ap_buf_free(&text);
    return status;
}

static enum ap_status check_closed(const struct ap_bundle *bundle, struct ap_error *err)
{
    if (bundle->finished)
        return ap_fail(err, AP_EINTERNAL, "the bundle is finished already");
    for (size_t i = 0; i < bundle->count; i++)
        if (bundle->members[i]->digest != NULL)
            return ap_fail(err, AP_ESTATE, "%s in the archive was not written to its end", bundle->members[i]->path);
    return AP_OK;
}

enum ap_status ap_bundle_finish(struct ap_bundle *bundle, const struct ap_signing_key *key,
                                const struct ap_bag_info *info, size_t info_count, struct ap_bundle_summary *out,
                                struct ap_error *err)
{
    uint8_t public_key[AP_PUBLIC_KEY_LEN];
    enum ap_status status = check_closed(bundle, err);

    memset(out, 0, sizeof *out);
    ap_signing_key_public(key, public_key);
    if (status == AP_OK)
        status = bundle_put(bundle, "bagit.txt", declaration, sizeof declaration - 1, err);
    if (status == AP_OK)
        status = put_info(bundle, info, info_count, out, err);
    if (status == AP_OK)
        status = put_key(bundle, public_key, out, err);
    if (status == AP_OK)
        status = put_manifests(bundle, key, out, err);
    if (status == AP_OK)
        status = pool_drain(&bundle->pool, err);
    if (status == AP_OK)
        status =
            ap_temp_file_open(&bundle->archive, bundle->beside, bundle->path == NULL || bundle->recipient != NULL, err);
    if (status == AP_OK) {
        bundle_sort(bundle);
        status = bundle_assemble(bundle, out, err);
    }
    out->encrypted = bundle->recipient != NULL;
    if (status == AP_OK && out->encrypted)
        status = ap_cms_recipient_fingerprint(bundle->recipient, out->encrypted_to, err);
    out->members = bundle->count;
    bundle->finished = status == AP_OK;
    return status;
}
