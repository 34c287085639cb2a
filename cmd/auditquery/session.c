/* session: one from end to end. */
#include <inttypes.h>
#include <string.h>

#include "answered.h"
#include "auditproof/clock.h"
#include "auditproof/session.h"
#include "commands.h"

enum { MINUTES_MAX = 1000000 };

static uint64_t limit = 1000, idle_minutes = 30;
static struct cli_uuid around;

const struct cli_option session_options[] = {
    {0, "around", "ENTRY", CLI_UUID, &around, NULL, "the session of this entry",
     "The session of this entry, which its id names."},
    {0, "idle", "MINUTES", CLI_U64, &idle_minutes, NULL, "so long a pause ends a session without an id (30)",
     "A pause longer than this ends a session that has no id, and is remarked in one that has: 30 by default."},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many entries (1000)",
     "At most so many entries, 1000 by default and 10000 at most; of a session without an id as many on either side of "
     "the entry that it is found by."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status build(struct asked *asked, struct ap_answer *answer, struct ap_error *err)
{
    struct ap_query_plan plan;
    struct ap_session_options options = {
        around.given, around.value, limit, (int64_t)idle_minutes * 60 * AP_US_PER_SECOND, asked->proof, &plan};
    enum ap_status status;

    memset(&plan, 0, sizeof plan);
    status = ap_query_session(answer, asked->db, &asked->access, &asked->filter, &options, &asked->failed, err);
    if (status == AP_OK)
        asked_tell_plan(asked, &plan, false);
    ap_query_plan_free(&plan);
    asked->filter.has_id = around.given;
    asked->filter.id = around.value;
    return status;
}

int session_run(int argc, char **argv)
{
    const char *takes = argc > 0 ? "org since until proof" : "org actor email ip agent session since until proof";
    int result = asked_takes(argc > 0 ? "session ID" : "session", around.given ? "org proof" : takes);

    if (result != EXIT_DONE)
        return result;
    if (limit == 0 || limit > AP_SESSION_MAX)
        return cli_usage("--limit takes 1 to %d entries", AP_SESSION_MAX);
    if (idle_minutes == 0 || idle_minutes > MINUTES_MAX)
        return cli_usage("--idle takes 1 to %d minutes", MINUTES_MAX);
    if (argc > 0 && around.given)
        return cli_usage("the session is named twice: by its id, and by --around");
    if (argc > 0)
        asked_name_session(argv[0]);
    else if (!around.given && !asked_names_someone())
        return cli_usage("which session? Name its id, an entry of it with --around, or an actor, an address or both");
    return answered_run("session", build);
}
