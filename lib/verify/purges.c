/*
 * Purges by a plan: was each asked for, approved by somebody else and begun in time, as chained entries tell; did no
 * more leave than was planned; and is there a certificate that says exactly what did, by the key that was named when it
 * began (audit-certificate(5))?
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/certificate.h"
#include "auditproof/clock.h"
#include "purged_holds.h"
#include "run.h"

/* Columns of queries/verify_executions.sql. */
enum {
    X_DIGEST,
    X_PURGE,
    X_KEY,
    X_TEXT,
    X_SAME,
    X_ASKED,
    X_APPROVED,
    X_NOTE,
    X_NOTE_DIGEST,
    X_STEPS,
    STEP_COLUMNS = 3
};

enum step { PLANNED, APPROVED, BEGUN, CERTIFIED };

/* Digits of a plan's digest in a finding; days that a plan has, and one for time zones. */
enum { NAME_DIGITS = 16, MAX_DAYS = 90 + 1 };

struct execution {
    struct run *run;
    const struct ap_rows *rows;
    size_t row;
    struct ap_uuid purge_id;
    struct ap_purge_text plan, certificate;
    bool has_plan, has_certificate;
    uint64_t told; /* findings about it */
};

static const char *text_of(const struct execution *x, int column)
{
    return ap_rows_text(x->rows, x->row, column);
}

static bool is_told(const struct execution *x, enum step step)
{
    int column = X_STEPS + (int)step * STEP_COLUMNS;

    return text_of(x, column) != NULL && ap_rows_bool(x->rows, x->row, column);
}

/* Whose entry tells of it; NULL where the row has left after its own window. */
static const char *login_of(const struct execution *x, enum step step)
{
    return text_of(x, X_STEPS + (int)step * STEP_COLUMNS + 1);
}

static int64_t time_of(const struct execution *x, enum step step)
{
    return ap_rows_int(x->rows, x->row, X_STEPS + (int)step * STEP_COLUMNS + 2);
}

static struct ap_finding about(const struct execution *x)
{
    struct ap_finding finding;

    memset(&finding, 0, sizeof finding);
    finding.kind = AP_FINDING_PURGE;
    ap_finding_text(finding.object, "plan %.*s", NAME_DIGITS, text_of(x, X_DIGEST));
    return finding;
}

static enum ap_status tell(struct execution *x, const char *expected, const char *found, const char *detail,
                           struct ap_error *err)
{
    struct ap_finding finding = about(x);

    x->told++;
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "%s", detail);
    return findings_add(&x->run->findings, &finding, err);
}

static enum ap_status tell_seq(struct execution *x, const struct ap_uuid *chain, uint64_t seq, const char *expected,
                               const char *found, struct ap_error *err)
{
    struct ap_finding finding = about(x);

    x->told++;
    finding.has_chain = finding.has_seq = true;
    finding.chain = *chain;
    finding.seq = seq;
    ap_finding_text(finding.expected, "%s", expected);
    ap_finding_text(finding.found, "%s", found);
    ap_finding_text(finding.detail, "the row is gone, and what it held can only come from a backup or a bundle");
    return findings_add(&x->run->findings, &finding, err);
}

static enum ap_status read_plan(struct execution *x, struct ap_error *err)
{
    const char *text = text_of(x, X_TEXT);
    struct ap_error why;
    enum ap_status status;

    if (text == NULL)
        return tell(x, "the plan that was executed", "none", "what was to leave is not on record any more", err);
    if (!ap_rows_bool(x->rows, x->row, X_SAME) || !is_told(x, PLANNED))
        return tell(x, "the plan's text, as a chained entry tells of it", "another one",
                    "the plan was changed after it was made, or made behind the chain's back", err);
    status = ap_purge_plan_read(&x->plan, text, strlen(text), &why);
    if (status == AP_EINPUT)
        return tell(x, "a plan", why.message, "it was not made by auditretain", err);
    x->has_plan = status == AP_OK;
    if (status != AP_OK && err != NULL)
        *err = why;
    if (status == AP_OK && x->plan.execute_by_us > time_of(x, PLANNED) + MAX_DAYS * AP_US_PER_DAY)
        return tell(x, "a plan that is executed within 90 days", "one that has longer",
                    "it was not made by auditretain", err);
    return status;
}

/* Who asked, by what is hashed where that is still there. */
static bool is_same_login(const struct execution *x)
{
    const char *asked = login_of(x, PLANNED), *approved = login_of(x, APPROVED);

    return strcmp(asked != NULL ? asked : text_of(x, X_ASKED), approved != NULL ? approved : text_of(x, X_APPROVED)) ==
           0;
}

