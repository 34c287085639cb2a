/* What a verification is worth, in a word and a sentence, and what was checked for it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verification.h"

enum { NAMED = 5, BY_SIZE = 128, RESULT_SIZE = 48, SAID_SIZE = 480 };

const char *verification_word(const struct verification *verification)
{
    static const char *const words[] = {[AP_VERDICT_FINDINGS] = "findings",
                                        [AP_VERDICT_INTACT] = "intact",
                                        [AP_VERDICT_ANCHORED] = "anchored",
                                        [AP_VERDICT_TRUSTED] = "trusted"};

    return verification->nothing ? "empty" : words[verification->report.verdict];
}

static bool is_told(const struct making *making, const struct ap_finding *finding)
{
    return finding->severity == AP_SEVERITY_FINDING && verification_tells(making, finding);
}

/* "altered at seq 17, and 3 more": the first of its kind, and how many there are beside it. False if it is not. */
static bool name_kind(struct ap_buf *out, const struct making *making, const struct ap_verify_report *report, size_t at)
{
    const struct ap_finding *finding = &report->findings[at];
    uint64_t more = 0;

    for (size_t i = 0; i < report->finding_count; i++) {
        if (report->findings[i].kind != finding->kind || !is_told(making, &report->findings[i]))
            continue;
        if (i < at)
            return false;
        more += i > at;
    }
    ap_buf_adds(out, ap_finding_name(finding->kind));
    if (finding->has_seq)
        ap_buf_addf(out, " at seq %" PRIu64, finding->seq);
    else if (finding->object[0] != '\0')
        ap_buf_addf(out, ", %.80s", finding->object);
    if (more > 0)
        ap_buf_addf(out, ", and %s%" PRIu64 " more",
                    report->found + report->noticed > report->finding_count ? "at least " : "", more);
    return true;
}

void verification_judge_findings(struct making *making, const struct verification *verification, const char *and_so)
{
    const struct ap_verify_report *report = &verification->report;
    struct ap_buf named = AP_BUF_INIT;

    for (size_t i = 0, kinds = 0; i < report->finding_count && kinds < NAMED; i++) {
        size_t before = named.len;

        if (!is_told(making, &report->findings[i]))
            continue;
        if (kinds > 0)
            ap_buf_adds(&named, "; ");
        if (name_kind(&named, making, report, i))
            kinds++;
        else
            named.len = before;
    }
    (void)snprintf(making->verdict_text, REPORT_TEXT_SIZE, "%" PRIu64 " %s: %.*s. %s", report->found,
                   report->found == 1 ? "finding" : "findings", (int)named.len, ap_buf_str(&named), and_so);
    making->verdict = AP_PDF_BAD;
    ap_buf_free(&named);
}

/* What was not verified stands beside the verdict, whatever that is. */
static void name_unchecked(struct making *making, const struct ap_verify_seals *seals)
{
    const char *const unchecked[] = {
        seals->pinned ? NULL : "who signed the checkpoints, for no key of the log was given (--log-key)",
        seals->elsewhere > 0 ? NULL : "copies of checkpoints kept elsewhere, for none were given (--anchors)",
    };
    const char *before = " Not checked: ";

    for (size_t i = 0; i < sizeof unchecked / sizeof unchecked[0]; i++) {
        size_t len = strlen(making->verdict_text);

        if (unchecked[i] == NULL)
            continue;
        (void)snprintf(making->verdict_text + len, REPORT_TEXT_SIZE - len, "%s%s.", before, unchecked[i]);
        before = " Nor: ";
    }
}

static void judge_agreement(struct making *making, const struct verification *verification)
{
    const struct ap_verify_report *report = &verification->report;
    const struct ap_verify_seals *seals = &report->seals;
    const struct ap_verify_chain *chain = verification_chain(verification);
    uint64_t sealed = chain != NULL ? chain->covered_seq : 0;
    bool covered = seals->counts && sealed >= verification->recorded.last_seq;
    char by[BY_SIZE + AP_KEY_NAME_MAX] = "";

    if (seals->signer[0] != '\0')
        (void)snprintf(by, sizeof by, ", signed by %s", seals->signer);
    if (!seals->counts || sealed == 0)
        (void)snprintf(making->verdict_text, REPORT_TEXT_SIZE,
                       "%" PRIu64 " entries agree with each other and with the rows. No checkpoint that others vouch"
                       " for covers them: who controls the whole database could have made them anew.",
                       report->entries);
    else if (seals->uncovered > 0)
        (void)snprintf(making->verdict_text, REPORT_TEXT_SIZE,
                       "%" PRIu64 " entries agree with each other and with the rows, and through seq %" PRIu64
                       " with a checkpoint%s. %" PRIu64
                       " after that are under none yet, and agree with themselves only.",
                       report->entries, sealed, by, seals->uncovered);
    else
        (void)snprintf(making->verdict_text, REPORT_TEXT_SIZE,
                       "All %" PRIu64 " entries, through seq %" PRIu64
                       ", agree with each other, with the rows, and with a checkpoint%s.",
                       report->entries, sealed, by);
    name_unchecked(making, seals);
    making->verdict = covered && report->verdict != AP_VERDICT_INTACT ? AP_PDF_GOOD : AP_PDF_UNCERTAIN;
}

