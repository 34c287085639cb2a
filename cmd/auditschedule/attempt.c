/* One attempt at a run: the report made by another process, which may die of it, and what became of it recorded. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auditproof/clock.h"
#include "failpoint.h"
#include "options.h"
#include "receipt.h"
#include "runner.h"
#include "signals.h"

enum { RENEWALS = 3, FIRST_PAUSE_MS = 250, LONGEST_PAUSE_MS = 5000, CONFLICTS = 5 };

/* What became of it. */
struct ending {
    char why[CHILD_SAID_SIZE]; /* it failed; or empty */
    bool lasting;              /* and would again */
    bool on_record;            /* the report is */
    struct receipt receipt;
};

void runner_wait(int64_t wait_us)
{
    struct pollfd signals = {cli_signal_fd(), POLLIN, 0};

    (void)poll(&signals, 1, (int)((wait_us + 999) / 1000));
}

bool runner_reconnect(struct runner *runner, struct ap_error *err)
{
    int pause_ms = FIRST_PAUSE_MS;

    while (ap_db_reconnect(runner->db, err) != AP_OK) {
        if (cli_interrupted() || ap_clock_monotonic_us() >= runner->held_until_us)
            return false;
        runner_wait((int64_t)pause_ms * 1000);
        pause_ms = 2 * pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : LONGEST_PAUSE_MS;
    }
    return true;
}

bool runner_go_on(void *context)
{
    struct runner *runner = context;
    int64_t asked_us = ap_clock_monotonic_us();
    struct ap_error err;
    bool mine = false;

    runner->overdue = asked_us >= runner->until_us;
    if (cli_interrupted() || runner->overdue)
        return false;
    if (ap_run_renew(runner->db, &runner->who, &runner->run, &mine, &err) == AP_OK) {
        runner->lost = !mine;
        runner->held_until_us = asked_us + runner->who.lease_us;
        return mine;
    }
    cli_warn("%s", err.message);
    if ((err.status == AP_ECONNECT || ap_db_is_lost(runner->db)) && ap_db_reconnect(runner->db, &err) != AP_OK)
        cli_warn("%s", err.message);
    runner->lost = ap_clock_monotonic_us() >= runner->held_until_us;
    return !runner->lost;
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
                          .context = runner,
                          .wake_fd = cli_signal_fd()};
    enum ap_status status;

    call_of(&call, runner, output);
    AP_FAILPOINT(before_child);
    status = child_run(&child, err);
    if (status != AP_OK)
        return status;
    if (!child.ended)
        return ap_fail(err, AP_ECANCELLED, "the run was taken away, or this runner was stopped");
    ending->lasting = child.status == EXIT_USAGE;
    if (child.status != EXIT_DONE && child.status != EXIT_FINDINGS)
        return child.said[0] != '\0' ? ap_fail(err, AP_EIO, "%s", plain(child.said))
                                     : ap_fail(err, AP_EIO, "the report's process ended with status %d", child.status);
    status = receipt_read(&ending->receipt, answer, err);
    if (status == AP_OK)
        status = output_digest(output, err);
    AP_FAILPOINT(after_child);
    if (status == AP_OK && runner->place.command != NULL)
        status = output_command(output, &runner->run, ending->receipt.word, &child, err);
    AP_FAILPOINT(after_command);
    return status;
}

static bool is_gone(const struct runner *runner, enum ap_status status)
{
    return status == AP_ECONNECT || ap_db_is_lost(runner->db);
}

/* Asked again where that may help: after a connection that was lost over it, and where others were in the way. */
static enum ap_status finish(struct runner *runner, const struct ap_run_result *result, bool *mine,
                             struct ap_error *err)
{
    enum ap_status status = ap_run_finish(runner->db, &runner->who, &runner->run, result, mine, err);

    for (int conflicts = 0; status != AP_OK;) {
        if (is_gone(runner, status) ? !runner_reconnect(runner, err)
                                    : strncmp(err->sqlstate, "40", 2) != 0 || ++conflicts > CONFLICTS)
            break;
        status = ap_run_finish(runner->db, &runner->who, &runner->run, result, mine, err);
    }
    return status;
}

