/* What entries can be counted by, and what is told of each value. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"
#include "filter.h"
#include "tally.h"

enum { FILE_SIZE = 64 };

const char ap_tally_fields[] =
    "action|actor|email|role|address|agent|session|resource|resource_type|risk|rule|org|hour|weekday|"
    "actor+action|actor+address|actor+agent|actor+hour";

/* Its address of mail is what a table shows of an actor, where there is one. */
#define BY_ACTOR "--actor UUID (or --email ADDRESS)"

static const struct tally_field fields[] = {
    {"action", "actions", "action", NULL, NULL, AP_ANSWER_TEXT, "action", "--action ACTION", true},
    {"actor", "actors", "actor", NULL, "email", AP_ANSWER_TEXT, "actor", BY_ACTOR, false},
    {"email", "addresses of mail", "email", NULL, NULL, AP_ANSWER_TEXT, "email", "--email ADDRESS", false},
    {"role", "roles", "role", NULL, NULL, AP_ANSWER_TEXT, "role", NULL, false},
    {"address", "addresses", "address", NULL, NULL, AP_ANSWER_TEXT, "address", "--ip ADDRESS", false},
    {"agent", "agents", "agent", NULL, NULL, AP_ANSWER_TEXT, "agent", "--agent AGENT", false},
    {"session", "sessions", "session", NULL, NULL, AP_ANSWER_TEXT, "session", "--session ID", false},
    {"resource", "resources", "resource", NULL, NULL, AP_ANSWER_TEXT, "resource", "--resource TYPE/ID", false},
    {"resource_type", "types of resources", "resource_type", NULL, NULL, AP_ANSWER_TEXT, "resource_type",
     "--resource TYPE", true},
    {"risk", "levels of risk", "risk", NULL, NULL, AP_ANSWER_LEVEL, "risk", "--risk LEVEL", false},
    {"rule", "rules", "rule", NULL, "title", AP_ANSWER_TEXT, "rule", "--rule ID", false},
    {"org", "organizations", "org", NULL, NULL, AP_ANSWER_TEXT, "org", "--org UUID", false},
    {"hour", "hours of the day", "hour", NULL, NULL, AP_ANSWER_TEXT, "hour", NULL, false},
    {"weekday", "days of the week", "weekday", NULL, NULL, AP_ANSWER_TEXT, "weekday", NULL, false},
    {"actor+action", "actions of actors", "actor", "action", "email", AP_ANSWER_TEXT, "actor_action",
     BY_ACTOR " --action ACTION", false},
    {"actor+address", "addresses of actors", "actor", "address", "email", AP_ANSWER_TEXT, "actor_address",
     BY_ACTOR " --ip ADDRESS", false},
    {"actor+agent", "agents of actors", "actor", "agent", "email", AP_ANSWER_TEXT, "actor_agent",
     BY_ACTOR " --agent AGENT", false},
    {"actor+hour", "hours of the day of actors", "actor", "hour", "email", AP_ANSWER_TEXT, "actor_hour", NULL, false},
};

