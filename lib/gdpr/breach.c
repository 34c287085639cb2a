#include "breach.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "page.h"

static enum ap_status prepare(struct ap_gdpr_breach *breach, struct ap_error *err)
{
    const struct ap_gdpr_file *file = &breach->options.incident;
    enum ap_status status = gdpr_incident_read(&breach->incident, file, err);

    if (status == AP_OK)
        status = gdpr_config_require_controller(&breach->config, "A notification", err);
    if (status == AP_OK)
        status = gdpr_config_allow(&breach->config, &breach->own, err);
    /* What the file names, its author chose to say. */
    if (status == AP_OK)
        status = gdpr_own_add_text(&breach->own, ap_buf_str(file->text), file->text->len, err);
    if (status != AP_OK)
        return status;
    breach->record_counts = calloc(breach->incident.records.count + 1, sizeof *breach->record_counts);
    breach->record_entries = calloc(breach->incident.records.count + 1, sizeof *breach->record_entries);
    breach->indicator_counts = calloc(breach->incident.indicators.count + 1, sizeof *breach->indicator_counts);
    if (breach->record_counts == NULL || breach->record_entries == NULL || breach->indicator_counts == NULL)
        return ap_fail_memory(err, "an incident's numbers");
    (void)snprintf(breach->suffix, sizeof breach->suffix, "phase%llu", (unsigned long long)breach->incident.phase);
    return AP_OK;
}

enum ap_status ap_gdpr_breach_new(struct ap_gdpr_breach **out, const struct ap_gdpr_breach_options *options,
                                  struct ap_error *err)
{
    struct ap_gdpr_breach *breach = calloc(1, sizeof *breach);
    enum ap_status status;

    *out = breach;
    if (breach == NULL)
        return ap_fail_memory(err, "a breach's bundle");
    breach->options = *options;
    gdpr_own_init(&breach->own);
    ap_intern_init(&breach->actors.names, &breach->arena);
    ap_intern_init(&breach->subjects.names, &breach->arena);
    ap_intern_init(&breach->records, &breach->arena);
    breach->lint.own = &breach->own;
    breach->lint.why = "the incident file does not name";
    breach->lint.advice = "Name it in that file, where the authority is to know it, or narrow the criteria under"
                          " 'entries'";
    breach->lint.entry = &breach->entry;
    status = gdpr_config_read(&breach->config, options->config.name, options->config.text, err);
    return status == AP_OK ? prepare(breach, err) : status;
}

void ap_gdpr_breach_free(struct ap_gdpr_breach *breach)
{
    if (breach == NULL)
        return;
    gdpr_config_free(&breach->config);
    ap_form_free(&breach->incident.form);
    gdpr_lint_free(&breach->lint);
    gdpr_own_free(&breach->own);
    ap_intern_free(&breach->actors.names);
    ap_intern_free(&breach->subjects.names);
    ap_intern_free(&breach->records);
    ap_arena_free(&breach->arena);
    free(breach->actors.items);
    free(breach->subjects.items);
    free(breach->record_counts);
    free(breach->record_entries);
    free(breach->indicator_counts);
    free(breach->seqs);
    ap_buf_free(&breach->row);
    ap_buf_free(&breach->keys);
    free(breach);
}

void ap_gdpr_breach_period(const struct ap_gdpr_breach *breach, int64_t *from_us, int64_t *to_us)
{
    *from_us = breach->incident.from_us;
    *to_us = breach->incident.to_us;
}

int64_t ap_gdpr_breach_notify_by_us(const struct ap_gdpr_breach *breach, bool *notified)
{
    *notified = breach->incident.notified.given;
    return gdpr_incident_notify_by_us(&breach->incident);
}

const struct ap_buf *ap_gdpr_breach_keys(const struct ap_gdpr_breach *breach)
{
    return &breach->keys;
}

/* The person of that id or, without one, that e-mail address; a new one gets the next number. */
static enum ap_status find_person(struct ap_gdpr_breach *breach, struct gdpr_people *people,
                                  const struct ap_optional_uuid *id, const struct ap_value *email, uint32_t *number,
                                  struct ap_error *err)
{
    uint32_t before = people->names.count;
    struct gdpr_person *is;
    enum ap_status status;

