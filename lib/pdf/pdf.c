#include "auditproof/pdf.h"

#include <cairo-pdf.h>
#include <stdio.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/display.h"
#include "parts.h"

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

static double put_shown(const struct page *page, const struct style *style, double x, double y, const char *text)
{
    struct ap_buf shown = AP_BUF_INIT;
    double height;

    ap_display_put(&shown, text, strlen(text));
    height = text_put(page, style, x, y, ap_buf_str(&shown));
    ap_buf_free(&shown);
    return height;
}

static double shown_height(const struct page *page, const struct style *style, const char *text)
{
    struct ap_buf shown = AP_BUF_INIT;
    double height;

    ap_display_put(&shown, text, strlen(text));
    height = text_height(page, style, ap_buf_str(&shown), NULL);
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
    high = text_height(page, &label, "Verdict", NULL) + text_height(page, &word, title->verdict_word, NULL) +
           shown_height(page, &style, title->verdict_text) + 8;
    page_box(page, MARGIN, page->y, BODY_WIDTH, high + 28, &band);
    page_box(page, MARGIN, page->y, 4, high + 28, colour);
    top += text_put(page, &label, MARGIN + 18, top, "Verdict") + 2;
    top += put_shown(page, &word, MARGIN + 18, top, title->verdict_word) + 6;
    (void)put_shown(page, &style, MARGIN + 18, top, title->verdict_text);
    page->y += high + 52;
}

static void put_title(struct page *page, const struct ap_pdf_title *title)
{
    const double names = 130;
    const struct style mark = {9, BOLD, 0, 0, false, &accent}, head = {26, BOLD, BODY_WIDTH, 3, false, NULL},
                       sub = {13, NORMAL, BODY_WIDTH, 3, false, &faint},
                       name = {9.5, NORMAL, names - 10, 2, false, &faint},
                       value = {9.5, NORMAL, BODY_WIDTH - names, 6, false, NULL};

    (void)text_put(page, &mark, MARGIN, MARGIN, "auditproof");
    page_box(page, MARGIN, MARGIN + 18, 36, 2, &accent);
    page->y = 190;
    page->y += put_shown(page, &head, MARGIN, page->y, title->title) + 8;
    if (title->name != NULL && title->name[0] != '\0')
        page->y += put_shown(page, &sub, MARGIN, page->y, title->name) + 8;
    page->y += 36;
    put_verdict(page, title);
    for (size_t i = 0; i < title->fact_count; i++) {
        double high = put_shown(page, &value, MARGIN + names, page->y, title->facts[i].value);

        (void)text_put(page, &name, MARGIN, page->y, title->facts[i].name);
        page->y += high + 7;
    }
}

static void put_part(struct page *page, const struct ap_answer *answer, const struct answer_part *part)
{
    const struct style head = {12, BOLD, BODY_WIDTH, 3, false, NULL},
                       none = {8.5, NORMAL, BODY_WIDTH, 3, false, &faint};
    bool aside = part->is->shape == AP_ANSWER_ASIDE; /* its chart says enough */

    if (part->rows == 0 ? part->is->empty == NULL : aside && part->is->chart == AP_ANSWER_NO_CHART)
        return;
    (void)page_need(page, 90);
    if (page->y > MARGIN)
        page->y += 14;
    page->y += text_put(page, &head, MARGIN, page->y, part->is->title) + 6;
    if (part->rows == 0) {
        page->y += text_put(page, &none, MARGIN, page->y, part->is->empty) + 4;
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

static void put_remarks(struct page *page, const struct ap_answer *answer)
{
    const struct style head = {12, BOLD, BODY_WIDTH, 1, false, NULL}, text = {8.5, NORMAL, BODY_WIDTH, 0, false, NULL};
    struct ap_buf shown = AP_BUF_INIT;
    const char *remark;

    for (size_t i = 0; (remark = ap_answer_remark_at(answer, i)) != NULL; i++) {
        double height;

        if (i == 0) {
            (void)page_need(page, 60);
            page->y += 14;
            page->y += text_put(page, &head, MARGIN, page->y, "Remarks") + 6;
        }
        ap_buf_clear(&shown);
        ap_display_put(&shown, remark, strlen(remark));
        height = text_height(page, &text, ap_buf_str(&shown), NULL);
        (void)page_need(page, height + 4);
        page->y += text_put(page, &text, MARGIN, page->y, ap_buf_str(&shown)) + 4;
    }
    ap_buf_free(&shown);
}

static void put_all(struct page *page, const struct ap_answer *answer, const struct ap_pdf_title *title)
{
    put_title(page, title);
    page_turn(page);
    for (size_t i = 0; i < answer->part_count; i++)
        put_part(page, answer, &answer->parts[i]);
    put_remarks(page, answer);
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

/* The pages are made twice: their number stands on each. */
static enum ap_status draw(struct ap_buf *out, int *count, const struct ap_answer *answer,
                           const struct ap_pdf_title *title, struct ap_error *err)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(out != NULL ? take : drop, out, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    struct page page = {cairo, MARGIN, 1, *count, title->title};
    cairo_status_t failed;

    describe(surface, title);
    put_all(&page, answer, title);
    *count = page.number;
    failed = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    if (failed == CAIRO_STATUS_SUCCESS)
        failed = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (failed == CAIRO_STATUS_NO_MEMORY)
        return ap_fail_memory(err, "a PDF");
    return failed == CAIRO_STATUS_SUCCESS
               ? AP_OK
               : ap_fail(err, AP_EINTERNAL, "cannot make a PDF: %s", cairo_status_to_string(failed));
}

enum ap_status ap_pdf_write(struct ap_buf *out, const struct ap_answer *answer, const struct ap_pdf_title *title,
                            struct ap_error *err)
{
    int count = 0;
    enum ap_status status = ap_answer_check(answer, err);

    if (status == AP_OK)
        status = draw(NULL, &count, answer, title, err);
    if (status == AP_OK)
        status = draw(out, &count, answer, title, err);
    return status == AP_OK ? ap_buf_check(out, "a PDF", err) : status;
}
