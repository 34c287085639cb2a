/* case add: ask, and keep the question, the answer and where the chains ended. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/rerun.h"
#include "casebook.h"
#include "commands.h"
#include "output.h"

enum { PIECE = 500, USUAL = 10000 };

static const char *note;
static uint64_t limit = USUAL;
static bool reverse;

const struct cli_option case_add_options[] = {
    {0, "note", "TEXT", CLI_STRING, &note, NULL, "why it was asked, or what it shows", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Of the search within. */
static const struct cli_option search_within[] = {
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many entries (10000)", NULL},
    {0, "reverse", NULL, CLI_FLAG, &reverse, NULL, "the oldest first, instead of the newest", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

struct adding {
    struct asked asked;
    struct ap_case *folder;
    struct ap_saved_query saved;
    uint64_t chains;
    struct ap_buf text;
    unsigned step;
    uint8_t head[AP_HASH_LEN];
};

static const char *path; /* of the case, for the search within */

static enum ap_status keep_entry(struct adding *a, const struct ap_query_entry *entry, struct ap_error *err)
{
    enum ap_status status;

    ap_buf_clear(&a->text);
    status = ap_saved_entry(&a->text, entry, err);
    if (status == AP_OK)
        status = ap_case_write(a->folder, a->text.data, a->text.len, err);
    a->saved.rows++;
    a->saved.failed += entry->proof == AP_QUERY_FAILED;
    ap_query_cursor(a->saved.through, entry, reverse);
    return status;
}

/* All of it in one snapshot; where the login may read the chains, each entry is verified. */
static enum ap_status keep_entries(struct adding *a, struct ap_error *err)
{
    struct ap_query_paging paging = {0, reverse, NULL, a->saved.proof, NULL, false};
    char next[AP_QUERY_CURSOR_SIZE] = "";
    bool more = true;
    enum ap_status status = ap_case_file(a->folder, "result.ndjson", err);

    while (status == AP_OK && more && a->saved.rows < limit) {
        struct ap_query_page *page = NULL;
        const char *cursor = NULL;

        paging.limit = limit - a->saved.rows < PIECE ? limit - a->saved.rows : PIECE;
        status = ap_query_page_open(&page, a->asked.db, &a->asked.access, &a->asked.filter, &paging, err);
        for (size_t i = 0; status == AP_OK && i < ap_query_page_count(page); i++)
            status = keep_entry(a, ap_query_page_entry(page, i), err);
        if (status == AP_OK)
            cursor = ap_query_page_next(page);
        more = a->saved.more = cursor != NULL;
        (void)snprintf(next, sizeof next, "%s", cursor != NULL ? cursor : "");
        paging.after = next;
        ap_query_page_free(page);
    }
    return status;
}

static enum ap_status keep_heads(struct adding *a, struct ap_error *err)
{
    enum ap_status status;

    if (!a->asked.access.chain)
        return AP_OK;
    ap_buf_clear(&a->text);
    status = ap_saved_heads(&a->text, &a->chains, a->asked.db, &a->asked.filter, err);
    if (status == AP_OK)
        status = ap_case_file(a->folder, "heads.ndjson", err);
    return status == AP_OK ? ap_case_write(a->folder, ap_buf_str(&a->text), a->text.len, err) : status;
}

static enum ap_status keep_query(struct adding *a, struct ap_error *err)
{
    struct ap_query_head head;
    enum ap_status status;

    output_head(&head, &a->asked, "search");
    ap_buf_clear(&a->text);
    ap_saved_put(&a->text, &a->saved, &head, asked_purpose());
    status = ap_buf_check(&a->text, "a query", err);
    if (status == AP_OK)
        status = ap_case_file(a->folder, "query.json", err);
    return status == AP_OK ? ap_case_write(a->folder, a->text.data, a->text.len, err) : status;
}

static enum ap_status commit(struct adding *a, struct ap_error *err)
{
    struct ap_case_author author = casebook_author(&a->asked);
    enum ap_status status;

    ap_buf_clear(&a->text);
    ap_buf_adds(&a->text, "{\"command\":\"search\",\"filters\":");
    ap_query_describe(&a->text, &a->asked.filter, true);
    ap_buf_addf(&a->text, ",\"rows\":%" PRIu64 ",\"more\":%s", a->saved.rows, a->saved.more ? "true" : "false");
    if (a->saved.proof)
        ap_buf_addf(&a->text, ",\"verified\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"chains\":%" PRIu64,
                    a->saved.rows - a->saved.failed, a->saved.failed, a->chains);
    ap_buf_addc(&a->text, '}');
    status = ap_buf_check(&a->text, "a step", err);
    return status == AP_OK
               ? ap_case_commit(a->folder, AP_CASE_QUERY, note, a->text.data, &author, &a->step, a->head, err)
               : status;
}

static enum ap_status add(struct adding *a, struct ap_error *err)
{
    enum ap_status status = note != NULL ? asked_check_text("the note", note, err) : AP_OK;

    if (status == AP_OK)
        status = ap_case_open(&a->folder, path, err);
    if (status == AP_OK)
        status = asked_open(&a->asked, err);
    if (status == AP_OK)
        status = ap_case_begin(a->folder, err);
    if (status == AP_OK)
        status = casebook_snapshot(&a->asked, err);
    if (status == AP_OK)
        status = asked_record(&a->asked, "case add", NULL, 0, err);
    a->saved.filter = a->asked.filter;
    a->saved.reverse = reverse;
    a->saved.proof = a->asked.access.chain;
    if (status == AP_OK)
        status = keep_entries(a, err);
    if (status == AP_OK)
        status = keep_heads(a, err);
    if (status == AP_OK)
        status = keep_query(a, err);
    return status == AP_OK ? commit(a, err) : status;
}

static int search_run_within(int argc, char **argv)
{
    struct adding a;
    struct ap_error err;
    enum ap_status status;

    (void)argc;
    (void)argv;
    if (limit == 0 || limit > AP_SAVED_ENTRIES_MAX)
        return cli_usage("a case keeps 1 to %d entries of a search", AP_SAVED_ENTRIES_MAX);
    memset(&a, 0, sizeof a);
    status = add(&a, &err);
    if (status == AP_OK) {
        casebook_say_head(path, a.step, a.head);
        cli_say("%" PRIu64 " entries were kept%s", a.saved.rows,
                a.saved.more ? ", and there are more: a larger --limit keeps them" : "");
    }
    if (status == AP_OK && a.saved.failed > 0)
        cli_error("%" PRIu64 " of %" PRIu64 " entries did not verify: see `auditverify`", a.saved.failed, a.saved.rows);
    ap_case_free(a.folder);
    ap_buf_free(&a.text);
    asked_free(&a.asked);
    return status != AP_OK ? cli_fail(&err) : a.saved.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
}

int case_add_run(int argc, char **argv)
{
    static const struct cli_command commands[] = {
        {"search", "", "find entries, and keep them in the case", search_within, search_run_within, 0, 0, false, NULL},
        {NULL, NULL, NULL, NULL, NULL, 0, 0, false, NULL},
    };
    static const struct cli_program program = {
        "auditquery", "case add DIR -- search", NULL, asked_options, commands, true,
    };

    path = argv[0];
    return cli_run(&program, argc, argv);
}