static enum ap_status record(struct runner *runner, struct output *output, struct ending *ending, struct ap_error *err)
{
    struct ap_run_result result = {.error = ending->why[0] != '\0' ? ending->why : NULL,
                                   .lasting = ending->lasting,
                                   .url = output->url[0] != '\0' ? output->url : NULL,
                                   .bytes = output->bytes,
                                   .verdict = ending->receipt.word,
                                   .bundle_sha256 = ending->receipt.has_bundle ? ending->receipt.bundle_sha256 : NULL,
                                   .place = output_keep,
                                   .context = output};
    bool mine = false;
    enum ap_status status;

    memcpy(result.sha256, output->sha256, AP_HASH_LEN);
    if (result.error != NULL)
        result.place = NULL;
    status = finish(runner, &result, &mine, err);
    if (status != AP_OK && result.error == NULL && !is_gone(runner, status)) {
        (void)snprintf(ending->why, sizeof ending->why, "%.*s", (int)sizeof ending->why - 1, err->message);
        result.error = ending->why;
        result.place = NULL;
        status = finish(runner, &result, &mine, err);
    }
    runner->made += status == AP_OK && mine && result.error == NULL;
    runner->failed += status == AP_OK && mine && result.error != NULL;
    if (status == AP_OK && !mine)
        cli_warn("the run was cancelled, or another runner's, by the time that it was done: nothing is kept of it");
    ending->on_record = status == AP_OK && mine && result.error == NULL;
    return status;
}

static void tell(const struct runner *runner, const char *what)
{
    char report[AP_UUID_TEXT_SIZE], time[AP_TIME_TEXT_SIZE];

    ap_uuid_format(report, &runner->run.report);
    ap_time_format(time, runner->run.scheduled_us);
    cli_say("%s of report %s, due %s, attempt %d: %s", runner->run.type, report, time, runner->run.attempt, what);
}

/* Stopped: another runner may have it now, instead of when the lease is over. */
static void give_back(struct runner *runner)
{
    struct ap_error err;

    if (!runner->lost && ap_run_release(runner->db, &runner->run, &err) != AP_OK)
        cli_warn("%s", err.message);
}

/* What is not known to be recorded, or not, is left to output_clear(). */
static void clean_up(const struct output *output, const struct ending *ending, bool known)
{
    struct ap_error err;

    if (known && output_end(output, ending->on_record, &err) != AP_OK)
        cli_warn("%s", err.message);
}

enum ap_status runner_attempt(struct runner *runner, struct ap_error *err)
{
    struct output output = {.bytes = 0};
    struct ending ending = {.why = "", .lasting = false, .on_record = false};
    enum ap_status status;

    runner->lost = runner->overdue = false;
    runner->until_us = ap_clock_monotonic_us() + runner->longest_us;
    if (runner->run.given_up) {
        runner->failed++;
        tell(runner, runner->run.error);
        return AP_OK;
    }
    status = output_begin(&output, &runner->place, &runner->run, err);
    if (status == AP_OK)
        status = make(runner, &output, &ending, err);
    if (status == AP_ECANCELLED && runner->overdue)
        status = ap_fail(err, AP_EIO, "it took longer than %d s, and was stopped: --timeout gives it more",
                         (int)(runner->longest_us / AP_US_PER_SECOND));
    if (status == AP_ECANCELLED) {
        clean_up(&output, &ending, true);
        give_back(runner);
        return runner->lost ? AP_OK : status;
    }
    if (status != AP_OK)
        (void)snprintf(ending.why, sizeof ending.why, "%.*s", (int)sizeof ending.why - 1, err->message);
    ending.lasting = ending.lasting || status == AP_EINPUT || status == AP_ELIMIT;
    status = record(runner, &output, &ending, err);
    if (status == AP_OK)
        tell(runner, ending.why[0] != '\0' ? ending.why : "done");
    clean_up(&output, &ending, status == AP_OK);
    return status;
}
