/* The commands of auditmigrate: one source file each, one entry each in the table of cmd/auditmigrate.c. */
#ifndef AUDITPROOF_CMD_AUDITMIGRATE_COMMANDS_H
#define AUDITPROOF_CMD_AUDITMIGRATE_COMMANDS_H

#include "options.h"

extern const struct cli_option install_options[];
int install_run(int argc, char **argv);

extern const struct cli_option check_options[];
int check_run(int argc, char **argv);

extern const struct cli_option status_options[];
int status_run(int argc, char **argv);

extern const struct cli_option roles_options[];
int roles_run(int argc, char **argv);

extern const struct cli_option adopt_options[];
int adopt_run(int argc, char **argv);

extern const struct cli_option partition_options[];
int partition_run(int argc, char **argv);

extern const struct cli_option capture_options[];
int capture_run(int argc, char **argv);

int uncapture_run(int argc, char **argv);

#endif
