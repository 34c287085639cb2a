#include "page.h"

#include <stdio.h>
#include <string.h>

const struct colour ink = {0.13, 0.15, 0.18}, faint = {0.42, 0.45, 0.50}, rule = {0.82, 0.84, 0.87},
                    band = {0.955, 0.96, 0.968}, accent = {0.16, 0.38, 0.62}, good = {0.10, 0.46, 0.27},
                    bad = {0.70, 0.13, 0.13}, uncertain = {0.66, 0.43, 0.05};

void page_colour(const struct page *page, const struct colour *colour)
{
    cairo_set_source_rgb(page->cairo, colour->red, colour->green, colour->blue);
}

void page_box(const struct page *page, double x, double y, double width, double height, const struct colour *colour)
{
    page_colour(page, colour);
    cairo_rectangle(page->cairo, x, y, width, height);
    cairo_fill(page->cairo);
}

static PangoLayout *lay_out(const struct page *page, const struct style *style, const char *text)
{
    PangoLayout *layout = pango_layout_new(page->context);
    PangoFontDescription *font = pango_font_description_new();
    PangoAttrList *attributes = pango_attr_list_new();

    pango_font_description_set_family_static(font, "DejaVu Sans");
    pango_font_description_set_weight(font, style->weight == BOLD ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    /* A hyphen that the text has not got would be taken for its own. */
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    /* One sign for "fi" is not found by who looks for the two; scripts that need such signs keep theirs. */
    pango_attr_list_insert(attributes, pango_attr_font_features_new("liga=0, clig=0"));
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    if (style->width > 0) {
        pango_layout_set_width(layout, (int)(style->width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_alignment(layout, style->end ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
        if (style->lines > 0) {
            pango_layout_set_height(layout, -style->lines);
            pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        }
    }
    pango_layout_set_text(layout, text, -1);
    return layout;
}

double text_height(const struct page *page, const struct style *style, const char *text, double *width)
{
    PangoLayout *layout = lay_out(page, style, text);
    int wide = 0, high = 0;

    pango_layout_get_size(layout, &wide, &high);
    g_object_unref(layout);
    if (width != NULL)
        *width = (double)wide / PANGO_SCALE;
    return (double)high / PANGO_SCALE;
}

double text_put(const struct page *page, const struct style *style, double x, double y, const char *text)
{
    PangoLayout *layout = lay_out(page, style, text);
    int high = 0;

    page_colour(page, style->colour != NULL ? style->colour : &ink);
    cairo_move_to(page->cairo, x, y);
    pango_cairo_show_layout(page->cairo, layout);
    pango_layout_get_size(layout, NULL, &high);
    g_object_unref(layout);
    return (double)high / PANGO_SCALE;
}

void tag_open(const struct page *page, const char *tag, const char *attributes)
{
    if (page->outline != NULL)
        cairo_tag_begin(page->cairo, tag, attributes);
}

void tag_close(const struct page *page, const char *tag)
{
    if (page->outline != NULL)
        cairo_tag_end(page->cairo, tag);
}

double text_put_as(const struct page *page, const char *tag, const struct style *style, double x, double y,
                   const char *text)
{
    double height;

    tag_open(page, tag, NULL);
    height = text_put(page, style, x, y, text);
    tag_close(page, tag);
    return height;
}

void page_end(const struct page *page)
{
    struct style style = {7.5, NORMAL, BODY_WIDTH * 0.75, 1, false, &faint};
    char number[48];

    if (page->number > 1) {
        page_box(page, MARGIN, PAGE_HEIGHT - 50, BODY_WIDTH, 0.6, &rule);
        (void)text_put(page, &style, MARGIN, PAGE_HEIGHT - 44, page->foot);
        (void)snprintf(number, sizeof number, "page %d of %d", page->number, page->count);
        style.width = BODY_WIDTH * 0.25;
        style.end = true;
        (void)text_put(page, &style, MARGIN + BODY_WIDTH * 0.75, PAGE_HEIGHT - 44, number);
    }
    cairo_show_page(page->cairo);
}

void page_turn(struct page *page)
{
    page_end(page);
    page->number++;
    page->y = MARGIN;
}

bool page_need(struct page *page, double height)
{
    if (page->y + height <= BODY_END || page->y <= MARGIN)
        return false;
    page_turn(page);
    return true;
}
