#include "options.h"

static int verify(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_UNKNOWN;
}

static const struct cli_command commands[] = {
    {NULL, "", "verify the audit chain", NULL, verify, 0, 0, false},
};

static const struct cli_program program = {"auditverify", "verify the audit chain", NULL, NULL, commands, true};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
