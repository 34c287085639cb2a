/* check-proof: a proof of an entry, without a database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/log_key.h"
#include "auditproof/policy.h"
#include "auditproof/proof.h"
#include "commands.h"
#include "private_key.h"
#include "keys.h"
#include "shown.h"

static struct cli_list keys, history_files;
static const char *policy_path;

const struct cli_option check_proof_options[] = {
    {'k', "key", "VKEY|FILE", CLI_LIST, &keys, NULL, "a verifier key that is trusted",
     "A verifier key that you trust, which you did not get from whoever gave you the proof; may be repeated.\nAny key "
     "that the log has, or had, will do, as far as the proof or\n.Fl -history\nleads from it to the key that signed."},
    {0, "policy", "FILE", CLI_STRING, &policy_path, NULL, "logs and witnesses that are trusted",
     "A trust policy (C2SP tlog-policy): the logs that are trusted, and the witnesses that must have cosigned."},
    {0, "history", "FILE", CLI_LIST, &history_files, NULL, "how the log's key and name changed",
     "Notes of changed keys and declared restores, beside those that the proof carries; may be repeated.\nThey may "
     "tell "
     "that a key was retired before it signed, which the proof would rather not."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* What is checked, and what its signatures are worth. */
struct checking {
    struct ap_digest *digest;
    struct ap_entry_proof *proof;
    struct ap_note *note;
    struct ap_seal seal;
    struct ap_checkpoint checkpoint;
    enum ap_proof_step step;
    struct ap_log_notes history;
    bool trusted;  /* signed by a key that is trusted, or that one leads to */
    bool bad;      /* a signature that does not verify */
    bool late;     /* signed when the log had another key, or another name */
    bool two;      /* a history that forks */
    bool torn;     /* not shown to be the log that it was when its key was changed */
    bool quorum;   /* of the policy; true where there is none */
    unsigned lost; /* number of the declared restore that lost the checkpoint; or 0 */
    uint64_t kept; /* seals that it left */
};

static bool note_is_signed_by(const struct ap_note *note, const struct ap_vkey *key)
{
    enum ap_signed is;

    return ap_note_check(note, key, &is, NULL, NULL) == AP_OK && is == AP_SIGNED_WELL;
}

/* Each change that led to the key that signed, whoever tells of it: the proof has to show the log before it in its own.
 */
static enum ap_status judge_changes(struct checking *c, const struct ap_log_keys *log, const struct ap_log_key *signer,
                                    struct ap_error *err)
{
    struct ap_log_keys led = *log;
    struct ap_hash path[AP_PROOF_MAX];
    size_t count;
    bool holds = true;
    enum ap_status status = AP_OK;

    led.count = (size_t)(signer - log->keys) + 1;
    for (size_t i = 1; i < led.count && status == AP_OK && holds; i++) {
        holds = ap_entry_proof_change(c->proof, i - 1, path, &count);
        if (holds)
            status = ap_log_keys_extended(&led, i, c->digest, &c->checkpoint, path, count, &holds, err);
    }
    c->torn = c->torn || !holds;
    return status;
}

/* Of one trusted key, and those that it leads to: did the one of its time sign? */
static enum ap_status judge_key(struct checking *c, const struct ap_vkey *pinned, struct ap_error *err)
{
    const struct ap_checkpoint *is = &c->checkpoint;
    const struct ap_log_key *key;
    const struct ap_epoch *epoch;
    struct ap_log_keys log;
    struct ap_epochs epochs;
    enum ap_signed direct = AP_SIGNED_NOT;
    bool past = false;
    enum ap_status status = ap_log_notes_read(&c->history, c->digest, pinned, &log, &epochs, err);

    if (status == AP_OK)
        status = ap_note_check(c->note, pinned, &direct, NULL, err);
    if (status == AP_OK) {
        c->bad = c->bad || direct == AP_SIGNED_BADLY;
        c->two = c->two || log.problem[0] != '\0' || epochs.problem[0] != '\0';
        key = ap_log_keys_at(&log, is->origin, is->origin_len, is->size, &past);
        epoch = ap_epochs_explain(&epochs, is->origin, is->origin_len, is->size, &is->root);
        if (key == NULL || !note_is_signed_by(c->note, &key->vkey) || (past && epoch == NULL)) {
            c->late = c->late || (direct == AP_SIGNED_WELL && log.count > 1);
        } else {
            status = judge_changes(c, &log, key, err);
            c->trusted = true;
            c->lost = epoch != NULL ? epoch->number : 0;
            c->kept = epoch != NULL ? epoch->kept : 0;
        }
    }
    ap_epochs_free(&epochs);
    ap_log_keys_free(&log);
    return status;
}

static enum ap_status judge_keys(struct checking *c, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    struct ap_vkey key;

    for (size_t i = 0; i < keys.count && status == AP_OK; i++) {
        status = cli_read_key(&key, c->digest, keys.items[i], err);
        if (status == AP_OK)
            status = judge_key(c, &key, err);
    }
    return status;
}

