/* run: everything that is due, by whichever runner comes first. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "auditproof/digest.h"
#include "auditproof/scheduler.h"
#include "child.h"
#include "commands.h"
#include "connect.h"
#include "reports.h"
#include "signals.h"

enum { PATH_SIZE = 4096, PART_SIZE = 256, NAME_SIZE = 160, RENEWALS = 3, MOST_ARGUMENTS = 32 };

static const char *directory, *url_prefix, *runner_name;
static uint64_t lease_seconds = 300, attempts = 5;

const struct cli_option run_options[] = {
    {0, "output", "DIR", CLI_STRING, &directory, NULL, "where reports go, in a directory for each organization", NULL},
    {0, "url", "PREFIX", CLI_STRING, &url_prefix, NULL, "what the directory is called in links: https://host/reports",
     "What output_url begins with, in place of\n.Li file://\nand the directory."},
    {0, "runner", "NAME", CLI_STRING, &runner_name, NULL, "name of this runner; by default host and process", NULL},
    {0, "lease", "SECONDS", CLI_U64, &lease_seconds, NULL, "a runner that is silent for so long has lost its run (300)",
     NULL},
    {0, "attempts", "N", CLI_U64, &attempts, NULL, "try a run so often at most (5)", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

struct work {
    struct ap_db *db;
    struct ap_runner runner;
    char name[NAME_SIZE];
    char tool[PATH_SIZE]; /* this program */
    struct ap_run run;
    bool lost;
    uint64_t made, failed;
};

/* Is the run still ours? Asked while another process makes the report. */
static bool go_on(void *context)
{
    struct work *work = context;
    struct ap_error err;
    bool mine = false;

    if (cli_interrupted())
        return false;
    if (ap_run_renew(work->db, &work->runner, &work->run, &mine, &err) != AP_OK) {
        cli_warn("%s", err.message);
        /* A lease that could not be renewed may still hold: its end decides, in the database. */
        return !ap_db_is_lost(work->db) || ap_db_reconnect(work->db, &err) == AP_OK;
    }
    work->lost = !mine;
    return mine;
}

struct file {
    char path[PATH_SIZE + PART_SIZE];
    char part[PART_SIZE]; /* of it, within the directory */
    uint8_t sha256[AP_HASH_LEN];
    uint64_t bytes;
};

static enum ap_status name_file(struct file *file, const struct ap_run *run, struct ap_error *err)
{
    char org[AP_UUID_TEXT_SIZE], report[AP_UUID_TEXT_SIZE], time[AP_TIME_TEXT_SIZE], again[16] = "";
    int n;

    ap_uuid_format(org, &run->organization);
    ap_uuid_format(report, &run->report);
    ap_time_format(time, run->scheduled_us);
    time[strcspn(time, ".Z")] = '\0';
    /* 2026-12-01T0900: no colons, which some file systems refuse. */
    if (strlen(time) == strlen("2026-12-01T09:00:00"))
        memcpy(time + 13, (char[]){time[14], time[15], '\0'}, 3);
    if (run->attempt > 1)
        (void)snprintf(again, sizeof again, "-%d", run->attempt);
    (void)snprintf(file->path, sizeof file->path, "%s/%s", directory, org);
    if (mkdir(file->path, 0750) != 0 && errno != EEXIST)
        return ap_fail_errno(err, errno, "cannot make the directory %s", file->path);
    n = snprintf(file->part, sizeof file->part, "%s/%s-%s-%.8s%s.%s", org, run->type, time, report, again, run->format);
    if (n < 0 || (size_t)n >= sizeof file->part)
        return ap_fail(err, AP_ELIMIT, "the name of a report is too long");
    (void)snprintf(file->path, sizeof file->path, "%s/%s", directory, file->part);
    return AP_OK;
}

static enum ap_status digest_file(struct file *file, struct ap_error *err)
{
    struct ap_digest *digest = NULL;
    uint8_t chunk[65536];
    ssize_t n = 1;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    enum ap_status status =
        fd < 0 ? ap_fail_errno(err, errno, "cannot read %s", file->path) : ap_digest_new(&digest, err);

