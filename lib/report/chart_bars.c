/* Horizontal bars: who acted most, and what was done most. */
#include <inttypes.h>
#include <string.h>

#include "auditproof/html.h"
#include "report_internal.h"

enum { DRAWN = 12, LISTED = 25, ROW_HEIGHT = 38, LABEL_MAX = 34 };

struct bars {
    const char *id, *title, *description, *column;
    const struct top *top;
    const struct top_item *rows[LISTED];
    size_t count; /* of rows */
    void (*put_name)(struct ap_buf *out, const struct top_item *item, size_t max);
};

/* Longer ones are cut, and say so. */
static void put_text(struct ap_buf *out, const struct top_item *item, size_t max)
{
    ap_html_put_cut(out, item->text, top_kept(item), max);
    if (item->len > TOP_TEXT_MAX && max >= TOP_TEXT_MAX) {
        ap_buf_adds(out, "&#x2026; (");
        ap_html_put_count(out, item->len);
        ap_buf_adds(out, " bytes)");
    }
}

static void put_action(struct ap_buf *out, const struct top_item *item, size_t max)
{
    if (item->len == 0)
        ap_buf_adds(out, "(empty)");
    else
        put_text(out, item, max);
}

static void put_actor(struct ap_buf *out, const struct top_item *item, size_t max)
{
    static const char *const instead[] = {
        [ACTOR_NOBODY] = "(nobody is named)",
        [ACTOR_ERASED] = "(erased)",
        [ACTOR_WITHHELD] = "(withheld from this bundle)",
    };

    if (item->kind >= ACTOR_NOBODY) {
        ap_buf_adds(out, instead[item->kind]);
        return;
    }
    if (item->len == 0) {
        ap_buf_adds(out, "(empty)");
        return;
    }
    if (item->kind == ACTOR_ROLE)
        ap_buf_adds(out, "role ");
    put_text(out, item, item->kind == ACTOR_ACCOUNT && max < 36 ? 36 : max);
}

static void put_count(struct ap_buf *out, const struct top_item *item)
{
    if (item->over > 0) {
        ap_html_put_count(out, item->count - item->over);
        ap_buf_adds(out, " to ");
    }
    ap_html_put_count(out, item->count);
}

static void put_bar(struct ap_buf *out, const struct bars *bars, size_t i)
{
    const struct top_item *item = bars->rows[i];
    size_t y = i * ROW_HEIGHT;

    ap_buf_adds(out, "<g><title>");
    bars->put_name(out, item, TOP_TEXT_MAX);
    ap_buf_adds(out, ": ");
    put_count(out, item);
    ap_buf_addf(out, "</title><text class=\"name\" x=\"0\" y=\"%zu\">", y + 15);
    bars->put_name(out, item, LABEL_MAX);
    ap_buf_addf(out, "</text><text class=\"figure end\" x=\"100%%\" y=\"%zu\">", y + 15);
    put_count(out, item);
    ap_buf_addf(out, "</text><rect class=\"track\" x=\"0\" width=\"100%%\" y=\"%zu\" height=\"9\"/>", y + 21);
    ap_buf_addf(out, "<rect class=\"bar\" x=\"0\" y=\"%zu\" height=\"9\" width=\"", y + 21);
    put_percent(out, item->count, bars->rows[0]->count);
    ap_buf_adds(out, "\"/></g>");
}

static void put_rows(struct ap_buf *out, const struct bars *bars)
{
    const char *columns[] = {bars->column, "Entries", "Share"};
    uint64_t rest = bars->top->total;

    table_open(out, "These figures as a table", columns, 3, 0);
    for (size_t i = 0; i < bars->count; i++) {
        const struct top_item *item = bars->rows[i];

        rest -= item->count < rest ? item->count : rest;
        ap_buf_adds(out, "<tr><th scope=\"row\"><bdi>");
        bars->put_name(out, item, TOP_TEXT_MAX);
        ap_buf_adds(out, "</bdi></th><td>");
        put_count(out, item);
        ap_buf_adds(out, "</td><td>");
        ap_buf_addf(out, "%" PRIu64 ".%" PRIu64 "%%", item->count * 1000 / bars->top->total / 10,
                    item->count * 1000 / bars->top->total % 10);
        ap_buf_adds(out, "</td></tr>\n");
    }
    if (bars->top->count > bars->count && !bars->top->full) {
        ap_buf_adds(out, "<tr><th scope=\"row\">");
        put_counted(out, bars->top->count - bars->count, "other", "others");
        ap_buf_adds(out, "</th><td>");
        ap_html_put_count(out, rest);
        ap_buf_addf(out, "</td><td>%" PRIu64 ".%" PRIu64 "%%</td></tr>\n", rest * 1000 / bars->top->total / 10,
                    rest * 1000 / bars->top->total % 10);
    }
    table_close(out);
}

static void put_caption(struct ap_buf *out, const struct bars *bars, size_t drawn)
{
    ap_buf_addf(out, "<figure id=\"%s\"><div class=\"chart\"><figcaption>%s <small>", bars->id, bars->title);
    if (bars->top->full)
        ap_buf_addf(out, "More than %d different ones: where two counts are given, the true one lies between them.",
                    TOP_ROOM);
    else if (bars->top->count > drawn)
        ap_buf_addf(out, "%zu of %zu; the table has more. The counts are exact.", drawn, bars->top->count);
    else
        ap_buf_adds(out, "All of them.");
    ap_buf_adds(out, "</small></figcaption>\n");
}

/* One bar for all that is withheld would say nothing. */
static bool is_withheld(const struct bars *bars)
{
    return bars->count == 1 && bars->rows[0]->kind == ACTOR_WITHHELD;
}

static void draw(struct ap_buf *out, struct bars *bars)
{
    size_t drawn;

    bars->count = top_sorted(bars->top, bars->rows, LISTED);
    if (bars->count == 0)
        return;
    if (is_withheld(bars)) {
        ap_buf_addf(out, "<h3>%s</h3>\n<p>Who acted is withheld from this bundle.</p>\n", bars->title);
        return;
    }
    drawn = bars->count < DRAWN ? bars->count : DRAWN;
    put_caption(out, bars, drawn);
    ap_buf_addf(out,
                "<svg width=\"100%%\" height=\"%zu\" role=\"img\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s"
                "</title><desc id=\"%s-d\">%s</desc>",
                drawn * ROW_HEIGHT, bars->id, bars->id, bars->id, bars->title, bars->id, bars->description);
    for (size_t i = 0; i < drawn; i++)
        put_bar(out, bars, i);
    ap_buf_adds(out, "</svg></div>\n");
    put_rows(out, bars);
    ap_buf_adds(out, "</figure>\n");
}

void chart_actors(struct ap_buf *out, const struct ap_report *report)
{
    struct bars bars = {
        .id = "by-actor",
        .title = "Most active actors",
        .description = "A bar for each actor, by e-mail address, or by account or role where there is none.",
        .column = "Actor",
        .top = &report->figures.actors,
        .put_name = put_actor,
    };

    /* A breach's has its actors by pseudonym in the notification, and discloses none. */
    if (strcmp(report->options->kind, "gdpr-breach") == 0)
        return;
    draw(out, &bars);
}

void chart_actions(struct ap_buf *out, const struct ap_report *report)
{
    struct bars bars = {
        .id = "by-action",
        .title = "Most frequent actions",
        .description = "A bar for each action, named as the application named it.",
        .column = "Action",
        .top = &report->figures.actions,
        .put_name = put_action,
    };

    draw(out, &bars);
}
