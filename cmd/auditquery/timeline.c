/* timeline: entries in the order of their times, with the gaps between them. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "commands.h"
#include "output.h"

enum { MOST = 10000, MINUTES_MAX = 1000000 };

static uint64_t limit = 100, context = 10, gap_minutes = 60;
static struct cli_uuid around;
static bool raw;
static const char *cursor, *format;

const struct cli_option timeline_options[] = {
    {0, "around", "ENTRY", CLI_UUID, &around, NULL, "what came before and after this entry, in its organization",
     "What came before and after this entry, which its id names: in its organization, where\n.Fl -org\nsays no other."},
    {0, "context", "N", CLI_U64, &context, NULL, "so many before it, and after it (10)", NULL},
    {0, "gap", "MINUTES", CLI_U64, &gap_minutes, NULL, "mark where so long nothing happened (60)", NULL},
    {'n', "limit", "N", CLI_U64, &limit, NULL, "at most so many (100): the first since --since, else the newest",
     "At most so many entries, 100 by default and 10000 at most: with\n.Fl -since\nthe first ones, else the newest."},
    {0, "after", "CURSOR", CLI_STRING, &cursor, NULL, "what comes after the page that ended with this cursor",
     "The entries that come after those that ended with this cursor: later ones with\n.Fl -since ,\nelse earlier "
     "ones."},
    {0, "format", "FORMAT", CLI_CHOICE, &format, ap_query_format_names,
     "how to print it: a table on a terminal, else ndjson", "How to print it: see\n.Sx FORMATS ."},
    {0, "raw", NULL, CLI_FLAG, &raw, NULL, "leave what a terminal would obey in texts as it is", NULL},
    {0, NULL, NULL, CLI_FLAG, NULL, NULL, NULL, NULL},
};

/* Pages that follow one another in time; what is before the entry comes newest first. */
enum part { BEFORE, AT, AFTER, PARTS };

struct timeline {
    struct asked asked;
    struct output output;
    struct ap_query_page *pages[PARTS];
    bool any; /* an entry with a time was printed, of: */
    int64_t last_us;
};

static enum ap_status ask(struct timeline *t, enum part part, uint64_t most, bool reverse, const char *after,
                          struct ap_error *err)
{
    struct ap_query_paging paging = {most, reverse, after, t->asked.proof, NULL, false};

    return most == 0
               ? AP_OK
               : ap_query_page_open(&t->pages[part], t->asked.db, &t->asked.access, &t->asked.filter, &paging, err);
}

/* The entry itself need not fit the other filters. */
static enum ap_status ask_entry(struct timeline *t, struct ap_error *err)
{
    struct ap_query_filter filter = t->asked.filter;
    char text[AP_UUID_TEXT_SIZE];
    enum ap_status status;

    memset(&t->asked.filter, 0, sizeof t->asked.filter);
    t->asked.filter.has_org = filter.has_org;
    t->asked.filter.org = filter.org;
    t->asked.filter.has_id = true;
    t->asked.filter.id = around.value;
    status = ask(t, AT, 1, false, NULL, err);
    t->asked.filter = filter;
    ap_uuid_format(text, &around.value);
    if (status == AP_OK && ap_query_page_count(t->pages[AT]) == 0)
        status = ap_fail(err, AP_EINPUT, "there is no entry %s, or this login does not see it", text);
    return status;
}

static enum ap_status ask_around(struct timeline *t, struct ap_error *err)
{
    char before[AP_QUERY_CURSOR_SIZE], after[AP_QUERY_CURSOR_SIZE];
    const struct ap_query_entry *entry;
    enum ap_status status = ask_entry(t, err);

    if (status != AP_OK)
        return status;
    entry = ap_query_page_entry(t->pages[AT], 0);
    ap_query_cursor(before, entry, false);
    ap_query_cursor(after, entry, true);
    t->asked.filter.has_org = true;
    t->asked.filter.org = *ap_entry_chain(&entry->row);
    status = ask(t, BEFORE, context, false, before, err);
    return status == AP_OK ? ask(t, AFTER, context, true, after, err) : status;
}

