/* What stands in the template's places. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"
#include "report_internal.h"
#include "say.h"

struct kind {
    const char *kind, *title, *about;
};

static const struct kind kinds[] = {
    {"soc2", "SOC 2 evidence from the audit log",
     "<p>For an auditor who examines controls in this period. The bundle holds every entry of the period that was in"
     " this audit log when it was sealed, unfiltered, with what proves it; and, drawn from those entries by rules that"
     " it also holds, the populations and exceptions for each criterion.</p>"},
    {"gdpr-subject", "Personal data in the audit log",
     "<p>For a person who asked what the audit log holds about them (GDPR, Articles 15 and 20), and for whoever"
     " answers. The bundle holds the entries that were found to concern this person. What belongs to other people is"
     " withheld: <code>data/redactions.csv</code> says where.</p>"},
    {"gdpr-breach", "Evidence of a personal data breach",
     "<p>For a supervisory authority, and for whoever notifies it (GDPR, Article 33). The bundle holds the entries that"
     " meet the criteria which its investigators gave, what proves them, and the notification that was made of them."
     "</p>"},
    {"sample", "A sample of the audit log",
     "<p>For an auditor who tests a sample. The entries were drawn by a keyed hash from the population that"
     " <code>data/bundle.json</code> describes: whoever has the seed, and a bundle of the whole period, can draw them"
     " again.</p>"},
    {"case", "A case: entries of an investigation",
     "<p>For whoever is handed an investigation. The bundle holds the entries that were found in its course, what"
     " proves them, and, in <code>data/case/</code>, the case as it was kept: each question with its answer, notes, and"
     " what became of the entries since. When the bundle was made, the entries in the case said what the database had;"
     " who asked, when and why, and the notes, are the word of whoever kept the case.</p>"},
};

static const struct kind *kind_of(const struct ap_report *report)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].kind, report->options->kind) == 0)
            return &kinds[i];
    return &kinds[0];
}

static void put_title(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, kind_of(report)->title);
}

static void put_about(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, kind_of(report)->about);
}

static void put_whose(struct ap_buf *out, const struct ap_report *report)
{
    bool system_wide = ap_uuid_equal(&report->scope->chain, &ap_uuid_nil);

    ap_buf_adds(out, system_wide ? "System-wide entries, of no organization" : "Organization");
}

static void put_chain(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, report->chain);
}

/* Of whole days, the last is named, as people do. */
static void put_period(struct ap_buf *out, const struct ap_report *report)
{
    int64_t from_us = report->scope->from_us, to_us = report->scope->to_us;
    bool days = from_us % AP_US_PER_DAY == 0 && to_us % AP_US_PER_DAY == 0;

    if (from_us == 0 && report->options->selected)
        ap_buf_adds(out, "everything");
    else
        put_moment(out, from_us);
    if (days && to_us - from_us == AP_US_PER_DAY)
        return;
    ap_buf_adds(out, days ? " <span class=\"soft\">through</span> " : " <span class=\"soft\">to before</span> ");
    put_moment(out, days ? to_us - AP_US_PER_DAY : to_us);
}

static void put_as_of(struct ap_buf *out, const struct ap_report *report)
{
    put_time(out, report->scope->cover.seal.sealed_at_us);
}

static void put_name(struct ap_buf *out, const struct ap_report *report)
{
    ap_html_put(out, report->options->name);
}

static void put_version(struct ap_buf *out, const struct ap_report *report)
{
    (void)report;
    ap_buf_adds(out, ap_version());
}

static void put_state(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, report->scope->unsealed > 0 ? "INCOMPLETE" : "complete");
}

static void put_unsealed(struct ap_buf *out, const struct ap_report *report)
{
    put_counted(out, report->scope->unsealed, "entry", "entries");
}

static void put_unsealed_are(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, report->scope->unsealed == 1 ? "is" : "are");
}

static void put_unsealed_them(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, report->scope->unsealed == 1 ? "it" : "them");
}

static void put_verdict(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_evidence_scope *scope = report->scope;

    if (scope->asked_for == 0) {
        ap_buf_adds(out, report->options->selected
                             ? "No entry was asked for."
                             : "There is no entry of this period. The entries around it, which show"
                               " that nothing was recorded in it, are in this bundle.");
        return;
    }
    if (scope->asked_for == 1)
        ap_buf_adds(out, "The one entry");
    else {
        ap_buf_adds(out, "All ");
        put_counted(out, scope->asked_for, "entry", "entries");
    }
    ap_buf_adds(out, report->options->selected ? " of the selection" : " of the period");
    ap_buf_adds(out, scope->asked_for == 1 ? " is in this bundle. It" : " are in this bundle. Each");
    ap_buf_adds(out, " was found as the chain has it, linked to the entry before, and is proven to be in what a signed"
                     " checkpoint covers.");
}

static void put_tile(struct ap_buf *out, uint64_t count, const char *one, const char *many)
{
    ap_buf_adds(out, "<li><b>");
    ap_html_put_count(out, count);
    ap_buf_addf(out, "</b>%s</li>", count == 1 ? one : many);
}

