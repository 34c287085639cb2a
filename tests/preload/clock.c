/*
 * Loaded before a program (LD_PRELOAD), lets it see the wall clock CLOCK_SHIFT seconds later, or earlier when negative;
 * the clock goes on from there. Clocks that only measure are left alone. There is no state, so that whatever forks,
 * is killed or has another's process number sees the same.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift_s(void)
{
    const char *text = getenv("CLOCK_SHIFT");

    return text != NULL ? strtol(text, NULL, 10) : 0;
}

/* Past this library, which defines the function of that name. */
static int real_clock(clockid_t clock, struct timespec *now)
{
    return (int)syscall(SYS_clock_gettime, clock, now);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = real_clock(clock, now);

    if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += shift_s();
    return failed;
}

/* As glibc declares it: the zone is void. */
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec real;

    (void)zone;
    if (real_clock(CLOCK_REALTIME, &real) != 0)
        return -1;
    now->tv_sec = real.tv_sec + shift_s();
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec real;

    if (real_clock(CLOCK_REALTIME, &real) != 0)
        return (time_t)-1;
    real.tv_sec += shift_s();
    if (out != NULL)
        *out = real.tv_sec;
    return real.tv_sec;
}
