#include "auditproof/risk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "risk_answer.h"

enum { PIECE = 500, CLOSED_MAX = 100 };

static enum ap_status take_page(struct ap_risk *risk, const struct ap_query_page *page, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_query_page_count(page); i++) {
        const struct ap_query_entry *entry = ap_query_page_entry(page, i);

        risk->failed += entry->proof == AP_QUERY_FAILED;
        status = ap_incidents_add(risk->incidents, entry, err);
    }
    risk->entries += ap_query_page_count(page);
    return status;
}

/* The newest, as many as are kept. */
static enum ap_status read_entries(struct ap_risk *risk, struct ap_db *db, const struct ap_query_access *access,
                                   const struct ap_risk_ask *ask, struct ap_error *err)
{
    char next[AP_QUERY_CURSOR_SIZE] = "";
    struct ap_query_plan plan;
    struct ap_query_paging paging = {PIECE, false, NULL, ask->proof, ask->planned != NULL ? &plan : NULL, false};
    enum ap_status status = AP_OK;

    memset(&plan, 0, sizeof plan);
    do {
        struct ap_query_page *page = NULL;
        const char *cursor;

        status = ap_query_page_open(&page, db, access, ask->filter, &paging, err);
        if (status != AP_OK)
            break;
        if (paging.plan != NULL)
            ask->planned(ask->context, &plan);
        paging.plan = NULL;
        status = take_page(risk, page, err);
        cursor = ap_query_page_next(page);
        risk->more = cursor != NULL;
        (void)snprintf(next, sizeof next, "%s", cursor != NULL ? cursor : "");
        paging.after = next;
        ap_query_page_free(page);
    } while (status == AP_OK && risk->more && risk->entries + PIECE <= AP_RISK_ENTRIES);
    ap_query_plan_free(&plan);
    return status;
}

/* Who leaves out an entry's time keeps it out of every period: that is not to go unseen. */
static enum ap_status count_undated(struct ap_risk *risk, struct ap_db *db, const struct ap_query_access *access,
                                    struct ap_error *err)
{
    struct ap_query_filter filter = *risk->filter;
    struct ap_query_paging paging = {AP_RISK_UNDATED, false, NULL, false, NULL, false};
    struct ap_query_page *page = NULL;
    enum ap_status status;

    filter.has_since = filter.has_until = false;
    filter.undated = true;
    status = ap_query_page_open(&page, db, access, &filter, &paging, err);
    if (status == AP_OK)
        risk->undated = ap_query_page_count(page);
    ap_query_page_free(page);
    return status;
}

enum ap_status ap_risk_read(struct ap_risk *out, struct ap_db *db, const struct ap_query_access *access,
                            const struct ap_risk_ask *ask, struct ap_error *err)
{
    enum ap_status status;

    *out = (struct ap_risk){.filter = ask->filter};
    status = ap_incidents_new(&out->incidents, ask->window_us, err);
    if (status == AP_OK)
        status = read_entries(out, db, access, ask, err);
    if (status == AP_OK)
        status = count_undated(out, db, access, err);
    return status == AP_OK ? ap_incidents_group(out->incidents, err) : status;
}

void ap_risk_free(struct ap_risk *risk)
{
    ap_incidents_free(risk->incidents);
    risk->incidents = NULL;
}

struct closed {
    struct ap_risk_answer *answer;
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

enum ap_status risk_answer_closed(struct ap_risk_answer *answer, struct ap_db *db, const struct ap_query_access *access,
                                  const struct ap_query_filter *filter, struct ap_error *err)
{
    struct closed closed = {answer, 0};
    enum ap_status status;

    risk_answer_begin_closed(answer);
    if (!access->findings || !ap_query_closed_fits(filter))
        return AP_OK;
    status = ap_query_closed(db, filter, CLOSED_MAX + 1, take_closed, &closed, err);
    if (closed.count > CLOSED_MAX)
        ap_answer_remark(ap_risk_answer_get(answer),
                         "rules found more at the ends of windows than the %d that are shown", CLOSED_MAX);
    return status;
}

void risk_remark_read(struct ap_answer *answer, const struct ap_query_access *access, const struct ap_risk *risk)
{
    if (!access->findings)
        ap_answer_remark(answer,
                         "%s may not read what rules found: levels are those that the entries were written with",
                         access->role);
    if (risk->more)
        ap_answer_lacks(answer,
                        "there are more entries than the %" PRIu64 " that were looked at, which are the newest: "
                        "ask for a shorter time, or a higher level",
                        risk->entries);
}

void risk_remark_undated(struct ap_answer *answer, const struct ap_risk *risk)
{
    if (risk->undated > 0)
        ap_answer_remark(answer,
                         "entries of such a level that have no time, and are in no period: %s%" PRIu64
                         "; without --since, `auditquery search --risk` shows them first",
                         risk->undated == AP_RISK_UNDATED ? "at least " : "", risk->undated);
}

enum ap_status ap_risk_tell(struct ap_risk_answer **out, struct ap_db *db, const struct ap_query_access *access,
                            const struct ap_risk *risk, uint64_t limit, struct ap_error *err)
{
    size_t incidents = ap_incidents_count(risk->incidents), shown = incidents < limit ? incidents : (size_t)limit;
    enum ap_status status = risk_answer_new(out, risk, shown, shown, err);

    if (status != AP_OK)
        return status;
    risk_answer_asked(*out);
    status = risk_answer_incidents(*out, err);
    if (status == AP_OK)
        status = risk_answer_closed(*out, db, access, risk->filter, err);
    if (status != AP_OK)
        return status;
    risk_remark_read((*out)->answer, access, risk);
    if (incidents > shown)
        ap_answer_remark((*out)->answer, "%zu more incidents are not shown: a larger --limit shows them",
                         incidents - shown);
    risk_remark_undated((*out)->answer, risk);
    return AP_OK;
}