    if (status == AP_OK)
        status = ap_digest_start(digest, err);
    file->bytes = 0;
    while (status == AP_OK && (n = read(fd, chunk, sizeof chunk)) > 0) {
        file->bytes += (uint64_t)n;
        status = ap_digest_add(digest, chunk, (size_t)n, err);
    }
    if (status == AP_OK && n < 0)
        status = ap_fail_errno(err, errno, "cannot read %s", file->path);
    if (status == AP_OK)
        status = ap_digest_end(digest, file->sha256, err);
    ap_digest_free(digest);
    if (fd >= 0)
        (void)close(fd);
    return status;
}

/* What the tool is called with, to make the report. */
struct call {
    char org[AP_UUID_TEXT_SIZE], since[AP_TIME_TEXT_SIZE], until[AP_TIME_TEXT_SIZE];
    const char *argv[MOST_ARGUMENTS];
};

static void put_call(struct call *call, const struct work *work, const struct file *file)
{
    const struct ap_run *run = &work->run;
    const char *fixed[] = {work->tool, "make",      run->type,  "--quiet",   "--org",    call->org,
                           "--since",  call->since, "--until",  call->until, "--format", run->format,
                           "--name",   run->name,   "--output", file->path};
    size_t count = sizeof fixed / sizeof fixed[0];

    ap_uuid_format(call->org, &run->organization);
    ap_time_format(call->since, run->from_us);
    ap_time_format(call->until, run->until_us);
    memcpy(call->argv, fixed, sizeof fixed);
    count += cli_connect_arguments(call->argv + count, MOST_ARGUMENTS - count - 1);
    call->argv[count] = NULL;
}

/* Its own name before what it says is of no use to who reads the application's page. */
static const char *plain(const char *said)
{
    static const char prefix[] = "auditschedule: error: ";

    return strncmp(said, prefix, sizeof prefix - 1) == 0 ? said + sizeof prefix - 1 : said;
}

/* Made by another process, which may die of it. */
static enum ap_status make(struct work *work, struct file *file, char why[CHILD_SAID_SIZE], bool *findings,
                           struct ap_error *err)
{
    struct call call;
    struct child child = {.argv = call.argv,
                          .out = STDERR_FILENO,
                          .tick_us = work->runner.lease_us / RENEWALS,
                          .go_on = go_on,
                          .context = work};
    enum ap_status status = name_file(file, &work->run, err);

    if (status != AP_OK)
        return status;
    put_call(&call, work, file);
    status = child_run(&child, err);
    if (status != AP_OK)
        return status;
    if (!child.ended)
        return ap_fail(err, AP_ECANCELLED, "the run was taken away, or this runner was stopped");
    *findings = child.status == EXIT_FINDINGS;
    why[0] = '\0';
    if (child.status == EXIT_DONE || child.status == EXIT_FINDINGS)
        return digest_file(file, err);
    if (child.said[0] != '\0')
        (void)snprintf(why, CHILD_SAID_SIZE, "%s", plain(child.said));
    else
        (void)snprintf(why, CHILD_SAID_SIZE, "the report's process ended with status %d", child.status);
    return AP_OK;
}

static enum ap_status record(struct work *work, const struct file *file, const char *why, bool findings,
                             struct ap_error *err)
{
    char url[PATH_SIZE + PART_SIZE];
    struct ap_run_result result = {.error = why[0] != '\0' ? why : NULL,
                                   .url = url,
                                   .bytes = file->bytes,
                                   .verdict = findings ? "findings" : "complete"};
    bool mine = false;
    enum ap_status status;

