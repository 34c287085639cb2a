/* data/notification.html and data/notification.json: Art. 33(3)(a) to (d). */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"
#include "auditproof/json.h"
#include "breach.h"
#include "page.h"

uint64_t gdpr_breach_at_least(const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;
    uint64_t counted = breach->subjects.names.count;

    return is->has_at_least && is->at_least > counted ? is->at_least : counted;
}

/* What was counted, how, and between what bounds the truth is. */
void gdpr_breach_put_subjects(struct ap_buf *json, const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;

    ap_buf_addf(json, "{\"counted\":%" PRIu32 ",\"counting_method\":", breach->subjects.names.count);
    ap_json_string(json, "distinct people that the entries name as the record or, where the incident file says so, by"
                         " their account");
    ap_buf_addf(json, ",\"entries\":%" PRIu64 ",\"entries_that_name_no_record\":%" PRIu64 ",\"at_least\":%" PRIu64,
                breach->entries, breach->without_id, gdpr_breach_at_least(breach));
    if (is->has_at_most)
        ap_buf_addf(json, ",\"at_most\":%" PRIu64, is->at_most);
    else
        ap_buf_adds(json, ",\"at_most\":null");
    ap_buf_adds(json, ",\"estimating_method\":");
    ap_json_string(json, is->method);
    ap_buf_adds(json, ",\"categories\":[");
    for (size_t i = 0; i < is->subject_categories.count; i++) {
        ap_buf_adds(json, i == 0 ? "" : ",");
        ap_json_string(json, is->subject_categories.items[i]);
    }
    ap_buf_adds(json, "]}");
}

static void put_contact(struct ap_buf *json, const char *name, const struct gdpr_contact *contact)
{
    static const char *const names[GDPR_CONTACT_TEXTS] = {"name", "address", "email", "phone", "website"};

    ap_buf_addf(json, ",\"%s\":{", name);
    for (size_t i = 0; i < GDPR_CONTACT_TEXTS; i++) {
        ap_buf_addf(json, "%s\"%s\":", i == 0 ? "" : ",", names[i]);
        ap_json_string(json, contact->texts[i]);
    }
    ap_buf_addc(json, '}');
}

static void put_json(struct ap_buf *json, const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;

    ap_buf_adds(json, "{\"incident\":");
    ap_json_string(json, is->id);
    ap_buf_adds(json, ",\"title\":");
    ap_json_string(json, is->title);
    put_contact(json, "controller", &breach->config.controller);
    ap_buf_adds(json, ",\"a\":{\"nature\":");
    ap_json_string(json, is->nature);
    ap_buf_adds(json, ",\"subjects\":");
    gdpr_breach_put_subjects(json, breach);
    ap_buf_adds(json, ",\"records\":[");
    for (size_t i = 0; i < is->records.count; i++) {
        ap_buf_adds(json, i == 0 ? "{\"category\":" : ",{\"category\":");
        ap_json_string(json, is->records.items[i][GDPR_RECORD_CATEGORY]);
        ap_buf_addf(json, ",\"at_least\":%" PRIu64 "}", breach->record_counts[i]);
    }
    ap_buf_adds(json, "]}");
    put_contact(json, "b", &breach->config.dpo);
    ap_buf_adds(json, ",\"c\":{\"consequences\":");
    ap_json_string(json, is->consequences);
    ap_buf_adds(json, "},\"d\":{\"measures\":[");
    for (size_t i = 0; i < is->measures.count; i++) {
        ap_buf_adds(json, i == 0 ? "{\"measure\":" : ",{\"measure\":");
        ap_json_string(json, is->measures.items[i][GDPR_MEASURE]);
        ap_buf_adds(json, ",\"status\":");
        ap_json_string(json, is->measures.items[i][GDPR_MEASURE_STATUS]);
        ap_buf_addc(json, '}');
    }
    ap_buf_addf(json, "]},\"communicated_to_subjects\":%s,\"communication\":", is->communicated ? "true" : "false");
    ap_json_string(json, is->communication);
    ap_buf_adds(json, "}\n");
}

static void put_moment(struct ap_buf *out, const char *name, bool given, int64_t time_us)
{
    gdpr_page_row_begin(out, name);
    if (given)
        gdpr_page_time(out, time_us);
    else
        ap_buf_adds(out, "not stated yet");
    gdpr_page_row_end(out);
}

