#include "auditproof/certificate_check.h"

#include <stdlib.h>
#include <string.h>

#include "auditproof/digest.h"

static void tell(struct ap_certificate_check_report *report, enum ap_finding_kind kind, const char *expected,
                 const char *found)
{
    struct ap_finding *finding = &report->findings[report->finding_count++];

    finding->kind = kind;
    ap_finding_text(finding->expected, "%s", expected);
    ap_finding_text(finding->found, "%s", found);
}

static bool is_pinned(const struct ap_certificate_check_report *report, const struct ap_pin *pin)
{
    return pin->is_fingerprint ? memcmp(pin->fingerprint, report->fingerprint, AP_HASH_LEN) == 0
                               : ap_vkey_equal(&pin->vkey, &report->vkey);
}

static enum ap_status check_signature(struct ap_certificate_check_report *report, struct ap_digest *digest,
                                      const struct ap_note *note, struct ap_error *err)
{
    enum ap_signed how = AP_SIGNED_NOT;
    enum ap_status status;

    if (ap_vkey_parse(&report->vkey, digest, report->says.key, strlen(report->says.key), NULL) != AP_OK ||
        report->vkey.type != AP_KEY_NOTE) {
        tell(report, AP_FINDING_SIGNATURE, "a verifier key", report->says.key);
        return AP_OK;
    }
    report->read = true;
    status = ap_public_key_fingerprint(report->vkey.key, report->fingerprint, err);
    if (status == AP_OK)
        status = ap_note_check(note, &report->vkey, &how, NULL, err);
    if (status == AP_OK && how != AP_SIGNED_WELL)
        tell(report, AP_FINDING_SIGNATURE, "signed by the key that it names",
             how == AP_SIGNED_BADLY ? "another text under its signature" : "no signature of it");
    return status;
}

static enum ap_status check_note(struct ap_certificate_check_report *report, struct ap_digest *digest,
                                 struct ap_note *note, const char *bytes, size_t len, struct ap_error *err)
{
    struct ap_error why;
    enum ap_status status = ap_note_parse_long(note, bytes, len, AP_CERTIFICATE_MAX, &why);

    if (status == AP_OK)
        status = ap_certificate_read(&report->says, note->text, note->text_len, &why);
    if (status == AP_OK)
        return check_signature(report, digest, note, err);
    if (status != AP_EINPUT && status != AP_ELIMIT) {
        if (err != NULL)
            *err = why;
        return status;
    }
    tell(report, AP_FINDING_PURGE, "a certificate of destruction", why.message);
    return AP_OK;
}

enum ap_status ap_certificate_check(const char *bytes, size_t len, const struct ap_pin *pins, size_t pin_count,
                                    struct ap_certificate_check_report *report, struct ap_error *err)
{
    const struct ap_span whole = {bytes, len};
    struct ap_note *note = calloc(1, sizeof *note);
    struct ap_digest *digest = NULL;
    enum ap_status status;

    memset(report, 0, sizeof *report);
    status = note != NULL ? ap_digest_new(&digest, err) : ap_fail_memory(err, "a certificate");
    if (status == AP_OK)
        status = ap_digest_spans(digest, report->sha256, &whole, 1, err);
    if (status == AP_OK)
        status = check_note(report, digest, note, bytes, len, err);
    report->verdict = report->finding_count > 0 ? AP_BUNDLE_FINDINGS : AP_BUNDLE_INTACT;
    for (size_t i = 0; i < pin_count && report->verdict == AP_BUNDLE_INTACT; i++)
        if (is_pinned(report, &pins[i]))
            report->verdict = AP_BUNDLE_TRUSTED;
    ap_digest_free(digest);
    free(note);
    return status;
}

void ap_certificate_check_report_free(struct ap_certificate_check_report *report)
{
    ap_purge_text_free(&report->says);
}
