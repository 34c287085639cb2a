/*
 * An answer that is no list of entries: facts and tables, each a part with columns of its own, and remarks. It is put
 * together whole, and then printed for people or programs, or drawn (auditquery(1), ANSWERS).
 *
 * Memory grows with its rows, which whoever asks bounds. Adding never fails by itself: a failure shows when the answer
 * is checked, printed or drawn.
 */
#ifndef AUDITPROOF_ANSWER_H
#define AUDITPROOF_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auditproof/buf.h"
#include "auditproof/db.h"
#include "auditproof/error.h"
#include "auditproof/query.h"

enum ap_answer_kind {
    AP_ANSWER_TEXT,   /* whatever others chose: shown with escapes on a terminal, guarded in CSV */
    AP_ANSWER_TIME,   /* microseconds since 1970, UTC */
    AP_ANSWER_SPAN,   /* a duration in microseconds: "2 h 5 min" for people, seconds for programs */
    AP_ANSWER_COUNT,  /* right-aligned, thousands set off for people */
    AP_ANSWER_NUMBER, /* a decimal number as the server wrote it: right-aligned, a JSON number */
    AP_ANSWER_LEVEL,  /* a risk level: coloured */
    AP_ANSWER_FLAG,   /* "yes" or "no"; a JSON Boolean */
    AP_ANSWER_UNIT,   /* text: what amounts of the row are in; said once above a table whose rows have the same */
    AP_ANSWER_JSON,   /* JSON text: a value in JSON, its text elsewhere */
    AP_ANSWER_BRIEF,  /* text for a table alone: to programs, other columns say it */
    AP_ANSWER_ENTRY,  /* an entry's JSON, which is the whole row in JSON, and nowhere else */
    AP_ANSWER_SERIES, /* counts in order: a sparkline for people, a JSON array */
};

struct ap_answer_column {
    const char *name;    /* member in JSON, heading in CSV; NULL ends the list */
    const char *heading; /* in a table; NULL for a column that only programs get */
    enum ap_answer_kind kind;
    bool bar; /* of AP_ANSWER_COUNT: a bar beside it, of which the largest is full */
};

enum ap_answer_shape {
    AP_ANSWER_ROWS,  /* a table; in JSON an array of objects */
    AP_ANSWER_LINES, /* the same, of which each row has one line: what there is no room for is left out, or cut */
    AP_ANSWER_FACTS, /* one row, its columns beneath one another; in JSON an object */
    AP_ANSWER_SHOWN, /* facts in a table alone that is asked for no single part: to programs, other parts say it */
    AP_ANSWER_ASIDE, /* as AP_ANSWER_ROWS, but in a table only where --part names it */
};

enum ap_answer_chart {
    AP_ANSWER_NO_CHART,
    AP_ANSWER_BARS,    /* across: the first column names a bar, `value` is its length */
    AP_ANSWER_COLUMNS, /* upright, in time: the first column is AP_ANSWER_TIME or a text; `value` is the height */
};

/* All of it is borrowed for as long as the answer is. */
struct ap_answer_part {
    const char *name;  /* member in JSON, --part: "actions" */
    const char *title; /* above the table: "Actions, the most frequent first" */
    enum ap_answer_shape shape;
    const struct ap_answer_column *columns;
    enum ap_answer_chart chart;
    size_t value;      /* number of the column that is drawn */
    const char *empty; /* said where it has no row: "no entry fits"; NULL leaves such a part out of a table */
};

struct ap_answer;

AP_MUST_CHECK enum ap_status ap_answer_new(struct ap_answer **out, struct ap_error *err);
void ap_answer_free(struct ap_answer *answer); /* NULL is harmless */

/* Begin a part; then its rows; and within a row its cells, in the order of the columns. What is left out is NULL. */
void ap_answer_add_part(struct ap_answer *answer, const struct ap_answer_part *part);
void ap_answer_add_row(struct ap_answer *answer);
void ap_answer_add_null(struct ap_answer *answer);
void ap_answer_add_text(struct ap_answer *answer, const char *text, size_t len); /* all of text; copied */
void ap_answer_add_str(struct ap_answer *answer, const char *text);              /* the same; NULL for NULL */
void ap_answer_add_time(struct ap_answer *answer, int64_t time_us);              /* TIME, SPAN */
void ap_answer_add_count(struct ap_answer *answer, uint64_t count);
void ap_answer_add_flag(struct ap_answer *answer, bool flag);
void ap_answer_add_series(struct ap_answer *answer, const uint64_t *counts, size_t count); /* copied */

/* A cell of a column of this kind, of what the server sent: times in microseconds since 1970. NULL for NULL. */
void ap_answer_add_value(struct ap_answer *answer, enum ap_answer_kind kind, const char *text);
/* A part, and a row of it for each of the rows from `first` on, `most` of them: their columns are the part's. */
void ap_answer_add_rows(struct ap_answer *answer, const struct ap_answer_part *part, const struct ap_rows *rows,
                        size_t first, size_t most);

/* A sentence that belongs to the answer: what it leaves out, or what to look at. Copied. */
void ap_answer_remark(struct ap_answer *answer, const char *format, ...) AP_PRINTF(2, 3);

/* The same of what it was to be made of and was not; and was anything? */
void ap_answer_lacks(struct ap_answer *answer, const char *format, ...) AP_PRINTF(2, 3);
bool ap_answer_is_partial(const struct ap_answer *answer);

/* The remarks one by one; NULL past the last. Borrowed until another is made. */
const char *ap_answer_remark_at(const struct ap_answer *answer, size_t index);

/* Has it a part of this name? */
bool ap_answer_has(const struct ap_answer *answer, const char *part);

/* Rows in all parts. */
uint64_t ap_answer_rows(const struct ap_answer *answer);

AP_MUST_CHECK enum ap_status ap_answer_check(const struct ap_answer *answer, struct ap_error *err);

/* "table|json|ndjson|csv", for an option's choices. */
extern const char ap_answer_format_names[];

/*
 * Append the answer in a format. only: the name of a part, or NULL for all of them. AP_EINPUT where there is no such
 * part, with the names that there are, and for CSV of several, whose columns differ.
 *
 * json: an object of the head's program, version, database, command, organization_id, now and filters; then the parts
 * by their names, and `remarks`. ndjson: a row a line, with its part's name as `part`.
 */
AP_MUST_CHECK enum ap_status ap_answer_print(struct ap_buf *out, const struct ap_answer *answer, const char *format,
                                             const char *only, const struct ap_query_head *head,
                                             const struct ap_query_look *look, struct ap_error *err);

/* An SVG of the parts that have a chart, one beneath the other. AP_EINPUT where none has. */
AP_MUST_CHECK enum ap_status ap_answer_draw(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                                            const struct ap_query_head *head, struct ap_error *err);

#endif
