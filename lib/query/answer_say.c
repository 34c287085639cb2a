/* Values for people. */
#include "answer_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "auditproof/clock.h"
#include "auditproof/html.h"
#include "format_internal.h"

enum { UNIT_MOST = 24 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && is_digit(text[n]))
        n++;
    return n;
}

bool answer_is_number(const char *text, size_t len)
{
    size_t at = len > 0 && text[0] == '-', n = digits(text + at, len - at);

    if (n == 0 || (n > 1 && text[at] == '0'))
        return false;
    at += n;
    if (at < len && text[at] == '.') {
        n = digits(text + at + 1, len - at - 1);
        if (n == 0)
            return false;
        at += n + 1;
    }
    return at == len;
}

/* The two largest units that it has. */
void answer_put_span(struct ap_buf *out, int64_t span_us)
{
    uint64_t us = span_us < 0 ? 0 - (uint64_t)span_us : (uint64_t)span_us;
    uint64_t seconds = us / (uint64_t)AP_US_PER_SECOND, minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

    ap_buf_adds(out, span_us < 0 ? "-" : "");
    if (days > 0)
        ap_buf_addf(out, hours % 24 > 0 ? "%" PRIu64 " d %" PRIu64 " h" : "%" PRIu64 " d", days, hours % 24);
    else if (hours > 0)
        ap_buf_addf(out, minutes % 60 > 0 ? "%" PRIu64 " h %" PRIu64 " min" : "%" PRIu64 " h", hours, minutes % 60);
    else if (minutes > 0)
        ap_buf_addf(out, seconds % 60 > 0 ? "%" PRIu64 " min %" PRIu64 " s" : "%" PRIu64 " min", minutes, seconds % 60);
    else if (seconds > 0 || us == 0)
        ap_buf_addf(out, "%" PRIu64 " s", seconds);
    else if (us >= 1000)
        ap_buf_addf(out, "%" PRIu64 " ms", us / 1000);
    else
        ap_buf_adds(out, "under 1 ms");
}

void answer_put_seconds(struct ap_buf *out, int64_t span_us)
{
    uint64_t us = span_us < 0 ? 0 - (uint64_t)span_us : (uint64_t)span_us;
    uint64_t rest = us % (uint64_t)AP_US_PER_SECOND;
    int places = 6;

    ap_buf_addf(out, "%s%" PRIu64, span_us < 0 ? "-" : "", us / (uint64_t)AP_US_PER_SECOND);
    if (rest == 0)
        return;
    for (; rest % 10 == 0; rest /= 10)
        places--;
    ap_buf_addf(out, ".%0*" PRIu64, places, rest);
}

void answer_put_series(struct ap_buf *out, const struct ap_answer *answer, const struct answer_cell *cell,
                       const char *between)
{
    for (size_t i = 0; i < cell->len; i++)
        ap_buf_addf(out, "%s%" PRIu64, i > 0 ? between : "", answer_series(answer, cell, i));
}

enum answer_grain answer_grain(const struct ap_answer *answer, const struct answer_part *part, size_t column)
{
    enum answer_grain grain = ANSWER_DAYS;

    if (part->is->columns[column].kind != AP_ANSWER_TIME)
        return ANSWER_SECONDS;
    for (size_t row = 0; row < part->rows && grain != ANSWER_SECONDS; row++) {
        const struct answer_cell *cell = answer_cell(answer, part, row, column);

        if (!cell->present || cell->number == AP_TIME_INFINITY || cell->number == AP_TIME_MINUS_INFINITY ||
            cell->number % AP_US_PER_DAY == 0)
            continue;
        grain = cell->number % (60 * AP_US_PER_SECOND) == 0 ? ANSWER_MINUTES : ANSWER_SECONDS;
    }
    return grain;
}

/* "2026-11-22 15:46:14Z", of which the seconds, or the time of day, are left out where no time has any. */
static void put_time(struct ap_buf *out, int64_t time_us, enum answer_grain grain)
{
    size_t from = out->len;

    query_put_time(out, time_us);
    if (out->failed || time_us == AP_TIME_INFINITY || time_us == AP_TIME_MINUS_INFINITY || grain == ANSWER_SECONDS)
        return;
    out->len -= grain == ANSWER_DAYS ? strlen(" 00:00:00Z") : strlen(":00Z");
    out->data[out->len] = '\0';
    if (grain == ANSWER_MINUTES && out->len > from)
        ap_buf_addc(out, 'Z');
}

void answer_say(struct ap_buf *out, const struct ap_answer *answer, const struct ap_answer_column *column,
                const struct answer_cell *cell, enum answer_grain grain)
{
    if (!cell->present) {
        ap_buf_addc(out, '-');
        return;
    }
    switch (column->kind) {
    case AP_ANSWER_TIME:
        put_time(out, cell->number, grain);
        break;
    case AP_ANSWER_SPAN:
        answer_put_span(out, cell->number);
        break;
    case AP_ANSWER_COUNT:
        ap_html_put_count(out, (uint64_t)cell->number);
        break;
    case AP_ANSWER_FLAG:
        ap_buf_adds(out, cell->number != 0 ? "yes" : "no");
        break;
    case AP_ANSWER_TEXT:
    case AP_ANSWER_UNIT:
    case AP_ANSWER_NUMBER:
    case AP_ANSWER_LEVEL:
    case AP_ANSWER_JSON:
    case AP_ANSWER_BRIEF:
    case AP_ANSWER_ENTRY:
        ap_buf_add(out, answer_text(answer, cell), cell->len);
        if (cell->len == 0)
            ap_buf_adds(out, "\"\"");
        break;
    case AP_ANSWER_SERIES:
        break;
    }
}

double answer_amount(const struct ap_answer *answer, const struct ap_answer_column *column,
                     const struct answer_cell *cell)
{
    char text[64];
    double amount = 0;

    if (!cell->present)
        return 0;
    if (column->kind == AP_ANSWER_COUNT)
        return (double)(uint64_t)cell->number;
    if (column->kind == AP_ANSWER_SPAN)
        amount = (double)cell->number;
    if (column->kind == AP_ANSWER_NUMBER && cell->len < sizeof text &&
        answer_is_number(answer_text(answer, cell), cell->len)) {
        memcpy(text, answer_text(answer, cell), cell->len);
        text[cell->len] = '\0';
        amount = strtod(text, NULL);
    }
    return amount > 0 ? amount : 0;
}

bool answer_is_said_once(const struct ap_answer *answer, const struct answer_part *part, size_t column)
{
    const struct answer_cell *first = part->rows > 0 ? answer_cell(answer, part, 0, column) : NULL;

    if (part->is->columns[column].kind != AP_ANSWER_UNIT || !answer_is_table(part) || first == NULL ||
        !first->present || first->len > UNIT_MOST)
        return false;
    for (size_t row = 1; row < part->rows; row++) {
        const struct answer_cell *cell = answer_cell(answer, part, row, column);

        if (!cell->present || cell->len != first->len ||
            memcmp(answer_text(answer, cell), answer_text(answer, first), first->len) != 0)
            return false;
    }
    return true;
}

void answer_put_title(struct ap_buf *out, const struct ap_answer *answer, const struct answer_part *part)
{
    ap_buf_adds(out, part->is->title);
    for (size_t c = 0; c < part->columns; c++) {
        if (!answer_is_said_once(answer, part, c))
            continue;
        ap_buf_adds(out, ", in ");
        ap_buf_add(out, answer_text(answer, answer_cell(answer, part, 0, c)), answer_cell(answer, part, 0, c)->len);
    }
}
