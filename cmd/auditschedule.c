#include "auditschedule/commands.h"

static const struct cli_command commands[] = {
    {"next", "", "show when a schedule is due, and for which periods", next_options, next_run, 0, 0, false, NULL},
    {"run", "", "make the reports that are due", run_options, run_run, 0, 0, false, NULL},
    {"make", "TYPE", "make a report now, for a period", make_options, make_run, 1, 1, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditschedule",
    "run the reports that are due, unattended",
    "Examples:\n"
    "  auditschedule next --schedule '{\"frequency\": \"monthly\", \"dayOfMonth\": 31, \"timezone\": \"Asia/Tokyo\"}'",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
