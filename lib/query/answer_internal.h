/* How an answer is kept, and what its formats share. Nothing outside lib/query includes this. */
#ifndef AUDITPROOF_QUERY_ANSWER_INTERNAL_H
#define AUDITPROOF_QUERY_ANSWER_INTERNAL_H

#include "auditproof/answer.h"

enum { ANSWER_COLUMNS = 32 }; /* at most, of a part */

struct answer_cell {
    bool present;
    int64_t number; /* time, span; count, as uint64_t; flag */
    size_t at, len; /* of a text, in bytes; of a series, at in bytes and len in counts */
};

struct answer_part {
    const struct ap_answer_part *is;
    size_t columns, rows;
    size_t first; /* of its cells */
};

struct ap_answer {
    struct answer_part *parts; /* owned */
    size_t part_count, part_room;
    struct answer_cell *cells; /* owned */
    size_t cell_count, cell_room;
    size_t filled;                /* cells of the last row */
    struct ap_buf texts, remarks; /* remarks: each with its NUL */
    size_t remark_count;
    bool partial;
    bool failed;
    const char *misused; /* a defect of whoever put it together */
};

/* Borrowed from the answer. */
const struct answer_cell *answer_cell(const struct ap_answer *answer, const struct answer_part *part, size_t row,
                                      size_t column);
const char *answer_text(const struct ap_answer *answer, const struct answer_cell *cell);
uint64_t answer_series(const struct ap_answer *answer, const struct answer_cell *cell, size_t index);

/* Rows with headings, and no facts. */
static inline bool answer_is_table(const struct answer_part *part)
{
    return part->is->shape != AP_ANSWER_FACTS && part->is->shape != AP_ANSWER_SHOWN;
}

/* Is this part asked for? */
bool answer_wants(const struct answer_part *part, const char *only);

/* A text in decimal, as JSON has numbers. */
bool answer_is_number(const char *text, size_t len);

/* "2 h 5 min"; and in seconds, with as many decimals as it takes. */
void answer_put_span(struct ap_buf *out, int64_t span_us);
void answer_put_seconds(struct ap_buf *out, int64_t span_us);
void answer_put_series(struct ap_buf *out, const struct ap_answer *answer, const struct answer_cell *cell,
                       const char *between);

/* Has every row of the table the same in this column, which is therefore said above it, and no column there? */
bool answer_is_said_once(const struct ap_answer *answer, const struct answer_part *part, size_t column);
/* The part's title with that. Not yet shielded. */
void answer_put_title(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part);

/* How exactly times of a column are told: by what all of them have in common. */
enum answer_grain { ANSWER_DAYS, ANSWER_MINUTES, ANSWER_SECONDS };
enum answer_grain answer_grain(const struct ap_answer *answer, const struct answer_part *part, size_t column);

/* A cell for people, but for a series. Not yet shielded from a terminal. */
void answer_say(struct ap_buf *out, const struct ap_answer *answer, const struct ap_answer_column *column,
                const struct answer_cell *cell, enum answer_grain grain);

/* By which an amount is drawn: 0 where there is none. */
double answer_amount(const struct ap_answer *answer, const struct ap_answer_column *column,
                     const struct answer_cell *cell);

/* lib/query/answer_FORMAT.c each. The part is there, and for CSV there is but one. */
void answer_put_table(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                      const struct ap_query_look *look);
void answer_put_json(struct ap_buf *out, const struct ap_answer *answer, const char *only,
                     const struct ap_query_head *head);
void answer_put_ndjson(struct ap_buf *out, const struct ap_answer *answer, const char *only);
void answer_put_csv(struct ap_buf *out, const struct ap_answer *answer, const char *only);

#endif
