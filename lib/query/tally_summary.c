/* Totals, and what they are made of: all from one scan. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "filter.h"
#include "format_internal.h"
#include "plan.h"
#include "tally.h"

enum { ROW_KIND, VALUE, DETAIL, COUNT, FIRST, LAST, GROUPS, NAMED };

/* As the bits of GROUPING come out: a kind's own are 0. */
enum {
    BY_HOUR = 62,
    BY_ACTION = 95,
    BY_ACTOR = 111,
    BY_ADDRESS = 119,
    BY_TYPE = 123,
    BY_ORG = 125,
    BY_LEVEL = 126,
    TOTAL = 127
};

enum { LEVELS = 5, HOURS = 24, WEEKDAYS = 7 };

static const char *const levels[LEVELS] = {"informational", "low", "medium", "high", "critical"};

/* Counts over time, by level; the same by the hour of the day and the day of the week. */
struct course {
    struct period period;
    uint64_t *units[LEVELS]; /* owned: by the first */
    uint64_t *sums;          /* owned with them: of all levels */
    uint64_t hours[HOURS], weekdays[WEEKDAYS];
    uint64_t outside, undated;
};

struct summary {
    struct ap_answer *answer;
    const struct ap_query_filter *filter;
    struct ap_rows *rows; /* owned */
    size_t total;         /* the row of all */
    struct course course;
};

#define COLUMNS(name, heading)                                                                                         \
    {name, heading, AP_ANSWER_TEXT, false}, {"percent", "%", AP_ANSWER_NUMBER, false},                                 \
        {"count", "count", AP_ANSWER_COUNT, true}, {"first", NULL, AP_ANSWER_TIME, false},                             \
        {"last", "last", AP_ANSWER_TIME, false},                                                                       \
    {                                                                                                                  \
        NULL, NULL, AP_ANSWER_TEXT, false                                                                              \
    }

