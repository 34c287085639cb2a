/* prove and check-proof. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/base64.h"
#include "auditproof/clock.h"
#include "auditproof/policy.h"
#include "auditproof/seal.h"
#include "commands.h"
#include "connect.h"
#include "key.h"
#include "keys.h"
#include "shown.h"

static struct cli_uuid entry_id, chain_id;
static bool system_chain, consistency, show_cost;
static uint64_t seq;
static struct cli_list keys;
static const char *policy_path;

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

const struct cli_option check_proof_options[] = {
    {'k', "key", "VKEY|FILE", CLI_LIST, &keys, NULL, "a verifier key that is trusted",
     "A verifier key that you trust, which you did not get from whoever gave you the proof; may be repeated."},
    {0, "policy", "FILE", CLI_STRING, &policy_path, NULL, "logs and witnesses that are trusted",
     "A trust policy (C2SP tlog-policy): the logs that are trusted, and the witnesses that must have cosigned."},
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

/* What the checkpoint's signatures are worth. */
struct trust {
    bool signed_by_known, bad;
    bool quorum; /* of the policy; true where there is none */
    const char *who;
};

static enum ap_status judge_keys(const struct ap_note *note, const struct ap_checkpoint *checkpoint,
                                 struct ap_digest *digest, struct trust *trust, struct ap_error *err)
{
    static struct ap_vkey key;
    enum ap_status status = AP_OK;
    enum ap_signed is;
    size_t i;

    for (i = 0; i < keys.count && status == AP_OK; i++) {
        status = cli_read_key(&key, digest, keys.items[i], err);
        if (status == AP_OK)
            status = ap_note_check(note, &key, &is, NULL, err);
        if (status != AP_OK)
            break;
        trust->bad = trust->bad || is == AP_SIGNED_BADLY;
        if (is == AP_SIGNED_WELL && key.type == AP_KEY_NOTE && strlen(key.name) == checkpoint->origin_len &&
            memcmp(key.name, checkpoint->origin, checkpoint->origin_len) == 0)
            trust->signed_by_known = true;
    }
    return status;
}

static enum ap_status judge_policy(const struct ap_note *note, struct ap_digest *digest, struct trust *trust,
                                   struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    struct ap_policy *policy = NULL;
    struct ap_policy_verdict verdict;
    enum ap_status status = key_read_file(policy_path, KEY_FILE_MAX, &text, err);

    if (status == AP_OK)
        status = ap_policy_parse(&policy, digest, text.data, text.len, err);
    if (status == AP_OK)
        status = ap_policy_check(policy, note, &verdict, err);
    if (status == AP_OK) {
        trust->signed_by_known = trust->signed_by_known || verdict.by_log;
        trust->bad = trust->bad || verdict.bad_signature;
        trust->quorum = verdict.quorum;
    }
    ap_policy_free(policy);
    ap_buf_free(&text);
    return status;
}

static int print_verdict(enum ap_proof_step step, const struct ap_entry_proof *proof, const struct ap_seal *seal,
                         const struct ap_checkpoint *checkpoint, const struct trust *trust)
{
    char chain[AP_UUID_TEXT_SIZE], at[AP_TIME_TEXT_SIZE];
    struct ap_buf origin = AP_BUF_INIT;
    bool pinned = keys.count > 0 || policy_path != NULL;

    if (step != AP_PROOF_HOLDS) {
        (void)printf("The proof does not hold: %s.\n", ap_proof_step_text(step));
        return EXIT_FINDINGS;
    }
    if (trust->bad || (pinned && !trust->signed_by_known)) {
        (void)printf("The proof does not hold: its checkpoint is not signed by a key that you trust.\n");
        return EXIT_FINDINGS;
    }
    if (!trust->quorum) {
        (void)printf("The proof does not hold: the witnesses that the policy asks for have not cosigned.\n");
        return EXIT_FINDINGS;
    }
    ap_uuid_format(chain, &seal->chain);
    ap_time_format(at, seal->sealed_at_us);
    (void)printf("The proof holds: entry %" PRIu64 " of chain %s, sealed at %s, in checkpoint %" PRIu64 " of ",
                 proof->inclusion.index + 1, chain, at, checkpoint->size);
    ap_buf_add(&origin, checkpoint->origin, checkpoint->origin_len);
    cli_put(stdout, ap_buf_str(&origin));
    ap_buf_free(&origin);
    (void)printf(".\n");
    if (proof->entry_text.len > 0) {
        cli_put(stdout, ap_buf_str(&proof->entry_text));
        (void)printf("\n");
    }
    if (!pinned) {
        (void)printf("No key was given: whoever made the proof could have made all of it. Give --key or --policy.\n");
        return EXIT_UNKNOWN;
    }
    return EXIT_DONE;
}

int run_check_proof(int argc, char **argv)
{
    struct ap_entry_proof *proof = calloc(1, sizeof *proof);
    struct ap_note *note = calloc(1, sizeof *note);
    struct trust trust = {false, false, true, NULL};
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_checkpoint checkpoint;
    struct ap_digest *digest = NULL;
    struct ap_error err;
    struct ap_seal seal;
    enum ap_proof_step step = AP_PROOF_SEAL;
    enum ap_status status = AP_OK;
    int result;

    (void)argc;
    if (proof == NULL || note == NULL)
        status = ap_fail_memory(&err, "a proof");
    if (status == AP_OK)
        status = ap_digest_new(&digest, &err);
    if (status == AP_OK)
        status = key_read_file(argv[0], AP_PROOF_BYTES_MAX, &bytes, &err);
    if (status == AP_OK)
        status = ap_entry_proof_parse(proof, bytes.data, bytes.len, &err);
    if (status == AP_OK)
        status = ap_entry_proof_check(proof, digest, &step, &seal, note, &checkpoint, &err);
    if (status == AP_OK)
        status = judge_keys(note, &checkpoint, digest, &trust, &err);
    if (status == AP_OK && policy_path != NULL)
        status = judge_policy(note, digest, &trust, &err);
    result = status == AP_OK ? print_verdict(step, proof, &seal, &checkpoint, &trust) : cli_fail(&err);
    if (proof != NULL)
        ap_entry_proof_clear(proof);
    free(proof);
    free(note);
    ap_buf_free(&bytes);
    ap_digest_free(digest);
    return result;
}
