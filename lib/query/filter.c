#include "filter.h"

#include <string.h>

#include "auditproof/clock.h"
#include "glob.h"
#include "where.h"

/* Of one, and not of the system. */
static bool of_organization(const struct ap_query_filter *filter)
{
    return filter->has_org && !ap_uuid_equal(&filter->org, &ap_uuid_nil);
}

static void add_uuid(struct statement *statement, const char *name, bool given, const struct ap_uuid *value)
{
    char text[AP_UUID_TEXT_SIZE];

    if (!given)
        return;
    ap_uuid_format(text, value);
    statement_add1(statement, name, text);
}

static void add_text(struct statement *statement, const char *name, const char *value)
{
    if (value != NULL)
        statement_add1(statement, name, value);
}

static void add_time(struct statement *statement, const char *name, bool given, int64_t value)
{
    char text[STATEMENT_TIME_SIZE];

    if (!given)
        return;
    statement_time(text, value);
    statement_add1(statement, name, text);
}

/* Longer ones are not in the indexes that a condition needs: a row of an index has a limit, and an entry has none. */
enum { SESSION_INDEXED = 200, EMAIL_INDEXED = 320, EMAIL_MOST_CASE = 3 /* bytes for one, in the other case */ };

/* More addresses than these of one organization are not looked through for how one is spelled. */
static const char most_emails[] = "5000";

/* The one level that is asked for, where the entry must say it itself. */
static const char *one_level(unsigned risk)
{
    return risk == AP_QUERY_CRITICAL ? "critical"
           : risk == AP_QUERY_HIGH   ? "high"
           : risk == AP_QUERY_MEDIUM ? "medium"
                                     : NULL;
}

static void add_levels(struct statement *statement, const struct ap_query_filter *filter, const char *name, bool of_org)
{
    static const char *const levels[] = {"low", "medium", "high", "critical"};
    const char *values[2];
    struct ap_buf array = AP_BUF_INIT;
    char chain[AP_UUID_TEXT_SIZE];

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if ((filter->risk & 1U << i) != 0)
            statement_array_add(&array, levels[i], strlen(levels[i]));
    if ((filter->risk & AP_QUERY_LOW) != 0)
        statement_array_add(&array, "informational", strlen("informational"));
    statement_array_end(&array);
    ap_uuid_format(chain, &filter->org);
    values[0] = ap_buf_str(&array);
    values[1] = chain;
    statement_add(statement, name, of_org ? 2 : 1, values);
    statement->overflowed = statement->overflowed || array.failed;
    ap_buf_free(&array);
}

static void add_risk(struct statement *statement, const struct ap_query_filter *filter, enum filter_risk risk,
                     bool findings)
{
    if (filter->risk == 0)
        return;
    if (risk == FILTER_RISK_RULES)
        add_levels(statement, filter, filter->has_org ? "query_where_risk_rules_org" : "query_where_risk_rules",
                   filter->has_org);
    else if (risk == FILTER_RISK_EITHER && findings)
        add_levels(statement, filter, "query_where_risk_found", false);
    else if (one_level(filter->risk) != NULL)
        statement_add1(statement, "query_where_risk_one", one_level(filter->risk));
    else if (filter->risk == (AP_QUERY_HIGH | AP_QUERY_CRITICAL))
        statement_add1(statement, "query_where_risk_high", NULL);
    else
        add_levels(statement, filter, (filter->risk & AP_QUERY_LOW) != 0 ? "query_where_risk_low" : "query_where_risk",
                   false);
}

/* A pattern of LIKE; what may stand around it when it is a word. */
static void add_pattern(struct statement *statement, const char *name, const char *glob, bool word)
{
    struct ap_buf pattern = AP_BUF_INIT;

    if (glob == NULL)
        return;
    if (word)
        ap_buf_addc(&pattern, '%');
    glob_like(&pattern, glob, !word);
    if (word)
        ap_buf_addc(&pattern, '%');
    statement_add1(statement, name, ap_buf_str(&pattern));
    statement->overflowed = statement->overflowed || pattern.failed;
    ap_buf_free(&pattern);
}

static bool is_printable_ascii(const char *text)
{
    while (*text >= ' ' && *text <= '~')
        text++;
    return *text == '\0';
}

