/* resource: what became of one thing. */
#include <string.h>

#include "answered.h"
#include "auditproof/clock.h"
#include "auditproof/resource.h"
#include "commands.h"

static uint64_t limit = 1000;
static int64_t at_us = AP_TIME_INFINITY;

const struct cli_option resource_options[] = {
    {0, "at", "TIME", CLI_TIME, &at_us, NULL, "as it was then",
     "What it was at\n.Ar TIME :\nlater entries do not count."},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "read at most so many entries, the newest (1000)",
     "Read at most so many entries, the newest ones: 1000 by default, 10000 at most."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status build(struct asked *asked, struct ap_answer *answer, struct ap_error *err)
{
    struct ap_query_plan plan;
    struct ap_resource_options options = {limit, at_us != AP_TIME_INFINITY, at_us, asked->proof, &plan};
    enum ap_status status;

    memset(&plan, 0, sizeof plan);
    status = ap_query_resource(answer, asked->db, &asked->access, &asked->filter, &options, &asked->failed, err);
    if (status == AP_OK)
        asked_tell_plan(asked, &plan, false);
    if (options.has_at) {
        asked->filter.has_until = true;
        asked->filter.until_us = at_us;
    }
    ap_query_plan_free(&plan);
    return status;
}

int resource_run(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    int result = asked_takes("resource", "org since until proof");

    (void)argc;
    if (result != EXIT_DONE)
        return result;
    if (slash == NULL)
        return cli_usage("\"%.120s\" names no one thing: use TYPE/ID, or /ID for any type", argv[0]);
    if (limit == 0 || limit > AP_RESOURCE_MAX)
        return cli_usage("--limit takes 1 to %d entries", AP_RESOURCE_MAX);
    asked_name_resource(argv[0]);
    return answered_run("resource", build);
}
