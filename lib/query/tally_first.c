/* Values that no entry had before: what is new since a time, compared with all of the history before it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "filter.h"
#include "plan.h"
#include "tally.h"

enum { VALUE, DETAIL, LABEL, COUNT, FIRST, LAST, VALUES, FIRST_AT };

/* Less than that is no baseline: a month has what happens once a month. */
enum { BASELINE_DAYS = 30 };

struct first {
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_query_filter *filter;
    const struct ap_tally_options *options;
    const struct tally_field *field;
    struct ap_rows *rows, *ids; /* owned */
    bool has_baseline;
    int64_t baseline_us; /* when it begins */
};

/* The same filter for what was before the time. */
static struct ap_query_filter before(const struct ap_query_filter *filter)
{
    struct ap_query_filter history = *filter;

    history.has_since = false;
    history.has_until = true;
    history.until_us = filter->since_us;
    return history;
}

static enum ap_status compare(struct first *first, struct ap_error *err)
{
    const struct ap_query_filter history = before(first->filter);
    struct statement statement;
    bool none = false;
    char limit[24];
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, first->options->limit);
    statement_add1(&statement, "query_found", NULL);
    status = tally_add_found(&statement, first->db, first->access, first->filter, first->field, &none, err);
    statement_add1(&statement, "query_history", NULL);
    if (status == AP_OK)
        status = tally_add_found(&statement, first->db, first->access, &history, first->field, &none, err);
    statement_add1(&statement, first->field->indexed ? "query_first_each" : "query_first_all", limit);
    if (status == AP_OK && first->options->plan != NULL)
        status = plan_ask(first->options->plan, first->db, &statement, err);
    if (status == AP_OK)
        status = statement_run(&statement, first->db, &first->rows, err);
    statement_free(&statement);
    return status;
}

/* How far back there are entries at all, of the organization. */
static enum ap_status find_baseline(struct first *first, struct ap_error *err)
{
    struct ap_query_filter filter = {.has_org = first->filter->has_org, .org = first->filter->org};
    struct ap_rows *rows = NULL;
    struct statement statement;
    bool none = false;
    enum ap_status status;

    filter.has_until = true;
    filter.until_us = first->filter->since_us;
    memset(&statement, 0, sizeof statement);
    statement_add1(&statement, filter.has_org ? "query_since_org" : "query_since", NULL);
    status = filter_add(&statement, first->db, first->access, &filter, &none, err);
    statement_add1(&statement, filter.has_org ? "query_since_org_end" : "query_since_end", NULL);
    if (status == AP_OK)
        status = statement_run(&statement, first->db, &rows, err);
    if (status == AP_OK && ap_rows_count(rows) > 0 && ap_rows_text(rows, 0, 0) != NULL) {
        first->has_baseline = true;
        first->baseline_us = ap_rows_int(rows, 0, 0);
    }
    ap_rows_free(rows);
    statement_free(&statement);
    return status;
}

static void add_baseline(struct ap_answer *answer, const struct first *first)
{
    static const struct ap_answer_column columns[] = {{"since", "Since", AP_ANSWER_TIME, false},
                                                      {"baseline_from", "Compared with", AP_ANSWER_TIME, false},
                                                      {"baseline", "Baseline", AP_ANSWER_SPAN, false},
                                                      {"new", "New values", AP_ANSWER_COUNT, false},
                                                      {NULL, NULL, AP_ANSWER_TEXT, false}};
    static const struct ap_answer_part part = {
        "baseline", "What it is compared with", AP_ANSWER_FACTS, columns, AP_ANSWER_NO_CHART, 0, NULL};
    int64_t length = first->filter->since_us - first->baseline_us;

    ap_answer_add_part(answer, &part);
    ap_answer_add_row(answer);
    ap_answer_add_time(answer, first->filter->since_us);
    if (first->has_baseline) {
        ap_answer_add_time(answer, first->baseline_us);
        ap_answer_add_time(answer, length);
    } else {
        ap_answer_add_null(answer);
        ap_answer_add_null(answer);
    }
    ap_answer_add_count(answer, ap_rows_count(first->rows) > 0 ? (uint64_t)ap_rows_int(first->rows, 0, VALUES) : 0);
    if (!first->has_baseline)
        ap_answer_remark(answer, "there is no entry before --since: everything is new");
    else if (length < BASELINE_DAYS * AP_US_PER_DAY)
        ap_answer_remark(answer, "the baseline is shorter than %d days: what is usual but not frequent passes for new",
                         BASELINE_DAYS);
}

static void add_rows(struct ap_answer *answer, struct ap_tally_shape *shape, const struct first *first)
{
    size_t shown = ap_rows_count(first->rows), at = 0, count;
    int64_t others;

    tally_begin_columns(shape, first->field);
    (void)tally_add_column(shape, "first", "first", AP_ANSWER_TIME, false);
    (void)tally_add_column(shape, "last", "last", AP_ANSWER_TIME, false);
    count = tally_add_column(shape, "count", "count", AP_ANSWER_COUNT, false);
    (void)tally_add_column(shape, "entry", "entry", AP_ANSWER_TEXT, false);
    (void)snprintf(shape->title, sizeof shape->title, "Seen for the first time: %s, the newest first",
                   first->field->plural);
    shape->part = (struct ap_answer_part){"new",          shape->title, AP_ANSWER_ROWS,  shape->columns,
                                          AP_ANSWER_BARS, count,        "nothing is new"};
    ap_answer_add_part(answer, &shape->part);
    for (size_t row = 0; row < shown; row++) {
        tally_begin_row(answer, first->field, first->rows, row);
        tally_add_time(answer, first->rows, row, FIRST);
        tally_add_time(answer, first->rows, row, LAST);
        ap_answer_add_count(answer, (uint64_t)ap_rows_int(first->rows, row, COUNT));
        ap_answer_add_str(answer, tally_entry_of(first->ids, row, &at));
    }
    others = shown > 0 ? ap_rows_int(first->rows, 0, VALUES) - (int64_t)shown : 0;
    if (others > 0)
        ap_answer_remark(answer, "%" PRId64 " other%s new too: a larger --limit shows more", others,
                         others == 1 ? " is" : "s are");
    if (shown > 0)
        ap_answer_remark(answer, "auditquery timeline --around ENTRY shows what happened around one");
}

enum ap_status ap_tally_first(struct ap_answer *answer, struct ap_tally_shape *shape, struct ap_db *db,
                              const struct ap_query_access *access, const struct ap_query_filter *filter,
                              const struct ap_tally_options *options, const char *field, struct ap_error *err)
{
    struct first first = {.db = db, .access = access, .filter = filter, .options = options};
    enum ap_status status;

    first.field = tally_field(field);
    if (first.field == NULL)
        return ap_fail(err, AP_EINPUT, "no field %s: one of %s", field, ap_tally_fields);
    if (!filter->has_since)
        return ap_fail(err, AP_EINPUT, "what is seen for the first time is so since a time: say --since");
    status = tally_check_rights(access, filter, first.field, err);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("queries/query_memory"), err);
    if (status == AP_OK)
        status = compare(&first, err);
    if (status == AP_OK)
        status = find_baseline(&first, err);
    if (status == AP_OK && ap_rows_count(first.rows) > 0)
        status = tally_entries(&first.ids, db, access, filter, first.field, first.rows, FIRST_AT, err);
    if (status == AP_OK) {
        add_baseline(answer, &first);
        add_rows(answer, shape, &first);
    }
    ap_rows_free(first.rows);
    ap_rows_free(first.ids);
    return status;
}
