/* The threads that deflate a bundle's members, block by block, into one spool. */
#ifndef AP_BUNDLE_POOL_H
#define AP_BUNDLE_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/error.h"
#include "auditproof/temp_file.h"
#include "deflate.h"

/* Where a block's deflated bytes stand in the spool, and the CRC-32 of what they were. */
struct extent {
    uint64_t offset;
    uint32_t len;
    uint32_t crc;
};

/* A member's blocks in their order. Only the pool reads or writes it before pool_drain. */
struct extents {
    struct extent *list; /* owned */
    size_t count, cap;
};

struct block {
    struct block *next;
    struct extents *into;
    size_t index;      /* of the extent */
    size_t window_len; /* bytes[0 .. window_len) precede the block in its member */
    size_t len;
    uint8_t bytes[DEFLATE_WINDOW + DEFLATE_BLOCK];
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t work, room; /* something to deflate, or the end; a block fewer under way */
    pthread_t *threads;        /* owned */
    unsigned started;
    struct block *first, **last; /* waiting to be deflated */
    struct block *spare;
    unsigned under_way, limit; /* blocks waiting or being deflated, and how many may be */
    bool ready, closing;
    uint64_t spooled;
    struct ap_temp_file spool;
    const char *where; /* borrowed: what the spool is beside */
    int level;
    const volatile bool *stop;
    enum ap_status status; /* the first failure, */
    struct ap_error err;   /* described */
};

/* where: the path whose directory takes the spool. pool_free in any case. */
AP_MUST_CHECK enum ap_status pool_start(struct pool *pool, const char *where, unsigned jobs, int level,
                                        const volatile bool *stop, struct ap_error *err);
void pool_free(struct pool *pool);

/* The first failure of any thread, if there was one. */
AP_MUST_CHECK enum ap_status pool_status(struct pool *pool, struct ap_error *err);

/* Make this the failure that all later calls tell of, unless there is one already; returns status. */
enum ap_status pool_fail(struct pool *pool, enum ap_status status, const struct ap_error *err);

/* An empty block, when few enough are under way. It is the caller's until pool_submit or pool_drop. */
AP_MUST_CHECK enum ap_status pool_take(struct pool *pool, struct block **out, struct ap_error *err);
void pool_drop(struct pool *pool, struct block *block);

/* Have it deflated and its extent put at the end of extents. Takes the block over, also when it fails. */
AP_MUST_CHECK enum ap_status pool_submit(struct pool *pool, struct block *block, struct extents *extents,
                                         struct ap_error *err);

/* Wait until nothing is under way. */
AP_MUST_CHECK enum ap_status pool_drain(struct pool *pool, struct ap_error *err);

/* Read an extent's bytes; out has room for them. */
AP_MUST_CHECK enum ap_status pool_read(const struct pool *pool, const struct extent *extent, uint8_t *out,
                                       struct ap_error *err);

#endif
