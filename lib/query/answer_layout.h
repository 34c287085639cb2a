/* How wide the columns of an answer's table are, and which stand beneath. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_ANSWER_LAYOUT_H
#define AUDITPROOF_QUERY_ANSWER_LAYOUT_H

#include "answer_internal.h"

enum { ANSWER_GAP = 2, ANSWER_FIELDS = 2 * ANSWER_COLUMNS };

/* What has a place in the table: a column, or the bar beside one. */
struct answer_field {
    const struct ap_answer_column *column;
    size_t number; /* of the column */
    bool bar, right;
    bool beneath, gone;
    enum answer_grain exact, grain; /* of times: as they are, and as they are told for want of room */
    double most;                    /* of a bar's column: it is drawn full */
    unsigned heading, natural, comfort, least, width;
};

struct answer_layout {
    struct answer_field fields[ANSWER_FIELDS];
    size_t count;
    unsigned width, lines; /* width 0: without end */
    bool colour, raw;
};

void answer_lay_out(struct answer_layout *layout, const struct ap_answer *answer, const struct answer_part *part,
                    const struct ap_query_look *look);

/* What a field shows of a row, in its width. Not yet shielded; cut where no table could show it. */
void answer_put_field(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part, size_t row,
                      const struct answer_field *field);

#endif
