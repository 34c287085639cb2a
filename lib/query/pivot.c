#include "auditproof/pivot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "filter.h"
#include "plan.h"
#include "statement.h"

/* Columns of queries/query_pivot_beside. */
enum { B_KIND, B_VALUE, B_NAME, B_VIA, B_ENTRIES, B_FIRST, B_LAST, B_KINDS };
enum { ACTOR, ADDRESS, SESSION, RESOURCE, KINDS };
enum { SESSION_INDEXED = 200 };

static const struct {
    const char *name, *many, *query;
} kinds[KINDS] = {{"actor", "actors", "query_pivot_actor"},
                  {"address", "addresses", "query_pivot_address"},
                  {"session", "sessions", "query_pivot_session"},
                  {"resource", "things", "query_pivot_resource"}};

struct pivot {
    struct ap_answer *answer;
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_query_filter *filter;
    const struct ap_pivot_options *options;
    struct ap_rows *first, *second[KINDS]; /* at the first hop; and at the second, via each kind */
    struct ap_buf known_kinds, known_values;
    size_t apart; /* neighbours that are not followed */
};

static const struct ap_answer_column start_columns[] = {
    {"filters", "From", AP_ANSWER_JSON, false}, {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false},  {"last", "Last", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column neighbours_columns[] = {
    {"name", "Neighbour", AP_ANSWER_TEXT, false},
    {"hop", "Hop", AP_ANSWER_COUNT, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false},
    {"last", "Last", AP_ANSWER_TIME, false},
    {"via", "Via", AP_ANSWER_TEXT, false},
    {"kind", NULL, AP_ANSWER_TEXT, false},
    {"value", NULL, AP_ANSWER_TEXT, false},
    {"via_kind", NULL, AP_ANSWER_TEXT, false},
    {"via_value", NULL, AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part start_part = {"start", "Start", AP_ANSWER_FACTS, start_columns, AP_ANSWER_NO_CHART,
                                                 0,       NULL};
static const struct ap_answer_part neighbours_parts[KINDS] = {
    {"actors", "Actors", AP_ANSWER_ROWS, neighbours_columns, AP_ANSWER_NO_CHART, 0, NULL},
    {"addresses", "Addresses", AP_ANSWER_ROWS, neighbours_columns, AP_ANSWER_NO_CHART, 0, NULL},
    {"sessions", "Sessions", AP_ANSWER_ROWS, neighbours_columns, AP_ANSWER_NO_CHART, 0, NULL},
    {"resources", "Things", AP_ANSWER_ROWS, neighbours_columns, AP_ANSWER_NO_CHART, 0, NULL}};

static void know(struct pivot *p, const char *kind, const char *value)
{
    statement_array_add(&p->known_kinds, kind, strlen(kind));
    statement_array_add(&p->known_values, value, strlen(value));
}

/* Where it starts is no neighbour of itself. */
static void know_start(struct pivot *p)
{
    const struct ap_query_filter *filter = p->filter;
    char id[AP_UUID_TEXT_SIZE];

    if (filter->has_actor) {
        ap_uuid_format(id, &filter->actor);
        know(p, "actor", id);
    }
    if (filter->has_resource) {
        ap_uuid_format(id, &filter->resource);
        know(p, "resource", id);
    }
    if (filter->address != NULL)
        know(p, "address", filter->address);
    if (filter->session != NULL)
        know(p, "session", filter->session);
}

/* What reads more than another plan is what is told. */
static void keep_plan(struct ap_query_plan *worst, const struct ap_query_plan *plan)
{
    if (plan->small || (!worst->small && plan->reads <= worst->reads))
        return;
    worst->reads = plan->reads;
    worst->small = false;
}

static enum ap_status run(struct pivot *p, struct statement *statement, const struct ap_query_filter *filter,
                          struct ap_rows **rows, struct ap_error *err)
{
    struct ap_buf known_kinds = AP_BUF_INIT, known_values = AP_BUF_INIT;
    struct ap_query_plan plan;
    const char *values[3];
    char limit[24];
    enum ap_status status;
    bool none;

    memset(&plan, 0, sizeof plan);
    ap_buf_add(&known_kinds, ap_buf_str(&p->known_kinds), p->known_kinds.len);
    ap_buf_add(&known_values, ap_buf_str(&p->known_values), p->known_values.len);
    statement_array_end(&known_kinds);
    statement_array_end(&known_values);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, p->options->limit);
    values[0] = ap_buf_str(&known_kinds);
    values[1] = ap_buf_str(&known_values);
    values[2] = limit;
    status = filter_add(statement, p->db, p->access, filter, &none, err);
    statement_add(statement, "query_pivot_beside", 3, values);
    if (status == AP_OK &&
        (p->known_kinds.failed || known_kinds.failed || p->known_values.failed || known_values.failed))
        status = ap_fail_memory(err, "neighbours");
    if (status == AP_OK && p->options->plan != NULL)
        status = plan_ask(&plan, p->db, statement, err);
    if (status == AP_OK && p->options->plan != NULL)
        keep_plan(p->options->plan, &plan);
    if (status == AP_OK)
        status = statement_run(statement, p->db, rows, err);
    ap_query_plan_free(&plan);
    ap_buf_free(&known_kinds);
    ap_buf_free(&known_values);
    return status;
}

static enum ap_status ask_first(struct pivot *p, struct ap_error *err)
{
    struct statement statement;
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    statement_add1(&statement, "query_pivot", NULL);
    status = run(p, &statement, p->filter, &p->first, err);
    statement_free(&statement);
    return status;
}

static bool is_kind(const struct ap_rows *rows, size_t row, int kind)
{
    return strcmp(ap_rows_str(rows, row, B_KIND), kinds[kind].name) == 0;
}

/* From all neighbours of one kind at once. */
static enum ap_status ask_second(struct pivot *p, int kind, struct ap_error *err)
{
    struct ap_query_filter filter;
    struct ap_buf values = AP_BUF_INIT;
    struct statement statement;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < ap_rows_count(p->first); i++) {
        const char *value = ap_rows_str(p->first, i, B_VALUE);
        struct ap_uuid id;

        if (!is_kind(p->first, i, kind))
            continue;
        if ((kind == ACTOR && !ap_uuid_parse(&id, value)) || (kind == SESSION && strlen(value) > SESSION_INDEXED))
            p->apart++;
        else
            statement_array_add(&values, value, strlen(value));
    }
    if (values.len > 0) {
        memset(&filter, 0, sizeof filter);
        filter.has_org = p->filter->has_org;
        filter.org = p->filter->org;
        filter.has_since = p->filter->has_since;
        filter.since_us = p->filter->since_us;
        filter.has_until = p->filter->has_until;
        filter.until_us = p->filter->until_us;
        statement_array_end(&values);
        memset(&statement, 0, sizeof statement);
        statement_add1(&statement, kinds[kind].query, ap_buf_str(&values));
        status = values.failed ? ap_fail_memory(err, "neighbours") : run(p, &statement, &filter, &p->second[kind], err);
        statement_free(&statement);
    }
    ap_buf_free(&values);
    return status;
}

/* As people know it: by address of mail, or by type and id. */
static void put_name(struct ap_buf *out, const struct ap_rows *rows, size_t row)
{
    const char *name = ap_rows_text(rows, row, B_NAME);
    bool resource = is_kind(rows, row, RESOURCE);

    if (name != NULL)
        ap_buf_adds(out, name);
    if (name != NULL && resource)
        ap_buf_addc(out, '/');
    if (name == NULL || resource)
        ap_buf_adds(out, ap_rows_str(rows, row, B_VALUE));
}

static void add_via(struct pivot *p, int kind, const char *via, struct ap_buf *text)
{
    size_t i = 0;

    if (kind < 0) {
        ap_answer_add_null(p->answer);
        return;
    }
    while (i < ap_rows_count(p->first) &&
           (!is_kind(p->first, i, kind) || strcmp(ap_rows_str(p->first, i, B_VALUE), via) != 0))
        i++;
    if (i < ap_rows_count(p->first))
        put_name(text, p->first, i);
    else
        ap_buf_adds(text, via);
    cell_buf(p->answer, text);
}

/* Those of one kind. via: the kind of neighbour at the first hop, or -1. */
static void add_rows(struct pivot *p, const struct ap_rows *rows, int kind, int via, struct ap_buf *text)
{
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        if (!is_kind(rows, i, kind))
            continue;
        ap_answer_add_row(p->answer);
        put_name(text, rows, i);
        cell_buf(p->answer, text);
        ap_answer_add_count(p->answer, via < 0 ? 1 : 2);
        cell_row_count(p->answer, rows, i, B_ENTRIES);
        cell_row_time(p->answer, rows, i, B_FIRST);
        cell_row_time(p->answer, rows, i, B_LAST);
        add_via(p, via, ap_rows_str(rows, i, B_VIA), text);
        cell_row_text(p->answer, rows, i, B_KIND);
        cell_row_text(p->answer, rows, i, B_VALUE);
        ap_answer_add_str(p->answer, via < 0 ? NULL : kinds[via].name);
        cell_row_text(p->answer, rows, i, B_VIA);
    }
}

static void remark_cut(struct pivot *p, const struct ap_rows *rows, int via)
{
    for (int kind = 0; kind < KINDS; kind++) {
        uint64_t all = 0, shown = 0;

        for (size_t i = 0; i < ap_rows_count(rows); i++) {
            if (!is_kind(rows, i, kind))
                continue;
            all = (uint64_t)ap_rows_int(rows, i, B_KINDS);
            shown++;
        }
        if (all > shown)
            ap_answer_remark(
                p->answer, "At hop %d%s%s there are %" PRIu64 " %s, of which %" PRIu64 " are here: see --limit",
                via < 0 ? 1 : 2, via < 0 ? "" : " via ", via < 0 ? "" : kinds[via].many, all, kinds[kind].many, shown);
    }
}

static enum ap_status add_parts(struct pivot *p, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status;

    ap_answer_add_part(p->answer, &start_part);
    ap_answer_add_row(p->answer);
    ap_query_describe(&text, p->filter, true);
    cell_buf(p->answer, &text);
    cell_row_count(p->answer, p->first, 0, B_ENTRIES); /* the row of all comes first */
    cell_row_time(p->answer, p->first, 0, B_FIRST);
    cell_row_time(p->answer, p->first, 0, B_LAST);
    for (int kind = 0; kind < KINDS; kind++) {
        ap_answer_add_part(p->answer, &neighbours_parts[kind]);
        add_rows(p, p->first, kind, -1, &text);
        for (int via = 0; via < KINDS; via++)
            if (p->second[via] != NULL)
                add_rows(p, p->second[via], kind, via, &text);
    }
    remark_cut(p, p->first, -1);
    for (int via = 0; via < KINDS; via++)
        if (p->second[via] != NULL)
            remark_cut(p, p->second[via], via);
    if (p->apart > 0)
        ap_answer_remark(p->answer,
                         "Not followed, for no index leads to them: %zu actors without an account, or sessions of more "
                         "than %d bytes",
                         p->apart, SESSION_INDEXED);
    status = ap_buf_check(&text, "neighbours", err);
    ap_buf_free(&text);
    return status;
}

enum ap_status ap_query_pivot(struct ap_answer *answer, struct ap_db *db, const struct ap_query_access *access,
                              const struct ap_query_filter *filter, const struct ap_pivot_options *options,
                              struct ap_error *err)
{
    struct pivot p;
    enum ap_status status;

    memset(&p, 0, sizeof p);
    p.answer = answer;
    p.db = db;
    p.access = access;
    p.filter = filter;
    p.options = options;
    if (options->plan != NULL)
        options->plan->small = true;
    know_start(&p);
    /* Groups are made by hashing then: how many entries there will be is not for an estimate to tell. */
    status = plan_sorts(db, false, err);
    if (status == AP_OK)
        status = ask_first(&p, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(p.first); i++)
        if (ap_rows_text(p.first, i, B_VALUE) != NULL)
            know(&p, ap_rows_str(p.first, i, B_KIND), ap_rows_str(p.first, i, B_VALUE));
    for (int kind = 0; status == AP_OK && options->hops > 1 && kind < KINDS; kind++)
        status = ask_second(&p, kind, err);
    if (status == AP_OK)
        status = add_parts(&p, err);
    ap_rows_free(p.first);
    for (int kind = 0; kind < KINDS; kind++)
        ap_rows_free(p.second[kind]);
    ap_buf_free(&p.known_kinds);
    ap_buf_free(&p.known_values);
    return status;
}