    memcpy(result.sha256, file->sha256, AP_HASH_LEN);
    (void)snprintf(url, sizeof url, "%s%s/%s", url_prefix != NULL ? "" : "file://",
                   url_prefix != NULL ? url_prefix : directory, file->part);
    status = ap_run_finish(work->db, &work->runner, &work->run, &result, &mine, err);
    if (status != AP_OK || mine) {
        work->made += status == AP_OK && result.error == NULL;
        work->failed += status == AP_OK && result.error != NULL;
        return status;
    }
    cli_warn("the run was another runner's by the time that it was done: its file is removed");
    return unlink(file->path) == 0 || errno == ENOENT ? AP_OK
                                                      : ap_fail_errno(err, errno, "cannot remove %s", file->path);
}

static void tell(const struct work *work, const char *what)
{
    char report[AP_UUID_TEXT_SIZE], time[AP_TIME_TEXT_SIZE];

    ap_uuid_format(report, &work->run.report);
    ap_time_format(time, work->run.scheduled_us);
    cli_say("%s of report %s, due %s, attempt %d: %s", work->run.type, report, time, work->run.attempt, what);
}

static enum ap_status work_on(struct work *work, struct ap_error *err)
{
    char why[CHILD_SAID_SIZE] = "";
    struct file file = {.bytes = 0};
    bool findings = false;
    enum ap_status status;

    work->lost = false;
    if (work->run.given_up) {
        work->failed++;
        tell(work, work->run.error);
        return AP_OK;
    }
    status = make(work, &file, why, &findings, err);
    if (status == AP_ECANCELLED)
        return work->lost ? AP_OK : status;
    if (status != AP_OK)
        (void)snprintf(why, sizeof why, "%.*s", (int)sizeof why - 1, err->message);
    tell(work, why[0] != '\0' ? why : "done");
    return record(work, &file, why, findings, err);
}

static enum ap_status plan_all(struct work *work, struct ap_error *err)
{
    struct ap_schedule_planned planned = {.any = true};
    enum ap_status status = AP_OK;

    while (status == AP_OK && planned.any && !cli_interrupted()) {
        status = ap_schedule_plan(work->db, &planned, err);
        if (status == AP_OK && planned.wrong) {
            char report[AP_UUID_TEXT_SIZE];

            ap_uuid_format(report, &planned.report);
            cli_error("report %s cannot be planned: %s", report, planned.why);
            work->failed++;
        }
    }
    return status;
}

static enum ap_status run_all(struct work *work, struct ap_error *err)
{
    enum ap_status status = plan_all(work, err);
    bool found = true;

    while (status == AP_OK && found && !cli_interrupted()) {
        status = ap_run_claim(work->db, &work->runner, &work->run, &found, err);
        if (status == AP_OK && found)
            status = work_on(work, err);
    }
    return status;
}

static enum ap_status set_up(struct work *work, struct ap_error *err)
{
    char host[64] = "";
    ssize_t len = readlink("/proc/self/exe", work->tool, sizeof work->tool - 1);

    if (len < 0)
        return ap_fail_errno(err, errno, "cannot find this program");
    work->tool[len] = '\0';
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(work->name, sizeof work->name, "%s:%ld", host, (long)getpid());
    work->runner = (struct ap_runner){runner_name != NULL ? runner_name : work->name,
                                      (int64_t)lease_seconds * AP_US_PER_SECOND, (int)attempts};
    return cli_connect(&work->db, "auditschedule", true, err);
}

int run_run(int argc, char **argv)
{
    struct work work;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (directory == NULL || directory[0] != '/' || strlen(directory) >= PATH_SIZE)
        return cli_usage("run needs --output, with the whole path of a directory");
    if (lease_seconds < 3 || lease_seconds > 86400 || attempts == 0 || attempts > 100)
        return cli_usage("--lease takes 3 to 86400 seconds, --attempts 1 to 100");
    memset(&work, 0, sizeof work);
    status = cli_catch_signals(&err);
    if (status == AP_OK)
        status = set_up(&work, &err);
    if (status == AP_OK)
        status = run_all(&work, &err);
    ap_db_close(work.db);
    return status != AP_OK ? cli_fail(&err) : work.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
