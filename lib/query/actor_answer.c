#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor_found.h"
#include "auditproof/clock.h"
#include "cells.h"

enum { HOURS = 24, WEEKDAYS = 7 };

static const struct ap_answer_column actor_columns[] = {
    {"actor", "Actor", AP_ANSWER_TEXT, false},
    {"actor_id", "Id", AP_ANSWER_TEXT, false},
    {"actor_role", "Role", AP_ANSWER_TEXT, false},
    {"active", "Profile active", AP_ANSWER_FLAG, false},
    {"first_seen", "First seen", AP_ANSWER_TIME, false},
    {"last_seen", "Last seen", AP_ANSWER_TIME, false},
    {"since", "Period since", AP_ANSWER_TIME, false},
    {"until", "Period until", AP_ANSWER_TIME, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"baseline_since", "Baseline since", AP_ANSWER_TIME, false},
    {"baseline_entries", "Entries before", AP_ANSWER_COUNT, false},
    {"per_day", "A day", AP_ANSWER_NUMBER, false},
    {"baseline_per_day", "A day before", AP_ANSWER_NUMBER, false},
    {"sessions", "Sessions", AP_ANSWER_COUNT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column findings_columns[] = {
    {"finding", "Finding", AP_ANSWER_TEXT, false},  {"dimension", "Of", AP_ANSWER_TEXT, false},
    {"value", "Value", AP_ANSWER_TEXT, false},      {"deviation", "Deviation", AP_ANSWER_TEXT, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false}, {"first", NULL, AP_ANSWER_TIME, false},
    {"window", "Window", AP_ANSWER_TEXT, false},    {"window_from", NULL, AP_ANSWER_TIME, false},
    {"window_to", NULL, AP_ANSWER_TIME, false},     {NULL, NULL, AP_ANSWER_TEXT, false},
};
/* Of each dimension the same, under a name of its own. */
#define VALUE_COLUMNS(name, heading)                                                                                   \
    {                                                                                                                  \
        {name, heading, AP_ANSWER_TEXT, false}, {"entries", "Entries", AP_ANSWER_COUNT, true},                         \
            {"baseline_entries", "Baseline", AP_ANSWER_COUNT, false}, {"per_day", "A day", AP_ANSWER_NUMBER, false},   \
            {"baseline_per_day", "Usual", AP_ANSWER_NUMBER, false}, {"ratio", "Times", AP_ANSWER_NUMBER, false},       \
            {"new", "New", AP_ANSWER_FLAG, false}, {"first_seen", "First seen", AP_ANSWER_TIME, false},                \
            {"last_seen", NULL, AP_ANSWER_TIME, false}, {NULL, NULL, AP_ANSWER_TEXT, false},                           \
    }
static const struct ap_answer_column actions_columns[] = VALUE_COLUMNS("action", "Action");
static const struct ap_answer_column networks_columns[] = VALUE_COLUMNS("network", "Network");
static const struct ap_answer_column addresses_columns[] = VALUE_COLUMNS("ip_address", "Address");
static const struct ap_answer_column agents_columns[] = VALUE_COLUMNS("user_agent", "User agent");
static const struct ap_answer_column rhythm_columns[] = {
    {"of", "Of", AP_ANSWER_TEXT, false},
    {"entries", "In the period", AP_ANSWER_SERIES, false},
    {"before", "Before", AP_ANSWER_SERIES, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_column sessions_columns[] = {
    {"start", "Start", AP_ANSWER_TIME, false},
    {"duration", "Duration", AP_ANSWER_SPAN, false},
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"session_id", "Session", AP_ANSWER_TEXT, false},
    {"ip_address", "Address", AP_ANSWER_TEXT, false},
    {"addresses", NULL, AP_ANSWER_COUNT, false},
    {"user_agent", "User agent", AP_ANSWER_TEXT, false},
    {"agents", NULL, AP_ANSWER_COUNT, false},
    {"end", NULL, AP_ANSWER_TIME, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part actor_part = {"actor", "Actor", AP_ANSWER_FACTS, actor_columns, AP_ANSWER_NO_CHART,
                                                 0,       NULL};
static const struct ap_answer_part findings_part = {
    "findings", "Out of the ordinary", AP_ANSWER_ROWS, findings_columns, AP_ANSWER_NO_CHART, 0, "nothing is"};
static const struct ap_answer_part actions_part = {
    "actions", "Actions", AP_ANSWER_ROWS, actions_columns, AP_ANSWER_BARS, 1, "no entry is by this actor"};
static const struct ap_answer_part networks_part = {
    "networks", "Networks", AP_ANSWER_ROWS, networks_columns, AP_ANSWER_BARS, 1, NULL};
static const struct ap_answer_part addresses_part = {
    "addresses", "Addresses", AP_ANSWER_ROWS, addresses_columns, AP_ANSWER_BARS, 1, NULL};
static const struct ap_answer_part agents_part = {
    "agents", "User agents", AP_ANSWER_ROWS, agents_columns, AP_ANSWER_BARS, 1, NULL};
static const struct ap_answer_part rhythm_part = {
    "rhythm", "When, in UTC", AP_ANSWER_ROWS, rhythm_columns, AP_ANSWER_NO_CHART, 0, NULL};
static const struct ap_answer_part sessions_part = {
    "sessions", "Sessions of the period, the newest first", AP_ANSWER_ROWS, sessions_columns, AP_ANSWER_NO_CHART, 0,
    NULL};

static void add_rate(struct ap_answer *answer, bool known, double rate)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%.2f", rate);
    ap_answer_add_str(answer, known ? text : NULL);
}

static void add_values(struct ap_answer *answer, const struct actor_found *found, const struct ap_answer_part *part,
                       const char *dimension)
{
    size_t count, from = actor_rows(found, dimension, &count);
    bool known = found->base_days > 0;

    ap_answer_add_part(answer, part);
    for (size_t row = from; row < from + count; row++) {
        double now = actor_rate_now(found, row), base = actor_rate_base(found, row);

        ap_answer_add_row(answer);
        cell_row_text(answer, found->seen, row, S_VALUE);
        cell_row_count(answer, found->seen, row, S_NOW);
        cell_row_count(answer, found->seen, row, S_BASE);
        add_rate(answer, true, now);
        add_rate(answer, known, base);
        add_rate(answer, base > 0, base > 0 ? now / base : 0);
        ap_answer_add_flag(answer, known && ap_rows_int(found->seen, row, S_BEFORE) == 0);
        cell_row_time(answer, found->seen, row, S_FIRST);
        cell_row_time(answer, found->seen, row, S_LAST);
    }
}

/* How often each of hours or weekdays, which count from `first`. */
static void add_series(struct ap_answer *answer, const struct actor_found *found, const char *name,
                       const char *dimension, size_t first, size_t count)
{
    uint64_t now[HOURS] = {0}, before[HOURS] = {0};
    size_t rows, from = actor_rows(found, dimension, &rows);

    for (size_t row = from; row < from + rows; row++) {
        size_t at = strtoul(ap_rows_str(found->seen, row, S_VALUE), NULL, 10) - first;

        if (at >= count)
            continue;
        now[at] = (uint64_t)ap_rows_int(found->seen, row, S_NOW);
        before[at] = (uint64_t)ap_rows_int(found->seen, row, S_BEFORE);
    }
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, name);
    ap_answer_add_series(answer, now, count);
    ap_answer_add_series(answer, before, count);
}

static void add_sessions(struct ap_answer *answer, const struct actor_found *found)
{
    const struct ap_rows *rows = found->sessions;

    ap_answer_add_part(answer, &sessions_part);
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        ap_answer_add_row(answer);
        cell_row_time(answer, rows, i, N_START);
        ap_answer_add_time(answer, ap_rows_int(rows, i, N_END) - ap_rows_int(rows, i, N_START));
        cell_row_count(answer, rows, i, N_ENTRIES);
        cell_row_text(answer, rows, i, N_ID);
        cell_row_text(answer, rows, i, N_ADDRESS);
        cell_row_count(answer, rows, i, N_ADDRESSES);
        cell_row_text(answer, rows, i, N_AGENT);
        cell_row_count(answer, rows, i, N_AGENTS);
        cell_row_time(answer, rows, i, N_END);
    }
}

static void add_facts(struct ap_answer *answer, const struct actor_found *found)
{
    const struct ap_query_filter *filter = found->filter;
    bool profile = found->profile != NULL && ap_rows_count(found->profile) > 0, based = found->base_days > 0;
    char id[AP_UUID_TEXT_SIZE];

    ap_uuid_format(id, &filter->actor);
    ap_answer_add_part(answer, &actor_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, actor_email(found));
    ap_answer_add_str(answer, filter->has_actor
                                  ? id
                                  : actor_name(found, "id", profile ? ap_rows_text(found->profile, 0, P_ID) : NULL));
    ap_answer_add_str(answer, actor_name(found, "role", NULL));
    if (profile)
        cell_row_flag(answer, found->profile, 0, P_ACTIVE);
    else
        ap_answer_add_null(answer);
    cell_row_time(answer, found->seen, found->all, S_FIRST);
    cell_row_time(answer, found->seen, found->all, S_LAST);
    ap_answer_add_time(answer, filter->since_us);
    ap_answer_add_time(answer, filter->until_us);
    cell_row_count(answer, found->seen, found->all, S_NOW);
    cell_time(answer, based, found->baseline_us);
    cell_row_count(answer, found->seen, found->all, S_BASE);
    add_rate(answer, true, actor_rate_now(found, found->all));
    add_rate(answer, based, actor_rate_base(found, found->all));
    ap_answer_add_count(answer,
                        ap_rows_count(found->sessions) > 0 ? (uint64_t)ap_rows_int(found->sessions, 0, N_COUNT) : 0);
}

/* Does a dimension have more values than it has rows here? */
static void remark_cut(struct ap_answer *answer, const struct actor_found *found, const char *dimension,
                       const char *what)
{
    size_t count, from = actor_rows(found, dimension, &count);
    uint64_t kinds = count > 0 ? (uint64_t)ap_rows_int(found->seen, from, S_KINDS) : 0;

    if (kinds > count)
        ap_answer_remark(answer, "There are %" PRIu64 " %s, of which %zu are shown, the new ones first: see --limit",
                         kinds, what, count);
}

static void remark_names(struct ap_answer *answer, const struct actor_found *found, const char *dimension,
                         const char *what)
{
    size_t count, from = actor_rows(found, dimension, &count);

    if (count > 1)
        ap_answer_remark(answer, "These entries name %" PRId64 " %s", ap_rows_int(found->seen, from, S_KINDS), what);
}

/* Somebody who is known by an address of mail may have an account, whose entries need not name the address. */
static void remark_account(struct ap_answer *answer, const struct actor_found *found)
{
    bool profile = found->profile != NULL && ap_rows_count(found->profile) > 0;
    const char *id = profile ? ap_rows_text(found->profile, 0, P_ID) : NULL;

    id = actor_name(found, "id", id);
    if (!found->filter->has_actor && id != NULL)
        ap_answer_remark(answer, "Entries that do not name this address of mail are not here: see auditquery actor %s",
                         id);
}

static void add_remarks(struct ap_answer *answer, const struct actor_found *found)
{
    uint64_t before = (uint64_t)ap_rows_int(found->seen, found->all, S_BEFORE);

    remark_account(answer, found);
    if (ap_rows_int(found->seen, found->all, S_NOW) + ap_rows_int(found->seen, found->all, S_BEFORE) == 0)
        return;
    if (ap_rows_int(found->seen, found->all, S_NOW) == 0)
        ap_answer_remark(answer, "There is no entry in the period: an earlier --since makes it longer");
    if (before == 0)
        ap_answer_remark(answer, "There is no entry before the period: what is new cannot be told");
    else if (found->base_days + 0.5 < (double)found->options->baseline_days)
        ap_answer_remark(answer,
                         "The baseline is short: %.0f of %" PRIu64 " days, for that is when the actor was first seen",
                         found->base_days, found->options->baseline_days);
    remark_names(answer, found, "email", "addresses of mail");
    remark_names(answer, found, "id", "accounts");
    remark_names(answer, found, "role", "roles");
    remark_cut(answer, found, "action", "actions");
    remark_cut(answer, found, "network", "networks");
    remark_cut(answer, found, "address", "addresses");
    remark_cut(answer, found, "agent", "user agents");
    if (ap_rows_count(found->sessions) > 0 &&
        (uint64_t)ap_rows_int(found->sessions, 0, N_COUNT) > ap_rows_count(found->sessions))
        ap_answer_remark(answer, "There are %" PRId64 " sessions, of which the newest %zu are shown: see --limit",
                         ap_rows_int(found->sessions, 0, N_COUNT), ap_rows_count(found->sessions));
}

enum ap_status actor_answer(struct ap_answer *answer, const struct actor_found *found, struct ap_error *err)
{
    add_facts(answer, found);
    ap_answer_add_part(answer, &findings_part);
    actor_findings(answer, found);
    add_values(answer, found, &actions_part, "action");
    add_values(answer, found, &networks_part, "network");
    add_values(answer, found, &addresses_part, "address");
    add_values(answer, found, &agents_part, "agent");
    ap_answer_add_part(answer, &rhythm_part);
    add_series(answer, found, "hours, from 0", "hour", 0, HOURS);
    add_series(answer, found, "weekdays, from Monday", "weekday", 1, WEEKDAYS);
    add_sessions(answer, found);
    add_remarks(answer, found);
    return ap_answer_check(answer, err);
}
