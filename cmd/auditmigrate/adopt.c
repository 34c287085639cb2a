#include "commands.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "auditproof/adopt.h"
#include "auditproof/clock.h"
#include "connect.h"

static uint64_t lock_ms = 200;

const struct cli_option adopt_options[] = {
    {0, "lock-time", "MS", CLI_U64, &lock_ms, NULL, "how long a batch may lock a tenant's chain (200)",
     "How many milliseconds a batch may lock a tenant's chain, for which the tenant's writers wait; 200 without it."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

struct progress {
    int64_t rows_began_us;
    int64_t shown_us;
    enum ap_adopt_step step;
};

static void show_rows(struct progress *p, uint64_t done, uint64_t total)
{
    int64_t now_us = ap_clock_monotonic_us();
    double seconds = (double)(now_us - p->rows_began_us) / 1e6;
    double rate = seconds > 0 ? (double)done / seconds : 0;

    if (now_us - p->shown_us < AP_US_PER_SECOND && done < total)
        return;
    p->shown_us = now_us;
    cli_say("%" PRIu64 " of %" PRIu64 " rows adopted, %.0f rows/s, %.0f s left", done, total, rate,
            rate > 0 && total > done ? (double)(total - done) / rate : 0);
}

static void on_progress(void *context, enum ap_adopt_step step, uint64_t done, uint64_t total)
{
    static const char *const words[] = {
        "counting the rows to adopt",
        "indexing them, which waits for the transactions that are open now",
        "adopting",
        "dropping the index, requiring a salt of every row",
    };
    struct progress *p = context;

    if (!cli_progress)
        return;
    if (step != AP_ADOPT_ROWS) {
        cli_say("%s", words[step]);
    } else {
        if (p->step != AP_ADOPT_ROWS)
            p->rows_began_us = p->shown_us = ap_clock_monotonic_us();
        show_rows(p, done, total);
    }
    p->step = step;
}

static void tell_result(const struct ap_adopt_result *r)
{
    cli_say("%" PRIu64 " of %" PRIu64 " rows of %" PRIu64 " chains adopted in %" PRIu64
            " batches, the longest lock %u ms; %" PRIu64 " gave way to other transactions",
            r->adopted, r->planned, r->chains, r->batches, r->longest_lock_ms, r->retries);
    if (r->adopted > 0)
        cli_say("every adopted row left its old version behind: VACUUM (ANALYZE) public.audit_logs makes room of it");
}

int adopt_run(int argc, char **argv)
{
    struct progress progress = {0, 0, AP_ADOPT_PLAN};
    struct ap_adopt_options options = {0, on_progress, &progress, &stop};
    struct sigaction action = {.sa_handler = on_signal};
    struct ap_adopt_result result;
    struct ap_db *db = NULL;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (lock_ms < 10 || lock_ms > 60000)
        return cli_usage("--lock-time is between 10 and 60000 milliseconds");
    options.lock_ms = (unsigned)lock_ms;
    if (cli_connect(&db, "auditmigrate", false, &err) != AP_OK)
        return cli_fail(&err);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    status = ap_adopt_run(db, &options, &result, &err);
    ap_db_close(db);
    if (result.planned > 0)
        tell_result(&result);
    if (status == AP_ECANCELLED) {
        cli_error("stopped before all rows were adopted: run again to go on");
        return EXIT_UNKNOWN;
    }
    if (status != AP_OK)
        return cli_fail(&err);
    if (result.planned == 0)
        cli_say("nothing to adopt: every row has its salt");
    return EXIT_DONE;
}
