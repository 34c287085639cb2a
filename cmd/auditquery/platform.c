/* usage, billing, performance: what the platform's other tables tell of a tenant. */
#include "auditproof/platform.h"

#include <string.h>

#include "answered.h"
#include "auditproof/clock.h"
#include "commands.h"

enum { USAGE_DAYS = 30, BILLING_DAYS = 365, PERFORMANCE_DAYS = 7 };

static uint64_t limit = 50;
static bool days;

#define LIMIT_OPTION                                                                                                   \
    {                                                                                                                  \
        'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many rows of each part (50)",                            \
            "At most so many rows of each part, 50 by default and 10000 at most."                                      \
    }

const struct cli_option usage_options[] = {
    LIMIT_OPTION,
    {0, "days", NULL, CLI_FLAG, &days, NULL, "day by day, too", NULL},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option billing_options[] = {
    LIMIT_OPTION,
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

const struct cli_option performance_options[] = {
    LIMIT_OPTION,
    {0, "days", NULL, CLI_FLAG, &days, NULL, "day by day, too", NULL},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

typedef enum ap_status answer_fn(struct ap_answer **out, struct ap_db *db, const struct ap_platform_ask *ask,
                                 struct ap_error *err);

/* Whole days, of which the last is today. */
static void settle_period(struct ap_platform_ask *ask, struct ap_query_filter *filter, int usual_days)
{
    int64_t today_us = ask->now_us - ask->now_us % AP_US_PER_DAY, end_us;

    if (!filter->has_until) {
        filter->has_until = true;
        filter->until_us = today_us + AP_US_PER_DAY;
    }
    end_us = filter->until_us - 1 - (filter->until_us - 1) % AP_US_PER_DAY;
    if (!filter->has_since) {
        filter->has_since = true;
        filter->since_us = end_us - (usual_days - 1) * AP_US_PER_DAY;
    }
    ask->since_us = filter->since_us;
    ask->until_us = filter->until_us;
}

static enum ap_status run(struct asked *asked, struct ap_answer **answer, const char *command, answer_fn *tell,
                          int usual_days, struct ap_error *err)
{
    struct ap_platform_ask ask = {
        .now_us = ap_clock_now_us(), .limit = limit, .days = days || answered_given.chart != NULL};
    enum ap_status status = asked_open(asked, err);

    if (status == AP_OK && !asked->filter.has_org)
        status = ap_fail(err, AP_EINPUT, "%s is of one organization: --org says which", command);
    if (status != AP_OK)
        return status;
    ask.org = asked->filter.org;
    settle_period(&ask, &asked->filter, usual_days);
    status = ap_db_exec(asked->db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = tell(answer, asked->db, &ask, err);
    if (status == AP_OK)
        status = asked_record(asked, command, NULL, 0, err);
    return status == AP_OK ? answered_print(asked, *answer, command, err) : status;
}

static int run_command(const char *command, answer_fn *tell, int usual_days)
{
    struct ap_answer *answer = NULL;
    struct asked asked;
    struct ap_error err;
    enum ap_status status;
    int result = asked_takes(command, "org since until");

    if (result != EXIT_DONE)
        return result;
    if (limit == 0 || limit > AP_PLATFORM_ROWS_MAX)
        return cli_usage("--limit takes 1 to %d rows", AP_PLATFORM_ROWS_MAX);
    status = run(&asked, &answer, command, tell, usual_days, &err);
    result = status == AP_OK ? EXIT_DONE : cli_fail(&err);
    ap_answer_free(answer);
    asked_free(&asked);
    return result;
}

int usage_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return run_command("usage", ap_platform_usage, USAGE_DAYS);
}

int billing_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return run_command("billing", ap_platform_billing, BILLING_DAYS);
}

int performance_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return run_command("performance", ap_platform_performance, PERFORMANCE_DAYS);
}
