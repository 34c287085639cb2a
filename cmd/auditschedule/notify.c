#include "notify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/file.h"
#include "auditproof/scheduler.h"
#include "child.h"
#include "signals.h"

/* A program that fails so often has something wrong with itself. */
enum { MOST_FAILURES = 3, SPARE_S = 60, TIMEOUT_MAX_S = 3600, VARIABLE_SIZE = 128, TICK_US = 100000 };

struct patience {
    int64_t until_us;
};

static bool go_on(void *context)
{
    const struct patience *patience = context;

    return ap_clock_monotonic_us() < patience->until_us && !cli_interrupted();
}

int notify_check(const struct notify *notify)
{
    if (notify->timeout_s < 1 || notify->timeout_s > TIMEOUT_MAX_S)
        return cli_usage("--notify-timeout takes 1 to %d seconds", TIMEOUT_MAX_S);
    if (notify->command == NULL)
        return EXIT_DONE;
    if (notify->command[0] != '/')
        return cli_usage("--notify-command takes the whole path of a program, without arguments");
    if (access(notify->command, X_OK) != 0)
        return cli_usage("--notify-command: %s: %s", notify->command, strerror(errno));
    return EXIT_DONE;
}

/* Its standard input: in memory, so that nobody waits for a program that does not read. */
static enum ap_status open_input(int *fd, const struct ap_notice *notice, struct ap_error *err)
{
    enum ap_status status;

    *fd = memfd_create("notice", MFD_CLOEXEC);
    if (*fd < 0)
        return ap_fail_errno(err, errno, "cannot hold a notice");
    status = ap_file_write(*fd, "a notice", notice->json.data, notice->json.len, err);
    if (status == AP_OK && lseek(*fd, 0, SEEK_SET) != 0)
        status = ap_fail_errno(err, errno, "cannot hold a notice");
    return status;
}

/* What became of it, in `why`; empty where somebody was told. */
static enum ap_status run(const struct notify *notify, const struct ap_notice *notice, char why[CHILD_SAID_SIZE],
                          struct ap_error *err)
{
    const char *const names[] = {"NOTICE", "REPORT_ID", "ORGANIZATION_ID", "REPORT_TYPE", "SCHEDULED_FOR"};
    const char *const values[] = {notice->moment, notice->report, notice->organization, notice->type,
                                  notice->scheduled};
    enum { COUNT = sizeof names / sizeof names[0] };
    char variables[COUNT][VARIABLE_SIZE], answer[CHILD_SAID_SIZE];
    const char *environment[COUNT + 1], *argv[] = {notify->command, NULL};
    struct patience patience = {ap_clock_monotonic_us() + (int64_t)notify->timeout_s * AP_US_PER_SECOND};
    struct child child = {.argv = argv,
                          .environment = environment,
                          .answer = answer,
                          .answer_size = sizeof answer,
                          .tick_us = TICK_US,
                          .go_on = go_on,
                          .context = &patience};
    enum ap_status status = open_input(&child.in, notice, err);

    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(variables[i], VARIABLE_SIZE, "AUDITPROOF_%s=%s", names[i], values[i]);
        environment[i] = variables[i];
    }
    environment[COUNT] = NULL;
    if (status == AP_OK)
        status = child_run(&child, err);
    if (child.in > 0)
        (void)close(child.in);
    why[0] = '\0';
    if (status == AP_OK && !child.ended && cli_interrupted())
        (void)snprintf(why, CHILD_SAID_SIZE, "this program was stopped");
    else if (status == AP_OK && !child.ended)
        (void)snprintf(why, CHILD_SAID_SIZE, "it was killed after %d seconds", (int)notify->timeout_s);
    else if (status == AP_OK && child.status != 0)
        (void)snprintf(why, CHILD_SAID_SIZE, "it ended with status %d%s%.800s", child.status,
                       child.said[0] != '\0' ? ": " : "", child.said);
    return status;
}

static const char *word_of(const char *moment)
{
    if (strcmp(moment, "late") == 0)
        return "is late";
    if (strcmp(moment, "mail") == 0)
        return "could not be mailed";
    return strcmp(moment, "failed") == 0 ? "failed" : "cannot be planned";
}

static enum ap_status tell(struct notify *notify, struct ap_db *db, const struct ap_notice *notice,
                           struct ap_error *err)
{
    char why[CHILD_SAID_SIZE] = "";
    enum ap_status status = run(notify, notice, why, err);

    if (status != AP_OK)
        (void)snprintf(why, sizeof why, "%.800s", err->message);
    if (why[0] != '\0') {
        notify->failed++;
        cli_warn("%s was not told that report %s %s: %s; it will be tried again", notify->command, notice->report,
                 word_of(notice->moment), why);
    } else {
        notify->told++;
    }
    return ap_notice_end(db, notice, why[0] != '\0' ? why : NULL, err);
}

enum ap_status notify_all(struct notify *notify, struct ap_db *db, struct ap_error *err)
{
    struct ap_notices wanted = {.late = notify->late,
                                .grace_us = (int64_t)notify->grace_s * AP_US_PER_SECOND,
                                .lease_us = (int64_t)(notify->timeout_s + SPARE_S) * AP_US_PER_SECOND};
    bool found = notify->command != NULL;
    enum ap_status status = found ? ap_schedule_now(db, &wanted.started_us, err) : AP_OK;

    notify->told = notify->failed = 0;
    while (status == AP_OK && found && notify->failed < MOST_FAILURES && !cli_interrupted()) {
        struct ap_notice notice;

        status = ap_notice_claim(db, &wanted, &notice, &found, err);
        if (status == AP_OK && found)
            status = tell(notify, db, &notice, err);
        ap_notice_free(&notice);
    }
    return status;
}
