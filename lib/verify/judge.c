/*
 * What a checkpoint is worth: who signed it, who cosigned it, whether it stands where it belongs, and whether its key
 * is that of its time.
 */
#include <inttypes.h>
#include <string.h>

#include "run.h"

enum { NAME_DIGITS = 20 };

#define SIGNER_SIZE (AP_KEY_NAME_MAX + 10)

bool checkpoint_is_of(const struct ap_checkpoint *checkpoint, const char *name)
{
    return strlen(name) == checkpoint->origin_len && memcmp(name, checkpoint->origin, checkpoint->origin_len) == 0;
}

static bool has_name(const struct trust *trust, const char *name, size_t len)
{
    for (size_t i = 0; i < trust->name_count; i++)
        if (strlen(trust->names[i]) == len && memcmp(trust->names[i], name, len) == 0)
            return true;
    return false;
}

bool is_same_log(const struct run *run, const char *name, const char *other, size_t other_len)
{
    size_t len = strlen(name);

    return (len == other_len && memcmp(name, other, len) == 0) ||
           (has_name(&run->trust, name, len) && has_name(&run->trust, other, other_len));
}

static struct ap_finding about(enum ap_finding_kind kind, const struct candidate *from)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = kind;
    if (from->path != NULL)
        ap_finding_text(finding.object, "anchor %s", from->path);
    else
        ap_finding_text(finding.object, "checkpoint %" PRId64, from->size);
    return finding;
}

enum ap_status checkpoint_tell(struct run *run, const struct candidate *from, const char *expected, const char *found,
                               const char *detail, struct ap_error *err)
{
    struct ap_finding finding = about(AP_FINDING_SIGNATURE, from);

    run->seals.signature_findings++;
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "%s", detail);
    return findings_add(&run->findings, &finding, err);
}

static void signers_text(char out[AP_FINDING_TEXT_SIZE], const struct ap_note *note)
{
    struct ap_buf text = AP_BUF_INIT;
    char id[2 * AP_KEY_ID_LEN + 1];

    for (size_t i = 0; i < note->count; i++) {
        ap_hex_encode(id, note->signatures[i].id, AP_KEY_ID_LEN);
        id[sizeof id - 1] = '\0';
        ap_buf_addf(&text, "%s%.*s+%s", i > 0 ? ", " : "signed by ", (int)note->signatures[i].name_len,
                    note->signatures[i].name, id);
    }
    ap_finding_text(out, "%s", ap_buf_str(&text));
    ap_buf_free(&text);
}

static void signer_text(char out[SIGNER_SIZE], const struct ap_vkey *key)
{
    char id[2 * AP_KEY_ID_LEN + 1];

    ap_hex_encode(id, key->id, AP_KEY_ID_LEN);
    id[sizeof id - 1] = '\0';
    (void)snprintf(out, SIGNER_SIZE, "%s+%s", key->name, id);
}

static enum ap_status tell_signer(struct run *run, const struct candidate *from, enum ap_signed how, size_t key,
                                  struct ap_error *err)
{
    char expected[AP_FINDING_TEXT_SIZE], signers[AP_FINDING_TEXT_SIZE], signer[SIGNER_SIZE];

    signer_text(signer, log_key(run, key));
    if (how == AP_SIGNED_BADLY) {
        ap_finding_text(expected, "what %s signed", signer);
        return checkpoint_tell(run, from, expected, "another text under its signature",
                               "the note was altered after it was signed, or its signature was: what it says proves "
                               "nothing; look for another copy",
                               err);
    }
    ap_finding_text(expected, "signed by %s%s", signer, log_key_count(run) > 1 ? ", or another pinned key" : "");
    signers_text(signers, &from->note);
    return checkpoint_tell(run, from, expected, signers,
                           "not by a key that was pinned: it proves nothing. If the key was rotated, pin each in turn, "
                           "oldest first",
                           err);
}

/* Is it for the key to sign a checkpoint of this size? After a renaming, what became of the old name is looked at. */
static bool is_of_its_time(const struct trusted_key *key, uint64_t size)
{
    return size > key->from && (size <= key->until || key->renamed);
}

/* Signed by a key of the log's, and not by that of its time. */
static enum ap_status tell_untimely(struct run *run, const struct candidate *from, size_t key, struct ap_error *err)
{
    const struct trusted_key *is = &run->trust.keys[key];
    char expected[AP_FINDING_TEXT_SIZE], found[AP_FINDING_TEXT_SIZE], signer[SIGNER_SIZE];
    uint64_t size = from->checkpoint.size;

