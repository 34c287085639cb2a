#include <inttypes.h>
#include <string.h>

#include "auditproof/arena.h"
#include "auditproof/clock.h"
#include "cells.h"
#include "format_internal.h"
#include "session_found.h"
#include "occurrences.h"

enum { LEVELS = 5 };

/* What of its entries is counted. */
struct counts {
    struct occurrences actors, addresses, agents, actions, rules, organizations;
    uint64_t levels[LEVELS];
    int level; /* the highest */
    struct ap_arena texts;
    const struct ap_query_entry *first, *last; /* of those with a time */
    int64_t longest_us;                        /* pause */
    uint64_t pauses, undated;
};

static const char *const level_names[LEVELS] = {"informational", "low", "medium", "high", "critical"};

static const struct ap_answer_column session_columns[] = {
    {"session_id", "Session", AP_ANSWER_TEXT, false},
    {"reconstructed", "Put together", AP_ANSWER_FLAG, false},
    {"organization_id", "Organization", AP_ANSWER_TEXT, false},
    {"start", "Start", AP_ANSWER_TIME, false},
    {"end", "End", AP_ANSWER_TIME, false},
    {"duration", "Duration", AP_ANSWER_SPAN, false},
    {"longest_pause", "Longest pause", AP_ANSWER_SPAN, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"level", "Highest risk", AP_ANSWER_LEVEL, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column actors_columns[] = {
    {"actor", "Actor", AP_ANSWER_TEXT, false}, {"actor_role", "Role", AP_ANSWER_TEXT, false},
    {"actor_id", NULL, AP_ANSWER_TEXT, false}, {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false}, {"last", "Last", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column addresses_columns[] = {
    {"ip_address", "Address", AP_ANSWER_TEXT, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false},
    {"last", "Last", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column agents_columns[] = {
    {"user_agent", "User agent", AP_ANSWER_TEXT, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false},
    {"last", "Last", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column actions_columns[] = {
    {"action", "Action", AP_ANSWER_TEXT, false}, {"entries", "Entries", AP_ANSWER_COUNT, true},
    {"first", "First", AP_ANSWER_TIME, false},   {"last", "Last", AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column levels_columns[] = {
    {"level", "Risk", AP_ANSWER_LEVEL, false},
    {"entries", "Entries", AP_ANSWER_COUNT, true},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column rules_columns[] = {
    {"rule", "Rule", AP_ANSWER_TEXT, false},    {"title", "Title", AP_ANSWER_TEXT, false},
    {"level", "Level", AP_ANSWER_LEVEL, false}, {"entries", "Entries", AP_ANSWER_COUNT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column entries_columns[] = {
    {"created_at", "Time", AP_ANSWER_TIME, false},
    {"pause", "After", AP_ANSWER_SPAN, false},
    {"level", "Risk", AP_ANSWER_LEVEL, false},
    {"action", "Action", AP_ANSWER_TEXT, false},
    {"resource", "Resource", AP_ANSWER_TEXT, false},
    {"ip_address", "Address", AP_ANSWER_TEXT, false},
    {"actor", NULL, AP_ANSWER_TEXT, false},
    {"user_agent", NULL, AP_ANSWER_TEXT, false},
    {"id", NULL, AP_ANSWER_TEXT, false},
    {"proof", NULL, AP_ANSWER_TEXT, false},
    {"entry", NULL, AP_ANSWER_ENTRY, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part session_part = {
    "session", "Session", AP_ANSWER_FACTS, session_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part actors_part = {"actors", "Who", AP_ANSWER_ROWS, actors_columns, AP_ANSWER_NO_CHART,
                                                  0,        NULL};
static const struct ap_answer_part addresses_part = {
    "addresses", "From where", AP_ANSWER_ROWS, addresses_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part agents_part = {
    "agents", "With what", AP_ANSWER_ROWS, agents_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part actions_part = {
    "actions", "Actions", AP_ANSWER_ROWS, actions_columns, AP_ANSWER_BARS, 1, NULL};
static const struct ap_answer_part levels_part = {"levels", "Risk", AP_ANSWER_ROWS, levels_columns, AP_ANSWER_BARS,
                                                  1,        NULL};
static const struct ap_answer_part rules_part = {
    "rules", "Rules that found something", AP_ANSWER_ROWS, rules_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part entries_part = {
    "entries", "Entries", AP_ANSWER_LINES, entries_columns, AP_ANSWER_NO_CHART, 0, "no entry is of this session"};

static bool is_dated(const struct ap_query_entry *entry)
{
    return entry->has_created && entry->created_us != AP_TIME_INFINITY && entry->created_us != AP_TIME_MINUS_INFINITY;
}

static struct ap_value keep(struct counts *c, bool present, const char *text)
{
    char *copy = present ? ap_arena_copy(&c->texts, text, strlen(text)) : NULL;

    return (struct ap_value){copy, copy != NULL ? strlen(copy) : 0};
}

static struct ap_value uuid_of(struct counts *c, const struct ap_optional_uuid *uuid)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, &uuid->value);
    return keep(c, uuid->present, text);
}

static enum ap_status add(struct occurrences *list, const struct ap_query_entry *entry, struct ap_value a,
                          struct ap_value b, struct ap_value c, struct ap_error *err)
{
    struct ap_value keys[OCCURRENCE_KEYS] = {a, b, c};

    return occurrences_add(list, keys, is_dated(entry), entry->created_us, err);
}

/* Found by another version of the same rule, too? */
static bool is_again(const struct ap_query_entry *entry, size_t finding)
{
    const struct ap_value *rule = &entry->findings[finding].rule;

    for (size_t i = 0; i < finding; i++)
        if (entry->findings[i].rule.len == rule->len &&
            memcmp(entry->findings[i].rule.data, rule->data, rule->len) == 0)
            return true;
    return false;
}

static enum ap_status count_rules(struct counts *c, const struct ap_query_entry *entry, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < entry->finding_count; i++)
        if (!is_again(entry, i))
            status =
                add(&c->rules, entry, entry->findings[i].rule, entry->findings[i].title, entry->findings[i].level, err);
    return status;
}

static enum ap_status count_entry(struct counts *c, const struct ap_query_entry *entry, struct ap_error *err)
{
    static const struct ap_value none = {NULL, 0};
    const struct ap_entry *row = &entry->row;
    char address[AP_INET_TEXT_SIZE] = "";
    struct ap_value actor = uuid_of(c, &row->actor_id);
    enum ap_status status;

    if (row->ip_address.present)
        ap_inet_format(address, &row->ip_address);
    status =
        add(&c->actors, entry, row->actor_email.data != NULL ? row->actor_email : actor, row->actor_role, actor, err);
    if (status == AP_OK)
        status = add(&c->addresses, entry, keep(c, row->ip_address.present, address), none, none, err);
    if (status == AP_OK)
        status = add(&c->agents, entry, row->user_agent, none, none, err);
    if (status == AP_OK)
        status = add(&c->actions, entry, row->action, none, none, err);
    if (status == AP_OK)
        status = add(&c->organizations, entry, uuid_of(c, &row->organization_id), none, none, err);
    if (status == AP_OK)
        status = count_rules(c, entry, err);
    c->levels[query_level(entry)]++;
    c->level = query_level(entry) > c->level ? query_level(entry) : c->level;
    return status;
}

static int64_t pause_before(const struct counts *c, const struct ap_query_entry *entry)
{
    return c->last != NULL && is_dated(entry) ? entry->created_us - c->last->created_us : 0;
}

static enum ap_status count_all(struct counts *c, const struct session_found *found, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < found->count; i++) {
        const struct ap_query_entry *entry = found->entries[i];
        int64_t pause_us = pause_before(c, entry);

        status = count_entry(c, entry, err);
        c->pauses += pause_us > found->options->idle_us;
        c->longest_us = pause_us > c->longest_us ? pause_us : c->longest_us;
        c->undated += !is_dated(entry);
        if (!is_dated(entry))
            continue;
        c->first = c->first == NULL ? entry : c->first;
        c->last = entry;
    }
    occurrences_sort(&c->actors);
    occurrences_sort(&c->addresses);
    occurrences_sort(&c->agents);
    occurrences_sort(&c->actions);
    occurrences_sort(&c->rules);
    return status == AP_OK ? ap_arena_check(&c->texts, "a session", err) : status;
}

static void add_facts(struct ap_answer *answer, const struct counts *c, const struct session_found *found)
{
    bool dated = c->first != NULL;

    ap_answer_add_part(answer, &session_part);
    if (found->count == 0)
        return;
    ap_answer_add_row(answer);
    cell_value(answer, &found->id);
    ap_answer_add_flag(answer, found->id.data == NULL);
    cell_value(answer, &c->organizations.items[0].keys[0]);
    cell_time(answer, dated, dated ? c->first->created_us : 0);
    cell_time(answer, dated, dated ? c->last->created_us : 0);
    cell_time(answer, dated, dated ? c->last->created_us - c->first->created_us : 0);
    cell_time(answer, dated, c->longest_us);
    ap_answer_add_count(answer, found->count);
    ap_answer_add_str(answer, level_names[c->level]);
}

static void add_list(struct ap_answer *answer, const struct ap_answer_part *part, const struct occurrences *list,
                     int keys, bool times)
{
    ap_answer_add_part(answer, part);
    for (size_t i = 0; i < list->count; i++) {
        const struct occurrence *item = &list->items[i];

        ap_answer_add_row(answer);
        for (int k = 0; k < keys; k++)
            cell_value(answer, &item->keys[k]);
        ap_answer_add_count(answer, item->count);
        if (!times)
            continue;
        cell_time(answer, item->dated, item->first_us);
        cell_time(answer, item->dated, item->last_us);
    }
}

static void add_levels(struct ap_answer *answer, const struct counts *c)
{
    ap_answer_add_part(answer, &levels_part);
    for (int level = LEVELS; level-- > 0;) {
        if (c->levels[level] == 0)
            continue;
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, level_names[level]);
        ap_answer_add_count(answer, c->levels[level]);
    }
}

static void add_entry(struct ap_answer *answer, const struct ap_query_entry *entry, bool pause, int64_t pause_us,
                      struct ap_buf *text)
{
    ap_answer_add_row(answer);
    cell_time(answer, entry->has_created, entry->created_us);
    cell_time(answer, pause, pause_us);
    cell_value(answer, &entry->level);
    cell_value(answer, &entry->row.action);
    query_put_resource(text, entry);
    cell_buf(answer, text);
    cell_inet(answer, &entry->row.ip_address);
    cell_actor(answer, entry);
    cell_value(answer, &entry->row.user_agent);
    cell_uuid(answer, true, &entry->row.id);
    if (entry->proof != AP_QUERY_UNPROVEN) {
        query_put_proof(text, entry);
        cell_buf(answer, text);
    } else {
        ap_answer_add_null(answer);
    }
    query_put_json(text, entry);
    cell_buf(answer, text);
}

static enum ap_status add_entries(struct ap_answer *answer, const struct session_found *found, struct ap_error *err)
{
    struct ap_buf text = AP_BUF_INIT;
    const struct ap_query_entry *last = NULL;
    enum ap_status status = AP_OK;

    ap_answer_add_part(answer, &entries_part);
    for (size_t i = 0; status == AP_OK && i < found->count; i++) {
        const struct ap_query_entry *entry = found->entries[i];
        bool pause = last != NULL && is_dated(entry);

        add_entry(answer, entry, pause, pause ? entry->created_us - last->created_us : 0, &text);
        last = is_dated(entry) ? entry : last;
        status = ap_buf_check(&text, "an entry", err);
    }
    ap_buf_free(&text);
    return status;
}

/* What one session should have one of. */
static void remark_several(struct ap_answer *answer, const struct occurrences *list, const char *what)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].keys[0].data != NULL || list->items[i].keys[1].data != NULL;
    if (count > 1)
        ap_answer_remark(answer, "One session, and %zu %s", count, what);
}

static void add_remarks(struct ap_answer *answer, const struct counts *c, const struct session_found *found)
{
    int64_t idle = found->options->idle_us / AP_US_PER_SECOND / 60;

    if (found->count > 0 && found->id.data == NULL)
        ap_answer_remark(answer,
                         "No session id tells these entries to be one session: they are of one actor%s%s, with no "
                         "pause longer than %" PRId64 " min",
                         found->any_address ? "" : ", one address", found->any_agent ? "" : ", one user agent", idle);
    remark_several(answer, &c->actors, "actors or roles");
    remark_several(answer, &c->addresses, "addresses");
    remark_several(answer, &c->agents, "user agents");
    remark_several(answer, &c->organizations, "organizations");
    if (c->pauses > 0)
        ap_answer_remark(answer, "Pauses longer than %" PRId64 " min: %" PRIu64, idle, c->pauses);
    if (c->undated > 0)
        ap_answer_remark(answer, "Entries without a time: %" PRIu64, c->undated);
    if (found->more)
        ap_answer_remark(answer, "There are more entries than these %zu: --limit reads more, up to %d", found->count,
                         AP_SESSION_MAX);
    if (found->failed > 0)
        ap_answer_remark(answer, "Entries that did not verify: %" PRIu64, found->failed);
}

enum ap_status session_answer(struct ap_answer *answer, struct session_found *found, struct ap_error *err)
{
    struct counts c;
    enum ap_status status;

    memset(&c, 0, sizeof c);
    ap_arena_init(&c.texts, 0);
    status = count_all(&c, found, err);
    if (status == AP_OK) {
        add_facts(answer, &c, found);
        add_list(answer, &actors_part, &c.actors, 3, true);
        add_list(answer, &addresses_part, &c.addresses, 1, true);
        add_list(answer, &agents_part, &c.agents, 1, true);
        add_list(answer, &actions_part, &c.actions, 1, true);
        add_levels(answer, &c);
        add_list(answer, &rules_part, &c.rules, 3, false);
        status = add_entries(answer, found, err);
        add_remarks(answer, &c, found);
    }
    occurrences_free(&c.actors);
    occurrences_free(&c.addresses);
    occurrences_free(&c.agents);
    occurrences_free(&c.actions);
    occurrences_free(&c.rules);
    occurrences_free(&c.organizations);
    ap_arena_free(&c.texts);
    return status;
}
