/* run: everything that is due, by whichever runner comes first. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "commands.h"
#include "connect.h"
#include "deliver.h"
#include "evidence.h"
#include "notify.h"
#include "runner.h"
#include "signals.h"

enum {
    SHORTEST_WAIT_MS = 50,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 60000,
    USUAL_POLL_S = 60,
    MOST_POLL_S = 3600,
    MOST_TIMEOUT_S = 30 * 86400
};

static const char *directory, *url, *command, *runner_name;
static uint64_t lease_seconds = 300, attempts = 5, longest_seconds = 21600, poll_seconds;
static bool stay;
static struct notify notify = {.timeout_s = NOTIFY_TIMEOUT_S, .grace_s = NOTIFY_GRACE_S};

const struct cli_option run_options[] = {
    {0, "output", "DIR", CLI_STRING, &directory, NULL, "where reports go, in a directory for each organization", NULL},
    {0, "url", "PREFIX", CLI_STRING, &url, NULL, "what the directory is called in links: https://host/reports",
     "What output_url begins with, in place of\n.Li file://\nand the directory."},
    {0, "output-command", "PROGRAM", CLI_STRING, &command, NULL, "what takes each report, instead of a directory",
     "A program that takes each report on its standard input, instead of a directory: see\n.Sx OUTPUT ."},
    {0, "daemon", NULL, CLI_FLAG, &stay, NULL, "stay, and make reports as they become due", NULL},
    {0, "poll", "SECONDS", CLI_U64, &poll_seconds, NULL, "with --daemon, look for new reports so often at least (60)",
     NULL},
    {0, "runner", "NAME", CLI_STRING, &runner_name, NULL, "name of this runner; by default host and process", NULL},
    {0, "lease", "SECONDS", CLI_U64, &lease_seconds, NULL, "a runner that is silent for so long has lost its run (300)",
     NULL},
    {0, "attempts", "N", CLI_U64, &attempts, NULL, "try a run so often at most (5)", NULL},
    {0, "timeout", "SECONDS", CLI_U64, &longest_seconds, NULL, "stop an attempt that takes longer (21600)",
     "Stop an attempt, or an output command, that takes longer (21600, six hours); it is tried again, as any that "
     "failed."},
    EVIDENCE_OPTIONS,
    DELIVER_OPTIONS,
    NOTIFY_OPTIONS(notify),
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status plan_all(struct runner *runner, struct ap_error *err)
{
    struct ap_schedule_planned planned = {.any = true};
    enum ap_status status = AP_OK;

    while (status == AP_OK && planned.any && !cli_interrupted()) {
        status = ap_schedule_plan(runner->db, &planned, err);
        if (status == AP_OK && planned.wrong) {
            char report[AP_UUID_TEXT_SIZE];

            ap_uuid_format(report, &planned.report);
            cli_error("report %s cannot be planned: %s", report, planned.why);
            runner->failed++;
        }
    }
    return status;
}

/* All that is due now. */
static enum ap_status make_round(struct runner *runner, struct ap_error *err)
{
    enum ap_status status = deliver_begin(runner, err);
    bool found = true;

    if (status == AP_OK)
        status = plan_all(runner, err);
    while (status == AP_OK && found && !cli_interrupted()) {
        runner->held_until_us = ap_clock_monotonic_us() + runner->who.lease_us;
        status = ap_run_claim(runner->db, &runner->who, &runner->run, &found, err);
        if (status == AP_OK && found)
            status = runner_attempt(runner, err);
        if (status == AP_OK)
            status = deliver_round(runner, err);
    }
    if (status == AP_OK && !cli_interrupted())
        status = output_clear(&runner->place, runner->db, err);
    if (status == AP_OK && !cli_interrupted())
        status = deliver_forget(runner, err);
    if (status == AP_OK && !cli_interrupted())
        status = notify_all(&notify, runner->db, err);
    runner->failed += notify.failed;
    return cli_interrupted() && status == AP_OK ? ap_fail(err, AP_ECANCELLED, "stopped on request") : status;
}