static void put_clock(struct ap_buf *out, const struct gdpr_incident *is)
{
    ap_buf_adds(out, "<table>\n");
    put_moment(out, "Occurred from", is->occurred_from.given, is->occurred_from.us);
    put_moment(out, "Occurred to", is->occurred_to.given, is->occurred_to.us);
    put_moment(out, "Detected", true, is->detected.us);
    put_moment(out, "Controller aware", true, is->aware.us);
    put_moment(out, "72 hours end", true, gdpr_incident_notify_by_us(is));
    put_moment(out, "Notified", is->notified.given, is->notified.us);
    ap_buf_adds(out, "</table>\n");
    if (is->delay_reason != NULL) {
        gdpr_page_heading(out, "Reasons for the delay (Art. 33(1))");
        gdpr_page_text(out, "p", is->delay_reason);
    }
}

static void put_row_text(struct ap_buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    gdpr_page_row_begin(out, name);
    ap_html_put(out, text);
    gdpr_page_row_end(out);
}

static void put_people(struct ap_buf *out, const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;

    gdpr_page_row_begin(out, "People affected");
    ap_buf_addf(out, "at least %" PRIu64, gdpr_breach_at_least(breach));
    if (is->has_at_most)
        ap_buf_addf(out, ", at most %" PRIu64, is->at_most);
    else
        ap_buf_adds(out, "; how many at most is not known yet");
    gdpr_page_row_end(out);
    gdpr_page_row_begin(out, "Who they are");
    for (size_t i = 0; i < is->subject_categories.count; i++) {
        ap_buf_adds(out, i == 0 ? "" : "<br>\n");
        ap_html_put(out, is->subject_categories.items[i]);
    }
    gdpr_page_row_end(out);
    gdpr_page_row_begin(out, "Counted in the log");
    gdpr_page_count(out, breach->entries, "entry names ", "entries name ");
    gdpr_page_count(out, breach->subjects.names.count, "person", "different people");
    if (breach->without_id > 0) {
        ap_buf_adds(out, "; ");
        gdpr_page_count(out, breach->without_id, "of them is about people and does not name them",
                        "of them are about people and do not name them");
    }
    gdpr_page_row_end(out);
    put_row_text(out, "How the bounds were estimated", is->method);
}

static void put_numbers(struct ap_buf *out, const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;

    ap_buf_adds(out, "<table>\n");
    put_people(out, breach);
    for (size_t i = 0; i < is->records.count; i++) {
        gdpr_page_row_begin(out, "Records affected");
        ap_html_put(out, is->records.items[i][GDPR_RECORD_CATEGORY]);
        ap_buf_addf(out, ": at least %" PRIu64, breach->record_counts[i]);
        gdpr_page_row_end(out);
    }
    ap_buf_adds(out, "</table>\n");
}

/* Who did it, as far as the log tells, and where all of it is. */
static void put_actors(struct ap_buf *out, const struct ap_gdpr_breach *breach)
{
    enum { LISTED_MAX = 20 };
    uint32_t count = breach->actors.names.count;

    ap_buf_adds(out, "<p>");
    gdpr_page_count(out, breach->entries, "entry belongs", "entries belong");
    ap_buf_adds(out,
                " to the incident. <code>timeline.csv</code> has each, with pseudonyms that are those of this bundle"
                " only; <code>report.html</code> says what proves them.</p>\n<table>\n<thead><tr><th>Account</th>"
                "<th>Role</th><th>Entries</th><th>First and last</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < count && i < LISTED_MAX; i++) {
        const struct gdpr_person *is = &breach->actors.items[i];

        ap_buf_addf(out, "<tr><td>Actor-%" PRIu32 "</td><td>", i + 1);
        ap_html_put(out, is->role);
        ap_buf_addf(out, "</td><td>%" PRIu64 "</td><td>", is->entries);
        gdpr_page_time(out, is->first_us);
        ap_buf_adds(out, "<br>\n");
        gdpr_page_time(out, is->last_us);
        ap_buf_adds(out, "</td></tr>\n");
    }
    ap_buf_adds(out, "</tbody>\n</table>\n");
    if (count > LISTED_MAX)
        ap_buf_addf(out, "<p>%" PRIu32 " more are in <code>actors.csv</code>.</p>\n", count - LISTED_MAX);
}