    if (id->present)
        status = ap_intern_add(&people->names, 0, id->value.bytes, AP_UUID_LEN, number, err);
    else
        status = ap_intern_add(&people->names, 1, email->data, email->len, number, err);
    if (status != AP_OK || people->names.count == before)
        return status;
    if (people->names.count > people->cap) {
        size_t cap = people->cap == 0 ? 64 : 2 * people->cap;
        struct gdpr_person *grown = reallocarray(people->items, cap, sizeof *grown);

        if (grown == NULL)
            return ap_fail_memory(err, "the people of an incident");
        people->items = grown;
        people->cap = cap;
    }
    is = &people->items[*number];
    memset(is, 0, sizeof *is);
    if (id->present)
        ap_uuid_format(is->id, &id->value);
    if (email != NULL && email->data != NULL)
        is->email = ap_arena_copy(&breach->arena, email->data, email->len);
    return AP_OK;
}

static void count_person(struct gdpr_person *is, int64_t time_us)
{
    if (is->entries++ == 0 || time_us < is->first_us)
        is->first_us = time_us;
    if (is->entries == 1 || time_us > is->last_us)
        is->last_us = time_us;
}

/* Who acted: *name is "Actor-3", or "System". */
static enum ap_status take_actor(struct ap_gdpr_breach *breach, const struct ap_evidence_entry *is, char name[24],
                                 struct ap_error *err)
{
    const struct ap_entry *row = is->entry->row;
    struct gdpr_person *person;
    uint32_t number;
    enum ap_status status;

    (void)snprintf(name, 24, "System");
    if (!row->actor_id.present && row->actor_email.data == NULL)
        return AP_OK;
    status = find_person(breach, &breach->actors, &row->actor_id, &row->actor_email, &number, err);
    if (status != AP_OK)
        return status;
    person = &breach->actors.items[number];
    if (person->role == NULL && row->actor_role.data != NULL)
        person->role = ap_arena_copy(&breach->arena, row->actor_role.data, row->actor_role.len);
    person->named =
        (person->id[0] != '\0' && gdpr_texts_have(&breach->incident.actors, person->id, strlen(person->id))) ||
        (person->email != NULL && gdpr_texts_have(&breach->incident.actors, person->email, strlen(person->email)));
    count_person(person, is->time_us);
    (void)snprintf(name, 24, "Actor-%lu", (unsigned long)number + 1);
    return AP_OK;
}

static enum ap_status take_subject(struct ap_gdpr_breach *breach, const struct ap_evidence_entry *is,
                                   const struct ap_optional_uuid *id, const struct ap_value *email, const char *as,
                                   char name[24], struct ap_error *err)
{
    uint32_t number;
    enum ap_status status = find_person(breach, &breach->subjects, id, email, &number, err);

    if (status != AP_OK)
        return status;
    if (breach->subjects.items[number].as == NULL)
        breach->subjects.items[number].as = as;
    count_person(&breach->subjects.items[number], is->time_us);
    (void)snprintf(name, 24, "Subject-%lu", (unsigned long)number + 1);
    return AP_OK;
}

/* Whose data: the person of the record, where records of that type are people's; and of accounts, who owns them. */
static enum ap_status take_subjects(struct ap_gdpr_breach *breach, const struct ap_evidence_entry *is,
                                    const char *resource, char name[24], struct ap_error *err)
{
    const struct ap_entry *row = is->entry->row;
    enum ap_status status = AP_OK;
    char account[24];

    name[0] = '\0';
    if (breach->incident.subject_resources.count > 0 &&
        gdpr_texts_match(&breach->incident.subject_resources, resource)) {
        if (row->resource_id.present)
            status = take_subject(breach, is, &row->resource_id, NULL, "record", name, err);
        else
            breach->without_id++;
    }
    if (status == AP_OK && breach->incident.subject_actors && row->actor_id.present)
        status = take_subject(breach, is, &row->actor_id, &row->actor_email, "account",
                              name[0] == '\0' ? name : account, err);
    return status;
}

