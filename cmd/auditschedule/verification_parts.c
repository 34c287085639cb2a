/* A verification's facts, findings and days, as parts of an answer. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "verification.h"

static const struct ap_answer_column verification_columns[] = {
    TEXT("verdict", "Verdict"),
    TEXT("meaning", NULL),
    COUNT("findings", "Findings"),
    COUNT("notices", "Notices"),
    COUNT("entries", "Entries in the chain"),
    COUNT("first_seq", "First sequence number"),
    COUNT("head_seq", "Head: sequence number"),
    TEXT("head_hash", "Head: entry hash"),
    TIME("first_recorded_at", "First recorded"),
    TIME("last_recorded_at", "Last recorded"),
    COUNT("rows", "Rows of audit_logs"),
    COUNT("purged", "Rows gone after their window, as recorded"),
    COUNT("erased_groups", "Groups of personal data erased, as recorded"),
    COUNT("adopted", "Adopted: claimed of the time before the chain"),
    COUNT("unadopted", "Rows from before the chain, not adopted"),
    TIME("snapshot", "Read as of"),
    END,
};
static const struct ap_answer_part verification_part = {
    .name = "verification", .title = "The chain", .shape = AP_ANSWER_FACTS, .columns = verification_columns};

static const struct ap_answer_column period_columns[] = {
    COUNT("entries", "Entries"),
    COUNT("first_seq", "First sequence number"),
    COUNT("last_seq", "Last sequence number"),
    TEXT("last_hash", "Entry hash of the last"),
    FLAG("covered", "Under a checkpoint that counts"),
    END,
};
static const struct ap_answer_part period_part = {
    .name = "period", .title = "Recorded in the period", .shape = AP_ANSWER_FACTS, .columns = period_columns};

static const struct ap_answer_column coverage_columns[] = {
    TEXT("log", "Seal log"),
    COUNT("log_size", "Seals in the log"),
    COUNT("sealed_seq", "Sealed through sequence number"),
    TIME("sealed_at", "Sealed"),
    COUNT("sealed_entries", "Entries sealed"),
    COUNT("unsealed_entries", "Entries not sealed"),
    TIME("unsealed_since", "The first of them recorded"),
    COUNT("checkpoint_size", "Covering checkpoint: seals"),
    TEXT("signed_by", "Signed by"),
    COUNT("own_checkpoints", "Checkpoints in the database"),
    COUNT("kept_checkpoints", "Checkpoints kept elsewhere that were compared"),
    TIME("time_stamped_at", "Time-stamped"),
    END,
};
static const struct ap_answer_part coverage_part = {
    .name = "coverage", .title = "Seals and checkpoints", .shape = AP_ANSWER_FACTS, .columns = coverage_columns};

static const struct ap_answer_column key_columns[] = {TEXT("key", "Verifier key"), END};
static const struct ap_answer_part key_part = {
    .name = "log_keys",
    .title = "Keys of the seal log that were given",
    .shape = AP_ANSWER_ROWS,
    .columns = key_columns,
    .empty = "none: signatures prove nothing about who signed",
};

#define BRIEF(heading)                                                                                                 \
    {                                                                                                                  \
        "", heading, AP_ANSWER_BRIEF, false                                                                            \
    }

/* On paper there is no room for a column of each. */
static const struct ap_answer_column finding_columns[] = {
    TEXT("severity", NULL),
    TEXT("kind", "Finding"),
    COUNT("seq", NULL),
    TEXT("log_id", NULL),
    TEXT("object", NULL),
    TEXT("expected", NULL),
    TEXT("found", NULL),
    TEXT("detail", NULL),
    TEXT("advice", NULL),
    BRIEF("Where"),
    BRIEF("What"),
    BRIEF("What to do"),
    END,
};
static const struct ap_answer_part finding_part = {
    .name = "findings", .title = "Findings", .shape = AP_ANSWER_ROWS, .columns = finding_columns, .empty = "none"};

static const struct ap_answer_column day_columns[] = {
    TIME("day", "Day"),
    {"entries", "Entries", AP_ANSWER_COUNT, true},
    COUNT("first_seq", "First seq"),
    COUNT("last_seq", "Last seq"),
    END,
};
static const struct ap_answer_part day_part = {.name = "days",
                                               .title = "Entries recorded each day (UTC)",
                                               .shape = AP_ANSWER_ROWS,
                                               .columns = day_columns,
                                               .chart = AP_ANSWER_COLUMNS,
                                               .value = 1,
                                               .empty = "no entry was recorded in the period"};

