/* prove: of entries, and of consistency. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/seal.h"
#include "commands.h"
#include "connect.h"

static struct cli_uuid entry_id, chain_id;
static bool system_chain, consistency, show_cost;
static uint64_t seq;

const struct cli_option prove_options[] = {
    {0, "entry", "UUID", CLI_UUID, &entry_id, NULL, "the entry of this id", NULL},
    {0, "chain", "UUID", CLI_UUID, &chain_id, NULL, "the entry of this chain with number --seq", NULL},
    {0, "system", NULL, CLI_FLAG, &system_chain, NULL, "the same, of the chain of system-wide events", NULL},
    {0, "seq", "SEQ", CLI_U64, &seq, NULL, "number of the entry in its chain", NULL},
    {0, "consistency", NULL, CLI_FLAG, &consistency, NULL, "operands A B: that the log of A seals is a prefix of B's",
     "Prove that the seal log of\n.Ar A\nseals is a prefix of that of\n.Ar B :\none hash a line, in base64."},
    {0, "cost", NULL, CLI_FLAG, &show_cost, NULL, "say how many rows were read", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static int prove_consistency(int argc, char **argv)
{
    struct ap_hash proof[AP_PROOF_MAX];
    char line[45];
    uint64_t sizes[2];
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;
    size_t count = 0, i;

    if (argc != 2 || !ap_decimal_parse(&sizes[0], argv[0], strlen(argv[0])) ||
        !ap_decimal_parse(&sizes[1], argv[1], strlen(argv[1])))
        return cli_usage("--consistency takes two sizes of the seal log");
    status = cli_connect(&db, "auditseal", true, &err);
    if (status == AP_OK)
        status = ap_seal_prove_consistency(db, sizes[0], sizes[1], proof, &count, &err);
    for (i = 0; i < count && status == AP_OK; i++) {
        ap_base64_encode(line, proof[i].bytes, AP_HASH_LEN);
        line[44] = '\0';
        (void)printf("%s\n", line);
    }
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}

int run_prove(int argc, char **argv)
{
    struct ap_uuid chain = system_chain ? ap_uuid_nil : chain_id.value;
    struct ap_buf note = AP_BUF_INIT, out = AP_BUF_INIT;
    struct ap_entry_proof *proof;
    struct ap_error err;
    struct ap_db *db = NULL;
    enum ap_status status;
    uint64_t rows = 0;

    if (consistency)
        return prove_consistency(argc, argv);
    if (argc != 0 ||
        (entry_id.given ? chain_id.given || system_chain || seq != 0 : (chain_id.given == system_chain) || seq == 0))
        return cli_usage("prove takes --entry UUID, or --chain UUID (or --system) and --seq N");
    proof = calloc(1, sizeof *proof);
    if (proof == NULL) {
        (void)ap_fail_memory(&err, "a proof");
        return cli_fail(&err);
    }
    status = cli_connect(&db, "auditseal", true, &err);
    if (status == AP_OK && entry_id.given)
        status = ap_seal_find(db, &entry_id.value, &chain, &seq, &err);
    if (status == AP_OK)
        status = ap_seal_prove(db, &chain, seq, proof, &note, &rows, &err);
    if (status == AP_OK)
        status = ap_entry_proof_format(&out, proof, &err);
    if (status == AP_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = ap_fail(&err, AP_EIO, "cannot write to standard output");
    if (status == AP_OK && show_cost)
        cli_say("%" PRIu64 " rows were read", rows);
    ap_entry_proof_clear(proof);
    free(proof);
    ap_buf_free(&note);
    ap_buf_free(&out);
    ap_db_close(db);
    return status == AP_OK ? EXIT_DONE : cli_fail(&err);
}