static const struct ap_answer_column action_columns[] = {COLUMNS("action", "action")};
static const struct ap_answer_column address_columns[] = {COLUMNS("address", "address")};
static const struct ap_answer_column type_columns[] = {COLUMNS("resource_type", "resource type")};
static const struct ap_answer_column org_columns[] = {COLUMNS("org", "organization")};
/* People read the address of mail, or where there is none the account. */
static const struct ap_answer_column actor_columns[] = {
    {"who", "actor", AP_ANSWER_TEXT, false},   {"percent", "%", AP_ANSWER_NUMBER, false},
    {"count", "count", AP_ANSWER_COUNT, true}, {"first", NULL, AP_ANSWER_TIME, false},
    {"last", "last", AP_ANSWER_TIME, false},   {"actor", NULL, AP_ANSWER_TEXT, false},
    {"email", NULL, AP_ANSWER_TEXT, false},    {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column level_columns[] = {
    {"risk", "risk", AP_ANSWER_LEVEL, false},  {"percent", "%", AP_ANSWER_NUMBER, false},
    {"count", "count", AP_ANSWER_COUNT, true}, {"first", NULL, AP_ANSWER_TIME, false},
    {"last", "last", AP_ANSWER_TIME, false},   {"over_time", "over time", AP_ANSWER_SERIES, false},
    {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column time_columns[] = {{"time", "from", AP_ANSWER_TIME, false},
                                                       {"count", "count", AP_ANSWER_COUNT, true},
                                                       {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column hour_columns[] = {{"hour", "hour", AP_ANSWER_TEXT, false},
                                                       {"count", "count", AP_ANSWER_COUNT, true},
                                                       {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_column weekday_columns[] = {{"weekday", "weekday", AP_ANSWER_TEXT, false},
                                                          {"count", "count", AP_ANSWER_COUNT, true},
                                                          {NULL, NULL, AP_ANSWER_TEXT, false}};

static const struct ap_answer_part action_part = {"actions", "Actions", AP_ANSWER_ROWS, action_columns, AP_ANSWER_BARS,
                                                  2,         NULL};
static const struct ap_answer_part actor_part = {"actors", "Actors", AP_ANSWER_ROWS, actor_columns, AP_ANSWER_BARS,
                                                 2,        NULL};
static const struct ap_answer_part level_part = {
    "risk", "Risk, the highest first", AP_ANSWER_ROWS, level_columns, AP_ANSWER_BARS, 2, NULL};
static const struct ap_answer_part address_part = {
    "addresses", "Addresses", AP_ANSWER_ROWS, address_columns, AP_ANSWER_BARS, 2, NULL};
static const struct ap_answer_part type_part = {
    "resource_types", "Types of resources", AP_ANSWER_ROWS, type_columns, AP_ANSWER_BARS, 2, NULL};
static const struct ap_answer_part org_part = {
    "organizations", "Organizations", AP_ANSWER_ROWS, org_columns, AP_ANSWER_BARS, 2, NULL};
static const struct ap_answer_part time_parts[] = {
    {"times", "Entries by hour", AP_ANSWER_ROWS, time_columns, AP_ANSWER_COLUMNS, 1, NULL},
    {"times", "Entries by day", AP_ANSWER_ROWS, time_columns, AP_ANSWER_COLUMNS, 1, NULL},
    {"times", "Entries by week, which begins on Monday", AP_ANSWER_ROWS, time_columns, AP_ANSWER_COLUMNS, 1, NULL},
    {"times", "Entries by month", AP_ANSWER_ROWS, time_columns, AP_ANSWER_COLUMNS, 1, NULL},
};
static const struct ap_answer_part hour_part = {
    "hours", "Entries by hour of the day, UTC", AP_ANSWER_ASIDE, hour_columns, AP_ANSWER_COLUMNS, 1, NULL};
static const struct ap_answer_part weekday_part = {
    "weekdays", "Entries by day of the week, UTC", AP_ANSWER_ASIDE, weekday_columns, AP_ANSWER_COLUMNS, 1, NULL};

static const struct ap_answer_column total_columns[] = {
    {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"first", "First", AP_ANSWER_TIME, false},
    {"last", "Last", AP_ANSWER_TIME, false},
    {"actions", "Actions", AP_ANSWER_COUNT, false},
    {"actors", "Actors", AP_ANSWER_COUNT, false},
    {"addresses", "Addresses", AP_ANSWER_COUNT, false},
    {"resource_types", "Types of resources", AP_ANSWER_COUNT, false},
    {"organizations", "Organizations", AP_ANSWER_COUNT, false},
    {"undated", NULL, AP_ANSWER_COUNT, false},
    {"by", NULL, AP_ANSWER_TEXT, false},
    {"over_time", "Over time", AP_ANSWER_SERIES, false},
    {"by_hour", "Hours 0 to 23", AP_ANSWER_SERIES, false},
    {"by_weekday", "Monday to Sunday", AP_ANSWER_SERIES, false},
    {NULL, NULL, AP_ANSWER_TEXT, false}};
static const struct ap_answer_part total_part = {
    "totals", "Entries that fit", AP_ANSWER_FACTS, total_columns, AP_ANSWER_NO_CHART, 0, NULL};

static enum ap_status ask(struct summary *summary, struct ap_db *db, const struct ap_query_access *access,
                          const struct ap_tally_options *options, struct ap_error *err)
{
    char limit[24], org[AP_UUID_TEXT_SIZE];
    struct statement statement;
    bool none = false;
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, options->limit);
    tally_org(org, summary->filter);
    statement_add1(&statement, access->findings ? "query_summary_found" : "query_summary",
                   access->findings ? org : NULL);
    status = filter_add(&statement, db, access, summary->filter, &none, err);
    statement_add1(&statement, "query_summary_end", limit);
    if (status == AP_OK && options->plan != NULL)
        status = plan_ask(options->plan, db, &statement, err);
    if (status == AP_OK)
        status = statement_run(&statement, db, &summary->rows, err);
    statement_free(&statement);
    return status;
}

static bool is_kind(const struct summary *summary, size_t row, int kind)
{
    return ap_rows_int(summary->rows, row, ROW_KIND) == kind;
}

static uint64_t count_of(const struct summary *summary, size_t row)
{
    return (uint64_t)ap_rows_int(summary->rows, row, COUNT);
}

static void count_hour(struct course *course, size_t level, int64_t hour_us, uint64_t count)
{
    int64_t hours = hour_us / (AP_US_PER_DAY / 24), day;
    size_t at;

    day = hours / HOURS - (hours % HOURS < 0);
    course->hours[hours - day * HOURS] += count;
    course->weekdays[((day + 3) % WEEKDAYS + WEEKDAYS) % WEEKDAYS] += count;
    if (period_find(&course->period, hour_us, &at)) {
        course->units[level][at] += count;
        course->sums[at] += count;
    } else {
        course->outside += count;
    }
}

static enum ap_status read_course(struct summary *summary, const struct ap_tally_options *options, struct ap_error *err)
{
    struct course *course = &summary->course;
    enum ap_status status = tally_period(
        &course->period, summary->filter, options, ap_rows_text(summary->rows, summary->total, FIRST) != NULL,
        ap_rows_int(summary->rows, summary->total, FIRST), ap_rows_int(summary->rows, summary->total, LAST), err);

    if (status != AP_OK)
        return status;
    course->units[0] = calloc((LEVELS + 1) * course->period.count + 1, sizeof *course->units[0]);
    if (course->units[0] == NULL)
        return ap_fail_memory(err, "counts over time");
    for (size_t level = 1; level < LEVELS; level++)
        course->units[level] = course->units[0] + level * course->period.count;
    course->sums = course->units[0] + LEVELS * course->period.count;
    for (size_t row = 0; row < ap_rows_count(summary->rows); row++) {
        const char *name = ap_rows_str(summary->rows, row, DETAIL);
        struct ap_value level = {name, strlen(name)};

        if (!is_kind(summary, row, BY_HOUR))
            continue;
        if (ap_rows_text(summary->rows, row, VALUE) == NULL)
            course->undated += count_of(summary, row);
        else
            count_hour(course, (size_t)query_level_of(&level), ap_rows_int(summary->rows, row, VALUE),
                       count_of(summary, row));
    }
    return AP_OK;
}

/* How many values a kind has in all. */
static uint64_t values_of(const struct summary *summary, int kind)
{
    for (size_t row = 0; row < ap_rows_count(summary->rows); row++)
        if (is_kind(summary, row, kind))
            return (uint64_t)ap_rows_int(summary->rows, row, NAMED);
    return 0;
}

static void add_totals(struct summary *summary)
{
    static const int kinds[] = {BY_ACTION, BY_ACTOR, BY_ADDRESS, BY_TYPE, BY_ORG};
    struct ap_answer *answer = summary->answer;
    const struct course *course = &summary->course;

    ap_answer_add_part(answer, &total_part);
    ap_answer_add_row(answer);
    ap_answer_add_count(answer, count_of(summary, summary->total));
    tally_add_time(answer, summary->rows, summary->total, FIRST);
    tally_add_time(answer, summary->rows, summary->total, LAST);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        ap_answer_add_count(answer, values_of(summary, kinds[i]));
    ap_answer_add_count(answer, course->undated);
    ap_answer_add_str(answer, period_unit_names[course->period.unit]);
    ap_answer_add_series(answer, course->sums, course->period.count);
    ap_answer_add_series(answer, course->hours, HOURS);
    ap_answer_add_series(answer, course->weekdays, WEEKDAYS);
}

static void add_times(struct summary *summary)
{
    const struct course *course = &summary->course;

    ap_answer_add_part(summary->answer, &time_parts[course->period.unit]);
    for (size_t at = 0; at < course->period.count; at++) {
        ap_answer_add_row(summary->answer);
        ap_answer_add_time(summary->answer, period_at(&course->period, at));
        ap_answer_add_count(summary->answer, course->sums[at]);
    }
}

static void add_named(struct summary *summary, const struct ap_answer_part *part, const char *const *names,
                      const uint64_t *counts, size_t count)
{
    ap_answer_add_part(summary->answer, part);
    for (size_t i = 0; i < count; i++) {
        ap_answer_add_row(summary->answer);
        ap_answer_add_str(summary->answer, names[i]);
        ap_answer_add_count(summary->answer, counts[i]);
    }
}

static void add_hours(struct summary *summary)
{
    static const char *const hours[HOURS] = {"00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11",
                                             "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23"};
    static const char *const weekdays[WEEKDAYS] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

    add_named(summary, &hour_part, hours, summary->course.hours, HOURS);
    add_named(summary, &weekday_part, weekdays, summary->course.weekdays, WEEKDAYS);
}

/* A row's value, which stands before, and then its counts. */
static void add_counts(struct summary *summary, size_t row)
{
    tally_add_share(summary->answer, count_of(summary, row), count_of(summary, summary->total));
    ap_answer_add_count(summary->answer, count_of(summary, row));
    tally_add_time(summary->answer, summary->rows, row, FIRST);
    tally_add_time(summary->answer, summary->rows, row, LAST);
}

static void remark_others(struct summary *summary, const struct ap_answer_part *part, size_t shown, uint64_t counted,
                          size_t row)
{
    uint64_t groups = (uint64_t)ap_rows_int(summary->rows, row, GROUPS);

    if (groups > shown)
        tally_remark_others(summary->answer, part->name, groups - shown, count_of(summary, summary->total) - counted);
}

static void add_value(struct summary *summary, int kind, size_t row)
{
    const char *value = ap_rows_text(summary->rows, row, VALUE), *detail = ap_rows_text(summary->rows, row, DETAIL);

    ap_answer_add_row(summary->answer);
    ap_answer_add_str(summary->answer, kind == BY_ACTOR && detail != NULL ? detail : value);
    add_counts(summary, row);
    if (kind != BY_ACTOR)
        return;
    ap_answer_add_str(summary->answer, value);
    ap_answer_add_str(summary->answer, detail);
}

static void add_values(struct summary *summary, const struct ap_answer_part *part, int kind)
{
    size_t shown = 0, last = 0;
    uint64_t counted = 0;

    ap_answer_add_part(summary->answer, part);
    for (size_t row = 0; row < ap_rows_count(summary->rows); row++) {
        if (!is_kind(summary, row, kind))
            continue;
        add_value(summary, kind, row);
        counted += count_of(summary, row);
        last = row;
        shown++;
    }
    if (shown > 0)
        remark_others(summary, part, shown, counted, last);
}

static void add_levels(struct summary *summary)
{
    const struct course *course = &summary->course;

    ap_answer_add_part(summary->answer, &level_part);
    for (size_t level = LEVELS; level-- > 0;) {
        for (size_t row = 0; row < ap_rows_count(summary->rows); row++) {
            if (!is_kind(summary, row, BY_LEVEL) || strcmp(ap_rows_str(summary->rows, row, VALUE), levels[level]) != 0)
                continue;
            ap_answer_add_row(summary->answer);
            ap_answer_add_str(summary->answer, levels[level]);
            add_counts(summary, row);
            ap_answer_add_series(summary->answer, course->units[level], course->period.count);
        }
    }
}

static void add_remarks(struct summary *summary, const struct ap_query_access *access)
{
    const struct course *course = &summary->course;

    if (course->undated > 0)
        ap_answer_remark(summary->answer, "%" PRIu64 " %s no time", course->undated,
                         course->undated == 1 ? "entry has" : "entries have");
    if (course->outside > 0)
        ap_answer_remark(summary->answer,
                         "%" PRIu64 " %s a time that lies outside of what is drawn: see `first' and `last'",
                         course->outside, course->outside == 1 ? "entry has" : "entries have");
    if (!access->findings)
        ap_answer_remark(summary->answer,
                         "risk is what entries say of themselves: this login may not read what rules found");
}

static void fill(struct summary *summary, const struct ap_query_access *access)
{
    add_totals(summary);
    if (count_of(summary, summary->total) == 0)
        return;
    add_times(summary);
    add_levels(summary);
    add_values(summary, &action_part, BY_ACTION);
    add_values(summary, &actor_part, BY_ACTOR);
    add_values(summary, &address_part, BY_ADDRESS);
    add_values(summary, &type_part, BY_TYPE);
    if (!summary->filter->has_org)
        add_values(summary, &org_part, BY_ORG);
    add_hours(summary);
    add_remarks(summary, access);
}

enum ap_status ap_tally_summary(struct ap_answer *answer, struct ap_db *db, const struct ap_query_access *access,
                                const struct ap_query_filter *filter, const struct ap_tally_options *options,
                                struct ap_error *err)
{
    struct summary summary = {.answer = answer, .filter = filter};
    enum ap_status status = tally_check_rights(access, filter, NULL, err);

    if (status == AP_OK)
        status = ask(&summary, db, access, options, err);
    if (status == AP_OK) {
        while (summary.total + 1 < ap_rows_count(summary.rows) && !is_kind(&summary, summary.total, TOTAL))
            summary.total++;
        status = read_course(&summary, options, err);
    }
    if (status == AP_OK)
        fill(&summary, access);
    free(summary.course.units[0]);
    ap_rows_free(summary.rows);
    return status;
}