static void add_word(struct statement *statement, const char *word)
{
    add_pattern(statement, is_printable_ascii(word) ? "query_where_word_ascii" : "query_where_word", word, true);
}

static void add_session(struct statement *statement, const char *session, struct filter_way *way)
{
    bool indexed = session != NULL && strlen(session) <= SESSION_INDEXED;

    add_text(statement, indexed ? "query_where_session" : "query_where_session_long", session);
    way->led = way->led || indexed;
}

/* An array of which more may be added later. */
static void add_array(struct statement *statement, const char *name, const struct ap_buf *unended)
{
    struct ap_buf array = AP_BUF_INIT;

    ap_buf_adds(&array, ap_buf_str(unended));
    statement_array_end(&array);
    statement_add1(statement, name, ap_buf_str(&array));
    statement->overflowed = statement->overflowed || array.failed || unended->failed;
    ap_buf_free(&array);
}

/* How an organization spells an address, into the array; *all: these are all. */
static enum ap_status find_emails(struct ap_db *db, bool parted, const struct ap_query_filter *filter,
                                  struct ap_buf *array, bool *all, struct ap_error *err)
{
    struct ap_buf pattern = AP_BUF_INIT;
    struct statement statement;
    char org[AP_UUID_TEXT_SIZE];
    const char *values[3] = {NULL, org, most_emails};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    *all = true;
    ap_uuid_format(org, &filter->org);
    glob_like(&pattern, filter->email, true);
    values[0] = ap_buf_str(&pattern);
    statement_add(&statement, parted ? "query_emails_parted" : "query_emails_org", parted ? 2 : 3, values);
    statement.overflowed = statement.overflowed || pattern.failed;
    status = statement_run(&statement, db, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *email = ap_rows_text(rows, i, 0);

        if (email == NULL)
            *all = false;
        else
            statement_array_add(array, email, strlen(email));
    }
    ap_rows_free(rows);
    statement_free(&statement);
    ap_buf_free(&pattern);
    return status;
}

/* The addresses that a pattern fits can be longer than those in the index; what one address reads in any case cannot.
 */
static enum ap_status add_email(struct statement *statement, struct ap_db *db, const struct ap_query_access *access,
                                const struct ap_query_filter *filter, struct filter_way *way, struct ap_error *err)
{
    bool indexed = of_organization(filter) && filter->email != NULL && !glob_is(filter->email) &&
                   strlen(filter->email) * EMAIL_MOST_CASE <= EMAIL_INDEXED;
    enum ap_status status = AP_OK;

    if (indexed && !way->knows_emails)
        status = find_emails(db, access->parted, filter, &way->emails, &way->all_emails, err);
    way->knows_emails = indexed && status == AP_OK;
    if (status == AP_OK && way->knows_emails && way->all_emails) {
        add_array(statement, "query_where_emails", &way->emails);
        way->none = way->none || way->emails.len == 0;
        way->led = true;
    } else if (status == AP_OK) {
        add_pattern(statement, "query_where_email", filter->email, false);
    }
    return status;
}

/* Those that fit, from the database, into the array. */
static enum ap_status find_actions(struct ap_db *db, const struct ap_query_filter *filter, struct ap_buf *patterns,
                                   struct ap_buf *array, struct ap_error *err)
{
    bool of_org = of_organization(filter);
    struct statement statement;
    char org[AP_UUID_TEXT_SIZE];
    const char *values[2] = {NULL, org};
    struct ap_rows *rows = NULL;
    enum ap_status status;

    memset(&statement, 0, sizeof statement);
    ap_uuid_format(org, &filter->org);
    values[0] = ap_buf_str(patterns);
    statement_add(&statement, of_org ? "query_actions_org" : "query_actions", of_org ? 2 : 1, values);
    status = statement_run(&statement, db, &rows, err);
    for (size_t i = 0; status == AP_OK && i < ap_rows_count(rows); i++) {
        const char *action = ap_rows_str(rows, i, 0);

        statement_array_add(array, action, strlen(action));
    }
    ap_rows_free(rows);
    statement_free(&statement);
    return status;
}

/* The actions that are named, and those that fit the patterns, into the array. */
static enum ap_status know_actions(struct ap_db *db, const struct ap_query_filter *filter, struct ap_buf *array,
                                   struct ap_error *err)
{
    struct ap_buf patterns = AP_BUF_INIT, pattern = AP_BUF_INIT;
    enum ap_status status = AP_OK;

