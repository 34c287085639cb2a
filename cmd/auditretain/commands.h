/* The commands of auditretain: operands in, exit status out. */
#ifndef AUDITPROOF_CMD_AUDITRETAIN_COMMANDS_H
#define AUDITPROOF_CMD_AUDITRETAIN_COMMANDS_H

#include "options.h"

extern const struct cli_option policy_apply_options[], policy_list_options[], hold_add_options[],
    hold_release_options[], hold_list_options[], status_options[], why_options[], plan_options[], execute_options[],
    certificate_options[], erase_options[];

int status_run(int argc, char **argv);
int why_run(int argc, char **argv);
int policy_apply_run(int argc, char **argv);
int policy_list_run(int argc, char **argv);
int hold_add_run(int argc, char **argv);
int hold_release_run(int argc, char **argv);
int hold_list_run(int argc, char **argv);
int run_plan(int argc, char **argv);
int run_approve(int argc, char **argv);
int run_execute(int argc, char **argv);
int run_certificate(int argc, char **argv);
int erase_run(int argc, char **argv);

#endif
