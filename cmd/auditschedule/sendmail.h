/* Handing mail to the system's sendmail. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_SENDMAIL_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_SENDMAIL_H

#include "auditproof/mail.h"

/* As ap_mail_smtp. A program that cannot be run is a result too. */
AP_MUST_CHECK enum ap_status sendmail_send(const char *path, const char *from, const char *to,
                                           const struct ap_buf *message, int64_t timeout_us,
                                           struct ap_mail_result *result, struct ap_error *err);

#endif