static enum ap_status check_approval(struct execution *x, struct ap_error *err)
{
    const char *approved = text_of(x, X_APPROVED), *login = login_of(x, APPROVED);

    if (approved == NULL || !is_told(x, APPROVED))
        return tell(x, "an approval, of which a chained entry tells", "none",
                    "the purge was nobody's decision but one's", err);
    if ((x->has_plan && is_same_login(x)) || (login != NULL && strcmp(login, approved) != 0))
        return tell(x, "an approval by another login than the one that asked", approved,
                    "one login did what takes two, or another one's name was put there", err);
    if (time_of(x, APPROVED) > time_of(x, BEGUN) || (x->has_plan && time_of(x, APPROVED) > x->plan.approve_by_us))
        return tell(x, "an approval before the purge began, and in the plan's time", "a later one", "", err);
    return AP_OK;
}

static enum ap_status check_steps(struct execution *x, struct ap_error *err)
{
    const char *login = login_of(x, PLANNED), *asked = text_of(x, X_ASKED);
    enum ap_status status = check_approval(x, err);

    if (status == AP_OK && !is_told(x, BEGUN))
        return tell(x, "a chained entry that tells of the purge, its plan and its key", "none", "", err);
    if (status == AP_OK && x->has_plan && time_of(x, BEGUN) > x->plan.execute_by_us)
        status = tell(x, "a purge in the plan's time", "one that began later", "", err);
    if (status == AP_OK && x->has_plan &&
        ((login != NULL && strcmp(login, asked) != 0) || strcmp(x->plan.requested_by, asked) != 0))
        status = tell(x, x->plan.requested_by, asked, "another login is on record as who asked", err);
    return status;
}

/* The key that the chain names signed; and, where keys were pinned, it is one of them. */
static enum ap_status check_signature(struct execution *x, const struct ap_note *note, struct ap_error *err)
{
    const struct ap_verify_options *options = x->run->options;
    const char *key = text_of(x, X_KEY);
    enum ap_signed how = AP_SIGNED_NOT;
    struct ap_vkey vkey;
    enum ap_status status = AP_OK;
    bool known = log_key_count(x->run) == 0 && options->purge_key_count == 0;

    if (ap_vkey_parse(&vkey, x->run->seals.digest, key, strlen(key), NULL) != AP_OK)
        return tell(x, "a verifier key", key, "by it the certificate was to be signed", err);
    status = ap_note_check(note, &vkey, &how, NULL, err);
    if (status == AP_OK && how != AP_SIGNED_WELL)
        return tell(x, "a certificate signed by the key that was named when the purge began",
                    how == AP_SIGNED_BADLY ? "another text under its signature" : "no signature of it",
                    "the certificate was altered, or replaced", err);
    for (size_t i = 0; i < log_key_count(x->run); i++)
        known = known || ap_vkey_equal(log_key(x->run, i), &vkey);
    for (size_t i = 0; i < options->purge_key_count; i++)
        known = known || ap_vkey_equal(&options->purge_keys[i], &vkey);
    if (status == AP_OK && !known)
        return tell(x, "a certificate signed by a key that was pinned", key,
                    "if that is the key for certificates, pin it with --purge-key", err);
    return status;
}

static enum ap_status read_certificate(struct execution *x, const char *bytes, size_t len, struct ap_error *err)
{
    struct ap_note *note = malloc(sizeof *note);
    struct ap_error why;
    enum ap_status status;

    if (note == NULL)
        return ap_fail_memory(err, "a certificate");
    status = ap_note_parse_long(note, bytes, len, AP_CERTIFICATE_MAX, &why);
    if (status == AP_OK)
        status = ap_certificate_read(&x->certificate, note->text, note->text_len, &why);
    if (status == AP_OK) {
        status = check_signature(x, note, err);
        x->has_certificate = true;
    } else if (status == AP_EINPUT || status == AP_ELIMIT) {
        status = tell(x, "a certificate", why.message, "", err);
    } else if (err != NULL) {
        *err = why;
    }
    free(note);
    return status;
}

/* Does it say what is on record of whose plan and which purge it is? */
static enum ap_status compare_certificate(struct execution *x, struct ap_error *err)
{
    const struct ap_purge_text *is = &x->certificate;
    char plan[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(plan, is->plan, AP_HASH_LEN);
    if (strcmp(plan, text_of(x, X_DIGEST)) != 0 || !ap_uuid_equal(&is->purge_id, &x->purge_id))
        return tell(x, "the certificate of this purge", "that of another", "", err);
    if (x->has_plan &&
        (is->planned != x->plan.planned || strcmp(is->table, x->plan.table) != 0 ||
         strcmp(is->requested_by, x->plan.requested_by) != 0 || strcmp(is->key, text_of(x, X_KEY)) != 0 ||
         (text_of(x, X_APPROVED) != NULL && strcmp(is->approved_by, text_of(x, X_APPROVED)) != 0)))
        return tell(x, "a certificate that agrees with the plan and its approval", "another one", "", err);
    return AP_OK;
}

static enum ap_status check_absent(struct execution *x, struct ap_error *err)
{
    struct ap_finding finding = about(x);
    char until[AP_TIME_TEXT_SIZE];