void verification_judge(struct making *making, const struct verification *verification)
{
    (void)snprintf(making->word, sizeof making->word, "%s", verification_word(verification));
    if (verification->nothing) {
        (void)snprintf(making->verdict_text, REPORT_TEXT_SIZE,
                       "There was nothing to verify: the organization has no chain, no row, and no seal.");
        making->verdict = AP_PDF_UNCERTAIN;
    } else if (verification->report.verdict == AP_VERDICT_FINDINGS) {
        verification_judge_findings(making, verification, "What they are, and what to do, is under Findings.");
    } else {
        judge_agreement(making, verification);
    }
}

#define KIND(name) (1U << AP_FINDING_##name)

/* Groups of findings by what they contradict. */
static const struct check {
    const char *name;
    unsigned kinds;
    const char *agrees;
} checks[] = {
    {"Links", KIND(GAP) | KIND(LINK) | KIND(FORK) | KIND(HEAD) | KIND(CLOCK),
     "each entry hash follows from its record and the entry before it, without a gap"},
    {"Rows", KIND(ALTERED) | KIND(MISSING) | KIND(UNCHAINED) | KIND(ERASURE),
     "the rows of audit_logs are those that were chained, and no others"},
    {"Retention", KIND(EARLY_PURGE) | KIND(PURGE) | KIND(POLICY) | KIND(HOLD),
     "what left, left as policies, holds and chained entries say"},
    {"Guards", KIND(GUARD), "triggers, grants, policies and functions are as they were installed"},
    {"Seals", KIND(TRUNCATED) | KIND(REWRITTEN) | KIND(SEAL), "the seal log agrees with the chain and its checkpoints"},
    {"Signatures", KIND(SIGNATURE), "checkpoints are signed by the keys that were given, or that follow from them"},
};

static uint64_t count_of(const struct ap_verify_report *report, unsigned kinds)
{
    uint64_t count = 0;

    for (unsigned kind = 0; kind < AP_FINDING_DATABASE_KINDS; kind++)
        if ((kinds & 1U << kind) != 0)
            count += report->by_kind[kind];
    return count;
}

