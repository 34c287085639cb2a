#include "auditproof/pdf.h"

#include <cairo-pdf.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "parts.h"

/* Where each part begins. */
enum { MOST_CONTENTS = 40 };

struct contents {
    size_t count;
    size_t parts[MOST_CONTENTS]; /* number of the part; past the last, the remarks */
    int pages[MOST_CONTENTS];
};

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned len)
{
    struct ap_buf *out = context;

    ap_buf_add(out, (const char *)bytes, len);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static cairo_status_t drop(void *context, const unsigned char *bytes, unsigned len)
{
    (void)context;
    (void)bytes;
    (void)len;
    return CAIRO_STATUS_SUCCESS;
}

/* In place of a height on the page: nothing is set. */
#define MEASURE (-1.0)

/* As much of it as is shown. */
static size_t cut(const char *text)
{
    size_t len = strnlen(text, TEXT_MAX);

    while (len == TEXT_MAX && len > 0 && ((unsigned char)text[len] & 0xC0U) == 0x80U)
        len--;
    return len;
}

/* What others chose, as it may be shown: set at x, y, or measured where that is below the page. */
static double put_shown(struct page *page, const struct style *style, double x, double y, const char *text)
{
    struct ap_buf shown = AP_BUF_INIT;
    double height;

    ap_display_put(&shown, text, cut(text));
    page->failed = page->failed || shown.failed;
    height =
        y >= 0 ? text_put(page, style, x, y, ap_buf_str(&shown)) : text_height(page, style, ap_buf_str(&shown), NULL);
    ap_buf_free(&shown);
    return height;
}

static void put_verdict(struct page *page, const struct ap_pdf_title *title)
{
    static const struct colour *const colours[] = {&accent, &good, &bad, &uncertain};
    const struct colour *colour = colours[title->verdict];
    const struct style label = {8, BOLD, BODY_WIDTH - 36, 1, false, &faint},
                       word = {18, BOLD, BODY_WIDTH - 36, 1, false, colour},
                       style = {10, NORMAL, BODY_WIDTH - 36, 12, false, NULL};
    double high, top = page->y + 14;

    if (title->verdict_word == NULL || title->verdict_word[0] == '\0')
        return;
    high = text_height(page, &label, "Verdict", NULL) + put_shown(page, &word, 0, MEASURE, title->verdict_word) +
           put_shown(page, &style, 0, MEASURE, title->verdict_text) + 8;
    page_box(page, MARGIN, page->y, BODY_WIDTH, high + 28, &band);
    page_box(page, MARGIN, page->y, 4, high + 28, colour);
    top += text_put_as(page, "H2", &label, MARGIN + 18, top, "Verdict") + 2;
    tag_open(page, "P", NULL);
    top += put_shown(page, &word, MARGIN + 18, top, title->verdict_word) + 6;
    tag_close(page, "P");
    tag_open(page, "P", NULL);
    (void)put_shown(page, &style, MARGIN + 18, top, title->verdict_text);
    tag_close(page, "P");
    page->y += high + 52;
}

static void put_title(struct page *page, const struct ap_pdf_title *title)
{
    const double names = 130;
    const struct style mark = {9, BOLD, 0, 0, false, &accent}, head = {26, BOLD, BODY_WIDTH, 3, false, NULL},
                       sub = {13, NORMAL, BODY_WIDTH, 3, false, &faint},
                       name = {9.5, NORMAL, names - 10, 2, false, &faint},
                       value = {9.5, NORMAL, BODY_WIDTH - names, 6, false, NULL};

    (void)text_put_as(page, "P", &mark, MARGIN, MARGIN, "auditproof");
    page_box(page, MARGIN, MARGIN + 18, 36, 2, &accent);
    page->y = 190;
    tag_open(page, "H1", NULL);
    page->y += put_shown(page, &head, MARGIN, page->y, title->title) + 8;
    tag_close(page, "H1");
    if (title->name != NULL && title->name[0] != '\0') {
        tag_open(page, "P", NULL);
        page->y += put_shown(page, &sub, MARGIN, page->y, title->name) + 8;
        tag_close(page, "P");
    }
    page->y += 36;
    put_verdict(page, title);
    tag_open(page, "Table", NULL);
    for (size_t i = 0; i < title->fact_count; i++) {
        tag_open(page, "TR", NULL);
        (void)text_put_as(page, "TH", &name, MARGIN, page->y, title->facts[i].name);
        tag_open(page, "TD", NULL);
        page->y += put_shown(page, &value, MARGIN + names, page->y, title->facts[i].value) + 7;
        tag_close(page, "TD");
        tag_close(page, "TR");
    }
    tag_close(page, "Table");
}

/* A line of contents on the title page, as far as there is room, which leads to the part: a click goes there. */
static void put_contents_line(struct page *page, const char *title, size_t part, int number)
{
    const struct style name = {9, NORMAL, BODY_WIDTH - 60, 1, false, NULL}, figure = {9, NORMAL, 50, 1, true, &faint};
    char text[16], where[48];

    if (page->y > BODY_END - 14)
        return;
    (void)snprintf(text, sizeof text, "%d", number);
    /* By name: of a page that is not there yet cairo 1.16 writes no link, and does not say so. */
    (void)snprintf(where, sizeof where, "dest='part-%zu'", part);
    tag_open(page, "TOCI", NULL);
    tag_open(page, CAIRO_TAG_LINK, where);
    tag_open(page, "Span", NULL);
    (void)put_shown(page, &name, MARGIN, page->y, title);
    tag_close(page, "Span");
    (void)text_put_as(page, "Span", &figure, MARGIN + BODY_WIDTH - 50, page->y, text);
    tag_close(page, CAIRO_TAG_LINK);
    tag_close(page, "TOCI");
    page->y += 15;
}

static void put_contents(struct page *page, const struct ap_answer *answer, const struct contents *contents)
{
    const struct style head = {9, BOLD, BODY_WIDTH, 1, false, &faint};

    if (contents->count < 2)
        return;
    page->y += 22;
    page->y += text_put_as(page, "H2", &head, MARGIN, page->y, "Contents") + 6;
    tag_open(page, "TOC", NULL);
    for (size_t i = 0; i < contents->count; i++)
        put_contents_line(
            page, contents->parts[i] < answer->part_count ? answer->parts[contents->parts[i]].is->title : "Remarks",
            contents->parts[i], contents->pages[i]);
    tag_close(page, "TOC");
}

static void note(struct page *page, struct contents *contents, size_t part, const char *title)
{
    char where[48];

    if (contents->count < MOST_CONTENTS) {
        contents->parts[contents->count] = part;
        contents->pages[contents->count++] = page->number;
    }
    if (page->outline == NULL)
        return;
    (void)snprintf(where, sizeof where, "page=%d pos=[%d %d]", page->number, (int)MARGIN, (int)page->y);
    (void)cairo_pdf_surface_add_outline(page->outline, CAIRO_PDF_OUTLINE_ROOT, title, where,
                                        (cairo_pdf_outline_flags_t)0);
}

/* Where its line in the contents leads. */
static void put_heading(struct page *page, struct contents *contents, size_t part, const char *title)
{
    const struct style head = {12, BOLD, BODY_WIDTH, 3, false, NULL};
    char name[48];

    note(page, contents, part, title);
    (void)snprintf(name, sizeof name, "name='part-%zu'", part);
    tag_open(page, CAIRO_TAG_DEST, name);
    page->y += text_put_as(page, "H2", &head, MARGIN, page->y, title) + 6;
    tag_close(page, CAIRO_TAG_DEST);
}

/* A heading does not stand at a page's end, without what it is of. */
static double least_height(const struct answer_part *part)
{
    if (part->rows == 0)
        return 50;
    if (part->is->chart == AP_ANSWER_COLUMNS)
        return 260;
    if (part->is->chart == AP_ANSWER_BARS)
        return 50 + 15.0 * (double)(part->rows < 12 ? part->rows : 12) + 60;
    return 100;
}

static void put_part(struct page *page, const struct ap_answer *answer, size_t number, struct contents *contents)
{
    const struct answer_part *part = &answer->parts[number];
    const struct style none = {8.5, NORMAL, BODY_WIDTH, 3, false, &faint};
    bool aside = part->is->shape == AP_ANSWER_ASIDE; /* its chart says enough */
    struct ap_buf title = AP_BUF_INIT, shown = AP_BUF_INIT;

    if (part->rows == 0 ? part->is->empty == NULL : aside && part->is->chart == AP_ANSWER_NO_CHART)
        return;
    answer_put_title(&title, answer, part);
    ap_display_put(&shown, ap_buf_str(&title), title.len);
    page->failed = page->failed || title.failed || shown.failed;
    (void)page_need(page, least_height(part));
    if (page->y > MARGIN)
        page->y += 14;
    put_heading(page, contents, number, ap_buf_str(&shown));
    ap_buf_free(&title);
    ap_buf_free(&shown);
    if (part->rows == 0) {
        page->y += text_put_as(page, "P", &none, MARGIN, page->y, part->is->empty) + 4;
        return;
    }
    put_chart(page, answer, part);
    if (aside)
        return;
    if (answer_is_table(part))
        put_table(page, answer, part);
    else
        put_facts(page, answer, part);
}

static void put_remarks(struct page *page, const struct ap_answer *answer, struct contents *contents)
{
    const struct style text = {8.5, NORMAL, BODY_WIDTH, 0, false, NULL};
    const char *remark;

    for (size_t i = 0; (remark = ap_answer_remark_at(answer, i)) != NULL; i++) {
        double height;

        if (i == 0) {
            (void)page_need(page, 60);
            page->y += 14;
            put_heading(page, contents, answer->part_count, "Remarks");
        }
        height = put_shown(page, &text, 0, MEASURE, remark);
        (void)page_need(page, height + 4);
        tag_open(page, "P", NULL);
        page->y += put_shown(page, &text, MARGIN, page->y, remark) + 5;
        tag_close(page, "P");
    }
}

/* before: what the pass before this found where; now: what this finds. */
static void put_all(struct page *page, const struct ap_answer *answer, const struct ap_pdf_title *title,
                    const struct contents *before, struct contents *now)
{
    tag_open(page, "Document", NULL);
    put_title(page, title);
    put_contents(page, answer, before);
    page_turn(page);
    for (size_t i = 0; i < answer->part_count; i++)
        put_part(page, answer, i, now);
    put_remarks(page, answer, now);
    if (now->count == 0)
        (void)text_put_as(page, "P", &(struct style){9, NORMAL, BODY_WIDTH, 1, false, &faint}, MARGIN, page->y,
                          "There is nothing to report of this period.");
    tag_close(page, "Document");
    page_end(page);
}

static void describe(cairo_surface_t *surface, const struct ap_pdf_title *title)
{
    char time[AP_TIME_TEXT_SIZE];

    /* To the second: the format has no more. */
    ap_time_format(time, title->time_us - title->time_us % AP_US_PER_SECOND);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "auditproof " AP_VERSION);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, time);
}

