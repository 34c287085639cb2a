/* actor: a person's or a key's page. */
#include <inttypes.h>
#include <string.h>

#include "answered.h"
#include "auditproof/actor.h"
#include "auditproof/clock.h"
#include "commands.h"

enum { PERIOD_DAYS = 7, DAYS_MAX = 36500 };

static uint64_t limit = 20, baseline_days = AP_ACTOR_BASELINE_DAYS, dormant_days = 30;

const struct cli_option actor_options[] = {
    {0, "baseline", "DAYS", CLI_U64, &baseline_days, NULL, "compare with so many days before the period (30)",
     "Compare with so many days before the period: 30 by default, and at least."},
    {0, "dormant", "DAYS", CLI_U64, &dormant_days, NULL, "so many days without an entry are a finding (30)", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many of each: actions, addresses … (20)",
     "At most so many actions, networks, addresses, user agents and sessions: 20 by default, 1000 at most."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status build(struct asked *asked, struct ap_answer *answer, struct ap_error *err)
{
    struct ap_query_plan plan;
    struct ap_actor_options options = {limit, baseline_days, dormant_days, &plan};
    struct ap_query_filter *filter = &asked->filter;
    enum ap_status status;

    if (!filter->has_until)
        filter->until_us = ap_clock_now_us();
    if (!filter->has_since)
        filter->since_us = filter->until_us - PERIOD_DAYS * AP_US_PER_DAY;
    filter->has_since = filter->has_until = true;
    if (filter->since_us >= filter->until_us)
        return ap_fail(err, AP_EINPUT, "the period ends before it begins");
    memset(&plan, 0, sizeof plan);
    status = ap_query_actor(answer, asked->db, &asked->access, filter, &options, err);
    if (status == AP_OK)
        asked_tell_scan(asked, &plan);
    ap_query_plan_free(&plan);
    return status;
}

int actor_run(int argc, char **argv)
{
    int result = asked_takes("actor", "org since until");

    (void)argc;
    if (result != EXIT_DONE)
        return result;
    if (argv[0][strcspn(argv[0], "*?\\")] != '\0')
        return cli_usage("\"%.120s\" names no one actor: use the id, or the whole address of mail", argv[0]);
    if (limit == 0 || limit > AP_ACTOR_MAX)
        return cli_usage("--limit takes 1 to %d", AP_ACTOR_MAX);
    if (baseline_days < AP_ACTOR_BASELINE_DAYS || baseline_days > DAYS_MAX)
        return cli_usage("--baseline takes %d to %d days", AP_ACTOR_BASELINE_DAYS, DAYS_MAX);
    if (dormant_days == 0 || dormant_days > DAYS_MAX)
        return cli_usage("--dormant takes 1 to %d days", DAYS_MAX);
    asked_name_actor(argv[0]);
    return answered_run("actor", build);
}
