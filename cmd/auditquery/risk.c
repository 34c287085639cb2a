/* risk: what is at a level and above, put together as incidents, the worst first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answered.h"
#include "auditproof/clock.h"
#include "auditproof/risk.h"
#include "commands.h"

enum { LIMIT_MAX = 1000, WINDOW_MAX = 10080, USUAL_DAYS = 1 };

static uint64_t limit = 20, window_minutes = AP_RISK_WINDOW_MINUTES;

const struct cli_option risk_options[] = {
    {0, "window", "MINUTES", CLI_U64, &window_minutes, NULL,
     "how much time may lie between two entries of an incident (30)", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many incidents (20)",
     "At most so many incidents, 20 by default and 1000 at most."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* A level by itself stands for those above it, too. */
static enum ap_status read_level(struct ap_query_filter *filter, const char *operand, struct ap_error *err)
{
    char text[64];

    if (operand == NULL)
        return filter->risk != 0 ? AP_OK : ap_query_parse_risk(&filter->risk, "high+", err);
    if (filter->risk != 0)
        return ap_fail(err, AP_EINPUT, "the level is asked for twice: as %s, and with --risk", operand);
    (void)snprintf(text, sizeof text, "%.60s%s", operand, strpbrk(operand, "+,") == NULL ? "+" : "");
    return ap_query_parse_risk(&filter->risk, text, err);
}

/* The last day, or the one before --until. */
static void settle_period(struct ap_query_filter *filter)
{
    int64_t until_us = filter->has_until ? filter->until_us : ap_clock_now_us();

    if (filter->has_since)
        return;
    filter->has_since = true;
    filter->since_us =
        until_us >= INT64_MIN + USUAL_DAYS * AP_US_PER_DAY ? until_us - USUAL_DAYS * AP_US_PER_DAY : until_us;
}

static void tell_plan(void *context, const struct ap_query_plan *plan)
{
    asked_tell_plan(context, plan, false);
}

static enum ap_status tell(struct asked *asked, const struct ap_risk *risk, struct ap_error *err)
{
    struct ap_risk_answer *answer = NULL;
    enum ap_status status = ap_risk_tell(&answer, asked->db, &asked->access, risk, limit, err);

    if (status == AP_OK)
        status = answered_print(asked, ap_risk_answer_get(answer), "risk", err);
    ap_risk_answer_free(answer);
    return status;
}

static enum ap_status run(struct asked *asked, struct ap_risk *risk, const char *level, struct ap_error *err)
{
    struct ap_risk_ask ask = {.filter = &asked->filter,
                              .window_us = (int64_t)window_minutes * 60 * AP_US_PER_SECOND,
                              .planned = tell_plan,
                              .context = asked};
    enum ap_status status = asked_open(asked, err);

    if (status == AP_OK)
        status = read_level(&asked->filter, level, err);
    if (status != AP_OK)
        return status;
    settle_period(&asked->filter);
    ask.proof = asked->proof;
    status = ap_db_exec(asked->db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = asked_record(asked, "risk", NULL, 0, err);
    if (status == AP_OK)
        status = ap_risk_read(risk, asked->db, &asked->access, &ask, err);
    return status == AP_OK ? tell(asked, risk, err) : status;
}

int risk_run(int argc, char **argv)
{
    struct asked asked;
    struct ap_risk risk = {.incidents = NULL};
    struct ap_error err;
    enum ap_status status;
    int result;

    if (limit == 0 || limit > LIMIT_MAX)
        return cli_usage("--limit takes 1 to %d incidents", LIMIT_MAX);
    if (window_minutes == 0 || window_minutes > WINDOW_MAX)
        return cli_usage("--window takes 1 to %d minutes", WINDOW_MAX);
    memset(&asked, 0, sizeof asked);
    status = run(&asked, &risk, argc > 0 ? argv[0] : NULL, &err);
    result = status != AP_OK ? cli_fail(&err) : risk.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
    if (status == AP_OK && risk.failed > 0)
        cli_error("%" PRIu64 " of %" PRIu64 " entries did not verify: see `auditverify`", risk.failed, risk.entries);
    ap_risk_free(&risk);
    asked_free(&asked);
    return result;
}
