/* The commands of auditseal: operands in, exit status out. */
#ifndef AUDITPROOF_CMD_AUDITSEAL_COMMANDS_H
#define AUDITPROOF_CMD_AUDITSEAL_COMMANDS_H

#include "options.h"

extern const struct cli_option keygen_options[], seal_options[], seal_status_options[], prove_options[],
    check_proof_options[], witness_options[];

int run_keygen(int argc, char **argv);
int run_seal(int argc, char **argv);
int run_status(int argc, char **argv);
int run_checkpoint(int argc, char **argv);
int run_prove(int argc, char **argv);
int run_check_proof(int argc, char **argv);
int run_witness(int argc, char **argv);

#endif
