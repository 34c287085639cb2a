#include "auditproof/partition.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "commands.h"
#include "connect.h"
#include "partition_metrics.h"

static uint64_t ahead = 12;
static uint64_t lock_timeout_ms = 500;
static uint64_t attempts = 60;
static bool months_only, giving_up;
static const char *only_table;
static const char *metrics_path;

const struct cli_option partition_options[] = {
    {0, "ahead", "N", CLI_U64, &ahead, NULL, "months after this one to have a partition (12)", NULL},
    {0, "months", NULL, CLI_FLAG, &months_only, NULL, "make months only; move no table",
     "Make the partitions that are missing, and empty the DEFAULT ones into them, where tables are partitioned.\nFor a "
     "timer.\nA member of auditproof_retainer may do that."},
    {0, "table", "NAME", CLI_CHOICE, &only_table, "audit_logs|performance_analytics", "this table only, not both",
     NULL},
    {0, "give-up", NULL, CLI_FLAG, &giving_up, NULL, "drop the copy of a move that is under way",
     "Give up a move that is under way: its copy is dropped, and the table stays as it was."},
    {0, "lock-timeout", "MS", CLI_U64, &lock_timeout_ms, NULL, "wait this long for a lock before letting go (500)",
     "How many milliseconds to wait for a lock, while the application queues behind that wait; then it is let pass, "
     "and "
     "the step tried again a little later."},
    {0, "attempts", "N", CLI_U64, &attempts, NULL, "give up after so many tries (60)", NULL},
    {0, "metrics", "FILE", CLI_STRING, &metrics_path, NULL, "write metrics for Prometheus there",
     "Write what was found to FILE, for the textfile collector of node_exporter, also when this fails."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void show_copied(const char *table, uint64_t done, uint64_t total)
{
    static int64_t shown_us;
    int64_t now_us = ap_clock_monotonic_us();

    if (!cli_progress || (now_us - shown_us < AP_US_PER_SECOND && done < total))
        return;
    shown_us = now_us;
    cli_say("%s: %" PRIu64 " of %" PRIu64 " blocks copied", table, done, total);
}

static void on_event(void *context, enum ap_partition_step step, const char *table, const char *text, uint64_t done,
                     uint64_t total)
{
    (void)context;
    switch (step) {
    case AP_PARTITION_PREPARE:
        cli_say("%s: making its partitions, and having them follow it", table);
        break;
    case AP_PARTITION_COPY:
        show_copied(table, done, total);
        break;
    case AP_PARTITION_COMPARE:
        cli_say("%s: comparing it with its copy", table);
        break;
    case AP_PARTITION_SWAP:
        cli_say("%s: putting the copy in its place", table);
        break;
    case AP_PARTITION_MAKE:
        if (done > 0)
            cli_say("%s: made %s, for which %" PRIu64 " row%s waited", table, text, done, done == 1 ? "" : "s");
        else
            cli_say("%s: made %s", table, text);
        break;
    case AP_PARTITION_WAIT:
        cli_say("%s: %s; trying again (%" PRIu64 " of %" PRIu64 ")", table, text, done, total);
        break;
    }
}

static void on_problem(void *context, const char *text)
{
    (void)context;
    cli_error("%s", text);
}

static void tell_result(const char *table, const struct ap_partition_result *r)
{
    if (r->moved)
        cli_say("%s: moved; it was locked for %" PRIu64 " ms", table, r->swap_us / 1000);
    if (r->waiting > 0)
        cli_error("%s: %" PRIu64 " rows in its DEFAULT partition wait for the partition of their month: run again",
                  table, r->waiting);
    if (r->outside > 0)
        cli_say("%s: %" PRIu64 " rows in its DEFAULT partition have no month: created_at is NULL or far away", table,
                r->outside);
}

static enum ap_status one_table(struct ap_db *db, const char *table, const struct ap_partition_options *options,
                                struct ap_partition_result *result, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    memset(result, 0, sizeof *result);
    if (giving_up)
        return ap_partition_give_up(db, table, options, on_problem, err);
    if (!months_only)
        status = ap_partition_move(db, table, options, on_problem, result, err);
    if (status == AP_OK)
        status = ap_partition_months(db, table, options, result, err);
    tell_result(table, result);
    return status;
}

static int all_tables(struct ap_db *db, const struct ap_partition_options *options, struct partition_metrics *metrics)
{
    int code = EXIT_DONE;

    for (size_t i = 0; ap_partition_tables[i] != NULL; i++) {
        const char *table = ap_partition_tables[i];
        struct ap_error err;
        enum ap_status status;

        if (only_table != NULL && strcmp(only_table, table) != 0)
            continue;
        status = one_table(db, table, options, &metrics->results[i], &err);
        metrics->known[i] = status == AP_OK && !giving_up;
        if (status == AP_ECANCELLED) {
            cli_error("stopped before all was done: run again to go on");
            return EXIT_UNKNOWN;
        }
        if (status != AP_OK)
            return cli_fail(&err);
        if (metrics->results[i].waiting > 0)
            code = EXIT_FINDINGS;
    }
    return code;
}

int partition_run(int argc, char **argv)
{
    struct ap_partition_options options = {0, 0, 0, on_event, NULL, &stop};
    struct sigaction action = {.sa_handler = on_signal};
    struct partition_metrics metrics = {.code = EXIT_UNKNOWN};
    struct ap_db *db = NULL;
    struct ap_error err;
    int code;

    (void)argc;
    (void)argv;
    if (ahead < 1 || ahead > 120)
        return cli_usage("--ahead is between 1 and 120 months");
    if (lock_timeout_ms < 1 || lock_timeout_ms > 3600000 || attempts < 1 || attempts > 100000)
        return cli_usage("--lock-timeout is between 1 and 3600000, and --attempts between 1 and 100000");
    if (months_only && giving_up)
        return cli_usage("--months and --give-up exclude each other");
    options.ahead = (unsigned)ahead;
    options.lock_timeout_ms = (unsigned)lock_timeout_ms;
    options.attempts = (unsigned)attempts;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    if (cli_connect(&db, "auditmigrate", true, &err) != AP_OK)
        code = cli_fail(&err);
    else
        code = all_tables(db, &options, &metrics);
    metrics.code = code;
    if (metrics_path != NULL &&
        partition_metrics_write(metrics_path, db != NULL ? ap_db_name(db) : NULL, &metrics, &err) != AP_OK)
        code = cli_fail(&err);
    ap_db_close(db);
    return code;
}