static enum ap_status finish(cairo_surface_t *surface, cairo_t *cairo, const struct page *page, struct ap_error *err)
{
    cairo_status_t failed = cairo_status(cairo);

    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    if (failed == CAIRO_STATUS_SUCCESS)
        failed = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (failed == CAIRO_STATUS_NO_MEMORY || page->failed)
        return ap_fail_memory(err, "a PDF");
    return failed == CAIRO_STATUS_SUCCESS
               ? AP_OK
               : ap_fail(err, AP_EINTERNAL, "cannot make a PDF: %s", cairo_status_to_string(failed));
}

/*
 * The same fonts for the same text, whatever language this process speaks; and letters where the font puts them, not
 * where the pixels of a screen of 72 dots an inch would be.
 */
static PangoContext *text_context(cairo_t *cairo)
{
    PangoContext *context = pango_cairo_create_context(cairo);
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("en"));
    pango_context_set_base_dir(context, PANGO_DIRECTION_WEAK_LTR);
    return context;
}

/* The pages are made twice: their number stands on each, and where each part begins on the first. */
static enum ap_status draw(struct ap_buf *out, int *count, struct contents *contents, const struct ap_answer *answer,
                           const struct ap_pdf_title *title, struct ap_error *err)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(out != NULL ? take : drop, out, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    const char *said = title->foot != NULL ? title->foot : title->title;
    struct contents now = {.count = 0};
    struct ap_buf foot = AP_BUF_INIT;
    struct page page = {.cairo = cairo,
                        .context = text_context(cairo),
                        .outline = out != NULL ? surface : NULL,
                        .y = MARGIN,
                        .number = 1,
                        .count = *count};

    ap_display_put(&foot, said, cut(said));
    page.foot = ap_buf_str(&foot);
    page.failed = foot.failed;
    describe(surface, title);
    put_all(&page, answer, title, contents, &now);
    *count = page.number;
    *contents = now;
    g_object_unref(page.context);
    ap_buf_free(&foot);
    return finish(surface, cairo, &page, err);
}

enum ap_status ap_pdf_write(struct ap_buf *out, const struct ap_answer *answer, const struct ap_pdf_title *title,
                            struct ap_error *err)
{
    struct contents contents = {.count = 0};
    int count = 0;
    enum ap_status status = ap_answer_check(answer, err);

    if (status == AP_OK)
        status = draw(NULL, &count, &contents, answer, title, err);
    if (status == AP_OK)
        status = draw(out, &count, &contents, answer, title, err);
    return status == AP_OK ? ap_buf_check(out, "a PDF", err) : status;
}