    for (size_t i = 0; i < filter->action_count; i++) {
        if (!glob_is(filter->actions[i])) {
            statement_array_add(array, filter->actions[i], strlen(filter->actions[i]));
            continue;
        }
        ap_buf_clear(&pattern);
        glob_like(&pattern, filter->actions[i], true);
        statement_array_add(&patterns, ap_buf_str(&pattern), pattern.len);
        patterns.failed = patterns.failed || pattern.failed;
    }
    if (patterns.len > 0) {
        statement_array_end(&patterns);
        status = ap_buf_check(&patterns, "patterns of actions", err);
        if (status == AP_OK)
            status = find_actions(db, filter, &patterns, array, err);
    }
    ap_buf_free(&pattern);
    ap_buf_free(&patterns);
    return status;
}

static enum ap_status add_actions(struct statement *statement, struct ap_db *db, const struct ap_query_filter *filter,
                                  struct filter_way *way, struct ap_error *err)
{
    enum ap_status status = AP_OK;

    if (filter->action_count == 1 && !glob_is(filter->actions[0])) {
        statement_add1(statement, "query_where_action", filter->actions[0]);
        return AP_OK;
    }
    if (!way->knows_actions)
        status = know_actions(db, filter, &way->actions, err);
    way->knows_actions = status == AP_OK;
    way->none = way->none || way->actions.len == 0;
    way->led = true;
    if (status == AP_OK)
        add_array(statement, "query_where_actions", &way->actions);
    return status;
}

void filter_way_free(struct filter_way *way)
{
    ap_buf_free(&way->actions);
    ap_buf_free(&way->emails);
}

enum ap_status filter_add(struct statement *statement, struct ap_db *db, const struct ap_query_access *access,
                          const struct ap_query_filter *filter, bool *none, struct ap_error *err)
{
    struct filter_way way;
    enum ap_status status;

    memset(&way, 0, sizeof way);
    status = filter_add_risk(statement, db, access, filter, FILTER_RISK_EITHER, &way, err);
    *none = way.none;
    filter_way_free(&way);
    return status;
}

enum ap_status filter_add_risk(struct statement *statement, struct ap_db *db, const struct ap_query_access *access,
                               const struct ap_query_filter *filter, enum filter_risk risk, struct filter_way *way,
                               struct ap_error *err)
{
    enum ap_status status;

    way->none = false;
    way->led = filter->has_id || filter->rule != NULL || (filter->risk != 0 && risk == FILTER_RISK_RULES);
    if (filter->has_org && !of_organization(filter))
        statement_add1(statement, "query_where_system", NULL);
    else
        add_uuid(statement, "query_where_org", filter->has_org, &filter->org);
    add_uuid(statement, "query_where_id", filter->has_id, &filter->id);
    add_time(statement, "query_where_since", filter->has_since, filter->since_us);
    add_time(statement, "query_where_until", filter->has_until, filter->until_us);
    add_uuid(statement, "query_where_actor", filter->has_actor, &filter->actor);
    status = add_email(statement, db, access, filter, way, err);
    add_text(statement, "query_where_resource_type", filter->resource_type);
    add_uuid(statement, "query_where_resource", filter->has_resource, &filter->resource);
    add_risk(statement, filter, risk, access->findings);
    add_text(statement, "query_where_address", filter->address);
    add_pattern(statement, "query_where_agent", filter->agent, false);
    add_session(statement, filter->session, way);
    add_text(statement, "query_where_rule", filter->rule);
    for (size_t i = 0; i < filter->word_count; i++)
        add_word(statement, filter->words[i]);
    for (size_t i = 0; status == AP_OK && i < filter->where_count; i++)
        status = where_add(statement, filter->where[i], err);
    if (status == AP_OK && filter->action_count > 0)
        status = add_actions(statement, db, filter, way, err);
    return status;
}

enum ap_status ap_query_check_where(const struct ap_query_filter *filter, struct ap_error *err)
{
    struct statement statement;
    enum ap_status status = AP_OK;

    memset(&statement, 0, sizeof statement);
    for (size_t i = 0; status == AP_OK && i < filter->where_count; i++)
        status = where_add(&statement, filter->where[i], err);
    statement_free(&statement);
    return status;
}
