/* search: entries that fit, page by page, or as they come. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "commands.h"
#include "output.h"
#include "shown.h"
#include "signals.h"

enum { PAGE = 100, LAST = 10, PIECE = 1000 };

static const int64_t poll_us = AP_US_PER_SECOND / 2;
static const uint64_t not_given = UINT64_MAX;

static uint64_t limit = UINT64_MAX;
static bool reverse, follow, explain, raw;
static const char *after, *format;

const struct cli_option search_options[] = {
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many (100); 0 for all of them",
     "At most so many entries: 100 by default,\n.Li 0\nfor all of them.\nWith\n.Fl -follow :\nthe newest so many that "
     "are there already, 10 by default."},
    {0, "reverse", NULL, CLI_FLAG, &reverse, NULL, "the oldest first, instead of the newest", NULL},
    {0, "after", "CURSOR", CLI_STRING, &after, NULL, "the page after the one that ended with this cursor",
     "The page after the one that ended with this cursor: with the same filters, and in the same order."},
    {0, "follow", NULL, CLI_FLAG, &follow, NULL, "go on with entries as they are committed",
     "Go on with each entry that fits as it is committed, until a signal comes: see\n.Sx FOLLOWING ."},
    {0, "explain", NULL, CLI_FLAG, &explain, NULL, "say how it would be searched for, and do not search",
     "Print the statement, its parameters, the indexes that it uses and the server's plan, and do not search."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, ap_query_format_names,
     "how to print it: a table on a terminal, else ndjson", "How to print it: see\n.Sx FORMATS ."},
    {0, "raw", NULL, CLI_FLAG, &raw, NULL, "leave what a terminal would obey in texts as it is",
     "Leave in a table what a terminal would obey, or show otherwise than it is, as it is."},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

static void print_plan(const struct ap_query_plan *plan)
{
    static const char *const reads[] = {
        [AP_QUERY_BY_INDEX] = "what an index leads to",
        [AP_QUERY_IN_ORDER] = "what an index leads to, one by one, until enough fit",
        [AP_QUERY_WHOLE] = "the whole table, or whole partitions",
    };

    (void)printf("%s\n", ap_buf_str(&plan->sql));
    for (const char *line = ap_buf_str(&plan->values), *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        (void)printf("-- %.*s\n", (int)(end - line), line);
    (void)printf("\nIndexes: %s\nReads:   %s\n\n%s", plan->indexes.len > 0 ? plan->indexes.data : "none",
                 reads[plan->reads], ap_buf_str(&plan->text));
}

static enum ap_status run_explain(struct asked *asked, struct ap_error *err)
{
    struct ap_query_plan plan;
    struct ap_query_paging paging = {
        limit == not_given ? PAGE : limit == 0 ? PIECE : limit, reverse, after, asked->proof, &plan, true};
    struct ap_query_page *page = NULL;
    enum ap_status status;

    memset(&plan, 0, sizeof plan);
    status = ap_db_exec(asked->db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = ap_query_page_open(&page, asked->db, &asked->access, &asked->filter, &paging, err);
    if (status == AP_OK)
        print_plan(&plan);
    ap_query_page_free(page);
    ap_query_plan_free(&plan);
    return status;
}

static enum ap_status print_page(struct output *output, const struct ap_query_page *page, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_query_page_count(page); i++)
        status = output_entry(output, ap_query_page_entry(page, i), err);
    return status;
}

static void tell_plan(void *context, const struct ap_query_plan *plan)
{
    asked_tell_plan(context, plan, true);
}

/* The first page, and what it takes to say how it was found. */
static enum ap_status first_page(struct asked *asked, const struct ap_query_paging *paging, struct ap_query_page **page,
                                 struct ap_error *err)
{
    struct ap_query_plan plan;
    struct ap_query_paging with_plan = *paging;
    enum ap_status status;

