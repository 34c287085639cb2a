#include "auditproof/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "cursor.h"
#include "filter.h"
#include "found.h"
#include "page.h"
#include "plan.h"

/* Entries without a time, and those with one, are asked for apart: so each is a walk along an index. */
enum { PARTS = 2 };

struct ap_query_page {
    struct ap_rows *rows[PARTS];
    size_t taken[PARTS]; /* rows that belong to the page */
    struct found *found;
    size_t count;
    struct beside beside;
    bool more;
    char next[CURSOR_SIZE];
};

/* What is being asked for. */
struct search {
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_query_filter *filter;
    const struct ap_query_paging *paging;
    struct cursor after;
    bool goes_on; /* from `after` */
    struct filter_way way;
};

static void add_cursor(struct statement *statement, const struct search *search)
{
    const struct cursor *after = &search->after;
    char time[STATEMENT_TIME_SIZE], id[AP_UUID_TEXT_SIZE];
    const char *values[2] = {time, id};

    statement_time(time, after->created_us);
    ap_uuid_format(id, &after->id);
    if (after->dated)
        statement_add(statement, after->reverse ? "query_where_beyond" : "query_where_before", 2, values);
    else
        statement_add1(statement, after->reverse ? "query_where_id_beyond" : "query_where_id_before", id);
}

/* The entries of a part that fit, in their order. */
static enum ap_status add_search(struct statement *statement, struct search *search, bool dated, enum filter_risk risk,
                                 const char *limit, struct ap_error *err)
{
    enum ap_status status;

    statement_add1(statement, "query_entries", NULL);
    status = filter_add_risk(statement, search->db, search->access, search->filter, risk, &search->way, err);
    statement_add1(statement, dated ? "query_where_dated" : "query_where_undated", NULL);
    if (search->goes_on && search->after.dated == dated)
        add_cursor(statement, search);
    statement_add1(statement, search->paging->reverse ? "query_oldest" : "query_newest", limit);
    return status;
}

/* A level that the entry has, or that a rule gave it: no index leads to both, and so they are asked for apart. */
static enum ap_status add_either(struct statement *statement, struct search *search, bool dated, const char *limit,
                                 struct ap_error *err)
{
    enum ap_status status;

    statement_add1(statement, "query_either", NULL);
    status = add_search(statement, search, dated, FILTER_RISK_OWN, limit, err);
    statement_add1(statement, "query_or", NULL);
    if (status == AP_OK)
        status = add_search(statement, search, dated, FILTER_RISK_RULES, limit, err);
    statement_add1(statement, search->paging->reverse ? "query_either_oldest" : "query_either_newest", limit);
    return status;
}

/* One of the two parts, of which at most so many are wanted. */
static enum ap_status ask_part(struct search *search, bool dated, uint64_t most, struct ap_rows **rows,
                               struct ap_error *err)
{
    const struct ap_query_paging *paging = search->paging;
    struct statement statement;
    char limit[24];
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, most);
    if (search->filter->risk != 0 && search->access->findings)
        status = add_either(&statement, search, dated, limit, err);
    else
        status = add_search(&statement, search, dated, FILTER_RISK_OWN, limit, err);
    if (status == AP_OK)
        status = plan_sorts(search->db, !search->filter->has_org || search->way.led, err);
    if (status == AP_OK && dated && paging->plan != NULL)
        status = plan_ask(paging->plan, search->db, &statement, err);
    if (status == AP_OK && dated && paging->plan != NULL && paging->plan->ready != NULL)
        paging->plan->ready(paging->plan->context, paging->plan);
    if (status == AP_OK && !search->way.none && !paging->plan_only)
        status = statement_run_binary(&statement, search->db, rows, err);
    if (status == AP_OK)
        status = plan_sorts(search->db, true, err);
    statement_free(&statement);
    return status;
}

/* Do any of this part come on this page at all? */
static bool wants_part(const struct search *search, bool dated)
{
    const struct ap_query_filter *filter = search->filter;

    if (!dated && (filter->has_since || filter->has_until))
        return false;
    if (dated && filter->undated)
        return false;
    /* The newest first: those without a time, then the others. The oldest first: the other way round. */
    return !search->goes_on || search->after.dated == dated || dated != search->paging->reverse;
}

static enum ap_status ask_parts(struct ap_query_page *page, struct search *search, struct ap_error *err)
{
    const struct ap_query_paging *paging = search->paging;
    enum ap_status status = AP_OK;

    for (int i = 0; status == AP_OK && i < PARTS; i++) {
        bool dated = (i == 1) != paging->reverse;
        uint64_t left = paging->limit - page->count;

        if (!wants_part(search, dated) || (paging->plan_only && !dated))
            continue;
        /* One more than is wanted tells whether there is more. */
        status = ask_part(search, dated, left + 1, &page->rows[i], err);
        if (status != AP_OK || page->rows[i] == NULL)
            continue;
        page->taken[i] = ap_rows_count(page->rows[i]);
        if (page->taken[i] > left) {
            page->taken[i] = left;
            page->more = true;
        }
        page->count += page->taken[i];
        if (page->more)
            break;
    }
    return status;
}

