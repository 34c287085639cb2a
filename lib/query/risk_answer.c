#include "risk_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/json.h"

/* Of each thing, so many are told to people, and to programs. */
enum { PEOPLE_MAX = 6, PROGRAMS_MAX = 100, NAME_SIZE = 32, TITLE_SIZE = 96 };

static const struct ap_answer_column asked_columns[] = {
    {"levels", "Levels", AP_ANSWER_TEXT, false},        {"since", "Since", AP_ANSWER_TIME, false},
    {"until", "Until", AP_ANSWER_TIME, false},          {"entries", "Entries", AP_ANSWER_COUNT, false},
    {"incidents", "Incidents", AP_ANSWER_COUNT, false}, {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column incident_columns[] = {
    {"incident", "#", AP_ANSWER_COUNT, false},    {"level", "LEVEL", AP_ANSWER_LEVEL, false},
    {"first", "FIRST", AP_ANSWER_TIME, false},    {"last", NULL, AP_ANSWER_TIME, false},
    {"lasted", "LASTED", AP_ANSWER_SPAN, false},  {"entry_count", "ENTRIES", AP_ANSWER_COUNT, false},
    {"rule_count", NULL, AP_ANSWER_COUNT, false}, {"what", "WHAT", AP_ANSWER_BRIEF, false},
    {"who", "WHO", AP_ANSWER_TEXT, false},        {"organization_id", NULL, AP_ANSWER_TEXT, false},
    {"rules", NULL, AP_ANSWER_JSON, false},       {"actions", NULL, AP_ANSWER_JSON, false},
    {"actors", NULL, AP_ANSWER_JSON, false},      {"addresses", NULL, AP_ANSWER_JSON, false},
    {"sessions", NULL, AP_ANSWER_JSON, false},    {"around", NULL, AP_ANSWER_TEXT, false},
    {"failed", NULL, AP_ANSWER_COUNT, false},     {"entries", NULL, AP_ANSWER_JSON, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_column detail_columns[] = {
    {"time", "Time", AP_ANSWER_TEXT, false},         {"organization_id", "Organization", AP_ANSWER_TEXT, false},
    {"who", "Who", AP_ANSWER_TEXT, false},           {"addresses", "Addresses", AP_ANSWER_TEXT, false},
    {"sessions", "Sessions", AP_ANSWER_TEXT, false}, {"rules", "Rules", AP_ANSWER_TEXT, false},
    {"actions", "Actions", AP_ANSWER_TEXT, false},   {"seqs", "Entries", AP_ANSWER_TEXT, false},
    {"look", "Look", AP_ANSWER_TEXT, false},         {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part asked_part = {
    .name = "asked", .title = "Asked for", .shape = AP_ANSWER_FACTS, .columns = asked_columns};
static const struct ap_answer_part incidents_part = {.name = "incidents",
                                                     .title = "Incidents, the worst first",
                                                     .shape = AP_ANSWER_ROWS,
                                                     .columns = incident_columns,
                                                     .empty = "nothing of such a level happened"};

static const struct ap_answer_column closed_columns[] = {
    {"level", "LEVEL", AP_ANSWER_LEVEL, false},
    {"time", "SHOWN AT", AP_ANSWER_TIME, false},
    {"rule", "RULE", AP_ANSWER_TEXT, false},
    {"title", "TITLE", AP_ANSWER_TEXT, false},
    {"organization_id", NULL, AP_ANSWER_TEXT, false},
    {"entry", NULL, AP_ANSWER_TEXT, false},
    {NULL, NULL, AP_ANSWER_TEXT, false},
};

static const struct ap_answer_part closed_part = {.name = "windows",
                                                  .title = "Found at the end of a window: what did not happen",
                                                  .shape = AP_ANSWER_ROWS,
                                                  .columns = closed_columns};

/* An incident's part for people. */
struct risk_detail {
    struct ap_answer_part part;
    char name[NAME_SIZE], title[TITLE_SIZE];
};

enum ap_status risk_answer_new(struct ap_risk_answer **out, const struct ap_risk *risk, size_t rows, size_t details,
                               struct ap_error *err)
{
    struct ap_risk_answer *answer = calloc(1, sizeof *answer);

    *out = answer;
    if (answer == NULL)
        return ap_fail_memory(err, "an answer");
    answer->risk = risk;
    answer->rows = rows;
    answer->parted = details < rows ? details : rows;
    answer->parts = calloc(answer->parted + 1, sizeof *answer->parts);
    return answer->parts == NULL ? ap_fail_memory(err, "an answer") : ap_answer_new(&answer->answer, err);
}

void ap_risk_answer_free(struct ap_risk_answer *answer)
{
    if (answer == NULL)
        return;
    ap_answer_free(answer->answer);
    ap_buf_free(&answer->text);
    free(answer->parts);
    free(answer);
}

struct ap_answer *ap_risk_answer_get(struct ap_risk_answer *answer)
{
    return answer->answer;
}

/* What was written so far becomes a cell. */
static void add_cell(struct ap_risk_answer *a)
{
    if (a->text.len > 0)
        ap_answer_add_text(a->answer, a->text.data, a->text.len);
    else
        ap_answer_add_null(a->answer);
    a->failed = a->failed || a->text.failed;
    ap_buf_clear(&a->text);
}

static void put_uuid(struct ap_buf *out, const struct ap_uuid *uuid)
{
    char text[AP_UUID_TEXT_SIZE];

    ap_uuid_format(text, uuid);
    ap_buf_adds(out, text);
}

/* --- for programs */

/* [{"NAME":"…","MORE":"…","level":"…","count":1}, …]; more may be NULL. */
static void add_list(struct ap_risk_answer *a, const struct ap_incident_list *list, const char *name, const char *more)
{
    ap_buf_addc(&a->text, '[');
    for (size_t i = 0; i < list->count && i < PROGRAMS_MAX; i++) {
        const struct ap_incident_tally *item = &list->items[i];

        ap_buf_addf(&a->text, "%s{\"%s\":", i > 0 ? "," : "", name);
        ap_json_string(&a->text, item->text);
        if (more != NULL) {
            ap_buf_addf(&a->text, ",\"%s\":", more);
            ap_json_string(&a->text, item->more);
        }
        if (item->level != NULL)
            ap_buf_addf(&a->text, ",\"level\":\"%s\"", item->level);
        ap_buf_addf(&a->text, ",\"count\":%" PRIu64 "}", item->count);
    }
    ap_buf_addc(&a->text, ']');
    add_cell(a);
}

/* Of somebody who has no account, the text is the address of mail. */
static void add_actors(struct ap_risk_answer *a, const struct ap_incident_list *list)
{
    ap_buf_addc(&a->text, '[');
    for (size_t i = 0; i < list->count && i < PROGRAMS_MAX; i++) {
        const struct ap_incident_tally *item = &list->items[i];
        struct ap_uuid account;
        bool has_account = ap_uuid_parse(&account, item->text);

        ap_buf_adds(&a->text, i > 0 ? ",{\"actor_id\":" : "{\"actor_id\":");
        ap_json_string(&a->text, has_account ? item->text : NULL);
        ap_buf_adds(&a->text, ",\"actor_email\":");
        ap_json_string(&a->text, has_account ? item->more : item->text);
        ap_buf_addf(&a->text, ",\"count\":%" PRIu64 "}", item->count);
    }
    ap_buf_addc(&a->text, ']');
    add_cell(a);
}

static void add_entries(struct ap_risk_answer *a, const struct ap_incident *incident)
{
    ap_buf_addc(&a->text, '[');
    for (size_t i = 0; i < incident->entry_count && i < PROGRAMS_MAX; i++) {
        const struct ap_incident_entry *entry = &incident->entries[i];

        ap_buf_adds(&a->text, i > 0 ? ",{\"id\":\"" : "{\"id\":\"");
        put_uuid(&a->text, &entry->id);
        ap_buf_addc(&a->text, '"');
        if (entry->chained)
            ap_buf_addf(&a->text, ",\"seq\":%" PRIu64, entry->seq);
        ap_buf_addf(&a->text, ",\"level\":\"%s\"", entry->level);
        if (entry->proof != AP_QUERY_UNPROVEN)
            ap_buf_adds(&a->text, entry->proof == AP_QUERY_VERIFIED ? ",\"verified\":true" : ",\"verified\":false");
        ap_buf_addc(&a->text, '}');
    }
    ap_buf_addc(&a->text, ']');
    add_cell(a);
}

/* --- for people */

static const char *name_of(const struct ap_incident_tally *who)
{
    return who->more != NULL ? who->more : who->text;
}

static void add_some(struct ap_risk_answer *a, const struct ap_incident_list *list)
{
    for (size_t i = 0; i < list->count && i < PEOPLE_MAX; i++) {
        const struct ap_incident_tally *item = &list->items[i];

        ap_buf_adds(&a->text, i > 0 ? ", " : "");
        if (item->level != NULL)
            ap_buf_addf(&a->text, "%s: %s (%s)", item->level, item->more, item->text);
        else
            ap_buf_adds(&a->text, name_of(item));
        if (item->count > 1)
            ap_buf_addf(&a->text, " ×%" PRIu64, item->count);
    }
    if (list->count > PEOPLE_MAX)
        ap_buf_addf(&a->text, " and %zu more", list->count - PEOPLE_MAX);
    add_cell(a);
}

static void add_who(struct ap_risk_answer *a, const struct ap_incident_list *who)
{
    if (who->count > 0)
        ap_buf_adds(&a->text, name_of(&who->items[0]));
    else
        ap_buf_adds(&a->text, "(nobody)");
    if (who->count > 1)
        ap_buf_addf(&a->text, " and %zu more", who->count - 1);
    add_cell(a);
}

/*
 * What it is about: the rule that makes it as bad as it is, or else the first of the worst entries' actions. How much
 * there is beside it, in rules or in actions, is told, too.
 */
static void add_what(struct ap_risk_answer *a, const struct ap_incident *incident)
{
    const struct ap_incident_tally *rule = incident->rules.count > 0 ? &incident->rules.items[0] : NULL;
    bool by_rule = rule != NULL && strcmp(rule->level, incident->level) == 0;
    size_t all = by_rule ? incident->rules.count : incident->actions.count;

    ap_buf_adds(&a->text, !by_rule             ? incident->entries[incident->worst].action
                          : rule->more != NULL ? rule->more
                                               : rule->text);
    if (all > 1)
        ap_buf_addf(&a->text, " and %zu more", all - 1);
    add_cell(a);
}

/* Numbers of a chain, those that follow one another as one. */
static void add_seqs(struct ap_risk_answer *a, const struct ap_incident *incident)
{
    size_t runs = 0, i = 0;

    for (; i < incident->entry_count && runs < PEOPLE_MAX; runs++) {
        size_t end = i + 1;

        if (!incident->entries[i].chained)
            break;
        while (end < incident->entry_count && incident->entries[end].seq == incident->entries[end - 1].seq + 1)
            end++;
        ap_buf_addf(&a->text, "%s%" PRIu64, runs > 0 ? ", " : "seq ", incident->entries[i].seq);
        if (end > i + 1)
            ap_buf_addf(&a->text, "-%" PRIu64, incident->entries[end - 1].seq);
        i = end;
    }
    if (i < incident->entry_count)
        ap_buf_addf(&a->text, runs > 0 ? " and %zu more" : "%zu", incident->entry_count - i);
    if (incident->failed > 0)
        ap_buf_addf(&a->text, "; %" PRIu64 " did not verify", incident->failed);
    add_cell(a);
}

static void add_time_text(struct ap_risk_answer *a, const struct ap_incident *incident)
{
    char first[AP_TIME_TEXT_SIZE], last[AP_TIME_TEXT_SIZE];

    ap_time_format(first, incident->first_us);
    ap_time_format(last, incident->last_us);
    ap_buf_adds(&a->text, first);
    if (incident->last_us != incident->first_us)
        ap_buf_addf(&a->text, " to %s", last);
    add_cell(a);
}

static void add_organization(struct ap_risk_answer *a, const struct ap_incident *incident, const char *none)
{
    if (!ap_uuid_equal(&incident->org, &ap_uuid_nil))
        put_uuid(&a->text, &incident->org);
    else if (none != NULL)
        ap_buf_adds(&a->text, none);
    add_cell(a);
}

static void add_detail(struct ap_risk_answer *a, size_t index, const struct ap_incident *incident)
{
    struct risk_detail *detail = &a->parts[index];

    (void)snprintf(detail->name, sizeof detail->name, "incident_%zu", index + 1);
    (void)snprintf(detail->title, sizeof detail->title, "Incident %zu: %s", index + 1, incident->level);
    detail->part = (struct ap_answer_part){
        .name = detail->name, .title = detail->title, .shape = AP_ANSWER_SHOWN, .columns = detail_columns};
    ap_answer_add_part(a->answer, &detail->part);
    ap_answer_add_row(a->answer);
    add_time_text(a, incident);
    add_organization(a, incident, "none: the system's");
    add_some(a, &incident->who);
    add_some(a, &incident->addresses);
    add_some(a, &incident->sessions);
    add_some(a, &incident->rules);
    add_some(a, &incident->actions);
    add_seqs(a, incident);
    ap_buf_adds(&a->text, "auditquery timeline --around ");
    put_uuid(&a->text, &incident->entries[incident->worst].id);
    add_cell(a);
}

/* --- both */

static void add_incident(struct ap_risk_answer *a, size_t index, const struct ap_incident *incident)
{
    ap_answer_add_row(a->answer);
    ap_answer_add_count(a->answer, index + 1);
    ap_answer_add_str(a->answer, incident->level);
    ap_answer_add_time(a->answer, incident->first_us);
    ap_answer_add_time(a->answer, incident->last_us);
    ap_answer_add_time(a->answer, (int64_t)((uint64_t)incident->last_us - (uint64_t)incident->first_us));
    ap_answer_add_count(a->answer, incident->entry_count);
    ap_answer_add_count(a->answer, incident->rules.count);
    add_what(a, incident);
    add_who(a, &incident->who);
    add_organization(a, incident, NULL);
    add_list(a, &incident->rules, "id", "title");
    add_list(a, &incident->actions, "action", NULL);
    add_actors(a, &incident->who);
    add_list(a, &incident->addresses, "ip_address", NULL);
    add_list(a, &incident->sessions, "session_id", NULL);
    put_uuid(&a->text, &incident->entries[incident->worst].id);
    add_cell(a);
    ap_answer_add_count(a->answer, incident->failed);
    add_entries(a, incident);
}

void risk_answer_asked(struct ap_risk_answer *a)
{
    static const char *const levels[] = {"low", "medium", "high", "critical"};

    ap_answer_add_part(a->answer, &asked_part);
    ap_answer_add_row(a->answer);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if ((a->risk->filter->risk & 1U << i) != 0)
            ap_buf_addf(&a->text, "%s%s", a->text.len > 0 ? ", " : "", levels[i]);
    add_cell(a);
    ap_answer_add_time(a->answer, a->risk->filter->since_us);
    if (a->risk->filter->has_until)
        ap_answer_add_time(a->answer, a->risk->filter->until_us);
    else
        ap_answer_add_null(a->answer);
    ap_answer_add_count(a->answer, a->risk->entries);
    ap_answer_add_count(a->answer, ap_incidents_count(a->risk->incidents));
}

enum ap_status risk_answer_incidents(struct ap_risk_answer *answer, struct ap_error *err)
{
    struct ap_incident incident;
    enum ap_status status = AP_OK;

    ap_answer_add_part(answer->answer, &incidents_part);
    for (size_t i = 0; status == AP_OK && i < answer->rows; i++) {
        status = ap_incidents_get(answer->risk->incidents, i, &incident, err);
        if (status == AP_OK)
            add_incident(answer, i, &incident);
    }
    for (size_t i = 0; status == AP_OK && i < answer->parted; i++) {
        status = ap_incidents_get(answer->risk->incidents, i, &incident, err);
        if (status == AP_OK)
            add_detail(answer, i, &incident);
    }
    return status == AP_OK && answer->failed ? ap_fail_memory(err, "an answer") : status;
}

void risk_answer_begin_closed(struct ap_risk_answer *answer)
{
    ap_answer_add_part(answer->answer, &closed_part);
}

void risk_answer_add_closed(struct ap_risk_answer *answer, const struct ap_query_closed *closed)
{
    ap_answer_add_row(answer->answer);
    ap_answer_add_str(answer->answer, closed->level);
    ap_answer_add_time(answer->answer, closed->time_us);
    ap_answer_add_str(answer->answer, closed->rule);
    ap_answer_add_str(answer->answer, closed->title);
    if (!ap_uuid_equal(&closed->chain, &ap_uuid_nil))
        put_uuid(&answer->text, &closed->chain);
    add_cell(answer);
    put_uuid(&answer->text, &closed->id);
    add_cell(answer);
}
