/* The commands of auditretain: operands in, exit status out. */
#ifndef AUDITPROOF_CMD_AUDITRETAIN_COMMANDS_H
#define AUDITPROOF_CMD_AUDITRETAIN_COMMANDS_H

#include "options.h"

extern const struct cli_option policy_list_options[];

int policy_list_run(int argc, char **argv);

#endif
