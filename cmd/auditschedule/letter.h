/* What a mail says of a report. */
#ifndef AUDITPROOF_CMD_AUDITSCHEDULE_LETTER_H
#define AUDITPROOF_CMD_AUDITSCHEDULE_LETTER_H

#include "auditproof/buf.h"
#include "auditproof/outbox.h"

void letter_subject(struct ap_buf *out, const struct ap_outbox_mail *mail);

/* missing: why the report is not attached; NULL where it is. */
void letter_text(struct ap_buf *out, const struct ap_outbox_mail *mail, const char *missing);

/* What the report's file is called when it is attached: of ASCII. */
void letter_file_name(struct ap_buf *out, const struct ap_outbox_mail *mail);

#endif
