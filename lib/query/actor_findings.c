/* What an actor does that they did never, seldom or less before. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor_found.h"
#include "auditproof/clock.h"
#include "cells.h"

/* When something is a finding: see auditquery(1), ACTORS. */
enum { TIMES_FROM = 50, WEEKDAYS_FROM_DAYS = 14, RARE_FROM = 100, RARE_PERCENT = 1, MORE_FROM = 10, MORE_TIMES = 3 };

/* Room for two numbers and some words. */
enum { SENTENCE = 200 };

struct finding {
    const char *kind, *dimension, *value;
    const char *deviation;
    int64_t from_us, to_us; /* what it was compared with, or happened in */
    uint64_t entries;
    bool has_first;
    int64_t first_us;
};

/* To the minute, which is what people compare. */
static void put_minute(struct ap_buf *out, int64_t time_us)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us - time_us % (60 * AP_US_PER_SECOND));
    for (char *t = text; *t != '\0'; t++)
        *t = *t == 'T' ? ' ' : *t;
    ap_buf_add(out, text, strlen(text) - strlen(":00Z"));
    ap_buf_addc(out, 'Z');
}

static void add(struct ap_answer *answer, const struct finding *finding)
{
    struct ap_buf window = AP_BUF_INIT;

    put_minute(&window, finding->from_us);
    ap_buf_adds(&window, " to ");
    put_minute(&window, finding->to_us);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, finding->kind);
    ap_answer_add_str(answer, finding->dimension);
    ap_answer_add_str(answer, finding->value);
    ap_answer_add_str(answer, finding->deviation);
    ap_answer_add_count(answer, finding->entries);
    cell_time(answer, finding->has_first, finding->first_us);
    cell_buf(answer, &window);
    ap_answer_add_time(answer, finding->from_us);
    ap_answer_add_time(answer, finding->to_us);
    ap_buf_free(&window);
}

static uint64_t count_of(const struct actor_found *found, size_t row, int column)
{
    return (uint64_t)ap_rows_int(found->seen, row, column);
}

/* A finding about a row of what was seen, against all that came before. */
static struct finding of_row(const struct actor_found *found, size_t row, const char *kind, const char *deviation)
{
    struct finding finding = {.kind = kind, .deviation = deviation};

    finding.dimension = ap_rows_str(found->seen, row, S_DIMENSION);
    finding.value = ap_rows_text(found->seen, row, S_VALUE);
    if (strcmp(finding.dimension, "weekday") == 0)
        finding.value += strcspn(finding.value, " ") + 1; /* "7 Sunday" */
    finding.from_us = ap_rows_int(found->seen, found->all, S_FIRST);
    finding.to_us = found->filter->since_us;
    finding.entries = count_of(found, row, S_NOW);
    finding.has_first = finding.entries > 0;
    finding.first_us = ap_rows_int(found->seen, row, S_FIRST_NOW);
    return finding;
}

/* Of hours and weekdays only those that are new: somebody who is never early is now and then. */
static bool is_time(const struct actor_found *found, size_t row)
{
    const char *dimension = ap_rows_str(found->seen, row, S_DIMENSION);

    return strcmp(dimension, "hour") == 0 || strcmp(dimension, "weekday") == 0;
}

static void look_at_row(struct ap_answer *answer, const struct actor_found *found, size_t row, bool newness)
{
    uint64_t now = count_of(found, row, S_NOW), base = count_of(found, row, S_BASE);
    uint64_t before = count_of(found, row, S_BEFORE), all = count_of(found, found->all, S_BEFORE);
    double rate = actor_rate_now(found, row), usual = actor_rate_base(found, row);
    struct finding finding;
    char text[SENTENCE];

    if (now == 0)
        return;
    if (before == 0 && newness) {
        (void)snprintf(text, sizeof text, "in none of %" PRIu64 " entries before", all);
        finding = of_row(found, row, "new", text);
    } else if (newness && !is_time(found, row) && all >= RARE_FROM && before * 100 < all * RARE_PERCENT) {
        (void)snprintf(text, sizeof text, "in %" PRIu64 " of %" PRIu64 " entries before", before, all);
        finding = of_row(found, row, "rare", text);
    } else if (!newness && base > 0 && now >= MORE_FROM && rate >= MORE_TIMES * usual) {
        (void)snprintf(text, sizeof text, "%.1f a day, %.1f times the %.1f before", rate, rate / usual, usual);
        finding = of_row(found, row, "more", text);
        finding.from_us = found->baseline_us;
    } else {
        return;
    }
    add(answer, &finding);
}

