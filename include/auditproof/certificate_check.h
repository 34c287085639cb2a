/*
 * Checking a certificate of destruction by itself, without a database (audit-certificate(5), CHECKING): its form, that
 * its numbers agree with each other, and its signature. That it is true of a database, ap_verify tells.
 */
#ifndef AUDITPROOF_CERTIFICATE_CHECK_H
#define AUDITPROOF_CERTIFICATE_CHECK_H

#include "auditproof/bundle_check.h"
#include "auditproof/certificate.h"

struct ap_certificate_check_report {
    enum ap_bundle_verdict verdict; /* intact: by the key that it names itself; trusted: and that is pinned */
    struct ap_finding findings[2];
    size_t finding_count;
    bool read;                 /* what follows could be */
    struct ap_purge_text says; /* owned */
    struct ap_vkey vkey;
    uint8_t fingerprint[AP_HASH_LEN];
    uint8_t sha256[AP_HASH_LEN]; /* of the file, as the chain has it */
};

/* Whatever is wrong with the bytes is a finding. Free the report in every case. */
AP_MUST_CHECK enum ap_status ap_certificate_check(const char *bytes, size_t len, const struct ap_pin *pins,
                                                  size_t pin_count, struct ap_certificate_check_report *report,
                                                  struct ap_error *err);
void ap_certificate_check_report_free(struct ap_certificate_check_report *report);

#endif
