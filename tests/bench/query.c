/*
 * What searches take: query ROUNDS, on the database that PG* names.
 *
 * Each line of standard input is a case: its name, and its filters as "filter=value", with tabs between them; or
 * "sql=", and a statement to run as it is. A case is run ROUNDS times, or until it has taken a second. A line of
 * output for each: name, rows, how it reads ("!" behind what auditquery would tell of), the indexes, milliseconds of
 * each run, of planning alone, and why it failed; with tabs between them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/db.h"
#include "auditproof/query.h"

enum { ROUNDS_MAX = 1000, PAGE = 100 };

static const int64_t enough_us = AP_US_PER_SECOND;

struct request {
    struct ap_query_filter filter;
    struct ap_query_paging paging;
    const char *name, *sql, *action, *word, *where;
    bool second; /* the page after the first */
};

struct outcome {
    double ms[ROUNDS_MAX], plan_ms;
    int runs;
    size_t rows;
    struct ap_query_plan plan;
};

static void die(const char *what, const struct ap_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    exit(EXIT_FAILURE);
}

static bool take(const char *field, const char *name, const char **value)
{
    size_t len = strlen(name);

    if (strncmp(field, name, len) != 0 || field[len] != '=')
        return false;
    *value = field + len + 1;
    return true;
}

static enum ap_status read_field(struct request *request, char *field, struct ap_error *err)
{
    struct ap_query_filter *filter = &request->filter;
    const char *value;

    if (take(field, "sql", &request->sql) || take(field, "email", &filter->email) ||
        take(field, "session", &filter->session) || take(field, "ip", &filter->address))
        return AP_OK;
    if (take(field, "action", &request->action)) {
        filter->actions = &request->action;
        filter->action_count = 1;
    } else if (take(field, "text", &request->word)) {
        filter->words = &request->word;
        filter->word_count = 1;
    } else if (take(field, "where", &request->where)) {
        filter->where = &request->where;
        filter->where_count = 1;
    } else if (take(field, "actor", &value)) {
        filter->has_actor = ap_uuid_parse(&filter->actor, value);
    } else if (take(field, "resource", &value)) {
        return ap_query_parse_resource(filter, field + strlen("resource="), err);
    } else if (take(field, "risk", &value)) {
        return ap_query_parse_risk(&filter->risk, value, err);
    } else if (take(field, "since", &value)) {
        filter->has_since = true;
        filter->since_us = strtoll(value, NULL, 10);
    } else if (take(field, "until", &value)) {
        filter->has_until = true;
        filter->until_us = strtoll(value, NULL, 10);
    } else if (strcmp(field, "reverse") == 0) {
        request->paging.reverse = true;
    } else if (strcmp(field, "second") == 0) {
        request->second = true;
    } else {
        return ap_fail(err, AP_EINPUT, "what is %s?", field);
    }
    return AP_OK;
}

static enum ap_status read_request(struct request *request, char *line, const struct ap_query_access *access,
                                   struct ap_error *err)
{
    enum ap_status status = AP_OK;
    char *save = NULL;

    memset(request, 0, sizeof *request);
    request->paging.limit = PAGE;
    request->filter.has_org = access->has_org;
    request->filter.org = access->org;
    request->name = strtok_r(line, "\t", &save);
    for (char *field; status == AP_OK && (field = strtok_r(NULL, "\t", &save)) != NULL;)
        status = read_field(request, field, err);
    return status;
}

static enum ap_status run_sql(struct ap_db *db, const struct request *request, struct outcome *outcome,
                              struct ap_error *err)
{
    struct ap_rows *rows = NULL;
    int64_t began_us = ap_clock_monotonic_us();
    enum ap_status status = ap_db_query(db, request->sql, 0, NULL, &rows, err);

    if (status == AP_OK) {
        outcome->ms[outcome->runs++] = (double)(ap_clock_monotonic_us() - began_us) / 1000;
        outcome->rows = ap_rows_count(rows);
    }
    ap_rows_free(rows);
    return status;
}