static enum ap_status take_records(struct ap_gdpr_breach *breach, const struct ap_entry *row, const char *resource,
                                   struct ap_error *err)
{
    const struct ap_form_table *records = &breach->incident.records;
    enum ap_status status = AP_OK;

    for (size_t i = 0; status == AP_OK && i < records->count; i++) {
        uint32_t before = breach->records.count, number;
        const struct ap_form_list type = {&records->items[i][GDPR_RECORD_TYPE], 1};

        if (!gdpr_texts_match(&type, resource))
            continue;
        breach->record_entries[i]++;
        if (!row->resource_id.present)
            continue;
        status = ap_intern_add(&breach->records, (uint32_t)i, row->resource_id.value.bytes, AP_UUID_LEN, &number, err);
        breach->record_counts[i] += breach->records.count - before;
    }
    return status;
}

/* Addresses that the file names, as an indicator or a criterion, may be told; *address is empty for any other. */
static void take_indicators(struct ap_gdpr_breach *breach, const struct ap_entry *row, char address[AP_INET_TEXT_SIZE])
{
    const struct ap_form_table *indicators = &breach->incident.indicators;
    char is[AP_INET_TEXT_SIZE] = "";

    address[0] = '\0';
    if (row->ip_address.present)
        ap_inet_format(is, &row->ip_address);
    for (size_t i = 0; i < indicators->count; i++) {
        const char *kind = indicators->items[i][GDPR_INDICATOR_KIND],
                   *value = indicators->items[i][GDPR_INDICATOR_VALUE];

        if (strcmp(kind, "ip_address") == 0 && strcmp(is, value) == 0)
            breach->indicator_counts[i]++;
        if (strcmp(kind, "user_agent") == 0 && row->user_agent.data != NULL && strlen(value) == row->user_agent.len &&
            memcmp(value, row->user_agent.data, row->user_agent.len) == 0)
            breach->indicator_counts[i]++;
    }
    if (is[0] != '\0' && gdpr_own_is_clean(&breach->own, is, strlen(is)))
        memcpy(address, is, sizeof is);
}

static void put_masked(struct ap_gdpr_breach *breach, const struct ap_value *value)
{
    struct ap_buf text = AP_BUF_INIT;

    if (value->data != NULL)
        (void)gdpr_own_mask(&breach->own, &text, value->data, value->len);
    ap_csv_put_n(&breach->row, ap_buf_str(&text), text.len);
    ap_buf_free(&text);
}

static enum ap_status write_row(struct ap_gdpr_breach *breach, const struct ap_evidence_entry *is, const char *actor,
                                const char *subject, const char *address, struct ap_error *err)
{
    const struct ap_entry *row = is->entry->row;
    enum ap_status status;

    ap_buf_clear(&breach->row);
    ap_csv_put_int(&breach->row, (int64_t)is->entry->record.seq);
    ap_csv_put_time(&breach->row, is->time_us);
    ap_csv_put_time(&breach->row, is->entry->record.recorded_at_us);
    ap_csv_put(&breach->row, actor);
    put_masked(breach, &row->actor_role);
    put_masked(breach, &row->action);
    put_masked(breach, &row->resource_type);
    ap_csv_put(&breach->row, subject);
    put_masked(breach, &row->risk_level);
    ap_csv_put(&breach->row, address);
    ap_csv_end(&breach->row);
    status = ap_buf_check(&breach->row, "a line of the timeline", err);
    return status == AP_OK ? ap_member_write(breach->timeline, breach->row.data, breach->row.len, err) : status;
}

static enum ap_status add(void *context, const struct ap_evidence_entry *is, struct ap_error *err)
{
    struct ap_gdpr_breach *breach = context;
    const struct ap_entry *row = is->entry->row;
    char actor[24], subject[24], address[AP_INET_TEXT_SIZE], *resource;
    enum ap_status status;

