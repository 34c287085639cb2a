/* How far each chain was followed. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_HEADS_H
#define AUDITPROOF_QUERY_HEADS_H

#include "auditproof/bytes.h"
#include "auditproof/error.h"

struct head {
    struct ap_uuid chain;
    bool used;
    uint64_t seen;  /* every entry up to here was handed on */
    uint64_t there; /* the chain goes so far, as of the last look */
};

struct heads {
    struct head *table; /* owned; open addressing */
    size_t cap, count;
};

void heads_free(struct heads *heads);
/* The chain's place, made with zeros where it is new. */
AP_MUST_CHECK enum ap_status heads_get(struct heads *heads, const struct ap_uuid *chain, struct head **out,
                                       struct ap_error *err);

#endif