/* The entry that was asked about is told like a filter, which it is no more: all pages are there. */
static enum ap_status record(struct timeline *t, struct ap_error *err)
{
    t->asked.filter.has_id = around.given;
    t->asked.filter.id = around.value;
    return asked_record(&t->asked, "timeline", t->pages, PARTS, err);
}

static enum ap_status put(struct timeline *t, const struct ap_query_entry *found, struct ap_error *err)
{
    struct ap_query_entry entry = *found;
    bool dated =
        entry.has_created && entry.created_us != AP_TIME_INFINITY && entry.created_us != AP_TIME_MINUS_INFINITY;

    if (dated && t->any && entry.created_us - t->last_us >= (int64_t)gap_minutes * 60 * AP_US_PER_SECOND) {
        entry.gap = true;
        entry.gap_us = entry.created_us - t->last_us;
    }
    if (dated) {
        t->any = true;
        t->last_us = entry.created_us;
    }
    entry.focus = around.given && ap_uuid_equal(&entry.row.id, &around.value);
    return output_entry(&t->output, &entry, err);
}

static enum ap_status put_page(struct timeline *t, enum part part, struct ap_error *err)
{
    size_t count = t->pages[part] != NULL ? ap_query_page_count(t->pages[part]) : 0;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < count; i++)
        status = put(t, ap_query_page_entry(t->pages[part], part == BEFORE ? count - 1 - i : i), err);
    return status;
}

static enum ap_status run(struct timeline *t, struct ap_error *err)
{
    enum ap_status status = asked_open(&t->asked, err);
    bool first = t->asked.filter.has_since;
    const char *next;

    if (status == AP_OK)
        status = ap_db_exec(t->asked.db, ap_sql("queries/begin_snapshot"), err);
    if (status == AP_OK)
        status = around.given ? ask_around(t, err) : ask(t, first ? AFTER : BEFORE, limit, first, cursor, err);
    if (status == AP_OK)
        status = record(t, err);
    if (status == AP_OK)
        status = output_begin(&t->output, &t->asked, "timeline", format, raw, false, err);
    t->output.look.lines = 1;
    for (int part = 0; status == AP_OK && part < PARTS; part++)
        status = put_page(t, (enum part)part, err);
    next = status == AP_OK && !around.given ? ap_query_page_next(t->pages[first ? AFTER : BEFORE]) : NULL;
    if (status == AP_OK)
        status = output_end(&t->output, next, err);
    if (status == AP_OK && next != NULL)
        cli_say("there is more: --after %s", next);
    return status;
}

int timeline_run(int argc, char **argv)
{
    struct timeline t;
    struct ap_error err;
    enum ap_status status;
    int result;

    (void)argc;
    (void)argv;
    if (limit == 0 || limit > MOST || context > MOST)
        return cli_usage("a timeline has 1 to %d entries", MOST);
    if (around.given && cursor != NULL)
        return cli_usage("--around shows what is there around an entry: a larger --context shows more, not --after");
    if (gap_minutes == 0 || gap_minutes > MINUTES_MAX)
        return cli_usage("--gap takes 1 to %d minutes", MINUTES_MAX);
    memset(&t, 0, sizeof t);
    status = run(&t, &err);
    result = status != AP_OK ? cli_fail(&err) : t.output.tail.failed > 0 ? EXIT_FINDINGS : EXIT_DONE;
    if (status == AP_OK && t.output.tail.failed > 0)
        cli_error("%" PRIu64 " of %" PRIu64 " entries did not verify: see `auditverify`", t.output.tail.failed,
                  t.output.tail.entries);
    output_close(&t.output);
    for (int part = 0; part < PARTS; part++)
        ap_query_page_free(t.pages[part]);
    asked_free(&t.asked);
    return result;
}
