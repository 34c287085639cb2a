/* What was verified, and how far, in words. */
#include <string.h>

#include "auditproof/html.h"
#include "say.h"

static void open_row(struct ap_buf *out, const char *name)
{
    ap_buf_addf(out, "<tr><th scope=\"row\">%s</th><td>", name);
}

static void close_row(struct ap_buf *out)
{
    ap_buf_adds(out, "</td></tr>\n");
}

static void say_place(struct ap_buf *out, const struct ap_evidence_scope *scope)
{
    uint64_t first, last;

    if (scope->segment_count == 0)
        return;
    first = scope->segments[0].first_seq;
    last = scope->segments[scope->segment_count - 1].last_seq;
    ap_buf_adds(out, first == last ? " It is number " : " All lie between numbers ");
    ap_html_put_count(out, first);
    if (first == last) {
        ap_buf_adds(out, " of the chain.");
        return;
    }
    ap_buf_adds(out, " and ");
    ap_html_put_count(out, last);
    ap_buf_adds(out, " of the chain, in ");
    put_counted(out, scope->segment_count, "unbroken run.", "unbroken runs.");
}

static void say_entries(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_evidence_scope *scope = report->scope;

    open_row(out, "Entries");
    put_counted(out, scope->asked_for, "entry", "entries");
    ap_buf_adds(out, report->options->selected ? " as selected" : " created in the period");
    if (scope->asked_for > 0) {
        ap_buf_adds(out, ", from ");
        put_time(out, scope->first_us);
        ap_buf_adds(out, " to ");
        put_time(out, scope->last_us);
    }
    ap_buf_adds(out, ".");
    if (scope->entries > scope->asked_for) {
        ap_buf_addc(out, ' ');
        put_counted(out, scope->entries - scope->asked_for, "more is", "more are");
        ap_buf_adds(out,
                    " in the bundle to link these together and to show that nothing was cut off: entries before and"
                    " after, and those recorded between them that are not of the period. Of those, who acted and"
                    " with what content is withheld.");
    }
    say_place(out, scope);
    close_row(out);
}

static void say_checks(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_evidence_scope *scope = report->scope;

    if (scope->entries > 0) {
        open_row(out, "Content and links");
        ap_buf_adds(out, scope->purged > 0 ? "Of each entry whose content is left" : "Of each entry");
        ap_buf_adds(out, ", the hash of its content was computed again and compared with the chain&#x2019;s record; of"
                         " each, the record with the one before it. None differed, and none was missing between the"
                         " first and the last of a run.");
        close_row(out);
    }
    if (report->options->selected)
        return;
    open_row(out, "Counted again");
    ap_buf_adds(out, "Counted from the table of the log, independently of the chain: ");
    put_counted(out, scope->row_count, "row", "rows");
    ap_buf_adds(out, " of the period. That is as many as the chain has. <code>data/query.json</code> has the"
                     " statements, <code>data/completeness.json</code> the numbers for each day.");
    close_row(out);
}

static void say_checkpoint(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_seal_cover *cover = &report->scope->cover;

    open_row(out, "Through");
    ap_buf_adds(out, "Entry number ");
    ap_html_put_count(out, cover->seal.size);
    ap_buf_adds(out, " of the chain, the last that its newest seal covers.");
    close_row(out);
    open_row(out, "Checkpoint");
    ap_buf_adds(out, "Log <code>");
    ap_html_put(out, cover->origin);
    ap_buf_adds(out, "</code>, ");
    put_counted(out, cover->log_size, "seal", "seals");
    ap_buf_adds(out,
                "; signed by the log&#x2019;s key, and in <code>proof/checkpoint.note</code>. Every run of entries is"
                " proven to be in the chain that it covers.");
    close_row(out);
}

/* A signature line of a note: an em dash, the name, the signature. */
static void put_witnesses(struct ap_buf *out, const char *lines)
{
    static const char dash[] = "\xe2\x80\x94 ";
    const char *before = "";

    while (strncmp(lines, dash, sizeof dash - 1) == 0) {
        const char *name = lines + sizeof dash - 1;

        ap_buf_adds(out, before);
        ap_buf_adds(out, "<code>");
        ap_html_put_cut(out, name, strcspn(name, " \n"), 128);
        ap_buf_adds(out, "</code>");
        before = ", ";
        lines += strcspn(lines, "\n");
        lines += *lines == '\n';
    }
}

static void say_since(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_evidence_attested *attested = &report->scope->attested;

    open_row(out, "Fixed since");
    ap_buf_adds(out, "<p>");
    put_time(out, report->scope->cover.seal.sealed_at_us);
    ap_buf_adds(
        out, ", as the seal says. What it covers could not be changed after that, unless whoever holds the log&#x2019;s"
             " key signed another history.</p>");
    if (attested->stamped) {
        ap_buf_adds(out, "<p>");
        put_time(out, attested->stamped_us);
        ap_buf_adds(out, ", as a time-stamp authority");
        if (attested->authority[0] != '\0') {
            ap_buf_adds(out, " (<bdi>");
            ap_html_put(out, attested->authority);
            ap_buf_adds(out, "</bdi>)");
        }
        ap_buf_adds(out, " says in <code>proof/timestamp.tsr</code>. Its signature is checked with its own certificate:"
                         " <code>openssl ts -verify</code>.</p>");
    }
    if (attested->cosignatures[0] != '\0') {
        ap_buf_adds(out, "<p>Seen and signed also by the witnesses ");
        put_witnesses(out, attested->cosignatures);
        ap_buf_adds(out, ".</p>");
    }
    if (!attested->stamped && attested->cosignatures[0] == '\0')
        ap_buf_adds(out, "<p>No time-stamp authority and no witness has put its name to it.</p>");
    close_row(out);
}

