#include "answer_draw.h"

enum { EIGHTHS = 8 };

/* Of whole eighths, rounded; at least one of what is more than nothing. */
static unsigned eighths(double amount, double most, unsigned all)
{
    double share;

    if (amount <= 0 || most <= 0)
        return 0;
    share = amount / most * all + 0.5;
    return share < 1 ? 1 : share > all ? all : (unsigned)share;
}

void answer_put_bar(struct ap_buf *out, double amount, double most, unsigned columns)
{
    static const char *const parts[EIGHTHS] = {"",
                                               "\xe2\x96\x8f",
                                               "\xe2\x96\x8e",
                                               "\xe2\x96\x8d",
                                               "\xe2\x96\x8c",
                                               "\xe2\x96\x8b",
                                               "\xe2\x96\x8a",
                                               "\xe2\x96\x89"};
    unsigned length = eighths(amount, most, columns * EIGHTHS);

    for (; length >= EIGHTHS; length -= EIGHTHS)
        ap_buf_adds(out, "\xe2\x96\x88");
    ap_buf_adds(out, parts[length]);
}

/* What the counts of one column add up to. */
static double sum_of(const struct ap_answer *answer, const struct answer_cell *cell, size_t from, size_t to)
{
    double sum = 0;

    for (size_t i = from; i < to; i++)
        sum += (double)answer_series(answer, cell, i);
    return sum;
}

void answer_put_sparkline(struct ap_buf *out, const struct ap_answer *answer, const struct answer_cell *cell,
                          unsigned columns)
{
    static const char *const heights[EIGHTHS + 1] = {"\xc2\xb7",     "\xe2\x96\x81", "\xe2\x96\x82",
                                                     "\xe2\x96\x83", "\xe2\x96\x84", "\xe2\x96\x85",
                                                     "\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"};
    size_t together, count;
    double most = 0;

    if (cell->len == 0 || columns == 0)
        return;
    /* Each column has as many, so that none seems more for being wider; the last may have fewer. */
    together = (cell->len + columns - 1) / columns;
    count = (cell->len + together - 1) / together;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < count; i++) {
            size_t end = (i + 1) * together < cell->len ? (i + 1) * together : cell->len;
            double sum = sum_of(answer, cell, i * together, end);

            if (pass == 0)
                most = sum > most ? sum : most;
            else
                ap_buf_adds(out, heights[eighths(sum, most, EIGHTHS)]);
        }
    }
}
