#include "auditretain/commands.h"

static const struct cli_command commands[] = {
    {"policy list", "", "say how long what is kept", policy_list_options, policy_list_run, 0, 0, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditretain",
    "keep what must be kept, and let go of what may go",
    "Examples:\n"
    "  auditretain policy list -d app              how long is what kept, by whose word",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
