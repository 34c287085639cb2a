#include "pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Blocks under way for each thread: one that it deflates, and enough waiting that it never does. */
enum { BLOCKS_A_THREAD = 3, STOP_LOOK_MS = 100 };

static enum ap_status fail_locked(struct pool *pool, enum ap_status status, const struct ap_error *err)
{
    if (pool->status == AP_OK) {
        pool->status = status;
        pool->err = *err;
    }
    (void)pthread_cond_broadcast(&pool->room);
    return status;
}

enum ap_status pool_fail(struct pool *pool, enum ap_status status, const struct ap_error *err)
{
    (void)pthread_mutex_lock(&pool->lock);
    (void)fail_locked(pool, status, err);
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

static enum ap_status status_locked(struct pool *pool, struct ap_error *err)
{
    if (pool->status == AP_OK && pool->stop != NULL && *pool->stop)
        pool->status = ap_fail(&pool->err, AP_ECANCELLED, "stopped");
    if (pool->status != AP_OK && err != NULL)
        *err = pool->err;
    return pool->status;
}

enum ap_status pool_status(struct pool *pool, struct ap_error *err)
{
    enum ap_status status;

    (void)pthread_mutex_lock(&pool->lock);
    status = status_locked(pool, err);
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

static enum ap_status spool(struct pool *pool, const uint8_t *bytes, size_t len, uint64_t *offset, struct ap_error *err)
{
    size_t done = 0;

    (void)pthread_mutex_lock(&pool->lock);
    *offset = pool->spooled;
    pool->spooled += len;
    (void)pthread_mutex_unlock(&pool->lock);
    while (done < len) {
        ssize_t n = pwrite(pool->spool.fd, bytes + done, len - done, (off_t)(*offset + done));

        if (n < 0 && errno != EINTR)
            return ap_fail_errno(err, errno, "cannot write the temporary file beside %s, after %llu bytes", pool->where,
                                 (unsigned long long)(*offset + done));
        done += n > 0 ? (size_t)n : 0;
    }
    return AP_OK;
}

static enum ap_status deflate_one(struct pool *pool, struct deflater *deflater, const struct block *block,
                                  struct extent *out, struct ap_error *err)
{
    const uint8_t *start = block->bytes + block->window_len, *bytes = NULL;
    size_t len = 0;
    enum ap_status status =
        deflater_run(deflater, block->bytes, block->window_len, start, block->len, DEFLATE_MORE, &bytes, &len, err);

    if (status != AP_OK)
        return status;
    out->len = (uint32_t)len;
    out->crc = deflate_crc(0, start, block->len);
    return spool(pool, bytes, len, &out->offset, err);
}

/* The next block, or NULL when there will be none. */
static struct block *next_block(struct pool *pool)
{
    struct block *block;

    while (pool->first == NULL && !pool->closing)
        (void)pthread_cond_wait(&pool->work, &pool->lock);
    block = pool->first;
    if (block == NULL)
        return NULL;
    pool->first = block->next;
    if (pool->first == NULL)
        pool->last = &pool->first;
    return block;
}

static void *pool_main(void *context)
{
    struct pool *pool = context;
    struct deflater *deflater = NULL;
    struct ap_error err;
    enum ap_status status = deflater_new(&deflater, pool->level, &err);
    struct block *block;

    (void)pthread_mutex_lock(&pool->lock);
    if (status != AP_OK)
        (void)fail_locked(pool, status, &err);
    while ((block = next_block(pool)) != NULL) {
        struct extent extent = {0};

        /* After a failure, what waits is thrown away. */
        if (pool->status == AP_OK) {
            (void)pthread_mutex_unlock(&pool->lock);
            status = deflate_one(pool, deflater, block, &extent, &err);
            (void)pthread_mutex_lock(&pool->lock);
            block->into->list[block->index] = extent;
            if (status != AP_OK)
                (void)fail_locked(pool, status, &err);
        }
        block->next = pool->spare;
        pool->spare = block;
        pool->under_way--;
        (void)pthread_cond_signal(&pool->room);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    deflater_free(deflater);
    return NULL;
}

static enum ap_status init_locks(struct pool *pool, struct ap_error *err)
{
    pthread_condattr_t monotonic;
    int failed = pthread_condattr_init(&monotonic);

    if (failed != 0)
        return ap_fail_errno(err, failed, "cannot make a lock");
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    failed = pthread_mutex_init(&pool->lock, NULL);
    if (failed == 0)
        failed = pthread_cond_init(&pool->work, &monotonic);
    if (failed == 0)
        failed = pthread_cond_init(&pool->room, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return failed == 0 ? AP_OK : ap_fail_errno(err, failed, "cannot make a lock");
}

enum ap_status pool_start(struct pool *pool, const char *where, unsigned jobs, int level, const volatile bool *stop,
                          struct ap_error *err)
{
    enum ap_status status;

    memset(pool, 0, sizeof *pool);
    pool->spool.fd = -1;
    pool->last = &pool->first;
    pool->where = where;
    pool->level = level;
    pool->stop = stop;
    pool->limit = jobs * BLOCKS_A_THREAD;
    status = init_locks(pool, err);
    pool->ready = status == AP_OK;
    if (status == AP_OK)
        status = ap_temp_file_open(&pool->spool, where, true, err);
    if (status != AP_OK)
        return status;
    pool->threads = calloc(jobs, sizeof *pool->threads);
    if (pool->threads == NULL)
        return ap_fail_memory(err, "threads");
    for (; pool->started < jobs; pool->started++) {
        int failed = pthread_create(&pool->threads[pool->started], NULL, pool_main, pool);

        if (failed != 0)
            return ap_fail_errno(err, failed, "cannot start a thread");
    }
    return AP_OK;
}

static void free_blocks(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;

        free(block);
        block = next;
    }
}

void pool_free(struct pool *pool)
{
    struct ap_error unwanted;

    if (!pool->ready)
        return;
    (void)ap_fail(&unwanted, AP_ECANCELLED, "stopped");
    (void)pthread_mutex_lock(&pool->lock);
    (void)fail_locked(pool, AP_ECANCELLED, &unwanted);
    pool->closing = true;
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++)
        (void)pthread_join(pool->threads[i], NULL);
    free(pool->threads);
    free_blocks(pool->first);
    free_blocks(pool->spare);
    ap_temp_file_close(&pool->spool);
    (void)pthread_cond_destroy(&pool->work);
    (void)pthread_cond_destroy(&pool->room);
    (void)pthread_mutex_destroy(&pool->lock);
}

/* With the lock: wait for news, and for so long only that the stop flag is seen. */
static void wait_for_room(struct pool *pool)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += STOP_LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&pool->room, &pool->lock, &until);
}

