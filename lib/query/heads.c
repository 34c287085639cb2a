#include "heads.h"

#include <stdlib.h>

enum { FIRST_CAP = 64 };

void heads_free(struct heads *heads)
{
    free(heads->table);
    *heads = (struct heads){NULL, 0, 0};
}

/* Chains are random numbers, or chosen by whoever made the tenant: who chose badly waits longer. */
static struct head *find(const struct heads *heads, const struct ap_uuid *chain)
{
    size_t at = (size_t)(ap_get_u64(chain->bytes) ^ ap_get_u64(chain->bytes + 8)) & (heads->cap - 1);

    while (heads->table[at].used && !ap_uuid_equal(&heads->table[at].chain, chain))
        at = (at + 1) & (heads->cap - 1);
    return &heads->table[at];
}

static enum ap_status grow(struct heads *heads, struct ap_error *err)
{
    struct heads bigger = {NULL, heads->cap == 0 ? FIRST_CAP : heads->cap * 2, heads->count};

    bigger.table = calloc(bigger.cap, sizeof *bigger.table);
    if (bigger.table == NULL)
        return ap_fail_memory(err, "the chains that are followed");
    for (size_t i = 0; i < heads->cap; i++)
        if (heads->table[i].used)
            *find(&bigger, &heads->table[i].chain) = heads->table[i];
    free(heads->table);
    *heads = bigger;
    return AP_OK;
}

enum ap_status heads_get(struct heads *heads, const struct ap_uuid *chain, struct head **out, struct ap_error *err)
{
    if ((heads->count + 1) * 2 > heads->cap) {
        enum ap_status status = grow(heads, err);

        if (status != AP_OK)
            return status;
    }
    *out = find(heads, chain);
    if (!(*out)->used) {
        **out = (struct head){*chain, true, 0, 0};
        heads->count++;
    }
    return AP_OK;
}