    if (text_of(x, X_STEPS + CERTIFIED * STEP_COLUMNS) != NULL)
        return tell(x, "the certificate of which a chained entry tells", "none",
                    "it was removed: look for a copy of it", err);
    if (!x->has_plan || x->run->snapshot_us > x->plan.execute_by_us)
        return tell(x, "a certificate", "none",
                    "the purge was begun, and not ended in the plan's time: `auditretain execute` ends it", err);
    finding.severity = AP_SEVERITY_NOTICE;
    ap_time_format(until, x->plan.execute_by_us);
    ap_finding_text(finding.expected, "a certificate by %s", until);
    ap_finding_text(finding.found, "none yet");
    ap_finding_text(finding.detail, "a purge is under way, or was interrupted: `auditretain execute` goes on with it");
    return findings_add(&x->run->findings, &finding, err);
}

static enum ap_status check_certificate(struct execution *x, struct ap_error *err)
{
    const char *hex = text_of(x, X_NOTE);
    size_t len = hex != NULL ? strlen(hex) / 2 : 0;
    uint8_t *bytes;
    enum ap_status status;

    if (hex == NULL)
        return check_absent(x, err);
    if (!is_told(x, CERTIFIED))
        return tell(x, "the certificate of which a chained entry tells", "another one", "look for a copy of it", err);
    bytes = malloc(len + 1);
    if (bytes == NULL)
        return ap_fail_memory(err, "a certificate");
    status = ap_hex_decode(bytes, len, hex) ? read_certificate(x, (const char *)bytes, len, err)
                                            : ap_fail(err, AP_EIO, "the server sent a note that cannot be read");
    free(bytes);
    return status == AP_OK && x->has_certificate ? compare_certificate(x, err) : status;
}

/* The next ranges on record of this purge that follow each other, as one. *at begins at 0. */
static bool next_actual(const struct execution *x, size_t *at, struct ap_uuid *chain, struct ap_seq_range *out)
{
    const struct run *run = x->run;
    bool found = false;

    for (; *at < run->purge_count; ++*at) {
        const struct purge *purge = &run->purges[*at];

        if (!ap_uuid_equal(&purge->id, &x->purge_id))
            continue;
        if (found && (!ap_uuid_equal(&purge->chain, chain) || purge->from_seq != out->to_seq + 1))
            break;
        if (!found) {
            *chain = purge->chain;
            out->from_seq = purge->from_seq;
        }
        out->to_seq = purge->to_seq;
        found = true;
    }
    return found;
}

/* The first seq of a range that the part does not have, or 0. */
static uint64_t first_outside(const struct ap_purge_part *part, const struct ap_seq_range *range)
{
    size_t low = 0, high = part != NULL ? part->range_count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (part->ranges[middle].to_seq < range->from_seq)
            low = middle + 1;
        else
            high = middle;
    }
    if (part == NULL || low == part->range_count || part->ranges[low].from_seq > range->from_seq)
        return range->from_seq;
    return part->ranges[low].to_seq < range->to_seq ? part->ranges[low].to_seq + 1 : 0;
}

/* Nothing left that the plan does not name, and of what the certificate names nothing more or less. */
static enum ap_status check_ranges(struct execution *x, struct ap_error *err)
{
    struct ap_seq_range range;
    struct ap_uuid chain;
    uint64_t outside, left = 0, said = 0;
    enum ap_status status = AP_OK;

    for (size_t at = 0; status == AP_OK && next_actual(x, &at, &chain, &range);) {
        left += range.to_seq - range.from_seq + 1;
        outside = x->has_plan ? first_outside(ap_purge_part_of(&x->plan, &chain), &range) : 0;
        if (outside != 0)
            status = tell_seq(x, &chain, outside, "an entry that the plan names", "another one", err);
        outside =
            x->has_certificate && outside == 0 ? first_outside(ap_purge_part_of(&x->certificate, &chain), &range) : 0;
        if (status == AP_OK && outside != 0)
            status = tell_seq(x, &chain, outside, "an entry that the certificate names", "another one", err);
    }
    if (status != AP_OK || !x->has_certificate || !x->certificate.chained || x->told > 0)
        return status;
    for (size_t i = 0; i < x->certificate.part_count; i++)
        if (!x->run->options->has_chain || ap_uuid_equal(&x->certificate.parts[i].chain, &x->run->options->chain))
            said += x->certificate.parts[i].destroyed;
    return said == left ? AP_OK
                        : tell(x, "as many entries on record as the certificate says", "fewer",
                               "ranges of the purge were removed: what they excuse is missing", err);
}