static const struct ap_answer_column check_columns[] = {
    {"check", "Check", AP_ANSWER_TEXT, false},
    {"result", "Result", AP_ANSWER_TEXT, false},
    {"explanation", "What that says", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part check_part = {.name = "checks",
                                                 .title = "What was checked, and what was not",
                                                 .shape = AP_ANSWER_ROWS,
                                                 .columns = check_columns,
                                                 .empty = "nothing: there was no chain"};

typedef void check_fn(void *context, const char *check, const char *result, const char *explanation);

static void tell_outside(const struct verification *verification, check_fn *tell, void *context)
{
    const struct ap_verify_seals *seals = &verification->report.seals;
    char said[SAID_SIZE];

    (void)snprintf(said, sizeof said,
                   "copies of checkpoints kept elsewhere, through %" PRIu64 " seals: the database was not set back",
                   seals->outside_size);
    tell(context, "Kept checkpoints", seals->elsewhere > 0 ? "compared" : "not checked",
         seals->elsewhere > 0 ? said
                              : "none were given (--anchors): that the database was set back to an earlier checkpoint,"
                                " or rewritten by who holds the key, would not show");
    (void)snprintf(said, sizeof said, "%" PRIu64 " of %" PRIu64 " over checkpoints hold%s%.200s", seals->stamps_good,
                   seals->stamps, seals->stamped_size > 0 ? ", the newest by " : "", seals->stamped_by);
    tell(context, "Time-stamps", seals->stamps_checked ? "checked" : "not checked",
         seals->stamps_checked ? said
         : seals->stamps > 0   ? "there are some, and no certificates were given (--tsa-ca)"
                               : "there are none");
    (void)snprintf(said, sizeof said, "%" PRIu64 " of %" PRIu64 " entries are under %s", seals->covered,
                   seals->covered + seals->uncovered,
                   seals->counts ? "a checkpoint that others than the database vouch for"
                                 : "a checkpoint of the database's own, which nobody else vouches for");
    tell(context, "Coverage",
         seals->covered == 0     ? "not covered"
         : seals->uncovered == 0 ? "all covered"
                                 : "partly covered",
         seals->covered == 0 ? "no checkpoint covers any of the entries" : said);
}

static void tell_checks(const struct verification *verification, check_fn *tell, void *context)
{
    const struct ap_verify_report *report = &verification->report;

    for (size_t i = 0; !verification->nothing && i < sizeof checks / sizeof checks[0]; i++) {
        uint64_t found = count_of(report, checks[i].kinds);
        char result[RESULT_SIZE];

        (void)snprintf(result, sizeof result, "%" PRIu64 " %s", found, found == 1 ? "finding" : "findings");
        if (found > 0)
            tell(context, checks[i].name, result, "see the findings");
        else if (checks[i].kinds == KIND(SIGNATURE) && !report->seals.pinned)
            tell(context, checks[i].name, "not checked",
                 "no key of the log was given (--log-key): signatures prove nothing about who signed");
        else if ((checks[i].kinds & KIND(SEAL)) != 0 && report->seals.log_size == 0)
            tell(context, checks[i].name, "not checked", "nothing was ever sealed in this database");
        else
            tell(context, checks[i].name, "agrees", checks[i].agrees);
    }
    if (!verification->nothing)
        tell_outside(verification, tell, context);
}

static void put_check(void *context, const char *check, const char *result, const char *explanation)
{
    struct ap_answer *answer = context;

    ap_answer_add_row(answer);
    ap_answer_add_str(answer, check);
    ap_answer_add_str(answer, result);
    ap_answer_add_str(answer, explanation);
}

void verification_put_checks(struct ap_answer *answer, const struct verification *verification)
{
    ap_answer_add_part(answer, &check_part);
    tell_checks(verification, put_check, answer);
}

static const struct ap_answer_column sheet_columns[] = {
    {"result", "Result", AP_ANSWER_TEXT, false}, {"what", "What", AP_ANSWER_TEXT, false},
    {"seq", "Seq", AP_ANSWER_COUNT, false},      {"log_id", "Entry", AP_ANSWER_TEXT, false},
    {"object", "Object", AP_ANSWER_TEXT, false}, {"expected", "Expected", AP_ANSWER_TEXT, false},
    {"found", "Found", AP_ANSWER_TEXT, false},   {"explanation", "What that says", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part sheet_part = {
    .name = "results", .title = "Results", .shape = AP_ANSWER_ROWS, .columns = sheet_columns};

static void put_line(void *context, const char *what, const char *result, const char *explanation)
{
    struct ap_answer *sheet = context;

    ap_answer_add_row(sheet);
    ap_answer_add_str(sheet, result);
    ap_answer_add_str(sheet, what);
    for (int i = 0; i < 5; i++)
        ap_answer_add_null(sheet);
    ap_answer_add_str(sheet, explanation);
}

static void put_found(struct ap_answer *sheet, const struct ap_finding *finding)
{
    char id[AP_UUID_TEXT_SIZE];

    ap_uuid_format(id, &finding->log_id);
    ap_answer_add_row(sheet);
    ap_answer_add_str(sheet, finding->severity == AP_SEVERITY_NOTICE ? "notice" : "finding");
    ap_answer_add_str(sheet, ap_finding_name(finding->kind));
    if (finding->has_seq)
        ap_answer_add_count(sheet, finding->seq);
    else
        ap_answer_add_null(sheet);
    ap_answer_add_str(sheet, finding->has_log_id ? id : NULL);
    ap_answer_add_str(sheet, finding->object);
    ap_answer_add_str(sheet, finding->expected);
    ap_answer_add_str(sheet, finding->found);
    ap_answer_add_str(sheet, finding->detail);
}

enum ap_status verification_put_sheet(struct making *making, const struct verification *verification,
                                      struct ap_error *err)
{
    const struct ap_verify_report *report = &verification->report;
    const char *remark;
    enum ap_status status = ap_answer_new(&making->sheet, err);

    if (status != AP_OK)
        return status;
    ap_answer_add_part(making->sheet, &sheet_part);
    put_line(making->sheet, "verdict", making->word, making->verdict_text);
    for (size_t i = 0; i < report->finding_count; i++)
        if (verification_tells(making, &report->findings[i]))
            put_found(making->sheet, &report->findings[i]);
    tell_checks(verification, put_line, making->sheet);
    for (size_t i = 0; (remark = ap_answer_remark_at(making->answer, i)) != NULL; i++)
        put_line(making->sheet, "remark", "remark", remark);
    return ap_answer_check(making->sheet, err);
}
