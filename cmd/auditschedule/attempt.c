/* One attempt at a run: the report made by another process, which may die of it, and what became of it recorded. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "options.h"
#include "receipt.h"
#include "runner.h"
#include "signals.h"

enum { RENEWALS = 3 };

/* What became of it. */
struct ending {
    char why[CHILD_SAID_SIZE]; /* it failed; or empty */
    struct receipt receipt;
};

bool runner_go_on(void *context)
{
    struct runner *runner = context;
    struct ap_error err;
    bool mine = false;

    if (cli_interrupted())
        return false;
    if (ap_run_renew(runner->db, &runner->who, &runner->run, &mine, &err) != AP_OK) {
        cli_warn("%s", err.message);
        /* A lease that could not be renewed may still hold: its end decides, in the database. */
        return !ap_db_is_lost(runner->db) || ap_db_reconnect(runner->db, &err) == AP_OK;
    }
    runner->lost = !mine;
    return mine;
}

/* Its own name before what it says is of no use to who reads the application's page. */
static const char *plain(const char *said)
{
    static const char prefix[] = "auditschedule: error: ";

    return strncmp(said, prefix, sizeof prefix - 1) == 0 ? said + sizeof prefix - 1 : said;
}

static enum ap_status make(struct runner *runner, struct output *output, struct ending *ending, struct ap_error *err)
{
    struct call call;
    char answer[RECEIPT_SIZE] = "";
    struct child child = {.argv = call.argv,
                          .answer = answer,
                          .answer_size = sizeof answer,
                          .tick_us = runner->who.lease_us / RENEWALS,
                          .go_on = runner_go_on,
                          .context = runner};
    enum ap_status status = output_name(output, &runner->place, &runner->run, err);

    if (status != AP_OK)
        return status;
    call_of(&call, runner, output);
    status = child_run(&child, err);
    if (status != AP_OK)
        return status;
    if (!child.ended)
        return ap_fail(err, AP_ECANCELLED, "the run was taken away, or this runner was stopped");
    if (child.status == EXIT_DONE || child.status == EXIT_FINDINGS) {
        status = receipt_read(&ending->receipt, answer, err);
        return status == AP_OK ? output_digest(output, err) : status;
    }
    if (child.said[0] != '\0')
        (void)snprintf(ending->why, sizeof ending->why, "%s", plain(child.said));
    else
        (void)snprintf(ending->why, sizeof ending->why, "the report's process ended with status %d", child.status);
    return AP_OK;
}

static enum ap_status record(struct runner *runner, const struct output *output, const struct ending *ending,
                             struct ap_error *err)
{
    struct ap_run_result result = {.error = ending->why[0] != '\0' ? ending->why : NULL,
                                   .url = output->url,
                                   .bytes = output->bytes,
                                   .verdict = ending->receipt.word,
                                   .bundle_sha256 = ending->receipt.has_bundle ? ending->receipt.bundle_sha256 : NULL};
    bool mine = false;
    enum ap_status status;

    memcpy(result.sha256, output->sha256, AP_HASH_LEN);
    status = ap_run_finish(runner->db, &runner->who, &runner->run, &result, &mine, err);
    if (status != AP_OK || mine) {
        runner->made += status == AP_OK && result.error == NULL;
        runner->failed += status == AP_OK && result.error != NULL;
        return status;
    }
    cli_warn("the run was another runner's by the time that it was done: its file is removed");
    return output_remove(output, err);
}

static void tell(const struct runner *runner, const char *what)
{
    char report[AP_UUID_TEXT_SIZE], time[AP_TIME_TEXT_SIZE];

    ap_uuid_format(report, &runner->run.report);
    ap_time_format(time, runner->run.scheduled_us);
    cli_say("%s of report %s, due %s, attempt %d: %s", runner->run.type, report, time, runner->run.attempt, what);
}

enum ap_status runner_attempt(struct runner *runner, struct ap_error *err)
{
    struct output output = {.bytes = 0};
    struct ending ending = {.why = ""};
    enum ap_status status;

    runner->lost = false;
    if (runner->run.given_up) {
        runner->failed++;
        tell(runner, runner->run.error);
        return AP_OK;
    }
    status = make(runner, &output, &ending, err);
    if (status == AP_ECANCELLED)
        return runner->lost ? AP_OK : status;
    if (status != AP_OK)
        (void)snprintf(ending.why, sizeof ending.why, "%.*s", (int)sizeof ending.why - 1, err->message);
    tell(runner, ending.why[0] != '\0' ? ending.why : "done");
    return record(runner, &output, &ending, err);
}
