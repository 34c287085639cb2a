/* The most frequent values of a field, or the least frequent. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "tally.h"

enum { VALUE, DETAIL, LABEL, COUNT, FIRST, LAST, VALUES, ENTRIES, EARLIEST, LATEST, LAST_AT };
enum { SERIES_WHICH, SERIES_TIME, SERIES_COUNT };

/* What is asked, and what came of it. */
struct top {
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_query_filter *filter;
    const struct ap_tally_options *options;
    const struct tally_field *field;
    bool rare;
    struct ap_rows *rows, *ids; /* owned */
    struct period period;
    uint64_t *series; /* owned: period.count for each row */
};

static enum ap_status rank(struct top *top, struct ap_error *err)
{
    struct statement statement;
    bool none = false;
    char limit[24];
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, top->options->limit);
    statement_add1(&statement, "query_found", NULL);
    status = tally_add_found(&statement, top->db, top->access, top->filter, top->field, &none, err);
    statement_add1(&statement, top->rare ? "query_tally_rare" : "query_tally_top", limit);
    if (status == AP_OK && top->options->plan != NULL)
        status = plan_ask(top->options->plan, top->db, &statement, err);
    if (status == AP_OK)
        status = statement_run(&statement, top->db, &top->rows, err);
    statement_free(&statement);
    return status;
}

static enum ap_status ask_series(struct top *top, struct ap_rows **rows, struct ap_error *err)
{
    struct ap_buf arrays[2] = {AP_BUF_INIT, AP_BUF_INIT};
    const char *values[3] = {NULL, NULL, period_unit_names[top->period.unit]};
    struct statement statement;
    bool none = false;
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    tally_put_arrays(&arrays[0], &arrays[1], top->rows);
    statement_add1(&statement, "query_found", NULL);
    status = tally_add_found(&statement, top->db, top->access, top->filter, top->field, &none, err);
    for (int i = 0; status == AP_OK && i < 2; i++) {
        values[i] = ap_buf_str(&arrays[i]);
        status = ap_buf_check(&arrays[i], "what was counted", err);
    }
    if (status == AP_OK) {
        statement_add(&statement, "query_tally_series", 3, values);
        status = statement_run(&statement, top->db, rows, err);
    }
    ap_buf_free(&arrays[0]);
    ap_buf_free(&arrays[1]);
    statement_free(&statement);
    return status;
}

static enum ap_status read_series(struct top *top, struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    enum ap_status status =
        tally_period(&top->period, top->filter, top->options, ap_rows_text(top->rows, 0, EARLIEST) != NULL,
                     ap_rows_int(top->rows, 0, EARLIEST), ap_rows_int(top->rows, 0, LATEST), err);

    if (status != AP_OK)
        return status;
    top->series = calloc(ap_rows_count(top->rows) * top->period.count + 1, sizeof *top->series);
    if (top->series == NULL)
        return ap_fail_memory(err, "counts over time");
    status = ask_series(top, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        size_t which = (size_t)ap_rows_int(rows, i, SERIES_WHICH) - 1, at;

        if (which < ap_rows_count(top->rows) && period_find(&top->period, ap_rows_int(rows, i, SERIES_TIME), &at))
            top->series[which * top->period.count + at] = (uint64_t)ap_rows_int(rows, i, SERIES_COUNT);
    }
    ap_rows_free(rows);
    return status;
}

static void shape_part(struct ap_tally_shape *shape, const struct tally_field *field, bool rare)
{
    size_t count;

    tally_begin_columns(shape, field);
    (void)tally_add_column(shape, "percent", "%", AP_ANSWER_NUMBER, false);
    count = tally_add_column(shape, "count", "count", AP_ANSWER_COUNT, !rare);
    (void)tally_add_column(shape, "first", rare ? NULL : "first", AP_ANSWER_TIME, false);
    (void)tally_add_column(shape, "last", "last", AP_ANSWER_TIME, false);
    (void)tally_add_column(shape, "over_time", "over time", AP_ANSWER_SERIES, false);
    (void)tally_add_column(shape, "entry", rare ? "entry" : NULL, AP_ANSWER_TEXT, false);
    (void)snprintf(shape->title, sizeof shape->title, "%s %s", rare ? "Rarest" : "Most frequent", field->plural);
    shape->part = (struct ap_answer_part){rare ? "rare" : "top", shape->title, AP_ANSWER_ROWS, shape->columns,
                                          AP_ANSWER_BARS,        count,        "no entry fits"};
}

static void add_rows(struct ap_answer *answer, const struct top *top)
{
    size_t at = 0, count = top->period.count;

    for (size_t row = 0; row < ap_rows_count(top->rows); row++) {
        tally_begin_row(answer, top->field, top->rows, row);
        tally_add_share(answer, (uint64_t)ap_rows_int(top->rows, row, COUNT),
                        (uint64_t)ap_rows_int(top->rows, row, ENTRIES));
        ap_answer_add_count(answer, (uint64_t)ap_rows_int(top->rows, row, COUNT));
        tally_add_time(answer, top->rows, row, FIRST);
        tally_add_time(answer, top->rows, row, LAST);
        ap_answer_add_series(answer, top->series + row * count, count);
        ap_answer_add_str(answer, tally_entry_of(top->ids, row, &at));
    }
}

static void add_remarks(struct ap_answer *answer, const struct top *top)
{
    size_t shown = ap_rows_count(top->rows);
    int64_t values = ap_rows_int(top->rows, 0, VALUES), rest = ap_rows_int(top->rows, 0, ENTRIES);

    for (size_t row = 0; row < shown; row++)
        rest -= ap_rows_int(top->rows, row, COUNT);
    if (values > (int64_t)shown)
        tally_remark_others(answer, NULL, (uint64_t)(values - (int64_t)shown), (uint64_t)rest);
    if (top->rare)
        ap_answer_remark(answer, "auditquery timeline --around ENTRY shows what happened around one");
    else if (top->field->filter != NULL)
        ap_answer_remark(answer, "auditquery search %s lists the entries of one", top->field->filter);
}

static enum ap_status answer_top(struct ap_answer *answer, struct ap_tally_shape *shape, struct top *top,
                                 struct ap_error *err)
{
    enum ap_status status = rank(top, err);

    if (status != AP_OK)
        return status;
    shape_part(shape, top->field, top->rare);
    ap_answer_add_part(answer, &shape->part);
    if (ap_rows_count(top->rows) == 0)
        return AP_OK;
    status = read_series(top, err);
    if (status == AP_OK)
        status = tally_entries(&top->ids, top->db, top->access, top->filter, top->field, top->rows, LAST_AT, err);
    if (status == AP_OK) {
        add_rows(answer, top);
        add_remarks(answer, top);
    }
    return status;
}

enum ap_status ap_tally_top(struct ap_answer *answer, struct ap_tally_shape *shape, struct ap_db *db,
                            const struct ap_query_access *access, const struct ap_query_filter *filter,
                            const struct ap_tally_options *options, const char *field, bool rare, struct ap_error *err)
{
    struct top top = {.db = db, .access = access, .filter = filter, .options = options, .rare = rare};
    enum ap_status status;

    top.field = tally_field(field);
    if (top.field == NULL)
        return ap_fail(err, AP_EINPUT, "no field %s: one of %s", field, ap_tally_fields);
    status = tally_check_rights(access, filter, top.field, err);
    if (status == AP_OK)
        status = ap_db_exec(db, ap_sql("queries/query_memory"), err);
    if (status == AP_OK)
        status = answer_top(answer, shape, &top, err);
    ap_rows_free(top.rows);
    ap_rows_free(top.ids);
    free(top.series);
    return status;
}
