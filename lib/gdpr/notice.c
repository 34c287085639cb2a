/* data/notification.html and data/notification.json: Art. 33(3)(a) to (d). */
#include <inttypes.h>

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
    char text[AP_TIME_TEXT_SIZE];

    ap_time_format(text, time_us);
    ap_buf_adds(out, "<tr><th>");
    ap_html_put(out, name);
    ap_buf_addf(out, "</th><td>%s</td></tr>\n", given ? text : "not yet known");
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

static void put_numbers(struct ap_buf *out, const struct ap_gdpr_breach *breach)
{
    const struct gdpr_incident *is = &breach->incident;

    ap_buf_addf(out, "<p>At least %" PRIu64 " people", gdpr_breach_at_least(breach));
    if (is->has_at_most)
        ap_buf_addf(out, ", at most %" PRIu64, is->at_most);
    else
        ap_buf_adds(out, "; how many at most is not yet known");
    ap_buf_addf(out,
                ". %" PRIu32 " were counted in %" PRIu64
                " entries of the audit log, as distinct people that the entries"
                " name; %" PRIu64 " more entries name no record.</p>\n",
                breach->subjects.names.count, breach->entries, breach->without_id);
    gdpr_page_text(out, "p", is->method);
    ap_buf_adds(out, "<ul>\n");
    for (size_t i = 0; i < is->subject_categories.count; i++)
        gdpr_page_text(out, "li", is->subject_categories.items[i]);
    ap_buf_adds(out, "</ul>\n<table>\n<thead><tr><th>Records</th><th>At least</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < is->records.count; i++) {
        ap_buf_adds(out, "<tr><td>");
        ap_html_put(out, is->records.items[i][GDPR_RECORD_CATEGORY]);
        ap_buf_addf(out, "</td><td>%" PRIu64 "</td></tr>\n", breach->record_counts[i]);
    }
    ap_buf_adds(out, "</tbody>\n</table>\n");
}

static void put_html(struct ap_buf *out, const struct ap_gdpr_breach *breach)
{
    static const char *const measure_heads[] = {"Measure", "Status", "At", "Note", NULL};
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
    gdpr_page_heading(out, "(b) Contact point");
    gdpr_page_contact(out, breach->config.dpo.texts[GDPR_CONTACT_NAME] != NULL ? &breach->config.dpo
                                                                               : &breach->config.controller);
    gdpr_page_heading(out, "(c) Likely consequences");
    gdpr_page_text(out, "p", is->consequences);
    gdpr_page_heading(out, "(d) Measures taken or proposed");
    gdpr_page_rows(out, measure_heads, &is->measures);
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
