/* The table's columns, how wide they are, and its lines. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_TABLE_H
#define AUDITPROOF_QUERY_TABLE_H

#include "auditproof/query.h"

enum table_cell {
    TABLE_TIME,
    TABLE_RISK,
    TABLE_ACTION,
    TABLE_ACTOR,
    TABLE_RESOURCE,
    TABLE_ADDRESS,
    TABLE_RULES,
    TABLE_COLUMNS,
    TABLE_FOUND = TABLE_COLUMNS, /* beneath: the rules, and that they are */
    TABLE_PROOF,
    TABLE_ORGANIZATION, /* before */
    TABLE_GAP,
    TABLE_CELLS,
};

struct table_row {
    struct ap_buf text; /* of all cells, cut where no table could show it */
    size_t at[TABLE_CELLS], len[TABLE_CELLS];
    int level;
    bool failed, focus;
};

void table_row_add(struct table_row *row, size_t cell, const char *text, size_t len);
void table_row_clear(struct table_row *row); /* keeps its memory */

struct table_layout {
    unsigned widths[TABLE_COLUMNS];
    unsigned columns; /* so many of them, */
    bool beneath;     /* and what the others hold beneath */
    unsigned width, indent, lines;
    bool colour, raw;
};

/* By these rows, or where they are live by what most entries need. */
void table_lay_out(struct table_layout *layout, const struct ap_query_look *look, const struct table_row *rows,
                   size_t count);
void table_put_headings(struct ap_buf *out, const struct table_layout *layout);
void table_put_row(struct ap_buf *out, const struct table_layout *layout, const struct table_row *row);

#endif
