/* run: everything that is due, by whichever runner comes first. */
#include <errno.h>
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

static const char *directory, *url, *runner_name;
static uint64_t lease_seconds = 300, attempts = 5;
static struct notify notify = {.timeout_s = NOTIFY_TIMEOUT_S, .grace_s = NOTIFY_GRACE_S};

const struct cli_option run_options[] = {
    {0, "output", "DIR", CLI_STRING, &directory, NULL, "where reports go, in a directory for each organization", NULL},
    {0, "url", "PREFIX", CLI_STRING, &url, NULL, "what the directory is called in links: https://host/reports",
     "What output_url begins with, in place of\n.Li file://\nand the directory."},
    {0, "runner", "NAME", CLI_STRING, &runner_name, NULL, "name of this runner; by default host and process", NULL},
    {0, "lease", "SECONDS", CLI_U64, &lease_seconds, NULL, "a runner that is silent for so long has lost its run (300)",
     NULL},
    {0, "attempts", "N", CLI_U64, &attempts, NULL, "try a run so often at most (5)", NULL},
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
        status = ap_run_claim(runner->db, &runner->who, &runner->run, &found, err);
        if (status == AP_OK && found)
            status = runner_attempt(runner, err);
        if (status == AP_OK)
            status = deliver_round(runner, err);
    }
    if (status == AP_OK)
        status = notify_all(&notify, runner->db, err);
    runner->failed += notify.failed;
    return status;
}

static enum ap_status set_up(struct runner *runner, struct ap_error *err)
{
    char host[64] = "";
    ssize_t len = readlink("/proc/self/exe", runner->tool, sizeof runner->tool - 1);

    if (len < 0)
        return ap_fail_errno(err, errno, "cannot find this program");
    runner->tool[len] = '\0';
    (void)gethostname(host, sizeof host - 1);
    (void)snprintf(runner->name, sizeof runner->name, "%s:%ld", host, (long)getpid());
    runner->who = (struct ap_runner){runner_name != NULL ? runner_name : runner->name,
                                     (int64_t)lease_seconds * AP_US_PER_SECOND, (int)attempts};
    runner->place = (struct output_place){directory, url};
    return cli_connect(&runner->db, "auditschedule", true, err);
}

int run_run(int argc, char **argv)
{
    const char *wrong = evidence_wrong();
    struct runner runner;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (directory == NULL || directory[0] != '/' || strlen(directory) >= OUTPUT_PATH_SIZE)
        return cli_usage("run needs --output, with the whole path of a directory");
    if (lease_seconds < 3 || lease_seconds > 86400 || attempts == 0 || attempts > 100)
        return cli_usage("--lease takes 3 to 86400 seconds, --attempts 1 to 100");
    if (wrong != NULL)
        return cli_usage("%s", wrong);
    if (deliver_check() != EXIT_DONE || notify_check(&notify) != EXIT_DONE)
        return EXIT_USAGE;
    memset(&runner, 0, sizeof runner);
    status = cli_catch_signals(&err);
    if (status == AP_OK)
        status = mailer_open(&err);
    if (status == AP_OK)
        status = set_up(&runner, &err);
    if (status == AP_OK)
        status = make_round(&runner, &err);
    ap_db_close(runner.db);
    mailer_close();
    return status != AP_OK ? cli_fail(&err) : runner.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
}