static void put_tiles(struct ap_buf *out, const struct ap_report *report)
{
    const struct figures *figures = &report->figures;
    uint64_t silent = figures_silent_days(figures);

    put_tile(out, report->scope->asked_for, report->options->selected ? "entry asked for" : "entry of the period",
             report->options->selected ? "entries asked for" : "entries of the period");
    ap_buf_adds(out, "<li><b>");
    ap_html_put_count(out, figures->days - silent);
    if (report->options->selected) {
        ap_buf_adds(out, figures->days - silent == 1 ? "</b>day with entries</li>" : "</b>days with entries</li>");
    } else {
        ap_buf_adds(out, "</b>of ");
        put_counted(out, figures->days, "day", "days");
        ap_buf_adds(out, figures->open ? " so far" : "");
        ap_buf_adds(out, figures->days - silent == 1 ? " has entries</li>" : " have entries</li>");
    }
    put_tile(out, figures->levels[LEVEL_HIGH] + figures->levels[LEVEL_CRITICAL], "of high or critical risk",
             "of high or critical risk");
    if (!figures->actions.full)
        put_tile(out, figures->actions.count, "kind of action", "kinds of action");
    if (report->control_count > 0)
        put_tile(out, report->exceptions, "exception pointed out", "exceptions pointed out");
}

static void put_why_none(struct ap_buf *out, const struct ap_report *report)
{
    if (report->figures.gone > 0)
        ap_buf_adds(out, "of those that were asked for, only the records are left.");
    else
        ap_buf_adds(out, report->options->selected ? "none was asked for." : "the period has none.");
}

static void put_adopted(struct ap_buf *out, const struct ap_report *report)
{
    put_counted(out, report->scope->adopted, "entry of this bundle was", "entries of this bundle were");
}

static void put_adopted_it(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, report->scope->adopted == 1 ? "it was" : "they were");
}

static void put_late(struct ap_buf *out, const struct ap_report *report)
{
    if (report->scope->late == 0)
        return;
    ap_buf_addc(out, ' ');
    put_counted(out, report->scope->late, "entry that was recorded outside of the period is here.",
                "entries that were recorded outside of the period are here.");
}

static void put_purged(struct ap_buf *out, const struct ap_report *report)
{
    put_counted(out, report->scope->purged, "entry", "entries");
}

static void put_stamp_limit(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_evidence_attested *attested = &report->scope->attested;

    if (!attested->stamped && attested->cosignatures[0] == '\0')
        ap_buf_adds(out,
                    " Nobody else vouches for this one, neither a witness nor a time-stamp authority: whoever holds"
                    " that key could have made another log, and dated it as they liked.");
}

static void put_fingerprint(struct ap_buf *out, const struct ap_report *report)
{
    ap_buf_adds(out, report->fingerprint);
}

/* In groups of four, which people can compare. */
static void put_groups(struct ap_buf *out, const struct ap_report *report)
{
    for (size_t i = 0; report->fingerprint[i] != '\0'; i++) {
        if (i == AP_HASH_LEN)
            ap_buf_adds(out, "<br>");
        else if (i > 0 && i % 4 == 0)
            ap_buf_addc(out, ' ');
        ap_buf_addc(out, report->fingerprint[i]);
    }
}

static const struct {
    const char *name;
    void (*put)(struct ap_buf *out, const struct ap_report *report);
} places[] = {
    {"title", put_title},
    {"about", put_about},
    {"whose", put_whose},
    {"chain", put_chain},
    {"period", put_period},
    {"as of", put_as_of},
    {"name", put_name},
    {"version", put_version},
    {"state", put_state},
    {"unsealed", put_unsealed},
    {"unsealed are", put_unsealed_are},
    {"unsealed them", put_unsealed_them},
    {"verdict", put_verdict},
    {"tiles", put_tiles},
    {"facts", say_facts},
    {"why none", put_why_none},
    {"adopted", put_adopted},
    {"adopted it", put_adopted_it},
    {"late", put_late},
    {"purged", put_purged},
    {"stamp limit", put_stamp_limit},
    {"fingerprint", put_fingerprint},
    {"fingerprint groups", put_groups},
    {"unmapped", say_unmapped},
    {"chart hours", chart_hours},
    {"chart actors", chart_actors},
    {"chart actions", chart_actions},
    {"chart controls", chart_controls},
};

static bool is(const char *name, size_t len, const char *other)
{
    return strlen(other) == len && memcmp(name, other, len) == 0;
}

enum ap_status say(struct ap_buf *out, const struct ap_report *report, const char *name, size_t len,
                   struct ap_error *err)
{
    if (is(name, len, "chart time"))
        return chart_time(out, report, err);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!is(name, len, places[i].name))
            continue;
        places[i].put(out, report);
        return AP_OK;
    }
    return ap_fail(err, AP_EINTERNAL, "the report's template has a place \"%.*s\" that nothing fills", (int)len, name);
}

static bool hides(const struct ap_report *report)
{
    bool any = false;

    for (size_t g = 0; g < AP_GROUPS; g++)
        any = any || report->options->withheld[g] || report->scope->erased[g] > 0 ||
              report->scope->disclosed[g] < report->figures.counted;
    return any;
}

bool holds(const struct ap_report *report, const char *name, size_t len, bool *known)
{
    const struct ap_evidence_scope *scope = report->scope;
    const struct {
        const char *name;
        bool holds;
    } conditions[] = {
        {"incomplete", scope->unsealed > 0},
        {"complete", scope->unsealed == 0},
        {"open", !report->options->selected && scope->to_us > scope->cover.seal.sealed_at_us},
        {"any", report->figures.counted > 0},
        {"none", report->figures.counted == 0},
        {"controls", report->control_count > 0},
        {"adopted", scope->adopted > 0},
        {"purged", scope->purged > 0},
        {"period", !report->options->selected},
        {"selected", report->options->selected},
        {"hidden", hides(report)},
    };

    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
        if (is(name, len, conditions[i].name))
            return conditions[i].holds;
    }
    *known = false;
    return false;
}
