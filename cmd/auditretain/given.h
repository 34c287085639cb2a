/* Bundles given out, as the register has them. */
#ifndef AUDITPROOF_CMD_AUDITRETAIN_GIVEN_H
#define AUDITPROOF_CMD_AUDITRETAIN_GIVEN_H

#include "auditproof/db.h"
#include "sheet.h"

/* Of ap_erasure_bundles. */
extern const struct sheet_column given_columns[];

/* One a line, each after `before`. */
void given_put(const struct ap_rows *bundles, const char *before);

#endif