static enum ap_status find_second(struct ap_db *db, const struct ap_query_access *access, struct request *request,
                                  char cursor[AP_QUERY_CURSOR_SIZE], struct ap_error *err)
{
    struct ap_query_page *page = NULL;
    enum ap_status status = ap_query_page_open(&page, db, access, &request->filter, &request->paging, err);

    if (status == AP_OK && ap_query_page_next(page) != NULL) {
        (void)snprintf(cursor, AP_QUERY_CURSOR_SIZE, "%s", ap_query_page_next(page));
        request->paging.after = cursor;
    }
    ap_query_page_free(page);
    return status;
}

static enum ap_status run_search(struct ap_db *db, const struct ap_query_access *access, const struct request *request,
                                 struct outcome *outcome, struct ap_error *err)
{
    struct ap_query_paging with_plan = request->paging;
    struct ap_query_page *page = NULL;
    int64_t began_us = ap_clock_monotonic_us(), planned_us;
    enum ap_status status;

    with_plan.plan = &outcome->plan;
    with_plan.plan_only = true;
    status = ap_query_page_open(&page, db, access, &request->filter, &with_plan, err);
    ap_query_page_free(page);
    page = NULL;
    planned_us = ap_clock_monotonic_us();
    if (status == AP_OK)
        status = ap_query_page_open(&page, db, access, &request->filter, &request->paging, err);
    if (status == AP_OK) {
        outcome->plan_ms = (double)(planned_us - began_us) / 1000;
        outcome->ms[outcome->runs++] = (double)(ap_clock_monotonic_us() - planned_us) / 1000;
        outcome->rows = ap_query_page_count(page);
    }
    ap_query_page_free(page);
    return status;
}

static enum ap_status run(struct ap_db *db, const struct ap_query_access *access, struct request *request, long rounds,
                          struct outcome *outcome, struct ap_error *err)
{
    int64_t began_us = ap_clock_monotonic_us();
    char cursor[AP_QUERY_CURSOR_SIZE];
    enum ap_status status = ap_db_exec(db, ap_sql("queries/begin_snapshot"), err);

    if (status == AP_OK && request->second)
        status = find_second(db, access, request, cursor, err);
    for (long i = 0; status == AP_OK && i < rounds && ap_clock_monotonic_us() < began_us + enough_us; i++)
        status =
            request->sql != NULL ? run_sql(db, request, outcome, err) : run_search(db, access, request, outcome, err);
    ap_db_rollback(db);
    return status;
}

static void print(const struct request *request, const struct outcome *outcome, enum ap_status status,
                  const struct ap_error *err)
{
    static const char *const reads[] = {
        [AP_QUERY_BY_INDEX] = "index", [AP_QUERY_IN_ORDER] = "in order", [AP_QUERY_WHOLE] = "whole"};

    printf("%s\t%zu\t%s%s\t%s\t", request->name, outcome->rows, reads[outcome->plan.reads],
           outcome->plan.reads != AP_QUERY_BY_INDEX && !outcome->plan.small ? "!" : "",
           outcome->plan.indexes.len > 0 ? outcome->plan.indexes.data : "-");
    for (int i = 0; i < outcome->runs; i++)
        printf("%s%.3f", i > 0 ? " " : "", outcome->ms[i]);
    printf("\t%.3f\t%s\n", outcome->plan_ms, status == AP_OK ? "" : err->message);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    long rounds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    struct ap_db_params params = {NULL, NULL, NULL, NULL, NULL, "query", true};
    struct ap_query_access access;
    struct ap_error err;
    struct ap_db *db = NULL;
    char *line = NULL;
    size_t size = 0;
    ssize_t len;

    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: query ROUNDS <CASES\n");
        return EXIT_FAILURE;
    }
    if (ap_db_open(&db, &params, NULL, &err) != AP_OK || ap_query_access(&access, db, &err) != AP_OK)
        die("query", &err);
    while ((len = getline(&line, &size, stdin)) > 0) {
        struct request request;
        struct outcome outcome;
        enum ap_status status;

        line[len - 1] = '\0';
        memset(&outcome, 0, sizeof outcome);
        if (read_request(&request, line, &access, &err) != AP_OK)
            die(line, &err);
        status = run(db, &access, &request, rounds, &outcome, &err);
        print(&request, &outcome, status, &err);
        ap_query_plan_free(&outcome.plan);
    }
    free(line);
    ap_db_close(db);
    return EXIT_SUCCESS;
}