static void look_at(struct ap_answer *answer, const struct actor_found *found, const char *dimension, bool newness)
{
    size_t count, from = actor_rows(found, dimension, &count);

    for (size_t i = from; i < from + count; i++)
        look_at_row(answer, found, i, newness);
}

static void look_at_logins(struct ap_answer *answer, const struct actor_found *found)
{
    for (size_t i = 0; i < ap_rows_count(found->logins); i++) {
        struct finding finding = {.kind = "login after failures", .dimension = "address", .has_first = true};
        char text[SENTENCE];

        (void)snprintf(text, sizeof text, "%s failures in the hour before it, from %s address%s",
                       ap_rows_str(found->logins, i, L_FAILURES), ap_rows_str(found->logins, i, L_ADDRESSES),
                       ap_rows_int(found->logins, i, L_ADDRESSES) == 1 ? "" : "es");
        finding.value = ap_rows_text(found->logins, i, L_ADDRESS);
        finding.deviation = text;
        finding.entries = (uint64_t)ap_rows_int(found->logins, i, L_FAILURES) + 1;
        finding.first_us = finding.to_us = ap_rows_int(found->logins, i, L_TIME);
        finding.from_us = finding.to_us - 3600 * AP_US_PER_SECOND;
        add(answer, &finding);
    }
}

static void look_at_silence(struct ap_answer *answer, const struct actor_found *found)
{
    int64_t last_us = ap_rows_int(found->seen, found->all, S_LAST_BEFORE);
    int64_t first_us = ap_rows_int(found->seen, found->all, S_FIRST_NOW);
    int64_t days = (first_us - last_us) / AP_US_PER_DAY;
    struct finding finding = {.kind = "dormant before", .dimension = "all", .has_first = true};
    char text[SENTENCE];

    if (count_of(found, found->all, S_NOW) == 0 || days < (int64_t)found->options->dormant_days)
        return;
    (void)snprintf(text, sizeof text, "%" PRId64 " days without an entry", days);
    finding.deviation = text;
    finding.entries = count_of(found, found->all, S_NOW);
    finding.first_us = finding.to_us = first_us;
    finding.from_us = last_us;
    add(answer, &finding);
}

static void look_at_profile(struct ap_answer *answer, const struct actor_found *found)
{
    struct finding finding = {.kind = "not active", .dimension = "all", .has_first = true};

    if (found->after == NULL || ap_rows_int(found->after, 0, A_ENTRIES) == 0)
        return;
    finding.deviation = "entries after the profile, which is not active, was last changed";
    finding.entries = (uint64_t)ap_rows_int(found->after, 0, A_ENTRIES);
    finding.first_us = ap_rows_int(found->after, 0, A_FIRST);
    finding.from_us = ap_rows_int(found->profile, 0, P_UPDATED);
    finding.to_us = ap_rows_int(found->after, 0, A_LAST);
    add(answer, &finding);
}

void actor_findings(struct ap_answer *answer, const struct actor_found *found)
{
    static const char *const dimensions[] = {"action", "network", "agent"};
    bool any = ap_rows_count(found->seen) > 0 && count_of(found, found->all, S_BEFORE) > 0;

    if (ap_rows_count(found->seen) == 0)
        return;
    look_at_profile(answer, found);
    look_at_logins(answer, found);
    if (!any)
        return;
    look_at_silence(answer, found);
    for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++)
        look_at(answer, found, dimensions[i], true);
    if (count_of(found, found->all, S_BEFORE) >= TIMES_FROM)
        look_at(answer, found, "hour", true);
    if (count_of(found, found->all, S_BEFORE) >= TIMES_FROM && found->base_days >= WEEKDAYS_FROM_DAYS)
        look_at(answer, found, "weekday", true);
    look_at(answer, found, "all", false);
    look_at(answer, found, "action", false);
}