    if (!is->asked_for || row == NULL)
        return AP_OK;
    resource = ap_arena_copy(&breach->arena, row->resource_type.data != NULL ? row->resource_type.data : "",
                             row->resource_type.len);
    if (resource == NULL)
        return ap_fail_memory(err, "an entry of an incident");
    if (breach->entries++ == 0 || is->time_us < breach->first_us)
        breach->first_us = is->time_us;
    if (breach->entries == 1 || is->time_us > breach->last_us)
        breach->last_us = is->time_us;
    status = take_actor(breach, is, actor, err);
    if (status == AP_OK)
        status = take_subjects(breach, is, resource, subject, err);
    if (status == AP_OK)
        status = take_records(breach, row, resource, err);
    take_indicators(breach, row, address);
    return status == AP_OK ? write_row(breach, is, actor, subject, address, err) : status;
}

static enum ap_status begin(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                            struct ap_error *err)
{
    struct ap_gdpr_breach *breach = context;
    enum ap_status status = gdpr_own_add_uuid(&breach->own, &scope->chain, err);

    ap_buf_clear(&breach->row);
    ap_csv_put_record(&breach->row,
                      (const char *const[]){"seq", "time", "recorded_at", "actor", "role", "action", "resource_type",
                                            "subject", "risk_level", "ip_address", NULL});
    if (status == AP_OK)
        status = ap_buf_check(&breach->row, "the timeline", err);
    if (status == AP_OK)
        status = ap_bundle_member(bundle, "data/timeline.csv", &breach->timeline, err);
    return status == AP_OK ? ap_member_write(breach->timeline, breach->row.data, breach->row.len, err) : status;
}

static enum ap_status finish(void *context, const struct ap_evidence_scope *scope, struct ap_bundle *bundle,
                             struct ap_error *err)
{
    struct ap_gdpr_breach *breach = context;
    enum ap_status status = ap_member_close(breach->timeline, err);

    (void)scope;
    breach->entry = 0;
    if (status == AP_OK)
        status = gdpr_breach_files_write(breach, bundle, err);
    return status == AP_OK ? gdpr_notice_write(breach, bundle, err) : status;
}

/* Integrity, without anybody's data. */
static enum ap_status disclose(void *context, const struct ap_evidence_entry *is, bool groups[AP_GROUPS],
                               struct ap_error *err)
{
    struct ap_gdpr_breach *breach = context;

    breach->entry = is->entry->record.seq;
    memset(groups, 0, AP_GROUPS * sizeof *groups);
    return gdpr_own_add_uuid(&breach->own, &is->entry->log_id, err);
}

static enum ap_status tell(void *context, struct ap_report *report, struct ap_error *err)
{
    const struct ap_gdpr_breach *breach = context;
    const struct gdpr_incident *is = &breach->incident;
    struct ap_buf text = AP_BUF_INIT;
    enum ap_status status = ap_report_fact(report, "Incident", is->title, err);

    ap_buf_addf(&text, "At least %" PRIu64, gdpr_breach_at_least(breach));
    if (is->has_at_most)
        ap_buf_addf(&text, " and at most %" PRIu64, is->at_most);
    ap_buf_adds(&text, ", as the notification has it: data/notification.html.");
    if (status == AP_OK)
        status = ap_report_fact(report, "People affected", ap_buf_str(&text), err);
    ap_buf_clear(&text);
    ap_buf_adds(&text, "The controller states to have been aware at ");
    gdpr_page_time_text(&text, is->aware.us);
    ap_buf_adds(&text, "; 72 hours end at ");
    gdpr_page_time_text(&text, gdpr_incident_notify_by_us(is));
    ap_buf_adds(&text, ".");
    if (status == AP_OK)
        status = ap_buf_check(&text, "the report of a breach", err);
    if (status == AP_OK)
        status = ap_report_fact(report, "Clock", ap_buf_str(&text), err);
    ap_buf_free(&text);
    return status;
}

void ap_gdpr_breach_attach(struct ap_gdpr_breach *breach, struct ap_export_options *options)
{
    breach->part.begin = begin;
    breach->part.add = add;
    breach->part.finish = finish;
    breach->part.tell = tell;
    breach->part.context = breach;
    options->nobodys = true;
    options->suffix = breach->suffix;
    options->evidence.choose = gdpr_breach_choose;
    options->evidence.disclose = disclose;
    options->evidence.choice = breach;
    options->inspect = gdpr_lint_inspect;
    options->inspect_context = &breach->lint;
    options->parts = &breach->part;
    options->part_count = 1;
}