static enum ap_status judge_policy(struct checking *c, struct ap_error *err)
{
    struct ap_policy *policy = NULL;
    struct ap_policy_verdict verdict;
    enum ap_status status = cli_read_policy(policy_path, &policy, err);

    if (status == AP_OK)
        status = ap_policy_check(policy, c->note, &verdict, err);
    for (size_t i = 0; status == AP_OK && i < policy->log_count; i++)
        status = judge_key(c, &policy->logs[i].key, err);
    if (status == AP_OK) {
        c->bad = c->bad || verdict.bad_signature;
        c->quorum = verdict.quorum;
    }
    ap_policy_free(policy);
    return status;
}

static int fails(const char *why)
{
    (void)printf("The proof does not hold: %s.\n", why);
    return EXIT_FINDINGS;
}

static void print_entry(const struct checking *c)
{
    char chain[AP_UUID_TEXT_SIZE], at[AP_TIME_TEXT_SIZE];
    struct ap_buf origin = AP_BUF_INIT;

    ap_uuid_format(chain, &c->seal.chain);
    ap_time_format(at, c->seal.sealed_at_us);
    (void)printf("The proof holds: entry %" PRIu64 " of chain %s, sealed at %s, in checkpoint %" PRIu64 " of ",
                 c->proof->inclusion.index + 1, chain, at, c->checkpoint.size);
    ap_buf_add(&origin, c->checkpoint.origin, c->checkpoint.origin_len);
    cli_put(stdout, ap_buf_str(&origin));
    ap_buf_free(&origin);
    (void)printf(".\n");
    if (c->lost > 0)
        (void)printf("The log has lost this checkpoint since, by declared restore %u to %" PRIu64 " seals.\n", c->lost,
                     c->kept);
    if (c->proof->entry_text.len > 0) {
        cli_put(stdout, ap_buf_str(&c->proof->entry_text));
        (void)printf("\n");
    }
}

static int print_verdict(const struct checking *c)
{
    bool pinned = keys.count > 0 || policy_path != NULL;

    if (c->step != AP_PROOF_HOLDS)
        return fails(ap_proof_step_text(c->step));
    if (c->two)
        return fails("there are two different histories of the log's keys, so somebody has one of them");
    if (c->bad)
        return fails("its checkpoint is not signed by a key that you trust: a signature does not verify");
    if (pinned && !c->trusted && c->late)
        return fails("its checkpoint is signed by a key of the log, but not by the key of its time");
    if (pinned && !c->trusted)
        return fails("its checkpoint is not signed by a key that you trust. If the log's key or name was changed since "
                     "yours, give what `auditseal checkpoint --history` prints as --history");
    if (pinned && c->torn)
        return fails(
            "it does not show that its log goes on from what the log was when its key was changed; ask for a new "
            "proof, which does");
    if (!c->quorum)
        return fails("the witnesses that the policy asks for have not cosigned");
    print_entry(c);
    if (pinned)
        return EXIT_DONE;
    (void)printf("No key was given: whoever made the proof could have made all of it. Give --key or --policy.\n");
    return EXIT_UNKNOWN;
}

static enum ap_status read_proof(struct checking *c, const char *path, struct ap_buf *bytes, struct ap_error *err)
{
    enum ap_status status = key_read_file(path, AP_PROOF_BYTES_MAX, bytes, err);

    if (status == AP_OK)
        status = ap_entry_proof_parse(c->proof, bytes->data, bytes->len, err);
    if (status == AP_OK)
        status = ap_log_notes_add(&c->history, ap_buf_str(&c->proof->history), c->proof->history.len, err);
    for (size_t i = 0; i < history_files.count && status == AP_OK; i++)
        status = key_read_history(history_files.items[i], &c->history, err);
    return status;
}

int run_check_proof(int argc, char **argv)
{
    struct checking c = {.step = AP_PROOF_SEAL, .quorum = true};
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_error err;
    enum ap_status status = ap_digest_new(&c.digest, &err);
    int result;

    (void)argc;
    c.proof = calloc(1, sizeof *c.proof);
    c.note = calloc(1, sizeof *c.note);
    if (status == AP_OK && (c.proof == NULL || c.note == NULL))
        status = ap_fail_memory(&err, "a proof");
    if (status == AP_OK)
        status = read_proof(&c, argv[0], &bytes, &err);
    if (status == AP_OK)
        status = ap_entry_proof_check(c.proof, c.digest, &c.step, &c.seal, c.note, &c.checkpoint, &err);
    if (status == AP_OK)
        status = judge_keys(&c, &err);
    if (status == AP_OK && policy_path != NULL)
        status = judge_policy(&c, &err);
    result = status == AP_OK ? print_verdict(&c) : cli_fail(&err);
    if (c.proof != NULL)
        ap_entry_proof_clear(c.proof);
    ap_log_notes_free(&c.history);
    free(c.proof);
    free(c.note);
    ap_buf_free(&bytes);
    ap_digest_free(c.digest);
    return result;
}
