/* A subject's profile, what is kept of it and why, and what the words of the other files mean. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/csv_write.h"
#include "auditproof/json.h"
#include "subject.h"

static enum ap_status put_file(struct ap_bundle *bundle, const char *path, const struct ap_buf *content,
                               struct ap_error *err)
{
    enum ap_status status = ap_buf_check(content, path, err);

    return status == AP_OK ? ap_bundle_add(bundle, path, ap_buf_str(content), content->len, err) : status;
}

static void put_names(struct ap_buf *json, const char *name, const struct gdpr_names *names)
{
    ap_buf_addf(json, ",\"%s\":[", name);
    for (size_t i = 0; i < names->count; i++) {
        ap_buf_adds(json, i == 0 ? "" : ",");
        ap_json_string(json, names->items[i]);
    }
    ap_buf_addc(json, ']');
}

static enum ap_status write_profile(struct ap_gdpr_subject *subject, struct ap_bundle *bundle, struct ap_error *err)
{
    const struct gdpr_identity *is = &subject->identity;
    const struct ap_gdpr_subject_counts *counts = &subject->counts;
    struct ap_buf *json = &subject->scratch;

    ap_buf_clear(json);
    ap_buf_adds(json, "{\"profile\":");
    ap_buf_adds(json, is->profile.len > 0 ? is->profile.data : "null");
    put_names(json, "ids", &is->ids);
    put_names(json, "email_addresses", &is->emails);
    ap_buf_addf(json, ",\"found_in\":{\"profiles\":%s,\"accounts\":%s,\"entries\":%s}",
                is->by_profiles ? "true" : "false", is->by_users ? "true" : "false", is->by_entries ? "true" : "false");
    ap_buf_addf(json,
                ",\"entries\":{\"your_acts\":%" PRIu64 ",\"acts_on_your_record\":%" PRIu64
                ",\"name_you_and_are_included\":%" PRIu64 ",\"name_you_and_were_excluded_in_review\":%" PRIu64
                ",\"name_you_and_await_review\":%" PRIu64 ",\"withheld\":%" PRIu64 "}",
                counts->own, counts->about, counts->reviewed, counts->excluded, counts->pending, counts->withheld);
    ap_buf_adds(json, ",\"limits\":[\"Entries that name you without being yours or about your record are included after"
                      " somebody has looked at them.\",\"Values are shown where they are known to be yours;"
                      " redactions.csv has a line for each that is not, and for each entry that is left out"
                      " because its text would show somebody else's data.\"]}\n");
    return put_file(bundle, "data/profile.json", json, err);
}

static void put_until(struct ap_buf *csv, const struct ap_gdpr_subject *subject, const char *years)
{
    int64_t until_us;
    char text[AP_TIME_TEXT_SIZE];

    if (years == NULL || subject->newest_us == INT64_MIN) {
        ap_csv_put(csv, "");
        return;
    }
    until_us =
        ap_retention_end(subject->newest_us,
                         strcmp(years, GDPR_YEARS_POLICY) == 0 ? subject->policy_years : (int)strtol(years, NULL, 10));
    ap_time_format(text, until_us);
    text[strcspn(text, "T")] = '\0';
    ap_csv_put(csv, text);
}

static enum ap_status write_retained(struct ap_gdpr_subject *subject, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf *csv = &subject->scratch;

    ap_buf_clear(csv);
    ap_csv_put_record(csv, (const char *const[]){"what", "ground", "until", NULL});
    for (size_t i = 0; i < subject->config.retained.count; i++) {
        const char *const *row = subject->config.retained.items[i];

        ap_csv_put(csv, row[GDPR_RETAINED]);
        ap_csv_put(csv, row[GDPR_RETAINED_GROUND]);
        put_until(csv, subject, row[GDPR_RETAINED_YEARS]);
        ap_csv_end(csv);
    }
    return put_file(bundle, "data/retained.csv", csv, err);
}

static const char *const meanings[][3] = {
    {"relation", "your act", "You did this, or somebody who was signed in as you."},
    {"relation", "act on your record", "Somebody else, or the system, did this to your record."},
    {"relation", "names you", "Somebody else's act that names you; somebody decided that you may see it."},
    {"actor", "You", "You."},
    {"actor", "Staff-1, Staff-2, ...", "Another person, numbered in the order of appearance, in this bundle only."},
    {"actor", "System", "No person is on record."},
    {"reason", "staff-identity", "It tells who another person is; the role is shown."},
    {"reason", "other-person", "It is of, or names, another person. Without a pointer: the entry as a whole does."},
    {"reason", "withheld", "The entry as a whole is left out; the controller's reason stands beside it."},
    {"reason", "other-record", "It is of a record that is not yours."},
    {"reason", "not-listed", "It is not among the values that are known to be only yours."},
    {"reason", "not-approved", "It was not approved when somebody looked at the entry."},
    {"reason", "credential", "It could have let somebody in."},
};

static enum ap_status write_dictionary(struct ap_gdpr_subject *subject, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf *csv = &subject->scratch;

    ap_buf_clear(csv);
    ap_csv_put_record(csv, (const char *const[]){"kind", "code", "label", "meaning", NULL});
    for (uint32_t i = 0; i < subject->actions.count; i++) {
        const char *action = subject->actions.keys[i].bytes;
        const char *const *known = gdpr_config_action(&subject->config, action);

        ap_csv_put(csv, "action");
        ap_csv_put_n(csv, action, subject->actions.keys[i].len);
        ap_csv_put(csv, known == NULL ? "" : known[GDPR_ACTION_LABEL]);
        ap_csv_put(csv, known == NULL ? "" : known[GDPR_ACTION_MEANING]);
        ap_csv_end(csv);
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        ap_csv_put(csv, meanings[i][0]);
        ap_csv_put(csv, meanings[i][1]);
        ap_csv_put(csv, "");
        ap_csv_put(csv, meanings[i][2]);
        ap_csv_end(csv);
    }
    return put_file(bundle, "data/dictionary.csv", csv, err);
}

enum ap_status gdpr_files_write(struct ap_gdpr_subject *subject, struct ap_bundle *bundle, struct ap_error *err)
{
    enum ap_status status = write_profile(subject, bundle, err);

    if (status == AP_OK)
        status = write_retained(subject, bundle, err);
    return status == AP_OK ? write_dictionary(subject, bundle, err) : status;
}
