/* A SOC 2 bundle's report in one table, for CSV: its verdict first. */
#include <inttypes.h>
#include <stdio.h>

#include "columns.h"
#include "soc2.h"

enum { COUNTS = 4, MIDDLE = 9, AT_SIZE = 40 };

static const struct ap_answer_column sheet_columns[] = {
    TEXT("line", NULL),
    TEXT("result", NULL),
    TEXT("criterion", NULL),
    TEXT("title", NULL),
    TEXT("asks", NULL),
    COUNT("populations", NULL),
    COUNT("entries", NULL),
    COUNT("rules", NULL),
    COUNT("exceptions", NULL),
    TEXT("strength", NULL),
    TEXT("limits", NULL),
    TEXT("explanation", NULL),
    END,
};
static const struct ap_answer_part sheet_part = {
    .name = "results", .title = "Results", .shape = AP_ANSWER_ROWS, .columns = sheet_columns};

static void put_line(struct ap_answer *sheet, const char *line, const char *result, const char *title,
                     const char *explanation)
{
    ap_answer_add_row(sheet);
    ap_answer_add_str(sheet, line);
    column_said(sheet, result);
    ap_answer_add_null(sheet);
    column_said(sheet, title);
    for (int i = 0; i < MIDDLE - 2; i++)
        ap_answer_add_null(sheet);
    column_said(sheet, explanation);
}

static void put_findings(struct making *making, const struct evidence_run *run)
{
    const struct ap_verify_report *report = &run->verified.report;
    char at[AT_SIZE];

    for (size_t i = 0; i < report->finding_count; i++) {
        const struct ap_finding *finding = &report->findings[i];

        if (!verification_tells(making, finding))
            continue;
        (void)snprintf(at, sizeof at, "seq %" PRIu64, finding->seq);
        put_line(making->sheet, finding->severity == AP_SEVERITY_NOTICE ? "notice" : "finding",
                 ap_finding_name(finding->kind), finding->has_seq ? at : finding->object, finding->detail);
    }
    if (run->found > 0)
        put_line(making->sheet, "finding", ap_finding_name(run->finding.kind), run->finding.object,
                 run->finding.detail);
}

static void put_criteria(struct ap_answer *sheet, const struct evidence_run *run)
{
    size_t count = 0;
    const struct ap_soc2_total *totals = ap_soc2_totals(run->soc2, &count);

    for (size_t i = 0; i < count; i++) {
        const uint64_t counts[COUNTS] = {totals[i].populations, totals[i].rows, totals[i].rules, totals[i].exceptions};

        ap_answer_add_row(sheet);
        ap_answer_add_str(sheet, "criterion");
        ap_answer_add_null(sheet);
        ap_answer_add_str(sheet, totals[i].criterion);
        ap_answer_add_str(sheet, totals[i].title);
        ap_answer_add_str(sheet, totals[i].asks);
        for (int c = 0; c < COUNTS; c++)
            ap_answer_add_count(sheet, counts[c]);
        ap_answer_add_str(sheet, totals[i].strength);
        ap_answer_add_str(sheet, totals[i].limits);
        ap_answer_add_null(sheet);
    }
}

enum ap_status soc2_put_sheet(struct making *making, const struct evidence_run *run, struct ap_error *err)
{
    const char *remark;
    char sha256[AP_HASH_TEXT_SIZE] = "";
    enum ap_status status = ap_answer_new(&making->sheet, err);

    if (status != AP_OK)
        return status;
    ap_answer_add_part(making->sheet, &sheet_part);
    put_line(making->sheet, "verdict", making->word, "", making->verdict_text);
    if (making->has_bundle) {
        ap_hex_encode(sha256, making->bundle_sha256, AP_HASH_LEN);
        put_line(making->sheet, "bundle", sha256, run->exported.name, "");
    }
    put_findings(making, run);
    if (run->exported.intact)
        put_criteria(making->sheet, run);
    for (size_t i = 0; (remark = ap_answer_remark_at(making->answer, i)) != NULL; i++)
        put_line(making->sheet, "remark", "", "", remark);
    return ap_answer_check(making->sheet, err);
}
