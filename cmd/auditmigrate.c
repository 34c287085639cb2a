#include "auditmigrate/commands.h"

static const struct cli_command commands[] = {
    {"install", "", "install or upgrade the schema", install_options, install_run, 0, 0, false, NULL},
    {"check", "", "compare every object with what this version installs", check_options, check_run, 0, 0, false, NULL},
    {"status", "", "show what is installed, how it grows, and what to do next", status_options, status_run, 0, 0, false,
     NULL},
    {"roles", "", "list the roles and their members, or change who is one", roles_options, roles_run, 0, 0, false,
     NULL},
    {"adopt", "", "chain the entries that were there before auditproof", adopt_options, adopt_run, 0, 0, false, NULL},
    {"partition", "", "move tables to partitions by month, and make months ahead", partition_options, partition_run, 0,
     0, false, NULL},
    {"capture", "[TABLE ...]", "make every change of a table an entry", capture_options, capture_run, 0, 1000, false,
     NULL},
    {"uncapture", "TABLE ...", "stop capturing a table", NULL, uncapture_run, 1, 1000, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditmigrate",
    "install, upgrade and check the audit schema",
    "Examples:\n"
    "  auditmigrate install -d app                 install, or bring up to date\n"
    "  auditmigrate install --dry-run >install.sql the same as SQL, for a hosted platform's editor\n"
    "  auditmigrate check -d app --format=json     is every object as installed?",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
