/* How often values occur in entries, and when. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_OCCURRENCES_H
#define AUDITPROOF_QUERY_OCCURRENCES_H

#include <stdint.h>

#include "auditproof/entry.h"
#include "auditproof/error.h"

enum { OCCURRENCE_KEYS = 3 };

struct occurrence {
    struct ap_value keys[OCCURRENCE_KEYS]; /* borrowed */
    uint64_t count;
    bool dated; /* some of them are: from, to */
    int64_t first_us, last_us;
};

/* Zero it first, and free it last. */
struct occurrences {
    struct occurrence *items;
    size_t count, room;
};

void occurrences_free(struct occurrences *list);

/* One more of these keys, of which some may be NULL. */
AP_MUST_CHECK enum ap_status occurrences_add(struct occurrences *list, const struct ap_value keys[OCCURRENCE_KEYS],
                                             bool dated, int64_t time_us, struct ap_error *err);

/* The most frequent first; of the same, the first that came. */
void occurrences_sort(struct occurrences *list);

#endif