static const char *advice_on(const struct ap_finding *finding)
{
    static const char *const advice[AP_FINDING_DATABASE_KINDS] = {
        [AP_FINDING_ALTERED] =
            "Compare the row with a backup or a replica: the chain says that it changed, not what it was.",
        [AP_FINDING_MISSING] = "Look for the row in a backup, and for who could delete it.",
        [AP_FINDING_UNCHAINED] = "Find out how the row came past the trigger; adopt it if it is from before the chain.",
        [AP_FINDING_GAP] = "Entries were removed: look for them in a backup or a replica.",
        [AP_FINDING_LINK] = "Compare the chain entry with a backup: it was changed, or put in another's place.",
        [AP_FINDING_FORK] = "Find out who could write to the chain; compare both with a backup.",
        [AP_FINDING_HEAD] = "Compare the register and the chain with a backup.",
        [AP_FINDING_TRUNCATED] = "What is lost can only come from a backup; find out who set the database back.",
        [AP_FINDING_REWRITTEN] = "The chain was made anew: compare it with a backup from before the seal.",
        [AP_FINDING_SEAL] = "Run auditseal status; compare seals and tiles with checkpoints kept elsewhere.",
        [AP_FINDING_SIGNATURE] = "Compare the checkpoint with a copy kept elsewhere, and the key with the log's.",
        [AP_FINDING_ERASURE] = "Compare the erasure with its decision and with the entry that tells of it.",
        [AP_FINDING_EARLY_PURGE] = "Restore the rows from a backup; find out who let them go.",
        [AP_FINDING_PURGE] = "Compare plan, approval and certificate of the purge with the entries that tell of it.",
        [AP_FINDING_GUARD] = "Run auditmigrate check, then auditmigrate install, and find out who changed it.",
        [AP_FINDING_POLICY] = "Compare the policy with the entry that tells of it, and with who set it.",
        [AP_FINDING_HOLD] = "Compare the hold with the entry that tells of it, and with who placed it.",
        [AP_FINDING_CLOCK] = "Find out who set the server's clock back, or whether the chain was rebuilt.",
    };

    return finding->severity == AP_SEVERITY_NOTICE || (size_t)finding->kind >= sizeof advice / sizeof advice[0]
               ? NULL
               : advice[finding->kind];
}

static void put_chain(struct ap_answer *answer, const struct making *making, const struct verification *verification)
{
    const struct ap_verify_report *report = &verification->report;
    const struct ap_verify_chain *chain = verification_chain(verification);
    bool has = chain != NULL && chain->entries > 0;
    char hash[AP_HASH_TEXT_SIZE] = "";

    if (has)
        ap_hex_encode(hash, chain->head_hash, AP_HASH_LEN);
    ap_answer_add_part(answer, &verification_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, making->word);
    ap_answer_add_str(answer, making->verdict_text);
    ap_answer_add_count(answer, report->found);
    ap_answer_add_count(answer, report->noticed);
    ap_answer_add_count(answer, report->entries);
    column_count_if(answer, has, has ? chain->first_seq : 0);
    column_count_if(answer, has, has ? chain->head_seq : 0);
    column_said(answer, hash);
    column_time_if(answer, has, has ? chain->first_recorded_us : 0);
    column_time_if(answer, has, has ? chain->last_recorded_us : 0);
    ap_answer_add_count(answer, report->rows);
    ap_answer_add_count(answer, report->purged);
    ap_answer_add_count(answer, report->erased_groups);
    ap_answer_add_count(answer, report->adopted);
    ap_answer_add_count(answer, report->unadopted);
    column_time_if(answer, !verification->nothing, report->snapshot_us);
}

static void put_period(struct ap_answer *answer, const struct verification *verification)
{
    const struct recorded *recorded = &verification->recorded;
    const struct ap_verify_chain *chain = verification_chain(verification);
    bool any = recorded->entries > 0;

    ap_answer_add_part(answer, &period_part);
    ap_answer_add_row(answer);
    ap_answer_add_count(answer, recorded->entries);
    column_count_if(answer, any, recorded->first_seq);
    column_count_if(answer, any, recorded->last_seq);
    column_said(answer, recorded->last_hash);
    if (any && chain != NULL)
        ap_answer_add_flag(answer, verification->report.seals.counts && chain->covered_seq >= recorded->last_seq);
    else
        ap_answer_add_null(answer);
}

static void put_coverage(struct ap_answer *answer, const struct verification *verification)
{
    const struct ap_verify_seals *seals = &verification->report.seals;
    const struct ap_verify_chain *chain = verification_chain(verification);
    bool sealed = chain != NULL && chain->covered_seq > 0;

    ap_answer_add_part(answer, &coverage_part);
    ap_answer_add_row(answer);
    column_said(answer, seals->origin);
    ap_answer_add_count(answer, seals->log_size);
    column_count_if(answer, sealed, sealed ? chain->covered_seq : 0);
    column_time_if(answer, sealed, sealed ? chain->covered_at_us : 0);
    ap_answer_add_count(answer, seals->covered);
    ap_answer_add_count(answer, seals->uncovered);
    column_time_if(answer, seals->uncovered > 0, seals->waiting_since_us);
    column_count_if(answer, seals->covered_size > 0, seals->covered_size);
    column_said(answer, seals->signer);
    ap_answer_add_count(answer, seals->own);
    ap_answer_add_count(answer, seals->elsewhere);
    column_time_if(answer, seals->stamped_size > 0, seals->stamped_at_us);
}

