/* A period's incidents, beside those of the period before it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "period.h"
#include "risk_answer.h"
#include "risk_compare.h"

enum { LEVELS_ASKED = AP_QUERY_HIGH | AP_QUERY_CRITICAL, RULES_MOST = 200, HOURLY_DAYS = 2 };

/* More days than this are drawn as weeks or months. */
enum { DAILY_DAYS = 400 };

static const struct ap_answer_column digest_columns[] = {
    {"levels", "Levels", AP_ANSWER_TEXT, false},
    {"since", "From", AP_ANSWER_TIME, false},
    {"until", "Before", AP_ANSWER_TIME, false},
    {"incidents", "Incidents", AP_ANSWER_COUNT, false},
    {"entries", "Entries in them", AP_ANSWER_COUNT, false},
    {"before_since", "Compared with the time from", AP_ANSWER_TIME, false},
    {"incidents_before", "Incidents then", AP_ANSWER_COUNT, false},
    {"entries_before", "Entries in them", AP_ANSWER_COUNT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part digest_part = {
    .name = "digest", .title = "Incidents", .shape = AP_ANSWER_FACTS, .columns = digest_columns};

static const struct ap_answer_column level_columns[] = {
    {"level", "level", AP_ANSWER_LEVEL, false},
    {"incidents", "incidents", AP_ANSWER_COUNT, true},
    {"entries", "entries", AP_ANSWER_COUNT, false},
    {"incidents_before", "incidents before", AP_ANSWER_COUNT, false},
    {"entries_before", "entries before", AP_ANSWER_COUNT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part level_part = {.name = "levels",
                                                 .title = "By level",
                                                 .shape = AP_ANSWER_ROWS,
                                                 .columns = level_columns,
                                                 .chart = AP_ANSWER_BARS,
                                                 .value = 1};

static const struct ap_answer_column time_columns[] = {
    {"time", "from", AP_ANSWER_TIME, false},
    {"incidents", "incidents", AP_ANSWER_COUNT, true},
    {"entries", "entries", AP_ANSWER_COUNT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
#define TIME_PART(heading)                                                                                             \
    {                                                                                                                  \
        .name = "times", .title = heading, .shape = AP_ANSWER_ASIDE, .columns = time_columns,                          \
        .chart = AP_ANSWER_COLUMNS, .value = 1                                                                         \
    }
static const struct ap_answer_part time_parts[] = {
    TIME_PART("Incidents by the hour in which they began, UTC"),
    TIME_PART("Incidents by the day on which they began, UTC"),
    TIME_PART("Incidents by the week in which they began, UTC; from Monday"),
    TIME_PART("Incidents by the month in which they began, UTC"),
};

static const struct ap_answer_column rule_columns[] = {
    {"title", "rule", AP_ANSWER_TEXT, false},
    {"incidents", "incidents", AP_ANSWER_COUNT, true},
    {"entries", "entries", AP_ANSWER_COUNT, false},
    {"level", "level", AP_ANSWER_LEVEL, false},
    {"incidents_before", "incidents before", AP_ANSWER_COUNT, false},
    {"entries_before", NULL, AP_ANSWER_COUNT, false},
    {"new", "new", AP_ANSWER_FLAG, false},
    {"rule", "id", AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part rule_part = {.name = "rules",
                                                .title = "By rule, the worst first",
                                                .shape = AP_ANSWER_ROWS,
                                                .columns = rule_columns,
                                                .chart = AP_ANSWER_BARS,
                                                .value = 1};

static const struct ap_answer_column new_columns[] = {
    {"kind", "what", AP_ANSWER_TEXT, false},
    {"value", "is new", AP_ANSWER_TEXT, false},
    {"detail", NULL, AP_ANSWER_TEXT, false},
    {"level", "level", AP_ANSWER_LEVEL, false},
    {"incidents", "incidents", AP_ANSWER_COUNT, false},
    {"entries", "entries", AP_ANSWER_COUNT, false},
    {"incident", "worst in", AP_ANSWER_COUNT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};
static const struct ap_answer_part new_part = {
    .name = "new", .title = "In no incident of the period before", .shape = AP_ANSWER_ROWS, .columns = new_columns};

struct digest {
    struct ap_risk_answer *out;
    struct ap_query_filter filters[RISK_TIMES];
    struct ap_risk risks[RISK_TIMES];
    struct risk_compare compare;
    struct period period;
    uint64_t *incidents, *entries; /* owned by the first: in each unit of the period */
};

static void count_times(struct digest *digest, const struct ap_incident *incident)
{
    size_t at;

    if (period_find(&digest->period, incident->first_us, &at))
        digest->incidents[at]++;
    for (size_t i = 0; i < incident->entry_count; i++)
        if (period_find(&digest->period, incident->entries[i].time_us, &at))
            digest->entries[at]++;
}

static enum ap_status compare(struct digest *digest, enum risk_when when, struct ap_error *err)
{
    struct ap_incidents *incidents = digest->risks[when].incidents;
    struct ap_incident incident;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < ap_incidents_count(incidents); i++) {
        status = ap_incidents_get(incidents, i, &incident, err);
        if (status == AP_OK)
            status = risk_compare_add(&digest->compare, when, i, &incident, err);
        if (status == AP_OK && when == RISK_NOW)
            count_times(digest, &incident);
    }
    return status;
}

static enum ap_status make_period(struct digest *digest, const struct ap_risk_digest_ask *ask, struct ap_error *err)
{
    int64_t days = (ask->until_us - ask->since_us) / AP_US_PER_DAY;
    const char *by = days < HOURLY_DAYS ? "hour" : days <= DAILY_DAYS ? "day" : NULL;
    enum ap_status status = period_make(&digest->period, ask->since_us, ask->until_us - 1, by, err);

    if (status != AP_OK)
        return status;
    digest->incidents = calloc(2 * digest->period.count + 1, sizeof *digest->incidents);
    if (digest->incidents == NULL)
        return ap_fail_memory(err, "counts over time");
    digest->entries = digest->incidents + digest->period.count;
    return AP_OK;
}

static enum ap_status read_both(struct digest *digest, struct ap_db *db, const struct ap_query_access *access,
                                const struct ap_risk_digest_ask *ask, struct ap_error *err)
{
    int64_t spent_us = ask->until_us - ask->since_us;
    const struct ap_query_filter filter = {
        .has_org = true, .org = ask->org, .risk = LEVELS_ASKED, .has_since = true, .has_until = true};
    enum ap_status status = AP_OK;

    for (int when = 0; status == AP_OK && when < RISK_TIMES; when++) {
        const struct ap_risk_ask asked = {.filter = &digest->filters[when],
                                          .window_us = AP_RISK_WINDOW_MINUTES * 60 * AP_US_PER_SECOND};

        digest->filters[when] = filter;
        digest->filters[when].since_us = when == RISK_NOW ? ask->since_us : ask->since_us - spent_us;
        digest->filters[when].until_us = when == RISK_NOW ? ask->until_us : ask->since_us;
        status = ap_risk_read(&digest->risks[when], db, access, &asked, err);
    }
    return status;
}

static uint64_t sum(const uint64_t counts[RISK_LEVELS])
{
    uint64_t all = 0;

    for (int level = 0; level < RISK_LEVELS; level++)
        all += counts[level];
    return all;
}

static void add_digest(struct digest *digest)
{
    struct ap_answer *answer = digest->out->answer;
    const struct risk_compare *compared = &digest->compare;

    ap_answer_add_part(answer, &digest_part);
    ap_answer_add_row(answer);
    ap_answer_add_str(answer, "high, critical");
    ap_answer_add_time(answer, digest->filters[RISK_NOW].since_us);
    ap_answer_add_time(answer, digest->filters[RISK_NOW].until_us);
    ap_answer_add_count(answer, sum(compared->incidents[RISK_NOW]));
    ap_answer_add_count(answer, sum(compared->entries[RISK_NOW]));
    ap_answer_add_time(answer, digest->filters[RISK_BEFORE].since_us);
    ap_answer_add_count(answer, sum(compared->incidents[RISK_BEFORE]));
    ap_answer_add_count(answer, sum(compared->entries[RISK_BEFORE]));
}

/* Those that were asked for, the highest first. */
static void add_levels(struct digest *digest)
{
    struct ap_answer *answer = digest->out->answer;
    const struct risk_compare *compared = &digest->compare;

    ap_answer_add_part(answer, &level_part);
    for (int level = RISK_LEVELS - 1; level > 0; level--) {
        if ((LEVELS_ASKED & 1 << (level - 1)) == 0)
            continue;
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, risk_level_names[level]);
        ap_answer_add_count(answer, compared->incidents[RISK_NOW][level]);
        ap_answer_add_count(answer, compared->entries[RISK_NOW][level]);
        ap_answer_add_count(answer, compared->incidents[RISK_BEFORE][level]);
        ap_answer_add_count(answer, compared->entries[RISK_BEFORE][level]);
    }
}

static void add_times(struct digest *digest)
{
    struct ap_answer *answer = digest->out->answer;

    ap_answer_add_part(answer, &time_parts[digest->period.unit]);
    for (size_t at = 0; at < digest->period.count; at++) {
        ap_answer_add_row(answer);
        ap_answer_add_time(answer, period_at(&digest->period, at));
        ap_answer_add_count(answer, digest->incidents[at]);
        ap_answer_add_count(answer, digest->entries[at]);
    }
}

static int worst_first(const void *a, const void *b)
{
    const struct risk_thing *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->incidents[RISK_NOW] != y->incidents[RISK_NOW])
        return x->incidents[RISK_NOW] > y->incidents[RISK_NOW] ? -1 : 1;
    return strcmp(x->text, y->text);
}

static bool is_new(const struct risk_thing *thing)
{
    return thing->incidents[RISK_NOW] > 0 && thing->incidents[RISK_BEFORE] == 0;
}

static void add_rules(struct digest *digest)
{
    struct ap_answer *answer = digest->out->answer;
    size_t told = 0, all = 0;

    ap_answer_add_part(answer, &rule_part);
    for (uint32_t i = 0; i < digest->compare.texts.count; i++) {
        const struct risk_thing *rule = &digest->compare.things[i];

        if (rule->kind != RISK_RULE || rule->incidents[RISK_NOW] == 0 || all++ >= RULES_MOST)
            continue;
        ap_answer_add_row(answer);
        ap_answer_add_str(answer, rule->more != NULL ? rule->more : rule->text);
        ap_answer_add_count(answer, rule->incidents[RISK_NOW]);
        ap_answer_add_count(answer, rule->entries[RISK_NOW]);
        ap_answer_add_str(answer, risk_level_names[rule->level]);
        ap_answer_add_count(answer, rule->incidents[RISK_BEFORE]);
        ap_answer_add_count(answer, rule->entries[RISK_BEFORE]);
        ap_answer_add_flag(answer, is_new(rule));
        ap_answer_add_str(answer, rule->text);
        told++;
    }
    if (all > told)
        ap_answer_remark(answer, "rules: %zu more found something", all - told);
}

static void add_new_thing(struct ap_answer *answer, const struct risk_thing *thing)
{
    static const char *const kinds[RISK_KINDS] = {"rule", "action", "actor", "address"};
    /* People read a rule's title and somebody's address of mail. */
    bool swap = thing->more != NULL;

    ap_answer_add_row(answer);
    ap_answer_add_str(answer, kinds[thing->kind]);
    ap_answer_add_str(answer, swap ? thing->more : thing->text);
    ap_answer_add_str(answer, swap ? thing->text : NULL);
    ap_answer_add_str(answer, risk_level_names[thing->level]);
    ap_answer_add_count(answer, thing->incidents[RISK_NOW]);
    ap_answer_add_count(answer, thing->entries[RISK_NOW]);
    ap_answer_add_count(answer, thing->first + 1);
}

static void add_new(struct digest *digest, uint64_t most)
{
    static const char *const plurals[RISK_KINDS] = {"rules", "actions", "actors", "addresses"};
    struct ap_answer *answer = digest->out->answer;
    size_t all[RISK_KINDS] = {0};

    ap_answer_add_part(answer, &new_part);
    for (uint32_t i = 0; i < digest->compare.texts.count; i++) {
        const struct risk_thing *thing = &digest->compare.things[i];

        if (is_new(thing) && all[thing->kind]++ < most)
            add_new_thing(answer, thing);
    }
    for (int kind = 0; kind < RISK_KINDS; kind++)
        if (all[kind] > most)
            ap_answer_remark(answer, "new: %zu more %s", all[kind] - (size_t)most, plurals[kind]);
}

static void remark(struct digest *digest, const struct ap_query_access *access)
{
    struct ap_answer *answer = digest->out->answer;
    const struct ap_risk *now = &digest->risks[RISK_NOW];
    size_t incidents = ap_incidents_count(now->incidents);

    risk_remark_read(answer, access, now);
    if (digest->risks[RISK_BEFORE].more)
        ap_answer_remark(answer,
                         "of the period before, only the newest %" PRIu64
                         " entries were looked at: its counts are of these, and what is called new may not be",
                         digest->risks[RISK_BEFORE].entries);
    if (incidents > digest->out->rows)
        ap_answer_remark(answer,
                         "%zu more incidents are counted, and not listed, which are less bad: `auditquery risk` with "
                         "--since and --until of a shorter time shows them",
                         incidents - digest->out->rows);
    risk_remark_undated(answer, now);
}

static enum ap_status tell(struct digest *digest, struct ap_db *db, const struct ap_query_access *access,
                           const struct ap_risk_digest_ask *ask, struct ap_error *err)
{
    enum ap_status status;

    if (digest->compare.texts.count > 0)
        qsort(digest->compare.things, digest->compare.texts.count, sizeof *digest->compare.things, worst_first);
    add_digest(digest);
    add_levels(digest);
    add_times(digest);
    add_rules(digest);
    add_new(digest, ask->news);
    status = risk_answer_incidents(digest->out, err);
    if (status == AP_OK)
        status = risk_answer_closed(digest->out, db, access, &digest->filters[RISK_NOW], err);
    remark(digest, access);
    return status;
}

/* The answer tells nothing that is read of these once it is there. */
static void free_digest(struct digest *digest)
{
    for (int when = 0; when < RISK_TIMES; when++)
        ap_risk_free(&digest->risks[when]);
    risk_compare_free(&digest->compare);
    free(digest->incidents);
}

enum ap_status ap_risk_digest(struct ap_risk_answer **out, struct ap_db *db, const struct ap_query_access *access,
                              const struct ap_risk_digest_ask *ask, struct ap_error *err)
{
    struct digest digest;
    size_t count, rows;
    enum ap_status status;

    *out = NULL;
    if (ask->since_us >= ask->until_us || ask->since_us < INT64_MIN / 4 || ask->until_us > INT64_MAX / 4)
        return ap_fail(err, AP_EINPUT, "a digest is of a period that begins, and ends after that");
    memset(&digest, 0, sizeof digest);
    risk_compare_init(&digest.compare);
    status = make_period(&digest, ask, err);
    if (status == AP_OK)
        status = read_both(&digest, db, access, ask, err);
    for (int when = 0; status == AP_OK && when < RISK_TIMES; when++)
        status = compare(&digest, (enum risk_when)when, err);
    if (status == AP_OK) {
        count = ap_incidents_count(digest.risks[RISK_NOW].incidents);
        rows = count < ask->limit ? count : (size_t)ask->limit;
        status = risk_answer_new(out, &digest.risks[RISK_NOW], rows, (size_t)ask->details, err);
    }
    digest.out = *out;
    if (status == AP_OK)
        status = tell(&digest, db, access, ask, err);
    if (*out != NULL)
        (*out)->risk = NULL;
    free_digest(&digest);
    return status;
}
