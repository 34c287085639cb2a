/* What is in a SOC 2 bundle, and what it is worth, as parts of an answer. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "soc2.h"

static const struct ap_answer_column result_columns[] = {
    TEXT("verdict", "Verdict"),
    TEXT("meaning", "What that says"),
    END,
};
static const struct ap_answer_part result_part = {
    .name = "result", .title = "What came of it", .shape = AP_ANSWER_FACTS, .columns = result_columns};

static const struct ap_answer_column bundle_columns[] = {
    TEXT("name", "Bundle"),
    TEXT("file", "File beside this report"),
    TEXT("sha256", "SHA-256"),
    COUNT("bytes", "Bytes"),
    FLAG("complete", "All entries of the period are in it"),
    COUNT("entries", "Entries of the period"),
    COUNT("entries_in_all", "Entries in all, with those between them"),
    COUNT("first_seq", "First sequence number"),
    COUNT("last_seq", "Last sequence number"),
    COUNT("members", "Files in it"),
    TEXT("signed_by", "Signed by"),
    TEXT("fingerprint", "Fingerprint of that key"),
    COUNT("checkpoint_size", "Covering checkpoint: seals"),
    TIME("as_of", "Sealed"),
    TEXT("log_key", "Key of the seal log"),
    COUNT("findings", "Findings when it was checked"),
    TEXT("registered", "Number in the register of bundles"),
    END,
};
static const struct ap_answer_part bundle_part = {
    .name = "bundle", .title = "The bundle", .shape = AP_ANSWER_FACTS, .columns = bundle_columns};

static const struct ap_answer_column criterion_columns[] = {
    TEXT("criterion", "Criterion"),
    TEXT("title", "What it is about"),
    TEXT("asks", NULL),
    COUNT("populations", "Populations"),
    COUNT("entries", "Entries"),
    COUNT("rules", "Rules"),
    COUNT("exceptions", "Exceptions"),
    TEXT("strength", "Evidence"),
    TEXT("limits", "Its limits"),
    END,
};
static const struct ap_answer_part criterion_part = {.name = "criteria",
                                                     .title = "Criteria, their populations and exceptions",
                                                     .shape = AP_ANSWER_ROWS,
                                                     .columns = criterion_columns,
                                                     .empty = "none"};

static const struct ap_answer_column outside_columns[] = {
    COUNT("exceptions", "Exceptions, each counted once"),
    COUNT("unmapped_entries", "Entries that belong to no criterion"),
    COUNT("unmapped_actions", "Actions and resource types of these"),
    END,
};
static const struct ap_answer_part outside_part = {
    .name = "counts", .title = "Of all criteria", .shape = AP_ANSWER_FACTS, .columns = outside_columns};

static const struct ap_answer_column finding_columns[] = {
    TEXT("kind", "Finding"),
    COUNT("seq", "Seq"),
    TEXT("object", "Object"),
    TEXT("expected", "Expected"),
    TEXT("found", "Found"),
    TEXT("detail", "What it means"),
    END,
};
static const struct ap_answer_part finding_part = {
    .name = "findings", .title = "What kept it from being whole", .shape = AP_ANSWER_ROWS, .columns = finding_columns};

static void judge_findings(struct making *making, const struct evidence_run *run)
{
    char seq[40] = "";

    (void)snprintf(making->word, sizeof making->word, "findings");
    making->verdict = AP_PDF_BAD;
    if (run->finding.has_seq)
        (void)snprintf(seq, sizeof seq, " at seq %" PRIu64, run->finding.seq);
    (void)snprintf(making->verdict_text, sizeof making->verdict_text, "%s%s%s%.160s. %s",
                   ap_finding_name(run->finding.kind), seq, run->finding.object[0] != '\0' ? ", " : "",
                   run->finding.object,
                   run->exported.intact ? "The bundle that was written does not verify: do not give it to anybody."
                                        : "No bundle was written: what is in the database does not verify. Make a "
                                          "chain_verification report, or run auditverify.");
}

bool soc2_lacks(const struct evidence_run *run)
{
    return run->exported.incomplete || run->settled.to_come || run->settled.open > 0;
}

static const char *what_it_holds(const struct evidence_run *run)
{
    if (run->exported.incomplete)
        return "The bundle says that it is incomplete: no checkpoint covers all of its period yet. It holds";
    if (run->settled.to_come)
        return "The period was not over. The bundle holds";
    if (run->settled.open > 0)
        return "Transactions were open that may yet write entries of the period. The bundle holds";
    return "The bundle holds all";
}

/* The bundle may be right, and what it was taken from not. */
static void judge_chain(struct making *making, const struct evidence_run *run)
{
    (void)snprintf(making->word, sizeof making->word, "findings");
    verification_judge_findings(making, &run->verified,
                                run->exported.intact
                                    ? "The bundle verifies by itself, and the chain that it is from does not: it may"
                                      " lack what was taken away. See Findings."
                                    : "No bundle was written: what is in the database does not verify. See Findings.");
}

