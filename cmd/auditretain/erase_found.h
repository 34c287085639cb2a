/* What an erasure finds, shown before anything is done. */
#ifndef AUDITPROOF_CMD_AUDITRETAIN_ERASE_FOUND_H
#define AUDITPROOF_CMD_AUDITRETAIN_ERASE_FOUND_H

#include <stdbool.h>
#include <stddef.h>

#include "auditproof/retain.h"

/* How many entries there are to be erased, held among them, to be reviewed, and with the subject in what stays. */
struct erase_found {
    size_t chosen, held, review, fixed;
};

struct erase_found erase_found_count(const struct ap_rows *rows);

/* Is the entry in this row of ap_erasure_find to be erased? */
bool erase_is_chosen(const struct ap_rows *rows, size_t row);

/* As text; bundles as ap_erasure_bundles gives them. */
void erase_found_put(const struct ap_rows *rows, const struct erase_found *n, const struct ap_rows *bundles);
AP_MUST_CHECK enum ap_status erase_found_put_json(const struct ap_rows *rows, const struct ap_rows *bundles,
                                                  struct ap_error *err);

#endif