/* Rounds, one when something is due. What keeps one from being made, may do so for a while. */
static void make_rounds(struct runner *runner)
{
    int64_t wait_us, longest_ms = (int64_t)poll_seconds * 1000, idle_ms = SHORTEST_WAIT_MS, pause_ms = FIRST_PAUSE_MS;
    struct ap_error err;

    while (!cli_interrupted()) {
        uint64_t before = runner->made;
        enum ap_status status = make_round(runner, &err);

        if (status == AP_OK)
            status = ap_schedule_wait(runner->db, deliver_waits(runner), (int64_t)poll_seconds * AP_US_PER_SECOND,
                                      &wait_us, &err);
        if (cli_interrupted())
            break;
        if (status == AP_OK) {
            /* What is due and was not to be had is another runner's, or nobody's here: it is looked for less and less.
             */
            idle_ms = runner->made > before ? SHORTEST_WAIT_MS : 2 * idle_ms;
            idle_ms = idle_ms < longest_ms ? idle_ms : longest_ms;
            pause_ms = FIRST_PAUSE_MS;
            runner_wait(wait_us > idle_ms * 1000 ? wait_us : idle_ms * 1000);
            idle_ms = wait_us > 0 ? SHORTEST_WAIT_MS : idle_ms;
            continue;
        }
        cli_warn("%s: trying again in %d s", err.message, (int)(pause_ms / 1000));
        runner_wait(pause_ms * 1000);
        pause_ms = 2 * pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : LONGEST_PAUSE_MS;
        runner->held_until_us = 0;
        if (status == AP_ECONNECT || ap_db_is_lost(runner->db))
            (void)runner_reconnect(runner, &err);
    }
}

static enum ap_status set_up(struct runner *runner, struct ap_error *err)
{
    char host[64] = "";
    enum ap_status status;
    ssize_t len = readlink("/proc/self/exe", runner->tool, sizeof runner->tool - 1);

    if (len < 0)
        return ap_fail_errno(err, errno, "cannot find this program");
    runner->tool[len] = '\0';
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(runner->name, sizeof runner->name, "%s:%ld", host, (long)getpid());
    runner->who = (struct ap_runner){runner_name != NULL ? runner_name : runner->name,
                                     (int64_t)lease_seconds * AP_US_PER_SECOND, (int)attempts};
    runner->longest_us = (int64_t)longest_seconds * AP_US_PER_SECOND;
    runner->place = (struct output_place){directory, url, command, ""};
    /* A runner that is set up wrong is to say so, and not to use up what tries a report has. */
    status = evidence_readable(err);
    if (status == AP_OK)
        status = output_place_open(&runner->place, err);
    return status == AP_OK ? cli_connect(&runner->db, "auditschedule", true, err) : status;
}

static int check_options(void)
{
    if ((directory == NULL) == (command == NULL))
        return cli_usage("run needs --output, with the whole path of a directory, or --output-command");
    if (directory != NULL && (directory[0] != '/' || strlen(directory) >= OUTPUT_PATH_SIZE / 2))
        return cli_usage("run needs --output, with the whole path of a directory");
    if (command != NULL && (command[0] != '/' || access(command, X_OK) != 0))
        return cli_usage("--output-command takes the whole path of a program: there is none at %s", command);
    if (command != NULL && url != NULL)
        return cli_usage("--url goes with --output: a command tells itself where a report is");
    if (lease_seconds < 3 || lease_seconds > 86400 || attempts == 0 || attempts > 100)
        return cli_usage("--lease takes 3 to 86400 seconds, --attempts 1 to 100");
    if (longest_seconds == 0 || longest_seconds > MOST_TIMEOUT_S)
        return cli_usage("--timeout takes 1 to %d seconds", MOST_TIMEOUT_S);
    if (poll_seconds > 0 && !stay)
        return cli_usage("--poll goes with --daemon");
    if (poll_seconds > MOST_POLL_S)
        return cli_usage("--poll takes 1 to %d seconds", MOST_POLL_S);
    return EXIT_DONE;
}

int run_run(int argc, char **argv)
{
    const char *wrong = evidence_wrong();
    struct runner runner;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (check_options() != EXIT_DONE)
        return EXIT_USAGE;
    if (wrong != NULL)
        return cli_usage("%s", wrong);
    if (deliver_check() != EXIT_DONE || notify_check(&notify) != EXIT_DONE)
        return EXIT_USAGE;
    poll_seconds = poll_seconds > 0 ? poll_seconds : USUAL_POLL_S;
    memset(&runner, 0, sizeof runner);
    status = cli_catch_signals(&err);
    if (status == AP_OK)
        status = mailer_open(&err);
    if (status == AP_OK)
        status = set_up(&runner, &err);
    /* Whoever closes a terminal, or asks for settings to be read again, does not mean it to end. */
    if (status == AP_OK && stay && signal(SIGHUP, SIG_IGN) == SIG_ERR)
        status = ap_fail_errno(&err, errno, "cannot prepare for signals");
    if (status == AP_OK && stay)
        make_rounds(&runner);
    else if (status == AP_OK)
        status = make_round(&runner, &err);
    ap_db_close(runner.db);
    mailer_close();
    return status != AP_OK ? cli_fail(&err) : runner.failed > 0 && !stay ? EXIT_FINDINGS : EXIT_DONE;
}
