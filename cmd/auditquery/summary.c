/* summary: how many entries fit, and what they are made of. */
#include "answered.h"
#include "auditproof/tally.h"
#include "commands.h"
#include "tallied.h"

static uint64_t limit = 10;
static const char *by;

const struct cli_option summary_options[] = {
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many of each kind (10)",
     "At most so many rows of each kind: 10 by default, 1000 at most.\nHow many others there are is said."},
    {0, "by", "UNIT", CLI_CHOICE, &by, ap_tally_units, "count over time by this; else by what suits the period",
     "Count over time by hour, day, week or month of UTC; without it, by what suits the length of the period."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status count(struct tallied *tallied, struct ap_error *err)
{
    const struct asked *asked = tallied->asked;

    return ap_tally_summary(tallied->answer, asked->db, &asked->access, &asked->filter, &tallied->options, err);
}

int summary_run(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return tallied_run("summary", limit, by, count, NULL);
}
