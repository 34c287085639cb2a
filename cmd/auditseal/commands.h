/* The commands of auditseal: operands in, exit status out. */
#ifndef AUDITPROOF_CMD_AUDITSEAL_COMMANDS_H
#define AUDITPROOF_CMD_AUDITSEAL_COMMANDS_H

#include "auditproof/finding.h"
#include "options.h"

extern const struct cli_option keygen_options[], seal_options[], seal_status_options[], prove_options[],
    check_proof_options[], witness_options[], rotate_options[], epoch_options[], checkpoint_options[],
    timestamp_options[], check_timestamp_options[], repair_options[];

int run_keygen(int argc, char **argv);
int run_seal(int argc, char **argv);
int run_status(int argc, char **argv);
int run_checkpoint(int argc, char **argv);
int run_prove(int argc, char **argv);
int run_check_proof(int argc, char **argv);
int run_witness(int argc, char **argv);
int run_timestamp(int argc, char **argv);
int run_check_timestamp(int argc, char **argv);
int run_tiles(int argc, char **argv);
int run_rotate(int argc, char **argv);
int run_epoch(int argc, char **argv);
int run_repair(int argc, char **argv);

/* Findings, as they come: ap_finding_fn with a struct said. */
struct said {
    uint64_t count;
    bool json;
};

enum ap_status say_finding(void *context, const struct ap_finding *finding, struct ap_error *err);

/* What a noun ends in after a number of it. */
static inline const char *plural_s(uint64_t count)
{
    return count == 1 ? "" : "s";
}

struct ap_seal_options;

/* For another sealer. */
extern const char *wait_given;
#define WAIT_OPTION                                                                                                    \
    {                                                                                                                  \
        0, "wait", "SECONDS", CLI_STRING, &wait_given, NULL, "give up when another sealer is not done by then",        \
            "Seconds to wait for another sealer of this database, which may be at work, or hang; then nothing is "     \
            "done, and the exit status is 3.\nBy default it is waited for as long as it takes.\nAfter three seconds, " \
            "and whenever it is another one, it is said on standard error who it is, as far as the role may see."      \
    }

/* How long to wait, and what is said then. */
AP_MUST_CHECK enum ap_status take_wait(struct ap_seal_options *options, struct ap_error *err);

#endif
