#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actor_found.h"
#include "auditproof/clock.h"
#include "filter.h"
#include "glob.h"
#include "plan.h"
#include "statement.h"

/* How long before a login its failures count: see queries/query_actor_logins. */
static const int64_t login_span_us = 3600 * AP_US_PER_SECOND;

/* What a statement is asked with. */
struct asking {
    struct ap_db *db;
    const struct ap_query_access *access;
    const struct ap_query_filter *filter; /* of all that is read: until the end of the period */
    const char *email;                    /* entries without an account count by this address of mail; or NULL */
};

static void add_person(struct statement *statement, const struct asking *asking, const struct ap_uuid *actor)
{
    struct ap_buf pattern = AP_BUF_INIT;
    char id[AP_UUID_TEXT_SIZE];
    const char *values[2] = {id, NULL};

    ap_uuid_format(id, actor);
    glob_like(&pattern, asking->email, false);
    values[1] = ap_buf_str(&pattern);
    statement_add(statement, "query_where_person", 2, values);
    statement->overflowed = statement->overflowed || pattern.failed;
    ap_buf_free(&pattern);
}

static enum ap_status ask(const struct asking *asking, const char *end, int count, const char *const *values,
                          struct ap_query_plan *plan, struct ap_rows **rows, struct ap_error *err)
{
    struct ap_query_filter filter = *asking->filter;
    bool person = filter.has_actor && asking->email != NULL, none;
    struct statement statement;
    enum ap_status status;

    filter.has_actor = filter.has_actor && !person;
    memset(&statement, 0, sizeof statement);
    statement_add1(&statement, "query_actor", NULL);
    status = filter_add(&statement, asking->db, asking->access, &filter, &none, err);
    if (person)
        add_person(&statement, asking, &asking->filter->actor);
    statement_add(&statement, end, count, values);
    if (status == AP_OK && plan != NULL)
        status = plan_ask(plan, asking->db, &statement, err);
    if (status == AP_OK)
        status = statement_run(&statement, asking->db, rows, err);
    statement_free(&statement);
    return status;
}

/* A login that fails often names no account, but the address of mail that was tried. */
static enum ap_status ask_logins(struct actor_found *found, const struct asking *usual, const char *const *values,
                                 struct ap_error *err)
{
    struct ap_query_filter filter = *usual->filter;
    struct asking asking = {usual->db, usual->access, &filter, actor_email(found)};

    filter.has_since = true;
    filter.since_us = found->filter->since_us - login_span_us;
    return ask(&asking, "query_actor_logins", 2, values, NULL, &found->logins, err);
}

static enum ap_status read_profile(struct actor_found *found, struct ap_db *db, struct ap_error *err)
{
    char id[AP_UUID_TEXT_SIZE];
    const char *values[2] = {found->filter->has_actor ? id : NULL, found->filter->email};
    struct ap_rows *readable = NULL;
    enum ap_status status = ap_db_query(db, ap_sql("queries/query_profile_readable"), 0, NULL, &readable, err);

    ap_uuid_format(id, &found->filter->actor);
    if (status == AP_OK && ap_rows_bool(readable, 0, 0))
        status = ap_db_query(db, ap_sql("queries/query_profile"), 2, values, &found->profile, err);
    ap_rows_free(readable);
    return status;
}

/* What was done after the profile was last changed, where that is not active. */
static enum ap_status ask_after(struct actor_found *found, const struct asking *usual, struct ap_error *err)
{
    struct ap_query_filter filter = *usual->filter;
    struct asking asking = {usual->db, usual->access, &filter, NULL};
    const struct ap_rows *profile = found->profile;

    if (profile == NULL || ap_rows_count(profile) == 0 || ap_rows_text(profile, 0, P_ACTIVE) == NULL ||
        ap_rows_bool(profile, 0, P_ACTIVE) || ap_rows_text(profile, 0, P_UPDATED) == NULL)
        return AP_OK;
    filter.has_since = true;
    filter.since_us = ap_rows_int(profile, 0, P_UPDATED) + 1;
    return ask(&asking, "query_actor_since", 0, NULL, NULL, &found->after, err);
}

