#include "reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/gdpr_register.h"
#include "auditproof/platform.h"
#include "auditproof/retention_status.h"
#include "auditproof/risk.h"
#include "auditproof/tally.h"

enum {
    ROWS_ON_PAPER = 50,
    PLATFORM_ROWS_ON_PAPER = 1000,
    FACTS = 1000,
    LINES = 100000, /* of a kind in the register */
    LINES_ON_PAPER = 500,
    INCIDENTS = 1000,
    INCIDENTS_ON_PAPER = 100,
    NEWS = 100,
    NEWS_ON_PAPER = 20,
    INCIDENTS_IN_DETAIL = 20, /* with all that is in each */
};

static enum ap_status build_summary(struct making *making, struct ap_error *err)
{
    struct ap_query_filter filter = {.has_org = true,
                                     .org = making->org,
                                     .has_since = true,
                                     .has_until = true,
                                     .since_us = making->since_us,
                                     .until_us = making->until_us};
    struct ap_tally_options options = {.limit = making->on_paper ? ROWS_ON_PAPER : AP_TALLY_LIMIT,
                                       .now_us = making->now_us};
    enum ap_status status = ap_answer_new(&making->answer, err);

    return status == AP_OK ? ap_tally_summary(making->answer, making->db, &making->access, &filter, &options, err)
                           : status;
}

/* A table on paper is no place for thousands; who wants them all takes CSV. */
static enum ap_status build_risk(struct making *making, struct ap_error *err)
{
    const struct ap_risk_digest_ask ask = {.org = making->org,
                                           .since_us = making->since_us,
                                           .until_us = making->until_us,
                                           .limit = making->on_paper ? INCIDENTS_ON_PAPER
                                                    : making->in_csv ? AP_RISK_ENTRIES
                                                                     : INCIDENTS,
                                           .details = INCIDENTS_IN_DETAIL,
                                           .news = making->on_paper ? NEWS_ON_PAPER : NEWS};
    enum ap_status status = ap_risk_digest(&making->risk, making->db, &making->access, &ask, err);

    making->answer = making->risk != NULL ? ap_risk_answer_get(making->risk) : NULL;
    return status;
}

static enum ap_status build_register(struct making *making, struct ap_error *err)
{
    const struct ap_gdpr_register_ask ask = {.org = making->org,
                                             .since_us = making->since_us,
                                             .until_us = making->until_us,
                                             .limit = making->on_paper ? LINES_ON_PAPER : LINES,
                                             .whole = !making->on_paper};
    struct ap_gdpr_register out = {.answer = NULL};
    enum ap_status status = ap_gdpr_register(&out, making->db, &ask, err);

    making->answer = out.answer;
    if (status == AP_OK && out.untold > 0) {
        making->verdict = AP_PDF_BAD;
        (void)snprintf(making->word, sizeof making->word, "findings");
        (void)snprintf(making->verdict_text, sizeof making->verdict_text,
                       "%" PRIu64 " of %" PRIu64 " lines are told by no chained entry.", out.untold, out.lines);
    }
    return status;
}

static enum ap_status build_retention(struct making *making, struct ap_error *err)
{
    const struct ap_retention_ask ask = {.org = making->org,
                                         .since_us = making->since_us,
                                         .until_us = making->until_us,
                                         .grace_days = AP_RETENTION_GRACE_DAYS,
                                         .limit = FACTS};
    struct ap_retention_report report = {.answer = NULL};
    enum ap_status status = ap_retention_report(&report, making->db, &ask, err);

    making->answer = report.answer;
    making->verdict = report.late ? AP_PDF_BAD : AP_PDF_GOOD;
    (void)snprintf(making->word, sizeof making->word, "%s",
                   report.failed ? "findings"
                   : report.late ? "overdue"
                                 : "in order");
    (void)snprintf(making->verdict_text, sizeof making->verdict_text, "%.*s.", REPORT_TEXT_SIZE - 2, report.word);
    if (making->verdict_text[0] >= 'a' && making->verdict_text[0] <= 'z')
        making->verdict_text[0] = (char)(making->verdict_text[0] - 'a' + 'A');
    return status;
}

static struct ap_platform_ask platform_ask(const struct making *making)
{
    return (struct ap_platform_ask){.org = making->org,
                                    .since_us = making->since_us,
                                    .until_us = making->until_us,
                                    .now_us = making->now_us,
                                    .limit = making->on_paper ? PLATFORM_ROWS_ON_PAPER : AP_PLATFORM_ROWS_MAX,
                                    .days = true};
}