static void put_keys(struct ap_answer *answer, const struct verification *verification)
{
    char text[AP_VKEY_TEXT_SIZE];

    ap_answer_add_part(answer, &key_part);
    for (size_t i = 0; i < verification->asked.key_count; i++) {
        ap_vkey_format(&verification->asked.keys[i], text);
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, text);
    }
    for (size_t i = 0; verification->asked.policy != NULL && i < verification->asked.policy->log_count; i++) {
        ap_vkey_format(&verification->asked.policy->logs[i].key, text);
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, text);
    }
}

static void add_where(struct ap_answer *answer, const struct ap_finding *finding, const char *id)
{
    char seq[40] = "", entry[AP_UUID_TEXT_SIZE + 16] = "", text[AP_FINDING_TEXT_SIZE + 128];

    if (finding->has_seq)
        (void)snprintf(seq, sizeof seq, "seq %" PRIu64 "%s", finding->seq, finding->has_log_id ? ", " : "");
    if (finding->has_log_id)
        (void)snprintf(entry, sizeof entry, "entry %s", id);
    (void)snprintf(text, sizeof text, "%s%s%s%s", seq, entry,
                   finding->object[0] != '\0' && (seq[0] != '\0' || entry[0] != '\0') ? ", " : "", finding->object);
    column_said(answer, text);
}

static void add_what(struct ap_answer *answer, const struct ap_finding *finding)
{
    const char *expected = finding->expected, *found = finding->found, *detail = finding->detail;
    char text[3 * AP_FINDING_TEXT_SIZE + 64];

    (void)snprintf(text, sizeof text, "%s%s%s%s%s%s%s", expected[0] != '\0' ? "Expected: " : "", expected,
                   expected[0] != '\0' && found[0] != '\0' ? "; " : "", found[0] != '\0' ? "found: " : "", found,
                   detail[0] != '\0' && (expected[0] != '\0' || found[0] != '\0') ? ". " : "", detail);
    column_said(answer, text);
}

void verification_put_findings(struct ap_answer *answer, const struct making *making,
                               const struct verification *verification)
{
    const struct ap_verify_report *report = &verification->report;
    uint64_t others = 0, all = report->found + report->noticed;

    ap_answer_add_part(answer, &finding_part);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct ap_finding *finding = &report->findings[i];
        char id[AP_UUID_TEXT_SIZE];

        others += !verification_tells(making, finding);
        if (!verification_tells(making, finding))
            continue;
        ap_uuid_format(id, &finding->log_id);
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, finding->severity == AP_SEVERITY_NOTICE ? "notice" : "finding");
        ap_answer_add_str(answer, ap_finding_name(finding->kind));
        column_count_if(answer, finding->has_seq, finding->seq);
        ap_answer_add_str(answer, finding->has_log_id ? id : NULL);
        column_said(answer, finding->object);
        column_said(answer, finding->expected);
        column_said(answer, finding->found);
        column_said(answer, finding->detail);
        ap_answer_add_str(answer, advice_on(finding));
        add_where(answer, finding, id);
        add_what(answer, finding);
        ap_answer_add_str(answer, advice_on(finding));
    }
    if (others > 0)
        ap_answer_remark(answer, "%" PRIu64 " findings are about other chains, and are not shown here.", others);
    if (all > report->finding_count)
        ap_answer_remark(answer, "%zu findings of %" PRIu64 " are named.", report->finding_count, all);
}

static void put_days(struct ap_answer *answer, const struct verification *verification)
{
    const struct ap_rows *days = verification->recorded.days;

    ap_answer_add_part(answer, &day_part);
    for (size_t i = 0; days != NULL && i < ap_rows_count(days); i++) {
        ap_answer_add_row(answer);
        ap_answer_add_time(answer, ap_rows_int(days, i, 0));
        for (int c = 1; c < 4; c++)
            ap_answer_add_count(answer, (uint64_t)ap_rows_int(days, i, c));
    }
}

static void put_remarks(struct ap_answer *answer, const struct verification *verification)
{
    const struct ap_verify_report *report = &verification->report;

    if (report->in_recovery)
        ap_answer_remark(answer, "A standby was read: what its primary has and it has not yet was not seen.");
    if (report->adopted > 0)
        ap_answer_remark(answer,
                         "Of adopted entries the chain proves that they did not change since; what they say of the"
                         " time before is the platform's claim.");
    ap_answer_remark(answer,
                     "A chain proves that what was recorded did not change, and that nothing was removed from it. It"
                     " does not prove that everything that happened was recorded.");
}

void verification_put(struct making *making, const struct verification *verification)
{
    verification_put_findings(making->answer, making, verification);
    verification_put_checks(making->answer, verification);
    put_chain(making->answer, making, verification);
    put_period(making->answer, verification);
    put_coverage(making->answer, verification);
    put_keys(making->answer, verification);
    put_days(making->answer, verification);
    put_remarks(making->answer, verification);
}