static void say_key(struct ap_buf *out, const struct ap_report *report)
{
    open_row(out, "Bundle signed by");
    ap_buf_adds(out, "<code>");
    ap_html_put(out, report->vkey);
    ap_buf_adds(out, "</code><br>fingerprint <code>");
    ap_buf_adds(out, report->fingerprint);
    ap_buf_adds(out, "</code>");
    close_row(out);
}

/* Of all entries, as asked; or of some, as their kind of bundle demands, or because they were erased. */
static void say_withheld(struct ap_buf *out, const struct ap_report *report)
{
    static const char *const what[AP_GROUPS] = {"account (actor_id)", "actor (e-mail, IP address, user agent, session)",
                                                "content (resource id, old and new values, metadata)"};
    const char *before = "The ";
    bool any = false;

    open_row(out, "Withheld");
    for (size_t g = 0; g < AP_GROUPS; g++) {
        uint64_t hidden = report->figures.counted - report->scope->disclosed[g];

        if (!report->options->withheld[g] && hidden == 0)
            continue;
        ap_buf_addf(out, "%s%s of ", before, what[g]);
        if (report->options->withheld[g])
            ap_buf_adds(out, "all entries");
        else
            put_counted(out, hidden, "entry", "entries");
        before = "; the ";
        any = true;
    }
    ap_buf_adds(out, any ? ". The entries are proven all the same." : "Nothing.");
    close_row(out);
}

static void say_left(struct ap_buf *out, const struct ap_report *report)
{
    const struct ap_evidence_scope *scope = report->scope;

    if (scope->erased[0] + scope->erased[1] + scope->erased[2] > 0) {
        open_row(out, "Erased");
        ap_buf_adds(out, "Values that were erased from entries in this bundle, as their log records it: ");
        for (size_t g = 0; g < AP_GROUPS; g++) {
            ap_html_put_count(out, scope->erased[g]);
            ap_buf_addf(out, " %s%s", ap_group_name((enum ap_group)g), g + 1 < AP_GROUPS ? ", " : ".");
        }
        ap_buf_adds(out, " Those entries verify by the commitments that were kept.");
        close_row(out);
    }
    if (scope->purged > 0) {
        open_row(out, "Past retention");
        put_counted(out, scope->purged, "entry", "entries");
        ap_buf_adds(out, " in the bundle whose content left the log after its retention; the record is left.");
        close_row(out);
    }
    if (scope->adopted > 0) {
        open_row(out, "Adopted");
        put_counted(out, scope->adopted, "entry was", "entries were");
        ap_buf_adds(out, " in the log before it was chained, and taken into the chain as it was then.");
        close_row(out);
    }
    if (scope->late > 0) {
        open_row(out, "Recorded at another time");
        put_counted(out, scope->late, "entry claims", "entries claim");
        ap_buf_adds(out, " to be of the period, and the database recorded ");
        ap_buf_adds(out, scope->late == 1 ? "it before or after." : "them before or after.");
        close_row(out);
    }
    if (report->figures.outside > 0) {
        open_row(out, "Of another time");
        put_counted(out, report->figures.outside, "entry asked for lies", "entries asked for lie");
        ap_buf_adds(out, " outside of the stated period, and in no chart by time.");
        close_row(out);
    }
}

static void say_draw(struct ap_buf *out, const struct ap_report *report)
{
    if (report->scope->drawn == NULL)
        return;
    open_row(out, "Drawn from");
    put_counted(out, report->scope->population, "entry", "entries");
    ap_buf_adds(out,
                " of the period, by rank: the HMAC-SHA-256 of each entry&#x2019;s hash, with the seed as its key, the"
                " lowest first. <code>data/sample.csv</code> has the ranks; <code>data/bundle.json</code> the seed.");
    close_row(out);
}

void say_facts(struct ap_buf *out, const struct ap_report *report)
{
    say_entries(out, report);
    say_draw(out, report);
    say_checks(out, report);
    say_checkpoint(out, report);
    say_since(out, report);
    say_key(out, report);
    say_withheld(out, report);
    say_left(out, report);
    for (size_t i = 0; i < report->facts.count; i++) {
        ap_buf_adds(out, "<tr><th scope=\"row\">");
        ap_html_put(out, report->facts.list[i].name);
        ap_buf_adds(out, "</th><td><bdi>");
        ap_html_put(out, report->facts.list[i].text);
        ap_buf_adds(out, "</bdi>");
        close_row(out);
    }
}
