/*
 * Loaded before a program (LD_PRELOAD), damages what it writes, as a bad cable, disk or memory would: of each file in
 * the directory FLIP_IN that it writes with FLIP_CALL, which is write or pwrite, one bit of the byte at FLIP_AT.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Files without a name stand in /proc with that of their directory, too. */
static int is_meant(int fd, const char *call)
{
    const char *in = getenv("FLIP_IN"), *calls = getenv("FLIP_CALL");
    char link[64], path[PATH_MAX + 1];
    ssize_t len;

    if (in == NULL || calls == NULL || strcmp(calls, call) != 0)
        return 0;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    return len > 0 && (size_t)len > strlen(in) && strncmp(path, in, strlen(in)) == 0 && path[strlen(in)] == '/';
}

static ssize_t write_flipped(int fd, const char *bytes, size_t len, off_t at, off_t flip, int placed)
{
    char *copy = malloc(len);
    ssize_t written;

    if (copy == NULL)
        return -1;
    memcpy(copy, bytes, len);
    copy[flip - at] = (char)(copy[flip - at] ^ 1);
    written = placed ? (ssize_t)syscall(SYS_pwrite64, fd, copy, len, at) : (ssize_t)syscall(SYS_write, fd, copy, len);
    free(copy);
    return written;
}

static off_t flip_at(void)
{
    const char *text = getenv("FLIP_AT");

    return text != NULL ? (off_t)strtoll(text, NULL, 10) : 0;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    off_t flip = flip_at();

    if (len > 0 && is_meant(fd, "write")) {
        off_t at = lseek(fd, 0, SEEK_CUR);

        if (at >= 0 && at <= flip && flip < at + (off_t)len)
            return write_flipped(fd, bytes, len, at, flip, 0);
    }
    return (ssize_t)syscall(SYS_write, fd, bytes, len);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    off_t flip = flip_at();

    if (len > 0 && at <= flip && flip < at + (off_t)len && is_meant(fd, "pwrite"))
        return write_flipped(fd, bytes, len, at, flip, 1);
    return (ssize_t)syscall(SYS_pwrite64, fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    return pwrite(fd, bytes, len, (off_t)at);
}