    ap_finding_text(expected, "signed by the key that the log had for %" PRIu64 " seals", size);
    for (size_t i = 0; i < run->trust.count; i++) {
        const struct trusted_key *other = &run->trust.keys[i];

        if (!other->dated || size <= other->from || size > other->until)
            continue;
        signer_text(signer, &other->vkey);
        ap_finding_text(expected, "signed by %s, which the log had for %" PRIu64 " seals", signer, size);
    }
    signer_text(signer, &is->vkey);
    if (size <= is->from)
        ap_finding_text(found, "signed by %s, which it has from %" PRIu64 " seals on", signer, is->from);
    else
        ap_finding_text(found, "signed by %s, which it had through %" PRIu64 " seals", signer, is->until);
    return checkpoint_tell(run, from, expected, found,
                           size <= is->from ? "it was signed anew after the key was changed: trust copies from before"
                                            : "a key that was given up signed it: it may be in the wrong hands",
                           err);
}

/* Which of the log's keys signed? That of its time, if one did; else the oldest. How many did, and which does not fit?
 */
static enum ap_status find_signer(struct run *run, const struct candidate *from, struct known *known, size_t *ours,
                                  size_t *bad, struct ap_error *err)
{
    bool timely = false;

    *bad = NO_KEY;
    for (size_t i = log_key_count(run); i-- > 0;) {
        const struct trusted_key *key = &run->trust.keys[i];
        enum ap_signed how = AP_SIGNED_NOT;
        enum ap_status status;

        if (!checkpoint_is_of(&from->checkpoint, key->vkey.name))
            continue;
        *ours = i;
        status = ap_note_check(&from->note, &key->vkey, &how, NULL, err);
        if (status != AP_OK)
            return status;
        if (how == AP_SIGNED_BADLY)
            *bad = i;
        if (how == AP_SIGNED_WELL && (!timely || is_of_its_time(key, from->checkpoint.size))) {
            known->key = (uint16_t)i;
            timely = is_of_its_time(key, from->checkpoint.size);
        }
    }
    return AP_OK;
}

/* Who signed? Told when a finding says that nobody did whom the caller trusts. */
static enum ap_status judge_log(struct run *run, const struct candidate *from, struct known *known,
                                struct ap_error *err)
{
    size_t ours = 0, bad;
    enum ap_status status = find_signer(run, from, known, &ours, &bad, err);

    if (status != AP_OK)
        return status;
    known->told = true;
    if (bad != NO_KEY)
        return tell_signer(run, from, AP_SIGNED_BADLY, bad, err);
    if (known->key == NO_KEY)
        return tell_signer(run, from, AP_SIGNED_NOT, ours, err);
    if (!is_of_its_time(&run->trust.keys[known->key], from->checkpoint.size))
        return tell_untimely(run, from, known->key, err);
    known->told = false;
    return AP_OK;
}

/* Have the witnesses that the policy asks for cosigned? */
static enum ap_status judge_witnesses(struct run *run, const struct candidate *from, struct known *known,
                                      struct ap_error *err)
{
    struct ap_policy_verdict verdict;
    enum ap_status status;

    if (run->options->policy == NULL) {
        known->worth = WORTH_TRUST;
        return AP_OK;
    }
    status = ap_policy_check(run->options->policy, &from->note, &verdict, err);
    if (status != AP_OK)
        return status;
    known->worth = verdict.quorum ? WORTH_TRUST : WORTH_OUTSIDE;
    if (!verdict.bad_signature && verdict.witness_count > 0) {
        known->cosigned =
            (const bool *)ap_arena_copy(&run->seals.arena, (const char *)verdict.cosigned, sizeof verdict.cosigned);
        return ap_arena_check(&run->seals.arena, "cosignatures", err);
    }
    if (!verdict.bad_signature)
        return AP_OK;
    known->told = true;
    return checkpoint_tell(
        run, from, "what a witness cosigned", "another text under its cosignature",
        "a cosignature of a witness in the policy does not verify: the note was altered, or made anew, after it was "
        "cosigned, or the cosignature was; ask the witness what it cosigned",
        err);
}

/* Where auditseal puts a note, its name is its size. */
static enum ap_status check_name(struct run *run, const struct candidate *from, struct ap_error *err)
{
    const char *slash = strrchr(from->path, '/'), *name = slash != NULL ? slash + 1 : from->path;
    char right[NAME_DIGITS + sizeof ".note"], expected[AP_FINDING_TEXT_SIZE], found[AP_FINDING_TEXT_SIZE];

    (void)snprintf(right, sizeof right, "%020" PRIu64 ".note", from->checkpoint.size);
    if (strspn(name, "0123456789") != NAME_DIGITS || strcmp(name + NAME_DIGITS, ".note") != 0 ||
        strcmp(name, right) == 0)
        return AP_OK;
    ap_finding_text(expected, "the checkpoint of %.*s seals, as its name says", NAME_DIGITS, name);
    ap_finding_text(found, "that of %" PRIu64 " seals", from->checkpoint.size);
    return checkpoint_tell(
        run, from, expected, found,
        "a note was put in another's place: look for the one that belongs there, and for who can write "
        "there; what it says is looked at all the same",
        err);
}

