/* risk: what is at a level and above, put together as incidents, the worst first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answered.h"
#include "auditproof/clock.h"
#include "commands.h"
#include "risk_answer.h"

enum {
    PIECE = 500,
    EVENTS_MAX = 50000,
    UNDATED_MAX = 1000,
    LIMIT_MAX = 1000,
    WINDOW_MAX = 10080,
    USUAL_DAYS = 1,
    CLOSED_MAX = 100
};

static uint64_t limit = 20, window_minutes = 30;

const struct cli_option risk_options[] = {
    {0, "window", "MINUTES", CLI_U64, &window_minutes, NULL,
     "how much time may lie between two entries of an incident (30)", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many incidents (20)",
     "At most so many incidents, 20 by default and 1000 at most."},
    ANSWERED_OPTIONS,
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

struct risk {
    struct asked asked;
    struct ap_incidents *incidents;
    uint64_t events, undated, failed;
    bool more;
};

/* A level by itself stands for those above it, too. */
static enum ap_status read_level(struct ap_query_filter *filter, const char *operand, struct ap_error *err)
{
    char text[64];

    if (operand == NULL)
        return filter->risk != 0 ? AP_OK : ap_query_parse_risk(&filter->risk, "high+", err);
    if (filter->risk != 0)
        return ap_fail(err, AP_EINPUT, "the level is asked for twice: as %s, and with --risk", operand);
    (void)snprintf(text, sizeof text, "%.60s%s", operand, strpbrk(operand, "+,") == NULL ? "+" : "");
    return ap_query_parse_risk(&filter->risk, text, err);
}

/* The last day, or the one before --until. */
static void settle_period(struct ap_query_filter *filter)
{
    int64_t until_us = filter->has_until ? filter->until_us : ap_clock_now_us();

    if (filter->has_since)
        return;
    filter->has_since = true;
    filter->since_us =
        until_us >= INT64_MIN + USUAL_DAYS * AP_US_PER_DAY ? until_us - USUAL_DAYS * AP_US_PER_DAY : until_us;
}

static enum ap_status take_page(struct risk *risk, const struct ap_query_page *page, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_query_page_count(page); i++) {
        const struct ap_query_entry *entry = ap_query_page_entry(page, i);

        risk->failed += entry->proof == AP_QUERY_FAILED;
        status = ap_incidents_add(risk->incidents, entry, err);
    }
    risk->events += ap_query_page_count(page);
    return status;
}

/* The newest, as many as are kept. */
static enum ap_status read_events(struct risk *risk, struct ap_error *err)
{
    char next[AP_QUERY_CURSOR_SIZE] = "";
    struct ap_query_plan plan;
    struct ap_query_paging paging = {PIECE, false, NULL, risk->asked.proof, &plan, false};
    enum ap_status status = AP_OK;

    memset(&plan, 0, sizeof plan);
    do {
        struct ap_query_page *page = NULL;
        const char *cursor;

        status = ap_query_page_open(&page, risk->asked.db, &risk->asked.access, &risk->asked.filter, &paging, err);
        if (status != AP_OK)
            break;
        if (paging.plan != NULL)
            asked_tell_plan(&risk->asked, &plan, false);
        paging.plan = NULL;
        status = take_page(risk, page, err);
        cursor = ap_query_page_next(page);
        risk->more = cursor != NULL;
        (void)snprintf(next, sizeof next, "%s", cursor != NULL ? cursor : "");
        paging.after = next;
        ap_query_page_free(page);
    } while (status == AP_OK && risk->more && risk->events + PIECE <= EVENTS_MAX);
    ap_query_plan_free(&plan);
    return status;
}

/* Who leaves out an entry's time keeps it out of every period: that is not to go unseen. */
static enum ap_status count_undated(struct risk *risk, struct ap_error *err)
{
    struct ap_query_filter filter = risk->asked.filter;
    struct ap_query_paging paging = {UNDATED_MAX, false, NULL, false, NULL, false};
    struct ap_query_page *page = NULL;
    enum ap_status status;

    filter.has_since = filter.has_until = false;
    filter.undated = true;
    status = ap_query_page_open(&page, risk->asked.db, &risk->asked.access, &filter, &paging, err);
    if (status == AP_OK)
        risk->undated = ap_query_page_count(page);
    ap_query_page_free(page);
    return status;
}