enum ap_status pool_take(struct pool *pool, struct block **out, struct ap_error *err)
{
    struct block *block = NULL;
    enum ap_status status;

    *out = NULL;
    (void)pthread_mutex_lock(&pool->lock);
    while ((status = status_locked(pool, err)) == AP_OK && pool->under_way >= pool->limit)
        wait_for_room(pool);
    if (status == AP_OK && pool->spare != NULL) {
        block = pool->spare;
        pool->spare = block->next;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    if (status != AP_OK)
        return status;
    if (block == NULL)
        block = malloc(sizeof *block);
    if (block == NULL)
        return ap_fail_memory(err, "a block");
    block->len = block->window_len = 0;
    *out = block;
    return AP_OK;
}

void pool_drop(struct pool *pool, struct block *block)
{
    if (block == NULL)
        return;
    (void)pthread_mutex_lock(&pool->lock);
    block->next = pool->spare;
    pool->spare = block;
    (void)pthread_mutex_unlock(&pool->lock);
}

static bool grow(struct extents *extents)
{
    size_t cap = extents->cap == 0 ? 1 : extents->cap * 2;
    struct extent *list;

    if (extents->count < extents->cap)
        return true;
    list = realloc(extents->list, cap * sizeof *list);
    if (list == NULL)
        return false;
    extents->list = list;
    extents->cap = cap;
    return true;
}

enum ap_status pool_submit(struct pool *pool, struct block *block, struct extents *extents, struct ap_error *err)
{
    struct ap_error failure;
    enum ap_status status;

    (void)pthread_mutex_lock(&pool->lock);
    /* The list may move: threads look into it with the lock only. */
    if (!grow(extents))
        (void)fail_locked(pool, ap_fail_memory(&failure, "a member's blocks"), &failure);
    status = status_locked(pool, err);
    if (status == AP_OK) {
        block->into = extents;
        block->index = extents->count++;
        block->next = NULL;
        *pool->last = block;
        pool->last = &block->next;
        pool->under_way++;
        (void)pthread_cond_signal(&pool->work);
    } else {
        block->next = pool->spare;
        pool->spare = block;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

enum ap_status pool_drain(struct pool *pool, struct ap_error *err)
{
    enum ap_status status;

    (void)pthread_mutex_lock(&pool->lock);
    while ((status = status_locked(pool, err)) == AP_OK && pool->under_way > 0)
        wait_for_room(pool);
    (void)pthread_mutex_unlock(&pool->lock);
    return status;
}

enum ap_status pool_read(const struct pool *pool, const struct extent *extent, uint8_t *out, struct ap_error *err)
{
    size_t done = 0;

    while (done < extent->len) {
        ssize_t n = pread(pool->spool.fd, out + done, extent->len - done, (off_t)(extent->offset + done));

        if (n < 0 && errno != EINTR)
            return ap_fail_errno(err, errno, "cannot read the temporary file beside %s", pool->where);
        if (n == 0)
            return ap_fail(err, AP_EIO, "the temporary file beside %s ends too soon", pool->where);
        done += n > 0 ? (size_t)n : 0;
    }
    return AP_OK;
}