/* As everything else on the page where it says a moment with its zone; else as it is written. */
static void put_at(struct ap_buf *out, const char *at)
{
    size_t len = at == NULL ? 0 : strlen(at);
    bool zoned = len >= 17 && strchr(at, 'T') != NULL && (at[len - 1] == 'Z' || strchr("+-", at[len - 6]) != NULL);
    int64_t at_us;

    if (at == NULL)
        return;
    ap_buf_addc(out, ' ');
    if (zoned && ap_time_parse(&at_us, at, 0, NULL) == AP_OK)
        gdpr_page_time(out, at_us);
    else
        ap_html_put(out, at);
}

static void put_measures(struct ap_buf *out, const struct ap_form_table *measures)
{
    for (size_t i = 0; i < measures->count; i++) {
        const char *const *row = measures->items[i];

        ap_buf_adds(out, i == 0 ? "<ul>\n<li>" : "<li>");
        ap_html_put(out, row[GDPR_MEASURE]);
        ap_buf_adds(out, " <strong>");
        ap_html_put(out, row[GDPR_MEASURE_STATUS]);
        ap_buf_adds(out, "</strong>");
        put_at(out, row[GDPR_MEASURE_AT]);
        if (row[GDPR_MEASURE_NOTE] != NULL) {
            ap_buf_adds(out, "<br>\n");
            ap_html_put(out, row[GDPR_MEASURE_NOTE]);
        }
        ap_buf_adds(out, i + 1 == measures->count ? "</li>\n</ul>\n" : "</li>\n");
    }
}

static void put_html(struct ap_buf *out, const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;

    gdpr_page_begin(out, "Notification of a personal data breach (Article 33 GDPR)", is->title);
    ap_buf_adds(out, "<p>");
    ap_html_put(out, is->id);
    ap_buf_addf(out, ", phase %" PRIu64 "%s", is->phase, is->more_to_follow ? "; more is to follow" : "");
    if (is->supersedes != NULL) {
        ap_buf_adds(out, "; supersedes ");
        ap_html_put(out, is->supersedes);
    }
    ap_buf_adds(out, "</p>\n");
    gdpr_page_heading(out, "Controller");
    gdpr_page_contact(out, &breach->config.controller);
    gdpr_page_heading(out, "When");
    put_clock(out, is);
    gdpr_page_heading(out, "(a) Nature of the breach");
    gdpr_page_text(out, "p", is->nature);
    put_numbers(out, breach);
    gdpr_page_heading(out, "What the log shows");
    put_actors(out, breach);
    gdpr_page_heading(out, "(b) Contact point");
    gdpr_page_contact(out, breach->config.dpo.texts[GDPR_CONTACT_NAME] != NULL ? &breach->config.dpo
                                                                               : &breach->config.controller);
    gdpr_page_heading(out, "(c) Likely consequences");
    gdpr_page_text(out, "p", is->consequences);
    gdpr_page_heading(out, "(d) Measures taken or proposed");
    put_measures(out, &is->measures);
    gdpr_page_heading(out, "Communication to the people affected (Art. 34)");
    gdpr_page_text(out, "p", is->communicated ? "They have been told." : "They have not been told yet.");
    gdpr_page_text(out, "p", is->communication);
    gdpr_page_end(out);
}

enum ap_status gdpr_notice_write(struct ap_gdpr_breach *breach, struct ap_bundle *bundle, struct ap_error *err)
{
    struct ap_buf *out = &breach->row;
    enum ap_status status;

    ap_buf_clear(out);
    put_json(out, breach);
    status = ap_buf_check(out, "data/notification.json", err);
    if (status == AP_OK)
        status = ap_bundle_add(bundle, "data/notification.json", out->data, out->len, err);
    ap_buf_clear(out);
    put_html(out, breach);
    if (status == AP_OK)
        status = ap_buf_check(out, "data/notification.html", err);
    return status == AP_OK ? ap_bundle_add(bundle, "data/notification.html", out->data, out->len, err) : status;
}