const struct tally_field *tally_field(const char *name)
{
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

size_t tally_add_column(struct ap_tally_shape *shape, const char *name, const char *heading, enum ap_answer_kind kind,
                        bool bar)
{
    size_t at = 0;

    while (shape->columns[at].name != NULL)
        at++;
    shape->columns[at] = (struct ap_answer_column){name, heading, kind, bar};
    return at;
}

/* Is it a person, whose address of mail says more than an account? */
static bool is_person(const struct tally_field *field)
{
    return field->label != NULL && strcmp(field->label, "email") == 0;
}

void tally_begin_columns(struct ap_tally_shape *shape, const struct tally_field *field)
{
    bool person = is_person(field);

    memset(shape, 0, sizeof *shape);
    if (person)
        (void)tally_add_column(shape, "who", field->value, AP_ANSWER_TEXT, false);
    (void)tally_add_column(shape, field->value, person ? NULL : field->value, field->kind, false);
    if (field->label != NULL)
        (void)tally_add_column(shape, field->label, person ? NULL : field->label, AP_ANSWER_TEXT, false);
    if (field->detail != NULL)
        (void)tally_add_column(shape, field->detail, field->detail, AP_ANSWER_TEXT, false);
}

void tally_begin_row(struct ap_answer *answer, const struct tally_field *field, const struct ap_rows *rows, size_t row)
{
    const char *value = ap_rows_text(rows, row, 0), *label = ap_rows_text(rows, row, 2);

    ap_answer_add_row(answer);
    if (is_person(field))
        ap_answer_add_str(answer, label != NULL ? label : value);
    ap_answer_add_str(answer, value);
    if (field->label != NULL)
        ap_answer_add_str(answer, label);
    if (field->detail != NULL)
        ap_answer_add_str(answer, ap_rows_text(rows, row, 1));
}

void tally_org(char out[AP_UUID_TEXT_SIZE], const struct ap_query_filter *filter)
{
    out[0] = '\0';
    if (filter->has_org)
        ap_uuid_format(out, &filter->org);
}

enum ap_status tally_check_rights(const struct ap_query_access *access, const struct ap_query_filter *filter,
                                  const struct tally_field *field, struct ap_error *err)
{
    bool rule = field != NULL && strcmp(field->name, "rule") == 0;

    if ((rule || filter->rule != NULL) && !access->findings)
        return ap_fail(err, AP_ESTATE, "%s may not read what rules found: ask as a member of auditproof_auditor",
                       access->role);
    return AP_OK;
}

enum ap_status tally_add_found(struct statement *statement, struct ap_db *db, const struct ap_query_access *access,
                               const struct ap_query_filter *filter, const struct tally_field *field, bool *none,
                               struct ap_error *err)
{
    bool found = field->kind == AP_ANSWER_LEVEL && access->findings;
    char file[FILE_SIZE], org[AP_UUID_TEXT_SIZE];

    tally_org(org, filter);
    (void)snprintf(file, sizeof file, "query_value_%s%s", field->file, found ? "_found" : "");
    statement_add1(statement, file, found ? org : NULL);
    return filter_add(statement, db, access, filter, none, err);
}

enum ap_status tally_period(struct period *out, const struct ap_query_filter *filter,
                            const struct ap_tally_options *options, bool any, int64_t first_us, int64_t last_us,
                            struct ap_error *err)
{
    int64_t now_us = options->now_us;

    if (!any)
        first_us = last_us = now_us;
    if (last_us > now_us && first_us <= now_us)
        last_us = now_us;
    if (filter->has_since)
        first_us = filter->since_us;
    if (filter->has_until)
        last_us = filter->until_us - 1;
    else if (filter->has_since)
        last_us = now_us;
    return period_make(out, first_us, last_us > first_us ? last_us : first_us, options->by, err);
}

static void put_array(struct ap_buf *array, const struct ap_rows *rows, int column)
{
    for (size_t i = 0; i < ap_rows_count(rows); i++) {
        const char *text = ap_rows_text(rows, i, column);

        if (text == NULL)
            statement_array_add_null(array);
        else
            statement_array_add(array, text, strlen(text));
    }
    statement_array_end(array);
}

void tally_put_arrays(struct ap_buf *values, struct ap_buf *details, const struct ap_rows *rows)
{
    put_array(values, rows, 0);
    put_array(details, rows, 1);
}

enum ap_status tally_entries(struct ap_rows **ids, struct ap_db *db, const struct ap_query_access *access,
                             const struct ap_query_filter *filter, const struct tally_field *field,
                             const struct ap_rows *rows, int time, struct ap_error *err)
{
    struct ap_buf arrays[3] = {AP_BUF_INIT, AP_BUF_INIT, AP_BUF_INIT};
    const char *values[3];
    struct statement statement;
    enum ap_status status;
    bool none = false;

    memset(&statement, 0, sizeof statement);
    tally_put_arrays(&arrays[0], &arrays[1], rows);
    put_array(&arrays[2], rows, time);
    statement_add1(&statement, "query_found", NULL);
    status = tally_add_found(&statement, db, access, filter, field, &none, err);
    for (int i = 0; status == AP_OK && i < 3; i++) {
        values[i] = ap_buf_str(&arrays[i]);
        status = ap_buf_check(&arrays[i], "what was counted", err);
    }
    if (status == AP_OK) {
        statement_add1(&statement, "query_tally_at", values[2]);
        statement_add(&statement, "query_tally_entries", 3, values);
        status = statement_run(&statement, db, ids, err);
    }
    for (int i = 0; i < 3; i++)
        ap_buf_free(&arrays[i]);
    statement_free(&statement);
    return status;
}

const char *tally_entry_of(const struct ap_rows *ids, size_t row, size_t *at)
{
    if (ids == NULL || *at >= ap_rows_count(ids) || ap_rows_int(ids, *at, 0) != (int64_t)row + 1)
        return NULL;
    return ap_rows_text(ids, (*at)++, 1);
}

void tally_add_share(struct ap_answer *answer, uint64_t part, uint64_t whole)
{
    char text[32];
    uint64_t tenths = whole == 0 ? 0 : (uint64_t)((double)part / (double)whole * 1000 + 0.5);

    (void)snprintf(text, sizeof text, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
    ap_answer_add_str(answer, text);
}

void tally_add_time(struct ap_answer *answer, const struct ap_rows *rows, size_t row, int column)
{
    if (ap_rows_text(rows, row, column) == NULL)
        ap_answer_add_null(answer);
    else
        ap_answer_add_time(answer, ap_rows_int(rows, row, column));
}

void tally_remark_others(struct ap_answer *answer, const char *what, uint64_t others, uint64_t entries)
{
    struct ap_buf text = AP_BUF_INIT;

    ap_html_put_count(&text, others);
    ap_buf_adds(&text, others == 1 ? " other has " : " others have ");
    ap_html_put_count(&text, entries);
    ap_buf_adds(&text, entries == 1 ? " entry" : " entries");
    ap_answer_remark(answer, "%s%s%s", what != NULL ? what : "", what != NULL ? ": " : "", ap_buf_str(&text));
    ap_buf_free(&text);
}
