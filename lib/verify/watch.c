#include <errno.h>
#include <time.h>

#include "run.h"

/*
 * A statement that waits for a lock, or sorts, looks at no flag. A thread does meanwhile, and cancels what the run's
 * connections are at.
 */
enum { LOOK_EVERY_MS = 200 };

static void *watch_main(void *context)
{
    struct watch *watch = context;

    (void)pthread_mutex_lock(&watch->lock);
    while (!watch->over) {
        struct timespec until;

        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += LOOK_EVERY_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (pthread_cond_timedwait(&watch->changed, &watch->lock, &until) != ETIMEDOUT || !*watch->stop)
            continue;
        for (size_t i = 0; i < WATCH_MAX; i++)
            if (watch->connections[i] != NULL)
                ap_db_cancel(watch->connections[i]);
    }
    (void)pthread_mutex_unlock(&watch->lock);
    return NULL;
}

/* Timed by a clock that nobody sets. */
static int make_condition(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    int failed = pthread_condattr_init(&monotonic);

    if (failed != 0)
        return failed;
    failed = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    if (failed == 0)
        failed = pthread_cond_init(condition, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return failed;
}

enum ap_status watch_start(struct watch *watch, const volatile bool *stop, struct ap_error *err)
{
    static const volatile bool never = false;

    watch->stop = stop != NULL ? stop : &never;
    if (pthread_mutex_init(&watch->lock, NULL) != 0 || make_condition(&watch->changed) != 0)
        return ap_fail(err, AP_ENOMEM, "cannot make a lock");
    if (pthread_create(&watch->thread, NULL, watch_main, watch) != 0)
        return ap_fail(err, AP_ENOMEM, "cannot start a thread");
    watch->started = true;
    return AP_OK;
}

static void replace(struct watch *watch, const struct ap_db *old, struct ap_db *with)
{
    (void)pthread_mutex_lock(&watch->lock);
    for (size_t i = 0; i < WATCH_MAX; i++) {
        if (watch->connections[i] != old)
            continue;
        watch->connections[i] = with;
        break;
    }
    (void)pthread_mutex_unlock(&watch->lock);
}

void watch_add(struct watch *watch, struct ap_db *db)
{
    replace(watch, NULL, db);
}

void watch_remove(struct watch *watch, const struct ap_db *db)
{
    if (db != NULL)
        replace(watch, db, NULL);
}

void watch_end(struct watch *watch)
{
    if (!watch->started)
        return;
    (void)pthread_mutex_lock(&watch->lock);
    watch->over = true;
    (void)pthread_cond_signal(&watch->changed);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    (void)pthread_cond_destroy(&watch->changed);
    (void)pthread_mutex_destroy(&watch->lock);
}
