/* auditverify FILE: a certificate of destruction, without a database. */
#ifndef AUDITPROOF_CMD_AUDITVERIFY_CERTIFICATE_H
#define AUDITPROOF_CMD_AUDITVERIFY_CERTIFICATE_H

#include "auditproof/certificate_check.h"

/* Does the file begin as one? Its offset stays. False for what cannot be read again. */
bool certificate_is(int fd);

AP_MUST_CHECK enum ap_status certificate_check(const char *file, const struct ap_pin *pins, size_t pin_count,
                                               struct ap_certificate_check_report *report, struct ap_error *err);
void certificate_text(const char *file, bool colour, const struct ap_certificate_check_report *report);
void certificate_json(const char *file, const struct ap_certificate_check_report *report, bool lines);

#endif