/* A day has its hours: of less than one, no rate is made. */
static double days_of(int64_t from_us, int64_t to_us)
{
    double days = ((double)to_us - (double)from_us) / (double)AP_US_PER_DAY;

    return days < 1 ? 1 : days;
}

/* Where the actor is younger than the baseline, so is that. */
static void settle_baseline(struct actor_found *found)
{
    const struct ap_query_filter *filter = found->filter;
    int64_t first_us;

    found->all = 0;
    while (found->all + 1 < ap_rows_count(found->seen) &&
           strcmp(ap_rows_str(found->seen, found->all, S_DIMENSION), "all") != 0)
        found->all++;
    found->now_days = days_of(filter->since_us, filter->until_us);
    found->base_days = 0;
    if (ap_rows_count(found->seen) == 0 || ap_rows_int(found->seen, found->all, S_BEFORE) == 0)
        return;
    first_us = ap_rows_int(found->seen, found->all, S_FIRST);
    if (first_us > found->baseline_us)
        found->baseline_us = first_us;
    found->base_days = days_of(found->baseline_us, filter->since_us);
}

const char *actor_email(const struct actor_found *found)
{
    bool profile = found->profile != NULL && ap_rows_count(found->profile) > 0;

    return actor_name(found, "email", profile ? ap_rows_text(found->profile, 0, P_EMAIL) : found->filter->email);
}

const char *actor_name(const struct actor_found *found, const char *dimension, const char *other)
{
    size_t count, from = actor_rows(found, dimension, &count);

    return count > 0 ? ap_rows_text(found->seen, from, S_VALUE) : other;
}

size_t actor_rows(const struct actor_found *found, const char *dimension, size_t *count)
{
    size_t all = ap_rows_count(found->seen), from = 0;

    while (from < all && strcmp(ap_rows_str(found->seen, from, S_DIMENSION), dimension) != 0)
        from++;
    *count = 0;
    while (from + *count < all && strcmp(ap_rows_str(found->seen, from + *count, S_DIMENSION), dimension) == 0)
        ++*count;
    return from;
}

double actor_rate_now(const struct actor_found *found, size_t row)
{
    return (double)ap_rows_int(found->seen, row, S_NOW) / found->now_days;
}

double actor_rate_base(const struct actor_found *found, size_t row)
{
    return found->base_days > 0 ? (double)ap_rows_int(found->seen, row, S_BASE) / found->base_days : 0;
}

enum ap_status ap_query_actor(struct ap_answer *answer, struct ap_db *db, const struct ap_query_access *access,
                              const struct ap_query_filter *filter, const struct ap_actor_options *options,
                              struct ap_error *err)
{
    struct ap_query_filter until = *filter;
    struct asking all = {db, access, &until, NULL}, period = {db, access, filter, NULL};
    struct actor_found found;
    char since[STATEMENT_TIME_SIZE], baseline[STATEMENT_TIME_SIZE], limit[24];
    const char *seen_values[3] = {since, baseline, limit}, *values[2] = {since, limit};
    enum ap_status status;

    memset(&found, 0, sizeof found);
    found.filter = filter;
    found.options = options;
    found.baseline_us = filter->since_us - (int64_t)options->baseline_days * AP_US_PER_DAY;
    until.has_since = false;
    statement_time(since, filter->since_us);
    statement_time(baseline, found.baseline_us);
    (void)snprintf(limit, sizeof limit, "%" PRIu64, options->limit);
    /* Groups are made by hashing then: how many entries there will be is not for an estimate to tell. */
    status = plan_sorts(db, false, err);
    if (status == AP_OK)
        status = ask(&all, "query_actor_seen", 3, seen_values, options->plan, &found.seen, err);
    if (status == AP_OK)
        status = ask(&period, "query_actor_sessions", 2, values, NULL, &found.sessions, err);
    if (status == AP_OK)
        status = read_profile(&found, db, err);
    if (status == AP_OK)
        status = ask_logins(&found, &all, values, err);
    if (status == AP_OK)
        status = ask_after(&found, &all, err);
    if (status == AP_OK) {
        settle_baseline(&found);
        status = actor_answer(answer, &found, err);
    }
    ap_rows_free(found.seen);
    ap_rows_free(found.sessions);
    ap_rows_free(found.logins);
    ap_rows_free(found.profile);
    ap_rows_free(found.after);
    return status;
}
