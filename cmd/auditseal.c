#include "auditseal/commands.h"

static const struct cli_command commands[] = {
    {"keygen", "FILE", "make the key that seals, and its verifier key in FILE.pub", keygen_options, run_keygen, 1, 1,
     false, NULL},
    {"seal", "", "verify what is new, seal it, and hand the checkpoint to anchors", seal_options, run_seal, 0, 0, false,
     NULL},
    {"status", "", "say what is sealed, and what is not yet", seal_status_options, run_status, 0, 0, false, NULL},
    {"checkpoint", "", "print the newest checkpoint", checkpoint_options, run_checkpoint, 0, 0, false, NULL},
    {"prove", "[A B]", "print a proof of an entry, or of consistency", prove_options, run_prove, 0, 2, false, NULL},
    {"check-proof", "FILE", "check the proof of an entry, without a database", check_proof_options, run_check_proof, 1,
     1, false, NULL},
    {"timestamp", "URL", "have an authority time-stamp the newest checkpoint", timestamp_options, run_timestamp, 1, 1,
     false, NULL},
    {"check-timestamp", "REPLY NOTE", "check a time-stamp over a note, without a database", check_timestamp_options,
     run_check_timestamp, 2, 2, false, NULL},
    {"witness", "", "cosign the checkpoints of other people's logs", witness_options, run_witness, 0, 0, false, NULL},
    {"rotate", "", "go on with another key, from now on", rotate_options, run_rotate, 0, 0, false, NULL},
    {"epoch", "", "declare that the database was restored from a backup", epoch_options, run_epoch, 0, 0, false, NULL},
    {"repair", "", "take away what was written without the log's key", repair_options, run_repair, 0, 0, false, NULL},
    {"tiles", "DIR", "write the seal log as static tiles for its readers", NULL, run_tiles, 1, 1, false, NULL},
    {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
};

static const struct cli_program program = {
    "auditseal",
    "pin the audit chains in signed checkpoints, and prove single entries",
    "  auditseal keygen seal.pem --origin audit.example.com/seals\n"
    "  auditseal seal --key seal.pem --anchor dir:/mnt/worm\n"
    "  auditseal prove --entry UUID >entry.proof\n"
    "  auditseal check-proof entry.proof --key seal.pem.pub",
    NULL,
    commands,
    true,
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
