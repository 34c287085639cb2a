/* The segments of a chain, sorted: what has been seen of it, as runs of entries without a gap. See links.h. */
#ifndef AUDITPROOF_VERIFY_SEGMENTS_H
#define AUDITPROOF_VERIFY_SEGMENTS_H

#include "links.h"

void segments_free(struct link_chain *chain);

/* Index of the segment that entry seq extends, falls into or comes after; -1 when it comes before all. */
long segments_place(const struct link_chain *chain, uint64_t seq);

/* A segment of one entry, put at index `at`. AP_ELIMIT when there are too many. */
AP_MUST_CHECK enum ap_status segments_start(struct links *links, struct link_chain *chain, size_t at,
                                            const struct chained *entry, struct ap_error *err);

/* The entry comes right after segment `at`: make it its end, or a segment of its own that waits; `at` is where it is.
 */
AP_MUST_CHECK enum ap_status segments_extend(struct links *links, struct link_chain *chain, size_t *at,
                                             const struct chained *entry, struct ap_error *err);

/* Make segment `at` and those that follow it without a gap one, as far as they may be checked. */
AP_MUST_CHECK enum ap_status segments_join(struct links *links, struct link_chain *chain, size_t at,
                                           struct ap_error *err);

/* Check the waiting first entry of a segment against the end of the one before it. */
AP_MUST_CHECK enum ap_status segments_check_first(struct links *links, const struct link_end *before,
                                                  struct link_segment *segment, struct ap_error *err);

/* Put a whole segment of another thread's view in its place. AP_ELIMIT when it overlaps one: that is a fork. */
AP_MUST_CHECK enum ap_status segments_merge(struct links *links, struct link_chain *chain,
                                            const struct link_segment *segment, struct ap_error *err);

#endif
