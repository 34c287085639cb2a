#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "cells.h"
#include "resource_found.h"

enum { CHANGE_CELLS = 6, CHANGE_JSON_FROM = 4 };

static const struct ap_answer_column resource_columns[] = {
    {"resource_type", "Type", AP_ANSWER_TEXT, false}, {"resource_id", "Id", AP_ANSWER_TEXT, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},   {"first", "First", AP_ANSWER_TIME, false},
    {"last", "Last", AP_ANSWER_TIME, false},          {"actors", "Actors", AP_ANSWER_COUNT, false},
    {"changes", "Changes", AP_ANSWER_COUNT, false},   {"unlogged", "Unlogged changes", AP_ANSWER_COUNT, false},
    {"as_of", "Known as of", AP_ANSWER_TIME, false},  {"order", NULL, AP_ANSWER_TEXT, false},
    {"state", NULL, AP_ANSWER_JSON, false},           {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column history_columns[] = {
    {"n", "#", AP_ANSWER_COUNT, false},
    {"created_at", "Time", AP_ANSWER_TIME, false},
    {"recorded_at", NULL, AP_ANSWER_TIME, false},
    {"id", NULL, AP_ANSWER_TEXT, false},
    {"seq", NULL, AP_ANSWER_COUNT, false},
    {"entry_hash", NULL, AP_ANSWER_TEXT, false},
    {"verified", NULL, AP_ANSWER_FLAG, false},
    {"why", NULL, AP_ANSWER_TEXT, false},
    {"level", "Risk", AP_ANSWER_LEVEL, false},
    {"action", "Action", AP_ANSWER_TEXT, false},
    {"actor_id", NULL, AP_ANSWER_TEXT, false},
    {"actor", "Actor", AP_ANSWER_TEXT, false},
    {"ip_address", NULL, AP_ANSWER_TEXT, false},
    {"changes", "Changes", AP_ANSWER_COUNT, false},
    {"unlogged", "Unlogged", AP_ANSWER_COUNT, false},
    {"diff", NULL, AP_ANSWER_JSON, false},
    {"unlogged_diff", NULL, AP_ANSWER_JSON, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column changes_columns[] = {
    {"n", "#", AP_ANSWER_COUNT, false},          {"logged", "Logged", AP_ANSWER_FLAG, false},
    {"op", "Change", AP_ANSWER_TEXT, false},     {"path", "Path", AP_ANSWER_TEXT, false},
    {"before", "Before", AP_ANSWER_JSON, false}, {"after", "After", AP_ANSWER_JSON, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column known_columns[] = {
    {"path", "Path", AP_ANSWER_TEXT, false},        {"value", "Value", AP_ANSWER_JSON, false},
    {"how", "How", AP_ANSWER_TEXT, false},          {"n", "By #", AP_ANSWER_COUNT, false},
    {"created_at", "Since", AP_ANSWER_TIME, false}, {"id", NULL, AP_ANSWER_TEXT, false},
    {"actor", NULL, AP_ANSWER_TEXT, false},         {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part resource_part = {
    "resource", "Resource", AP_ANSWER_FACTS, resource_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part history_part = {
    "history", "History", AP_ANSWER_ROWS, history_columns, AP_ANSWER_NO_CHART, 0, "no entry is about this"};
static const struct ap_answer_part changes_part = {
    "changes",
    "What changed: logged by the entry of the number, or not by any before it",
    AP_ANSWER_ROWS,
    changes_columns,
    AP_ANSWER_NO_CHART,
    0,
    NULL};
static const struct ap_answer_part known_part = {"known",
                                                 "What is known of it in the end",
                                                 AP_ANSWER_ROWS,
                                                 known_columns,
                                                 AP_ANSWER_NO_CHART,
                                                 0,
                                                 "nothing: no entry says what it was or became"};

/* What the walk over what is known adds to. */
struct adding {
    struct ap_answer *answer;
    const struct resource_found *found;
    struct ap_buf text;
};

static void add_facts(struct ap_answer *answer, const struct resource_found *r, struct ap_buf *text)
{
    const struct ap_query_filter *filter = r->filter;
    int64_t as_of = r->options->has_at ? r->options->at_us : filter->has_until ? filter->until_us : ap_clock_now_us();

    ap_answer_add_part(answer, &resource_part);
    ap_answer_add_row(answer);
    if (filter->resource_type != NULL || r->count == 0)
        ap_answer_add_str(answer, filter->resource_type);
    else
        cell_value(answer, &r->entries[r->count - 1]->row.resource_type);
    cell_uuid(answer, true, &filter->resource);
    ap_answer_add_count(answer, r->count);
    cell_time(answer, r->dated, r->first_us);
    cell_time(answer, r->dated, r->last_us);
    ap_answer_add_count(answer, r->actors);
    ap_answer_add_count(answer, r->changed);
    ap_answer_add_count(answer, r->unlogged);
    ap_answer_add_time(answer, as_of);
    ap_answer_add_str(answer, r->by_chain ? "chain" : "time");
    ap_history_put(text, r->history);
    cell_buf(answer, text);
}

/* Its place in the chain, and whether it verified. */
static void add_proof(struct ap_answer *answer, const struct ap_query_entry *entry)
{
    char hash[2 * AP_HASH_LEN];

    ap_hex_encode(hash, entry->entry_hash, AP_HASH_LEN);
    if (entry->chained) {
        ap_answer_add_count(answer, entry->seq);
        ap_answer_add_text(answer, hash, sizeof hash);
    } else {
        ap_answer_add_null(answer);
        ap_answer_add_null(answer);
    }
    if (entry->proof != AP_QUERY_UNPROVEN)
        ap_answer_add_flag(answer, entry->proof == AP_QUERY_VERIFIED);
    else
        ap_answer_add_null(answer);
    ap_answer_add_str(answer, entry->proof == AP_QUERY_FAILED ? entry->why : NULL);
}

static void add_entry(struct ap_answer *answer, const struct resource_found *r, const struct resource_entry *shown)
{
    const struct ap_query_entry *entry = r->entries[shown->number - 1];

    ap_answer_add_row(answer);
    ap_answer_add_count(answer, shown->number);
    cell_time(answer, entry->has_created, entry->created_us);
    cell_time(answer, entry->chained, entry->recorded_us);
    cell_uuid(answer, true, &entry->row.id);
    add_proof(answer, entry);
    cell_value(answer, &entry->level);
    cell_value(answer, &entry->row.action);
    cell_uuid(answer, entry->row.actor_id.present, &entry->row.actor_id.value);
    cell_actor(answer, entry);
    cell_inet(answer, &entry->row.ip_address);
    ap_answer_add_count(answer, shown->changes);
    ap_answer_add_count(answer, shown->unlogged);
    ap_answer_add_text(answer, r->texts.data + shown->diff_at, shown->diff_len);
    ap_answer_add_text(answer, r->texts.data + shown->unlogged_at, shown->unlogged_len);
}

static void add_changes(struct ap_answer *answer, const struct resource_found *r)
{
    const char *at = ap_buf_str(&r->changes), *end = at + r->changes.len;

    ap_answer_add_part(answer, &changes_part);
    while (at < end) {
        ap_answer_add_row(answer);
        for (int c = 0; c < CHANGE_CELLS; c++) {
            if (c == 0)
                ap_answer_add_count(answer, strtoul(at, NULL, 10));
            else if (c == 1)
                ap_answer_add_flag(answer, *at == 'y');
            else
                ap_answer_add_str(answer, c >= CHANGE_JSON_FROM && *at == '\0' ? NULL : at);
            at += strlen(at) + 1;
        }
    }
}

static void add_known(void *context, const char *path, const struct ap_json *value, size_t number,
                      enum ap_history_how how)
{
    struct adding *adding = context;
    const struct ap_query_entry *entry = adding->found->entries[number - 1];

    ap_answer_add_row(adding->answer);
    ap_answer_add_str(adding->answer, path);
    ap_json_put(&adding->text, value);
    cell_buf(adding->answer, &adding->text);
    ap_answer_add_str(adding->answer, ap_history_how_name(how));
    ap_answer_add_count(adding->answer, number);
    cell_time(adding->answer, entry->has_created, entry->created_us);
    cell_uuid(adding->answer, true, &entry->row.id);
    cell_actor(adding->answer, entry);
}

static void add_remarks(struct ap_answer *answer, const struct resource_found *r)
{
    if (r->unlogged > 0)
        ap_answer_remark(answer,
                         "Changes that no entry tells: %" PRIu64 ". What an entry says was there before it is not what "
                         "the entries before it left",
                         r->unlogged);
    if (r->more)
        ap_answer_remark(answer, "There are older entries than these %zu: --limit reads more, up to %d", r->count,
                         AP_RESOURCE_MAX);
    if (r->organizations > 1)
        ap_answer_remark(answer, "The entries are of %" PRIu64 " organizations: --org shows those of one",
                         r->organizations);
    if (r->turned > 0)
        ap_answer_remark(answer,
                         "Entries are in the order in which they were chained; times that run against it: %" PRIu64,
                         r->turned);
    if (r->undated > 0)
        ap_answer_remark(answer, "Entries without a time%s: %" PRIu64, r->by_chain ? "" : ", which come last",
                         r->undated);
    if (r->failed > 0)
        ap_answer_remark(answer, "Entries that did not verify: %" PRIu64, r->failed);
    if (r->unread > 0)
        ap_answer_remark(answer, "Entries whose values are too large, or nested too deep, to compare: %" PRIu64,
                         r->unread);
}

enum ap_status resource_answer(struct ap_answer *answer, const struct resource_found *found, struct ap_error *err)
{
    struct adding adding = {answer, found, AP_BUF_INIT};
    enum ap_status status;

    add_facts(answer, found, &adding.text);
    ap_answer_add_part(answer, &history_part);
    for (size_t i = 0; i < found->shown_count; i++)
        add_entry(answer, found, &found->shown[i]);
    add_changes(answer, found);
    ap_answer_add_part(answer, &known_part);
    status = ap_history_known(found->history, add_known, &adding, err);
    add_remarks(answer, found);
    if (status == AP_OK)
        status = ap_buf_check(&adding.text, "a history", err);
    ap_buf_free(&adding.text);
    return status;
}
