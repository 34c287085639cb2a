/* proof/cosignatures.txt: what witnesses signed over the checkpoint, and whether it is what the reader's policy asks
 * for. */
#include <inttypes.h>
#include <stdlib.h>

#include "check/check_internal.h"

/* The lines, as a note has them under the checkpoint's text; bytes keeps them. */
static enum ap_status read_lines(const struct check *check, const struct ap_buf *lines, struct ap_buf *bytes,
                                 struct ap_note *note, bool *good, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_add(bytes, check->note->text, check->note->text_len);
    ap_buf_addc(bytes, '\n');
    ap_buf_add(bytes, ap_buf_str(lines), lines->len);
    status = ap_buf_check(bytes, "cosignatures", err);
    *good = status == AP_OK && ap_note_parse(note, bytes->data, bytes->len, NULL) == AP_OK &&
            note->text_len == check->note->text_len;
    return status;
}

/* *by: this witness cosigned. *bad: somebody says so, and it is not true. */
static enum ap_status count(const struct ap_note *note, const struct ap_vkey *witness, bool *by, bool *bad,
                            struct ap_error *err)
{
    enum ap_signed is = AP_SIGNED_NOT;
    enum ap_status status = ap_note_check(note, witness, &is, NULL, err);

    *by = status == AP_OK && is == AP_SIGNED_WELL;
    *bad = *bad || is == AP_SIGNED_BADLY;
    return status;
}

/* By those whom the bundle names, which is for information, and by those of the policy. */
static enum ap_status count_all(struct check *check, const struct ap_note *note, bool cosigned[AP_POLICY_MAX],
                                bool *bad, struct ap_error *err)
{
    const struct ap_policy *policy = check->options->policy;
    enum ap_status status = AP_OK;
    bool by;

    for (size_t i = 0; status == AP_OK && i < check->witness_count; i++) {
        status = count(note, &check->witnesses[i], &by, bad, err);
        check->report->cosignatures += by;
    }
    for (size_t i = 0; status == AP_OK && policy != NULL && i < policy->witness_count; i++) {
        status = count(note, &policy->witnesses[i].key, &cosigned[i], bad, err);
        check->report->policy_cosignatures += cosigned[i];
    }
    return status;
}

static void judge_quorum(struct check *check, const bool cosigned[AP_POLICY_MAX])
{
    const struct ap_policy *policy = check->options->policy;

    if (policy == NULL || ap_policy_met(policy, cosigned))
        return;
    check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_COSIGNATURES].path, 0,
                "%u of the %zu witnesses of the policy cosigned the checkpoint, which are not those that it asks for",
                check->report->policy_cosignatures, policy->witness_count);
}

enum ap_status check_cosignatures(struct check *check, struct ap_error *err)
{
    const struct ap_buf *lines = check_held(check, HELD_COSIGNATURES);
    bool cosigned[AP_POLICY_MAX] = {false}, good = true, bad = false;
    struct ap_buf bytes = AP_BUF_INIT;
    struct ap_note *note;
    enum ap_status status = AP_OK;

    if (!check->note_known)
        return AP_OK;
    note = calloc(1, sizeof *note);
    if (note == NULL)
        return ap_fail_memory(err, "cosignatures");
    if (lines != NULL)
        status = read_lines(check, lines, &bytes, note, &good, err);
    if (status == AP_OK && lines != NULL && good)
        status = count_all(check, note, cosigned, &bad, err);
    if (status == AP_OK && (!good || bad))
        check_found(check, AP_FINDING_SIGNATURE, held_rules[HELD_COSIGNATURES].path, 0, "%s",
                    bad ? "a witness's cosignature does not verify" : "it is not a list of signatures");
    else if (status == AP_OK)
        judge_quorum(check, cosigned);
    free(note);
    ap_buf_free(&bytes);
    return status;
}
