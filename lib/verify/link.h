/* One link of a chain: does an entry follow from what stands before it? What does not is reported. */
#ifndef AUDITPROOF_VERIFY_LINK_H
#define AUDITPROOF_VERIFY_LINK_H

#include "links.h"

/*
 * Check an entry against what stands before it. A predecessor whose stored hash was tampered with is its own finding:
 * its successor may follow from what that hash should have been, and is then not reported again. `computed` is the
 * hash that the entry should have.
 */
AP_MUST_CHECK enum ap_status link_check(struct links *links, const struct link_end *before, const struct chained *entry,
                                        uint8_t computed[AP_HASH_LEN], struct ap_error *err);

/* Make the entry the end of what has been seen. */
void link_set_end(struct link_end *end, const struct chained *entry, const uint8_t computed[AP_HASH_LEN]);

/* Entries `from` to `to` are not there. */
AP_MUST_CHECK enum ap_status link_report_gap(struct links *links, const struct ap_uuid *chain, uint64_t from,
                                             uint64_t to, struct ap_error *err);

/* A second entry of one number; `end` is where the first stands. AP_ELIMIT unless in_order: only order tells which. */
AP_MUST_CHECK enum ap_status link_report_fork(struct links *links, struct link_end *end, const struct chained *entry,
                                              struct ap_error *err);

/* A sequence number that no chain has. */
AP_MUST_CHECK enum ap_status link_report_misnumbered(struct links *links, const struct chained *entry,
                                                     struct ap_error *err);

#endif