/* Was it lost in a restore that was declared? Then it is compared with nothing, and no alarm. */
static bool is_explained(const struct run *run, const struct candidate *from)
{
    const struct ap_epochs restores = {.epochs = run->trust.restores, .count = run->trust.restore_count};
    const struct ap_checkpoint *checkpoint = &from->checkpoint;

    return from->path != NULL && ap_epochs_explain(&restores, checkpoint->origin, checkpoint->origin_len,
                                                   checkpoint->size, &checkpoint->root) != NULL;
}

enum ap_status checkpoint_judge(struct run *run, const struct candidate *from, struct known *known,
                                struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (log_key_count(run) > 0) {
        status = judge_log(run, from, known, err);
        if (status == AP_OK && !known->told)
            status = judge_witnesses(run, from, known, err);
    }
    if (status == AP_OK && !known->told && from->path != NULL)
        status = check_name(run, from, err);
    if (status == AP_OK && !known->told && is_explained(run, from)) {
        known->told = true;
        run->seals.explained++;
    }
    return status;
}

static enum ap_status tell_resigned(struct run *run, struct known *known, const struct known *later,
                                    struct ap_error *err)
{
    const struct candidate from = {.path = known->path, .size = (int64_t)known->size};
    char expected[AP_FINDING_TEXT_SIZE], found[AP_FINDING_TEXT_SIZE], signer[SIGNER_SIZE];

    known->told = true;
    signer_text(signer, log_key(run, later->key));
    ap_finding_text(expected, "signed by %s, which signed the checkpoint of %" PRIu64 " seals", signer, later->size);
    signer_text(signer, log_key(run, known->key));
    ap_finding_text(found, "signed by %s, a newer key", signer);
    return checkpoint_tell(run, &from, expected, found,
                           "it was signed anew after the key was rotated: trust copies from before; or keys were not "
                           "given oldest first",
                           err);
}

/* Of keys that no record dates, the order is known: no checkpoint is signed by a newer one than any later checkpoint.
 */
static bool is_ordered(const struct run *run, const struct known *known)
{
    return !known->told && known->key != NO_KEY && !run->trust.keys[known->key].dated;
}

static enum ap_status check_key_order(struct run *run, struct ap_error *err)
{
    struct seals *seals = &run->seals;
    const struct known *oldest = NULL;
    size_t i = seals->known_count;
    enum ap_status status = AP_OK;

    while (i > 0 && status == AP_OK) {
        size_t from = i;

        /* Of those of one size the oldest key counts for all. */
        while (from > 0 && seals->known[from - 1].size == seals->known[i - 1].size) {
            const struct known *known = &seals->known[--from];

            if (is_ordered(run, known) && (oldest == NULL || known->key <= oldest->key))
                oldest = known;
        }
        for (; i > from && status == AP_OK; i--) {
            struct known *known = &seals->known[i - 1];

            if (is_ordered(run, known) && known->key > oldest->key)
                status = tell_resigned(run, known, oldest, err);
        }
        i = from;
    }
    return status;
}

/* What the caller asked for must have been there to be asked. */
static enum ap_status check_asked(struct run *run, struct ap_error *err)
{
    const struct ap_verify_options *options = run->options;
    const struct seals *seals = &run->seals;
    struct ap_finding finding;
    char signer[SIGNER_SIZE];
    bool quorum = false;

    if (options->anchor_count > 0 && seals->elsewhere == 0)
        return ap_fail(err, AP_ESTATE,
                       "no checkpoint of this log is among the anchors (%" PRIu64
                       " of other logs are): is the directory the right one, and mounted?",
                       seals->passed_over);
    if (log_key_count(run) == 0 || seals->signature_findings > 0)
        return AP_OK;
    for (size_t i = 0; i < seals->known_count; i++)
        quorum = quorum || seals->known[i].worth == WORTH_TRUST;
    if (quorum)
        return AP_OK;
    memset(&finding, 0, sizeof finding);
    signer_text(signer, log_key(run, 0));
    if (seals->known_count > 0) {
        finding.kind = AP_FINDING_SIGNATURE;
        ap_finding_text(finding.object, "policy");
        ap_finding_text(finding.expected, "a checkpoint with the cosignatures that the policy asks for");
        ap_finding_text(finding.found, "%zu checkpoints, none with them", seals->known_count);
        ap_finding_text(finding.detail,
                        "the witnesses were not asked yet, or refused, as they do when a log is not the "
                        "one that they saw before: ask each what it cosigned last, and look at "
                        "`auditseal status`");
    } else {
        finding.kind = AP_FINDING_TRUNCATED;
        ap_finding_text(finding.object, "seal log");
        ap_finding_text(finding.expected, "checkpoints signed by %s", signer);
        ap_finding_text(finding.found, "none");
        ap_finding_text(finding.detail, "nothing was ever sealed with that key, or all that was is removed");
    }
    return findings_add(&run->findings, &finding, err);
}

enum ap_status checkpoints_judge(struct run *run, struct ap_error *err)
{
    enum ap_status status = checkpoints_merge(run, err);

    if (status == AP_OK)
        status = check_key_order(run, err);
    return status == AP_OK ? check_asked(run, err) : status;
}
