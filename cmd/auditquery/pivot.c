/* pivot: who and what is beside an actor, an address, a session or a thing. */
#include <inttypes.h>
#include <string.h>

#include "answered.h"
#include "auditproof/pivot.h"
#include "commands.h"

static uint64_t limit = 20, hops = 1;

const struct cli_option pivot_options[] = {
    {0, "hops", "N", CLI_U64, &hops, NULL, "1, or 2 for the neighbours of the neighbours (1)", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many of a kind at each hop (20)",
     "At most so many neighbours of a kind at each hop, and follow no others: 20 by default, 1000 at most."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status build(struct asked *asked, struct ap_answer *answer, struct ap_error *err)
{
    struct ap_query_plan plan;
    struct ap_pivot_options options = {hops, limit, &plan};
    enum ap_status status;

    memset(&plan, 0, sizeof plan);
    status = ap_query_pivot(answer, asked->db, &asked->access, &asked->filter, &options, err);
    if (status == AP_OK)
        asked_tell_scan(asked, &plan);
    ap_query_plan_free(&plan);
    return status;
}

int pivot_run(int argc, char **argv)
{
    int result = asked_takes("pivot", "org actor email ip agent session resource since until");

    (void)argc;
    (void)argv;
    if (result != EXIT_DONE)
        return result;
    if (!asked_names_someone() && !asked_names_something())
        return cli_usage("whose neighbours? Name an actor, an address, a session or a thing: --actor, --email, --ip, "
                         "--session, --resource");
    if (limit == 0 || limit > AP_PIVOT_MAX)
        return cli_usage("--limit takes 1 to %d", AP_PIVOT_MAX);
    if (hops == 0 || hops > AP_PIVOT_HOPS_MAX)
        return cli_usage("--hops takes 1 or %d", AP_PIVOT_HOPS_MAX);
    return answered_run("pivot", build);
}
