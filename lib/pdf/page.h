/* Pages, and text on them. Nothing outside lib/pdf includes this. */
#ifndef AUDITPROOF_PDF_PAGE_H
#define AUDITPROOF_PDF_PAGE_H

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <stdbool.h>

#include "auditproof/pdf.h"

/* A4, in points. */
#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define MARGIN 54.0
#define BODY_WIDTH (PAGE_WIDTH - 2 * MARGIN)
#define BODY_END (PAGE_HEIGHT - 72.0)

struct colour {
    double red, green, blue;
};

extern const struct colour ink, faint, rule, band, accent, good, bad, uncertain;

struct page {
    cairo_t *cairo;
    PangoContext *context;
    cairo_surface_t *outline; /* that it is put into, with the structure; or NULL */
    double y;                 /* where the next thing goes, from the page's top */
    int number;               /* of this page, from 1 */
    int count;                /* of all pages; 0 while they are being counted */
    const char *foot;         /* on every page but the first */
    bool failed;              /* no memory for a text */
};

void page_colour(const struct page *page, const struct colour *colour);
void page_box(const struct page *page, double x, double y, double width, double height, const struct colour *colour);

/*
 * Bytes that are set of a text, and of a cell, and their lines at most: what is longer is cut, and ends in an ellipsis.
 * To break one long word into lines takes time that grows with the square of it.
 */
enum { TEXT_MAX = 1100, CELL_MAX = 480, LINES_MAX = 40 };

/*
 * What stands between these is a heading, a table, a cell (ISO 32000-1, 14.8.4): what it is to who cannot see the page.
 * May be nested, and go over pages. Attributes may be NULL.
 */
void tag_open(const struct page *page, const char *tag, const char *attributes);
void tag_close(const struct page *page, const char *tag);

/* Begin another. */
void page_turn(struct page *page);
/* Is there room for so much? Else turn it; true when it was turned. */
bool page_need(struct page *page, double height);
/* Its foot, at its end. */
void page_end(const struct page *page);

enum weight { NORMAL, BOLD };

/* How a text is set. */
struct style {
    double size;
    enum weight weight;
    double width; /* in which it is broken; 0 for one line as long as it is */
    int lines;    /* at most, then an ellipsis; 0 for as many as it takes */
    bool end;     /* aligned to the end */
    const struct colour *colour;
};

/* Height that it takes; width, which may be NULL, is of its longest line. */
double text_height(const struct page *page, const struct style *style, const char *text, double *width);
/* Set it with its top at x, y. Returns its height. */
double text_put(const struct page *page, const struct style *style, double x, double y, const char *text);
/* The same, as something. */
double text_put_as(const struct page *page, const char *tag, const struct style *style, double x, double y,
                   const char *text);

#endif