    memset(&plan, 0, sizeof plan);
    plan.ready = tell_plan;
    plan.context = asked;
    if (!ap_query_is_indexed(&asked->access, &asked->filter))
        with_plan.plan = &plan;
    status = ap_query_page_open(page, asked->db, &asked->access, &asked->filter, &with_plan, err);
    ap_query_plan_free(&plan);
    return status;
}

/* All of it in one snapshot, a piece at a time. */
static enum ap_status run_pages(struct asked *asked, struct output *output, struct ap_error *err)
{
    uint64_t left = limit == not_given ? PAGE : limit == 0 ? UINT64_MAX : limit;
    char next[128];
    struct ap_query_paging paging = {left < PIECE ? left : PIECE, reverse, after, asked->proof, NULL, false};
    struct ap_query_page *page = NULL;
    enum ap_status status = ap_db_exec(asked->db, ap_sql("queries/begin_snapshot"), err);
    bool more = true;

    if (status == AP_OK)
        status = first_page(asked, &paging, &page, err);
    if (status == AP_OK)
        status = asked_record(asked, "search", &page, 1, err);
    if (status == AP_OK)
        status = output_begin(output, asked, "search", format, raw, false, err);
    while (status == AP_OK && more) {
        const char *cursor = ap_query_page_next(page);

        status = print_page(output, page, err);
        left -= ap_query_page_count(page);
        (void)snprintf(next, sizeof next, "%s", cursor != NULL ? cursor : "");
        more = cursor != NULL && left > 0;
        ap_query_page_free(page);
        page = NULL;
        paging.after = next;
        paging.limit = left < PIECE ? left : PIECE;
        if (status == AP_OK && more)
            status = ap_query_page_open(&page, asked->db, &asked->access, &asked->filter, &paging, err);
    }
    if (status == AP_OK)
        status = output_end(output, next[0] != '\0' ? next : NULL, err);
    if (status == AP_OK && next[0] != '\0')
        cli_say("there is more: --after %s", next);
    ap_query_page_free(page);
    return status;
}

static void remark(void *context, const char *message)
{
    (void)context;
    cli_warn("%.*s; trying again", (int)strcspn(message, "\n"), message);
}

static bool stopping(void *context)
{
    (void)context;
    return cli_interrupted();
}

static enum ap_status run_follow(struct asked *asked, struct output *output, struct ap_error *err)
{
    struct ap_query_follow options = {&asked->filter,
                                      limit == not_given ? LAST : limit,
                                      asked->proof,
                                      poll_us,
                                      -1,
                                      output_entry,
                                      remark,
                                      output_flush,
                                      stopping,
                                      output};
    enum ap_status status = cli_catch_signals(err);

    options.wake_fd = cli_signal_fd();
    if (status == AP_OK)
        status = asked_record(asked, "search --follow", NULL, 0, err);
    if (status == AP_OK)
        status = output_begin(output, asked, "search", format, raw, true, err);
    if (status == AP_OK)
        status = ap_query_follow_run(asked->db, &asked->access, &options, err);
    return status == AP_OK ? output_end(output, NULL, err) : status;
}

int search_run(int argc, char **argv)
{
    struct output output;
    struct asked asked;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (follow && (reverse || after != NULL || explain))
        return cli_usage("--follow gives entries as they come: it goes with none of --reverse, --after and --explain");
    memset(&output, 0, sizeof output);
    status = asked_open(&asked, &err);
    if (status == AP_OK && explain)
        status = run_explain(&asked, &err);
    else if (status == AP_OK)
        status = follow ? run_follow(&asked, &output, &err) : run_pages(&asked, &output, &err);
    result = status != AP_OK ? cli_fail(&err) : output.tail.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
    if (status == AP_OK && output.tail.failed > 0)
        cli_error("%" PRIu64 " of %" PRIu64 " entries did not verify: see `auditverify`", output.tail.failed,
                  output.tail.entries);
    output_close(&output);
    asked_free(&asked);
    return result;
}
