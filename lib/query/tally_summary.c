/* Totals, and what they are made of: all from one scan. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "filter.h"
#include "plan.h"
#include "tally.h"
#include "summary_parts.h"

enum { ROW_KIND, VALUE, DETAIL, COUNT, FIRST, LAST, GROUPS, NAMED };

/* As the bits of GROUPING come out: a kind's own are 0. */
enum { BY_HOUR = 31, BY_ACTION = 47, BY_ACTOR = 55, BY_ADDRESS = 59, BY_TYPE = 61, BY_ORG = 62 };

/* More than these are no table to read: what is drawn of them says more. */
enum { TIMES_IN_TABLE = 100 };

enum { LEVELS = 5, HOURS = 24, WEEKDAYS = 7 };

static const char *const levels[LEVELS] = {"informational", "low", "medium", "high", "critical"};

/* How many, from when to when. */
struct extent {
    uint64_t count;
    bool dated;
    int64_t first_us, last_us;
};

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
    struct extent total, levels[LEVELS];
    struct course course;
};

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

/* The level that a row by hour is of. */
static size_t level_of(const struct summary *summary, size_t row)
{
    int64_t level = ap_rows_int(summary->rows, row, DETAIL) - 1;

    return level >= 0 && level < LEVELS ? (size_t)level : 0;
}

static void extend(struct extent *extent, const struct summary *summary, size_t row)
{
    int64_t first_us = ap_rows_int(summary->rows, row, FIRST), last_us = ap_rows_int(summary->rows, row, LAST);

    extent->count += count_of(summary, row);
    if (ap_rows_text(summary->rows, row, FIRST) == NULL)
        return;
    extent->first_us = !extent->dated || first_us < extent->first_us ? first_us : extent->first_us;
    extent->last_us = !extent->dated || last_us > extent->last_us ? last_us : extent->last_us;
    extent->dated = true;
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

static enum ap_status make_course(struct summary *summary, const struct ap_tally_options *options, struct ap_error *err)
{
    struct course *course = &summary->course;
    const struct extent *total = &summary->total;
    enum ap_status status =
        tally_period(&course->period, summary->filter, options, total->dated, total->first_us, total->last_us, err);

    if (status != AP_OK)
        return status;
    course->units[0] = calloc((LEVELS + 1) * course->period.count + 1, sizeof *course->units[0]);
    if (course->units[0] == NULL)
        return ap_fail_memory(err, "counts over time");
    for (size_t level = 1; level < LEVELS; level++)
        course->units[level] = course->units[0] + level * course->period.count;
    course->sums = course->units[0] + LEVELS * course->period.count;
    return AP_OK;
}

static enum ap_status read_hours(struct summary *summary, const struct ap_tally_options *options, struct ap_error *err)
{
    size_t rows = ap_rows_count(summary->rows);
    enum ap_status status;

    for (size_t row = 0; row < rows; row++) {
        if (!is_kind(summary, row, BY_HOUR))
            continue;
        extend(&summary->total, summary, row);
        extend(&summary->levels[level_of(summary, row)], summary, row);
    }
    status = make_course(summary, options, err);
    for (size_t row = 0; status == AP_OK && row < rows; row++) {
        if (!is_kind(summary, row, BY_HOUR))
            continue;
        if (ap_rows_text(summary->rows, row, VALUE) == NULL)
            summary->course.undated += count_of(summary, row);
        else
            count_hour(&summary->course, level_of(summary, row), ap_rows_int(summary->rows, row, VALUE),
                       count_of(summary, row));
    }
    return status;
}

/* How many values a kind has in all. */
static uint64_t values_of(const struct summary *summary, int kind)
{
    for (size_t row = 0; row < ap_rows_count(summary->rows); row++)
        if (is_kind(summary, row, kind))
            return (uint64_t)ap_rows_int(summary->rows, row, NAMED);
    return 0;
}

static void add_extent(struct ap_answer *answer, const struct extent *extent)
{
    if (extent->dated) {
        ap_answer_add_time(answer, extent->first_us);
        ap_answer_add_time(answer, extent->last_us);
    } else {
        ap_answer_add_null(answer);
        ap_answer_add_null(answer);
    }
}

static void add_totals(struct summary *summary)
{
    static const int kinds[] = {BY_ACTION, BY_ACTOR, BY_ADDRESS, BY_TYPE, BY_ORG};
    struct ap_answer *answer = summary->answer;
    const struct course *course = &summary->course;

    ap_answer_add_part(answer, &summary_total_part);
    ap_answer_add_row(answer);
    ap_answer_add_count(answer, summary->total.count);
    add_extent(answer, &summary->total);
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
    bool aside = course->period.count > TIMES_IN_TABLE;

    ap_answer_add_part(summary->answer, &(aside ? summary_time_aside : summary_time_parts)[course->period.unit]);
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

    add_named(summary, &summary_hour_part, hours, summary->course.hours, HOURS);
    add_named(summary, &summary_weekday_part, weekdays, summary->course.weekdays, WEEKDAYS);
}

/* A row's value, which stands before, and then its counts. */
static void add_counts(struct summary *summary, size_t row)
{
    tally_add_share(summary->answer, count_of(summary, row), summary->total.count);
    ap_answer_add_count(summary->answer, count_of(summary, row));
    tally_add_time(summary->answer, summary->rows, row, FIRST);
    tally_add_time(summary->answer, summary->rows, row, LAST);
}

static void remark_others(struct summary *summary, const struct ap_answer_part *part, size_t shown, uint64_t counted,
                          size_t row)
{
    uint64_t groups = (uint64_t)ap_rows_int(summary->rows, row, GROUPS);

    if (groups > shown)
        tally_remark_others(summary->answer, part->name, groups - shown, summary->total.count - counted);
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

    ap_answer_add_part(summary->answer, &summary_level_part);
    for (size_t level = LEVELS; level-- > 0;) {
        const struct extent *extent = &summary->levels[level];

        if (extent->count == 0)
            continue;
        ap_answer_add_row(summary->answer);
        ap_answer_add_str(summary->answer, levels[level]);
        tally_add_share(summary->answer, extent->count, summary->total.count);
        ap_answer_add_count(summary->answer, extent->count);
        add_extent(summary->answer, extent);
        ap_answer_add_series(summary->answer, course->units[level], course->period.count);
    }
}

static void add_remarks(struct summary *summary, const struct ap_query_access *access)
{
    const struct course *course = &summary->course;

    if (course->period.count > TIMES_IN_TABLE)
        ap_answer_remark(summary->answer, "the counts over time are by %s: auditquery's --part times lists all %zu",
                         period_unit_names[course->period.unit], course->period.count);
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
    if (summary->total.count == 0)
        return;
    add_times(summary);
    add_levels(summary);
    add_values(summary, &summary_action_part, BY_ACTION);
    add_values(summary, &summary_actor_part, BY_ACTOR);
    add_values(summary, &summary_address_part, BY_ADDRESS);
    add_values(summary, &summary_type_part, BY_TYPE);
    if (!summary->filter->has_org)
        add_values(summary, &summary_org_part, BY_ORG);
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
        status = ap_db_exec(db, ap_sql("queries/query_memory"), err);
    if (status == AP_OK)
        status = ask(&summary, db, access, options, err);
    if (status == AP_OK)
        status = read_hours(&summary, options, err);
    if (status == AP_OK)
        fill(&summary, access);
    free(summary.course.units[0]);
    ap_rows_free(summary.rows);
    return status;
}
