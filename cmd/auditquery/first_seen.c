/* first-seen: what there was never before. */
#include "answered.h"
#include "auditproof/tally.h"
#include "commands.h"
#include "tallied.h"

static uint64_t limit = 50;

const struct cli_option first_seen_options[] = {
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many (50)",
     "At most so many values: 50 by default, 1000 at most."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status count(struct tallied *tallied, struct ap_error *err)
{
    const struct asked *asked = tallied->asked;

    return ap_tally_first(tallied->answer, &tallied->shape, asked->db, &asked->access, &asked->filter,
                          &tallied->options, tallied->field, err);
}

int first_seen_run(int argc, char **argv)
{
    (void)argc;
    return tallied_run("first-seen", limit, NULL, count, argv[0]);
}