/* Once a row is gone, that its id was this one is what the certificate says; and it has the chain as it was then. */
static enum ap_status check_part(struct execution *x, const struct ap_purge_part *part, const struct ap_rows *rows,
                                 size_t row, struct ap_error *err)
{
    const struct ap_seq_range *last = &part->ranges[part->range_count - 1];
    char hex[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(hex, part->ids, AP_HASH_LEN);
    if (strcmp(hex, ap_rows_str(rows, row, 1)) != 0)
        return tell_seq(x, &part->chain, part->ranges[0].from_seq, "the log ids that the certificate's digest is of",
                        "others", err);
    ap_hex_encode(hex, part->first_hash.bytes, AP_HASH_LEN);
    if (strcmp(hex, ap_rows_str(rows, row, 2)) != 0)
        return tell_seq(x, &part->chain, part->ranges[0].from_seq, "the entry hash that the certificate has",
                        "another one", err);
    ap_hex_encode(hex, part->last_hash.bytes, AP_HASH_LEN);
    if (strcmp(hex, ap_rows_str(rows, row, 3)) != 0)
        return tell_seq(x, &part->chain, last->to_seq, "the entry hash that the certificate has", "another one", err);
    return AP_OK;
}

static enum ap_status check_ids(struct execution *x, struct ap_error *err)
{
    const struct ap_verify_options *options = x->run->options;
    char purge[AP_UUID_TEXT_SIZE], chain[AP_UUID_TEXT_SIZE];
    const char *values[2] = {purge, options->has_chain ? chain : NULL};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    if (!x->has_certificate || !x->certificate.chained || x->run->rechecks || x->told > 0)
        return AP_OK;
    ap_uuid_format(purge, &x->purge_id);
    ap_uuid_format(chain, &options->chain);
    status = run_query_by_index(x->run, "queries/verify_purge_ids", 2, values, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const struct ap_purge_part *part;
        struct ap_uuid id;

        if (!ap_uuid_parse(&id, ap_rows_str(rows, i, 0)))
            status = ap_fail(err, AP_EIO, "the server sent a chain id that this version cannot read");
        part = status == AP_OK ? ap_purge_part_of(&x->certificate, &id) : NULL;
        if (part != NULL && part->range_count > 0)
            status = check_part(x, part, rows, i, err);
    }
    ap_rows_free(rows);
    return status;
}

static bool concerns(const struct execution *x)
{
    const struct ap_verify_options *options = x->run->options;

    if (!options->has_chain || !x->has_plan || ap_purge_part_of(&x->plan, &options->chain) != NULL)
        return true;
    for (size_t i = 0; i < x->run->purge_count; i++)
        if (ap_uuid_equal(&x->run->purges[i].id, &x->purge_id))
            return true;
    return false;
}

static enum ap_status check_execution(struct execution *x, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (!ap_uuid_parse(&x->purge_id, ap_rows_str(x->rows, x->row, X_PURGE)))
        return ap_fail(err, AP_EIO, "the server sent a purge id that this version cannot read");
    status = read_plan(x, err);
    if (status != AP_OK || !concerns(x))
        return status;
    if (x->told == 0 || text_of(x, X_TEXT) != NULL)
        status = check_steps(x, err);
    if (status == AP_OK)
        status = check_certificate(x, err);
    if (status == AP_OK)
        status = check_ranges(x, err);
    return status == AP_OK ? check_ids(x, err) : status;
}

enum ap_status run_check_purges(struct run *run, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    struct planned_holds holds = PLANNED_HOLDS_INIT;
    enum ap_status status = run_query_by_index(run, "queries/verify_executions", 0, NULL, &rows, err);

    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        struct execution x;

        memset(&x, 0, sizeof x);
        x.run = run;
        x.rows = rows;
        x.row = i;
        status = check_execution(&x, err);
        if (x.has_plan)
            planned_holds_add(&holds, &x.plan);
        ap_purge_text_free(&x.plan);
        ap_purge_text_free(&x.certificate);
    }
    ap_rows_free(rows);
    if (status == AP_OK)
        status = run_check_purged_holds(run, &holds, err);
    planned_holds_free(&holds);
    return status;
}