void page_created(struct ap_query_entry *entry)
{
    entry->has_created = entry->row.has_created_at;
    entry->created_us = entry->row.created_at_pg;
    if (entry->created_us != AP_TIME_INFINITY && entry->created_us != AP_TIME_MINUS_INFINITY)
        entry->created_us = entry->created_us > INT64_MAX - AP_POSTGRES_EPOCH_US
                                ? AP_TIME_INFINITY
                                : entry->created_us + AP_POSTGRES_EPOCH_US;
}

static enum ap_status read_row(struct found *found, const struct ap_rows *rows, size_t row, struct ap_error *err)
{
    struct ap_query_entry *entry = &found->entry;
    enum ap_status status;

    for (int c = 0; c < ROW_COLUMNS; c++)
        found->fields[c] = ap_rows_field(rows, row, c);
    status = decode_row(&entry->row, found->fields, err);
    if (status != AP_OK)
        return status;
    entry->chain = *ap_entry_chain(&entry->row);
    page_created(entry);
    entry->level = entry->row.risk_level.data != NULL ? entry->row.risk_level : (struct ap_value){"low", 3};
    return AP_OK;
}

static enum ap_status read_rows(struct ap_query_page *page, struct ap_error *err)
{
    enum ap_status status = AP_OK;
    size_t n = 0;

    page->found = calloc(page->count + 1, sizeof *page->found);
    if (page->found == NULL)
        return ap_fail_memory(err, "a page");
    for (int i = 0; i < PARTS; i++)
        for (size_t row = 0; status == AP_OK && row < page->taken[i]; row++)
            status = read_row(&page->found[n++], page->rows[i], row, err);
    return status;
}

void ap_query_cursor(char out[AP_QUERY_CURSOR_SIZE], const struct ap_query_entry *entry, bool reverse)
{
    struct cursor cursor = {reverse, entry->has_created, entry->has_created ? entry->created_us : 0, entry->row.id};

    cursor_format(out, &cursor);
}

static enum ap_status check_rights(const struct search *search, struct ap_error *err)
{
    if (search->paging->limit == 0 || search->paging->limit >= INT64_MAX)
        return ap_fail(err, AP_EINTERNAL, "a page of %" PRIu64 " entries", search->paging->limit);
    if (search->paging->proof && !search->access->chain)
        return ap_fail(err, AP_ESTATE,
                       "%s may not read the chains, without which no entry can be verified: ask as a member of "
                       "auditproof_auditor",
                       search->access->role);
    if (search->filter->rule != NULL && !search->access->findings)
        return ap_fail(err, AP_ESTATE, "%s may not read what rules found: ask as a member of auditproof_auditor",
                       search->access->role);
    return AP_OK;
}

enum ap_status page_of_rows(struct ap_query_page **out, struct ap_db *db, const struct ap_query_access *access,
                            struct ap_rows *rows, bool proof, struct ap_error *err)
{
    struct ap_query_page *page = calloc(1, sizeof *page);
    enum ap_status status;

    *out = NULL;
    if (page == NULL) {
        ap_rows_free(rows);
        return ap_fail_memory(err, "a page");
    }
    page->rows[0] = rows;
    page->taken[0] = page->count = ap_rows_count(rows);
    status = read_rows(page, err);
    if (status == AP_OK)
        status = beside_read(&page->beside, db, access, page->found, page->count, proof, err);
    if (status != AP_OK) {
        ap_query_page_free(page);
        return status;
    }
    *out = page;
    return AP_OK;
}

enum ap_status ap_query_page_open(struct ap_query_page **out, struct ap_db *db, const struct ap_query_access *access,
                                  const struct ap_query_filter *filter, const struct ap_query_paging *paging,
                                  struct ap_error *err)
{
    struct search search;
    struct ap_query_page *page = calloc(1, sizeof *page);
    enum ap_status status;

    memset(&search, 0, sizeof search);
    search.db = db;
    search.access = access;
    search.filter = filter;
    search.paging = paging;
    search.goes_on = paging->after != NULL;
    *out = NULL;
    if (page == NULL)
        return ap_fail_memory(err, "a page");
    status = check_rights(&search, err);
    if (status == AP_OK && search.goes_on)
        status = cursor_parse(&search.after, paging->after, paging->reverse, err);
    if (status == AP_OK)
        status = ask_parts(page, &search, err);
    filter_way_free(&search.way);
    if (status == AP_OK)
        status = read_rows(page, err);
    if (status == AP_OK)
        status = beside_read(&page->beside, db, access, page->found, page->count, paging->proof, err);
    if (status != AP_OK) {
        ap_query_page_free(page);
        return status;
    }
    if (page->more)
        ap_query_cursor(page->next, &page->found[page->count - 1].entry, paging->reverse);
    *out = page;
    return AP_OK;
}

void ap_query_page_free(struct ap_query_page *page)
{
    if (page == NULL)
        return;
    for (int i = 0; i < PARTS; i++)
        ap_rows_free(page->rows[i]);
    beside_free(&page->beside);
    free(page->found);
    free(page);
}

size_t ap_query_page_count(const struct ap_query_page *page)
{
    return page->count;
}

const struct ap_query_entry *ap_query_page_entry(const struct ap_query_page *page, size_t index)
{
    return &page->found[index].entry;
}

const char *ap_query_page_next(const struct ap_query_page *page)
{
    return page->more ? page->next : NULL;
}
