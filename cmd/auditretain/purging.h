/* What the commands of a purge print alike. */
#ifndef AUDITPROOF_CMD_AUDITRETAIN_PURGING_H
#define AUDITPROOF_CMD_AUDITRETAIN_PURGING_H

#include "auditproof/certificate.h"

/* A line about a chain of a plan. */
void purge_print_part(const struct ap_purge_part *part, const char *unit);

#endif
