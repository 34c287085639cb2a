/* Drawing an answer as SVG. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_ANSWER_SVG_H
#define AUDITPROOF_QUERY_ANSWER_SVG_H

#include "answer_internal.h"

/* In pixels: the image, and what is left free at its sides. Lengths come out in hundredths: an integer has no locale's
 * decimal comma. */
enum { SVG_WIDTH = 760, SVG_MARGIN = 24, SVG_PLOT = SVG_WIDTH - 2 * SVG_MARGIN };

/* A value of one part as it is drawn: rows `from` up to `from` + `count`. */
struct svg_chart {
    const struct ap_answer *answer;
    const struct answer_part *part;
    size_t from, count;
    double most;
    enum answer_grain grain; /* of the first column */
};

/* What names a row, its value for people, and by how much it is drawn. */
void svg_put_name(struct ap_buf *out, const struct svg_chart *chart, size_t row);
void svg_put_value(struct ap_buf *out, const struct svg_chart *chart, size_t row);
double svg_amount(const struct svg_chart *chart, size_t row);
/* The class of its colour: by its level, where it has one. */
const char *svg_class(const struct svg_chart *chart, size_t row);

/* "12.34" of so many pixels. */
void svg_put_pixels(struct ap_buf *out, double pixels);

/* A text in a box that it cannot leave, at most so many characters of it. anchor: "start", "middle" or "end". */
struct svg_box {
    double x, width;
    double y; /* of the base line */
    const char *anchor, *class;
};
void svg_put_text(struct ap_buf *out, const struct svg_box *box, const char *text, size_t len, size_t max);

/* Pixels that a text of so many terminal columns takes at most, as a rule. */
double svg_text_width(const char *text, size_t len);

/* Append the chart with its top at y; returns how high it is. */
double svg_put_bars(struct ap_buf *out, const struct svg_chart *chart, double y);
double svg_put_columns(struct ap_buf *out, const struct svg_chart *chart, double y);

#endif