/* The first date that is of a time that begins then: the first of which 10:30 UTC is not before. */
static int64_t date_from(int64_t time_us)
{
    const int64_t rest_us = AP_US_PER_DAY / 48 * 27;
    int64_t last_us = time_us + rest_us - 1, into_us = last_us % AP_US_PER_DAY;

    return last_us - into_us - (into_us < 0 ? AP_US_PER_DAY : 0);
}

/*
 * Midnights of a time zone are none of UTC, and what is recorded by date has no hour. So that each date is of one
 * period, it is of that in which 10:30 UTC of it lies: the same date by clocks that are ten hours behind UTC to
 * thirteen ahead of it.
 */
static struct ap_platform_ask dated_ask(const struct making *making)
{
    struct ap_platform_ask ask = platform_ask(making);
    int64_t since_us = date_from(ask.since_us), until_us = date_from(ask.until_us);

    /* A piece of a day is of that date. */
    if (since_us < until_us) {
        ask.since_us = since_us;
        ask.until_us = until_us;
    }
    return ask;
}

static void remark_dates(const struct making *making, const struct ap_platform_ask *ask)
{
    char since[AP_TIME_TEXT_SIZE], last[AP_TIME_TEXT_SIZE];

    if (making->answer == NULL || (ask->since_us == making->since_us && ask->until_us == making->until_us))
        return;
    ap_time_format(since, ask->since_us);
    ap_time_format(last, ask->until_us - 1);
    ap_answer_remark(making->answer, "What is recorded by date is that of the dates from %.10s to %.10s.", since, last);
}

static enum ap_status build_usage(struct making *making, struct ap_error *err)
{
    struct ap_platform_ask ask = dated_ask(making);
    enum ap_status status = ap_platform_usage(&making->answer, making->db, &ask, err);

    remark_dates(making, &ask);
    return status;
}

static enum ap_status build_billing(struct making *making, struct ap_error *err)
{
    struct ap_platform_ask ask = dated_ask(making);
    enum ap_status status = ap_platform_billing(&making->answer, making->db, &ask, err);

    remark_dates(making, &ask);
    return status;
}

static enum ap_status build_performance(struct making *making, struct ap_error *err)
{
    struct ap_platform_ask ask = platform_ask(making);

    return ap_platform_performance(&making->answer, making->db, &ask, err);
}

static const struct report_kind kinds[] = {
    {"audit_summary", "Audit summary", REPORT_EVIDENCE, REPORT_OF_ENTRIES, build_summary, "actions"},
    {"risk_digest", "Risk digest", REPORT_DIGEST, REPORT_OF_ENTRIES, build_risk, "incidents"},
    {"gdpr_register", "GDPR register", REPORT_EVIDENCE, REPORT_OF_ENTRIES, build_register, "register"},
    {"retention_status", "Retention status", REPORT_EVIDENCE, REPORT_OF_ENTRIES, build_retention, "due"},
    {"usage_summary", "Usage", REPORT_DIGEST, REPORT_OF_PLATFORM, build_usage, "days"},
    {"billing_summary", "Billing", REPORT_DIGEST, REPORT_OF_PLATFORM, build_billing, "invoices"},
    {"performance_summary", "Performance", REPORT_DIGEST, REPORT_OF_PLATFORM, build_performance, "vitals"},
    {"soc2_evidence", "SOC 2 evidence", REPORT_EVIDENCE, REPORT_OF_CHAIN, build_soc2, NULL},
    {"chain_verification", "Chain verification", REPORT_EVIDENCE, REPORT_OF_CHAIN, build_verification, NULL},
};

void report_bundle_path(struct ap_buf *out, const char *report)
{
    const char *slash = strrchr(report, '/'), *dot = strrchr(report, '.');

    if (dot != NULL && dot > (slash != NULL ? slash + 1 : report))
        ap_buf_add(out, report, (size_t)(dot - report));
    else
        ap_buf_adds(out, report);
    ap_buf_adds(out, ".tar.gz");
}

const struct report_kind *report_kind(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

const struct report_kind *report_kind_at(size_t number)
{
    return number < sizeof kinds / sizeof kinds[0] ? &kinds[number] : NULL;
}
