/* top and rare: the values of a field that there are most of, and least. */
#include "answered.h"
#include "auditproof/tally.h"
#include "commands.h"
#include "tallied.h"

static uint64_t limit = 20;
static const char *by;

const struct cli_option top_options[] = {
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many (20)",
     "At most so many values: 20 by default, 1000 at most."},
    {0, "by", "UNIT", CLI_CHOICE, &by, ap_tally_units, "draw them over time by this; else by what suits the period",
     NULL},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static enum ap_status count(struct tallied *tallied, bool rare, struct ap_error *err)
{
    const struct asked *asked = tallied->asked;

    return ap_tally_top(tallied->answer, &tallied->shape, asked->db, &asked->access, &asked->filter, &tallied->options,
                        tallied->field, rare, err);
}

static enum ap_status count_top(struct tallied *tallied, struct ap_error *err)
{
    return count(tallied, false, err);
}

static enum ap_status count_rare(struct tallied *tallied, struct ap_error *err)
{
    return count(tallied, true, err);
}

int top_run(int argc, char **argv)
{
    (void)argc;
    return tallied_run("top", limit, by, count_top, argv[0]);
}

int rare_run(int argc, char **argv)
{
    (void)argc;
    return tallied_run("rare", limit, by, count_rare, argv[0]);
}
