/* The tables and objects of a breach's bundle, and the keys that stay out of it. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "auditproof/json.h"
#include "breach.h"

static enum ap_status put_file(struct ap_bundle *bundle, const char *path, struct ap_buf *content, struct ap_error *err)
{
    enum ap_status status = ap_buf_check(content, path, err);

    if (status == AP_OK)
        status = ap_bundle_add(bundle, path, ap_buf_str(content), content->len, err);
    ap_buf_clear(content);
    return status;
}

static void put_time(struct ap_buf *json, const char *name, const struct gdpr_optional_time *time)
{
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time->us);
    if (time->given)
        ap_buf_addf(json, ",\"%s\":\"%s\"", name, text);
    else
        ap_buf_addf(json, ",\"%s\":null", name);
}

static void put_text(struct ap_buf *json, const char *name, const char *text)
{
    ap_buf_addf(json, ",\"%s\":", name);
    ap_json_string(json, text);
}

static enum ap_status write_clock(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct gdpr_incident *is = &breach->incident;
    const struct gdpr_optional_time by = {true, gdpr_incident_notify_by_us(is)};
    struct ap_buf *json = &breach->row;

    ap_buf_adds(json, "{\"incident\":");
    ap_json_string(json, is->id);
    put_time(json, "occurred_from", &is->occurred_from);
    put_time(json, "occurred_to", &is->occurred_to);
    put_time(json, "detected", &is->detected);
    put_time(json, "aware_at", &is->aware);
    ap_buf_adds(json, ",\"aware_at_source\":\"stated by the controller; not inferred from the log\"");
    put_time(json, "notify_by", &by);
    put_time(json, "notified_at", &is->notified);
    ap_buf_addf(json, ",\"within_72_hours\":%s",
                !is->notified.given        ? "null"
                : is->notified.us <= by.us ? "true"
                                           : "false");
    put_text(json, "delay_reason", is->delay_reason);
    ap_buf_adds(json, "}\n");
    return put_file(bundle, "data/clock.json", json, err);
}

static void put_person_times(struct ap_buf *csv, const struct gdpr_person *is)
{
    ap_csv_put_int(csv, (int64_t)is->entries);
    ap_csv_put_time(csv, is->first_us);
    ap_csv_put_time(csv, is->last_us);
    ap_csv_end(csv);
}

static void put_pseudonym(struct ap_buf *csv, const char *kind, uint32_t number)
{
    struct ap_buf name = AP_BUF_INIT;

    ap_buf_addf(&name, "%s-%" PRIu32, kind, number + 1);
    ap_csv_put(csv, ap_buf_str(&name));
    ap_buf_free(&name);
}

static enum ap_status write_people(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf *csv = &breach->row;
    enum ap_status status;

    ap_csv_put_record(csv, (const char *const[]){"subject", "affected_as", "entries", "first", "last", NULL});
    for (uint32_t i = 0; i < breach->subjects.names.count; i++) {
        put_pseudonym(csv, "Subject", i);
        ap_csv_put(csv, breach->subjects.items[i].as);
        put_person_times(csv, &breach->subjects.items[i]);
    }
    status = put_file(bundle, "data/affected_subjects.csv", csv, err);
    ap_csv_put_record(
        csv, (const char *const[]){"actor", "role", "named_in_the_incident_file", "entries", "first", "last", NULL});
    for (uint32_t i = 0; i < breach->actors.names.count; i++) {
        put_pseudonym(csv, "Actor", i);
        ap_csv_put(csv, breach->actors.items[i].role);
        ap_csv_put(csv, breach->actors.items[i].named ? "yes" : "no");
        put_person_times(csv, &breach->actors.items[i]);
    }
    return status == AP_OK ? put_file(bundle, "data/actors.csv", csv, err) : status;
}

static enum ap_status write_records(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct ap_form_table *records = &breach->incident.records;
    struct ap_buf *csv = &breach->row;

    ap_csv_put_record(csv, (const char *const[]){"category", "resource_type", "records", "entries", "method", NULL});
    for (size_t i = 0; i < records->count; i++) {
        ap_csv_put(csv, records->items[i][GDPR_RECORD_CATEGORY]);
        ap_csv_put(csv, records->items[i][GDPR_RECORD_TYPE]);
        ap_csv_put_int(csv, (int64_t)breach->record_counts[i]);
        ap_csv_put_int(csv, (int64_t)breach->record_entries[i]);
        ap_csv_put(csv, "distinct ids in the entries: at least that many, since an entry may be about several records");
        ap_csv_end(csv);
    }
    return put_file(bundle, "data/records_by_category.csv", csv, err);
}

static bool is_counted(const char *kind)
{
    return strcmp(kind, "ip_address") == 0 || strcmp(kind, "user_agent") == 0;
}

static enum ap_status write_measures(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct ap_form_table *indicators = &breach->incident.indicators, *measures = &breach->incident.measures;
    struct ap_buf *csv = &breach->row;
    enum ap_status status;

    ap_csv_put_record(csv, (const char *const[]){"kind", "value", "note", "entries", NULL});
    for (size_t i = 0; i < indicators->count; i++) {
        for (size_t k = 0; k <= GDPR_INDICATOR_NOTE; k++)
            ap_csv_put(csv, indicators->items[i][k]);
        if (is_counted(indicators->items[i][GDPR_INDICATOR_KIND]))
            ap_csv_put_int(csv, (int64_t)breach->indicator_counts[i]);
        else
            ap_csv_put(csv, "");
        ap_csv_end(csv);
    }
    status = put_file(bundle, "data/indicators.csv", csv, err);
    ap_csv_put_record(csv, (const char *const[]){"measure", "status", "at", "note", NULL});
    for (size_t i = 0; i < measures->count; i++) {
        for (size_t k = 0; k <= GDPR_MEASURE_NOTE; k++)
            ap_csv_put(csv, measures->items[i][k]);
        ap_csv_end(csv);
    }
    return status == AP_OK ? put_file(bundle, "data/measures.csv", csv, err) : status;
}

static enum ap_status write_register(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct gdpr_incident *is = &breach->incident;
    struct ap_buf *json = &breach->row;
    enum ap_status status;

    ap_buf_adds(json, "{\"incident\":");
    ap_json_string(json, is->id);
    ap_buf_addf(json, ",\"phase\":%" PRIu64, is->phase);
    put_text(json, "supersedes", is->supersedes);
    ap_buf_addf(json, ",\"more_to_follow\":%s}\n", is->more_to_follow ? "true" : "false");
    status = put_file(bundle, "data/phase.json", json, err);
    ap_buf_adds(json, "{\"incident\":");
    ap_json_string(json, is->id);
    put_text(json, "facts", is->nature);
    put_text(json, "effects", is->consequences);
    ap_buf_adds(json, ",\"subjects\":");
    gdpr_breach_put_subjects(json, breach);
    ap_buf_adds(json, ",\"remedial_action\":[");
    for (size_t i = 0; i < is->measures.count; i++) {
        ap_buf_adds(json, i == 0 ? "" : ",");
        ap_json_string(json, is->measures.items[i][GDPR_MEASURE]);
    }
    ap_buf_adds(json, "]}\n");
    return status == AP_OK ? put_file(bundle, "data/register_entry.json", json, err) : status;
}

static void put_key(struct ap_buf *csv, const char *kind, uint32_t number, const struct gdpr_person *is)
{
    put_pseudonym(csv, kind, number);
    ap_csv_put(csv, is->id);
    ap_csv_put(csv, is->email);
    ap_csv_end(csv);
}

/* Beside the bundle, for those who have to write to these people. */
static enum ap_status make_keys(struct ap_gdpr_breach *breach, struct ap_error *err)
{
    ap_csv_put_record(&breach->keys, (const char *const[]){"pseudonym", "id", "email_address", NULL});
    for (uint32_t i = 0; i < breach->subjects.names.count; i++)
        put_key(&breach->keys, "Subject", i, &breach->subjects.items[i]);
    for (uint32_t i = 0; i < breach->actors.names.count; i++)
        put_key(&breach->keys, "Actor", i, &breach->actors.items[i]);
    return ap_buf_check(&breach->keys, "the keys of an incident", err);
}

enum ap_status gdpr_breach_files_write(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct gdpr_incident *is = &breach->incident;
    enum ap_status status;

    if (is->has_at_most && gdpr_breach_at_least(breach) > is->at_most)
        return ap_fail(err, AP_EINPUT,
                       "%s says that at most %" PRIu64 " people are affected, and the entries alone name %" PRIu64,
                       breach->options.incident.name, is->at_most, gdpr_breach_at_least(breach));
    ap_buf_clear(&breach->row);
    status = write_clock(breach, bundle, err);
    if (status == AP_OK)
        status = write_people(breach, bundle, err);
    if (status == AP_OK)
        status = write_records(breach, bundle, err);
    if (status == AP_OK)
        status = write_measures(breach, bundle, err);
    if (status == AP_OK)
        status = write_register(breach, bundle, err);
    return status == AP_OK ? make_keys(breach, err) : status;
}