static void remark(const struct risk *risk, struct ap_answer *answer, uint64_t shown)
{
    size_t incidents = ap_incidents_count(risk->incidents);

    if (!risk->asked.access.findings)
        ap_answer_remark(answer,
                         "%s may not read what rules found: levels are those that the entries were written with",
                         risk->asked.access.role);
    if (risk->more)
        ap_answer_remark(answer,
                         "there are more entries than the %" PRIu64 " that were looked at, which are the newest: "
                         "ask for a shorter time, or a higher level",
                         risk->events);
    if (incidents > shown)
        ap_answer_remark(answer, "%zu more incidents are not shown: a larger --limit shows them",
                         incidents - (size_t)shown);
    if (risk->undated > 0)
        ap_answer_remark(answer,
                         "entries of such a level that have no time, and are in no period: %s%" PRIu64
                         "; without --since, `auditquery search --risk` shows them first",
                         risk->undated == UNDATED_MAX ? "at least " : "", risk->undated);
}

struct closed {
    struct risk_answer *answer;
    uint64_t count;
};

static enum ap_status take_closed(void *context, const struct ap_query_closed *found, struct ap_error *err)
{
    struct closed *closed = context;

    (void)err;
    if (closed->count++ < CLOSED_MAX)
        risk_answer_add_closed(closed->answer, found);
    return AP_OK;
}

static enum ap_status tell_closed(struct risk *risk, struct risk_answer *answer, struct ap_error *err)
{
    struct closed closed = {answer, 0};
    enum ap_status status;

    risk_answer_begin_closed(answer);
    if (!risk->asked.access.findings || !ap_query_closed_fits(&risk->asked.filter))
        return AP_OK;
    status = ap_query_closed(risk->asked.db, &risk->asked.filter, CLOSED_MAX + 1, take_closed, &closed, err);
    if (closed.count > CLOSED_MAX)
        ap_answer_remark(risk_answer_get(answer), "rules found more at the ends of windows than the %d that are shown",
                         CLOSED_MAX);
    return status;
}

static enum ap_status tell(struct risk *risk, struct ap_error *err)
{
    uint64_t shown = ap_incidents_count(risk->incidents) < limit ? ap_incidents_count(risk->incidents) : limit;
    struct risk_answer *answer = NULL;
    enum ap_status status = risk_answer_new(&answer, risk->incidents, &risk->asked.filter, risk->events, shown, err);

    if (status == AP_OK)
        status = risk_answer_tell(answer, err);
    if (status == AP_OK)
        status = tell_closed(risk, answer, err);
    if (status == AP_OK)
        remark(risk, risk_answer_get(answer), shown);
    if (status == AP_OK)
        status = answered_print(&risk->asked, risk_answer_get(answer), "risk", err);
    risk_answer_free(answer);
    return status;
}

static enum ap_status run(struct risk *risk, const char *level, struct ap_error *err)
{
    enum ap_status status = asked_open(&risk->asked, err);

    if (status == AP_OK)
        status = read_level(&risk->asked.filter, level, err);
    if (status != AP_OK)
        return status;
    settle_period(&risk->asked.filter);
    status = ap_incidents_new(&risk->incidents, (int64_t)window_minutes * 60 * AP_US_PER_SECOND, err);
    if (status == AP_OK)
        status = ap_db_exec(risk->asked.db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = asked_record(&risk->asked, "risk", NULL, 0, err);
    if (status == AP_OK)
        status = read_events(risk, err);
    if (status == AP_OK)
        status = count_undated(risk, err);
    if (status == AP_OK)
        status = ap_incidents_group(risk->incidents, err);
    return status == AP_OK ? tell(risk, err) : status;
}

int risk_run(int argc, char **argv)
{
    struct risk risk;
    struct ap_error err;
    enum ap_status status;
    int result;

    if (limit == 0 || limit > LIMIT_MAX)
        return cli_usage("--limit takes 1 to %d incidents", LIMIT_MAX);
    if (window_minutes == 0 || window_minutes > WINDOW_MAX)
        return cli_usage("--window takes 1 to %d minutes", WINDOW_MAX);
    memset(&risk, 0, sizeof risk);
    status = run(&risk, argc > 0 ? argv[0] : NULL, &err);
    result = status != AP_OK ? cli_fail(&err) : risk.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
    if (status == AP_OK && risk.failed > 0)
        cli_error("%" PRIu64 " of %" PRIu64 " entries did not verify: see `auditverify`", risk.failed, risk.events);
    ap_incidents_free(risk.incidents);
    asked_free(&risk.asked);
    return result;
}
