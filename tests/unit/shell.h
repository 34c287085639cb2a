/* A directory of the test's own, and the system's tools in it. */
#ifndef TEST_SHELL_H
#define TEST_SHELL_H

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auditproof/error.h"

static char directory[64];

/* sh -c in the test's directory. True when it exits 0; what it says goes to the test's own output. */
AP_PRINTF(1, 2) static bool sh(const char *fmt, ...)
{
    char command[4096];
    va_list args;
    int status;
    pid_t pid;

    va_start(args, fmt);
    ck_assert_int_lt(vsnprintf(command, sizeof command, fmt, args), (int)sizeof command);
    va_end(args);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (chdir(directory) == 0)
            (void)execl("/bin/sh", "sh", "-ec", command, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static const char *in_directory(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static void directory_make(const char *name)
{
    const char *base = getenv("TMPDIR");

    ck_assert_int_lt(snprintf(directory, sizeof directory, "%s/%s.XXXXXX", base == NULL ? "/tmp" : base, name),
                     (int)sizeof directory);
    ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void directory_remove(void)
{
    ck_assert(sh("cd / && rm -rf '%s'", directory));
}

#endif