void soc2_judge(struct making *making, const struct evidence_run *run)
{
    uint64_t exceptions;

    if (run->verified.report.found > 0 && (!run->exported.intact || run->found == 0)) {
        judge_chain(making, run);
        return;
    }
    if (!run->exported.intact || run->found > 0) {
        judge_findings(making, run);
        return;
    }
    exceptions = ap_soc2_exceptions(run->soc2);
    (void)snprintf(making->word, sizeof making->word, "%s",
                   soc2_lacks(run)                             ? "incomplete"
                   : run->checked.verdict == AP_BUNDLE_TRUSTED ? "trusted"
                                                               : "intact");
    making->verdict = soc2_lacks(run) || run->checked.verdict != AP_BUNDLE_TRUSTED ? AP_PDF_UNCERTAIN : AP_PDF_GOOD;
    (void)snprintf(
        making->verdict_text, sizeof making->verdict_text,
        "%s %" PRIu64 " entries of the period that are in the database, with %" PRIu64
        " %s by rules to look at. It was read again and verified with the keys that it was made with, and so was all"
        " of the chain that it is from; whoever gets it needs their fingerprints from elsewhere.",
        what_it_holds(run), run->exported.asked_for, exceptions, exceptions == 1 ? "exception" : "exceptions");
}

static void add_hex(struct ap_answer *answer, const uint8_t bytes[AP_HASH_LEN])
{
    char hex[AP_HASH_TEXT_SIZE] = "";

    ap_hex_encode(hex, bytes, AP_HASH_LEN);
    ap_answer_add_str(answer, hex);
}

static void add_key(struct ap_answer *answer, const struct ap_vkey *key)
{
    char text[AP_VKEY_TEXT_SIZE];

    ap_vkey_format(key, text);
    ap_answer_add_str(answer, text);
}

static void put_bundle(struct ap_answer *answer, const struct evidence_run *run)
{
    const struct ap_export_report *exported = &run->exported;
    const char *slash = strrchr(exported->path, '/');

    ap_answer_add_part(answer, &bundle_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, exported->name);
    ap_answer_add_str(answer, slash != NULL ? slash + 1 : exported->path);
    add_hex(answer, run->checked.sha256);
    ap_answer_add_count(answer, run->checked.bytes);
    ap_answer_add_flag(answer, !soc2_lacks(run) && run->verified.report.found == 0);
    ap_answer_add_count(answer, exported->asked_for);
    ap_answer_add_count(answer, exported->entries);
    column_count_if(answer, run->checked.first_seq > 0, run->checked.first_seq);
    column_count_if(answer, run->checked.last_seq > 0, run->checked.last_seq);
    ap_answer_add_count(answer, run->checked.members);
    add_key(answer, &run->vkey);
    add_hex(answer, exported->bundle.fingerprint);
    column_count_if(answer, run->checked.checkpoint_size > 0, run->checked.checkpoint_size);
    column_time_if(answer, run->checked.about.known, run->checked.about.as_of_us);
    add_key(answer, &run->log_key);
    ap_answer_add_count(answer, run->checked.found);
    column_said(answer, exported->registered);
}

static void put_criteria(struct ap_answer *answer, const struct evidence_run *run)
{
    size_t count = 0, pairs = 0;
    const struct ap_soc2_total *totals = ap_soc2_totals(run->soc2, &count);
    uint64_t unmapped = ap_soc2_unmapped(run->soc2, &pairs);

    ap_answer_add_part(answer, &criterion_part);
    for (size_t i = 0; i < count; i++) {
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, totals[i].criterion);
        ap_answer_add_str(answer, totals[i].title);
        ap_answer_add_str(answer, totals[i].asks);
        ap_answer_add_count(answer, totals[i].populations);
        ap_answer_add_count(answer, totals[i].rows);
        ap_answer_add_count(answer, totals[i].rules);
        ap_answer_add_count(answer, totals[i].exceptions);
        ap_answer_add_str(answer, totals[i].strength);
        ap_answer_add_str(answer, totals[i].limits);
    }
    ap_answer_add_part(answer, &outside_part);
    ap_answer_add_row(answer);
    ap_answer_add_count(answer, ap_soc2_exceptions(run->soc2));
    ap_answer_add_count(answer, unmapped);
    ap_answer_add_count(answer, pairs);
}

static void put_finding(struct ap_answer *answer, const struct ap_finding *finding)
{
    ap_answer_add_part(answer, &finding_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, ap_finding_name(finding->kind));
    column_count_if(answer, finding->has_seq, finding->seq);
    column_said(answer, finding->object);
    column_said(answer, finding->expected);
    column_said(answer, finding->found);
    column_said(answer, finding->detail);
}

void soc2_put(struct making *making, const struct evidence_run *run)
{
    struct ap_answer *answer = making->answer;

    ap_answer_add_part(answer, &result_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, making->word);
    ap_answer_add_str(answer, making->verdict_text);
    if (run->verified.report.found + run->verified.report.noticed > 0)
        verification_put_findings(answer, making, &run->verified);
    else if (run->found > 0)
        put_finding(answer, &run->finding);
    if (!run->exported.intact)
        return;
    put_bundle(answer, run);
    put_criteria(answer, run);
    if (run->verified.report.purged > 0)
        ap_answer_remark(answer,
                         "%" PRIu64 " entries of the chain left after their window, as recorded: those of this period"
                         " are not in the bundle.",
                         run->verified.report.purged);
    if (run->exported.registered[0] == '\0')
        ap_answer_remark(
            answer,
            "The bundle is not in the register of those given out, by which an erasure finds who has what it"
            " erases: %.500s",
            run->exported.unregistered.message);
    ap_answer_remark(answer,
                     "An entry may be in several populations, and an exception of several criteria. Exceptions are"
                     " what rules found; none of this is a verdict on a control.");
}
